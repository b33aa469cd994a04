"""Edits and background compilations under load: every answer is of one revision, whole, and hardly later than else.

Each edit renames one entity after the revision that it makes, so an answer that mixes two revisions gives itself away.
"""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.reliability_server import small_gazetteer
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention

SUDZHA = "geonames:486816"
READERS = 2
SECONDS_ALONE = 3.0
A_SWAP = 50
"""Changed entities with which the index is compiled anew."""


def measure(swaps: int, progress: Progress) -> dict[str, Any]:
    """Ask without a pause, first alone and then until the index was exchanged so many times below it."""
    with tempfile.TemporaryDirectory() as folder:
        gazetteer = Gazetteer.open(small_gazetteer(Path(folder) / "data"), write=True, compacted=A_SWAP)
        with Normalizer(gazetteer) as normalizer:
            entity = gazetteer.get(SUDZHA)
            _rename(gazetteer, entity)
            alone = _Asking(normalizer)
            time.sleep(SECONDS_ALONE)
            alone.stop()
            busy = _Asking(normalizer)
            edits, bases = _edit(gazetteer, entity, swaps, progress)
            busy.stop()
            gazetteer.verify()
    quiet, loaded = (float(np.percentile(asking.times, 99)) for asking in (alone, busy))
    return {
        "index swaps": bases,
        "edits meanwhile": edits,
        "answers meanwhile": len(busy.times),
        "answers that mix revisions": busy.mixed + alone.mixed,
        "p99 ms, nothing else going on": round(1000 * quiet, 2),
        "p99 ms, meanwhile": round(1000 * loaded, 2),
    }


def _edit(gazetteer: Gazetteer, entity: Entity, swaps: int, progress: Progress) -> tuple[int, int]:
    """Edit until the index was exchanged so many times; return how many edits, and how many exchanges."""
    edits, bases, base = 0, 0, gazetteer.snapshot.delta.base.revision
    while bases < swaps:
        kind = "place" if edits % 2 else "organization"
        _rename(gazetteer, entity, Entity(f"swap:{edits}", kind, f"Swapped {edits}"))
        edits += 1
        if (now := gazetteer.snapshot.delta.base.revision) != base:
            base, bases = now, bases + 1
            progress("exchanging the index", bases, swaps)
        time.sleep(0.005)
    return edits, bases


def _rename(gazetteer: Gazetteer, entity: Entity, *others: Entity) -> None:
    """Name an entity after the revision that this makes, which adds others too."""
    gazetteer.upsert([replace(entity, name=f"Revision {gazetteer.revision + 1}"), *others], Edit("swaps"))


class _Asking:
    """Threads that ask without a pause until they are stopped."""

    def __init__(self, normalizer: Normalizer) -> None:
        self.times: list[float] = []
        self.mixed = 0
        self._normalizer = normalizer
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(READERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            answers = self._normalizer.normalize([Mention("Sudzha"), Mention("Суджа")])
            self.times.append(time.monotonic() - began)
            names = {one.name for answer in answers for one in answer.candidates if one.entity_id == SUDZHA}
            revisions = {answer.versions.revision for answer in answers}
            self.mixed += len(revisions) != 1 or names != {f"Revision {next(iter(revisions))}"}
