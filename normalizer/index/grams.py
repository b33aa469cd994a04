"""Blocking by letter groups: which keys share most of their trigrams with a query?

Keys are numbered by how many trigrams they have and cut into blocks of 65,536. For each trigram (addressed directly:
37 symbols, cubed) and each block there is a posting list of 16-bit numbers local to the block. A query adds its lists
into an 8-bit counter per key of one block (64 KB: it stays in the L2 cache), collects the best keys by the Dice
coefficient, and goes outward from the block of keys like itself, past those that cannot beat the worst key it holds.

A key of n letters has n trigrams (one blank is put on each side); repeated ones count once. Skeletons, which are short
and of few letters, are indexed by pairs in the same way; a skeleton of n letters has n + 1 of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.index.bits import LINE, at_least, lowest_bit, without_lowest_bit
from normalizer.index.compiled import Int, Real, borrowing, compiled

BLOCK = 65_536
SYMBOLS = 37
GRAMS = SYMBOLS**3
PAIRS = SYMBOLS**2
_BLANK = np.uint8(32)
SPARE = 128
"""Keys that are held beyond those wanted before the worst of them are let go."""
_FINE, _HALF, _LAST = 1 << 30, np.uint64(32), (1 << 32) - 1
"""How fine Dice coefficients are told apart in the upper half of a number, and what remains for a key."""
_ROUNDED = 1e-4
"""More than what is lost of a count when it is reckoned from a Dice coefficient."""
LONGEST_KEY = 120
"""Letters of a folded key that are indexed; the rest of a longer one is cut off."""


@borrowing
def symbol(byte: Int) -> int:
    """Return the symbol of an ASCII letter (1–26) or digit (27–36); 0 for everything else."""
    if 97 <= byte <= 122:
        return int(byte) - 96
    if 48 <= byte <= 57:
        return int(byte) - 21
    return 0


@borrowing
def _sort(codes: NDArray[np.int32], size: Int) -> None:
    """Sort the first few codes in place, by insertion: keys are short."""
    for at in range(1, size):
        code, hole = codes[at], at
        while hole > 0 and codes[hole - 1] > code:
            codes[hole] = codes[hole - 1]
            hole -= 1
        codes[hole] = code


@borrowing
def gram_codes(key: NDArray[np.uint8], out: NDArray[np.int32]) -> int:
    """Write the distinct trigram codes of a folded ASCII key into `out`, ascending; return how many there are."""
    n = min(key.size, out.size)
    previous, current = 0, 0
    for i in range(n + 1):
        byte = key[i] if i < n else _BLANK
        following = symbol(byte)
        if i > 0:
            out[i - 1] = (previous * SYMBOLS + current) * SYMBOLS + following
        previous, current = current, following
    return _distinct(out, n)


@borrowing
def shared_grams(key: NDArray[np.uint8], codes: NDArray[np.int32], marks: NDArray[np.uint8]) -> int:
    """Return how many distinct trigrams a key shares with `codes`, which have 1 in `marks` [GRAMS], all others 0."""
    n = min(key.size, LONGEST_KEY)
    previous, current, shared = 0, 0, 0
    for i in range(n + 1):
        following = symbol(key[i]) if i < n else 0
        if i > 0:
            code = (previous * SYMBOLS + current) * SYMBOLS + following
            shared += int(marks[code])
            marks[code] = 0
        previous, current = current, following
    for code in codes:
        marks[code] = 1
    return shared


@borrowing
def _distinct(codes: NDArray[np.int32], size: Int) -> int:
    """Sort the first few codes and keep one of each, in place; return how many are kept."""
    _sort(codes, size)
    count = 0
    for i in range(size):
        if i == 0 or codes[i] != codes[i - 1]:
            codes[count] = codes[i]
            count += 1
    return count


@borrowing
def pair_codes(skeleton: NDArray[np.uint8], out: NDArray[np.int32]) -> int:
    """Write the distinct codes of the pairs of neighboring letters into `out`, as `gram_codes` does with trigrams."""
    n = min(skeleton.size, out.size - 1)
    previous = 0
    for i in range(n + 1):
        current = symbol(skeleton[i]) if i < n else 0
        out[i] = previous * SYMBOLS + current
        previous = current
    return _distinct(out, n + 1)


@compiled
def _codes(text: NDArray[np.uint8], pairs: bool, out: NDArray[np.int32]) -> int:
    return pair_codes(text, out) if pairs else gram_codes(text, out)


@compiled
def _count(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], pairs: bool, blocks: Int, counts: NDArray[np.uint32]
) -> None:
    codes = np.empty(LONGEST_KEY, np.int32)
    for key in range(offsets.size - 1):
        n = _codes(blob[offsets[key] : offsets[key + 1]], pairs, codes)
        for i in range(n):
            counts[codes[i] * blocks + key // BLOCK] += np.uint32(1)


def gram_sizes(blob: NDArray[np.uint8], offsets: NDArray[np.int64], codes: int = GRAMS) -> NDArray[np.uint8]:
    """Return how many distinct trigrams each of some ASCII keys has, or pairs with PAIRS for `codes`."""
    sizes = np.zeros(offsets.size - 1, np.uint8)
    _measure(blob, offsets, codes == PAIRS, sizes)
    return sizes


@compiled
def _measure(blob: NDArray[np.uint8], offsets: NDArray[np.int64], pairs: bool, sizes: NDArray[np.uint8]) -> None:
    codes = np.empty(LONGEST_KEY, np.int32)
    for key in range(sizes.size):
        sizes[key] = _codes(blob[offsets[key] : offsets[key + 1]], pairs, codes)


@compiled
def _fill(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], pairs: bool, filled: NDArray[np.uint32],
    postings: NDArray[np.uint16],
) -> None:  # fmt: skip
    """Write the postings; `filled`: where those of each code go on."""
    codes = np.empty(LONGEST_KEY, np.int32)
    for key in range(offsets.size - 1):
        n = _codes(blob[offsets[key] : offsets[key + 1]], pairs, codes)
        for i in range(n):
            postings[filled[codes[i]]] = key % BLOCK
            filled[codes[i]] += np.uint32(1)


@borrowing
def _bound(codes: Int, query: Int, smallest: Int, largest: Int) -> Real:
    """Return the highest Dice coefficient a key with smallest..largest trigrams can reach, of which `codes` count."""
    most = min(max(codes, smallest), largest)
    return 2.0 * min(codes, most) / (query + most)


@borrowing
def _ranked(dice: Real, key: Int) -> np.uint64:
    """Return a number by which keys are ranked: by their Dice coefficients, and of equal ones by their own numbers."""
    return np.uint64(np.float32(dice) * np.float32(_FINE)) << _HALF | np.uint64(_LAST - key)


@borrowing
def _dice(ranked: np.uint64) -> Real:
    return np.float64(ranked >> _HALF) / _FINE


@borrowing
def key_of(ranked: np.uint64) -> Int:
    """Return the number of the key that `best_keys` has ranked."""
    return _LAST - np.int64(ranked & np.uint64(_LAST))


@borrowing
def _select(ranked: NDArray[np.uint64], size: Int, most: Int) -> None:
    """Bring the `most` highest of the first `size` numbers to the front, the lowest of them last (Hoare 1961)."""
    low, high = 0, size - 1
    while low < high:
        pivot, i, j = ranked[(low + high) // 2], low, high
        while i <= j:
            while ranked[i] > pivot:
                i += 1
            while ranked[j] < pivot:
                j -= 1
            if i <= j:
                ranked[i], ranked[j] = ranked[j], ranked[i]
                i += 1
                j -= 1
        if j < most - 1 < i:
            return
        if most - 1 <= j:
            high = j
        else:
            low = i


@borrowing
def _count_block(
    codes: NDArray[np.int32], block: Int, blocks: Int, starts: NDArray[np.uint32], postings: NDArray[np.uint16],
    counts: NDArray[np.uint8],
) -> None:  # fmt: skip
    counts[:] = 0
    for code in codes:
        place = np.int64(code) * blocks + block
        for at in range(np.int64(starts[place]), np.int64(starts[place + 1])):
            counts[postings[at]] += np.uint8(1)


@borrowing
def _least(worst: np.uint64, query: Int, smallest: Int) -> np.uint8:
    """Return how many trigrams a key of `smallest` or more must share with the query to be better than the worst."""
    return np.uint8(max(1, math.ceil(_dice(worst) * (query + smallest) * 0.5 - _ROUNDED)))


@borrowing
def _collect(
    counts: NDArray[np.uint8], block: Int, query: int, smallest: Int, sizes: NDArray[np.uint8], most: Int,
    worst: np.uint64, ranked: NDArray[np.uint64], size: Int,
) -> tuple[Int, np.uint64]:  # fmt: skip
    """Add the keys of a counted block that are better than the worst; return how many there are now, and the worst."""
    first, least = block * BLOCK, _least(worst, query, smallest)
    for line in range(0, min(BLOCK, sizes.size - first), LINE):
        passing = at_least(counts, line, least)
        while passing != 0:
            local = line + lowest_bit(passing)
            passing = without_lowest_bit(passing)
            one = _ranked(2.0 * counts[local] / (query + sizes[first + local]), first + local)
            if one > worst:
                ranked[size] = one
                size += 1
                if size == ranked.size:
                    _select(ranked, size, most)
                    size, worst = most, np.uint64(ranked[most - 1])
                    least = _least(worst, query, smallest)
    return size, worst


@borrowing
def best_keys(
    codes: NDArray[np.int32], query: int, starts: NDArray[np.uint32], postings: NDArray[np.uint16],
    sizes: NDArray[np.uint8], extremes: NDArray[np.uint8], counts: NDArray[np.uint8], floor: float, most: int,
    ranked: NDArray[np.uint64],
) -> Int:  # fmt: skip
    """Collect the `most` keys with the highest Dice coefficients above `floor`, of equal ones those of lower numbers.

    `codes`: distinct trigrams that count; `query`: how many of them one key would have. `extremes[b]`: fewest and most
    trigrams of a key of block b. `counts`: BLOCK counters. They are written to `ranked`, of more than `most` numbers,
    in no order (see `key_of`). Returns how many were found.
    """
    size: Int = 0
    worst, blocks = _ranked(floor, 0), extremes.shape[0]
    above: Int = 0
    while above < blocks and extremes[above, 1] < query:
        above += 1
    below = above - 1
    for _ in range(blocks):
        if below < 0 or (above < blocks and extremes[above, 0] - query <= query - extremes[below, 1]):
            block, above = above, above + 1
        else:
            block, below = below, below - 1
        if _bound(codes.size, query, extremes[block, 0], extremes[block, 1]) >= _dice(worst):
            _count_block(codes, block, blocks, starts, postings, counts)
            size, worst = _collect(counts, block, query, extremes[block, 0], sizes, most, worst, ranked, size)
    if size > most:
        _select(ranked, size, most)
    return min(size, most)


@dataclass(frozen=True, slots=True)
class GramIndex:
    """Blocked postings over a list of keys, best in the order of their `gram_sizes`.

    The lists of one trigram stand together, block after block: a query reads a few long stretches, not hundreds of
    short ones that each wait for memory.
    """

    starts: NDArray[np.uint32]
    """[GRAMS blocks + 1], or PAIRS blocks + 1: where in `postings` the list of each trigram and block begins."""
    postings: NDArray[np.uint16]
    sizes: NDArray[np.uint8]
    """[keys]: how many distinct trigrams each key has."""
    extremes: NDArray[np.uint8]
    """[blocks, 2]: fewest and most trigrams of a key in the block."""

    @classmethod
    def build(cls, blob: NDArray[np.uint8], offsets: NDArray[np.int64], codes: int = GRAMS) -> GramIndex:
        """Index ASCII keys given as blob and offsets, by trigrams (`codes` GRAMS) or by pairs (PAIRS)."""
        keys = offsets.size - 1
        blocks = max(1, -(-keys // BLOCK))
        starts = np.zeros(codes * blocks + 1, np.uint32)
        _count(blob, offsets, codes == PAIRS, blocks, starts[1:])
        np.cumsum(starts, out=starts)
        postings = np.zeros(int(starts[-1]), np.uint16)
        _fill(blob, offsets, codes == PAIRS, starts[:-1:blocks].copy(), postings)
        sizes = gram_sizes(blob, offsets, codes)
        cuts = [sizes[block * BLOCK : (block + 1) * BLOCK] for block in range(blocks)]
        extremes = np.array([(cut.min(initial=255), cut.max(initial=0)) for cut in cuts], np.uint8)
        return cls(starts, postings, sizes, extremes)

    def best(self, key: str, most: int, floor: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (numbers, Dice coefficients) of the best `most` keys above `floor`, in no order."""
        codes = np.empty(LONGEST_KEY, np.int32)
        pairs = self.starts.size == PAIRS * self.extremes.shape[0] + 1
        codes = codes[: _codes(np.frombuffer(key.encode(), np.uint8), pairs, codes)]
        ranked = np.empty(most + SPARE, np.uint64)
        counts = np.empty(BLOCK, np.uint8)
        found = best_keys(
            codes, codes.size, self.starts, self.postings, self.sizes, self.extremes, counts, floor, most, ranked
        )
        kept = ranked[:found]
        return _LAST - (kept & np.uint64(_LAST)).astype(np.int64), ((kept >> _HALF) / _FINE).astype(np.float32)
