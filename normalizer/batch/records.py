"""The records of a table: which lines make a row, and what its cells are.

A cell of CSV may hold line feeds between quotation marks; but then a mark that is never closed swallows the lines after
it. So several lines are one record only when they make as many cells as the header has. If not, the first of them is a
bad record of its own, and the others are read again.

>>> records = Records("csv", iter([b"id,text\\n", b'1,"Kursk\\n', b"2,Sumy\\n", b'3,"a\\n', b'b"\\n']))
>>> len(records.header())
2
>>> [(record.line, record.cells) for record in records.rows(2)]
[(2, []), (3, ['2', 'Sumy']), (4, ['3', 'a\\nb'])]
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from normalizer.batch.formats import MAX_LINE
from normalizer.terms import InvalidInput, NormalizerError

MAX_LINES = 1000
"""How many lines one record may have; this bounds what is read again after a stray quotation mark."""


def too_long() -> InvalidInput:
    """What to raise for a line, or the lines of a record, of more than MAX_LINE bytes."""
    return InvalidInput("row", f"is longer than {MAX_LINE} bytes")


def unraised(problem: InvalidInput) -> InvalidInput:
    """The same problem apart from where it was raised, which would keep the line in memory for as long as the row."""
    return InvalidInput(problem.field, problem.problem)


class Record(NamedTuple):
    """The cells of a row (none when they cannot be told), the number and bytes of its first line, and its problem."""

    line: int
    raw: bytes
    cells: list[str]
    problem: InvalidInput | None


class Records:
    """A table of `kind` csv or tsv. Bytes that are not UTF-8 are surrogates in its cells."""

    def __init__(self, kind: str, lines: Iterator[bytes]) -> None:
        self._lines = _Lines(lines)
        if kind == "tsv":  # A quotation mark is a letter like any other: gazetteers are exchanged this way.
            self._reader = csv.reader(self._lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            self._reader = csv.reader(self._lines, strict=True)

    def header(self) -> list[str]:
        """The cells of the first record; none in an empty file. Raises NormalizerError when it cannot be read."""
        record = next(self._records(), None)
        if record is None:
            return []
        if record.problem:
            raise NormalizerError(f"line 1: the header {record.problem.problem}")
        return record.cells

    def rows(self, width: int) -> Iterator[Record]:
        """The records after the header, which has `width` cells. A blank line has no cells and no problem."""
        for record in self._records():
            cells, problem = record.cells, record.problem or _wrong_width(record.cells, width)
            if problem and (last := self._lines.last) > record.line:
                said = f"ends inside quotation marks; read on to line {last}, it {problem.problem}"
                cells, problem = [], InvalidInput("row", said)
                self._lines.give_back()
            yield record._replace(cells=cells, problem=problem)

    def _records(self) -> Iterator[Record]:
        while True:
            self._lines.begin()
            cells, problem = [], None
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = InvalidInput("row", f"cannot be read: {error}")
            except InvalidInput as too_much:
                problem = unraised(too_much)
            yield Record(self._lines.first, self._lines.taken[0], cells, problem)


def _wrong_width(cells: list[str], width: int) -> InvalidInput | None:
    if not cells or len(cells) == width:
        return None
    has = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    return InvalidInput("row", f"has {has}, the header has {width}")


class _Lines:
    """The lines of a table as text. Those of the record that is being read are kept, so that they can be given back."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._again: deque[bytes] = deque()
        self._size = 0
        self.first = 1
        self.taken: list[bytes] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:
            raise too_long()
        if len(self.taken) > MAX_LINES:
            raise InvalidInput("row", f"has more than {MAX_LINES} lines")
        return line.decode("utf-8", "surrogateescape")

    @property
    def last(self) -> int:
        """The number of the last line that was taken."""
        return self.first + len(self.taken) - 1

    def begin(self) -> None:
        """Begin the next record: let go of the lines of the last one."""
        self.first += len(self.taken)
        self._size = 0
        self.taken.clear()

    def give_back(self) -> None:
        """Give back all lines of the record but its first."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
