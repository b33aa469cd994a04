"""GazetteerService, the edits that concern more than one name of one entity; and what all edits share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from normalizer.gazetteer import Gazetteer
from normalizer.service.boundary import check_active
from normalizer.service.paths import located, within
from normalizer.service.reading import read_edit, read_entity, read_name
from normalizer.service.writing import write_change, write_entity
from normalizer.terms import Entity, InvalidInput
from normalizer.v1 import gazetteer_pb2, types_pb2

MAX_CHUNK = 1000
"""The most entities in a chunk of UpsertEntities."""


class LifecycleMethods:
    """Methods of GazetteerServicer."""

    _gazetteer: Gazetteer

    def ReplaceName(
        self, request: gazetteer_pb2.ReplaceNameRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.ReplaceNameResponse:
        """One name in the place of another."""
        with within("name"):
            name = read_name(request.name)
        edit, entity_id = read_edit(request.edit), required(request.id, "id")
        with stored(kind="name"):
            entity = self._gazetteer.replace_name(entity_id, request.value, name, edit, request.etag or None)
        return gazetteer_pb2.ReplaceNameResponse(entity=write_entity(entity))

    def ReviveEntity(
        self, request: gazetteer_pb2.ReviveEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.ReviveEntityResponse:
        """Takes a withdrawal back."""
        edit = read_edit(request.edit)
        with stored():
            entity = self._gazetteer.revive(required(request.id, "id"), edit, request.etag or None)
        return gazetteer_pb2.ReviveEntityResponse(entity=write_entity(entity))

    def MergeEntity(
        self, request: gazetteer_pb2.MergeEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.MergeEntityResponse:
        """Makes one entity lead to another."""
        edit, entity_id, into = read_edit(request.edit), required(request.id, "id"), required(request.into, "into")
        with stored():
            entity = self._gazetteer.merge(entity_id, into, edit, request.etag or None, request.into_etag or None)
        return gazetteer_pb2.MergeEntityResponse(entity=write_entity(entity))

    def UnmergeEntity(
        self, request: gazetteer_pb2.UnmergeEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.UnmergeEntityResponse:
        """Undoes a merge."""
        edit = read_edit(request.edit)
        with stored():
            entity = self._gazetteer.unmerge(required(request.id, "id"), edit, request.etag or None)
        return gazetteer_pb2.UnmergeEntityResponse(entity=write_entity(entity))

    def SplitEntity(
        self, request: gazetteer_pb2.SplitEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.SplitEntityResponse:
        """Moves names to a new entity."""
        edit, entity_id, new_id = (
            read_edit(request.edit),
            required(request.id, "id"),
            required(request.new_id, "new_id"),
        )
        with stored():
            entity, created = self._gazetteer.split(entity_id, new_id, request.values, edit, request.etag or None)
        return gazetteer_pb2.SplitEntityResponse(entity=write_entity(entity), created=write_entity(created))

    def RevertChange(
        self, request: gazetteer_pb2.RevertChangeRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.RevertChangeResponse:
        """Undoes a change."""
        edit = read_edit(request.edit)
        with stored():
            change = self._gazetteer.revert(request.revision, edit)
        return gazetteer_pb2.RevertChangeResponse(change=write_change(change))

    def UpsertEntities(
        self,
        request_iterator: Iterator[gazetteer_pb2.UpsertEntitiesRequest | InvalidInput],
        context: grpc.ServicerContext,
    ) -> gazetteer_pb2.UpsertEntitiesResponse:
        """Chunk after chunk, each committed before the next one is looked at."""
        response = gazetteer_pb2.UpsertEntitiesResponse()
        for chunk in request_iterator:
            with within(f"chunks[{response.chunks}]"):
                if isinstance(chunk, InvalidInput):
                    raise chunk
                response.changed += self._upsert(chunk)
            response.chunks += 1
            check_active(context)
        response.revision = self._gazetteer.revision
        return response

    def _upsert(self, chunk: gazetteer_pb2.UpsertEntitiesRequest) -> int:
        if len(chunk.entities) > MAX_CHUNK:
            raise InvalidInput("entities", f"must be at most {MAX_CHUNK:,}, these are {len(chunk.entities):,}")
        entities = []
        for place, message in enumerate(chunk.entities):
            with within(f"entities[{place}]"):
                entities.append(self._readable(message))
        edit = read_edit(chunk.edit)
        with stored("", id="entities"):
            return self._gazetteer.upsert(entities, edit)

    def _readable(self, message: types_pb2.Entity) -> Entity:
        entity = read_entity(message)
        check_country(self._gazetteer, entity.country)
        return entity


def check_country(gazetteer: Gazetteer, code: str | None) -> None:
    """Raise InvalidInput for a code that no country has."""
    if code and code not in gazetteer.keymaker.rules.countries:
        raise InvalidInput("country", f"{code!r} is not an ISO 3166-1 alpha-2 code")


def required(value: str, field: str) -> str:
    """The value. Raises InvalidInput when it is empty."""
    if not value:
        raise InvalidInput(field, "must not be empty")
    return value


@contextmanager
def stored(path: str = "", **places: str) -> Iterator[None]:
    """Locates what the gazetteer refuses: each field in its place, the request id in the edit, all others at `path`."""
    try:
        yield
    except InvalidInput as error:
        raise located(error, {"request_id": "edit", **places}.get(error.field, path)) from None
