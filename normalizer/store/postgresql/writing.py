"""Who writes now, of all processes on all hosts.

A transaction that writes holds the table `meta` for itself, from its first statement to its commit; so revisions come
one after the other, without a gap, and the chain of hashes never forks. (Advisory locks would do as well; this one
needs no number to agree on, shows in `pg_locks` by its name, and no vacuum and no dump has to wait for it.)

A connection that is lost in the middle takes the transaction with it. One that is lost while it commits leaves it open
whether that happened: then the log is asked, since the hash of the last record is in it or not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from normalizer.store import log
from normalizer.store.postgresql.connection import Connection, Connector, explained
from normalizer.store.postgresql.format import migrate
from normalizer.terms import NormalizerError, StoreUnavailable

_SETTINGS = """
SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false);
SET lock_timeout = '30s';
-- A writer that hangs, or whose host is gone, must not keep the others waiting for ever.
SET idle_in_transaction_session_timeout = '5min';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3
"""
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE meta IN EXCLUSIVE MODE"
_LOST = "was lost in the middle of the edit: nothing of it was kept; repeat the call"
_KEPT = "SELECT 1 FROM changes WHERE revision = ? AND hash = ?"


class Writer:
    """The connection that writes, for one thread of this process at a time; `written` is told each head of the log."""

    def __init__(self, connector: Connector, written: Callable[[tuple[int, str]], None]) -> None:
        self._connector = connector
        self._written = written
        self._mutex = threading.Lock()
        self._db: Connection | None = None
        self._closed = False

    def migrate(self) -> None:
        """Bring the database to the format of this program. Raises psycopg.Error and NormalizerError."""
        self._db = self._connector.connect(_SETTINGS)
        migrate(self._db, self._connector.name)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit the block as a whole, durably, or nothing of it."""
        with self._mutex, explained(self._connector.name, _LOST):
            if self._closed:
                raise NormalizerError("the gazetteer is closed: open it again")
            db = self._begun()
            try:
                yield db
                head = log.head(db)
                self._commit(db, head)
            except BaseException:
                db.reset()
                raise
            self._written(head)

    def _begun(self) -> Connection:
        """A connection whose transaction has begun: nothing was done yet, so one that was lost is made again."""
        if self._db and self._db.is_open:
            try:
                return _begin(self._db)
            except psycopg.OperationalError:
                if self._db.is_open:
                    raise
        self._db = self._connector.connect(_SETTINGS)
        return _begin(self._db)

    def _commit(self, db: Connection, head: tuple[int, str]) -> None:
        try:
            db.execute("COMMIT")
        except psycopg.OperationalError as error:
            if db.is_open:
                raise
            if not self._is_kept(head):
                raise StoreUnavailable(f"{self._connector.name} {_LOST}") from error

    def _is_kept(self, head: tuple[int, str]) -> bool:
        """Whether a record is in the log, once nobody writes any more who might still be about to commit it."""
        try:
            with self._begun().raw as raw:
                return Connection(raw).execute(_KEPT, head).fetchone() is not None
        except (psycopg.Error, StoreUnavailable) as error:
            raise StoreUnavailable(
                f"{self._connector.name} was lost at the moment of the commit, and is not back: whether the edit was "
                "kept is not known; repeat it with its request id, or look at the log"
            ) from error
        finally:
            self._db = None

    def close(self) -> None:
        """Close the connection, after the edit that is under way."""
        with self._mutex:
            self._closed = True
            if self._db:
                self._db.close()


def _begin(db: Connection) -> Connection:
    try:
        db.execute(_BEGIN)
    except BaseException:
        db.reset()
        raise
    return db
