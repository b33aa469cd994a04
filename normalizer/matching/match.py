"""Candidates of a mention: its keys looked up in every part of a snapshot, scored, and turned into probabilities."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.segment import country_code, id_hash, script_code
from normalizer.index.snapshot import Part, Snapshot
from normalizer.matching.channel import as_letters
from normalizer.matching.evidence import NAME_STEP
from normalizer.matching.model import Model
from normalizer.matching.naming import told
from normalizer.matching.query import Pool, Query, clear
from normalizer.matching.search import is_name, search
from normalizer.terms import Mention
from normalizer.text.fold import skeleton
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_FUZZY_STEPS = frozenset({Step.FULL, Step.BARE, Step.TITLE, Step.SORTED, Step.OUTLINE, Step.PART, Step.PREPOSITION})
_MOST_FUZZY = 4
"""Keys of one mention that are looked up by trigrams."""


class Found(NamedTuple):
    """One entity reached from a mention."""

    part: Part
    entity: int
    """Its number in the part's segment."""
    entity_id: str
    name: int
    """The number of the name to tell people: one that matches as well as the one that was scored, see `naming`."""
    key: Key
    """The reading of the mention that reached it."""
    score: float
    values: NDArray[np.float32]
    """[WIDTH]: the evidence, see `evidence.EVIDENCE`."""

    @property
    def step(self) -> Step:
        """By which step the name got the key that matched."""
        read = self.values[NAME_STEP + 1 :]
        return Step(int(read.argmax()) + 1) if read.any() else Step.FULL


@dataclass(frozen=True, slots=True)
class Matches:
    """The best candidates of a mention, best first, with their probabilities."""

    found: tuple[Found, ...]
    probabilities: tuple[float, ...]
    letters: int
    """Length of the mention's folded key, on which P(NIL) depends."""


class Matcher:
    """Matches mentions against snapshots. Immutable; the pool of scratch memory is passed by the caller."""

    def __init__(self, keymaker: KeyMaker, model: Model, costs: NDArray[np.float32]) -> None:
        self._keymaker = keymaker
        self.model = model
        self._costs = costs

    def match(self, mention: Mention, snapshot: Snapshot, pool: Pool, most: int) -> Matches:
        """Return the `most` best candidates of a mention in a snapshot."""
        keys = self._keymaker.of_mention(mention)
        script = script_code(script_of(mention.text))
        parts = snapshot.of_type(mention.type)
        known = any(_is_known(part, keys[0].exact) for part in parts)
        fuzzy = set() if known else _fuzzy_keys(keys)
        found: list[Found] = []
        scores: list[NDArray[np.float32]] = []
        for part in parts:
            self._search(mention, keys, script, part, pool, fuzzy)
            if not known:
                self._search_inflected(mention, keys, script, part, pool)
            count = int(pool.held[0])
            scores.append(pool.scores[:count].copy())
            found += _best(part, keys, script, pool, most)
        all_scores = np.concatenate(scores) if scores else np.empty(0, np.float32)
        return self._ranked(found, all_scores, len(keys[0].latin), most)

    def _ranked(self, found: list[Found], scores: NDArray[np.float32], letters: int, most: int) -> Matches:
        found.sort(key=lambda one: (-one.score, one.entity_id))
        chosen = found[:most]
        everyone = np.concatenate([np.array([one.score for one in chosen], np.float32), _rest(scores, len(chosen))])
        best = chosen[0].values if chosen else np.empty(0, np.float32)
        probabilities = self.model.probabilities(everyone, best, letters)
        return Matches(tuple(chosen), tuple(probabilities[: len(chosen)].tolist()), letters)

    def _search(
        self, mention: Mention, keys: list[Key], script: int, part: Part, pool: Pool, fuzzy: Collection[int]
    ) -> None:
        """Fill the pool with everything the keys of a mention reach in one part; only keys in `fuzzy` by trigrams."""
        marked = any(key.levels for key in keys)
        clear(pool)
        for number, key in enumerate(keys):
            query = _query(mention, key, number, script, part, number in fuzzy)
            search(part.columns, query._replace(marked=marked), pool, self.model.weights, self._costs)

    def _search_inflected(self, mention: Mention, keys: list[Key], script: int, part: Part, pool: Pool) -> None:
        """Look up the nominatives that the mention may be a case form of; only forms that are known names count."""
        forms = self._keymaker.nominatives(keys)
        known = {key.exact for key in keys}
        for (form, (key, rule)), number in zip(forms.items(), part.segment.exact.find_all([*forms]), strict=True):
            if number >= 0 and form not in known:
                keys.append(self._keymaker.inflected(form, key, rule))
                query = _query(mention, keys[-1], len(keys) - 1, script, part, False)
                search(part.columns, query, pool, self.model.weights, self._costs)


def _is_known(part: Part, exact: str) -> bool:
    """Tell whether a form is, as it stands, a name of an entity that is not hidden: then it is looked up exactly."""
    number = part.segment.exact.find(exact)
    return number >= 0 and is_name(part.columns, number)


def _fuzzy_keys(keys: Sequence[Key]) -> set[int]:
    """Choose the keys to look up by trigrams."""
    chosen: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key.step in _FUZZY_STEPS and key.latin:
            chosen.setdefault(key.latin, number)
    return set(list(chosen.values())[:_MOST_FUZZY])


def _query(mention: Mention, key: Key, number: int, script: int, part: Part, fuzzy: bool) -> Query:
    segment = part.segment
    latitude, longitude = mention.coordinates or (math.nan, math.nan)
    return Query(
        latin=as_letters(key.latin),
        exact=segment.exact.find(key.exact),
        key=segment.keys.find(key.latin) if key.latin else -1,
        outline=segment.skeletons.find(skeleton(key.latin)) if fuzzy else -1,
        fuzzy=fuzzy,
        step=int(key.step),
        levels=key.levels,
        marked=key.levels != 0,
        script=script,
        country=country_code(mention.country),
        parent=np.uint64(id_hash(mention.parent) if mention.parent else 0),
        latitude=latitude,
        longitude=longitude,
        reading=number,
    )


def _best(part: Part, keys: Sequence[Key], script: int, pool: Pool, most: int) -> list[Found]:
    count = int(pool.held[0])
    scores = pool.scores[:count]
    rows = np.argpartition(-scores, most)[:most] if count > most else np.arange(count)
    names = told(part.columns, pool, rows, script)
    columns = (pool.entities[rows], names, pool.readings[rows], scores[rows])
    ids = part.segment.ids
    return [
        Found(part, entity, ids[entity], name, keys[reading], score, values)
        for entity, name, reading, score, values in zip(
            *(column.tolist() for column in columns), pool.values[rows], strict=True
        )
    ]


def _rest(scores: NDArray[np.float32], taken: int) -> NDArray[np.float32]:
    """Return all scores but the `taken` highest."""
    if scores.size <= taken:
        return np.empty(0, np.float32)
    return np.partition(scores, scores.size - taken)[: scores.size - taken] if taken else scores
