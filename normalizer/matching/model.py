"""Scores -> probabilities, in two questions: is it the first candidate, and if not, is it any of the others?

The first is a logistic regression over the evidence of the whole list (`listing`), with priors for what a gazetteer of
places says too little about; trees add what a sum cannot say, and a line through the log-odds calibrates both for each
type of entity (Platt 1999). The second is answered by trees on top of the same priors. What it leaves to the others
they share by their scores: a conditional logit (McFadden 1974), in which namesakes share. The rest is P(NIL). All of it
is fitted by `training/fit.py`; `models/scorer/` holds it with a card of data, command and figures, and a gazetteer may
have a fit of its own beside it, by `normalizer calibrate` or `normalizer train`.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.matching.evidence import EVIDENCE, WIDTH
from normalizer.matching.forest import Cuts, Forest, contributions, evaluate
from normalizer.matching.listing import LIST_EVIDENCE
from normalizer.terms import InvalidInput, ModelUnusable

MODEL = Path(__file__).parent.parent / "models" / "scorer"
CARD = "scorer.json"
"""The file of a model that holds weights, calibration, thresholds and card; it names the file of its trees."""
DEFAULT_PRECISION = 0.99
KNOWN = ("constant", *(measure.name for measure in LIST_EVIDENCE))
"""The names of the weights of `Model.known`, in their order."""
_PARTS = {"weights", "stranger", "known", "known others", "calibration"}
_QUESTIONS = ("first", "others")
OTHER = "other"
"""In a table by entity type: all types that have no row of their own."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What holds for one type of entity."""

    slope: float
    intercept: float
    """The line that takes the log-odds of the first candidate to calibrated ones."""
    thresholds: Mapping[float, float]
    """Precision -> the least probability of the first candidate at which that share of LINKED answers was right."""

    def threshold(self, precision: float | None) -> float:
        """Return the least probability for LINKED at a precision (0.5 to 0.999), between the fitted ones."""
        wanted = DEFAULT_PRECISION if precision is None else precision
        if not 0.5 <= wanted <= 0.999:
            raise InvalidInput("precision", f"must be between 0.5 and 0.999, not {wanted}")
        known = sorted(self.thresholds.items())
        for (low, least), (high, most) in pairwise(known):
            if low <= wanted <= high:
                return least + (most - least) * (wanted - low) / (high - low)
        return known[0][1] if wanted < known[0][0] else known[-1][1]


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted weights, trees and thresholds."""

    version: str
    weights: NDArray[np.float32]
    """[WIDTH]: log-odds per unit of evidence, in the order of EVIDENCE."""
    stranger: float
    """The score that the best candidate has, in the median, for what a large gazetteer does not hold."""
    known: NDArray[np.float64]
    """[1 + LIST_EVIDENCE]: is the first candidate the right one? Log-odds: a constant, and per unit of evidence."""
    first: Forest
    """What trees over the numbers of LIST_EVIDENCE add to it."""
    known_others: NDArray[np.float64]
    """The same as `known`, for the question whether another one of the list is right when the first is not."""
    others: Forest
    calibrations: Mapping[str, Calibration]
    """By entity type, OTHER among them."""
    _first: Cuts = field(init=False, repr=False)
    _others: Cuts = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the trees' comparisons, as answers need them."""
        object.__setattr__(self, "_first", Cuts.of(self.first))
        object.__setattr__(self, "_others", Cuts.of(self.others))

    @classmethod
    def load(cls, folder: Path = MODEL) -> Model:
        """Read a model. Raises ModelUnusable when it is damaged, or was fitted for the evidence of another version."""
        try:
            card = (folder / CARD).read_bytes()
            content = json.loads(card)
            trees = (folder / content["forests"]).read_bytes()
        except (OSError, ValueError, KeyError) as problem:
            raise ModelUnusable(f"{folder} holds no whole model: {problem}") from problem
        if content["forests"] != forests_name(trees):
            raise ModelUnusable(f"{folder / content['forests']} is not the file that was written")
        with np.load(io.BytesIO(trees)) as arrays:
            first, others = (Forest(*(arrays[f"{name}_{field}"] for field in Forest._fields)) for name in _QUESTIONS)
        return cls.of(content, first, others, hashlib.sha256(card).hexdigest()[:12])

    def write(self, folder: Path, content: Mapping[str, Any]) -> None:
        """Write the trees, and then `content` as the card, which makes them the model that `load` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        packed = io.BytesIO()
        trees = {"first": self.first, "others": self.others}
        np.savez_compressed(
            packed,
            **{f"{name}_{field}": getattr(trees[name], field) for name in _QUESTIONS for field in Forest._fields},
        )
        name = forests_name(packed.getvalue())
        (folder / name).write_bytes(packed.getvalue())
        coming = folder / f"{CARD}.new"
        coming.write_text(json.dumps({**content, "forests": name}, indent=1, ensure_ascii=False) + "\n", "utf-8")
        coming.replace(folder / CARD)
        for left in set(folder.glob("forests-*.npz")) - {folder / name}:
            left.unlink()

    @classmethod
    def of(cls, content: Mapping[str, Any], first: Forest, others: Forest, version: str) -> Model:
        """Make a model of the content of its card and its trees. Raises ModelUnusable, see `load`."""
        if not content.keys() >= _PARTS:
            raise ModelUnusable("the model lacks parts, or was fitted by another version")
        if {*content["weights"]} != {measure.name for measure in EVIDENCE} or [*content["known"]] != [*KNOWN]:
            raise ModelUnusable("the model was fitted for other evidence than this version gathers")
        weights = np.array([content["weights"][measure.name] for measure in EVIDENCE], np.float32)
        assert weights.size == WIDTH
        weights.flags.writeable = False
        known = np.array([content["known"][name] for name in KNOWN])
        beside = np.array([content["known others"].get(name, 0.0) for name in KNOWN])
        table, stranger = calibrations(content["calibration"]), float(content["stranger"])
        return cls(version, weights, stranger, known, first, beside, others, table)

    def calibration(self, entity_type: str) -> Calibration:
        """Return what holds for candidates of a type."""
        return self.calibrations.get(entity_type) or self.calibrations[OTHER]

    def probabilities(
        self, scores: NDArray[np.float32], evidence: NDArray[np.float64], entity_type: str
    ) -> NDArray[np.float64]:
        """Return P of each candidate, at least one; what is missing to 1 is P(NIL).

        `scores`: of the candidates, the best first. `evidence`: of the list, see `listing`. `entity_type`: of the best.
        The first stays first: where its calibrated share would fall behind the second's, they come out equal.
        """
        line = self.calibration(entity_type)
        first = logistic(line.slope * self.log_odds(evidence) + line.intercept)
        shares = np.exp(scores.astype(np.float64) - float(scores[0]))
        shares[0] = 0.0
        if scores.size > 1:
            odds = float(self.known_others[0] + self.known_others[1:] @ evidence + evaluate(self._others, evidence))
            shares *= logistic(odds) / shares.sum()
            first = max(first, float(shares[1]) / (1 + float(shares[1])))
        found = shares * (1 - first)
        found[0] = first
        return np.asarray(found)

    def log_odds(self, evidence: NDArray[np.float64]) -> float:
        """Return the log-odds, not calibrated, that the first candidate of a list is the right one."""
        return float(self.known[0] + self.known[1:] @ evidence + evaluate(self._first, evidence))

    def reasons(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each piece of a list's evidence adds to the log-odds of its first candidate."""
        return self.known[1:] * evidence + contributions(self.first, evidence)


def calibrations(table: Mapping[str, Any]) -> dict[str, Calibration]:
    """Return the calibrations of a card's table, by type."""
    return {
        entity_type: Calibration(
            float(row["slope"]),
            float(row["intercept"]),
            {float(precision): float(least) for precision, least in row["thresholds"].items()},
        )
        for entity_type, row in table.items()
    }


def forests_name(trees: bytes) -> str:
    """Return the name of the file that holds some trees, which tells whether they are whole."""
    return f"forests-{hashlib.sha256(trees).hexdigest()[:12]}.npz"


def logistic(log_odds: float) -> float:
    """Return the probability of some log-odds.

    >>> logistic(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))
