"""What a form may stand for besides itself: the nominative of a case form, a name without the preposition that is
written with it, a place in English.

There are many such forms for every mention; which of them are names, the index knows.

>>> from normalizer.rulebook import Rulebook
>>> rules = Rulebook.load()
>>> glossary = Glossary(rules.glossary, rules.adjectives)
>>> alternatives = Alternatives(rules, glossary, Romanizer(rules), Folder(rules))
>>> dict(alternatives.of("судже"))["суджа"].label
'loc,dat'
>>> [form for form, rule in alternatives.of("rumunsku", in_english=True) if not rule]
['romania']
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from normalizer.rulebook import Ending, Gloss, Rulebook
from normalizer.text.fold import Folder
from normalizer.text.glossary import Glossary
from normalizer.text.inflection import Endings
from normalizer.text.romanize import Romanizer, script_of

_SHORTEST_AFTER_PROCLITIC = 3
"""Letters of what is left without one."""


class Alternatives:
    """Finds what forms may stand for by the rules of one rulebook. Immutable and safe to share between threads."""

    def __init__(self, rules: Rulebook, glossary: Glossary, romanizer: Romanizer, folder: Folder) -> None:
        self._inflections = Endings(rules.inflections)
        self._proclitics = rules.proclitics
        self._longest_proclitic = max(map(len, rules.proclitics), default=0)
        self._glossary, self._romanizer, self._folder = glossary, romanizer, folder

    def of(self, exact: str, *, in_english: bool = False) -> Iterator[tuple[str, Ending | None]]:
        """Yield forms, each with the rule of the case or of the preposition (בחיפה is חיפה); some more than once.

        Without a rule, it is what a place is `in_english` by the glossary: Rumunsku is Romania.
        """
        tokens = exact.split(" ")
        yield from self._inflections.forms(tokens)
        yield from ((form, None) for form in self._in_english(tokens) if in_english)
        yield from self._without_proclitics(exact)

    def country(self, exact: str) -> str:
        """Return the country of which a form is the adjective, in English, or nothing: see `Glossary.country`."""
        return self._glossary.country(exact)

    def is_sure(self, exact: str) -> bool:
        """Tell whether a form is surely what it is in English by the glossary: see `Glossary.is_sure`."""
        return self._glossary.is_sure(exact.split(" "))

    def told(self, exact: str, form: str, rule: Ending) -> str:
        """Return, for people, by which case of which languages, or by which preposition, a form stands for another."""
        languages = [rule.language]
        if rule != self._proclitics.get(rule.ending):
            pairs = zip(exact.split(" "), form.split(" "), strict=True)
            changed = next(pair for pair in pairs if pair[0] != pair[1])
            languages = self._inflections.languages(*changed, rule.label)
        return f"{rule.label} ({', '.join(languages)})"

    def nominatives(self, word: str) -> set[str]:
        """Return what a word may be a case form of."""
        return {form for form, _ in self._inflections.forms([word])}

    def folded(self, forms: Sequence[str]) -> dict[str, str]:
        """Return the folded Latin keys of forms, each with the form: of its readings, those that differ.

        Words are romanized and folded once, in whatever forms they stand, those of each script together.

        >>> from normalizer.rulebook import Rulebook
        >>> rules = Rulebook.load()
        >>> glossary = Glossary(rules.glossary, rules.adjectives)
        >>> alternatives = Alternatives(rules, glossary, Romanizer(rules), Folder(rules))
        >>> alternatives.folded(["галич", "новий галич"])
        {'galic': 'галич', 'novi galic': 'новий галич', 'halic': 'галич', 'novi halic': 'новий галич'}
        """
        tokens = dict.fromkeys(token for form in forms for token in form.split(" "))
        by_script: dict[str, list[str]] = {}
        for token in tokens:
            by_script.setdefault(script_of(token), []).append(token)
        readings = [self._folded_words(some) for some in by_script.values()]
        found: dict[str, str] = {}
        for number in range(max(map(len, readings), default=0)):
            folded = {word: key for one in readings for word, key in one[min(number, len(one) - 1)].items()}
            for form in forms:
                found.setdefault(folded.get(form) or " ".join([folded[token] for token in form.split(" ")]), form)
        return found

    def _folded_words(self, tokens: Sequence[str]) -> list[dict[str, str]]:
        """Return the folded keys of words in one script, by each reading of it."""
        readings = self._romanizer.readings("\n".join(tokens))
        return [dict(zip(tokens, self._folder.fold_all(latin), strict=True)) for latin, _ in readings]

    def _without_proclitics(self, exact: str) -> Iterator[tuple[str, Ending]]:
        """Yield (what is left, the rule) of a form, for every preposition that it may begin with.

        It may as well be the beginning of a name: so this is a reading as a case form is, which great places outweigh.
        """
        for length in range(1, self._longest_proclitic + 1):
            rule = self._proclitics.get(exact[:length])
            if rule and len(exact) >= length + _SHORTEST_AFTER_PROCLITIC:
                yield rule.replacement + exact[length:], rule

    def _is_country(self, word: str, gloss: Gloss) -> bool:
        return gloss.country and self._glossary.is_sure([word])

    def _in_english(self, tokens: list[str]) -> list[str]:
        """Return a name of which the glossary has every word, in English: in its own order, and the other way round."""
        english = [gloss for gloss in self._glossary.english(tokens) if gloss]
        if len(english) < len(tokens) or (len(tokens) == 1 and not self._is_country(tokens[0], english[0])):
            return []
        senses = [sense for gloss in english for sense in gloss.senses]
        orders = (senses, senses[::-1]) if senses else ()
        return [*dict.fromkeys(map(" ".join, orders))]
