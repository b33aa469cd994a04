"""The signals that ask a server to stop, as something that can be waited for like any other message."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

_ASKING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_signals() -> Iterator[socket.socket]:
    """What can be read when a signal came, and `asked_to_stop` reads; the handlers from before are back afterwards.

    Whichever thread the system hands a signal to writes it there at once. A handler in Python would run in the main
    thread, and not before that wakes up.
    """
    read, written = socket.socketpair()
    written.setblocking(False)
    before = {number: signal.signal(number, lambda number, frame: None) for number in _ASKING}
    wakeup = signal.set_wakeup_fd(written.fileno())
    try:
        yield read
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        read.close()
        written.close()


def asked_to_stop(signals: socket.socket) -> bool:
    """Read which signals came, those of other handlers of this process among them; tell whether one asked to stop."""
    return any(number in _ASKING for number in signals.recv(64))
