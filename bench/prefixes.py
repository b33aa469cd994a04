"""The first parts of a search, with its arguments: what the parts cost is the difference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import borrow_columns, key_letters
from normalizer.index.compiled import borrowing
from normalizer.index.grams import gram_codes
from normalizer.matching.candidates import Best
from normalizer.matching.channel import borrow_channel, hear, log_ratio
from normalizer.matching.fetch import fetch_keys
from normalizer.matching.query import CHANNEL, MENTION, PART, Queries, borrow_pool, query_at


@borrowing
def fetch(
    parts: NDArray[np.int64], queries: Queries, channels: NDArray[np.int64], characters: NDArray[np.int64],
    pools: NDArray[np.int64], weights: NDArray[np.float32], best: Best, spell: bool,
) -> None:  # fmt: skip
    """Fetch the keys near each query; with `spell`, let the channel score them; and no more."""
    pool = borrow_pool(pools)
    for search in range(queries.searches.shape[0]):
        rows = queries.searches[search]
        c, channel = borrow_columns(parts[rows[PART]]), borrow_channel(channels[rows[CHANNEL]])
        for number in range(queries.firsts[search], queries.firsts[search + 1]):
            q = query_at(queries, rows[MENTION], number)
            if not q.fuzzy:
                continue
            codes = pool.codes[: gram_codes(q.latin, pool.codes)]
            count = fetch_keys(c, q, channel, codes, pool)
            if spell:
                hear(channel, q.roman, pool.hearing)
                for at in range(count):
                    pool.losses[at] = log_ratio(channel, key_letters(c, pool.fetched[at] >> 1), pool.hearing)
