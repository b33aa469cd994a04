"""A copy of the file as it was at one moment, and how it comes back into its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from normalizer import durable
from normalizer.store.sqlite.connection import Connection, connect
from normalizer.terms import NormalizerError

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
        durable.replace(part, file)
    finally:
        for suffix in (*_ASIDE, "-journal"):
            with suppress(FileNotFoundError):
                part.with_name(f"{part.name}{suffix}").unlink()


def put_aside(file: Path) -> None:
    """Rename a store with what belongs to it, as far as it is there: SQLite would read a WAL into the next file.

    Before, the file takes in its WAL, so that it is whole by itself for whoever dies in between. One that is damaged
    may not: it is renamed first, so that nobody takes it for whole without its WAL. Raises NormalizerError when
    somebody reads it, who would need the WAL.
    """
    aside = file.with_name(f"{file.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    for suffix in reversed(_ASIDE) if _takes_in_its_wal(file) else _ASIDE:
        with suppress(FileNotFoundError):
            os.replace(file.with_name(f"{file.name}{suffix}"), aside.with_name(f"{aside.name}{suffix}"))


def _takes_in_its_wal(file: Path) -> bool:
    """Copy the WAL into the file, and tell whether that was possible. Raises NormalizerError when somebody reads it."""
    try:
        with closing(connect(file, "mode=rw")) as db:
            busy = bool(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
    except sqlite3.Error:
        return False
    if busy:
        raise NormalizerError(f"{file} is being read, as by an export: wait until that has ended, and repeat")
    return True
