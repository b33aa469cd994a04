"""Names of several words: every word finds its counterpart, and what has none is told."""

from __future__ import annotations

import numpy as np
import pytest

from normalizer.matching.channel import Channels, as_letters, hear, log_ratio, new_workspace
from normalizer.matching.tokens import MOST_TOKENS, align, hear_token, new_alignments, score_tokens, split

CHANNEL = Channels.load().of("Latn")
WHOLE = 1e6
"""Nats that no alignment loses, so that the words are aligned."""


def aligned(mention: str, name: str, whole: float | None = None) -> list[float]:
    """[nats lost a letter, the same of the least alike word, share of the mention's letters without counterpart, of the
    name's]"""
    latin, key = as_letters(mention), as_letters(name)
    room, work = new_alignments(), new_workspace()
    tokens = split(latin, room.mention)
    assert split(latin, room.heard) == tokens
    for token in range(tokens):
        literal = hear_token(CHANNEL, latin, latin, token, room, work)
        score_tokens(CHANNEL, latin, token, key, literal, 0, room, work)
    if whole is None:
        hear(CHANNEL, latin, work)
        whole = float(log_ratio(CHANNEL, latin, work) - log_ratio(CHANNEL, key, work))
    align(tokens, key, whole, 0, room)
    return [float(value) for value in room.result]


@pytest.mark.parametrize(
    ("mention", "name", "missing", "extra"),
    [
        ("vladimir putin", "vladimir putin", 0, 0),
        ("putin vladimir", "vladimir putin", 0, 0),
        ("v putin", "putin vladimir", 0, 0),
        ("vladimir putin", "v putin", 0, 0),
        ("albert soler i sicilia", "albert soler", 8 / 19, 0),
        ("ismail cem", "ismail cem ipekci", 0, 6 / 15),
        ("gomel", "gomel oblast", 0, 6 / 11),
    ],
)
def test_words_are_aligned_in_any_order(mention: str, name: str, missing: float, extra: float) -> None:
    lost, worst, without, more = aligned(mention, name, WHOLE)
    assert lost <= worst or worst == 0
    assert lost < 0.5
    assert (without, more) == (pytest.approx(missing), pytest.approx(extra))


def test_what_is_better_read_as_a_whole_is_so_read() -> None:
    lost, _, missing, extra = aligned("al ganim", "alganim")
    assert (missing, extra) == (0, 0)
    assert lost < aligned("al ganim", "alganim", WHOLE)[0] + 1


def test_a_word_without_likeness_has_no_counterpart() -> None:
    assert aligned("norman lamont", "norman kirk", WHOLE)[2:] == [pytest.approx(6 / 12), pytest.approx(4 / 10)]


@pytest.mark.parametrize("count", [1, 2, MOST_TOKENS, MOST_TOKENS + 1])
def test_keys_are_split_into_words(count: int) -> None:
    words = [chr(97 + number) * (number + 1) for number in range(count)]
    bounds = np.zeros(MOST_TOKENS + 1, np.int64)
    found = split(as_letters(" ".join(words)), bounds)
    assert found == (count if count <= MOST_TOKENS else 0)
    if found:
        assert np.diff(bounds[: count + 1]).tolist() == [len(word) + 1 for word in words]
