"""Answers of several systems -> figures that compare them, each at the threshold that suits it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from normalizer.evaluation.answers import Answer
from normalizer.evaluation.figures import Figures, by, figures, precision_yield
from normalizer.terms import Outcome

PRECISIONS = (0.98, 0.99)
COMPARED = 0.98
"""The precision at which parts are compared."""

Systems = Mapping[str, Sequence[Answer]]
"""Name -> its answers to the same cases; the first is the one by whose weakness parts are ordered."""


def threshold(answers: Sequence[Answer], precision: float) -> float:
    """Return the lowest score from which on the share of right answers is at least `precision`; inf for none."""
    return min((one.threshold for one in precision_yield(answers) if one.precision >= precision), default=math.inf)


def linked_at(answers: Sequence[Answer], precision: float) -> list[Answer]:
    """Return the answers LINKED by a threshold that was found on others.

    Every other case makes a half; each half is LINKED by the threshold that gives `precision` on the other one.
    """
    of_halves = threshold(answers[1::2], precision), threshold(answers[::2], precision)
    return [_linked(answer, of_halves[number % 2]) for number, answer in enumerate(answers)]


def _linked(answer: Answer, least: float) -> Answer:
    return replace(answer, outcome=Outcome.LINKED if answer.probability >= least else Outcome.NIL)


def of_systems(systems: Systems) -> dict[str, Any]:
    """Return the figures of each system: as it answered, and LINKED at each of PRECISIONS."""
    return {
        name: {"as it answered": rounded(figures(answers))}
        | {str(precision): rounded(figures(linked_at(answers, precision))) for precision in PRECISIONS}
        for name, answers in systems.items()
    }


def of_parts(systems: Systems) -> list[dict[str, Any]]:
    """Return the figures of each system by part, LINKED at COMPARED; the part that is weakest for the first, first."""
    found = {name: by(linked_at(answers, COMPARED), "part") for name, answers in systems.items()}
    answers = next(iter(systems.values()))
    fields = {answer.case.group("part"): answer.case.fields for answer in answers}
    return [
        {
            "kind": fields[part]["kind"],
            "script": fields[part]["script"],
            "systems": {name: rounded(groups[part]) for name, groups in found.items()},
        }
        for part in next(iter(found.values()))
    ]


def rounded(group: Figures) -> dict[str, float | None]:
    """Return figures to four decimals, as results keep them."""
    return {name: value if value is None else round(value, 4) for name, value in group.items()}
