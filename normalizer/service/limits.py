"""How many streams are open at a time: ours, and those of health and reflection, which anybody may open and leave idle.

A stream holds a thread for as long as it is open. If streams could take all threads, no other call would be answered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

import grpc
from grpc_status import rpc_status

from normalizer.service.boundary import Handler
from normalizer.service.errors import CallEnded, TooManyStreams, status_of


class StreamLimit(grpc.ServerInterceptor):
    """Refuses a stream when `most` others are open."""

    def __init__(self, most: int) -> None:
        self._places = BoundedSemaphore(most)

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Handler], details: grpc.HandlerCallDetails
    ) -> Handler:
        """The handler of the method called, limited if it is a stream in either direction."""
        handler = continuation(details)
        if handler is None or not (handler.response_streaming or handler.request_streaming):
            return handler
        coding = handler.request_deserializer, handler.response_serializer
        if not handler.response_streaming:
            return grpc.stream_unary_rpc_method_handler(self._limited(handler.stream_unary), *coding)
        if handler.request_streaming:
            return grpc.stream_stream_rpc_method_handler(self._limited(handler.stream_stream), *coding)
        return grpc.unary_stream_rpc_method_handler(self._limited(handler.unary_stream), *coding)

    def _limited(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def limited(request: Any, context: grpc.ServicerContext) -> Any:
            if not self._places.acquire(blocking=False):
                problem = "too many streams are open at this server: send more on each, or try later"
                context.abort_with_status(rpc_status.to_status(status_of(TooManyStreams(problem))))
            if not context.add_callback(self._places.release):
                self._places.release()
                context.abort_with_status(rpc_status.to_status(status_of(CallEnded("the call has ended"))))
            return method(request, context)

        return limited
