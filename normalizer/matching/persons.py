"""What tells two persons apart although nearly all letters are the same: a patronymic, an initial, a sex, a given name.

>>> from normalizer.rulebook import Rulebook
>>> persons = Persons(KeyMaker(Rulebook.load()))
>>> [found.clause for found in persons.contradictions("Зеленская", "Volodymyr Zelensky")]
['a woman and a man']
>>> [*persons.contradictions("В. Путин", "Vladimir Putin")]
[]
>>> [found.clause for found in persons.contradictions("G. H. W. Bush", "George Walker Bush")]
['an initial of another name']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler, Levenshtein

from normalizer.matching.clauses import SPEAKS_AGAINST, TELLS_APART, Contradiction
from normalizer.matching.derivation import Derivations
from normalizer.matching.syllables import Syllables
from normalizer.terms import Mention
from normalizer.text.clean import words
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_ALONE = "="
"""Before a given name of which no other form is known."""
_SAME_WORD = 0.85
"""Jaro-Winkler likeness, folded, from which two words are one: Sergey, Serhii."""
_OTHER_WORD = 0.5
"""The same, below which two words are spellings of two names."""
_SAME_STEM = 0.6
"""Levenshtein likeness from which two patronymics are of one father: Vladimirovich, Volodymyrovych."""
_SOUNDS = ("aeiouy", "ckgqhx", "sczx", "vwbfpu", "jiyg", "td")
"""First letters of one given name in the spellings and languages that names pass between."""


class _Person(NamedTuple):
    """What is read from a person's name."""

    clean: list[str]
    """Without titles."""
    words: list[str]
    """Folded, without titles; given names in the form that all languages share."""
    spelled: list[str]
    """Folded, as they are written."""
    given: list[str]
    """Which given name each word is: the form that all languages share, or _ALONE and itself; empty where none."""
    sex: str
    """f, m, or nothing when no word says."""
    titled: bool
    """Whether a title says so: of Mrs. Putina, who is no case form of a man's name."""
    script: str


class Persons:
    """Finds what tells two persons apart by their names. Immutable and safe to share between threads."""

    def __init__(self, keymaker: KeyMaker) -> None:
        self._keymaker = keymaker
        genders = keymaker.rules.genders
        self._sex_of_endings = genders["ending"]
        self._longest = max(map(len, self._sex_of_endings))
        self._sex_of_words = genders["given"]
        self._sex_of_titles = genders["title"]
        self._patronymics = tuple({self._keymaker.folded(ending) for ending in genders["patronymic"]})
        self._feminine = tuple({self._keymaker.folded(ending) for ending in genders["feminine"]})
        self._either = frozenset(map(self._keymaker.folded, genders["either"]))
        self._derivations = Derivations(keymaker, "person")
        self._syllables = Syllables(keymaker.rules.pinyin, keymaker.rules.han_readings)

    def contradictions(self, *texts: str) -> Iterable[Contradiction]:
        """Yield what speaks against two names being one person's."""
        one, other = (self._person(text, self._keymaker.cleaner.clean(text)) for text in texts)
        if self._may_be_woman_and_man(one.spelled, other.spelled):
            yield Contradiction("a woman and a man, or a case form", SPEAKS_AGAINST)
        if {one.sex, other.sex} == {"f", "m"} and (one.titled or other.titled):
            yield Contradiction("a woman and a man")
            return
        if _may_be_case_forms(one.spelled, other.spelled):
            if self._is_womans(one) or self._is_womans(other):
                yield Contradiction("a woman and a man, or a case form", SPEAKS_AGAINST)
            return
        if {one.sex, other.sex} == {"f", "m"}:
            yield Contradiction("a woman and a man")
        left, right = _without_counterpart(one.words, other.words)
        if self._other_fathers(left, right):
            yield Contradiction("other patronymics")
        initials = _other_initials(left, other, right) or _other_initials(right, one, left)
        if initials or _other_in_order(one, other):
            yield Contradiction("an initial of another name")
        if _other_given_names(one, other):
            yield Contradiction("other given names")
        elif one.script == other.script and _other_names(one, left, right):
            yield Contradiction("another name", SPEAKS_AGAINST)
        if self._syllables.differ(one.clean, other.clean):
            yield Contradiction("other syllables", TELLS_APART if one.script == other.script else SPEAKS_AGAINST)
        if self._derivations.differ_by(one.spelled, other.spelled, more=1):
            alone = len(one.words) == 1  # may be in the genitive plural: Stalinów
            odds = SPEAKS_AGAINST if alone else TELLS_APART
            yield Contradiction("a name that is made of the other", odds, alone)

    def _is_womans(self, person: _Person) -> bool:
        """Tell whether a name is a woman's if it is no case form: Александра Петрова, not Jana Nowaka."""
        surnames = [word for word in person.spelled if word not in self._either]
        return len(surnames) < len(person.spelled) and all(word.endswith(self._feminine) for word in surnames)

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
        shared, read = self._keymaker.rules.given_names, self._read
        tokens = [word for word in key.exact.split() if read(word)]
        return _Person(
            tokens,
            [read(shared.get(word, word)) for word in tokens],
            [read(word) for word in tokens],
            [shared.get(word, _ALONE + read(word) if word in self._sex_of_words else "") for word in tokens],
            *self._sex(key, clean),
            script_of(text),
        )

    def _read(self, word: str) -> str:
        """Return a word folded, but as it is where only one letter of several is left: the Arabic Al is no initial."""
        folded = self._keymaker.folded(word)
        return folded if len(folded) != 1 or len(word) == 1 else word

    def _sex(self, key: Key, clean: str) -> tuple[str, bool]:
        """Return the sex that most titles say, or else most given names, patronymics and surnames; and whether titles.

        A title decides: Mrs. Zelenskyy bears the name as her husband does.
        """
        names = words(key.exact)
        by_title = _most(self._sex_of_titles.get(word, "") for word in words(clean) if word not in names)
        said = [self._sex_of_words.get(word, "") for word in names] if len(names) > 1 else []
        said += [self._sex_by_ending(word) for word in names]
        return by_title or _most(said), bool(by_title)

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


def _most(said: Iterable[str]) -> str:
    """Return the sex that is said more often, nothing when none is."""
    votes = Counter(said)
    return "" if votes["f"] == votes["m"] else max("fm", key=votes.__getitem__)


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
    two_known = all(names) and not all(name.startswith(_ALONE) for name in names)
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


def _other_in_order(one: _Person, other: _Person) -> bool:
    """Tell whether the same first name is followed by an initial here, and by another name there: G. H. W., George W.

    The family name, which both have in full, is left aside; what only one has after the shared names says nothing.
    """
    shared = [word for word in one.words if len(word) > 1 and word in other.words]
    if not shared:
        return False
    families = [word for word in shared if not one.given[one.words.index(word)]]
    family = (families or shared)[-1]
    names = [[word for word in person.words if word != family] for person in (one, other)]
    pairs = [*zip(*names, strict=False)]
    if not pairs or not _sound_alike(pairs[0][0][0], pairs[0][1][0]):
        return False
    return any(min(len(a), len(b)) == 1 and not _sound_alike(a[0], b[0]) for a, b in pairs[1:])


def _other_names(one: _Person, left: list[str], right: list[str]) -> bool:
    """Tell whether some names are shared, and each has one more that is like none of the other: Jong-un, Jong-il."""
    if len(left) == len(one.words) or not left or not right or any(len(word) == 1 for word in (*left, *right)):
        return False
    return max(JaroWinkler.similarity(a, b) for a in left for b in right) < _OTHER_WORD


def _sound_alike(one: str, other: str) -> bool:
    return one == other or any(one in sounds and other in sounds for sounds in _SOUNDS)
