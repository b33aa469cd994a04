"""A server of several processes: real ones, which are killed, edited through, stopped, and damaged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from shutil import copytree
from typing import Any

import pytest
from calls import EDIT, SUDZHA, Client, failure, message, within
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from bench import postgresql_server
from normalizer.pipeline import Normalizer
from normalizer.service import supervising
from normalizer.service.server import AddressUnusable, Server, Settings, reserved
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import GazetteerInUse
from normalizer.v1.gazetteer_pb2 import AddNameRequest, GetStatusRequest, WatchChangesRequest
from normalizer.v1.normalizer_pb2 import NormalizeRequest, NormalizeStreamRequest
from normalizer.v1.types_pb2 import Name

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares a port out")

PROCESSES = 2
CONNECTIONS = 12
"""So many that the system hardly gives all of them to one process."""
LOGGED = 1000


class Running:
    """A server in processes of its own, and clients of it over connections of their own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        self.clients = [self.client() for _ in range(CONNECTIONS)]

    def client(self) -> Client:
        return Client(self.address, ("grpc.use_local_subchannel_pool", 1))

    @property
    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

    def ask(self, client: Client, text: str) -> Any:
        return client.normalizer.Normalize(NormalizeRequest(mention=message(text)), timeout=60, wait_for_ready=True)


@contextmanager
def serving(place: Place | Path, *options: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "normalizer.cli.main", "serve", "--processes", str(PROCESSES), *options]
    if "--address" not in options:
        command += ["--address", "127.0.0.1:0"]
    environment = Place.at(place).environment
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "listening on 127.0.0.1:" in line, process.communicate(timeout=30)
            yield Running(process, line.split()[-1])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "mentions.jsonl"


@pytest.fixture(scope="module")
def running(small_gazetteer: Path, tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[Running]:
    directory = copytree(small_gazetteer, tmp_path_factory.mktemp("processes") / "gazetteer")
    with serving(directory, "--no-verify", "--log-mentions", str(log), "--log-limit", str(LOGGED)) as server:
        server.directory = directory  # type: ignore[attr-defined]
        yield server


def add(client: Client, value: str) -> int:
    request = AddNameRequest(id=SUDZHA, name=Name(value=value), edit=EDIT)
    return client.gazetteer.AddName(request, timeout=60, wait_for_ready=True).entity.revision


def assert_edits_are_seen(running: Running, word: str) -> None:
    """Whoever edits, and whoever is asked next."""
    for number, editor in enumerate(running.clients):
        text = f"{word} {'abcdefghijklmnop'[number]}"
        revision = add(editor, text)
        calls = [
            client.normalizer.Normalize.future(NormalizeRequest(mention=message(text))) for client in running.clients
        ]
        answers = [call.result(60).resolution for call in calls]
        assert {answer.entity_id for answer in answers} == {SUDZHA}
        assert {answer.versions.revision for answer in answers} == {revision}


def test_an_edit_is_found_by_the_next_call_whichever_process_takes_it(running: Running) -> None:
    assert_edits_are_seen(running, "Qaxotepl")


def test_an_edit_is_watched_wherever_it_is_made(running: Running) -> None:
    said = running.clients[0].gazetteer.GetStatus(GetStatusRequest())
    watched = [
        client.gazetteer.WatchChanges(WatchChangesRequest(from_revision=said.revision), timeout=60)
        for client in running.clients[:4]
    ]
    for each in watched:
        next(each)
    revision = add(running.clients[-1], "Wizobul")
    for each in watched:
        assert next(one.change.revision for one in each if one.HasField("change")) == revision
        each.cancel()


def test_one_log_has_what_all_were_asked(running: Running, log: Path) -> None:
    asked = {f"Ostraq {number}" for number in range(120)}
    for number, text in enumerate(sorted(asked)):
        running.ask(running.clients[number % CONNECTIONS], text)
    assert within(20, lambda: asked <= {json.loads(line)["text"] for line in log.read_text("utf-8").splitlines()})


def test_a_process_that_is_killed_is_replaced_and_edits_go_on(running: Running) -> None:
    for place in range(PROCESSES):
        before = running.children
        os.kill(before[place], signal.SIGKILL)
        assert within(60, lambda before=before: len(running.children) == PROCESSES and running.children != before)  # type: ignore[misc]
        add(running.client(), f"Mirzovar {'ab'[place]}")
    running.clients = [running.client() for _ in range(CONNECTIONS)]
    for client in running.clients:
        running.ask(client, "Mirzovar")
    assert_edits_are_seen(running, "Kelbutan")


def test_a_port_or_a_gazetteer_that_is_taken_is_said(running: Running, own_gazetteer: Path, served: Normalizer) -> None:
    taken = Settings(running.address, PROCESSES)
    with pytest.raises(AddressUnusable, match=f"cannot listen on {running.address}: Address already in use"):
        supervising.serve(Place(own_gazetteer), taken, print)
    with pytest.raises(AddressUnusable):
        Server.start(served, Settings(running.address))
    with pytest.raises(GazetteerInUse, match=f"the process with pid {running.process.pid}"):
        supervising.serve(Place(running.directory), taken, print)  # type: ignore[attr-defined]


def test_a_port_is_reserved_for_one_server_before_it_listens() -> None:
    with reserved("127.0.0.1:0") as address, pytest.raises(AddressUnusable), reserved(address):
        pass


def open_stream(client: Client) -> tuple[SimpleQueue[NormalizeStreamRequest | None], Any]:
    waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
    answers = client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60)
    waiting.put(NormalizeStreamRequest(mention=message()))
    next(answers)
    return waiting, answers


def assert_not_serving(watched: Iterable[Any]) -> None:
    for one in watched:
        assert next(one).status == HealthCheckResponse.NOT_SERVING
        one.cancel()


def watch(server: Running) -> list[Any]:
    watched = [HealthStub(client.channel).Watch(HealthCheckRequest(), timeout=60) for client in server.clients[:4]]
    for one in watched:
        assert next(one).status == HealthCheckResponse.SERVING
    return watched


def test_all_drain_when_the_terminal_interrupts_them(own_gazetteer: Path) -> None:
    with serving(own_gazetteer) as server:
        streams, watched = [open_stream(client) for client in server.clients[:4]], watch(server)
        os.killpg(server.process.pid, signal.SIGINT)
        assert_not_serving(watched)
        for waiting, answers in streams:
            waiting.put(NormalizeStreamRequest(mention=message()))
            assert next(answers).answer.HasField("resolution")
            waiting.put(None)
            assert list(answers) == []
        _, errors = server.process.communicate(timeout=60)
        assert (server.process.returncode, errors) == (0, "")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_forked_it(own_gazetteer: Path, ending: signal.Signals) -> None:
    with serving(own_gazetteer, "--no-verify") as server:
        streams, watched = [open_stream(client) for client in server.clients[:4]], watch(server)
        children = server.children
        if ending == signal.SIGTERM:
            server.process.send_signal(signal.SIGTERM)
            assert_not_serving(watched)
        assert all(Path(f"/proc/{child}").exists() for child in children), "they wait for the streams"
        server.process.send_signal(ending)
        server.process.communicate(timeout=60)
        assert server.process.returncode == -ending
        assert within(60, lambda: not any(Path(f"/proc/{child}").exists() for child in children))
        for waiting, _ in streams:
            waiting.put(None)


def test_damage_ends_serving_of_all(own_gazetteer: Path) -> None:
    file = own_gazetteer / "gazetteer.sqlite"
    file.write_bytes(file.read_bytes().replace("Суджа".encode(), "Сужда".encode(), 1))
    with serving(own_gazetteer) as server:
        health = [HealthStub(client.channel) for client in server.clients]
        not_serving = HealthCheckResponse.NOT_SERVING
        assert within(60, lambda: all(one.Check(HealthCheckRequest()).status == not_serving for one in health))
        problems = [client.gazetteer.GetStatus(GetStatusRequest()).problem for client in server.clients]
        assert all("restore it from a backup" in problem for problem in problems)


def test_a_replica_of_several_processes_follows(own_gazetteer: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        leader = stack.enter_context(Normalizer.open(own_gazetteer, write=True))
        leading = Server.start(leader, Settings("127.0.0.1:0", grace=0.0))
        stack.callback(leading.stop)
        replica = stack.enter_context(serving(tmp_path / "replica", "--no-verify", "--follow", leading.address))
        revision = add(Client(leading.address), "Qaxotepl")
        for client in replica.clients:
            status = lambda client=client: client.gazetteer.GetStatus(GetStatusRequest())  # noqa: E731
            assert within(60, lambda status=status: status().revision == revision and not status().problem)  # type: ignore[misc]
            assert (status().follows, status().leader_revision) == (leading.address, revision)
            refused = failure(add, client, "Wizobul")
            assert f"send edits to {leading.address}" in refused.message


def test_several_processes_edit_one_database(own_gazetteer: Path, postgresql: postgresql_server.Server) -> None:
    place = Place(own_gazetteer, postgresql.new())
    file = own_gazetteer / FILE_NAME
    Store.restore(file, *place)
    file.unlink()
    with serving(place, "--no-verify") as server:
        assert_edits_are_seen(server, "Qaxotepl")
