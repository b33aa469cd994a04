"""Where the time of an answer goes: microseconds of every stage, in a batch and one at a time, and over gRPC.

    python -m bench.stages --data data

The names are those of the speed benchmark. Stages are the functions that the pipeline calls, timed where they are
called; what one kernel does inside is told by kernels that do only the first parts of it. A trivial handler, whose time
is taken from a call over gRPC, is the health check of the same server, asked in turn.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import grpc

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.prefixes import fetch
from bench.reliability_server import serving
from bench.speed import SEED, exact_and_fuzzy
from normalizer import Mention, Normalizer, pipeline
from normalizer.matching import asking, match
from normalizer.service.writing import write_resolution
from normalizer.v1 import normalizer_pb2, types_pb2
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceStub

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results" / "stages.json"
ASKED = 1_500
BATCH = 256
CALLS = 400
CHECK = "/grpc.health.v1.Health/Check"

SEARCH = "search: block, channel, evidence"
STAGES: dict[str, tuple[Any, str]] = {
    "keys: clean, structure, romanize, fold": (asking, "read"),
    "known names and containers": (asking, "place"),
    "look-ups, case forms": (asking, "asked"),
    "laid out for the kernel": (match, "laid_out"),
    SEARCH: (match, "best_candidates"),
    "candidates as objects": (match, "_found"),
    "judged: probabilities": (match.Matcher, "judged"),
    "decided and told": (pipeline.Normalizer, "_resolution"),
}
"""What the pipeline calls in turn, none of them within another."""


def main() -> None:
    """Measure, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"))
    options = parser.parse_args()
    with Normalizer.open(options.data, remembered=0) as normalizer:
        generator = random.Random(SEED)
        exact, fuzzy = exact_and_fuzzy(normalizer.gazetteer, generator)
        normalizer.normalize([*exact[:200], *fuzzy[:200]])
        figures = {
            **stamp(),
            "stages": {
                f"{sort}, {way}": stages(normalizer, names[:ASKED], size)
                for sort, names in (("exact", exact), ("fuzzy", fuzzy))
                for way, size in (("one at a time", 1), ("batch", BATCH))
            },
            "in the search of a fuzzy name": within(normalizer, fuzzy[:ASKED]),
            "gRPC": over_grpc(normalizer, options.data, [*exact[:CALLS], *fuzzy[:CALLS]]),
        }
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write(figures)


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """Add up the seconds that each stage takes while the block runs."""
    spent: dict[str, float] = defaultdict(float)
    originals = {name: getattr(*place) for name, place in STAGES.items()}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            found = function(*arguments, **named)
            found = found if not isinstance(found, Iterator) else list(found)
            spent[name] += time.perf_counter() - began
            return found

        return call

    try:
        for name, (owner, attribute) in STAGES.items():
            setattr(owner, attribute, timed(name, originals[name]))
        yield spent
    finally:
        for name, (owner, attribute) in STAGES.items():
            setattr(owner, attribute, originals[name])


def stages(normalizer: Normalizer, names: Sequence[Mention], size: int) -> dict[str, float]:
    """Return the mean microseconds of each stage for a name, asked in lists of `size`."""
    with watched() as spent:
        began = time.perf_counter()
        for start in range(0, len(names), size):
            normalizer.normalize(names[start : start + size])
        total = time.perf_counter() - began
    told = {name: spent[name] for name in STAGES}
    each = {**told, "the rest": total - sum(told.values()), "all": total}
    return {name: round(1e6 * seconds / len(names), 1) for name, seconds in each.items()}


def within(normalizer: Normalizer, names: Sequence[Mention]) -> dict[str, float]:
    """Return the mean microseconds of what the search for a name consists of, in a batch."""
    calls: list[tuple[Any, ...]] = []
    owner, attribute = STAGES[SEARCH]
    search = getattr(owner, attribute)

    def noted(*arguments: Any) -> None:
        calls.append(arguments)
        search(*arguments)

    setattr(owner, attribute, noted)
    try:
        normalizer.normalize(names)
    finally:
        setattr(owner, attribute, search)
    parts: list[Callable[..., Any]] = [partial(fetch, spell=False), partial(fetch, spell=True), search]
    times = [_a_name(part, calls, len(names)) for part in parts]
    return {
        "block: trigrams, skeletons, decoding": times[0],
        "channel: fetched keys scored": round(times[1] - times[0], 1),
        "evidence, alignment, letters": round(times[2] - times[1], 1),
    }


def _a_name(kernel: Callable[..., Any], calls: Sequence[tuple[Any, ...]], names: int) -> float:
    kernel(*calls[0])
    times = []
    for _ in range(3):
        began = time.perf_counter()
        for arguments in calls:
            kernel(*arguments)
        times.append(time.perf_counter() - began)
    return round(1e6 * min(times) / names, 1)


def over_grpc(normalizer: Normalizer, data: Path, names: Sequence[Mention]) -> dict[str, float]:
    """Return what a call costs above the same question in this process, and how fast batches are beside it."""
    answers = normalizer.normalize(names)
    proto = [types_pb2.Mention(text=name.text, type=name.type or "") for name in names]
    writing = _microseconds(lambda at: write_resolution(answers[at]).SerializeToString(), len(names))
    batches = [names[start : start + BATCH] for start in range(0, len(names) - BATCH + 1, BATCH)]
    with serving(data, "--remember", "0") as address, grpc.insecure_channel(address) as channel:
        service = NormalizerServiceStub(channel)
        health: Any = channel.unary_unary(CHECK)
        asked = [normalizer_pb2.NormalizeRequest(mention=mention) for mention in proto]
        many = [normalizer_pb2.NormalizeBatchRequest(mentions=proto[start : start + BATCH])
                for start in range(0, len(proto) - BATCH + 1, BATCH)]  # fmt: skip
        for request in asked[:50]:
            service.Normalize(request)
        called, trivial, here = [], [], []
        for at, request in enumerate(asked):
            called.append(_seconds(lambda request=request: service.Normalize(request)))  # type: ignore[misc]
            trivial.append(_seconds(lambda: health(b"")))
            here.append(_seconds(lambda at=at: normalizer.normalize([names[at]])))  # type: ignore[misc]
        batched = min(_seconds(lambda: [service.NormalizeBatch(request) for request in many]) for _ in range(3))
        local = min(_seconds(lambda: [normalizer.normalize(batch) for batch in batches]) for _ in range(3))
    one, floor, alone = (1e6 * median(times) for times in (called, trivial, here))
    return {
        "one call, p50 us": round(one), "a trivial handler, p50 us": round(floor), "in process, p50 us": round(alone),
        "above both, %": round(100 * (one / (floor + alone) - 1), 1), "writing an answer, us": writing,
        f"NormalizeBatch({BATCH}) beside in process, %": round(100 * local / batched, 1),
    }  # fmt: skip


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _microseconds(call: Callable[[int], Any], count: int) -> float:
    return round(1e6 * _seconds(lambda: [call(at) for at in range(count)]) / count, 1)


def write(figures: dict[str, Any]) -> None:
    """Write the tables into docs/performance.md."""
    ways = figures["stages"]
    lines = [[name, *(f"{ways[way][name]:.0f}" for way in ways)] for name in next(iter(ways.values()))]
    inside = [[name, f"{value:.0f}"] for name, value in figures["in the search of a fuzzy name"].items()]
    calls = [[name, f"{value:g}"] for name, value in figures["gRPC"].items()]
    write_block(PAGE, "stages", "\n\n".join([
        sentence(figures), "Microseconds of a name, on average:", table(["", *ways], lines),
        "Of the search for a fuzzy name, in a batch:", table(["", "µs"], inside),
        "Over gRPC, names half exact and half fuzzy, one client on the same two cores:", table(["", ""], calls),
    ]))  # fmt: skip


if __name__ == "__main__":
    main()
