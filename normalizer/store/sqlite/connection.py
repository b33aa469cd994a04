"""How the SQLite file is opened and shared, and what its errors mean to a person.

Readers borrow a connection from a pool, so that any number of threads read committed state without waiting for the
writer (WAL). There is one connection for writing; who uses it holds the mutex.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from normalizer.store import database
from normalizer.store.database import Parameters
from normalizer.store.idle import Idle
from normalizer.store.sqlite.lock import WriterLock
from normalizer.terms import DiskFull, GazetteerMissing, NormalizerError

FILE_NAME = "gazetteer.sqlite"

SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS: a plain fsync does not reach the medium
    "PRAGMA foreign_keys = ON",
    f"PRAGMA journal_size_limit = {16 * 1024 * 1024}",
    "PRAGMA cache_size = -16384",
)
"""What a connection for writing begins with. `bench.reliability_power` writes by it on a disk that loses its power."""

_BUSY_SECONDS = 30.0
_PAGE = 4096

_MEANINGS = {
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup, or move it away and build the gazetteer again",
    sqlite3.SQLITE_NOTADB: "is not an SQLite file: restore it from a backup, or move it away and build it again",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: nothing of this edit was kept; free some space and repeat it",
    sqlite3.SQLITE_READONLY: "cannot be written: check the permissions of the file and of its directory",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the permissions of the file and of its directory",
    sqlite3.SQLITE_IOERR: "could not be read or written: check the disk; what was acknowledged before is kept",
    sqlite3.SQLITE_BUSY: "is locked by another program: close what has it open, and repeat the call",
}
_UNKNOWN = "could not be used: if it is damaged, restore it from a backup"


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into NormalizerError that name the file and say what to do."""
    try:
        yield
    except UnicodeDecodeError as error:  # of a text in the file: Python's sqlite3 passes it on as it is
        raise NormalizerError(f"{path} {_MEANINGS[sqlite3.SQLITE_CORRUPT]} ({error})") from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_IOERR and not _has_room(path):
            code = sqlite3.SQLITE_FULL
        meaning = _MEANINGS.get(code, _UNKNOWN)
        kind = DiskFull if code == sqlite3.SQLITE_FULL else NormalizerError
        raise kind(f"{path} {meaning} (SQLite: {error})") from error


def _has_room(path: Path) -> bool:
    """Whether the disk of a file has a page left. SQLite says of some failed writes only that they failed."""
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free >= _PAGE
    return True


class Connection(sqlite3.Connection):
    """A connection as `store.database` wants it."""

    file: tuple[int, int] | None = None
    """Which file it reads, whatever that is called by now."""

    def stream(self, sql: str, parameters: Parameters = (), /) -> sqlite3.Cursor:
        """Run a query whose rows come as they are read, as all do here."""
        return self.execute(sql, parameters)


def connect(path: Path, options: str) -> Connection:
    """Open the file; raises sqlite3.Error. Statements outside a BEGIN commit by themselves."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=Connection,
    )


class Readers:
    """A pool of connections for reading one file.

    SQLite shares a WAL through files beside the database. Where this process cannot make them and no writer has, the
    file is read as one that nobody changes, by a connection for one use only: a writer may come at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._can_share = os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
        self._idle = Idle[Connection]()

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Lend a connection to one thread; it comes back at the end of the block."""
        with explained(self._path):
            self._idle.check()
            if not self._can_share and self._is_unshared():
                with closing(self._open("mode=ro&immutable=1")) as db:
                    yield db
                return
            db = self._idle.take(self._is_current) or self._open("mode=ro")
            try:
                yield db
            finally:
                self._give_back(db)

    def _open(self, options: str) -> Connection:
        if not self._path.exists():
            raise missing(self._path)
        file = _file_at(self._path)
        db = connect(self._path, options)
        db.file = file
        return db

    def _is_current(self, db: Connection) -> bool:
        """Whether no other file has taken the place of the one that a connection reads, as a backup does."""
        return _file_at(self._path) in (db.file, None)

    def _is_unshared(self) -> bool:
        return not self._path.with_name(f"{self._path.name}-wal").exists()

    def _give_back(self, db: Connection) -> None:
        if db.in_transaction:
            db.execute("ROLLBACK")
        self._idle.give_back(db)

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._idle.close()


def _file_at(path: Path) -> tuple[int, int] | None:
    """Which file has this name now, None if there is none, as in the middle of a restore."""
    with suppress(FileNotFoundError):
        found = os.stat(path)
        return found.st_dev, found.st_ino
    return None


class Writing(database.Connection, Protocol):
    """A connection that writes."""

    @property
    def in_transaction(self) -> bool:
        """Whether a BEGIN was not ended yet; SQLite ends some itself when they fail."""

    def executescript(self, script: str, /) -> object:
        """Run several statements."""


@contextmanager
def committing(db: Writing) -> Iterator[None]:
    """Commit the block as a whole, synced to the disk, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA defer_foreign_keys = ON")  # a redirect may come before its survivor
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


class Writer:
    """The connection for writing one file, for one thread at a time."""

    def __init__(self, path: Path, right: WriterLock) -> None:
        self._path = path
        self._right = right
        self._mutex = threading.Lock()
        self._db = _connect_writer(path)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit the block as a whole, synced to the disk, or nothing of it."""
        with self._mutex, explained(self._path), self._right.turn(), committing(self._db):
            yield self._db

    def close(self) -> None:
        """Close the connection, after the edit that is under way."""
        with self._mutex:
            self._db.close()


def _connect_writer(path: Path) -> Connection:
    db = connect(path, "mode=rwc")
    try:
        for setting in SETTINGS:
            db.execute(setting)
    except BaseException:
        db.close()
        raise
    return db


def missing(path: Path) -> GazetteerMissing:
    """What to raise where there is no gazetteer."""
    return GazetteerMissing(f"there is no gazetteer in {path.parent}: build one with `normalizer gazetteer init`")
