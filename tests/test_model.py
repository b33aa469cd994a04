"""The model as it is shipped, the evidence of a list that it judges, and the decision that follows."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.matching.decision import LEAST_KNOWN, decide
from normalizer.matching.evidence import (
    EQUAL_FORM,
    EQUAL_KEY,
    EVIDENCE,
    LOSS_PER_LETTER,
    MENTION_STEP,
    NAME_STEP,
    NAMES,
    POPULATION,
    WIDTH,
)
from normalizer.matching.listing import AROUND, BEARER, LIST_EVIDENCE, LOOKED_AT, RIVAL, describe_list
from normalizer.matching.model import CARD, DEFAULT_PRECISION, MODEL, OTHER, Judged, Model, forests_name
from normalizer.terms import ModelUnusable, Outcome
from normalizer.text.keys import Step

MODEL_FILE = Model.load()
CONTENT = json.loads((MODEL / CARD).read_text("utf-8"))
WHOLE = (MODEL / CONTENT["forests"]).read_bytes()
PLACE = MODEL_FILE.calibration("place")


def test_the_evidence_table_and_the_columns_agree() -> None:
    names = [measure.name for measure in EVIDENCE]
    assert len(set(names)) == len(names) == WIDTH
    assert names[NAMES] == "names"
    for step in list(Step)[1:]:
        assert names[MENTION_STEP + step] == f"mention_{step.name.lower()}"
        assert names[NAME_STEP + step] == f"name_{step.name.lower()}"


OTHER_EVIDENCE = {
    "a weight more": ("weights", {**CONTENT["weights"], "more": 1.0}),
    "a weight less": ("weights", dict.fromkeys(list(CONTENT["weights"])[1:], 1.0)),
    "list evidence in another order": ("known", dict(reversed(CONTENT["known"].items()))),
    "list evidence less": ("known", dict(list(CONTENT["known"].items())[1:])),
}


@pytest.mark.parametrize(("part", "changed"), OTHER_EVIDENCE.values(), ids=OTHER_EVIDENCE)
def test_a_model_of_other_evidence_is_refused(part: str, changed: Any) -> None:
    with pytest.raises(ModelUnusable, match="fitted for other evidence"):
        Model.of({**CONTENT, part: changed}, MODEL_FILE.first, MODEL_FILE.others, "test")


def trees(**arrays: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


NO_MODELS = {
    "a card that is a list": ([], b""),
    "no name of a file": ({"forests": 5}, b""),
    "no trees": (CONTENT, None),
    "trees that are nothing": (CONTENT, b""),
    "trees without an array": (CONTENT, trees(first_asked=np.zeros(1))),
    "weights that are a list": ({**CONTENT, "weights": [*CONTENT["weights"]]}, WHOLE),
    "a weight that is no number": ({**CONTENT, "known": dict.fromkeys(CONTENT["known"])}, WHOLE),
    "others that are a list": ({**CONTENT, "known others": []}, WHOLE),
    "no stranger": ({**CONTENT, "stranger": None}, WHOLE),
    "calibrations that are a list": ({**CONTENT, "calibration": []}, WHOLE),
    "no other type": ({**CONTENT, "calibration": {"place": CONTENT["calibration"]["place"]}}, WHOLE),
    "no slope": ({**CONTENT, "calibration": {OTHER: {"intercept": 0, "thresholds": {"0.9": 0.8}}}}, WHOLE),
    "no thresholds": ({**CONTENT, "calibration": {OTHER: {"slope": 1, "intercept": 0, "thresholds": {}}}}, WHOLE),
}


@pytest.mark.parametrize(("content", "packed"), NO_MODELS.values(), ids=NO_MODELS)
def test_a_damaged_model_is_refused(tmp_path: Path, content: Any, packed: bytes | None) -> None:
    if packed is not None:
        (tmp_path / forests_name(packed)).write_bytes(packed)
        content = {**content, "forests": forests_name(packed)} if "weights" in content else content
    (tmp_path / CARD).write_text(json.dumps(content), "utf-8")
    with pytest.raises(ModelUnusable):
        Model.load(tmp_path)


def test_the_model_has_a_card() -> None:
    assert {"fitted by", "data", "rulebook", "sizes", "seed", "figures"} <= CONTENT["card"].keys()
    assert all(float(DEFAULT_PRECISION) in one.thresholds for one in MODEL_FILE.calibrations.values())


def test_thresholds_grow_with_the_precision() -> None:
    for one in MODEL_FILE.calibrations.values():
        thresholds = [one.threshold(precision) for precision in np.linspace(0.5, 0.999, 200)]
        assert thresholds == sorted(thresholds)
        assert 0 < thresholds[0] <= thresholds[-1] <= 1
        assert one.threshold(None) == one.threshold(DEFAULT_PRECISION)


def test_a_type_without_a_row_of_its_own_has_that_of_others() -> None:
    assert MODEL_FILE.calibration("vessel") is MODEL_FILE.calibration(OTHER) is not PLACE


scores = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40).map(lambda s: sorted(s, reverse=True))
rows = st.lists(st.floats(0, 1, width=32), min_size=WIDTH, max_size=WIDTH)


@settings(deadline=None)
@given(scores, st.integers(1, 120), st.lists(rows, min_size=1, max_size=3), st.booleans())
def test_the_first_stays_first_each_name_keeps_its_order_and_nil_has_room(
    scores: Sequence[float], letters: int, values: Sequence[Sequence[float]], place: bool
) -> None:
    some = np.array(scores, np.float32)
    kept = np.array([values[number % len(values)] for number in range(len(scores))], np.float32)
    standing = np.array([1, *(number % 3 for number in range(1, len(scores)))], np.int8)
    judged = Judged(
        kept[:LOOKED_AT], np.array([0, min(len(some), LOOKED_AT)]), some, standing, np.array([0, len(some)]),
        np.array([(letters, 7, place)]), np.empty((1, len(LIST_EVIDENCE))), np.empty(1), np.empty(len(some)),
    )  # fmt: skip
    MODEL_FILE.judged(judged, ["place" if place else "person"])
    found = judged.chances
    assert found.shape == (len(scores),)
    assert (found >= 0).all()
    assert found.sum() <= 1 + 1e-9
    assert found.max() == found[0]
    for part in (found[standing == BEARER], found[standing != BEARER]):
        assert (np.diff(part) <= 1e-9).all()
    assert found[standing == BEARER].sum() == pytest.approx(judged.names[0])


def described(
    values: np.ndarray, scores: np.ndarray, letters: int, script: int, place: bool, stranger: float,
    standing: Sequence[int] = (),
) -> np.ndarray:  # fmt: skip
    found = np.empty(len(LIST_EVIDENCE))
    rivals = [BEARER] + [RIVAL] * (len(values) - 1)
    describe_list(
        values, scores, np.array(standing or rivals, np.int8), np.array([letters, script, place]), stranger, found
    )
    return found


def test_the_list_is_described_as_the_table_says() -> None:
    values = np.zeros((3, WIDTH), np.float32)
    values[:, LOSS_PER_LETTER] = 0, 0.2, 0.9
    values[:, POPULATION] = 0.5, 0.25, 0.75
    values[0, [EQUAL_FORM, EQUAL_KEY, MENTION_STEP + int(Step.INFLECTED)]] = 1
    scores = np.array([4.0, 3.0, -2.0], np.float32)
    found = dict(zip([one.name for one in LIST_EVIDENCE], described(values, scores, 6, 9, True, -1.0), strict=True))
    told = {"score": 4, "margin": 1, "margin_to_third": 5, "letters": 6, "forms": 1, "keys": 1,
            "close": 2, "rivals": 2, "rival_population": 0.25, "script": 9, "place": 1, "inflected": 1,
            "first_population": 0.5, "second_population": 0.25,
            "second_loss_per_letter": pytest.approx(0.2)}  # fmt: skip
    assert {name: found[name] for name in told} == told
    assert found["share"] == pytest.approx(1 / (1 + math.exp(-1) + math.exp(-6) + math.exp(-5)))


def test_bearers_of_its_name_are_no_rivals_of_the_first() -> None:
    values = np.zeros((4, WIDTH), np.float32)
    values[:, NAMES] = 0.5, 0.75, 0.875, 0.25
    scores = np.array([4, 3, 2, 1], np.float32)
    standing = [BEARER, BEARER, AROUND, RIVAL]
    described_so = described(values, scores, 6, 9, True, -1.0, standing)
    found = dict(zip([one.name for one in LIST_EVIDENCE], described_so, strict=True))
    told = {"margin": 3, "margin_to_third": 5, "rivals": 1, "close": 2, "second_names": 0.25}
    assert {name: found[name] for name in told} == told
    own = 1 + math.exp(-1)
    assert found["share"] == pytest.approx(own / (own + math.exp(-3) + math.exp(-5)))


WITHIN = [measure.name for measure in LIST_EVIDENCE].index("first_within")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=len(LIST_EVIDENCE), max_size=len(LIST_EVIDENCE)))
def test_to_lie_where_the_mention_says_makes_nothing_less_certain(values: list[float]) -> None:
    evidence = np.array(values)
    evidence[WITHIN] = 0
    alone, reasons_alone = MODEL_FILE.log_odds(evidence), MODEL_FILE.reasons(evidence)
    evidence[WITHIN] = 1
    placed, reasons = MODEL_FILE.log_odds(evidence), MODEL_FILE.reasons(evidence)
    assert placed >= alone
    assert evidence[WITHIN] == 1
    assert reasons.sum() - reasons_alone.sum() == pytest.approx(placed - alone, abs=1e-3)


def test_one_candidate_is_described_without_a_second() -> None:
    found = described(np.zeros((1, WIDTH), np.float32), np.full(1, 3, np.float32), 4, 0, False, 1.0)
    by_name = dict(zip([one.name for one in LIST_EVIDENCE], found, strict=True))
    assert (by_name["margin"], by_name["margin_to_third"], by_name["second_names"]) == (2, 2, 0)
    assert by_name["share"] == pytest.approx(1 / (1 + math.exp(-2)))


DECISIONS = [
    ([], 0.9, Outcome.NIL),
    ([0.95], 0.9, Outcome.LINKED),
    ([0.9], 0.9, Outcome.LINKED),
    ([0.89], 0.9, Outcome.AMBIGUOUS),
    ([0.5], 0.9, Outcome.AMBIGUOUS),
    ([0.3, 0.3], 0.9, Outcome.AMBIGUOUS),
    ([0.1, 0.1], 0.9, Outcome.NIL),
    ([0.499], 0.9, Outcome.NIL),
    ([0.4], 0.3, Outcome.LINKED),
]


@pytest.mark.parametrize(("probabilities", "threshold", "outcome"), DECISIONS)
def test_decide(probabilities: list[float], threshold: float, outcome: Outcome) -> None:
    assert decide(probabilities, threshold) is outcome
    assert LEAST_KNOWN == 0.5
