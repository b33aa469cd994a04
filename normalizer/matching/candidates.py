"""The keys of a mention -> the best candidates of one segment: the one kernel that a match calls for each of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns
from normalizer.index.compiled import Int, borrowing
from normalizer.matching.channel import Channel
from normalizer.matching.characters import Characters
from normalizer.matching.naming import told
from normalizer.matching.query import Pool, Queries, clear, query_at
from normalizer.matching.refine import cuts, refine, refine_by_character
from normalizer.matching.search import search


@borrowing
def best_candidates(
    c: Columns, queries: Queries, channel: Channel, characters: Characters, pool: Pool, weights: NDArray[np.float32],
    most: Int,
) -> Int:  # fmt: skip
    """Fill the pool with all entities that the keys reach; return how many rows of it `leading` then lists.

    These are the `most` best, or all, the best first; their `names` are those to tell people.
    """
    clear(pool)
    count = queries.numbers.shape[0]
    for number in range(count):
        search(c, query_at(queries, number), channel, pool, weights)
    if pool.held[0] == 0:
        return 0
    least, compared = cuts(pool)
    for number in range(count):
        q = query_at(queries, number)
        refine(c, q, channel, pool, weights, least, compared)
        refine_by_character(c, q, characters, pool, weights, compared)
    found = _lead(pool, most)
    for row in pool.leading[:found]:
        pool.names[row] = told(c, pool, row, queries.hints.script)
    return found


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
