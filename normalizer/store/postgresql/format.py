"""The format of a database: which tables it has, and the steps to it."""

from __future__ import annotations

from normalizer.store import migrating
from normalizer.store.postgresql.connection import Connection

FORMAT = 1
"""The number of the last migration."""

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_ALONE = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('normalizer: migrations'))"
"""Two writers may open a new database at once."""


def format_of(db: Connection, name: str) -> int:
    """Return the format of a database, 0 of an empty one. Raises NormalizerError for one that cannot be used."""
    tables = {table for (table,) in db.execute(_TABLES)}
    return migrating.format_of(db, tables, FORMAT, name)


def migrate(db: Connection, name: str) -> None:
    """Bring a database, or an empty one, to the format of this program. Raises psycopg.Error and NormalizerError."""
    for number, step in enumerate(migrating.steps("normalizer.store.postgresql")[:FORMAT], 1):
        if number > format_of(db, name):
            db.execute(_ALONE)
            try:
                if number > format_of(db, name):
                    db.raw.execute(f"{step.read_text('utf-8')};{migrating.NUMBERED.format(number=number)}".encode())
                db.raw.commit()
            except BaseException:
                db.raw.rollback()
                raise
