"""From entities to an index, using every core: worker processes make the keys, the parent joins them.

Making keys is nearly all of the work and each name is independent, so entities are cut into chunks that workers turn
into `IndexedEntity` values. Few entities are done in this process.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

from normalizer.index.segment import IndexedEntity, Segment, build, indexed
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""(stage, done, total or None when it is not known)"""

_CHUNK = 2000
_IN_FLIGHT = 8
_worker: list[KeyMaker] = []
"""The key maker of a worker process, made once when the process starts."""


def silent(stage: str, done: int, total: int | None) -> None:
    """Report no progress."""


def compile_segments(
    records: Iterable[T],
    decode: Callable[[T], Entity],
    keymaker: KeyMaker,
    parents_of: Mapping[str, tuple[str, ...]] | None = None,
    total: int | None = None,
    progress: Progress = silent,
) -> dict[str, Segment]:
    """Compile entities into one segment per type.

    `records` are whatever `decode` makes an entity of: the store's documents go to the workers as they are.
    `parents_of` gives the parents of entities that are not among them; `total` how many there are, for the progress.
    """
    of_type: dict[str, list[IndexedEntity]] = defaultdict(list)
    done = 0
    for chunk in _indexed(records, decode, keymaker):
        for entity in chunk:
            of_type[entity.type].append(entity)
        done += len(chunk)
        progress("making keys", done, total)
    parents = {**(parents_of or {}), **{entity.id: entity.parents for found in of_type.values() for entity in found}}
    segments = {}
    for number, (entity_type, found) in enumerate(sorted(of_type.items())):
        progress("joining keys", number, len(of_type))
        segments[entity_type] = build(found, parents)
    progress("joining keys", len(of_type), len(of_type))
    return segments


def _indexed(records: Iterable[T], decode: Callable[[T], Entity], keymaker: KeyMaker) -> Iterator[list[IndexedEntity]]:
    chunks = _chunks(iter(records))
    first = next(chunks, [])
    if len(first) < _CHUNK:
        yield [indexed(decode(record), keymaker) for record in first]
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_cores(), context, _start_worker, (keymaker.rules,)) as pool:
        pending = deque([pool.submit(_index_chunk, first, decode)])
        for chunk in chunks:
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
