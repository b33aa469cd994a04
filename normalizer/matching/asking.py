"""What is asked of each part of a snapshot about some mentions: their readings, and where these stand in its tables.

All mentions of a batch go through each step together, so that strings are looked up in all tables by one call.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.index.parts import Part, Parts
from normalizer.index.segment import country_code
from normalizer.index.snapshot import Snapshot
from normalizer.matching.case_forms import add_forms
from normalizer.matching.containers import (
    after_comma,
    after_country,
    at_end,
    before_comma,
    beside_number,
    in_brackets,
    is_name,
)
from normalizer.matching.query import Asked, reaches
from normalizer.matching.question import OF_REGIONS, Question
from normalizer.matching.search import KNOWN, KNOWN_ELSEWHERE, mark_names
from normalizer.terms import Mention
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_OF_PERSONS = frozenset({Step.TITLE, Step.SORTED, Step.OUTLINE, Step.INITIAL})
"""Readings of what is said of persons: no place and no organization is meant by "Gen. Syrskyi"."""


def read(keymaker: KeyMaker, mentions: Sequence[Mention]) -> list[Question]:
    """Return mentions with their readings."""
    return [Question(mention, keymaker.of_mention(mention), script_of(mention.text)) for mention in mentions]


def place(keymaker: KeyMaker, questions: Sequence[Question], snapshot: Snapshot) -> None:
    """Find out which mentions are names as they stand, and what they themselves say contains what they mean."""
    _mark_known(snapshot.parts, questions)
    for one in questions:
        if found := _otherwise(keymaker, one, snapshot):
            keys, one.within = found
            one.literal = [*(key for key in one.literal if key.step is not Step.PART), *keys]
            one.keys = list(one.literal)
            is_named = keys[0].step is Step.PREPOSITION and is_name(keys[0].exact, snapshot)
            one.elsewhere = one.elsewhere or is_named
        else:
            one.within = after_comma(keymaker, one.literal, snapshot)
        one.stated = one.within.size > 0
        if not (one.known or one.within.size) and one.mention.type in ("place", None):
            bare = next((key.exact for key in one.literal if key.step is Step.PREPOSITION), one.literal[0].exact)
            country = after_country(keymaker, one.mention, bare, snapshot)
            one.stated = country is not None
            located, one.within = country or at_end(keymaker, bare, snapshot)
            one.literal += located
            one.keys += located


def _otherwise(
    keymaker: KeyMaker, question: Question, snapshot: Snapshot
) -> tuple[list[Key], NDArray[np.uint64]] | None:
    """Return other readings than that of what stands before a comma or bracket, and what the place lies in by these."""
    mention, text = question.mention, question.mention.text
    if mention.type not in ("place", None):
        return None
    has_parts = any(key.step is Step.PART for key in question.literal)
    found = None
    if not question.elsewhere and (has_parts or "/" in text):
        found = in_brackets(keymaker, mention, snapshot)
    if not question.elsewhere and mention.type and any(map(str.isdigit, text)):
        found = found or beside_number(keymaker, text, snapshot)
    return found or (before_comma(keymaker, text, snapshot) if has_parts else None)


def _mark_known(parts: Parts, questions: Sequence[Question]) -> None:
    found = parts.find([one.literal[0].exact for one in questions])
    exact = [
        [number if _can_be(one, part) else -1 for one, number in zip(questions, numbers, strict=True)]
        for part, numbers in zip(parts, found, strict=True)
    ]
    if max(map(max, exact), default=-1) < 0:
        return
    countries = np.array([country_code(one.mention.country) for one in questions], np.int64)
    marks = np.zeros(len(questions), np.uint8)
    mark_names(parts.addresses, np.array(exact, np.int64), countries, marks)
    for one, mark in zip(questions, marks.tolist(), strict=True):
        one.known, one.elsewhere = mark & KNOWN != 0, mark & KNOWN_ELSEWHERE != 0


def asked(parts: Parts, keymaker: KeyMaker, questions: Sequence[Question]) -> list[list[list[Asked]]]:
    """Return what is asked of each part about each mention, and add to the mentions' keys what they stand for there.

    What cannot reach anything is left out. Only some readings of what is no known name are looked up by trigrams.
    """
    found = _literally(parts, questions)
    add_forms(parts, keymaker, questions, found)
    return [[[*filter(reaches, some)] for some in every] for every in found]


def _literally(parts: Parts, questions: Sequence[Question]) -> list[list[list[Asked]]]:
    """Return what is asked by the literal keys of each mention, of each part."""
    every = [one for question in questions for one in question.readings]
    outlines = [one.outline for one in every if one.outline]
    found = parts.find([one.exact for one in every], [one.asked.latin for one in every], outlines)
    return [_as_known(part, questions, len(every), numbers) for part, numbers in zip(parts, found, strict=True)]


def _as_known(part: Part, questions: Sequence[Question], size: int, numbers: list[int]) -> list[list[Asked]]:
    """Return the literal keys with what a part knows them by: `size` exact keys, as many folded ones, and outlines."""
    asked, at, outlines = [], 0, iter(numbers[2 * size :])
    for question in questions:
        some, fits = [], _can_be(question, part)
        for one in question.readings:
            outline = next(outlines) if one.outline else -1
            if fits and _fits(one.asked, part):
                some.append(one.numbered(numbers[at], numbers[size + at], outline))
            at += 1
        asked.append(some)
    return asked


def _can_be(question: Question, part: Part) -> bool:
    """Tell whether a mention can be of the type of a part."""
    return question.mention.type in (None, part.type)


def _fits(one: Asked, part: Part) -> bool:
    """Tell whether a reading of a mention can be meant of the entities of a part."""
    if one.step in OF_REGIONS:
        return part.type == "place" or (part.type == "organization" and not one.levels)
    return one.step not in _OF_PERSONS or part.type not in ("place", "organization")
