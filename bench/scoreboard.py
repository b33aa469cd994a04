"""The normalizer beside its peers: the same questions, over the same names, in one run, from PyPI data alone.

    python -m bench.scoreboard --data DIR --persons DIR [--work DIR]

Places come from the default gazetteer (`normalizer gazetteer init`), persons from the data directory that
`normalizer.training.persons --part tested` makes of the groups of names that nothing is learned from; `make scoreboard`
makes both. The results go to bench/results/scoreboard.json, from there into docs/evaluation.md and README.md, and the
pictures into docs/pictures. DIR of --work gets every question with all answers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import board, logic_v2, peers, scores
from bench.machine import ROOT, stamp
from bench.questions import SEED, Drawn, Source, draw
from normalizer.cli.progress import progress_bars
from normalizer.evaluation import pictures
from normalizer.evaluation.answers import Answer
from normalizer.evaluation.cases import Case
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.index.parts import Part
from normalizer.index.snapshot import Snapshot
from normalizer.matching.decision import decide
from normalizer.matching.match import Matcher
from normalizer.matching.model import OTHER, Model
from normalizer.matching.query import new_pool

RESULTS = ROOT / "bench" / "results" / "scoreboard.json"
PICTURES = ROOT / "docs" / "pictures"
OURS = "normalizer"
PLACES, PERSONS = 600, 1_500
"""Questions of each source: few places, because WRatio compares each with 800,000 texts."""


def main() -> None:
    """Ask everybody, keep the results, draw the pictures, write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="data directory of the default gazetteer")
    parser.add_argument("--persons", type=Path, required=True, help="data directory of composed persons")
    parser.add_argument("--work", type=Path, default=Path("build/scoreboard"), help="where the answers go")
    parser.add_argument("--sizes", type=int, nargs=2, default=(PLACES, PERSONS), help="questions of each source")
    options = parser.parse_args()
    pictures.check()
    options.work.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"command": "make scoreboard", **stamp(), "seed": SEED, "logic-v2": _logic_version()}
    figures["sources"] = []
    asked = [("places", options.data, "place"), ("persons", options.persons, "person")]
    with progress_bars() as progress:
        for (name, data, kind), size in zip(asked, options.sizes, strict=True):
            source = Source(name, Gazetteer.open(data), kind, size)
            found, systems = measure(source, progress)
            figures["sources"].append(found)
            keep(options.work / f"{name}.jsonl", systems)
            board.draw(PICTURES, name, systems)
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    board.write(figures)
    print(f"wrote {RESULTS.relative_to(ROOT)} and docs/pictures, the tables of docs/evaluation.md and README.md")


def _logic_version() -> str | None:
    return version(logic_v2.PACKAGE) if logic_v2.is_installed() else None


def measure(source: Source, progress: Progress) -> tuple[dict[str, Any], scores.Systems]:
    """Return the figures of a source, and the answers of each system, the normalizer's first."""
    progress(f"drawing {source.name}", 0, 1)
    cases, snapshot = drawn = draw(source)
    progress(f"drawing {source.name}", 1, 1)
    parts = snapshot.of_type(source.type)
    lists = peers.ask(cases, parts, source.gazetteer.keymaker, progress)
    near = lists[peers.LEVENSHTEIN.name]
    if logic_v2.is_installed():
        lists = {logic_v2.NAME: logic_v2.reordered(cases, near, progress), **lists}
    systems = {OURS: answered(drawn, source.gazetteer)}
    systems |= {name: [*map(peers.answer, cases, listed)] for name, listed in lists.items()}
    found = {
        "source": source.name,
        "questions": len(cases),
        "names": sum(map(_visible, parts)),
        "listed": round(_listed(cases, near), 4),
        "systems": scores.of_systems(systems),
        "parts": scores.of_parts(systems),
    }
    return found, systems


def answered(drawn: Drawn, gazetteer: Gazetteer) -> list[Answer]:
    """Return the normalizer's answers, by the model that is shipped, at the default precision."""
    model = Model.load()
    matcher, pool = Matcher(gazetteer.keymaker, model), new_pool()
    return [_answer(case, matcher, model, drawn.snapshot, pool) for case in drawn.cases]


def _answer(case: Case, matcher: Matcher, model: Model, snapshot: Snapshot, pool: Any) -> Answer:
    [matches] = matcher.match([case.mention], snapshot, pool, peers.CANDIDATES)
    best = matches.found[0].part.type if matches.found else OTHER
    outcome = decide(matches.probabilities, model.calibration(best).threshold(None))
    ids = tuple(found.entity_id for found in matches.found[: peers.CANDIDATES])
    return Answer(case, outcome, ids, matches.probabilities[0] if ids else 0.0)


def _visible(part: Part) -> int:
    return int((part.columns.hidden[part.segment.name_facts[:, 0]] == 0).sum())


def _listed(cases: Sequence[Case], lists: Sequence[Sequence[peers.Listed]]) -> float:
    """Return the share of answerable cases whose entity is listed at all."""
    known = [(case, listed) for case, listed in zip(cases, lists, strict=True) if case.accepted]
    return sum(any(one.name.entity_id in case.accepted for one in listed) for case, listed in known) / len(known)


def keep(path: Path, systems: scores.Systems) -> None:
    """Write each question as `normalizer evaluate` reads them, with what each system answered: id and score."""
    with path.open("w", encoding="utf-8") as lines:
        for answers in zip(*systems.values(), strict=True):
            answered = {
                name: [one.first, round(one.probability, 4)] for name, one in zip(systems, answers, strict=True)
            }
            lines.write(json.dumps({**_line(answers[0].case), "answers": answered}, ensure_ascii=False) + "\n")


def _line(case: Case) -> dict[str, Any]:
    accepted = sorted(case.accepted)
    asked = {"id": case.id, "text": case.mention.text, "type": case.mention.type}
    return {**asked, "expected": accepted[0] if accepted else None, "expected_any": accepted[1:], **case.fields}


if __name__ == "__main__":
    main()
