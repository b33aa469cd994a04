"""GazetteerService: reads and edits the gazetteer that answers come from. `lifecycle`, `watching` have the rest."""

from __future__ import annotations

import threading
from dataclasses import replace

import grpc

from normalizer.gazetteer import Gazetteer
from normalizer.service.following import Follower
from normalizer.service.lifecycle import LifecycleMethods, check_country, required, stored
from normalizer.service.paths import within
from normalizer.service.reading import read_edit, read_entity, read_fields, read_mask, read_name, read_revision
from normalizer.service.watching import WatchingMethods
from normalizer.service.writing import write_change, write_entity
from normalizer.sharing import Slate
from normalizer.terms import InvalidInput
from normalizer.v1 import gazetteer_pb2
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceServicer

PAGE = 100
"""Changes in a page when the caller does not say."""

MAX_PAGE = 1000
"""The most changes in a page."""


class GazetteerServicer(LifecycleMethods, WatchingMethods, GazetteerServiceServicer):
    """Each method is one call of `gazetteer` between two translations; `follower` keeps a replica up to date."""

    def __init__(self, gazetteer: Gazetteer, follower: Follower | None, damage: Slate) -> None:
        self._gazetteer = gazetteer
        self._follower = follower
        self.ending = threading.Event()
        self.damage = damage

    def GetEntity(
        self, request: gazetteer_pb2.GetEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.GetEntityResponse:
        """An entity of any state, through redirects."""
        entity = self._gazetteer.get(required(request.id, "id"), read_revision(request.revision))
        return gazetteer_pb2.GetEntityResponse(entity=write_entity(entity))

    def CreateEntity(
        self, request: gazetteer_pb2.CreateEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.CreateEntityResponse:
        """A new entity."""
        with within("entity"):
            entity = read_entity(request.entity)
            check_country(self._gazetteer, entity.country)
        edit = read_edit(request.edit)
        with stored("entity"):
            created = self._gazetteer.create(entity, edit)
        return gazetteer_pb2.CreateEntityResponse(entity=write_entity(created))

    def UpdateEntity(
        self, request: gazetteer_pb2.UpdateEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.UpdateEntityResponse:
        """Replaces the masked fields. The others are read first only because an entity must be whole to exist."""
        mask = read_mask(request.update_mask)
        edit = read_edit(request.edit)
        with within("entity"):
            present = self._gazetteer.get(required(request.entity.id, "id"))
            values = read_fields(request.entity, mask)
            check_country(self._gazetteer, values.get("country"))
            entity = replace(present, id=request.entity.id, **values)
        with stored("entity"):
            updated = self._gazetteer.update(entity, tuple(values), edit, etag=request.entity.etag or None)
        return gazetteer_pb2.UpdateEntityResponse(entity=write_entity(updated))

    def AddName(
        self, request: gazetteer_pb2.AddNameRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.AddNameResponse:
        """One more name."""
        with within("name"):
            name = read_name(request.name)
        edit = read_edit(request.edit)
        with stored(kind="name"):
            entity = self._gazetteer.add_name(required(request.id, "id"), name, edit, etag=request.etag or None)
        return gazetteer_pb2.AddNameResponse(entity=write_entity(entity))

    def RemoveName(
        self, request: gazetteer_pb2.RemoveNameRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.RemoveNameResponse:
        """One name less."""
        edit = read_edit(request.edit)
        with stored():
            entity = self._gazetteer.remove_name(
                required(request.id, "id"), request.value, edit, etag=request.etag or None
            )
        return gazetteer_pb2.RemoveNameResponse(entity=write_entity(entity))

    def RetireEntity(
        self, request: gazetteer_pb2.RetireEntityRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.RetireEntityResponse:
        """Withdraws an entity."""
        edit = read_edit(request.edit)
        with stored():
            entity = self._gazetteer.retire(required(request.id, "id"), edit, etag=request.etag or None)
        return gazetteer_pb2.RetireEntityResponse(entity=write_entity(entity))

    def ListChanges(
        self, request: gazetteer_pb2.ListChangesRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.ListChangesResponse:
        """A page of the log. One more change than asked for is read, to know whether there is a next page."""
        size = _page_size(request.page_size)
        changes = self._gazetteer.changes(_page_start(request), size + 1, request.entity_id or None)
        page = changes[:size]
        return gazetteer_pb2.ListChangesResponse(
            changes=map(write_change, page),
            next_page_token=f"after-{page[-1].revision}" if len(changes) > size else "",
        )


def _page_size(asked: int) -> int:
    if asked < 0:
        raise InvalidInput("page_size", f"must not be negative, not {asked}")
    return min(asked, MAX_PAGE) or PAGE


def _page_start(request: gazetteer_pb2.ListChangesRequest) -> int:
    """The revision after which the page begins."""
    if request.page_token:
        word, _, revision = request.page_token.partition("-")
        if word != "after" or not (revision.isascii() and revision.isdigit() and len(revision) < 19):
            raise InvalidInput("page_token", "is not a next_page_token of an earlier answer")
        return int(revision)
    if request.after_revision < 0:
        raise InvalidInput("after_revision", f"must not be negative, not {request.after_revision}")
    return request.after_revision
