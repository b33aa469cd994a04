"""Ask labelled sets from outside, with the project's own commands, and write their tables into docs/evaluation.md.

    python -m bench.outside SETS_DIR --work DIR [--only SET ...]

SETS_DIR holds the sets, their gazetteers and their `score.py`; none of it is part of this repository. Everything goes
through the command line as a stranger would use it: `normalizer gazetteer import jsonl` once for each gazetteer, then
`normalizer batch`. What is made stays in DIR; a gazetteer that is there is only brought up to date with the rules.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.sets import NOT_INDEPENDENT, RUNS, Run
from normalizer.cli.progress import progress_bars
from normalizer.gazetteer import Gazetteer
from normalizer.terms import GazetteerMissing, IndexUnusable

PAGE = ROOT / "docs" / "evaluation.md"
RESULTS = ROOT / "bench" / "results" / "outside.json"
COLUMNS = {
    "n": "rows", "r@1": "right one first", "any": "any bearer first", "r@5": "among five", "linked": "LINKED",
    "prec": "right of LINKED", "yield": "LINKED and right", "false": "LINKED, should be NIL",
    "ece": "calibration error",
}  # fmt: skip
"""Figure of score.py -> heading; `any` is its r@1 without --hinted, of a run with a hint."""


def main() -> None:
    """Ask the sets, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, metavar="SETS_DIR", help="the folder of the sets and of score.py")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="where gazetteers and answers go")
    parser.add_argument("--only", nargs="*", metavar="SET", help="ask only these sets; the others keep their results")
    options = parser.parse_args()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    runs = [run for run in RUNS if not options.only or run.set in options.only]
    results = known.get("runs", {}) if options.only else {}
    with progress_bars() as progress:
        for done, run in enumerate(runs):
            progress("sets", done, len(runs))
            results[run.name] = ask(run, options.sets.resolve(), options.work.resolve())
            progress("sets", done + 1, len(runs))
    figures = {**stamp(), "runs": results}
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_block(PAGE, "outside", page(figures))


def ask(run: Run, sets: Path, work: Path) -> dict[str, Any]:
    """Return what `score.py score --json` says of a run's answers: figures by group, ALL among them."""
    data = gazetteer(sets / f"{run.gazetteer}.gazetteer.jsonl.gz", work / "gazetteers" / run.gazetteer)
    folder = work / "runs" / run.name.replace(", ", "--").replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    rows, cases, answers = folder / "rows.jsonl", folder / "cases.jsonl", folder / "answers.jsonl"
    rows.write_text("".join(_rows(sets / f"{run.set}.jsonl.gz", run.types)), "utf-8")
    score = [sys.executable, str(sets / "score.py")]
    cases.write_text(_output([*score, "prepare", str(rows), "--hint", run.hint]), "utf-8")
    _output([*_normalizer("batch"), str(cases), "-o", str(answers), "--data", str(data)])
    groups = _scores(run, score, rows, answers, hinted=bool(run.hint))
    if run.hint:
        groups["ALL"]["any"] = _scores(run, score, rows, answers, hinted=False)["ALL"]["r@1"]
    return groups


def _scores(run: Run, score: Sequence[str], rows: Path, answers: Path, hinted: bool) -> dict[str, Any]:
    command = [*score, "score", str(rows), str(answers), "--by", "stratum", "--json", *(["--hinted"] if hinted else [])]
    report = json.loads(_output(command))
    if report["missing"]:
        raise SystemExit(f"{run.name}: {report['missing']} cases had no answer")
    return dict(report["groups"])


def gazetteer(source: Path, data: Path) -> Path:
    """Import a gazetteer unless it is there; compile it anew when the rules have changed since."""
    try:
        Gazetteer.open(data).close()
    except GazetteerMissing:
        # Exit code 3: names with control characters were left out, as they should be.
        _output([*_normalizer("gazetteer", "import", "jsonl"), str(source), "--data", str(data)], accepted=(0, 3))
    except IndexUnusable:
        _output([*_normalizer("gazetteer", "rebuild"), "--data", str(data)])
    return data


def _rows(path: Path, types: frozenset[str]) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not types or json.loads(line)["type"] in types:
                yield line


def _normalizer(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "normalizer.cli.main", *arguments]


def _output(command: Sequence[str], accepted: Sequence[int] = (0,)) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode not in accepted:
        raise SystemExit(f"{' '.join(command)}\nleft with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def page(figures: dict[str, Any]) -> str:
    """Return the summary, that of the sets which are not independent apart, and a table for each run, weakest first."""
    runs = figures["runs"]
    apart = {run.name for run in RUNS if run.set in NOT_INDEPENDENT}
    parts = [
        sentence(figures),
        "### Independent sets",
        _table({name: groups["ALL"] for name, groups in runs.items() if name not in apart}),
        "### Not independent",
        _table({name: groups["ALL"] for name, groups in runs.items() if name in apart}),
    ]
    for name, groups in runs.items():
        strata = {group: row for group, row in groups.items() if group != "ALL"}
        if len(strata) > 1:
            parts += [f"### {name}", _table(dict(sorted(strata.items(), key=lambda item: _weakness(item[1]))))]
    return "\n\n".join(parts)


def _weakness(row: dict[str, float | None]) -> tuple[float, float]:
    """Order by the share of right first answers; where NIL is right, by the share of false ones, the most first."""
    first, false = row["r@1"], row["false"]
    return (first if first is not None else 100 - (false or 0.0), -(row["n"] or 0))


def _table(rows: dict[str, dict[str, float | None]]) -> str:
    shown = [column for column in COLUMNS if any(row.get(column) is not None for row in rows.values())]
    lines = [[name, *(_cell(row.get(column)) for column in shown)] for name, row in rows.items()]
    return table(["", *(COLUMNS[column] for column in shown)], lines)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


if __name__ == "__main__":
    main()
