"""What stands beside a name in a table, an address or a report, and is no part of it: asides, postcodes, countries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from places import place

from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Outcome

PLACES = {
    # id: country, kind, population, parent, names
    "ru": ("RU", "country", 144_000_000, None, "Russia"),
    "ua": ("UA", "country", 41_000_000, None, "Ukraine"),
    "sy": ("SY", "country", 22_000_000, None, "Syria"),
    "gb": ("GB", "country", 67_000_000, None, "United Kingdom", "UK"),
    "de": ("DE", "country", 83_000_000, None, "Germany"),
    "il": ("IL", "country", 9_500_000, None, "Israel"),
    "ke": ("KE", "country", 53_000_000, None, "Kenya"),
    "kursk-oblast": ("RU", "admin1", 1_100_000, "ru", "Kursk Oblast"),
    "kursk": ("RU", "city", 440_000, "kursk-oblast", "Kursk", "Курск"),
    "moscow": ("RU", "city", 13_000_000, "ru", "Moscow", "Москва"),
    "moscow-us": ("US", "city", 25_000, "idaho", "Moscow"),
    "idaho": ("US", "admin1", 1_900_000, None, "Idaho"),
    "kharkiv": ("UA", "city", 1_400_000, "ua", "Kharkiv", "Kharkov", "Харьков"),
    "kharkiv-oblast": ("UA", "admin1", 2_600_000, "ua", "Kharkiv Oblast"),
    "lviv": ("UA", "city", 720_000, "ua", "Lviv", "Lwów", "Lemberg"),
    "lemberg": ("FR", "city", 1_300, None, "Lemberg"),
    "aleppo": ("SY", "city", 2_100_000, "sy", "Aleppo"),
    "aleppo-us": ("US", "city", 2_000, "idaho", "Aleppo"),
    "london": ("GB", "city", 8_900_000, "gb", "London"),
    "london-us": ("US", "city", 8_000, "idaho", "London"),
    "berlin": ("DE", "city", 3_600_000, "de", "Berlin"),
    "mumbai": ("IN", "city", 12_700_000, None, "Mumbai", "Bombay"),
    "bombay": ("US", "city", 1_300, None, "Bombay"),
    "west-bank": ("PS", "admin1", 3_000_000, None, "West Bank"),
    "ap": ("BR", "admin1", 850_000, None, "Amapá", "AP"),
    "capital": ("AR", "admin2", 3_000_000, None, "Capital"),
}
OF_PLACES = {
    # an aside: without a type, it may say that none is meant
    "Moscow (Reuters)": "moscow",
    "Berlin (AP)": "berlin",
    "Харьков（фото）": "kharkiv",
    "Харькове (фото)": "kharkiv",
    # a postcode or a year
    "D-10115 Berlin": "berlin",
    "Kharkiv 61000": "kharkiv",
    "Aleppo 2016": "aleppo",
}
READ = {
    # a word for a place, a note or a year
    "Kursk (city)": "kursk",
    "Kursk (oblast)": "kursk-oblast",
    "KURSK [1]": "kursk",
    "London (2021)": "london",
    "Berlin (capital)": "berlin",
    # another name, in brackets or after a slash
    "Bombay (Mumbai)": "mumbai",
    "Lemberg (Lviv)": "lviv",
    "Lemberg (Lwów, Lviv)": "lviv",
    "Lemberg / Lwów": "lviv",
    # what contains it
    "Moscow (Idaho)": "moscow-us",
    "Lviv (Lwów), Ukraine": "lviv",
    "London, U.K.": "london",
    "Aleppo city, Syria": "aleppo",
    # the country before it
    "the Syrian city of Aleppo": "aleppo",
    "Russian city of Kursk": "kursk",
    "Ukraine's Kharkiv region": "kharkiv-oblast",
    # who holds it
    "Israeli-occupied West Bank": "west-bank",
    "rebel-held Aleppo": "aleppo",
    "61000 Kharkiv, Ukraine": "kharkiv",
}
NOT_READ = {
    "Moscow (in Kenya)": "nor after a preposition",
    "Berlin (Aleppo)": "another place",
    "Kharkiv 61000 km": "a number between words",
    "2014 war": "a count, or a year before what is no name",
    "Kharkiv near Russian-held Aleppo": "two places",
    "Moscow (Kenya)": "a country is a container though no Moscow lies there",
    "Moscow (UK)": "by its code as well",
    "Kharkiv/Kursk": "two places",
    "Kenyan city of Kursk": "none of the name lies there",
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    places = [
        place(key, country, kind, people, names, parent)
        for key, (country, kind, people, parent, *names) in PLACES.items()
    ]
    places += [Entity(f"x:other {n}", "place", f"Sarvino{chr(97 + n)}", kind="city", country="FR") for n in range(20)]
    with Normalizer(Gazetteer.build(tmp_path_factory.mktemp("beside"), places, Edit("tests", "places"))) as normalizer:
        yield normalizer


@pytest.mark.parametrize(
    ("text", "expected", "entity_type"),
    [
        *((text, expected, "place") for text, expected in (OF_PLACES | READ).items()),
        *((text, expected, None) for text, expected in READ.items()),
    ],
)
def test_what_stands_beside_a_name_is_no_part_of_it(
    known: Normalizer, text: str, expected: str, entity_type: str | None
) -> None:
    [answer] = known.normalize([Mention(text, entity_type)])
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why


@pytest.mark.parametrize("text", NOT_READ, ids=NOT_READ)
def test_what_is_no_aside(known: Normalizer, text: str) -> None:
    [answer] = known.normalize([Mention(text, "place")])
    assert answer.outcome is not Outcome.LINKED, answer.why


ORGANIZATIONS = ("World Health Organization", "Bank of China", "Rosneft")
PERSONS = ("Angela Merkel", "Kim Jong-un", "Vladimir Putin", "Michael Jackson")
NAMED = {
    "Angela Merkel (CDU)": ("person", "Angela Merkel"),
    "Putin (left)": ("person", "Vladimir Putin"),
    "Vladimir Putin (Владимир Путин)": ("person", "Vladimir Putin"),
    "Kim Jong-un (born 1984)": ("person", "Kim Jong-un"),
    "World Health Organization (WHO)": ("organization", "World Health Organization"),
    "WHO (World Health Organization)": ("organization", "World Health Organization"),
    "Bank of China (Hong Kong)": ("organization", None),
    "Kim Jong-il (North Korea)": ("person", None),
    "Putin (Lyudmila)": ("person", None),
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    names = [*(("person", name) for name in PERSONS), *(("organization", name) for name in ORGANIZATIONS)]
    entities = [Entity(f"x:{name.replace(' ', '-')}", kind, name) for kind, name in names]
    with Normalizer(Gazetteer.build(tmp_path_factory.mktemp("listed"), entities, Edit("tests", "names"))) as normalizer:
        yield normalizer


@pytest.mark.parametrize("text", NAMED, ids=NAMED)
def test_brackets_after_persons_and_organizations(listed: Normalizer, text: str) -> None:
    entity_type, name = NAMED[text]
    [answer] = listed.normalize([Mention(text, entity_type)])
    assert answer.entity_id == (name and f"x:{name.replace(' ', '-')}"), answer.why
