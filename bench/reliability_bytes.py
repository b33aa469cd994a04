"""One byte of a gazetteer's files is changed: whoever opens or verifies it must be told, with what to do.

A byte that nobody reads (of a page that is not in use) does no harm, and need not be noticed: then every entity, every
change and every array is as it was.
"""

from __future__ import annotations

import random
import tempfile
from contextlib import closing
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

from bench.reliability_server import small_gazetteer
from normalizer.compiling import INDEX
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import Edit, Name, NormalizerError

SEED = 11
REMEDIES = ("restore", "rebuild", "build it again", "build the gazetteer again", "install the version")


def measure(changes: int, progress: Progress) -> dict[str, Any]:
    """Return how many bytes were changed, and how many of them were noticed, harmless, or neither."""
    generator = random.Random(SEED)
    found = dict.fromkeys(("noticed at opening", "noticed by verify", "harmless", "not noticed", "without a remedy"), 0)
    with tempfile.TemporaryDirectory() as folder:
        whole = small_gazetteer(Path(folder) / "whole")
        with Gazetteer.open(whole, write=True) as gazetteer:
            for number in range(20):
                gazetteer.add_name("geonames:486816", Name(f"Name {number}"), Edit("bytes"))
        content = _content(whole)
        files = sorted(path for path in (whole / INDEX).rglob("*") if path.is_file() and path.stat().st_size)
        for done in range(changes):
            hurt = copytree(whole, Path(folder) / "hurt")
            # Half of them in the store: the index has many files.
            chosen = whole / FILE_NAME if done % 2 else generator.choice(files)
            _change(hurt / chosen.relative_to(whole), generator)
            found[_noticed(hurt, content, found)] += 1
            rmtree(hurt)
            progress("changing bytes", done + 1, changes)
    return {"bytes": changes, **found}


def _change(path: Path, generator: random.Random) -> None:
    data = bytearray(path.read_bytes())
    at = generator.randrange(len(data))
    data[at] ^= generator.randrange(1, 256)
    path.write_bytes(data)


def _noticed(directory: Path, content: object, found: dict[str, int]) -> str:
    stage = "noticed at opening"
    try:
        with closing(Gazetteer.open(directory)) as gazetteer:
            stage = "noticed by verify"
            gazetteer.verify()
    except NormalizerError as error:
        if not any(remedy in str(error) for remedy in REMEDIES):
            found["without a remedy"] += 1
        return stage
    return "harmless" if _content(directory) == content else "not noticed"


def _content(directory: Path) -> object:
    with closing(Gazetteer.open(directory)) as gazetteer:
        return [*gazetteer.entities()], gazetteer.changes(), [*gazetteer.snapshot.types]
