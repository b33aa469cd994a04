"""The rows of `entities` and `history`: versions of entities, each made by one revision.

Whatever takes an `at` reads as of that revision; without it, what is current.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from normalizer.store.codec import decode, encode
from normalizer.store.database import Connection
from normalizer.terms import Entity, State, UnknownEntity

COLUMNS = "id, revision, state, redirect, document"
PAGE = 1_000
"""Versions of a page, see `pages`."""

_FIND = f"SELECT {COLUMNS} FROM entities WHERE id IN (SELECT value FROM json_each(?))"
LAST_UNTIL = "SELECT max(revision) FROM history WHERE id = now.id AND revision <= :at"
"""The revision of the last version until `at` of an entity `now` that was changed later: found without reading all the
others, of which there may be tens of thousands."""
FIND_AT = f"""
SELECT {COLUMNS} FROM entities WHERE id IN (SELECT value FROM json_each(:ids)) AND revision <= :at
UNION ALL
SELECT past.id, past.revision, past.state, past.redirect, past.document
FROM entities AS now JOIN history AS past ON past.id = now.id AND past.revision = ({LAST_UNTIL})
WHERE now.id IN (SELECT value FROM json_each(:ids)) AND now.revision > :at
"""
_EVER = f"""
SELECT {COLUMNS} FROM entities WHERE id = :id UNION ALL SELECT {COLUMNS} FROM history WHERE id = :id ORDER BY revision
"""
_MADE_BY = f"SELECT {COLUMNS} FROM versions WHERE revision = ? ORDER BY id LIMIT {PAGE}"
_MADE_BY_AFTER = f"SELECT {COLUMNS} FROM versions WHERE revision = ? AND id > ? ORDER BY id LIMIT {PAGE}"
_LEADING_TO = f"SELECT {COLUMNS} FROM entities WHERE redirect = ? ORDER BY revision, id"
_SURVIVORS = "SELECT DISTINCT redirect FROM entities WHERE redirect IN (SELECT value FROM json_each(?))"
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


def find(db: Connection, ids: Iterable[str], at: int | None = None) -> dict[str, Version]:
    """Return the versions of those ids that are there, without following redirects."""
    wanted = json.dumps(list(ids))
    rows = db.execute(_FIND, (wanted,)) if at is None else db.execute(FIND_AT, {"ids": wanted, "at": at})
    return {row[0]: Version(*row) for row in rows}


def resolve(db: Connection, entity_id: str, at: int | None = None) -> Version:
    """Return the version of an id, of its survivor where it was merged. Raises UnknownEntity."""
    found = find(db, [entity_id], at).get(entity_id)
    if found is None:
        when = "" if at is None else f" at revision {at}"
        raise UnknownEntity(f"there is no entity {entity_id!r}{when}")
    return found if found.redirect is None else find(db, [found.redirect], at)[found.redirect]


def ever(db: Connection, entity_id: str) -> list[Version]:
    """Return all versions of an id, oldest first; none of an id that was never published."""
    return [Version(*row) for row in db.execute(_EVER, {"id": entity_id})]


def made_by(db: Connection, revision: int) -> Iterator[Version]:
    """Yield the versions that a revision made, ordered by id."""
    return pages(partial(page_made_by, db, revision))


def page_made_by(db: Connection, revision: int, last: Version | None) -> list[Version]:
    """Return the versions that a revision made after the last one of a page, or the first ones: at most PAGE."""
    rows = db.execute(_MADE_BY_AFTER, (revision, last.id)) if last else db.execute(_MADE_BY, (revision,))
    return [Version(*row) for row in rows]


def pages(page: Callable[[Version | None], list[Version]]) -> Iterator[Version]:
    """Yield versions of which there may be more than memory holds: `page` returns those after the last it returned."""
    versions = page(None)
    yield from versions
    while len(versions) == PAGE:
        versions = page(versions[-1])
        yield from versions


def leading_to(db: Connection, entity_id: str) -> list[Version]:
    """Return what is merged into an entity now, in the order in which it was."""
    return [Version(*row) for row in db.execute(_LEADING_TO, (entity_id,))]


def survivors(db: Connection, ids: Iterable[str]) -> set[str]:
    """Return those of the ids into which others are merged."""
    return {row[0] for row in db.execute(_SURVIVORS, (json.dumps(list(ids)),))}


def write(db: Connection, versions: Iterable[Version], archived: Iterable[str] = ()) -> None:
    """Make `versions` the current ones; `archived` are the ids of those that were there before."""
    db.executemany(_ARCHIVE, [(entity_id,) for entity_id in archived])
    db.executemany(_WRITE, versions)
