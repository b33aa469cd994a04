"""The keys of mentions -> the best candidates of one segment: the one kernel that answers call for each of them."""

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
from normalizer.matching.query import Pool, Queries, borrow_pool, clear, query_at
from normalizer.matching.refine import cuts, refine, refine_by_character
from normalizer.matching.search import search


class Best(NamedTuple):
    """The best candidates of each of some mentions, the best first."""

    counts: NDArray[np.int64]
    """[mentions]: how many there are."""
    numbers: NDArray[np.int64]
    """[mentions, most, 4]: of each, the entity; the name to tell people, see `naming`; the reading of the mention that
    reached it; the folded key by which it is like the mention, or -1."""
    scores: NDArray[np.float32]
    """[mentions, most]"""
    values: NDArray[np.float32]
    """[mentions, most, WIDTH]: the evidence."""

    @classmethod
    def room(cls, mentions: int, most: int) -> Best:
        """Return room for `most` candidates of each mention."""
        return cls(
            np.zeros(mentions, np.int64), np.empty((mentions, most, 4), np.int64),
            np.empty((mentions, most), np.float32), np.empty((mentions, most, WIDTH), np.float32),
        )  # fmt: skip


@borrowing
def best_candidates(
    columns: NDArray[np.int64], queries: Queries, channel: NDArray[np.int64], characters: NDArray[np.int64],
    pool: NDArray[np.int64], weights: NDArray[np.float32], best: Best,
) -> None:  # fmt: skip
    """Find the best of all entities that the keys of each mention reach, as many as there is room for.

    `columns`, `channel`, `characters`, `pool`: the addresses of those, see `lending`.
    """
    _best_candidates(
        borrow_columns(columns), queries, borrow_channel(channel), borrow_characters(characters), borrow_pool(pool),
        weights, best,
    )  # fmt: skip


@borrowing
def _best_candidates(
    c: Columns, queries: Queries, channel: Channel, characters: Characters, pool: Pool, weights: NDArray[np.float32],
    best: Best,
) -> None:  # fmt: skip
    for mention in range(queries.firsts.size - 1):
        found = _candidates(c, queries, mention, channel, characters, pool, weights, best.scores.shape[1])
        best.counts[mention] = found
        for place in range(found):
            _keep(c, pool, pool.leading[place], queries.hints.codes[mention, 0], best, mention, place)


@borrowing
def _candidates(
    c: Columns, queries: Queries, mention: Int, channel: Channel, characters: Characters, pool: Pool,
    weights: NDArray[np.float32], most: Int,
) -> Int:  # fmt: skip
    """Fill the pool with all entities that the keys of a mention reach; return how many rows `leading` then lists.

    These are the `most` best, or all, the best first.
    """
    clear(pool)
    first, last = queries.firsts[mention], queries.firsts[mention + 1]
    for number in range(first, last):
        search(c, query_at(queries, mention, number), channel, pool, weights)
    if pool.held[0] == 0:
        return 0
    least, compared = cuts(pool)
    for number in range(first, last):
        q = query_at(queries, mention, number)
        refine(c, q, channel, pool, weights, least, compared)
        refine_by_character(c, q, characters, pool, weights, compared)
    return _lead(pool, most)


@borrowing
def _keep(c: Columns, pool: Pool, row: Int, script: Int, best: Best, mention: Int, place: Int) -> None:
    numbers = best.numbers[mention, place]
    numbers[0], numbers[1] = pool.entities[row], told(c, pool, row, script)
    numbers[2], numbers[3] = pool.readings[row], pool.keys[row]
    best.scores[mention, place] = pool.scores[row]
    for column in range(WIDTH):
        best.values[mention, place, column] = pool.values[row, column]


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
