"""Judge the project's own pairs of names with structure (structured.tsv) and write the table into docs/evaluation.md.

    python -m bench.structured

The normalizer calls a pair the same from a probability of one half on, without a gazetteer. Half of the pairs must not
match: they differ in the one word, letter or number that tells two entities apart.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from normalizer import Comparer

PAIRS = Path(__file__).with_name("structured.tsv")
PAGE = ROOT / "docs" / "evaluation.md"
RESULTS = ROOT / "bench" / "results" / "structured.json"


class Judged(NamedTuple):
    """One pair, and what the normalizer holds of it."""

    entity_type: str
    one: str
    other: str
    same: bool
    phenomenon: str
    probability: float

    @property
    def right(self) -> bool:
        """Whether the pair is called what it is."""
        return self.same == (self.probability >= 0.5)


def main() -> None:
    """Judge the pairs, keep the results, write the page; say which are wrong if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="only list the pairs that are called wrong")
    options = parser.parse_args()
    pairs = judge()
    if options.wrong:
        print("\n".join(f"{p.probability:.2f}  {'  '.join(map(str, p[:5]))}" for p in pairs if not p.right))
        return
    results = {**stamp(), "groups": measure(pairs)}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_block(PAGE, "structured", page(results))


def judge(path: Path = PAIRS) -> list[Judged]:
    """Return every pair with its probability."""
    comparer = Comparer()
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(
            (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        return [
            Judged(row["type"], row["one"], row["other"], row["same"] == "1", row["phenomenon"],
                   comparer.compare(row["one"], row["other"], row["type"]).probability)
            for row in rows
        ]  # fmt: skip


def measure(pairs: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Return, by group, how many pairs there are and how many are called right, the worst group first."""
    groups: dict[str, list[Judged]] = {}
    for pair in pairs:
        kind = "the same" if pair.same else "not the same"
        for group in ("all", f"{pair.entity_type}s {kind}", f"{pair.entity_type}s {kind}: {pair.phenomenon}"):
            groups.setdefault(group, []).append(pair)
    counted = {group: {"pairs": len(of_group), "right": _right(of_group)} for group, of_group in groups.items()}
    return dict(sorted(counted.items(), key=lambda item: item[1]["right"] / item[1]["pairs"]))


def _right(pairs: Iterable[Judged]) -> int:
    return sum(pair.right for pair in pairs)


def page(results: dict[str, Any]) -> str:
    """Return the table."""
    lines = [
        [group, str(row["pairs"]), str(row["right"]), f"{100 * row['right'] / row['pairs']:.1f}"]
        for group, row in results["groups"].items()
    ]
    return "\n\n".join([sentence(results), table(["", "pairs", "right", "%"], lines)])


if __name__ == "__main__":
    main()
