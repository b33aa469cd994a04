"""Fit the scorer to a gazetteer: ``python -m normalizer.training.fit --data DIR [--exclude IDS]``.

Queries are drawn from the gazetteer itself (`queries.sample`), asked against a snapshot that lacks their names, and
the weights of the evidence are fitted so that the right candidate, or NIL, gets its probability (`logit.fit`). The
queries of the last fold are kept out of the fit: the thresholds and the figures of the card come from them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.gazetteer import Gazetteer
from normalizer.index.snapshot import Snapshot
from normalizer.matching.edits import letter_costs
from normalizer.matching.evidence import (
    COUNTRY_CONTRADICTS,
    EQUAL_FORM,
    EQUAL_KEY,
    EVIDENCE,
    PARENT_CONTRADICTS,
    WIDTH,
)
from normalizer.matching.match import Matcher, Matches
from normalizer.matching.model import LIST_EVIDENCE, MODEL, Model, list_evidence
from normalizer.matching.query import new_pool
from normalizer.training.logit import Floats, Problem, fit, fit_signed, probabilities
from normalizer.training.queries import HELD_OUT, NIL, TYPO, TrainingQuery, sample

_CANDIDATES = 48
_ROUNDS = 2
"""The weights choose each entity's best name and the candidates, so the evidence is gathered anew after a fit."""
_LEAST = 0.5
"""No answer less probable than this is LINKED, whatever the precision asked for."""
_PRECISIONS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_SEED = 2024
_NAMES = tuple(measure.name for measure in EVIDENCE)


def train(gazetteer: Gazetteer, excluded: frozenset[str], size: int, report: Any = print) -> dict[str, Any]:
    """Return the content of a model file fitted on `size` queries from the gazetteer's places."""
    prior = tomllib.loads((Path(__file__).parent / "prior.toml").read_text("utf-8"))
    queries = sample(gazetteer.entities(), size, excluded, _SEED)
    snapshot = _snapshot_without(gazetteer, queries)
    report(f"{len(queries)} queries, {len(excluded)} entities kept out")
    ranking = _Fit.start(prior, _NAMES, {**prior["weights"], **prior["untrained"]})
    knowing = _Fit.start(prior, LIST_EVIDENCE, prior["known"])
    for round_number in range(_ROUNDS):
        lists = _gather(gazetteer, snapshot, queries, ranking.weights, excluded)
        learned, tested = lists.fold(False), lists.fold(True)
        ranking.learn(learned.which())
        knowing.learn(learned.whether(ranking.weights))
        platt = _platt(learned, ranking.weights, knowing.weights)
        report(f"round {round_number + 1}: {_quality(_first(tested, ranking.weights, knowing.weights, platt))}")
    lists = _gather(gazetteer, snapshot, queries, ranking.weights, excluded)
    platt = _platt(lists.fold(False), ranking.weights, knowing.weights)
    first = _first(lists.fold(True), ranking.weights, knowing.weights, platt)
    return _content(ranking.weights, knowing.weights, platt, _thresholds(first), _quality(first))


@dataclass(slots=True)
class _Fit:
    """One set of weights with its prior, as it is learned."""

    weights: Floats
    prior: Floats
    firmness: Floats
    signs: NDArray[np.int64]

    @classmethod
    def start(cls, prior: dict[str, Any], names: Sequence[str], means: dict[str, float]) -> _Fit:
        firm = prior["firmness"]
        mean = np.array([means.get(name, 0.0) for name in names])
        firmness = np.array([firm["untrained" if name in prior["untrained"] else "default"] for name in names])
        signs = [(name in prior["signs"]["helps"]) - (name in prior["signs"]["hurts"]) for name in names]
        return cls(mean, mean, firmness, np.array(signs))

    def learn(self, problem: Problem) -> None:
        firmness = self.firmness * len(problem.right) / 1000
        self.weights = fit_signed(problem, self.prior, firmness, self.signs)


def _snapshot_without(gazetteer: Gazetteer, queries: Sequence[TrainingQuery]) -> Snapshot:
    """Return the gazetteer as it is while the queries are asked."""
    changed = [query.entity for query in queries if query.stratum in (HELD_OUT, NIL)]
    return gazetteer.variant(changed)


@dataclass(frozen=True, slots=True)
class _Lists:
    """The candidates of every query: evidence [queries, candidates, WIDTH], which are there, which are right."""

    evidence: Floats
    present: NDArray[np.bool_]
    right: NDArray[np.bool_]
    """[queries, candidates + 1]; the last column is NIL."""
    bearer: NDArray[np.bool_]
    """[queries, candidates]: which bear exactly the form of the mention, with no hint against them."""
    letters: NDArray[np.int64]

    def fold(self, tested: bool) -> _Lists:
        """Return the third of the queries that is only tested on, or the others."""
        number = np.arange(len(self.right))
        rows = number[(number % 3 == 0) == tested]
        return _Lists(self.evidence[rows], self.present[rows], self.right[rows], self.bearer[rows], self.letters[rows])

    def which(self) -> Problem:
        """Return the choice among the candidates, for the queries whose answer is among them."""
        rows = ~self.right[:, -1]
        return Problem(self.evidence[rows], self.present[rows], self.right[rows], none=False)

    def shares(self, weights: Floats) -> Floats:
        """Return the share of each candidate: [queries, candidates]; all 0 for an empty list."""
        every = Problem(self.evidence, self.present, self.right, none=False)
        return probabilities(every, weights)[:, :-1]

    def whether(self, weights: Floats) -> Problem:
        """Return the choice between the list and NIL, as a problem with one candidate."""
        shares = self.shares(weights)
        best = shares.argmax(axis=1)
        rows = np.arange(len(best))
        evidence = np.array([
            list_evidence(values, share, letters)
            for values, share, letters in zip(self.evidence[rows, best], shares[rows, best], self.letters, strict=True)
        ])  # fmt: skip
        known = ~self.right[:, -1]
        right = np.stack([known, ~known], axis=1)
        return Problem(evidence[:, None, :], self.present[:, :1], right, none=True)

    def probabilities(self, weights: Floats, known: Floats) -> Floats:
        """Return P of each candidate: [queries, candidates]."""
        return self.shares(weights) * probabilities(self.whether(weights), known)[:, :1]


def _gather(
    gazetteer: Gazetteer,
    snapshot: Snapshot,
    queries: Sequence[TrainingQuery],
    weights: Floats,
    excluded: frozenset[str],
) -> _Lists:
    """Ask every query and put the evidence of its candidates into arrays.

    Excluded entities are not rivals either: as they are never right, they would teach that their like never is.
    """
    model = Model.of(_content(weights, np.zeros(len(LIST_EVIDENCE)), (1.0, 0.0), {0.99: 1.0}, {}), "training")
    matcher = Matcher(gazetteer.keymaker, model, letter_costs(gazetteer.keymaker.rules))
    pool = new_pool()
    evidence = np.zeros((len(queries), _CANDIDATES, WIDTH))
    present = np.zeros((len(queries), _CANDIDATES), bool)
    right = np.zeros((len(queries), _CANDIDATES + 1), bool)
    letters = np.ones(len(queries), np.int64)
    for row, query in enumerate(queries):
        matches = _without(matcher.match(query.mention, snapshot, pool, _CANDIDATES), excluded)
        for column, found in enumerate(matches.found):
            evidence[row, column] = found.values
            present[row, column] = True
        right[row] = _right(matches, query)
        letters[row] = matches.letters
    asked = right.any(axis=1)
    agrees = (evidence[:, :, [COUNTRY_CONTRADICTS, PARENT_CONTRADICTS]] == 0).all(axis=2)
    bearer = agrees & (evidence[:, :, EQUAL_FORM] > 0)
    bearer &= np.array([query.expected is not None for query in queries])[:, None]
    return _Lists(evidence[asked], present[asked], right[asked], bearer[asked], letters[asked])


def _without(matches: Matches, excluded: frozenset[str]) -> Matches:
    kept = [(f, p) for f, p in zip(matches.found, matches.probabilities, strict=True) if f.entity_id not in excluded]
    return Matches(tuple(f for f, _ in kept), tuple(p for _, p in kept), matches.letters)


def _right(matches: Matches, query: TrainingQuery) -> NDArray[np.bool_]:
    """Return which answers are right: [candidates + 1], the last for NIL; none for a question nobody can answer.

    When the name was taken out of the gazetteer, an entity that still bears exactly the form of the mention, and that
    no hint contradicts, cannot be called wrong. When it was left in, which of its bearers was drawn says how salient
    they are. NIL is right when nothing else is, also where the entity was not retrieved; but where a namesake is left,
    NIL cannot be known.
    """
    values = np.array([found.values for found in matches.found]).reshape(-1, WIDTH)
    agrees = (values[:, [COUNTRY_CONTRADICTS, PARENT_CONTRADICTS]] == 0).all(axis=1)
    right = np.zeros(_CANDIDATES + 1, bool)
    if query.expected is None:
        right[-1] = not (agrees & (values[:, EQUAL_KEY] > 0)).any()
        return right
    expected = np.array([found.entity_id == query.expected for found in matches.found], bool)
    if query.stratum in (HELD_OUT, TYPO):
        expected |= agrees & (values[:, EQUAL_FORM] > 0)
    right[: len(expected)] = expected
    right[-1] = not right.any()
    return right


class _First(NamedTuple):
    """The first candidates of all queries: [queries] each."""

    chance: Floats
    right: NDArray[np.bool_]
    acceptable: NDArray[np.bool_]
    """Right, or the leading bearer of exactly this form: what LINKED answers are held to."""


def _first(lists: _Lists, weights: Floats, known: Floats, platt: tuple[float, float] = (1.0, 0.0)) -> _First:
    """Return the first candidates with their calibrated probabilities."""
    chances = lists.probabilities(weights, known)
    best = chances.argmax(axis=1)
    rows = np.arange(len(chances))
    slope, intercept = platt
    chance = np.clip(chances[rows, best], 1e-9, 1 - 1e-9)
    calibrated = 1 / (1 + np.exp(-(slope * np.log(chance / (1 - chance)) + intercept)))
    right = lists.right[rows, best]
    return _First(calibrated, right, right | lists.bearer[rows, best])


def _platt(lists: _Lists, weights: Floats, known: Floats) -> tuple[float, float]:
    """Fit the slope and the intercept of the first candidate's calibrated log-odds."""
    chance, right, _ = _first(lists, weights, known)
    evidence = np.column_stack([np.log(chance / (1 - chance)), np.ones(len(chance))])[:, None, :]
    problem = Problem(evidence, np.ones((len(chance), 1), bool), np.column_stack([right, ~right]), none=True)
    slope, intercept = fit(problem, np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    return float(slope), float(intercept)


def _thresholds(first: _First) -> dict[float, float]:
    """Return, for each precision, the least probability (_LEAST or more) above which it is reached."""
    order = np.argsort(-first.chance)
    precision = np.cumsum(first.acceptable[order]) / np.arange(1, len(order) + 1)
    found: dict[float, float] = {}
    least = 1.0
    for wanted in reversed(_PRECISIONS):
        good = np.flatnonzero((precision >= wanted) & (first.chance[order] >= _LEAST))
        least = min(least, float(first.chance[order][good[-1]]) if good.size else least)
        found[wanted] = least
    return found


def _quality(first: _First) -> dict[str, float]:
    linked = first.chance >= _thresholds(first)[0.99]
    return {
        "queries": len(first.right),
        "first candidate right": round(float(first.right.mean()), 4),
        "calibration error": round(_calibration_error(first.chance, first.right), 4),
        "linked at .99": round(float(linked.mean()), 4),
        "of these right": round(float(first.right[linked].mean()), 4),
    }


def _calibration_error(probability: Floats, right: Any) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [abs(probability[bins == b].sum() - right[bins == b].sum()) for b in range(10)]
    return float(sum(gaps) / len(probability))


def _content(
    weights: Floats,
    known: Floats,
    platt: tuple[float, float],
    thresholds: dict[float, float],
    figures: dict[str, float],
) -> dict[str, Any]:
    return {
        "card": {"figures": figures},
        "weights": {name: round(float(weight), 4) for name, weight in zip(_NAMES, weights, strict=True)},
        "known": {name: round(float(weight), 4) for name, weight in zip(LIST_EVIDENCE, known, strict=True)},
        "calibration": {"slope": round(platt[0], 4), "intercept": round(platt[1], 4)},
        "thresholds": {str(precision): round(least, 4) for precision, least in sorted(thresholds.items())},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the model file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory of the gazetteer to learn from")
    parser.add_argument("--exclude", type=Path, help="file of entity ids, one a line, that no query may come from")
    parser.add_argument("--size", type=int, default=12_000, help="number of queries (default 12000)")
    parser.add_argument("--output", type=Path, default=MODEL)
    options = parser.parse_args(arguments)
    ids = options.exclude.read_text("utf-8").split() if options.exclude else []
    excluded = frozenset(ids)
    gazetteer = Gazetteer.open(options.data)
    content = train(gazetteer, excluded, options.size)
    content["card"] |= {
        "fitted by": "python -m normalizer.training.fit",
        "data": "names held out of the gazetteer, typing errors made in names, entities taken away for NIL",
        "rulebook": gazetteer.keymaker.rules.version,
        "size": options.size,
        "seed": _SEED,
        "entities kept out": {
            "number": len(excluded),
            "sha256": hashlib.sha256("\n".join(sorted(excluded)).encode()).hexdigest(),
        },
    }
    options.output.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    print(json.dumps(content["card"], indent=1))


if __name__ == "__main__":
    main()
