"""What tells two names apart although nearly all letters are the same: a number, a level, a patronymic, a sex.

Each finding is a clause for people, and speaks against the two being one whatever the spelling says.

>>> from normalizer.rulebook import Rulebook
>>> contradictions = Contradictions(KeyMaker(Rulebook.load()))
>>> contradictions.between("Sector 7", "Sector 8", "place")
['other numbers']
>>> contradictions.between("Иван Петрович Сидоров", "Ivan Alekseevich Sidorov", "person")
['other patronymics']
>>> contradictions.between("Зеленская", "Volodymyr Zelensky", "person")
['a woman and a man']
>>> contradictions.between("В. Путин", "Vladimir Putin", "person")
[]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler, Levenshtein

from normalizer.rulebook import LEVELS, PlaceType
from normalizer.terms import Mention
from normalizer.text.clean import words
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_NUMBER = re.compile(r"\d+")
_SAME_WORD = 0.85
"""Jaro-Winkler likeness, folded, from which two words are one: Sergey, Serhii."""
_OTHER_WORD = 0.5
"""The same, below which two words are spellings of two names."""
_SAME_STEM = 0.6
"""Levenshtein likeness from which two patronymics are of one father: Vladimirovich, Volodymyrovych."""
_SOUNDS = ("aeiouy", "ckgqhx", "sczx", "vwbfpu", "jiyg", "td")
"""First letters of one given name in the spellings and languages that names pass between."""
_WIDEST, _NARROWEST = (1 << LEVELS.index(level) for level in ("admin1", "admin3"))
_DIRECTIONS = frozenset(
    {"north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "new", "upper", "lower"}
)
"""Senses of which one cannot be left out: Sudan is not South Sudan. Great Britain is Britain."""


class _Person(NamedTuple):
    """What is read from a person's name."""

    words: list[str]
    """Folded, without titles."""
    sex: str
    """f, m, or nothing when no word says."""
    script: str


class Contradictions:
    """Finds what speaks against two names being one. Immutable and safe to share between threads."""

    def __init__(self, keymaker: KeyMaker) -> None:
        self._keymaker = keymaker
        genders = keymaker.rules.genders
        self._sex_of_endings = genders["ending"]
        self._longest = max(map(len, self._sex_of_endings))
        self._sex_of_words = genders["given"]
        self._sex_of_titles = genders["title"]
        self._patronymics = tuple({self._folded(ending) for ending in genders["patronymic"]})

    def between(self, one: str, other: str, entity_type: str) -> list[str]:
        """Return what speaks against two names of a type being one, as clauses; nothing when nothing does."""
        forms = [self._keymaker.cleaner.clean(text) for text in (one, other)]
        numbers = [sorted(map(int, _NUMBER.findall(form))) for form in forms]
        found = ["other numbers"] if all(numbers) and numbers[0] != numbers[1] else []
        if entity_type == "place":
            found += self._of_places(*forms)
        if entity_type == "organization" and self._other_acronyms((one, other), forms):
            found.append("other acronyms")
        if entity_type == "person":
            found += self._of_persons(
                *(self._person(text, form) for text, form in zip((one, other), forms, strict=True))
            )
        return found

    def _of_places(self, one: str, other: str) -> Iterable[str]:
        kinds = [self._keymaker.place_type(form) for form in (one, other)]
        if kinds[0] and kinds[1] and not _may_be_one(kinds[0], kinds[1]):
            yield "place-type words of other levels"
        senses, names = zip(*(self._keymaker.direction(form) for form in (one, other)), strict=True)
        if names[0] == names[1] and senses[0] != senses[1] and _DIRECTIONS.issuperset(filter(None, senses)):
            yield "other directions"

    def _other_acronyms(self, texts: Sequence[str], forms: Sequence[str]) -> bool:
        """Tell whether an acronym stands beside another one of as many letters, or what has other first letters.

        The same letters in another order may be the same words in another language: NATO, OTAN.
        """
        one, other = (self._acronyms(*both) for both in zip(texts, forms, strict=True))
        if not any(map(_is_acronym, texts)) or script_of(texts[0]) != script_of(texts[1]):
            return False
        pairs = [(sorted(a), sorted(b)) for a in one for b in other]
        return any(len(a) == len(b) for a, b in pairs) and all(a != b for a, b in pairs)

    def _acronyms(self, text: str, clean: str) -> list[str]:
        return [clean] if _is_acronym(text) else self._keymaker.initials(text)

    def _of_persons(self, one: _Person, other: _Person) -> Iterable[str]:
        if {one.sex, other.sex} == {"f", "m"}:
            yield "a woman and a man"
        left, right = _without_counterpart(one.words, other.words)
        if self._other_fathers(left, right):
            yield "other patronymics"
        if _other_initials(left, right) or _other_initials(right, left):
            yield "an initial of another name"
        if one.script == other.script and _other_names(one, left, right):
            yield "another name"

    def _person(self, text: str, clean: str) -> _Person:
        keys = self._keymaker.of_mention(Mention(text, "person"))
        key = next((key for key in keys if key.step is Step.TITLE), keys[0])
        shared = self._keymaker.rules.given_names
        read = [self._folded(shared.get(word, word)) for word in key.exact.split()]
        return _Person(read, self._sex(key, clean), script_of(text))

    def _sex(self, key: Key, clean: str) -> str:
        """Return the sex that most words of a name say, if any: titles, given names, patronymics, surnames."""
        names = words(key.exact)
        titles = [word for word in words(clean) if word not in names]
        said = [self._sex_of_titles.get(word, "") for word in titles]
        said += [self._sex_of_words.get(word, "") for word in names] if len(names) > 1 else []
        said += [self._sex_by_ending(word) for word in names]
        votes = [said.count("f"), said.count("m")]
        return "" if votes[0] == votes[1] else "fm"[votes[1] > votes[0]]

    def _sex_by_ending(self, word: str) -> str:
        for length in range(min(self._longest, len(word) - 2), 1, -1):
            if sex := self._sex_of_endings.get(word[-length:]):
                return sex
        return ""

    def _other_fathers(self, one: Iterable[str], other: Iterable[str]) -> bool:
        """Tell whether patronymics are left on both sides that are not of one father."""
        stems = [[stem for word in side if (stem := self._father(word))] for side in (one, other)]
        likeness = [Levenshtein.normalized_similarity(a, b) for a in stems[0] for b in stems[1]]
        return bool(likeness) and max(likeness) < _SAME_STEM

    def _father(self, word: str) -> str:
        ending = max((ending for ending in self._patronymics if word.endswith(ending)), key=len, default="")
        return word[: -len(ending)] if ending else ""

    def _folded(self, text: str) -> str:
        return self._keymaker.of_mention(Mention(text))[0].latin


def _is_acronym(text: str) -> bool:
    return text.isupper() and text.isalpha()


def _may_be_one(one: PlaceType, other: PlaceType) -> bool:
    """Tell whether two place-type words can mean one level: an oblast is no raion, though some raions are as wide."""
    wide, narrow = sorted((one.mask, other.mask))
    return bool(wide & narrow) and not (wide == _WIDEST and narrow & _NARROWEST)


def _without_counterpart(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    """Return the words of either that are not spelled nearly like one of the other."""
    left, right = list(one), list(other)
    alike = sorted(((JaroWinkler.similarity(a, b), a, b) for a in one for b in other), reverse=True)
    for likeness, a, b in alike:
        if likeness >= _SAME_WORD and a in left and b in right:
            left.remove(a)
            right.remove(b)
    return left, right


def _other_initials(initials: list[str], names: list[str]) -> bool:
    """Tell whether a single letter stands where the other has names, and none that begins like it.

    Only when all else has its counterpart: what is spelled too differently to be seen proves nothing.
    """
    single = [word for word in initials if len(word) == 1]
    if not single or len(single) < len(initials) or not names:
        return False
    return not any(_sound_alike(word[0], letter) for word in names for letter in single)


def _other_names(one: _Person, left: list[str], right: list[str]) -> bool:
    """Tell whether some names are shared, and each has one more that is like none of the other: Jong-un, Jong-il."""
    if len(left) == len(one.words) or not left or not right or any(len(word) == 1 for word in (*left, *right)):
        return False
    return max(JaroWinkler.similarity(a, b) for a in left for b in right) < _OTHER_WORD


def _sound_alike(one: str, other: str) -> bool:
    return one == other or any(one in sounds and other in sounds for sounds in _SOUNDS)
