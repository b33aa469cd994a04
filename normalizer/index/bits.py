"""Bits of 64-bit words, for kernels."""

from __future__ import annotations

import numpy as np

from normalizer.index.compiled import Int, borrowing

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""A sequence in which every six bits in a row are others: times a power of two, the first six tell which power."""
_SHIFT = np.uint64(58)
_PLACES = np.zeros(64, np.uint8)
_PLACES[[(int(_DE_BRUIJN) << place & int(_ALL)) >> int(_SHIFT) for place in range(64)]] = range(64)


@borrowing
def lowest_bit(word: np.uint64) -> Int:
    """Return the place of the lowest bit of a word that is set; of 0, 0 (Leiserson, Prokop and Randall 1998).

    >>> lowest_bit(np.uint64(0b1010000))
    4
    """
    return np.int64(_PLACES[((word & (~word + np.uint64(1))) * _DE_BRUIJN) >> _SHIFT])


@borrowing
def without_lowest_bit(word: np.uint64) -> np.uint64:
    """Return a word, not 0, without the lowest of its bits that are set."""
    return word & (word - np.uint64(1))
