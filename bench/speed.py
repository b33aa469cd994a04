"""How long one mention takes, how many a second a batch answers, and what a fresh process costs.

One thread, one process, the default gazetteer. *Fuzzy* mentions are names with a typing error that are themselves no
name, so that no exact hit shortens the way; *exact* ones are names as they are. rapidfuzz searches the folded keys of
the same index with the folded key of the same mention, in turn with the normalizer, in the same process.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import WRatio

from bench.machine import ROOT
from normalizer import Mention, Normalizer
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.terms import Entity
from normalizer.training.queries import sample, written

SEED = 104_729
SINGLE = 1_500
"""Mentions asked one at a time, of either sort."""
BESIDE = 60
"""Fuzzy mentions that rapidfuzz answers too: it takes that much longer."""
BATCH = 5_000
"""Exact mentions of the batch; the fuzzy ones made of them come on top."""
FRESH = 3


def measure(normalizer: Normalizer, data: Path, progress: Progress) -> dict[str, Any]:
    """Return milliseconds, names a second, ratios to rapidfuzz, and the costs of a fresh process."""
    generator = random.Random(SEED)
    exact, fuzzy = exact_and_fuzzy(normalizer.gazetteer, generator)
    normalizer.normalize([*exact[:200], *fuzzy[:200]])
    return {
        "fuzzy": _percentiles(_single(normalizer, fuzzy[:SINGLE], "fuzzy, one at a time", progress)),
        "exact": _percentiles(_single(normalizer, exact[:SINGLE], "exact, one at a time", progress)),
        "again": _percentiles(_again(normalizer.gazetteer, exact[:SINGLE], progress)),
        "beside": _beside(normalizer, fuzzy[-BESIDE:], progress),
        "batch": _batch(normalizer, [*exact, *fuzzy], generator, progress),
        "process": _fresh(data, progress),
    }


def exact_and_fuzzy(gazetteer: Gazetteer, generator: random.Random) -> tuple[list[Mention], list[Mention]]:
    """Return names as they are, and with an error each.

    Of all entities none stay in memory, as there are none in a program that only asks.
    """
    exact = _exact_names([*gazetteer.entities()], generator)
    fuzzy = list(_fuzzy_names(gazetteer, exact, generator))
    gc.collect()
    return exact, fuzzy


def _exact_names(entities: Sequence[Entity], generator: random.Random) -> list[Mention]:
    """Return names as they are."""
    queries = sample(entities, BATCH, frozenset(), SEED)
    return [Mention(generator.choice(written(query.entity)), query.entity.type) for query in queries]


def _fuzzy_names(gazetteer: Gazetteer, exact: Sequence[Mention], generator: random.Random) -> Iterator[Mention]:
    """Yield each mention with two neighboring letters exchanged or one left out, unless that is a name as well."""
    for mention in exact:
        at = generator.randrange(len(mention.text))
        first, second, rest = mention.text[:at], mention.text[at : at + 2], mention.text[at + 2 :]
        text = first + (second[::-1] if generator.random() < 0.5 else second[1:]) + rest
        if text.strip() and not _is_known(gazetteer, Mention(text, mention.type)):
            yield Mention(text, mention.type)


def _is_known(gazetteer: Gazetteer, mention: Mention) -> bool:
    exact = gazetteer.keymaker.of_mention(mention)[0].exact
    return any(part.segment.exact.find(exact) >= 0 for part in gazetteer.snapshot.of_type(mention.type))


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def _single(normalizer: Normalizer, mentions: Sequence[Mention], stage: str, progress: Progress) -> list[float]:
    times = []
    for done, mention in enumerate(mentions, 1):
        times.append(_milliseconds(lambda mention=mention: normalizer.normalize([mention])))  # type: ignore[misc]
        if done % 100 == 0:
            progress(stage, done, len(mentions))
    return times


def _again(gazetteer: Gazetteer, mentions: Sequence[Mention], progress: Progress) -> list[float]:
    """Ask all once, and time it when they come again."""
    normalizer = Normalizer(gazetteer, remembered=len(mentions))
    normalizer.normalize(mentions)
    return _single(normalizer, mentions, "asked again", progress)


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    p50, p95, p99 = np.percentile(times, [50, 95, 99])
    return {"mentions": len(times), "p50 ms": _short(p50), "p95 ms": _short(p95), "p99 ms": _short(p99)}


def _short(value: float) -> float:
    return round(float(value), 3)


def _beside(normalizer: Normalizer, mentions: Sequence[Mention], progress: Progress) -> dict[str, Any]:
    """Ask the normalizer and rapidfuzz in turn, and compare medians."""
    keys = list(normalizer.gazetteer.snapshot.of_type("place")[0].segment.keys)
    times: dict[str, list[float]] = {"normalizer": [], "WRatio": [], "Levenshtein": []}
    for done, mention in enumerate(mentions, 1):
        key = normalizer.gazetteer.keymaker.of_mention(mention)[0].latin
        calls: dict[str, Callable[[], object]] = {
            "normalizer": lambda mention=mention: normalizer.normalize([mention]),  # type: ignore[misc]
            "WRatio": lambda key=key: process.extractOne(key, keys, scorer=WRatio),  # type: ignore[misc]
            "Levenshtein": lambda key=key: process.extract(  # type: ignore[misc]
                key, keys, scorer=Levenshtein.normalized_similarity, limit=5
            ),
        }
        for name, call in calls.items():
            times[name].append(_milliseconds(call))
        progress("beside rapidfuzz", done, len(mentions))
    medians = {name: median(values) for name, values in times.items()}
    return {
        "mentions": len(mentions),
        "keys": len(keys),
        "p50 ms": {name: _short(value) for name, value in medians.items()},
        "times as long": {name: round(value / medians["normalizer"], 1) for name, value in medians.items()},
    }


def _batch(
    normalizer: Normalizer, mentions: list[Mention], generator: random.Random, progress: Progress
) -> dict[str, float]:
    """Normalize exact and fuzzy mentions, mixed, in lists of a thousand."""
    generator.shuffle(mentions)
    began = time.perf_counter()
    for start in range(0, len(mentions), 1000):
        normalizer.normalize(mentions[start : start + 1000])
        progress("batch", min(start + 1000, len(mentions)), len(mentions))
    return {"mentions": len(mentions), "a second": round(len(mentions) / (time.perf_counter() - began))}


def _fresh(data: Path, progress: Progress) -> dict[str, float]:
    """Return the medians of some fresh processes, with the kernels compiled before and cached."""
    runs: list[dict[str, float]] = []
    for done in range(FRESH):
        command = [sys.executable, "-m", "bench.fresh", "--data", str(data.resolve())]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        runs.append(json.loads(answer))
        progress("fresh processes", done + 1, FRESH)
    return {name: _short(median(run[name] for run in runs)) for name in runs[0]}
