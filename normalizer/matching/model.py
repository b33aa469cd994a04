"""Scores -> probabilities, in three questions: is the name of the first candidate meant; if so, which of its bearers;
and if not, is it any of the others?

The first is a logistic regression over the evidence of the whole list (`listing`), with priors for what a gazetteer of
places says too little about; trees add what a sum cannot say, and a line through the log-odds calibrates both for each
type of entity (Platt 1999). The second is answered by the scores, as a conditional logit (McFadden 1974); the third by
trees on top of the same priors, and what it leaves to the others they share by their scores, too. The rest is P(NIL).
All of it is fitted by `training/fit.py`; `models/scorer/` holds it with a card of data, command and figures, and a
gazetteer may have a fit of its own beside it, by `normalizer calibrate` or `normalizer train`.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer import durable
from normalizer.index.compiled import Real, borrowing, compiled
from normalizer.index.lending import UNLENT, borrower, lent
from normalizer.matching.evidence import EVIDENCE, WIDTH
from normalizer.matching.forest import Cuts, Forest, contributions, evaluate
from normalizer.matching.listing import BEARER, LIST_EVIDENCE, describe_list
from normalizer.terms import InvalidInput, ModelUnusable

MODEL = Path(__file__).parent.parent / "models" / "scorer"
CARD = "scorer.json"
"""The file of a model that holds weights, calibration, thresholds and card; it names the file of its trees."""
DEFAULT_PRECISION = 0.99
KNOWN = ("constant", *(measure.name for measure in LIST_EVIDENCE))
"""The names of the weights of `Model.known`, in their order."""
_FIRST_WITHIN = KNOWN.index("first_within") - 1
"""Its place in LIST_EVIDENCE."""
_PARTS = {"weights", "stranger", "known", "known others", "calibration"}
_QUESTIONS = ("first", "others")
OTHER = "other"
"""In a table by entity type: all types that have no row of their own."""

DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ArithmeticError, MemoryError,
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
"""What json, numpy and zipfile raise for files that are not as they were written, and what is made of these."""


class Judge(NamedTuple):
    """What lists are judged by, as kernels take it: see `Model`."""

    known: NDArray[np.float64]
    first: Cuts
    known_others: NDArray[np.float64]
    others: Cuts
    stranger: NDArray[np.float64]
    """[1]"""
    addresses: NDArray[np.int64] = UNLENT
    """See `lending`."""


borrow_judge = borrower(Judge)


class Judged(NamedTuple):
    """Lists of candidates, the best first, at least one in each; and what is made of them."""

    values: NDArray[np.float32]
    """[looked at, WIDTH]: evidence of the first LOOKED_AT candidates of each list."""
    looked: NDArray[np.int64]
    """[lists + 1]: where in `values` those of each list begin."""
    scores: NDArray[np.float32]
    """[candidates]"""
    standing: NDArray[np.int8]
    """[candidates]: what each is beside the first of its list, see `listing`."""
    starts: NDArray[np.int64]
    """[lists + 1]: where in `scores` those of each list begin."""
    about: NDArray[np.int64]
    """[lists, 3]: see `describe_list`."""
    evidence: NDArray[np.float64]
    """[lists, LIST_EVIDENCE]: filled by `Model.judged`."""
    names: NDArray[np.float64]
    """[lists]: the probability that the name of the first candidate is meant, likewise."""
    chances: NDArray[np.float64]
    """[candidates]: their probabilities, likewise."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What holds for one type of entity."""

    slope: float
    intercept: float
    """The line that takes the log-odds of the first candidate's name to calibrated ones."""
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
    """[1 + LIST_EVIDENCE]: is the name of the first candidate meant? Log-odds: a constant, and per unit of evidence."""
    first: Forest
    """What trees over the numbers of LIST_EVIDENCE add to it."""
    known_others: NDArray[np.float64]
    """The same as `known`, for the question whether another one of the list is right when that name is not meant."""
    others: Forest
    calibrations: Mapping[str, Calibration]
    """By entity type, OTHER among them."""
    _judge: Judge = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the trees' comparisons, as answers need them."""
        first, others, stranger = Cuts.of(self.first), Cuts.of(self.others), np.array([self.stranger])
        object.__setattr__(self, "_judge", lent(Judge(self.known, first, self.known_others, others, stranger)))

    @classmethod
    def load(cls, folder: Path = MODEL, newer: Mapping[str, float] = MappingProxyType({})) -> Model:
        """Read a model, with `newer` weights in the place of its own.

        Raises ModelUnusable when it is damaged, or was fitted for the evidence of another version.
        """
        try:
            card = (folder / CARD).read_bytes()
            content = json.loads(card)
            content["weights"].update(newer)
            trees = (folder / content["forests"]).read_bytes()
            if content["forests"] != forests_name(trees):
                raise ModelUnusable(f"{folder / content['forests']} is not the file that was written")
            with np.load(io.BytesIO(trees)) as arrays:
                first, others = (Forest(*(arrays[f"{name}_{part}"] for part in Forest._fields)) for name in _QUESTIONS)
            return cls.of(content, first, others, hashlib.sha256(card).hexdigest()[:12])
        except DAMAGE as problem:
            raise ModelUnusable(f"{folder} holds no whole model: {problem}") from problem

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
        durable.sync(folder / name)
        coming = folder / f"{CARD}.new"
        coming.write_text(json.dumps({**content, "forests": name}, indent=1, ensure_ascii=False) + "\n", "utf-8")
        durable.replace(coming, folder / CARD)
        durable.sync(folder.absolute().parent)
        for left in set(folder.glob("forests-*.npz")) - {folder / name}:
            left.unlink()

    @classmethod
    def of(cls, content: Mapping[str, Any], first: Forest, others: Forest, version: str) -> Model:
        """Make a model of the content of its card and its trees. Raises ModelUnusable, see `load`."""
        if not content.keys() >= _PARTS:
            raise ModelUnusable("the model lacks parts, or was fitted by another version")
        if {*content["weights"]} != {measure.name for measure in EVIDENCE} or [*content["known"]] != [*KNOWN]:
            raise ModelUnusable("the model was fitted for other evidence than this version gathers")
        weights = np.array([float(content["weights"][measure.name]) for measure in EVIDENCE], np.float32)
        assert weights.size == WIDTH
        weights.flags.writeable = False
        known = np.array([float(content["known"][name]) for name in KNOWN])
        beside = np.array([float(content["known others"].get(name, 0.0)) for name in KNOWN])
        table, stranger = calibrations(content["calibration"]), float(content["stranger"])
        if OTHER not in table or not all(line.thresholds for line in table.values()):
            raise ModelUnusable("the model is not calibrated for every type")
        return cls(version, weights, stranger, known, first, beside, others, table)

    def calibration(self, entity_type: str) -> Calibration:
        """Return what holds for candidates of a type."""
        return self.calibrations.get(entity_type) or self.calibrations[OTHER]

    def judged(self, lists: Judged, types: Sequence[str]) -> None:
        """Fill in the evidence of some lists and the probability of each of their candidates.

        `types`: of the first candidate of each. What is missing to 1 is P(NIL). The first stays first: where its
        calibrated share would fall behind another's, they come out equal; those behind it may change places.
        """
        lines = [self.calibration(entity_type) for entity_type in types]
        slopes = np.array([(line.slope, line.intercept) for line in lines], np.float64)
        _judge(lists, slopes, self._judge.addresses)

    def log_odds(self, evidence: NDArray[np.float64]) -> float:
        """Return the log-odds, not calibrated, that the name of the first candidate of a list is meant."""
        return float(_surest(self.known, self._judge.first, evidence.copy()))  # which it writes to and others may read

    def reasons(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what each piece of a list's evidence adds to the log-odds of its first candidate's name."""
        alone = evidence.copy()
        alone[_FIRST_WITHIN] = 0
        if self.log_odds(alone) >= self.log_odds(evidence):  # then it was judged so
            evidence = alone
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


@borrowing
def logistic(log_odds: Real) -> Real:
    """Return the probability of some log-odds.

    >>> logistic(0.0)
    0.5
    """
    result: Real = 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))
    return result


@compiled
def _surest(known: NDArray[np.float64], trees: Cuts, evidence: NDArray[np.float64]) -> Real:
    """Return the log-odds of a first candidate's name, which to lie where the mention says never makes less certain.

    Trees that were fitted without that bound have learned that it may.
    """
    odds: Real = _log_odds(known, trees, evidence)
    within = evidence[_FIRST_WITHIN]
    if within > 0:
        evidence[_FIRST_WITHIN] = 0
        odds = max(odds, _log_odds(known, trees, evidence))
        evidence[_FIRST_WITHIN] = within
    return odds


@compiled
def _log_odds(known: NDArray[np.float64], trees: Cuts, evidence: NDArray[np.float64]) -> Real:
    """Return a constant, the weighted sum of the evidence, and what trees add."""
    total: Real = known[0] + evaluate(trees, evidence)
    for number in range(evidence.size):
        total += known[1 + number] * evidence[number]
    return total


@compiled
def _judge(lists: Judged, lines: NDArray[np.float64], judge: NDArray[np.int64]) -> None:
    """Fill in what lists are judged to be; `judge`: the addresses of a `Judge`, see `lending`."""
    by = borrow_judge(judge)
    for number in range(lists.about.shape[0]):
        values = lists.values[lists.looked[number] : lists.looked[number + 1]]
        scores = lists.scores[lists.starts[number] : lists.starts[number + 1]]
        chances = lists.chances[lists.starts[number] : lists.starts[number + 1]]
        standing = lists.standing[lists.starts[number] : lists.starts[number + 1]]
        evidence = lists.evidence[number]
        describe_list(values, scores, standing, lists.about[number], by.stranger[0], evidence)
        line = lines[number]
        name = logistic(line[0] * _surest(by.known, by.first, evidence) + line[1])
        another = logistic(_log_odds(by.known_others, by.others, evidence))
        lists.names[number] = _share_out(scores, standing, name, another, chances)


@borrowing
def _share_out(
    scores: NDArray[np.float32], standing: NDArray[np.int8], name: Real, others: Real, chances: NDArray[np.float64]
) -> Real:
    """Give the bearers of the first candidate's name their parts of `name`, the probability that it is meant, and the
    rest theirs of `others`, the probability that one of them is right if it is not.

    None has more than the first: where another one would, `name` is as much larger. Returns what it is then.
    """
    own, rest, second = 0.0, 0.0, 0.0
    for at in range(scores.size):
        chances[at] = math.exp(np.float64(scores[at]) - np.float64(scores[0]))
        if standing[at] == BEARER:
            own += chances[at]
        else:
            second = max(second, chances[at])
            rest += chances[at]
    if rest > 0:
        least = second * others / rest * own
        name = max(name, least / (1 + least))
    for at in range(scores.size):
        chances[at] *= name / own if standing[at] == BEARER else others / rest * (1 - name)
        chances[at] = min(chances[at], chances[0])  # where they come out equal but for rounding
    return name
