"""Blocking: the keys of a segment near one key of a mention: by trigrams, by its skeleton, by pairs of its letters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns
from normalizer.index.compiled import Int, borrowing, compiled
from normalizer.index.grams import best_keys, key_of, pair_codes
from normalizer.matching.channel import Channel
from normalizer.matching.decode import likely_grams
from normalizer.matching.query import (
    MOST_KEYS,
    MOST_KEYS_HINTED,
    MOST_OF_SKELETON,
    MOST_OUTLINES,
    MOST_SKELETONS,
    Pool,
    Query,
    hinted,
)

LEAST_OVERLAP = 0.2
"""Dice coefficient under which a key is not fetched by trigrams."""


@borrowing
def fetch_keys(c: Columns, q: Query, channel: Channel, codes: NDArray[np.int32], pool: Pool) -> Int:
    """Fill `fetched` with the keys near a query, ascending and each once; return how many.

    `codes`: the trigrams of the query's folded key.
    """
    return _distinct(pool.fetched, _fetch(c, q, channel, codes, pool))


@compiled
def _distinct(fetched: NDArray[np.int64], count: Int) -> Int:
    """Sort the keys fetched and keep each once, with what is known of its skeleton; return how many there are."""
    fetched[:count] = np.sort(fetched[:count])
    kept = 0
    for at in range(count):
        if at + 1 == count or fetched[at + 1] >> 1 != fetched[at] >> 1:  # of the same key, the last knows most
            fetched[kept] = fetched[at]
            kept += 1
    return kept


@borrowing
def _fetch(c: Columns, q: Query, channel: Channel, codes: NDArray[np.int32], pool: Pool) -> Int:
    """Fill `fetched` with the keys near a query, by trigrams, by its skeleton, by pairs of that; return how many."""
    if q.every:
        return _fetch_every(c, q, pool)
    most = MOST_KEYS_HINTED if hinted(q) else MOST_KEYS
    likely = pool.beam.grams[: likely_grams(channel, q.roman, codes, pool.beam)]
    count: Int = best_keys(
        likely, codes.size, c.gram_starts, c.postings, c.key_sizes, c.block_extremes, pool.counts,
        LEAST_OVERLAP, most, pool.ranked,
    )  # fmt: skip
    for at in range(count):
        pool.fetched[at] = 2 * key_of(pool.ranked[at])
    if q.outline >= 0:
        count = _fetch_skeleton(c, q.outline, q.latin.size, MOST_OUTLINES, 1, pool, count)
    if q.skeleton.size:
        pairs = pool.key_codes[: pair_codes(q.skeleton, pool.key_codes)]
        near = best_keys(
            pairs, pairs.size, c.pair_starts, c.pair_postings, c.skeleton_sizes, c.skeleton_extremes,
            pool.counts, LEAST_OVERLAP, MOST_SKELETONS, pool.ranked,
        )  # fmt: skip
        for outline in pool.ranked[:near]:
            count = _fetch_skeleton(c, key_of(outline), q.latin.size, MOST_OF_SKELETON, 0, pool, count)
    return count


@borrowing
def _fetch_every(c: Columns, q: Query, pool: Pool) -> Int:
    """Fill `fetched` with all keys, as far as they go; return how many."""
    count: Int = min(c.key_sizes.size, pool.fetched.size - MOST_OUTLINES)
    for key in range(count):
        pool.fetched[key] = 2 * key
    return _fetch_skeleton(c, q.outline, q.latin.size, MOST_OUTLINES, 1, pool, count) if q.outline >= 0 else count


@borrowing
def _fetch_skeleton(c: Columns, outline: Int, length: Int, most: Int, own: Int, pool: Pool, count: Int) -> Int:
    """Add the keys of a skeleton that are nearest in length; return how many keys there are now."""
    first, last = _nearest_in_length(c, outline, length, most)
    for at in range(first, last):
        pool.fetched[count] = 2 * np.int64(c.skeleton_keys[at]) + own
        count += 1
    return count


@borrowing
def _nearest_in_length(c: Columns, outline: Int, length: Int, most: Int) -> tuple[Int, Int]:
    """Return the range of `skeleton_keys` that holds the `most` keys of a skeleton nearest to a length."""
    first, last = np.int64(c.skeleton_starts[outline]), np.int64(c.skeleton_starts[outline + 1])
    low, high = first, last
    while low < high:  # keys ascend in length
        middle = (low + high) // 2
        key = np.int64(c.skeleton_keys[middle])
        if c.key_offsets[key + 1] - c.key_offsets[key] < length:
            low = middle + 1
        else:
            high = middle
    start = max(first, low - most // 2)
    return start, min(last, start + most)
