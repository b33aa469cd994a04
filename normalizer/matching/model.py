"""Scores -> probabilities: a conditional logit over the candidates with NIL as the outside option (McFadden 1974).

A candidate's utility is the weighted sum of its evidence; NIL has a utility of its own. The probability of each is
its share of the exponentials, so that namesakes share the mass and an unlikely list leaves it to NIL. The weights are
fitted by `training/fit.py`; `models/places.json` holds them with a card of data, command and figures.
"""

from __future__ import annotations

import hashlib
import json
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


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted weights and thresholds."""

    version: str
    weights: NDArray[np.float32]
    """[WIDTH]: log-odds per unit of evidence, in the order of EVIDENCE."""
    nil: tuple[float, float]
    """Utility of NIL: a constant, and a term times 1 / (letters of the mention)."""
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
        if set(content["weights"]) != {measure.name for measure in EVIDENCE}:
            raise ValueError("the model file and the evidence table do not name the same weights")
        weights = np.array([content["weights"][measure.name] for measure in EVIDENCE], np.float32)
        assert weights.size == WIDTH
        weights.flags.writeable = False
        thresholds = {float(precision): float(least) for precision, least in content["thresholds"].items()}
        return cls(version, weights, (content["nil"]["constant"], content["nil"]["per_letter"]), thresholds)

    def probabilities(self, scores: NDArray[np.float32], letters: int) -> NDArray[np.float64]:
        """Return P of each candidate; what is missing to 1 is P(NIL). `letters`: length of the mention's folded key."""
        nil = self.nil[0] + self.nil[1] / max(1, letters)
        highest = max(float(scores.max(initial=-np.inf)), nil)
        shares = np.exp(scores.astype(np.float64) - highest)
        total = float(shares.sum()) + float(np.exp(nil - highest))
        return shares / total

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
