"""A server's gazetteer verified in another process, once it serves: a changed byte must not go on answering unnoticed.

The index has a checksum for every file, which opening compares. Whether the store is as it was written only a whole
reading can tell, which takes seconds of a processor that answers need. A database that is away is no damage: it is
verified when it is back.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable

from normalizer.gazetteer import Gazetteer
from normalizer.store.place import Place
from normalizer.terms import NormalizerError, StoreUnavailable

_AWAY = 75
"""The exit code of a process that could not reach the store."""
_PAUSE = 30.0
"""Seconds until it is tried again then."""

_log = logging.getLogger(__name__)


class Checking:
    """Verifies once; `found` is called with what is wrong, if anything is."""

    def __init__(self, place: Place, found: Callable[[str], None]) -> None:
        self._place = place
        self._found = found
        self._stopping = threading.Event()
        self._process = self._started()
        self._thread = threading.Thread(target=self._wait, name="checking", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, whatever it has come to."""
        self._stopping.set()
        self._process.terminate()
        self._thread.join()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self._place.environment,
        )

    def _wait(self) -> None:
        _, said = self._process.communicate()
        while self._process.returncode == _AWAY and not self._stopping.wait(_PAUSE):
            self._process = self._started()
            if self._stopping.is_set():
                self._process.terminate()
            _, said = self._process.communicate()
        if self._process.returncode and not self._stopping.is_set():
            _log.error("the gazetteer is damaged: %s", said.strip())
            self._found(said.strip())


def main() -> None:
    """Verify the gazetteer that the environment names."""
    try:
        with Gazetteer.open(Place.of()) as gazetteer:
            gazetteer.verify()
    except StoreUnavailable:
        sys.exit(_AWAY)
    except NormalizerError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
