"""What was found lately: names come again and again in what people write, and need not be looked up each time.

A snapshot never changes, so what was found in it stays true as long as it is there; with it, what was found is gone.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable, Iterable

from normalizer.index.snapshot import Snapshot
from normalizer.matching.match import Matches

REMEMBERED = 2_000
"""Mentions whose candidates are kept, some 3 KB each."""
_SNAPSHOTS = 2
"""Snapshots that are remembered: the newest, and one that somebody pins or that a call began with."""


class Recent:
    """Candidates of the mentions that each of the last two snapshots was asked last. Safe to share between threads."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: dict[int, tuple[weakref.ref[Snapshot], OrderedDict[Hashable, Matches]]] = {}
        """By id of the snapshot, for as long as it is there; mentions asked last are at the end."""

    def found(self, snapshot: Snapshot, keys: Iterable[Hashable]) -> dict[Hashable, Matches]:
        """Return what is remembered of some mentions."""
        with self._lock:
            if id(snapshot) not in self._found:
                return {}
            _, known = self._found[id(snapshot)]
            again = {key: known[key] for key in keys if key in known}
            for key in again:
                known.move_to_end(key)
        return again

    def keep(self, snapshot: Snapshot, found: Iterable[tuple[Hashable, Matches]]) -> None:
        """Remember what was found, in the place of what has not been asked for longest."""
        with self._lock:
            before = self._found.pop(id(snapshot), None)
            there, known = before or (self._watched(snapshot), OrderedDict())
            self._found[id(snapshot)] = there, known  # at the end: asked last
            known.update(found)
            while len(known) > self._most:
                known.popitem(last=False)
            for oldest in [*self._found][:-_SNAPSHOTS]:
                self._found.pop(oldest, None)

    def _watched(self, snapshot: Snapshot) -> weakref.ref[Snapshot]:
        """Return a reference that forgets the snapshot when it is gone, or nothing if it is forgotten before."""
        found, number = self._found, id(snapshot)
        return weakref.ref(snapshot, lambda gone: found.pop(number, None))
