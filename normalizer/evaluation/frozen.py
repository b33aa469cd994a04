"""Runs that are kept: figures for people, and every answer, so that a later run can be compared case by case.

A frozen run is judged anew by the labels of the cases it is compared on, so that a mended label mends both sides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from normalizer.evaluation.answers import Answer, Run
from normalizer.evaluation.figures import Figures, by, figures
from normalizer.terms import NormalizerError, Outcome, Versions

FORMAT = 1


class Changed(NamedTuple):
    """A case that was answered otherwise before."""

    verdict: str
    """``better``, ``worse``, or ``other`` where neither answer is."""
    then: Answer
    now: Answer


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run beside an earlier one, on the cases that both have answered."""

    then: Sequence[Answer]
    now: Sequence[Answer]
    changed: Sequence[Changed]
    """Worse ones first, then better, then others; in each the order of the cases."""
    alone: tuple[int, int]
    """How many cases only the earlier run has answered, and how many only the later one."""
    differences: tuple[str, ...]
    """In what else the runs differ: hints, the precision asked for, versions."""

    def count(self, verdict: str) -> int:
        """Return how many changed answers have this verdict."""
        return sum(one.verdict == verdict for one in self.changed)


def summary(run: Run, fields: Sequence[str]) -> dict[str, Any]:
    """Return what there is to say of a run but its answers, as values of JSON."""
    return {
        "cases": run.name,
        "hints": list(run.hints),
        "precision": run.precision,
        "versions": asdict(run.versions),
        "figures": _rounded(figures(run.answers)),
        "by": {field: {group: _rounded(one) for group, one in by(run.answers, field).items()} for field in fields},
    }


def comparison_summary(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as values of JSON: figures then and now, and every changed answer."""
    return {
        "then": _rounded(figures(comparison.then)),
        "now": _rounded(figures(comparison.now)),
        "left out": {"only then": comparison.alone[0], "only now": comparison.alone[1]},
        "differences": list(comparison.differences),
        "changed": [
            {"id": one.now.case.id, "verdict": one.verdict, "then": _kept(one.then), "now": _kept(one.now)}
            for one in comparison.changed
        ],
    }


def _kept(answer: Answer) -> dict[str, object]:
    return {
        "id": answer.case.id,
        "outcome": answer.outcome.value,
        "candidates": list(answer.candidates),
        "probability": float(f"{answer.probability:.6g}"),
    }


def write(path: Path, run: Run, fields: Sequence[str]) -> None:
    """Freeze a run: its summary, and of each case the outcome, the candidates' ids and the probability."""
    head = json.dumps({"format": FORMAT, **summary(run, fields)}, ensure_ascii=False, indent=1)
    lines = ",\n".join(f"  {json.dumps(_kept(answer), ensure_ascii=False)}" for answer in run.answers)
    path.write_text(f'{head.removesuffix("}").rstrip()},\n "answers": [\n{lines}\n ]\n}}\n', "utf-8")


def compare(path: Path, run: Run) -> Comparison:
    """Compare a run with the frozen one of a file. Raises NormalizerError when it is none, or of other cases."""
    frozen = _read(path)
    cases = {answer.case.id: answer.case for answer in run.answers}
    try:
        before = {one["id"]: one for one in frozen["answers"]}
        then = {
            case_id: Answer(case, Outcome(one["outcome"]), tuple(one["candidates"]), float(one["probability"]))
            for case_id, case in cases.items()
            if (one := before.get(case_id))
        }
        differences = _differences(frozen, run)
    except (KeyError, TypeError, ValueError) as error:
        raise NormalizerError(f"{path}: this is not a frozen run ({type(error).__name__}: {error})") from error
    if not then:
        raise NormalizerError(f"{path}: the frozen run has no case in common with {run.name}")
    now = [answer for answer in run.answers if answer.case.id in then]
    pairs = [(then[answer.case.id], answer) for answer in now]
    alone = (len(before) - len(then), len(cases) - len(then))
    return Comparison([*then.values()], now, _changed(pairs), alone, differences)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        frozen = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise NormalizerError(f"{path}: this is not a frozen run, nor JSON at all: {error}") from error
    if not isinstance(frozen, dict) or frozen.get("format") != FORMAT:
        raise NormalizerError(f"{path}: this is not a run frozen by `normalizer evaluate --freeze`, format {FORMAT}")
    return frozen


def _differences(frozen: Mapping[str, Any], run: Run) -> tuple[str, ...]:
    before, after = Versions(**frozen["versions"]), run.versions
    pairs = (
        ("cases", frozen["cases"], run.name),
        ("hints", ", ".join(frozen["hints"]) or "none", ", ".join(run.hints) or "none"),
        ("precision", frozen["precision"] or "default", run.precision or "default"),
        ("revision", before.revision, after.revision),
        ("rulebook", before.rulebook, after.rulebook),
        ("model", before.model, after.model),
    )
    return tuple(f"{what} {then} → {now}" for what, then, now in pairs if then != now)


def _changed(pairs: Sequence[tuple[Answer, Answer]]) -> list[Changed]:
    changed = [
        Changed(_verdict(_grade(now) - _grade(then)), then, now)
        for then, now in pairs
        if (then.outcome, then.first) != (now.outcome, now.first)
    ]
    return sorted(changed, key=lambda one: ("worse", "better", "other").index(one.verdict))


def _verdict(difference: int) -> str:
    return "other" if not difference else "better" if difference > 0 else "worse"


def _grade(answer: Answer) -> int:
    """Order answers: LINKED rightly is best, LINKED wrongly worst; between them it counts what comes first."""
    if not answer.case.accepted:
        return {Outcome.LINKED: 0, Outcome.AMBIGUOUS: 1, Outcome.NIL: 2}[answer.outcome]
    if answer.linked:
        return 3 if answer.right else 0
    return 2 if answer.right else 1


def _rounded(group: Figures) -> dict[str, float | None]:
    return {name: value if value is None else round(value, 6) for name, value in group.items()}
