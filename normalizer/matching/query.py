"""What a search is asked, and the memory it works in."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, borrowing, inlined
from normalizer.index.grams import BLOCK, GRAMS, LONGEST_KEY
from normalizer.matching.channel import Workspace, new_workspace
from normalizer.matching.characters import Reading, new_reading
from normalizer.matching.decode import Beam, new_beam
from normalizer.matching.evidence import WIDTH
from normalizer.matching.letters import Slips, code_points, new_slips
from normalizer.matching.tokens import Alignments, new_alignments

MOST_KEYS, MOST_KEYS_HINTED = 150, 500
"""Keys fetched by trigrams for one key of a mention, without a hint and with one: what fits the hint may be spelled
less like the mention than much of what does not."""
MOST_OUTLINES = 50
"""Keys fetched by the skeleton of one key of a mention, the nearest in length."""
MOST_SKELETONS = 50
"""Skeletons fetched by pairs for one key of a mention."""
MOST_OF_SKELETON = 3
"""Keys fetched of each of those."""
MOST_FETCHED = MOST_KEYS_HINTED + MOST_OUTLINES + MOST_SKELETONS * MOST_OF_SKELETON
MOST_ENTITIES = 4096
"""Entities held for one mention; of more namesakes than that the least important are not seen."""
SLOTS = 4 * MOST_ENTITIES
"""Size of the hash from entity to its row in the pool."""


class Asked(NamedTuple):
    """One key of a mention, resolved against one segment."""

    latin: str
    roman: str
    """What the channel hears."""
    skeleton: str
    """The skeleton, where names are to be fetched by pairs of its letters; otherwise empty."""
    text: str
    """What is compared letter by letter in the script of the mention; otherwise empty."""
    written: str
    """The reading in the script of the mention."""
    exact: int
    """Number of the exact key in the segment, or -1."""
    key: int
    """Number of the folded key, or -1."""
    outline: int
    """Number of the skeleton, or -1."""
    step: int
    levels: int
    """Levels that the mention's place-type word asks for; 0 when there is none."""
    reading: int
    """The number of this key among the mention's keys."""
    bare: bool
    """Whether this key leaves that word out."""
    fuzzy: bool = False
    """Whether to fetch by trigrams and skeleton."""
    every: bool = False
    """Whether to compare with every key in their place: of a segment of few names."""
    located: bool = False
    """Whether this key leaves out what the mention names as its container."""


class Hints(NamedTuple):
    """What holds for all keys of a mention."""

    script: int
    country: int
    """0 without a hint."""
    parent: np.uint64
    """0 without a hint."""
    within: NDArray[np.uint64]
    """What contains the place by the mention's own words: hashes of ids, and codes of countries."""
    latitude: float
    longitude: float
    """NaN without a hint."""


class Queries(NamedTuple):
    """All keys of a mention, laid out so that a kernel takes them in at once."""

    letters: NDArray[np.uint8]
    """`latin`, `roman` and `skeleton` of each, one after the other."""
    bounds: NDArray[np.int64]
    """[3 queries + 1]: where each of these begins."""
    texts: NDArray[np.uint32]
    """`text` and `written` of each, likewise, in code points."""
    text_bounds: NDArray[np.int64]
    """[2 queries + 1]"""
    numbers: NDArray[np.int64]
    """[queries, 10]: the fields of `Asked` from `exact` on."""
    hints: Hints


def laid_out(asked: Sequence[Asked], hints: Hints) -> Queries:
    """Return the queries of a mention for a kernel."""
    letters = [text.encode()[:LONGEST_KEY] for one in asked for text in one[:3]]
    texts = [code_points(text) for one in asked for text in one[3:5]]
    return Queries(
        np.frombuffer(b"".join(letters), np.uint8), np.array([0, *accumulate(map(len, letters))]),
        np.frombuffer(b"".join(texts), np.uint32), np.array([0, *accumulate(len(text) // 4 for text in texts)]),
        np.array([one[5:] for one in asked], np.int64), hints,
    )  # fmt: skip


class Query(NamedTuple):
    """One key of a mention, with the mention's hints, as kernels see it: see `Asked` and `Hints`."""

    latin: NDArray[np.uint8]
    roman: NDArray[np.uint8]
    skeleton: NDArray[np.uint8]
    text: NDArray[np.uint32]
    written: NDArray[np.uint32]
    exact: int
    key: int
    outline: int
    step: int
    levels: int
    reading: int
    bare: bool
    fuzzy: bool
    every: bool
    located: bool
    within: NDArray[np.uint64]
    """Empty where the key leaves no container out."""
    script: int
    country: int
    parent: np.uint64
    latitude: float
    longitude: float


@inlined
def query_at(queries: Queries, number: Int) -> Query:
    """Return one of the queries of a mention, by its number."""
    letters, bounds, row, hints = queries.letters, queries.bounds, queries.numbers[number], queries.hints
    first = 3 * number
    return Query(
        letters[bounds[first] : bounds[first + 1]], letters[bounds[first + 1] : bounds[first + 2]],
        letters[bounds[first + 2] : bounds[first + 3]],
        queries.texts[queries.text_bounds[2 * number] : queries.text_bounds[2 * number + 1]],
        queries.texts[queries.text_bounds[2 * number + 1] : queries.text_bounds[2 * number + 2]],
        row[0], row[1], row[2], row[3], row[4], row[5], row[6] != 0, row[7] != 0, row[8] != 0, row[9] != 0,
        hints.within[: hints.within.size * row[9]], hints.script, hints.country, hints.parent, hints.latitude,
        hints.longitude,
    )  # fmt: skip


@borrowing
def hinted(q: Query) -> bool:
    """Tell whether anything besides its spelling says which entity a mention means."""
    return q.country != 0 or q.parent != 0 or q.within.size > 0 or not math.isnan(q.latitude)


class Pool(NamedTuple):
    """Scratch and results of one search. Cleared by `clear`; not shared between threads."""

    slots: NDArray[np.int32]
    entities: NDArray[np.int64]
    names: NDArray[np.int64]
    keys: NDArray[np.int64]
    """[MOST_ENTITIES]: number of the folded key by which each name is like the mention, or -1."""
    exacts: NDArray[np.int64]
    """[MOST_ENTITIES]: number of the mention's exact key in that reading, or -1."""
    readings: NDArray[np.int64]
    scores: NDArray[np.float32]
    support: NDArray[np.float32]
    """How many names of each entity came close."""
    values: NDArray[np.float32]
    """[MOST_ENTITIES, WIDTH]: evidence of each entity's best name."""
    held: NDArray[np.int64]
    """[1]: how many entities are held."""
    words: NDArray[np.uint64]
    heap_scores: NDArray[np.float32]
    heap_keys: NDArray[np.int64]
    leading: NDArray[np.int64]
    """[MOST_ENTITIES]: rows of the entities that are looked at again."""
    alignments: Alignments
    slips: Slips
    hearing: Workspace
    reading: Reading
    beam: Beam
    fetched: NDArray[np.int64]
    """[MOST_FETCHED]: keys that one search has fetched, doubled, plus 1 for those of the query's own skeleton."""
    losses: NDArray[np.float32]
    overlaps: NDArray[np.float32]
    spellings: NDArray[np.float32]
    """[MOST_FETCHED]: of each of them, what the channel loses, the Dice coefficient of the trigrams, and what both are
    worth."""
    codes: NDArray[np.int32]
    key_codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    """[GRAMS]: 1 for the trigrams of the mention's key while keys are compared with it; otherwise 0."""
    row: NDArray[np.float32]
    ahead: NDArray[np.int64]
    """[1]: keeps what `search` reads ahead, which nobody looks at."""


def new_pool() -> Pool:
    """Return scratch space for one thread (about 2.5 MB)."""
    return Pool(
        np.full(SLOTS, -1, np.int32), np.empty(MOST_ENTITIES, np.int64), np.empty(MOST_ENTITIES, np.int64),
        np.empty(MOST_ENTITIES, np.int64), np.empty(MOST_ENTITIES, np.int64), np.empty(MOST_ENTITIES, np.int64),
        np.empty(MOST_ENTITIES, np.float32), np.zeros(MOST_ENTITIES, np.float32),
        np.empty((MOST_ENTITIES, WIDTH), np.float32), np.zeros(1, np.int64), np.empty(BLOCK // 8, np.uint64),
        np.empty(MOST_KEYS_HINTED, np.float32), np.empty(MOST_KEYS_HINTED, np.int64), np.empty(MOST_ENTITIES, np.int64),
        new_alignments(), new_slips(), new_workspace(), new_reading(), new_beam(),
        np.empty(MOST_FETCHED, np.int64), np.empty(MOST_FETCHED, np.float32), np.empty(MOST_FETCHED, np.float32),
        np.empty(MOST_FETCHED, np.float32), np.empty(LONGEST_KEY, np.int32), np.empty(LONGEST_KEY, np.int32),
        np.zeros(GRAMS, np.uint8),
        np.empty(WIDTH, np.float32), np.zeros(1, np.int64),
    )  # fmt: skip


class Scratch(threading.local):
    """A pool for each thread that uses it."""

    def __init__(self) -> None:
        self.pool = new_pool()


@borrowing
def clear(pool: Pool) -> None:
    """Forget the entities of the last search."""
    pool.slots[:] = -1
    pool.held[0] = 0
