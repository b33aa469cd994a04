"""What would have changed an answer: the same candidates, judged as if one hint more had been given.

Nothing is searched again, so that an explanation costs little: a hint that is given is also worth a longer search,
which may find what is not among these candidates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.index.segment import country_code
from normalizer.matching.context import weighed
from normalizer.matching.decision import decide
from normalizer.matching.describe import in_country, within_parent
from normalizer.matching.match import Found, Matcher, Matches, rank
from normalizer.terms import Alternative, Entity, Mention, Outcome

MOST_ALTERNATIVES = 3
_RIVALS = 3
"""Candidates whose country and container are tried."""
_LEAST = 0.001
"""Probability below which they are not: no hint makes up for so much."""
_LIKELY = 0.5
"""Probability from which another first candidate is worth telling, if it would not be LINKED."""
_PRECISIONS = (0.98, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Precisions that are tried, the highest first."""

Describe = Callable[[NDArray[np.int64], Any, NDArray[np.float32], NDArray[np.int64]], None]
"""Fills the columns that depend on one hint, for some rows of evidence and the entities they are of."""
EntityOf = Callable[[str], Entity | None]
"""Id of an entity -> the entity, if it is still there."""


def alternatives(
    matcher: Matcher, matches: Matches, mention: Mention, precision: float | None, entity_of: EntityOf
) -> tuple[Alternative, ...]:
    """Return what would have brought another first candidate, or LINKED; at most MOST_ALTERNATIVES, maybe none.

    Of several hints with the same effect, the first is told: a country, a type, a parent, a lower precision.
    """
    if not matches.found:
        return ()
    first = matches.found[0].entity_id
    linked = _outcome(matcher, matches, precision) is Outcome.LINKED
    told: dict[str, Alternative] = {}
    for field, value, judged in _tried(matcher, matches, mention):
        if len(told) == MOST_ALTERNATIVES:
            break
        best, chance = judged.found[0], judged.probabilities[0]
        outcome = _outcome(matcher, judged, precision)
        other = best.entity_id != first and chance >= _LIKELY
        wanted = best.entity_id not in told and (other or (outcome is Outcome.LINKED and not linked))
        if wanted and (hint := _hint(field, value, entity_of)):
            told[best.entity_id] = _alternative(field, *hint, outcome, best, chance)
    if not linked and first not in told:
        told.update(_at_less_precision(matcher, matches, precision))
    return tuple(told.values())[:MOST_ALTERNATIVES]


def _outcome(matcher: Matcher, matches: Matches, precision: float | None) -> Outcome:
    calibration = matcher.model.calibration(matches.found[0].part.type)
    return decide(matches.probabilities, calibration.threshold(precision))


def _tried(matcher: Matcher, matches: Matches, mention: Mention) -> Iterator[tuple[str, str, Matches]]:
    """Yield (field, value) of hints that were not given, with the candidates judged by each; see `_hints`."""
    hints = [*_hints(_Hinted(matches.found, matcher.model.weights), matches, mention)]
    judged = matcher.judged([found for _, _, found in hints], [(matches.letters, matches.script)] * len(hints))
    for (field, value, _), by_it in zip(hints, judged, strict=True):
        yield field, value, weighed(by_it)


def _hints(hinted: _Hinted, matches: Matches, mention: Mention) -> Iterator[tuple[str, str, list[Found]]]:
    """Yield (field, value) of hints that were not given, with the candidates in the order that each brings.

    For a parent, the value is the id of what lies in it: whose records are read takes longer than all else.
    """
    chances = zip(matches.found[:_RIVALS], matches.probabilities, strict=False)
    leading = [found for found, chance in chances if chance >= _LEAST]
    if mention.country is None:
        for country in dict.fromkeys(filter(None, map(_country, leading))):
            yield "country", country, hinted.by(in_country, country_code(country))
    types = dict.fromkeys(found.part.type for found in leading)
    for entity_type in types if len(types) > 1 else ():
        some = [found for found in matches.found if found.part.type == entity_type]
        yield "type", entity_type, sorted(some, key=rank)
    if mention.parent is None:
        compatriots = Counter(map(_country, leading))
        inside: dict[int, str] = {}
        for found in leading:
            if compatriots[_country(found)] > 1 and (parent := _parent(found)):
                inside.setdefault(parent, found.entity_id)
        for parent, entity_id in inside.items():
            yield "parent", entity_id, hinted.by(within_parent, np.uint64(parent))


class _Hinted:
    """The candidates of a mention, to be scored again with one hint more."""

    def __init__(self, found: Sequence[Found], weights: NDArray[np.float32]) -> None:
        self._found = found
        self._weights = weights
        self._values = np.stack([one.values for one in found])
        self._besides = np.array([one.score for one in found]) - self._values @ weights
        self._rows: dict[int, list[int]] = defaultdict(list)
        """Those of each part."""
        for row, one in enumerate(found):
            self._rows[id(one.part)].append(row)

    def by(self, describe: Describe, hint: int | np.uint64) -> list[Found]:
        """Return them in the order that a hint brings."""
        values = self._values.copy()
        for rows in self._rows.values():
            hinted = values[rows]
            columns, entities = self._found[rows[0]].part.columns, [self._found[row].entity for row in rows]
            describe(columns.addresses, hint, hinted, np.array(entities))
            values[rows] = hinted
        scores = (self._besides + values @ self._weights).tolist()
        order = sorted(range(len(scores)), key=lambda row: (-scores[row], self._found[row].entity_id))
        return [self._found[row]._replace(values=values[row], score=scores[row]) for row in order]


def _country(found: Found) -> str | None:
    return found.part.segment.country_of(found.entity)


def _parent(found: Found) -> int:
    """Return the `id_hash` of a candidate's parent, 0 without one."""
    return int(found.part.segment.parents[found.entity, 0])


def _hint(field: str, value: str, entity_of: EntityOf) -> tuple[str, str] | None:
    """Return the value of a hint that was tried, see `_hints`, and how it is told; None when it is not there.

    A parent that was merged is told as its survivor.
    """
    if field != "parent":
        return value, value
    inside = entity_of(value)
    for parent in map(entity_of, inside.parents if inside else ()):
        if inside and parent and parent.id != inside.id:  # the index leaves out what was merged into the entity itself
            return parent.id, f"{parent.name} ({parent.id})"
    return None


def _at_less_precision(matcher: Matcher, matches: Matches, precision: float | None) -> dict[str, Alternative]:
    """Return at which precision the first candidate would be LINKED, if at any that is tried."""
    first, chance = matches.found[0], matches.probabilities[0]
    calibration = matcher.model.calibration(first.part.type)
    asked = calibration.threshold(precision)
    for lower in _PRECISIONS:
        if calibration.threshold(lower) < asked and chance >= calibration.threshold(lower):
            return {first.entity_id: _alternative("precision", str(lower), str(lower), Outcome.LINKED, first, chance)}
    return {}


def _alternative(field: str, value: str, said: str, outcome: Outcome, found: Found, probability: float) -> Alternative:
    segment = found.part.segment
    preferred = segment.values[int(segment.preferred[found.entity])]
    reason = f"with {field} {said} it would be {outcome}: {preferred}, {probability:.2f}"
    return Alternative(field, value, outcome, found.entity_id, probability, reason)
