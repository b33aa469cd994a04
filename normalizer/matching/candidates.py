"""The keys of mentions -> the best candidates in each segment: the one kernel that answers call, for all searches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, borrow_columns
from normalizer.index.compiled import Int, borrowing
from normalizer.matching.channel import Channel, borrow_channel
from normalizer.matching.characters import Characters, borrow_characters
from normalizer.matching.evidence import WIDTH
from normalizer.matching.naming import told
from normalizer.matching.query import (
    CHANNEL,
    CHARACTERS,
    MENTION,
    PART,
    Pool,
    Queries,
    borrow_pool,
    clear,
    query_at,
)
from normalizer.matching.refine import cuts, refine, refine_by_character
from normalizer.matching.search import reach


class Best(NamedTuple):
    """The best candidates that each of some searches has found, the best first."""

    counts: NDArray[np.int64]
    """[searches]: how many there are."""
    numbers: NDArray[np.int64]
    """[searches, most, 4]: of each, the entity; the name to tell people, see `naming`; the reading of the mention that
    reached it; the folded key by which it is like the mention, or -1."""
    scores: NDArray[np.float32]
    """[searches, most]"""
    values: NDArray[np.float32]
    """[searches, most, WIDTH]: the evidence."""

    @classmethod
    def room(cls, searches: int, most: int) -> Best:
        """Return room for `most` candidates of each search."""
        return cls(
            np.zeros(searches, np.int64), np.empty((searches, most, 4), np.int64),
            np.empty((searches, most), np.float32), np.empty((searches, most, WIDTH), np.float32),
        )  # fmt: skip


@borrowing
def best_candidates(
    parts: NDArray[np.int64], queries: Queries, channels: NDArray[np.int64], characters: NDArray[np.int64],
    pool: NDArray[np.int64], weights: NDArray[np.float32], best: Best,
) -> None:  # fmt: skip
    """Find the best of all entities that the keys of each search reach, as many as there is room for.

    `parts`, `channels`, `characters`: the addresses of those that a `Search` may ask for, a row each, see `lending`;
    `pool`: those of the pool.
    """
    for search in range(queries.searches.shape[0]):
        rows = queries.searches[search]
        _best_candidates(
            borrow_columns(parts[rows[PART]]), queries, search, rows[MENTION], borrow_channel(channels[rows[CHANNEL]]),
            borrow_characters(characters[rows[CHARACTERS]]), borrow_pool(pool), weights, best,
        )  # fmt: skip


@borrowing
def _best_candidates(
    c: Columns, queries: Queries, search: Int, mention: Int, channel: Channel, characters: Characters, pool: Pool,
    weights: NDArray[np.float32], best: Best,
) -> None:  # fmt: skip
    found = _candidates(c, queries, search, mention, channel, characters, pool, weights, best.scores.shape[1])
    best.counts[search] = found
    for place in range(found):
        _keep(c, pool, pool.leading[place], queries.hints.codes[mention, 0], best, search, place)


@borrowing
def _candidates(
    c: Columns, queries: Queries, search: Int, mention: Int, channel: Channel, characters: Characters, pool: Pool,
    weights: NDArray[np.float32], most: Int,
) -> Int:  # fmt: skip
    """Fill the pool with all entities that the keys of a search reach; return how many rows `leading` then lists.

    These are the `most` best, or all, the best first.
    """
    clear(pool)
    first, last = queries.firsts[search], queries.firsts[search + 1]
    for number in range(first, last):
        reach(c, query_at(queries, mention, number), channel, pool, weights)
    if pool.held[0] == 0:
        return 0
    least, compared = cuts(pool)
    for number in range(first, last):
        q = query_at(queries, mention, number)
        refine(c, q, channel, pool, weights, least, compared)
        refine_by_character(c, q, characters, pool, weights, compared)
    return _lead(pool, most)


@borrowing
def _keep(c: Columns, pool: Pool, row: Int, script: Int, best: Best, search: Int, place: Int) -> None:
    numbers = best.numbers[search, place]
    numbers[0], numbers[1] = pool.entities[row], told(c, pool, row, script)
    numbers[2], numbers[3] = pool.readings[row], pool.keys[row]
    best.scores[search, place] = pool.scores[row]
    for column in range(WIDTH):
        best.values[search, place, column] = pool.values[row, column]


@borrowing
def _lead(pool: Pool, most: Int) -> Int:
    """List the rows of the best scores, the best first; return how many."""
    kept: Int = 0
    for row in range(pool.held[0]):
        if kept == most and pool.scores[row] <= pool.scores[pool.leading[kept - 1]]:
            continue
        kept = min(kept + 1, most)
        at = kept - 1
        while at > 0 and pool.scores[pool.leading[at - 1]] < pool.scores[row]:
            pool.leading[at] = pool.leading[at - 1]
            at -= 1
        pool.leading[at] = row
    return kept
