"""Regions answer to the names of the town they are named after.

Nobody lists the Kursk region under Koursk, كورسك and 庫爾斯克, but the city of Kursk has all of these, and people write
"région de Koursk" and 庫爾斯克州. A region whose name, without its place-type word, is the name of a town inside it
takes over that town's names under the step NAMESAKE, which the evidence weighs less than a name of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from normalizer.index.segment import IndexedEntity, NamedKeys, Segment, level_mask
from normalizer.rulebook import LEVELS
from normalizer.text.keys import KeyMaker, Step
from normalizer.text.romanize import script_of

_TOWN = 1 << LEVELS.index("city")
_REGIONS = sum(1 << LEVELS.index(level) for level in ("admin1", "admin2", "admin3"))


def with_namesakes(entities: Sequence[IndexedEntity]) -> list[IndexedEntity]:
    """Return the entities with each region's `namesake` and the names it takes over filled in."""
    towns: dict[tuple[str, str], IndexedEntity] = {}
    for town in sorted(entities, key=lambda entity: entity.population):
        if level_mask(town.kind) == _TOWN:
            keys = {key[1] for name in town.names for key in name.keys if key[2] == Step.FULL and key[1]}
            towns.update({(parent, key): town for parent in town.parents for key in keys})
    return [_inheriting(entity, towns) if level_mask(entity.kind) & _REGIONS else entity for entity in entities]


def _inheriting(region: IndexedEntity, towns: dict[tuple[str, str], IndexedEntity]) -> IndexedEntity:
    votes: dict[str, int] = defaultdict(int)
    found: dict[str, IndexedEntity] = {}
    for key in {
        key[1] for name in region.names for key in name.keys if key[2] in (Step.BARE, Step.ADJECTIVE, Step.FULL)
    }:
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


def _taken_over(value: str, script: str, keys: Iterable[tuple[str, str, int]]) -> NamedKeys:
    full = tuple((exact, latin, int(Step.NAMESAKE)) for exact, latin, step in keys if step == Step.FULL)
    return NamedKeys(value, False, script, full)


def inherited_from(base: Segment, region: IndexedEntity, keymaker: KeyMaker) -> IndexedEntity:
    """Return a changed region with the names that it takes over in a base index; other entities as they are."""
    number = base.ids.find(region.id)
    town = int(base.namesake[number]) if number >= 0 else 0
    if not town:
        return region
    own = {name.value for name in region.names}
    values = [value for value in base.names_of(town - 1) if value not in own]
    names = (_taken_over(value, script_of(value), _keys(value, keymaker)) for value in values)
    return region._replace(namesake=base.ids[town - 1], inherited=tuple(names))


def _keys(value: str, keymaker: KeyMaker) -> list[tuple[str, str, int]]:
    return [(key.exact, key.latin, int(key.step)) for key in keymaker.of_name(value, "place")]
