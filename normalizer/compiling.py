"""From the store to the compiled index: in this process, or in one beside it while answers and edits go on.

Each edit makes the delta larger, and each snapshot compiles all of it: with 15,000 changed entities an edit takes half
a second. So the index is compiled anew when there are too many, by a process of its own that is nice to others; whoever
has the gazetteer open takes the new one over between two calls. Nothing waits for it, and when it dies, nothing has
changed, and it is tried again a minute later.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from itertools import islice
from pathlib import Path

from normalizer.index import files
from normalizer.index.builder import Compiler, Progress, silent
from normalizer.rulebook import Rulebook
from normalizer.store import Store
from normalizer.store.bulk import Written
from normalizer.store.codec import decode
from normalizer.store.place import Place
from normalizer.store.view import View, with_parents
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker

INDEX = "index"
"""The folder of the compiled index, inside the data directory."""

_CHUNK = 2000
"""Documents that are read from the store at a time."""
_NICE = 10
_PAUSE = 60.0
"""Seconds until another one may begin after one that failed."""

_log = logging.getLogger(__name__)

Load = Callable[[Store, Written], int]
"""Writes to a store, and returns how many entities that made or changed."""


def compile_index(
    directory: Path, store: Store, keymaker: KeyMaker, load: Load | None = None, progress: Progress = silent
) -> None:
    """Let `load` write to the store; compile what it writes, as it is written, with what was there before.

    Without `load`, the store as it is at one moment. For the writer of a directory, or somebody that acts for it.
    """
    index = (_loaded(store, keymaker, load, progress) if load else None) or _whole(store, keymaker, progress)
    progress("writing the index", 0, 1)
    files.write(index, directory / INDEX)
    progress("writing the index", 1, 1)


def _loaded(store: Store, keymaker: KeyMaker, load: Load, progress: Progress) -> files.Index | None:
    """Return the index of what a load writes and of what was there before; None if others wrote to the store, too."""
    with store.view() as view:
        before, survivors = view.revision, view.survivors()
    with Compiler(partial(_decoded, survivors), keymaker, progress) as compiler:
        written = load(store, compiler.add)
        with store.view() as view:
            if view.revision != before + (written > 0):
                return None
            revision, log_hash = _added(compiler, view, before)
        return files.Index(revision, log_hash, keymaker.rules.version, compiler.segments())


def _whole(store: Store, keymaker: KeyMaker, progress: Progress) -> files.Index:
    """Return the index of a store as it is at one moment."""
    with ExitStack() as reading:
        view = reading.enter_context(store.view())
        with Compiler(partial(_decoded, view.survivors()), keymaker, progress) as compiler:
            revision, log_hash = _added(compiler, view, view.revision)
            reading.close()
            return files.Index(revision, log_hash, keymaker.rules.version, compiler.segments())


def _added(compiler: Compiler[str], view: View, until: int) -> tuple[int, str]:
    """Add what no revision after `until` changed to a compiler; return the revision looked at, and the log's hash."""
    for documents in _chunks(view.documents(until)):
        compiler.add(documents)
    return view.revision, str(view.log_hash(view.revision))


class Compaction:
    """Compiles the index of a gazetteer anew in another process, one at a time; `done` is called after each."""

    def __init__(self, place: Place, done: Callable[[], None]) -> None:
        self._place = place
        self._done = done
        self._mutex = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._not_before = 0.0

    def start(self) -> bool:
        """Begin, unless one is under way; return whether this begins one."""
        with self._mutex:
            if self._stopped or self._process or time.monotonic() < self._not_before:
                return False
            command = [sys.executable, "-m", __name__]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self._place.environment
            )
            self._thread = threading.Thread(target=self._wait, args=(self._process,), name="compaction", daemon=True)
            self._thread.start()
            return True

    def stop(self) -> None:
        """Begin none any more, and end the one that is under way."""
        with self._mutex:
            self._stopped = True
            if self._process:
                self._process.terminate()
            thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        _, said = process.communicate()
        with self._mutex:
            self._process = None
            if self._stopped:
                return
            self._not_before = time.monotonic() + _PAUSE if process.returncode else 0.0
        if process.returncode:
            _log.warning("the index could not be compiled anew: %s", said.decode(errors="replace").strip())
        else:
            self._done()


def _decoded(survivors: dict[str, str], document: str) -> Entity:
    """The entity of a document as an index is to know it."""
    return with_parents(decode(document), survivors)


def _chunks(documents: Iterator[str]) -> Iterator[list[str]]:
    while chunk := list(islice(documents, _CHUNK)):
        yield chunk


def main(place: Place) -> None:
    """Compile the index of a gazetteer whose writer has asked for it."""
    os.nice(_NICE)
    with closing(Store.open(*place)) as store:
        compile_index(place.directory, store, KeyMaker(Rulebook.load()))


if __name__ == "__main__":
    main(Place.of())
