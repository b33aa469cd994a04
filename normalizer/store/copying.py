"""All rows of one database written into another one, of whichever kind: a backup, and the way back."""

from __future__ import annotations

from contextlib import closing
from itertools import islice

from normalizer.store.database import Connection

_CHUNK = 2_000
_TABLES = {
    "entities": "id, revision, state, redirect, document",
    "history": "id, revision, state, redirect, document",
    "changes": "revision, time, verb, entity_id, author, reason, request_id, summary, digest, hash",
    "requests": "id, revision, digest",
}


def copy(source: Connection, target: Connection) -> None:
    """Write the rows of a transaction that reads into an empty one that writes."""
    for table, columns in _TABLES.items():
        marks = ", ".join("?" * (columns.count(",") + 1))
        with closing(source.stream(f"SELECT {columns} FROM {table}")) as found:
            rows = iter(found)
            while chunk := list(islice(rows, _CHUNK)):
                target.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", chunk)
