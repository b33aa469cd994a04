"""A gazetteer in a data directory: the store, which is the truth, and the index compiled from it, which answers.

Every edit goes to the store first; when it is committed, a new snapshot takes the place of the old one, so that the
next call finds it. A snapshot is the index and what changed since; the index itself is compiled anew by `build` and
`rebuild` only, never because of an edit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from normalizer.index import files
from normalizer.index.builder import Compiler, Progress, silent
from normalizer.index.delta import Delta
from normalizer.index.snapshot import Snapshot
from normalizer.rulebook import Rulebook
from normalizer.store.bulk import Written
from normalizer.store.codec import decode
from normalizer.store.sqlite import Store
from normalizer.terms import Change, Edit, Entity, IndexUnusable, Name
from normalizer.text.keys import KeyMaker

INDEX = "index"
"""The folder of the compiled index, inside the data directory."""
_CHUNK = 2000
"""Documents that are read from the store at a time."""


class Gazetteer:
    """An open data directory. Safe to share between threads."""

    def __init__(self, directory: Path, store: Store, base: files.Index, keymaker: KeyMaker) -> None:
        self.directory = directory
        self.keymaker = keymaker
        self._store = store
        self._refreshing = threading.Lock()
        self._snapshot = self._caught_up(Delta.of(base))

    @classmethod
    def open(cls, directory: Path, *, write: bool = False) -> Gazetteer:
        """Open a gazetteer, with the right to edit it if `write`.

        Raises GazetteerMissing, GazetteerInUse (another writer) or IndexUnusable.
        """
        keymaker = KeyMaker(Rulebook.load())
        store = Store.open(directory, write=write)
        try:
            return cls(directory, store, files.read(directory / INDEX, keymaker.rules.version), keymaker)
        except BaseException:
            store.close()
            raise

    @classmethod
    def build(cls, directory: Path, entities: Iterable[Entity], edit: Edit, progress: Progress = silent) -> Gazetteer:
        """Load entities into a new or existing gazetteer in one revision, compile its index, and open it."""
        return cls._compiled(directory, lambda store, written: store.load(entities, edit, written), progress)

    @classmethod
    def rebuild(cls, directory: Path, progress: Progress = silent) -> Gazetteer:
        """Compile the index of an existing gazetteer anew from its store, and open it."""
        return cls._compiled(directory, lambda store, written: None, progress)

    @classmethod
    def _compiled(cls, directory: Path, load: Callable[[Store, Written], object], progress: Progress) -> Gazetteer:
        """Let `load` write to the store, and compile what it writes, as it is written, with what was there before."""
        keymaker = KeyMaker(Rulebook.load())
        store = Store.open(directory, write=True)
        try:
            with Compiler(decode, keymaker, progress) as compiler:
                before = store.revision
                load(store, compiler.add)
                for documents in _chunks(store.documents(before)):
                    compiler.add(documents)
                index = files.Index(*store.head, keymaker.rules.version, compiler.segments())
            progress("writing the index", 0, 1)
            files.write(index, directory / INDEX)
            progress("writing the index", 1, 1)
            return cls(directory, store, files.read(directory / INDEX, keymaker.rules.version), keymaker)
        except BaseException:
            store.close()
            raise

    @property
    def snapshot(self) -> Snapshot:
        """The gazetteer as this or another process last committed it: hold on to it for as long as one request lasts.

        While another thread is taking over a commit, it is still the one before. Raises NormalizerError when closed.
        """
        if self._store.revision != self._snapshot.revision and not self._refreshing.locked():
            self.refresh()
        return self._snapshot

    @property
    def revision(self) -> int:
        """The revision that the next answer is given at."""
        return self.snapshot.revision

    def refresh(self) -> None:
        """Take over everything that has been committed by now."""
        with self._refreshing:
            if self._store.revision != self._snapshot.revision:
                self._snapshot = self._caught_up(self._on_latest_base())

    def _on_latest_base(self) -> Delta:
        """Return the present delta, or an empty one on a newer index that another process has written meanwhile."""
        delta, folder = self._snapshot.delta, self.directory / INDEX
        with suppress(IndexUnusable):  # as of another version of this program: the one that is open goes on serving
            if files.revision(folder) > delta.base.revision:
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
            changed = view.changed_since(delta.revision)
            return Snapshot.of(delta.grown(changed, view.revision, view.active, self.keymaker))

    def get(self, entity_id: str) -> Entity:
        """Return the record of an id, following a redirect. Raises UnknownEntity."""
        return self._store.get(entity_id)

    def entities(self) -> Iterator[Entity]:
        """Yield the active entities, ordered by id."""
        return self._store.entities()

    def variant(self, changed: Sequence[Entity]) -> Snapshot:
        """Return a snapshot in which `changed` entities stand as given; the gazetteer itself stays as it is."""
        delta = self.snapshot.delta
        with self._store.view() as view:
            return Snapshot.of(delta.grown(changed, delta.revision, view.active, self.keymaker))

    def changes(self, after: int = 0, limit: int = 1000) -> list[Change]:
        """Return at most `limit` changes with a revision greater than `after`, oldest first."""
        return self._store.changes(after, limit)

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

    def retire(self, entity_id: str, edit: Edit, etag: str | None = None) -> Entity:
        """Take an entity out of the answers; its id still resolves to its record."""
        return self._edited(lambda: self._store.retire(entity_id, edit, etag))

    def _edited(self, change: Callable[[], Entity]) -> Entity:
        entity = change()
        self.refresh()
        return entity

    def close(self) -> None:
        """Close the store and give the data directory back to other writers."""
        self._store.close()


def _chunks(documents: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(islice(documents, _CHUNK)):
        yield chunk
