"""One writer per data directory, held by a lock of the operating system.

A lock *file* that exists or not would outlive a killed process and need a person to remove it. `flock` is released by
the kernel when the process ends, however it ends. The file holds the pid of the holder, only for the message; it is
never removed, since removing it would let two processes lock two files of one name.

The processes of one server hold the right together: one takes it and forks the others.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from normalizer.terms import GazetteerInUse, NormalizerError

LOCK_NAME = "writer.lock"


class WriterLock:
    """The right to write a data directory, from construction to `release`.

    Raises GazetteerInUse when somebody holds it, OSError when the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace") or "unknown"
            os.close(self._file)
            raise GazetteerInUse(
                f"{directory} is being written by the process with pid {holder}: send the edits to that process (a "
                "server takes them over gRPC: GazetteerService), or stop it first (reading needs no lock)"
            ) from None
        except BaseException:
            os.close(self._file)
            raise

    def shared(self) -> WriterLock:
        """Return the same right once more, here or in a forked process: it ends when all are released."""
        other = object.__new__(WriterLock)
        other._file = os.dup(self._file)
        return other

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the one process that writes now, of those that hold the right; raises NormalizerError after `release`.

        SQLite has them wait as well, but asleep: while others write without a pause, one is late for seconds.
        """
        if self._file < 0:
            raise NormalizerError("the gazetteer is closed: open it again")
        fcntl.lockf(self._file, fcntl.LOCK_EX)  # of this process alone, where that of `flock` is of all
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def release(self) -> None:
        """Let the next writer in, if nobody else holds the same right."""
        file, self._file = self._file, -1
        os.close(file)
