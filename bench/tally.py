"""Counts of right and wrong answers, and the shares that are made of them.

>>> tally = Tally()
>>> tally.count({"x:1"}, Outcome.LINKED, ["x:1", "x:2"])
>>> tally.count({"x:1"}, Outcome.AMBIGUOUS, ["x:2", "x:1"])
>>> tally.count(set(), Outcome.NIL, ["x:2"])
>>> tally.figures()["first"], tally.figures()["five"], tally.figures()["linked"], tally.figures()["precision"]
(0.5, 1.0, 0.3333, 1.0)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from normalizer.terms import Outcome


@dataclass(slots=True)
class Tally:
    """Answers to one group of questions."""

    rows: int = 0
    answerable: int = 0
    """Questions whose entity is in the gazetteer."""
    first: int = 0
    five: int = 0
    linked: int = 0
    linked_right: int = 0
    linked_wrongly: int = 0
    """LINKED, where the entity is not in the gazetteer."""

    def count(self, accepted: Collection[str], outcome: Outcome, ids: Sequence[str]) -> None:
        """Count an answer: `ids` of its candidates, best first. Nothing is accepted where NIL is right."""
        self.rows += 1
        right = bool(ids) and ids[0] in accepted
        self.answerable += bool(accepted)
        self.first += right
        self.five += any(entity_id in accepted for entity_id in ids[:5])
        if outcome is Outcome.LINKED:
            self.linked += 1
            self.linked_right += right
            self.linked_wrongly += not accepted

    def figures(self) -> dict[str, Any]:
        """Return the rows and the shares, 0 to 1; None where there is nothing to take a share of."""
        return {
            "rows": self.rows,
            "first": share(self.first, self.answerable),
            "five": share(self.five, self.answerable),
            "linked": share(self.linked, self.rows),
            "precision": share(self.linked_right, self.linked),
            "falsely linked": share(self.linked_wrongly, self.rows - self.answerable),
        }


def share(part: int, whole: int) -> float | None:
    """Return part / whole to four decimals, or None of nothing."""
    return round(part / whole, 4) if whole else None
