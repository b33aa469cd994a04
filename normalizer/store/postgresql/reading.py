"""Connections for reading, which any number of threads borrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from normalizer.store.idle import Idle
from normalizer.store.postgresql.connection import Connection, Connector, explained

_SETTINGS = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class Readers:
    """A pool of connections: as many as are borrowed at a time."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._idle = Idle[Connection]()

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Lend a connection, none that was lost meanwhile, to one thread; it comes back at the end of the block."""
        with explained(self._connector.name):
            db = self._idle.take(lambda one: one.is_open) or self._connector.connect(_SETTINGS)
            try:
                yield db
            finally:
                db.reset()
                self._idle.give_back(db)

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._idle.close()
