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


class Glossary:
    """Looks words up in the glossary of one rulebook."""

    def __init__(self, table: Mapping[str, Gloss]) -> None:
        self._whole = {word: gloss for word, gloss in table.items() if not word.endswith("-")}
        self._begun = {word[:-1]: gloss for word, gloss in table.items() if word.endswith("-")}

    def english(self, words: Iterable[str]) -> list[Gloss | None]:
        """Return what each word is in English, None where it is not in the table."""
        return [self._of(word) for word in words]

    def _of(self, word: str) -> Gloss | None:
        if gloss := self._whole.get(word):
            return gloss
        for length in range(len(word), max(0, len(word) - _MOST_LETTERS_MORE - 1), -1):
            if gloss := self._begun.get(word[:length]):
                return gloss
        return None
