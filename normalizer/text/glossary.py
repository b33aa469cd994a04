"""General words in English: those that names of organizations are made of, and the names of countries.

>>> from normalizer.rulebook import Rulebook
>>> glossary = Glossary(Rulebook.load().glossary)
>>> [found.senses for found in glossary.english(["европейского", "союза"])]
[('european',), ('union',)]
>>> glossary.english(["лахора"])
[None]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from normalizer.rulebook import Gloss

_MOST_LETTERS_MORE = 4
"""Letters that may follow a word that stands for all its forms: endings of case, gender and number, and an article."""
_SHORT_ENDING = 3
"""Letters of the endings of nouns: Ливанами is of Lebanon, Ливанатес is not. Adjectives may have longer ones, and none
without: rosyjskiego, Армянск."""
_ADJECTIVES = ("ск", "цк", "ськ", "цьк", "зьк", "sk", "ck", "zk")
"""What the stems of Slavic adjectives end in."""


class Glossary:
    """Looks words up in the glossary of one rulebook."""

    def __init__(self, table: Mapping[str, Gloss]) -> None:
        self._whole = {word: gloss for word, gloss in table.items() if not word.endswith("-")}
        self._begun = {word[:-1]: gloss for word, gloss in table.items() if word.endswith("-")}

    def english(self, words: Iterable[str]) -> list[Gloss | None]:
        """Return what each word is in English, None where it is not in the table."""
        return [self._of(word) for word in words]

    def country(self, word: str) -> str:
        """Return the country of which an English word is the adjective; otherwise nothing.

        What is a case form of a country's name in another language may be a name of something else: Ганой is Hanoi.

        >>> from normalizer.rulebook import Rulebook
        >>> glossary = Glossary(Rulebook.load().glossary)
        >>> glossary.country("canadian"), glossary.country("canada"), glossary.country("ганой")
        ('canada', '', '')
        """
        gloss = self._whole.get(word)
        found = " ".join(gloss.senses) if gloss and gloss.country and gloss.language == "en" else ""
        return found if found != word else ""

    def is_sure(self, words: Iterable[str]) -> bool:
        """Tell whether all words stand in the table as they are, or with the ending of a form of theirs.

        >>> from normalizer.rulebook import Rulebook
        >>> glossary = Glossary(Rulebook.load().glossary)
        >>> [glossary.is_sure([word]) for word in ("ливану", "ливанатес", "rosyjskiego", "армянск")]
        [True, False, True, False]
        """
        return all(word in self._whole or self._is_form(word) for word in words)

    def _is_form(self, word: str) -> bool:
        stem = self._stem(word)
        ending = len(word) - len(stem)
        return stem != "" and (ending > 0 if stem.endswith(_ADJECTIVES) else ending <= _SHORT_ENDING)

    def _of(self, word: str) -> Gloss | None:
        if gloss := self._whole.get(word):
            return gloss
        return self._begun.get(self._stem(word))

    def _stem(self, word: str) -> str:
        """Return what of a word stands for all its forms in the table, the longest; or nothing."""
        lengths = range(len(word), max(0, len(word) - _MOST_LETTERS_MORE - 1), -1)
        return next((word[:length] for length in lengths if word[:length] in self._begun), "")
