"""The one place where errors become statuses: around every method of our services.

Behind it, servicers are plain functions that return messages and raise; a request that could not be decoded reaches
them only as an InvalidInput in its place in a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from grpc_status import rpc_status

from normalizer.service.errors import CallEnded, status_of
from normalizer.service.undecodable import decoder
from normalizer.terms import InvalidInput

Handler = Any
"""A grpc.RpcMethodHandler."""


class Boundary(grpc.ServerInterceptor):
    """Wraps the methods that `request_types` names by full method name (``/package.Service/Method``)."""

    def __init__(self, request_types: Mapping[str, Descriptor]) -> None:
        self._request_types = request_types

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Handler], details: grpc.HandlerCallDetails
    ) -> Handler:
        """The handler of the method called, wrapped if it is one of ours."""
        handler = continuation(details)
        request_type = self._request_types.get(details.method)
        if handler is None or request_type is None:
            return handler
        coding = decoder(request_type), handler.response_serializer
        match handler.request_streaming, handler.response_streaming:
            case True, True:
                return grpc.stream_stream_rpc_method_handler(_guard_stream(handler.stream_stream), *coding)
            case True, False:
                return grpc.stream_unary_rpc_method_handler(_guard_unary(handler.stream_unary), *coding)
            case False, True:
                return grpc.unary_stream_rpc_method_handler(_guard_stream(handler.unary_stream), *coding)
            case _:
                return grpc.unary_unary_rpc_method_handler(_guard_unary(handler.unary_unary), *coding)


def check_active(context: grpc.ServicerContext) -> None:
    """Raise CallEnded when nobody waits for the answer any more; long work asks between its steps."""
    if not context.is_active():
        raise CallEnded("the call has ended")


def _guard_unary(method: Callable[[Any, grpc.ServicerContext], Message]) -> Callable[..., Message]:
    def answer(
        request: Iterator[Message | InvalidInput] | Message | InvalidInput, context: grpc.ServicerContext
    ) -> Message:
        try:
            check_active(context)
            if isinstance(request, InvalidInput):
                raise request
            return method(request, context)
        except Exception as error:
            status = status_of(error)
        return context.abort_with_status(rpc_status.to_status(status))

    return answer


def _guard_stream(method: Callable[[Any, grpc.ServicerContext], Iterator[Message]]) -> Callable[..., Iterator[Message]]:
    def answers(
        requests: Iterator[Message | InvalidInput] | Message | InvalidInput, context: grpc.ServicerContext
    ) -> Iterator[Message]:
        try:
            if isinstance(requests, InvalidInput):
                raise requests
            yield from method(requests, context)
            return
        except Exception as error:
            status = status_of(error)
        context.abort_with_status(rpc_status.to_status(status))

    return answers
