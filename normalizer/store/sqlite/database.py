"""`SQLite`: the tables of a gazetteer in one file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

from normalizer.store import database
from normalizer.store.sqlite import safekeeping
from normalizer.store.sqlite.connection import FILE_NAME, Readers, Writer, connect, explained, missing
from normalizer.store.sqlite.format import format_of, migrate
from normalizer.store.sqlite.lock import LOCK_NAME, WriterLock
from normalizer.terms import NormalizerError


class SQLite:
    """A file, open; see `store.database.Database`."""

    heard = None

    def __init__(self, path: Path, lock: WriterLock | None) -> None:
        """Use `open`, or `file`."""
        self.name = str(path.parent)
        self.writable = lock is not None
        self._path = path
        self._lock = lock
        self._readers = Readers(path)
        self._writer = Writer(path, lock) if lock else None

    @classmethod
    def open(cls, directory: Path, *, write: bool, right: WriterLock | None = None) -> SQLite:
        """Open the file of a data directory; for writing, make what is missing (see `Store.open`)."""
        path = directory / FILE_NAME
        if not write:
            return cls.file(path)
        lock = right.shared() if right else cls.right(directory)
        try:
            with explained(path):
                with closing(connect(path, "mode=rwc")) as db:
                    migrate(db, path)
                return cls(path, lock)
        except BaseException:
            lock.release()
            raise

    @staticmethod
    def right(directory: Path) -> WriterLock:
        """Take the right to write a data directory, which is made if it is missing. Raises GazetteerInUse."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            return WriterLock(directory)
        except OSError as error:
            raise NormalizerError(f"{directory} cannot be written ({error}): choose another data directory") from error

    @classmethod
    def file(cls, path: Path) -> SQLite:
        """Open a file for reading, wherever it is."""
        opened = cls(path, None)
        with opened.reading() as db:
            if not format_of(db, path):
                raise missing(path)
        return opened

    @classmethod
    def fill(cls, file: Path, write: Callable[[database.Connection], None]) -> None:
        """Make a new file of this format, and let `write` put the rows into it."""
        with explained(file), closing(connect(file, "mode=rwc")) as db:
            migrate(db, file)
            db.execute("BEGIN")
            write(db)
            db.execute("COMMIT")

    @classmethod
    def backup_at(cls, file: Path) -> SQLite | None:
        """Return the backup that is there, None where nothing is.

        Raises NormalizerError for a file that no backup may replace: a gazetteer's own, or one that is no backup. The
        writer of a gazetteer would go on in a file that has no name any more, and so lose what it acknowledges.
        """
        if file.name.startswith((FILE_NAME, LOCK_NAME)) and (file.parent / LOCK_NAME).exists():
            raise NormalizerError(f"{file} belongs to the gazetteer in that directory: choose another file")
        if not file.absolute().parent.is_dir():
            raise NormalizerError(f"there is no directory {file.parent}: make it, or choose another file")
        if not file.exists() or (file.is_file() and file.stat().st_size == 0):
            return None
        try:
            return cls.file(file)
        except NormalizerError as problem:
            raise NormalizerError(f"{file} is there, and is no backup: choose another file ({problem})") from problem

    @classmethod
    def restore(cls, directory: Path, source: SQLite, *, replace: bool) -> None:
        """Make a file that is open the one of a data directory (see `Store.restore`)."""
        lock, path = cls.right(directory), directory / FILE_NAME
        try:
            if path.exists() and not replace:
                raise NormalizerError(f"{directory} holds a gazetteer already: choose another one, or replace it")
            with safekeeping.whole(path) as part:
                source.copy_to(part)
                safekeeping.put_aside(path)
        finally:
            lock.release()

    def reading(self) -> AbstractContextManager[database.Connection]:
        """Lend a connection for reading."""
        return self._readers.borrow()

    def writing(self) -> AbstractContextManager[database.Connection]:
        """Commit the block as a whole, synced to the disk, or nothing of it."""
        if self._writer is None:
            raise NormalizerError(f"{self._path.parent} was opened for reading: open it with write=True to edit it")
        return self._writer.transaction()

    def check(self, db: database.Connection) -> None:
        """Raise NormalizerError when a page of the file is damaged."""
        if (found := db.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
            raise NormalizerError(f"{self._path} is damaged ({found.splitlines()[-1]}): restore it from a backup")

    def copy_to(self, file: Path) -> None:
        """Write the file as it is at one moment to another one, page by page."""
        with self._readers.borrow() as db, explained(file):
            safekeeping.copy_to(db, file)

    def listen(self, changed: Callable[[], None]) -> None:
        """Do nothing: a file tells nobody, so that who wants to know asks, which takes no time."""

    def close(self) -> None:
        """Let go of the file and of the right to write it."""
        self._readers.close()
        if self._writer:
            self._writer.close()
        if self._lock:
            self._lock.release()
            self._lock = None
