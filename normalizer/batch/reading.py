"""Rows of a file, one after the other, whatever is wrong with some of them.

A line that cannot be read does not stop the file: it becomes a row with a `problem`, in its place. Only what makes
every row meaningless stops it: a table without a header, a header that names a column twice.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from normalizer.batch.formats import MAX_LINE
from normalizer.batch.records import Record, Records, too_long, unraised
from normalizer.terms import InvalidInput, NormalizerError, nests_deeper

MAX_DEPTH = 100
"""How deep a JSON line may nest: far less than what Python can read but not write again."""
MAX_RAW = 10_000
"""How many characters are kept of a line that could not be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an input: where it begins, its columns in the order of the file, and why it could not be read."""

    line: int
    values: dict[str, object] = field(default_factory=dict)
    problem: InvalidInput | None = None
    raw: str = ""
    """Of a line that could not be read, its first MAX_RAW characters; bytes that are not UTF-8 as ``\\xff``."""
    blank: bool = False
    """Whether the line holds nothing at all."""


def read_names(lines: Iterator[bytes]) -> Iterator[Row]:
    """The rows of plain text: each line is a surface form, in the column `text`."""
    for number, line in enumerate(without_mark(lines), start=1):
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
    lines = without_mark(lines)
    if kind == "jsonl":
        return Rows((), _without_last_blanks(_read_json(lines)))
    records = Records(kind, lines)
    columns = _check_header(records.header())
    table = (_table_row(columns, record) for record in records.rows(len(columns)))
    return Rows(columns, _without_last_blanks(table))


def _without_last_blanks(rows: Iterator[Row]) -> Iterator[Row]:
    first_blank: int | None = None
    for row in rows:
        if row.blank:
            first_blank = first_blank or row.line
            continue
        if first_blank:
            yield from map(_blank, range(first_blank, row.line))
            first_blank = None
        yield row


def _blank(line: int) -> Row:
    return Row(line, problem=InvalidInput("row", "is blank"), blank=True)


def without_mark(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Drop the byte order mark that some programs put before UTF-8. Raises NormalizerError for that of UTF-16."""
    first = next(lines, b"")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NormalizerError("line 1: the file is UTF-16; convert it to UTF-8 first")
    first = first.removeprefix(codecs.BOM_UTF8)
    return chain([first] if first else [], lines)


def _read_json(lines: Iterator[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        try:
            text = text_of(line)
            yield Row(number, _parse_object(text)) if line.strip() else _blank(number)
        except InvalidInput as problem:
            yield Row(number, problem=unraised(problem), raw=_raw(line))


def text_of(line: bytes) -> str:
    """The letters of a line. Raises InvalidInput for one that is longer than MAX_LINE or not UTF-8."""
    if len(line) > MAX_LINE:
        raise too_long()
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("row", f"is not valid UTF-8 (byte {error.start})") from None


def _parse_object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise InvalidInput("row", f"is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput("row", f"must be a JSON object, not {type(value).__name__}")
    # Few lines have this many brackets, and only they are worth the walk.
    if text.count("{") + text.count("[") > MAX_DEPTH and nests_deeper(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _too_deep() -> InvalidInput:
    return InvalidInput("row", f"nests JSON deeper than {MAX_DEPTH} levels")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is too large a number")
    return number


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


def _table_row(columns: Sequence[str], record: Record) -> Row:
    values: dict[str, object] = dict(zip(columns, map(_readable, record.cells), strict=False))
    if record.problem:
        return Row(record.line, values, record.problem, _raw(record.raw))
    if not record.cells:
        return _blank(record.line)
    unread = (name for name, cell in zip(columns, record.cells, strict=True) if values[name] != cell)
    column = next(unread, None)
    return Row(record.line, values, InvalidInput(column, "is not valid UTF-8") if column else None)


def _readable(cell: str) -> str:
    """Show bytes that are not UTF-8 as ``\\xff``, so that they can be seen and written."""
    if cell.isascii():
        return cell
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _raw(line: bytes) -> str:
    return line[: 4 * MAX_RAW].decode("utf-8", "backslashreplace").rstrip("\r\n")[:MAX_RAW]
