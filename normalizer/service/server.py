"""The server: a pool of threads, health, reflection, and an end that loses no answer.

It listens on the loopback interface unless told otherwise: there is no authentication here. One process is all of it,
or one of several that `supervising` forks.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import grpc
from google.protobuf.descriptor import Descriptor, FileDescriptor, ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from normalizer.mention_log import Asked, MentionLog
from normalizer.pipeline import Normalizer
from normalizer.recent import REMEMBERED
from normalizer.service.boundary import Boundary
from normalizer.service.checking import Checking
from normalizer.service.editing import GazetteerServicer
from normalizer.service.following import Follower
from normalizer.service.limits import StreamLimit
from normalizer.service.normalizing import NormalizerServicer
from normalizer.service.signals import asked_to_stop, stop_signals
from normalizer.sharing import Slate
from normalizer.terms import InvalidInput, NormalizerError
from normalizer.v1 import gazetteer_pb2, gazetteer_pb2_grpc, normalizer_pb2, normalizer_pb2_grpc

_ADDRESS = re.compile(r"(?P<host>.+):(?P<port>[0-9]{1,5})\Z")


class AddressUnusable(NormalizerError):
    """The server cannot listen there: another program does, or the host is not this machine."""


@dataclass(frozen=True)
class Settings:
    """How to serve. Raises InvalidInput for what is not an address."""

    address: str = "127.0.0.1:50051"
    """HOST:PORT; port 0 takes any free one."""
    processes: int = 1
    """Processes that share the port out among them. Those of threads and calls below are of each."""
    threads: int = 16
    """Calls worked on at a time; further ones wait. Half of the threads at most are taken by streams."""
    max_calls: int = 1000
    """Calls worked on and waiting; a further one is RESOURCE_EXHAUSTED."""
    max_message: int = 4 * 1024 * 1024
    """The largest request accepted, in bytes; a larger one is RESOURCE_EXHAUSTED."""
    grace: float = 10.0
    """Seconds that calls in progress may take to finish once the server is told to stop."""
    remembered: int = REMEMBERED
    """Mentions that each process does not look up again while the gazetteer stays as it is."""
    keepalive: float = 60.0
    """Seconds of silence after which a client with an open call is asked for a sign of life, and has to give it."""

    verify: bool = False
    """Whether the gazetteer is verified, in another process, once it is served; damage ends SERVING."""
    follow: str | None = None
    """HOST:PORT of the server whose gazetteer this one copies, and to which edits go."""
    log_mentions: Path | None = None
    """Where the last mentions are kept with their answers; nowhere, unless somebody asks for it."""
    log_limit: int = 10_000
    """How many of them, at most."""

    def __post_init__(self) -> None:
        _host_and_port("address", self.address)
        if self.processes > 1 and sys.platform != "linux":
            raise InvalidInput("processes", "must be 1 here: only Linux shares the calls of a port out among several")
        if self.follow is not None:
            _host_and_port("follow", self.follow)


class Part(NamedTuple):
    """What a process is in a server, and what it has in common with the others."""

    leads: bool
    """Whether it is the one that follows and verifies."""
    standing: Slate
    """How a replica stands."""
    damage: Slate
    """What is wrong with the gazetteer."""
    call: Callable[[], None]
    """Has the others look at what is written there."""
    log: Callable[[Asked], None] | None
    """Is told what was answered."""

    @classmethod
    def all(cls, settings: Settings) -> Part:
        """Return the part of a process that is alone."""
        log = MentionLog(settings.log_mentions, settings.log_limit).add if settings.log_mentions else None
        return cls(True, Slate(), Slate(), lambda: None, log)


class Server:
    """A server that listens, and says SERVING, from `start` to `stop`."""

    def __init__(self, normalizer: Normalizer, settings: Settings, part: Part) -> None:
        self._settings = settings
        self._part = part
        self._place = normalizer.gazetteer.place
        self._follower = Follower(normalizer.gazetteer, settings.follow, part.standing) if settings.follow else None
        self._checking: Checking | None = None
        # Watching without a thread, which is the default, can hang: a watcher that leaves while the status is sent to
        # another one locks both up, and a server that stops then waits for ever.
        self._health = health.HealthServicer(experimental_non_blocking=False)
        self._grpc = grpc.server(
            ThreadPoolExecutor(settings.threads, thread_name_prefix="normalizer"),
            interceptors=[
                StreamLimit(max(1, settings.threads // 2)),
                Boundary(_request_types()),
            ],
            options=_options(settings),
            maximum_concurrent_rpcs=settings.max_calls,
        )
        answering = NormalizerServicer(normalizer, part.log)
        normalizer_pb2_grpc.add_NormalizerServiceServicer_to_server(answering, self._grpc)
        self._editing = GazetteerServicer(normalizer.gazetteer, self._follower, part.damage)
        gazetteer_pb2_grpc.add_GazetteerServiceServicer_to_server(self._editing, self._grpc)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        ours = [service.full_name for service in _services()]
        reflection.enable_server_reflection([*ours, health.SERVICE_NAME, reflection.SERVICE_NAME], self._grpc)
        self._health_names = [health.OVERALL_HEALTH, *ours]
        self.address = settings.address

    @classmethod
    def start(cls, normalizer: Normalizer, settings: Settings | None = None, part: Part | None = None) -> Server:
        """Listen, warm up, and only then report SERVING. `address` is the one bound. Raises AddressUnusable."""
        settings = settings or Settings()
        server = cls(normalizer, settings, part or Part.all(settings))
        server._report(serving=False)
        server.address = _bind(server._grpc, server.address, shared=settings.processes > 1)
        server._grpc.start()
        try:
            # The first mention loads the kernels and reads the index in, which takes a second or more.
            normalizer.warm_up()
        except BaseException:
            server.stop()
            raise
        server._report(serving=True)
        server.look()
        if server._part.leads:
            server._lead()
        return server

    def _lead(self) -> None:
        if self._follower:
            self._follower.start()
        if self._settings.verify:
            self._checking = Checking(self._place, self._damaged)

    def look(self) -> None:
        """Take note of what others have found: from a gazetteer that is damaged, callers are sent elsewhere."""
        if self._part.damage.read():
            self._report(serving=False)

    def stop(self) -> None:
        """Refuse new calls, let those in progress finish within the grace period, then end what is left."""
        self._health.enter_graceful_shutdown()
        self._editing.ending.set()
        if self._checking:
            self._checking.stop()
        self._grpc.stop(self._settings.grace).wait()
        if self._follower:
            self._follower.stop()

    def _damaged(self, problem: str) -> None:
        self._part.damage.write(problem)
        self._part.call()
        self.look()

    def _report(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._health_names:
            self._health.set(name, status)


def _options(settings: Settings) -> list[tuple[str, int]]:
    silence = round(settings.keepalive * 1000)
    return [
        # A second server would bind the same port and take half of the calls.
        ("grpc.so_reuseport", int(settings.processes > 1)),
        ("grpc.max_receive_message_length", settings.max_message),
        # A client that vanished without closing its connection would keep its streams, and their threads, for ever.
        ("grpc.keepalive_time_ms", silence),
        ("grpc.keepalive_timeout_ms", silence),
        ("grpc.http2.ping_timeout_ms", silence),
        ("grpc.http2.max_pings_without_data", 0),
    ]


def serve(
    normalizer: Normalizer, settings: Settings | None = None, announce: Callable[[str], None] = lambda address: None
) -> None:
    """Serve until SIGTERM or SIGINT, then drain and return; a second signal ends the process at once.

    `announce` is called with the address bound, when the server is ready. Call this from the main thread; `normalizer`
    stays open. Raises AddressUnusable.
    """
    with stop_signals() as signals:
        server = Server.start(normalizer, settings)
        announce(server.address)
        while not asked_to_stop(signals):
            pass
    server.stop()


def _bind(server: grpc.Server, address: str, *, shared: bool) -> str:
    """Listen on `address`, which is reserved already if it is `shared`; the address bound, with the real port."""
    host, _, _ = address.rpartition(":")
    with _usable(address):
        if not shared:
            _bound(address).close()
        return f"{host}:{server.add_insecure_port(address)}"


@contextmanager
def reserved(address: str) -> Iterator[str]:
    """Keep a port for processes of this user that share it, and for nobody else; gives the address with the real port.

    It is bound for one alone, and opened to others only then: so another server, which would share it too, is in the
    way as any program is. Raises AddressUnusable.
    """
    host, _, _ = address.rpartition(":")
    with _usable(address):
        keeper = _bound(address)
    with keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield f"{host}:{keeper.getsockname()[1]}"


@contextmanager
def _usable(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:
        problem = getattr(error, "strerror", None) or "another program was faster"
        raise AddressUnusable(
            f"cannot listen on {address}: {problem}. Choose another; port 0 takes any free one."
        ) from error


def _host_and_port(field: str, address: str) -> tuple[str, int]:
    parts = _ADDRESS.match(address)
    if parts is None or int(parts["port"]) > 65535:
        raise InvalidInput(field, f"must be HOST:PORT such as 127.0.0.1:50051, not {address!r}")
    return parts["host"], int(parts["port"])


def _bound(address: str) -> socket.socket:
    """A socket that has the address. Raises OSError: the operating system says why, gRPC would only say that."""
    host, port = _host_and_port("address", address)
    family, *_, place = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # after a server that ended just now
        bound.bind(place)
    except BaseException:
        bound.close()
        raise
    return bound


def _services() -> list[ServiceDescriptor]:
    files: list[FileDescriptor] = [normalizer_pb2.DESCRIPTOR, gazetteer_pb2.DESCRIPTOR]
    return [service for file in files for service in file.services_by_name.values()]


def _request_types() -> dict[str, Descriptor]:
    """The type of the requests of each of our methods, by full method name."""
    return {
        f"/{service.full_name}/{method.name}": method.input_type
        for service in _services()
        for method in service.methods
    }
