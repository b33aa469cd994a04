"""One of several processes of a server: it answers and edits like one that is alone, until its parent has it stop.

All of them do the same. The first one besides follows a leader, verifies, and compiles the index anew: what is to be
done once. They see each other's edits by memory that they share, and are called to look there by a byte of their
parent; what they have to say themselves goes to it in lines.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue

from normalizer.gazetteer import COMPACTED, Gazetteer, Sharing
from normalizer.matching.model import Model
from normalizer.mention_log import Asked, lines_of
from normalizer.pipeline import Normalizer
from normalizer.service.server import Part, Server, Settings
from normalizer.sharing import Counts, Slate
from normalizer.store.place import Place
from normalizer.store.sqlite.lock import WriterLock
from normalizer.terms import NormalizerError
from normalizer.text.keys import KeyMaker

READY, CALL = "ready", "call"
"""What a process says of itself: that it answers; that the others are to look. All other lines are the log's."""
LOOK = b"."
"""What a process is told."""

_NEVER = sys.maxsize
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inherited:
    """What every process has from the one that forks them."""

    place: Place
    settings: Settings
    """With the address that is reserved."""
    kept: int
    write: bool
    """Whether edits are taken."""
    keymaker: KeyMaker
    model: Model
    right: WriterLock | None
    edits: Counts
    standing: Slate
    damage: Slate


def work(inherited: Inherited, process: int, parent: socket.socket) -> None:
    """Serve until SIGTERM, then drain and return; end at once when the parent is gone."""
    received: SimpleQueue[bool] = SimpleQueue()  # whether to stop; a signal handler may put into it
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, lambda number, frame: received.put(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all, and the parent says what it means
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_listen, args=(parent, received), name="parent", daemon=True).start()
    try:
        _serve(inherited, process, _Line(parent), received)
    except NormalizerError as problem:
        _log.error("%s", problem)
        sys.exit(1)


def _serve(inherited: Inherited, process: int, line: _Line, received: SimpleQueue[bool]) -> None:
    leads, settings = process == 0, inherited.settings
    sharing = Sharing(inherited.keymaker, inherited.right, inherited.edits, process, lambda: line.say([CALL]))
    part = Part(leads, inherited.standing, inherited.damage, sharing.tell, line.log if settings.log_mentions else None)
    compacted = COMPACTED if leads else _NEVER
    with Gazetteer.open(
        inherited.place, write=inherited.write, kept=inherited.kept, compacted=compacted, sharing=sharing
    ) as gazetteer:
        normalizer = Normalizer(gazetteer, inherited.model, remembered=settings.remembered)
        normalizer.warm_up()  # before there are calls: the others can take them until then
        server = Server.start(normalizer, settings, part)
        line.say([READY])
        while not received.get():
            server.look()
            with suppress(NormalizerError):  # the next call says it
                gazetteer.take_over()
        server.stop()


def _listen(parent: socket.socket, received: SimpleQueue[bool]) -> None:
    with suppress(OSError):
        while parent.recv(4096):
            received.put(False)
    os._exit(1)


class _Line:
    """The way to the parent. Any thread may use it."""

    def __init__(self, parent: socket.socket) -> None:
        self._parent = parent
        self._mutex = threading.Lock()

    def say(self, lines: Iterable[str]) -> None:
        """Send lines, together."""
        data = "".join(f"{line}\n" for line in lines).encode()
        with self._mutex, suppress(BrokenPipeError):  # the parent is gone, and so is this process in a moment
            self._parent.sendall(data)

    def log(self, asked: Asked) -> None:
        """Send what was answered."""
        self.say(lines_of(asked))
