"""Calls to a server that tell how they failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from normalizer.v1.gazetteer_pb2 import GetEntityRequest, UpdateEntityRequest
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub
from normalizer.v1.normalizer_pb2 import Answer, NormalizeStreamRequest
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceStub
from normalizer.v1.types_pb2 import Edit, Entity, Mention

SUDZHA = "geonames:486816"
EDIT = Edit(author="test")


class Failure(NamedTuple):
    """How a call failed: the code's name, the reason of its ErrorInfo, the fields of its BadRequest, the message."""

    code: str
    reason: str
    fields: list[str]
    message: str


def read_status(status: status_pb2.Status) -> Failure:
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info) or detail.Unpack(bad)
    code = next(code.name for code in grpc.StatusCode if code.value[0] == status.code)
    return Failure(code, info.reason, [violation.field for violation in bad.field_violations], status.message)


def failure(call: Callable[..., Any], *args: Any, **options: Any) -> Failure:
    """Of a call that must fail; a status without details (made by gRPC itself) has no reason and no fields."""
    with pytest.raises(grpc.RpcError) as caught:
        call(*args, **options)
    status = rpc_status.from_call(caught.value)
    return read_status(status) if status else Failure(caught.value.code().name, "", [], caught.value.details())


class Client:
    """The stubs of both services on one channel, and the calls that many tests make."""

    def __init__(self, address: str, *options: tuple[str, int]) -> None:
        self.channel = grpc.insecure_channel(address, options)
        self.normalizer = NormalizerServiceStub(self.channel)
        self.gazetteer = GazetteerServiceStub(self.channel)

    def stream(self, requests: Iterable[NormalizeStreamRequest]) -> list[Answer]:
        return [response.answer for response in self.normalizer.NormalizeStream(iter(requests))]

    def get(self, entity_id: str) -> Entity:
        return self.gazetteer.GetEntity(GetEntityRequest(id=entity_id)).entity

    def update(self, entity: Entity, *paths: str) -> Entity:
        request = UpdateEntityRequest(entity=entity, update_mask=FieldMask(paths=paths), edit=EDIT)
        return self.gazetteer.UpdateEntity(request).entity


def message(text: str = "Суджа", **hints: Any) -> Mention:
    return Mention(text=text, **hints)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
