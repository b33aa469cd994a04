"""Bits of 64-bit words, for kernels, and 64 counters compared at once, whose outcome is such a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from normalizer.index.compiled import Int, borrowing

LINE = 64
"""Counters that `at_least` compares: as many as a word has bits, and as memory hands over at once."""


def _zeros_below(_: Any, word: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(word), code


def _comparison(_: Any, counters: Any, first: Any, least: Any) -> Any:
    line = ir.VectorType(ir.IntType(8), LINE)

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        blob = context.make_array(counters)(context, builder, given[0]).data
        read = builder.load(builder.bitcast(builder.gep(blob, [given[1]]), line.as_pointer()), align=1)
        unknown = ir.Constant(line, ir.Undefined)
        one = builder.insert_element(unknown, given[2], ir.Constant(ir.IntType(32), 0))
        every = builder.shuffle_vector(one, unknown, ir.Constant(ir.VectorType(ir.IntType(32), LINE), [0] * LINE))
        return builder.bitcast(builder.icmp_unsigned(">=", read, every), ir.IntType(64))

    return types.uint64(counters, types.int64, types.uint8), code


_trailing_zeros: Any = intrinsic(_zeros_below)
_compare: Any = intrinsic(_comparison)


@borrowing
def lowest_bit(word: np.uint64) -> Int:
    """Return the place of the lowest bit of a word that is set; of 0, 64.

    >>> lowest_bit(np.uint64(0b1010000))
    4
    """
    return np.int64(_trailing_zeros(np.uint64(word)))


@borrowing
def without_lowest_bit(word: np.uint64) -> np.uint64:
    """Return a word, not 0, without the lowest of its bits that are set."""
    return word & (word - np.uint64(1))


@borrowing
def at_least(counters: NDArray[np.uint8], first: Int, least: np.uint8) -> np.uint64:
    """Return a word in which each bit tells whether one of LINE counters, from `first` on, is `least` or more.

    Left to itself, the compiler compares one counter at a time in most loops.

    >>> counters = np.zeros(LINE, np.uint8)
    >>> counters[[2, 5]] = 7, 9
    >>> at_least(counters, 0, np.uint8(8)), at_least(counters, 0, np.uint8(7))
    (32, 36)
    """
    return np.uint64(_compare(counters, first, least))
