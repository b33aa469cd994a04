"""What tells two organizations apart although most letters are the same: an acronym, a country, a field, a name.

>>> from normalizer.rulebook import Rulebook
>>> organizations = Organizations(KeyMaker(Rulebook.load()))
>>> [found.clause for found in organizations.contradictions("Central Bank of Iran", "Central Bank of Iraq")]
['names of two countries']
>>> [found.clause for found in organizations.contradictions("Ministry of Finance", "Ministry of Justice")]
['words that tell of two fields']
>>> [*organizations.contradictions("BBC", "British Broadcasting Corporation")]
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from normalizer.matching.clauses import SPEAKS_AGAINST, TELLS_APART, Contradiction
from normalizer.rulebook import Gloss
from normalizer.text.clean import words
from normalizer.text.keys import KeyMaker
from normalizer.text.romanize import script_of

_SHORT = 3
"""Letters of a word that others are not thought to be built on."""
_SAME_WORD, _OTHER_WORD = 0.85, 0.65
"""Jaro-Winkler likeness, folded, from which two words are one, and below which they are spellings of two."""
_LEFT_OUT = frozenset({"national", "federal", "state", "republic"})
"""Senses of words that may be left out of an organization's name, as its country may: the National Bank."""
_BODIES = (frozenset({"united", "nations"}), frozenset({"european", "union"}))
"""Senses of what organizations belong to as others do to a country: the Court (of the European Union)."""
_HEADS = frozenset(
    {"agency", "army", "assembly", "association", "bureau", "committee", "commission", "company", "council",
     "department", "federation", "forces", "group", "institute", "league", "ministry", "office", "organization",
     "parliament", "service", "society", "union"}
)  # fmt: skip
"""Senses of what an organization is: translators put one for another, as the Committee and the Commission."""


class _Word(NamedTuple):
    """What is read from a word of an organization's name."""

    folded: str
    senses: frozenset[str]
    """What it is in English; nothing when it is not known."""
    countries: frozenset[str]
    """Alpha-2 codes of the countries that it may mean."""


class Organizations:
    """Finds what tells two organizations apart by their names. Immutable and safe to share between threads."""

    def __init__(self, keymaker: KeyMaker) -> None:
        self._keymaker = keymaker
        self._countries = keymaker.rules.country_names
        self._endings = frozenset(keymaker.rules.inflections)

    def contradictions(self, *texts: str) -> Iterable[Contradiction]:
        """Yield what speaks against two names being one organization's."""
        if any(is_acronym(way[0]) and self._keymaker.abbreviates(*way) for way in (texts, texts[::-1])):
            return
        forms = [self._keymaker.without_legal_form(self._keymaker.cleaner.clean(text)) for text in texts]
        if self._other_acronyms(texts, forms):
            yield Contradiction("other acronyms")
        elif _of_other_lengths(*texts):
            yield Contradiction("acronyms of other lengths", SPEAKS_AGAINST)
        if self._built_on(words(forms[0]), words(forms[1])):
            yield Contradiction("a longer word", SPEAKS_AGAINST)
        fewer, more = sorted((self._keymaker.senses(form) for form in forms), key=len)
        if fewer and fewer < more and not (more - fewer <= _LEFT_OUT or any(body <= more for body in _BODIES)):
            yield Contradiction("a word that tells of another field", in_full=True)
        one, other = map(self._read, forms)
        yield from _word_by_word(one, other, same_script=script_of(texts[0]) == script_of(texts[1]))

    def _built_on(self, one: list[str], other: list[str]) -> bool:
        """Tell whether two names differ by what is added to one word, and is no case ending: Pokrov, Pokrovsk."""
        left = [word for word in one if word not in other], [word for word in other if word not in one]
        if len(one) != len(other) or any(len(side) != 1 for side in left):
            return False
        shorter, longer = sorted((left[0][0], left[1][0]), key=len)
        if len(shorter) <= _SHORT or len(longer) < len(shorter) + 2 or not longer.startswith(shorter):
            return False
        return longer[len(shorter) :] not in self._endings and shorter not in self._keymaker.nominatives(longer)

    def _other_acronyms(self, texts: Sequence[str], forms: Sequence[str]) -> bool:
        """Tell whether an acronym stands beside another one of as many letters, or what has other first letters.

        The same letters in another order may be the same words in another language: NATO, OTAN.
        """
        one, other = (self._acronyms(*both) for both in zip(texts, forms, strict=True))
        if not any(map(is_acronym, texts)) or script_of(texts[0]) != script_of(texts[1]):
            return False
        pairs = [(sorted(a), sorted(b)) for a in one for b in other]
        return any(len(a) == len(b) for a, b in pairs) and all(a != b for a, b in pairs)

    def _acronyms(self, text: str, clean: str) -> list[str]:
        return [clean] if is_acronym(text) else self._keymaker.initials(text)

    def _read(self, clean: str) -> list[_Word]:
        """Return the words of a name but those that only link others, or may be left out."""
        read = (
            _Word(self._keymaker.folded(word), frozenset(gloss.senses if gloss else ()), self._meant(word, gloss))
            for word, gloss in self._keymaker.content(clean)
        )
        return [word for word in read if not (word.senses and word.senses <= _LEFT_OUT)]

    def _meant(self, word: str, gloss: Gloss | None) -> frozenset[str]:
        names = (word, *(gloss.senses if gloss and gloss.country else ()))
        return frozenset[str]().union(*(self._countries.get(name, frozenset()) for name in names))


def _word_by_word(one: list[_Word], other: list[_Word], *, same_script: bool) -> Iterable[Contradiction]:
    """Yield what the words say that either has in the place of the other's."""
    countries = [frozenset[str]().union(*(word.countries for word in side)) for side in (one, other)]
    if all(countries) and countries[0] != countries[1]:
        apart = countries[0].isdisjoint(countries[1])
        yield Contradiction("names of two countries", TELLS_APART if apart else SPEAKS_AGAINST)
    left, right = _without_counterpart(one, other)
    if not left or not right or len(left) == len(one) or len(right) == len(other):
        return
    if all(word.senses for word in (*left, *right)):
        senses = [frozenset[str]().union(*(word.senses for word in side)) for side in (left, right)]
        if not (senses[0] <= _HEADS and senses[1] <= _HEADS):
            yield Contradiction("words that tell of two fields", TELLS_APART if same_script else SPEAKS_AGAINST)
    elif same_script and not any(word.senses for word in (*left, *right)) and _alike(left, right) < _OTHER_WORD:
        yield Contradiction("another name", SPEAKS_AGAINST)


def _without_counterpart(one: list[_Word], other: list[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Return the words of either, countries left out, that are none of the other's."""
    left, right = ([word for word in side if not word.countries] for side in (one, other))
    for word in tuple(left):
        best = max(right, key=lambda there: _likeness(word, there), default=None)
        if best and _likeness(word, best) >= _SAME_WORD:
            left.remove(word)
            right.remove(best)
    return left, right


def _likeness(one: _Word, other: _Word) -> float:
    """Return how alike two words are: by what they mean where both are known, else by their letters."""
    if one.senses and other.senses:
        return float(not one.senses.isdisjoint(other.senses))
    return JaroWinkler.similarity(one.folded, other.folded)


def _alike(left: Iterable[_Word], right: Sequence[_Word]) -> float:
    return max(JaroWinkler.similarity(one.folded, other.folded) for one in left for other in right)


def is_acronym(text: str) -> bool:
    """Tell whether a name is written as an acronym: NATO, N.A.T.O."""
    return text.isupper() and text.replace(".", "").isalpha()


def _of_other_lengths(one: str, other: str) -> bool:
    """Tell whether both are acronyms of one script, and one has more letters."""
    lengths = {len(text.replace(".", "")) for text in (one, other)}
    return is_acronym(one) and is_acronym(other) and script_of(one) == script_of(other) and len(lengths) > 1
