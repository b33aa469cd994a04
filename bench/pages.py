"""Results -> the tables of README.md and docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.machine import ROOT, sentence
from bench.markdown import percent, table, write_block

README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "performance.md"


def write(figures: Mapping[str, Any]) -> None:
    """Write the short tables into README.md and all of them into docs/performance.md."""
    made = sentence(dict(figures))
    write_block(README, "figures", "\n\n".join([*_short(figures), made]))
    write_block(PERFORMANCE, "figures", "\n\n".join([made, *_full(figures)]))


def _short(figures: Mapping[str, Any]) -> list[str]:
    return [
        "**The war report's names**, in the spellings of many languages (`tests/cases/report.tsv`):",
        _report_table(figures["report"]["cases"]),
        _report_sentence(figures["report"]),
        "**Speed**, one thread, default gazetteer:",
        _speed_table(figures),
    ]


def _full(figures: Mapping[str, Any]) -> list[str]:
    return [
        "### Speed",
        _speed_table(figures),
        "### A fresh process",
        _process_table(figures),
    ]


def _report_table(rows: Sequence[Mapping[str, Any]]) -> str:
    headings = ["spellings", "rows", "right one first", "LINKED", "right of LINKED", "LINKED, should be NIL"]
    columns = ("r@1", "linked", "precision", "false")
    return table(headings, [[row["group"], f"{row['rows']:,}", *(percent(row[c]) for c in columns)] for row in rows])


def _report_sentence(report: Mapping[str, Any]) -> str:
    demands, outcomes = report["demands"], report["mentions"]
    said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items(), key=lambda item: -item[1]))
    return (
        f"{demands['met']} of the {demands['made']} rows that demand one outcome, most of them NIL, get it. "
        f"The report's own {sum(outcomes.values())} mentions (`examples/report-mentions.tsv`): {said}."
    )


def _speed_table(figures: Mapping[str, Any]) -> str:
    speed = figures["speed"]
    beside, ratio = speed["beside"]["p50 ms"], speed["beside"]["times as long"]
    rows = [
        ["one fuzzy name, p50 / p95 / p99", _three(speed["fuzzy"])],
        ["one exact name, p50 / p95 / p99", _three(speed["exact"])],
        ["a name that was asked before, p50 / p95 / p99", _three(speed["again"])],
        [f"the same fuzzy names in turn ({speed['beside']['mentions']}), p50", f"{beside['normalizer']:.2f} ms"],
        [
            f"… `rapidfuzz.process.extract`, Levenshtein, {speed['beside']['keys']:,} keys",
            f"{beside['Levenshtein']:.0f} ms, {ratio['Levenshtein']:.0f} times as long",
        ],
        ["… `rapidfuzz.process.extractOne`, WRatio", f"{beside['WRatio']:.0f} ms, {ratio['WRatio']:.0f} times as long"],
        ["batch, half exact and half fuzzy", f"{speed['batch']['a second']:,} names a second"],
        ["resident memory after 1,000 names", f"{speed['process']['resident MB']:.0f} MB"],
        [
            "opening; the first answer",
            f"{speed['process']['open s']:.2f} s; {speed['process']['first answer s']:.2f} s",
        ],
        *_build_rows(figures.get("build")),
    ]
    return table(["", "figure"], rows)


def _build_rows(build: Mapping[str, Any] | None) -> list[list[str]]:
    if not build:
        return []
    what = f"building: {build['entities']:,} entities, {build['names']:,} names (commit {build['commit']})"
    memory = f", {build['peak MB']:,} MB at its peak" if build["peak MB"] else ""
    return [[what, f"{build['seconds']:.0f} s{memory}"]]


def _three(times: Mapping[str, float]) -> str:
    return f"{times['p50 ms']:.2f} / {times['p95 ms']:.2f} / {times['p99 ms']:.2f} ms"


def _process_table(figures: Mapping[str, Any]) -> str:
    process = figures["speed"]["process"]
    rows = [
        ["importing the package", f"{process['import s']:.2f} s"],
        ["opening the gazetteer", f"{process['open s']:.2f} s"],
        ["the first answer, kernels compiled before and cached", f"{process['first answer s']:.2f} s"],
        ["resident memory after 1,000 fuzzy names, mapped files included", f"{process['resident MB']:.0f} MB"],
    ]
    return table(["", "figure"], rows)
