"""Reading ahead: what a loop is about to need is touched once, in loops so short that the waits for memory overlap.

Spelling and scoring touch other places of a large index at every key and every entity, and would wait for each in turn.
What is read is summed up in `Pool.ahead`: were it not kept, the compiler would leave the loops out.
"""

from __future__ import annotations

import numpy as np

from normalizer.index.columns import Columns
from normalizer.index.compiled import Int, Real, borrowing
from normalizer.matching.query import Pool


@borrowing
def of_keys(c: Columns, pool: Pool, count: Int) -> None:
    """Read the beginnings of the keys fetched."""
    seen = np.int64(0)
    for marked in pool.fetched[:count]:
        seen += c.key_offsets[marked >> 1]
    for marked in pool.fetched[:count]:
        key = marked >> 1
        seen += np.int64(c.key_blob[c.key_offsets[key]]) + np.int64(c.key_sizes[key])
    pool.ahead[0] += seen


@borrowing
def of_bearers(c: Columns, pool: Pool, count: Int, most: Int) -> None:
    """Read what the first `most` names of each key fetched, and their entities, are scored by."""
    seen = np.int64(0)
    for marked in pool.fetched[:count]:
        seen += np.int64(c.key_starts[marked >> 1])
    for marked in pool.fetched[:count]:
        seen += np.int64(c.key_names[c.key_starts[marked >> 1]])
    for marked in pool.fetched[:count]:
        key = marked >> 1
        start = np.int64(c.key_starts[key])
        for at in range(start, min(np.int64(c.key_starts[key + 1]), start + most)):
            entity = c.name_facts[c.key_names[at], 0]
            seen += np.int64(c.hidden[entity]) + np.int64(c.facts[entity, 0])
    pool.ahead[0] += seen


@borrowing
def of_preferred_keys(c: Columns, pool: Pool, count: Int) -> None:
    """Read the beginnings of the preferred names' keys of the leading entities."""
    seen = np.int64(0)
    for held in pool.leading[:count]:
        key = c.preferred_keys[pool.entities[held]]
        if key >= 0:
            seen += c.key_offsets[key]
    for held in pool.leading[:count]:
        key = c.preferred_keys[pool.entities[held]]
        if key >= 0:
            seen += np.int64(c.key_blob[c.key_offsets[key]])
    pool.ahead[0] += seen


@borrowing
def of_forms(c: Columns, pool: Pool, count: Int, compared: Real) -> None:
    """Read the first names of the leading entities that score `compared` or more."""
    seen = np.int64(0)
    for held in pool.leading[:count]:
        if pool.scores[held] >= compared:
            name = np.int64(c.name_starts[pool.entities[held]])
            seen += c.name_offsets[name] + np.int64(c.name_facts[name, 1])
    for held in pool.leading[:count]:
        if pool.scores[held] >= compared:
            name = np.int64(c.name_starts[pool.entities[held]])
            seen += np.int64(c.name_blob[c.name_offsets[name]])
    pool.ahead[0] += seen
