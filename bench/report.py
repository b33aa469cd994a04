"""The names of the war report: `tests/cases/report.tsv` by language, `examples/report-mentions.tsv` by outcome."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from bench.tally import Tally
from normalizer import Mention, Normalizer

CASES = ROOT / "tests" / "cases" / "report.tsv"
MENTIONS = ROOT / "examples" / "report-mentions.tsv"

_LANGUAGES = {"ru": "Russian", "uk": "Ukrainian", "de": "German", "fr": "French", "pl": "Polish"}
_OTHERS = frozenset({"cs", "es", "ar", "tr", "zh", "ja", "el", "et", "hr", "be", "bg", "he", "fi"})
"""Languages that the first word of a case's `why` may name, besides; without one it is English or romanized."""
_ITSELF, _ENGLISH, _OTHER = "as the report writes them", "English, and romanizations", "other languages"
_ABSENT = "not in the gazetteer"
GROUPS = (_ITSELF, _ENGLISH, *_LANGUAGES.values(), _OTHER, _ABSENT, "all")


def measure(normalizer: Normalizer) -> dict[str, Any]:
    """Return the figures by group of cases, how many demands on the outcome are met, and the report's outcomes."""
    cases = list(_rows(CASES))
    answers = normalizer.normalize([_mention(case, "surface") for case in cases])
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    demands: Counter[str] = Counter()
    for case, answer in zip(cases, answers, strict=True):
        accepted = {case["expected"]} - {""}
        ids = [candidate.entity_id for candidate in answer.candidates]
        for group in (_group(case), "all"):
            tallies[group].count(accepted, answer.outcome, ids)
        if case["outcome"] != "any":
            demands["made"] += 1
            demands["met"] += answer.outcome == case["outcome"] and (not accepted or ids[:1] == [case["expected"]])
    mentions = [_mention(row, "text") for row in _rows(MENTIONS)]
    outcomes = Counter(answer.outcome.value for answer in normalizer.normalize(mentions))
    return {
        "cases": [{"group": group, **tallies[group].figures()} for group in GROUPS],
        "demands": dict(demands),
        "mentions": dict(outcomes),
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(
            (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )


def _mention(row: dict[str, str], column: str) -> Mention:
    return Mention(row[column], row["type"], country=row.get("country") or None, parent=row.get("parent") or None)


def _group(case: dict[str, str]) -> str:
    if not case["expected"]:
        return _ABSENT
    first = case["why"].split()[0].strip(",;")
    if first == "report":
        return _ITSELF
    return _OTHER if first in _OTHERS else _LANGUAGES.get(first, _ENGLISH)
