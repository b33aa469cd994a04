"""A base index with a delta against an index of the same entities compiled at once: nobody can tell them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normalizer.index.builder import join
from normalizer.index.delta import Delta
from normalizer.index.files import Index
from normalizer.index.regions import people_beside
from normalizer.index.segment import Fact, indexed
from normalizer.index.snapshot import Snapshot
from normalizer.matching.describe import has_main_namesake
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity, Name, State
from normalizer.text.keys import KeyMaker

KEYMAKER = KeyMaker(Rulebook.load())
IDS = [f"t:{number}" for number in range(6)]

some = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
spellings = st.sampled_from(
    ["Kursk", "Kursk Oblast", "Курская область", "Курск", "Lgov", "Lgov District", "Koursk", "Kursk City"]
)
places = st.builds(
    lambda id, names, kind, country, parents, population, state: Entity(
        id,
        "place",
        names[0],
        tuple(map(Name, names)),
        kind,
        country,
        tuple(parent for parent in parents if parent != id),
        population=population,
        state=state,
    ),
    st.sampled_from(IDS),
    st.lists(spellings, min_size=1, max_size=3, unique=True),
    st.sampled_from(["city", "city", "admin1", "admin2", "river"]),
    st.sampled_from([None, "RU", "RU", "UA"]),
    st.lists(st.sampled_from(IDS), max_size=6),
    st.sampled_from([0, 5, 1000]),
    st.sampled_from([State.ACTIVE, State.ACTIVE, State.ACTIVE, State.RETIRED]),
)


class World(dict[str, Entity]):
    """What is true, by id."""

    def active(self, ids: Collection[str]) -> Mapping[str, Entity]:
        return {key: self[key] for key in ids if key in self and self[key].state is State.ACTIVE}

    def compiled(self) -> Snapshot:
        """Everything in one base index."""
        entities = [indexed(entity, KEYMAKER) for entity in self.active(self).values()]
        return Snapshot.of(Delta.of(Index(1, "", "rules", join(entities, {}))))


def shown(snapshot: Snapshot) -> dict[str, tuple[object, ...]]:
    """What can be found in a snapshot: of each entity its names, inherited ones included, facts and ancestors.

    And whether it is a region in which most people live in the town that it is named after.
    """
    found = {}
    for part in snapshot.parts:
        for number, entity_id in enumerate(part.segment.ids):
            if not part.columns.hidden[number]:
                assert entity_id not in found, "an entity is shown once"
                names, columns = sorted(part.segment.names_of(number)), part.columns
                ancestors = sorted(part.segment.parents[number].tolist())
                facts = part.segment.facts[number].tobytes()
                found[entity_id] = (part.type, names, facts, ancestors, has_main_namesake(columns, number))
    return found


def grown(delta: Delta, world: World, changed: Iterable[Entity]) -> Delta:
    changed = list(changed)
    world.update({entity.id: entity for entity in changed})
    return delta.grown(changed, delta.revision + 1, world.active, KEYMAKER)


@some
@given(st.lists(places, max_size=9), st.lists(st.lists(places, max_size=2, unique_by=lambda e: e.id), max_size=5))
def test_a_delta_shows_what_a_new_index_would(before: Sequence[Entity], edits: Sequence[Sequence[Entity]]) -> None:
    world = World({entity.id: entity for entity in before})
    delta = world.compiled().delta
    for changed in edits:
        delta = grown(delta, world, changed)
        assert shown(Snapshot.of(delta)) == shown(world.compiled())


REGION = Entity("t:1", "place", "Kursk Oblast", kind="admin1")
TOWN = Entity("t:2", "place", "Kursk", (Name("Kursk"), Name("Koursk")), kind="city", parents=("t:1",))
RIVAL = Entity("t:3", "place", "Kursk", (Name("Kursk"), Name("Cursk")), kind="city", parents=("t:1",), population=9)
STRANGER = Entity("t:4", "place", "Lgov", kind="city", parents=("t:1",))


def names_of_the_region(*edits: Entity, before: Collection[Entity] = (REGION, TOWN, STRANGER)) -> set[str]:
    world = World({entity.id: entity for entity in before})
    delta = world.compiled().delta
    for entity in edits:
        delta = grown(delta, world, [entity])
    names = shown(Snapshot.of(delta))["t:1"][1]
    assert isinstance(names, list)
    return set(names)


def test_a_region_follows_the_town_it_is_named_after() -> None:
    assert names_of_the_region() == {"Kursk Oblast", "Koursk"}
    assert names_of_the_region(replace(TOWN, names=(Name("Qursk"),))) == {"Kursk Oblast", "Qursk"}
    assert names_of_the_region(replace(TOWN, state=State.RETIRED)) == {"Kursk Oblast"}
    assert names_of_the_region(replace(TOWN, parents=())) == {"Kursk Oblast"}
    assert names_of_the_region(RIVAL) == {"Kursk Oblast", "Cursk"}
    assert names_of_the_region(RIVAL, replace(RIVAL, state=State.RETIRED)) == {"Kursk Oblast", "Koursk"}
    assert names_of_the_region(replace(REGION, name="Lgov Oblast")) == {"Lgov Oblast"}
    assert names_of_the_region(REGION, before=[TOWN]) == {"Kursk Oblast", "Koursk"}


def test_what_a_change_does_not_alter_stays_in_the_base() -> None:
    world = World({entity.id: entity for entity in (REGION, TOWN, STRANGER)})
    delta = grown(world.compiled().delta, world, [replace(STRANGER, name="Lhov")])
    assert list(delta.segments()["place"].ids) == ["t:4"]


def test_a_region_of_the_first_level_is_named_after_a_great_city_beside_it() -> None:
    city = replace(TOWN, country="RU", parents=("t:5",), population=900)
    region, inside = replace(REGION, country="RU"), replace(STRANGER, population=1000)
    before = (region, city, inside)
    assert names_of_the_region(before=before) == {"Kursk Oblast", "Koursk"}
    assert names_of_the_region(replace(city, country="UA"), before=before) == {"Kursk Oblast"}
    assert names_of_the_region(replace(city, population=400), before=before) == {"Kursk Oblast"}
    assert names_of_the_region(replace(inside, population=9000), before=before) == {"Kursk Oblast"}
    assert names_of_the_region(replace(region, kind="admin2"), before=before) == {"Kursk Oblast"}
    assert names_of_the_region(replace(city, names=(Name("Qursk"),)), before=before) == {"Kursk Oblast", "Qursk"}
    assert names_of_the_region(replace(city, name="Q", names=(Name("Q"),)), before=before) == {"Kursk Oblast"}


def people_of_the_region(*edits: Entity, before: Collection[Entity] = (REGION, TOWN, RIVAL)) -> int:
    world = World({entity.id: entity for entity in before})
    delta = world.compiled().delta
    for entity in edits:
        delta = grown(delta, world, [entity])
    facts = next(
        part.segment.facts[part.segment.ids.find("t:1")]
        for part in Snapshot.of(delta).parts
        if part.segment.ids.find("t:1") >= 0 and not part.columns.hidden[part.segment.ids.find("t:1")]
    )
    return round(10 ** float(facts[Fact.POPULATION]) - 1)


def test_a_region_has_the_people_of_its_towns_unless_its_own_are_known() -> None:
    assert people_of_the_region() == 9
    assert people_of_the_region(replace(TOWN, population=40)) == 49
    assert people_of_the_region(replace(TOWN, population=40), replace(RIVAL, state=State.RETIRED)) == 40
    assert people_of_the_region(replace(RIVAL, parents=())) == 0
    assert people_of_the_region(replace(REGION, population=7)) == 7
    assert people_of_the_region(replace(REGION, population=7), REGION) == 9
    assert people_of_the_region(replace(REGION, kind="city"), REGION) == 9
    assert people_of_the_region(REGION, before=[RIVAL]) == 9


def test_no_number_of_people_is_too_great_for_an_index() -> None:
    crowd = [indexed(one, KEYMAKER)._replace(population=2**63 - 1) for one in (TOWN, RIVAL)]
    base = join([indexed(REGION, KEYMAKER), *crowd], {})["place"]
    assert base.people[base.ids.find("t:1")] == 2**63 - 1
    villages = [
        indexed(replace(one, parents=("t:9",)), KEYMAKER)._replace(population=2**63 - 1) for one in (TOWN, RIVAL)
    ]
    region = indexed(replace(REGION, id="t:9"), KEYMAKER)
    assert people_beside(join(villages, {})["place"], [region], []) == {"t:9": 2 * (2**63 - 1)}


def test_keys_are_made_once() -> None:
    world = World({entity.id: entity for entity in (REGION, TOWN, STRANGER)})
    once = grown(world.compiled().delta, world, [replace(TOWN, population=7)])
    twice = grown(once, world, [replace(STRANGER, population=7)])
    assert all(twice.changed[key] is entity for key, entity in once.changed.items())
    assert all(twice.beside[key] is entity for key, entity in once.beside.items())
