"""How long the default gazetteer takes to build, and how much memory: `normalizer gazetteer init`, from nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.machine import ROOT, stamp
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.terms import NameKind


def measure(progress: Progress) -> dict[str, Any]:
    """Build in a temporary directory; return seconds, peak memory of all processes (0 off Linux), and the size."""
    progress("building the default gazetteer", 0, 1)
    with TemporaryDirectory() as directory:
        seconds, peak = _build(directory)
        figures = {"seconds": round(seconds, 1), "peak MB": round(peak / 1e6), **_size(Path(directory))}
    progress("building the default gazetteer", 1, 1)
    return {"commit": stamp()["commit"], **figures}


def _build(directory: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "normalizer.cli.main", "gazetteer", "init", "--data", directory]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as building:
        watch = _Watch(building.pid)
        watch.start()
        code = building.wait()
    seconds = time.perf_counter() - began
    watch.join()
    if code:
        raise SystemExit(f"normalizer gazetteer init failed with exit code {code}")
    return seconds, watch.peak


class _Watch(threading.Thread):
    """Adds up the proportional memory of a session's processes (shared pages once), five times a second."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session = session
        self.peak = 0.0

    def run(self) -> None:
        while members := _members(self.session):
            self.peak = max(self.peak, sum(map(_proportional_bytes, members)))
            time.sleep(0.2)


def _members(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session and (entry / "smaps_rollup").stat():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _proportional_bytes(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0
    return sum(1024 * float(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def _size(directory: Path) -> dict[str, int]:
    gazetteer = Gazetteer.open(directory)
    entities = names = machine_made = 0
    for entity in gazetteer.entities():
        entities += 1
        names += len(entity.names)
        machine_made += sum(name.kind is NameKind.AUTOROM for name in entity.names)
    gazetteer.close()
    return {"entities": entities, "names": names, "of them machine-made": machine_made}
