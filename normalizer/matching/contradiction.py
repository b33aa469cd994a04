"""What tells two names apart although nearly all letters are the same: a number, a level, a patronymic, a sex.

Each finding is a clause for people with what it is worth: some tell two names apart whatever the spelling says, others
only speak against their being one.

>>> from normalizer.rulebook import Rulebook
>>> contradictions = Contradictions(KeyMaker(Rulebook.load()))
>>> [tuple(found)[:2] for found in contradictions.between("Sector 7", "Sector 8", "place")]
[('other numbers', -6.0)]
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

from anyascii import anyascii

from normalizer.matching.clauses import SPEAKS_AGAINST, TELLS_APART, Contradiction
from normalizer.matching.derivation import Derivations
from normalizer.matching.organizations import Organizations
from normalizer.matching.persons import Persons
from normalizer.rulebook import LEVELS, PlaceType
from normalizer.terms import Mention
from normalizer.text.clean import words
from normalizer.text.keys import KeyMaker, Step
from normalizer.text.romanize import script_of

_NUMBER = re.compile(r"\d+")
_ROMAN = re.compile(r"(?=.)(X[CL]|L?X{0,3})(I[XV]|V?I{0,3})")
"""A Roman number up to 99, as those of kings, popes, wars and districts are written."""
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_SYLLABIC = frozenset({"Hani", "Hang"})
_LONGEST_ACRONYM = 4
"""Letters of a word in capitals that is rather an acronym than a name written large."""
_FEW_SIGNS = 4
"""Signs of the longest names of which each counts."""
_WIDEST, _NARROWEST, _FEATURE = (1 << LEVELS.index(level) for level in ("admin1", "admin3", "feature"))
_DIRECTIONS = frozenset(
    {"north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "new", "upper", "lower",
     "cis", "trans"}
)  # fmt: skip
"""Senses that are seldom left out: Sudan is not South Sudan. Great Britain is Britain."""


class Contradictions:
    """Finds what speaks against two names being one. Immutable and safe to share between threads."""

    def __init__(self, keymaker: KeyMaker) -> None:
        self._keymaker = keymaker
        self._persons, self._organizations = Persons(keymaker), Organizations(keymaker)
        self._derivations = Derivations(keymaker, "place")
        self._countries = keymaker.rules.country_names
        self._divisions = keymaker.rules.divisions

    def between(self, one: str, other: str, entity_type: str) -> list[Contradiction]:
        """Return what speaks against two names of a type being one; nothing when nothing does."""
        forms = [self._keymaker.cleaner.clean(text) for text in (one, other)]
        return [*self._of_all((one, other), *forms), *self._of_type(entity_type, (one, other), forms)]

    def _of_type(self, entity_type: str, texts: tuple[str, str], forms: Sequence[str]) -> Iterable[Contradiction]:
        if entity_type == "place":
            yield from self._of_places(*forms)
        if entity_type == "organization":
            yield from self._organizations.contradictions(*texts)
        if entity_type == "person":
            yield from self._persons.contradictions(*texts)
            said = self._generation(forms[0]) ^ self._generation(forms[1])
            if said == {"younger", "elder"}:
                yield Contradiction("a child and a parent of one name")
            elif said == {"younger"}:
                yield Contradiction("a child of that name")

    def _generation(self, clean: str) -> frozenset[str]:
        """Return which of two namesakes a person is said to be, by the last word: younger or elder."""
        roles = self._keymaker.rules.function_words.get(words(clean)[-1] if words(clean) else "", frozenset())
        return roles & {"younger", "elder"}

    def _of_all(self, texts: tuple[str, str], one: str, other: str) -> Iterable[Contradiction]:
        numbers = [_numbers(text, form) for text, form in zip(texts, (one, other), strict=True)]
        if all(numbers) and numbers[0] != numbers[1]:
            yield Contradiction("other numbers")
        if _other_signs(one, other):
            yield Contradiction("another sign", SPEAKS_AGAINST)

    def _of_places(self, one: str, other: str) -> Iterable[Contradiction]:
        kinds = [self._keymaker.place_type(" ".join(words(form))) for form in (one, other)]
        if kinds[0] and kinds[1] and not self._may_be_one(kinds[0], kinds[1]):
            yield Contradiction("place-type words of other levels")
        elif self._is_feature_of(one, other) or self._is_feature_of(other, one):
            yield Contradiction("only one is said to be a river, a station or the like", SPEAKS_AGAINST)
        senses, names = zip(*(self._keymaker.direction(form) for form in (one, other)), strict=True)
        if names[0] == names[1] and senses[0] != senses[1] and _DIRECTIONS.issuperset(filter(None, senses)):
            yield Contradiction("other directions", TELLS_APART if all(senses) else SPEAKS_AGAINST)
        codes = [self._countries.get(" ".join(words(form)), frozenset()) for form in (one, other)]
        if all(codes) and codes[0].isdisjoint(codes[1]):
            yield Contradiction("names of two countries")
        if self._derivations.differ_by(*(self._keymaker.bare(form).split(" ") for form in (one, other))):
            yield Contradiction("a name that is made of the other", SPEAKS_AGAINST)

    def _may_be_one(self, one: PlaceType, other: PlaceType) -> bool:
        """Tell whether two place-type words can mean one level: a powiat is no gmina where there are both.

        An oblast is no raion, though some raions are as wide.
        """
        tiers = [self._divisions.get(kind.word, {}) for kind in (one, other)]
        shared = tiers[0].keys() & tiers[1].keys()
        if shared and all(tiers[0][system] != tiers[1][system] for system in shared):
            return False
        wide, narrow = sorted((one.mask, other.mask))
        return bool(wide & narrow) and not (wide == _WIDEST and narrow & _NARROWEST)

    def _is_feature_of(self, one: str, other: str) -> bool:
        """Tell whether one is the other with a word for a river, a station or the like, and nothing else."""
        plain = " ".join(words(one))
        keys = self._keymaker.of_mention(Mention(plain, "place")) if plain else []
        features = [key.latin for key in keys if key.step is Step.BARE and key.levels == _FEATURE]
        return bool(features) and self._keymaker.folded(other) in features


def is_heard_acronym(mention: Mention, name: str, entity_type: str, equal_key: bool) -> bool:
    """Tell whether a mention in few capital letters is only heard like a name, or an organization's like a mention.

    What is said to be a place or a person is none, as whole lists may be in capitals; nor is what differs from the name
    in marks alone. `equal_key`: in two scripts, acronyms of equal letters are heard alike: NATO, НАТО.

    >>> [is_heard_acronym(Mention(text), "Wuhu", "place", False) for text in ("WHO", "Who")]
    [True, False]
    >>> is_heard_acronym(Mention("KOLN"), "Köln", "place", True)
    False
    >>> is_heard_acronym(Mention("ya", "organization"), "IAEA", "organization", False)
    True
    """
    text, alike = mention.text, script_of(mention.text) == script_of(name)
    plain = anyascii(text).casefold()
    if _is_acronym(text):
        spelled = plain in words(anyascii(name).casefold())
        return mention.type in (None, "organization") and not spelled and (alike or not equal_key)
    acronym = entity_type == "organization" and alike and not equal_key and _is_acronym(name)
    return acronym and not plain.startswith(anyascii(name).casefold())


def _is_acronym(text: str) -> bool:
    letters = "".join(letter for letter in text if letter.isalnum())
    return 0 < len(letters) <= _LONGEST_ACRONYM and letters.isupper() and letters.isalpha()


def _numbers(text: str, clean: str) -> list[int]:
    """Return the numbers in a name, those after its first word also in capital Roman digits: Louis XIV.

    One such digit counts at the end alone: before that it is an initial.

    >>> _numbers("Elizabeth II", "elizabeth ii"), _numbers("Ivan V Petrov", "ivan v petrov"), _numbers("V", "v")
    ([2], [], [])
    """
    later = text.split()[1:]
    roman = [word for word in later[:-1] if len(word) > 1] + later[-1:]
    found = [_NUMBER.findall(clean), [_value(word) for word in roman if _ROMAN.fullmatch(word)]]
    return sorted(int(number) for numbers in found for number in numbers)


def _value(roman: str) -> int:
    """Return a Roman number: a digit before a larger one is taken away from it.

    >>> _value("XIV")
    14
    """
    digits = [_ROMAN_DIGITS[digit] for digit in roman]
    return sum(-one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True))


def _other_signs(one: str, other: str) -> bool:
    """Tell whether one of the signs of two short names is read otherwise, where a sign is a syllable or more."""
    if len(one) != len(other) or not 1 < len(one) <= _FEW_SIGNS or {script_of(one), script_of(other)} - _SYLLABIC:
        return False
    return sum(a != b and anyascii(a) != anyascii(b) for a, b in zip(one, other, strict=True)) > 0
