"""`Store`: a gazetteer with everything it ever was, in SQLite or PostgreSQL.

Every edit is one transaction that writes the new version of an entity, moves the old one to the history, and appends
one record to the log; it is on the disk before the call returns. An edit that would change nothing is answered and not
recorded. An edit with a request id is applied once: repeated, with whatever etag, it is answered as it was the first
time, and another edit under its id is InvalidInput("request_id").

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

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from normalizer.store import bulk, editing, lifecycle, log, replica, version
from normalizer.store.bulk import Written, unwatched
from normalizer.store.database import Connection, Database
from normalizer.store.draft import Draft
from normalizer.store.editing import Action
from normalizer.store.replica import Covered, Request
from normalizer.store.sqlite import SQLite, safekeeping
from normalizer.store.sqlite.lock import WriterLock
from normalizer.store.version import Version
from normalizer.store.view import View
from normalizer.terms import (
    Change,
    Difference,
    Edit,
    Entity,
    InvalidInput,
    Name,
    NormalizerError,
    Proof,
    State,
    Verb,
    check_id,
)

if TYPE_CHECKING:
    from normalizer.store.postgresql import PostgreSQL

Result = TypeVar("Result")

_ACTIVE = f"SELECT {version.COLUMNS} FROM entities WHERE state = 'ACTIVE' ORDER BY id"
_CHANGED_LAST = "SELECT revision FROM entities ORDER BY revision DESC LIMIT 1 OFFSET ?"
_COUNT = "SELECT count(*) FROM entities WHERE state = 'ACTIVE'"


class Store:
    """The source of truth of one gazetteer. Any thread may call any method; edits wait for each other, reads do not.

    Methods raise InvalidInput for an id that none can be; NormalizerError, with what to do, when the store is damaged,
    the disk full, or the store closed; and StoreUnavailable when the database cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        """Use `Store.open`."""
        self._database = database

    @classmethod
    def open(
        cls, directory: Path, url: str | None = None, *, write: bool = False, right: WriterLock | None = None
    ) -> Store:
        """Open the store in a data directory, or that in the PostgreSQL database of a URL.

        For writing, what is missing is made. A directory has one writer, or several that one process has forked and
        given its `right` to; a database has any number. Raises GazetteerMissing when reading where there is none,
        GazetteerInUse when another process (or another Store) writes in the directory, StoreUnavailable, and
        NormalizerError when directory, file or database cannot be used.
        """
        if url is None:
            return cls(SQLite.open(directory, write=write, right=right))
        return cls(_postgresql().open(url, write=write))

    @staticmethod
    def right(directory: Path, url: str | None = None) -> WriterLock | None:
        """Take the right to write for this process and those that it will fork; a database needs none.

        Raises GazetteerInUse, and NormalizerError when the directory cannot be written.
        """
        return SQLite.right(directory) if url is None else None

    @property
    def name(self) -> str:
        """What the store is called in messages."""
        return self._database.name

    @property
    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self._database.writable

    def close(self) -> None:
        """Let go of the store and of the right to write it. Calling it again does nothing."""
        self._database.close()

    # Reading

    @property
    def head(self) -> tuple[int, str]:
        """The number of the last change, and the hash of the log up to it; (0, "") of an empty gazetteer."""
        with self._database.reading() as db:
            return log.head(db)

    @property
    def revision(self) -> int:
        """The number of the last change; 0 of an empty gazetteer."""
        return self.head[0]

    @property
    def latest(self) -> tuple[int, str]:
        """The head, without asking a database that tells when it changes: it may be some milliseconds old."""
        return self._database.heard or self.head

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when others have edited, if the store can tell (see `Database.listen`)."""
        self._database.listen(changed)

    def get(self, entity_id: str, at: int | None = None) -> Entity:
        """Return the entity with this id, retired or not, or the one it was merged into. Raises UnknownEntity.

        With `at`, as it was at that revision.
        """
        check_id("id", entity_id)
        with self._database.reading() as db:
            return version.resolve(db, entity_id, at).entity

    def history(self, entity_id: str, limit: int = 1000) -> list[tuple[Change, Entity]]:
        """Return the latest changes that made a version of an id, oldest first, each with the version it made.

        What was merged into it has a history of its own. Raises UnknownEntity.
        """
        check_id("id", entity_id)
        with self.view() as view:
            return view.history(entity_id)[-limit:]

    def differences(self, one: int, other: int) -> list[Difference]:
        """Return in what the entities of revision `other` differ from those of `one`, by id. Raises InvalidInput."""
        with self.view() as view:
            return view.differences(one, other)

    def entities(self) -> Iterator[Entity]:
        """Yield the active entities, ordered by id, as they are when the first one is asked for."""
        with self._moment() as db, closing(db.stream(_ACTIVE)) as rows:
            for row in rows:
                yield Version(*row).entity

    def count(self) -> int:
        """Return how many entities are active."""
        with self._database.reading() as db:
            return int(db.execute(_COUNT).fetchone()[0])

    def oldest(self, kept: int, undone: int) -> int:
        """Return the oldest of the last `kept` revisions since which at most `undone` entities have changed."""
        with self._database.reading() as db:
            further = db.execute(_CHANGED_LAST, (undone,)).fetchone()
            return max(0, log.head(db)[0] - kept, further[0] if further else 0)

    @contextmanager
    def view(self, at: int | None = None) -> Iterator[View]:
        """Lend a view of the store as it is now, or was at a revision, for the length of the block."""
        with self._moment() as db:
            yield View(db, at)

    @contextmanager
    def _moment(self) -> Iterator[Connection]:
        with self._database.reading() as db:
            db.execute("BEGIN")
            yield db

    def changes(self, after: int = 0, limit: int = 1000, entity_id: str | None = None) -> list[Change]:
        """Return the records of the log above revision `after`, oldest first, at most `limit` (1 or more) of them.

        With `entity_id`, those that made a version of this entity.
        """
        if limit < 1:
            raise InvalidInput("limit", f"must be 1 or more, not {limit}")
        if entity_id:
            check_id("entity_id", entity_id)
        with self._database.reading() as db:
            return log.of_entity(db, entity_id, after, limit) if entity_id else log.read(db, after, limit)

    def verify(self) -> Proof:
        """Prove that file, log, entities and redirects are as they were written. Raises NormalizerError.

        Reads everything: some seconds for a large gazetteer.
        """
        with self._moment() as db:
            self._database.check(db)
            return _proven(db)

    # Safekeeping

    def backup(self, file: Path) -> Proof:
        """Write the store as it is at one moment to an SQLite file, verify that, and return what was found.

        Edits may go on meanwhile. The file takes its name when it is whole; an earlier backup of the same log is
        replaced, and nothing else is. Raises NormalizerError, OSError.
        """
        if earlier := SQLite.backup_at(file):
            with closing(Store(earlier)) as backup, self.view() as view:
                revision, log_hash = backup.head
                if view.log_hash(revision) != log_hash:
                    problem = f"{file} is a backup of another gazetteer, or of what a restore has undone"
                    raise NormalizerError(f"{problem}: choose another file, or move it away")
        with safekeeping.whole(file) as part:
            self._database.copy_to(part)
            with closing(Store(SQLite.file(part))) as copy:
                return copy.verify()

    @classmethod
    def restore(cls, file: Path, directory: Path, url: str | None = None, *, replace: bool = False) -> None:
        """Make a backup the store of a data directory, or of the database of a URL.

        Raises NormalizerError, and when it is damaged changes nothing. A store that is there is in the way, unless
        `replace` has it put aside, under another name beside it; a database has to be empty.
        """
        with closing(_whole_backup(file)) as source:
            if url is None:
                SQLite.restore(directory, source, replace=replace)
                return
            with closing(_postgresql().open(url, write=True)) as target:
                target.restore(source, _proven)

    # Writing

    def create(self, entity: Entity, edit: Edit) -> Entity:
        """Add an entity. Raises AlreadyExists, also when the id is that of a retired or merged one."""
        return self._edited(editing.create(entity), edit, entity.id)

    def update(self, entity: Entity, mask: Collection[str], edit: Edit, etag: str | None = None) -> Entity:
        """Take the fields named in `mask` (see `editing.EDITABLE`) from `entity`, and the rest from what is stored.

        A new `name` is put among the names as the preferred one; the old one stays there as an alternate. Raises
        UnknownEntity, StaleEtag, InvalidInput("update_mask") for an empty mask or a field that cannot be set, and
        InvalidInput("id") for a retired or merged entity, as all edits do.
        """
        return self._edited(editing.update(entity, mask, etag), edit, entity.id)

    def add_name(self, entity_id: str, name: Name, edit: Edit, etag: str | None = None) -> Entity:
        """Add a name, in the place of one with the same value and language where there is one (see `editing.add_name`).

        Raises UnknownEntity, StaleEtag, and InvalidInput("kind") for a preferred name, which `update` sets.
        """
        return self._edited(editing.add_name(entity_id, name, etag), edit, entity_id)

    def remove_name(self, entity_id: str, value: str, edit: Edit, etag: str | None = None) -> Entity:
        """Remove the names with this value, in whatever language.

        Raises UnknownEntity, StaleEtag, and InvalidInput("value") when there is none, or it is the preferred name.
        """
        return self._edited(editing.remove_name(entity_id, value, etag), edit, entity_id)

    def replace_name(self, entity_id: str, value: str, name: Name, edit: Edit, etag: str | None = None) -> Entity:
        """Put a name in the place of those with a value (see `editing.replace_name`), of the preferred one too.

        Raises UnknownEntity, StaleEtag, InvalidInput("value") when there is none, InvalidInput("kind") for a preferred.
        """
        return self._edited(editing.replace_name(entity_id, value, name, etag), edit, entity_id)

    def retire(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Withdraw an entity: it stays readable under its id and is no answer any more.

        Raises UnknownEntity, StaleEtag.
        """
        return self._edited(editing.retire(entity_id, etag), edit, entity_id)

    def revive(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Take back the withdrawal of an entity. Raises UnknownEntity, StaleEtag, InvalidInput("id") if it has none."""
        return self._edited(editing.revive(entity_id, etag), edit, entity_id)

    def merge(
        self, entity_id: str, into: str, edit: Edit, etag: str | None = None, into_etag: str | None = None
    ) -> Entity:
        """Make an entity lead to another one, for ever or until it is unmerged; return the survivor.

        The survivor takes over names and facts (see `uniting`). Raises UnknownEntity, StaleEtag, InvalidInput("into")
        for the entity itself, one of another type, or one that is merged or retired.
        """
        check_id("into", into)
        return self._edited(lifecycle.merge(entity_id, into, etag, into_etag), edit, into)

    def unmerge(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Undo the merge of an entity, and return it; `etag` is that of the survivor (see `lifecycle.unmerge`).

        Raises UnknownEntity, StaleEtag, and InvalidInput("id") for an entity that is not merged, or whose survivor was
        merged later.
        """
        return self._edited(lifecycle.unmerge(entity_id, etag), edit, entity_id)

    def split(
        self, entity_id: str, new_id: str, values: Sequence[str], edit: Edit, etag: str | None = None
    ) -> tuple[Entity, Entity]:
        """Move names to a new entity (see `lifecycle.split`); return the entity and the new one.

        Raises UnknownEntity, StaleEtag, AlreadyExists, and InvalidInput("values").
        """
        check_id("new_id", new_id)
        entity, new = self._apply(lifecycle.split(entity_id, new_id, values, etag), edit, _entities(entity_id, new_id))
        return entity, new

    def revert(self, revision: int, edit: Edit) -> Change:
        """Undo a change; return the one that does (see `lifecycle.revert`). Raises InvalidInput("revision")."""
        return self._apply(lifecycle.revert(revision), edit, lambda db, made: log.read(db, made - 1, 1)[0])

    def load(self, entities: Iterable[Entity], edit: Edit, written: Written = unwatched, content: str = "") -> int:
        """Add or replace many entities in one revision; return how many were new or changed.

        `written` is given their documents, some at a time, before they are committed. Nothing is recorded when there
        are none. Retired and merged entities stay as they are. A request id stands for the load whatever its entities
        are, since they are a stream, unless `content` tells this load from others. Raises InvalidInput when an id comes
        twice; then, and when `entities` raises, nothing is loaded.
        """
        with self._database.writing() as db:
            if log.remember(db, edit, Verb.IMPORT, None, content) is not None:
                return 0
            tally = bulk.load(db, entities, log.head(db)[0] + 1, written)
            if tally.written:
                log.append(db, Verb.IMPORT, None, edit, tally.summary)
            return tally.written

    # Following

    def made_by(self, revision: int) -> Iterator[Version]:
        """Yield the versions that a revision made, ordered by id.

        Who takes them slowly, as a watcher may, holds nothing meanwhile: since no revision ever changes, its pages need
        not be of one moment.
        """

        def page(last: Version | None) -> list[Version]:
            with self._database.reading() as db:
                return version.page_made_by(db, revision, last)

        return version.pages(page)

    def covered(self, revision: int) -> Covered:
        """Return what the record of a revision covers besides versions."""
        with self._database.reading() as db:
            return replica.covered(db, revision)

    def copy(
        self, change: Change, digest: str, versions: Iterable[Version], requests: Callable[[], Sequence[Request]]
    ) -> None:
        """Append a change of another store with all that it covers (see `replica.copy`). Raises NormalizerError."""
        with self._database.writing() as db:
            replica.copy(db, change, digest, versions, requests)

    def _edited(self, action: Action, edit: Edit, entity_id: str) -> Entity:
        [entity] = self._apply(action, edit, _entities(entity_id))
        return entity

    def _apply(self, action: Action, edit: Edit, answer: Callable[[Connection, int], Result]) -> Result:
        """Apply an edit, or find that it was applied before; return what `answer` reads at the revision of its result.

        It reads before the commit: once that is done, nothing may go wrong any more.
        """
        with self._database.writing() as db:
            return answer(db, _applied(db, action, edit))


def _applied(db: Connection, action: Action, edit: Edit) -> int:
    if action.entity_id is not None:
        check_id("id", action.entity_id)
    before = log.remember(db, edit, action.verb, action.entity_id, action.content)
    if before is not None:
        return before
    draft = Draft(db)
    summary = action.perform(draft)
    if not draft.write():
        return draft.revision - 1
    log.append(db, action.verb, action.entity_id, edit, summary)
    return draft.revision


def _entities(*ids: str) -> Callable[[Connection, int], list[Entity]]:
    return lambda db, revision: [version.resolve(db, one, revision).entity for one in ids]


def _postgresql() -> type[PostgreSQL]:
    """What needs the extra, and is imported by those alone who use it."""
    try:
        from normalizer.store.postgresql import PostgreSQL
    except ImportError as missing:
        raise NormalizerError(
            f"a store in PostgreSQL needs the extra 'postgresql': pip install 'normalizer[postgresql]' ({missing})"
        ) from missing
    return PostgreSQL


def _proven(db: Connection) -> Proof:
    """The proof that the rows of a transaction are as they were written. Raises NormalizerError."""
    log.verify(db)
    states = dict(db.execute("SELECT state, count(*) FROM entities GROUP BY state").fetchall())
    versions = db.execute("SELECT count(*) FROM versions").fetchone()[0]
    active, merged, retired = (int(states.get(state.value, 0)) for state in (State.ACTIVE, State.MERGED, State.RETIRED))
    return Proof(*log.head(db), versions, active, merged, retired)


def _whole_backup(file: Path) -> SQLite:
    """Open a backup and verify it. Raises NormalizerError when it is damaged, empty, or none."""
    try:
        source = SQLite.file(file)
    except NormalizerError as error:
        raise NormalizerError(f"nothing was changed, as FILE cannot be read as a backup: {error}") from error
    try:
        if not Store(source).verify().revisions:
            raise NormalizerError("it holds no revision")
    except NormalizerError as error:
        source.close()
        problem = str(error).partition(": ")[0]
        raise NormalizerError(f"{file} is no whole backup ({problem}), so nothing was changed: take another") from error
    except BaseException:
        source.close()
        raise
    return source
