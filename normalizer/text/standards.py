"""By which named standards a form is written: Selenskyj is how Germans write Зеленський.

The readings of `romanize` are those that matching needs. Here, for explanations, every standard of the rulebook is
tried on the names of one entity, or on the mention where that is in another script.

>>> from normalizer.rulebook import Rulebook
>>> from normalizer.terms import Name
>>> standards = NamedStandards(Rulebook.load())
>>> standards.behind("selenskyj", [Name("Володимир Зеленський", "uk")])
Romanized(form='Володимир Зеленський', language='uk', standards=('German popular (Duden)',), of_mention=False)
>>> standards.behind("гуево", [Name("Guyevo")])
Romanized(form='Guyevo', language='ru', standards=('BGN/PCGN 1947',), of_mention=True)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from anyascii import anyascii

from normalizer.rulebook import Rulebook
from normalizer.terms import Name, Romanized
from normalizer.text.clean import Cleaner, words
from normalizer.text.romanize import Written, script_of

_MOST_NAMES = 6
"""Names that are written by every standard of their script; of the rest little new is to be learned."""


class NamedStandards:
    """The standards of one rulebook. Immutable and safe to share between threads."""

    def __init__(self, rules: Rulebook) -> None:
        self._cleaner = Cleaner(rules)
        self._of_script: dict[str, list[Written]] = defaultdict(list)
        for standard in rules.standards.values():
            self._of_script[standard.script].append(Written(standard))

    def behind(self, form: str, names: Iterable[Name]) -> Romanized | None:
        """Return by which standards a form is a name of an entity, or a name is the form; None when by none.

        `form`: words of a clean form. `names`: those of the entity, the ones that matter most first.
        """
        script = script_of(form)
        if script == "Latn":
            return self._of_names(form, names)
        return self._of_mention(form, script, names) if script in self._of_script else None

    def _of_names(self, form: str, names: Iterable[Name]) -> Romanized | None:
        """Write the names in other scripts of which the language is known, and see which give the form."""
        asked = set(_plain(form))
        others = [(name, script_of(name.value)) for name in names if name.language]
        written_otherwise = [(name, script) for name, script in others if script in self._of_script]
        for name, script in written_otherwise[:_MOST_NAMES]:
            clean = " ".join(words(self._cleaner.clean(name.value)))
            fitting = self._fitting(script, name.language)
            found = [written for written in fitting if asked <= {*_plain(written.by(clean))}]
            if found:
                return _romanized(name.value, found, of_mention=False)
        return None

    def _of_mention(self, form: str, script: str, names: Iterable[Name]) -> Romanized | None:
        """Write the form, and see which standards give a name that is in Latin."""
        by_writing: dict[frozenset[str], list[Written]] = defaultdict(list)
        for written in self._of_script[script]:
            by_writing[frozenset(_plain(written.by(form)))].append(written)
        for name in names:
            if script_of(name.value) == "Latn":
                known = {*_plain(self._cleaner.clean(name.value))}
                for writing, found in by_writing.items():
                    if writing <= known:
                        return _romanized(name.value, found, of_mention=True)
        return None

    def _fitting(self, script: str, language: str | None) -> list[Written]:
        primary = (language or "").replace("_", "-").partition("-")[0]
        return [one for one in self._of_script[script] if one.standard.language == primary]


def _romanized(form: str, found: Sequence[Written], *, of_mention: bool) -> Romanized:
    """Return the standards of one language, that of the first, that write a form alike."""
    language = found[0].standard.language
    labels = [one.standard.label for one in found if one.standard.language == language]
    return Romanized(form, language, tuple(labels), of_mention)


def _plain(latin: str) -> list[str]:
    """Return the words of a Latin form without marks and apostrophes, which people leave out."""
    ascii_only = anyascii(latin).lower()
    return words("".join(letter for letter in ascii_only if letter not in "'`\""))
