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
from normalizer.index.grams import BLOCK, GRAMS, LONGEST_KEY, SPARE
from normalizer.index.lending import UNLENT, Matrix, borrower, lent
from normalizer.index.segment import country_code, id_hash
from normalizer.matching.channel import Workspace, new_workspace
from normalizer.matching.characters import Reading, new_reading
from normalizer.matching.decode import Beam, new_beam
from normalizer.matching.evidence import WIDTH
from normalizer.matching.letters import Slips, code_points, new_slips
from normalizer.matching.tokens import Alignments, new_alignments
from normalizer.terms import Mention

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
ITSELF = np.uint64(1 << 63)
"""The bit that is turned, in `Hints.within`, of the hash of what the mention calls by another name as well."""
MOST_ENTITIES = 4096
"""Entities held for one mention; of more namesakes than that the least important are not seen."""


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
    """Whether to compare with every key in their place, as far as there is room for them in the pool."""
    located: bool = False
    """Whether this key leaves out what the mention names as its container."""
    stated: bool = False
    """Whether what this key leaves out is no part of the name, so that what is left is the name as it is written: a
    container after a comma or in brackets, or the word for a town. Of a translation, whether it is one of the whole
    mention, and sure."""


def reaches(one: Asked) -> bool:
    """Tell whether a search for a key can reach anything: it is known to the segment, or looked up by trigrams."""
    return one.fuzzy or one.every or one.exact >= 0 or one.key >= 0


class Search(NamedTuple):
    """The search of one part for what one mention may mean."""

    part: int
    """Its row in `Parts.addresses`."""
    mention: int
    """Its row in `Hints`."""
    channel: int
    """The row of the model that hears the mention's script, in `Channels.rows`."""
    characters: int
    """The same in `CharacterChannels.rows`."""


PART, MENTION, CHANNEL, CHARACTERS = range(4)
"""The columns of `Queries.searches`."""


class Hints(NamedTuple):
    """What holds for all keys of a mention, of each of some mentions."""

    codes: NDArray[np.int64]
    """[mentions, 2]: script, see `segment.script_code`; country, 0 without a hint."""
    parents: NDArray[np.uint64]
    """[mentions]: `id_hash` of the parent, 0 without a hint."""
    within: NDArray[np.uint64]
    """What contains the place by the mention's own words: hashes of ids, and codes of countries; see ITSELF."""
    bounds: NDArray[np.int64]
    """[mentions + 1]: where in `within` those of each mention begin."""
    points: NDArray[np.float64]
    """[mentions, 2]: latitude and longitude; NaN without a hint."""

    @classmethod
    def of(cls, mentions: Sequence[Mention], scripts: Sequence[int], within: Sequence[NDArray[np.uint64]]) -> Hints:
        """Return the hints of mentions, each in a script, and what each of them says itself."""
        codes = [(script, country_code(mention.country)) for script, mention in zip(scripts, mentions, strict=True)]
        return cls(
            np.array(codes, np.int64),
            np.array([id_hash(mention.parent) if mention.parent else 0 for mention in mentions], np.uint64),
            np.concatenate(within),
            np.array([0, *accumulate(map(len, within))]),
            np.array([mention.coordinates or (math.nan, math.nan) for mention in mentions], np.float64),
        )


class Queries(NamedTuple):
    """All keys that some searches are for, laid out so that a kernel takes them in at once."""

    searches: NDArray[np.int64]
    """[searches, 4]: `Search`, a row each."""
    firsts: NDArray[np.int64]
    """[searches + 1]: the first query of each search."""
    letters: NDArray[np.uint8]
    """`latin`, `roman` and `skeleton` of each query, one after the other."""
    bounds: NDArray[np.int64]
    """[3 queries + 1]: where each of these begins."""
    texts: NDArray[np.uint32]
    """`text` and `written` of each, likewise, in code points."""
    text_bounds: NDArray[np.int64]
    """[2 queries + 1]"""
    numbers: NDArray[np.int64]
    """[queries, 11]: the fields of `Asked` from `exact` on."""
    hints: Hints


def laid_out(searches: Sequence[Search], asked: Sequence[Sequence[Asked]], hints: Hints) -> Queries:
    """Return what each search is for, as a kernel takes it."""
    every = [one for some in asked for one in some]
    letters = [text.encode()[:LONGEST_KEY] for one in every for text in one[:3]]
    texts = [code_points(text) for one in every for text in one[3:5]]
    return Queries(
        np.array(searches, np.int64), np.array([0, *accumulate(map(len, asked))]),
        np.frombuffer(b"".join(letters), np.uint8), np.array([0, *accumulate(map(len, letters))]),
        np.frombuffer(b"".join(texts), np.uint32), np.array([0, *accumulate(len(text) // 4 for text in texts)]),
        np.array([one[5:] for one in every], np.int64), hints,
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
    stated: bool
    within: NDArray[np.uint64]
    """Empty where the key leaves no container out."""
    script: int
    country: int
    parent: np.uint64
    latitude: float
    longitude: float


@inlined
def query_at(queries: Queries, mention: Int, number: Int) -> Query:
    """Return one of the queries of a mention, by its number among all."""
    letters, bounds, row, hints = queries.letters, queries.bounds, queries.numbers[number], queries.hints
    first, last = hints.bounds[mention], hints.bounds[mention + 1]
    return Query(
        letters[bounds[3 * number] : bounds[3 * number + 1]], letters[bounds[3 * number + 1] : bounds[3 * number + 2]],
        letters[bounds[3 * number + 2] : bounds[3 * number + 3]],
        queries.texts[queries.text_bounds[2 * number] : queries.text_bounds[2 * number + 1]],
        queries.texts[queries.text_bounds[2 * number + 1] : queries.text_bounds[2 * number + 2]],
        row[0], row[1], row[2], row[3], row[4], row[5],
        row[6] != 0, row[7] != 0, row[8] != 0, row[9] != 0, row[10] != 0,
        hints.within[first : first + (last - first) * row[9]], hints.codes[mention, 0], hints.codes[mention, 1],
        hints.parents[mention], hints.points[mention, 0], hints.points[mention, 1],
    )  # fmt: skip


@borrowing
def hinted(q: Query) -> bool:
    """Tell whether anything besides its spelling says which entity a mention means."""
    return q.country != 0 or q.parent != 0 or q.within.size > 0 or not math.isnan(q.latitude)


class Pool(NamedTuple):
    """Scratch and results of one search. Cleared by `clear`; not shared between threads."""

    slots: NDArray[np.int32]
    """[4 entities]: the row of the entity in each place of the hash, or -1."""
    places: NDArray[np.int32]
    """[entities]: the place of each row."""
    entities: NDArray[np.int64]
    names: NDArray[np.int64]
    keys: NDArray[np.int64]
    """[entities]: number of the folded key by which each name is like the mention, or -1."""
    exacts: NDArray[np.int64]
    """[entities]: number of the mention's exact key in that reading, or -1."""
    readings: NDArray[np.int64]
    scores: NDArray[np.float32]
    support: NDArray[np.float32]
    """How many names of each entity came close."""
    values: Matrix[np.float32]
    """[entities, WIDTH]: evidence of each entity's best name."""
    held: NDArray[np.int64]
    """[1]: how many entities are held."""
    counts: NDArray[np.uint8]
    """[BLOCK]: the trigrams that each key of a block shares with the mention's."""
    ranked: NDArray[np.uint64]
    """[MOST_KEYS_HINTED + SPARE]: keys fetched by trigrams, see `grams.best_keys`."""
    leading: NDArray[np.int64]
    """[entities]: rows of the entities that are looked at again."""
    alignments: Alignments
    slips: Slips
    hearing: Workspace
    reading: Reading
    beam: Beam
    fetched: NDArray[np.int64]
    """[keys]: keys that one search has fetched, doubled, plus 1 for those of the query's own skeleton."""
    losses: NDArray[np.float32]
    overlaps: NDArray[np.float32]
    spellings: NDArray[np.float32]
    """[keys]: of each of them, what the channel loses, the Dice coefficient of the trigrams, and what both are
    worth."""
    texts: NDArray[np.uint64]
    """[keys]: the place of each of them, in the order of their texts."""
    codes: NDArray[np.int32]
    key_codes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    """[GRAMS]: 1 for the trigrams of the mention's key while keys are compared with it; otherwise 0."""
    row: NDArray[np.float32]
    ahead: NDArray[np.int64]
    """[1]: keeps what `search` reads ahead, which nobody looks at."""
    addresses: NDArray[np.int64] = UNLENT
    """See `lending`."""


borrow_pool = borrower(Pool)


def new_pool(entities: int = MOST_ENTITIES, keys: int = MOST_FETCHED) -> Pool:
    """Return scratch space for one thread: for so many entities, a power of two, and keys that a search fetches.

    As answers need it, about 2.5 MB.
    """
    return lent(Pool(
        np.full(4 * entities, -1, np.int32), np.empty(entities, np.int32),
        np.empty(entities, np.int64), np.empty(entities, np.int64),
        np.empty(entities, np.int64), np.empty(entities, np.int64), np.empty(entities, np.int64),
        np.empty(entities, np.float32), np.zeros(entities, np.float32),
        np.empty((entities, WIDTH), np.float32), np.zeros(1, np.int64), np.empty(BLOCK, np.uint8),
        np.empty(MOST_KEYS_HINTED + SPARE, np.uint64), np.empty(entities, np.int64),
        new_alignments(), new_slips(), new_workspace(), new_reading(), new_beam(),
        np.empty(keys, np.int64), np.empty(keys, np.float32), np.empty(keys, np.float32),
        np.empty(keys, np.float32), np.empty(keys, np.uint64),
        np.empty(LONGEST_KEY, np.int32), np.empty(LONGEST_KEY, np.int32),
        np.zeros(GRAMS, np.uint8),
        np.empty(WIDTH, np.float32), np.zeros(1, np.int64),
    ))  # fmt: skip


class Scratch(threading.local):
    """A pool for each thread that uses it."""

    def __init__(self) -> None:
        self.pool = new_pool()


@borrowing
def clear(pool: Pool) -> None:
    """Forget the entities of the last search."""
    for place in pool.places[: pool.held[0]]:
        pool.slots[place] = -1
    pool.held[0] = 0
