"""The evidence that needs all names of an entity or all words of a name, for the leading entities only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, key_letters
from normalizer.index.compiled import Int, compiled
from normalizer.matching.channel import Channel, hear, log_ratio
from normalizer.matching.evidence import ALIGNED_LOSS, EXTRA, LOSS, LOSS_TO_PREFERRED, MISSING, SUPPORT
from normalizer.matching.query import Pool, Query
from normalizer.matching.tokens import MOST_ALIGNED, align, hear_token, score_tokens, split

_REFINED = 15.0
"""How far behind the best, in log-odds, an entity is not looked at again."""


@compiled
def refine(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32]) -> None:
    """Add the evidence that needs all names or all words, for the leading entities that a key reached best."""
    count = _leading(q, pool)
    if count:
        _add_support(c, q, channel, pool, weights, count)
        _add_alignment(c, q, channel, pool, weights, count)


@compiled
def _leading(q: Query, pool: Pool) -> Int:
    """List the entities that this key reached best, and that are not far behind the best; return how many."""
    best = np.float32(-1e9)
    for held in range(pool.held[0]):
        best = max(best, pool.scores[held])
    count = 0
    for held in range(pool.held[0]):
        if pool.readings[held] == q.reading and pool.scores[held] >= best - _REFINED:
            pool.leading[count] = held
            count += 1
    return count


@compiled
def _add_support(c: Columns, q: Query, channel: Channel, pool: Pool, weights: NDArray[np.float32], count: Int) -> None:
    hear(channel, q.roman, pool.hearing)
    literal = log_ratio(channel, q.latin, pool.hearing)
    for held in pool.leading[:count]:
        values = pool.values[held]
        values[SUPPORT] = math.log2(1 + pool.support[held]) / 5
        key = c.preferred_keys[pool.entities[held]]
        if key >= 0 and q.roman.size:
            letters = key_letters(c, key)
            loss = literal - log_ratio(channel, letters, pool.hearing)
            values[LOSS_TO_PREFERRED] = max(-1.0, min(3.0, loss / max(1, max(q.latin.size, letters.size))))
        for column in (SUPPORT, LOSS_TO_PREFERRED):
            pool.scores[held] += weights[column] * values[column]


@compiled
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
        for number, column in enumerate((ALIGNED_LOSS, MISSING, EXTRA)):
            pool.scores[held] += weights[column] * (np.float32(room.result[number]) - values[column])
            values[column] = room.result[number]


@compiled
def _of_several_words(c: Columns, q: Query, pool: Pool, count: Int) -> Int:
    """Keep those of the leading entities whose names have several words and differ from the mention."""
    kept = 0
    for held in pool.leading[:count]:
        key = pool.keys[held]
        if key >= 0 and key != q.key and kept < MOST_ALIGNED and split(key_letters(c, key), pool.alignments.name) > 1:
            pool.leading[kept] = held
            kept += 1
    return kept
