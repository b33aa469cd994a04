"""Names of persons in short: "J. Hunt" for Jeremy Hunt, "Путин В.В." for Владимир Путин.

The short form is the initial of the first given name, then the family name, whatever the order they are written in.

>>> from normalizer.rulebook import Rulebook
>>> initials = Initials(Rulebook.load())
>>> [*initials.of_name(["jeremy", "hunt"])], [*initials.of_name(["путин", "владимир", "владимирович"])]
(['j hunt'], ['в путин'])
>>> [initials.of_mention(words) for words in (["hunt", "j"], ["в", "в", "путин"], ["jeremy", "hunt"])]
['j hunt', 'в путин', '']
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from normalizer.rulebook import Rulebook
from normalizer.text.romanize import script_of

_SIGNS_ARE_WORDS = frozenset({"Hani", "Hang", "Hira", "Kana"})
"""Scripts of which a single sign may be a whole name."""


class Initials:
    """Reads and makes short forms by one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._of_two = rules.initials
        self._given = rules.given_names.keys()

    def of_name(self, tokens: Sequence[str]) -> Iterator[str]:
        """Yield the short forms of a name of several words: one for each initial that its first given name may have.

        The last word is the family name; where the second is known for a given name, and the first is not, the first.
        """
        if len(tokens) < 2:
            return
        given, family = tokens[0], tokens[-1]
        if tokens[1] in self._given and given not in self._given:
            given, family = tokens[1], tokens[0]
        if not (self.is_initial(given) or self.is_initial(family)):
            yield from (f"{initial} {family}" for initial in self._initials(given))

    def of_mention(self, tokens: Sequence[str]) -> str:
        """Return the short form that initials and one other word make, in whatever order; or nothing."""
        initials = [word for word in tokens if self.is_initial(word)]
        names = [word for word in tokens if not self.is_initial(word)]
        return f"{initials[0]} {names[0]}" if initials and len(names) == 1 else ""

    def is_initial(self, word: str) -> bool:
        """Tell whether a word is a letter, with the marks that it has, or one of two letters."""
        single = word[0].isalpha() and len(_first(word)) == len(word)
        return (single or word in self._of_two) and script_of(word) not in _SIGNS_ARE_WORDS

    def _initials(self, given: str) -> Iterator[str]:
        yield _first(given)
        if given[:2] in self._of_two:
            yield given[:2]


def _first(word: str) -> str:
    """Return the first letter of a word with the marks on it.

    >>> len(_first("சரவணபவன்")), len(_first("கிரண்"))
    (1, 2)
    """
    end = 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    return word[:end]
