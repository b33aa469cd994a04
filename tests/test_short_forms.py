"""What regions and countries are called in running text beside their names: abbreviations, codes, adjectives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from places import place

from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Name, Outcome

PLACES = {
    # id: country, kind, population, names
    "indiana": ("US", "admin1", 6_700_000, "Indiana"),
    "virginia": ("US", "admin1", 8_600_000, "Virginia", "Вирджиния"),
    "washington": ("US", "admin1", 7_700_000, "Washington"),
    "south-wales": ("AU", "admin1", 8_100_000, "New South Wales"),
    "columbia": ("CA", "admin1", 5_000_000, "British Columbia"),
    "milano": ("IT", "admin2", 3_200_000, "Milano"),
    "louisiana": ("US", "admin1", 4_600_000, "Louisiana"),
    "angeles": ("US", "city", 3_900_000, "Los Angeles", "L.A."),
    "va": ("CI", "city", 2_000, "Va"),
    "inda": ("BR", "city", 12_000, "Inda"),
    "gary": ("US", "city", 69_000, "Gary"),
    "canada": ("CA", "country", 38_000_000, "Canada", "Канада"),
    "canadian": ("US", "city", 2_600, "Canadian"),
    "germany": ("DE", "country", 83_000_000, "Germany"),
    "german": ("MX", "city", 900, "German"),
    "lebanon": ("LB", "country", 6_800_000, "Lebanon"),
    "livanates": ("GR", "city", 2_700, "Livanátes"),
    "ghana": ("GH", "country", 31_000_000, "Ghana"),
    "hanoi": ("VN", "city", 8_000_000, "Hanoi", "Ганой"),
    "chernogorsk": ("RU", "city", 75_000, "Chernogorsk", "Черногорск"),
    "montenegro": ("ME", "country", 620_000, "Montenegro"),
    "peru": ("PE", "country", 33_000_000, "Peru"),
    "wuhu": ("CN", "city", 1_600_000, "Wuhu", "ווחו"),
    "sudan": ("SD", "country", 48_000_000, "Sudan"),
    "south-sudan": ("SS", "country", 11_000_000, "South Sudan"),
    "frankfurt": ("DE", "city", 770_000, "Frankfurt am Main", "Frankfurt"),
    "gorzow": ("PL", "city", 120_000, "Gorzów Wielkopolski"),
    "novgorod": ("RU", "city", 1_200_000, "Nizhny Novgorod", "Нижний Новгород"),
    "port": ("PG", "city", 360_000, "Port Moresby"),
    "fort": ("US", "city", 920_000, "Fort Worth"),
    "cook": ("US", "admin2", 5_200_000, "Cook County"),
    "nato": ("PH", "city", 4_000, "Nato"),
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    places = [
        place(key, country, kind, people, names, "indiana" if key in ("gary", "cook") else None)
        for key, (country, kind, people, *names) in PLACES.items()
    ]
    agency = Entity("x:agency", "organization", "International Atomic Energy Agency", (Name("IAEA"),))
    department = Entity("x:department", "organization", "Department of Forests")
    directory = tmp_path_factory.mktemp("short")
    with Normalizer(Gazetteer.build(directory, [*places, agency, department], Edit("tests", "places"))) as normalizer:
        yield normalizer


def _first(normalizer: Normalizer, text: str, kind: str | None = "place", country: str | None = None) -> str | None:
    answer = normalizer.normalize([Mention(text, type=kind, country=country)])[0]
    return answer.candidates[0].entity_id if answer.outcome is not Outcome.NIL else None


@pytest.mark.parametrize("kind", ["place", None])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ind.", "indiana"), ("Va.", "virginia"), ("Wash.", "washington"), ("N.S.W.", "south-wales"),
        ("B.C.", "columbia"), ("B. C.", "columbia"), ("La.", "louisiana"), ("L.A.", "angeles"),
    ],
)  # fmt: skip
def test_a_region_is_found_by_what_it_is_called_in_short(
    known: Normalizer, text: str, expected: str, kind: str | None
) -> None:
    assert _first(known, text, kind) == f"x:{expected}"


@pytest.mark.parametrize(("text", "expected"), [("WA", "washington"), ("NSW", "south-wales")])
def test_capitals_are_a_code_where_a_place_is_meant(known: Normalizer, text: str, expected: str) -> None:
    assert _first(known, text) == f"x:{expected}"
    assert _first(known, text, None) != f"x:{expected}"


def test_the_code_of_a_country_is_that_of_a_region_where_the_country_is_known(known: Normalizer) -> None:
    assert (_first(known, "IN"), _first(known, "IN", country="US")) == ("x:inda", "x:indiana")


def test_a_code_says_why(known: Normalizer) -> None:
    why = known.normalize([Mention("Ind.", type="place")])[0].why
    assert why.startswith("is the name “Indiana”, “Ind.” read as what is written so in short (admin1/admin2)"), why


@pytest.mark.parametrize(("text", "expected"), [("Va", "x:va"), ("va", "x:va"), ("in", "x:inda")])
def test_what_is_written_without_a_dot_or_capitals_is_no_code(known: Normalizer, text: str, expected: str) -> None:
    assert _first(known, text) == expected


def test_a_code_of_several_countries_is_that_of_the_hint(known: Normalizer) -> None:
    assert _first(known, "MI", None, country="IT") == "x:milano"
    assert _first(known, "MI") is None


def test_a_container_in_short_still_contains(known: Normalizer) -> None:
    assert _first(known, "Gary, Ind.") == "x:gary"


@pytest.mark.parametrize("kind", ["place", None])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S. Sudan", "south-sudan"), ("S.Sudan", "south-sudan"), ("Frankfurt a.M.", "frankfurt"),
        ("Frankfurt a. M.", "frankfurt"), ("Gorzów Wlkp.", "gorzow"), ("Н. Новгород", "novgorod"),
        ("Pt. Moresby", "port"), ("Ft. Worth", "fort"), ("Cook Co., Ind.", "cook"), ("Cook Co.", "cook"),
    ],
)  # fmt: skip
def test_words_that_are_written_in_short_are_read_in_full(
    known: Normalizer, text: str, expected: str, kind: str | None
) -> None:
    answer = known.normalize([Mention(text, type=kind)])[0]
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why


def test_a_name_in_the_country_of_the_hint_is_no_adjective(known: Normalizer) -> None:
    assert _first(known, "Canadian", country="US") == "x:canadian"


def test_words_of_organizations_are_written_in_short_as_well(known: Normalizer) -> None:
    assert _first(known, "Dept. of Forests", "organization") == "x:department"


@pytest.mark.parametrize("kind", ["place", None])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Canadian", "canada"), ("German", "germany"), ("Peruvian", "peru"), ("канадский", "canada"),
        ("Ливанскому", "lebanon"), ("Germany", "germany"), ("Ливанатес", "livanates"), ("Ганой", "hanoi"),
        ("Черногорске", "chernogorsk"), ("черногорской", "montenegro"),
    ],
)  # fmt: skip
def test_the_adjective_of_a_country_is_the_country(
    known: Normalizer, text: str, expected: str, kind: str | None
) -> None:
    assert _first(known, text, kind) == f"x:{expected}"


def test_the_town_that_is_called_by_an_adjective_stays_among_the_candidates(known: Normalizer) -> None:
    answer = known.normalize([Mention("Canadian", type="place")])[0]
    assert [one.entity_id for one in answer.candidates[:2]] == ["x:canada", "x:canadian"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("WHO", None), ("Wuhu", "x:wuhu"), ("WUHU", "x:wuhu"), ("NATO", "x:nato"), ("GARY", "x:gary"), ("PERÚ", "x:peru")],
)
def test_an_acronym_is_no_word_that_is_heard(known: Normalizer, text: str, expected: str | None) -> None:
    assert _first(known, text, None) == expected


def test_what_is_said_to_be_a_place_is_no_acronym(known: Normalizer) -> None:
    assert _first(known, "WUHA") == "x:wuhu"
    assert _first(known, "WUHA", None) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("IAEA", "x:agency"), ("I.A.E.A.", "x:agency"), ("IAEA-u", "x:agency"), ("EA", None)]
)
def test_an_acronym_of_an_organization_is_found_as_it_is_written(
    known: Normalizer, text: str, expected: str | None
) -> None:
    assert _first(known, text, "organization") == expected
