"""General words in English: those that names of organizations are made of, and the names of countries.

>>> from normalizer.rulebook import Rulebook
>>> rules = Rulebook.load()
>>> glossary = Glossary(rules.glossary, rules.adjectives)
>>> [found.senses for found in glossary.english(["европейского", "союза"])]
[('european',), ('union',)]
>>> glossary.english(["лахора"])
[None]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from normalizer.rulebook import Ending, Gloss

_MOST_LETTERS_MORE = 4
"""Letters that may follow a word that stands for all its forms: endings of case, gender and number, and an article."""
_SHORT_STEM, _AFTER_SHORT, _AFTER_LONG = 4, 2, 3
"""Letters of a short stem, and those of the endings after such and after longer ones: Ливанами is of Lebanon, Ливанатес
and Китабом are of other places."""
_ADJECTIVES = ("ськ", "цьк", "зьк", "ск", "цк", "sk", "ck", "zk")
"""What the stems of Slavic adjectives end in."""
_TOWNS_IN_SK = frozenset({"ru", "uk", "be"})
"""Languages whose towns are made of such stems as well (Черногорск), and whose countries are not: Czech has Skotsko."""


class Glossary:
    """Looks words up in the glossary of one rulebook."""

    def __init__(self, table: Mapping[str, Gloss], adjectives: Mapping[str, Sequence[Ending]]) -> None:
        """Look words up in a table; what adjectives end in tells them from other words of their stem."""
        self._adjective = {(rule.language, rule.ending) for rules in adjectives.values() for rule in rules}
        self._whole = {word: gloss for word, gloss in table.items() if not word.endswith("-")}
        self._begun = {word[:-1]: gloss for word, gloss in table.items() if word.endswith("-")}

    def english(self, words: Iterable[str]) -> list[Gloss | None]:
        """Return what each word is in English, None where it is not in the table."""
        return [self._of(word) for word in words]

    def country(self, word: str) -> str:
        """Return the country of which an English word is the adjective; otherwise nothing.

        What is a case form of a country's name in another language may be a name of something else: Ганой is Hanoi.

        >>> from normalizer.rulebook import Rulebook
        >>> rules = Rulebook.load()
        >>> glossary = Glossary(rules.glossary, rules.adjectives)
        >>> glossary.country("canadian"), glossary.country("canada"), glossary.country("ганой")
        ('canada', '', '')
        """
        gloss = self._whole.get(word)
        found = " ".join(gloss.senses) if gloss and gloss.country and gloss.language == "en" else ""
        return found if found != word else ""

    def country_itself(self, word: str) -> str:
        """Return an English word that is a country, or nothing."""
        gloss = self._whole.get(word)
        return word if gloss and gloss.country and gloss.senses == (word,) else ""

    def country_of_adjective(self, word: str) -> str:
        """Return, in English, the country of which a word is the adjective, in English or by a Slavic ending.

        >>> from normalizer.rulebook import Rulebook
        >>> rules = Rulebook.load()
        >>> glossary = Glossary(rules.glossary, rules.adjectives)
        >>> [glossary.country_of_adjective(word) for word in ("syrian", "украинский", "українка", "syria")]
        ['syria', 'ukraine', '', '']
        """
        stem = self._stem(word)
        if stem.endswith(_ADJECTIVES) and self._begun[stem].country and self._is_form(word):
            return " ".join(self._begun[stem].senses)
        return self.country(word)

    def is_sure(self, words: Iterable[str]) -> bool:
        """Tell whether all words stand in the table as they are, or their stems with the ending of a form of theirs.

        Towns are called Armyansk and Chernogorsk, which are forms of no adjective, and Livanates.

        >>> from normalizer.rulebook import Rulebook
        >>> rules = Rulebook.load()
        >>> glossary = Glossary(rules.glossary, rules.adjectives)
        >>> [glossary.is_sure([word]) for word in ("ливану", "ливанатес", "rosyjskiego", "черногорске")]
        [True, False, True, False]
        """
        return all(word in self._whole or self._is_form(word) for word in words)

    def _is_form(self, word: str) -> bool:
        stem = self._stem(word)
        if not stem:
            return False
        language, ending = self._begun[stem].language, word[len(stem) :]
        if suffix := next((suffix for suffix in _ADJECTIVES if stem.endswith(suffix)), ""):
            return ending != "" and (language not in _TOWNS_IN_SK or (language, suffix + ending) in self._adjective)
        return len(ending) <= (_AFTER_LONG if len(stem) > _SHORT_STEM else _AFTER_SHORT)

    def _of(self, word: str) -> Gloss | None:
        if gloss := self._whole.get(word):
            return gloss
        return self._begun.get(self._stem(word))

    def _stem(self, word: str) -> str:
        """Return what of a word stands for all its forms in the table, the longest; or nothing."""
        lengths = range(len(word), max(0, len(word) - _MOST_LETTERS_MORE - 1), -1)
        return next((word[:length] for length in lengths if word[:length] in self._begun), "")
