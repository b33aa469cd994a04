"""Merge, unmerge, split, revive, replace, revert: what they make of the entities concerned, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from bench import reliability_machine
from bench.postgresql_server import Server
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.uniting import united
from normalizer.terms import (
    AlreadyExists,
    Edit,
    Entity,
    InvalidInput,
    Name,
    NameKind,
    NormalizerError,
    StaleEtag,
    State,
    UnknownEntity,
    Verb,
)

ANN = Edit("ann", "they are one")
KYIV = Entity(
    "x:kyiv", "place", "Kyiv", (Name("Kyiv", "en", NameKind.PREFERRED, "map"), Name("Київ", "uk")),
    country="UA", same_as=("w:1",), facts={"zone": "Kyiv"},
)  # fmt: skip
KIEV = Entity(
    "x:kiev", "place", "Kiev", (Name("Kiev", "en", NameKind.PREFERRED), Name("Київ", "uk", source="other")),
    kind="city", country="RU", parents=("x:ua", "x:kyiv"), latitude=50.45, longitude=30.52, population=3,
    same_as=("w:1", "w:2"), facts={"zone": "Kiev", "code": 44},
)  # fmt: skip
KIOW = Entity("x:kiow", "place", "Kiow", (Name("Kijów", "pl"), Name("Kiev", "en")), population=2)
ANNA = Entity("x:anna", "person", "Anna")


@contextmanager
def filled(place: Place) -> Iterator[Store]:
    with closing(Store.open(*place, write=True)) as opened:
        for entity in (KYIV, KIEV, KIOW, ANNA):
            opened.create(entity, ANN)
        yield opened
        opened.verify()


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with filled(place) as opened:
        yield opened


def values(entity: Entity) -> list[str]:
    return [name.value for name in entity.names]


def bare(entity: Entity) -> Entity:
    """What it says, whichever revision made it."""
    return replace(entity, revision=0)


def test_a_survivor_takes_over_what_it_lacks(store: Store) -> None:
    kyiv = store.merge(KIEV.id, KYIV.id, ANN)
    assert (kyiv.id, values(kyiv)) == (KYIV.id, ["Kyiv", "Київ", "Kiev"])
    assert [name.kind for name in kyiv.names] == [NameKind.PREFERRED, NameKind.ALTERNATE, NameKind.ALTERNATE]
    assert kyiv.names[1].source is None, "of one value and language there is one name, the survivor's"
    assert (kyiv.country, kyiv.kind, kyiv.population, kyiv.latitude) == ("UA", "city", 3, 50.45)
    assert kyiv.parents == ("x:ua",), "nothing lies in itself"
    assert (kyiv.same_as, kyiv.facts) == (("w:1", "w:2"), {"zone": "Kyiv", "code": 44})
    assert store.get(KIEV.id) == kyiv
    [change] = store.changes(after=4)
    assert (change.verb, change.entity_id) == (Verb.MERGE, KIEV.id)
    assert change.summary == "merged 'Kiev' into x:kyiv 'Kyiv': 1 name more"


def test_redirects_are_flat_and_undone_one_by_one(store: Store) -> None:
    before = [store.get(one.id) for one in (KYIV, KIEV, KIOW)]
    store.merge(KIOW.id, KIEV.id, ANN)
    kiev = store.get(KIEV.id)
    store.merge(KIEV.id, KYIV.id, ANN)
    with store.view() as view:
        assert view.redirects([KIOW.id, KIEV.id, KYIV.id]) == {KIOW.id: KYIV.id, KIEV.id: KYIV.id}
    with pytest.raises(
        InvalidInput, match=r"id: 'x:kiow' was merged into 'x:kiev', which was merged later: unmerge 'x:kiev'"
    ):
        store.unmerge(KIOW.id, ANN)
    assert bare(store.unmerge(KIEV.id, ANN)) == bare(kiev)
    assert (store.get(KIOW.id).id, bare(store.get(KYIV.id))) == (KIEV.id, bare(before[0]))
    store.unmerge(KIOW.id, ANN)
    assert [bare(store.get(one.id)) for one in (KYIV, KIEV, KIOW)] == list(map(bare, before))


def test_what_two_brought_stays_until_both_are_gone(store: Store) -> None:
    before = store.get(KYIV.id)
    store.merge(KIEV.id, KYIV.id, ANN)
    store.merge(KIOW.id, KYIV.id, ANN)
    kyiv = store.get(KYIV.id)
    assert (values(kyiv), kyiv.population) == (["Kyiv", "Київ", "Kiev", "Kiow", "Kijów"], 3)
    store.unmerge(KIEV.id, ANN)
    kyiv = store.get(KYIV.id)
    assert (values(kyiv), kyiv.population, kyiv.kind) == (["Kyiv", "Київ", "Kiev", "Kiow", "Kijów"], 2, None)
    store.unmerge(KIOW.id, ANN)
    assert bare(store.get(KYIV.id)) == bare(before)


def test_what_an_edit_gave_or_took_is_left_by_an_unmerge(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    store.add_name(KYIV.id, Name("Kyjiw", "de"), ANN)
    store.add_name(KYIV.id, Name("Kiev", "en", NameKind.FORMER, "an atlas"), ANN)
    store.update(replace(KYIV, population=9), ["population"], ANN)
    store.unmerge(KIEV.id, ANN)
    kyiv = store.get(KYIV.id)
    assert (values(kyiv), kyiv.population, kyiv.kind) == (["Kyiv", "Київ", "Kiev", "Kyjiw"], 9, None)


KYJIW = Entity("x:kyjiw", "place", "Kyjiw", (Name("Kiev", "en", source="its own"),), population=8, facts={"code": 45})


def merged_and_edited(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    store.remove_name(KYIV.id, "Kiev", ANN)
    store.update(replace(KYIV, population=None, facts={"zone": "Kyiv"}), ["population", "facts"], ANN)


def test_what_an_edit_took_comes_back_with_a_merge_and_never_with_an_unmerge(store: Store) -> None:
    store.create(KYJIW, ANN)
    merged_and_edited(store)
    before = store.get(KYIV.id)
    both = store.merge(KYJIW.id, KYIV.id, ANN)
    assert (values(both)[2:], both.population, both.facts["code"]) == (["Kyjiw", "Kiev"], 8, 45)
    store.unmerge(KYJIW.id, ANN)
    assert bare(store.get(KYIV.id)) == bare(before)
    store.merge(KYJIW.id, KYIV.id, ANN)
    store.unmerge(KIEV.id, ANN)
    assert (store.get(KYIV.id).population, store.get(KYIV.id).kind) == (8, None)
    assert Name("Kiev", "en", source="its own") in store.get(KYIV.id).names
    kiev = store.merge(KIEV.id, KYIV.id, ANN)
    store.unmerge(KYJIW.id, ANN)
    assert (kiev.population, store.get(KYIV.id).population, store.get(KYIV.id).facts["code"]) == (8, 3, 44)


def test_what_came_along_with_another_one_brings_nothing_by_itself(store: Store) -> None:
    store.create(replace(KYJIW, names=KIOW.names), ANN)
    store.merge(KIOW.id, KIEV.id, ANN)
    store.remove_name(KIEV.id, "Kijów", ANN)
    store.merge(KIEV.id, KYIV.id, ANN)
    store.merge(KYJIW.id, KYIV.id, ANN)
    store.unmerge(KYJIW.id, ANN)
    assert values(store.get(KYIV.id)) == ["Kyiv", "Київ", "Kiev", "Kiow"]


def test_a_removal_that_is_reverted_was_none(store: Store) -> None:
    store.create(KYJIW, ANN)
    store.merge(KIEV.id, KYIV.id, ANN)
    with_kiev = store.merge(KYJIW.id, KYIV.id, ANN)
    store.remove_name(KYIV.id, "Kiev", ANN)
    store.revert(store.revision, ANN)
    assert bare(store.get(KYIV.id)) == bare(with_kiev)
    store.unmerge(KIEV.id, ANN)
    assert Name("Kiev", "en", source="its own") in store.get(KYIV.id).names
    store.unmerge(KYJIW.id, ANN)
    assert values(store.get(KYIV.id)) == ["Kyiv", "Київ"]


def test_what_was_merged_before_an_edit_and_again_by_a_revert_brings_no_more_than_it_did(store: Store) -> None:
    store.create(KYJIW, ANN)
    merged_and_edited(store)
    store.unmerge(KIEV.id, ANN)
    store.revert(store.revision, ANN)
    store.merge(KYJIW.id, KYIV.id, ANN)
    store.unmerge(KYJIW.id, ANN)
    assert values(store.get(KYIV.id)) == ["Kyiv", "Київ"]


def test_who_came_first_is_so_after_the_survivor_was_away(store: Store) -> None:
    store.create(KYJIW, ANN)
    store.create(replace(ANNA, id="x:other", type="place"), ANN)
    for one in (KIOW, KIEV, KYJIW):
        store.merge(one.id, KYIV.id, ANN)
    store.merge(KYIV.id, "x:other", ANN)
    store.unmerge(KYIV.id, ANN)
    store.unmerge(KYJIW.id, ANN)
    assert store.get(KYIV.id).population == KIOW.population


def test_a_survivor_may_be_retired_and_still_give_back(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    store.retire(KYIV.id, ANN)
    assert store.get(KIEV.id).state is State.RETIRED
    assert store.unmerge(KIEV.id, ANN).state is State.ACTIVE
    kyiv = store.get(KYIV.id)
    assert (kyiv.state, values(kyiv)) == (State.RETIRED, ["Kyiv", "Київ"])
    assert values(store.revive(KYIV.id, ANN)) == ["Kyiv", "Київ"]


def test_an_import_does_not_undo_a_merge(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    assert store.load([replace(KIEV, population=7)], ANN) == 0
    assert store.get(KIEV.id).id == KYIV.id


def test_an_import_leaves_a_survivor_what_it_has_from_others(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    kyiv = store.get(KYIV.id)
    assert store.load([KYIV], ANN) == 0, "the same data again changes nothing"
    other = replace(KYIV, names=(KYIV.names[0], Name("Kijev", "hr")), same_as=())
    assert store.load([other], ANN) == 1
    assert values(store.get(KYIV.id)) == ["Kyiv", "Kijev", "Kiev"]
    assert (store.get(KYIV.id).kind, store.get(KYIV.id).same_as) == (kyiv.kind, ("w:2",))
    store.unmerge(KIEV.id, ANN)
    assert bare(store.get(KYIV.id)) == bare(other), "and what it gives back is gone"


def test_names_are_moved_to_a_new_entity(store: Store) -> None:
    source = store.merge(KIEV.id, KYIV.id, ANN)
    kyiv, other = store.split(KYIV.id, "x:new", ["Kiev", "Київ"], ANN, etag=source.etag)
    assert (values(kyiv), values(other)) == (["Kyiv"], ["Київ", "Kiev"])
    assert (other.id, other.type, other.name, other.kind, other.country, other.parents, other.population) == (
        "x:new", "place", "Kiev", "city", "UA", ("x:ua",), None,
    )  # fmt: skip
    assert kyiv.revision == other.revision == store.revision
    assert store.changes(5)[0].summary == "moved 2 names to the new x:new"


@pytest.mark.parametrize(
    ("value", "name", "expected", "preferred"),
    [
        ("Київ", Name("Києв", "uk"), ["Kyiv", "Києв"], "Kyiv"),
        ("Kyiv", Name("Kyïv", "fr"), ["Kyïv", "Київ"], "Kyïv"),
        ("Kyiv", Name("Київ", "uk"), ["Київ"], "Київ"),
        ("Київ", Name("Kyiv", "en"), ["Kyiv"], "Kyiv"),
    ],
    ids=["an alternate one", "the preferred one", "by one that is there", "by the preferred one"],
)
def test_a_name_is_replaced(store: Store, value: str, name: Name, expected: list[str], preferred: str) -> None:
    kyiv = store.replace_name(KYIV.id, value, name, ANN)
    assert (values(kyiv), kyiv.name) == (expected, preferred)
    assert [one.value for one in kyiv.names if one.kind is NameKind.PREFERRED] == [preferred]


REVERTED: dict[str, Callable[[Store], object]] = {
    "a name": lambda s: s.add_name(KYIV.id, Name("Kyjiw"), ANN),
    "an update": lambda s: s.update(replace(KYIV, country=None), ["country"], ANN),
    "a retirement": lambda s: s.retire(KYIV.id, ANN),
    "a merge": lambda s: s.merge(KIEV.id, KYIV.id, ANN),
    "a split": lambda s: s.split(KYIV.id, "x:new", ["Київ"], ANN),
    "an import": lambda s: s.load([replace(KYIV, population=8), Entity("x:new", "place", "New")], ANN),
    "a revert": lambda s: s.revert(4, ANN),
}


@pytest.mark.parametrize("act", REVERTED.values(), ids=REVERTED)
def test_a_change_is_reverted(store: Store, act: Callable[[Store], object]) -> None:
    ids = [one.id for one in (KYIV, KIEV, KIOW, ANNA)]
    before = [bare(store.get(one)) for one in ids]
    act(store)
    change = store.revert(5, ANN)
    assert (change.revision, change.verb, change.summary) == (6, Verb.REVERT, "reverted revision 5")
    assert [bare(store.get(one)) for one in ids] == before
    assert store.count() == 4
    with pytest.raises(InvalidInput, match=r"revision: .* was changed again by revision 6"):
        store.revert(5, ANN)


def test_a_reverted_unmerge_is_a_merge_again(store: Store) -> None:
    store.merge(KIOW.id, KIEV.id, ANN)
    store.merge(KIEV.id, KYIV.id, ANN)
    merged = bare(store.get(KYIV.id))
    store.unmerge(KIEV.id, ANN)
    store.revert(7, ANN)
    assert [bare(store.get(one.id)) for one in (KIOW, KIEV, KYIV)] == [merged] * 3
    store.unmerge(KIEV.id, ANN)
    assert (store.get(KIOW.id).id, values(store.get(KYIV.id))) == (KIEV.id, ["Kyiv", "Київ"])


@pytest.mark.parametrize(
    ("since", "message"),
    [
        (lambda s: s.retire("x:1", ANN), "'x:2' would lead to 'x:1' again, which was retired since: revive it first"),
        (
            lambda s: s.update(replace(s.get("x:1"), type="person"), ["type"], ANN),
            "'x:2' would lead to 'x:1' again, now of the type person",
        ),
    ],
    ids=["a retired one", "one of another type"],
)
def test_a_revert_makes_nothing_lead_where_a_merge_may_not(
    store: Store, since: Callable[[Store], object], message: str
) -> None:
    """The merge brought nothing, so that the survivor is not among what the unmerge changed."""
    store.load([Entity(f"x:{number}", "place", "Sudzha") for number in (1, 2)], ANN)
    store.merge("x:2", "x:1", ANN)
    store.unmerge("x:2", ANN)
    unmerged = store.revision
    since(store)
    with pytest.raises(InvalidInput, match=f"revision: {message}"):
        store.revert(unmerged, ANN)
    assert store.get("x:2").state is State.ACTIVE


def test_no_revert_leads_round_in_a_circle(store: Store) -> None:
    twins = [replace(KIOW, id=one, names=(), population=None) for one in ("x:a", "x:b")]
    for twin in twins:
        store.create(twin, ANN)
    store.merge("x:a", "x:b", ANN)
    store.unmerge("x:a", ANN)
    store.merge("x:b", "x:a", ANN)
    with pytest.raises(InvalidInput, match="revision: 'x:b' was merged into 'x:a' since"):
        store.revert(8, ANN)


Action = Callable[[Store], object]
REFUSED: list[tuple[str, Action, type[NormalizerError], str]] = [
    ("merged into itself", lambda s: s.merge(KYIV.id, KYIV.id, ANN), InvalidInput, "into: must be another"),
    ("of another type", lambda s: s.merge(ANNA.id, KYIV.id, ANN), InvalidInput, "into: 'x:kyiv' is of the type place"),
    ("an unknown one", lambda s: s.merge("x:0", KYIV.id, ANN), UnknownEntity, "x:0"),
    ("into an unknown one", lambda s: s.merge(KYIV.id, "x:0", ANN), UnknownEntity, "x:0"),
    ("into a merged one", lambda s: s.merge(KYIV.id, "x:gone", ANN), InvalidInput, "into: 'x:gone' was merged into"),
    ("into a retired one", lambda s: s.merge(KYIV.id, "x:old", ANN), InvalidInput, "into: 'x:old' is retired"),
    ("a merged one", lambda s: s.merge("x:gone", KYIV.id, ANN), InvalidInput, "id: 'x:gone' was merged into 'x:anna'"),
    ("a stale etag", lambda s: s.merge(KYIV.id, KIEV.id, ANN, etag="r9"), StaleEtag, "'x:kyiv' has the etag r1"),
    ("a stale survivor", lambda s: s.merge(KYIV.id, KIEV.id, ANN, None, "r9"), StaleEtag, "'x:kiev' has the etag r2"),
    ("not merged", lambda s: s.unmerge(KYIV.id, ANN), InvalidInput, "id: 'x:kyiv' is not merged"),
    ("unknown, unmerged", lambda s: s.unmerge("x:0", ANN), UnknownEntity, "x:0"),
    ("unmerged by a stale etag", lambda s: s.unmerge("x:gone", ANN, "r9"), StaleEtag, "'x:anna' has the etag r7"),
    ("not retired", lambda s: s.revive(KYIV.id, ANN), InvalidInput, "id: 'x:kyiv' is not retired"),
    ("a merged one revived", lambda s: s.revive("x:gone", ANN), InvalidInput, "id: 'x:gone' was merged"),
    ("no names", lambda s: s.split(KYIV.id, "x:new", [], ANN), InvalidInput, "values: must name"),
    (
        "a name it lacks",
        lambda s: s.split(KYIV.id, "x:new", ["Київ", "?"], ANN),
        InvalidInput,
        r"values: .* no name '\?'",
    ),
    (
        "the preferred one",
        lambda s: s.split(KYIV.id, "x:new", ["Kyiv"], ANN),
        InvalidInput,
        "values: 'Kyiv' is the pre",
    ),
    ("an id that is taken", lambda s: s.split(KYIV.id, "x:gone", ["Київ"], ANN), AlreadyExists, "'x:gone' already"),
    ("an id that is none", lambda s: s.split(KYIV.id, "", ["Київ"], ANN), InvalidInput, "new_id: must be an id"),
    ("a name replaced", lambda s: s.replace_name(KYIV.id, "?", Name("x"), ANN), InvalidInput, "value: .* has no name"),
    (
        "by a preferred one",
        lambda s: s.replace_name(KYIV.id, "Київ", Name("x", kind=NameKind.PREFERRED), ANN),
        InvalidInput,
        "kind: must not",
    ),
    (
        "no such change",
        lambda s: s.revert(99, ANN),
        InvalidInput,
        "revision: no change made revision 99; the last is 8",
    ),
    ("revision 0", lambda s: s.revert(0, ANN), InvalidInput, "revision: no change made revision 0"),
]


@pytest.mark.parametrize(("why", "action", "error", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_changes_nothing(
    store: Store, why: str, action: Action, error: type[NormalizerError], message: str
) -> None:
    store.create(replace(ANNA, id="x:gone", names=(Name("Anne"),)), ANN)
    store.create(replace(KYIV, id="x:old"), ANN)
    store.merge("x:gone", ANNA.id, ANN)
    store.retire("x:old", ANN)
    with pytest.raises(error, match=message):
        action(store)
    assert store.revision == 8


ONCE = Edit("ann", request_id="one")
RETRIED: dict[str, Action] = {
    "merge": lambda s: s.merge(KIEV.id, KYIV.id, ONCE, etag="r2"),
    "split": lambda s: s.split(KYIV.id, "x:new", ["Київ"], ONCE),
    "replace": lambda s: s.replace_name(KYIV.id, "Київ", Name("Києв"), ONCE),
    "retire": lambda s: s.retire(KYIV.id, ONCE),
    "revert": lambda s: s.revert(4, ONCE),
    "what changes nothing": lambda s: s.add_name(KYIV.id, KYIV.names[1], ONCE),
}


@pytest.mark.parametrize("act", RETRIED.values(), ids=RETRIED)
def test_a_retry_is_answered_as_the_first_time(place: Place, act: Action) -> None:
    with filled(place) as store:
        first = act(store)
        store.add_name(KIOW.id, Name("Kyjiw"), ANN)
        if store.get(KYIV.id).state is State.ACTIVE:
            store.add_name(KYIV.id, Name("Kyjiw"), ANN)
        revision = store.revision
        assert act(store) == first
    with closing(Store.open(*place, write=True)) as again:
        assert act(again) == first, "after a restart as well"
        assert again.revision == revision
        with pytest.raises(InvalidInput, match="request_id: was used before"):
            again.retire(KIOW.id, ONCE)


def test_a_union_that_is_too_large_is_refused(store: Store) -> None:
    for one in ("x:a", "x:b"):
        store.create(Entity(one, "place", one, tuple(Name(f"{one} {n}") for n in range(6000))), ANN)
    with pytest.raises(InvalidInput, match="names: must be at most 10,000"):
        store.merge("x:a", "x:b", ANN)


def test_history_and_differences(store: Store) -> None:
    store.merge(KIEV.id, KYIV.id, ANN)
    store.unmerge(KIEV.id, ANN)
    assert [(c.revision, c.verb.name, e.state.name) for c, e in store.history(KIEV.id)] == [
        (2, "CREATE", "ACTIVE"), (5, "MERGE", "MERGED"), (6, "UNMERGE", "ACTIVE"),
    ]  # fmt: skip
    assert [c.revision for c in store.changes(entity_id=KYIV.id)] == [1, 5, 6]
    with pytest.raises(UnknownEntity):
        store.history("x:0")
    found = store.differences(4, 5)
    assert [(d.field, d.before, d.after) for d in found if d.entity_id == KIEV.id] == [
        ("state", "ACTIVE", "MERGED"), ("redirect", None, KYIV.id),
    ]  # fmt: skip
    assert ("names", None, "Kiev (en)") in [(d.field, d.before, d.after) for d in found]
    back = [(d.field, d.after, d.before) for d in store.differences(5, 4)]
    assert back == [(d.field, d.before, d.after) for d in found]
    assert store.differences(4, 6) == []
    with pytest.raises(InvalidInput, match="revision: must be 0 to 6, not 7"):
        store.differences(1, 7)


def test_uniting_with_itself_changes_nothing() -> None:
    for entity in (KYIV, KIEV):
        assert united(entity, replace(entity, id="x:other")) == entity


def test_random_histories_agree_with_the_model() -> None:
    reliability_machine.run(examples=20, steps=30)


def test_random_histories_in_postgresql_agree_with_the_model(postgresql: Server) -> None:
    reliability_machine.run(examples=4, steps=20, url=postgresql.new)
