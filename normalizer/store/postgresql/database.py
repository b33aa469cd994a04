"""`PostgreSQL`: the tables of a gazetteer in a database of a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from normalizer.store import copying, database
from normalizer.store.postgresql.address import Address
from normalizer.store.postgresql.connection import Connector, explained
from normalizer.store.postgresql.format import format_of
from normalizer.store.postgresql.listening import Listener
from normalizer.store.postgresql.reading import Readers
from normalizer.store.postgresql.writing import Writer
from normalizer.store.sqlite import SQLite
from normalizer.terms import GazetteerMissing, NormalizerError


class PostgreSQL:
    """A database, open; see `store.database.Database`."""

    def __init__(self, connector: Connector, *, write: bool) -> None:
        """Use `open`."""
        self.name = connector.name
        self.writable = write
        self._readers = Readers(connector)
        self._listener = Listener(connector)
        self._writer = Writer(connector, self._listener.hear) if write else None

    @classmethod
    def open(cls, url: str, *, write: bool) -> PostgreSQL:
        """Open the database of a URL; for writing, make the tables that are missing (see `Store.open`)."""
        connector = Connector(Address.of(url))
        opened = cls(connector, write=write)
        try:
            with explained(connector.name):
                if opened._writer:
                    opened._writer.migrate()
                    return opened
                with opened._readers.borrow() as db:
                    if format_of(db, connector.name):
                        return opened
            raise GazetteerMissing(
                f"there is no gazetteer in {opened.name}: build one with `normalizer gazetteer init --store URL`"
            )
        except BaseException:
            opened.close()
            raise

    @property
    def heard(self) -> tuple[int, str] | None:
        """The end of the log, as it was heard of."""
        return self._listener.heard

    def reading(self) -> AbstractContextManager[database.Connection]:
        """Lend a connection for reading."""
        return self._readers.borrow()

    def writing(self) -> AbstractContextManager[database.Connection]:
        """Commit the block as a whole, while nobody else writes, or nothing of it."""
        if self._writer is None:
            raise NormalizerError(f"{self.name} was opened for reading: open it with write=True to edit it")
        return self._writer.transaction()

    def check(self, db: database.Connection) -> None:
        """Do nothing: below the rows there is only the server, which has its own checksums."""

    def copy_to(self, file: Path) -> None:
        """Write all rows, as they are at one moment, to a new SQLite file."""
        with self.reading() as db:
            db.execute("BEGIN")
            SQLite.fill(file, lambda target: copying.copy(db, target))

    def restore(self, source: SQLite, prove: Callable[[database.Connection], object]) -> None:
        """Take over the rows of a file, all or none; what has come is proven before it is kept."""
        with source.reading() as rows, self.writing() as db:
            rows.execute("BEGIN")
            if db.execute("SELECT 1 FROM changes LIMIT 1").fetchone():
                raise NormalizerError(f"{self.name} holds a gazetteer already: choose an empty database")
            copying.copy(rows, db)
            prove(db)

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when a revision was written that was not heard of."""
        self._listener.start(changed)

    def close(self) -> None:
        """Let go of all connections."""
        self._listener.stop()
        self._readers.close()
        if self._writer:
            self._writer.close()
