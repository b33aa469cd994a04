"""The store in PostgreSQL, where it is not as in SQLite: many writers, a server that goes and comes, what is heard."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import grpc
import psycopg
import pytest
from stores import numbered

from bench.postgresql_server import Server, serving
from normalizer.compiling import Compaction
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.service import checking
from normalizer.service.editing import GazetteerServicer
from normalizer.service.server import Server as GrpcServer
from normalizer.service.server import Settings
from normalizer.sharing import Slate
from normalizer.store import Store, version
from normalizer.store.database import Parameters, Rows
from normalizer.store.place import DIRECTORY_VARIABLE, STORE_VARIABLE, Place
from normalizer.store.postgresql import connection
from normalizer.store.postgresql.address import Address
from normalizer.store.postgresql.writing import Writer
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import (
    Edit,
    Entity,
    GazetteerMissing,
    InvalidInput,
    Mention,
    Name,
    NormalizerError,
    StaleEtag,
    StoreUnavailable,
)
from normalizer.v1 import gazetteer_pb2, normalizer_pb2, types_pb2
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceStub

ANN = Edit("ann")
SUDZHA = "geonames:486816"
NOWHERE = Path("/nowhere")
SECRET = "s3cr3t"


@pytest.fixture
def url(postgresql: Server) -> str:
    return postgresql.new()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(Store.open(NOWHERE, url, write=True)) as opened:
        opened.create(Entity("x:1", "place", "Sudzha"), ANN)
        yield opened


@pytest.fixture
def gazetteer(url: str, small_gazetteer: Path, tmp_path: Path) -> Iterator[Gazetteer]:
    """The small gazetteer with its store in PostgreSQL; it may be edited."""
    place = Place(copytree(small_gazetteer, tmp_path / "one"), url)
    Store.restore(place.directory / FILE_NAME, *place)
    with Gazetteer.open(place, write=True) as opened:
        yield opened


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def tell(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as db:
        cursor = db.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def cut(url: str, whose: str = "TRUE") -> None:
    """Cut all connections, as a firewall or an administrator may."""
    tell(url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {whose}")


# Many writers

WRITER = """
import sys
from pathlib import Path
from normalizer.service.server import Server as GrpcServer
from normalizer.service.server import Settings
from normalizer.store import Store, version
from normalizer.store.database import Parameters, Rows
from normalizer.terms import Edit, Name
number, count = map(int, sys.argv[1:])
from normalizer.store.place import DIRECTORY_VARIABLE, STORE_VARIABLE, Place
store = Store.open(*Place.of(), write=True)
for step in range(count):
    store.add_name("x:1", Name(f"Name {number}-{step}"), Edit("writer"))
"""


def test_processes_write_one_after_the_other(store: Store, url: str) -> None:
    environment = Place(NOWHERE, url).environment
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(n), "30"], env=environment) for n in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [change.revision for change in store.changes()] == list(range(1, 92))
    assert len(store.get("x:1").names) == 91
    store.verify()


def test_an_etag_guards_against_an_edit_on_another_host(store: Store, url: str) -> None:
    with closing(Store.open(NOWHERE, url, write=True)) as other:
        before = other.get("x:1")
        store.add_name("x:1", Name("Sudja"), ANN)
        with pytest.raises(StaleEtag):
            other.add_name("x:1", Name("Soudja"), ANN, etag=before.etag)


def test_a_request_is_applied_once_whichever_host_it_comes_to(store: Store, url: str) -> None:
    once = Edit("ann", request_id="one")
    with closing(Store.open(NOWHERE, url, write=True)) as other, ThreadPoolExecutor(8) as pool:
        edits = [pool.submit(one.add_name, "x:1", Name("Sudja"), once) for one in (store, other) * 4]
        assert {edit.result().revision for edit in edits} == {2}
    assert store.revision == 2


def test_a_writer_that_hangs_is_waited_for_so_long_and_no_longer(store: Store, url: str) -> None:
    tell(url, "CREATE TABLE IF NOT EXISTS held ()")
    store.add_name("x:1", Name("Sudja"), ANN)
    database: Any = store._database
    database._writer._db.execute("SET lock_timeout = '50ms'")
    with psycopg.connect(url) as db:
        db.execute("LOCK TABLE meta IN EXCLUSIVE MODE")
        assert store.get("x:1").name == "Sudzha", "reading waits for nobody"
        with pytest.raises(StoreUnavailable, match="is being written by somebody else, for longer than an edit takes"):
            store.add_name("x:1", Name("Soudja"), ANN)
    assert store.add_name("x:1", Name("Soudja"), ANN).revision == 3


def test_two_may_make_the_tables_at_once(url: str) -> None:
    barrier = threading.Barrier(4)

    def make(_: int) -> None:
        barrier.wait()
        Store.open(NOWHERE, url, write=True).close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    with closing(Store.open(NOWHERE, url)) as store:
        assert store.head == (0, "")


def test_no_answer_of_the_server_holds_a_whole_import(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[int] = []
    execute = connection.Connection.execute

    def counted(db: connection.Connection, sql: str, parameters: Parameters = ()) -> Rows:
        rows = execute(db, sql, parameters)
        fetched.append(rows.rowcount)  # type: ignore[attr-defined]
        return rows

    monkeypatch.setattr(connection.Connection, "execute", counted)
    count = 2 * version.PAGE + 1
    store.load(numbered(count), ANN)
    store.verify()
    assert sum(1 for _ in store.made_by(2)) == count
    with store.view() as view:
        assert len(view.changed_since(1)) == count
    assert max(fetched) == version.PAGE


def test_ids_are_ordered_by_their_bytes(store: Store, url: str, tmp_path: Path) -> None:
    ids = ["x:ä", "x:Z", "x:a", "x:é", "x:_", "x:10", "x:9", "x:я", "x:𝔘", "x:ﬀ", "X:1", "x-1"]
    with closing(Store.open(tmp_path, write=True)) as file:
        for one in (store, file):
            one.load([Entity(key, "place", "Somewhere") for key in ids], ANN)
        assert [entity.id for entity in store.entities() if entity.id != "x:1"] == [e.id for e in file.entities()]
    store.verify()
    columns = "column_name IN ('id', 'redirect', 'entity_id', 'request_id') AND table_schema = current_schema()"
    found = tell(
        url,
        f"SELECT DISTINCT collation_name FROM information_schema.columns NATURAL JOIN information_schema.tables "
        f"WHERE table_type = 'BASE TABLE' AND {columns}",
    )
    assert found == [("C",)], "whatever the database sorts by"


# What is heard


def test_an_edit_on_one_host_is_in_the_next_answers_of_another(gazetteer: Gazetteer, tmp_path: Path, url: str) -> None:
    other = Place(tmp_path / "two", url)
    Gazetteer.rebuild(other).close()
    with Normalizer.open(other) as reading:
        assert eventually(lambda: reading.gazetteer._store.latest[0] == 1)
        began = time.monotonic()
        waiting = ThreadPoolExecutor(1).submit(reading.gazetteer.wait, 1, 30.0)
        gazetteer.add_name(SUDZHA, Name("Qaxotepl"), ANN)
        assert waiting.result() == 2
        assert time.monotonic() - began < 10, "it was told, and did not wait"
        assert eventually(lambda: reading.gazetteer.snapshot.revision == 2)
        [answer] = reading.normalize([Mention("Qaxotepl")])
        assert (answer.candidates[0].entity_id, answer.versions.revision) == (SUDZHA, 2)


def test_a_closed_gazetteer_says_so(gazetteer: Gazetteer) -> None:
    assert eventually(lambda: gazetteer._store.latest[0] == 1)
    gazetteer.close()
    with pytest.raises(NormalizerError, match="the gazetteer is closed"):
        gazetteer.at(None)


def test_what_was_written_while_nobody_could_hear_is_caught_up(gazetteer: Gazetteer, url: str) -> None:
    with Gazetteer.open(gazetteer.place) as reading:
        assert eventually(lambda: reading._store.latest[0] == 1)
        cut(url, "query LIKE 'LISTEN%'")
        gazetteer.add_name(SUDZHA, Name("Qaxotepl"), ANN)
        assert eventually(lambda: reading.snapshot.revision == 2)
        gazetteer.add_name(SUDZHA, Name("Wizobul"), ANN)
        assert eventually(lambda: reading.snapshot.revision == 3)


def test_a_standby_that_took_over_too_early_is_noticed(gazetteer: Gazetteer, url: str) -> None:
    """It lacks the last edits, which were acknowledged but not replicated; others take their numbers."""
    gazetteer.create(Entity("t:1", "place", "Qaxotepl"), ANN)
    gazetteer.create(Entity("t:2", "place", "Wizobul"), ANN)
    with Gazetteer.open(gazetteer.place) as reading:
        assert reading.snapshot.delta.changed.keys() == {"t:1", "t:2"}
        tell(url, "DROP TRIGGER changes_are_never_deleted ON changes")
        tell(url, "DELETE FROM changes WHERE revision = 3; DELETE FROM entities WHERE revision = 3")
        with closing(Store.open(NOWHERE, url, write=True)) as there:
            assert there.create(Entity("t:3", "place", "Sozimek"), ANN).revision == 3
        for one in (reading, gazetteer):
            assert eventually(lambda: one.snapshot.delta.changed.keys() == {"t:1", "t:3"})  # noqa: B023


# A server that goes and comes


def test_connections_that_were_cut_are_made_again(store: Store, url: str) -> None:
    for number in range(3):
        cut(url)
        assert store.add_name("x:1", Name(f"Name {number}"), ANN).revision == number + 2
        cut(url)
        assert store.revision == number + 2
    store.verify()


def test_what_was_cut_in_the_middle_of_an_edit_is_not_kept(store: Store, url: str) -> None:
    def entities() -> Iterator[Entity]:
        yield Entity("x:2", "place", "Kursk")
        cut(url)
        yield Entity("x:3", "place", "Orel")

    with pytest.raises(StoreUnavailable, match="was lost in the middle of the edit: nothing of it was kept; repeat"):
        store.load(entities(), ANN)
    assert (store.revision, store.count()) == (1, 1)
    assert store.load([Entity("x:2", "place", "Kursk")], ANN) == 1


@pytest.mark.parametrize("kept", [True, False])
def test_a_commit_whose_answer_was_lost_is_looked_up(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    store.add_name("x:1", Name("Sudja"), ANN)
    execute = connection.Connection.execute

    def losing(self: connection.Connection, sql: str, *parameters: Any) -> Any:
        if sql != "COMMIT":
            return execute(self, sql, *parameters)
        monkeypatch.undo()
        if kept:
            execute(self, sql)
        cut(url)
        return execute(self, "SELECT 1")

    monkeypatch.setattr(connection.Connection, "execute", losing)
    if kept:
        assert store.add_name("x:1", Name("Soudja"), ANN).revision == 3
    else:
        with pytest.raises(StoreUnavailable, match="nothing of it was kept"):
            store.add_name("x:1", Name("Soudja"), ANN)
    assert store.revision == (3 if kept else 2)
    store.verify()


def test_answers_go_on_while_the_server_is_away(
    small_gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_PATIENCE", 0.2)
    place = Place(copytree(small_gazetteer, tmp_path / "one"))
    with serving(durable=False) as server:
        place = Place(place.directory, server.new())
        Store.restore(place.directory / FILE_NAME, *place)
        with Normalizer.open(place, write=True) as normalizer:
            gazetteer = normalizer.gazetteer
            gazetteer.add_name(SUDZHA, Name("Qaxotepl"), ANN)
            assert eventually(lambda: gazetteer._store.latest[0] == 2)
            server.kill()
            [answer] = normalizer.normalize([Mention("Qaxotepl")])
            assert (answer.candidates[0].entity_id, answer.versions.revision) == (SUDZHA, 2)
            assert normalizer.normalize([Mention("Qaxotepl")], revision=2) == [answer]
            [hinted] = normalizer.normalize([Mention("Qaxotepl", parent="geonames:538555")], explain=True)
            assert (hinted.entity_id, hinted.otherwise, hinted.candidates[0].romanized) == (SUDZHA, (), None)
            assert {"parent_agrees", "list_gap"} & {piece.name for piece in hinted.candidates[0].evidence}
            for act in (
                lambda: normalizer.normalize([Mention("Qaxotepl", parent="geonames:0")]),
                lambda: normalizer.normalize([Mention("Qaxotepl")], revision=1),
                lambda: gazetteer.add_name(SUDZHA, Name("Wizobul"), ANN),
                lambda: gazetteer.get(SUDZHA),
            ):
                with pytest.raises(StoreUnavailable, match="cannot be reached") as error:
                    act()
                assert SECRET not in str(error.value)
            status = GazetteerServicer(gazetteer, None, Slate()).GetStatus(gazetteer_pb2.GetStatusRequest(), None)
            assert (status.revision, SECRET in status.problem) == (2, False)
            assert "cannot be reached" in status.problem
            server.start()
            assert gazetteer.add_name(SUDZHA, Name("Wizobul"), ANN).revision == 3
            gazetteer.verify()


# What is said


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("postgresql://ann:s3cr3t@/x?host=/nowhere", StoreUnavailable, "postgresql://ann@/nowhere/x cannot be reached"),
        ("postgresql://ann:s3cr3t@127.0.0.1:1/x", StoreUnavailable, "127.0.0.1:1/x cannot be reached"),
        ("postgresql://ann:p@s3cr3t@host/x", InvalidInput, "store: cannot be read as postgresql://USER@HOST"),
        ("postgresql://ann:1/s3cr3t@host/x", InvalidInput, "cannot be read"),
        ("postgresql://ann:s3cr3t/@host/x", InvalidInput, "cannot be read"),
        ("postgresql://ann:s3cr3t@host:port/x", InvalidInput, "cannot be read"),
        ("postgresql://ann:s3cr3t%@host/x", InvalidInput, "cannot be read"),
        ("postgresql://host/x?password=s3cr3t&no=such", InvalidInput, "cannot be read"),
    ],
)
def test_no_message_holds_a_password(wrong: str, error: type[NormalizerError], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        Store.open(NOWHERE, wrong)
    chain: BaseException | None = raised.value
    while chain:
        assert SECRET not in str(chain)
        chain = None if chain.__suppress_context__ and chain.__cause__ is None else chain.__cause__ or chain.__context__


def test_an_address_shows_where_and_who(postgresql: Server) -> None:
    shown = Address.of("postgres://ann:s3cr3t@a.example:5432,b.example:5433/x?sslpassword=s3cr3t").shown
    assert shown == "postgresql://ann@a.example,b.example:5432,5433/x"
    assert SECRET not in Address.of(postgresql.url()).shown


def test_where_there_is_no_gazetteer(url: str) -> None:
    with pytest.raises(GazetteerMissing, match="normalizer gazetteer init --store"):
        Store.open(NOWHERE, url)


@pytest.mark.parametrize("write", [False, True])
def test_a_database_of_somebody_else_is_refused(url: str, write: bool) -> None:
    tell(url, "CREATE TABLE meta (key TEXT, value TEXT)")
    with pytest.raises(NormalizerError, match="is not a gazetteer of this program: choose another"):
        Store.open(NOWHERE, url, write=write)


def test_another_encoding_is_refused(postgresql: Server) -> None:
    tell(postgresql.url(), "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(NormalizerError, match="is encoded in LATIN1, which cannot hold all names"):
        Store.open(NOWHERE, postgresql.url().replace("/postgres?", "/latin?"), write=True)


def test_a_database_that_takes_no_edits_says_so(store: Store, url: str) -> None:
    reading = url.replace("options=", "options=-cdefault_transaction_read_only%3Don%20")
    with closing(Store.open(NOWHERE, reading)) as other:
        assert other.revision == 1
    with (
        closing(Store.open(NOWHERE, reading, write=True)) as other,
        pytest.raises(NormalizerError, match="takes no edits here: this is a standby, or set to be read-only"),
    ):
        other.add_name("x:1", Name("Sudja"), ANN)


def test_who_may_not_write_is_told(store: Store, url: str, postgresql: Server) -> None:
    schema = tell(url, "SELECT current_schema()")[0][0]
    tell(url, f"CREATE ROLE reader_{schema} LOGIN; GRANT USAGE ON SCHEMA {schema} TO reader_{schema};"
              f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader_{schema}")  # fmt: skip
    theirs = url.replace("normalizer:s3cr3t@", f"reader_{schema}@")
    with closing(Store.open(NOWHERE, theirs)) as reader:
        assert reader.verify().revisions == 1
    with (
        closing(Store.open(NOWHERE, theirs, write=True)) as other,
        pytest.raises(NormalizerError, match="does not let this user do that"),
    ):
        other.add_name("x:1", Name("Sudja"), ANN)


def test_what_postgresql_cannot_hold_is_refused(store: Store) -> None:
    with pytest.raises(NormalizerError):
        store.get("x:\0")
    assert store.revision == 1


def test_edits_are_durable_whatever_the_database_is_set_to(store: Store, url: str) -> None:
    for given, used in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")):
        there = url.replace("options=", f"options=-csynchronous_commit%3D{given}%20")
        with closing(Store.open(NOWHERE, there, write=True)) as other:
            database: Any = other._database
            writer: Writer = database._writer
            with writer.transaction() as db:
                assert db.execute("SHOW synchronous_commit").fetchone() == (used,)


# Safekeeping


def test_a_log_is_copied_there(url: str, tmp_path: Path) -> None:
    """As a replica copies that of its leader."""
    with closing(Store.open(tmp_path, write=True)) as leader, closing(Store.open(NOWHERE, url, write=True)) as replica:
        leader.load([Entity("a:1", "place", "Sudja")], ANN)
        leader.create(Entity("z:1", "place", "Soudja"), ANN)
        leader.merge("a:1", "z:1", Edit("ann", request_id="one"))
        for change in leader.changes():
            covered = leader.covered(change.revision)
            versions, requests = leader.made_by(change.revision), covered.requests
            replica.copy(change, covered.digest, versions, lambda requests=requests: requests)
        assert replica.verify() == leader.verify()


def test_a_backup_is_the_same_file_and_comes_back_in_either(store: Store, postgresql: Server, tmp_path: Path) -> None:
    store.load([Entity(f"x:{number}", "place", f"Place {number}") for number in range(2, 5000)], ANN)
    store.merge("x:3", "x:2", Edit("ann", request_id="m"))
    store.add_name("x:4", Name("Суджа"), Edit("ann", request_id="n"))
    store.retire("x:5", ANN)
    file = tmp_path / "monday.sqlite"
    assert store.backup(file) == store.verify()
    other = postgresql.new()
    Store.restore(file, tmp_path / "file")
    Store.restore(file, NOWHERE, other)
    with (
        closing(Store.open(tmp_path / "file", write=True)) as one,
        closing(Store.open(NOWHERE, other, write=True)) as two,
    ):
        assert one.verify() == two.verify() == store.verify()
        assert list(one.entities()) == list(two.entities()) == list(store.entities())
        for again in (one, two):
            assert again.merge("x:3", "x:2", Edit("ann", request_id="m")).revision == 3, "a retry is still known"
            assert again.unmerge("x:3", ANN).revision == 6
        with pytest.raises(NormalizerError, match="holds a gazetteer already: choose an empty database"):
            Store.restore(file, NOWHERE, other)
    damaged = bytearray(file.read_bytes())
    damaged[damaged.index("Суджа".encode())] ^= 1
    file.write_bytes(damaged)
    empty = postgresql.new()
    with pytest.raises(NormalizerError, match="is no whole backup"):
        Store.restore(file, NOWHERE, empty)


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "normalizer.store.postgresql", None)
    with pytest.raises(NormalizerError, match=r"pip install 'normalizer\[postgresql\]'"):
        Store.open(NOWHERE, "postgresql://host/x")


def test_nothing_of_it_is_needed_for_a_file(tmp_path: Path) -> None:
    program = "import sys; from normalizer.store import Store; print('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=os.environ)
    assert done.stdout == "False\n"


# Servers


@contextmanager
def serving_grpc(place: Place) -> Iterator[tuple[NormalizerServiceStub, GazetteerServiceStub]]:
    with Normalizer.open(place, write=True) as normalizer:
        server = GrpcServer.start(normalizer, Settings("127.0.0.1:0", grace=0.0))
        try:
            with grpc.insecure_channel(server.address) as channel:
                yield NormalizerServiceStub(channel), GazetteerServiceStub(channel)
        finally:
            server.stop()


def test_two_servers_of_one_database(gazetteer: Gazetteer, tmp_path: Path, url: str) -> None:
    elsewhere = Place(copytree(gazetteer.directory, tmp_path / "two"), url)
    with serving_grpc(gazetteer.place) as (_, editing), serving_grpc(elsewhere) as (asking, watching):
        watched = watching.WatchChanges(gazetteer_pb2.WatchChangesRequest(from_revision=1))
        assert next(watched).newest_revision == 1
        edit = types_pb2.Edit(author="ann", request_id="one")
        request = gazetteer_pb2.AddNameRequest(id=SUDZHA, name=types_pb2.Name(value="Qaxotepl"), edit=edit)
        added = editing.AddName(request).entity
        assert watching.AddName(request).entity == added, "a retry may go to another server"
        change = next(message.change for message in watched if message.HasField("change"))
        assert (change.revision, change.entity_id) == (2, SUDZHA)

        def answer() -> types_pb2.Resolution:
            mention = types_pb2.Mention(text="Qaxotepl")
            return asking.Normalize(normalizer_pb2.NormalizeRequest(mention=mention)).resolution

        assert eventually(lambda: answer().versions.revision == 2)
        assert answer().entity_id == SUDZHA
        watched.cancel()
        cut(url)
        status = watching.GetStatus(gazetteer_pb2.GetStatusRequest())
        assert (status.revision, status.problem) == (2, "")


def test_a_database_that_is_away_is_no_damage(small_gazetteer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Place(small_gazetteer, "postgresql://127.0.0.1:1/x")
    for name in (DIRECTORY_VARIABLE, STORE_VARIABLE):
        monkeypatch.setenv(name, away.environment[name])
    with pytest.raises(SystemExit) as ended:
        checking.main()
    codes, problems = [ended.value.code, ended.value.code, 0], list[str]()

    def started(check: checking.Checking) -> subprocess.Popen[str]:
        return subprocess.Popen(["sh", "-c", f"exit {codes.pop(0)}"], stderr=subprocess.PIPE, text=True)

    monkeypatch.setattr(checking, "_PAUSE", 0.0)
    monkeypatch.setattr(checking.Checking, "_started", started)
    check = checking.Checking(away, problems.append)
    assert eventually(lambda: not check._thread.is_alive()), "tried again, until it was there"
    assert (check._process.returncode, codes, problems) == (0, [], [])


def test_a_delta_that_others_make_large_is_compiled_too(gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Place] = []
    monkeypatch.setattr(Compaction, "start", lambda compaction: begun.append(compaction._place))
    with Gazetteer.open(gazetteer.place, compacted=1), Gazetteer.open(gazetteer.place, write=True, compacted=2):
        for number in range(2):
            gazetteer.create(Entity(f"t:{number}", "place", f"Qaxotepl {number}"), ANN)
        assert eventually(lambda: bool(begun)), "by those who may write"
    assert Place.at(begun[0]) == gazetteer.place
