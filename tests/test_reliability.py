"""The commands that break a gazetteer on purpose: small, and only those that need no server."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bench import reliability, reliability_kills, reliability_power
from bench.losing_disk import SECTOR, Content, Disk, mounted
from bench.reliability_server import BreakingWire
from normalizer.index.builder import silent
from normalizer.store import Store
from normalizer.store.sqlite import FILE_NAME
from normalizer.store.sqlite.connection import SETTINGS
from normalizer.terms import Edit, Entity


def test_no_acknowledged_edit_is_lost_by_a_kill() -> None:
    found = reliability_kills.measure(3, silent)
    assert found["acknowledged edits"] > 3
    assert (found["lost"], found["torn"], found["broken chains"]) == (0, 0, 0)


def test_no_acknowledged_edit_is_lost_with_the_power() -> None:
    found = reliability_power.measure(4, silent)
    assert found["acknowledged edits"] > found["writes that were not synced"] > 0
    assert (found["lost"], found["torn"], found["broken chains"]) == (0, 0, 0)
    assert all(lost for control, lost in found.items() if control.startswith(tuple(reliability_power.CONTROLS)))


def test_a_store_on_a_disk_that_may_lose_its_power_is_a_store_until_then(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk", random.Random(1), 10**9, lies=False)
    path = tmp_path / "disk" / FILE_NAME
    with mounted(disk) as system, closing(reliability_power.Lossy(path, system, SETTINGS)) as lossy:
        store = Store(lossy)
        store.create(Entity("x:1", "place", "Name"), Edit("ann"))
        assert store.get("x:1").name == "Name"
        assert store.backup(tmp_path / "backup").revisions == 1


@pytest.mark.parametrize(
    ("linked", "since", "left"),
    [
        (True, [], {b"old"}),
        (True, [(3, b"er")], {b"old", b"older"}),
        (True, [(1, None)], {b"old", b"o"}),
        (False, [], {b"old", None}),
    ],
    ids=["synced", "written", "cut off", "made"],
)
def test_what_was_not_synced_may_be_lost(
    tmp_path: Path, linked: bool, since: list[tuple[int, bytes | None]], left: set[bytes | None]
) -> None:
    (tmp_path / "empty").mkdir()
    found = set()
    for number in range(40):
        disk = Disk(tmp_path / "empty", random.Random(number), 0, lies=False)
        disk.files["file"] = Content(bytearray(b"old"), linked, since)
        there = disk.leave(tmp_path / str(number)) / "file"
        found.add(there.read_bytes() if there.exists() else None)
    assert found == left


def test_a_write_is_torn_between_sectors() -> None:
    content = Content(bytearray(), True, [(0, b"a" * SECTOR + b"b" * SECTOR)])
    found = {bytes(content.left(random.Random(number), 0.0)).replace(b"\0", b"") for number in range(40)}
    assert found == {b"", b"a" * SECTOR, b"b" * SECTOR, b"a" * SECTOR + b"b" * SECTOR}


def test_a_wire_breaks_after_some_bytes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].recv(100), daemon=True).start()
        wire = BreakingWire(f"127.0.0.1:{server.getsockname()[1]}", random.Random(1), lambda numbers: 10)
        host, port = wire.address.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(b"x" * 100)
            assert client.recv(1) == b""
        wire.close()
    assert wire.cuts == 1


def test_every_part_is_described() -> None:
    page = Path(reliability.PAGE).read_text("utf-8")
    assert all(f"| `{name}` |" in page and f"{part.usual:,}" in page for name, part in reliability.PARTS.items())


def test_each_part_is_kept_with_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- reliability:begin -->\n<!-- reliability:end -->\n")
    monkeypatch.setattr(reliability, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(reliability, "PAGE", page)
    for name, count in (("bytes", 1), ("kills", 1000), ("bytes", 2)):
        reliability.keep(name, {"what": f"some {name}", "count": count})
    rows = [line.split(" | ") for line in page.read_text().splitlines() if line.startswith("|")][2:]
    assert [row[0] for row in rows if row[1] == "what"] == ["| kills", "| bytes"]
    assert [row[2] for row in rows if row[1] == "count"] == ["1,000 |", "2 |"]
    assert [row[1] for row in rows].count("commit, day") == 2
