"""What tells two names apart although nearly all letters are the same: a number, a level, a patronymic, a sex.

Each finding is a clause for people with what it is worth: some tell two names apart whatever the spelling says, others
only speak against their being one.

>>> from normalizer.rulebook import Rulebook
>>> contradictions = Contradictions(KeyMaker(Rulebook.load()))
>>> contradictions.between("Sector 7", "Sector 8", "place")
[Contradiction(clause='other numbers', odds=-6.0)]
>>> contradictions.between("Lake Constance", "Constance", "place")[0].odds
-3.5
>>> [found.clause for found in contradictions.between("Зеленская", "Volodymyr Zelensky", "person")]
['a woman and a man']
>>> contradictions.between("В. Путин", "Vladimir Putin", "person")
[]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import JaroWinkler, Levenshtein

from normalizer.rulebook import LEVELS, PlaceType
from normalizer.terms import Mention
from normalizer.text.clean import words
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

TELLS_APART = -6.0
"""Log-odds of what tells two names apart whatever their spelling: "Sector 7", "Sector 8". By judgment, as is the next:
too few of the names that are learned from have any, and the channel takes one digit nearly for another."""
SPEAKS_AGAINST = -3.5
"""The same of what may also be left out, or be a case form: "Lake Constance", "Constance"."""
_NUMBER = re.compile(r"\d+")
_ALONE = "="
"""Before a given name of which no other form is known."""
_SYLLABIC = frozenset({"Hani", "Hang"})
_FEW_SIGNS = 4
"""Signs of the longest names of which each counts."""
_SHORT = 3
"""Letters of a word that others are not thought to be built on."""
_SAME_WORD = 0.85
"""Jaro-Winkler likeness, folded, from which two words are one: Sergey, Serhii."""
_OTHER_WORD = 0.5
"""The same, below which two words are spellings of two names."""
_SAME_STEM = 0.6
"""Levenshtein likeness from which two patronymics are of one father: Vladimirovich, Volodymyrovych."""
_SOUNDS = ("aeiouy", "ckgqhx", "sczx", "vwbfpu", "jiyg", "td")
"""First letters of one given name in the spellings and languages that names pass between."""
_WIDEST, _NARROWEST, _FEATURE = (1 << LEVELS.index(level) for level in ("admin1", "admin3", "feature"))
_DIRECTIONS = frozenset(
    {"north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "new", "upper", "lower"}
)
"""Senses of which one cannot be left out: Sudan is not South Sudan. Great Britain is Britain."""


class Contradiction(NamedTuple):
    """One thing that speaks against two names being one."""

    clause: str
    odds: float = TELLS_APART
    """What it is worth, in log-odds."""


class _Person(NamedTuple):
    """What is read from a person's name."""

    words: list[str]
    """Folded, without titles; given names in the form that all languages share."""
    spelled: list[str]
    """Folded, as they are written."""
    given: list[str]
    """Which given name each word is: the form that all languages share, or _ALONE and itself; empty for what is none."""
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
        self._patronymics = tuple({self._keymaker.folded(ending) for ending in genders["patronymic"]})
        self._feminine = tuple({self._keymaker.folded(ending) for ending in genders["feminine"]})
        self._endings = frozenset(keymaker.rules.inflections)

    def between(self, one: str, other: str, entity_type: str) -> list[Contradiction]:
        """Return what speaks against two names of a type being one; nothing when nothing does."""
        forms = [self._keymaker.cleaner.clean(text) for text in (one, other)]
        return [*self._of_all(*forms), *self._of_type(entity_type, (one, other), forms)]

    def _of_type(self, entity_type: str, texts: tuple[str, str], forms: Sequence[str]) -> Iterable[Contradiction]:
        if entity_type == "place":
            yield from self._of_places(*forms)
        if entity_type == "organization" and self._other_acronyms(texts, forms):
            yield Contradiction("other acronyms")
        elif entity_type == "organization" and _of_other_lengths(*texts):
            yield Contradiction("acronyms of other lengths", SPEAKS_AGAINST)
        if entity_type == "organization" and self._built_on(words(forms[0]), words(forms[1])):
            yield Contradiction("a longer word", SPEAKS_AGAINST)
        if entity_type == "person":
            yield from self._of_persons(*(self._person(text, form) for text, form in zip(texts, forms, strict=True)))

    def _of_all(self, one: str, other: str) -> Iterable[Contradiction]:
        numbers = [sorted(map(int, _NUMBER.findall(form))) for form in (one, other)]
        if all(numbers) and numbers[0] != numbers[1]:
            yield Contradiction("other numbers")
        if _other_signs(one, other):
            yield Contradiction("another sign", SPEAKS_AGAINST)

    def _built_on(self, one: list[str], other: list[str]) -> bool:
        """Tell whether two names differ by what is added to one word, and is no case ending: Pokrov, Pokrovsk."""
        left = [word for word in one if word not in other], [word for word in other if word not in one]
        if len(one) != len(other) or any(len(side) != 1 for side in left):
            return False
        shorter, longer = sorted((left[0][0], left[1][0]), key=len)
        if len(shorter) <= _SHORT or len(longer) < len(shorter) + 2 or not longer.startswith(shorter):
            return False
        return longer[len(shorter) :] not in self._endings and shorter not in self._keymaker.nominatives(longer)

    def _of_places(self, one: str, other: str) -> Iterable[Contradiction]:
        kinds = [self._keymaker.place_type(" ".join(words(form))) for form in (one, other)]
        if kinds[0] and kinds[1] and not _may_be_one(kinds[0], kinds[1]):
            yield Contradiction("place-type words of other levels")
        elif self._is_feature_of(one, other) or self._is_feature_of(other, one):
            yield Contradiction("only one is said to be a river, a station or the like", SPEAKS_AGAINST)
        senses, names = zip(*(self._keymaker.direction(form) for form in (one, other)), strict=True)
        if names[0] == names[1] and senses[0] != senses[1] and _DIRECTIONS.issuperset(filter(None, senses)):
            yield Contradiction("other directions")

    def _is_feature_of(self, one: str, other: str) -> bool:
        """Tell whether one is the other with a word for a river, a station or the like, and nothing else."""
        plain = " ".join(words(one))
        keys = self._keymaker.of_mention(Mention(plain, "place")) if plain else []
        features = [key.latin for key in keys if key.step is Step.BARE and key.levels == _FEATURE]
        return bool(features) and self._keymaker.folded(other) in features

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

    def _of_persons(self, one: _Person, other: _Person) -> Iterable[Contradiction]:
        if self._may_be_woman_and_man(one.spelled, other.spelled):
            yield Contradiction("a woman and a man, or a case form", SPEAKS_AGAINST)
        if _may_be_case_forms(one.spelled, other.spelled):
            return
        if {one.sex, other.sex} == {"f", "m"}:
            yield Contradiction("a woman and a man")
        left, right = _without_counterpart(one.words, other.words)
        if self._other_fathers(left, right):
            yield Contradiction("other patronymics")
        if _other_initials(left, other, right) or _other_initials(right, one, left):
            yield Contradiction("an initial of another name")
        if _other_given_names(one, other):
            yield Contradiction("other given names")
        elif one.script == other.script and _other_names(one, left, right):
            yield Contradiction("another name", SPEAKS_AGAINST)

    def _may_be_woman_and_man(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Tell whether a surname is the other with an ending that women have, or its last letter: Ivanova, Nováková.

        Of more than a surname, a foreign woman may be meant, or a case form: Theresa Mayová.
        """
        if len(one) != 1 or len(other) != 1:
            return False
        man, woman = sorted((*one, *other), key=len)
        ending = next((ending for ending in self._feminine if woman.endswith(ending)), "")
        return bool(ending) and woman in (man + ending, man + ending[-1])

    def _person(self, text: str, clean: str) -> _Person:
        keys = self._keymaker.of_mention(Mention(text, "person"))
        key = next((key for key in keys if key.step is Step.TITLE), keys[0])
        shared, folded = self._keymaker.rules.given_names, self._keymaker.folded
        tokens = [word for word in key.exact.split() if folded(word)]
        return _Person(
            [folded(shared.get(word, word)) for word in tokens],
            [folded(word) for word in tokens],
            [shared.get(word, _ALONE + folded(word) if word in self._sex_of_words else "") for word in tokens],
            self._sex(key, clean),
            script_of(text),
        )

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


def _other_signs(one: str, other: str) -> bool:
    """Tell whether one of the signs of two short names is read otherwise, where a sign is a syllable or more."""
    if len(one) != len(other) or not 1 < len(one) <= _FEW_SIGNS or {script_of(one), script_of(other)} - _SYLLABIC:
        return False
    return sum(a != b and anyascii(a) != anyascii(b) for a, b in zip(one, other, strict=True)) > 0


def _is_acronym(text: str) -> bool:
    return text.isupper() and text.isalpha()


def _of_other_lengths(one: str, other: str) -> bool:
    """Tell whether both are acronyms of one script, and one has more letters."""
    return _is_acronym(one) and _is_acronym(other) and script_of(one) == script_of(other) and len(one) != len(other)


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


def _may_be_case_forms(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether every word of one is a word of the other with the vowel of men's genitive: Tuska, Donald Tusk."""
    pairs = (one, other), (other, one)
    return any(all(word[-1:] == "a" and word[:-1] in nominative for word in genitive) for genitive, nominative in pairs)


def _other_given_names(one: _Person, other: _Person) -> bool:
    """Tell whether all that is not shared are given names that are known, and not forms of one."""
    free = [*range(len(other.words))]
    left = []
    for word in range(len(one.words)):
        counterpart = next((at for at in free if _may_be_one_name(one, word, other, at)), None)
        if counterpart is None:
            left.append(word)
        else:
            free.remove(counterpart)
    return bool(left and free) and all(one.given[at] for at in left) and all(other.given[at] for at in free)


def _may_be_one_name(one: _Person, word: int, other: _Person, at: int) -> bool:
    """Tell whether two words are forms of one given name, or spelled nearly alike and not forms of two."""
    names = one.given[word], other.given[at]
    if all(names) and names[0] == names[1]:
        return True
    two_known = all(names) and not any(name.startswith(_ALONE) for name in names)
    return not two_known and JaroWinkler.similarity(one.spelled[word], other.spelled[at]) >= _SAME_WORD


def _other_initials(initials: list[str], person: _Person, names: list[str]) -> bool:
    """Tell whether a single letter stands where a person has names, and none that begins like it in any form.

    Only when all else has its counterpart: what is spelled too differently to be seen proves nothing.
    """
    single = [word for word in initials if len(word) == 1]
    if not single or len(single) < len(initials) or not names:
        return False
    forms = {form for word, spelled in zip(person.words, person.spelled, strict=True) if word in names
             for form in (word, spelled)}  # fmt: skip
    return not any(_sound_alike(form[0], letter) for form in forms for letter in single)


def _other_names(one: _Person, left: list[str], right: list[str]) -> bool:
    """Tell whether some names are shared, and each has one more that is like none of the other: Jong-un, Jong-il."""
    if len(left) == len(one.words) or not left or not right or any(len(word) == 1 for word in (*left, *right)):
        return False
    return max(JaroWinkler.similarity(a, b) for a in left for b in right) < _OTHER_WORD


def _sound_alike(one: str, other: str) -> bool:
    return one == other or any(one in sounds and other in sounds for sounds in _SOUNDS)
