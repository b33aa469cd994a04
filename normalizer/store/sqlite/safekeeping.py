"""A copy of the file as it was at one moment, and how it comes back into its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from normalizer.store.sqlite.connection import Connection, connect

_ASIDE = ("", "-wal", "-shm")


def copy_to(db: Connection, file: Path) -> None:
    """Write what a connection reads to a new file. Raises sqlite3.Error."""
    with closing(connect(file, "mode=rwc")) as target:
        db.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read where nothing can be written


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A place beside a file, to be written; after the block it takes the name, synced, or goes if the block failed."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        _sync(part)
        os.replace(part, file)
        _sync(file.absolute().parent)
    finally:
        for suffix in (*_ASIDE, "-journal"):
            with suppress(FileNotFoundError):
                part.with_name(f"{part.name}{suffix}").unlink()


def put_aside(file: Path) -> None:
    """Rename a store with what belongs to it, as far as it is there: SQLite would read a WAL into the next file.

    Before, the file takes in its WAL, so that it is whole by itself for whoever dies in between. One that is damaged
    may not, and is renamed as it is.
    """
    with suppress(sqlite3.Error), closing(connect(file, "mode=rw")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = file.with_name(f"{file.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    for suffix in reversed(_ASIDE):
        with suppress(FileNotFoundError):
            os.replace(file.with_name(f"{file.name}{suffix}"), aside.with_name(f"{aside.name}{suffix}"))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
