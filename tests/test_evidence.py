"""The page that lists the evidence lists all of it, as the program says it."""

from __future__ import annotations

import re
from pathlib import Path

from normalizer.matching.evidence import EVIDENCE
from normalizer.matching.listing import LIST_EVIDENCE

PAGE = Path(__file__).parents[1] / "docs" / "evidence.md"


def test_every_part_of_a_score_has_its_row() -> None:
    named = [(measure.name, measure) for measure in EVIDENCE]
    named += [(f"list_{measure.name}", measure) for measure in LIST_EVIDENCE]
    expected = [f"| `{name}` | {re.sub('{.*?}', 'x', measure.meaning)} |" for name, measure in named]
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert rows == expected, "the rows must be:\n" + "\n".join(expected)
