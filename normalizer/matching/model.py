"""Scores -> probabilities, in two questions: which of these candidates, and is it any of them?

The first is a conditional logit (McFadden 1974): a candidate's share is its part of the exponentials of the scores, so
that namesakes share. The second is a logistic regression over the list: how well the best candidate is spelled, what
contradicts it, how large its share is, how long the mention is. P(candidate) is the product; the rest is P(NIL). Both
are fitted by `training/fit.py`; `models/scorer.json` holds them with a card of data, command and figures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.matching.evidence import EVIDENCE, WIDTH
from normalizer.terms import InvalidInput

MODEL = Path(__file__).parent.parent / "models" / "scorer.json"
DEFAULT_PRECISION = 0.99

_OF_BEST = (
    "similarity", "near", "close", "equal_key", "equal_form", "overlap", "equal_skeleton", "loss", "loss_per_letter",
    "level_contradicts", "settlement_contradicts", "feature_contradicts", "both_marked",
    "country_agrees", "country_contradicts", "parent_agrees", "parent_contradicts", "within", "outside", "population",
    *(m.name for m in EVIDENCE if "mention_" in m.name),
)  # fmt: skip
LIST_EVIDENCE = ("constant", "share", "brevity", *_OF_BEST)
"""What decides whether the right entity is in the list: the share of the best candidate, 1 / letters, its evidence."""
_COLUMNS = np.array([[measure.name for measure in EVIDENCE].index(name) for name in _OF_BEST])


def list_evidence(best: NDArray[np.float32], share: float, letters: int) -> NDArray[np.float64]:
    """Return the evidence of a list of candidates, in the order of LIST_EVIDENCE."""
    return np.concatenate([[1.0, share, 1 / max(1, letters)], best[_COLUMNS]])


def calibrated(probabilities: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
    """Calibrate the first of some probabilities; the others share what is left as they did before.

    The first stays first: two that are nearly equal come out equal rather than in the other order.

    >>> calibrated(np.array([0.6, 0.2]), 1.0, 0.0).round(3).tolist()
    [0.6, 0.2]
    """
    first = min(max(float(probabilities[0]), 1e-9), 1 - 1e-9)
    after = 1 / (1 + math.exp(-(slope * math.log(first / (1 - first)) + intercept)))
    if probabilities.size > 1:
        second = float(probabilities[1]) / (1 - first)
        after = max(after, second / (1 + second))
    scaled = probabilities * ((1 - after) / (1 - first))
    scaled[0] = after
    return np.asarray(scaled)


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted weights and thresholds."""

    version: str
    weights: NDArray[np.float32]
    """[WIDTH]: log-odds per unit of evidence, in the order of EVIDENCE."""
    known: NDArray[np.float64]
    """[len(LIST_EVIDENCE)]: log-odds that the right entity is in the list, in the order of LIST_EVIDENCE."""
    calibration: tuple[float, float]
    """Slope and intercept that take the log-odds of the first candidate to calibrated ones (Platt 1999)."""
    thresholds: Mapping[float, float]
    """Precision -> the least probability of the first candidate at which that share of LINKED answers was right."""

    @classmethod
    def load(cls, path: Path = MODEL) -> Model:
        """Read a model file. Raises ValueError when it does not name every weight."""
        text = path.read_text("utf-8")
        return cls.of(json.loads(text), hashlib.sha256(text.encode()).hexdigest()[:12])

    @classmethod
    def of(cls, content: Mapping[str, Any], version: str) -> Model:
        """Make a model of the content of a model file."""
        if set(content["weights"]) != {measure.name for measure in EVIDENCE} or set(content["known"]) != {
            *LIST_EVIDENCE
        }:
            raise ValueError("the model file and the evidence table do not name the same weights")
        weights = np.array([content["weights"][measure.name] for measure in EVIDENCE], np.float32)
        assert weights.size == WIDTH
        weights.flags.writeable = False
        thresholds = {float(precision): float(least) for precision, least in content["thresholds"].items()}
        known = np.array([content["known"][name] for name in LIST_EVIDENCE], np.float64)
        calibration = (float(content["calibration"]["slope"]), float(content["calibration"]["intercept"]))
        return cls(version, weights, known, calibration, thresholds)

    def probabilities(
        self, scores: NDArray[np.float32], best: NDArray[np.float32], letters: int
    ) -> NDArray[np.float64]:
        """Return P of each candidate; what is missing to 1 is P(NIL).

        `scores`: all candidates', the best first. `best`: the evidence of the best. `letters`: length of the mention's
        folded key.
        """
        if not scores.size:
            return np.empty(0)
        shares = np.exp(scores.astype(np.float64) - float(scores[0]))
        shares /= shares.sum()
        known = float(self.known @ list_evidence(best, float(shares[0]), letters))
        return calibrated(shares / (1 + np.exp(-known)), *self.calibration)

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
