"""What a mention itself says contains the place: "Sudzha, Kursk region", "Мелове Луганської області", "Λουτρός Έβρου".

Whatever stands after a comma or in brackets may be the container, unless it is another name or an aside. At the end of
a mention that is no name as it stands, regions and countries may be, also in a case form; what comes before them is
then read as the name. So is what comes after the adjective of a country.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import COUNTRY, REGIONS
from normalizer.index.segment import Fact, Segment, country_code
from normalizer.index.snapshot import Snapshot
from normalizer.matching.query import ITSELF
from normalizer.terms import Mention
from normalizer.text.clean import words
from normalizer.text.keys import Key, KeyMaker, Step

NOWHERE = np.empty(0, np.uint64)
_MOST_BEARERS = 16
"""Entities that one reading of a container may name, the most important."""
_MOST_WORDS = 3
"""Words at the end of a mention that may name a container."""
_FEWEST_LETTERS = 3
"""Letters of these words. Of shorter ones, most are what is left of a word, or an abbreviation."""


def after_comma(keymaker: KeyMaker, keys: Sequence[Key], snapshot: Snapshot) -> NDArray[np.uint64]:
    """Return what the words after the comma, or in the brackets, may name or be the code of: see `Hints.within`.

    Codes are those of countries, and those of divisions that addresses end with, before a postcode if there is one.
    """
    texts = {one for key in keys if key.step is Step.PART and key.note for one in (key.note, _spelled_out(key.note))}
    named = _hashes(place for text in texts for place in _named(snapshot, keymaker.of_name(text, "place")))
    coded = [place for text in texts for place in _coded(keymaker, text, snapshot)]
    return np.union1d(named, np.array(coded, np.uint64)) if coded else named


def before_comma(keymaker: KeyMaker, text: str, snapshot: Snapshot) -> tuple[list[Key], NDArray[np.uint64]] | None:
    """Return the readings of what stands after the last comma, and what it lies in by what stands before that.

    Addresses go from the large to the small in many languages: "Курская область, Суджа". None unless a place of the
    name lies there; or what stands before has a word for a region, and what stands after is none. Nor where the mention
    goes from the small to the large: there is a Paris in Texas, and no Texas in Paris.
    """
    parts = keymaker.turned_parts(text)
    if not parts:
        return None
    name, container = parts
    large, small = keymaker.of_name(container, "place"), keymaker.of_name(name, "place")
    around, inside = [*_named(snapshot, large)], [*_named(snapshot, small)]
    within, is_marked = _hashes(around), any(key.levels & REGIONS for key in large)
    turned = _any_lies_in(inside, within) or (is_marked and not any(_is_region(*place) for place in inside))
    if not turned or _any_lies_in(around, _hashes(inside)):
        return None
    keys = keymaker.of_part(name, container)
    return (keys, within) if keys else None


def in_brackets(
    keymaker: KeyMaker, mention: Mention, snapshot: Snapshot
) -> tuple[list[Key], NDArray[np.uint64]] | None:
    """Return how a name is read that has brackets after it which say nothing of what contains it; otherwise None.

    They may hold another name of the same place, "Mumbai (Bombay)", as what stands after a slash may, "Kiev/Kyiv": what
    is meant is then what bears both. Or an aside: "Kursk (city)", "London (2021)", "Moscow (Reuters)". They hold a
    container where something of the name lies in it, and where they name a place, though nothing does: there is no
    Moscow in Kenya. Where no place need be meant, they may say what is: Jordan (basketball).
    """
    bracketed = keymaker.beside.brackets(mention.text)
    parts = bracketed or keymaker.beside.sides(mention.text)
    if not parts:
        return None
    name, aside = parts
    named, around = ([*_named(snapshot, keymaker.of_name(one, "place"))] for one in parts)
    coded = np.array([*_coded(keymaker, _spelled_out(aside), snapshot)], np.uint64)
    if _any_lies_in(named, np.union1d(_hashes(around), coded)):
        return None
    if both := _ids(named) & _ids(around):
        keys = keymaker.of_part(name, aside)
        return (keys, np.array(sorted(both), np.uint64) ^ ITSELF) if keys else None
    if not bracketed:
        return None
    keys = keymaker.of_named_aside(name, aside)
    if keys[0].step is Step.BARE or aside.isdigit():
        return keys, NOWHERE
    is_aside = mention.type == "place" and not _names_a_place(keymaker, aside, snapshot)
    return (keys, NOWHERE) if is_aside else None


def beside_number(keymaker: KeyMaker, text: str, snapshot: Snapshot) -> tuple[list[Key], NDArray[np.uint64]] | None:
    """Return how a place is read that has a postcode or a year beside it, if what is left is its name; otherwise None:
    most words with a number beside them are no places."""
    found = keymaker.beside.postcode(text)
    if not found or not any(_named(snapshot, keymaker.of_name(found[0], "place")[:1])):
        return None
    return keymaker.of_named_aside(*found), NOWHERE


def is_name(text: str, snapshot: Snapshot) -> bool:
    """Tell whether an exact key is the name of a place."""
    return any(_named(snapshot, (), [text]))


def after_country(
    keymaker: KeyMaker, mention: Mention, clean: str, snapshot: Snapshot
) -> tuple[list[Key], NDArray[np.uint64]] | None:
    """Return the readings of what stands after the adjective of a country, or its possessive, and that country.

    "The Syrian city of Aleppo", "Ukraine's Kharkiv". None unless a place of the name lies there, and where a
    hint says another country; and without a type, unless a word says that it is a place: Ukrainska Pravda is none.
    """
    said = keymaker.beside.country(clean, mention.text)
    if not said or not (mention.type or keymaker.place_type(said[1])):
        return None
    country, rest = said
    if _begins_with_country(keymaker, clean, snapshot):
        return None
    found = _named(snapshot, keymaker.of_name(country, "place"))
    within = _hashes(place for place in found if _is_region(*place))
    keys = keymaker.of_described(rest, clean.removesuffix(f" {rest}"))
    lies = _any_lies_in(_named(snapshot, keys), within)
    hinted = not mention.country or country_code(mention.country) in within
    return (keys, within) if lies and hinted else None


def at_end(keymaker: KeyMaker, clean: str, snapshot: Snapshot) -> tuple[list[Key], NDArray[np.uint64]]:
    """Return the readings of what stands before a region or country at the end, and what that may be.

    `clean`: words of the mention, joined by single spaces. Both are empty when it does not end so.
    """
    tokens = clean.split(" ")
    for length in range(min(_MOST_WORDS, len(tokens) - 1), 0, -1):
        text = " ".join(tokens[-length:])
        found = _hashes(place for place in _named_in_any_case(keymaker, text, snapshot) if _is_region(*place))
        keys = keymaker.of_part(" ".join(tokens[:-length]), text) if found.size else []
        if keys:
            return keys, found
    return [], NOWHERE


def _spelled_out(text: str) -> str:
    """Return single letters as one word: the U K of London, U.K."""
    letters = words(text)
    return "".join(letters) if all(len(letter) == 1 for letter in letters) else text


def _begins_with_country(keymaker: KeyMaker, clean: str, snapshot: Snapshot) -> bool:
    """Tell whether the first two words or more are a country: Russian Federation."""
    tokens = clean.split(" ")
    names = (" ".join(tokens[:end]) for end in range(2, min(len(tokens), _MOST_WORDS + 1)))
    places = (place for name in names for place in _named(snapshot, keymaker.of_name(name, "place")[:1]))
    return any(_level(*place) == COUNTRY for place in places)


def _names_a_place(keymaker: KeyMaker, text: str, snapshot: Snapshot) -> bool:
    """Tell whether a text is a place or the code of a country, or has a country or region in it in whatever case.

    In full: AP is a news agency more often than a division of Brazil, and UK is a country.
    """
    whole = _spelled_out(text)
    named = [*_named(snapshot, keymaker.of_name(whole, "place"))]
    if whole.upper() in keymaker.rules.countries or any(_level(*place) == COUNTRY for place in named):
        return True
    if named and len(keymaker.folded(whole)) >= _FEWEST_LETTERS:
        return True
    several = words(text) if " " in text else ()
    return any(_is_region(*place) for word in several for place in _named_in_any_case(keymaker, word, snapshot))


def _coded(keymaker: KeyMaker, text: str, snapshot: Snapshot) -> Iterator[int]:
    """Yield what a code of a country or of a division may stand for, as `Hints.within` holds it."""
    code = " ".join(word for word in words(text) if not word.isdigit())
    if code.upper() in keymaker.rules.countries:
        yield country_code(code.upper())
    for country, name, _ in keymaker.rules.division_codes.get(code, ()):
        for segment, entity in _named(snapshot, keymaker.of_name(name, "place")):
            if _is_region(segment, entity) and segment.country_of(entity) == country:
                yield int(segment.own[entity])


def _named_in_any_case(keymaker: KeyMaker, text: str, snapshot: Snapshot) -> Iterator[tuple[Segment, int]]:
    keys = keymaker.of_name(text, "place")
    enough = len(keys[0].latin) >= _FEWEST_LETTERS
    return _named(snapshot, keys, [*keymaker.alternatives(keys, "place")]) if enough else iter(())


def _named(snapshot: Snapshot, keys: Sequence[Key], forms: Sequence[str] = ()) -> Iterator[tuple[Segment, int]]:
    """Yield the most important places that a key or a form reaches exactly, by their segments and numbers."""
    exact, latin = [key.exact for key in keys], [key.latin for key in keys if key.latin]
    for part in snapshot.of_type("place"):
        segment = part.segment
        for table, links, texts in (
            (segment.exact, segment.exact_links, [*exact, *forms]),
            (segment.keys, segment.key_links, latin),
        ):
            for number in table.find_all(texts):
                if number >= 0:
                    names = links.names[links.starts[number] : links.starts[number + 1]]
                    entities = np.unique(segment.name_facts[names, 0])
                    shown = entities[part.columns.hidden[entities] == 0]
                    yield from ((segment, entity) for entity in shown[:_MOST_BEARERS].tolist())


def _ids(places: Iterable[tuple[Segment, int]]) -> set[int]:
    return {int(segment.own[entity]) for segment, entity in places}


def _any_lies_in(places: Iterable[tuple[Segment, int]], within: NDArray[np.uint64]) -> bool:
    return any(
        np.isin(within, [*segment.parents[entity], segment.facts[entity, Fact.COUNTRY]]).any()
        for segment, entity in places
    )


def _level(segment: Segment, entity: int) -> int:
    return int(segment.facts[entity, Fact.LEVEL])


def _is_region(segment: Segment, entity: int) -> bool:
    return bool(_level(segment, entity) & (REGIONS | COUNTRY))


def _hashes(places: Iterable[tuple[Segment, int]]) -> NDArray[np.uint64]:
    """Return what contains a place within one of these, as `Hints.within` holds it."""
    found: set[int] = set()
    for segment, entity in places:
        found.add(int(segment.own[entity]))
        if _level(segment, entity) == COUNTRY:
            found.add(int(segment.facts[entity, Fact.COUNTRY]))
    return np.array(sorted(found), np.uint64)
