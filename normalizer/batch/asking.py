"""From rows to answers: one call for many rows, and a problem in the place of each that cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from normalizer.batch.reading import Row
from normalizer.batch.rows import mention_of
from normalizer.terms import InvalidInput, Mention, Resolution

Result = Resolution | InvalidInput


class Attempts(Protocol):
    """What the batch journey needs of a normalizer: an answer or a problem for each mention, in order."""

    def attempt(
        self, mentions: Sequence[Mention], *, explain: bool = False, precision: float | None = None
    ) -> Sequence[Result]:
        """See `Normalizer.attempt`."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """How rows are asked: the `column` of the surface form, the precision, the evidence; hints for rows without."""

    column: str = "text"
    hints: Mapping[str, str] = field(default_factory=dict)
    precision: float | None = None
    explain: bool = False
    co_mentions: tuple[str, ...] = ()


def ask(normalizer: Attempts, rows: Sequence[Row], question: Question) -> list[Result]:
    """One result per row, in order."""
    asked = [_mention(row, question) for row in rows]
    mentions = [mention for mention in asked if isinstance(mention, Mention)]
    if not mentions:
        return [problem for problem in asked if isinstance(problem, InvalidInput)]
    results = iter(normalizer.attempt(mentions, explain=question.explain, precision=question.precision))
    return [next(results) if isinstance(mention, Mention) else mention for mention in asked]


def check(normalizer: Attempts, question: Question) -> None:
    """Raise InvalidInput when no row at all can be asked this way: a hint for all rows names what does not exist."""
    for result in ask(normalizer, [Row(0, {question.column: "-"})], question):
        if isinstance(result, InvalidInput):
            raise result


def _mention(row: Row, question: Question) -> Mention | InvalidInput:
    if row.problem is not None:
        return row.problem
    try:
        return mention_of(row.values, question.column, question.hints, question.co_mentions)
    except InvalidInput as problem:
        return problem
