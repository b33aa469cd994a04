"""From the keys of a mention to scored entities: blocking and evidence in one pass without Python objects.

For each key of the mention, names are fetched by their exact form, by their folded key, by their skeleton, and by
trigrams. Every name fetched gives its entity a row of evidence (see `evidence.EVIDENCE`) and a score, the weighted sum
of the row; of several names of an entity the best stays.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns
from normalizer.index.compiled import Int, Real, compiled
from normalizer.index.grams import BLOCK, LONGEST_KEY, best_keys, gram_codes
from normalizer.index.segment import Fact
from normalizer.matching.channel import similarity, workspace
from normalizer.matching.evidence import (
    BOTH_MARKED,
    CLOSE,
    COUNTRY,
    COUNTRY_AGREES,
    COUNTRY_CONTRADICTS,
    DISTANCE,
    EQUAL_FORM,
    EQUAL_KEY,
    EQUAL_SKELETON,
    FEATURE_CONTRADICTS,
    LEVEL_AGREES,
    LEVEL_CONTRADICTS,
    MENTION_STEP,
    NAME_STEP,
    NAMES,
    NEAR,
    OF_NAME,
    OVERLAP,
    PARENT_AGREES,
    PARENT_CONTRADICTS,
    POPULATION,
    PREFERRED,
    RENOWN,
    SAME_SCRIPT,
    SETTLEMENT_CONTRADICTS,
    SIMILARITY,
    SIZE,
    UNMARKED_REGION,
    WIDTH,
)  # fmt: skip
from normalizer.text.keys import Step

MOST_KEYS = 150
"""Keys fetched by trigrams for one key of a mention."""
MOST_OUTLINES = 50
"""Keys fetched by skeleton, the nearest in length."""
LEAST_ALIKE = 0.4
"""Similarity under which a fetched key is let go."""
LEAST_OVERLAP = 0.2
"""Dice coefficient under which a key is not fetched by trigrams."""
MOST_BEARERS = 16
"""Names looked at of a key that is only near, the most important first; with a hint, ten times as many."""
MOST_ENTITIES = 4096
"""Entities held for one mention; of more namesakes than that the least important are not seen."""
_SLOTS = 4 * MOST_ENTITIES
_COUNTRY_LEVEL = 1
_REGION_LEVELS = 2 | 4 | 8
_SETTLEMENT_LEVEL = 16
_FEATURE_LEVEL = 32
_ALL = 1 << 40
_FULL, _BARE, _ADJECTIVE = int(Step.FULL), int(Step.BARE), int(Step.ADJECTIVE)
LEVEL_FACT, COUNTRY_FACT, POPULATION_FACT, NAMES_FACT, LATITUDE_FACT, LONGITUDE_FACT = map(int, Fact)
"""`Fact` as plain numbers, which kernels can take in."""


class Query(NamedTuple):
    """One key of a mention, resolved against one segment, with the mention's hints."""

    latin: NDArray[np.uint8]
    exact: int
    """Number of the exact key in the segment, or -1."""
    key: int
    """Number of the folded key, or -1."""
    outline: int
    """Number of the skeleton, or -1."""
    fuzzy: bool
    """Whether to fetch by trigrams and skeleton."""
    step: int
    levels: int
    """Levels that the place-type word left out of this key asks for; 0 when there is none."""
    marked: bool
    """Whether any key of the mention was found to have a place-type word."""
    script: int
    country: int
    parent: np.uint64
    latitude: float
    longitude: float
    """NaN without a hint."""
    reading: int
    """The number of this key among the mention's keys."""


class Pool(NamedTuple):
    """Scratch and results of one search. Cleared by `clear`; not shared between threads."""

    slots: NDArray[np.int32]
    entities: NDArray[np.int64]
    names: NDArray[np.int64]
    readings: NDArray[np.int64]
    scores: NDArray[np.float32]
    values: NDArray[np.float32]
    """[MOST_ENTITIES, WIDTH]: evidence of each entity's best name."""
    held: NDArray[np.int64]
    """[1]: how many entities are held."""
    words: NDArray[np.uint64]
    heap_scores: NDArray[np.float32]
    heap_keys: NDArray[np.int64]
    work: NDArray[np.float32]
    codes: NDArray[np.int32]
    key_codes: NDArray[np.int32]
    row: NDArray[np.float32]


def new_pool() -> Pool:
    """Return scratch space for one thread (about 800 KB)."""
    return Pool(
        np.full(_SLOTS, -1, np.int32), np.empty(MOST_ENTITIES, np.int64), np.empty(MOST_ENTITIES, np.int64),
        np.empty(MOST_ENTITIES, np.int64), np.empty(MOST_ENTITIES, np.float32),
        np.empty((MOST_ENTITIES, WIDTH), np.float32), np.zeros(1, np.int64), np.empty(BLOCK // 8, np.uint64),
        np.empty(MOST_KEYS, np.float32), np.empty(MOST_KEYS, np.int64), workspace(),
        np.empty(LONGEST_KEY, np.int32), np.empty(LONGEST_KEY, np.int32), np.empty(WIDTH, np.float32),
    )  # fmt: skip


@compiled
def clear(pool: Pool) -> None:
    """Forget the entities of the last search."""
    pool.slots[:] = -1
    pool.held[0] = 0


@compiled
def search(c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], costs: NDArray[np.float32]) -> None:
    """Add to the pool every entity that one key of a mention reaches in a segment."""
    if q.exact >= 0:
        _alike(pool.row, 1.0, 1.0, True, True)
        _add_links(c, q, pool, weights, c.exact_starts, c.exact_names, c.exact_steps, q.exact, q.step == _FULL, _ALL)
    if q.key >= 0:
        _alike(pool.row, 1.0, 1.0, True, True)
        _add_links(c, q, pool, weights, c.key_starts, c.key_names, c.key_steps, q.key, False, _ALL)
    if q.fuzzy:
        _search_fuzzy(c, q, pool, weights, costs)


@compiled
def _search_fuzzy(c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], costs: NDArray[np.float32]) -> None:
    codes = pool.codes[: gram_codes(q.latin, pool.codes)]
    found = best_keys(
        codes, c.gram_starts, c.gram_bases, c.postings, c.key_sizes, c.block_extremes, pool.words, LEAST_OVERLAP,
        pool.heap_scores, pool.heap_keys,
    )  # fmt: skip
    if q.outline >= 0:
        first, last = _nearest_in_length(c, q)
        for at in range(first, last):
            key = np.int64(c.skeleton_keys[at])
            letters = c.key_blob[c.key_offsets[key] : c.key_offsets[key + 1]]
            shared = _common(codes, pool.key_codes[: gram_codes(letters, pool.key_codes)])
            _add_key(c, q, pool, weights, costs, key, 2.0 * shared / (codes.size + c.key_sizes[key]), True)
    for at in range(found):
        _add_key(c, q, pool, weights, costs, pool.heap_keys[at], pool.heap_scores[at], False)


@compiled
def _nearest_in_length(c: Columns, q: Query) -> tuple[Int, Int]:
    """Return the range of `skeleton_keys` that holds the MOST_OUTLINES keys nearest in length to the query's."""
    first, last = np.int64(c.skeleton_starts[q.outline]), np.int64(c.skeleton_starts[q.outline + 1])
    low, high = first, last
    while low < high:  # keys ascend in length
        middle = (low + high) // 2
        key = np.int64(c.skeleton_keys[middle])
        if c.key_offsets[key + 1] - c.key_offsets[key] < q.latin.size:
            low = middle + 1
        else:
            high = middle
    start = max(first, low - MOST_OUTLINES // 2)
    return start, min(last, start + MOST_OUTLINES)


@compiled
def _add_key(
    c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], costs: NDArray[np.float32], key: Int,
    overlap: Real, outline: bool,
) -> None:  # fmt: skip
    if key != q.key:
        letters = c.key_blob[c.key_offsets[key] : c.key_offsets[key + 1]]
        alike = similarity(q.latin, letters, costs, pool.work)
        if alike >= LEAST_ALIKE:
            _alike(pool.row, alike, overlap, False, outline)
            _add_links(c, q, pool, weights, c.key_starts, c.key_names, c.key_steps, key, False, _bearers(q))


@compiled
def _bearers(q: Query) -> Int:
    hinted = q.country != 0 or q.parent != 0 or not math.isnan(q.latitude)
    return 10 * MOST_BEARERS if hinted else MOST_BEARERS


@compiled
def _common(a: NDArray[np.int32], b: NDArray[np.int32]) -> int:
    """Return how many numbers two ascending lists share."""
    i, j, common = 0, 0, 0
    while i < a.size and j < b.size:
        if a[i] == b[j]:
            common += 1
        if a[i] <= b[j]:
            i += 1
        else:
            j += 1
    return common


@compiled
def _alike(row: NDArray[np.float32], alike: Real, overlap: Real, equal_key: bool, outline: bool) -> None:
    row[SIMILARITY] = alike
    row[NEAR] = max(0.0, alike - 0.7) / 0.3
    row[CLOSE] = max(0.0, alike - 0.9) / 0.1
    row[EQUAL_KEY] = equal_key
    row[OVERLAP] = overlap
    row[EQUAL_SKELETON] = outline


@compiled
def _add_links(
    c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], starts: NDArray[np.uint32],
    names: NDArray[np.uint32], steps: NDArray[np.uint8], key: Int, as_written: bool,
    most: Int,
) -> None:  # fmt: skip
    row = pool.row
    spelling = np.float32(0)
    for column in range(OF_NAME):
        spelling += weights[column] * row[column]
    if q.step > 0:
        spelling += weights[MENTION_STEP + q.step]
    for at in range(starts[key], min(np.int64(starts[key + 1]), np.int64(starts[key]) + most)):
        name, step = np.int64(names[at]), np.int64(steps[at])
        entity = np.int64(c.name_facts[name, 0])
        if c.hidden[entity]:
            continue
        _describe(c, q, row, name, entity)
        row[EQUAL_FORM] = as_written and step == _FULL
        row[RENOWN] = row[EQUAL_FORM] * row[NAMES]
        row[SIZE] = row[EQUAL_FORM] * row[POPULATION]
        row[BOTH_MARKED] = row[LEVEL_AGREES] * (step in (_BARE, _ADJECTIVE))
        score = spelling
        for column in range(OF_NAME, MENTION_STEP + 1):
            score += weights[column] * row[column]
        if step > 0:
            score += weights[NAME_STEP + step]
        held = _place(pool, entity, score)
        if held >= 0:
            pool.names[held], pool.readings[held] = name, q.reading
            _keep(pool.values[held], row, q.step, step)


@compiled
def _keep(values: NDArray[np.float32], row: NDArray[np.float32], mention_step: Int, name_step: Int) -> None:
    for column in range(MENTION_STEP + 1):
        values[column] = row[column]
    for column in range(MENTION_STEP + 1, WIDTH):
        values[column] = 0
    if mention_step > 0:
        values[MENTION_STEP + mention_step] = 1
    if name_step > 0:
        values[NAME_STEP + name_step] = 1


@compiled
def _place(pool: Pool, entity: Int, score: Real) -> Int:
    """Return the row in which a better or new score of an entity is to be kept; -1 when it is not to be kept."""
    slot = _slot(pool, entity)
    held = np.int64(pool.slots[slot])
    if held < 0:
        held = pool.held[0]
        if held == MOST_ENTITIES:
            return -1
        pool.slots[slot] = held
        pool.entities[held] = entity
        pool.held[0] += 1
    elif pool.scores[held] >= score:
        return -1
    pool.scores[held] = score
    return held


@compiled
def _slot(pool: Pool, entity: Int) -> Int:
    """Return where the entity is, or would be, in the pool's hash."""
    at = (entity * 40503) % _SLOTS
    while pool.slots[at] >= 0 and pool.entities[pool.slots[at]] != entity:
        at = (at + 1) % _SLOTS
    return at


@compiled
def _describe(c: Columns, q: Query, row: NDArray[np.float32], name: Int, entity: Int) -> None:
    """Fill the columns of a row that depend on the name, the entity and the hints."""
    facts = c.facts[entity]
    marks = np.int64(c.name_facts[name, 1])
    level, country = np.int64(facts[LEVEL_FACT]), np.int64(facts[COUNTRY_FACT])
    row[PREFERRED] = marks & 1
    row[SAME_SCRIPT] = (marks >> 1) == q.script
    _describe_level(q, row, level)
    row[COUNTRY] = level == _COUNTRY_LEVEL
    row[COUNTRY_AGREES] = q.country != 0 and country == q.country
    row[COUNTRY_CONTRADICTS] = q.country != 0 and country != 0 and country != q.country
    row[DISTANCE] = _nearness(q.latitude, q.longitude, facts[LATITUDE_FACT], facts[LONGITUDE_FACT])
    row[POPULATION] = facts[POPULATION_FACT] / 8
    row[NAMES] = facts[NAMES_FACT] / 8
    _describe_parent(c, q, row, entity)


@compiled
def _describe_level(q: Query, row: NDArray[np.float32], level: Int) -> None:
    """Compare the levels that a place-type word asks for with the entity's; 0 means that nothing is known of either."""
    contradicts = q.levels != 0 and level != 0 and (q.levels & level) == 0
    feature = contradicts and q.levels == _FEATURE_LEVEL
    settlement = contradicts and not feature and level == _SETTLEMENT_LEVEL
    row[LEVEL_AGREES] = (q.levels & level) != 0
    row[FEATURE_CONTRADICTS] = feature
    row[SETTLEMENT_CONTRADICTS] = settlement
    row[LEVEL_CONTRADICTS] = contradicts and not feature and not settlement
    row[UNMARKED_REGION] = not q.marked and (level & _REGION_LEVELS) != 0


@compiled
def _describe_parent(c: Columns, q: Query, row: NDArray[np.float32], entity: Int) -> None:
    row[PARENT_AGREES] = row[PARENT_CONTRADICTS] = 0
    if q.parent != 0:
        known, agrees = False, c.own[entity] == q.parent
        for ancestor in c.parents[entity]:
            known = known or ancestor != 0
            agrees = agrees or ancestor == q.parent
        row[PARENT_AGREES] = agrees
        row[PARENT_CONTRADICTS] = known and not agrees


@compiled
def _nearness(latitude: Real, longitude: Real, there: Real, there_longitude: Real) -> Real:
    """Return 1 at the same point, 0 from 1,000 km on, by the logarithm of the great-circle distance (haversine)."""
    if math.isnan(latitude) or math.isnan(there):
        return 0.0
    a, b = math.radians(latitude), math.radians(there)
    turn = math.radians(there_longitude - longitude)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    kilometers = 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h)))
    return max(0.0, 1 - math.log10(1 + kilometers) / 3)
