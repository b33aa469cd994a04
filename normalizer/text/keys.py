"""The one door through which names and mentions get their match keys.

A form is read in several ways (`Step`): as it stands, without its place-type word, as the noun behind an adjective,
without a title, as one of a person's names. Each way, and each romanization of it, is a `Key`: the exact key in the
form's own script and the folded Latin key. The index asks for `of_name`, the query for `of_mention`; both build on the
same private steps, and the query adds what only running text has: prepositions and case endings.

>>> from normalizer.rulebook import Gloss, Rulebook
>>> from normalizer.terms import Mention
>>> keys = KeyMaker(Rulebook.load())
>>> [(key.exact, key.latin, key.step.name) for key in keys.of_name("Kursk Oblast", "place")]
[('kursk oblast', 'kursk oblast', 'FULL'), ('kursk', 'kursk', 'BARE')]
>>> keys.of_mention(Mention("Gen. Gerasimov", type="person"))[1].exact
'gerasimov'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from normalizer.rulebook import LEVELS, Ending, Gloss, PlaceType, Rulebook
from normalizer.terms import Mention
from normalizer.text.abbreviations import Abbreviations
from normalizer.text.alternatives import Alternatives
from normalizer.text.beside import BesideNames
from normalizer.text.clean import Cleaner, words
from normalizer.text.fold import Folder
from normalizer.text.glossary import Glossary
from normalizer.text.han import simplified
from normalizer.text.inflection import Endings
from normalizer.text.initials import Initials
from normalizer.text.romanize import Romanizer
from normalizer.text.structure import Structure


class Step(IntEnum):
    """How a form was read. The values are stored in the index: add at the end, never renumber."""

    FULL = 0
    """As it stands."""
    BARE = 1
    """Without its place-type word, or an organization's legal form."""
    ADJECTIVE = 2
    """The noun behind the adjective that was left without the place-type word."""
    TITLE = 3
    """Without titles and what stands before them."""
    OUTLINE = 4
    """First and last of three or more words of a person's name: without the middle names."""
    SORTED = 5
    """Words in alphabetical order: a person's names in any order."""
    TOKEN = 6
    """One word of a person's name."""
    PART = 7
    """What stands before a comma, a bracket, a slash, or the name of what contains it; or after that of a country."""
    PREPOSITION = 8
    """Without a preposition or an article, an ending after an apostrophe, an aside in brackets, or a postcode."""
    INFLECTED = 9
    """A case form put into the nominative."""
    NAMESAKE = 10
    """A name of the town that a region is named after: Сумщина is the region of Суми."""
    TRANSLATED = 11
    """Words such as north or new put into English and before the name: Јужна Холандија is south Холандија; of an
    organization, all words that the glossary has: Съд на ЕС is court european union."""
    RENAMED = 12
    """Given names of a person in a form that all languages share, before the other names: Володимир is vladimir."""
    ACRONYM = 13
    """The first letters of an organization's words."""
    INITIAL = 14
    """A person's name in short, the initial first: Hunt J., Jeremy Hunt."""
    CODE = 15
    """What an abbreviation, or the code of a region, stands for: S. Sudan, Calif., QLD."""


_INFLECTED_STEPS = (Step.FULL, Step.BARE, Step.TITLE, Step.PART, Step.PREPOSITION)


class Key(NamedTuple):
    """One way to look a form up."""

    exact: str
    """Words of the clean form, own script, joined by single spaces; Chinese characters simplified (`text.han`)."""
    latin: str
    """The folded Latin key; empty when the form has no letter or digit."""
    roman: str
    """The form in Latin letters, not folded: what the channel hears."""
    step: Step
    levels: int
    """Bits of `rulebook.LEVELS` that a place-type word asks for; 0 when there is none."""
    note: str
    """What was read, for people: the title, the type word, the grammatical case, the standard."""
    written: str = ""
    """The same as `exact` in the characters that it is written in, where these are others."""


_NAMED_AFTER_TOWNS = 1 << LEVELS.index("admin1")
"""Level of the regions that have names made of those of their main towns."""
_CODED = 1 << LEVELS.index("admin1") | 1 << LEVELS.index("admin2")
"""Levels of the regions that have codes."""
_LONGEST_INITIAL = 3
"""Signs of an initial: a letter with its marks, or two letters."""
_INITIAL_FIRST = re.compile(r"\s*\w\.")
"""What stands before a dot is no preposition: S. Sudan."""
_ELIDED = re.compile(r"\b[dl]['’]", re.IGNORECASE)
"""French and Italian articles and prepositions that are written with the word after them."""


class _Form(NamedTuple):
    """A reading before it is romanized."""

    clean: str
    step: Step
    levels: int = 0
    note: str = ""
    sense: str = ""
    """English words that go before the form."""


class KeyMaker:
    """Makes match keys by the rules of one rulebook. Immutable and safe to share between threads."""

    def __init__(self, rules: Rulebook) -> None:
        self.rules = rules
        self.cleaner = Cleaner(rules)
        self._romanizer = Romanizer(rules)
        self._folder = Folder(rules)
        self._structure = Structure(rules)
        self._placeholders = frozenset(map(self.cleaner.clean, rules.placeholders))
        self._initials = Initials(rules)
        self._abbreviations = Abbreviations(rules.abbreviations)
        self._abbreviating = frozenset(
            one.country for meant in rules.division_codes.values() for one in meant if not one.is_code
        )
        self._glossary = Glossary(rules.glossary, rules.adjectives)
        self._adjectives = Endings(rules.adjectives)
        self._region_names = Endings(rules.region_names)
        self._alternatives = Alternatives(rules, self._glossary, self._romanizer, self._folder)
        self.beside = BesideNames(self.cleaner, self._structure, self._glossary, rules.given_names)

    def of_name(self, value: str, entity_type: str) -> list[Key]:
        """Return the keys under which the index holds a name of an entity of this type."""
        clean = self.cleaner.clean(value)
        forms = [_Form(clean, Step.FULL)]
        if entity_type == "place":
            forms += self._place_forms(clean)
            forms += self._elided_forms(value)
            parts = self._structure.parts(clean)
            forms += [_Form(parts[0], Step.PART)] if parts else []
        if entity_type == "person":
            forms += self._titled_forms(self._structure.after_titles(clean))
            forms += self._person_forms(clean)
            forms += [_Form(word, Step.TOKEN) for word in words(clean) if len(clean) > len(word) > 1]
        if entity_type == "organization":
            forms += self._organization_forms(clean)
        exact = [*self._exact_only(value, clean, entity_type), *self._short_names(clean, entity_type)]
        return [*self._keys(forms), *exact]

    def of_mention(self, mention: Mention) -> list[Key]:
        """Return the keys of a mention, the most literal first. Without a type, every type's structure is read.

        What stands for a name that is not known has the key of nothing, unless a hint says that a name is meant.
        """
        text, kind = mention.text, mention.type
        clean = self.cleaner.clean(text)
        if clean in self._placeholders and not (mention.country or mention.parent or mention.coordinates):
            text = clean = ""
        forms = [_Form(clean, Step.FULL), *self._mention_forms(text, clean, kind), *self._coded_forms(mention)]
        if apart := self._structure.without_suffix(text):
            text, suffix = apart
            clean = self.cleaner.clean(text)
            forms.append(_Form(clean, Step.PREPOSITION, note=suffix))
            forms += self._mention_forms(text, clean, kind)
        forms += self._without_aside(clean, kind)
        for full in self._abbreviations.expanded(text) if kind != "person" else ():
            clean_full = self.cleaner.clean(full)
            forms.append(_Form(clean_full, Step.CODE, note=text.strip()))
            forms += self._mention_forms(full, clean_full, kind)
        kept = None if kind else Step.TITLE  # "Paris, FR" need not be Father Paris
        exact = [*self._exact_only(text, clean, kind), *self._short_mentions(text, clean, kind)]
        return [*self._keys(forms, kept), *exact]

    def _mention_forms(self, text: str, clean: str, kind: str | None) -> Iterator[_Form]:
        """Yield the readings of a mention of a type, or of any, beside its whole form."""
        if kind in ("person", None):
            for found in self._structure.without_titles(clean):
                yield from self._titled_forms(found)
            yield from self._person_forms(clean) if kind else ()
        bare = [] if _INITIAL_FIRST.match(text) else self._structure.without_prepositions(clean)
        yield from (_Form(name, Step.PREPOSITION, note=before) for name, before in bare)
        if kind in ("place", None):
            name = bare[-1][0] if bare else clean
            yield from self._place_forms(clean)
            yield from self._elided_forms(text)
            yield from self._place_forms(name) if bare else ()
            yield from self._region_forms(name)
            parts = self._structure.parts(name)
            yield from self._part_forms(*parts) if parts else ()
        if kind == "organization":
            yield from self._organization_forms(clean)

    def _without_aside(self, clean: str, kind: str | None) -> Iterator[_Form]:
        """Read a person's name without what stands in brackets after it; of an organization both, where one is the
        other in short: what else stands there may tell it from another one, as in Bank of China (Hong Kong).
        """
        found = self.beside.aside_of_person(clean) if kind == "person" else self._structure.bracketed(clean)
        if not found or kind not in ("person", "organization"):
            return
        read = [found] if kind == "person" else [found, found[::-1]]
        if kind == "person" or any(self._structure.abbreviates(*way) for way in read):
            for name, aside in read:
                yield _Form(name, Step.PREPOSITION, note=aside)
                yield from self._mention_forms(name, name, kind)

    def turned_parts(self, text: str) -> tuple[str, str] | None:
        """Return (what stands after the last comma, what stands before that) as clean forms, or None."""
        return self._structure.turned_parts(self.cleaner.clean(text))

    def of_named_aside(self, clean: str, aside: str) -> list[Key]:
        """Return the keys of a name with what is no container beside it: a word for a place, an aside, or a number."""
        found = self._structure.place_type(f"{clean} {aside}")
        if found and found[0] == clean:
            return self._keys([_Form(clean, Step.BARE, found[1].mask, found[1].word)])
        return self._keys([_Form(clean, Step.PREPOSITION, note=aside), *self._place_forms(clean)])

    def of_part(self, clean: str, container: str) -> list[Key]:
        """Return the keys of what stands before the name of its container; none when that is no name.

        A place-type word before both goes with the container, unless that has one itself.
        """
        name = self._structure.named(clean)
        if not name:
            return []
        forms = self._part_forms(name, container)
        return self._keys([*forms] if self._structure.place_type(container) else [next(forms)])

    def of_described(self, clean: str, before: str) -> list[Key]:
        """Return the keys of what stands after the adjective or possessive of a country: "city of Aleppo"."""
        return self._keys([*self._part_forms(clean, before)])

    def alternatives(self, keys: list[Key], entity_type: str | None) -> dict[str, tuple[Key, Ending | None]]:
        """Return the forms that the keys of a mention of a type may be a case form, or a translation, of.

        With each, the key and the rule of the case, or of the preposition that is written with it (בחיפה is חיפה);
        without a rule, the form is what a place is in English by the glossary: Rumunsku is Romania. There are many;
        those that are names become keys by `alternative`.
        """
        distinct: dict[str, Key] = {}
        for key in keys:
            if key.step in _INFLECTED_STEPS:
                distinct.setdefault(key.exact, key)
        found: dict[str, tuple[Key, Ending | None]] = {}
        for exact, key in distinct.items():
            for form, rule in self._alternatives.of(exact, in_english=entity_type in ("place", None)):
                found.setdefault(form, (key, rule))
        return found

    def countries(self, key: Key) -> dict[str, tuple[Key, None]]:
        """Return the country whose adjective a key is, if it is one, as `alternatives` does: Canadian, a town, too."""
        country = self._alternatives.country(key.exact)
        return {country: (key, None)} if country else {}

    def is_translated(self, key: Key) -> bool:
        """Tell whether what a mention is in English by the glossary is the whole of it, and sure: Польської."""
        return key.step in (Step.FULL, Step.PREPOSITION) and self._alternatives.is_sure(key.exact)

    def alternative(self, form: str, key: Key, rule: Ending | None) -> Key:
        """Return the key of a form, see `alternatives`; it names the languages that have the form in that case."""
        if rule:
            told = self._alternatives.told(key.exact, form, rule)
            return Key(form, "", "", Step.INFLECTED, key.levels, told)
        return Key(form, "", "", Step.TRANSLATED, key.levels, key.exact)

    def folded_forms(self, forms: Sequence[str]) -> dict[str, str]:
        """Return the folded Latin keys of forms, each with the form: of its readings, those that differ."""
        return self._alternatives.folded(forms)

    def nominatives(self, word: str) -> set[str]:
        """Return what a word may be a case form of.

        >>> from normalizer.rulebook import Rulebook
        >>> "суджа" in KeyMaker(Rulebook.load()).nominatives("судже")
        True
        """
        return self._alternatives.nominatives(word)

    def place_type(self, clean: str) -> PlaceType | None:
        """Return what the place-type word of a clean form says, or None when it has none."""
        found = self._structure.place_type(clean)
        return found[1] if found and found[0] else None

    def direction(self, clean: str) -> tuple[str, str]:
        """Return (what a word that is translated with a name says, in English; the name without it, folded).

        >>> from normalizer.rulebook import Rulebook
        >>> KeyMaker(Rulebook.load()).direction("јужна холандија")
        ('south', 'holandia')
        """
        sense, name, _ = self._structure.translated(clean) or ("", clean, "")
        return sense, self.folded(" ".join(words(name)))

    def bare(self, clean: str) -> str:
        """Return a place's clean form without its place-type word, or its words as they are when it has none."""
        found = self._structure.place_type(clean)
        return found[0] if found and found[0] else " ".join(words(clean))

    def abbreviates(self, acronym: str, surface: str) -> bool:
        """Tell whether an acronym is made of the beginnings of the words of an organization's name.

        >>> from normalizer.rulebook import Rulebook
        >>> KeyMaker(Rulebook.load()).abbreviates("BBC", "British Broadcasting Corporation")
        True
        """
        return self._structure.abbreviates(self.cleaner.clean(acronym), self.cleaner.clean(_ELIDED.sub("", surface)))

    def senses(self, clean: str) -> frozenset[str]:
        """Return what an organization's name says in English, without countries; nothing when a word is not known.

        >>> from normalizer.rulebook import Rulebook
        >>> sorted(KeyMaker(Rulebook.load()).senses("верховный суд польши"))
        ['court', 'supreme']
        """
        glosses = [gloss for _, gloss in self.content(clean)]
        if None in glosses:
            return frozenset()
        return frozenset(sense for gloss in glosses if gloss and not gloss.country for sense in gloss.senses)

    def content(self, clean: str) -> list[tuple[str, Gloss | None]]:
        """Return the words of an organization's name but those that only link others, each with what it is in English.

        >>> from normalizer.rulebook import Rulebook
        >>> [word for word, _ in KeyMaker(Rulebook.load()).content("bank of england")]
        ['bank', 'england']
        """
        tokens = [word for word in words(clean) if not self._structure.is_linking(word)]
        return [*zip(tokens, self._glossary.english(tokens), strict=True)]

    def folded(self, clean: str) -> str:
        """Return the folded Latin key of a clean form by its most general reading."""
        return self._folder.fold(self._romanizer.readings(clean)[0].latin)

    def _place_forms(self, clean: str) -> Iterator[_Form]:
        found = self._structure.place_type(clean)
        if not found or not found[0]:
            yield from self._translated_forms(clean, 0)
        else:
            bare, meaning = found
            yield _Form(bare, Step.BARE, meaning.mask, meaning.word)
            yield from self._translated_forms(bare, meaning.mask)
            for noun, _ in self._adjectives.alternatives(bare) if " " not in bare else ():
                yield _Form(noun, Step.ADJECTIVE, meaning.mask, meaning.word)

    def _region_forms(self, clean: str) -> Iterator[_Form]:
        for town, _ in self._region_names.alternatives(clean) if " " not in clean else ():
            yield _Form(town, Step.NAMESAKE, _NAMED_AFTER_TOWNS, clean)

    def _coded_forms(self, mention: Mention) -> Iterator[_Form]:
        """Read what is written as abbreviations of regions are, with a dot; codes, as in tables, where a hint says so.

        "In" is no Indiana, and TV not Treviso unless the country is Italy. Letters with dots between them begin words
        each: N.L. is Newfoundland and Labrador, L.A. is not Louisiana.
        """
        text = mention.text.strip()
        if mention.type not in ("place", None) or not (text[:1].isupper() and ("." in text or text.isupper())):
            return
        letters = words(text.casefold())
        for code in dict.fromkeys((" ".join(letters), "".join(letters))):
            for country, name, is_code in self.rules.division_codes.get(code, ()):
                fits = mention.country in (None, country) and len(letters) <= len(name.split(" "))
                if fits and (self._is_said(mention, country, code) if is_code else "." in text):
                    yield _Form(name, Step.CODE, _CODED, text)

    def _is_said(self, mention: Mention, country: str, code: str) -> bool:
        """Tell whether a mention in capitals may be the code of a region in a country, that of the hint if it has one.

        Without a hint, what is said to be a place may, where newspapers of the country write such codes too, unless
        it is the code of a country itself.
        """
        if not mention.text.isupper():
            return False
        if mention.country:
            return mention.country == country
        in_texts = country in self._abbreviating and mention.type == "place"
        return in_texts and ("." in mention.text or code.upper() not in self.rules.countries)

    def _elided_forms(self, surface: str) -> Iterator[_Form]:
        """Read a name that is written with what links it to a place-type word: province d'Alicante."""
        if _ELIDED.search(surface):
            forms = self._place_forms(self.cleaner.clean(_ELIDED.sub("", surface)))
            yield from (form for form in forms if form.levels)

    def _part_forms(self, clean: str, container: str) -> Iterator[_Form]:
        yield _Form(clean, Step.PART, note=container)
        if aside := self._structure.bracketed(clean) or self._structure.without_postcode(clean):
            yield _Form(aside[0], Step.PART, note=container)
        yield from (form._replace(step=Step.PART, note=container) for form in self._place_forms(clean))

    def _translated_forms(self, clean: str, levels: int) -> Iterator[_Form]:
        found = self._structure.translated(clean, levels != 0)
        if found and found[1]:
            sense, name, word = found
            yield _Form(name, Step.TRANSLATED, levels, word, sense)

    def _organization_forms(self, clean: str) -> Iterator[_Form]:
        found = self._structure.without_legal_form(clean)
        if found:
            yield _Form(found[0], Step.BARE, note=found[1])
        yield from self._glossed_forms(clean)

    def _exact_only(self, surface: str, clean: str, entity_type: str | None) -> list[Key]:
        """Return keys without a folded form: they count where they are exactly so, since much is nearly so.

        Of an organization, its first letters; of a person, the given names in a form that all languages share.
        """
        if entity_type == "organization":
            return [Key(acronym, "", "", Step.ACRONYM, 0, surface) for acronym in self.initials(surface)]
        return self._renamed(clean) if entity_type == "person" else []

    def _short_names(self, clean: str, entity_type: str) -> list[Key]:
        """Return the keys of a person's name in short, each of them as it is written and folded; exact ones only.

        Were short names near to mentions in full, there would be too many that are.
        """
        if entity_type != "person":
            return []
        titled = self._structure.after_titles(clean)
        return self._short_keys(self._initials.of_name(titled[0] if titled else clean))

    def _short_mentions(self, text: str, clean: str, kind: str | None) -> list[Key]:
        """Return the keys of a mention that is a name in short; without a type, an initial stands first."""
        if kind not in ("person", None) or len(min(words(clean), key=len, default="")) > _LONGEST_INITIAL:
            return []
        names = [clean, *(name for name, _ in self._structure.without_titles(clean))]
        forms = (self._initials.of_mention(text, name, turned=kind is not None) for name in names)
        return self._short_keys(filter(None, forms))

    def _short_keys(self, forms: Iterable[str]) -> list[Key]:
        keys: dict[str, Key] = {}
        for form in forms:
            folded = [self._folder.fold(latin) for latin, _ in self._romanizer.readings(form)]
            keys |= {exact: Key(exact, "", "", Step.INITIAL, 0, "") for exact in (form, *folded)}
        return list(keys.values())

    def initials(self, surface: str) -> list[str]:
        """Return the first letters of the words of an organization's name, with and without legal forms.

        >>> from normalizer.rulebook import Rulebook
        >>> KeyMaker(Rulebook.load()).initials("Organisation du traité de l'Atlantique nord")
        ['otan']
        """
        clean = self.cleaner.clean(_ELIDED.sub("", surface))
        found = [self._structure.initials(form) for form in (clean, self.without_legal_form(clean))]
        return [acronym for acronym in dict.fromkeys(found) if acronym]

    def without_legal_form(self, clean: str) -> str:
        """Return an organization's name without its legal forms, or as it is when it has none."""
        found = self._structure.without_legal_form(clean)
        return found[0] if found else clean

    def _glossed_forms(self, clean: str) -> Iterator[_Form]:
        """Put an organization's name into English as far as the glossary goes, in an order that all languages share."""
        tokens = words(clean)
        english = self._glossary.english(tokens)
        senses = sorted({sense for found in english if found for sense in found.senses})
        if senses:
            read = " ".join(word for word, found in zip(tokens, english, strict=True) if found)
            others = [word for word, found in zip(tokens, english, strict=True) if found is None]
            names = [word for word in others if not self._structure.is_linking(word)]
            yield _Form(" ".join(names), Step.TRANSLATED, note=read, sense=" ".join(senses))

    def _titled_forms(self, found: tuple[str, str] | None) -> Iterator[_Form]:
        if found:
            yield _Form(found[0], Step.TITLE, note=found[1])
            yield from (form._replace(note=found[1]) for form in self._person_forms(found[0]))

    def _renamed(self, clean: str) -> list[Key]:
        """Return keys of a person's given names as all languages share them, before the other names, folded."""
        found = self._structure.without_title(clean)
        tokens = words(found[0] if found else clean)
        keys = {}
        for read in [tokens, [tokens[0], tokens[-1]]] if len(tokens) > 2 else [tokens]:
            given = [word for word in read if word in self.rules.given_names]
            others = " ".join(word for word in read if word not in self.rules.given_names)
            shared = sorted(self.rules.given_names[word] for word in given)
            for latin, _ in self._romanizer.readings(others) if given and others else ():
                exact = " ".join([*shared, self._folder.fold(latin)])
                keys[exact] = Key(exact, "", "", Step.RENAMED, 0, " ".join(given))
        return list(keys.values())

    @staticmethod
    def _person_forms(clean: str) -> Iterator[_Form]:
        tokens = words(clean)
        if len(tokens) > 2:
            yield _Form(f"{tokens[0]} {tokens[-1]}", Step.OUTLINE)
        if len(tokens) > 1:
            yield _Form(" ".join(tokens), Step.SORTED)

    def _keys(self, forms: list[_Form], kept: Step | None = None) -> list[Key]:
        """Return the keys of forms; of equal ones the first, but for a step whose keys are kept beside others."""
        keys: dict[tuple[str, str, bool], Key] = {}
        for form in forms:
            exact = " ".join(words(form.clean))
            sense = f"{form.sense} " if form.sense else ""
            for latin, standard in self._romanizer.readings(exact):
                key = self._key((sense + exact).strip(), (sense + latin).strip(), form, standard)
                keys.setdefault((key.exact, key.latin, form.step is kept), key)
        return list(keys.values())

    def _key(self, exact: str, roman: str, form: _Form, standard: str) -> Key:
        latin = self._folder.fold(roman)
        if form.step is Step.SORTED:
            exact, (latin, roman) = _sorted(exact), _sorted_alike(latin, roman)
        same = simplified(exact)
        written = exact if same != exact else ""
        return Key(same, latin, roman, form.step, form.levels, form.note or standard, written)


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split(" ")))


def _sorted_alike(latin: str, roman: str) -> tuple[str, str]:
    """Sort the words of a folded key, and put those of what it was folded from into the same order."""
    keys, forms = latin.split(" "), roman.split(" ")
    if len(keys) != len(forms):
        return _sorted(latin), _sorted(roman)
    pairs = sorted(zip(keys, forms, strict=True))
    return " ".join(key for key, _ in pairs), " ".join(form for _, form in pairs)
