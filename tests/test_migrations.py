"""A gazetteer that an earlier version wrote: readers take it as it is, a writer brings it to this format."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from normalizer.store import Store
from normalizer.store.sqlite import FILE_NAME
from normalizer.store.sqlite import format as migrating
from normalizer.terms import Edit, InvalidInput, Name, State, Verb

OLD = Path(__file__).parent / "data" / "format-1.sql"
ANN = Edit("ann")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        db.executescript(OLD.read_text("utf-8"))
    return tmp_path


def format_in(directory: Path) -> str:
    with closing(sqlite3.connect(directory / FILE_NAME)) as db:
        return str(db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()[0])


@pytest.fixture
def upgraded(directory: Path) -> Iterator[Store]:
    with closing(Store.open(directory, write=True)) as store:
        yield store


def test_a_reader_takes_it_as_it_is(directory: Path) -> None:
    before = (directory / FILE_NAME).read_bytes()
    with closing(Store.open(directory)) as store:
        assert store.verify().revisions == 7
        assert [change.revision for change, _ in store.history("x:sudzha")] == [1, 3, 4]
        with store.view(2) as view:
            assert {entity.id for entity in view.undone()} == {"x:sudzha", "x:kursk", "x:old"}
    assert (directory / FILE_NAME).read_bytes() == before
    assert format_in(directory) == "1"


def test_a_writer_brings_it_to_this_format(directory: Path, upgraded: Store) -> None:
    assert format_in(directory) == str(migrating.FORMAT)
    proof = upgraded.verify()
    assert (proof.revisions, proof.active, proof.retired) == (7, 3, 1)
    assert upgraded.get("x:sudzha", 3).population is None
    assert upgraded.get("x:sudzha").population == 6036
    assert upgraded.create(upgraded.get("x:soudja"), Edit("ann", "a newspaper", "create-1")).revision == 2
    with pytest.raises(InvalidInput, match="request_id"):
        upgraded.retire("x:kursk", Edit("ann", request_id="remove-1"))


def test_it_can_do_then_what_the_new_format_is_for(upgraded: Store) -> None:
    survivor = upgraded.merge("x:soudja", "x:sudzha", ANN)
    assert [name.value for name in survivor.names] == ["Sudzha", "Суджа", "Soudja"]
    assert upgraded.unmerge("x:soudja", ANN).state is State.ACTIVE
    assert upgraded.revive("x:old", ANN).state is State.ACTIVE
    assert upgraded.verify().revisions == 10


def test_both_have_the_tables_of_a_new_one(upgraded: Store, directory: Path, tmp_path: Path) -> None:
    Store.open(tmp_path / "new", write=True).close()
    schemas = []
    for folder in (directory, tmp_path / "new"):
        with closing(sqlite3.connect(folder / FILE_NAME)) as db:
            rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
            schemas.append([(name, " ".join(sql.replace("IF NOT EXISTS ", "").split())) for name, sql in rows])
    assert schemas[0] == schemas[1]


def test_a_migration_that_fails_leaves_the_old_format(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "0002"

        def read_text(self, encoding: str) -> str:
            return "CREATE TABLE half (a); CREATE INDEX changes ON nothing (b);"

    steps = migrating._steps()
    monkeypatch.setattr(migrating, "_steps", lambda: [steps[0], Broken()])
    with pytest.raises(Exception, match="could not be used"):
        Store.open(directory, write=True)
    monkeypatch.undo()
    assert format_in(directory) == "1"
    with closing(Store.open(directory, write=True)) as store:
        store.add_name("x:sudzha", Name("Sudja"), ANN)
        assert store.changes(7)[0].verb is Verb.ADD_NAME
