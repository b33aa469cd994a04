"""The batch journey: read a chunk of rows, ask, write them, and so on, in the order of the input.

Memory does not grow with the file. A row that cannot be asked becomes a row with the outcome ERROR in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from normalizer.batch.asking import Attempts, Question
from normalizer.batch.formats import format_of, open_source, open_target
from normalizer.batch.reading import Row, read_rows
from normalizer.batch.workers import Workers, answer
from normalizer.batch.writing import writer
from normalizer.terms import NormalizerError

if TYPE_CHECKING:
    from normalizer.index.builder import Progress

CHUNK = 500
"""Rows that are asked at once."""


@dataclass(slots=True)
class Tally:
    """What became of the rows: how many per outcome, and which input columns had to be written under another name."""

    outcomes: Counter[str] = field(default_factory=Counter)
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows, the rejected ones too."""
        return self.outcomes.total()

    @property
    def rejected(self) -> int:
        """Rows that could not be asked."""
        return self.outcomes["ERROR"]


def run(
    normalizer: Attempts,
    source_path: str,
    target_path: str,
    question: Question,
    progress: Progress,
    workers: Workers | None = None,
) -> Tally:
    """Answer every row of the file `source_path` into `target_path`; their endings tell the formats.

    `workers` help with large files, not with pipes: who writes into one may wait for answers. `progress` hears how many
    bytes of the input are done (of a pipe: how many rows). Raises NormalizerError when the file as a whole
    cannot be read, and OSError when one cannot be opened or written; the target is then as before.
    """
    kind, target_kind = format_of(source_path).kind, format_of(target_path).kind
    tally = Tally()
    with open_source(source_path) as source:
        try:
            columns, rows = read_rows(kind, source.lines)
            check_column(columns, question.column)
        except NormalizerError as error:
            raise NormalizerError(f"{source_path}: {error}") from error
        with open_target(target_path) as target:
            write = writer(target_kind, target, columns)
            stage = "bytes of the input answered" if source.size else "rows answered"
            progress(stage, 0, source.size)
            chunks, here = _chunks(rows), partial(answer, normalizer, question)
            for answered in workers.answered(chunks, here) if workers and source.size else map(here, chunks):
                write.write(answered)
                target.flush()
                tally.outcomes.update(str(answer["outcome"]) for _, answer in answered)
                progress(stage, source.raw.tell() if source.size else tally.rows, source.size)
            write.finish()
            tally.renamed = write.renamed
    return tally


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def check_column(columns: Sequence[str], column: str) -> None:
    """Raise NormalizerError for a table without the column of the names."""
    if columns and column not in columns:
        raise NormalizerError(f"there is no column {column!r}; {_advice(columns)}")


def _advice(columns: Sequence[str]) -> str:
    if len(columns) == 1 and (found := [mark for mark in (";", "\t", "|", ",") if mark in columns[0]]):
        return f"the header is one cell with {found[0]!r} in it: columns are separated by commas (.csv) or tabs (.tsv)"
    return f"choose one with --column: {', '.join(columns)}"
