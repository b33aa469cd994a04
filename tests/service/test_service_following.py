"""A replica that follows a real server: what it has, what it says of itself, and what it does not accept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from shutil import copytree, rmtree

import pytest
from calls import EDIT, SUDZHA, Client, failure, message, within
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench.reliability_server import BreakingWire
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.service import watching
from normalizer.service.following import bootstrap
from normalizer.service.server import Server, Settings
from normalizer.terms import Edit as EditTerm
from normalizer.terms import Entity as EntityTerm
from normalizer.terms import InvalidInput, NormalizerError
from normalizer.terms import Name as NameTerm
from normalizer.v1.gazetteer_pb2 import AddNameRequest, GetStatusRequest, GetStatusResponse, WatchChangesRequest
from normalizer.v1.normalizer_pb2 import NormalizeRequest
from normalizer.v1.types_pb2 import VERB_ADD_NAME, VERB_IMPORT, Name


@contextmanager
def serving(directory: Path, address: str = "127.0.0.1:0", follow: str | None = None) -> Iterator[Client]:
    with Normalizer.open(directory, write=True) as normalizer:
        server = Server.start(normalizer, Settings(address, grace=0.0, follow=follow))
        client = Client(server.address)
        client.address = server.address  # type: ignore[attr-defined]
        try:
            with client.channel:
                yield client
        finally:
            server.stop()


def status(client: Client) -> GetStatusResponse:
    return client.gazetteer.GetStatus(GetStatusRequest())


def add(client: Client, value: str) -> int:
    request = AddNameRequest(id=SUDZHA, name=Name(value=value), edit=EDIT)
    return client.gazetteer.AddName(request).entity.revision


def test_a_replica_has_what_its_leader_has_and_survives_its_restart(own_gazetteer: Path, tmp_path: Path) -> None:
    replica_of = tmp_path / "replica"
    with ExitStack() as leading, ExitStack() as following:
        leader = leading.enter_context(serving(own_gazetteer))
        address = leader.address  # type: ignore[attr-defined]
        bootstrap(replica_of, address)
        replica = following.enter_context(serving(replica_of, follow=address))
        revision = add(leader, "Qaxotepl")
        assert within(20, lambda: status(replica).revision == revision)
        answer = replica.normalizer.Normalize(NormalizeRequest(mention=message("Qaxotepl"))).resolution
        assert (answer.entity_id, answer.versions.revision) == (SUDZHA, revision)
        said = status(replica)
        assert (said.follows, said.leader_revision, said.problem) == (address, revision, "")
        assert said.seconds_behind < 20
        refused = failure(add, replica, "Wizobul")
        assert refused.code == "FAILED_PRECONDITION"
        assert f"send edits to {address}" in refused.message
        leading.close()
        assert within(20, lambda: "cannot be reached" in status(replica).problem)
        assert replica.get(SUDZHA).revision == revision, "it goes on answering"
        behind = status(replica).seconds_behind
        leader = leading.enter_context(serving(own_gazetteer, address))
        revision = add(leader, "Wizobul")
        assert within(20, lambda: status(replica).revision == revision and not status(replica).problem)
        assert status(replica).seconds_behind < behind + 20
    with Gazetteer.open(own_gazetteer) as one, Gazetteer.open(replica_of) as other:
        assert one.verify() == other.verify(), "the same chain of hashes"


def test_a_request_that_a_leader_answered_is_known_to_its_replica(own_gazetteer: Path, tmp_path: Path) -> None:
    once = EditTerm("ann", request_id="once")
    with serving(own_gazetteer) as leader:
        bootstrap(tmp_path / "replica", leader.address)  # type: ignore[attr-defined]
    with Gazetteer.open(own_gazetteer, write=True) as gazetteer:
        gazetteer.add_name(SUDZHA, NameTerm("Qaxotepl"), once)
    with serving(own_gazetteer) as leader, Normalizer.open(tmp_path / "replica", write=True) as normalizer:
        replica = Server.start(normalizer, Settings("127.0.0.1:0", grace=0.0, follow=leader.address))  # type: ignore[attr-defined]
        assert within(20, lambda: normalizer.gazetteer.revision == 2)
        replica.stop()
    with Gazetteer.open(tmp_path / "replica", write=True) as promoted:
        with pytest.raises(InvalidInput, match="request_id: was used before"):
            promoted.retire(SUDZHA, once)
        assert promoted.revision == 2


def test_a_leader_that_was_restored_is_not_followed(own_gazetteer: Path, tmp_path: Path) -> None:
    before = copytree(own_gazetteer, tmp_path / "before")
    with Gazetteer.open(own_gazetteer, write=True) as gazetteer:
        gazetteer.add_name(SUDZHA, NameTerm("Qaxotepl"), EditTerm("ann"))
    with serving(before) as leader, serving(own_gazetteer, follow=leader.address) as replica:  # type: ignore[attr-defined]
        assert within(20, lambda: "sends nothing after revision 2, which is here" in status(replica).problem)


def test_another_gazetteer_is_not_followed(own_gazetteer: Path, tmp_path: Path) -> None:
    other = copytree(own_gazetteer, tmp_path / "other")
    for directory, name in ((own_gazetteer, "Qaxotepl"), (other, "Wizobul")):
        with Gazetteer.open(directory, write=True) as gazetteer:
            gazetteer.add_name(SUDZHA, NameTerm(name), EditTerm("ann"))
    with serving(own_gazetteer) as leader:
        address = leader.address  # type: ignore[attr-defined]
        with serving(other, follow=address) as replica:
            assert within(20, lambda: "revision 2 there is not revision 2 here" in status(replica).problem)
            assert replica.get(SUDZHA).revision == 2, "it goes on answering"
        rmtree(other / "index")
        with pytest.raises(NormalizerError, match="revision 2 there is not revision 2 here"):
            bootstrap(other, address)


def test_a_leader_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NormalizerError, match=r"127\.0\.0\.1:1 cannot be followed"):
        bootstrap(tmp_path / "replica", "127.0.0.1:1")


def test_changes_are_watched(own_gazetteer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SIGN", 0.05)
    monkeypatch.setattr(watching, "_MOST_VERSIONS", 20)
    with serving(own_gazetteer) as leader:
        watched = leader.gazetteer.WatchChanges(WatchChangesRequest())
        assert (next(watched).newest_revision, next(watched).change.verb) == (1, VERB_IMPORT)
        more = [next(watched), next(watched), next(watched)]
        assert [one.complete for one in more] == [False, False, True], "61 versions, 20 in each message"
        assert not next(watched).HasField("change"), "a sign of life"
        add(leader, "Qaxotepl")
        change = next(one for one in watched if one.HasField("change"))
        assert (change.change.verb, change.complete, len(change.versions)) == (VERB_ADD_NAME, True, 1)
        assert '"Qaxotepl"' in change.versions[0].document
        watched.cancel()
        assert failure(lambda: next(leader.gazetteer.WatchChanges(WatchChangesRequest(from_revision=-1)))).fields == [
            "from_revision"
        ]
        ahead = failure(lambda: next(leader.gazetteer.WatchChanges(WatchChangesRequest(from_revision=99))))
        assert (ahead.code, ahead.reason) == ("FAILED_PRECONDITION", "REVISION_UNAVAILABLE")


def test_a_leader_says_that_it_follows_nobody(client: Client) -> None:
    said = status(client)
    assert (said.follows, said.seconds_behind, said.leader_revision) == ("", 0.0, said.revision)
    assert said.oldest_revision == max(0, said.revision - 1000)


def test_an_entity_of_a_leader_that_was_merged_is_merged_in_its_replica(own_gazetteer: Path, tmp_path: Path) -> None:
    with Gazetteer.open(own_gazetteer, write=True) as gazetteer:
        for number in (1, 2):
            gazetteer.create(EntityTerm(f"t:{number}", "place", "Qaxotepl"), EditTerm("ann"))
        gazetteer.merge("t:1", "t:2", EditTerm("ann"))
    with serving(own_gazetteer) as leader:
        bootstrap(tmp_path / "replica", leader.address)  # type: ignore[attr-defined]
    with Gazetteer.open(tmp_path / "replica") as replica:
        assert (replica.get("t:1").id, replica.revision) == ("t:2", 4)
        replica.verify()


def test_a_changed_letter_in_the_store_ends_serving(own_gazetteer: Path) -> None:
    file = own_gazetteer / "gazetteer.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole.replace("Суджа".encode(), "Сужда".encode(), 1))
    with Normalizer.open(own_gazetteer, write=True) as normalizer:
        server = Server.start(normalizer, Settings("127.0.0.1:0", grace=0.0, verify=True))
        client = Client(server.address)
        with client.channel:
            asked = health_pb2_grpc.HealthStub(client.channel)
            serving = health_pb2.HealthCheckResponse.SERVING
            assert within(60, lambda: asked.Check(health_pb2.HealthCheckRequest()).status != serving)
            assert "restore it from a backup" in status(client).problem
        server.stop()


def test_a_bootstrap_that_was_cut_off_goes_on(own_gazetteer: Path, tmp_path: Path) -> None:
    with serving(own_gazetteer) as leader:
        bootstrap(tmp_path / "replica", leader.address)  # type: ignore[attr-defined]
        rmtree(tmp_path / "replica" / "index")
        add(leader, "Qaxotepl")
        bootstrap(tmp_path / "replica", leader.address)  # type: ignore[attr-defined]
    with Gazetteer.open(tmp_path / "replica") as replica:
        assert replica.revision == 2


def test_a_watcher_does_not_keep_a_server_from_stopping(own_gazetteer: Path) -> None:
    with Normalizer.open(own_gazetteer, write=True) as normalizer:
        server = Server.start(normalizer, Settings("127.0.0.1:0", grace=60.0))
        client = Client(server.address)
        with client.channel:
            watched = client.gazetteer.WatchChanges(WatchChangesRequest(from_revision=1))
            assert next(watched).newest_revision == 1
            began = time.monotonic()
            server.stop()
            assert time.monotonic() - began < 30
            assert not any(one.HasField("change") for one in watched), "it ends without an error"


def test_a_first_copy_survives_connections_that_are_cut(own_gazetteer: Path, tmp_path: Path) -> None:
    with Gazetteer.open(own_gazetteer, write=True) as gazetteer:
        for number in range(100):
            gazetteer.add_name(SUDZHA, NameTerm(f"Qaxotepl {number}"), EditTerm("ann"))
    with serving(own_gazetteer) as leader:
        wire = BreakingWire(leader.address, Random(1), lambda numbers: numbers.randrange(60_000, 90_000))  # type: ignore[attr-defined]
        bootstrap(tmp_path / "replica", wire.address)
        wire.close()
    assert wire.cuts
    with Gazetteer.open(own_gazetteer) as one, Gazetteer.open(tmp_path / "replica") as other:
        assert one.verify() == other.verify()
