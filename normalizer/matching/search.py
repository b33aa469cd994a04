"""From the keys of a mention to scored entities: blocking and evidence in one pass without Python objects.

For each key of the mention, names are fetched by their exact form, by their folded key, by their skeleton, and by
trigrams. Every name fetched gives its entity a row of evidence (see `evidence.EVIDENCE`) and a score, the weighted sum
of the row; of several names of an entity the best stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, borrow_columns, key_letters, name_levels
from normalizer.index.compiled import Int, Real, borrowing, compiled
from normalizer.index.grams import gram_codes, shared_grams, symbol
from normalizer.matching import ahead
from normalizer.matching.channel import Channel, hear, log_ratio
from normalizer.matching.describe import describe, is_counted, is_elsewhere
from normalizer.matching.evidence import (
    ALIGNED_LOSS,
    BOTH_MARKED,
    CLOSE_LOSS,
    COUNTRY,
    EQUAL_FORM,
    EQUAL_KEY,
    EQUAL_SKELETON,
    EXTRA,
    FIRST_CALLED,
    KNOWN_OTHERWISE,
    LEVEL_AGREES,
    LOSS,
    LOSS_BY_CHARACTER,
    LOSS_PER_LETTER,
    LOSS_TO_PREFERRED,
    MENTION_STEP,
    MISSING,
    NAME_STEP,
    NAMES,
    NEAR_FORM,
    OF_NAME,
    OVERLAP,
    POPULATION,
    PREFERRED,
    RENOWN,
    SIZE,
    SUPPORT,
    WIDTH,
    WITHIN,
    WORST_WORD,
)
from normalizer.matching.fetch import fetch_keys
from normalizer.matching.query import (
    Pool,
    Query,
    hinted,
)
from normalizer.rulebook import LEVELS
from normalizer.text.keys import Step

MOST_BEHIND, MOST_BEHIND_FEW = 5.0, 30.0
"""How much less than the best, in log-odds, the spelling of a fetched key may be worth, or else it is let go: where
many are nearer, what an entity is known by makes up for no more. Where few are, and where hints may make up for it,
what is farther counts as well: a list that has no second name is judged as if nobody had looked for one."""
_MANY = 48
"""Keys that are many."""
MOST_BEARERS = 16
"""Names looked at of a key that is only near, the most important first; with a hint, ten times as many."""
KNOWN, KNOWN_ELSEWHERE = 1, 2
"""What an exact key may be: a name in the country of the hint, a name in whatever country."""
_CASE_OF_WORD = np.float32(0.6)
"""How far a case form counts as one where it is of a word of a person's name, or of what follows the titles in one, see
decision 0010."""
_OF_UNKNOWN_SIZE = np.float32(0.7)
"""What `size` is where no population is known, as a share of `names`. In the default gazetteer, a town of some 30 names
or more has, on average, a population whose `size` is as large as its `names`; one that no source counts is smaller.
Persons and organizations have none at all, and are told apart by their names alone."""
_ALL = 1 << 40
_BEGINNING = 6
"""Letters by which the keys fetched are sorted."""
_SYMBOL_BITS, _PLACE_BITS = np.uint64(6), np.uint64(28)
_PLACE = np.uint64((1 << 28) - 1)
"""Bits of a letter and of the place of a key, in a number by which they are sorted."""
_FULL, _BARE, _ADJECTIVE, _PART = int(Step.FULL), int(Step.BARE), int(Step.ADJECTIVE), int(Step.PART)
_SORTED, _OUTLINE = int(Step.SORTED), int(Step.OUTLINE)
_TOKEN, _TITLE, _INFLECTED = int(Step.TOKEN), int(Step.TITLE), int(Step.INFLECTED)
_PREPOSITION, _ACRONYM, _INITIAL = int(Step.PREPOSITION), int(Step.ACRONYM), int(Step.INITIAL)
_CODE, _TRANSLATED = int(Step.CODE), int(Step.TRANSLATED)


@borrowing
def reach(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32]) -> None:
    """Add to the pool every entity that one key of a mention reaches in a segment."""
    if q.exact >= 0:
        _alike(pool.row, 1.0, True, True)
        _add_links(c, q, pool, weights, q.exact, True, _ALL)
    if q.key >= 0:
        _alike(pool.row, 1.0, True, True)
        _add_links(c, q, pool, weights, q.key, False, _ALL)
    if q.fuzzy:
        _search_fuzzy(c, q, channel, pool, weights)


@borrowing
def mark_names(
    parts: NDArray[np.int64], exacts: NDArray[np.int64], countries: NDArray[np.int64], marks: NDArray[np.uint8]
) -> None:
    """Mark the exact keys that are, as they stand, names of entities that are not hidden.

    `parts`: see `Parts.addresses`. `exacts` [parts, keys]: numbers of the keys in each part, or -1. `countries`: codes
    of hints, 0 without one. `marks`: KNOWN where an entity is not known to be in another country than the hint's,
    KNOWN_ELSEWHERE where there is any.
    """
    for part in range(parts.shape[0]):
        c = borrow_columns(parts[part])
        for number in range(exacts.shape[1]):
            exact = exacts[part, number]
            if exact < 0:
                continue
            for at in range(c.exact_starts[exact], c.exact_starts[exact + 1]):
                entity = np.int64(c.name_facts[c.exact_names[at], 0])
                if c.exact_steps[at] == _FULL and not c.hidden[entity]:
                    marks[number] |= np.uint8(KNOWN_ELSEWHERE)
                    if not is_elsewhere(c, entity, countries[number]):
                        marks[number] |= np.uint8(KNOWN)
                        break


@borrowing
def _search_fuzzy(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32]) -> None:
    hear(channel, q.roman, pool.hearing)
    literal = log_ratio(channel, q.latin, pool.hearing)
    codes = pool.codes[: gram_codes(q.latin, pool.codes)]
    count = fetch_keys(c, q, channel, codes, pool)
    best = np.float32(-1e9)
    ahead.of_keys(c, pool, count)
    _mark(pool.marks, codes, 1)
    _sort_by_text(c, pool, count)
    for text in pool.texts[:count]:
        place = np.int64(text & _PLACE)
        _spell(c, q, channel, literal, codes, pool, weights, place)
        best = max(best, pool.spellings[place])
    _mark(pool.marks, codes, 0)
    many = not hinted(q) and _near(pool, count, best - MOST_BEHIND) >= _MANY
    count = _within(pool, count, best - (MOST_BEHIND if many else MOST_BEHIND_FEW))
    ahead.of_bearers(c, pool, count, _bearers(q))
    for at in range(count):
        _alike(pool.row, pool.overlaps[at], False, pool.fetched[at] & 1 == 1)
        key = pool.fetched[at] >> 1
        pool.row[LOSS] = pool.losses[at] / 10
        pool.row[LOSS_PER_LETTER] = pool.losses[at] / _longer(c, q, key)
        _add_links(c, q, pool, weights, key, False, _bearers(q))


@borrowing
def _mark(marks: NDArray[np.uint8], codes: NDArray[np.int32], mark: Int) -> None:
    for code in codes:
        marks[code] = mark


@borrowing
def _sort_by_text(c: Columns, pool: Pool, count: Int) -> None:
    """Fill `texts` with the places of the keys fetched, by what the keys begin with: so the channel is quickest."""
    for at in range(count):
        text = np.uint64(0)
        letters = key_letters(c, pool.fetched[at] >> 1)
        for place in range(_BEGINNING):
            text = text << _SYMBOL_BITS | np.uint64(symbol(letters[place]) if place < letters.size else 0)
        pool.texts[at] = text << _PLACE_BITS | np.uint64(at)
    _sort(pool.texts[:count])


@compiled
def _sort(numbers: NDArray[np.uint64]) -> None:
    numbers[:] = np.sort(numbers)


@borrowing
def _spell(
    c: Columns, q: Query, channel: Channel, literal: Real, codes: NDArray[np.int32], pool: Pool,
    weights: NDArray[np.float32], at: Int,
) -> None:  # fmt: skip
    """Measure how a fetched key is spelled, and what that is worth; the query's own key, found before, nothing."""
    key = pool.fetched[at] >> 1
    letters = key_letters(c, key)
    loss = literal - log_ratio(channel, letters, pool.hearing)
    shared = shared_grams(letters, codes, pool.marks)
    overlap = 2.0 * shared / (codes.size + c.key_sizes[key])
    for_each = (weights[LOSS_PER_LETTER] + weights[ALIGNED_LOSS] + weights[WORST_WORD]) / _longer(c, q, key)
    pool.losses[at], pool.overlaps[at] = loss, overlap
    pool.spellings[at] = loss * (weights[LOSS] / 10 + for_each) + overlap * weights[OVERLAP]
    if key == q.key:
        pool.spellings[at] = -np.inf


@borrowing
def _near(pool: Pool, count: Int, least: Real) -> Int:
    """Return how many keys there are whose spelling is worth as much as `least`."""
    near: Int = 0
    for spelling in pool.spellings[:count]:
        near += spelling >= least
    return near


@borrowing
def _within(pool: Pool, count: Int, least: Real) -> Int:
    """Keep the keys whose spelling is worth as much as `least`; return how many there are."""
    kept = 0
    for at in range(count):
        if pool.spellings[at] >= least:
            pool.fetched[kept] = pool.fetched[at]
            pool.losses[kept], pool.overlaps[kept] = pool.losses[at], pool.overlaps[at]
            kept += 1
    return kept


@borrowing
def _longer(c: Columns, q: Query, key: Int) -> Int:
    """Return the letters of the longer of a key, which is never empty, and the query's."""
    letters: Int = np.int64(c.key_offsets[key + 1] - c.key_offsets[key])
    mine: Int = q.latin.size
    if mine > letters:
        letters = mine
    return letters


@borrowing
def _bearers(q: Query) -> Int:
    return 10 * MOST_BEARERS if hinted(q) else MOST_BEARERS


@borrowing
def _alike(row: NDArray[np.float32], overlap: Real, equal_key: bool, outline: bool) -> None:
    row[LOSS] = row[LOSS_PER_LETTER] = 0
    row[EQUAL_KEY] = equal_key
    row[OVERLAP] = overlap
    row[EQUAL_SKELETON] = outline


@borrowing
def _add_links(
    c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], key: Int, exact: bool, most: Int
) -> None:
    """Add the entities of the `most` first names that have an exact key, or else a folded key."""
    starts = c.exact_starts if exact else c.key_starts
    names = c.exact_names if exact else c.key_names
    steps = c.exact_steps if exact else c.key_steps
    as_written = exact and _is_as_written(q)
    row = pool.row
    spelling = np.float32(0)
    for column in range(OF_NAME):
        spelling += weights[column] * row[column]
    if q.located and q.step != _PART:  # a case form of what stands before the container
        spelling += weights[MENTION_STEP + _PART]
    seen = 0
    for at in range(starts[key], starts[key + 1]):
        if seen == most:
            break
        name, step = np.int64(names[at]), np.int64(steps[at])
        entity = np.int64(c.name_facts[name, 0])
        if c.hidden[entity] or (q.step == _ACRONYM and step == _ACRONYM):  # one of both must be written so
            continue
        if step == _INITIAL and q.step in (_SORTED, _OUTLINE):  # only `initials` knows which letter is one
            continue
        seen += 1
        describe(c, q, row, name, entity)
        of_its_kind = q.step != _BARE or row[LEVEL_AGREES] > 0
        row[EQUAL_FORM] = as_written and step == _FULL and of_its_kind
        row[SUPPORT] = row[LOSS_TO_PREFERRED] = row[MISSING] = row[EXTRA] = row[LOSS_BY_CHARACTER] = 0
        row[ALIGNED_LOSS] = row[WORST_WORD] = row[LOSS_PER_LETTER]
        row[NEAR_FORM], row[KNOWN_OTHERWISE] = row[EQUAL_FORM], 0
        named = (exact or q.step == _INFLECTED) and of_its_kind and _names(q, step, row[WITHIN] > 0)
        row[COUNTRY] *= step != _PART
        row[RENOWN] = named * row[NAMES]
        row[FIRST_CALLED] = named * (q.step == _FULL and step != _INITIAL) * row[PREFERRED]
        known_by = 0 if c.sized[0] and is_counted(c, entity) else _OF_UNKNOWN_SIZE * row[NAMES]
        row[SIZE] = named * (row[POPULATION] + known_by)
        marked = step in (_BARE, _ADJECTIVE) or (row[EQUAL_KEY] > 0 and not q.bare)
        row[BOTH_MARKED] = row[LEVEL_AGREES] * marked * _shared(q.levels, name_levels(c, name))
        score = spelling
        for column in range(OF_NAME, MENTION_STEP + 1):
            score += weights[column] * row[column]
        if q.step > 0:
            score += weights[MENTION_STEP + q.step] * _read(q, step)
        if step > 0:
            score += weights[NAME_STEP + step]
        held = _place(pool, entity, score, row[LOSS_PER_LETTER] < CLOSE_LOSS)
        if held >= 0:
            pool.names[held], pool.readings[held] = name, q.reading
            pool.keys[held], pool.exacts[held] = q.key if exact else key, q.exact
            _keep(pool.values[held], row, q, step)


@borrowing
def _shared(asked: Int, named: Int) -> Real:
    """Return how far two place-type words stand for the same levels: 1 when the narrower one does throughout.

    A district is less likely meant by the word for a province than a province is, though both may be of one level.
    """
    if named == 0:  # the name is an adjective, without its word
        return 1.0
    both, one, other = 0, 0, 0
    for level in range(len(LEVELS)):
        both += (asked & named) >> level & 1
        one += asked >> level & 1
        other += named >> level & 1
    return 0.5 + 0.5 * both / max(1, min(one, other))


@borrowing
def _names(q: Query, step: Int, within: bool) -> bool:
    """Tell whether a mention, or what it is a case form of, is the whole of a name, in full or in short, or a surname.

    The titles of a name, and a preposition or article before the mention, are no part of either. Then how well
    known its bearers are tells them apart: those within the container that is stated after a comma.
    """
    if q.step == _INFLECTED:
        return not q.located and step in (_FULL, _TOKEN, _TITLE)
    if step == _INITIAL:
        return q.step in (_FULL, _INITIAL)
    if q.step == _TRANSLATED:
        return q.stated and step == _FULL
    return bool(_is_as_written(q) and (within or not q.located) and step in (_FULL, _TITLE))


@borrowing
def _is_as_written(q: Query) -> bool:
    """Tell whether a reading leaves out only what is no part of a name: a preposition, the word for a town, a container
    after a comma. What an abbreviation stands for is a name in full."""
    return bool(q.step in (_FULL, _PREPOSITION, _CODE) or (q.stated and (q.step in (_BARE, _PART) or not q.bare)))


@borrowing
def _read(q: Query, name_step: Int) -> Real:
    """Return how far the step by which a mention is read counts, where it reaches a name by another step."""
    return _CASE_OF_WORD if q.step == _INFLECTED and name_step in (_TOKEN, _TITLE) else np.float32(1)


@borrowing
def _keep(values: NDArray[np.float32], row: NDArray[np.float32], q: Query, name_step: Int) -> None:
    for column in range(MENTION_STEP + 1):
        values[column] = row[column]
    for column in range(MENTION_STEP + 1, WIDTH):
        values[column] = 0
    if q.step > 0:
        values[MENTION_STEP + q.step] = _read(q, name_step)
    if q.located:
        values[MENTION_STEP + _PART] = 1
    if name_step > 0:
        values[NAME_STEP + name_step] = 1


@borrowing
def _place(pool: Pool, entity: Int, score: Real, close: bool) -> Int:
    """Return the row in which a better or new score of an entity is to be kept; -1 when it is not to be kept."""
    slot = _slot(pool, entity)
    held = np.int64(pool.slots[slot])
    if held < 0:
        held = pool.held[0]
        if held == pool.entities.size:
            return -1
        pool.slots[slot] = held
        pool.places[held] = slot
        pool.entities[held] = entity
        pool.held[0] += 1
        pool.support[held] = close
    else:
        pool.support[held] += close
        if pool.scores[held] >= score:
            return -1
    pool.scores[held] = score
    return held


@borrowing
def _slot(pool: Pool, entity: Int) -> Int:
    """Return where the entity is, or would be, in the pool's hash."""
    last = pool.slots.size - 1  # of a power of two
    at = (entity * 40503) & last
    while pool.slots[at] >= 0 and pool.entities[pool.slots[at]] != entity:
        at = (at + 1) & last
    return at
