"""Which name people are told, when several names of an entity match a mention equally well.

The best score often goes to a name in another script, which nobody who wrote "Syrskyi" wants to read. Names of one
entity that share the folded key of the best one, by the same step, are as near to the mention. Of these, one with the
mention's very letters is told, then one in its script, then the preferred one, then the shortest. Scores and evidence
stay those of the best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, is_preferred, name_script
from normalizer.index.compiled import Int, borrowing
from normalizer.matching.evidence import NAME_STEP, WIDTH
from normalizer.matching.query import Pool

_LONGEST = 1 << 32
"""More than the bytes of any name."""


@borrowing
def told(c: Columns, pool: Pool, row: Int, script: Int) -> Int:
    """Return the number of the name to tell for a row of the pool. `script`: the mention's, as a code."""
    name: Int = pool.names[row]
    if pool.keys[row] >= 0:
        name = _most_readable(c, script, pool.keys[row], pool.exacts[row], name, _step(pool.values[row]))
    return name


@borrowing
def _step(values: NDArray[np.float32]) -> Int:
    """Return the step by which the name got its key; 0 when it has the key as it stands."""
    for column in range(NAME_STEP + 1, WIDTH):
        if values[column] > 0:
            return column - NAME_STEP
    return 0


@borrowing
def _most_readable(c: Columns, script: Int, key: Int, exact: Int, name: Int, step: Int) -> Int:
    """Return the best name to read among those of one entity, which stand side by side among the links of a key."""
    first, last = np.int64(c.key_starts[key]), np.int64(c.key_starts[key + 1])
    entity, best, highest = c.name_facts[name, 0], name, _rank(c, script, exact, name)
    at = first + np.searchsorted(c.key_names[first:last], np.uint32(name))
    while at > first and c.name_facts[c.key_names[at - 1], 0] == entity:
        at -= 1
    while at < last and c.name_facts[c.key_names[at], 0] == entity:
        other = np.int64(c.key_names[at])
        rank = _rank(c, script, exact, other)
        if c.key_steps[at] == step and rank > highest:
            best, highest = other, rank
        at += 1
    return best


@borrowing
def _rank(c: Columns, script: Int, exact: Int, name: Int) -> Int:
    same_letters = 4 if exact >= 0 and _has(c, exact, name) else 0
    same_script = 2 if name_script(c, name) == script else 0
    length: Int = c.name_offsets[name + 1] - c.name_offsets[name]
    return (same_letters + same_script + is_preferred(c, name)) * _LONGEST - length


@borrowing
def _has(c: Columns, exact: Int, name: Int) -> bool:
    """Tell whether a name has an exact key."""
    names = c.exact_names[c.exact_starts[exact] : c.exact_starts[exact + 1]]
    at = np.searchsorted(names, np.uint32(name))
    return bool(at < names.size and names[at] == name)
