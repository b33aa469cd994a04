"""What others have written is heard: a connection that waits for the notice that each record of the log gives.

After a connection was lost, and from time to time in silence, the log itself is asked: so nothing is missed for long,
whatever became of a notice.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable
from contextlib import closing

import psycopg

from normalizer.store import log
from normalizer.store.postgresql.connection import Connection, Connector
from normalizer.terms import NormalizerError

CHANNEL = "normalizer"
"""What the trigger of `changes` notifies."""
_SILENCE = 10.0
"""Seconds after which the log is asked although nothing was heard."""
_PAUSE = 0.2
"""Seconds until a lost database is looked for again."""

_log = logging.getLogger(__name__)


class Listener:
    """Listens in a thread of its own, from `start` to `stop`."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._stopping = threading.Event()
        self._woken, self._wake = os.pipe()
        self._thread: threading.Thread | None = None
        self._problem = ""
        self._head: tuple[int, str] | None = None

    def start(self, changed: Callable[[], None]) -> None:
        """Call `changed` from now on whenever there is a revision that was not heard of."""
        self._thread = threading.Thread(target=self._run, args=(changed,), name="listener", daemon=True)
        self._thread.start()

    @property
    def heard(self) -> tuple[int, str] | None:
        """The end of the log, a revision and its hash; None before the first one is known."""
        return self._head

    def hear(self, head: tuple[int, str]) -> None:
        """Take note of what was written here: the end of the log, a revision and its hash."""
        if self._head is not None and head[0] > self._head[0]:
            self._head = head

    def stop(self) -> None:
        """Listen no more."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        os.write(self._wake, b".")
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()
        self._head = None
        for end in (self._woken, self._wake):
            os.close(end)

    def _run(self, changed: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._connector.connect(f"LISTEN {CHANNEL}", patient=False)) as db:
                    self._listen(db, changed)
            except (psycopg.Error, NormalizerError) as error:
                self._trouble(str(error).partition("\n")[0])
            except Exception as error:
                _log.error("listening failed on a defect", exc_info=error)
            self._stopping.wait(_PAUSE)

    def _listen(self, db: Connection, changed: Callable[[], None]) -> None:
        waiting = select.poll()
        for descriptor in (self._woken, db.raw.fileno()):
            waiting.register(descriptor, select.POLLIN)
        while not self._stopping.is_set():
            head = log.head(db)
            self._trouble("")
            if head != self._head:
                self._head = head
                changed()
            if not [*db.raw.notifies(timeout=0)]:  # however many there are, the log is asked once
                waiting.poll(_SILENCE * 1000)

    def _trouble(self, problem: str) -> None:
        if problem and not self._problem and not self._stopping.is_set():
            _log.warning("%s is not heard: %s; answers go on from what is known", self._connector.name, problem)
        elif self._problem and not problem:
            _log.warning("%s is heard again", self._connector.name)
        self._problem = problem
