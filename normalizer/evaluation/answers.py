"""Cases -> answers, by the one way in: `Normalizer.attempt`, many mentions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from normalizer.evaluation.cases import Case, read
from normalizer.index.builder import Progress, silent
from normalizer.pipeline import Normalizer
from normalizer.terms import InvalidInput, NormalizerError, Outcome, Resolution, UnknownEntity, Versions

CHUNK = 500
"""Cases that are asked at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a case. Whoever answers with ids and a score in [0, 1] can be measured the same way."""

    case: Case
    outcome: Outcome
    candidates: tuple[str, ...]
    """Ids, best first, under every outcome; the figures look at the first five."""
    probability: float
    """Of the first candidate; 0 when there is none."""

    @property
    def first(self) -> str | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None

    @property
    def right(self) -> bool:
        """Whether the first candidate is right; never so where NIL is."""
        return self.first in self.case.accepted

    @property
    def linked(self) -> bool:
        """Whether the outcome is LINKED, to the first candidate."""
        return self.outcome is Outcome.LINKED


@dataclass(frozen=True, slots=True)
class Run:
    """A set of cases, answered once."""

    name: str
    """What was asked, for titles."""
    hints: tuple[str, ...]
    precision: float | None
    """What was asked for (see `Normalizer.normalize`); None for the default."""
    versions: Versions
    answers: Sequence[Answer]


def evaluate(
    normalizer: Normalizer,
    path: str,
    hints: Sequence[str] = (),
    precision: float | None = None,
    progress: Progress = silent,
) -> Run:
    """Ask the cases of a file (see `cases.read`). Raises NormalizerError, with file, line and field, for a bad one."""
    cases = read(path, hints)
    try:
        answers, versions = ask(normalizer, cases, precision, progress)
    except NormalizerError as error:
        raise NormalizerError(f"{path}: {error}") from error
    return Run(Path(path).name, tuple(hints), precision, versions, answers)


def unanswerable(normalizer: Normalizer, answers: Sequence[Answer]) -> list[str]:
    """Return what cases expect of which the gazetteer has, and had, none: whatever is answered to them is wrong."""
    expected = {answer.case.accepted for answer in answers if answer.case.accepted}
    return sorted(min(ids) for ids in expected if not any(_is_known(normalizer, entity_id) for entity_id in ids))


def _is_known(normalizer: Normalizer, entity_id: str) -> bool:
    if normalizer.gazetteer.snapshot.shows(entity_id):
        return True
    try:
        normalizer.gazetteer.get(entity_id)
    except UnknownEntity:
        return False
    return True


def ask(
    normalizer: Normalizer, cases: Sequence[Case], precision: float | None = None, progress: Progress = silent
) -> tuple[list[Answer], Versions]:
    """Return one answer for each of at least one case, in order, and what answered the last of them.

    Raises NormalizerError, with the line and the field, for a case that cannot be asked.
    """
    answers: list[Answer] = []
    progress("cases", 0, len(cases))
    for start in range(0, len(cases), CHUNK):
        some = cases[start : start + CHUNK]
        results = normalizer.attempt([case.mention for case in some], precision=precision)
        resolutions = [_answered(case, result) for case, result in zip(some, results, strict=True)]
        answers += [_answer(case, resolution) for case, resolution in zip(some, resolutions, strict=True)]
        progress("cases", len(answers), len(cases))
    return answers, resolutions[-1].versions


def _answered(case: Case, result: Resolution | InvalidInput) -> Resolution:
    if isinstance(result, InvalidInput):
        raise NormalizerError(f"line {case.line}: {result}") from result
    return result


def _answer(case: Case, resolution: Resolution) -> Answer:
    ids = tuple(candidate.entity_id for candidate in resolution.candidates)
    return Answer(case, resolution.outcome, ids, resolution.probability)
