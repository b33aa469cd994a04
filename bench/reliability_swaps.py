"""Edits and background compilations under load: every answer is of one revision, whole, and hardly later than else.

Each edit renames one entity after the revision that it makes, so an answer that mixes two revisions gives itself away.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from bench.reliability_server import small_gazetteer
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention

SUDZHA = "geonames:486816"
QUESTIONS = (Mention("Sudzha"), Mention("Суджа"))
READERS = 2
SECONDS = 10.0
EDITS = 500
PAUSE = 0.005
A_SWAP = 50
"""Changed entities with which the index is compiled anew."""
NEVER = 1_000_000_000


def measure(swaps: int, progress: Progress) -> dict[str, Any]:
    """Ask without a pause: alone, then under edits, then until the index was exchanged so many times below them too."""
    with tempfile.TemporaryDirectory() as folder:
        data = small_gazetteer(Path(folder) / "data")
        with Normalizer(Gazetteer.open(data, write=True, compacted=NEVER), remembered=0) as normalizer:
            editing = _Editing(normalizer.gazetteer)
            normalizer.normalize(QUESTIONS)  # so that the kernels are compiled
            with _Asking(normalizer) as alone:
                time.sleep(SECONDS)
            with _Asking(normalizer) as edited:
                editing.until(lambda: editing.edits >= EDITS)
        with Normalizer(Gazetteer.open(data, write=True, compacted=A_SWAP), remembered=0) as normalizer:
            editing = _Editing(normalizer.gazetteer)
            with _Asking(normalizer) as swapped:
                editing.until(lambda: editing.exchanged(swaps, progress))
            normalizer.gazetteer.verify()
    return {
        "index swaps": swaps,
        "edits meanwhile": editing.edits,
        "answers meanwhile": len(swapped.times),
        "answers that mix revisions": alone.mixed + edited.mixed + swapped.mixed,
        "p99 ms, of answers alone": alone.p99,
        "p99 ms, with edits": edited.p99,
        "p99 ms, with edits and swaps": swapped.p99,
    }


class _Editing:
    """Edits one entity after another, as many as make one exchange of the index, and then the same ones again."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.edits = 0
        self._gazetteer = gazetteer
        self._entity = gazetteer.get(SUDZHA)
        self._base = self._base_revision
        self._bases = 0
        self._rename()

    def until(self, done: Callable[[], bool]) -> None:
        """Edit, with hardly a pause, until it is enough."""
        while not done():
            kind = "place" if self.edits % 2 else "organization"
            self._rename(Entity(f"swap:{self.edits % A_SWAP}", kind, f"Swapped {self.edits}"))
            self.edits += 1
            time.sleep(PAUSE)

    def exchanged(self, times: int, progress: Progress) -> bool:
        """Whether the index was exchanged so many times since the first question."""
        if self._base != self._base_revision:
            self._base, self._bases = self._base_revision, self._bases + 1
            progress("exchanging the index", self._bases, times)
        return self._bases >= times

    @property
    def _base_revision(self) -> int:
        return self._gazetteer.snapshot.delta.base.revision

    def _rename(self, *others: Entity) -> None:
        """Name the entity that is asked for after the revision that this makes, which adds others too."""
        renamed = replace(self._entity, name=f"Revision {self._gazetteer.revision + 1}")
        self._gazetteer.upsert([renamed, *others], Edit("swaps"))


class _Asking:
    """Threads that ask without a pause for as long as a block lasts."""

    def __init__(self, normalizer: Normalizer) -> None:
        self.times: list[float] = []
        self.mixed = 0
        self._normalizer = normalizer
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(READERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    @property
    def p99(self) -> float:
        """The time that 99 of a hundred answers do not take longer than, in ms."""
        return round(1000 * float(np.percentile(self.times, 99)), 2)

    def _ask(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            answers = self._normalizer.normalize(QUESTIONS)
            self.times.append(time.monotonic() - began)
            names = {one.name for answer in answers for one in answer.candidates if one.entity_id == SUDZHA}
            revisions = {answer.versions.revision for answer in answers}
            self.mixed += len(revisions) != 1 or names != {f"Revision {next(iter(revisions))}"}
