"""The store: what an edit does, what it refuses, and what survives."""

from __future__ import annotations

import math
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from stores import ANN, KURSK, SUDZHA, in_a_file, numbered, tamper

from normalizer.store import Store, version, view
from normalizer.store.codec import decode, encode
from normalizer.store.place import Place
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import (
    MAX_FACTS,
    MAX_NAMES,
    AlreadyExists,
    Edit,
    Entity,
    GazetteerInUse,
    InvalidInput,
    Name,
    NameKind,
    NormalizerError,
    StaleEtag,
    State,
    UnknownEntity,
    Verb,
)


def changed_since(store: Store, revision: int) -> list[Entity]:
    with store.view() as view:
        return view.changed_since(revision)


def documents(store: Store, until: int) -> list[str]:
    with store.view() as view:
        return list(view.documents(until))


def forms(entity: Entity) -> list[tuple[str, str]]:
    return [(name.value, name.kind.value) for name in entity.names]


# What edits do

Action = Callable[[Store], Entity]

EDITS: list[tuple[str, Action, Verb, str, dict[str, object]]] = [
    (
        "a population is updated, other fields of the argument are not taken",
        lambda s: s.update(replace(SUDZHA, population=5127, country="UA"), ["population"], ANN),
        Verb.UPDATE,
        "updated population",
        {"population": 5127, "country": "RU"},
    ),
    (
        "a field is cleared",
        lambda s: s.update(Entity(SUDZHA.id, "place", "x"), ["facts", "kind", "parents"], ANN),
        Verb.UPDATE,
        "updated facts, kind, parents",
        {"facts": {}, "kind": None, "parents": ()},
    ),
    (
        "a new preferred name enters the names, the old one stays as an alternate",
        lambda s: s.update(replace(SUDZHA, name="Суджа"), ["name"], ANN),
        Verb.UPDATE,
        "updated name",
        {
            "name": "Суджа",
            "names": (
                replace(SUDZHA.names[0], kind=NameKind.ALTERNATE),
                Name("Суджа", "ru", NameKind.PREFERRED, "test"),
            ),
        },
    ),
    (
        "new names without the preferred one keep it",
        lambda s: s.update(replace(SUDZHA, names=(Name("Sudja"),)), ["names"], ANN),
        Verb.UPDATE,
        "updated names",
        {"names": (Name("Sudzha", kind=NameKind.PREFERRED), Name("Sudja"))},
    ),
    (
        "only the preferred name is marked as preferred",
        lambda s: s.update(replace(SUDZHA, names=(Name("Sudja", kind=NameKind.PREFERRED),)), ["names"], ANN),
        Verb.UPDATE,
        "updated names",
        {"names": (Name("Sudzha", kind=NameKind.PREFERRED), Name("Sudja"))},
    ),
    (
        "a name is added at the end",
        lambda s: s.add_name(SUDZHA.id, Name("Sudscha", "de"), ANN),
        Verb.ADD_NAME,
        "added the name 'Sudscha' (de)",
        {"names": (*SUDZHA.names, Name("Sudscha", "de"))},
    ),
    (
        "a name that is there takes the new kind and source",
        lambda s: s.add_name(SUDZHA.id, Name("Суджа", "ru", NameKind.FORMER, "map"), ANN),
        Verb.ADD_NAME,
        "replaced the name 'Суджа' (ru)",
        {"names": (SUDZHA.names[0], Name("Суджа", "ru", NameKind.FORMER, "map"))},
    ),
    (
        "a name is removed",
        lambda s: s.remove_name(SUDZHA.id, "Суджа", ANN),
        Verb.REMOVE_NAME,
        "removed the name 'Суджа'",
        {"names": SUDZHA.names[:1]},
    ),
    ("an entity is retired", lambda s: s.retire(SUDZHA.id, ANN), Verb.RETIRE, "retired", {"state": State.RETIRED}),
]


@pytest.mark.parametrize(("why", "action", "verb", "summary", "expected"), EDITS, ids=[row[0] for row in EDITS])
def test_an_edit(
    store: Store, sudzha: Entity, why: str, action: Action, verb: Verb, summary: str, expected: dict[str, object]
) -> None:
    edited = action(store)
    assert edited == replace(sudzha, **expected, revision=2)  # type: ignore[arg-type]
    assert store.get(SUDZHA.id) == edited
    assert changed_since(store, 1) == [edited]
    change = store.changes(after=1)[0]
    assert (change.revision, change.verb, change.entity_id, change.edit) == (2, verb, SUDZHA.id, ANN)
    assert change.summary == summary
    store.verify()


def test_a_created_entity_comes_back_whole(store: Store) -> None:
    created = store.create(replace(SUDZHA, state=State.RETIRED, revision=77), ANN)
    assert created == replace(SUDZHA, revision=1)
    assert (store.revision, store.count(), created.etag) == (1, 1, "r1")
    assert store.changes()[0].time.endswith("Z")


REFUSED: list[tuple[str, Action, type[NormalizerError], str]] = [
    ("created twice", lambda s: s.create(SUDZHA, ANN), AlreadyExists, "already"),
    ("id of a retired one", lambda s: s.create(KURSK, ANN), AlreadyExists, "already"),
    ("unknown", lambda s: s.get("x:0"), UnknownEntity, "'x:0'"),
    ("unknown, updated", lambda s: s.update(replace(SUDZHA, id="x:0"), ["kind"], ANN), UnknownEntity, "'x:0'"),
    ("empty mask", lambda s: s.update(SUDZHA, [], ANN), InvalidInput, "update_mask: must name"),
    ("id in mask", lambda s: s.update(SUDZHA, ["id"], ANN), InvalidInput, "update_mask: cannot set 'id'"),
    ("state in mask", lambda s: s.update(SUDZHA, ["state"], ANN), InvalidInput, "update_mask: cannot set 'state'"),
    ("retired", lambda s: s.add_name(KURSK.id, Name("Курск"), ANN), InvalidInput, "id: .* is retired"),
    ("retired twice", lambda s: s.retire(KURSK.id, ANN), InvalidInput, "id: .* is retired"),
    ("preferred removed", lambda s: s.remove_name(SUDZHA.id, "Sudzha", ANN), InvalidInput, "value: .* preferred"),
    ("unknown name removed", lambda s: s.remove_name(SUDZHA.id, "Kyiv", ANN), InvalidInput, "value: .* has no name"),
    (
        "second preferred name",
        lambda s: s.add_name(SUDZHA.id, Name("Sudja", kind=NameKind.PREFERRED), ANN),
        InvalidInput,
        "kind: must not be preferred",
    ),
    ("stale etag", lambda s: s.retire(SUDZHA.id, ANN, etag="r9"), StaleEtag, "r1, not r9"),
    ("no JSON", lambda s: s.create(Entity("x:1", "t", "n", facts={"a": {1}}), ANN), InvalidInput, "facts: cannot be"),
    ("NaN", lambda s: s.create(Entity("x:1", "t", "n", facts={"a": math.nan}), ANN), InvalidInput, "facts: cannot"),
    (
        "surrogate",
        lambda s: s.create(Entity("x:1", "t", "n", facts={"a": "\ud800"}), ANN),
        InvalidInput,
        "facts: cannot be",
    ),
    (
        "long facts",
        lambda s: s.update(replace(SUDZHA, facts={"a": "x" * MAX_FACTS}), ["facts"], ANN),
        InvalidInput,
        "facts: must be at most 100,000 characters",
    ),
    (
        "one name too many",
        lambda s: s.update(replace(SUDZHA, names=(Name("a"),) * (MAX_NAMES + 1)), ["names"], ANN),
        InvalidInput,
        "names: must be at most 10,000",
    ),
    ("in itself", lambda s: s.update(replace(SUDZHA, parents=(SUDZHA.id,)), ["parents"], ANN), InvalidInput, "parents"),
]


@pytest.mark.parametrize(("why", "action", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refused_edit_changes_nothing(
    store: Store, sudzha: Entity, why: str, action: Action, error: type[NormalizerError], message: str
) -> None:
    store.create(KURSK, ANN)
    store.retire(KURSK.id, ANN)
    with pytest.raises(error, match=message):
        action(store)
    assert store.revision == 3
    assert store.get(SUDZHA.id) == sudzha
    store.verify()


def test_an_edit_that_changes_nothing_is_not_recorded(store: Store, sudzha: Entity) -> None:
    assert store.add_name(SUDZHA.id, SUDZHA.names[1], ANN) == sudzha
    assert store.update(SUDZHA, ["population", "names"], ANN) == sudzha
    assert store.revision == 1


def test_an_etag_guards_against_the_edit_in_between(store: Store, sudzha: Entity) -> None:
    newer = store.add_name(SUDZHA.id, Name("Sudja"), ANN, etag=sudzha.etag)
    with pytest.raises(StaleEtag):
        store.add_name(SUDZHA.id, Name("Soudja"), ANN, etag=sudzha.etag)
    assert ("Soudja", "alternate") in forms(store.add_name(SUDZHA.id, Name("Soudja"), ANN, etag=newer.etag))


def test_a_request_is_applied_once(store: Store) -> None:
    once = Edit("ann", request_id="one")
    created = store.create(SUDZHA, once)
    twice = Edit("ann", request_id="two")
    renamed = store.update(replace(SUDZHA, name="Суджа"), ["name"], twice, etag=created.etag)
    assert store.create(SUDZHA, once) == created, "what it was answered with the first time"
    other_fields = replace(renamed, population=1, name="Суджа")
    for etag in (created.etag, renamed.etag, None):
        assert store.update(other_fields, ["name"], twice, etag=etag) == renamed, "what is not in the mask is no part"
    assert store.revision == 2
    store.verify()


ONCE = Edit("ann", "a reason", "one")
FIRST: dict[str, Action] = {
    "create": lambda s: s.create(KURSK, ONCE),
    "update": lambda s: s.update(replace(SUDZHA, kind="admin3"), ["kind"], ONCE),
    "update to what it is": lambda s: s.update(SUDZHA, ["population"], ONCE),
    "add": lambda s: s.add_name(SUDZHA.id, Name("Sudja"), ONCE),
    "add what is there": lambda s: s.add_name(SUDZHA.id, SUDZHA.names[1], ONCE),
    "remove": lambda s: s.remove_name(SUDZHA.id, "Суджа", ONCE),
    "retire": lambda s: s.retire(SUDZHA.id, ONCE),
}
SECOND: dict[str, Action] = {
    "another id": lambda s: s.create(replace(KURSK, id="x:1"), ONCE),
    "another name": lambda s: s.create(replace(KURSK, name="Koursk"), ONCE),
    "another value": lambda s: s.update(replace(SUDZHA, kind="city"), ["kind"], ONCE),
    "another mask": lambda s: s.update(replace(SUDZHA, kind="admin3"), ["kind", "name"], ONCE),
    "another name added": lambda s: s.add_name(SUDZHA.id, Name("Soudja"), ONCE),
    "another kind of name": lambda s: s.add_name(SUDZHA.id, Name("Sudja", kind=NameKind.FORMER), ONCE),
    "another name removed": lambda s: s.remove_name(SUDZHA.id, "Sudzha", ONCE),
    "another verb": lambda s: s.retire(KURSK.id, ONCE),
    "another author": lambda s: s.retire(SUDZHA.id, replace(ONCE, author="bob")),
    "another reason": lambda s: s.retire(SUDZHA.id, replace(ONCE, reason="none")),
}


@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
def test_a_request_id_is_of_one_edit(store: Store, sudzha: Entity, place: Place, first: Action) -> None:
    done = first(store)
    revision = store.revision
    assert first(store) == done
    for why, second in SECOND.items():
        with pytest.raises(InvalidInput, match="request_id: was used before"):
            pytest.fail(f"{why}: {second(store)}")
    assert store.revision == revision
    store.create(replace(KURSK, id="x:2"), ANN)
    store.verify()
    tamper(place, "UPDATE requests SET digest = ''")
    with pytest.raises(NormalizerError, match="an entity or request of revision"):
        store.verify()


def test_a_refused_edit_is_not_remembered(store: Store, sudzha: Entity) -> None:
    with pytest.raises(StaleEtag):
        store.retire(SUDZHA.id, ONCE, etag="r9")
    assert store.retire(SUDZHA.id, ONCE, etag=sudzha.etag).state is State.RETIRED


@in_a_file
def test_a_file_without_requests_gets_them_from_its_next_writer(store: Store, sudzha: Entity, place: Place) -> None:
    store.close()
    tamper(place, "DROP TABLE requests", "DROP INDEX history_by_redirect", "UPDATE meta SET value = '1'")
    for _ in range(2):
        again = Store.open(*place, write=True)
        assert again.add_name(SUDZHA.id, Name("Sudja"), ONCE).revision == 2
        again.verify()
        again.close()


def test_a_merged_id_leads_to_its_survivor(store: Store, sudzha: Entity, place: Place) -> None:
    old = store.create(replace(SUDZHA, id="x:old"), ANN)
    tamper(place, f"UPDATE entities SET state = 'MERGED', redirect = '{SUDZHA.id}' WHERE id = 'x:old'")
    assert store.get(old.id) == sudzha
    assert [entity.id for entity in store.entities()] == [SUDZHA.id]
    assert [(entity.id, entity.redirect) for entity in changed_since(store, 1)] == [("x:old", SUDZHA.id)]
    with pytest.raises(InvalidInput, match=f"id: 'x:old' was merged into '{SUDZHA.id}'"):
        store.add_name(old.id, Name("Sudja"), ANN)


def test_every_past_revision_can_be_rebuilt(store: Store, sudzha: Entity) -> None:
    store.create(KURSK, ANN)
    store.add_name(SUDZHA.id, Name("Sudja"), ANN)
    store.retire(SUDZHA.id, ANN)
    past = [store.get(SUDZHA.id, at) for at in (1, 2, 3, 4)]
    assert [entity.state for entity in past] == [State.ACTIVE, State.ACTIVE, State.ACTIVE, State.RETIRED]
    assert [len(entity.names) for entity in past] == [2, 2, 3, 3]


def test_a_view_stays_at_its_moment(store: Store, sudzha: Entity) -> None:
    with store.view() as view:
        assert view.revision == 1
        store.add_name(SUDZHA.id, Name("Sudja"), ANN)
        store.retire(SUDZHA.id, ANN)
        assert view.revision == 1
        assert view.changed_since(0) == [sudzha]
        assert view.active([SUDZHA.id, "x:none"]) == {SUDZHA.id: sudzha}
        assert (view.log_hash(0), view.log_hash(1), view.log_hash(2)) == ("", store.changes()[0].hash, None)
    with store.view() as view:
        assert view.active([SUDZHA.id]) == {}


def test_changes_come_in_pages(store: Store, sudzha: Entity) -> None:
    for value in ("Sudja", "Soudja", "Sudscha"):
        store.add_name(SUDZHA.id, Name(value), ANN)
    assert [change.revision for change in store.changes(after=1, limit=2)] == [2, 3]
    assert store.changes(after=4) == []
    assert len({change.hash for change in store.changes()}) == 4
    with pytest.raises(InvalidInput, match="limit"):
        store.changes(limit=0)


# Loading many


def test_a_load_is_one_revision_and_idempotent(store: Store) -> None:
    assert store.load(numbered(5000), ANN) == 5000
    assert store.load(numbered(5000), ANN) == 0
    assert (store.revision, store.count()) == (1, 5000)
    change = store.changes()[0]
    assert (change.verb, change.entity_id) == (Verb.IMPORT, None)
    assert change.summary == "imported 5,000 new and 0 changed entities"
    assert [entity.id for entity in store.entities()] == sorted(f"x:{number}" for number in range(5000))
    assert documents(store, until=1) == [encode(entity) for entity in store.entities()]
    store.verify()


def test_a_later_load_writes_only_what_is_new(store: Store) -> None:
    store.load(numbered(10), ANN)
    store.retire("x:3", ANN)
    updated = [replace(entity, population=7) if entity.id in ("x:2", "x:3") else entity for entity in numbered(12)]
    written: list[str] = []
    assert store.load(updated, ANN, written.extend) == 3
    assert [decode(document).id for document in written] == ["x:2", "x:10", "x:11"]
    before = [decode(document).id for document in documents(store, until=2)]
    assert before == ["x:0", "x:1", "x:4", "x:5", "x:6", "x:7", "x:8", "x:9"], "what is active and was not written"
    assert [entity.id for entity in changed_since(store, 2)] == ["x:10", "x:11", "x:2"]
    assert store.get("x:3").state is State.RETIRED, "an import does not undo what a person decided"
    assert store.changes(2)[0].summary.endswith("2 new and 1 changed entities; 1 retired or merged left alone")
    store.verify()


def test_a_load_is_applied_once(store: Store) -> None:
    once = Edit("import", request_id="load-1")
    assert store.load(numbered(3), once) == 3
    assert store.load(numbered(9), once) == 0
    assert store.count() == 3


def broken() -> Iterator[Entity]:
    yield from numbered(3000)
    raise RuntimeError("the file ends here")


@pytest.mark.parametrize(
    ("entities", "error"),
    [
        (lambda: [SUDZHA, SUDZHA], InvalidInput),
        (lambda: [*numbered(3000), *numbered(1)], InvalidInput),
        (broken, RuntimeError),
    ],
    ids=["twice, near", "twice, far apart", "the source fails"],
)
def test_a_failed_load_leaves_nothing(store: Store, entities: Callable[[], Iterator[Entity]], error: type) -> None:
    with pytest.raises(error):
        store.load(entities(), ANN)
    assert (store.revision, store.count()) == (0, 0)
    assert store.create(SUDZHA, ANN).revision == 1


@pytest.mark.parametrize("again", [replace(SUDZHA, population=7), SUDZHA, KURSK], ids=["changed", "as is", "retired"])
def test_an_id_that_was_left_alone_comes_twice_all_the_same(store: Store, sudzha: Entity, again: Entity) -> None:
    store.create(KURSK, ANN)
    store.retire(KURSK.id, ANN)
    with pytest.raises(InvalidInput, match="comes twice"):
        store.load([SUDZHA, KURSK, *numbered(3000), again], ANN)
    assert (store.revision, store.get(SUDZHA.id)) == (3, sudzha)


# Several threads and processes


def test_readers_see_what_was_committed_while_a_writer_writes(store: Store, sudzha: Entity, place: Place) -> None:
    reader = Store.open(*place)
    seen = []

    def watched() -> Iterator[Entity]:
        for entity in numbered(5000):
            if entity.id.endswith("999"):
                seen.append((reader.revision, reader.count(), store.get(SUDZHA.id)))
            yield entity

    store.load(watched(), ANN)
    assert seen == [(1, 1, sudzha)] * 5
    assert (reader.revision, reader.count()) == (2, 5001)
    reader.close()


@in_a_file
@pytest.mark.parametrize("query", [version.FIND_AT, view.LED])
def test_a_moment_is_found_without_reading_all_versions_of_an_entity(store: Store, place: Place, query: str) -> None:
    with closing(sqlite3.connect(place.directory / FILE_NAME)) as db:
        plan = [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {query}", {"ids": "[]", "at": 1})]
    searched = [step for step in plan if re.search("(past|history)", step)]
    assert searched
    assert all(re.search("revision[<>=]", step) for step in searched), plan


def test_a_stream_of_entities_shows_one_moment(store: Store) -> None:
    store.load(numbered(100), ANN)
    stream = store.entities()
    next(stream)
    store.create(SUDZHA, ANN)
    assert sum(1 for _ in stream) == 99


def test_what_a_revision_made_comes_in_pages_whatever_is_edited_meanwhile(store: Store) -> None:
    store.load(numbered(2 * version.PAGE), ANN)
    made = store.made_by(1)
    ids = sorted(one.id for one in numbered(2 * version.PAGE))
    first = next(made)
    store.retire(ids[0], ANN)
    store.retire(ids[-1], ANN)
    assert [first.id, *(one.id for one in made)] == ids
    assert [one.id for one in store.made_by(2)] == ids[:1]
    assert [*store.made_by(4)] == []


@in_a_file
def test_who_takes_slowly_what_a_revision_made_does_not_make_the_file_grow(store: Store, place: Place) -> None:
    store.load(numbered(2 * version.PAGE), ANN)
    made = store.made_by(1)
    next(made)
    store.retire("x:1", ANN)
    with closing(sqlite3.connect(place.directory / FILE_NAME)) as db:
        busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert not busy, "the WAL cannot begin anew while somebody reads a moment before its end"
    assert len([*made]) == 2 * version.PAGE - 1


def test_threads_write_one_after_the_other(store: Store, sudzha: Entity) -> None:
    def add(number: int) -> Entity:
        return store.add_name(SUDZHA.id, Name(f"Sudzha {number}"), ANN)

    with ThreadPoolExecutor(8) as pool:
        revisions = sorted(entity.revision for entity in pool.map(add, range(40)))
    assert revisions == list(range(2, 42))
    assert len(store.get(SUDZHA.id).names) == 42
    store.verify()


def test_a_reader_cannot_edit(store: Store, place: Place) -> None:
    reader = Store.open(*place)
    with pytest.raises(NormalizerError, match="opened for reading"):
        reader.create(SUDZHA, ANN)
    reader.close()


def test_a_closed_store_says_so(place: Place) -> None:
    closed = Store.open(*place, write=True)
    closed.close()
    closed.close()
    for call in (lambda: closed.revision, lambda: closed.create(SUDZHA, ANN)):
        with pytest.raises(NormalizerError, match="closed"):
            call()


HOLDER = """
import sys, time
from pathlib import Path
from normalizer.store import Store, version, view
store = Store.open(Path(sys.argv[1]), write=True)
print("open", flush=True)
time.sleep(60)
"""


def test_one_process_writes_until_it_dies(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(GazetteerInUse, match=f"pid {holder.pid}:"):
            Store.open(tmp_path, write=True)
        Store.open(tmp_path).close()
    finally:
        holder.kill()
        holder.communicate()
    Store.open(tmp_path, write=True).close()


WRITERS = """
import os, sys
from itertools import count
from pathlib import Path
from normalizer.store import Store, version, view
from normalizer.terms import Edit, Entity, Name

def write(directory):
    store = Store.open(directory, write=True)
    start = store.revision
    for number in count(start):
        entity = store.create(Entity(f"x:{number}", "place", "Sudzha"), Edit("writer"))
        print(os.getpid(), entity.id, flush=True)
        store.add_name(entity.id, Name("Sudja"), Edit("writer"))
        print(os.getpid(), entity.id, "Sudja", flush=True)

while True:
    child = os.fork()
    if child == 0:
        write(Path(sys.argv[1]))
    os.waitpid(child, 0)
"""


def test_nothing_acknowledged_is_lost_when_writers_are_killed(tmp_path: Path) -> None:
    """Each child is killed in the middle of its writes; what it had printed before must be there."""
    acknowledged: defaultdict[str, list[str]] = defaultdict(list)
    command = [sys.executable, "-c", WRITERS, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    killed: set[int] = set()
    lines_of_child: defaultdict[int, int] = defaultdict(int)
    try:
        while len(killed) < 20:
            pid, entity_id, *names = parent.stdout.readline().split()
            acknowledged[entity_id] += names
            lines_of_child[int(pid)] += 1
            if int(pid) not in killed and lines_of_child[int(pid)] >= 3 + len(killed):
                os.kill(int(pid), signal.SIGKILL)
                killed.add(int(pid))
    finally:
        os.killpg(parent.pid, signal.SIGKILL)
        rest, _ = parent.communicate()
    for line in rest.splitlines():
        pid, entity_id, *names = line.split()
        acknowledged[entity_id] += names
    reader = Store.open(tmp_path)
    for entity_id, names in acknowledged.items():
        assert {name.value for name in reader.get(entity_id).names} >= {"Sudzha", *names}
    reader.verify()
    reader.close()


ASKED: Mapping[str, tuple[str, Action]] = {
    "get": ("id", lambda s: s.get("x\0y")),
    "get at": ("id", lambda s: s.get("x\0y", 1)),
    "history": ("id", lambda s: s.history("x\0y")),
    "changes": ("entity_id", lambda s: s.changes(entity_id="x\0y")),
    "add_name": ("id", lambda s: s.add_name("x\0y", Name("Q"), ANN)),
    "remove_name": ("id", lambda s: s.remove_name("x\0y", "Q", ANN)),
    "retire": ("id", lambda s: s.retire("x\0y", ANN)),
    "revive": ("id", lambda s: s.revive("x\0y", ANN)),
    "merge": ("id", lambda s: s.merge("x\0y", SUDZHA.id, ANN)),
    "merge into": ("into", lambda s: s.merge(SUDZHA.id, "x\0y", ANN)),
    "unmerge": ("id", lambda s: s.unmerge("x\0y", ANN)),
    "split": ("id", lambda s: s.split("x\0y", "x:new", ["Q"], ANN)),
}


@pytest.mark.parametrize(("field", "ask"), ASKED.values(), ids=ASKED)
def test_what_can_be_no_id_is_refused_by_its_field(store: Store, sudzha: Entity, field: str, ask: Action) -> None:
    with pytest.raises(InvalidInput, match=f"^{field}: has a control character U\\+0000"):
        ask(store)
