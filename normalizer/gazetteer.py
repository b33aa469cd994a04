"""A gazetteer: the store, which is the truth, and the index compiled from it in a data directory, which answers.

Every edit goes to the store first; when it is committed, a new snapshot takes the place of the old one, so that the
next call finds it. A snapshot is the index and what changed since; when that has become much, the index is compiled
anew in the background, and takes the place of the old one between two calls. A past revision is a snapshot as well: the
present one, with what changed since put back as it was.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from normalizer.compiling import INDEX, Compaction, Load, compile_index
from normalizer.index import files
from normalizer.index.builder import Progress, silent
from normalizer.index.delta import Delta
from normalizer.index.snapshot import Snapshot
from normalizer.rulebook import Rulebook
from normalizer.sharing import Counts
from normalizer.store import Store
from normalizer.store.codec import encode
from normalizer.store.place import Place
from normalizer.store.replica import Covered, Request
from normalizer.store.sqlite.lock import WriterLock
from normalizer.store.version import Version
from normalizer.terms import (
    Change,
    Difference,
    Edit,
    Entity,
    GazetteerMissing,
    IndexUnusable,
    Name,
    NormalizerError,
    Proof,
    ReadOnly,
    RevisionUnavailable,
    StoreUnavailable,
)
from normalizer.text.keys import KeyMaker

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

KEPT = 1000
"""Revisions before the present one that a read may ask for, unless told otherwise."""
COMPACTED = 5000
"""Changed entities beside the index with which it is compiled anew, unless told otherwise."""
_MOST_UNDONE = 5000
"""Entities that a past revision may differ in: more take more than a second to put back."""
_LOOKED_SECONDS = 0.004
"""How long the store is not asked again for its revision: it takes as long as half of an exact answer."""
_MOST_PINNED = 8
"""Snapshots of past revisions that are held, the last ones asked for."""


class Sharing(NamedTuple):
    """What a process has in common with others that were forked from the same one, and edit the same gazetteer."""

    keymaker: KeyMaker
    """Read by all in one copy."""
    right: WriterLock | None
    """The right to write the data directory, see `Store.right`."""
    edits: Counts
    """How many edits each of them has acknowledged."""
    process: int
    """Which of them this is."""
    tell: Callable[[], None]
    """Called after each commit, so that the others take it over before somebody asks them."""

    @classmethod
    def with_nobody(cls, keymaker: KeyMaker) -> Sharing:
        """Return what a process has that is alone."""
        return cls(keymaker, None, Counts(), 0, lambda: None)


class Gazetteer:
    """An open gazetteer. Safe to share between threads."""

    def __init__(
        self,
        place: Place,
        store: Store,
        base: files.Index,
        sharing: Sharing,
        kept: int = KEPT,
        compacted: int = COMPACTED,
    ) -> None:
        self.place = place
        self.directory = place.directory
        self.keymaker = sharing.keymaker
        self._sharing = sharing
        self._store = store
        self._kept = kept
        self._compacted = compacted
        self._compaction = Compaction(place, self._rebase)
        self._leader: str | None = None
        self._committed = threading.Condition()
        self._refreshing = threading.Lock()
        self._pinning = threading.Lock()
        self._pinned: dict[int, Snapshot] = {}
        self._look_after = 0.0
        """When the store is next to be asked for its revision, by the monotonic clock."""
        self._head = (0, "")
        """The revision of the snapshot, and the hash of the log up to it."""
        self._taken_over = b""
        """What the other processes' counts of edits were when the snapshot was made."""
        self._snapshot = self._caught_up(Delta.of(base))
        store.listen(self.take_over)

    @classmethod
    def open(
        cls,
        where: Place | Path,
        *,
        write: bool = False,
        kept: int = KEPT,
        compacted: int = COMPACTED,
        sharing: Sharing | None = None,
    ) -> Gazetteer:
        """Open a gazetteer, with the right to edit it if `write`.

        `kept` revisions before the present one can be asked for; with `compacted` changed entities the index is
        compiled anew in the background. Raises GazetteerMissing, GazetteerInUse (another writer), IndexUnusable or
        StoreUnavailable.
        """
        place, sharing = Place.at(where), sharing or Sharing.with_nobody(KeyMaker(Rulebook.load()))
        _check_begun(place)
        store = Store.open(*place, write=write, right=sharing.right)
        try:
            index = files.read(place.directory / INDEX, sharing.keymaker.rules.version)
            return cls(place, store, index, sharing, kept, compacted)
        except BaseException:
            store.close()
            raise

    @classmethod
    def build(
        cls,
        where: Place | Path,
        entities: Iterable[Entity],
        edit: Edit,
        progress: Progress = silent,
        content: str = "",
    ) -> Gazetteer:
        """Load entities into a new or existing gazetteer in one revision, compile its index, and open it.

        `content` tells this load from others under one request id (see `Store.load`).
        """
        return cls._compiled(where, lambda store, written: store.load(entities, edit, written, content), progress)

    @classmethod
    def rebuild(cls, where: Place | Path, progress: Progress = silent) -> Gazetteer:
        """Compile the index of an existing gazetteer anew from its store, and open it. Raises GazetteerMissing."""
        _check_begun(Place.at(where))
        return cls._compiled(where, None, progress)

    @classmethod
    def restore(cls, where: Place | Path, file: Path, replace: bool = False, progress: Progress = silent) -> Gazetteer:
        """Make a gazetteer of a backup, compile its index, and open it (see `Store.restore`)."""
        Store.restore(file, *Place.at(where), replace=replace)
        return cls.rebuild(where, progress)

    @classmethod
    def under(
        cls, rulebook: Rulebook, where: Place | Path, folder: Path, kept: int = KEPT, progress: Progress = silent
    ) -> Gazetteer:
        """Open a gazetteer for reading, with an index that is compiled into a folder under other rules than its own."""
        place, keymaker = Place.at(where), KeyMaker(rulebook)
        store = Store.open(*place)
        try:
            compile_index(folder, store, keymaker, progress=progress)
            index = files.read(folder / INDEX, rulebook.version)
            return cls(Place(folder, place.store), store, index, Sharing.with_nobody(keymaker), kept)
        except BaseException:
            store.close()
            raise

    def backup(self, file: Path) -> Proof:
        """Write the store to a file while it is in use, verify that, and return what was found (see `Store.backup`)."""
        return self._store.backup(file)

    @classmethod
    def _compiled(cls, where: Place | Path, load: Load | None, progress: Progress) -> Gazetteer:
        """Let `load` write to the store, compile the index of it, and open both."""
        place, keymaker = Place.at(where), KeyMaker(Rulebook.load())
        store = Store.open(*place, write=True)
        try:
            compile_index(place.directory, store, keymaker, load, progress)
            index = files.read(place.directory / INDEX, keymaker.rules.version)
            return cls(place, store, index, Sharing.with_nobody(keymaker))
        except BaseException:
            store.close()
            raise

    @property
    def name(self) -> str:
        """Where its store is, for messages."""
        return self._store.name

    @property
    def snapshot(self) -> Snapshot:
        """The gazetteer as this or another process last committed it: hold on to it for as long as one request lasts.

        What this process or one that shares with it commits is there at once, and what another one does within
        _LOOKED_SECONDS, or when a database has told of it; while the database is away, it is the last one known. While
        another thread is taking over a commit that nobody was told of yet, it is still the one before. Raises
        NormalizerError when closed.
        """
        now = time.monotonic()
        if self._edits_of_others != self._taken_over:
            with suppress(StoreUnavailable):
                self.refresh()
        elif now >= self._look_after and not self._refreshing.locked():
            with suppress(StoreUnavailable):
                if self._store.latest != self._head:
                    self.refresh()
            self._look_after = now + _LOOKED_SECONDS
        return self._snapshot

    @property
    def revision(self) -> int:
        """The revision that the next answer is given at."""
        return self.snapshot.revision

    def refresh(self) -> None:
        """Take over everything that has been committed by now."""
        with self._refreshing:
            edits = self._edits_of_others
            try:
                if self._store.head != self._head:
                    self._snapshot = self._caught_up(self._on_latest_base())
            finally:  # also of a database that is away: it tells when it is back
                self._taken_over = edits
        with self._committed:
            self._committed.notify_all()

    @property
    def _edits_of_others(self) -> bytes:
        return self._sharing.edits.others(self._sharing.process)

    def at(self, revision: int | None) -> Snapshot:
        """Return the snapshot of a revision; of the last one for None. Raises RevisionUnavailable.

        The first question about a past revision takes as long as to compile what has changed since.
        """
        known = self.snapshot
        if revision in (None, known.revision):  # also while the database is away
            return known
        with self._pinning:
            self.refresh()
            present = self._snapshot
            if revision > present.revision:
                raise RevisionUnavailable(f"revision {revision} is not there yet; the newest is {present.revision}")
            if revision < (oldest := self.oldest):
                raise RevisionUnavailable(
                    f"revision {revision} is not kept; the oldest available is {oldest}, the newest {present.revision}"
                )
            if revision == present.revision:
                return present
            snapshot = self._pinned.pop(revision, None) or self._past(revision, present)
            self._pinned[revision] = snapshot
            while len(self._pinned) > _MOST_PINNED:
                del self._pinned[next(iter(self._pinned))]
            return snapshot

    @property
    def oldest(self) -> int:
        """The oldest revision that a read may ask for."""
        return self._store.oldest(self._kept, _MOST_UNDONE)

    def _past(self, revision: int, present: Snapshot) -> Snapshot:
        """Return the snapshot of a past revision: the present one, with what changed since put back."""
        with self._store.view(revision) as view:
            rerouted = view.rerouted(revision)
            return Snapshot.of(present.delta.grown(view.undone(), revision, view.active, self.keymaker, rerouted))

    def _rebase(self) -> None:
        """Take over an index that was compiled meanwhile."""
        with self._refreshing, suppress(NormalizerError):  # as when the store is being closed
            self._snapshot = self._caught_up(self._on_latest_base())

    def _on_latest_base(self) -> Delta:
        """Return the present delta, or an empty one on another index that has been written meanwhile.

        It is of an earlier revision when a backup was restored.
        """
        delta, folder = self._snapshot.delta, self.directory / INDEX
        with suppress(IndexUnusable):  # as of another version of this program: the one that is open goes on serving
            if files.basis(folder) != (delta.base.revision, delta.base.log_hash):
                return Delta.of(files.read(folder, self.keymaker.rules.version))
        return delta

    def _caught_up(self, delta: Delta) -> Snapshot:
        """Return the snapshot of the store as it is now."""
        base = delta.base
        with self._store.view() as view:
            if view.log_hash(base.revision) != base.log_hash:
                raise IndexUnusable(
                    f"{self.directory / INDEX} was not compiled from the store beside it (revision {view.revision}), "
                    f"but from another one or a later state of it (revision {base.revision}). {files.REBUILD}"
                )
            if view.log_hash(self._head[0]) != self._head[1]:
                # The log is another one since: a backup was restored, or a standby took over that had not come so far.
                delta = Delta.of(base)
                self._pinned.clear()
            changed, rerouted = view.changed_since(delta.revision), view.rerouted(delta.revision)
            snapshot = Snapshot.of(delta.grown(changed, view.revision, view.active, self.keymaker, rerouted))
            self._head = view.revision, str(view.log_hash(view.revision))
            return snapshot

    def get(self, entity_id: str, at: int | None = None) -> Entity:
        """Return the record of an id, following a redirect, as it is or was at a revision. Raises UnknownEntity.

        Of entities the store keeps every version for ever: any revision can be asked for. Raises RevisionUnavailable
        for one that is not there yet.
        """
        if at is not None and at > self._snapshot.revision and at > (newest := self._store.revision):
            raise RevisionUnavailable(f"revision {at} is not there yet; the newest is {newest}")
        return self._store.get(entity_id, at)

    def entities(self) -> Iterator[Entity]:
        """Yield the active entities, ordered by id."""
        return self._store.entities()

    def variant(self, changed: Sequence[Entity]) -> Snapshot:
        """Return a snapshot in which `changed` entities stand as given; the gazetteer itself stays as it is."""
        delta = self.snapshot.delta
        with self._store.view() as view:
            return Snapshot.of(delta.grown(changed, delta.revision, view.active, self.keymaker))

    def changes(self, after: int = 0, limit: int = 1000, entity_id: str | None = None) -> list[Change]:
        """Return at most `limit` changes with a revision above `after`, oldest first; of one entity if given."""
        return self._store.changes(after, limit, entity_id)

    def history(self, entity_id: str, limit: int = 1000) -> list[tuple[Change, Entity]]:
        """Return the latest changes of an entity, oldest first, each with what it made. Raises UnknownEntity."""
        return self._store.history(entity_id, limit)

    def differences(self, one: int, other: int) -> list[Difference]:
        """Return in what the entities of revision `other` differ from those of `one`. Raises InvalidInput."""
        return self._store.differences(one, other)

    def verify(self) -> Proof:
        """Prove that store, log, redirects and index are as they were written and agree with each other.

        Reads everything: some seconds for a large gazetteer. Raises NormalizerError, IndexUnusable.
        """
        proof = self._store.verify()
        files.read(self.directory / INDEX, self.keymaker.rules.version)
        snapshot = self.snapshot
        shown = sum(len(part.segment.ids) - int(part.columns.hidden.sum()) for part in snapshot.parts)
        if shown != proof.active and snapshot.revision == proof.revisions:
            raise IndexUnusable(
                f"{self.directory / INDEX} shows {shown} entities, the store has {proof.active}. {files.REBUILD}"
            )
        return proof

    def create(self, entity: Entity, edit: Edit) -> Entity:
        """Add an entity. Raises AlreadyExists."""
        return self._edited(lambda: self._store.create(entity, edit))

    def update(self, entity: Entity, mask: Collection[str], edit: Edit, etag: str | None = None) -> Entity:
        """Take the fields named in `mask` from `entity`. Raises UnknownEntity, StaleEtag, InvalidInput."""
        return self._edited(lambda: self._store.update(entity, mask, edit, etag))

    def add_name(self, entity_id: str, name: Name, edit: Edit, etag: str | None = None) -> Entity:
        """Add a name, or replace one of the same value and language. Raises UnknownEntity, StaleEtag, InvalidInput."""
        return self._edited(lambda: self._store.add_name(entity_id, name, edit, etag))

    def remove_name(self, entity_id: str, value: str, edit: Edit, etag: str | None = None) -> Entity:
        """Remove a name. Raises InvalidInput when it is not there or is the preferred one."""
        return self._edited(lambda: self._store.remove_name(entity_id, value, edit, etag))

    def replace_name(self, entity_id: str, value: str, name: Name, edit: Edit, etag: str | None = None) -> Entity:
        """Put a name in the place of those with a value, of the preferred one too. Raises InvalidInput."""
        return self._edited(lambda: self._store.replace_name(entity_id, value, name, edit, etag))

    def retire(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Take an entity out of the answers; its id still resolves to its record."""
        return self._edited(lambda: self._store.retire(entity_id, edit, etag))

    def revive(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Put a retired entity back into the answers. Raises InvalidInput when it is not retired."""
        return self._edited(lambda: self._store.revive(entity_id, edit, etag))

    def merge(
        self, entity_id: str, into: str, edit: Edit, etag: str | None = None, into_etag: str | None = None
    ) -> Entity:
        """Make an id lead to another entity, which takes over names and facts; return that (see `store.uniting`)."""
        return self._edited(lambda: self._store.merge(entity_id, into, edit, etag, into_etag))

    def unmerge(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Undo the merge of an entity, and return it as it was; `etag` is the survivor's. Raises InvalidInput."""
        return self._edited(lambda: self._store.unmerge(entity_id, edit, etag))

    def split(
        self, entity_id: str, new_id: str, values: Sequence[str], edit: Edit, etag: str | None = None
    ) -> tuple[Entity, Entity]:
        """Move names to a new entity; return both. Raises AlreadyExists, InvalidInput."""
        return self._edited(lambda: self._store.split(entity_id, new_id, values, edit, etag))

    def revert(self, revision: int, edit: Edit) -> Change:
        """Undo what a revision did, and return the change that does. Raises InvalidInput when that cannot be undone."""
        return self._edited(lambda: self._store.revert(revision, edit))

    def upsert(self, entities: Sequence[Entity], edit: Edit) -> int:
        """Add or replace some entities in one revision; return how many were new or changed.

        Retired and merged ones stay as they are. Raises InvalidInput when an id comes twice.
        """
        content = "\n".join(map(encode, entities))
        return self._edited(lambda: self._store.load(entities, edit, content=content))

    # Following

    @property
    def leader(self) -> str | None:
        """Where edits go, of a gazetteer that copies another one's log."""
        return self._leader

    def follow(self, leader: str) -> None:
        """Take no edits from now on but the changes of a leader, by `copy`."""
        self._leader = leader

    def wait(self, revision: int, seconds: float) -> int:
        """Wait until there is a later revision, or so many seconds; return the newest one."""
        with self._committed:
            self._committed.wait_for(lambda: self._store.latest[0] > revision, seconds)
        return self._store.latest[0]

    def made_by(self, revision: int) -> Iterator[Version]:
        """Yield the versions of entities that a revision made, ordered by id."""
        return self._store.made_by(revision)

    def covered(self, revision: int) -> Covered:
        """Return what the record of a revision covers besides versions."""
        return self._store.covered(revision)

    def copy(
        self, change: Change, digest: str, versions: Iterable[Version], requests: Callable[[], Sequence[Request]]
    ) -> None:
        """Take over a change of the leader. Raises NormalizerError when it does not continue the log here."""
        self._store.copy(change, digest, versions, requests)
        self._committed_here()

    def _edited(self, change: Callable[[], Result]) -> Result:
        if self._leader:
            raise NormalizerError(f"this is a replica: send edits to {self._leader}, which it follows")
        if not self._store.writable:
            raise ReadOnly("the gazetteer is open for reading only: edit it with `normalizer gazetteer` where it lies")
        result = change()
        try:
            self._committed_here()
        except Exception as error:  # the edit stands, so it is answered; whoever asks next is told what is wrong
            _log.error("an edit of %s was committed, but cannot be shown", self.name, exc_info=error)
        return result

    def _committed_here(self) -> None:
        """Show what this process has committed. The others do so too, at the latest when they are asked after this."""
        try:
            self._sharing.tell()
            self.take_over()
        finally:
            self._sharing.edits.count(self._sharing.process)

    def take_over(self) -> None:
        """Show what was committed, and see to it that the delta does not grow for ever.

        What cannot be read now, since the database went away after the commit, is shown when it is back.
        """
        with suppress(StoreUnavailable):
            self.refresh()
        if self._store.writable and len(self._snapshot.delta.changed) >= self._compacted:
            self._compaction.start()

    def close(self) -> None:
        """Close the store and give the data directory back to other writers."""
        self._compaction.stop()
        self._store.close()
        self._look_after = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_begun(place: Place) -> None:
    """Raise GazetteerMissing where there is none, or one without any revision, as a broken-off import leaves it.

    To open it for writing would make one.
    """
    with closing(Store.open(*place)) as store:
        if not store.revision:
            problem = f"the gazetteer in {store.name} has no entity yet"
            raise GazetteerMissing(f"{problem}: build it with `normalizer gazetteer init`")
