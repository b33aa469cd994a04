"""What a store keeps its rows in, SQLite or PostgreSQL, as far as anybody but these two knows it.

The statements of this package are written once, in the SQL that both speak: parameters are `?` or `:name` (and neither
sign stands for anything else), identifiers are plain, and of what SQLite has besides, only `json_each` is used, which
the tables of PostgreSQL bring along. Text is ordered by its bytes in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

Parameters = Sequence[object] | Mapping[str, Any]


class Rows(Protocol):
    """What a statement found."""

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows that are left."""

    def close(self) -> None:
        """Let go of what was not read."""


class Connection(Protocol):
    """A connection, lent to one thread. Statements outside of a BEGIN commit by themselves."""

    def execute(self, sql: str, parameters: Parameters = (), /) -> Rows:
        """Run a statement; its rows are few."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement once for each row of parameters."""

    def stream(self, sql: str, parameters: Parameters = (), /) -> Rows:
        """Run a query, after BEGIN, whose rows may be more than memory holds: they come as they are read."""


class Database(Protocol):
    """The tables of one gazetteer. Any thread may use it. Errors of its own are raised as NormalizerError."""

    name: str
    """What it is called in messages; it holds no password."""
    writable: bool
    """Whether it was opened for writing."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend a connection for reading. What follows a BEGIN sees one moment; the end of the block ends it."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Lend the one connection that writes now, in this process or any other: the block is one transaction.

        It is durable when the block has ended, or nothing of it is kept. Raises NormalizerError if opened for reading.
        """

    def check(self, db: Connection) -> None:
        """Raise NormalizerError when what holds the rows is damaged, as far as that can be seen below the rows."""

    def copy_to(self, file: Path) -> None:
        """Write all rows, as they are at one moment, to a new SQLite file."""

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called, in a thread of its own, when others have written, where the database can tell."""

    @property
    def heard(self) -> tuple[int, str] | None:
        """The end of the log, a revision and its hash, as the database told; None where one has to ask."""

    def close(self) -> None:
        """Let go of it. Calling it again does nothing."""
