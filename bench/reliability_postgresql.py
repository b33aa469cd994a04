"""A whole PostgreSQL server is killed, postmaster and all, while three processes write to it, and begun again.

The writers go on all the while: what the server took with it they send again, under the same request id and with the
same etag, so that an edit which was kept and is done once more would be refused. What a call returned was acknowledged:
it went through a pipe at once, and has to be there after each kill.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import IO, Any

from bench.machine import ROOT
from bench.postgresql_server import serving
from normalizer.index.builder import Progress
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.terms import Edit, Entity, Name, NormalizerError, StoreUnavailable

SEED = 11
WRITERS = 3
A_GAZETTEER = 10
"""Kills after which a new gazetteer is begun: verifying reads all of it."""
NAMES = 20
"""Names that an entity is given before the next one is begun."""
NOWHERE = Path("/nowhere")
"""The data directory of those who need no index."""


def measure(kills: int, progress: Progress) -> dict[str, Any]:
    """Return how many kills, acknowledged edits, and of these how many were lost, or done twice."""
    generator, found = random.Random(SEED), Counter[str]()
    with serving() as server, ExitStack() as gazetteer:
        for done in range(kills):
            if done % A_GAZETTEER == 0:
                store, said = gazetteer.enter_context(writing(server.new()))
            time.sleep(generator.uniform(0.05, 0.5))
            server.kill()
            sure = [line for line in said if line[0] == "+"]
            server.start()
            found += _missing(store, sure)
            progress("killing servers", done + 1, kills)
            if done % A_GAZETTEER == A_GAZETTEER - 1 or done + 1 == kills:
                found += Counter(line[0] for line in said)
                gazetteer.close()
    return {
        "kills": kills,
        "processes that write": WRITERS,
        "acknowledged edits": found["+"],
        "sent again after a kill": found["~"],
        "lost": found["lost"],
        "done twice": found["!"],
        "torn": found["torn"],
        "broken chains": found["broken"],
    }


@contextmanager
def writing(url: str) -> Iterator[tuple[Store, list[str]]]:
    """Let processes write for the length of the block; gives the lines that they say, as they come."""
    place, said = Place(NOWHERE, url), list[str]()
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store.open(*place, write=True)))
        for number in range(WRITERS):
            command = [sys.executable, "-m", __name__, str(number)]
            writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=place.environment, cwd=ROOT)
            assert writer.stdout is not None
            said.append(writer.stdout.readline())
            reader = threading.Thread(target=_read, args=(writer.stdout, said))
            reader.start()
            for at_last in (reader.join, writer.wait, writer.kill):
                stack.callback(at_last)
        yield store, said


def _read(pipe: IO[str], said: list[str]) -> None:
    said.extend(line for line in pipe if line.endswith("\n"))


def _missing(store: Store, acknowledged: list[str]) -> Counter[str]:
    """What of the acknowledged edits is not there, and whether log and rows are whole."""
    found: Counter[str] = Counter()
    try:
        store.verify()
    except NormalizerError:
        found["broken"] += 1
    names = {(entity.id, name.value) for entity in store.entities() for name in entity.names}
    found["lost"] += sum((*line[2:-1].split(" ", 1),) not in names for line in acknowledged)
    revisions = [change.revision for change in store.changes(limit=10**9)]
    found["torn"] += revisions != list(range(1, len(revisions) + 1))
    return found


def write(number: int) -> None:
    """Create and name without end. Says `+` of an edit that returned, `~` of one to be sent again, `!` of a refusal."""
    store = Store.open(*Place.of(), write=True)
    for step in count():
        new = Entity(f"x:{number}-{step}", "place", "Name")
        entity = _done(partial(store.create, new, Edit("writer", request_id=new.id)), f"{new.id} {new.name}")
        for value in (f"Name {which}" for which in range(NAMES)):
            edit = Edit("writer", request_id=f"{new.id} {value}")
            entity = _done(partial(store.add_name, new.id, Name(value), edit, entity.etag), f"{new.id} {value}")


def _done(edit: Callable[[], Entity], what: str) -> Entity:
    while True:
        try:
            entity = edit()
        except StoreUnavailable:
            print("~", what, flush=True)
        except NormalizerError as refusal:
            print("!", what, refusal, flush=True)
            raise
        else:
            print("+", what, flush=True)
            return entity


if __name__ == "__main__":
    write(int(sys.argv[1]))
