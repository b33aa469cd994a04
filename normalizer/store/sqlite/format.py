"""The format of the file: which tables it has, and the steps to it."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from normalizer.store import database, migrating
from normalizer.store.sqlite.connection import Writing

FORMAT = 2
"""The number of the last migration."""


def format_of(db: database.Connection, path: Path) -> int:
    """Return the format of a file, 0 of an empty one. Raises NormalizerError for one that this program cannot use."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return migrating.format_of(db, tables, FORMAT, str(path))


def migrate(db: Writing, path: Path) -> None:
    """Bring a file, or an empty one, to the format of this program. Raises sqlite3.Error and NormalizerError."""
    for number, step in enumerate(_steps(), 1):
        if number > format_of(db, path):
            script = (
                f"BEGIN IMMEDIATE;\n{step.read_text('utf-8')}\n{migrating.NUMBERED.format(number=number)};\nCOMMIT;"
            )
            try:
                db.executescript(script)
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _steps() -> list[Traversable]:
    return migrating.steps("normalizer.store.sqlite")
