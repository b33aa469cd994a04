"""Rows of a file, one after the other, whatever is wrong with some of them.

A line that cannot be read does not stop the file: it becomes a row with a `problem`, in its place. Only what makes
every row meaningless stops it: a table without a header, a header that names a column twice.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from normalizer.batch.formats import MAX_LINE
from normalizer.terms import InvalidInput, NormalizerError

if TYPE_CHECKING:
    from _csv import Reader


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an input: where it begins, its columns in the order of the file, and why it could not be read."""

    line: int
    values: dict[str, object] = field(default_factory=dict)
    problem: InvalidInput | None = None

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing at all."""
        return self.problem is _BLANK


_BLANK = InvalidInput("row", "is blank")
_TOO_LONG = InvalidInput("row", f"is longer than {MAX_LINE} bytes")


def read_names(lines: Iterator[bytes]) -> Iterator[Row]:
    """The rows of plain text: each line is a surface form, in the column `text`."""
    for number, line in enumerate(_without_mark(lines), start=1):
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        shown = _readable(text)
        yield Row(number, {"text": shown}, None if shown == text else InvalidInput("text", "is not valid UTF-8"))


class Rows(NamedTuple):
    """The rows of one file, and the columns that its header names; JSON Lines have no header."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def read_rows(kind: str, lines: Iterator[bytes]) -> Rows:
    """The rows of a file of `kind` jsonl, csv or tsv. Blank lines at its end are no rows; elsewhere they are bad ones.

    Raises NormalizerError for a header that cannot be used.

    >>> columns, rows = read_rows("csv", iter([b"id,text\\n", b"1,Kursk\\n"]))
    >>> columns, [row.values for row in rows]
    (('id', 'text'), [{'id': '1', 'text': 'Kursk'}])
    """
    lines = _without_mark(lines)
    if kind == "jsonl":
        return Rows((), _without_last_blanks(_read_json(lines)))
    text = _Text(lines)
    # In TSV a quotation mark is a letter like any other: gazetteers are exchanged this way.
    tabs = kind == "tsv"
    reader = csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(text, strict=True)
    try:
        columns = _check_header(next(reader, []))
    except csv.Error as error:
        raise NormalizerError(f"line 1: the header cannot be read: {error}") from None
    return Rows(columns, _without_last_blanks(_read_table(columns, reader, text)))


def _without_last_blanks(rows: Iterator[Row]) -> Iterator[Row]:
    blank: list[Row] = []
    for row in rows:
        if row.blank:
            blank.append(row)
            continue
        yield from blank
        blank.clear()
        yield row


def _without_mark(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Drop the byte order mark that some programs put before UTF-8, and refuse UTF-16 by its own."""
    first = next(lines, b"")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NormalizerError("line 1: the file is UTF-16; convert it to UTF-8 first")
    first = first.removeprefix(codecs.BOM_UTF8)
    return chain([first] if first else [], lines)


def _read_json(lines: Iterator[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        try:
            yield Row(number, _parse_object(line))
        except InvalidInput as problem:
            yield Row(number, problem=problem)


def _parse_object(line: bytes) -> dict[str, object]:
    if len(line) > MAX_LINE:
        raise _TOO_LONG
    if not line.strip():
        raise _BLANK
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise InvalidInput("row", f"is not valid UTF-8 (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput("row", f"is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput("row", f"must be a JSON object, not {type(value).__name__}")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is too large a number")
    return number


class _Text:
    """The lines of a table as text. Bytes that are not UTF-8 travel as surrogates to their row, and are said there."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.cut = self.cut or len(line) > MAX_LINE
            yield line.decode("utf-8", "surrogateescape")


def _read_table(columns: Sequence[str], reader: Reader, text: _Text) -> Iterator[Row]:
    while True:
        start, text.cut = reader.line_num + 1, False
        cells: list[str] = []
        try:
            cells = next(reader)
            problem = _TOO_LONG if text.cut else _table_problem(columns, cells)
        except StopIteration:
            return
        except csv.Error as error:
            problem = InvalidInput("row", f"cannot be read: {error}")
        yield Row(start, dict(zip(columns, map(_readable, cells), strict=False)), problem)


def _check_header(header: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(_readable(name).strip() for name in header)
    if not any(columns):
        raise NormalizerError("line 1: a table must begin with a header that names its columns")
    for position, name in enumerate(columns):
        if not name:
            raise NormalizerError(f"line 1: column {position + 1} has no name")
        if name in columns[:position]:
            raise NormalizerError(f"line 1: two columns are called {name!r}; rename one")
    return columns


def _table_problem(columns: Sequence[str], cells: Sequence[str]) -> InvalidInput | None:
    if not cells:
        return _BLANK
    if len(cells) != len(columns):
        return InvalidInput("row", f"has {len(cells)} cells, the header has {len(columns)}")
    for name, cell in zip(columns, cells, strict=True):
        if _readable(cell) != cell:
            return InvalidInput(name, "is not valid UTF-8")
    return None


def _readable(cell: str) -> str:
    """Show bytes that are not UTF-8 as ``\\xff``, so that they can be seen and written."""
    if cell.isascii():
        return cell
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
