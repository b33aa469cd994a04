"""Answers -> figures. Every figure but `rows` is a share, 0 to 1; None where there is nothing to take a share of.

>>> from normalizer.evaluation.cases import Case
>>> from normalizer.terms import Mention, Outcome
>>> case = Case("1", Mention("Suja"), frozenset({"geonames:486816"}), {"script": "Latn"})
>>> absent = Case("2", Mention("Суджа"), frozenset(), {"script": "Cyrl"})
>>> answers = [
...     Answer(case, Outcome.LINKED, ("geonames:486816",), 0.75),
...     Answer(absent, Outcome.NIL, ("geonames:486816",), 0.25),
... ]
>>> figures(answers)
{'rows': 2, 'r@1': 1.0, 'r@5': 1.0, 'linked': 0.5, 'precision': 1.0, 'yield': 1.0, 'false': 0.0, 'error': 0.25}
>>> list(by(answers, "script"))
['Cyrl', 'Latn']
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from normalizer.evaluation.answers import Answer
from normalizer.terms import InvalidInput

Figures = Mapping[str, float | None]

MEANING: Mapping[str, str] = {
    "rows": "cases",
    "r@1": "the right entity is the first candidate, of the cases that have one",
    "r@5": "it is among the first five",
    "linked": "answered LINKED, of all cases",
    "precision": "right, of those answered LINKED",
    "yield": "answered LINKED and right, of the cases that have a right entity",
    "false": "answered LINKED, of the cases that should be NIL",
    "error": "expected calibration error of the first candidate's probability, ten bins",
}
"""Figure -> what it is; in the order of the tables."""

USUAL_FIELDS = ("script", "type", "stratum", "difficulty")
"""What figures are grouped by, where the cases tell it apart, unless the caller says otherwise."""

BINS = 10


class Bin(NamedTuple):
    """Answers whose first candidate has nearly the same probability."""

    rows: int
    probability: float
    """The mean of them, 0 to 1."""
    right: float
    """The share of them whose first candidate is right."""


class Point(NamedTuple):
    """What LINKED would be worth at one threshold."""

    threshold: float
    precision: float
    yielded: float
    """Answered LINKED and right, of the cases that have a right entity."""


def figures(answers: Sequence[Answer]) -> Figures:
    """Return all figures of some answers, by the names of MEANING."""
    answerable = [answer for answer in answers if answer.case.accepted]
    linked = [answer for answer in answers if answer.linked]
    rightly = sum(answer.right for answer in linked)
    falsely = sum(not answer.case.accepted for answer in linked)
    five = sum(not answer.case.accepted.isdisjoint(answer.candidates[:5]) for answer in answerable)
    return {
        "rows": len(answers),
        "r@1": _share(sum(answer.right for answer in answerable), len(answerable)),
        "r@5": _share(five, len(answerable)),
        "linked": _share(len(linked), len(answers)),
        "precision": _share(rightly, len(linked)),
        "yield": _share(rightly, len(answerable)),
        "false": _share(falsely, len(answers) - len(answerable)),
        "error": calibration_error(reliability(answers)),
    }


def by(answers: Iterable[Answer], field: str) -> dict[str, Figures]:
    """Return figures by the values of a field of the cases, the weakest group first (see `weakness`)."""
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[answer.case.group(field)].append(answer)
    found = {group: figures(some) for group, some in groups.items()}
    return dict(sorted(found.items(), key=lambda item: (weakness(item[1]), item[0])))


def weakness(group: Figures) -> tuple[float, float]:
    """Order by the share of right first candidates, or where NIL is right, of those not LINKED; large groups first."""
    first, false = group["r@1"], group["false"]
    return first if first is not None else 1 - (false or 0.0), -(group["rows"] or 0)


def fields_of(answers: Sequence[Answer], asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the fields to group by: those `asked` for, else those of USUAL_FIELDS that tell cases apart.

    Raises InvalidInput for a field that no case has.
    """
    for field in asked:
        if not any(answer.case.fields.get(field) is not None for answer in answers):
            known = sorted({name for answer in answers for name in answer.case.fields})
            raise InvalidInput("by", f"no case has the field {field!r}; they have {', '.join(known)}")
    usual = (field for field in USUAL_FIELDS if len({answer.case.group(field) for answer in answers}) > 1)
    return tuple(dict.fromkeys(asked or usual))


def reliability(answers: Iterable[Answer]) -> list[Bin | None]:
    """Return BINS bins of equal width by the probability of the first candidate, those without answers as None."""
    bins: list[list[Answer]] = [[] for _ in range(BINS)]
    for answer in answers:
        if answer.candidates:
            bins[min(int(answer.probability * BINS), BINS - 1)].append(answer)
    return [_bin(some) if some else None for some in bins]


def _bin(answers: Sequence[Answer]) -> Bin:
    rows = len(answers)
    mean = sum(answer.probability for answer in answers) / rows
    return Bin(rows, mean, sum(answer.right for answer in answers) / rows)


def calibration_error(bins: Iterable[Bin | None]) -> float | None:
    """Return how far the probability of a bin is from its share of right ones: the mean over the answers."""
    filled = [one for one in bins if one]
    rows = sum(one.rows for one in filled)
    return sum(one.rows * abs(one.probability - one.right) for one in filled) / rows if rows else None


def precision_yield(answers: Iterable[Answer]) -> list[Point]:
    """Return precision and yield at every threshold that makes a difference, the highest threshold first.

    Empty when no case has a right entity, or no answer a candidate.
    """
    answers = list(answers)
    answerable = sum(bool(answer.case.accepted) for answer in answers)
    ranked = sorted((answer for answer in answers if answer.candidates), key=lambda answer: -answer.probability)
    points: list[Point] = []
    right = 0
    for linked, answer in enumerate(ranked, 1):
        right += answer.right
        last = linked == len(ranked) or ranked[linked].probability < answer.probability
        if last and answerable:
            points.append(Point(answer.probability, right / linked, right / answerable))
    return points


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
