"""The format of the file, and how a file of an earlier one is brought to it.

Each file of `migrations/` is one step, `0001` the first, which makes the tables. A writer takes the steps that are
missing when it opens the file, each in a transaction of its own: a file is always of one format, whenever the power
fails. Readers read every format that is known here; a file that a later program wrote is refused.
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from normalizer.terms import NormalizerError

FORMAT = 2
"""The number of the last migration."""

_TABLES = {"meta", "entities", "history", "changes"}


def format_of(db: sqlite3.Connection, path: Path) -> int:
    """Return the format of a file, 0 of an empty one. Raises NormalizerError for one that this program cannot use."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if not tables >= _TABLES:
        raise NormalizerError(f"{path} is not a gazetteer of this program: choose another data directory")
    row = db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    found = str(row[0]) if row else "none"
    if not (found.isascii() and found.isdecimal() and 1 <= int(found) <= FORMAT):
        known = f"this program knows format {FORMAT} and earlier ones, the file has {found}"
        raise NormalizerError(f"{path} cannot be used: {known}; install the version of normalizer that wrote it")
    return int(found)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring a file, or an empty one, to the format of this program. Raises sqlite3.Error and NormalizerError."""
    for number, step in enumerate(_steps(), 1):
        if number > format_of(db, path):
            script = step.read_text("utf-8")
            try:
                db.executescript(
                    f"BEGIN IMMEDIATE;\n{script}\nREPLACE INTO meta VALUES ('format', '{number}');\nCOMMIT;"
                )
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _steps() -> list[Traversable]:
    folder = files("normalizer.store").joinpath("migrations")
    return sorted(folder.iterdir(), key=lambda step: step.name)[:FORMAT]
