"""Blocking by letter groups: which keys share most of their trigrams with a query?

Keys are numbered in the order of (length, text) and cut into blocks of 65,536. For each trigram (addressed directly:
37 symbols, cubed) and each block there is a posting list of 16-bit numbers local to the block. A query adds its lists
into an 8-bit counter per key of one block (64 KB: it stays in the L2 cache), collects the best keys by the Dice
coefficient, and goes outward from the block of its own length until no block can beat the worst key it holds.

A key of n letters has n trigrams (one blank is put on each side); repeated ones count once. Skeletons, which are short
and of few letters, are indexed by pairs in the same way; a skeleton of n letters has n + 1 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, borrowing, compiled

BLOCK = 65_536
SYMBOLS = 37
GRAMS = SYMBOLS**3
PAIRS = SYMBOLS**2
_BLANK = np.uint8(32)
_EVERY_BYTE = np.uint64(0x0101010101010101)
_HIGH_BITS = np.uint64(0x8080808080808080)
"""Eight counters are compared at once: none exceeds 120, so 127 - least sets the high bit of those above `least`."""
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
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], starts: NDArray[np.uint32], sizes: NDArray[np.uint8]
) -> None:
    codes = np.empty(LONGEST_KEY, np.int32)
    for key in range(sizes.size):
        n = _codes(blob[offsets[key] : offsets[key + 1]], starts.shape[1] == PAIRS + 1, codes)
        sizes[key] = n
        for i in range(n):
            starts[key // BLOCK, codes[i] + 1] += 1


@compiled
def _fill(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], starts: NDArray[np.uint32], bases: NDArray[np.int64],
    postings: NDArray[np.uint16],
) -> None:  # fmt: skip
    codes = np.empty(LONGEST_KEY, np.int32)
    filled = np.zeros(starts.shape[1] - 1, np.uint32)
    for key in range(offsets.size - 1):
        block = key // BLOCK
        if key % BLOCK == 0:
            filled[:] = 0
        n = _codes(blob[offsets[key] : offsets[key + 1]], starts.shape[1] == PAIRS + 1, codes)
        for i in range(n):
            code = codes[i]
            postings[bases[block] + starts[block, code] + filled[code]] = key % BLOCK
            filled[code] += np.uint32(1)


@borrowing
def _bound(codes: Int, query: Int, smallest: Int, largest: Int) -> Real:
    """Return the highest Dice coefficient a key with smallest..largest trigrams can reach, of which `codes` count."""
    most = min(max(codes, smallest), largest)
    return 2.0 * min(codes, most) / (query + most)


@borrowing
def _sift(scores: NDArray[np.float32], keys: NDArray[np.int64], size: int) -> None:
    """Restore the min-heap after its root was replaced."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and scores[child + 1] < scores[child]:
            child += 1
        if scores[at] <= scores[child]:
            return
        scores[at], scores[child] = scores[child], scores[at]
        keys[at], keys[child] = keys[child], keys[at]
        at = child


@borrowing
def _add(scores: NDArray[np.float32], keys: NDArray[np.int64], size: int, score: Real, key: Int) -> int:
    """Put a key on the heap, or in the place of its worst one; return the new size."""
    if size == scores.size:
        scores[0], keys[0] = score, key
        _sift(scores, keys, size)
        return size
    at = size
    scores[at], keys[at] = score, key
    while at > 0 and scores[at] < scores[(at - 1) // 2]:
        up = (at - 1) // 2
        scores[at], scores[up] = scores[up], scores[at]
        keys[at], keys[up] = keys[up], keys[at]
        at = up
    return size + 1


@borrowing
def _count_block(
    codes: NDArray[np.int32], block: int, starts: NDArray[np.uint32], bases: NDArray[np.int64],
    postings: NDArray[np.uint16], counts: NDArray[np.uint8],
) -> None:  # fmt: skip
    counts[:] = 0
    base = bases[block]
    for code in codes:
        for at in range(base + starts[block, code], base + starts[block, code + 1]):
            counts[postings[at]] += np.uint8(1)


@compiled
def best_keys(
    codes: NDArray[np.int32], query: int, starts: NDArray[np.uint32], bases: NDArray[np.int64],
    postings: NDArray[np.uint16], sizes: NDArray[np.uint8], extremes: NDArray[np.uint8], words: NDArray[np.uint64],
    floor: float, scores: NDArray[np.float32], keys: NDArray[np.int64],
) -> int:  # fmt: skip
    """Collect the keys with the highest Dice coefficient (above `floor`) into the heap `scores`, `keys`.

    `codes`: distinct trigrams that count; `query`: how many of them one key would have. `words`: BLOCK // 8 u64 of
    scratch. `extremes[b]`: fewest and most trigrams of a key of block b. Returns how many were
    found, at most `scores.size`.
    """
    counts = words.view(np.uint8)
    blocks, size = bases.size, 0
    bounds = np.empty(blocks, np.float32)
    for block in range(blocks):
        bounds[block] = _bound(codes.size, query, extremes[block, 0], extremes[block, 1])
    for block in np.argsort(-bounds):
        worst = scores[0] if size == scores.size else np.float32(floor)
        if bounds[block] <= worst:
            break
        _count_block(codes, block, starts, bases, postings, counts)
        first = block * BLOCK
        least = np.int64(worst * (query + extremes[block, 0]) * 0.5)
        passing = _EVERY_BYTE * np.uint64(127 - least)
        for word in range((min(BLOCK, sizes.size - first) + 7) // 8):
            if (words[word] + passing) & _HIGH_BITS == 0:
                continue
            for local in range(word * 8, word * 8 + 8):
                if counts[local] > least:
                    dice = np.float32(2.0 * counts[local] / (query + sizes[first + local]))
                    if dice > worst:
                        size = _add(scores, keys, size, dice, first + local)
                        if size == scores.size:
                            worst = scores[0]
                            least = np.int64(worst * (query + extremes[block, 0]) * 0.5)
                            passing = _EVERY_BYTE * np.uint64(127 - least)
    return size


@dataclass(frozen=True, slots=True)
class GramIndex:
    """Blocked postings over a list of keys, best in the order of length."""

    starts: NDArray[np.uint32]
    """[blocks, GRAMS + 1], or PAIRS + 1: where each trigram's list begins, from the block's base."""
    bases: NDArray[np.int64]
    """[blocks]: where each block's lists begin in `postings`."""
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
        starts = np.zeros((blocks, codes + 1), np.uint32)
        sizes = np.zeros(keys, np.uint8)
        _count(blob, offsets, starts, sizes)
        np.cumsum(starts, axis=1, out=starts)
        bases = np.zeros(blocks, np.int64)
        np.cumsum(starts[:-1, -1], out=bases[1:])
        postings = np.zeros(int(starts[:, -1].sum()), np.uint16)
        _fill(blob, offsets, starts, bases, postings)
        cuts = [sizes[block * BLOCK : (block + 1) * BLOCK] for block in range(blocks)]
        extremes = np.array([(cut.min(initial=255), cut.max(initial=0)) for cut in cuts], np.uint8)
        return cls(starts, bases, postings, sizes, extremes)

    def best(self, key: str, most: int, floor: float = 0.0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (numbers, Dice coefficients) of the best `most` keys above `floor`, in no order."""
        codes = np.empty(LONGEST_KEY, np.int32)
        pairs = self.starts.shape[1] == PAIRS + 1
        codes = codes[: _codes(np.frombuffer(key.encode(), np.uint8), pairs, codes)]
        scores, keys = np.empty(most, np.float32), np.empty(most, np.int64)
        words = np.empty(BLOCK // 8, np.uint64)
        found = best_keys(
            codes, codes.size, self.starts, self.bases, self.postings, self.sizes, self.extremes, words, floor, scores,
            keys,
        )  # fmt: skip
        return keys[:found], scores[:found]
