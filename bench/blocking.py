"""Finding the keys near a key: the normalizer's index beside other ones, in one process, asked in turn.

    python -m bench.blocking --data data [--large]

Keys are the folded keys of the default gazetteer's places; `--large` adds five and ten million, composed of syllables
of real ones. Queries are keys with a letter exchanged, left out, put in or swapped with the next one, which are then no
keys themselves. What counts is whether the key is among the first 150 that are found, and how long that takes. The
results go to bench/results/blocking.json, docs/performance.md and docs/pictures/blocking.png.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from bench.charts import draw_times
from bench.machine import ROOT, sentence, stamp
from bench.markdown import percent, table, write_block
from bench.postgresql_server import NoServer
from bench.scatter import add_all
from bench.searchers import IN_PROCESS, LARGE, WANTED, Ours, Searcher, in_postgresql
from normalizer import Normalizer
from normalizer.cli.progress import progress_bars
from normalizer.index.builder import Progress
from normalizer.index.grams import BLOCK, gram_codes

RESULTS = ROOT / "bench" / "results" / "blocking.json"
PAGE, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "pictures" / "blocking.png"
SEED = 7
QUERIES = 200
QUERIES_OF_MANY = 40
"""Queries over millions of keys: some searchers need seconds for each."""
IN_TURN = 20
"""Queries that one searcher is asked before it is the next one's turn."""
SIZES = (5_000_000, 10_000_000)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST = 4
"""Letters of a key that a query is made of: shorter ones have nothing left after a slip."""
_SYLLABLE = re.compile(r"[^aeiou ]*[aeiou]+(?:[^aeiou ](?![aeiou]))?|[^aeiou ]+| ")


def main() -> None:
    """Measure, keep the results, write the page and the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="data directory of the default gazetteer")
    parser.add_argument("--large", action="store_true", help="five and ten million keys as well (half an hour, 12 GB)")
    options = parser.parse_args()
    with Normalizer.open(options.data) as normalizer:
        keys = list(normalizer.gazetteer.snapshot.of_type("place")[0].segment.keys)
    with progress_bars() as progress:
        sizes = [measure(keys, IN_PROCESS, QUERIES, True, progress)]
        for size in SIZES if options.large else ():
            many = composed(keys, size)
            sizes.append(measure(many, {name: IN_PROCESS[name] for name in LARGE}, QUERIES_OF_MANY, False, progress))
            del many
    figures = {"command": "python -m bench.blocking --large" if options.large else "python -m bench.blocking",
               **stamp(), "wanted": WANTED, "sizes": sizes}  # fmt: skip
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write(figures)


def measure(
    keys: Sequence[str], makers: Mapping[str, Callable[[Sequence[str]], Searcher]], count: int, postgresql: bool,
    progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Return, of each searcher, how long it takes to build, how long to ask, and how often the key is found."""
    asked = list(queries(keys, count))
    built: dict[str, Searcher] = {}
    seconds: dict[str, float] = {}
    with ExitStack() as open_ones:
        for name, make in makers.items():
            progress(f"building, {len(keys):,} keys", len(built), len(makers))
            seconds[name], built[name] = _timed(lambda make=make: make(keys))  # type: ignore[misc]
        for method in ("gin", "gist") if postgresql else ():
            try:
                name = f"PostgreSQL pg_trgm, {method.upper()}"
                lend = in_postgresql(keys, method)
                seconds[name], built[name] = _timed(lambda lend=lend: open_ones.enter_context(lend))  # type: ignore[misc]
            except NoServer as missing:
                print(missing)
        times: dict[str, list[float]] = {name: [] for name in built}
        found = dict.fromkeys(built, 0)
        for start in range(0, count, IN_TURN):
            for name, searcher in built.items():
                for query, key in asked[start : start + IN_TURN]:
                    spent, answer = _timed(lambda searcher=searcher, query=query: searcher.ask(query))  # type: ignore[misc]
                    times[name].append(spent)
                    found[name] += key in set(searcher.numbers(answer))
            progress(f"asking, {len(keys):,} keys", min(start + IN_TURN, count), count)
        ours = built["normalizer"]
        assert isinstance(ours, Ours)
        return {
            "keys": len(keys), "queries": count, "bytes a key": round(ours.bytes / len(keys), 1),
            "floor ms": floors(keys, [query for query, _ in asked]),
            "peak memory GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 1),
            "searchers": {name: _figures(times[name], found[name] / count, seconds[name]) for name in built},
        }  # fmt: skip


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def _figures(times: Sequence[float], found: float, seconds: float) -> dict[str, float]:
    p50, p95 = np.percentile(np.array(times) * 1000, [50, 95])
    return {"found": round(found, 4), "p50 ms": round(float(p50), 3), "p95 ms": round(float(p95), 3),
            "build s": round(seconds, 1)}  # fmt: skip


def queries(keys: Sequence[str], count: int) -> Iterator[tuple[str, int]]:
    """Yield keys with a slip in them, each with the number of the key."""
    generator, known = random.Random(SEED), set(keys)
    while count:
        number = generator.randrange(len(keys))
        query = slip(keys[number], generator)
        if len(keys[number]) >= _SHORTEST and query not in known:
            count -= 1
            yield query, number


def slip(key: str, generator: random.Random) -> str:
    """Return a key with one slip of the hand."""
    at, letter = generator.randrange(len(key)), generator.choice(_LETTERS)
    before, after = key[:at], key[at + 1 :]
    slips = (
        before + letter + after,
        before + after,
        before + letter + key[at:],
        before + after[:1] + key[at] + after[1:],
    )
    return generator.choice(slips).strip()


def composed(keys: Sequence[str], size: int) -> list[str]:
    """Return the keys, and as many new ones as make `size`: syllables of real keys in places of syllables of others.

    Each new key has the syllables' lengths of a real one. The shortest come first, as in the index.
    """
    generator = random.Random(SEED)
    cut = [_SYLLABLE.findall(key) for key in keys]
    by_place: dict[tuple[int, int], list[str]] = {}
    for syllables in cut:
        for place, syllable in enumerate(syllables):
            by_place.setdefault((min(place, 3), len(syllable)), []).append(syllable)
    found = set(keys)
    while len(found) < size:
        pattern = generator.choice(cut)
        found.add("".join(generator.choice(by_place[min(place, 3), len(one)]) for place, one in enumerate(pattern)))
    return sorted(found, key=lambda key: (len(key), key))


def floors(keys: Sequence[str], asked: Sequence[str]) -> dict[str, float]:
    """Return the least time that a query's lists take: to be read from memory, and to be added up one by one."""
    codes = np.empty(120, np.int32)
    counts = np.zeros(37**3, np.int64)
    sample = keys[:: max(1, len(keys) // 200_000)]
    for key in sample:
        counts[codes[: gram_codes(np.frombuffer(key.encode(), np.uint8), codes)]] += 1
    sizes = [
        counts[codes[: gram_codes(np.frombuffer(query.encode(), np.uint8), codes)]].sum() * len(keys) / len(sample)
        for query in asked
    ]
    postings = float(np.median(sizes))
    return {
        "memory": round(1000 * 2 * postings / _bytes_a_second(), 4),
        "adding": round(1000 * postings * _adding(), 4),
    }


def _bytes_a_second() -> float:
    much = np.ones(2**28, np.uint8)
    return max(2**28 / _timed(much.sum)[0] for _ in range(3))


def _adding() -> float:
    """Return the seconds that adding one to one of BLOCK counters takes in a loop without anything else."""
    places, counters = (
        np.random.default_rng(SEED).integers(0, BLOCK, 1_000_000).astype(np.uint16),
        np.zeros(BLOCK, np.uint8),
    )
    add_all(places, counters)
    return min(_timed(lambda: add_all(places, counters))[0] for _ in range(3)) / places.size


def write(figures: Mapping[str, Any]) -> None:
    """Write the tables into docs/performance.md, and draw the picture."""
    tables = [_table(size) for size in figures["sizes"]]
    write_block(PAGE, "blocking", "\n\n".join([sentence(dict(figures)), *tables]))
    times = {
        name: [
            (size["keys"], size["searchers"][name]["p50 ms"]) for size in figures["sizes"] if name in size["searchers"]
        ]
        for name in figures["sizes"][0]["searchers"]
    }
    least = {f"floor: {name}": [(size["keys"], size["floor ms"][name]) for size in figures["sizes"]]
             for name in ("memory", "adding")}  # fmt: skip
    draw_times(PICTURE, "the 150 nearest of many keys", "keys", times, least)


def _table(size: Mapping[str, Any]) -> str:
    ours = size["searchers"]["normalizer"]["p50 ms"]
    lines = [
        [name, percent(one["found"]), f"{one['p50 ms']:.2f}", f"{one['p95 ms']:.2f}", f"{one['p50 ms'] / ours:.1f}",
         f"{one['build s']:.1f}"]
        for name, one in sorted(size["searchers"].items(), key=lambda item: item[1]["p50 ms"])
    ]  # fmt: skip
    said = (
        f"{size['keys']:,} keys, {size['queries']} queries; the normalizer's index takes {size['bytes a key']} bytes a "
        f"key, the keys included. Reading a query's lists takes {size['floor ms']['memory']} ms, adding them up "
        f"{size['floor ms']['adding']} ms at the least."
    )
    return f"{said}\n\n" + table(["", "key found", "p50 ms", "p95 ms", "times as long", "build s"], lines)


if __name__ == "__main__":
    main()
