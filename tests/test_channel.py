"""The learned channel: its sums against a plain statement of the model, its decoder, and how it is fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.index.grams import SYMBOLS, symbol
from normalizer.matching.channel import (
    LEAST,
    UNITS,
    Channel,
    Channels,
    as_letters,
    hear,
    log_ratio,
    new_workspace,
)
from normalizer.matching.decode import decode, new_beam
from normalizer.training.multigram import Pairs, fit

CHANNELS = Channels.load()
FORMS = st.text("abekrsuvz ", min_size=1, max_size=8)


def score(channel: Channel, heard: str, key: str) -> float:
    work = new_workspace()
    hear(channel, as_letters(heard), work)
    return float(log_ratio(channel, as_letters(key), work))


def test_nothing_of_what_was_heard_before_is_left() -> None:
    work = new_workspace()
    for script, heard in (("Cyrl", "zelenskogo"), ("Arab", "kwrsk"), ("Latn", "a"), ("Cyrl", "kursk")):
        channel = CHANNELS.of(script)
        hear(channel, as_letters(heard), work)
        assert log_ratio(channel, as_letters("koursk"), work) == score(channel, heard, "koursk")


@given(st.lists(st.tuples(FORMS, st.lists(FORMS | st.just("kursk" * 9), max_size=6)), max_size=3))
def test_keys_in_a_row_are_scored_as_each_by_itself(rows: list[tuple[str, list[str]]]) -> None:
    channel, work = CHANNELS.of("Cyrl"), new_workspace()
    for heard, keys in rows:
        hear(channel, as_letters(heard), work)
        for key in keys:
            assert log_ratio(channel, as_letters(key), work) == score(channel, heard, key)


def test_long_forms_are_heard_to_their_end() -> None:
    both = "international association for the promotion of scientific cooperation in "
    one, other = both + "astronomy", both + "veterinary medicine"
    assert score(CHANNELS.of("Latn"), one, other) < score(CHANNELS.of("Latn"), one, one) - 20


def unit(form: str) -> int:
    """The number of nothing, of one symbol, or of two."""
    symbols = [symbol(ord(letter)) for letter in form]
    return [0, 1 + sum(symbols), 1 + SYMBOLS + (symbols or [0])[0] * SYMBOLS + (symbols or [0])[-1]][len(symbols)]


def stated(channel: Channel, heard: str, key: str) -> float:
    """The score as the docstring of the module states it: sums over every way to cut the two forms into blocks."""
    chances = channel.dense()

    def together(i: int, j: int) -> float:
        if i == j == 0:
            return 1.0
        sizes = [(a, b) for a in range(min(2, i) + 1) for b in range(min(2, j) + 1) if a + b]
        return sum(together(i - a, j - b) * chances[unit(heard[i - a : i]), unit(key[j - b : j])] for a, b in sizes)

    def alone(form: str, own: Sequence[float], end: int) -> float:
        if end == 0:
            return 1.0
        sizes = range(1, min(2, end) + 1)
        return sum(alone(form, own, end - a) * own[unit(form[end - a : end])] / (1 - own[0]) for a in sizes)

    both = together(len(heard), len(key))
    apart = alone(heard, channel.heard.tolist(), len(heard)) * alone(key, channel.kept.tolist(), len(key))
    return math.log(both / apart)


@pytest.mark.parametrize(("script", "heard", "key"), [
    ("Cyrl", "guevo", "guivo"), ("Hani", "kuer", "kurs"), ("Arab", "kwr", "kur"), ("Zyyy", "a b", "a"),
])  # fmt: skip
def test_the_score_is_the_one_that_is_stated(script: str, heard: str, key: str) -> None:
    channel = CHANNELS.of(script)
    assert score(channel, heard, key) == pytest.approx(stated(channel, heard, key), abs=1e-4)


CLOSER = [
    ("Arab", "kwrsk", "kursk", "korosko"),
    ("Hani", "kuersike", "kursk", "kuressaare"),
    ("Kana", "guevuo", "guevo", "gavao"),
    ("Hebr", "qyyb", "kiiv", "kiba"),
    ("Cyrl", "zelenskyy", "zelenski", "zelinka"),
    ("Latn", "charkow", "harkov", "karkow"),
]
"""(script, what is heard, the key it renders, a key with as many letters in common that it does not)"""


@pytest.mark.parametrize(("script", "heard", "right", "wrong"), CLOSER)
def test_a_rendering_scores_above_a_look_alike(script: str, heard: str, right: str, wrong: str) -> None:
    channel = CHANNELS.of(script)
    assert score(channel, heard, right) > score(channel, heard, wrong)


def test_a_script_without_a_model_has_the_general_one() -> None:
    assert CHANNELS.of("Mong") is CHANNELS.of("Zyyy")


@settings(max_examples=50, deadline=None)
@given(FORMS, FORMS)
def test_every_pair_has_a_finite_score(heard: str, key: str) -> None:
    assert LEAST <= score(CHANNELS.of("Cyrl"), heard, key) < 200


@pytest.mark.parametrize("key", ["", "k", "k" * 200])
def test_any_length_is_scored(key: str) -> None:
    assert math.isfinite(score(CHANNELS.of("Latn"), key, "kursk"))
    assert math.isfinite(score(CHANNELS.of("Latn"), "kursk", key))


@pytest.mark.parametrize("script", sorted(CHANNELS.by_script))
def test_a_model_is_a_distribution(script: str) -> None:
    channel = CHANNELS.of(script)
    assert channel.chances.sum() == pytest.approx(1, abs=1e-4)
    assert channel.heard.sum() == pytest.approx(1, abs=1e-4)
    assert (channel.chances > 0).all()


def decoded(script: str, heard: str) -> list[str]:
    """The likeliest keys, the best first."""
    beam = new_beam()
    count = decode(CHANNELS.of(script), as_letters(heard), beam)
    order = np.argsort(-beam.scores[0, :count])
    return [
        "".join(" abcdefghijklmnopqrstuvwxyz0123456789"[one] for one in beam.texts[0, at, : beam.sizes[0, at]])
        for at in order
    ]


@pytest.mark.parametrize(("script", "heard", "key"), [
    ("Hani", "kuersike", "kursk"), ("Kana", "guevuo", "guevo"), ("Arab", "zylynsky", "zelinski"),
    ("Cyrl", "sudzha", "sudza"), ("Latn", "charkow", "harkov"),
])  # fmt: skip
def test_the_decoder_finds_what_a_form_renders(script: str, heard: str, key: str) -> None:
    assert key in decoded(script, heard)


@settings(max_examples=50, deadline=None)
@given(FORMS)
def test_decoded_keys_are_distinct_and_better_than_none(heard: str) -> None:
    found = decoded("Cyrl", heard)
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize("heard", ["", "k" * 200])
def test_any_length_is_decoded(heard: str) -> None:
    assert decoded("Latn", heard)


def test_a_fit_learns_what_stands_for_what() -> None:
    pairs = [
        ("".join(word), "".join(word).replace("c", "k").replace("a", "ou")) for word in ("cat", "act", "tac", "ca")
    ]
    chances = fit(Pairs.of(pairs * 20))
    assert chances.shape == (UNITS, UNITS)
    assert chances.sum() == pytest.approx(1)
    channel = Channel.of(chances)
    assert score(channel, "tacca", "toukkou") > score(channel, "tacca", "tacca")
    assert np.array_equal(fit(Pairs.of(pairs)), fit(Pairs.of(pairs))), "the same pairs give the same model"
