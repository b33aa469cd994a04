"""How many edits a second a store in PostgreSQL takes, and how soon others know of one.

    python -m bench.postgresql [--count N]

The server runs on this machine and syncs to its disk. Each edit is durable when it returns, and nobody else writes
until then; so what one commit takes is measured beside it. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from bench.machine import stamp
from bench.postgresql_server import Server, serving
from bench.reliability_server import small_gazetteer
from normalizer.gazetteer import Gazetteer
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import Edit, Entity

NOWHERE = Path("/nowhere")
EDIT = Edit("bench")
WRITERS = 4
SUDZHA = "geonames:486816"
PAUSE = 0.01
"""Seconds between two edits that are waited for."""

_processes = get_context("spawn")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="edits of each measurement")
    edits = parser.parse_args().count
    with serving() as server:
        figures = {
            "bare commits a second": bare(server.new(), edits),
            "edits a second": together(server.new(), edits, 1),
            f"edits a second, {WRITERS} processes": together(server.new(), edits, WRITERS),
            "until another process hears of an edit": heard(server.new(), edits),
            "until its answers hold it": answered(server, edits),
        }
    print(json.dumps({**stamp(), "edits": edits, **figures}, indent=1, ensure_ascii=False))


def bare(url: str, commits: int) -> int:
    """Return how often a second one connection inserts a row and commits."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE TABLE bare (number BIGINT)")
        began = time.perf_counter()
        for number in range(commits):
            db.execute("INSERT INTO bare VALUES (%s)", (number,))
        return round(commits / (time.perf_counter() - began))


def together(url: str, edits: int, writers: int) -> int:
    """Return how many edits a second some processes make in one gazetteer."""
    Store.open(NOWHERE, url, write=True).close()
    pipes = [_started(_create, url, number, edits // writers) for number in range(writers)]
    began = time.perf_counter()
    for pipe in pipes:
        pipe.send("go")
    for pipe in pipes:
        pipe.recv()
    return round(edits / (time.perf_counter() - began))


def heard(url: str, edits: int) -> dict[str, float]:
    """Time how long after an edit has returned its notice is here, from another process."""
    with closing(Store.open(NOWHERE, url, write=True)) as store:
        store.create(Entity(SUDZHA, "place", "Sudzha"), EDIT)
        times: dict[int, float] = {}
        store.listen(lambda: times.__setitem__(store.latest[0], time.monotonic()))
        return _delays(url, edits, times)


def answered(server: Server, edits: int) -> dict[str, float]:
    """Likewise, until a small gazetteer answers with it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(small_gazetteer(Path(folder) / "data"), server.new())
        Store.restore(place.directory / FILE_NAME, *place)
        with Gazetteer.open(place) as gazetteer:
            times: dict[int, float] = {}
            refresh = gazetteer.refresh

            def refreshed() -> None:
                refresh()
                times[gazetteer.revision] = time.monotonic()

            gazetteer.refresh = refreshed  # type: ignore[method-assign]
            return _delays(str(place.store), edits, times)


def _delays(url: str, edits: int, times: dict[int, float]) -> dict[str, float]:
    pipe = _started(_update, url, 0, edits)
    pipe.send("go")
    returned: dict[int, float] = pipe.recv()
    time.sleep(1.0)
    delays = sorted(max(0.0, times[revision] - when) * 1000 for revision, when in returned.items() if revision in times)
    hundredths = statistics.quantiles(delays, n=100)
    return {"edits": len(delays), "p50 ms": round(hundredths[49], 2), "p99 ms": round(hundredths[98], 2)}


def _started(work: Callable[[Store, int, int], Any], url: str, number: int, edits: int) -> Connection:
    """Start a process that is ready to work when told so, and says what came of it."""
    here, there = _processes.Pipe()
    _processes.Process(target=_work, args=(there, work, url, number, edits), daemon=True).start()
    here.recv()
    return here


def _work(pipe: Connection, work: Callable[[Store, int, int], Any], url: str, number: int, edits: int) -> None:
    with closing(Store.open(NOWHERE, url, write=True)) as store:
        pipe.send("ready")
        pipe.recv()
        pipe.send(work(store, number, edits))


def _create(store: Store, number: int, edits: int) -> None:
    for step in range(edits):
        store.create(Entity(f"x:{number}-{step}", "place", "Sudzha"), EDIT)


def _update(store: Store, number: int, edits: int) -> dict[int, float]:
    """When each edit had returned, by its revision."""
    entity, returned = store.get(SUDZHA), {}
    for step in range(edits):
        entity = store.update(replace(entity, population=step), ["population"], EDIT)
        returned[entity.revision] = time.monotonic()
        time.sleep(PAUSE)
    return returned


if __name__ == "__main__":
    main()
