"""The rows of `entities` and `history`: versions of entities, each made by one revision."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from normalizer.store.codec import decode, encode
from normalizer.terms import Entity, State, UnknownEntity

COLUMNS = "id, revision, state, redirect, document"

_FIND = f"SELECT {COLUMNS} FROM entities WHERE id IN (SELECT value FROM json_each(?))"
_RESOLVE = """
SELECT survivor.id, survivor.revision, survivor.state, survivor.redirect, survivor.document
FROM entities AS asked JOIN entities AS survivor ON survivor.id = coalesce(asked.redirect, asked.id)
WHERE asked.id = ?
"""
_ARCHIVE = f"INSERT INTO history ({COLUMNS}) SELECT {COLUMNS} FROM entities WHERE id = ?"
_WRITE = f"""
INSERT INTO entities ({COLUMNS}) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    revision = excluded.revision, state = excluded.state, redirect = excluded.redirect, document = excluded.document
"""


class Version(NamedTuple):
    """An entity as one revision made it."""

    id: str
    revision: int
    state: str
    redirect: str | None
    document: str

    @classmethod
    def of(cls, entity: Entity, revision: int, state: State = State.ACTIVE) -> Version:
        """Return the version that `revision` makes of an entity. What the entity says of its own state is ignored."""
        return cls(entity.id, revision, state.value, None, encode(entity))

    def same_content(self, other: Version) -> bool:
        """Whether the two differ in nothing but the revision."""
        return (self.state, self.redirect, self.document) == (other.state, other.redirect, other.document)

    @property
    def entity(self) -> Entity:
        """The entity, with the fields that belong to the store filled in."""
        return decode(self.document, self.state, self.redirect, self.revision)

    @property
    def is_active(self) -> bool:
        """Whether the entity may be the answer to a mention."""
        return self.state == State.ACTIVE


def find(db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Version]:
    """Return the current versions of those ids that are there, without following redirects."""
    rows = db.execute(_FIND, (json.dumps(list(ids)),))
    return {row[0]: Version(*row) for row in rows}


def resolve(db: sqlite3.Connection, entity_id: str) -> Version:
    """Return the current version of an id, of its survivor where it was merged. Raises UnknownEntity."""
    row = db.execute(_RESOLVE, (entity_id,)).fetchone()
    if row is None:
        raise UnknownEntity(f"there is no entity {entity_id!r}")
    return Version(*row)


def write(db: sqlite3.Connection, versions: Iterable[Version], archived: Iterable[str] = ()) -> None:
    """Make `versions` the current ones; `archived` are the ids of those that were there before."""
    db.executemany(_ARCHIVE, [(entity_id,) for entity_id in archived])
    db.executemany(_WRITE, versions)
