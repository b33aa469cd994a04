"""How often what an explanation says would change an answer comes true, and what asking for explanations costs.

    python -m bench.explained --data DIR

The names are those of the speed benchmark. Every alternative that is told is asked for: a country, a parent, a type or
a precision. It comes true when the entity comes first, and is LINKED if that was said.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.speed import SEED, exact_and_fuzzy
from normalizer import Mention, Normalizer
from normalizer.terms import Alternative, Outcome, Resolution

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results" / "explained.json"
ASKED = 1_500
ROUNDS = 3


def main() -> None:
    """Ask, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    with Normalizer.open(options.data, remembered=0) as normalizer:
        generator = random.Random(SEED)
        exact, fuzzy = exact_and_fuzzy(normalizer.gazetteer, generator)
        normalizer.normalize([*exact[:200], *fuzzy[:200]], explain=True)
        results = {
            **stamp(),
            "costs": {"exact": _cost(normalizer, exact[:ASKED]), "fuzzy": _cost(normalizer, fuzzy[:ASKED])},
            "alternatives": _alternatives(normalizer, [*exact[:ASKED], *fuzzy[:ASKED]]),
        }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    write_block(PAGE, "explained", page(results))


def _cost(normalizer: Normalizer, mentions: Sequence[Mention]) -> dict[str, float]:
    """Ask each name plainly and for an explanation, in turn; return how many times as long the one takes."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for mention in mentions:
            for explain in times:
                began = time.perf_counter()
                normalizer.normalize([mention], explain=explain)
                times[explain].append(time.perf_counter() - began)
    return {
        "median": round(float(np.median(times[True]) / np.median(times[False])), 2),
        "mean": round(float(np.mean(times[True]) / np.mean(times[False])), 2),
    }


def _alternatives(normalizer: Normalizer, mentions: Sequence[Mention]) -> dict[str, dict[str, int]]:
    """Return, by the field of the hint, how many alternatives were told and how many came true."""
    counted: dict[str, dict[str, int]] = {}
    for untyped in mentions:
        mention = replace(untyped, type=None)
        for alternative in normalizer.normalize([mention], explain=True)[0].otherwise:
            counts = counted.setdefault(alternative.field, {"told": 0, "true": 0})
            counts["told"] += 1
            counts["true"] += came_true(alternative, ask(normalizer, mention, alternative))
    return counted


def ask(normalizer: Normalizer, mention: Mention, alternative: Alternative) -> Resolution:
    """Return the answer to a mention under an alternative."""
    if alternative.field == "precision":
        return normalizer.normalize([mention], precision=float(alternative.value))[0]
    return normalizer.normalize([replace(mention, **{alternative.field: alternative.value})])[0]  # type: ignore[arg-type]


def came_true(alternative: Alternative, answer: Resolution) -> bool:
    """Tell whether the answer is what the alternative said."""
    linked = answer.outcome is Outcome.LINKED or alternative.outcome is not Outcome.LINKED
    return linked and bool(answer.candidates) and answer.candidates[0].entity_id == alternative.entity_id


def page(results: dict[str, Any]) -> str:
    """Return the tables."""
    costs = [
        [f"{group} names", f"{row['median']:.1f}", f"{row['mean']:.1f}"] for group, row in results["costs"].items()
    ]
    told = [
        [field, str(row["told"]), f"{100 * row['true'] / row['told']:.1f}"]
        for field, row in sorted(results["alternatives"].items())
    ]
    return "\n\n".join(
        [
            sentence(results),
            "An explained answer takes so many times as long as a plain one:",
            table(["", "median", "mean"], costs),
            "What would have changed the answer, asked for:",
            table(["hint", "told", "came true, %"], told),
        ]
    )


if __name__ == "__main__":
    main()
