"""Word endings: case forms to the nominative, place adjectives to their noun.

Endings are ambiguous, so every rule that fits gives one more form; which of them is a name, the index knows. A rule
fits after certain letters only: -а is the genitive of Курск, and not of what ends in a vowel. Forms are returned the
most probable first, which is the order of longer endings first, then of the rows in the table.

>>> from normalizer.rulebook import Rulebook
>>> endings = Endings(Rulebook.load().inflections)
>>> "суджа" in [form for form, _ in endings.alternatives("судже")]
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from operator import getitem
from typing import NamedTuple

from normalizer.rulebook import Ending

_MIN_STEM = 2
"""Letters that must remain before an ending."""
_MOST_FORMS = 96
"""Forms tried for a name."""
_MOST_WORDS = 3
"""Words of a name that is tried at all."""
_MOST_OPTIONS = 24
"""Alternatives tried for the words of a name, shared among them."""


_LAST_WORD = frozenset({"az", "et", "eu", "fi", "hu", "ka", "kk", "ko", "mn", "tr"})
"""Languages that put the case of a name of several words at its end: in the others, all words have it, or some."""


class _Option(NamedTuple):
    """What a word may be a case form of."""

    form: str
    rule: Ending
    """The first that made it."""
    only_last: bool
    """Whether all languages that have it in this case put the case at the end of a name: see _LAST_WORD."""


class Endings:
    """Alternatives for the endings of words, from one table of the rulebook."""

    def __init__(self, table: Mapping[str, tuple[Ending, ...]]) -> None:
        self._table = table
        self._longest = max(map(len, table), default=0)

    def alternatives(self, word: str) -> list[tuple[str, Ending]]:
        """Return (form, the first rule that made it) for every rule that fits one word, without repeats."""
        return [(one.form, one.rule) for one in self._options(word)]

    def _options(self, word: str) -> list[_Option]:
        found: dict[str, _Option] = {}
        for form, rule in self._made(word):
            ends = rule.language in _LAST_WORD
            first = found.get(form)
            if first is None:
                found[form] = _Option(form, rule, ends)
            elif first.only_last and not ends and rule.label == first.rule.label:
                found[form] = _Option(form, first.rule, False)
        found.pop(word, None)
        return list(found.values())

    def languages(self, word: str, form: str, label: str) -> list[str]:
        """Return the languages in which a word may be this case of a form."""
        rules = (rule for made, rule in self._made(word) if made == form and rule.label == label)
        return list(dict.fromkeys(rule.language for rule in rules))

    def _made(self, word: str) -> Iterator[tuple[str, Ending]]:
        for length in range(min(self._longest, len(word) - _MIN_STEM), -1, -1):
            cut = len(word) - length
            stem, last = word[:cut], word[cut - 1 : cut]
            for rule in self._table.get(word[cut:], ()):
                if not rule.after or last in rule.after:  # rule.fits(stem), for the many
                    yield stem + rule.replacement, rule

    def forms(self, words: list[str]) -> list[tuple[str, Ending]]:
        """Return (form, the rule of its first changed word) for a name of one to three words, at most _MOST_FORMS.

        A word may keep its form beside changed ones: only some parts of a name are inflected ("нью йорка"); the last
        one not where the language has the case there. Forms in which every word takes an early option come first, so
        that no word uses up the limit.
        """
        if len(words) > _MOST_WORDS:
            return []
        if len(words) == 1:
            return self.alternatives(words[0])[:_MOST_OPTIONS]
        options = [self._options(word)[: _MOST_OPTIONS // len(words)] for word in words]
        forms = [[word, *(one.form for one in some)] for word, some in zip(words, options, strict=True)]
        read = ((choice, options[first][choice[first] - 1]) for choice, first in _choices(tuple(map(len, forms))))
        return [
            (" ".join(map(getitem, forms, choice)), changed.rule)
            for choice, changed in read
            if choice[-1] or not changed.only_last
        ]


@cache
def _choices(counts: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
    """Return (an option for each word, the first changed word), the most probable first: 0 leaves a word as it is."""
    choices = sorted(product(*map(range, counts)), key=sum)[1 : 1 + _MOST_FORMS]
    return [(choice, next(word for word, option in enumerate(choice) if option)) for choice in choices]
