"""The commands that break a gazetteer on purpose: small, and only those that need no server."""

from __future__ import annotations

import random
import socket
import threading
from pathlib import Path

from bench import reliability, reliability_kills
from bench.reliability_server import BreakingWire
from normalizer.index.builder import silent


def test_no_acknowledged_edit_is_lost_by_a_kill() -> None:
    found = reliability_kills.measure(3, silent)
    assert found["acknowledged edits"] > 3
    assert (found["lost"], found["torn"], found["broken chains"]) == (0, 0, 0)


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
    rows = reliability._tables({"kills": {"what": "kill -9", "kills": 1000}})
    assert "|  | kills | 1,000 |" in rows or "| | kills | 1,000 |" in rows
