"""The channel of characters: its sums against a plain statement of the model, and how it is fitted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.index.grams import SYMBOLS, symbol
from normalizer.matching.channel import LEAST, as_letters
from normalizer.matching.characters import (
    FLOOR,
    LONGEST_BLOCK,
    NO_CHARACTERS,
    CharacterChannels,
    Characters,
    log_ratio,
    new_reading,
    read,
)
from normalizer.rulebook import Rulebook
from normalizer.text.keys import KeyMaker
from normalizer.training.characters import fit

HAN = CharacterChannels.load().by_script["Hani"]


def code_points(text: str) -> np.ndarray:
    return np.array([ord(one) for one in text], np.uint32)


def score(model: Characters, text: str, key: str) -> float:
    reading = new_reading()
    read(model, code_points(text), reading)
    return float(log_ratio(model, as_letters(key), reading))


def block(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * (SYMBOLS + 1) + 1 + symbol(ord(letter))
    return number


def stated(model: Characters, text: str, key: str) -> float:
    """The score as the docstring of the module states it: sums over every way to cut the key."""
    own = dict(zip(model.kept.tolist(), model.own.tolist(), strict=True))

    def chance(character: str, letters: str) -> float:
        place = int(np.searchsorted(model.points, ord(character)))
        sound = int(model.sounds[place])
        within = slice(int(model.starts[sound]), int(model.starts[sound + 1]))
        blocks = dict(zip(model.blocks[within].tolist(), model.chances[within].tolist(), strict=True))
        return max(blocks.get(block(letters), 0.0), FLOOR if len(letters) < 2 else 0.0)

    def together(characters: int, letters: int) -> float:
        total = 1.0 if characters == letters == 0 else 0.0
        if letters:
            total += together(characters, letters - 1) * float(model.put_in[symbol(ord(key[letters - 1]))])
        if characters:
            for length in range(min(LONGEST_BLOCK, letters) + 1):
                said = chance(text[characters - 1], key[letters - length : letters])
                total += together(characters - 1, letters - length) * said
        return total

    def alone(end: int) -> float:
        if end == 0:
            return 1.0
        lengths = range(1, min(LONGEST_BLOCK, end) + 1)
        return sum(alone(end - length) * own.get(block(key[end - length : end]), 0.0) for length in lengths)

    text, key = text.replace(" ", ""), key.replace(" ", "")
    return math.log(together(len(text), len(key)) / alone(len(key)))


@pytest.mark.parametrize(("text", "key"), [("斯克", "sk"), ("庫爾", "kur"), ("山", "yama"), ("大 山", "da san")])
def test_the_score_is_the_one_that_is_stated(text: str, key: str) -> None:
    assert score(HAN, text, key) == pytest.approx(stated(HAN, text, key), abs=1e-4)


CLOSER = [
    ("庫爾斯克", "kursk", "kuressare", "a foreign name, cut where Chinese cannot end a syllable"),
    ("高岡", "takaoka", "gaogan", "two Japanese readings, neither of which is like the Chinese one"),
    ("波尔塔瓦", "poltava", "boertala", "an r that stands for l"),
]
"""(mention, the key that it renders, a key nearer to its romanization that it does not, why)"""


@pytest.mark.parametrize(("text", "right", "wrong", "why"), CLOSER)
def test_a_rendering_scores_above_a_look_alike(text: str, right: str, wrong: str, why: str) -> None:
    assert score(HAN, text, right) > score(HAN, text, wrong), why


def test_nothing_of_what_was_read_before_is_left() -> None:
    reading = new_reading()
    for text in ("庫爾斯克", "山", "波尔塔瓦"):
        read(HAN, code_points(text), reading)
        assert log_ratio(HAN, as_letters("kursk"), reading) == score(HAN, text, "kursk")


@pytest.mark.parametrize("text", ["", "Курск", "山" * 100])
def test_what_cannot_be_heard_is_left_out(text: str) -> None:
    reading = new_reading()
    read(HAN, code_points(text), reading)
    assert reading.size[0] == 0


def test_a_script_without_a_model_knows_no_character() -> None:
    reading = new_reading()
    read(NO_CHARACTERS, code_points("Курск"), reading)
    assert reading.size[0] == 0


@settings(max_examples=50, deadline=None)
@given(st.text("庫爾斯克山原龘kx ", min_size=1, max_size=20), st.text("abekrsuvz 1", max_size=50))
def test_every_pair_has_a_finite_score(text: str, key: str) -> None:
    assert LEAST <= score(HAN, text, key) < 300


@pytest.mark.parametrize("script", sorted(CharacterChannels.load().by_script))
def test_the_blocks_of_a_sound_are_a_distribution(script: str) -> None:
    model = CharacterChannels.load().by_script[script]
    sums = np.add.reduceat(np.append(model.chances, 0), model.starts[:-1])[np.diff(model.starts) > 0]
    assert (sums < 1.05).all()
    assert model.own.sum() == pytest.approx(1, abs=1e-4)
    assert (np.diff(model.points.astype(np.int64)) > 0).all()
    assert int(model.sounds.max()) < model.starts.size - 1


def test_a_fit_learns_what_stands_for_what_and_a_rare_character_leans_on_its_sound() -> None:
    pairs = [("斯克", "sk"), ("克斯", "ks"), ("斯山", "syama"), ("山克", "yamak")] * 20 + [("思克", "sk")]
    keymaker = KeyMaker(Rulebook.load())
    model = fit(pairs, "Hani", keymaker)
    assert score(model, "山斯", "yamas") > score(model, "山斯", "shansi")
    assert score(model, "思", "s") > score(model, "思", "k"), "思 is romanized as 斯 is"
    again = fit(pairs, "Hani", keymaker)
    assert all(np.array_equal(one, other) for one, other in zip(model, again, strict=True))
