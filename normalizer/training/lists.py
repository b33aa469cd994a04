"""What training queries are answered with: the evidence of their candidates, in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, silent
from normalizer.index.segment import script_code
from normalizer.matching.evidence import (
    COUNTRY_CONTRADICTS,
    EQUAL_FORM,
    EQUAL_KEY,
    PARENT_CONTRADICTS,
    UNMARKED_REGION,
    WIDTH,
)
from normalizer.matching.listing import BEARER, LIST_EVIDENCE
from normalizer.matching.match import Found, Matcher, rank
from normalizer.matching.model import Model
from normalizer.matching.query import new_pool
from normalizer.text.romanize import script_of
from normalizer.training.logit import Floats, Problem
from normalizer.training.queries import HELD_OUT, NIL, STRANGER, TYPO, TrainingQuery

CANDIDATES = 24
NOT_THERE = 0.6
"""What a NIL query counts for: 15 % are drawn, so that many are seen, and taken for 10 %."""
NAMESAKE_LEFT = 0.1
"""What a NIL query counts for when a namesake is left that no hint contradicts: nobody can tell it from a real one."""
LEARNED, CALIBRATED, TESTED = range(3)
_FOLDS = np.array([CALIBRATED, LEARNED, LEARNED, TESTED, LEARNED, LEARNED])


@dataclass(frozen=True, slots=True)
class Lists:
    """The candidates of every query that somebody could answer; each array's first axis is the query."""

    evidence: NDArray[np.float32]
    """[queries, CANDIDATES, WIDTH]"""
    scores: NDArray[np.float32]
    """[queries, CANDIDATES]; -inf where there is no candidate."""
    right: NDArray[np.bool_]
    """[queries, CANDIDATES]: which are right; none where NIL is."""
    borne: NDArray[np.bool_]
    """[queries]: whether the name of the first candidate is meant: one that bears it is right."""
    shares: Floats
    """[queries]: of the first candidate among the bearers of its name."""
    acceptable: NDArray[np.bool_]
    """[queries]: whether LINKED would do for the first candidate: it is right, or bears exactly the form of the mention
    with no hint against it, where some entity is meant."""
    counts: Floats
    """[queries]: what each query counts for."""
    listed: Floats
    """[queries, LIST_EVIDENCE]: evidence of the list under the weights that it was gathered with."""
    fold: NDArray[np.int64]
    """[queries]: LEARNED, CALIBRATED or TESTED."""
    groups: NDArray[np.str_]
    """[queries, 2]: type of the first candidate, script of the mention."""

    def only(self, rows: NDArray[np.bool_]) -> Lists:
        """Return some of the queries."""
        return Lists(*(getattr(self, field.name)[rows] for field in fields(self)))

    def which(self) -> Problem:
        """Return the choice among the candidates, for the queries whose answer is among them."""
        known = self.right.any(axis=1)
        right = np.column_stack([self.right[known], np.zeros(known.sum(), bool)])
        return Problem(self.evidence[known].astype(np.float64), np.isfinite(self.scores[known]), right, none=False)


def joined(lists: Sequence[Lists]) -> Lists:
    """Return the queries of several gatherings as one."""
    return Lists(*(np.concatenate([getattr(one, field.name) for one in lists]) for field in fields(Lists)))


def gather(
    gazetteer: Gazetteer,
    queries: Sequence[TrainingQuery],
    model: Model,
    excluded: frozenset[str],
    progress: Progress = silent,
) -> Lists:
    """Ask every query and put the evidence of its candidates into arrays.

    Excluded entities are not rivals either: they are never the right answer, and would teach the model that entities
    like them never are. Of six queries, one is kept to calibrate with, and one to test on. Queries without a candidate
    are left out: they are NIL whatever is learned.
    """
    snapshot = gazetteer.variant([query.entity for query in queries if query.stratum in (HELD_OUT, NIL)])
    matcher = Matcher(gazetteer.keymaker, model)
    pool = new_pool()
    size = len(queries)
    evidence = np.zeros((size, CANDIDATES, WIDTH), np.float32)
    scores = np.full((size, CANDIDATES), -np.inf, np.float32)
    right = np.zeros((size, CANDIDATES), bool)
    borne, acceptable = np.zeros(size, bool), np.zeros(size, bool)
    shares = np.ones(size)
    counts, listed = np.ones(size), np.zeros((size, len(LIST_EVIDENCE)))
    groups = np.full((size, 2), "", "U32")
    for row, query in enumerate(queries):
        [matches] = matcher.match([query.mention], snapshot, pool, CANDIDATES)
        found = sorted((one for one in matches.found if one.entity_id not in excluded), key=rank)[:CANDIDATES]
        if row % 500 == 0 or row == size - 1:
            progress("asking questions", row + 1, size)
        if not found:
            continue
        for column, one in enumerate(found):
            evidence[row, column], scores[row, column] = one.values, one.score
        right[row, : len(found)] = _right(found, query)
        borne[row] = right[row, np.flatnonzero(np.equal(matcher.standing(found), BEARER))].any()
        acceptable[row] = right[row, 0] or (query.expected is not None and _bears(found[0], EQUAL_FORM))
        counts[row] = _count(found, query)
        script = script_of(query.mention.text)
        [judged] = matcher.judged([found], [(matches.letters, script_code(script))])
        listed[row], shares[row] = judged.evidence, judged.share
        groups[row] = found[0].part.type, script
    asked = np.isfinite(scores[:, 0])
    folds = _FOLDS[np.arange(size) % len(_FOLDS)]
    return Lists(evidence, scores, right, borne, shares, acceptable, counts, listed, folds, groups).only(asked)


def _right(found: Sequence[Found], query: TrainingQuery) -> list[bool]:
    """Return which candidates are right.

    When the name was taken out of the gazetteer, an entity that still bears exactly the form of the mention, and that
    no hint contradicts, cannot be called wrong. When it was left in, which of its bearers was drawn says how salient
    they are; but where a region was drawn by a name without a word for region, the town of that name is right as well.
    """
    if query.expected is None:
        return [False] * len(found)
    bare = any(one.entity_id == query.expected and one.values[UNMARKED_REGION] for one in found)
    return [
        one.entity_id == query.expected
        or (
            _bears(one, EQUAL_FORM)
            and (query.stratum in (HELD_OUT, TYPO) or (bare and not one.values[UNMARKED_REGION]))
        )
        for one in found
    ]


def _count(found: Sequence[Found], query: TrainingQuery) -> float:
    if query.expected is not None:
        return 1.0
    if query.stratum == STRANGER:  # what is told apart by judgment is no matter of calibration
        return 0.0 if found[0].against else 1.0
    return NAMESAKE_LEFT if any(_bears(one, EQUAL_KEY) for one in found) else NOT_THERE


def _bears(found: Found, column: int) -> bool:
    values = found.values
    return bool(values[column] > 0 and values[COUNTRY_CONTRADICTS] == 0 and values[PARENT_CONTRADICTS] == 0)
