"""How GazetteerService refuses: the code, the reason and the field of every edit that cannot be made."""

from __future__ import annotations

from typing import Any

import pytest
from calls import EDIT, SUDZHA, Client, failure
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct

from normalizer.pipeline import Normalizer
from normalizer.service.server import Server, Settings
from normalizer.v1.gazetteer_pb2 import (
    DESCRIPTOR,
    AddNameRequest,
    CreateEntityRequest,
    GetEntityRequest,
    ListChangesRequest,
    MergeEntityRequest,
    RemoveNameRequest,
    ReplaceNameRequest,
    RetireEntityRequest,
    RevertChangeRequest,
    ReviveEntityRequest,
    SplitEntityRequest,
    UnmergeEntityRequest,
    UpdateEntityRequest,
    UpsertEntitiesRequest,
)
from normalizer.v1.types_pb2 import (
    NAME_KIND_PREFERRED,
    Coordinates,
    Edit,
    Entity,
    Name,
)

NOWHERE = "test:nowhere"


BAD_UPDATES = {
    "no mask": (Entity(), [], "update_mask"),
    "unknown field": (Entity(), ["colour"], "update_mask"),
    "output only": (Entity(), ["state"], "update_mask"),
    "below a field": (Entity(), ["coordinates.latitude"], "update_mask"),
    "no name": (Entity(), ["name"], "entity.name"),
    "bad country": (Entity(country="Russia"), ["country"], "entity.country"),
    "no country": (Entity(country="ZZ"), ["country"], "entity.country"),
    "bad kind": (Entity(kind="\0"), ["kind"], "entity.kind"),
    "in itself": (Entity(parents=[SUDZHA]), ["parents"], "entity.parents"),
    "bad id of another data set": (Entity(same_as=["\0"]), ["same_as"], "entity.same_as"),
    "bad language among names": (
        Entity(names=[Name(value="a"), Name(value="b", language="?")]),
        ["names"],
        "entity.names[1].language",
    ),
    "bad parent": (Entity(parents=["a\tb"]), ["parents"], "entity.parents"),
    "negative population": (Entity(population=-1), ["population"], "entity.population"),
    "half a point": (Entity(coordinates=Coordinates(longitude=1)), ["coordinates"], "entity.coordinates.latitude"),
    "empty name among names": (Entity(names=[Name(value="a"), Name()]), ["names"], "entity.names[1].value"),
    "unknown kind of name": (Entity(names=[Name(value="a", kind=99)]), ["names"], "entity.names[0].kind"),
}


@pytest.mark.parametrize(("change", "paths", "field"), BAD_UPDATES.values(), ids=BAD_UPDATES)
def test_a_bad_update_is_named(client: Client, change: Entity, paths: list[str], field: str) -> None:
    entity = Entity(id=SUDZHA)
    entity.MergeFrom(change)
    failed = failure(client.update, entity, *paths)
    assert failed[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", [field])


BAD_CREATES = {
    "nothing": (Entity(), EDIT, "entity.id"),
    "no type": (Entity(id="test:x", name="x"), EDIT, "entity.type"),
    "no name": (Entity(id="test:x", type="place"), EDIT, "entity.name"),
    "facts not finite": (
        Entity(id="test:x", type="place", name="x", facts=Struct(fields={"a": {"number_value": float("inf")}})),
        EDIT,
        "entity.facts",
    ),
    "no country": (Entity(id="test:x", type="place", name="x", country="ZZ"), EDIT, "entity.country"),
    "no author": (Entity(id="test:x", type="place", name="x"), Edit(), "edit.author"),
    "control character": (Entity(id="test:x", type="place", name="x"), Edit(author="a", reason="\0"), "edit.reason"),
}


@pytest.mark.parametrize(("entity", "edit", "field"), BAD_CREATES.values(), ids=BAD_CREATES)
def test_a_bad_entity_is_named(client: Client, entity: Entity, edit: Edit, field: str) -> None:
    failed = failure(client.gazetteer.CreateEntity, CreateEntityRequest(entity=entity, edit=edit))
    assert failed[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", [field])


BAD_NAMES = {
    "empty": (Name(), "name.value"),
    "control character": (Name(value="a\x07"), "name.value"),
    "preferred": (Name(value="a", kind=NAME_KIND_PREFERRED), "name.kind"),
    "bad language": (Name(value="a", language="x" * 100_000), "name.language"),
    "bad source": (Name(value="a", source="\0"), "name.source"),
}


@pytest.mark.parametrize(("name", "field"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_bad_name_is_named(client: Client, name: Name, field: str) -> None:
    assert failure(client.gazetteer.AddName, AddNameRequest(id=SUDZHA, name=name, edit=EDIT)).fields == [field]


@pytest.mark.parametrize("value", ["", "Не то", "Sudzha"])
def test_a_name_that_cannot_be_removed_is_named(client: Client, value: str) -> None:
    request = RemoveNameRequest(id=SUDZHA, value=value, edit=EDIT)
    assert failure(client.gazetteer.RemoveName, request)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["value"])


def edits(entity_id: str, etag: str = "", edit: Edit = EDIT) -> dict[str, Any]:
    """One request of each kind that edits an entity, by method."""
    entity = Entity(id=entity_id, kind="city", etag=etag)
    return {
        "UpdateEntity": UpdateEntityRequest(entity=entity, update_mask=FieldMask(paths=["kind"]), edit=edit),
        "AddName": AddNameRequest(id=entity_id, name=Name(value="a"), edit=edit, etag=etag),
        "RemoveName": RemoveNameRequest(id=entity_id, value="Суджа", edit=edit, etag=etag),
        "RetireEntity": RetireEntityRequest(id=entity_id, edit=edit, etag=etag),
    }


NEW = Entity(id=NOWHERE, type="place", name="x")
EDITS_OF_MORE: dict[str, Any] = {
    "CreateEntity": CreateEntityRequest(entity=NEW, edit=EDIT),
    "UpsertEntities": UpsertEntitiesRequest(entities=[NEW], edit=EDIT),
    "ReplaceName": ReplaceNameRequest(id=SUDZHA, value="Суджа", name=Name(value="a"), edit=EDIT),
    "ReviveEntity": ReviveEntityRequest(id=SUDZHA, edit=EDIT),
    "MergeEntity": MergeEntityRequest(id=SUDZHA, into="geonames:538560", edit=EDIT),
    "UnmergeEntity": UnmergeEntityRequest(id=SUDZHA, edit=EDIT),
    "SplitEntity": SplitEntityRequest(id=SUDZHA, new_id=NOWHERE, values=["Суджа"], edit=EDIT),
    "RevertChange": RevertChangeRequest(revision=1, edit=EDIT),
}


@pytest.mark.parametrize("method", ["GetEntity", *edits("")])
def test_an_unknown_id_is_not_found(client: Client, method: str) -> None:
    requests = {"GetEntity": GetEntityRequest(id=NOWHERE), **edits(NOWHERE)}
    failed = failure(getattr(client.gazetteer, method), requests[method])
    assert failed[:2] == ("NOT_FOUND", "UNKNOWN_ENTITY")
    assert NOWHERE in failed.message


@pytest.mark.parametrize("method", ["GetEntity", *edits("")])
def test_a_missing_id_is_named(client: Client, method: str) -> None:
    requests = {"GetEntity": GetEntityRequest(), **edits("")}
    field = "entity.id" if method == "UpdateEntity" else "id"
    assert failure(getattr(client.gazetteer, method), requests[method]).fields == [field]


@pytest.mark.parametrize("method", edits(""))
def test_a_stale_etag_is_aborted(client: Client, method: str) -> None:
    before = client.get(SUDZHA)
    failed = failure(getattr(client.gazetteer, method), edits(SUDZHA, etag="r999")[method])
    assert failed[:2] == ("ABORTED", "STALE_ETAG")
    assert client.get(SUDZHA) == before


@pytest.mark.parametrize("method", edits(""))
def test_an_edit_without_an_author_is_refused(client: Client, method: str) -> None:
    assert failure(getattr(client.gazetteer, method), edits(SUDZHA, edit=Edit())[method]).fields == ["edit.author"]


BAD_PAGES = {
    "page_size": ListChangesRequest(page_size=-1),
    "after_revision": ListChangesRequest(after_revision=-1),
    "page_token": ListChangesRequest(page_token="after-½"),
}


@pytest.mark.parametrize(("field", "request_"), BAD_PAGES.items(), ids=BAD_PAGES)
def test_a_bad_page_is_named(client: Client, field: str, request_: ListChangesRequest) -> None:
    failed = failure(client.gazetteer.ListChanges, request_)
    assert failed[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", [field])


def test_a_server_that_may_not_write_says_so(normalizer: Normalizer) -> None:
    server = Server.start(normalizer, Settings("127.0.0.1:0", grace=0.0))
    client = Client(server.address)
    for method, request in {**edits(SUDZHA), **EDITS_OF_MORE}.items():
        argument = iter([request]) if method == "UpsertEntities" else request
        failed = failure(getattr(client.gazetteer, method), argument)
        assert failed[:2] == ("PERMISSION_DENIED", "READ_ONLY"), method
        assert "open for reading only" in failed.message
    assert client.get(SUDZHA).id == SUDZHA
    assert normalizer.gazetteer.revision == 1
    server.stop()


def test_all_edits_were_tried() -> None:
    methods = DESCRIPTOR.services_by_name["GazetteerService"].methods
    taking_edits = {method.name for method in methods if "edit" in method.input_type.fields_by_name}
    assert {*edits(""), *EDITS_OF_MORE} == taking_edits
