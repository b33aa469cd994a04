"""Large files on every core: worker processes answer the chunks, the parent reads and writes them in order.

Each worker opens the gazetteer for itself; the index is mapped from its files, so that all share one copy in memory.
Workers are spawned, not forked, because threads may be running: a script that runs batches must do so under
``if __name__ == "__main__"``, as a script that compiles an index must.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

from normalizer.batch.asking import Attempts, Question, ask
from normalizer.batch.reading import Row
from normalizer.batch.rows import result_fields
from normalizer.pipeline import Normalizer
from normalizer.store.place import Place
from normalizer.terms import NormalizerError

Fields = dict[str, object]
Answered = list[tuple[Fields, Fields]]
"""The rows of a chunk: the columns of each, and the columns of its answer."""
Answer = Callable[[list[Row]], Answered]

_WORTH_WORKERS = 16
"""Chunks from which it pays to start workers, which takes each of them a second or two."""
_AHEAD = 3
"""Chunks that are read ahead for each worker."""
_worker: list[tuple[Normalizer, Question]] = []
"""What a worker process answers with, opened once when it starts."""


def answer(normalizer: Attempts, question: Question, chunk: list[Row]) -> Answered:
    """Return the rows of a chunk with their answers."""
    results = zip(chunk, ask(normalizer, chunk, question), strict=True)
    return [(row.values, result_fields(row, result)) for row, result in results]


class Workers:
    """`jobs` processes that answer from one gazetteer. They are started when there is work enough."""

    def __init__(self, place: Place, question: Question, jobs: int, worth: int = _WORTH_WORKERS) -> None:
        self._place, self._question, self._jobs, self._worth = place, question, jobs, worth

    def answered(self, chunks: Iterator[list[Row]], here: Answer) -> Iterator[Answered]:
        """Yield the chunks with their answers, in order; those of a small file are answered by `here`, in this process.

        Raises NormalizerError when a worker cannot open the gazetteer, or is killed.
        """
        first = list(islice(chunks, self._worth)) if self._jobs > 1 else []
        if len(first) < self._worth or self._jobs < 2:
            yield from map(here, chain(first, chunks))
            return
        pool = ProcessPoolExecutor(
            self._jobs, multiprocessing.get_context("spawn"), _open, (self._place, self._question)
        )
        try:
            yield from self._in_order(pool, chain(first, chunks))
        except BrokenProcessPool as problem:
            raise NormalizerError(
                "a worker process ended before its work was done, as when memory is short: try again with --jobs 1"
            ) from problem
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _in_order(self, pool: ProcessPoolExecutor, chunks: Iterable[list[Row]]) -> Iterator[Answered]:
        pending: deque[Future[Answered]] = deque()
        for chunk in chunks:
            pending.append(pool.submit(_answer, chunk))
            if len(pending) > _AHEAD * self._jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _open(place: Place, question: Question) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and stops the workers
    _worker.append((Normalizer.open(place), question))


def _answer(chunk: list[Row]) -> Answered:
    normalizer, question = _worker[0]
    return answer(normalizer, question, chunk)
