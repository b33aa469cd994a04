"""Which letters of a mention stand for which letters of a name: the likeliest way to cut the pair, see `channel`.

For people who want to see why two forms are alike, or are not. The score sums over all cuts; this is the best of them.

>>> from normalizer.matching.channel import Channels
>>> [(block.mention, block.name) for block in cut(Channels.load().of("Cyrl"), "guevo", "guievo")]
[('gu', 'gu'), ('', 'i'), ('e', 'e'), ('vo', 'vo')]
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.grams import SYMBOLS, symbol
from normalizer.matching.channel import Channel, as_letters
from normalizer.matching.tokens import UNMATCHED
from normalizer.terms import Block

_LEAST = -12.0
"""Log-probability of a block of one symbol on either side that was never met: so that there is always some way."""


def cut(channel: Channel, heard: str, kept: str) -> tuple[Block, ...]:
    """Return the blocks of two forms read as wholes; of the first LONGEST_KEY letters where they are longer."""
    one, two = as_letters(heard), as_letters(kept)
    best = np.full((one.size + 1, two.size + 1), -np.inf)
    taken = np.zeros((one.size + 1, two.size + 1), np.int64)
    _cut(channel, one, two, best, taken)
    blocks = []
    i, j = one.size, two.size
    while i or j:
        a, b = divmod(int(taken[i, j]), 3)
        i, j = i - a, j - b
        weight = float(_weight(channel, one[i : i + a], two[j : j + b]))
        blocks.append(Block(heard[i : i + a], kept[j : j + b], weight))
    return tuple(reversed(blocks))


def cut_by_words(channel: Channel, heard: str, kept: str) -> tuple[Block, ...]:
    """Return the blocks of two forms word by word, in the order of the first; words without a counterpart whole."""
    mine, others = heard.split(" "), kept.split(" ")
    likeness = sorted(
        ((_alike(a, b), i, j) for i, a in enumerate(mine) for j, b in enumerate(others)),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    counterpart: dict[int, int] = {}
    for alike, i, j in likeness:
        if alike > 0 and i not in counterpart and j not in counterpart.values():
            counterpart[i] = j
    blocks: list[Block] = []
    for i, word in enumerate(mine):
        j = counterpart.get(i, -1)
        blocks += cut(channel, word, others[j]) if j >= 0 else [Block(word, "", -UNMATCHED * len(word))]
    left = [word for j, word in enumerate(others) if j not in counterpart.values()]
    return (*blocks, *(Block("", word, -UNMATCHED * len(word)) for word in left))


def _alike(one: str, other: str) -> float:
    """Return how alike two words are, 0 to 1; an initial is like what it begins."""
    if 1 in (len(one), len(other)):
        return 0.5 * (one[:1] == other[:1])
    return Levenshtein.normalized_similarity(one, other)


@borrowing
def _cut(
    channel: Channel, heard: NDArray[np.uint8], kept: NDArray[np.uint8], best: NDArray[np.float64],
    taken: NDArray[np.int64],
) -> None:  # fmt: skip
    """Fill the log-probabilities of the best cut up to every pair of positions, and its last block's size (3a + b)."""
    best[0, 0] = 0.0
    for i in range(heard.size + 1):
        for j in range(kept.size + 1):
            for a in range(min(2, i) + 1):
                for b in range(min(2, j) + 1):
                    if a + b > 0:
                        chance = best[i - a, j - b] + _chance(channel, heard[i - a : i], kept[j - b : j])
                        if chance > best[i, j]:
                            best[i, j], taken[i, j] = chance, 3 * a + b


@borrowing
def _chance(channel: Channel, heard: NDArray[np.uint8], kept: NDArray[np.uint8]) -> Real:
    """Return the log-probability of a block."""
    one, two = _unit(heard), _unit(kept)
    first, last = np.int64(channel.starts[one]), np.int64(channel.starts[one + 1])
    at = first + np.searchsorted(channel.units[first:last], np.uint16(two))
    if at < last and channel.units[at] == two and channel.chances[at] > 0:
        return math.log(channel.chances[at])
    return _LEAST if heard.size < 2 and kept.size < 2 else -np.inf


@borrowing
def _unit(letters: NDArray[np.uint8]) -> Int:
    if letters.size == 0:
        return 0
    if letters.size == 1:
        return 1 + symbol(letters[0])
    return 1 + SYMBOLS + symbol(letters[0]) * SYMBOLS + symbol(letters[1])


@borrowing
def _weight(channel: Channel, heard: NDArray[np.uint8], kept: NDArray[np.uint8]) -> Real:
    """Return what a block adds to the log-likelihood ratio of the two being renderings of one name, in nats."""
    alone = 0.0
    if heard.size:
        alone += math.log(max(channel.heard[_unit(heard)], math.exp(_LEAST)))
    if kept.size:
        alone += math.log(max(channel.kept[_unit(kept)], math.exp(_LEAST)))
    weight: Real = _chance(channel, heard, kept) - alone
    return weight
