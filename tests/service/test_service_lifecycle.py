"""Merge, unmerge, split and the others through a real channel: what the next call sees, and how they are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from calls import EDIT, SUDZHA, Client, failure, message

from normalizer.v1.gazetteer_pb2 import (
    CreateEntityRequest,
    GetEntityRequest,
    GetStatusRequest,
    ListChangesRequest,
    MergeEntityRequest,
    ReplaceNameRequest,
    RetireEntityRequest,
    RevertChangeRequest,
    ReviveEntityRequest,
    SplitEntityRequest,
    UnmergeEntityRequest,
    UpsertEntitiesRequest,
)
from normalizer.v1.normalizer_pb2 import NormalizeBatchRequest, NormalizeRequest, NormalizeStreamRequest
from normalizer.v1.types_pb2 import (
    NAME_KIND_PREFERRED,
    STATE_ACTIVE,
    STATE_RETIRED,
    VERB_CREATE,
    VERB_MERGE,
    VERB_REVERT,
    VERB_UNMERGE,
    Edit,
    Entity,
    Name,
)

numbers = iter(range(1, 10_000))


def create(client: Client, name: str, **fields: Any) -> Entity:
    entity = Entity(id=f"life:{next(numbers)}", type="place", name=name, kind="city", country="RU", **fields)
    return client.gazetteer.CreateEntity(CreateEntityRequest(entity=entity, edit=EDIT)).entity


@pytest.fixture
def one(client: Client) -> Entity:
    return create(client, f"Qaxotepl {next(numbers)}", names=[Name(value=f"Wizobul {next(numbers)}")])


@pytest.fixture
def other(client: Client) -> Entity:
    return create(client, f"Ostraq {next(numbers)}", population=7)


def first(client: Client, text: str, **options: Any) -> str:
    answer = client.normalizer.Normalize(NormalizeRequest(mention=message(text), **options))
    return answer.resolution.candidates[0].entity_id if answer.resolution.candidates else ""


def test_a_merged_entity_is_found_under_its_survivor_by_the_next_call(
    client: Client, one: Entity, other: Entity
) -> None:
    request = MergeEntityRequest(id=other.id, into=one.id, edit=EDIT, etag=other.etag, into_etag=one.etag)
    survivor = client.gazetteer.MergeEntity(request).entity
    assert (survivor.id, survivor.population) == (one.id, 7)
    assert client.get(other.id) == survivor
    assert first(client, other.name) == one.id
    hinted = NormalizeRequest(mention=message("Guevo", parent=other.id))
    assert client.normalizer.Normalize(hinted).resolution.candidates, "a merged id is as good a hint as any"
    restored = client.gazetteer.UnmergeEntity(UnmergeEntityRequest(id=other.id, edit=EDIT, etag=survivor.etag)).entity
    assert (restored.names, restored.state, restored.redirect) == (other.names, STATE_ACTIVE, "")
    assert first(client, other.name) == other.id
    changes = client.gazetteer.ListChanges(ListChangesRequest(entity_id=other.id)).changes
    assert [change.verb for change in changes] == [VERB_CREATE, VERB_MERGE, VERB_UNMERGE]


def test_names_are_split_off_replaced_and_put_back(client: Client, one: Entity) -> None:
    wizobul = next(name.value for name in one.names if name.kind != NAME_KIND_PREFERRED)
    new_id = f"life:{next(numbers)}"
    answer = client.gazetteer.SplitEntity(SplitEntityRequest(id=one.id, new_id=new_id, values=[wizobul], edit=EDIT))
    assert (answer.created.id, answer.created.name, answer.created.country) == (new_id, wizobul, "RU")
    assert [name.value for name in answer.entity.names] == [one.name]
    assert first(client, wizobul) == new_id
    change = client.gazetteer.RevertChange(RevertChangeRequest(revision=answer.entity.revision, edit=EDIT)).change
    assert (change.verb, change.entity_id) == (VERB_REVERT, "")
    assert (first(client, wizobul), client.get(new_id).state) == (one.id, STATE_RETIRED)
    request = ReplaceNameRequest(id=one.id, value=one.name, name=Name(value="Zyxwvq", language="en"), edit=EDIT)
    replaced = client.gazetteer.ReplaceName(request).entity
    assert (replaced.name, first(client, "Zyxwvq")) == ("Zyxwvq", one.id)


def test_what_is_retired_comes_back(client: Client, one: Entity) -> None:
    client.gazetteer.RetireEntity(RetireEntityRequest(id=one.id, edit=EDIT))
    assert first(client, one.name) != one.id
    assert client.gazetteer.ReviveEntity(ReviveEntityRequest(id=one.id, edit=EDIT)).entity.state == STATE_ACTIVE
    assert first(client, one.name) == one.id


def test_a_read_may_pin_a_revision(client: Client, one: Entity, other: Entity) -> None:
    before = client.gazetteer.GetStatus(GetStatusRequest()).revision
    client.gazetteer.MergeEntity(MergeEntityRequest(id=other.id, into=one.id, edit=EDIT))
    assert (first(client, other.name), first(client, other.name, revision=before)) == (one.id, other.id)
    assert client.gazetteer.GetEntity(GetEntityRequest(id=other.id, revision=before)).entity == other
    batch = NormalizeBatchRequest(mentions=[message(other.name)] * 2, revision=before)
    answers = [answer.resolution for answer in client.normalizer.NormalizeBatch(batch).answers]
    requests = [
        NormalizeStreamRequest(mention=message(other.name), revision=revision) for revision in (before, 0, 10**9)
    ]
    old, new, none = client.stream(requests)
    assert answers == [old.resolution] * 2
    assert (old.resolution.versions.revision, new.resolution.candidates[0].entity_id) == (before, one.id)
    assert "is not there yet" in none.status.message
    refused = failure(client.normalizer.NormalizeBatch, NormalizeBatchRequest(mentions=[message()], revision=10**9))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "REVISION_UNAVAILABLE")


def chunks(*parts: list[Entity], name: str = "") -> Iterator[UpsertEntitiesRequest]:
    for number, part in enumerate(parts):
        yield UpsertEntitiesRequest(entities=part, edit=Edit(author="bulk", request_id=name and f"{name}-{number}"))


def village(name: str, **fields: Any) -> Entity:
    return Entity(id=f"life:{name}", type="place", name=name, kind="city", **fields)


def test_chunks_are_committed_as_they_come_and_applied_once(client: Client) -> None:
    parts = [[village("Bulkova"), village("Bulkova Two")], [village("Bulkova Three")], []]
    answer = client.gazetteer.UpsertEntities(chunks(*parts, name="load"))
    assert (answer.chunks, answer.changed) == (3, 3)
    assert client.get("life:Bulkova Three").revision == answer.revision
    assert first(client, "Bulkova Three") == "life:Bulkova Three"
    again = client.gazetteer.UpsertEntities(chunks(*parts, name="load"))
    assert (again.chunks, again.changed, again.revision) == (3, 0, answer.revision)
    other = [[village("Bulkova", country="RU")]]
    refused = failure(client.gazetteer.UpsertEntities, chunks(*other, name="load"))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["chunks[0].edit.request_id"])


WRONG_CHUNKS = [
    ([[village("Ok A")], [village("x", country="ZZ")]], "chunks[1].entities[0].country"),
    ([[village("Ok B")], [Entity(id="life:y", type="place")]], "chunks[1].entities[0].name"),
    ([[village("Ok C")], [village("x"), village("x")]], "chunks[1].entities.id"),
    ([[village("Ok D")], [village(f"x{number}") for number in range(1001)]], "chunks[1].entities"),
]


@pytest.mark.parametrize(("parts", "field"), WRONG_CHUNKS, ids=[row[1] for row in WRONG_CHUNKS])
def test_a_wrong_chunk_is_named_and_those_before_it_are_kept(
    client: Client, parts: list[list[Entity]], field: str
) -> None:
    refused = failure(client.gazetteer.UpsertEntities, chunks(*parts))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", [field])
    assert client.get(parts[0][0].id).state == STATE_ACTIVE
    assert failure(client.get, "life:x").code == "NOT_FOUND"


Call = Callable[[Client], Any]
REFUSED: list[tuple[str, Call, str, list[str]]] = [
    (
        "no id",
        lambda c: c.gazetteer.MergeEntity(MergeEntityRequest(into=SUDZHA, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["id"],
    ),
    (
        "no into",
        lambda c: c.gazetteer.MergeEntity(MergeEntityRequest(id=SUDZHA, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["into"],
    ),
    (
        "no author",
        lambda c: c.gazetteer.MergeEntity(MergeEntityRequest(id=SUDZHA, into="x:1")),
        "INVALID_ARGUMENT",
        ["edit.author"],
    ),
    (
        "into itself",
        lambda c: c.gazetteer.MergeEntity(MergeEntityRequest(id=SUDZHA, into=SUDZHA, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["into"],
    ),
    (
        "a stale etag",
        lambda c: c.gazetteer.MergeEntity(
            MergeEntityRequest(id=SUDZHA, into="geonames:538560", edit=EDIT, into_etag="r0")
        ),
        "ABORTED",
        [],
    ),
    ("unknown", lambda c: c.gazetteer.UnmergeEntity(UnmergeEntityRequest(id="x:0", edit=EDIT)), "NOT_FOUND", []),
    (
        "not merged",
        lambda c: c.gazetteer.UnmergeEntity(UnmergeEntityRequest(id=SUDZHA, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["id"],
    ),
    (
        "not retired",
        lambda c: c.gazetteer.ReviveEntity(ReviveEntityRequest(id=SUDZHA, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["id"],
    ),
    (
        "no names",
        lambda c: c.gazetteer.SplitEntity(SplitEntityRequest(id=SUDZHA, new_id="x:1", edit=EDIT)),
        "INVALID_ARGUMENT",
        ["values"],
    ),
    (
        "no new id",
        lambda c: c.gazetteer.SplitEntity(SplitEntityRequest(id=SUDZHA, values=["x"], edit=EDIT)),
        "INVALID_ARGUMENT",
        ["new_id"],
    ),
    (
        "no such change",
        lambda c: c.gazetteer.RevertChange(RevertChangeRequest(revision=10**6, edit=EDIT)),
        "INVALID_ARGUMENT",
        ["revision"],
    ),
    (
        "no such name",
        lambda c: c.gazetteer.ReplaceName(ReplaceNameRequest(id=SUDZHA, value="?", name=Name(value="x"), edit=EDIT)),
        "INVALID_ARGUMENT",
        ["value"],
    ),
    (
        "a preferred name",
        lambda c: c.gazetteer.ReplaceName(
            ReplaceNameRequest(id=SUDZHA, value="?", name=Name(value="x", kind=NAME_KIND_PREFERRED), edit=EDIT)
        ),
        "INVALID_ARGUMENT",
        ["name.kind"],
    ),
    (
        "a negative revision",
        lambda c: c.gazetteer.GetEntity(GetEntityRequest(id=SUDZHA, revision=-1)),
        "INVALID_ARGUMENT",
        ["revision"],
    ),
    (
        "a revision to come",
        lambda c: c.gazetteer.GetEntity(GetEntityRequest(id=SUDZHA, revision=10**6)),
        "FAILED_PRECONDITION",
        [],
    ),
]


@pytest.mark.parametrize(("why", "call", "code", "fields"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_done_names_the_field(
    client: Client, why: str, call: Call, code: str, fields: list[str]
) -> None:
    refused = failure(call, client)
    assert (refused.code, refused.fields) == (code, fields)
