"""The gazetteer at one revision, as answers see it: a base index, a delta of what changed since, and what to hide.

A snapshot never changes. An edit makes a new one: the entities changed since the base was built are compiled anew
into a small delta, and their old versions are hidden in the base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from normalizer.index.builder import compile_segments
from normalizer.index.columns import Columns, columns_of
from normalizer.index.files import Index
from normalizer.index.namesakes import inherited_from, with_namesakes
from normalizer.index.segment import IndexedEntity, Segment
from normalizer.terms import Entity, State
from normalizer.text.keys import KeyMaker


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and what of it is hidden at this revision."""

    type: str
    segment: Segment
    columns: Columns


@dataclass(frozen=True)
class Snapshot:
    """An immutable view of the gazetteer at `revision`."""

    revision: int
    rulebook: str
    parts: tuple[Part, ...]

    @classmethod
    def of(
        cls,
        base: Index,
        changed: Sequence[Entity],
        parents_of: Mapping[str, tuple[str, ...]],
        revision: int,
        keymaker: KeyMaker,
    ) -> Snapshot:
        """Return the base with `changed` entities (of any state) replaced, at `revision`.

        `parents_of` gives the parents of the changed entities' parents.
        """
        changed_ids = [entity.id for entity in changed]
        parts = [Part(kind, segment, _without(segment, changed_ids)) for kind, segment in base.segments.items()]
        live = [entity for entity in changed if entity.state is State.ACTIVE]
        delta = compile_segments(live, keymaker, parents_of, partial(_inherit, base, keymaker))
        parts += [Part(kind, segment, _without(segment, [])) for kind, segment in delta.items()]
        return cls(revision, base.rulebook, tuple(parts))

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that entities of this snapshot have."""
        return frozenset(part.type for part in self.parts)

    def of_type(self, entity_type: str | None) -> tuple[Part, ...]:
        """Return the parts that hold entities of a type; all of them for None."""
        return tuple(part for part in self.parts if entity_type in (None, part.type))


def _without(segment: Segment, ids: Sequence[str]) -> Columns:
    hidden = np.zeros(len(segment.ids), np.uint8)
    for entity_id in ids:
        number = segment.ids.find(entity_id)
        if number >= 0:
            hidden[number] = 1
    return columns_of(segment, hidden)


def _inherit(base: Index, keymaker: KeyMaker, changed: Sequence[IndexedEntity]) -> list[IndexedEntity]:
    """Let changed regions keep the names that they take over in the base, and new ones take over from new towns."""
    places = base.segments.get("place")
    known = [inherited_from(places, entity, keymaker) for entity in changed] if places else list(changed)
    return [entity if entity.namesake else new for entity, new in zip(known, with_namesakes(changed), strict=True)]
