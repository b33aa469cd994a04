"""Judge labelled pairs of place names, beside string measures, and write the table into docs/evaluation.md.

    python -m bench.pairs SETS_DIR

SETS_DIR holds pairs-toponyms.jsonl.gz, rows of `a`, `b` and `match`; it is no part of this repository. The normalizer
calls a pair the same from a probability of one half on, which nothing here has tuned. The string measures compare names
in ASCII (anyascii, lower case), each from the likeness on that suits it: found on half of the pairs, drawn by lot, as
the one of the best F1 over all scripts, and applied to the other half, both ways.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler, Levenshtein

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from normalizer import Comparer
from normalizer.cli.progress import progress_bars
from normalizer.text.romanize import script_of
from normalizer.training.pairs import figures

SET = "pairs-toponyms.jsonl.gz"
PAGE = ROOT / "docs" / "evaluation.md"
RESULTS = ROOT / "bench" / "results" / "pairs.json"
PEERS: dict[str, Callable[[str, str], float]] = {
    "Jaro-Winkler": JaroWinkler.similarity,
    "Levenshtein": Levenshtein.normalized_similarity,
}
Flags = NDArray[np.bool_]


def main() -> None:
    """Judge the pairs, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, metavar="SETS_DIR", help=f"the folder of {SET}")
    options = parser.parse_args()
    with gzip.open(options.sets / SET, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    results = {**stamp(), "systems": measure([(row["a"], row["b"]) for row in rows], [row["match"] for row in rows])}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_block(PAGE, "pairs", page(results))


def measure(pairs: Sequence[tuple[str, str]], labels: Sequence[bool]) -> dict[str, dict[str, Any]]:
    """Return the figures of each system, of all pairs and by whether both names are in one script."""
    same = np.array(labels)
    groups = {
        "all": np.ones(len(pairs), bool),
        **{name: np.array([(script_of(a) == script_of(b)) is one for a, b in pairs])
           for name, one in (("one script", True), ("two scripts", False))},
    }  # fmt: skip
    told = {"normalizer": _chances(pairs)}
    plain = [(anyascii(a).lower(), anyascii(b).lower()) for a, b in pairs]
    told |= {name: _at_best(np.array([likeness(*pair) for pair in plain]), same) for name, likeness in PEERS.items()}
    return {
        name: {group: figures(chances[rows], same[rows]) for group, rows in groups.items()}
        for name, chances in told.items()
    }


def _chances(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    comparer = Comparer()
    found = np.zeros(len(pairs))
    with progress_bars() as progress:
        for row, pair in enumerate(pairs):
            found[row] = comparer.compare(*pair).probability
            if row % 200 == 0 or row == len(pairs) - 1:
                progress("comparing pairs", row + 1, len(pairs))
    return found


def _at_best(likeness: NDArray[np.float64], same: Flags) -> NDArray[np.float64]:
    """Return 1 for each pair that is called the same, otherwise 0: by the threshold that suits the other half."""
    half = np.random.default_rng(0).random(len(same)) < 0.5  # by lot: in the file, the same and others take turns
    told = np.zeros(len(same))
    for judged in (half, ~half):
        told[judged] = likeness[judged] >= _best(likeness[~judged], same[~judged])
    return told


def _best(likeness: NDArray[np.float64], same: Flags) -> float:
    """Return the threshold of the best F1."""
    order = np.argsort(-likeness, kind="stable")
    right = np.cumsum(same[order])
    return float(likeness[order][(2 * right / (np.arange(1, len(same) + 1) + same.sum())).argmax()])


def page(results: dict[str, Any]) -> str:
    """Return the table."""
    groups = results["systems"]["normalizer"]
    lines = [
        [f"{system}, {group}", *(f"{100 * row[figure]:.1f}" for figure in ("F1", "precision", "recall"))]
        for group in sorted(groups, key=lambda group: groups[group]["F1"])
        for system, row in ((name, of_group[group]) for name, of_group in results["systems"].items())
    ]
    error = 100 * groups["all"]["calibration error"]
    said = f"{groups['all']['pairs']:,} pairs; calibration error of the normalizer: {error:.1f} points."
    return "\n\n".join([sentence(results), said, table(["", "F1", "precision", "recall"], lines)])


if __name__ == "__main__":
    main()
