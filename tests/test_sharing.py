"""What forked processes see of each other, as far as the doctests of the module do not tell."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from normalizer.sharing import Counts, Slate
from normalizer.store import Store
from normalizer.store.sqlite.lock import WriterLock
from normalizer.terms import Edit, Entity, GazetteerInUse

FORK = multiprocessing.get_context("fork")


def run_afresh(check: Callable[..., None], *arguments: object) -> None:
    """Run what forks in a process that has no thread: this one may have some, of gRPC."""
    process = multiprocessing.get_context("spawn").Process(target=check, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0


def test_a_process_counts_for_the_others() -> None:
    run_afresh(check_counts)


def check_counts() -> None:
    counts = Counts(3)
    seen = [counts.others(process) for process in range(3)]
    for process in range(3):
        child = FORK.Process(target=counts.count, args=(process,))
        child.start()
        child.join()
        now = [counts.others(process) for process in range(3)]
        assert [one != other for one, other in zip(now, seen, strict=True)] == [at != process for at in range(3)]
        seen = now


def test_what_there_is_no_room_for_is_cut_off() -> None:
    slate = Slate("я" * 5000)
    assert slate.read() == "я" * 2048
    slate.write("\ud800")
    assert slate.read() == "?"


def scribble(slate: Slate) -> None:
    for number in range(10**9):
        slate.write(json.dumps([number] * (number % 500)))


def test_a_text_is_read_whole_while_it_is_written_and_when_its_writer_is_killed() -> None:
    run_afresh(check_slate)


def check_slate() -> None:
    slate = Slate("[]")
    for _ in range(3):
        writer = FORK.Process(target=scribble, args=(slate,))
        writer.start()
        end = time.monotonic() + 0.1 + random.random() / 10
        while time.monotonic() < end:
            assert len(set(json.loads(slate.read()))) < 2
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        assert len(set(json.loads(slate.read()))) < 2


def retire_and_revive(directory: Path, right: WriterLock, entity_id: str) -> None:
    store = Store.open(directory, write=True, right=right)
    for _ in range(10):
        store.retire(entity_id, Edit("test"))
        store.revive(entity_id, Edit("test"))
    store.close()


def test_processes_with_the_same_right_write_in_turn(tmp_path: Path) -> None:
    run_afresh(check_writing_in_turn, tmp_path)


def check_writing_in_turn(tmp_path: Path) -> None:
    right = Store.right(tmp_path)
    assert right
    ids = ["x:1", "x:2", "x:3"]
    store = Store.open(tmp_path, write=True, right=right)
    for entity_id in ids:
        store.create(Entity(entity_id, "place", "Sudzha"), Edit("test"))
    store.close()
    writers = [FORK.Process(target=retire_and_revive, args=(tmp_path, right, entity_id)) for entity_id in ids]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    right.release()
    store = Store.open(tmp_path)
    assert [change.revision for change in store.changes()] == list(range(1, 64))
    store.verify()
    store.close()


def test_a_right_is_held_until_all_have_released_it(tmp_path: Path) -> None:
    right = Store.right(tmp_path)
    assert right
    stores = [Store.open(tmp_path, write=True, right=right) for _ in range(2)]
    right.release()
    for store in stores:
        with pytest.raises(GazetteerInUse):
            Store.open(tmp_path, write=True)
        store.close()
    Store.open(tmp_path, write=True).close()
