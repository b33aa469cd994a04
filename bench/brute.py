"""Does blocking lose the answer? Questions answered from the keys that are fetched, and again from all keys there are.

    python -m bench.brute --data DIR [--count 100] [--scripts Latn Cyrl]

The questions are drawn as those of the scoreboard are: a name taken out of the gazetteer, one with a typing error, a
case form, and names whose entity was taken away. All else is the same for both: the same channel, evidence and weights;
only that the second time every key of the gazetteer is scored. The table goes into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.questions import Drawn, Source, draw
from normalizer.cli.progress import progress_bars
from normalizer.evaluation.cases import Case
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, cores
from normalizer.matching.decision import decide
from normalizer.matching.match import Matcher
from normalizer.matching.model import OTHER, Model
from normalizer.matching.query import MOST_OUTLINES, Pool, new_pool
from normalizer.terms import Mention, Outcome

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results" / "brute.json"
SCRIPTS = ("Latn", "Cyrl", "Arab", "Hani", "Kana", "Deva")
COUNT = 100
MANY = 1 << 17
"""Entities that a pool for all keys holds."""
_DRAWN = 40
"""Questions drawn for each that is asked of a script, since most are in a few scripts."""


class Answer(NamedTuple):
    """What came of one question."""

    first: str | None
    """The id of the first candidate, None where there is none."""
    linked: str | None
    """The id that it was LINKED to, None when it was not."""
    seconds: float


class Both(NamedTuple):
    """The answers to one question."""

    case: Case
    fetched: Answer
    every: Answer
    full: bool
    """Whether the pool for all keys was full, so that some entities were not seen."""


def main() -> None:
    """Ask twice, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="data directory of the default gazetteer")
    parser.add_argument("--count", type=int, default=COUNT, help="questions of each script")
    parser.add_argument("--scripts", nargs="+", default=SCRIPTS, help="ISO 15924 codes")
    options = parser.parse_args()
    with progress_bars() as progress, Gazetteer.open(options.data) as gazetteer:
        drawn = draw(Source("places", gazetteer, "place", _DRAWN * options.count))
        cases = [case for script in options.scripts for case in _of_script(drawn.cases, script)[: options.count]]
        results = {**stamp(), "scripts": by_script(ask(cases, drawn, gazetteer, progress), options.scripts)}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_block(PAGE, "brute", page(results))


def _of_script(cases: Sequence[Case], script: str) -> list[Case]:
    return [case for case in cases if case.group("script") == script]


def ask(cases: Sequence[Case], drawn: Drawn, gazetteer: Gazetteer, progress: Progress) -> list[Both]:
    """Return both answers to each question."""
    matcher = Matcher(gazetteer.keymaker, Model.load())
    keys = max(len(part.segment.keys) for part in drawn.snapshot.parts) + MOST_OUTLINES
    pools = threading.local()
    for every in (False, True):  # compiled before anything is timed
        matcher.match([Mention("warm up")], drawn.snapshot, new_pool(keys=keys), 1, every=every)

    def answered(case: Case, pool: Pool, *, every: bool) -> Answer:
        began = time.thread_time()
        [matches] = matcher.match([case.mention], drawn.snapshot, pool, 1, every=every)
        seconds = time.thread_time() - began
        first = matches.found[0] if matches.found else None
        least = matcher.model.calibration(first.part.type if first else OTHER).threshold(None)
        linked = first and decide(matches.probabilities, least) is Outcome.LINKED
        return Answer(first and first.entity_id, first.entity_id if first and linked else None, seconds)

    def both(case: Case) -> Both:
        if not hasattr(pools, "all"):
            pools.all, pools.fetched = new_pool(MANY, keys), new_pool()
        fetched, every = answered(case, pools.fetched, every=False), answered(case, pools.all, every=True)
        return Both(case, fetched, every, _is_full(pools.all))

    answers = []
    with ThreadPoolExecutor(cores()) as threads:
        for answer in threads.map(both, cases):
            answers.append(answer)
            progress("asking twice", len(answers), len(cases))
    return answers


def _is_full(pool: Pool) -> bool:
    return int(pool.held[0]) == pool.entities.size


def by_script(answers: Sequence[Both], scripts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the figures of each script, and of all."""
    groups = {script: [one for one in answers if one.case.group("script") == script] for script in scripts}
    return {script: _figures(some) for script, some in {**groups, "all": list(answers)}.items() if some}


def _figures(answers: Sequence[Both]) -> dict[str, Any]:
    other = [one for one in answers if one.fetched.first != one.every.first]
    return {
        "questions": len(answers),
        "another first answer": len(other),
        "only the fetched one is right": sum(one.fetched.first in one.case.accepted for one in other),
        "only that of all keys is right": sum(one.every.first in one.case.accepted for one in other),
        "LINKED otherwise": sum(one.fetched.linked != one.every.linked for one in answers),
        "right LINKED of the fetched": sum(one.fetched.linked in one.case.accepted for one in answers),
        "right LINKED of all keys": sum(one.every.linked in one.case.accepted for one in answers),
        "too many for the pool": sum(one.full for one in answers),
        "times as long": round(sum(one.every.seconds for one in answers) / sum(one.fetched.seconds for one in answers)),
    }


def page(results: dict[str, Any]) -> str:
    """Return the table."""
    headings = ["", *next(iter(results["scripts"].values())), "another first answer, %", "LINKED otherwise, %"]
    rows = []
    for script, row in results["scripts"].items():
        shares = [f"{100 * row[of] / row['questions']:.1f}" for of in ("another first answer", "LINKED otherwise")]
        rows.append([script, *(f"{value:,}" for value in row.values()), *shares])
    return "\n\n".join([sentence(results), table(headings, rows)])


if __name__ == "__main__":
    main()
