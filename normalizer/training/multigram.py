"""Fit a joint multigram model to pairs of spellings by expectation maximization (Bisani and Ney 2008).

It begins with blocks of at most one letter on either side, with a liking for equal letters; then blocks of two are let
in, at the product of their parts. Absolute discounting takes out the blocks that explain only a few pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, compiled
from normalizer.index.grams import LONGEST_KEY, SYMBOLS, symbol
from normalizer.matching.channel import UNITS

Floats = NDArray[np.float64]

_ROUNDS_OF_ONE = 4
_ROUNDS_OF_TWO = 7
_DISCOUNT = 0.5
"""Taken from the expected count of every block with two letters on a side."""
_FLOOR = 2e-6
"""The least probability of one letter for another; ten times as much for a letter left out or put in."""
_SINGLE = 1 + SYMBOLS
"""Units below this are nothing or one symbol."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of forms as symbols: those of pair i are `heard[heard_at[i] : heard_at[i + 1]]`, and `kept` likewise."""

    heard: NDArray[np.int64]
    heard_at: NDArray[np.int64]
    kept: NDArray[np.int64]
    kept_at: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Pairs:
        """Make the arrays of (heard, kept) texts."""
        return cls(*_packed([heard for heard, _ in pairs]), *_packed([kept for _, kept in pairs]))

    def __len__(self) -> int:
        return self.heard_at.size - 1


def _packed(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    symbols = [[symbol(ord(letter)) for letter in text[:LONGEST_KEY]] for text in texts]
    bounds = np.cumsum([0, *map(len, symbols)])
    return np.array([one for form in symbols for one in form], np.int64), bounds


def fit(pairs: Pairs) -> Floats:
    """Return the [UNITS, UNITS] probabilities of all blocks, heard by kept, which sum to 1."""
    chances = _alike()
    for number in range(_ROUNDS_OF_ONE + _ROUNDS_OF_TWO):
        longest = 1 if number < _ROUNDS_OF_ONE else 2
        if number == _ROUNDS_OF_ONE:
            chances = _widened(chances)
        counts = np.zeros((UNITS, UNITS))
        _expect(pairs.heard, pairs.heard_at, pairs.kept, pairs.kept_at, chances, counts, longest)
        chances = _smoothed(counts, _DISCOUNT if number > _ROUNDS_OF_ONE + 1 else 0.0)
    return chances


def _alike() -> Floats:
    """Most letters stand for themselves; some for another, some for nothing."""
    chances = np.zeros((UNITS, UNITS))
    letters = slice(1, _SINGLE)
    chances[letters, letters] = 0.15 / SYMBOLS**2 + np.eye(SYMBOLS) * 0.65 / SYMBOLS
    chances[letters, 0] = chances[0, letters] = 0.1 / SYMBOLS
    return np.asarray(chances / chances.sum())


def _widened(chances: Floats, share: float = 0.3) -> Floats:
    """Give a share of the probability to blocks that are two neighboring ones in one."""
    letters, pairs = slice(1, _SINGLE), slice(_SINGLE, UNITS)
    both, left_out, put_in = chances[letters, letters], chances[letters, 0], chances[0, letters]
    wide = np.zeros_like(chances)
    wide[pairs, pairs] = np.einsum("ab,cd->acbd", both, both).reshape(SYMBOLS**2, -1)
    wide[pairs, letters] = (
        np.einsum("ab,c->acb", both, left_out) + np.einsum("a,cb->acb", left_out, both)
    ).reshape(SYMBOLS**2, -1)  # fmt: skip
    wide[letters, pairs] = (
        np.einsum("ab,d->abd", both, put_in) + np.einsum("b,ad->abd", put_in, both)
    ).reshape(SYMBOLS, -1)  # fmt: skip
    wide[pairs, 0] = np.outer(left_out, left_out).ravel()
    wide[0, pairs] = np.outer(put_in, put_in).ravel()
    return np.asarray(chances * (1 - share) + wide * (share / wide.sum()))


def _smoothed(counts: Floats, discount: float) -> Floats:
    single = counts[:_SINGLE, :_SINGLE].copy()
    chances = np.maximum(counts - discount, 0)
    chances[:_SINGLE, :_SINGLE] = single
    chances /= chances.sum()
    floor = np.full((_SINGLE, _SINGLE), _FLOOR)
    floor[0] = floor[:, 0] = 10 * _FLOOR
    floor[0, 0] = 0
    chances[:_SINGLE, :_SINGLE] = np.maximum(chances[:_SINGLE, :_SINGLE], floor)
    return np.asarray(chances / chances.sum())


@compiled
def _unit(symbols: NDArray[np.int64], end: Int, size: Int) -> Any:
    """Return the unit of the `size` (0 to 2) symbols before `end`."""
    if size == 0:
        return 0
    if size == 1:
        return 1 + symbols[end - 1]
    return _SINGLE + symbols[end - 2] * SYMBOLS + symbols[end - 1]


@compiled
def _forward(heard: NDArray[np.int64], kept: NDArray[np.int64], chances: Floats, longest: int, grid: Floats) -> Any:
    """Fill grid[i, j] with the probability of the first i and j symbols; return that of all."""
    for i in range(heard.size + 1):
        for j in range(kept.size + 1):
            total = 1.0 if i + j == 0 else 0.0
            for a in range(min(longest, i) + 1):
                unit = _unit(heard, i, a)
                for b in range(min(longest, j) + 1):
                    if a + b > 0:
                        total += grid[i - a, j - b] * chances[unit, _unit(kept, j, b)]
            grid[i, j] = total
    return grid[heard.size, kept.size]


@compiled
def _backward(heard: NDArray[np.int64], kept: NDArray[np.int64], chances: Floats, longest: int, grid: Floats) -> None:
    """Fill grid[i, j] with the probability of what follows the first i and j symbols."""
    n, m = heard.size, kept.size
    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            total = 1.0 if i == n and j == m else 0.0
            for a in range(min(longest, n - i) + 1):
                unit = _unit(heard, i + a, a)
                for b in range(min(longest, m - j) + 1):
                    if a + b > 0:
                        total += grid[i + a, j + b] * chances[unit, _unit(kept, j + b, b)]
            grid[i, j] = total


@compiled
def _expect(
    heard: NDArray[np.int64], heard_at: NDArray[np.int64], kept: NDArray[np.int64], kept_at: NDArray[np.int64],
    chances: Floats, counts: Floats, longest: int,
) -> None:  # fmt: skip
    """Add to `counts` how often each block is expected in the pairs."""
    before, after = np.empty((LONGEST_KEY + 1, LONGEST_KEY + 1)), np.empty((LONGEST_KEY + 1, LONGEST_KEY + 1))
    for pair in range(heard_at.size - 1):
        one, other = heard[heard_at[pair] : heard_at[pair + 1]], kept[kept_at[pair] : kept_at[pair + 1]]
        whole = _forward(one, other, chances, longest, before)
        if whole > 0:
            _backward(one, other, chances, longest, after)
            _add_expected(one, other, chances, counts, longest, before, after, whole)


@compiled
def _add_expected(
    heard: NDArray[np.int64], kept: NDArray[np.int64], chances: Floats, counts: Floats, longest: int,
    before: Floats, after: Floats, whole: Real,
) -> None:  # fmt: skip
    n, m = heard.size, kept.size
    for i in range(n + 1):
        for j in range(m + 1):
            here = before[i, j] / whole
            for a in range(min(longest, n - i) + 1):
                unit = _unit(heard, i + a, a)
                for b in range(min(longest, m - j) + 1):
                    if a + b > 0:
                        other = _unit(kept, j + b, b)
                        counts[unit, other] += here * chances[unit, other] * after[i + a, j + b]
