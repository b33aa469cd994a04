"""From entities to an index, using every core: worker processes make the keys, the parent joins them.

Making keys is nearly all of the work and each name is independent, so entities are cut into chunks that workers turn
into `IndexedEntity` values, while the parent is still reading or storing the next ones. Few entities are done in this
process. (Workers are spawned, not forked, because threads may be running; a script that compiles many entities must
guard its main part by `if __name__ == "__main__"`.)
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Generic, Self, TypeVar

from normalizer.index.regions import with_towns
from normalizer.index.segment import IndexedEntity, Segment, build, indexed
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""(stage, done, total or None when it is not known)"""

Inherit = Callable[[Sequence[IndexedEntity]], list[IndexedEntity]]

_CHUNK = 2000
_IN_FLIGHT = 64
"""Chunks that wait for a worker before the caller has to: 128,000 entities, some 100 MB of documents."""
_WORTH_PROCESSES = 50_000
"""Entities from which starting worker processes pays."""
_worker: list[KeyMaker] = []
"""The key maker of a worker process, made once when the process starts."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Report no progress."""


class Compiler(Generic[T]):
    """Takes entities as they come, in any order, and compiles them into one segment per type.

    What is added are records, whatever `decode` makes an entity of: the store's documents go to the workers as they
    are. To be used in a `with` block, which ends the workers. For a single thread.

    >>> from normalizer.rulebook import Rulebook
    >>> with Compiler(lambda entity: entity, KeyMaker(Rulebook.load())) as compiler:
    ...     compiler.add([Entity("x:1", "place", "Sudzha")])
    ...     list(compiler.segments()["place"].keys)
    ['sudza']
    """

    def __init__(self, decode: Callable[[T], Entity], keymaker: KeyMaker, progress: Progress = silent) -> None:
        self._decode = decode
        self._keymaker = keymaker
        self._progress = progress
        self._waiting: list[T] = []
        self._pending: deque[Future[list[IndexedEntity]]] = deque()
        self._pool: ProcessPoolExecutor | None = None
        self._made: list[IndexedEntity] = []
        self._added = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
            gc.enable()

    def add(self, records: Sequence[T]) -> None:
        """Take some more entities. Returns at once, unless the workers are far behind."""
        self._waiting += records
        self._added += len(records)
        if self._pool is None and self._added >= _WORTH_PROCESSES and cores() > 1:
            self._pool = self._start()
        if self._pool:
            while len(self._waiting) >= _CHUNK:
                self._submit(self._pool)

    def segments(self) -> dict[str, Segment]:
        """Compile what was added."""
        self._finish_keys()
        return join(self._made, {}, progress=self._progress)

    def _start(self) -> ProcessPoolExecutor:
        """Start the workers; until the end, keep the cycle collector from walking millions of live tuples."""
        gc.disable()
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(cores(), context, _start_worker, (self._keymaker.rules,))

    def _submit(self, pool: ProcessPoolExecutor) -> None:
        chunk, self._waiting = self._waiting[:_CHUNK], self._waiting[_CHUNK:]
        self._pending.append(pool.submit(_index_chunk, chunk, self._decode))
        while self._pending and (len(self._pending) >= _IN_FLIGHT or self._pending[0].done()):
            self._made += self._pending.popleft().result()
            self._progress("making keys", len(self._made), None)

    def _finish_keys(self) -> None:
        if self._pool:
            while self._waiting:
                self._submit(self._pool)
            while self._pending:
                self._made += self._pending.popleft().result()
                self._progress("making keys", len(self._made), self._added)
        else:
            self._made += [indexed(self._decode(record), self._keymaker) for record in self._waiting]
            self._waiting = []
        self._progress("making keys", self._added, self._added)


def join(
    entities: Sequence[IndexedEntity],
    parents_of: Mapping[str, tuple[str, ...]],
    inherit: Inherit = with_towns,
    progress: Progress = silent,
) -> dict[str, Segment]:
    """Join entities that have their keys into one segment per type.

    `parents_of` gives the parents of entities that are not among them, `inherit` lets regions take over what they do
    from their towns.
    """
    of_type: dict[str, list[IndexedEntity]] = defaultdict(list)
    for entity in entities:
        of_type[entity.type].append(entity)
    parents = {**parents_of, **{entity.id: entity.parents for entity in entities}}
    if "place" in of_type:
        of_type["place"] = inherit(of_type["place"])
    segments = {}
    for number, (entity_type, found) in enumerate(sorted(of_type.items())):
        progress("joining keys", number, len(of_type))
        segments[entity_type] = build(found, parents)
    progress("joining keys", len(of_type), len(of_type))
    return segments


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker(rules: Rulebook) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    gc.disable()  # nothing here is part of a cycle, and to look for some takes a sixth of the time
    _worker.append(KeyMaker(rules))


def _end_with_parent() -> None:
    """End this process when its parent is gone, however that ended: a worker waits for its next chunk for ever."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _index_chunk(chunk: list[T], decode: Callable[[T], Entity]) -> list[IndexedEntity]:
    return [indexed(decode(record), _worker[0]) for record in chunk]
