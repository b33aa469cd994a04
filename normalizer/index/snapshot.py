"""The gazetteer at one revision, as answers see it: a base index, a delta of what changed since, and what to hide.

A snapshot never changes. An edit makes a new one: what differs from the base is compiled into small segments, and the
old versions are hidden in the base.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, columns_of
from normalizer.index.delta import Delta
from normalizer.index.parts import Part, Parts
from normalizer.index.segment import Segment
from normalizer.index.shares import Counted, Shares

_SIZED = 0.05
"""Share of the places with a population, from which on one without it is taken to be small."""
_WRITTEN = 0.01
"""Share of the entities with a name in a script, from which on the gazetteer is said to write names in it."""


_NONE = np.empty(0, np.int64)


@dataclass(frozen=True)
class Snapshot:
    """An immutable view of the gazetteer at the revision of its delta."""

    delta: Delta
    parts: Parts

    @classmethod
    def of(cls, delta: Delta) -> Snapshot:
        """Return the base of a delta with everything that the delta changes in its place."""
        segments = delta.segments()
        replaced = {*delta.changed}.union(*(segment.ids for segment in segments.values()))
        base = delta.base.segments
        gone = {kind: _numbers(one, replaced) for kind, one in base.items()}
        sized = {kind: _is_sized(delta, kind, segments) for kind in (*base, *segments)}
        scripts = {kind: _scripts(delta, kind, segments, gone.get(kind, _NONE)) for kind in (*base, *segments)}
        parts = [Part(kind, one, _without(one, gone[kind], sized[kind]), scripts[kind]) for kind, one in base.items()]
        parts += [Part(kind, one, _without(one, _NONE, sized[kind]), scripts[kind]) for kind, one in segments.items()]
        return cls(delta, Parts(parts))

    @property
    def revision(self) -> int:
        """The revision of the store that it shows."""
        return self.delta.revision

    @property
    def rulebook(self) -> str:
        """The version of the rulebook that its keys were made by."""
        return self.delta.base.rulebook

    @cached_property
    def shares(self) -> Shares:
        """How much of the gazetteer lies where; what was changed counts as it was and as it is."""
        base = self.delta.base
        of_base = {id(segment) for segment in base.segments.values()}
        changed = Counted.of(part.segment for part in self.parts if id(part.segment) not in of_base)
        return Shares([base.counted, changed])

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that entities of this snapshot have."""
        return frozenset(part.type for part in self.parts)

    def shows(self, entity_id: str) -> bool:
        """Tell whether an entity is there and active, and can be an answer."""
        found = ((part, part.segment.ids.find(entity_id)) for part in self.parts)
        return any(at >= 0 and not part.columns.hidden[at] for part, at in found)

    def of_type(self, entity_type: str | None) -> tuple[Part, ...]:
        """Return the parts that hold entities of a type; all of them for None."""
        return tuple(part for part in self.parts if entity_type in (None, part.type))


def _is_sized(delta: Delta, kind: str, changed: Mapping[str, Segment]) -> bool:
    """Tell whether the gazetteer says of one place in twenty how many people live there; true of what is no place."""
    counts = [delta.base.sized.get(kind, (0, 0)), changed[kind].sized if kind in changed else (0, 0)]
    known, every = map(sum, zip(*counts, strict=True))
    return kind != "place" or known >= _SIZED * every


def _scripts(delta: Delta, kind: str, changed: Mapping[str, Segment], gone: NDArray[np.int64]) -> frozenset[int]:
    """Return the scripts in which the gazetteer writes names of one in a hundred of the entities of a type.

    `gone`: the numbers of those of the base that are hidden.
    """
    counted, every = Counter[int](), -gone.size
    if base := delta.base.segments.get(kind):
        counted.update(delta.base.written[kind])
        counted.subtract(base.written_by(gone))
        every += len(base.ids)
    if new := changed.get(kind):
        counted.update(new.written)
        every += len(new.ids)
    return frozenset(script for script, count in counted.items() if count and count >= _WRITTEN * every)


def _numbers(segment: Segment, ids: Collection[str]) -> NDArray[np.int64]:
    """Return the numbers of those of some ids that a segment has."""
    return np.array([number for number in segment.ids.find_all([*ids]) if number >= 0], np.int64)


def _without(segment: Segment, gone: NDArray[np.int64], sized: bool) -> Columns:
    hidden = np.zeros(len(segment.ids), np.uint8)
    hidden[gone] = 1
    return columns_of(segment, hidden, sized)
