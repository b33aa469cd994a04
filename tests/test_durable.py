"""What takes the place of a file is on the disk before it does, and so are all names when the writing is done."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from small_index import ENTITIES, index
from stores import ANN, KURSK

from normalizer.index import files
from normalizer.matching.model import CARD, MODEL, Model
from normalizer.mention_log import MentionLog
from normalizer.store import Store


def write_model(folder: Path) -> None:
    Model.load().write(folder, json.loads((MODEL / CARD).read_text("utf-8")))


def write_index(folder: Path) -> None:
    files.write(index(1, ENTITIES), folder)


def write_log(folder: Path) -> None:
    log = MentionLog(folder / "log.jsonl", 2)
    log.keep(["{}", "{}"])
    log.keep(["{}"])


def write_backup(folder: Path) -> None:
    with closing(Store.open(folder.parent / "data", write=True)) as store:
        store.create(KURSK, ANN)
        store.backup(folder / "backup.sqlite")


@pytest.mark.parametrize("write", [write_model, write_index, write_log, write_backup])
def test_all_that_was_written_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    synced: set[int] = set()
    fsync, replace = os.fsync, os.replace

    def syncing(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def replacing(part: Path | str, file: Path | str) -> None:
        if tmp_path in Path(file).parents:  # and not a kernel that is compiled
            assert os.stat(part).st_ino in synced, f"{file} may be empty after a loss of power"
            synced.discard(os.stat(Path(file).parent).st_ino)
        replace(part, file)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "replace", replacing)
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder)
    assert [path for path in [folder, *folder.rglob("*")] if path.stat().st_ino not in synced] == []
