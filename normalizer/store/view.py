"""The store at one moment. What several questions ask of a view belongs together, whatever is committed meanwhile.

What an index is compiled from has the ids of survivors among its parents, in the place of those that were merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace

from normalizer.store import log, version
from normalizer.store.database import Connection
from normalizer.store.difference import differences
from normalizer.store.version import Version
from normalizer.terms import Change, Difference, Entity, InvalidInput, State, UnknownEntity

_CHANGED = f"""
SELECT {version.COLUMNS} FROM entities WHERE (revision, id) > (?, ?) ORDER BY revision, id LIMIT {version.PAGE}
"""
_CHANGED_IDS = "SELECT id FROM entities WHERE revision > ?"
_CHANGED_BETWEEN = """
SELECT id FROM entities WHERE revision > :one AND revision <= :other
UNION SELECT id FROM history WHERE revision > :one AND revision <= :other
ORDER BY id
"""
LED = f"""
SELECT id, redirect FROM entities WHERE redirect IS NOT NULL AND revision > :at
UNION
SELECT id, redirect FROM history WHERE redirect IS NOT NULL AND revision > :at
UNION
SELECT past.id, past.redirect
FROM entities AS now JOIN history AS past ON past.id = now.id AND past.revision = ({version.LAST_UNTIL})
WHERE now.revision > :at AND past.redirect IS NOT NULL
"""
_REDIRECTED = "SELECT 1 FROM entities WHERE redirect IS NOT NULL UNION SELECT 1 FROM history WHERE redirect IS NOT NULL"
_SURVIVORS = "SELECT id, target FROM redirects"
_DOCUMENTS = "SELECT document FROM entities WHERE state = 'ACTIVE' AND revision <= ? ORDER BY id"
_HASH = "SELECT hash FROM changes WHERE revision = ?"


class View:
    """Reads within one transaction of a borrowed connection. See `Store.view`."""

    def __init__(self, db: Connection, at: int | None = None) -> None:
        self._db = db
        self._at = at

    @property
    def revision(self) -> int:
        """The revision that is looked at: the last one, unless told otherwise; 0 of an empty gazetteer."""
        return log.head(self._db)[0] if self._at is None else self._at

    def log_hash(self, revision: int) -> str | None:
        """Return the hash of the log up to a revision: "" for 0, None for one that the log has not come to."""
        if revision == 0:
            return ""
        row = self._db.execute(_HASH, (revision,)).fetchone()
        return row and str(row[0])

    def documents(self, until: int) -> Iterator[str]:
        """Yield the documents (see `codec`) of the active entities that no revision after `until` changed, by id."""
        with closing(self._db.stream(_DOCUMENTS, (until,))) as rows:
            for (document,) in rows:
                yield document

    def changed_since(self, revision: int) -> list[Entity]:
        """Return every entity that a later revision made or changed, in whatever state, oldest change first."""

        def page(last: Version | None) -> list[Version]:
            after = (last.revision, last.id) if last else (revision + 1, "")
            return [Version(*row) for row in self._db.execute(_CHANGED, after)]

        return self._resolved([one.entity for one in version.pages(page)])

    def undone(self) -> list[Entity]:
        """Return every entity that was changed after the moment looked at, as it was then.

        What was not there yet is given as retired: it is no answer.
        """
        ids = [entity_id for (entity_id,) in self._db.execute(_CHANGED_IDS, (self.revision,))]
        then, now = version.find(self._db, ids, self.revision), version.find(self._db, ids)
        absent = [replace(one.entity, state=State.RETIRED) for key, one in now.items() if key not in then]
        return [*self._resolved([one.entity for one in then.values()]), *absent]

    def active(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Return those of some entities that are there and active, by id, without following redirects."""
        found = [row.entity for row in version.find(self._db, ids, self._at).values() if row.is_active]
        return {entity.id: entity for entity in self._resolved(found)}

    def rerouted(self, since: int) -> set[str]:
        """Return the ids that parents may stand for otherwise than at revision `since`: merged, unmerged, survivors."""
        return {key for pair in self._db.execute(LED, {"at": since}) for key in pair}

    def survivors(self) -> dict[str, str]:
        """Return the survivor of every merged entity, by id, as it is now."""
        return dict(self._db.execute(_SURVIVORS).fetchall())

    def redirects(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the survivors of those of some ids that are merged."""
        if not self._db.execute(_REDIRECTED).fetchone():
            return {}
        return {key: row.redirect for key, row in version.find(self._db, ids, self._at).items() if row.redirect}

    def history(self, entity_id: str) -> list[tuple[Change, Entity]]:
        """Return the changes that made a version of an id, oldest first, each with it. Raises UnknownEntity."""
        versions = version.ever(self._db, entity_id)
        if not versions:
            raise UnknownEntity(f"there is no entity {entity_id!r}")
        changes = log.of_entity(self._db, entity_id, 0, len(versions))
        return [(change, one.entity) for change, one in zip(changes, versions, strict=True)]

    def differences(self, one: int, other: int) -> list[Difference]:
        """Return in what the entities of revision `other` differ from those of `one`, by id. Raises InvalidInput."""
        first, last = sorted((one, other))
        for revision in (one, other):
            if not 0 <= revision <= self.revision:
                raise InvalidInput("revision", f"must be 0 to {self.revision}, not {revision}")
        rows = self._db.execute(_CHANGED_BETWEEN, {"one": first, "other": last})
        ids = [entity_id for (entity_id,) in rows]
        early, late = version.find(self._db, ids, first), version.find(self._db, ids, last)
        found = [
            difference
            for key in ids
            for difference in differences(early[key].entity if key in early else None, late[key].entity)
        ]
        return found if one <= other else [replace(d, before=d.after, after=d.before) for d in found]

    def _resolved(self, entities: list[Entity]) -> list[Entity]:
        """Put survivors in the place of merged parents."""
        survivors = self.redirects({parent for entity in entities for parent in entity.parents})
        return [with_parents(entity, survivors) for entity in entities] if survivors else entities


def with_parents(entity: Entity, survivors: dict[str, str]) -> Entity:
    """Return an entity whose parents that were merged are replaced by their survivors, each once and never itself."""
    if survivors.keys().isdisjoint(entity.parents):
        return entity
    parents = dict.fromkeys(survivors.get(parent, parent) for parent in entity.parents)
    return replace(entity, parents=tuple(parent for parent in parents if parent != entity.id))
