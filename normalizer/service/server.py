"""The server: one process, a pool of threads, health, reflection, and an end that loses no answer.

It listens on the loopback interface unless told otherwise: there is no authentication here.
"""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import grpc
from google.protobuf.descriptor import Descriptor, FileDescriptor, ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from normalizer.mention_log import MentionLog
from normalizer.pipeline import Normalizer
from normalizer.service.boundary import Boundary
from normalizer.service.checking import Checking
from normalizer.service.editing import GazetteerServicer
from normalizer.service.following import Follower
from normalizer.service.limits import StreamLimit
from normalizer.service.normalizing import NormalizerServicer
from normalizer.terms import InvalidInput, Mention, NormalizerError
from normalizer.v1 import gazetteer_pb2, gazetteer_pb2_grpc, normalizer_pb2, normalizer_pb2_grpc

_ADDRESS = re.compile(r"(?P<host>.+):(?P<port>[0-9]{1,5})\Z")


class AddressUnusable(NormalizerError):
    """The server cannot listen there: another program does, or the host is not this machine."""


@dataclass(frozen=True)
class Settings:
    """How to serve. Raises InvalidInput for what is not an address."""

    address: str = "127.0.0.1:50051"
    """HOST:PORT; port 0 takes any free one."""
    threads: int = 16
    """Calls worked on at a time; further ones wait. Half of the threads at most are taken by streams."""
    max_calls: int = 1000
    """Calls worked on and waiting; a further one is RESOURCE_EXHAUSTED."""
    max_message: int = 4 * 1024 * 1024
    """The largest request accepted, in bytes; a larger one is RESOURCE_EXHAUSTED."""
    grace: float = 10.0
    """Seconds that calls in progress may take to finish once the server is told to stop."""
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
        if self.follow is not None:
            _host_and_port("follow", self.follow)


class Server:
    """A server that listens, and says SERVING, from `start` to `stop`."""

    def __init__(self, normalizer: Normalizer, settings: Settings) -> None:
        self._settings = settings
        self._place = normalizer.gazetteer.place
        self._follower = Follower(normalizer.gazetteer, settings.follow) if settings.follow else None
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
        log = MentionLog(settings.log_mentions, settings.log_limit) if settings.log_mentions else None
        normalizer_pb2_grpc.add_NormalizerServiceServicer_to_server(NormalizerServicer(normalizer, log), self._grpc)
        self._editing = GazetteerServicer(normalizer.gazetteer, self._follower)
        gazetteer_pb2_grpc.add_GazetteerServiceServicer_to_server(self._editing, self._grpc)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        ours = [service.full_name for service in _services()]
        reflection.enable_server_reflection([*ours, health.SERVICE_NAME, reflection.SERVICE_NAME], self._grpc)
        self._health_names = [health.OVERALL_HEALTH, *ours]
        self.address = settings.address

    @classmethod
    def start(cls, normalizer: Normalizer, settings: Settings | None = None) -> Server:
        """Listen, warm up, and only then report SERVING. `address` is the one bound. Raises AddressUnusable."""
        server = cls(normalizer, settings or Settings())
        server._report(serving=False)
        server.address = _bind(server._grpc, server.address)
        server._grpc.start()
        try:
            # The first mention loads the kernels and reads the index in, which takes a second or more.
            normalizer.normalize([Mention("warm up")])
        except BaseException:
            server.stop()
            raise
        if server._follower:
            server._follower.start()
        server._report(serving=True)
        if server._settings.verify:
            server._checking = Checking(server._place, server._damaged)
        return server

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
        """Send callers elsewhere, and say why to those who ask."""
        self._editing.problem = problem
        self._report(serving=False)

    def _report(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._health_names:
            self._health.set(name, status)


def _options(settings: Settings) -> list[tuple[str, int]]:
    silence = round(settings.keepalive * 1000)
    return [
        # Without this a second server would bind the same port and take half of the calls.
        ("grpc.so_reuseport", 0),
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
    with _signals() as received:
        server = Server.start(normalizer, settings)
        announce(server.address)
        received.get()
    server.stop()


@contextmanager
def _signals() -> Iterator[SimpleQueue[int]]:
    """A queue of the signals that ask to stop; the handlers from before are back afterwards."""
    received: SimpleQueue[int] = SimpleQueue()  # the one queue that a signal handler may put into
    asking = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda number, frame: received.put(number)) for number in asking}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bind(server: grpc.Server, address: str) -> str:
    """Listen on `address`; the address bound, with the real port."""
    host, wanted = _host_and_port("address", address)
    try:
        _try_socket(host.strip("[]"), wanted)
        port = server.add_insecure_port(address)
    except (OSError, RuntimeError) as error:
        problem = getattr(error, "strerror", None) or "another program was faster"
        raise AddressUnusable(
            f"cannot listen on {address}: {problem}. Choose another; port 0 takes any free one."
        ) from error
    return f"{host}:{port}"


def _host_and_port(field: str, address: str) -> tuple[str, int]:
    parts = _ADDRESS.match(address)
    if parts is None or int(parts["port"]) > 65535:
        raise InvalidInput(field, f"must be HOST:PORT such as 127.0.0.1:50051, not {address!r}")
    return parts["host"], int(parts["port"])


def _try_socket(host: str, port: int) -> None:
    """Raise OSError when the address cannot be bound: the operating system says why, gRPC would only say that."""
    family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    socket.create_server((str(place[0]), port), family=family).close()


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
