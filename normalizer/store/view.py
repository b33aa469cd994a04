"""The store at one moment. What several questions ask of a view belongs together, whatever is committed meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from normalizer.store import log, version
from normalizer.store.version import Version
from normalizer.terms import Entity

_CHANGED = f"SELECT {version.COLUMNS} FROM entities WHERE revision > ? ORDER BY revision, id"
_HASH = "SELECT hash FROM changes WHERE revision = ?"


class View:
    """Reads within one transaction of a borrowed connection. See `Store.view`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @property
    def revision(self) -> int:
        """The number of the last change; 0 of an empty gazetteer."""
        return log.head(self._db)[0]

    def log_hash(self, revision: int) -> str | None:
        """Return the hash of the log up to a revision: "" for 0, None for one that the log has not come to."""
        if revision == 0:
            return ""
        row = self._db.execute(_HASH, (revision,)).fetchone()
        return row and str(row[0])

    def changed_since(self, revision: int) -> list[Entity]:
        """Return every entity that a later revision made or changed, in whatever state, oldest change first."""
        return [Version(*row).entity for row in self._db.execute(_CHANGED, (revision,))]

    def active(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Return those of some entities that are there and active, by id, without following redirects."""
        found = version.find(self._db, ids)
        return {entity_id: row.entity for entity_id, row in found.items() if row.is_active}
