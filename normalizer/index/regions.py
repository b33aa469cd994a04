"""What regions take over from their towns: the names of the one they are named after, and the people of all.

Nobody lists the Kursk region under Koursk, كورسك and 庫爾斯克, but the city of Kursk has all of these, and people write
"région de Koursk" and 庫爾斯克州. A region whose name, without its place-type word, is the name of a town inside it
takes over that town's names under the step NAMESAKE, which the evidence weighs less than a name of its own. So does a
region of the first level around a great city that is a region itself, as Moscow is in the middle of Moscow Oblast.
A bare name is the town's, unless the town is called otherwise: Oklahoma City.

Few gazetteers say how many people a region has. Where it is not said, they are those of its towns: enough to tell that
a bare "Minnesota" is no village of that name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import REGIONS, TOWN
from normalizer.index.segment import Fact, IndexedEntity, NamedKeys, Segment, country_code, id_hash
from normalizer.rulebook import LEVELS
from normalizer.text.keys import Step

_REGION_STEPS = (Step.BARE, Step.ADJECTIVE, Step.FULL)
_FIRST_LEVEL = 1 << LEVELS.index("admin1")
_MOST_PEOPLE = 2**63 - 1
"""What a segment can hold. An index that an earlier version compiled may have a single town of so many."""
_GREAT = 0.5
"""Share of the people in a region's towns that a town outside must have, if the region is to be named after it."""
_NOBODY: Mapping[str, int] = MappingProxyType({})


def with_towns(entities: Sequence[IndexedEntity], beside: Mapping[str, int] = _NOBODY) -> list[IndexedEntity]:
    """Return the entities, in their order, with what each region takes over from the towns among them filled in.

    `beside`: by id of a region, how many people are in towns of it that are not among the entities.
    """
    asked = set().union(*(_keys_of(entity, _REGION_STEPS) for entity in entities if entity.is_region))
    towns: dict[tuple[str, str], IndexedEntity] = {}
    people: defaultdict[str, int] = defaultdict(int, beside)
    for town in sorted(
        (entity for entity in entities if entity.is_town), key=lambda entity: (entity.population, entity.id)
    ):
        keys = _keys_of(town, (Step.FULL,)) & asked
        for where in (*town.around, town.country) if keys else ():
            towns.update({(where, key): town for key in keys if where})
        for region in town.around:
            people[region] += town.population
    return [
        _inheriting(entity._replace(in_towns=min(people[entity.id], _MOST_PEOPLE)), towns)
        if entity.is_region
        else entity
        for entity in entities
    ]


def _inheriting(region: IndexedEntity, towns: dict[tuple[str, str], IndexedEntity]) -> IndexedEntity:
    keys = _keys_of(region, _REGION_STEPS)
    found = [town for key in keys if (town := towns.get((region.id, key)))]
    if not found and region.level == _FIRST_LEVEL:
        great = (town for key in keys if (town := towns.get((region.country, key))))
        found = [town for town in great if town.population > _GREAT * region.in_towns]
    if not found:
        return region
    votes = Counter(town.id for town in found)
    town = max(found, key=lambda one: (votes[one.id], one.population, one.id))
    own = {key[0] for name in region.names for key in name.keys}
    inherited = (_taken_over(name.value, name.script, name.keys) for name in town.names)
    taken_over = tuple(name for name in inherited if name.keys and name.keys[0][0] not in own)
    if region.level == _FIRST_LEVEL and _has_word_for_town(region, town):
        return region._replace(inherited=taken_over)
    return region._replace(namesake=town.id, in_namesake=town.people, inherited=taken_over)


def _has_word_for_town(region: IndexedEntity, town: IndexedEntity) -> bool:
    """Tell whether a town's preferred name is the region's with a word for a town: Oklahoma, Oklahoma City.

    Then the bare name is the region's, and what else the town is called says nothing to the contrary.
    """
    called, whole = _preferred_keys(region, Step.FULL), _preferred_keys(town, Step.FULL)
    return called.isdisjoint(whole) and not called.isdisjoint(_preferred_keys(town, Step.BARE))


def _preferred_keys(entity: IndexedEntity, step: Step) -> set[str]:
    return {key[1] for name in entity.names if name.preferred for key in name.keys if key[2] == step}


def _keys_of(entity: IndexedEntity, steps: Container[int]) -> set[str]:
    """Return the folded keys that an entity's names get by some steps."""
    return {key[1] for name in entity.names for key in name.keys if key[2] in steps and key[1]}


def _taken_over(value: str, script: str, keys: Iterable[tuple[str, str, int]]) -> NamedKeys:
    full = tuple((exact, latin, int(Step.NAMESAKE)) for exact, latin, step in keys if step == Step.FULL)
    return NamedKeys(value, False, script, full, 0)


def regions_around(base: Segment, ids: Sequence[str], changed: Iterable[IndexedEntity]) -> set[str]:
    """Return the ids of all regions in a base index that some places, in it or as changed now, may bear upon.

    They hold one of these places, or are named after it, or may be, being of its country.
    """
    changed = [place for place in changed if place.is_town]
    numbers = np.array([number for number in base.ids.find_all(ids) if number >= 0], np.int64)
    towns = numbers[base.facts[numbers, Fact.LEVEL] == TOWN]
    around = {id_hash(parent) for town in changed for parent in town.around}
    around.update(base.parents[towns].ravel().tolist())
    regions = np.flatnonzero(base.facts[:, Fact.LEVEL].astype(np.int64) & REGIONS)
    holding = np.isin(base.own[regions], np.array([*around], np.uint64))
    named = np.isin(base.namesake[regions], towns + 1)
    like = [_bearers(base, _keys_of(town, (Step.FULL,)), _REGION_STEPS, town.country) for town in changed]
    found = np.unique(np.concatenate([regions[holding | named], *like]))
    return {base.ids[number] for number in found.tolist() if int(base.facts[number, Fact.LEVEL]) & REGIONS}


def towns_for(base: Segment, region: IndexedEntity) -> list[str]:
    """Return the ids of the towns in a base index that a region may be named after, and a few in regions within it."""
    if not region.is_region:
        return []
    keys = _keys_of(region, _REGION_STEPS)
    found = _bearers(base, keys, (Step.FULL,))
    here = (base.parents[found] == np.uint64(id_hash(region.id))).any(axis=1)
    if region.level == _FIRST_LEVEL:
        here |= np.isin(found, _bearers(base, keys, (Step.FULL,), region.country))
    found = found[here]
    return [base.ids[number] for number in found[base.facts[found, Fact.LEVEL] == TOWN].tolist()]


def _bearers(
    base: Segment, keys: Iterable[str], steps: Sequence[Step], country: str | None = None
) -> NDArray[np.int64]:
    """Return the numbers of the entities whose names have one of some keys by some steps; with `country`, of that."""
    links = base.key_links
    found = [np.empty(0, np.int64)]
    for key in (number for number in base.keys.find_all([*keys]) if number >= 0):
        here = slice(int(links.starts[key]), int(links.starts[key + 1]))
        names = links.names[here][np.isin(links.steps[here], steps)]
        found.append(base.name_facts[names, 0].astype(np.int64))
    entities = np.unique(np.concatenate(found))
    if country is None:
        return entities
    return entities[base.facts[entities, Fact.COUNTRY] == country_code(country)] if country else entities[:0]


def people_beside(base: Segment, places: Iterable[IndexedEntity], ids: Collection[str]) -> dict[str, int]:
    """Return how many people are in towns of a base index, by region among some places, without the towns in `ids`."""
    gone = [number for number in base.ids.find_all([*ids]) if number >= 0 and base.facts[number, Fact.LEVEL] == TOWN]
    lost: defaultdict[int, int] = defaultdict(int)
    for town in gone:
        for parent in base.parents[town, : base.direct[town]].tolist():
            lost[parent] += int(base.people[town])
    return {place.id: _in_towns(base, place.id) - lost[id_hash(place.id)] for place in places if place.is_region}


def _in_towns(base: Segment, region: str) -> int:
    """Return how many people are in the towns that a base index holds of what is a region now."""
    number = base.ids.find(region)
    if number >= 0 and int(base.facts[number, Fact.LEVEL]) & REGIONS:
        return int(base.people[number])
    at = base.parents == np.uint64(id_hash(region))
    direct = np.arange(base.parents.shape[1]) < base.direct[:, None]
    inside = (at & direct).any(axis=1) & (base.facts[:, Fact.LEVEL] == TOWN)
    return sum(base.people[inside].tolist())  # which, unlike NumPy's, never wraps around


def as_in_base(base: Segment, place: IndexedEntity, changed: Container[str]) -> bool:
    """Tell whether an unchanged place takes over in a base index what it should, seeing which ids have changed.

    A region may have names of a town that it is not said to be named after, see `_has_word_for_town`.
    """
    number = base.ids.find(place.id)
    town = int(base.namesake[number])
    same = place.namesake == (base.ids[town - 1] if town else "") and place.namesake not in changed
    if not place.is_region:
        return same
    names = [name.value for name in (*place.names, *place.inherited)]
    return same and place.in_towns == int(base.people[number]) and (bool(town) or names == base.names_of(number))
