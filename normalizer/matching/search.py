"""From the keys of a mention to scored entities: blocking and evidence in one pass without Python objects.

For each key of the mention, names are fetched by their exact form, by their folded key, by their skeleton, and by
trigrams. Every name fetched gives its entity a row of evidence (see `evidence.EVIDENCE`) and a score, the weighted sum
of the row; of several names of an entity the best stays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns
from normalizer.index.compiled import Int, Real, compiled
from normalizer.index.grams import best_keys, gram_codes
from normalizer.matching.channel import Channel, hear, log_ratio
from normalizer.matching.decode import likely_grams
from normalizer.matching.describe import describe
from normalizer.matching.edits import similarity
from normalizer.matching.evidence import (
    BOTH_MARKED,
    CLOSE,
    EQUAL_FORM,
    EQUAL_KEY,
    EQUAL_SKELETON,
    LEVEL_AGREES,
    LOSS,
    LOSS_PER_LETTER,
    LOSS_TO_PREFERRED,
    MENTION_STEP,
    NAME_STEP,
    NAMES,
    NEAR,
    OF_NAME,
    OVERLAP,
    POPULATION,
    RENOWN,
    SIMILARITY,
    SIZE,
    SUPPORT,
    WIDTH,
)
from normalizer.matching.query import MOST_ENTITIES, SLOTS, Pool, Query
from normalizer.text.keys import Step

MOST_OUTLINES = 50
"""Keys fetched by skeleton, the nearest in length."""
LEAST_ALIKE = 0.4
"""Similarity under which a fetched key is let go."""
MOST_LOST = 1.0
"""Nats that the channel may lose for each letter; a key that loses more is let go."""
CLOSE_LOSS = 0.3
"""Nats for each letter that a name may lose and still count as support of its entity."""
REFINED = 15.0
"""How far behind the best, in log-odds, an entity is not looked at again by `refine`."""
LEAST_OVERLAP = 0.2
"""Dice coefficient under which a key is not fetched by trigrams."""
MOST_BEARERS = 16
"""Names looked at of a key that is only near, the most important first; with a hint, ten times as many."""
_ALL = 1 << 40
_FULL, _BARE, _ADJECTIVE = int(Step.FULL), int(Step.BARE), int(Step.ADJECTIVE)


@compiled
def search(
    c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], costs: NDArray[np.float32]
) -> None:
    """Add to the pool every entity that one key of a mention reaches in a segment."""
    if q.exact >= 0:
        _alike(pool.row, 1.0, 1.0, True, True)
        _add_links(c, q, pool, weights, q.exact, True, _ALL)
    if q.key >= 0:
        _alike(pool.row, 1.0, 1.0, True, True)
        _add_links(c, q, pool, weights, q.key, False, _ALL)
    if q.fuzzy:
        _search_fuzzy(c, q, channel, pool, weights, costs)


@compiled
def is_name(c: Columns, exact: Int) -> bool:
    """Tell whether an exact key is, as it stands, a name of an entity that is not hidden."""
    for at in range(c.exact_starts[exact], c.exact_starts[exact + 1]):
        if c.exact_steps[at] == _FULL and not c.hidden[c.name_facts[c.exact_names[at], 0]]:
            return True
    return False


@compiled
def _search_fuzzy(
    c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], costs: NDArray[np.float32]
) -> None:
    hear(channel, q.roman, pool.hearing)
    literal = log_ratio(channel, q.latin, pool.hearing)
    codes = pool.codes[: gram_codes(q.latin, pool.codes)]
    likely = likely_grams(channel, q.roman, codes, pool.beam)
    found = best_keys(
        likely, codes.size, c.gram_starts, c.gram_bases, c.postings, c.key_sizes, c.block_extremes, pool.words,
        LEAST_OVERLAP, pool.heap_scores, pool.heap_keys,
    )  # fmt: skip
    pool.ahead[0] = _read_ahead(c, pool.heap_keys[:found], _bearers(q))
    if q.outline >= 0:
        first, last = _nearest_in_length(c, q)
        pool.ahead[0] += _read_ahead(c, c.skeleton_keys[first:last], _bearers(q))
        for at in range(first, last):
            key = np.int64(c.skeleton_keys[at])
            _add_key(c, q, channel, literal, pool, weights, costs, key, codes, True)
    for at in range(found):
        _add_key(c, q, channel, literal, pool, weights, costs, pool.heap_keys[at], codes, False)


@compiled
def _read_ahead(c: Columns, keys: NDArray[Any], bearers: Int) -> Int:
    """Read once what scoring is going to need of some keys and their entities; return a number that says nothing.

    Scoring waits for memory at every entity in turn, while in loops as short as these the waits overlap: a tenth of
    the time of a search. The number must be kept, or the compiler leaves the loops out.
    """
    seen = np.int64(0)
    for key in keys:
        seen += np.int64(c.key_blob[c.key_offsets[key]]) + np.int64(c.key_sizes[key]) + np.int64(c.key_starts[key])
    for key in keys:
        start = np.int64(c.key_starts[key])
        for at in range(start, min(np.int64(c.key_starts[key + 1]), start + bearers)):
            entity = c.name_facts[c.key_names[at], 0]
            seen += np.int64(c.hidden[entity]) + np.int64(c.facts[entity, 0])
    return seen


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
    c: Columns, q: Query, channel: Channel, literal: Real, pool: Pool, weights: NDArray[np.float32],
    costs: NDArray[np.float32], key: Int, codes: NDArray[np.int32], outline: bool,
) -> None:  # fmt: skip
    if key != q.key:
        letters = c.key_blob[c.key_offsets[key] : c.key_offsets[key + 1]]
        alike = similarity(q.latin, letters, costs, pool.work)
        loss = literal - log_ratio(channel, letters, pool.hearing)
        longer = max(1, max(q.latin.size, letters.size))
        if alike >= LEAST_ALIKE or loss / longer <= MOST_LOST:
            shared = _common(codes, pool.key_codes[: gram_codes(letters, pool.key_codes)])
            _alike(pool.row, alike, 2.0 * shared / (codes.size + c.key_sizes[key]), False, outline)
            pool.row[LOSS] = loss / 10
            pool.row[LOSS_PER_LETTER] = loss / longer
            _add_links(c, q, pool, weights, key, False, _bearers(q))


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
    row[LOSS] = row[LOSS_PER_LETTER] = 0
    row[NEAR] = max(0.0, alike - 0.7) / 0.3
    row[CLOSE] = max(0.0, alike - 0.9) / 0.1
    row[EQUAL_KEY] = equal_key
    row[OVERLAP] = overlap
    row[EQUAL_SKELETON] = outline


@compiled
def _add_links(
    c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], key: Int, exact: bool, most: Int
) -> None:
    """Add the entities of the `most` first names that have an exact key, or else a folded key."""
    starts = c.exact_starts if exact else c.key_starts
    names = c.exact_names if exact else c.key_names
    steps = c.exact_steps if exact else c.key_steps
    as_written = exact and q.step == _FULL
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
        describe(c, q, row, name, entity)
        row[EQUAL_FORM] = as_written and step == _FULL
        row[SUPPORT] = row[LOSS_TO_PREFERRED] = 0
        row[RENOWN] = row[EQUAL_FORM] * row[NAMES]
        row[SIZE] = row[EQUAL_FORM] * row[POPULATION]
        row[BOTH_MARKED] = row[LEVEL_AGREES] * (step in (_BARE, _ADJECTIVE))
        score = spelling
        for column in range(OF_NAME, MENTION_STEP + 1):
            score += weights[column] * row[column]
        if step > 0:
            score += weights[NAME_STEP + step]
        held = _place(pool, entity, score, row[LOSS_PER_LETTER] < CLOSE_LOSS)
        if held >= 0:
            pool.names[held], pool.readings[held] = name, q.reading
            pool.keys[held], pool.exacts[held] = q.key if exact else key, q.exact
            _keep(pool.values[held], row, q.step, step)


@compiled
def refine(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32]) -> None:
    """Add the evidence that needs all names of an entity, for the leading entities that a key reached best."""
    best = np.float32(-1e9)
    for held in range(pool.held[0]):
        best = max(best, pool.scores[held])
    heard = False
    literal: Real = 0.0
    for held in range(pool.held[0]):
        if pool.readings[held] != q.reading or pool.scores[held] < best - REFINED:
            continue
        if not heard:
            hear(channel, q.roman, pool.hearing)
            literal = log_ratio(channel, q.latin, pool.hearing)
            heard = True
        values = pool.values[held]
        values[SUPPORT] = math.log2(1 + pool.support[held]) / 5
        key = c.preferred_keys[pool.entities[held]]
        if key >= 0 and q.roman.size:
            letters = c.key_blob[c.key_offsets[key] : c.key_offsets[key + 1]]
            loss = literal - log_ratio(channel, letters, pool.hearing)
            values[LOSS_TO_PREFERRED] = max(-1.0, min(3.0, loss / max(1, max(q.latin.size, letters.size))))
        pool.scores[held] += weights[SUPPORT] * values[SUPPORT]
        pool.scores[held] += weights[LOSS_TO_PREFERRED] * values[LOSS_TO_PREFERRED]


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
def _place(pool: Pool, entity: Int, score: Real, close: bool) -> Int:
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
        pool.support[held] = close
    else:
        pool.support[held] += close
        if pool.scores[held] >= score:
            return -1
    pool.scores[held] = score
    return held


@compiled
def _slot(pool: Pool, entity: Int) -> Int:
    """Return where the entity is, or would be, in the pool's hash."""
    at = (entity * 40503) % SLOTS
    while pool.slots[at] >= 0 and pool.entities[pool.slots[at]] != entity:
        at = (at + 1) % SLOTS
    return at
