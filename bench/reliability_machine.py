"""A store under random edits against a model of a page: what every id must lead to, and with which names.

The model knows nothing of versions, documents and redirects. Of each entity it has its names and population, which of
them it took over from others, and what is merged into it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from normalizer.index.builder import Progress
from normalizer.store import Store
from normalizer.terms import Edit, Entity, InvalidInput, Name, State

NAMES = [f"Name {number}" for number in range(6)]
EDIT = Edit("model")
STEPS = 40
MOST = 8
"""Entities of one history: few, so that they meet."""
MEMORY = Path("/dev/shm")
"""Where syncing costs nothing: what the machine looks for is no loss of power."""

counts = st.none() | st.integers(0, 3)


def in_state(state: State, least: int = 1) -> Callable[[Any], Any]:
    """A rule for when so many entities are in a state."""
    return precondition(lambda machine: len(machine.in_state(state)) >= least)


@dataclass
class Thing:
    """An entity as the model sees it."""

    preferred: str
    names: set[str]
    population: int | None
    state: State = State.ACTIVE
    into: str | None = None
    """What it was merged into, which may have been merged since."""
    since: int = 0
    """The step at which it came to lead to its survivor."""
    taken: set[str] = field(default_factory=set)
    """Names that it took over and has not for itself."""
    people_taken: bool = False
    edited: int = 0
    """The step of its last edit."""


class Lifecycle(RuleBasedStateMachine):
    """Rules are edits; what must hold is asked after each."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.store = Store.open(Path(self.folder.name), url, write=True)
        self.things: dict[str, Thing] = {}
        self.before: dict[str, tuple[Entity, Entity, int]] = {}
        """Of each merged id: it and its survivor as they were, and the step."""
        self.seen: list[tuple[int, Entity]] = []
        self.step = 0

    def teardown(self) -> None:
        """What was ever read is still read at its revision, and nothing was altered."""
        for revision, entity in self.seen:
            assert self.store.get(entity.id, revision) == entity
        proof = self.store.verify()
        states = [thing.state for thing in self.things.values()]
        counted = tuple(states.count(state) for state in (State.ACTIVE, State.MERGED, State.RETIRED))
        assert (proof.active, proof.merged, proof.retired) == counted
        self.store.close()
        self.folder.cleanup()

    @initialize(names=st.lists(st.sampled_from(NAMES), min_size=4, max_size=4), people=counts)
    def begin(self, names: list[str], people: int | None) -> None:
        for name in names:
            self.create(name, people)

    @precondition(lambda self: len(self.things) < MOST)
    @rule(name=st.sampled_from(NAMES), people=counts)
    def create(self, name: str, people: int | None) -> None:
        entity_id = self.new_id()
        self.store.create(Entity(entity_id, "place", name, population=people), EDIT)
        self.things[entity_id] = Thing(name, {name}, people)

    @in_state(State.ACTIVE)
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def add_name(self, data: st.DataObject, name: str) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        if name not in thing.names:
            self.store.add_name(entity_id, Name(name), EDIT)
            thing.names.add(name)
            thing.edited = self.step

    @in_state(State.ACTIVE)
    @rule(data=st.data(), people=counts)
    def count_people(self, data: st.DataObject, people: int | None) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        if people != thing.population:
            self.store.update(replace(self.store.get(entity_id), population=people), ["population"], EDIT)
            thing.population, thing.people_taken, thing.edited = people, False, self.step

    @in_state(State.ACTIVE)
    @rule(data=st.data())
    def remove_name(self, data: st.DataObject) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        if others := sorted(thing.names - {thing.preferred}):
            name = data.draw(st.sampled_from(others))
            self.store.remove_name(entity_id, name, EDIT)
            thing.names.remove(name)
            thing.taken.discard(name)
            thing.edited = self.step

    @in_state(State.ACTIVE, least=3)
    @rule(data=st.data())
    def retire(self, data: st.DataObject) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        self.store.retire(entity_id, EDIT)
        thing.state = State.RETIRED

    @in_state(State.RETIRED)
    @rule(data=st.data())
    def revive(self, data: st.DataObject) -> None:
        entity_id, thing = self.pick(data, State.RETIRED)
        self.store.revive(entity_id, EDIT)
        thing.state = State.ACTIVE

    @in_state(State.ACTIVE, least=2)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        entity_id, other = self.pick(data, State.ACTIVE)
        into, survivor = self.pick(data, State.ACTIVE)
        if entity_id == into:
            self.refused(lambda: self.store.merge(entity_id, into, EDIT))
            return
        self.before[entity_id] = (self.store.get(entity_id), self.store.get(into), self.step)
        assert self.store.merge(entity_id, into, EDIT).id == into
        survivor.taken |= other.names - survivor.names
        survivor.names |= other.names
        if survivor.population is None and other.population is not None:
            survivor.population, survivor.people_taken = other.population, True
        for follower in self.leading_to(entity_id):
            self.things[follower].since = self.step
        other.state, other.into, other.since = State.MERGED, into, self.step

    @in_state(State.MERGED)
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        entity_id, thing = self.pick(data, State.MERGED)
        into = thing.into
        if into is None or self.survivor(entity_id) != into:
            self.refused(lambda: self.store.unmerge(entity_id, EDIT))
            return
        own, survivor_before, merged_at = self.before.pop(entity_id)
        restored = self.store.unmerge(entity_id, EDIT)
        assert replace(restored, revision=own.revision) == own, "exactly as it was"
        thing.state, thing.into = State.ACTIVE, None
        for follower in self.leading_to(entity_id):
            self.things[follower].since = self.step
        survivor = self.things[into]
        others = [self.things[one] for one in self.leading_to(into)]
        self.give_back(survivor, others)
        if all(one.since < merged_at for one in others) and survivor.edited < merged_at:
            now = replace(self.store.get(into), revision=survivor_before.revision, state=State.ACTIVE)
            assert now == survivor_before, "the survivor too"
        survivor.edited = self.step

    def give_back(self, survivor: Thing, others: list[Thing]) -> None:
        lost = {name for name in survivor.taken if not any(name in one.names for one in others)}
        survivor.names -= lost
        survivor.taken -= lost
        if survivor.people_taken:
            survivor.population = next((one.population for one in others if one.population is not None), None)
            survivor.people_taken = survivor.population is not None

    @precondition(lambda self: len(self.things) < MOST and self.with_names())
    @rule(data=st.data(), most=st.integers(1, 2))
    def split(self, data: st.DataObject, most: int) -> None:
        entity_id = data.draw(st.sampled_from(self.with_names()))
        thing, new_id = self.things[entity_id], self.new_id()
        moved = sorted(thing.names - {thing.preferred})[:most]
        rest, new = self.store.split(entity_id, new_id, moved, EDIT)
        assert (rest.id, new.id, new.name) == (entity_id, new_id, moved[0])
        thing.names -= {*moved}
        thing.taken -= {*moved}
        thing.edited = self.step
        self.things[new_id] = Thing(moved[0], {*moved}, None)

    @rule(data=st.data())
    def what_is_gone_cannot_be_edited(self, data: st.DataObject) -> None:
        entity_id = data.draw(st.sampled_from(sorted(self.things)))
        state = self.things[entity_id].state
        if state is not State.ACTIVE:
            self.refused(lambda: self.store.add_name(entity_id, Name("New"), EDIT))
            self.refused(lambda: self.store.retire(entity_id, EDIT))
        if state is not State.MERGED:
            self.refused(lambda: self.store.unmerge(entity_id, EDIT))
        if state is not State.RETIRED:
            self.refused(lambda: self.store.revive(entity_id, EDIT))

    @invariant()
    def every_id_resolves(self) -> None:
        """Every id ever published leads to its survivor, which has the names it should have."""
        self.step += 1
        revision = self.store.revision
        for entity_id in self.things:
            found = self.store.get(entity_id)
            survivor = self.survivor(entity_id)
            thing = self.things[survivor]
            assert (found.id, found.state, found.name) == (survivor, thing.state, thing.preferred)
            assert {name.value for name in found.names} == thing.names
            assert found.population == thing.population
            self.seen.append((revision, found))
        self.seen = self.seen[-200:]

    def survivor(self, entity_id: str) -> str:
        while (into := self.things[entity_id].into) is not None:
            entity_id = into
        return entity_id

    def leading_to(self, entity_id: str) -> list[str]:
        """Whatever is merged into an entity, directly or not, as it came."""
        found = [one for one in self.things if one != entity_id and self.survivor(one) == entity_id]
        return sorted(found, key=lambda one: (self.things[one].since, one))

    def with_names(self) -> list[str]:
        """What has a name that can be moved."""
        things = self.things.items()
        return sorted(key for key, one in things if one.state is State.ACTIVE and len(one.names) > 1)

    def new_id(self) -> str:
        return f"x:{len(self.things):03d}"

    def pick(self, data: st.DataObject, state: State) -> tuple[str, Thing]:
        """Some entity in a state."""
        entity_id = data.draw(st.sampled_from(self.in_state(state)))
        return entity_id, self.things[entity_id]

    def in_state(self, state: State) -> list[str]:
        """The ids of all entities in a state."""
        return sorted(key for key, thing in self.things.items() if thing.state is state)

    def refused(self, edit: Any) -> None:
        revision = self.store.revision
        try:
            edit()
        except InvalidInput:
            assert self.store.revision == revision
        else:
            raise AssertionError("must be refused")


def run(examples: int, steps: int, url: Callable[[], str | None] = lambda: None) -> None:
    """Let the machine make so many histories of so many edits. Raises AssertionError with the shortest that fails.

    `url` makes an empty PostgreSQL database for each of them; SQLite without.
    """
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    class There(Lifecycle):
        def __init__(self) -> None:
            super().__init__(url())

    run_state_machine_as_test(There, settings=profile)


def measure(histories: int, progress: Progress) -> dict[str, Any]:
    """Run so many histories of at most forty edits."""
    progress("playing histories", 0, 1)
    run(histories, STEPS)
    progress("playing histories", 1, 1)
    return {"histories": histories, "edits in each, at most": STEPS, "differences from the model": 0}
