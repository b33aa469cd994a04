"""Regions answer to the names of the town they are named after.

Nobody lists the Kursk region under Koursk, كورسك and 庫爾斯克, but the city of Kursk has all of these, and people write
"région de Koursk" and 庫爾斯克州. A region whose name, without its place-type word, is the name of a town inside it
takes over that town's names under the step NAMESAKE, which the evidence weighs less than a name of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import REGIONS, TOWN, level_mask
from normalizer.index.segment import Fact, IndexedEntity, NamedKeys, Segment, id_hash
from normalizer.text.keys import Step

_REGION_STEPS = (Step.BARE, Step.ADJECTIVE, Step.FULL)
_MOST_PARENTS = 4
"""Parents of a town that are looked at: as many as `Segment.parents` keeps."""


def with_namesakes(entities: Sequence[IndexedEntity]) -> list[IndexedEntity]:
    """Return the entities, in their order, with each region's `namesake` and the names it takes over filled in."""
    towns: dict[tuple[str, str], IndexedEntity] = {}
    for town in sorted(entities, key=lambda entity: (entity.population, entity.id)):
        if level_mask(town.kind) == TOWN:
            keys = _keys_of(town, (Step.FULL,))
            towns.update({(parent, key): town for parent in _parents(town) for key in keys})
    return [_inheriting(entity, towns) if level_mask(entity.kind) & REGIONS else entity for entity in entities]


def _inheriting(region: IndexedEntity, towns: dict[tuple[str, str], IndexedEntity]) -> IndexedEntity:
    votes: dict[str, int] = defaultdict(int)
    found: dict[str, IndexedEntity] = {}
    for key in _keys_of(region, _REGION_STEPS):
        if town := towns.get((region.id, key)):
            votes[town.id] += 1
            found[town.id] = town
    if not found:
        return region
    town = max(found.values(), key=lambda one: (votes[one.id], one.population, one.id))
    own = {key[0] for name in region.names for key in name.keys}
    inherited = (_taken_over(name.value, name.script, name.keys) for name in town.names)
    return region._replace(
        namesake=town.id, inherited=tuple(n for n in inherited if n.keys and n.keys[0][0] not in own)
    )


def _parents(town: IndexedEntity) -> list[str]:
    return [*dict.fromkeys(town.parents)][:_MOST_PARENTS]


def _keys_of(entity: IndexedEntity, steps: Container[int]) -> set[str]:
    """Return the folded keys that an entity's names get by some steps."""
    return {key[1] for name in entity.names for key in name.keys if key[2] in steps and key[1]}


def _taken_over(value: str, script: str, keys: Iterable[tuple[str, str, int]]) -> NamedKeys:
    full = tuple((exact, latin, int(Step.NAMESAKE)) for exact, latin, step in keys if step == Step.FULL)
    return NamedKeys(value, False, script, full, 0)


def regions_around(base: Segment, ids: Sequence[str], changed: Iterable[IndexedEntity]) -> set[str]:
    """Return the ids of all regions in a base index that hold one of some places, in the index or as changed now."""
    numbers = np.array([number for number in base.ids.find_all(ids) if number >= 0], np.int64)
    towns = numbers[base.facts[numbers, Fact.LEVEL] == TOWN]
    around = {id_hash(parent) for town in changed if level_mask(town.kind) == TOWN for parent in _parents(town)}
    around.update(base.parents[towns].ravel().tolist())
    regions = np.flatnonzero(base.facts[:, Fact.LEVEL].astype(np.int64) & REGIONS)
    found = regions[np.isin(base.own[regions], np.array([*around], np.uint64))]
    return {base.ids[number] for number in found.tolist()}


def towns_for(base: Segment, region: IndexedEntity) -> list[str]:
    """Return the ids of the towns in a base index that a region may be named after, and a few in regions within it."""
    if not level_mask(region.kind) & REGIONS:
        return []
    numbers = [number for number in base.keys.find_all([*_keys_of(region, _REGION_STEPS)]) if number >= 0]
    names = [_bearers(base, number) for number in numbers]
    found = np.unique(base.name_facts[np.concatenate(names), 0]) if names else np.empty(0, np.uint32)
    inside = (base.parents[found] == np.uint64(id_hash(region.id))).any(axis=1)
    return [base.ids[number] for number in found[inside & (base.facts[found, Fact.LEVEL] == TOWN)].tolist()]


def _bearers(base: Segment, key: int) -> NDArray[np.uint32]:
    """Return the numbers of the names that have a key as they stand."""
    links = base.key_links
    here = slice(int(links.starts[key]), int(links.starts[key + 1]))
    names: NDArray[np.uint32] = links.names[here][links.steps[here] == Step.FULL]
    return names


def as_in_base(base: Segment, place: IndexedEntity, changed: Container[str]) -> bool:
    """Tell whether an unchanged place takes over in a base index what it should, seeing which ids have changed."""
    town = int(base.namesake[base.ids.find(place.id)])
    return place.namesake == (base.ids[town - 1] if town else "") and place.namesake not in changed
