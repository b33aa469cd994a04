"""What an import read, kept and dropped, counted while it streams, so that nothing disappears in silence.

>>> report = Report()
>>> count = report.source("cities")
>>> count.read += 2; count.keep(autorom=False); count.drop("code")
>>> (report.names, report.source("cities").dropped["code"])
(1, 1)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[str, int, int | None], None]
"""Called as (stage, done, total or None), a few times a second at most."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Report progress to nobody."""


@dataclass(slots=True)
class Count:
    """The figures of one source. A name that another source gave before is counted under ``repeated``."""

    source: str
    read: int = 0
    """Records read."""
    entities: int = 0
    """Entities this source was the first to name."""
    names: int = 0
    """Names kept, those of machine romanizations included."""
    autorom: int = 0
    """Of the names kept, those a romanization program made."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Names and records dropped, by reason."""

    def keep(self, autorom: bool) -> None:
        """Count a name that was kept."""
        self.names += 1
        self.autorom += autorom

    def drop(self, reason: str) -> None:
        """Count a name or a record that was not."""
        self.dropped[reason] += 1


class Report:
    """The figures of every source of one import, in the order in which they were first read. `str` is a table."""

    HEADINGS = ("source", "records read", "entities", "names kept", "of them machine-made", "dropped")

    def __init__(self) -> None:
        self._counts: dict[str, Count] = {}

    def source(self, label: str) -> Count:
        """Return the figures of a source, begun at zero when it is new."""
        return self._counts.setdefault(label, Count(label))

    @property
    def entities(self) -> int:
        """How many entities were kept."""
        return sum(count.entities for count in self._counts.values())

    @property
    def names(self) -> int:
        """How many names were kept."""
        return sum(count.names for count in self._counts.values())

    def rows(self) -> list[tuple[str, ...]]:
        """Return one row of text a source, in the order of HEADINGS, and the sums."""
        counts = list(self._counts.values())
        total = Count("all", *(sum(getattr(count, part) for count in counts) for part in ("read", "entities", "names")))
        total.autorom = sum(count.autorom for count in counts)
        for count in counts:
            total.dropped.update(count.dropped)
        return [_row(count) for count in (*counts, total)]

    def __str__(self) -> str:
        table = [self.HEADINGS, *self.rows()]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.HEADINGS))]
        return "\n".join(_line(row, widths) for row in table)


def _row(count: Count) -> tuple[str, ...]:
    figures = (f"{figure:,}" for figure in (count.read, count.entities, count.names, count.autorom))
    return (count.source, *figures, ", ".join(f"{reason} {n:,}" for reason, n in count.dropped.most_common()))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    source, *figures, dropped = row
    middle = (figure.rjust(width) for figure, width in zip(figures, widths[1:-1], strict=True))
    return "  ".join((source.ljust(widths[0]), *middle, dropped)).rstrip()
