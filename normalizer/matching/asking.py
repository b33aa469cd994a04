"""What is asked of each part of a snapshot about some mentions: their readings, and where these stand in its tables.

All mentions of a batch go through each step together, so that strings are looked up in all tables by one call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import attrgetter, or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import SETTLEMENTS
from normalizer.index.parts import Part, Parts
from normalizer.index.segment import country_code, script_code
from normalizer.index.snapshot import Snapshot
from normalizer.matching.containers import NOWHERE, after_comma, at_end, before_comma
from normalizer.matching.query import Asked, reaches
from normalizer.matching.search import KNOWN, KNOWN_ELSEWHERE, mark_names
from normalizer.rulebook import Ending
from normalizer.terms import Mention
from normalizer.text.fold import skeleton
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_FUZZY_STEPS = frozenset(
    {
        Step.FULL,
        Step.BARE,
        Step.TITLE,
        Step.SORTED,
        Step.OUTLINE,
        Step.PART,
        Step.PREPOSITION,
        Step.TRANSLATED,
    }
)
_PARTIAL_STEPS = frozenset({Step.TITLE, Step.PART, Step.PREPOSITION})
"""Readings that leave out what is no part of a name."""
_OF_PERSONS = frozenset({Step.TITLE, Step.SORTED, Step.OUTLINE, Step.INITIAL})
"""Readings of what is said of persons: no place and no organization is meant by "Gen. Syrskyi"."""
_OF_REGIONS = frozenset({Step.NAMESAKE, Step.CODE})
"""Readings of what is said of regions, whatever else the mention may be a name of."""
_ALPHABETS = frozenset({"Latn", "Cyrl", "Grek", "Armn", "Geor"})
"""Scripts that write every sound as a letter. What others write is found by its consonants as well: abjads leave most
vowels out, syllabaries put some in, and of what Chinese characters say the vowels are the least sure."""
_MOST_FUZZY = 5
"""Keys of one mention that are looked up by trigrams."""
_SPELLED_ALIKE = ("person", "organization")
"""Types of entities that are looked up by the folded keys of case forms: see `_by_folded_forms`."""
_ADJECTIVE = "adj"
"""Case of the rules that read an adjective of a place."""
Forms = Mapping[str, tuple[Key, Ending | None]]
"""What keys may be a case form or a translation of: see `KeyMaker.alternatives`."""


class Reading(NamedTuple):
    """One literal key of a mention, as it is asked of every part that it fits."""

    asked: Asked
    """With none of its numbers, which each part has its own of."""
    exact: str
    """What these are looked up by, beside the folded key."""
    outline: str
    """The skeleton; empty when it is not looked up by trigrams."""

    def numbered(self, exact: int, key: int, outline: int) -> Asked:
        """Return it with the numbers that a part knows it by."""
        if exact == key == outline == -1:
            return self.asked
        return self.asked._replace(exact=exact, key=key, outline=outline)


@dataclass(slots=True)
class Question:
    """A mention and its readings."""

    mention: Mention
    literal: list[Key]
    """The keys of the mention itself, the most literal first."""
    script: str
    """Of the mention (ISO 15924)."""
    known: bool = False
    """Whether it is, as it stands, a name of an entity in the country of the hint: then it is looked up exactly.

    Of a form that is known in other countries than the hint alone, what is spelled nearly so counts as well.
    """
    elsewhere: bool = False
    """Whether it is a name in whatever country."""
    within: NDArray[np.uint64] = field(default_factory=lambda: NOWHERE)
    """See `Hints.within`."""
    stated: bool = False
    """Whether that stands after a comma or in brackets."""
    keys: list[Key] = field(init=False)
    """The literal ones, and what parts have added to them: see `_add_alternatives`."""
    _readings: list[Reading] = field(init=False, default_factory=list)
    _forms: dict[tuple[int, ...], Forms] = field(init=False, default_factory=dict)
    _folded: dict[int, Mapping[str, str]] = field(init=False, default_factory=dict)
    _countries: Forms | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Take over the literal keys."""
        self.keys = list(self.literal)

    @property
    def readings(self) -> list[Reading]:
        """The literal keys as they are asked: to be read when it is known what the mention says contains the place."""
        if not self._readings:
            self._readings = [*_readings(self)]
        return self._readings

    def forms(self, keymaker: KeyMaker, numbers: tuple[int, ...]) -> Forms:
        """Return what the literal keys of some numbers may be a case form or a translation of: most parts ask alike."""
        if numbers not in self._forms:
            self._forms[numbers] = keymaker.alternatives([self.literal[one] for one in numbers], self.mention.type)
        return self._forms[numbers]

    def countries(self, keymaker: KeyMaker) -> Forms:
        """Return the country of which the mention as it stands is the adjective, if it can be a place.

        Nothing where it is a name in the country of a hint.
        """
        if self._countries is None:
            asked = self.mention.type in ("place", None) and not (self.mention.country and self.known)
            self._countries = keymaker.countries(self.literal[0]) if asked else {}
        return self._countries

    def folded(self, keymaker: KeyMaker, forms: Forms) -> Mapping[str, str]:
        """Return the folded keys of those of its forms that are case forms, each with the form, but for its own keys.

        They reach names in other scripts, and in letters without marks. Forms in plain letters are left out: these are
        names as they stand, or names of others.
        """
        if id(forms) not in self._folded:
            cases = [form for form, (_, rule) in forms.items() if rule and not form.isascii()]
            own = {key.latin for key in self.literal}
            folded = keymaker.folded_forms(cases) if cases else {}
            self._folded[id(forms)] = {key: form for key, form in folded.items() if key and key not in own}
        return self._folded[id(forms)]

    @property
    def script_code(self) -> int:
        """See `segment.script_code`."""
        return script_code(self.script)


def read(keymaker: KeyMaker, mentions: Sequence[Mention]) -> list[Question]:
    """Return mentions with their readings."""
    return [Question(mention, keymaker.of_mention(mention), script_of(mention.text)) for mention in mentions]


def place(keymaker: KeyMaker, questions: Sequence[Question], snapshot: Snapshot) -> None:
    """Find out which mentions are names as they stand, and what they themselves say contains what they mean."""
    _mark_known(snapshot.parts, questions)
    for one in questions:
        one.within = after_comma(keymaker, one.literal, snapshot)
        turned, around = before_comma(keymaker, one.mention.text, snapshot) if _may_be_turned(one) else ([], NOWHERE)
        if turned:
            one.literal = [*(key for key in one.literal if key.step is not Step.PART), *turned]
            one.keys, one.within = list(one.literal), around
        one.stated = one.within.size > 0
        if not (one.known or one.within.size) and one.mention.type in ("place", None):
            bare = next((key.exact for key in one.literal if key.step is Step.PREPOSITION), one.literal[0].exact)
            located, one.within = at_end(keymaker, bare, snapshot)
            one.literal += located
            one.keys += located


def _may_be_turned(question: Question) -> bool:
    return question.mention.type in ("place", None) and any(key.step is Step.PART for key in question.literal)


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
    _add_alternatives(parts, keymaker, questions, found)
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


def _readings(question: Question) -> Iterator[Reading]:
    keys, levels = question.literal, _levels(question.literal)
    fuzzy = set() if question.known else _fuzzy_keys(keys)
    for number, key in enumerate(keys):
        outline = skeleton(key.latin) if number in fuzzy else ""
        asked = Asked(
            latin=key.latin,
            roman=key.roman,
            skeleton="" if question.script in _ALPHABETS else outline,
            text=_compared(keys, key) if fuzzy else "",
            written=key.written or key.exact,
            exact=-1,
            key=-1,
            outline=-1,
            step=int(key.step),
            levels=key.levels or levels,
            reading=number,
            bare=key.levels != 0,
            fuzzy=number in fuzzy,
            located=key.step is Step.PART,
            stated=_is_name_as_written(key, question),
        )
        yield Reading(asked, key.exact, outline)


def _is_name_as_written(key: Key, question: Question) -> bool:
    """Tell whether what a reading leaves out is no part of the name: what stands after a comma, the word for a town.

    In "Mexico City" that word is part of the name, as the whole is one; before a name it hardly is: "City of Paris".
    """
    if key.step is Step.PART:
        return question.stated
    whole = question.literal[0].exact
    only_town = key.step is Step.BARE and key.levels != 0 and key.levels & ~SETTLEMENTS == 0
    return only_town and (not question.elsewhere or whole.endswith(key.exact))


def _add_alternatives(
    parts: Parts, keymaker: KeyMaker, questions: Sequence[Question], asked: Sequence[Sequence[list[Asked]]]
) -> None:
    """Add queries for what mentions may be a case form or translation of, and their keys to those of the mentions.

    Only forms that are known names count; and what is a name without its place-type word is no case form of one.
    Where such a word is left out, that weighs, and not the case in which many languages put the name beside it.
    What one part has added is for that part alone.
    """
    wanted = [
        (row, question, some, forms)
        for row, every in enumerate(asked)
        for question, some in zip(questions, every, strict=True)
        if some and (forms := _forms(keymaker, question, some))
    ]
    if not wanted:
        return
    exact, folded = _LookedUp(), _LookedUp()
    for row, question, _, forms in wanted:
        exact.add(forms)
        if _by_folded_forms(parts[row], question):
            folded.add(question.folded(keymaker, forms))
    found = parts.find(exact.texts, folded.texts)
    for row, question, some, forms in wanted:
        known = [(form, number, -1) for form, number in exact.known(forms, found[row])]
        if _by_folded_forms(parts[row], question):
            keys = question.folded(keymaker, forms)
            known += ((keys[key], -1, number) for key, number in folded.known(keys, found[row], len(exact.texts)))
        some += _as_forms(parts[row], keymaker, question, forms, known) if known else ()


def _forms(keymaker: KeyMaker, question: Question, asked: Sequence[Asked]) -> Forms:
    """Return what a mention may stand for besides itself.

    What is a name as it stands, in whatever country, may only be the adjective of a country: Kursk is no case form of a
    Kurske there.
    """
    if question.elsewhere:
        return question.countries(keymaker)
    return question.forms(keymaker, tuple(map(_reading, filter(_may_be_a_form, asked))))


def _by_folded_forms(part: Part, question: Question) -> bool:
    """Tell whether a part is asked for what case forms are spelled like, once folded: "Зеленському" for "Zelenskyy".

    Of persons and organizations always. Among others, of which there may be as many as there are places, some is
    spelled like any form; so they are where hardly any has a name in the script of the mention.
    """
    return part.type in _SPELLED_ALIKE or question.script_code not in part.scripts


class _LookedUp:
    """Texts that are looked up together. Of most mentions, all parts are asked for the same ones: these stand once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._begins: dict[int, int] = {}

    def add(self, texts: Collection[str]) -> None:
        """Add texts, unless the same collection is there: it must stay as it is."""
        if id(texts) not in self._begins:
            self._begins[id(texts)] = len(self.texts)
            self.texts += texts

    def known(self, texts: Collection[str], numbers: Sequence[int], before: int = 0) -> Iterator[tuple[str, int]]:
        """Yield those of texts that have a number; `before`: how many numbers stand before those of all texts."""
        first = before + self._begins[id(texts)]
        own = numbers[first : first + len(texts)]
        return ((text, number) for text, number in zip(texts, own, strict=True) if number >= 0)


_reading = attrgetter("reading")


def _may_be_a_form(one: Asked) -> bool:
    return one.exact < 0 or one.step != Step.BARE


def _as_forms(
    part: Part, keymaker: KeyMaker, question: Question, forms: Forms, known: Sequence[tuple[str, int, int]]
) -> Iterator[Asked]:
    """Yield queries for those forms that are names of a part, and add their keys.

    `known`: forms, each with the number of its exact key in the part, or -1, and that of a folded key, or -1.
    """
    literal, levels = {key.exact for key in question.literal}, _levels(question.literal)
    for form, exact, folded in known:
        key, rule = forms[form]
        if form in literal or (rule and part.type == "person" and rule.label == _ADJECTIVE):
            continue
        new = keymaker.alternative(form, key, rule)
        question.keys.append(new)
        yield Asked(
            latin="",
            roman="",
            skeleton="",
            text=_compared(question.literal, key),
            written=form,
            exact=exact,
            key=folded,
            outline=-1,
            step=int(key.step if rule and key.step is Step.BARE else new.step),
            levels=key.levels or levels,
            reading=len(question.keys) - 1,
            bare=key.levels != 0,
            located=key.step is Step.PART,
            stated=not rule and keymaker.is_translated(key),
        )


def _fuzzy_keys(keys: Sequence[Key]) -> set[int]:
    """Choose the keys to look up by trigrams."""
    chosen: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key.step in _FUZZY_STEPS and key.latin:
            chosen.setdefault(key.latin, number)
    return set(list(chosen.values())[:_MOST_FUZZY])


def _can_be(question: Question, part: Part) -> bool:
    """Tell whether a mention can be of the type of a part."""
    return question.mention.type in (None, part.type)


def _fits(one: Asked, part: Part) -> bool:
    """Tell whether a reading of a mention can be meant of the entities of a part."""
    if one.step in _OF_REGIONS:
        return part.type == "place" or (part.type == "organization" and not one.levels)
    return one.step not in _OF_PERSONS or part.type not in ("place", "organization")


def _compared(keys: Sequence[Key], key: Key) -> str:
    """Return the text by which a reading is compared letter by letter: the mention, or what of it is no title or such.

    Nothing without a place-type word: most of such a mention's letters may be those of the word.
    """
    if key.levels:
        return ""
    return key.exact if key.step in _PARTIAL_STEPS else keys[0].exact


def _levels(keys: Sequence[Key]) -> int:
    """Return the levels that any reading of a mention asks for; villages may be called as regions are: Смоленщина."""
    return reduce(or_, (key.levels for key in keys if key.step not in _OF_REGIONS))
