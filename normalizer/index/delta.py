"""What changed since a base index was built, with its keys, so that the next change costs only what is new of it.

A region takes over names and people of its towns (`regions`), so a change bears upon unchanged places too. A delta
therefore also knows the regions around each changed town, and of these and of each changed region the towns that it may
be named after. Of them, only the regions that no longer take over what they do in the base are compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from normalizer.index.builder import join
from normalizer.index.files import Index
from normalizer.index.regions import as_in_base, people_beside, regions_around, towns_for, with_towns
from normalizer.index.segment import IndexedEntity, Segment, id_hash, indexed
from normalizer.terms import Entity, State
from normalizer.text.keys import KeyMaker

Lookup = Callable[[Collection[str]], Mapping[str, Entity]]
"""Gives those of some entities that are there and active, by id."""


@dataclass(frozen=True)
class Delta:
    """The changes from a base index to `revision`. Never changes itself: `grown` returns a new one."""

    base: Index
    revision: int
    changed: Mapping[str, IndexedEntity | None] = field(default_factory=dict)
    """By id, what each changed entity is now; None for one that is no answer any more."""
    beside: Mapping[str, IndexedEntity] = field(default_factory=dict)
    """By id, unchanged places that changes may bear upon."""
    parents_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The parents of those parents that are in neither."""

    @classmethod
    def of(cls, base: Index) -> Delta:
        """Return the delta of an index in which nothing has changed."""
        return cls(base, base.revision)

    def grown(
        self,
        changed: Sequence[Entity],
        revision: int,
        lookup: Lookup,
        keymaker: KeyMaker,
        rerouted: Collection[str] = (),
    ) -> Delta:
        """Return this delta with some entities, of any state, as they became by `revision`; `lookup` gives others.

        `rerouted` are ids that parents stand for otherwise since: what lies in one of them is looked up anew, with the
        parents it has now; and so is what lies in an entity that has other parents itself.
        """
        new = {entity.id: indexed(entity, keymaker) if entity.state is State.ACTIVE else None for entity in changed}
        moved = frozenset(key for key, entity in new.items() if self._around(key) != _around(entity))
        under = self._within(frozenset(rerouted)) | self._under(moved)
        if under:
            within = lookup(under - new.keys())
            new |= {key: indexed(entity, keymaker) for key, entity in within.items()}
        now = {**self.changed, **new}
        beside = {key: place for key, place in self.beside.items() if key not in new}
        beside |= self._borne_upon(new, now.keys() | beside.keys(), lookup, keymaker)
        parents = self._parents({**now, **beside}, lookup, frozenset(rerouted))
        return Delta(self.base, revision, now, beside, parents)

    def _borne_upon(
        self, new: Mapping[str, IndexedEntity | None], known: Collection[str], lookup: Lookup, keymaker: KeyMaker
    ) -> dict[str, IndexedEntity]:
        """Return the places, of those not known, that new changes bear upon."""
        base = self.base.segments.get("place")
        if base is None:
            return {}

        def missing(ids: Collection[str]) -> dict[str, IndexedEntity]:
            found = lookup([key for key in ids if key not in known])
            return {key: indexed(entity, keymaker) for key, entity in found.items()}

        places = [*_places(new)]
        around = missing(regions_around(base, [*new], places))
        return around | missing({town for region in [*around.values(), *places] for town in towns_for(base, region)})

    def _around(self, entity_id: str) -> list[int]:
        """Return the hashes of the parents that an entity has here; none when it is not there."""
        if entity_id in self.changed:
            return _around(self.changed[entity_id])
        for segment in self.base.segments.values():
            number = segment.ids.find(entity_id)
            if number >= 0:
                parents: list[int] = segment.parents[number, : segment.direct[number]].tolist()
                return parents
        return []

    def _under(self, regions: frozenset[str]) -> set[str]:
        """Return the ids of what has one of some regions as a parent in the base."""
        hashes = np.array([id_hash(region) for region in regions], np.uint64)
        return {
            segment.ids[number]
            for segment in self.base.segments.values()
            if regions
            for number in np.flatnonzero(_is_parent(segment, hashes).any(axis=1)).tolist()
        }

    def _within(self, regions: frozenset[str]) -> set[str]:
        """Return the ids of all that is known to lie in some regions, or in what lies in them."""
        if not regions:
            return set()
        known = {**self.changed, **self.beside}
        found = {key for key, entity in known.items() if entity and not regions.isdisjoint(entity.parents)}
        hashes = np.array([id_hash(region) for region in regions], np.uint64)
        for segment in self.base.segments.values():
            found.update(
                segment.ids[int(number)] for number in np.flatnonzero(np.isin(segment.parents, hashes).any(axis=1))
            )
        return found

    def _parents(
        self, entities: Mapping[str, IndexedEntity | None], lookup: Lookup, rerouted: frozenset[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the parents of all parents of some entities that are not among them."""
        wanted = {parent for entity in entities.values() if entity for parent in entity.parents} - entities.keys()
        known = {
            key: parents
            for key, parents in self.parents_of.items()
            if key in wanted and rerouted.isdisjoint((key, *parents))
        }
        found = {key: entity.parents for key, entity in lookup(wanted - known.keys()).items()}
        return dict.fromkeys(wanted, ()) | known | found

    def segments(self) -> dict[str, Segment]:
        """Compile what differs from the base into one segment per type."""
        others = [entity for entity in self.changed.values() if entity and entity.type != "place"]
        base, places = self.base.segments.get("place"), [*_places(self.changed), *self.beside.values()]
        known = self.changed.keys() | self.beside.keys()
        places = with_towns(places, people_beside(base, places, known) if base else {})
        parents = {**self.parents_of, **{place.id: place.parents for place in self.beside.values()}}
        return join([*others, *filter(self._differs, places)], parents, list)

    def _differs(self, place: IndexedEntity) -> bool:
        base = self.base.segments.get("place")
        return base is None or place.id in self.changed or not as_in_base(base, place, self.changed)


def _around(entity: IndexedEntity | None) -> list[int]:
    return [id_hash(parent) for parent in entity.around] if entity else []


def _is_parent(segment: Segment, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell of each ancestor that a segment has whether it is a parent, and one of some entities."""
    direct: NDArray[np.bool_] = np.arange(segment.parents.shape[1]) < segment.direct[:, None]
    return direct & np.isin(segment.parents, hashes)


def _places(entities: Mapping[str, IndexedEntity | None]) -> Iterator[IndexedEntity]:
    return (entity for entity in entities.values() if entity and entity.type == "place")
