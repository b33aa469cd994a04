"""What processes that were forked from one see of each other: memory that one of them writes and all of them read.

A queue has to be emptied, and a file be asked for; a look at this memory costs a few tenths of a microsecond, so that
every call can afford one. Both have to be made before the processes are forked.

>>> counts = Counts(2)
>>> seen = counts.others(0)
>>> counts.count(1)
>>> counts.others(0) == seen, counts.others(1) == seen
(False, True)
>>> slate = Slate("not yet")
>>> slate.write("now")
>>> slate.read()
'now'
"""

from __future__ import annotations

import threading
from mmap import mmap

_WIDTH = 8
"""Bytes of a number: the processor writes them at once."""
_ROOM = 4096
"""Bytes of a text at most."""


class Counts:
    """A number of each process, which nobody else counts up: whoever saw the same numbers before has missed nothing."""

    def __init__(self, processes: int = 1) -> None:
        self._memory = mmap(-1, _WIDTH * processes)
        self._numbers = memoryview(self._memory).cast("Q")
        self._mutex = threading.Lock()

    def count(self, process: int) -> None:
        """Count up the number of a process, which is this one."""
        with self._mutex:
            self._numbers[process] += 1

    def others(self, process: int) -> bytes:
        """Return the numbers of all processes but one, to be compared with what was returned before."""
        own = _WIDTH * process
        return self._memory[:own] + self._memory[own + _WIDTH :]


class Slate:
    """A short text, which one process at a time writes; those who read it meanwhile read the one before.

    There is room for two: the new text is written beside the old one before its number is. So a writer that is killed
    while it writes does no harm.
    """

    def __init__(self, text: str = "") -> None:
        self._memory = mmap(-1, _WIDTH + 2 * (_WIDTH + _ROOM))
        self._number = memoryview(self._memory)[:_WIDTH].cast("Q")
        self.write(text)

    def write(self, text: str) -> None:
        """Put a text in the place of the one before; what there is no room for is cut off."""
        data, number = text.encode(errors="replace")[:_ROOM], self._number[0] + 1
        at = self._at(number)
        self._memory[at : at + _WIDTH + len(data)] = len(data).to_bytes(_WIDTH, "little") + data
        self._number[0] = number

    def read(self) -> str:
        """Return the last text."""
        while True:
            number = self._number[0]
            at = self._at(number)
            size = int.from_bytes(self._memory[at : at + _WIDTH], "little")
            data = self._memory[at + _WIDTH : at + _WIDTH + size]
            if number == self._number[0]:
                return data.decode(errors="ignore")

    def _at(self, number: int) -> int:
        return _WIDTH + number % 2 * (_WIDTH + _ROOM)
