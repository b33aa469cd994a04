"""Start, health, reflection and stop of the server, the last in a process of its own under real signals."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import grpc
import pytest
from calls import EDIT, SUDZHA, Client, failure, message, within
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from normalizer.pipeline import Normalizer
from normalizer.service.server import AddressUnusable, Server, Settings
from normalizer.store import Store
from normalizer.terms import Edit, InvalidInput, Name
from normalizer.v1.gazetteer_pb2 import RetireEntityRequest
from normalizer.v1.normalizer_pb2 import NormalizeRequest, NormalizeStreamRequest

SERVICES = ["normalizer.v1.GazetteerService", "normalizer.v1.NormalizerService"]


def statuses(client: Client, service: str) -> Iterator[HealthCheckResponse]:
    return HealthStub(client.channel).Watch(HealthCheckRequest(service=service), timeout=60)


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_health_is_serving(client: Client, service: str) -> None:
    answer = HealthStub(client.channel).Check(HealthCheckRequest(service=service))
    assert answer.status == HealthCheckResponse.SERVING


class Warming(Normalizer):
    """Looks at the health of its server while it is warmed up."""

    seen: int | None = None

    def warm_up(self) -> None:
        self.seen = self.check()
        super().warm_up()

    def check(self) -> int:
        raise RuntimeError("not told how")


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def test_health_is_serving_only_after_the_warm_up(served: Normalizer) -> None:
    address = free_address()
    check = HealthStub(Client(address).channel).Check
    normalizer = Warming(served.gazetteer)
    normalizer.check = lambda: check(HealthCheckRequest(), wait_for_ready=True, timeout=60).status
    server = Server.start(normalizer, Settings(address, grace=0.0))
    assert (normalizer.seen, normalizer.check()) == (HealthCheckResponse.NOT_SERVING, HealthCheckResponse.SERVING)
    server.stop()


def test_a_failed_warm_up_leaves_no_server(served: Normalizer) -> None:
    address = free_address()
    with pytest.raises(RuntimeError, match="not told how"):
        Server.start(Warming(served.gazetteer), Settings(address, grace=0.0))
    Server.start(served, Settings(address, grace=0.0)).stop()


def test_reflection_lists_the_services(client: Client) -> None:
    requests = [
        ServerReflectionRequest(list_services=""),
        ServerReflectionRequest(file_containing_symbol="normalizer.v1.NormalizerService"),
    ]
    listed, described = ServerReflectionStub(client.channel).ServerReflectionInfo(iter(requests))
    names = {service.name for service in listed.list_services_response.service}
    assert {*SERVICES, "grpc.health.v1.Health"} <= names
    assert described.file_descriptor_response.file_descriptor_proto


def test_a_port_in_use_is_said(served: Normalizer, server: Server) -> None:
    with pytest.raises(AddressUnusable, match=f"cannot listen on {server.address}"):
        Server.start(served, Settings(server.address))


@pytest.mark.parametrize("address", ["", "50051", "localhost", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:http"])
def test_what_is_no_address_is_said(served: Normalizer, address: str) -> None:
    with pytest.raises(InvalidInput, match="must be HOST:PORT"):
        Server.start(served, Settings(address))


def test_stop_lets_a_stream_finish(served: Normalizer) -> None:
    server = Server.start(served, Settings("127.0.0.1:0", grace=60.0))
    client = Client(server.address)
    waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
    answers = client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60)
    waiting.put(NormalizeStreamRequest(mention=message()))
    assert next(answers).answer.HasField("resolution")
    health = statuses(client, "")
    assert next(health).status == HealthCheckResponse.SERVING

    stopping = Thread(target=server.stop)
    stopping.start()
    assert next(health).status == HealthCheckResponse.NOT_SERVING
    waiting.put(NormalizeStreamRequest(mention=message()))
    assert next(answers).answer.HasField("resolution")
    waiting.put(None)
    assert list(answers) == []
    health.cancel()
    stopping.join(50)
    assert not stopping.is_alive()
    assert failure(client.normalizer.Normalize, NormalizeRequest(mention=message())).code == "UNAVAILABLE"


@contextmanager
def serving(directory: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    """`normalizer serve` in a process of its own, and a client of it."""
    command = [sys.executable, "-m", "normalizer.cli.main", "serve", "--data", directory, "--address", "127.0.0.1:0"]
    command += options
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "listening on 127.0.0.1:" in line, process.communicate(timeout=30)
            yield process, Client(line.split()[-1])
        finally:
            process.kill()


@pytest.mark.parametrize("processes", [1, 2] if sys.platform == "linux" else [1])
def test_a_server_for_reading_takes_no_edits_and_sees_those_of_others(own_gazetteer: Path, processes: int) -> None:
    with serving(own_gazetteer, "--read-only", "--processes", str(processes)) as (_, client):
        refused = failure(client.gazetteer.RetireEntity, RetireEntityRequest(id=SUDZHA, edit=EDIT))
        assert refused[:2] == ("PERMISSION_DENIED", "READ_ONLY")
        with closing(Store.open(own_gazetteer, write=True)) as store:
            store.add_name(SUDZHA, Name("Qaxotepl"), Edit("ann"))
        request = NormalizeRequest(mention=message("Qaxotepl"))
        assert within(30, lambda: client.normalizer.Normalize(request).resolution.entity_id == SUDZHA)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_ends_with_success(own_gazetteer: Path, number: signal.Signals) -> None:
    with serving(own_gazetteer) as (process, client):
        waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
        answers = client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60)
        waiting.put(NormalizeStreamRequest(mention=message()))
        next(answers)
        health = statuses(client, "")
        assert next(health).status == HealthCheckResponse.SERVING
        process.send_signal(number)
        assert next(health).status == HealthCheckResponse.NOT_SERVING
        waiting.put(NormalizeStreamRequest(mention=message()))
        assert next(answers).answer.HasField("resolution")
        waiting.put(None)
        assert list(answers) == []
        health.cancel()
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in errors) == (0, False)
        with pytest.raises(grpc.RpcError):
            client.normalizer.Normalize(NormalizeRequest(mention=message()))


def test_a_second_signal_ends_at_once(own_gazetteer: Path) -> None:
    with serving(own_gazetteer) as (process, client):
        waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
        waiting.put(NormalizeStreamRequest(mention=message()))
        next(client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60))
        health = statuses(client, "")
        next(health)
        process.send_signal(signal.SIGTERM)
        assert next(health).status == HealthCheckResponse.NOT_SERVING
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGTERM
        waiting.put(None)
