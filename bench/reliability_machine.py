"""A store under random edits against a model of a page: what every id must lead to, and with which names.

The model knows nothing of versions, documents and redirects. Of each entity it has the parts that are its own (its
names with their sources, and its population), and of those that others brought, who did, in which order. What there was
before the last edit it has as a copy, which a revert takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from copy import deepcopy
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
SOURCES = [f"Source {number}" for number in range(2)]
PEOPLE = "people"
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
    own: dict[str, object]
    """Its names, each with its source; under PEOPLE its population."""
    state: State = State.ACTIVE
    into: str | None = None
    """What it was merged into, which may have been merged since."""
    since: int = 0
    """The step at which it came to lead to its survivor."""
    brought: dict[str, list[str]] = field(default_factory=dict)
    """Of what others brought, and no edit took away since: who did, the first one first."""
    edited: int = 0
    """The step of its last edit."""

    def lose(self, part: str) -> None:
        """An edit takes it away, whoever brought it."""
        self.own.pop(part, None)
        self.brought.pop(part, None)


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
        self.former = (0, self.things, self.before)
        """The revision before the last, with `things` and `before` as they were then."""
        self.latest = (0, self.things, self.before)
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
        names = (Name(name, source=entity_id),)
        self.store.create(Entity(entity_id, "place", name, names, population=people), EDIT)
        self.things[entity_id] = Thing(name, {name: entity_id} | ({} if people is None else {PEOPLE: people}))

    @in_state(State.ACTIVE)
    @rule(data=st.data(), name=st.sampled_from(NAMES), source=st.sampled_from(SOURCES))
    def add_name(self, data: st.DataObject, name: str, source: str) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        known = self.has(entity_id).get(name)
        self.store.add_name(entity_id, Name(name, source=source), EDIT)
        if source != known:
            thing.own[name] = source
            thing.edited = self.step

    @in_state(State.ACTIVE)
    @rule(data=st.data(), people=counts)
    def count_people(self, data: st.DataObject, people: int | None) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        if people != self.has(entity_id).get(PEOPLE):
            self.store.update(replace(self.store.get(entity_id), population=people), ["population"], EDIT)
            thing.edited = self.step
            if people is None:
                thing.lose(PEOPLE)
            else:
                thing.own[PEOPLE] = people

    @in_state(State.ACTIVE)
    @rule(data=st.data())
    def remove_name(self, data: st.DataObject) -> None:
        entity_id, thing = self.pick(data, State.ACTIVE)
        if others := sorted(self.movable(entity_id)):
            name = data.draw(st.sampled_from(others))
            self.store.remove_name(entity_id, name, EDIT)
            thing.lose(name)
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
        for part in self.has(entity_id):
            survivor.brought.setdefault(part, []).append(entity_id)
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
        left = {part: [one for one in by if one != entity_id] for part, by in survivor.brought.items()}
        survivor.brought = {part: by for part, by in left.items() if by}
        if all(one.since < merged_at for one in others) and survivor.edited < merged_at:
            now = replace(self.store.get(into), revision=survivor_before.revision, state=State.ACTIVE)
            assert now == survivor_before, "the survivor too"
        survivor.edited = self.step

    @precondition(lambda self: len(self.things) < MOST and self.with_names())
    @rule(data=st.data(), most=st.integers(1, 2))
    def split(self, data: st.DataObject, most: int) -> None:
        entity_id = data.draw(st.sampled_from(self.with_names()))
        thing, new_id = self.things[entity_id], self.new_id()
        moved = dict(sorted(self.movable(entity_id).items())[:most])
        first = next(iter(moved))
        rest, new = self.store.split(entity_id, new_id, [*moved], EDIT)
        assert (rest.id, new.id, new.name) == (entity_id, new_id, first)
        for name in moved:
            thing.lose(name)
        thing.edited = self.step
        self.things[new_id] = Thing(first, moved)

    @precondition(lambda self: self.former[0])
    @rule()
    def revert(self) -> None:
        """The last change: all is as it was, but that what it created is retired."""
        self.store.revert(self.latest[0], EDIT)
        _, things, self.before = self.former
        created = {key: replace(one, state=State.RETIRED) for key, one in self.things.items() if key not in things}
        self.things = {**things, **created}

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
        if revision != self.latest[0]:
            self.former, self.latest = self.latest, (revision, deepcopy(self.things), {**self.before})
        for entity_id in self.things:
            found = self.store.get(entity_id)
            survivor = self.survivor(entity_id)
            thing = self.things[survivor]
            assert (found.id, found.state, found.name) == (survivor, thing.state, thing.preferred)
            people = {} if found.population is None else {PEOPLE: found.population}
            assert {name.value: name.source for name in found.names} | people == self.has(survivor)
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
        return [key for key in self.in_state(State.ACTIVE) if self.movable(key)]

    def has(self, entity_id: str) -> dict[str, object]:
        """The parts of an entity: its own, and where it has none, those of the first that brought one."""
        thing = self.things[entity_id]
        return {part: self.has(by[0])[part] for part, by in thing.brought.items()} | thing.own

    def movable(self, entity_id: str) -> dict[str, object]:
        """The names of an entity, without the preferred one."""
        kept = (self.things[entity_id].preferred, PEOPLE)
        return {part: value for part, value in self.has(entity_id).items() if part not in kept}

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
