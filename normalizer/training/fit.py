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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.gazetteer import Gazetteer
from normalizer.index.snapshot import Snapshot
from normalizer.matching.channel import letter_costs
from normalizer.matching.evidence import EQUAL_FORM, EVIDENCE, WIDTH
from normalizer.matching.match import Matcher, Matches
from normalizer.matching.model import MODEL, Model
from normalizer.matching.search import new_pool
from normalizer.terms import UnknownEntity
from normalizer.training.logit import Floats, Problem, fit_signed, probabilities
from normalizer.training.queries import TrainingQuery, sample

_CANDIDATES = 48
_ROUNDS = 2
"""The weights choose each entity's best name and the candidates, so the evidence is gathered anew after a fit."""
_PRECISIONS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_SEED = 2024


def train(gazetteer: Gazetteer, excluded: frozenset[str], size: int, report: Any = print) -> dict[str, Any]:
    """Return the content of a model file fitted on `size` queries from the gazetteer's places."""
    prior = tomllib.loads((Path(__file__).parent / "prior.toml").read_text("utf-8"))
    queries = sample(gazetteer.entities(), size, excluded, _SEED)
    snapshot = _snapshot_without(gazetteer, queries)
    report(f"{len(queries)} queries, {len(excluded)} entities kept out")
    weights = _start(prior)
    for round_number in range(_ROUNDS):
        problem = _gather(gazetteer, snapshot, queries, weights)
        kept_out = _kept_out(problem)
        weights = fit_signed(
            _part(problem, ~kept_out), _start(prior), _firmness(prior, int((~kept_out).sum())), _signs(prior)
        )
        report(f"round {round_number + 1}: {_quality(_part(problem, kept_out), weights)}")
    problem = _gather(gazetteer, snapshot, queries, weights)
    problem = _part(problem, _kept_out(problem))
    return _content(weights, _thresholds(problem, weights), _quality(problem, weights))


def _snapshot_without(gazetteer: Gazetteer, queries: Sequence[TrainingQuery]) -> Snapshot:
    """Return the gazetteer as it is while the queries are asked."""
    changed = [query.entity for query in queries]
    parents = {}
    for parent in {parent for entity in changed for parent in entity.parents}:
        try:
            parents[parent] = gazetteer.get(parent).parents
        except UnknownEntity:
            continue
    return gazetteer.variant(changed, parents)


def _gather(gazetteer: Gazetteer, snapshot: Snapshot, queries: Sequence[TrainingQuery], weights: Floats) -> Problem:
    """Ask every query and put the evidence of its candidates into arrays."""
    model = Model.of(_content(weights, {0.99: 1.0}, {}), "training")
    matcher = Matcher(gazetteer.keymaker, model, letter_costs(gazetteer.keymaker.rules))
    pool = new_pool()
    evidence = np.zeros((len(queries), _CANDIDATES, WIDTH))
    present = np.zeros((len(queries), _CANDIDATES), bool)
    right = np.zeros((len(queries), _CANDIDATES + 1), bool)
    outside = np.ones((len(queries), 2))
    for row, query in enumerate(queries):
        matches = matcher.match(query.mention, snapshot, pool, _CANDIDATES)
        for column, found in enumerate(matches.found):
            evidence[row, column] = found.values
            present[row, column] = True
        right[row] = _right(matches, query)
        outside[row, 1] = 1 / max(1, matches.letters)
    asked = right.any(axis=1)
    return Problem(evidence[asked], present[asked], right[asked], outside[asked])


def _right(matches: Matches, query: TrainingQuery) -> NDArray[np.bool_]:
    """Return which answers are right: [candidates + 1], the last for NIL; none for a question nobody can answer.

    Without a hint, an entity that bears exactly the form of the mention cannot be called wrong. NIL is right when
    nothing else is, also where the entity was not retrieved.
    """
    unhinted = query.mention.country is None and query.mention.parent is None
    right = np.zeros(_CANDIDATES + 1, bool)
    for column, found in enumerate(matches.found):
        right[column] = found.entity_id == query.expected or (unhinted and found.values[EQUAL_FORM] > 0)
    right[-1] = not right.any()
    return right & (query.expected is not None or bool(right[-1]))


def _kept_out(problem: Problem) -> NDArray[np.bool_]:
    return np.asarray(np.arange(len(problem.right)) % 3 == 0)


def _part(problem: Problem, rows: Any) -> Problem:
    return Problem(problem.evidence[rows], problem.present[rows], problem.right[rows], problem.outside[rows])


def _names() -> list[str]:
    return [*(measure.name for measure in EVIDENCE), "nil_constant", "nil_per_letter"]


def _start(prior: dict[str, Any]) -> Floats:
    means = {**prior["weights"], **prior["untrained"]}
    return np.array([means[name] for name in _names()], float)


def _firmness(prior: dict[str, Any], queries: int) -> Floats:
    firm = prior["firmness"]
    by_name = dict.fromkeys(_names(), firm["default"]) | dict.fromkeys(prior["untrained"], firm["untrained"])
    return np.array([by_name[name] for name in _names()]) * queries / 1000


def _signs(prior: dict[str, Any]) -> NDArray[np.int64]:
    signs = dict.fromkeys(_names(), 0) | dict.fromkeys(prior["signs"]["helps"], 1)
    signs |= dict.fromkeys(prior["signs"]["hurts"], -1)
    return np.array([signs[name] for name in _names()])


def _first(problem: Problem, weights: Floats) -> tuple[Floats, Any]:
    """Return the first candidate's probability and whether it is right, for each query."""
    shares = probabilities(problem, weights)[:, :-1]
    best = shares.argmax(axis=1)
    rows = np.arange(len(shares))
    return shares[rows, best], problem.right[rows, best]


def _thresholds(problem: Problem, weights: Floats) -> dict[float, float]:
    """Return, for each precision, the least probability above which that share of first candidates is right."""
    probability, right = _first(problem, weights)
    order = np.argsort(-probability)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    found: dict[float, float] = {}
    least = 1.0
    for wanted in reversed(_PRECISIONS):
        good = np.flatnonzero(precision >= wanted)
        least = min(least, float(probability[order][good[-1]]) if good.size else least)
        found[wanted] = least
    return found


def _quality(problem: Problem, weights: Floats) -> dict[str, float]:
    probability, right = _first(problem, weights)
    answerable = ~problem.right[:, -1]
    likelihood = (probabilities(problem, weights) * problem.right).sum(axis=1)
    return {
        "queries": len(right),
        "right first, of the answerable": round(float(right[answerable].mean()), 4),
        "log loss": round(float(-np.log(likelihood).mean()), 4),
        "calibration error": round(_calibration_error(probability, right), 4),
    }


def _calibration_error(probability: Floats, right: Any) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [abs(probability[bins == b].sum() - right[bins == b].sum()) for b in range(10)]
    return float(sum(gaps) / len(probability))


def _content(weights: Floats, thresholds: dict[float, float], figures: dict[str, float]) -> dict[str, Any]:
    values = [round(float(weight), 4) for weight in weights]
    return {
        "card": {"figures": figures},
        "weights": dict(zip(_names()[:WIDTH], values, strict=False)),
        "nil": {"constant": values[-2], "per_letter": values[-1]},
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
