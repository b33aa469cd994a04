"""Calibrate: from log-odds that rank well to probabilities that are true, and the thresholds of LINKED."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.matching.model import DEFAULT_PRECISION, OTHER, Model, calibrations
from normalizer.training.lists import CALIBRATED, TESTED, Lists
from normalizer.training.logit import Floats, Problem, fit

_LEAST = 0.5
"""No answer less probable than this is LINKED, whatever the precision asked for."""
_PRECISIONS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
_ENOUGH = 300
"""Queries of a type that it takes to calibrate it by itself."""
_LEAST_SHOWN = 40
"""Queries of a script that it takes to tell its figures."""
_OWN_TYPE = "place"
"""The type that is told from all others."""
_FEW = 1500
"""Queries of a type by which a calibration leans as much on its own answers as on the model's before."""


def calibrate(lists: Lists, model: Model) -> dict[str, Any]:
    """Return the calibration of places and of all other types, from the queries kept for it, as a card holds it."""
    lists = lists.only(lists.fold == CALIBRATED)
    odds = _log_odds(lists, model)
    place = lists.groups[:, 0] == _OWN_TYPE
    table = {}
    for name, rows in ((_OWN_TYPE, place), (OTHER, ~place)):
        if rows.sum() >= _ENOUGH:
            table[name] = _calibration(odds[rows], lists.only(rows))
    if OTHER not in table:
        table[OTHER] = _calibration(odds, lists)
    return table


def leaning(table: Mapping[str, Any], before: Mapping[str, Any], lists: Lists) -> dict[str, Any]:
    """Return a calibration that leans on the one before, the more so the fewer queries it was made from.

    A few hundred queries that a gazetteer asks of itself are easier than what it will be asked.
    """
    lists = lists.only(lists.fold == CALIBRATED)
    place = lists.groups[:, 0] == _OWN_TYPE
    sizes = {_OWN_TYPE: lists.counts[place].sum(), OTHER: lists.counts[~place].sum()}
    return {name: _between(before.get(name, before[OTHER]), row, sizes[name]) for name, row in table.items()}


def _between(before: Mapping[str, Any], after: Mapping[str, Any], size: float) -> dict[str, Any]:
    share = float(size / (size + _FEW))

    def between(one: float, other: float) -> float:
        return round(one + (other - one) * share, 4)

    return {
        **{name: between(before[name], after[name]) for name in ("slope", "intercept")},
        "thresholds": {
            precision: between(before["thresholds"][precision], least)
            for precision, least in after["thresholds"].items()
        },
    }


def _calibration(odds: Floats, lists: Lists) -> dict[str, Any]:
    """Return a row of the table: probabilities are those of being right, thresholds hold to what is acceptable."""
    slope, intercept = _platt(odds, lists.borne, lists.counts)
    chance = lists.shares / (1 + np.exp(-(slope * odds + intercept)))
    least = _thresholds(chance, lists.acceptable, lists.counts)
    return {
        "slope": round(slope, 4),
        "intercept": round(intercept, 4),
        "thresholds": {str(precision): round(value, 4) for precision, value in sorted(least.items())},
    }


def _log_odds(lists: Lists, model: Model) -> Floats:
    return np.array([model.log_odds(evidence) for evidence in lists.listed])


def _platt(odds: Floats, right: NDArray[np.bool_], counts: Floats) -> tuple[float, float]:
    """Fit the slope and the intercept of calibrated log-odds that the first candidate's name is meant; queries of small
    counts are drawn less often."""
    kept = np.random.default_rng(0).random(len(odds)) < counts
    evidence = np.column_stack([odds, np.ones(len(odds))])[kept, None, :]
    answers = np.column_stack([right, ~right])[kept]
    problem = Problem(evidence, np.ones((len(answers), 1), bool), answers, none=True)
    slope, intercept = fit(problem, np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    return float(slope), float(intercept)


def _thresholds(chance: Floats, right: NDArray[np.bool_], counts: Floats) -> dict[float, float]:
    """Return, for each precision, the least probability (_LEAST or more) above which it is reached."""
    order = np.argsort(-chance, kind="stable")
    precision = np.cumsum((right * counts)[order]) / np.cumsum(counts[order])
    found: dict[float, float] = {}
    least = 1.0
    for wanted in reversed(_PRECISIONS):
        good = np.flatnonzero((precision >= wanted) & (chance[order] >= _LEAST))
        least = min(least, float(chance[order][good[-1]]) if good.size else least)
        found[wanted] = least
    return found


def figures(lists: Lists, model: Model, table: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is to be expected at the default precision, by type and script, from the queries only tested on."""
    lists = lists.only(lists.fold == TESTED)
    known = calibrations(table)
    odds = _log_odds(lists, model)
    of_type = [known.get(kind) or known[OTHER] for kind in lists.groups[:, 0]]
    lines = np.array([(one.slope, one.intercept, one.threshold(DEFAULT_PRECISION)) for one in of_type])
    names = 1 / (1 + np.exp(-(lines[:, 0] * odds + lines[:, 1])))
    linked = lists.shares * names >= lines[:, 2]
    return [
        {"type": kind, "script": script, **_figures(names[rows], lists.only(rows), linked[rows])}
        for kind, script, rows in _groups(lists.groups)
    ]


def _groups(groups: NDArray[np.str_]) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield (type, script or "all", its queries), the most frequent script first."""
    for kind in sorted({*groups[:, 0].tolist()}):
        of_type = groups[:, 0] == kind
        yield kind, "all", of_type
        scripts, sizes = np.unique(groups[of_type, 1], return_counts=True)
        for size, script in sorted(zip(sizes.tolist(), scripts.tolist(), strict=True), reverse=True):
            if size >= _LEAST_SHOWN:
                yield kind, script, of_type & (groups[:, 1] == script)


def _figures(names: Floats, lists: Lists, linked: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the figures of some queries. `names`: the probability that the first candidate's name is meant, which is
    what is calibrated; which of several bearers was drawn says nothing of how often people mean each."""
    right = np.asarray(lists.right[:, 0])
    answerable = np.asarray(lists.right.any(axis=1))
    counts = lists.counts
    return {
        "queries": len(right),
        "right first": _share(right, answerable, counts),
        "linked": _share(linked, np.ones_like(linked), counts),
        "precision": _share(lists.acceptable, linked, counts),
        "strict precision": _share(right, linked, counts),
        "yield": _share(linked & lists.acceptable, answerable, counts),
        "calibration error": round(calibration_error(names, lists.borne, counts), 4),
    }


def _share(what: NDArray[np.bool_], among: NDArray[np.bool_], counts: Floats) -> float | None:
    total = float(counts[among].sum())
    return round(float(counts[what & among].sum()) / total, 4) if total else None


def calibration_error(chance: Floats, right: NDArray[np.bool_], counts: Floats) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [abs(float((counts * (chance - right))[bins == number].sum())) for number in range(10)]
    return sum(gaps) / max(float(counts.sum()), 1e-9)
