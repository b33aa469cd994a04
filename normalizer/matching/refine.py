"""The evidence that needs all names of an entity or all words of a name, for the leading entities only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, key_letters
from normalizer.index.compiled import Int, Real, borrowing, compiled
from normalizer.matching import ahead
from normalizer.matching import characters as by_character
from normalizer.matching.channel import Channel, hear, is_heard, log_ratio
from normalizer.matching.characters import Characters
from normalizer.matching.evidence import (
    ALIGNED_LOSS,
    EQUAL_FORM,
    EQUAL_KEY,
    EXTRA,
    KNOWN_OTHERWISE,
    LOSS,
    LOSS_BY_CHARACTER,
    LOSS_PER_LETTER,
    LOSS_TO_PREFERRED,
    MISSING,
    NAME_STEP,
    NEAR_FORM,
    SAME_SCRIPT,
    SUPPORT,
    WORST_WORD,
)
from normalizer.matching.letters import mark, nearest_form, unmark
from normalizer.matching.query import Pool, Query
from normalizer.matching.tokens import MOST_ALIGNED, align, hear_token, score_tokens, split
from normalizer.text.keys import Step

_OUTLINE, _SORTED = int(Step.OUTLINE), int(Step.SORTED)
_REFINED, _COMPARED = 100, 32
"""Entities that are looked at again, the best; and those of them that are compared letter by letter."""


@compiled
def cuts(pool: Pool) -> tuple[Real, Real]:
    """Return the least scores of the entities to be looked at again, and of those to be compared letter by letter.

    They are counted, not measured from the best one, which may be in another part of the snapshot.
    """
    count = pool.held[0]
    refined, compared = min(count, _REFINED), min(count, _COMPARED)
    best = np.partition(-pool.scores[:count], refined - 1)[:refined]
    return -best[refined - 1], -np.partition(best, compared - 1)[compared - 1]


@borrowing
def refine(
    c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], least: Real, compared: Real
) -> None:
    """Add the evidence that needs all names or all words, for the leading entities that a key reached best.

    `least`, `compared`: see `cuts`.
    """
    count = _leading(q, pool, least)
    if count:
        _add_near_forms(c, q, pool, weights, count, compared)
        _add_support(c, q, channel, pool, weights, count)
        _add_alignment(c, q, channel, pool, weights, count)


@borrowing
def refine_by_character(
    c: Columns, q: Query, characters: Characters, pool: Pool, weights: NDArray[np.float32], compared: Real
) -> None:
    """Add what names lose when the mention is heard character by character, for the entities that are compared."""
    by_character.read(characters, q.written, pool.reading)
    if pool.reading.size[0] == 0 or q.latin.size == 0:
        return
    literal = by_character.log_ratio(characters, q.latin, pool.reading)
    for held in pool.leading[: _leading(q, pool, compared)]:
        key = pool.keys[held]
        if key >= 0 and key != q.key:
            letters = key_letters(c, key)
            loss = literal - by_character.log_ratio(characters, letters, pool.reading)
            lost = max(-1.0, min(3.0, loss / max(1, max(q.latin.size, letters.size))))
            values = pool.values[held]
            if values[ALIGNED_LOSS] != values[LOSS_PER_LETTER]:  # words in another order, or without a counterpart
                lost = min(lost, np.float64(values[ALIGNED_LOSS]))
            values[LOSS_BY_CHARACTER] = lost
            pool.scores[held] += weights[LOSS_BY_CHARACTER] * lost


@borrowing
def _leading(q: Query, pool: Pool, least: Real) -> Int:
    """List the entities that this key reached best, and that score `least` or more; return how many."""
    count = 0
    for held in range(pool.held[0]):
        if pool.readings[held] == q.reading and pool.scores[held] >= least:
            pool.leading[count] = held
            count += 1
    return count


@borrowing
def _add_support(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], count: Int) -> None:
    if not (q.fuzzy and is_heard(q.roman, pool.hearing)):  # by the channel of this search, if it was fuzzy
        hear(channel, q.roman, pool.hearing)
    literal = log_ratio(channel, q.latin, pool.hearing)
    ahead.of_preferred_keys(c, pool, count)
    for held in pool.leading[:count]:
        values = pool.values[held]
        values[SUPPORT] = math.log2(1 + pool.support[held]) / 5
        key = c.preferred_keys[pool.entities[held]]
        if key == pool.keys[held]:
            values[LOSS_TO_PREFERRED] = max(-1.0, min(3.0, values[LOSS_PER_LETTER]))
        elif key >= 0 and q.roman.size:
            letters = key_letters(c, key)
            loss = literal - log_ratio(channel, letters, pool.hearing)
            values[LOSS_TO_PREFERRED] = max(-1.0, min(3.0, loss / max(1, max(q.latin.size, letters.size))))
        for column in (SUPPORT, LOSS_TO_PREFERRED):
            pool.scores[held] += weights[column] * values[column]


@borrowing
def _add_near_forms(c: Columns, q: Query, pool: Pool, weights: NDArray[np.float32], count: Int, compared: Real) -> None:
    """Compare the mention letter by letter with the forms in its own script."""
    if q.text.size == 0:
        return
    mark(q.text, pool.slips)
    ahead.of_forms(c, pool, count, compared)
    for held in pool.leading[:count]:
        values = pool.values[held]
        if values[EQUAL_FORM] == 0 and pool.scores[held] >= compared:
            near, names = nearest_form(c, q.text, q.script, pool.entities[held], pool.slips)
            if _is_form_in_short(values):
                near = 1.0
            values[NEAR_FORM], values[KNOWN_OTHERWISE] = near, (1 - near) * names / (names + 1)
            for column in (NEAR_FORM, KNOWN_OTHERWISE):
                pool.scores[held] += weights[column] * values[column]
    unmark(q.text, pool.slips)


@borrowing
def _is_form_in_short(values: NDArray[np.float32]) -> bool:
    """Tell whether a mention is what a form in its script is in short, or in another order: Vladimir Putin."""
    read = values[NAME_STEP + _OUTLINE] + values[NAME_STEP + _SORTED]
    return bool(values[EQUAL_KEY] * values[SAME_SCRIPT] * read > 0)


@borrowing
def _add_alignment(
    c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], count: Int
) -> None:
    """Align the words of the mention with those of the names; where either has one word, it stays read as a whole."""
    room = pool.alignments
    tokens = split(q.latin, room.mention)
    if tokens < 2 or split(q.roman, room.heard) != tokens:
        return
    count = _of_several_words(c, q, pool, count)
    for token in range(tokens):
        literal = hear_token(channel, q.roman, q.latin, token, room, pool.hearing)
        for row in range(count):
            key = key_letters(c, pool.keys[pool.leading[row]])
            score_tokens(channel, q.latin, token, key, literal, row, room, pool.hearing)
    for row in range(count):
        held = pool.leading[row]
        values = pool.values[held]
        align(tokens, key_letters(c, pool.keys[held]), values[LOSS] * 10, row, room)
        for number, column in enumerate((ALIGNED_LOSS, WORST_WORD, MISSING, EXTRA)):
            pool.scores[held] += weights[column] * (np.float32(room.result[number]) - values[column])
            values[column] = room.result[number]


@borrowing
def _of_several_words(c: Columns, q: Query, pool: Pool, count: Int) -> Int:
    """Keep those of the leading entities whose names have several words and differ from the mention."""
    kept = 0
    for held in pool.leading[:count]:
        key = pool.keys[held]
        if key >= 0 and key != q.key and kept < MOST_ALIGNED and split(key_letters(c, key), pool.alignments.name) > 1:
            pool.leading[kept] = held
            kept += 1
    return kept
