"""A mention as it is asked about: its readings, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import SETTLEMENTS
from normalizer.index.segment import script_code
from normalizer.matching.containers import NOWHERE
from normalizer.matching.query import Asked
from normalizer.rulebook import Ending
from normalizer.terms import Mention
from normalizer.text.fold import skeleton
from normalizer.text.keys import Key, KeyMaker, Step

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
OF_REGIONS = frozenset({Step.NAMESAKE, Step.CODE})
"""Readings of what is said of regions, whatever else the mention may be a name of."""
_ALPHABETS = frozenset({"Latn", "Cyrl", "Grek", "Armn", "Geor"})
"""Scripts that write every sound as a letter. What others write is found by its consonants as well: abjads leave most
vowels out, syllabaries put some in, and of what Chinese characters say the vowels are the least sure."""
_MOST_FUZZY = 5
"""Keys of one mention that are looked up by trigrams."""
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
    """Whether that stands after a comma, in brackets, or as a country before the name."""
    keys: list[Key] = field(init=False)
    """The literal ones, and what parts have added to them: see `case_forms`."""
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


def _readings(question: Question) -> Iterator[Reading]:
    keys, levels = question.literal, levels_asked(question.literal)
    fuzzy = set() if question.known else _fuzzy_keys(keys)
    for number, key in enumerate(keys):
        outline = skeleton(key.latin) if number in fuzzy else ""
        asked = Asked(
            latin=key.latin,
            roman=key.roman,
            skeleton="" if question.script in _ALPHABETS else outline,
            text=compared(keys, key) if fuzzy else "",
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
    only_town = key.levels != 0 and key.levels & ~SETTLEMENTS == 0
    if key.step is Step.PART:
        return question.stated and (only_town or key.levels == 0)
    whole = question.literal[0].exact
    return key.step is Step.BARE and only_town and (not question.elsewhere or whole.endswith(key.exact))


def _fuzzy_keys(keys: Sequence[Key]) -> set[int]:
    """Choose the keys to look up by trigrams."""
    chosen: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key.step in _FUZZY_STEPS and key.latin:
            chosen.setdefault(key.latin, number)
    return set(list(chosen.values())[:_MOST_FUZZY])


def compared(keys: Sequence[Key], key: Key) -> str:
    """Return the text by which a reading is compared letter by letter: the mention, or what of it is no title or such.

    Nothing without a place-type word: most of such a mention's letters may be those of the word.
    """
    if key.levels:
        return ""
    return key.exact if key.step in _PARTIAL_STEPS else keys[0].exact


def levels_asked(keys: Sequence[Key]) -> int:
    """Return the levels that any reading of a mention asks for; villages may be called as regions are: Смоленщина."""
    return reduce(or_, (key.levels for key in keys if key.step not in OF_REGIONS))
