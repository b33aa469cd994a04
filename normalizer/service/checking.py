"""A server's gazetteer verified in another process, once it serves: a changed byte must not go on answering unnoticed.

The index has a checksum for every file, which opening compares. Whether the store is as it was written only a whole
reading can tell, which takes seconds of a processor that answers need.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable

from normalizer.store.place import Place

_log = logging.getLogger(__name__)


class Checking:
    """Runs `normalizer gazetteer verify` once; `found` is called with what is wrong, if anything is."""

    def __init__(self, place: Place, found: Callable[[str], None]) -> None:
        command = [sys.executable, "-m", "normalizer.cli.main", "gazetteer", "verify"]
        self._found = found
        self._stopped = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=place.environment,
        )
        self._thread = threading.Thread(target=self._wait, name="checking", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, whatever it has come to."""
        self._stopped = True
        self._process.terminate()
        self._thread.join()

    def _wait(self) -> None:
        _, said = self._process.communicate()
        if self._process.returncode and not self._stopped:
            problem = said.strip().removeprefix("Error: ")
            _log.error("the gazetteer is damaged: %s", problem)
            self._found(problem)
