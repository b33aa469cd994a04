"""A server of several processes: one that forks, and as many as are asked for that listen at one port.

This one answers no calls, and starts no thread and no gRPC, so that it can fork at any time. It has loaded what all of
them need (rules, model, kernels), which is then in memory once for all, and the next one answers after a fraction
of a second. One that dies is replaced; when this one dies, all end.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from multiprocessing.context import ForkProcess
from typing import TypeVar

from normalizer.gazetteer import KEPT, Gazetteer, Sharing
from normalizer.mention_log import MentionLog
from normalizer.pipeline import Normalizer, fitted
from normalizer.rulebook import Rulebook
from normalizer.service.server import Settings, reserved
from normalizer.service.signals import asked_to_stop, stop_signals
from normalizer.service.working import CALL, LOOK, READY, Inherited, work
from normalizer.sharing import Counts, Slate
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.sqlite.lock import WriterLock
from normalizer.terms import NormalizerError
from normalizer.text.keys import KeyMaker

Result = TypeVar("Result")

_STEADY = 10.0
"""Seconds after which a process that ends did not fail at its start."""
_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
"""Seconds until one that failed at its start is started again: doubled each time."""
_MARGIN = 5.0
"""Seconds beyond the grace period after which a process that is to stop is killed."""

_fork = multiprocessing.get_context("fork")
_log = logging.getLogger(__name__)


def serve(
    place: Place, settings: Settings, announce: Callable[[str], None], kept: int = KEPT, *, write: bool = True
) -> None:
    """Serve from `settings.processes` processes until SIGTERM or SIGINT, then drain them and return.

    Edits are taken if `write`. A second signal ends all at once. `announce` is called with the address when all are
    ready. Call this from the main thread of a process that has no other thread and never used gRPC. Raises
    AddressUnusable, GazetteerInUse and what else opening a gazetteer raises.
    """
    right = Store.right(*place) if write else None
    try:
        with reserved(settings.address) as address:
            log = MentionLog(settings.log_mentions, settings.log_limit) if settings.log_mentions else None
            inherited = _prepared(place, replace(settings, address=address), kept, right, write)
            _Supervisor(inherited, log).run(announce)
    finally:
        if right:
            right.release()


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a process of its own, such as one that uses gRPC before this process forks."""
    with ProcessPoolExecutor(1, _fork) as pool:
        return pool.submit(function, *arguments).result()


def _prepared(place: Place, settings: Settings, kept: int, right: WriterLock | None, write: bool) -> Inherited:
    """Load what all need, and close what none may inherit: no connection to a store survives a fork."""
    keymaker, model = KeyMaker(Rulebook.load()), fitted(place.directory)
    sharing = Sharing.with_nobody(keymaker)._replace(right=right)
    with Gazetteer.open(place, write=write, kept=kept, sharing=sharing) as gazetteer:
        Normalizer(gazetteer, model).warm_up()
    del gazetteer
    gc.collect()
    gc.freeze()  # a collection would write to memory that is shared until then
    edits = Counts(settings.processes)
    return Inherited(place, settings, kept, write, keymaker, model, right, edits, Slate(), Slate())


class _Seat:
    """The place of one process, whoever takes it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ready = False
        self.due = 0.0
        """When it is to be taken, by the monotonic clock."""
        self.process: ForkProcess | None = None
        self.line: socket.socket | None = None
        self._said = b""
        self._began = 0.0
        self._failures = 0

    def take(self, inherited: Inherited, lines: Sequence[socket.socket]) -> socket.socket:
        """Fork a process, which closes the lines to the others, and return the line to it."""
        ours, theirs = socket.socketpair()

        def begin() -> None:
            for line in (*lines, ours):  # which it would keep open when this process is gone
                line.close()
            work(inherited, self.number, theirs)

        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until the new process can take note of it
        self.process = _fork.Process(target=begin, name=f"normalizer-{self.number}")
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        theirs.close()
        self.line, self.ready, self._said, self._began = ours, False, b"", time.monotonic()
        return ours

    def heard(self) -> list[str] | None:
        """Return what the process has said since, in whole lines; None when it has ended."""
        data = b""
        with suppress(ConnectionResetError):  # it had not read all that it was told
            data = self.line.recv(1 << 16) if self.line else b""
        if not data:
            return None
        *lines, self._said = (self._said + data).split(b"\n")
        return [line.decode() for line in lines]

    def call(self) -> None:
        """Have the process look, unless it was told so often and did not yet."""
        if self.line:
            with suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                self.line.send(LOOK, socket.MSG_DONTWAIT)

    def leave(self) -> int | None:
        """Let go of a process that has ended; return its exit code, of one that a signal ended the negative number."""
        assert self.process
        assert self.line
        self.process.join()
        self.line.close()
        now, code = time.monotonic(), self.process.exitcode
        self._failures = 0 if self.ready and now - self._began > _STEADY else self._failures + 1
        self.due = now + (min(_LONGEST_PAUSE, _PAUSE * 2**self._failures) if self._failures > 1 else 0.0)
        self.process = self.line = None
        return code


class _Supervisor:
    def __init__(self, inherited: Inherited, log: MentionLog | None) -> None:
        self._inherited = inherited
        self._log = log
        self._seats = [_Seat(number) for number in range(inherited.settings.processes)]
        self._selector = selectors.DefaultSelector()
        self._is_open = False
        """Whether all processes were ready, and none is to stop."""

    def run(self, announce: Callable[[str], None]) -> None:
        """Serve until a signal."""
        try:
            with stop_signals() as signals:
                self._selector.register(signals, selectors.EVENT_READ)
                if self._started(signals):
                    announce(self._inherited.settings.address)
                    self._is_open = True
                    while not self._attend(self._take()):
                        pass
                    self._is_open = False
                self._selector.unregister(signals)
            self._drain()
        finally:
            for seat in self._taken():
                seat.process.kill()  # type: ignore[union-attr]
                seat.leave()
            self._selector.close()

    def _taken(self) -> list[_Seat]:
        return [seat for seat in self._seats if seat.process]

    def _started(self, signals: socket.socket) -> bool:
        """Start all; return whether no signal came until they were ready."""
        self._take()
        while not all(seat.ready for seat in self._seats):
            if self._attend(None):
                return False
            if len(self._taken()) < len(self._seats):
                raise NormalizerError("a process of the server ended before it was ready; what it said is above")
        return True

    def _take(self) -> float | None:
        """Take the seats that are due; return the seconds until the next one is, if there is one."""
        empty = [seat for seat in self._seats if not seat.process]
        now = time.monotonic()
        for seat in empty:
            if seat.due <= now:
                lines = [other.line for other in self._taken() if other.line]
                self._selector.register(seat.take(self._inherited, lines), selectors.EVENT_READ, seat)
        return min((seat.due - now for seat in empty if seat.due > now), default=None)

    def _attend(self, seconds: float | None) -> bool:
        """Wait for what the processes say; return whether a signal asked to stop."""
        events = self._selector.select(seconds)
        stop = False
        for key, _ in events:
            if (seat := key.data) is not None:
                self._hear(seat)
            else:
                stop = asked_to_stop(key.fileobj)  # type: ignore[arg-type]
        return stop

    def _hear(self, seat: _Seat) -> None:
        lines = seat.heard()
        if lines is None:
            self._selector.unregister(seat.line)  # type: ignore[arg-type]
            code = seat.leave()
            if self._is_open:
                _log.warning("process %s of the server ended (%s): another one takes its place", seat.number, code)
            return
        seat.ready = seat.ready or READY in lines
        if CALL in lines:
            for other in self._seats:
                if other is not seat:
                    other.call()
        if self._log:
            self._log.keep([line for line in lines if line not in (READY, CALL)])

    def _drain(self) -> None:
        """Have all stop, and those in whom something hangs killed."""
        end = time.monotonic() + self._inherited.settings.grace + _MARGIN
        for seat in self._taken():
            seat.process.terminate()  # type: ignore[union-attr]
        while self._taken() and (left := end - time.monotonic()) > 0:
            self._attend(left)
