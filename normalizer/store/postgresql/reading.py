"""Connections for reading, which any number of threads borrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from normalizer.store.postgresql.connection import Connection, Connector, explained
from normalizer.terms import NormalizerError

_SETTINGS = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class Readers:
    """A pool of connections: as many as are borrowed at a time."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Lend a connection to one thread; it comes back at the end of the block."""
        with explained(self._connector.name):
            if self._closed:
                raise NormalizerError("the gazetteer is closed: open it again")
            db = self._living() or self._connector.connect(_SETTINGS)
            try:
                yield db
            finally:
                self._give_back(db)

    def _living(self) -> Connection | None:
        """An idle connection that was not lost meanwhile."""
        with suppress(IndexError):
            while True:
                if (db := self._idle.pop()).is_open:
                    return db
        return None

    def _give_back(self, db: Connection) -> None:
        db.reset()
        self._idle.append(db)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
