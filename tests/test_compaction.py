"""The index compiled anew in the background: answers stay as they are, edits go on, a failure changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from normalizer import compiling
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Name

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
