"""`Store`: a gazetteer in one SQLite file, with everything it ever was.

Every edit is one transaction that writes the new version of an entity, moves the old one to the history, and appends
one record to the log; it is on the disk before the call returns. An edit that would change nothing is answered and not
recorded. An edit with a request id is applied once: repeated, with whatever etag, it is answered with the entity as it
is now, and another edit under its id is InvalidInput("request_id").

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     store = Store.open(Path(folder), write=True)
...     place = store.create(Entity("x:1", "place", "Sudzha"), Edit("ann"))
...     place = store.add_name("x:1", Name("Суджа", "ru"), Edit("ann", "as in the report"), etag=place.etag)
...     store.close()
>>> place.revision, [name.value for name in place.names]
(2, ['Sudzha', 'Суджа'])
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from normalizer.store import bulk, editing, log, version
from normalizer.store.bulk import Written, unwatched
from normalizer.store.connection import Readers, Writer, explained
from normalizer.store.editing import Revision
from normalizer.store.lock import WriterLock
from normalizer.store.version import Version
from normalizer.store.view import View
from normalizer.terms import (
    AlreadyExists,
    Change,
    Edit,
    Entity,
    InvalidInput,
    Name,
    NormalizerError,
    StaleEtag,
    UnknownEntity,
    Verb,
)

FILE_NAME = "gazetteer.sqlite"

_ACTIVE = f"SELECT {version.COLUMNS} FROM entities WHERE state = 'ACTIVE' ORDER BY id"
_DOCUMENTS = "SELECT document FROM entities WHERE state = 'ACTIVE' AND revision <= ? ORDER BY id"
_COUNT = "SELECT count(*) FROM entities WHERE state = 'ACTIVE'"


class Store:
    """The source of truth of one gazetteer. Any thread may call any method; edits wait for each other, reads do not.

    Methods raise NormalizerError, with what to do, when the file is damaged, the disk full, or the store closed.
    """

    def __init__(self, path: Path, lock: WriterLock | None) -> None:
        """Use `Store.open`."""
        self._path = path
        self._lock = lock
        self._readers = Readers(path)
        self._writer = Writer(path) if lock else None

    @classmethod
    def open(cls, directory: Path, *, write: bool = False) -> Store:
        """Open the gazetteer of a data directory; for writing, make what is missing.

        Raises GazetteerMissing when reading where there is none, GazetteerInUse when another process (or another Store)
        writes there, NormalizerError when the directory or the file cannot be used.
        """
        path = directory / FILE_NAME
        with explained(path):
            if write:
                return cls._open_for_writing(path)
            store = cls(path, None)
            store._readers.check()
            return store

    @classmethod
    def _open_for_writing(cls, path: Path) -> Store:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(path.parent)
        except OSError as error:
            raise NormalizerError(
                f"{path.parent} cannot be written ({error}): choose another data directory"
            ) from error
        try:
            return cls(path, lock)
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Let go of the file and of the right to write it. Calling it again does nothing."""
        self._readers.close()
        if self._writer:
            self._writer.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    # Reading

    @property
    def head(self) -> tuple[int, str]:
        """The number of the last change, and the hash of the log up to it; (0, "") of an empty gazetteer."""
        with self._readers.borrow() as db:
            return log.head(db)

    @property
    def revision(self) -> int:
        """The number of the last change; 0 of an empty gazetteer."""
        return self.head[0]

    def get(self, entity_id: str) -> Entity:
        """Return the entity with this id, retired or not, or the one it was merged into. Raises UnknownEntity."""
        with self._readers.borrow() as db:
            return version.resolve(db, entity_id).entity

    def entities(self) -> Iterator[Entity]:
        """Yield the active entities, ordered by id, as they are when the first one is asked for."""
        with self._readers.borrow() as db, closing(db.execute(_ACTIVE)) as rows:
            for row in rows:
                yield Version(*row).entity

    def documents(self, until: int) -> Iterator[str]:
        """Yield the documents (see `codec`) of the active entities that no revision after `until` changed, by id."""
        with self._readers.borrow() as db, closing(db.execute(_DOCUMENTS, (until,))) as rows:
            for (document,) in rows:
                yield document

    def count(self) -> int:
        """Return how many entities are active."""
        with self._readers.borrow() as db:
            return int(db.execute(_COUNT).fetchone()[0])

    @contextmanager
    def view(self) -> Iterator[View]:
        """Lend a view of the store as it is now, for the length of the block."""
        with self._readers.borrow() as db:
            db.execute("BEGIN")
            yield View(db)

    def changes(self, after: int = 0, limit: int = 1000) -> list[Change]:
        """Return the records of the log above revision `after`, oldest first, at most `limit` (1 or more) of them."""
        if limit < 1:
            raise InvalidInput("limit", f"must be 1 or more, not {limit}")
        with self._readers.borrow() as db:
            return log.read(db, after, limit)

    def verify(self) -> None:
        """Prove that file, log and entities are as they were written; reads everything. Raises NormalizerError."""
        with self._readers.borrow() as db:
            db.execute("BEGIN")
            if (found := db.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise NormalizerError(f"{self._path} is damaged ({found.splitlines()[-1]}): restore it from a backup")
            log.verify(db)

    # Writing

    def create(self, entity: Entity, edit: Edit) -> Entity:
        """Add an entity. Raises AlreadyExists, also when the id is that of a retired or merged one."""
        with self._editing() as db:
            created = Version.of(entity, log.head(db)[0] + 1)
            if log.remember(db, edit, Verb.CREATE, entity.id, created.document):
                if version.find(db, [entity.id]):
                    raise AlreadyExists(f"there is an entity {entity.id!r} already: update it, or choose another id")
                version.write(db, [created])
                log.append(db, Verb.CREATE, entity.id, edit, f"created the {entity.type} {entity.name!r}")
            return version.resolve(db, entity.id).entity

    def update(self, entity: Entity, mask: Collection[str], edit: Edit, etag: str | None = None) -> Entity:
        """Take the fields named in `mask` (see `editing.EDITABLE`) from `entity`, and the rest from what is stored.

        A new `name` is put among the names as the preferred one; the old one stays there as an alternate. Raises
        UnknownEntity, StaleEtag, InvalidInput("update_mask") for an empty mask or a field that cannot be set, and
        InvalidInput("id") for a retired or merged entity, as all edits do.
        """
        return self._revise(entity.id, editing.update(entity, mask), edit, etag)

    def add_name(self, entity_id: str, name: Name, edit: Edit, etag: str | None = None) -> Entity:
        """Add a name, in the place of one with the same value and language where there is one (see `editing.add_name`).

        Raises UnknownEntity, StaleEtag, and InvalidInput("kind") for a preferred name, which `update` sets.
        """
        return self._revise(entity_id, editing.add_name(name), edit, etag)

    def remove_name(self, entity_id: str, value: str, edit: Edit, etag: str | None = None) -> Entity:
        """Remove the names with this value, in whatever language.

        Raises UnknownEntity, StaleEtag, and InvalidInput("value") when there is none, or it is the preferred name.
        """
        return self._revise(entity_id, editing.remove_name(value), edit, etag)

    def retire(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Withdraw an entity: it stays readable under its id and is no answer any more.

        Raises UnknownEntity, StaleEtag.
        """
        return self._revise(entity_id, editing.retire(), edit, etag)

    def load(self, entities: Iterable[Entity], edit: Edit, written: Written = unwatched) -> int:
        """Add or replace many entities in one revision; return how many were new or changed.

        `written` is given their documents, some at a time, before they are committed. Nothing is recorded when there
        are none. Retired and merged entities stay as they are. A request id stands for the load whatever its entities
        are: they are a stream. Raises InvalidInput when an id comes twice; then, and when `entities` raises, nothing is
        loaded.
        """
        with self._editing() as db:
            if not log.remember(db, edit, Verb.IMPORT, None, ""):
                return 0
            tally = bulk.load(db, entities, log.head(db)[0] + 1, written)
            if tally.written:
                log.append(db, Verb.IMPORT, None, edit, tally.summary)
            return tally.written

    def _editing(self) -> AbstractContextManager[sqlite3.Connection]:
        if self._writer is None:
            raise NormalizerError(f"{self._path.parent} was opened for reading: open it with write=True to edit it")
        return self._writer.transaction()

    def _revise(self, entity_id: str, revision: Revision, edit: Edit, etag: str | None) -> Entity:
        with self._editing() as db:
            if log.remember(db, edit, revision.verb, entity_id, revision.content):
                current = _editable(db, entity_id, etag)
                entity = revision.apply(current.entity)
                revised = Version.of(entity, log.head(db)[0] + 1, entity.state)
                if not revised.same_content(current):
                    version.write(db, [revised], archived=[entity_id])
                    log.append(db, revision.verb, entity_id, edit, revision.summary(current.entity))
            return version.resolve(db, entity_id).entity


def _editable(db: sqlite3.Connection, entity_id: str, etag: str | None) -> Version:
    current = version.find(db, [entity_id]).get(entity_id)
    if current is None:
        raise UnknownEntity(f"there is no entity {entity_id!r}")
    if current.redirect is not None:
        raise InvalidInput("id", f"{entity_id!r} was merged into {current.redirect!r}: edit that one")
    if not current.is_active:
        raise InvalidInput("id", f"{entity_id!r} is retired and cannot be edited")
    if etag is not None and etag != (now := current.entity.etag):
        raise StaleEtag(f"{entity_id!r} has the etag {now}, not {etag}: read the entity again, then repeat the edit")
    return current
