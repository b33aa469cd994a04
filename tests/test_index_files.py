"""The files of an index: what is read is what was written, and what is damaged is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_index import ENTITIES, compiled, index

from normalizer.index import files
from normalizer.terms import IndexUnusable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A written index."""
    files.write(index(3, ENTITIES), tmp_path / "index")
    return tmp_path / "index"


def arrays(value: Any, prefix: str = "") -> dict[str, Any]:
    """Every array of a dataclass of dataclasses."""
    found: dict[str, Any] = {}
    for field in fields(value):
        part = getattr(value, field.name)
        found |= arrays(part, f"{prefix}{field.name}.") if is_dataclass(part) else {f"{prefix}{field.name}": part}
    return found


def test_an_index_is_read_as_it_was_written(folder: Path) -> None:
    found = files.read(folder, "rules")
    assert (found.revision, found.log_hash, found.rulebook) == (3, "hash", "rules")
    assert set(found.segments) == {"place", "person"}
    for entity_type, segment in compiled(ENTITIES).items():
        read = arrays(found.segments[entity_type])
        for name, array in arrays(segment).items():
            assert read[name].dtype == array.dtype, name
            np.testing.assert_array_equal(read[name], array)


def refused(folder: Path, message: str, rulebook: str = "rules") -> None:
    with pytest.raises(IndexUnusable, match=message) as error:
        files.read(folder, rulebook)
    assert "normalizer gazetteer rebuild" in str(error.value)


def array_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.npy"))


def test_a_changed_byte_is_refused_in_any_file(folder: Path) -> None:
    for path in array_files(folder):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        refused(folder, "missing or damaged")
        path.write_bytes(content)
    files.read(folder, "rules")


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])], ids=["missing", "short"]
)
def test_a_missing_or_short_file_is_refused(folder: Path, spoil: Callable[[Path], object]) -> None:
    spoil(array_files(folder)[0])
    refused(folder, "missing or damaged")


def test_an_index_of_other_rules_is_refused(folder: Path) -> None:
    refused(folder, "was built under rulebook rules, this program has others", rulebook="others")


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "holds no readable index")


def test_the_page_on_the_format_names_every_array(folder: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "index-format.md").read_text("utf-8")
    described = json.loads((folder / files.MANIFEST).read_text("utf-8"))["files"]
    assert f"format {files.FORMAT}" in page
    assert {name.partition("/")[2] for name in described} <= set(re.findall(r"`([a-z_.]+)`", page))


def _manifest(described: object) -> str:
    manifest = {
        "format": files.FORMAT,
        "rulebook": "rules",
        "revision": 1,
        "log_hash": "",
        "folder": "1",
        "files": described,
    }
    return json.dumps(manifest)


MANIFESTS = {
    "empty": ("", "no readable index"),
    "not JSON": ("{", "no readable index"),
    "not UTF-8": ("\udcff", "no readable index"),
    "a list": ("[]", "not the manifest"),
    "no keys": ("{}", "not the manifest"),
    "keys are missing": (
        json.dumps({"format": files.FORMAT, "rulebook": "rules", "revision": 1, "files": {}}),
        "not the manifest",
    ),
    "files are a list": (_manifest([]), "not the manifest"),
    "a file without checksum": (_manifest({"01-place/own": 1}), "does not name the files"),
    "an older format": ('{"format": 1, "rulebook": "rules", "revision": 1, "files": {}}', "is of format 1"),
}


@pytest.mark.parametrize(("content", "message"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_wrong_manifest_is_refused(folder: Path, content: str, message: str) -> None:
    (folder / files.MANIFEST).write_bytes(content.encode("utf-8", "surrogateescape"))
    refused(folder, message)


def test_a_manifest_that_leaves_a_file_out_is_refused(folder: Path) -> None:
    manifest = json.loads((folder / files.MANIFEST).read_text("utf-8"))
    manifest["files"].popitem()
    (folder / files.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    refused(folder, "does not name the files of a whole index")


def test_a_failed_write_leaves_the_old_index(folder: Path) -> None:
    segments = compiled(ENTITIES)
    broken = replace(segments["place"], own=np.array([lambda: 0], object))
    with pytest.raises(Exception, match="pickle"):
        files.write(files.Index(4, "hash", "rules", segments | {"place": broken}), folder)
    assert files.read(folder, "rules").revision == 3
    assert sorted(path.name for path in folder.iterdir()) == ["1", "manifest.json"]


def test_a_new_index_takes_the_place_of_the_old_one(folder: Path) -> None:
    old = files.read(folder, "rules")
    files.write(index(4, ENTITIES[:1]), folder)
    assert files.read(folder, "rules").revision == 4
    assert list(old.segments["person"].ids) == ["t:4"], "what was opened stays readable"
    assert sorted(path.name for path in folder.iterdir()) == ["2", "manifest.json"]


DYING_WRITER = """
import os
import sys
from dataclasses import replace
from pathlib import Path
from normalizer.index import files
folder = Path({folder!r})
index = replace(files.read(folder, "rules"), revision=4)
sys.addaudithook(lambda event, _: os._exit(9) if event == {event!r} else None)
files.write(index, folder)
"""


@pytest.mark.parametrize(("event", "revision"), [("os.rename", 3), ("shutil.rmtree", 4)])
def test_an_index_is_whole_when_its_writer_dies(folder: Path, event: str, revision: int) -> None:
    died = subprocess.run([sys.executable, "-c", DYING_WRITER.format(folder=str(folder), event=event)])
    assert died.returncode == 9
    assert files.read(folder, "rules").revision == revision
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2", "manifest.json"]
    files.write(index(5, ENTITIES), folder)
    assert files.read(folder, "rules").revision == 5
    assert len(list(folder.iterdir())) == 2, "what the dead writer left is gone"


def test_an_index_replaced_while_it_is_read_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checksum, late = files._crc32, [index(4, ENTITIES)]

    def replacing(path: Path) -> int:
        if late:
            files.write(late.pop(), folder)
        return checksum(path)

    monkeypatch.setattr(files, "_crc32", replacing)
    assert files.read(folder, "rules").revision == 4
