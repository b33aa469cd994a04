"""A store that was damaged, or is none: noticed, refused, and said with what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from stores import ANN, SUDZHA, in_a_file, numbered, tamper

from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.sqlite import FILE_NAME, SQLite, connection, safekeeping
from normalizer.terms import Entity, GazetteerMissing, Name, NormalizerError

UNLOCK = ("DROP TRIGGER changes_are_never_rewritten", "DROP TRIGGER changes_are_never_deleted")

TAMPERED = [
    (
        "a current document",
        "UPDATE entities SET document = replace(document, '6036', '6037')",
        "entity or request of revision",
    ),
    (
        "an old document",
        "UPDATE history SET document = replace(document, '6036', '6037')",
        "entity or request of revision 1",
    ),
    ("a state", "UPDATE entities SET state = 'RETIRED'", "entity or request of revision"),
    ("a lost version", "DELETE FROM history", "entity or request of revision 1"),
    ("an author", "UPDATE changes SET author = 'bob' WHERE revision = 2", "record of revision 2"),
    ("a reason", "UPDATE changes SET reason = reason || '.' WHERE revision = 1", "record of revision 1"),
    ("a hash", "UPDATE changes SET hash = digest WHERE revision = 3", "record of revision 3"),
    ("a lost record", "DELETE FROM changes WHERE revision = 2", "record of revision 2 is missing"),
    (
        "an entity from nowhere",
        "INSERT INTO entities SELECT 'x:9', 9, state, redirect, document FROM entities",
        "no record accounts for the entity 'x:9'",
    ),
]


@pytest.mark.parametrize(("why", "statement", "message"), TAMPERED, ids=[row[0] for row in TAMPERED])
def test_verify_notices(store: Store, sudzha: Entity, place: Place, why: str, statement: str, message: str) -> None:
    store.add_name(SUDZHA.id, Name("Sudja"), ANN)
    store.add_name(SUDZHA.id, Name("Soudja"), ANN)
    store.verify()
    tamper(place, *(f"{line} ON changes" if place.store else line for line in UNLOCK), statement)
    with pytest.raises(NormalizerError, match=message):
        store.verify()


@pytest.mark.parametrize("statement", ["DELETE FROM changes", "UPDATE changes SET author = 'bob'"])
def test_the_log_cannot_be_rewritten_by_accident(store: Store, sudzha: Entity, place: Place, statement: str) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="only grows"):
        tamper(place, statement)


def test_where_there_is_no_gazetteer(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / FILE_NAME).touch()
    for directory in (tmp_path, tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(GazetteerMissing, match="normalizer gazetteer init"):
            Store.open(directory)
    (tmp_path / "file").touch()
    with pytest.raises(NormalizerError, match="choose another data directory"):
        Store.open(tmp_path / "file", write=True)


@pytest.mark.parametrize("write", [False, True])
def test_a_file_of_somebody_else_is_refused(tmp_path: Path, write: bool) -> None:
    tamper(Place(tmp_path), "CREATE TABLE meta (key, value)")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(NormalizerError, match="not a gazetteer of this program"):
        Store.open(tmp_path, write=write)
    assert (tmp_path / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("write", [False, True])
def test_a_newer_format_is_refused(place: Place, write: bool) -> None:
    Store.open(*place, write=True).close()
    tamper(place, "UPDATE meta SET value = '3' WHERE key = 'format'")
    with pytest.raises(NormalizerError, match=r"knows format [12] and earlier ones, it has 3; install"):
        Store.open(*place, write=write)


@pytest.mark.parametrize("write", [False, True])
def test_what_is_no_database_is_refused(tmp_path: Path, write: bool) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(NormalizerError, match="is not an SQLite file: restore"):
        Store.open(tmp_path, write=write)


def test_a_damaged_page_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "whole", write=True)
    store.load(numbered(2000), ANN)
    store.close()
    shutil.copytree(tmp_path / "whole", tmp_path / "hurt")
    with (tmp_path / "hurt" / FILE_NAME).open("r+b") as file:
        file.seek(8 * 4096)
        file.write(os.urandom(40 * 4096))
    hurt = Store.open(tmp_path / "hurt")
    for call in (hurt.verify, lambda: list(hurt.entities())):
        with pytest.raises(NormalizerError, match=r"damaged.*restore"):
            call()
    hurt.close()


def with_wal(directory: Path) -> None:
    """Make a store whose last edit is in the WAL alone, as a writer leaves it that is killed."""
    alive = directory / "alive"
    with closing(Store.open(alive, write=True)) as store:
        store.create(SUDZHA, ANN)
        store.backup(directory / "backup")
        store.add_name(SUDZHA.id, Name("Sudja"), ANN)
        (directory / "killed").mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(alive / f"{FILE_NAME}{suffix}", directory / "killed" / f"{FILE_NAME}{suffix}")


def test_a_store_that_is_restored_has_nothing_of_the_one_that_was_moved_away(tmp_path: Path) -> None:
    with_wal(tmp_path)
    (tmp_path / "killed" / FILE_NAME).unlink()
    Store.restore(tmp_path / "backup", tmp_path / "killed")
    with closing(Store.open(tmp_path / "killed", write=True)) as store:
        assert store.verify().revisions == 1
    assert len(list((tmp_path / "killed").glob(f"{FILE_NAME}.*-wal"))) == 1, "it is kept"


def test_a_restore_that_dies_loses_nothing_of_the_store_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_wal(tmp_path)
    replace = os.replace

    def dying(source: Path, target: Path) -> None:
        if source.name == FILE_NAME:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        Store.restore(tmp_path / "backup", tmp_path / "killed", replace=True)
    with closing(Store.open(tmp_path / "killed")) as store:
        assert store.verify().revisions == 2


def test_a_store_that_is_being_read_is_not_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed since the reader began is in the WAL alone, and it stays there as long as that reads."""
    monkeypatch.setattr(connection, "_BUSY_SECONDS", 0.1)
    with closing(Store.open(tmp_path, write=True)) as store:
        store.load(numbered(2), ANN)
        store.backup(tmp_path / "backup")
    with closing(Store.open(tmp_path)) as reader:
        reading = reader.entities()
        next(reading)
        with closing(Store.open(tmp_path, write=True)) as writer:
            writer.create(SUDZHA, ANN)
        with pytest.raises(NormalizerError, match=r"is being read.*wait until that has ended"):
            Store.restore(tmp_path / "backup", tmp_path, replace=True)
        assert (reader.revision, len([*reading])) == (2, 1)
    Store.restore(tmp_path / "backup", tmp_path, replace=True)
    with closing(Store.open(tmp_path)) as store:
        assert store.revision == 1


def test_a_store_is_never_there_without_its_wal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_wal(tmp_path)
    monkeypatch.setattr(safekeeping, "_takes_in_its_wal", lambda file: False)
    renamed: list[str] = []
    replace = os.replace

    def noting(source: Path, target: Path) -> None:
        replace(source, target)
        renamed.append(source.name)

    monkeypatch.setattr(os, "replace", noting)
    Store.restore(tmp_path / "backup", tmp_path / "killed", replace=True)
    assert renamed[:2] == [FILE_NAME, f"{FILE_NAME}-wal"]


@in_a_file
def test_a_full_disk_keeps_nothing_of_the_edit(store: Store, sudzha: Entity) -> None:
    database = store._database
    assert isinstance(database, SQLite)
    with database.writing() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    database._writer._db.execute(f"PRAGMA max_page_count = {pages + 2}")  # type: ignore[union-attr]
    with pytest.raises(NormalizerError, match="the disk is full: nothing of this edit was kept"):
        store.load(numbered(5000), ANN)
    assert (store.revision, store.count()) == (1, 1)
    store.verify()


def test_a_change_of_another_log_is_not_taken_over(store: Store, sudzha: Entity, tmp_path: Path) -> None:
    with closing(Store.open(tmp_path / "other", write=True)) as other:
        other.load(numbered(3), ANN)
        other.load(numbered(4), ANN)
        change, covered = other.changes(after=1)[0], other.covered(2)
        for start, message in ((1, "does not continue the log here"), (2, "does not continue it")):
            assert store.revision == start
            with pytest.raises(NormalizerError, match=message):
                store.copy(change, covered.digest, other.made_by(2), lambda: covered.requests)
            assert (store.revision, store.count()) == (start, 1), "nothing of it is kept"
            store.add_name(SUDZHA.id, Name(f"Sudja {start}"), ANN)
    store.verify()
