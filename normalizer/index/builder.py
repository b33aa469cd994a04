"""From entities to an index, using every core: worker processes make the keys, the parent joins them.

Making keys is nearly all of the work and each name is independent, so entities are cut into chunks that workers turn
into `IndexedEntity` values. Few entities are done in this process. (Workers are spawned, not forked, because threads
may be running; a script that compiles many entities must guard its main part by `if __name__ == "__main__"`.)
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import TypeVar

from normalizer.index.namesakes import with_namesakes
from normalizer.index.segment import IndexedEntity, Segment, build, indexed
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""(stage, done, total or None when it is not known)"""

Inherit = Callable[[Sequence[IndexedEntity]], list[IndexedEntity]]

_CHUNK = 2000
_IN_FLIGHT = 8
_WORTH_PROCESSES = 50_000
"""Entities from which starting worker processes pays."""
_worker: list[KeyMaker] = []
"""The key maker of a worker process, made once when the process starts."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Report no progress."""


def compile_segments(
    records: Iterable[T],
    decode: Callable[[T], Entity],
    keymaker: KeyMaker,
    parents_of: Mapping[str, tuple[str, ...]] | None = None,
    inherit: Inherit = with_namesakes,
    total: int | None = None,
    progress: Progress = silent,
) -> dict[str, Segment]:
    """Compile entities into one segment per type.

    `records` are whatever `decode` makes an entity of: the store's documents go to the workers as they are.
    `parents_of` gives the parents of entities that are not among them, `inherit` lets
    regions take over names of towns; `total` is how many there are, for the progress.
    """
    workers = _cores() if (total or 0) >= _WORTH_PROCESSES else 1
    with _without_collector() if workers > 1 else nullcontext():
        return _compile(
            _indexed(_chunks(iter(records)), decode, keymaker, workers), parents_of or {}, inherit, total, progress
        )


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the cycle collector from walking millions of live tuples over and over: half of the time otherwise."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _compile(
    chunks: Iterator[list[IndexedEntity]],
    parents_of: Mapping[str, tuple[str, ...]],
    inherit: Inherit,
    total: int | None,
    progress: Progress,
) -> dict[str, Segment]:
    of_type: dict[str, list[IndexedEntity]] = defaultdict(list)
    done = 0
    for chunk in chunks:
        for entity in chunk:
            of_type[entity.type].append(entity)
        done += len(chunk)
        progress("making keys", done, total)
    parents = {**parents_of, **{entity.id: entity.parents for found in of_type.values() for entity in found}}
    if "place" in of_type:
        of_type["place"] = inherit(of_type["place"])
    segments = {}
    for number, (entity_type, found) in enumerate(sorted(of_type.items())):
        progress("joining keys", number, len(of_type))
        segments[entity_type] = build(found, parents)
    progress("joining keys", len(of_type), len(of_type))
    return segments


def _indexed(
    records: Iterator[list[T]], decode: Callable[[T], Entity], keymaker: KeyMaker, workers: int
) -> Iterator[list[IndexedEntity]]:
    if workers < 2:
        for chunk in records:
            yield [indexed(decode(record), keymaker) for record in chunk]
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start_worker, (keymaker.rules,)) as pool:
        pending: deque[Future[list[IndexedEntity]]] = deque()
        for chunk in records:
            pending.append(pool.submit(_index_chunk, chunk, decode))
            if len(pending) >= _IN_FLIGHT:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _chunks(records: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(records, _CHUNK)):
        yield chunk


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker(rules: Rulebook) -> None:
    _worker.append(KeyMaker(rules))


def _index_chunk(chunk: list[T], decode: Callable[[T], Entity]) -> list[IndexedEntity]:
    return [indexed(decode(record), _worker[0]) for record in chunk]
