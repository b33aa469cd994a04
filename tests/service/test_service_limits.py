"""What idle and vanished clients may take from the others: streams, calls, threads."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any

import grpc
import pytest
from calls import Client, Failure, failure, message
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from normalizer.pipeline import Normalizer
from normalizer.service.server import Server, Settings
from normalizer.v1.normalizer_pb2 import NormalizeRequest, NormalizeStreamRequest


@contextmanager
def serving(normalizer: Normalizer, **settings: Any) -> Iterator[Server]:
    server = Server.start(normalizer, Settings("127.0.0.1:0", grace=0.0, **settings))
    try:
        yield server
    finally:
        server.stop()


class Idle:
    """A stream that was answered once, and then says nothing until it is ended."""

    def __init__(self, method: Callable[..., Any], first: Any) -> None:
        self._waiting: SimpleQueue[Any] = SimpleQueue()
        self._waiting.put(first)
        self.answers = method(iter(self._waiting.get, None), timeout=60)
        next(self.answers)

    def end(self) -> None:
        self._waiting.put(None)
        assert list(self.answers) == []


def mentions(client: Client) -> Idle:
    return Idle(client.normalizer.NormalizeStream, NormalizeStreamRequest(mention=message()))


def reflection(client: Client) -> Idle:
    return Idle(ServerReflectionStub(client.channel).ServerReflectionInfo, ServerReflectionRequest(list_services=""))


def watch(client: Client) -> Any:
    statuses = HealthStub(client.channel).Watch(HealthCheckRequest(), timeout=60)
    next(statuses)
    return statuses


def is_answered(client: Client) -> bool:
    return client.normalizer.Normalize(NormalizeRequest(mention=message()), timeout=60).HasField("resolution")


def refusal(client: Client, method: str) -> Failure:
    calls: dict[str, Callable[[], Any]] = {
        "NormalizeStream": lambda: client.stream([]),
        "ServerReflectionInfo": lambda: reflection(client),
        "Watch": lambda: watch(client),
    }
    return failure(calls[method])


def once_there_is_a_place(open_stream: Callable[[], Any]) -> Any:
    """A place is given back shortly after its stream ended."""
    while True:
        try:
            return open_stream()
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # noqa: PT017
            time.sleep(0.01)


@pytest.mark.parametrize("open_stream", [mentions, reflection])
def test_idle_streams_leave_threads_to_the_others(served: Normalizer, open_stream: Callable[[Client], Idle]) -> None:
    with serving(served, threads=4) as server:
        client = Client(server.address)
        idle = [open_stream(client) for _ in range(2)]
        for method in ("NormalizeStream", "ServerReflectionInfo", "Watch"):
            assert refusal(client, method)[:2] == ("RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS")
        assert is_answered(client)
        idle.pop().end()
        once_there_is_a_place(lambda: reflection(client)).end()
        idle.pop().end()


def test_a_server_stops_while_watchers_leave(served: Normalizer) -> None:
    for _ in range(5):
        with serving(served, threads=16) as server:
            watching = [watch(Client(server.address)) for _ in range(8)]
            for each in watching[::2]:
                each.cancel()


def test_no_more_calls_wait_than_were_set(served: Normalizer) -> None:
    with serving(served, threads=2, max_calls=1) as server:
        client = Client(server.address)
        idle = mentions(client)
        assert failure(client.normalizer.Normalize, NormalizeRequest(mention=message())).code == "RESOURCE_EXHAUSTED"
        idle.end()
        assert once_there_is_a_place(lambda: is_answered(client))


@contextmanager
def cable(address: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a detour to the server, and what cuts it: nothing passes any more, and nobody is told."""
    host, _, port = address.rpartition(":")
    is_cut = threading.Event()
    ends: list[socket.socket] = []

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and not is_cut.is_set():
                target.sendall(data)
            if not is_cut.is_set():
                target.shutdown(socket.SHUT_WR)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, far = listener.accept()[0], socket.create_connection((host, int(port)))
                ends.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", is_cut.set
        listener.shutdown(socket.SHUT_RDWR)
    for end in ends:
        end.close()


def test_a_client_that_vanished_gives_its_stream_back(served: Normalizer) -> None:
    with serving(served, threads=2, keepalive=0.5) as server, cable(server.address) as (detour, cut):
        vanished = mentions(Client(detour))
        near = Client(server.address)
        assert refusal(near, "NormalizeStream").reason == "TOO_MANY_STREAMS"
        cut()
        once_there_is_a_place(lambda: mentions(near)).end()
        vanished.answers.cancel()
