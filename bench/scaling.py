"""What a second core is worth: a batch answered by two threads, and by two processes, beside one.

    python -m bench.scaling --data DIR

The names are those of the speed benchmark, half exact and half fuzzy. One and two take turns, so that a machine that is
slower for a while is so for both. Each process opens the gazetteer itself; opening and compiling are not counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from statistics import median

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.speed import SEED, exact_and_fuzzy
from normalizer import Mention, Normalizer

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results" / "scaling.json"
BATCH = 250
BATCHES = 8
"""Batches that each thread or process answers in one turn."""
TURNS = 9

_opened: list[Normalizer] = []


def main() -> None:
    """Measure, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"))
    options = parser.parse_args()
    with Normalizer.open(options.data, remembered=0) as normalizer:
        generator = random.Random(SEED)
        exact, fuzzy = exact_and_fuzzy(normalizer.gazetteer, generator)
        names = [*exact, *fuzzy]
        generator.shuffle(names)
    spawned = ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), _open, (options.data,))
    _open(options.data)
    with spawned, ThreadPoolExecutor(2) as threads:
        found = {"threads": measure(threads, names), "processes": measure(spawned, names)}
    results = {**stamp(), "two beside one": found}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    write_block(PAGE, "scaling", "\n\n".join([sentence(results), page(found)]))


def _open(data: Path) -> None:
    _opened.append(Normalizer.open(data, remembered=0))


def measure(pool: Executor, names: Sequence[Mention]) -> dict[str, float]:
    """Return names a second of one worker of a pool and of two at a time, and how many times as many two answer."""
    lists = [names[start : start + BATCH * BATCHES] for start in range(0, len(names), BATCH * BATCHES)]
    turns = [(_rate(pool, some, 1), _rate(pool, some, 2)) for some in _pairs(lists)]
    one, two = (round(median(turn[at] for turn in turns[1:])) for at in (0, 1))  # both are warm after the first
    return {"one": one, "two": two, "times": round(median(turn[1] / turn[0] for turn in turns[1:]), 2)}


def _pairs(lists: Sequence[Sequence[Mention]]) -> Iterator[tuple[Sequence[Mention], Sequence[Mention]]]:
    generator = random.Random(SEED)
    for _ in range(TURNS + 1):
        one, other = generator.sample(lists[:-1], 2)
        yield one, other


def _rate(pool: Executor, lists: Sequence[Sequence[Mention]], at_once: int) -> float:
    """Return the names a second at which two lists are answered, so many at once."""
    began = time.perf_counter()
    for start in range(0, len(lists), at_once):
        list(pool.map(_answer, lists[start : start + at_once]))
    return sum(map(len, lists)) / (time.perf_counter() - began)


def _answer(names: Sequence[Mention]) -> None:
    for start in range(0, len(names), BATCH):
        _opened[0].normalize(names[start : start + BATCH])


def page(found: dict[str, dict[str, float]]) -> str:
    """Return the table."""
    rows = [[what, *(f"{value:,}" for value in row.values())] for what, row in found.items()]
    return table(["names a second", "one", "two", "times"], rows)


if __name__ == "__main__":
    main()
