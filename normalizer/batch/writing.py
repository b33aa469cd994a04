"""Answered rows into a file: all columns of the input, in their order, then the columns of the answer.

When a column of the input is called like a column of the answer, the input's is written as ``input_<name>``: an
earlier run's output can be the input of the next, and nothing is lost.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from typing import BinaryIO, Protocol

ANSWER = ("outcome", "entity_id", "probability", "candidates", "why", "error")
"""The columns that an answer adds in JSON Lines."""

TABLE_ANSWER = (
    "outcome", "entity_id", "entity_name", "matched_name", "probability", "candidates", "why", "error", "other_fields",
)  # fmt: skip
"""The columns that an answer adds to a table. `candidates` and `other_fields` are JSON; `other_fields` holds what a
JSON Lines input says in fields that its first rows did not have."""

Fields = Mapping[str, object]


class Writer(Protocol):
    """Writes chunks of (columns of the input row, columns of its answer)."""

    renamed: dict[str, str]
    """The input columns that were written under another name."""

    def write(self, rows: Sequence[tuple[Fields, Fields]]) -> None:
        """Write one chunk."""
        ...

    def finish(self) -> None:
        """Write what a file without any row has, too."""
        ...


def writer(kind: str, stream: BinaryIO, columns: Collection[str]) -> Writer:
    """What writes answered rows to `stream` as `kind` jsonl, csv or tsv.

    `columns` are those of the input's header. Without any, a table takes those of the first chunk of rows.
    """
    return _JsonWriter(stream) if kind == "jsonl" else _TableWriter(kind, stream, columns)


def apart(columns: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """New names for the columns that are called like one of `taken`.

    >>> apart(["text", "outcome", "input_outcome"], ["outcome"])
    {'outcome': 'input_input_outcome'}
    """
    renamed: dict[str, str] = {}
    for column in columns:
        name = column
        while name in taken or (name != column and (name in columns or name in renamed.values())):
            name = f"input_{name}"
        if name != column:
            renamed[column] = name
    return renamed


class _JsonWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.renamed: dict[str, str] = {}

    def write(self, rows: Sequence[tuple[Fields, Fields]]) -> None:
        self._stream.writelines(_line(self._merge(values, answer)) for values, answer in rows)

    def finish(self) -> None:
        pass

    def _merge(self, values: Fields, answer: Fields) -> Fields:
        names = apart(values, ANSWER)
        self.renamed |= names
        return {**{names.get(column, column): value for column, value in values.items()}, **answer}


def _line(fields: Fields) -> bytes:
    try:
        return (json.dumps(fields, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # A lone surrogate, which a JSON escape can carry and UTF-8 cannot.
        return (json.dumps(fields) + "\n").encode("ascii")


class _TableWriter:
    def __init__(self, kind: str, stream: BinaryIO, columns: Collection[str]) -> None:
        self._tabs = kind == "tsv"
        self._stream = stream
        self._columns: tuple[str, ...] = ()
        self.renamed: dict[str, str] = {}
        if columns:
            self._begin(columns)

    def write(self, rows: Sequence[tuple[Fields, Fields]]) -> None:
        if not self._columns:
            self._begin({column: None for values, _ in rows for column in values} or ("id",))
        self._put([self._cells(values, answer) for values, answer in rows])

    def finish(self) -> None:
        if not self._columns:
            self._begin(("text",))

    def _begin(self, columns: Collection[str]) -> None:
        self._columns, self.renamed = tuple(columns), apart(columns, TABLE_ANSWER)
        self._put([[*(self.renamed.get(column, column) for column in columns), *TABLE_ANSWER]])

    def _cells(self, values: Fields, answer: Fields) -> list[str]:
        others = {column: value for column, value in values.items() if column not in self._columns}
        added = _table_answer(answer) | {"other_fields": others or None}
        given = [values.get(column) for column in self._columns]
        return [_cell(value) for value in (*given, *(added.get(column) for column in TABLE_ANSWER))]

    def _put(self, lines: Sequence[Sequence[str]]) -> None:
        self._stream.write(self._text(lines).encode("utf-8", "backslashreplace"))

    def _text(self, lines: Sequence[Sequence[str]]) -> str:
        if self._tabs:
            return "".join("\t".join(map(_one_line, cells)) + "\n" for cells in lines)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(lines)
        return text.getvalue()


def _table_answer(answer: Fields) -> dict[str, object]:
    """An answer as cells: the first candidate's names get columns of their own."""
    cells = dict(answer)
    candidates = answer["candidates"]
    if isinstance(candidates, list) and candidates:
        cells |= {"entity_name": candidates[0]["name"], "matched_name": candidates[0]["matched_name"]}
    return cells


def _cell(value: object) -> str:
    if value is None or value == []:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _one_line(cell: str) -> str:
    """TSV has no quotes: what would end a cell or a line is written as two characters. A backslash stays one: cells
    that are JSON stay JSON, and no reader turns the two characters back.
    """
    return cell.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
