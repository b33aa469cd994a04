"""What was found lately: names come again and again in what people write, and need not be looked up each time.

A snapshot never changes, so what was found in it stays true as long as it is there; with it, what was found is gone.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, Iterable
from itertools import islice

from normalizer.index.snapshot import Snapshot
from normalizer.matching.match import Matches

REMEMBERED = 2_000
"""Mentions whose candidates are kept, some 3 KB each; 30 KB where names stand beside them."""


class Recent:
    """Candidates of the mentions that one snapshot was asked last. Safe to share between threads.

    Another snapshot takes the place of the one before, as after an edit.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._snapshot: Callable[[], Snapshot | None] = lambda: None
        self._found: dict[Hashable, Matches] = {}
        """Those asked last are at the end."""

    def found(self, snapshot: Snapshot, keys: Iterable[Hashable]) -> dict[Hashable, Matches]:
        """Return what is remembered of some mentions."""
        with self._lock:
            known = self._of(snapshot)
            again = {key: known.pop(key) for key in keys if key in known}
            known.update(again)
        return again

    def keep(self, snapshot: Snapshot, found: Iterable[tuple[Hashable, Matches]]) -> None:
        """Remember what was found, in the place of what has not been asked for longest."""
        with self._lock:
            known = self._of(snapshot)
            known.update(found)
            for key in [*islice(known, max(0, len(known) - self._most))]:
                del known[key]

    def _of(self, snapshot: Snapshot) -> dict[Hashable, Matches]:
        if self._snapshot() is not snapshot:
            found = self._found = {}
            self._snapshot = weakref.ref(snapshot, lambda gone: found.clear())
        return self._found
