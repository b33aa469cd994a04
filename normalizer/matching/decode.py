"""The likeliest keys of a heard form: what it may be written as in the index, for finding candidates.

A beam search over the blocks of the channel: from left to right, each hypothesis is continued by the likeliest blocks
whose heard side comes next. What the channel knows of vowels that a script leaves out, or of the Latin letters behind a
syllable, so becomes part of what is looked up.

>>> from normalizer.matching.channel import Channels, as_letters
>>> beam = new_beam()
>>> count = decode(Channels.load().of("Hani"), as_letters("kuersike"), beam)
>>> texts = beam.texts[0, :count], beam.sizes[0, :count]
>>> "kursk" in ["".join(chr(96 + letter) for letter in text[:size]) for text, size in zip(*texts, strict=True)]
True
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.grams import LONGEST_KEY, SYMBOLS, gram_codes, symbol
from normalizer.index.lending import Cube, Matrix
from normalizer.index.strings import FNV_OFFSET, hashed
from normalizer.matching.channel import FAN, Channel

_LONGEST = 40
"""Letters of a form that are decoded: a longer one has trigrams enough that stay the same."""
WIDTH = 12
"""Hypotheses kept at each position."""
TEMPER = 0.5
"""Power of the hypotheses' probabilities: the channel is surer of its first one than it should be."""
LEAST_LIKELY = 0.12
"""Share of the hypotheses, by that power, that must have a trigram for it to be looked up."""
MOST_GRAMS = 120
"""Trigrams looked up for one form: counters of eight bits hold no more."""


class Beam(NamedTuple):
    """Room for the hypotheses of one search; after it, those of the whole form stand at position 0 of a pair."""

    texts: Cube[np.uint8]
    """[3, WIDTH, _LONGEST]: symbols of the hypotheses at three neighboring positions, in turn."""
    hashes: Matrix[np.uint64]
    """[3, WIDTH]: of those symbols."""
    sizes: Matrix[np.int64]
    """[3, WIDTH]"""
    scores: Matrix[np.float64]
    """[3, WIDTH]"""
    counts: NDArray[np.int64]
    """[3]"""
    letters: NDArray[np.uint8]
    """[_LONGEST]: a hypothesis in letters."""
    own: NDArray[np.int32]
    """[LONGEST_KEY]: its trigrams."""
    grams: NDArray[np.int32]
    """[MOST_GRAMS]: the trigrams of all."""
    weights: NDArray[np.float64]
    """[MOST_GRAMS]: the share of the hypotheses that have each."""


def new_beam() -> Beam:
    """Return the room for one thread."""
    return Beam(
        np.zeros((3, WIDTH, _LONGEST), np.uint8), np.zeros((3, WIDTH), np.uint64), np.zeros((3, WIDTH), np.int64),
        np.zeros((3, WIDTH)),
        np.zeros(3, np.int64), np.zeros(_LONGEST, np.uint8), np.zeros(LONGEST_KEY, np.int32),
        np.zeros(MOST_GRAMS, np.int32), np.zeros(MOST_GRAMS),
    )  # fmt: skip


@borrowing
def decode(channel: Channel, letters: NDArray[np.uint8], beam: Beam) -> Int:
    """Fill place 0 of the beam with hypotheses for the whole form, not in order; return how many there are."""
    size = min(letters.size, _LONGEST)
    beam.counts[:] = 0
    beam.counts[0], beam.sizes[0, 0], beam.scores[0, 0], beam.hashes[0, 0] = 1, 0, 0.0, FNV_OFFSET
    for at in range(size):
        here, after, beyond = at % 3, (at + 1) % 3, (at + 2) % 3
        beam.counts[beyond] = 0
        one = 1 + symbol(letters[at])
        two = SYMBOLS * one + 1 + symbol(letters[at + 1]) if at + 1 < size else 0
        for number in range(beam.counts[here]):
            _extend(channel, one, beam, here, number, after)
            if two:
                _extend(channel, two, beam, here, number, beyond)
    first = size % 3
    total: Int = beam.counts[first]
    if first:
        beam.counts[0] = total
        for number in range(total):
            beam.sizes[0, number], beam.scores[0, number] = beam.sizes[first, number], beam.scores[first, number]
            _copy(beam.texts[first, number], beam.texts[0, number], beam.sizes[first, number])
    return total


@borrowing
def _copy(text: NDArray[np.uint8], to: NDArray[np.uint8], size: Int) -> None:
    for i in range(size):
        to[i] = text[i]


@borrowing
def likely_grams(channel: Channel, letters: NDArray[np.uint8], literal: NDArray[np.int32], beam: Beam) -> Int:
    """Write the trigrams of the literal key, and those that many of the likeliest keys have, to the beam's `grams`.

    Return how many there are.
    """
    size: Int = min(literal.size, MOST_GRAMS)
    for at in range(size):
        beam.grams[at], beam.weights[at] = literal[at], 1.0
    count = decode(channel, letters, beam)
    scores = beam.scores[0, :count]
    best, total = -math.inf, 0.0
    for score in scores:
        best = max(best, score)
    for number in range(count):
        scores[number] = math.exp((scores[number] - best) * TEMPER)
        total += scores[number]
    for number in range(count):
        size = _pool_grams(beam, number, scores[number] / total, size)
    kept = 0
    for at in range(size):
        if beam.weights[at] >= LEAST_LIKELY:
            beam.grams[kept] = beam.grams[at]
            kept += 1
    return kept


@borrowing
def _pool_grams(beam: Beam, number: Int, weight: Real, size: Int) -> Int:
    """Add the trigrams of one hypothesis to those of all, of which there are `size`; return how many there are now."""
    length = beam.sizes[0, number]
    for i in range(length):
        one = beam.texts[0, number, i]
        beam.letters[i] = 32 if one == 0 else one + 96 if one <= 26 else one + 21
    for gram in beam.own[: gram_codes(beam.letters[:length], beam.own)]:
        at = 0
        while at < size and beam.grams[at] != gram:
            at += 1
        if at < size:
            beam.weights[at] += weight
        elif size < MOST_GRAMS:
            beam.grams[size], beam.weights[size] = gram, weight
            size += 1
    return size


@borrowing
def _extend(channel: Channel, unit: Int, beam: Beam, here: Int, number: Int, to: Int) -> None:
    """Continue a hypothesis by the likeliest blocks of a heard unit."""
    size, text = beam.sizes[here, number], beam.texts[here, number]
    for choice in range(FAN):
        kept = np.int64(channel.likeliest[unit, choice])
        if kept < 0:
            return
        score = beam.scores[here, number] + channel.likelihoods[unit, choice]
        more = 0 if kept == 0 else 1 if kept <= SYMBOLS else 2
        if size + more > _LONGEST:
            continue
        place = _place(beam, to, score)
        if place < 0:
            return
        first, second = kept - 1, np.int64(0)
        if more == 2:
            first, second = (kept - 1 - SYMBOLS) // SYMBOLS, (kept - 1 - SYMBOLS) % SYMBOLS
        own = np.uint64(beam.hashes[here, number])
        if more > 0:
            own = hashed(own, first)
        if more == 2:
            own = hashed(own, second)
        if not _repeated(beam, to, size + more, own, score):
            new = beam.texts[to, place]
            _copy(text, new, size)
            if more > 0:
                new[size] = first
            if more == 2:
                new[size + 1] = second
            beam.scores[to, place], beam.sizes[to, place], beam.hashes[to, place] = score, size + more, own
            beam.counts[to] = max(beam.counts[to], place + 1)


@borrowing
def _place(beam: Beam, to: Int, score: Real) -> Int:
    """Return where a hypothesis goes: a free place, that of the worst if it is worse, or -1."""
    count: Int = beam.counts[to]
    if count < WIDTH:
        return count
    worst = 0
    for number in range(1, WIDTH):
        if beam.scores[to, number] < beam.scores[to, worst]:
            worst = number
    return worst if beam.scores[to, worst] < score else -1


@borrowing
def _repeated(beam: Beam, to: Int, size: Int, own: np.uint64, score: Real) -> bool:
    """Tell whether a hypothesis has the text of the new one already; it gets the better score of the two."""
    for number in range(beam.counts[to]):
        if beam.hashes[to, number] == own and beam.sizes[to, number] == size:
            beam.scores[to, number] = max(beam.scores[to, number], score)
            return True
    return False
