"""Two names side by side, without a gazetteer: how probable is it that they name the same?

Each of the two is asked as a mention of a gazetteer that holds the other one alone, so both are read, romanized, heard
and aligned as everywhere else. What that gives either way, the better way first, is judged by boosted trees, fitted by
`training/pairs.py` to as many pairs that belong together as pairs that do not.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import columns_of
from normalizer.index.parts import Part
from normalizer.index.segment import IndexedEntity, build, indexed
from normalizer.matching.clauses import Contradiction
from normalizer.matching.evidence import (
    ALIGNED_LOSS,
    EVIDENCE,
    FIRST_CALLED,
    LOSS,
    LOSS_PER_LETTER,
    MENTION_STEP,
    NAME_STEP,
    WIDTH,
    WORST_WORD,
)
from normalizer.matching.forest import Cuts, Forest, evaluate
from normalizer.matching.match import Found, Matcher
from normalizer.matching.model import DAMAGE, logistic
from normalizer.matching.organizations import is_acronym
from normalizer.matching.query import Pool
from normalizer.terms import Entity, Mention, ModelUnusable
from normalizer.text.clean import words
from normalizer.text.keys import KeyMaker, Step

PAIRS = Path(__file__).parent.parent / "models" / "pairs" / "pairs.npz"
_OF_THE_NAMES = (
    "equal_key", "overlap", "equal_skeleton", "loss", "loss_per_letter", "equal_form", "same_script", "both_marked",
    "level_agrees", "level_contradicts", "settlement_contradicts", "feature_contradicts", "aligned_loss", "worst_word",
    "missing", "extra", "near_form",
)  # fmt: skip
_IN_SHORT = {way + step for way in (MENTION_STEP, NAME_STEP) for step in (Step.INITIAL, Step.CODE)}
_COLUMNS = [
    number
    for number, measure in enumerate(EVIDENCE)
    if measure.name in _OF_THE_NAMES or (number > FIRST_CALLED and number not in _IN_SHORT)
]
"""Evidence of the spelling and the reading of two names; what else there is belongs to entities."""
PAIR_EVIDENCE = (
    *(f"{way}_{name}" for way in ("better", "worse") for name in (*(EVIDENCE[n].name for n in _COLUMNS), "score")),
    "shorter", "longer", "place", "contradictions",
)  # fmt: skip
"""What the trees are asked about, in the order of `Weighed.values`."""
_FARTHEST = -30.0
"""Score of two names of which nothing is alike."""
_WORST_LOSS = 3.0
"""Nats a letter, and tens of nats in all, that such a name is said to lose."""


class Weighed(NamedTuple):
    """The evidence of a pair."""

    best: Found | None
    """The better way to match them; None when nothing is alike."""
    against: list[Contradiction]
    values: NDArray[np.float64]
    """[PAIR_EVIDENCE]"""


def weigh(
    matcher: Matcher,
    keymaker: KeyMaker,
    texts: tuple[str, str],
    entity_type: str,
    pool: Pool,
) -> Weighed:
    """Return the evidence of two names of one type; the same whichever stands first."""
    one, other = sorted(texts)
    against = matcher.contradictions.between(one, other, entity_type)
    if entity_type == "organization":
        one, other = _of_organizations(keymaker, one, other)
    if entity_type == "person":
        one, other = _of_persons(keymaker, one, other)
    forms = [keymaker.cleaner.clean(text) for text in texts]
    ways = [_found(matcher, keymaker, *way, entity_type, pool) for way in ((one, other), (other, one))]
    rows = sorted((_row(found) for found in ways), key=lambda row: tuple(-row[::-1]))
    about_both = [*sorted(map(len, forms)), entity_type == "place", sum(found.odds for found in against)]
    best = max((found for found in ways if found), key=lambda found: found.score, default=None)
    return Weighed(best, against, np.array([*rows[0], *rows[1], *about_both], np.float64))


def _found(matcher: Matcher, keymaker: KeyMaker, mention: str, name: str, entity_type: str, pool: Pool) -> Found | None:
    entity = Entity("other", entity_type, name, kind=_kind(keymaker, name) if entity_type == "place" else None)
    segment = build([_in_full(indexed(entity, keymaker))], {})
    part = Part(entity_type, segment, columns_of(segment, np.zeros(1, np.uint8)), frozenset(segment.written))
    return matcher.compare(Mention(mention, entity_type), part, pool)


def _in_full(entity: IndexedEntity) -> IndexedEntity:
    """Return an entity without names in short: of two names side by side, an initial is aligned with what it begins."""
    names = (name._replace(keys=tuple(key for key in name.keys if key[2] != Step.INITIAL)) for name in entity.names)
    return entity._replace(names=tuple(names))


def _of_persons(keymaker: KeyMaker, one: str, other: str) -> tuple[str, str]:
    """Return two names, without later initials that the other has no word for: В. В. Путин, Владимир Путин."""
    sides = [words(keymaker.cleaner.clean(text)) for text in (one, other)]
    more = len(sides[0]) - len(sides[1])
    fewer = _with_fewer_initials(sides[0], more), _with_fewer_initials(sides[1], -more)
    return fewer[0] or one, fewer[1] or other


def _with_fewer_initials(names: list[str], fewer: int) -> str:
    """Return a name without so many of its initials, the last ones, but with the first; nothing if it keeps all."""
    left_out = [at for at, word in enumerate(names) if len(word) == 1][1:][-fewer:] if fewer > 0 else []
    return " ".join(word for at, word in enumerate(names) if at not in left_out) if left_out else ""


def _of_organizations(keymaker: KeyMaker, one: str, other: str) -> tuple[str, str]:
    """Return two names without their legal forms; of an acronym and the words it stands for, the acronym twice."""
    for short, long in ((one, other), (other, one)):
        if is_acronym(short) and keymaker.abbreviates(short, long):
            return short, short
    bare = [keymaker.without_legal_form(keymaker.cleaner.clean(text)) or text for text in (one, other)]
    return bare[0], bare[1]


def _kind(keymaker: KeyMaker, name: str) -> str | None:
    """Return the kind of place that the place-type word of a name says, the smallest; None without one."""
    meaning = keymaker.place_type(keymaker.cleaner.clean(name))
    return meaning.levels[-1] if meaning else None


def _row(found: Found | None) -> NDArray[np.float64]:
    if found:
        return np.append(found.values[_COLUMNS], found.score)
    values = np.zeros(WIDTH)
    values[[LOSS, LOSS_PER_LETTER, ALIGNED_LOSS, WORST_WORD]] = _WORST_LOSS
    return np.append(values[_COLUMNS], _FARTHEST)


@dataclass(frozen=True, slots=True)
class PairModel:
    """The trees that judge a pair."""

    forest: Forest
    _cuts: Cuts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the trees' comparisons, as answers need them."""
        object.__setattr__(self, "_cuts", Cuts.of(self.forest))

    @classmethod
    def load(cls, path: Path = PAIRS) -> PairModel:
        """Read the trees. Raises ModelUnusable when they are damaged, or fitted for other evidence."""
        try:
            packed = path.read_bytes()
            with np.load(io.BytesIO(packed)) as arrays:
                names, forest = arrays["evidence"].tolist(), Forest(*(arrays[field] for field in Forest._fields))
        except DAMAGE as problem:
            raise ModelUnusable(f"{path} holds no whole model of pairs: {problem}") from problem
        if names != [*PAIR_EVIDENCE]:
            raise ModelUnusable(f"{path} was fitted for other evidence than this version gathers")
        return cls(forest)

    def write(self, path: Path) -> str:
        """Write the trees; return a digest of the file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = io.BytesIO()
        np.savez_compressed(packed, evidence=np.array(PAIR_EVIDENCE), **self.forest._asdict())
        path.write_bytes(packed.getvalue())
        return hashlib.sha256(packed.getvalue()).hexdigest()[:12]

    def probability(self, values: NDArray[np.float64]) -> float:
        """Return how probable it is that a pair names the same, if every second pair does."""
        return float(logistic(float(evaluate(self._cuts, values)) + float(values[-1])))
