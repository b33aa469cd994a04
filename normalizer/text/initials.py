"""Names of persons in short: "J. Hunt" for Jeremy Hunt, "Путин В.В." for Владимир Путин.

The short form is the initial of the first given name, then the family name, whatever the order they are written in.

>>> from normalizer.rulebook import Rulebook
>>> initials = Initials(Rulebook.load())
>>> [*initials.of_name("jeremy hunt")], [*initials.of_name("путин владимир владимирович")]
(['j hunt'], ['в путин'])
>>> [initials.of_mention(text, text.lower()) for text in ("Hunt, J.", "В.В. Путин", "Jeremy Hunt", "и Путин")]
['j hunt', 'в путин', '', '']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from normalizer.rulebook import Rulebook
from normalizer.text.clean import words
from normalizer.text.romanize import script_of

_SIGNS_ARE_WORDS = frozenset({"Hani", "Hang", "Hira", "Kana"})
"""Scripts of which a single sign may be a whole name."""
_NUMBER = re.compile(r"[ivx]+")
"""What stands after the names of kings and popes."""
_SINGLE = re.compile(r"(?<!\w)[^\W\d_](?!\w)")
"""A letter by itself."""
_DOTTED = re.compile(r"(?<!\w)(\w{2})\.")
"""Two letters by themselves, before a dot."""


class Initials:
    """Reads and makes short forms by one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._of_two = rules.initials
        self._given = rules.given_names.keys() | rules.genders["given"].keys()
        self._patronymics = tuple(rules.genders["patronymic"])
        self._after = frozenset(word for word, roles in rules.function_words.items() if roles & {"younger", "elder"})

    def of_name(self, clean: str) -> Iterator[str]:
        """Yield the short forms of a name of several words: one for each initial that its first given name may have.

        The last word is the family name; before a comma, or where a patronymic stands last, the first one.
        """
        family, given = map(words, clean.partition(",")[::2])
        if not given:
            names = [word for word in family if word not in self._after and not _NUMBER.fullmatch(word)]
            given, family = _parted(names, self._patronymics)
        in_full = given and family and not (self.is_initial(given[0]) or self.is_initial(family[-1]))
        if in_full and script_of(given[0]) not in _SIGNS_ARE_WORDS:
            yield from (f"{initial} {family[-1]}" for initial in self._initials(given[0]))

    def of_mention(self, text: str, clean: str, turned: bool = True) -> str:
        """Return the short form that initials and one other word make; or nothing. `turned`: in whatever order.

        Letters that are small beside large ones are words: "и Путин". Letters of two are initials before a dot. After
        what is known for a given name, an initial is that of the family name, or a number: Simon P., Charles V.
        """
        if not text.islower() and any(letter.islower() for letter in _SINGLE.findall(text)):
            return ""
        dotted = self._of_two.intersection(_DOTTED.findall(text.lower()))
        tokens = words(clean)
        initials = [word for word in tokens if word in dotted or self.is_initial(word)]
        names = [word for word in tokens if word not in initials]
        if len(names) != 1 or not initials:
            return ""
        leads = tokens[0] in initials
        return f"{initials[0]} {names[0]}" if leads or (turned and names[0] not in self._given) else ""

    def is_initial(self, word: str) -> bool:
        """Tell whether a word is a letter, with the marks that it has."""
        return word[0].isalpha() and len(_first(word)) == len(word) and script_of(word) not in _SIGNS_ARE_WORDS

    def _initials(self, given: str) -> Iterator[str]:
        yield _first(given)
        if given[:2] in self._of_two:
            yield given[:2]


def _parted(tokens: list[str], patronymics: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return (given names, family names) of a name without a comma; both empty where it is one word."""
    if len(tokens) > 2 and tokens[-1].endswith(patronymics):
        return tokens[1:], tokens[:1]
    return tokens[:-1], tokens[-1:]


def _first(word: str) -> str:
    """Return the first letter of a word with the marks on it.

    >>> len(_first("சரவணபவன்")), len(_first("கிரண்"))
    (1, 2)
    """
    end = 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    return word[:end]
