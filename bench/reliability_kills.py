"""A process in which four threads edit one gazetteer is killed at a random moment, again and again.

What a call returned was acknowledged: it went through a pipe at once, and has to be in the store when that is opened
again.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

from normalizer.index.builder import Progress
from normalizer.store import Store
from normalizer.terms import Edit, Entity, Name, NormalizerError

SEED = 7
THREADS = 4
A_GAZETTEER = 50
"""Kills after which a new gazetteer is begun: verifying reads all of it."""


def measure(kills: int, progress: Progress) -> dict[str, Any]:
    """Return how many kills, acknowledged edits, and of these how many were lost or torn."""
    generator = random.Random(SEED)
    acknowledged = lost = broken = unfinished = 0
    for done in range(kills):
        if done % A_GAZETTEER == 0:
            folder = tempfile.TemporaryDirectory()
            known: list[tuple[str, str]] = []
        known += _killed(Path(folder.name), done, generator.uniform(0.02, 0.2))
        with closing(Store.open(Path(folder.name))) as store:
            try:
                store.verify()
            except NormalizerError:
                broken += 1
            missing = [one for one in known if not _is_there(store, *one)]
            lost += len(missing)
            unfinished += _half_done(store)
        progress("killing", done + 1, kills)
        if done % A_GAZETTEER == A_GAZETTEER - 1 or done + 1 == kills:
            acknowledged += len(known)
            folder.cleanup()
    return {
        "kills": kills,
        "acknowledged edits": acknowledged,
        "lost": lost,
        "torn": unfinished,
        "broken chains": broken,
    }


def _is_there(store: Store, entity_id: str, name: str) -> bool:
    return any(known.value == name for known in store.get(entity_id).names)


def _half_done(store: Store) -> int:
    """How many revisions are missing in the log, or are there twice."""
    revisions = [change.revision for change in store.changes(limit=10**9)]
    return int(revisions != list(range(1, len(revisions) + 1)))


def _killed(directory: Path, number: int, seconds: float) -> list[tuple[str, str]]:
    """What a process that was killed after some seconds had acknowledged: names, by the id that has to show them."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.close(reading)
            _write(directory, number, writing)
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        rest = pipe.read()
    os.waitpid(child, 0)
    return [*_lines(first + rest)]


def _lines(text: bytes) -> Iterator[tuple[str, str]]:
    for line in text.split(b"\n")[:-1]:
        entity_id, _, name = line.decode().partition(" ")
        yield entity_id, name


def _write(directory: Path, number: int, pipe: int) -> None:
    store = Store.open(directory, write=True)

    def edit(thread: int) -> None:
        for step in count():
            entity_id, name = f"x:{number}-{thread}-{step}", f"Name {step}"
            request = Edit("writer", request_id=entity_id)
            store.create(Entity(entity_id, "place", name), request)
            os.write(pipe, f"{entity_id} {name}\n".encode())
            store.add_name(entity_id, Name("Also"), Edit("writer"))
            os.write(pipe, f"{entity_id} Also\n".encode())
            if step % 3 == 2:
                into = f"x:{number}-{thread}-{step - 1}"
                store.merge(entity_id, into, Edit("writer"))
                os.write(pipe, f"{entity_id} {name}\n{into} {name}\n".encode())

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
