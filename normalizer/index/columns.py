"""The arrays of a segment in the order in which kernels take them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, inlined
from normalizer.index.lending import UNLENT, Matrix, borrower, lent
from normalizer.index.segment import Segment


class Columns(NamedTuple):
    """A segment as kernels see it. What each array holds is said in `Segment`, `StringTable`, `GramIndex` and
    `Links`."""

    key_blob: NDArray[np.uint8]
    key_offsets: NDArray[np.int64]
    key_slots: NDArray[np.uint32]
    exact_blob: NDArray[np.uint8]
    exact_offsets: NDArray[np.int64]
    exact_slots: NDArray[np.uint32]
    skeleton_blob: NDArray[np.uint8]
    skeleton_offsets: NDArray[np.int64]
    skeleton_slots: NDArray[np.uint32]
    gram_starts: NDArray[np.uint32]
    postings: NDArray[np.uint16]
    key_sizes: NDArray[np.uint8]
    block_extremes: Matrix[np.uint8]
    key_starts: NDArray[np.uint32]
    key_names: NDArray[np.uint32]
    key_steps: NDArray[np.uint8]
    exact_starts: NDArray[np.uint32]
    exact_names: NDArray[np.uint32]
    exact_steps: NDArray[np.uint8]
    pair_starts: NDArray[np.uint32]
    pair_postings: NDArray[np.uint16]
    skeleton_sizes: NDArray[np.uint8]
    skeleton_extremes: Matrix[np.uint8]
    skeleton_starts: NDArray[np.uint32]
    skeleton_keys: NDArray[np.uint32]
    name_starts: NDArray[np.uint32]
    name_facts: Matrix[np.uint32]
    name_blob: NDArray[np.uint8]
    name_offsets: NDArray[np.int64]
    facts: Matrix[np.float32]
    preferred_keys: NDArray[np.int64]
    parents: Matrix[np.uint64]
    own: NDArray[np.uint64]
    """`id_hash` of each entity itself."""
    namesake: NDArray[np.uint32]
    """1 + the number of the town a region is named after; 0 for none."""
    hidden: NDArray[np.uint8]
    """1 for an entity that a later segment replaces or that was retired."""
    sized: NDArray[np.uint8]
    """[1]: 1 where the gazetteer says of places how many people live in them, and of what is no place."""
    addresses: NDArray[np.int64] = UNLENT
    """See `lending`."""


borrow_columns = borrower(Columns)


def columns_of(segment: Segment, hidden: NDArray[np.uint8], sized: bool = True) -> Columns:
    """Gather a segment's arrays, to be lent to kernels. `hidden`, `sized`: see `Columns`."""
    s, grams = segment, segment.grams
    return lent(Columns(
        s.keys.blob, s.keys.offsets, s.keys.slots, s.exact.blob, s.exact.offsets, s.exact.slots,
        s.skeletons.blob, s.skeletons.offsets, s.skeletons.slots,
        grams.starts, grams.postings, grams.sizes, grams.extremes,
        s.key_links.starts, s.key_links.names, s.key_links.steps,
        s.exact_links.starts, s.exact_links.names, s.exact_links.steps,
        s.pairs.starts, s.pairs.postings, s.pairs.sizes, s.pairs.extremes,
        s.skeleton_starts, s.skeleton_keys, s.name_starts, s.name_facts, s.values.blob, s.values.offsets, s.facts,
        s.preferred_keys, s.parents, s.own, s.namesake, hidden, np.array([sized], np.uint8),
    ))  # fmt: skip


@inlined
def key_letters(columns: Columns, key: Int) -> NDArray[np.uint8]:
    """Return the letters of a folded key, by its number."""
    return columns.key_blob[columns.key_offsets[key] : columns.key_offsets[key + 1]]


@inlined
def name_script(columns: Columns, name: Int) -> Int:
    """Return the `script_code` of a name."""
    return np.int64(columns.name_facts[name, 1]) >> 8


@inlined
def name_levels(columns: Columns, name: Int) -> Int:
    """Return the levels that a name's place-type word asks for; 0 when it has none."""
    return (np.int64(columns.name_facts[name, 1]) >> 1) & 127


@inlined
def is_preferred(columns: Columns, name: Int) -> Int:
    """Return 1 for the name that its entity is called by."""
    return np.int64(columns.name_facts[name, 1]) & 1
