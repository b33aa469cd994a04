"""The level of a place: what its kind says, and what a region's own names say besides."""

from __future__ import annotations

import pytest

from normalizer.index.levels import URBAN
from normalizer.index.segment import Fact, build, indexed
from normalizer.rulebook import LEVELS, Rulebook
from normalizer.terms import Entity, Name
from normalizer.text.keys import KeyMaker

KEYMAKER = KeyMaker(Rulebook.load())
NAMED = {
    "a region as it is called": ("admin1", ("Kursk", "Kursk Oblast"), {"admin1"}),
    "a municipality of the first level": ("admin1", ("Bled", "Municipality of Bled"), {"admin1", "admin2", "admin3"}),
    "a district is no municipality": ("admin2", ("Sudzha", "Sudzha rayon"), {"admin2"}),
    "a region called a district": ("admin1", ("Baucau", "Baucau district"), {"admin1", "admin2", "admin3"}),
    "a region called a city": ("admin1", ("Minsk", "Minsk town"), {"admin1", "urban"}),
    "a region that is also called a city": ("admin1", ("Damascus City", "Damascus Governorate"), {"admin1"}),
    "a town named after its region": ("city", ("Kursk", "Kursk Oblast"), {"city"}),
    "a village": ("village", ("Guevo",), {"city"}),
    "a word for a region that is no level": ("voivodeship", ("Bled",), {"admin1"}),
    "a word of several levels": ("county", ("Bled",), {"admin1", "admin2"}),
    "a level below those that are told apart": ("admin6", ("Guevo",), {"admin3"}),
    "a kind of two words": ("urban-settlement", ("Guevo",), {"city"}),
    "a hamlet": ("hamlet", ("Guevo",), {"city"}),
    "a river": ("river", ("Psel",), {"feature"}),
    "a region with bounds of its own": ("region", ("Donbas",), set()),
    "a kind that nobody knows": ("ppla2", ("Guevo",), set()),
}


@pytest.mark.parametrize(("kind", "names", "expected"), NAMED.values(), ids=NAMED)
def test_a_region_is_what_its_names_call_it(kind: str, names: tuple[str, ...], expected: set[str]) -> None:
    entity = Entity("x:1", "place", names[0], tuple(map(Name, names)), kind=kind)
    found = int(build([indexed(entity, KEYMAKER)], {}).facts[0, Fact.LEVEL])
    told = {level for bit, level in enumerate(LEVELS) if found >> bit & 1} | ({"urban"} if found & URBAN else set())
    assert told == expected
