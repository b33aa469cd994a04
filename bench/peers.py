"""Other ways to find a name, asked the same questions over the same names as the normalizer.

Three string measures, as people use them who have nothing else: rapidfuzz's WRatio and Jaro-Winkler over names in ASCII
(anyascii, lower case), and Levenshtein's over the folded Latin keys of the normalizer's own index, for scripts and
diacritics done better. All names are compared, and the score of the best is the probability. nomenklatura's
logic-v2, where it is installed, compares only the names that Levenshtein lists (see `bench.logic_v2`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.fuzz import WRatio

from normalizer.evaluation.answers import Answer
from normalizer.evaluation.cases import Case
from normalizer.index.builder import Progress
from normalizer.index.levels import REGIONS
from normalizer.index.parts import Part
from normalizer.index.segment import Fact, Segment
from normalizer.terms import Outcome
from normalizer.text.keys import KeyMaker, Step

LISTED = 300
"""How many of the best names a measure lists."""
_CHUNK = 20
"""Questions that are compared with all names at once."""
CANDIDATES = 5


class Name(NamedTuple):
    """A name of the gazetteer."""

    entity_id: str
    value: str


Names = Mapping[str, Sequence[Name]]
"""The text that a measure compares -> the names written so; those of more important entities first, in both."""


class Listed(NamedTuple):
    """A name that a measure lists, and its score, 0 to 1."""

    name: Name
    score: float


class Measure(NamedTuple):
    """A string measure of rapidfuzz."""

    name: str
    scorer: Callable[..., float]
    most: float = 1
    """The score of equal texts."""


LEVENSHTEIN = Measure("Levenshtein", Levenshtein.normalized_similarity)
IN_ASCII = (Measure("Jaro-Winkler", JaroWinkler.normalized_similarity), Measure("WRatio", WRatio, 100))


def ask(
    cases: Sequence[Case], parts: Sequence[Part], keymaker: KeyMaker, progress: Progress
) -> dict[str, list[list[Listed]]]:
    """Return by measure what it lists for each case."""
    progress("names for the peers", 0, 1)
    names, names_by_key = spelled(parts)
    progress("names for the peers", 1, 1)
    keys = [keymaker.of_mention(case.mention)[0].latin for case in cases]
    found = {LEVENSHTEIN.name: _lists(keys, names_by_key, LEVENSHTEIN, progress)}
    texts = [_ascii(case.mention.text) for case in cases]
    return found | {measure.name: _lists(texts, names, measure, progress) for measure in IN_ASCII}


def answer(case: Case, listed: Sequence[Listed]) -> Answer:
    """Return the first entities of a list as an answer that is not LINKED yet: at which score, others must say."""
    ids = dict.fromkeys(one.name.entity_id for one in listed)
    return Answer(case, Outcome.NIL, tuple(ids)[:CANDIDATES], listed[0].score if listed else 0.0)


def spelled(parts: Sequence[Part]) -> tuple[Names, Names]:
    """Return all names that are not hidden, in ASCII and by their folded keys."""
    in_ascii: dict[str, list[Name]] = {}
    by_key: dict[str, list[Name]] = {}
    rows = sorted((row for part in parts for row in _rows(part)), key=lambda row: row[0])
    for _, name, keys in rows:
        in_ascii.setdefault(_ascii(name.value), []).append(name)
        for key in keys:
            by_key.setdefault(key, []).append(name)
    return in_ascii, by_key


def _ascii(text: str) -> str:
    return anyascii(text).lower()


def _populations(segment: Segment) -> NDArray[np.float32]:
    """Return log10(1 + population) of each entity, as the gazetteer tells it."""
    told = segment.facts[:, Fact.POPULATION]
    regions = (segment.facts[:, Fact.LEVEL].astype(np.int64) & REGIONS) != 0
    return np.where(regions & np.isclose(told, np.log10(1 + segment.people)), np.float32(0), told)


def _rows(part: Part) -> Iterator[tuple[tuple[float, float], Name, list[str]]]:
    """Yield each name of a part with the rank of its entity, by population and number of names, and its keys.

    A region whose population is but that of its towns ranks as one without any: nobody else would have it.
    """
    segment = part.segment
    ids, populations, counts = list(segment.ids), _populations(segment).tolist(), segment.facts[:, Fact.NAMES].tolist()
    hidden, keys = part.columns.hidden.tolist(), _keys(part)
    for number, (entity, value) in enumerate(zip(segment.name_facts[:, 0].tolist(), segment.values, strict=True)):
        if not hidden[entity]:
            population, names = populations[entity], counts[entity]
            yield (-population, -names), Name(ids[entity], value), keys[number]


def _keys(part: Part) -> list[list[str]]:
    """Return the folded keys of every name as it stands."""
    segment, links = part.segment, part.segment.key_links
    texts, found = list(segment.keys), [[] for _ in range(len(segment.values))]  # type: list[str], list[list[str]]
    full = links.steps == Step.FULL
    of_links = np.repeat(np.arange(len(texts)), np.diff(links.starts).astype(np.int64))
    for key, name in zip(of_links[full].tolist(), links.names[full].tolist(), strict=True):
        found[name].append(texts[key])
    return found


def _lists(asked: Sequence[str], names: Names, measure: Measure, progress: Progress) -> list[list[Listed]]:
    """Return for each text the names that score best, best first."""
    texts = list(names)
    found: list[list[Listed]] = []
    for start in range(0, len(asked), _CHUNK):
        some = asked[start : start + _CHUNK]
        scores: Any = process.cdist(some, texts, scorer=measure.scorer, workers=-1, dtype=np.float32)
        for row in scores:
            near = [(texts[number], float(row[number]) / measure.most) for number in best(row)]
            found.append([Listed(name, score) for text, score in near for name in names[text] if score > 0][:LISTED])
        progress(measure.name, len(found), len(asked))
    return found


def best(scores: NDArray[np.float32]) -> list[int]:
    """Return the numbers of the LISTED best scores, best first; of equal ones the earlier."""
    least = np.partition(scores, -LISTED)[-LISTED] if len(scores) > LISTED else -np.inf
    among = np.flatnonzero(scores >= least)
    return [int(number) for number in among[np.argsort(-scores[among], kind="stable")][:LISTED]]
