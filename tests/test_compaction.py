"""The index compiled anew in the background: answers stay as they are, edits go on, a failure changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import stuck_compiler

from normalizer import compiling
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.rulebook import Rulebook
from normalizer.store import Store
from normalizer.store.bulk import Written
from normalizer.store.place import Place
from normalizer.store.view import View
from normalizer.terms import Edit, Entity, Mention, Name
from normalizer.text.keys import KeyMaker

EDIT = Edit("tests")
SUDZHA = "geonames:486816"


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_large_delta_becomes_a_new_index_while_edits_go_on(own_gazetteer: Path) -> None:
    with Normalizer(Gazetteer.open(own_gazetteer, write=True, compacted=5)) as normalizer:
        gazetteer = normalizer.gazetteer
        for number in range(5):
            gazetteer.create(Entity(f"t:{number}", "place", f"Qaxotepl {number}"), EDIT)
        added = 0
        while not gazetteer.snapshot.delta.base.revision > 1:
            gazetteer.add_name(SUDZHA, Name(f"Wizobul {added}"), EDIT)
            [answer] = normalizer.normalize([Mention(f"Wizobul {added}")])
            assert (answer.candidates[0].entity_id, answer.versions.revision) == (SUDZHA, 7 + added)
            added += 1
            assert added < 2000
        snapshot = gazetteer.snapshot
        assert snapshot.delta.base.revision >= 6
        assert len(snapshot.delta.changed) <= 1
        [pinned] = normalizer.normalize([Mention("Qaxotepl 4")], revision=3)
        assert pinned.candidates[0].entity_id != "t:4", "a revision before the index is still there"
        gazetteer.verify()


ALPHA, BRAVO = (Entity(f"t:{name}", "place", f"{name} Oblast", kind="admin1") for name in ("Alpha", "Bravo"))
TOWN = Entity("t:town", "place", "Qaxotepl", kind="city", parents=("t:Alpha",))


def test_what_is_merged_while_an_index_is_compiled_is_merged_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Gazetteer.build(tmp_path, [ALPHA, BRAVO, TOWN], EDIT).close()
    documents = View.documents

    def merged_meanwhile(view: View, until: int) -> Iterator[str]:
        with closing(Store.open(tmp_path, write=True)) as store:
            store.merge("t:Alpha", "t:Bravo", EDIT)
        return documents(view, until)

    with closing(Store.open(tmp_path)) as store:
        monkeypatch.setattr(View, "documents", merged_meanwhile)
        compiling.compile_index(tmp_path, store, KeyMaker(Rulebook.load()))
        monkeypatch.undo()
    with Normalizer.open(tmp_path) as normalizer:
        [answer] = normalizer.normalize([Mention("Qaxotepl", parent="t:Bravo")])
        assert (answer.versions.revision, answer.entity_id) == (2, "t:town")


def test_what_others_write_beside_an_import_is_in_its_index(tmp_path: Path) -> None:
    def loaded(store: Store, written: Written) -> int:
        store.create(BRAVO, EDIT)
        count = store.load([ALPHA, TOWN], EDIT, written)
        store.add_name("t:town", Name("Wizobul"), EDIT)
        return count

    keymaker = KeyMaker(Rulebook.load())
    with closing(Store.open(tmp_path, write=True)) as store:
        compiling.compile_index(tmp_path, store, keymaker, loaded)
    with Gazetteer.open(tmp_path) as gazetteer:
        [part] = gazetteer.snapshot.parts
        assert {*part.segment.ids} == {"t:Alpha", "t:Bravo", "t:town"}
        assert {*part.segment.names_of(part.segment.ids.find("t:town"))} == {"Qaxotepl", "Wizobul"}
        gazetteer.verify()


def test_one_that_fails_changes_nothing(
    own_gazetteer: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Gazetteer.open(own_gazetteer, write=True, compacted=1) as gazetteer:
        monkeypatch.setattr(compiling, "__name__", "normalizer.no_such_module")
        gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
        assert eventually(lambda: "could not be compiled anew" in caplog.text)
        assert gazetteer.snapshot.delta.base.revision == 1
        gazetteer.verify()


def test_closing_does_not_wait_for_it(own_gazetteer: Path) -> None:
    gazetteer = Gazetteer.open(own_gazetteer, write=True, compacted=1)
    gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    gazetteer.close()
    with Gazetteer.open(own_gazetteer) as reopened:
        assert reopened.revision == 2
        reopened.verify()


def test_closing_ends_its_workers_as_well(own_gazetteer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    monkeypatch.setattr(compiling, "__name__", stuck_compiler.__name__)
    gazetteer = Gazetteer.open(own_gazetteer, write=True, compacted=1)
    gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    assert eventually((own_gazetteer / stuck_compiler.BEGUN).exists)
    closing = threading.Thread(target=gazetteer.close, daemon=True)
    closing.start()
    closing.join(30)
    assert not closing.is_alive(), "a worker is left, and has the pipe that is read to its end"


def test_workers_end_with_a_program_that_is_killed(tmp_path: Path) -> None:
    environment = Place(tmp_path).environment
    with subprocess.Popen([sys.executable, stuck_compiler.__file__], env=environment, stderr=subprocess.PIPE) as stuck:
        begun = eventually((tmp_path / stuck_compiler.BEGUN).exists)
        stuck.kill()
        stuck.communicate(timeout=30)  # to the end of what a worker that is left could still write
    assert begun
