"""What stands beside a name and may be no part of it: brackets, slashes, postcodes, the country that a place is of.

>>> from normalizer.rulebook import Rulebook
>>> from normalizer.text.keys import KeyMaker
>>> beside = KeyMaker(Rulebook.load()).beside
>>> beside.brackets("Kursk (city)"), beside.sides("Kiev / Kyiv")
(('kursk', 'city'), ('kiev', 'kyiv'))
>>> beside.aside_of_person("Merkel (CDU)"), beside.aside_of_person("Zelensky (Olena)")
(('merkel', 'cdu'), None)
>>> beside.postcode("D-10115 Berlin"), beside.postcode("5000 lei")
(('berlin', 'd-10115'), None)
>>> beside.country("syrian city of aleppo", "the Syrian city of Aleppo")
('syria', 'city of aleppo')
>>> beside.country("ukraines kharkiv", "Ukraine's Kharkiv"), beside.country("israel shamirs", "Israel Shamir's")
(('ukraine', 'kharkiv'), None)
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from normalizer.text.clean import Cleaner, words
from normalizer.text.glossary import Glossary
from normalizer.text.structure import Structure


class BesideNames:
    """Tells names from what stands beside them, as clean forms. Immutable and safe to share between threads."""

    def __init__(self, cleaner: Cleaner, structure: Structure, glossary: Glossary, given_names: Container[str]) -> None:
        self._cleaner, self._structure, self._glossary = cleaner, structure, glossary
        self._given_names = given_names

    def brackets(self, text: str) -> tuple[str, str] | None:
        """Return (a name, what stands in brackets after it), or None where there is more."""
        return self._structure.bracketed(self._cleaner.clean(text))

    def aside_of_person(self, text: str) -> tuple[str, str] | None:
        """Return (a person's name, what stands in brackets after it), unless that is a given name to a family name."""
        found = self.brackets(text)
        is_given = found and " " not in found[0] and any(word in self._given_names for word in words(found[1]))
        return None if is_given else found

    def sides(self, text: str) -> tuple[str, str] | None:
        """Return what stands before and after a slash, or None where there is none or several."""
        before, slash, after = text.partition("/")
        clean = [self._cleaner.clean(side) for side in (before, after)]
        return (clean[0], clean[1]) if slash and "/" not in after and all(clean) else None

    def postcode(self, text: str) -> tuple[str, str] | None:
        """Return (a name, the postcode before or after it, or the year after it), or None.

        A number before what is written small is a count (5000 lei), and one beside a place-type word that of a place.
        """
        found = self._structure.without_postcode(self._cleaner.clean(text))
        is_count = text[:1].isdigit() and text.rpartition(" ")[2][:1].islower()
        return found if found and self._structure.named(found[0]) and not is_count else None

    def country(self, clean: str, text: str) -> tuple[str, str] | None:
        """Return (the country whose adjective or possessive a mention begins with, in English; what follows), or None.

        `clean`: the clean form of a mention's text, or what of it follows an article.
        """
        first, _, rest = clean.partition(" ")
        country = self._glossary.country_of_adjective(first) or self._owner(first, text.split())
        return (country, rest) if country and rest else None

    def _owner(self, clean: str, spelled: Iterable[str]) -> str:
        """Return the country of which a word is the possessive, or nothing: ukraines, where Ukraine's is written."""
        for word in spelled:
            apart = self._structure.without_suffix(word)
            if apart and self._cleaner.clean(word) == clean:
                return self._glossary.country_itself(self._cleaner.clean(apart[0]))
        return ""
