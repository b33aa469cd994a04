"""The names of the war report: `tests/cases/report.tsv` by language, `examples/report-mentions.tsv` by outcome."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from bench.scores import rounded
from normalizer import Mention, Normalizer
from normalizer.evaluation.answers import Answer, ask
from normalizer.evaluation.cases import Case
from normalizer.evaluation.figures import figures

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
    rows = list(_rows(CASES))
    answers, _ = ask(normalizer, [_case(number, row) for number, row in enumerate(rows, 1)])
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    demands: Counter[str] = Counter()
    for row, answer in zip(rows, answers, strict=True):
        groups[_group(row)].append(answer)
        if row["outcome"] != "any":
            demands["made"] += 1
            demands["met"] += answer.outcome == row["outcome"] and (not answer.case.accepted or answer.right)
    groups["all"] = answers
    mentions = [_mention(row, "text") for row in _rows(MENTIONS)]
    outcomes = Counter(answer.outcome.value for answer in normalizer.normalize(mentions))
    return {
        "cases": [{"group": group, **rounded(figures(groups[group]))} for group in GROUPS],
        "demands": dict(demands),
        "mentions": dict(outcomes),
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(
            (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )


def _case(number: int, row: dict[str, str]) -> Case:
    return Case(str(number), _mention(row, "surface"), frozenset({row["expected"]} - {""}))


def _mention(row: dict[str, str], column: str) -> Mention:
    return Mention(row[column], row["type"], country=row.get("country") or None, parent=row.get("parent") or None)


def _group(case: dict[str, str]) -> str:
    if not case["expected"]:
        return _ABSENT
    first = case["why"].split()[0].strip(",;")
    if first == "report":
        return _ITSELF
    return _OTHER if first in _OTHERS else _LANGUAGES.get(first, _ENGLISH)
