"""GazetteerService through a real channel: what an edit does, what the next call sees, how an edit is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from calls import EDIT, Client, failure, message
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from normalizer.pipeline import Normalizer
from normalizer.terms import Edit as EditTerm
from normalizer.terms import Entity as EntityTerm
from normalizer.v1.gazetteer_pb2 import (
    AddNameRequest,
    CreateEntityRequest,
    ListChangesRequest,
    RemoveNameRequest,
    RetireEntityRequest,
    UpdateEntityRequest,
)
from normalizer.v1.normalizer_pb2 import NormalizeRequest
from normalizer.v1.types_pb2 import (
    NAME_KIND_FORMER,
    NAME_KIND_PREFERRED,
    STATE_ACTIVE,
    STATE_RETIRED,
    VERB_ADD_NAME,
    VERB_CREATE,
    VERB_IMPORT,
    VERB_REMOVE_NAME,
    VERB_RETIRE,
    VERB_UPDATE,
    Coordinates,
    Edit,
    Entity,
    Name,
)

NOWHERE = "test:nowhere"


@pytest.fixture
def village(client: Client, numbers: Iterator[int]) -> Entity:
    """A new entity, of this test only."""
    number = next(numbers)
    entity = Entity(
        id=f"test:{number}",
        type="place",
        name=f"Zhuravli {number}",
        names=[Name(value=f"Журавли {number}", language="ru", source="test")],
        kind="city",
        country="RU",
        parents=["geonames:538555"],
        coordinates=Coordinates(latitude=51.25, longitude=0.0),
        population=0,
        same_as=["wikidata:Q1"],
    )
    entity.facts.update({"height": 170, "ratio": 0.5, "list": [1, "a", None, True, {"deep": False}]})
    return client.gazetteer.CreateEntity(CreateEntityRequest(entity=entity, edit=EDIT)).entity


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count(1)


def found(client: Client, text: str) -> list[str]:
    answer = client.normalizer.Normalize(NormalizeRequest(mention=message(text)))
    return [candidate.entity_id for candidate in answer.resolution.candidates]


def test_what_was_created_is_read_back(client: Client, village: Entity) -> None:
    read = client.get(village.id)
    assert read == village
    assert {name.value for name in read.names} == {village.name, village.name.replace("Zhuravli", "Журавли")}
    assert (read.coordinates.longitude, read.HasField("population"), read.population) == (0.0, True, 0)
    assert read.facts["list"][4] == {"deep": False}
    assert (read.state, read.redirect, read.etag != "") == (STATE_ACTIVE, "", True)


def test_an_update_is_repeated_whatever_happened_meanwhile(client: Client, village: Entity) -> None:
    change = Entity(id=village.id, etag=village.etag, facts=village.facts, names=village.names[:1])
    edit = Edit(author="test", request_id=f"again {village.id}")
    request = UpdateEntityRequest(entity=change, update_mask=FieldMask(paths=["facts", "names"]), edit=edit)
    first = client.gazetteer.UpdateEntity(request).entity
    client.update(Entity(id=village.id, name="Kranovka"), "name")
    assert client.gazetteer.UpdateEntity(request).entity == first, "as it was answered the first time"


def test_only_one_name_is_preferred(client: Client, village: Entity) -> None:
    names = [Name(value=value, kind=NAME_KIND_PREFERRED) for value in ("B", "C")]
    after = client.update(Entity(id=village.id, names=names), "names")
    assert [name.value for name in after.names if name.kind == NAME_KIND_PREFERRED] == [village.name]
    assert {"B", "C"} <= {name.value for name in after.names}


def test_what_is_not_known_is_absent(client: Client) -> None:
    bare = Entity(id="test:bare", type="person", name="Bare")
    read = client.gazetteer.CreateEntity(CreateEntityRequest(entity=bare, edit=EDIT)).entity
    assert not read.HasField("population")
    assert not read.HasField("coordinates")
    assert (read.country, read.kind, list(read.parents)) == ("", "", [])


def test_large_integers_among_the_facts_keep_their_digits(client: Client, served: Normalizer) -> None:
    number = 2**63 + 1
    served.gazetteer.create(
        EntityTerm("test:large", "place", "Large", facts={"exact": 2**53, "large": number}), EditTerm("test")
    )
    facts = client.get("test:large").facts
    assert (facts["exact"], facts["large"]) == (2.0**53, str(number))


def test_a_created_entity_is_found_by_the_next_call(client: Client, village: Entity) -> None:
    assert found(client, village.name)[0] == village.id


def test_an_added_name_is_found_by_the_next_call(client: Client, village: Entity) -> None:
    text = f"Крановка {village.id[5:]}"
    name = Name(value=text, language="ru", kind=NAME_KIND_FORMER, source="test")
    after = client.gazetteer.AddName(AddNameRequest(id=village.id, name=name, edit=EDIT, etag=village.etag)).entity
    assert name in after.names
    assert after.etag != village.etag
    assert found(client, text)[0] == village.id

    removed = client.gazetteer.RemoveName(RemoveNameRequest(id=village.id, value=text, edit=EDIT)).entity
    assert name not in removed.names
    answer = client.normalizer.Normalize(NormalizeRequest(mention=message(text)))
    assert all(candidate.matched_name != text for candidate in answer.resolution.candidates)


def test_a_retired_entity_is_read_and_not_found(client: Client, village: Entity) -> None:
    after = client.gazetteer.RetireEntity(RetireEntityRequest(id=village.id, edit=EDIT)).entity
    assert after.state == STATE_RETIRED
    assert client.get(village.id).state == STATE_RETIRED
    assert village.id not in found(client, village.name)
    request = AddNameRequest(id=village.id, name=Name(value="x"), edit=EDIT)
    assert failure(client.gazetteer.AddName, request)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["id"])


UPDATES: dict[str, tuple[Entity, list[str], Callable[[Entity], Any], Any]] = {
    "name": (Entity(name="Kranovka"), ["name"], lambda entity: entity.name, "Kranovka"),
    "clear country": (Entity(), ["country"], lambda entity: entity.country, ""),
    "clear point": (Entity(), ["coordinates"], lambda entity: entity.HasField("coordinates"), False),
    "point on the meridian": (
        Entity(coordinates=Coordinates(latitude=1.5, longitude=0)),
        ["coordinates"],
        lambda entity: (entity.coordinates.latitude, entity.coordinates.longitude),
        (1.5, 0.0),
    ),
    "clear population": (Entity(), ["population"], lambda entity: entity.HasField("population"), False),
    "two fields": (
        Entity(kind="admin3"),
        ["kind", "same_as"],
        lambda entity: (entity.kind, entity.same_as),
        ("admin3", []),
    ),
    "facts": (Entity(facts=Struct()), ["facts"], lambda entity: dict(entity.facts), {}),
    "unmasked fields stay": (Entity(kind="x", country="UA"), ["kind"], lambda entity: entity.country, "RU"),
}


@pytest.mark.parametrize(("change", "paths", "read", "expected"), UPDATES.values(), ids=UPDATES)
def test_an_update_replaces_what_the_mask_names(
    client: Client, village: Entity, change: Entity, paths: list[str], read: Callable[[Entity], Any], expected: object
) -> None:
    entity = Entity(id=village.id, etag=village.etag)
    entity.MergeFrom(change)
    after = client.update(entity, *paths)
    assert read(after) == expected
    assert after == client.get(village.id)


def test_an_id_is_used_once(client: Client, village: Entity) -> None:
    failed = failure(client.gazetteer.CreateEntity, CreateEntityRequest(entity=village, edit=EDIT))
    assert failed[:2] == ("ALREADY_EXISTS", "ALREADY_EXISTS")


def test_a_request_id_is_applied_once(client: Client, village: Entity) -> None:
    edit = Edit(author="test", request_id=f"once {village.id}")
    request = AddNameRequest(id=village.id, name=Name(value="Однажды"), edit=edit)
    first = client.gazetteer.AddName(request).entity
    assert client.gazetteer.AddName(request).entity == first
    other = AddNameRequest(id=village.id, name=Name(value="Дважды"), edit=edit)
    assert failure(client.gazetteer.AddName, other)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["edit.request_id"])
    assert client.get(village.id) == first


def test_changes_are_listed_in_pages(client: Client, village: Entity) -> None:
    client.update(Entity(id=village.id, kind="admin3"), "kind")
    client.gazetteer.AddName(AddNameRequest(id=village.id, name=Name(value="Б"), edit=EDIT))
    client.gazetteer.RemoveName(RemoveNameRequest(id=village.id, value="Б", edit=EDIT))
    edit = Edit(author="test", reason="drowned", request_id=f"retire {village.id}")
    last = client.gazetteer.RetireEntity(RetireEntityRequest(id=village.id, edit=edit)).entity.revision

    changes, request = [], ListChangesRequest(page_size=2)
    while True:
        page = client.gazetteer.ListChanges(request)
        assert len(page.changes) <= 2
        changes += page.changes
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert [change.revision for change in changes] == list(range(1, last + 1))
    assert (changes[0].verb, changes[0].entity_id) == (VERB_IMPORT, "")
    verbs = [change.verb for change in changes if change.entity_id == village.id]
    assert verbs == [VERB_CREATE, VERB_UPDATE, VERB_ADD_NAME, VERB_REMOVE_NAME, VERB_RETIRE]
    assert (changes[-1].edit, len(changes[-1].hash)) == (edit, 64)
    assert changes[0].time.seconds <= changes[-1].time.seconds
    assert list(client.gazetteer.ListChanges(ListChangesRequest(after_revision=last)).changes) == []
    assert client.gazetteer.ListChanges(ListChangesRequest(after_revision=last - 1)).changes[0] == changes[-1]
