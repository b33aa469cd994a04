"""The format of a database, and how one of an earlier format is brought to this program's.

Each file of a folder `migrations/` is one step, `0001` the first, which makes the tables. A writer takes the steps that
are missing when it opens the database, each in a transaction that also writes the number: a database is always of one
format, whenever the power fails. Readers read every format that is known here; what a later program wrote is refused.
SQLite and PostgreSQL have steps of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from importlib.resources.abc import Traversable

from normalizer.store.database import Connection
from normalizer.terms import NormalizerError

_TABLES = {"meta", "entities", "history", "changes"}
_NUMBER = "SELECT value FROM meta WHERE key = 'format'"
NUMBERED = """
INSERT INTO meta (key, value) VALUES ('format', '{number}') ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
"""Writes the number of a step that was taken."""


def format_of(db: Connection, tables: Collection[str], newest: int, name: str) -> int:
    """Return the format of a database with those tables, 0 without any; `newest` is the last that is known here.

    Raises NormalizerError for one that this program cannot use.
    """
    if not tables:
        return 0
    if not set(tables) >= _TABLES:
        raise NormalizerError(f"{name} is not a gazetteer of this program: choose another place")
    row = db.execute(_NUMBER).fetchone()
    found = str(row[0]) if row else "none"
    if not (found.isascii() and found.isdecimal() and 1 <= int(found) <= newest):
        known = f"this program knows format {newest} and earlier ones, it has {found}"
        raise NormalizerError(f"{name} cannot be used: {known}; install the version of normalizer that wrote it")
    return int(found)


def steps(package: str) -> list[Traversable]:
    """Return the steps of a kind of database, the first one first."""
    return sorted(files(package).joinpath("migrations").iterdir(), key=lambda step: step.name)
