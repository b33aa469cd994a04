"""What the words of a name say besides the name: place-type words, titles, function words, a parent after a comma.

Nothing is thrown away: each finding is another reading of the same clean form, which the evidence later weighs
("Kursk region" is read as itself and as "kursk" with the levels of *region*).

>>> from normalizer.rulebook import Rulebook
>>> structure = Structure(Rulebook.load())
>>> structure.place_type("kursk region")
('kursk', PlaceType(word='region', levels=('admin1',), mask=2))
>>> structure.without_title("gen. valery gerasimov")
('valery gerasimov', 'gen')
>>> structure.translated("јужна холандија")
('south', 'холандија', 'јужна')
>>> structure.parts("paris, texas")
('paris', 'texas')
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator

from normalizer.rulebook import PlaceType, Rulebook
from normalizer.text.clean import words

_COMMA = re.compile(r"^([^,]+?)\s*,\s*([^,]+)")
_LAST_COMMA = re.compile(r"([^,\s][^,]*?)\s*,\s*([^,]+)$")
_BRACKET = re.compile(r"^([^()]+?)\s*\(\s*([^()]+?)\s*\)")
_ALL_BRACKETED = re.compile(r"([^(),]+?)\s*\(\s*([^()]+?)\s*\)")
_POSTCODE = re.compile(r"(?:[a-z]{1,3}-)?\d{4,6}")
"""Numbers as long as most postcodes are, which stand before or after the town (UPU S42), some with the letters of the
country. Years are as long, and stand after it."""
_APART = re.compile(r"(.*\w{3})['`´’ʼ‘](\w{1,5})")
"""A name, an apostrophe and an ending that many languages write after one."""
_MOST_PREPOSITIONS = 3
_LONGEST_PHRASE = 4
"""The most words a place-type phrase, a title or a preposition may have."""
_SHORTEST_STEM = 3
"""Letters that must remain beside a word that is translated: 北京 is no 京 in the north."""
_SHORTEST_MARKED_STEM = 2
"""The same where a place-type word was beside the name: 전라남도 is the south of 전라."""
_SHORTEST_NAME = 2
"""Letters that must remain beside a place-type word that is written together with the name: 广州 is no 州."""
_FEWEST_INITIALS = 3
"""First letters of an organization's words that are taken for an acronym."""
_MOST_OF_A_WORD = 3
"""Letters of a word that an acronym may have: Minfin."""
_AND = frozenset(("and", "und", "et", "y", "e", "и", "і", "та", "i", "a", "en", "och", "og", "ve"))
"""Words that join others and are no part of an acronym."""


class Structure:
    """Reads the structure of clean forms by the rules of one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._types = {" ".join(words(word)): found for word, found in rules.place_types.items()}
        self._type_words = {word.split(" ")[0] for word in self._types} | {word.split(" ")[-1] for word in self._types}
        self._prefixes = rules.place_type_prefixes
        self._suffixes = rules.place_type_suffixes
        self._type_affixes = _Affixes(self._prefixes, self._suffixes)
        self._qualifiers = rules.qualifiers
        self._qualifier_affixes = _Affixes(rules.qualifiers["prefix"], rules.qualifiers["suffix"])
        self._qualifier_words = {part for word in rules.qualifiers["token"] for part in word.split(" ")}
        self._kind_words = self._type_words | self._qualifier_words
        self._titles = frozenset(" ".join(words(title)) for title in rules.titles)
        self._countries, self._given = rules.country_names.keys(), rules.given_names.keys()
        self._any_titles = self._titles | {" ".join(words(title)) for title in rules.titles_before}
        self._title_starts = frozenset(title.split(" ")[0] for title in self._any_titles)
        unspaced = [title for title in self._titles if _is_unspaced(title)]
        self._title_affixes = _Affixes(unspaced, unspaced)
        self._legal = rules.legal_forms
        self._legal_affixes = sorted((form for form in self._legal if _is_unspaced(form)), key=len, reverse=True)
        self._longest_legal = max(form.count(" ") for form in self._legal) + 1
        self._of = _with_role(rules, "of")
        self._in = _with_role(rules, "in")
        self._article = _with_role(rules, "article")
        self._suffixes_apart = _with_role(rules, "suffix")

    def place_type(self, clean: str) -> tuple[str, PlaceType] | None:
        """Return (the name without its place-type word, the word's meaning), or None when there is none.

        The longest phrase at the end or the start counts; a linking word next to it ("of") goes with it. A form with a
        comma or brackets has none: its parts may.
        """
        if "," in clean or "(" in clean:
            return None
        tokens = words(clean)
        marked = len(tokens) > 1 and (tokens[0] in self._type_words or tokens[-1] in self._type_words)
        if marked and (found := _phrase(tokens, self._types)):
            word, before, after = found
            return " ".join(before) or self._unlinked(after), self._types[word]
        return self._type_affix(clean)

    def _type_affix(self, clean: str) -> tuple[str, PlaceType] | None:
        """Read a word that is written together with the name: 京都府, จังหวัดเชียงใหม่."""
        prefix, suffix = self._type_affixes.longest(clean, clean, _SHORTEST_NAME)
        if suffix and len(suffix) >= len(prefix):
            return clean[: -len(suffix)].strip(), self._suffixes[suffix]
        return (clean[len(prefix) :].strip(), self._prefixes[prefix]) if prefix else None

    def _unlinked_at_end(self, tokens: list[str]) -> str:
        end = len(tokens) - 1 if len(tokens) > 1 and tokens[-1] in self._of else len(tokens)
        return " ".join(tokens[:end])

    def _unlinked(self, tokens: list[str]) -> str:
        start = 1 if len(tokens) > 1 and tokens[0] in self._of else 0
        return " ".join(tokens[start:])

    def translated(self, clean: str, marked: bool = False) -> tuple[str, str, str] | None:
        """Return (the sense of a word that is translated with the name, the name without it, that word), or None.

        The longest such phrase at the end or the start counts; a linking word beside it ("del") goes with it. `marked`:
        a place-type word was beside the name.
        """
        tokens = words(clean)
        if "," in clean or "(" in clean or not tokens:
            return None
        table = self._qualifiers["token"]
        qualified = len(tokens) > 1 and not self._qualifier_words.isdisjoint((tokens[0], tokens[-1]))
        if qualified and (found := _phrase(tokens, table)):
            word, before, after = found
            return table[word], self._unlinked_at_end(before) if before else self._unlinked(after), word
        return self._qualifier_affix(tokens, _SHORTEST_MARKED_STEM if marked else _SHORTEST_STEM)

    def _qualifier_affix(self, tokens: list[str], stem: int) -> tuple[str, str, str] | None:
        """Read a word that is translated and written together with the name: Nordossetien, 북오세티야."""
        first, last = tokens[0], tokens[-1]
        prefix, suffix = self._qualifier_affixes.longest(first, last, stem)
        if prefix and len(prefix) >= len(suffix):
            return self._qualifiers["prefix"][prefix], " ".join([first[len(prefix) :], *tokens[1:]]), prefix
        if suffix:
            return self._qualifiers["suffix"][suffix], " ".join([*tokens[:-1], last[: -len(suffix)]]), suffix
        return None

    def named(self, clean: str) -> str:
        """Return a name without linking words at its end; nothing when it says only what kind of place is meant.

        >>> from normalizer.rulebook import Rulebook
        >>> structure = Structure(Rulebook.load())
        >>> structure.named("springfield in"), structure.named("federal district of"), structure.named("upper")
        ('springfield', '', '')
        """
        tokens = words(clean)
        while tokens and (tokens[-1] in self._of or tokens[-1] in self._in or tokens[-1] in self._article):
            tokens.pop()
        return "" if self._kind_words.issuperset(tokens) else " ".join(tokens)

    def is_linking(self, word: str) -> bool:
        """Tell whether a word only links others: of, for, на, the."""
        return word in self._of or word in self._in or word in self._article

    def without_title(self, clean: str) -> tuple[str, str] | None:
        """Return the most literal reading of `without_titles`, or None when there is none."""
        return next(iter(self.without_titles(clean)), None)

    def without_titles(self, clean: str) -> list[tuple[str, str]]:
        """Return readings of (the name without titles, the title beside it), the most literal first.

        What stands between titles goes with them ("acting Kursk gov. Aleksei Smirnov"), and so may what says where
        somebody is that, before the name ("president of Ukraine Volodymyr Zelensky") or after it ("Zelensky, president
        of Ukraine"). A title after the name is cut off too ("Putin, president"), unless it may be a name itself (Pope).

        >>> from normalizer.rulebook import Rulebook
        >>> structure = Structure(Rulebook.load())
        >>> structure.without_titles("gladkov, the governor of belgorod region"), structure.without_titles("普京总统")
        ([('gladkov', 'governor')], [('普京', '总统')])
        """
        name, comma, after = clean.partition(",")
        if comma and words(name) and (title := self._office(words(after))):
            return [(found, title) for found, _ in self.without_titles(name)] or [(" ".join(words(name)), title)]
        tokens = words(clean)
        found = [
            (start, end)
            for start, end in self._title_spans(tokens, self._any_titles)
            if not (comma and end == len(words(name)) and " ".join(tokens[start:end]) not in self._titles)
        ]
        if found and found[-1][1] < len(tokens):
            start, end = found[-1]
            return [(rest, " ".join(tokens[start:end])) for rest in self._after_office(tokens[end:])]
        found = self._title_spans(tokens, self._titles) if found else found
        if found and found[0][0]:
            return [(" ".join(tokens[: found[0][0]]), " ".join(tokens[found[0][0] :]))]
        return [] if found else self._without_title_affix(tokens)

    def _office(self, tokens: list[str]) -> str:
        """Return the title of an office that some words are, an article apart, or nothing: "the governor of Kursk"."""
        start = 1 if tokens and tokens[0] in self._article else 0
        end = _title_end(tokens, start, self._titles)
        rest = tokens[end:]
        alone = end and (not rest or rest[0] in self._of or not self._type_words.isdisjoint(rest))
        return " ".join(tokens[start:end]) if alone else ""

    def _after_office(self, tokens: list[str]) -> Iterator[str]:
        """Yield what may be the name of what follows a title: all, and what is left without the place of an office.

        What follows "of" and a country is surely the name.
        """
        if tokens[0] in self._of:
            start = 2 if tokens[1:2] and tokens[1] in self._article else 1
            ends = [at for at in range(start + 1, len(tokens)) if " ".join(tokens[start:at]) in self._countries]
            yield from (" ".join(tokens[at:]) for at in ends[-1:])
        yield " ".join(tokens)
        kinds = [at for at, word in enumerate(tokens[:-1]) if at and word in self._type_words]
        if kinds and self._given.isdisjoint(tokens[: kinds[-1]]):
            yield " ".join(tokens[kinds[-1] + 1 :])

    def _without_title_affix(self, tokens: list[str]) -> list[tuple[str, str]]:
        """Read a title that is written together with the name: 普京总统, プーチン大統領."""
        if not tokens or not _is_unspaced(tokens[-1]):
            return []
        prefix, suffix = self._title_affixes.longest(tokens[0], tokens[-1], _SHORTEST_NAME)
        if suffix and len(suffix) >= len(prefix):
            return [(" ".join([*tokens[:-1], tokens[-1][: -len(suffix)]]), suffix)]
        return [(" ".join([tokens[0][len(prefix) :], *tokens[1:]]), prefix)] if prefix else []

    def after_titles(self, clean: str) -> tuple[str, str] | None:
        """Return (what follows the titles that a name begins with, these titles), or None when it begins with none.

        What stands later belongs to the name: a Jr. tells a son from his father.

        >>> from normalizer.rulebook import Rulebook
        >>> structure = Structure(Rulebook.load())
        >>> structure.after_titles("prince harry"), structure.after_titles("ian paisley jr")
        (('harry', 'prince'), None)
        """
        tokens = words(clean)
        last = 0
        for start, end in self._title_spans(tokens, self._any_titles):
            last = end if start == last else last
        return (" ".join(tokens[last:]), " ".join(tokens[:last])) if 0 < last < len(tokens) else None

    def _title_spans(self, tokens: list[str], titles: frozenset[str]) -> list[tuple[int, int]]:
        """Return where titles start and end; those that are family names too, only at the start or after a title."""
        if self._title_starts.isdisjoint(tokens):
            return []
        found: list[tuple[int, int]] = []
        for start in range(len(tokens)):
            end = _title_end(tokens, start, titles)
            leads = start == 0 or bool(found and found[-1][1] == start)
            if end and (leads or " ".join(tokens[start:end]) in self._titles):
                found.append((start, end))
        return found

    def without_legal_form(self, clean: str) -> tuple[str, str] | None:
        """Return (an organization's name, the legal forms beside it), or None when there is none: "ооо вектор".

        >>> from normalizer.rulebook import Rulebook
        >>> structure = Structure(Rulebook.load())
        >>> structure.without_legal_form("vector co ltd"), structure.without_legal_form("株式会社日立製作所")
        (('vector', 'co ltd'), ('日立製作所', '株式会社'))
        """
        tokens, read = words(clean), []
        while found := self._legal_phrase(tokens):
            form, tokens = found
            read.append(form)
        return (" ".join(tokens), " ".join(read)) if read else self._without_legal_affix("".join(tokens))

    def _legal_phrase(self, tokens: list[str]) -> tuple[str, list[str]] | None:
        for length in range(min(self._longest_legal, len(tokens) - 1), 0, -1):
            if (form := " ".join(tokens[-length:])) in self._legal:
                return form, tokens[:-length]
            if (form := " ".join(tokens[:length])) in self._legal:
                return form, tokens[length:]
        return None

    def _without_legal_affix(self, name: str) -> tuple[str, str] | None:
        for form in self._legal_affixes:
            if len(name) >= len(form) + _SHORTEST_NAME and (name.startswith(form) or name.endswith(form)):
                return (name.removeprefix(form) if name.startswith(form) else name.removesuffix(form)), form
        return None

    def initials(self, clean: str) -> str:
        """Return the first letters of a name's words, without those of linking words; nothing of less than three.

        >>> from normalizer.rulebook import Rulebook
        >>> Structure(Rulebook.load()).initials("organization for security and co-operation in europe")
        'osce'
        """
        found = "".join(word[0] for word in _named(clean) if not self.is_linking(word) and word not in _AND)
        return found if len(found) >= _FEWEST_INITIALS else ""

    def abbreviates(self, letters: str, clean: str) -> bool:
        """Tell whether letters are the beginnings of a name's words, in their order: магатэ, bbc.

        >>> from normalizer.rulebook import Rulebook
        >>> Structure(Rulebook.load()).abbreviates("магатэ", "международное агентство по атомной энергии")
        True
        """
        named = [word for word in _named(clean) if not self.is_linking(word) and word not in _AND]
        return len(letters) >= _FEWEST_INITIALS <= len(named) + 1 and _begins(letters, named)

    def without_prepositions(self, clean: str) -> list[tuple[str, str]]:
        """Return (the name, what stood before it) without one, two and three prepositions or articles: "in the hague".

        >>> from normalizer.rulebook import Rulebook
        >>> Structure(Rulebook.load()).without_prepositions("in the uk")
        [('the uk', 'in'), ('uk', 'in the')]
        """
        tokens = clean.split(" ")
        found: list[tuple[str, str]] = []
        start = 0
        while len(found) < _MOST_PREPOSITIONS and (end := self._preposition_end(tokens, start)):
            found.append((" ".join(tokens[end:]), " ".join(tokens[:end])))
            if " ".join(tokens[start:end]) in self._article and " ".join(tokens[start:end]) not in self._in:
                break
            start = end
        return found

    def _preposition_end(self, tokens: list[str], start: int) -> int:
        """Return where the longest preposition or article that starts here, before something else, ends; or 0."""
        for end in range(min(len(tokens) - 1, start + _LONGEST_PHRASE), start, -1):
            phrase = " ".join(tokens[start:end])
            holds = end == start + 1 and "-" in phrase and f"-{phrase.rpartition('-')[2]}" in self._in
            if holds or phrase in self._in or phrase in self._article:
                return end
        return 0

    def without_suffix(self, surface: str) -> tuple[str, str] | None:
        """Return (the surface form of a name, the ending after its apostrophe), or None: "Sudzha's", "Kursk'ta".

        >>> from normalizer.rulebook import Rulebook
        >>> Structure(Rulebook.load()).without_suffix("Kursk’s")
        ('Kursk', 's')
        """
        if surface.isalnum():
            return None
        found = _APART.fullmatch(surface.strip())
        return (found[1], found[2]) if found and found[2].casefold() in self._suffixes_apart else None

    @staticmethod
    def parts(clean: str) -> tuple[str, str] | None:
        """Return (name, what stands after its comma or in its brackets), or None."""
        if found := Structure.bracketed(clean):
            return found
        match = _COMMA.match(clean) or _BRACKET.match(clean)
        return (match[1], match[2]) if match else None

    @staticmethod
    def bracketed(clean: str) -> tuple[str, str] | None:
        """Return (name, what stands in brackets after it), or None where there is more.

        >>> Structure.bracketed("kursk (city)"), Structure.bracketed("paris, texas (us)")
        (('kursk', 'city'), None)
        """
        match = _ALL_BRACKETED.fullmatch(clean) if clean.endswith(")") else None
        return (match[1], match[2]) if match else None

    @staticmethod
    def without_postcode(clean: str) -> tuple[str, str] | None:
        """Return (the name, the postcode or year before or after it), or None.

        >>> Structure.without_postcode("d-10115 berlin"), Structure.without_postcode("london 2012")
        (('berlin', 'd-10115'), ('london', '2012'))
        """
        first, _, after = clean.partition(" ")
        before, _, last = clean.rpartition(" ")
        found = [(after, first), (before, last)]
        return next((one for one in found if one[0] and _POSTCODE.fullmatch(one[1])), None)

    @staticmethod
    def turned_parts(clean: str) -> tuple[str, str] | None:
        """Return (what stands after the last comma, what stands before that), or None: addresses go from the large to
        the small in Russian, Ukrainian, Turkish, Hungarian or Japanese.

        >>> Structure.turned_parts("россия, курская область, суджа")
        ('суджа', 'курская область')
        """
        match = _LAST_COMMA.search(clean)
        return (match[2], match[1]) if match else None


class _Affixes:
    """Words that are written together with a name, before it or after it.

    >>> affixes = _Affixes(["nord", "no"], ["gun"])
    >>> affixes.longest("nordossetien", "nordossetien", stem=3), affixes.longest("nordgun", "nordgun", stem=3)
    (('nord', ''), ('nord', 'gun'))
    """

    def __init__(self, before: Iterable[str], after: Iterable[str]) -> None:
        self._before, self._after = frozenset(before), frozenset(after)
        self._lengths_before = _lengths((word[0], len(word)) for word in self._before)
        self._lengths_after = _lengths((word[-1], len(word)) for word in self._after)

    def longest(self, first: str, last: str, stem: int) -> tuple[str, str]:
        """Return the longest at the start of `first` and at the end of `last` that leave `stem` letters, or nothing."""
        prefix = suffix = ""
        for length in self._lengths_before.get(first[:1], ()):
            if len(first) >= length + stem and first[:length] in self._before:
                prefix = first[:length]
                break
        for length in self._lengths_after.get(last[-1:], ()):
            if len(last) >= length + stem and last[-length:] in self._after:
                suffix = last[-length:]
                break
        return prefix, suffix


def _lengths(words: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """Return the lengths that words with the same letter have, the longest first."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for letter, length in words:
        found[letter].add(length)
    return {letter: sorted(lengths, reverse=True) for letter, lengths in found.items()}


def _named(clean: str) -> list[str]:
    return [word for word in clean.replace(",", " ").split() if word.isalpha() or "-" in word]


def _begins(letters: str, words: list[str]) -> bool:
    """Tell whether letters are made of the first one, two or three of each word."""
    ends = {0}
    for word in words:
        ends = {
            end + size
            for end in ends
            for size in range(1, min(_MOST_OF_A_WORD, len(word), len(letters) - end) + 1)
            if letters.startswith(word[:size], end)
        }
    return len(letters) in ends


def _phrase(tokens: list[str], table: Container[str]) -> tuple[str, list[str], list[str]] | None:
    """Return (the longest phrase of a table at the end or the start, the words before it, those after it), or None."""
    for length in range(min(_LONGEST_PHRASE, len(tokens) - 1), 0, -1):
        at_end, at_start = " ".join(tokens[-length:]), " ".join(tokens[:length])
        if at_end in table:
            return at_end, tokens[:-length], []
        if at_start in table:
            return at_start, [], tokens[length:]
    return None


def _is_unspaced(form: str) -> bool:
    """Tell whether a form is of a script that writes no spaces, or often none: it may be written with the name."""
    return form[0] >= "\u3040"


def _title_end(tokens: list[str], start: int, titles: frozenset[str]) -> int:
    """Return where the longest title that starts here ends; 0 when none does."""
    ends = range(min(len(tokens), start + _LONGEST_PHRASE), start, -1)
    return next((end for end in ends if " ".join(tokens[start:end]) in titles), 0)


def _with_role(rules: Rulebook, role: str) -> frozenset[str]:
    return frozenset(word for word, roles in rules.function_words.items() if role in roles)
