"""How many right entities come first, and how many are among the candidates at all: what scoring can still win.

    python -m bench.candidates ROWS.jsonl.gz --data DIR [--rows 2500]

ROWS are labelled mentions (`query`, `expected`, perhaps `expected_any`, `type`, `script`, `difficulty`), of which some
are drawn by lot; DIR holds their gazetteer. Prints a table by script and by difficulty.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.markdown import percent, table
from normalizer.gazetteer import Gazetteer
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.query import MOST_ENTITIES, new_pool
from normalizer.terms import Mention

_SEED = 5
_MANY = 300


@dataclass(slots=True)
class _Ranks:
    rows: int = 0
    first: int = 0
    among_many: int = 0

    def count(self, rank: int | None) -> None:
        self.rows += 1
        self.first += rank == 0
        self.among_many += rank is not None and rank < _MANY

    def line(self, name: str) -> list[str]:
        shares = (percent(part / self.rows) for part in (self.first, self.among_many))
        return [name, f"{self.rows:,}", *shares]


def main() -> None:
    """Ask the rows and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows_file", type=Path, metavar="ROWS.jsonl.gz")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--rows", type=int, default=2500, help="how many to draw (default 2500)")
    options = parser.parse_args()
    groups: dict[str, _Ranks] = defaultdict(_Ranks)
    for row, rank in _ranks(options.rows_file, options.data, options.rows):
        for group in ("all", row.get("script"), row.get("difficulty")):
            if group:
                groups[group].count(rank)
    lines = [ranks.line(name) for name, ranks in sorted(groups.items(), key=lambda item: -item[1].rows)]
    print(table(["", "rows", "right one first", f"among {_MANY} candidates"], lines))


def _ranks(path: Path, data: Path, most: int) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield some rows whose entity is in the gazetteer, with the rank (from 0) of the first right candidate."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("expected")]
    random.Random(_SEED).shuffle(rows)
    gazetteer = Gazetteer.open(data)
    matcher = Matcher(gazetteer.keymaker, Model.load())
    snapshot, pool = gazetteer.snapshot, new_pool()
    for row in rows[:most]:
        right = {row["expected"], *(row.get("expected_any") or ())}
        [matches] = matcher.match([Mention(row["query"], type=row.get("type"))], snapshot, pool, MOST_ENTITIES)
        yield row, next((rank for rank, one in enumerate(matches.found) if one.entity_id in right), None)


if __name__ == "__main__":
    main()
