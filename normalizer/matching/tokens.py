"""Names of several words aligned word by word, in any order: which words say the same, which have no counterpart.

Every word of the mention is heard by the channel and scored against every word of a name; pairs are then taken greedily
by what they explain. An initial stands for a word that begins with it. The whole string is read as well, and where that
loses less ("New York" and "Newyork"), or one side has a single word, it is what counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.lending import Cube
from normalizer.matching.channel import Channel, Workspace, hear, log_ratio

MOST_TOKENS = 8
"""Words of either side that are looked at."""
MOST_ALIGNED = 128
"""Candidates of one search that are aligned."""
UNMATCHED = 1.0
"""Nats for each letter of a word without a counterpart, when it is weighed against reading the whole string."""
_INITIAL = 0.7
"""Nats lost by an initial against the word that it begins."""
_SPACE = 32


class Alignments(NamedTuple):
    """Room to align the words of one mention with those of MOST_ALIGNED names."""

    losses: Cube[np.float32]
    """[MOST_ALIGNED, MOST_TOKENS, MOST_TOKENS]: nats lost by each word of the mention against each of a name."""
    mention: NDArray[np.int64]
    """[MOST_TOKENS + 1]: where the words of the mention's folded key begin, and one after its end."""
    heard: NDArray[np.int64]
    """[MOST_TOKENS + 1]: the same for the romanized form."""
    name: NDArray[np.int64]
    """[MOST_TOKENS + 1]: the same for a name."""
    result: NDArray[np.float64]
    """[4]: nats lost for each letter of the words that are matched, and of the least alike of them; share of the
    letters of the mention, and of those of the name, in words without a counterpart."""


def new_alignments() -> Alignments:
    """Return the room for one thread (33 KB)."""
    return Alignments(
        np.zeros((MOST_ALIGNED, MOST_TOKENS, MOST_TOKENS), np.float32), np.zeros(MOST_TOKENS + 1, np.int64),
        np.zeros(MOST_TOKENS + 1, np.int64), np.zeros(MOST_TOKENS + 1, np.int64), np.zeros(4),
    )  # fmt: skip


@borrowing
def split(letters: NDArray[np.uint8], bounds: NDArray[np.int64]) -> Int:
    """Write where the words of a key begin, and one after its end; return their number, 0 when there are too many."""
    count = 1
    bounds[0] = 0
    for at in range(letters.size):
        if letters[at] == _SPACE:
            if count == MOST_TOKENS:
                return 0
            bounds[count] = at + 1
            count += 1
    bounds[count] = letters.size + 1
    return count


@borrowing
def hear_token(
    channel: Channel, roman: NDArray[np.uint8], latin: NDArray[np.uint8], token: Int, room: Alignments, work: Workspace
) -> Real:
    """Lay out one word of the mention for scoring; return the score of its literal rendering."""
    hear(channel, roman[room.heard[token] : room.heard[token + 1] - 1], work)
    score: Real = log_ratio(channel, latin[room.mention[token] : room.mention[token + 1] - 1], work)
    return score


@borrowing
def score_tokens(
    channel: Channel, latin: NDArray[np.uint8], token: Int, key: NDArray[np.uint8], literal: Real, row: Int,
    room: Alignments, work: Workspace,
) -> None:  # fmt: skip
    """Score the word that was heard against every word of a key."""
    own = latin[room.mention[token] : room.mention[token + 1] - 1]
    for other in range(split(key, room.name)):
        word = key[room.name[other] : room.name[other + 1] - 1]
        if own.size and word.size and (own.size == 1) != (word.size == 1):
            room.losses[row, token, other] = _INITIAL if own[0] == word[0] else 100.0
        else:
            room.losses[row, token, other] = literal - log_ratio(channel, word, work)


@borrowing
def align(tokens: Int, key: NDArray[np.uint8], whole: Real, row: Int, room: Alignments) -> None:
    """Fill `result` for a name whose words are scored; `whole`: nats lost when the string is read as a whole."""
    names = split(key, room.name)
    taken, given = 0, 0  # bits of the words that have a counterpart
    lost, worst, matched = 0.0, 0.0, 0
    while True:
        best, one, two = 0.0, -1, -1
        for i in range(tokens):
            for j in range(names):
                if taken >> i & 1 == 0 and given >> j & 1 == 0:
                    letters = _letters(room.mention, i) + _letters(room.name, j)
                    gain = UNMATCHED * letters - room.losses[row, i, j]
                    if gain > best:
                        best, one, two = gain, i, j
        if one < 0:
            break
        taken |= 1 << one
        given |= 1 << two
        letters = max(_letters(room.mention, one), _letters(room.name, two))
        lost += room.losses[row, one, two]
        worst = max(worst, room.losses[row, one, two] / max(1, letters))
        matched += letters
    missing, total = _without(room.mention, tokens, taken)
    extra, others = _without(room.name, names, given)
    longer = max(1, max(total, others))
    if names == 0 or whole <= lost + UNMATCHED * (missing + extra):
        room.result[:] = 0.0
        room.result[0] = room.result[1] = whole / longer
    else:
        room.result[0], room.result[1] = lost / max(1, matched), worst
        room.result[2], room.result[3] = missing / max(1, total), extra / max(1, others)


@borrowing
def _letters(bounds: NDArray[np.int64], token: Int) -> Int:
    letters: Int = bounds[token + 1] - bounds[token] - 1
    return letters


@borrowing
def _without(bounds: NDArray[np.int64], tokens: Int, matched: Int) -> tuple[Int, Int]:
    """Return (letters of the words that are not matched, letters of all words)."""
    missing, total = 0, 0
    for token in range(tokens):
        total += _letters(bounds, token)
        if matched >> token & 1 == 0:
            missing += _letters(bounds, token)
    return missing, total
