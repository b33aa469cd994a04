"""Case forms of names that a gazetteer knows in another script only: lists in Latin letters, texts in Cyrillic ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from normalizer.gazetteer import Gazetteer
from normalizer.index.segment import script_code
from normalizer.index.snapshot import Part
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Name, Outcome, Resolution

PERSONS = (
    "Volodymyr Zelenskyy", "Olena Zelenska", "Vladimir Putin", "Sergei Shoigu", "Valery Gerasimov", "Oleksandr Syrskyi",
    "Recep Tayyip Erdogan", "Yulia Navalnaya", "Donald Tusk", "Andrzej Duda", "Janez Jansa", "Ramzan Kadyrov",
    "Yevgeny Prigozhin", "Maria Zakharova", "Kirill Budanov", "Andriy Yermak", "Vitali Klitschko", "Rumen Radev",
)  # fmt: skip
PLACES = (
    "Kyiv", "Kharkiv", "Sudzha", "Kursk", "Bakhmut", "Kherson", "Mykolaiv", "Odesa", "Sumy", "Chernihiv", "Lviv",
    "Donetsk", "Mariupol", "Melitopol", "Avdiivka", "Vovchansk", "Belgorod", "Rylsk", "Korenevo", "Lgov",
    "Malaya Loknya", "Enerhodar", "Berdiansk", "Gdansk", "Lublin", "Ostrava", "Varna", "Tartu",
)  # fmt: skip
EDIT = Edit("tests", "names in one script")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    persons = [Entity(f"x:{name}", "person", name) for name in PERSONS]
    places = [Entity(f"x:{name}", "place", name) for name in PLACES]
    with Normalizer(Gazetteer.build(tmp_path_factory.mktemp("latin"), [*persons, *places], EDIT)) as normalizer:
        yield normalizer


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Зеленському", "person", "Volodymyr Zelenskyy"), ("Зеленської", "person", "Olena Zelenska"),
        ("Володимиру Зеленському", "person", "Volodymyr Zelenskyy"), ("Путина", "person", "Vladimir Putin"),
        ("Владимиру Путину", "person", "Vladimir Putin"), ("Сирському", "person", "Oleksandr Syrskyi"),
        ("Навальную", "person", "Yulia Navalnaya"), ("Дональда Туска", "person", "Donald Tusk"),
        ("Дудой", "person", "Andrzej Duda"), ("Пригожиным", "person", "Yevgeny Prigozhin"),
        ("Єрмака", "person", "Andriy Yermak"), ("Janezem Janšou", "person", "Janez Jansa"),
        ("Эрдогану", "person", "Recep Tayyip Erdogan"), ("Радева", "person", "Rumen Radev"),
        ("в Судже", "place", "Sudzha"), ("Києва", "place", "Kyiv"), ("Харкові", "place", "Kharkiv"),
        ("Херсоном", "place", "Kherson"), ("Одеси", "place", "Odesa"), ("Авдіївці", "place", "Avdiivka"),
        ("Белгородом", "place", "Belgorod"), ("Малой Локне", "place", "Malaya Loknya"),
    ],
)  # fmt: skip
def test_a_case_form_reaches_a_name_in_another_script(
    listed: Normalizer, text: str, kind: str, expected: str, typed: bool
) -> None:
    answer = asked(listed, text, kind if typed else None)
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why
    assert "case form" in answer.why


@pytest.mark.parametrize("text", ["Петрова", "Иваном", "Дубровки", "Москве", "Полтаві", "Тулой", "Зеленая", "Татьяной"])
def test_a_case_form_of_what_the_list_lacks_is_not_linked(listed: Normalizer, text: str) -> None:
    assert asked(listed, text).entity_id is None


@pytest.mark.parametrize(
    ("text", "kind", "expected"), [("Шойгу", "person", "Sergei Shoigu"), ("Коренево", "place", "Korenevo")]
)
def test_a_nominative_is_read_as_one(listed: Normalizer, text: str, kind: str, expected: str) -> None:
    answer = asked(listed, text, kind)
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}")
    assert "case form" not in answer.why


def asked(normalizer: Normalizer, text: str, kind: str | None = None) -> Resolution:
    return normalizer.normalize([Mention(text, type=kind)])[0]


def place_part(directory: Path, entities: Sequence[Entity], added: Sequence[Entity] = ()) -> Part:
    with Gazetteer.build(directory, entities, EDIT) as gazetteer:
        for entity in added:
            gazetteer.create(entity, EDIT)
        return gazetteer.snapshot.parts[0]


def test_a_part_knows_the_scripts_of_its_names_edits_counted(tmp_path: Path) -> None:
    latin = [Entity(f"x:{number}", "place", f"Village {number}") for number in range(150)]
    cyrillic = [Entity(f"y:{number}", "place", "Село", (Name("Село"), Name("Selo"))) for number in range(2)]
    codes = {script: script_code(script) for script in ("Latn", "Cyrl")}
    assert place_part(tmp_path / "latin", latin).scripts == {codes["Latn"]}
    assert place_part(tmp_path / "one", [*latin, *cyrillic[:1]]).scripts == {codes["Latn"]}  # of 151
    assert place_part(tmp_path / "two", [*latin, *cyrillic]).scripts == {*codes.values()}
    assert place_part(tmp_path / "edited", latin, cyrillic).scripts == {*codes.values()}


def test_among_places_with_names_in_the_script_only_those_are_case_forms(tmp_path: Path) -> None:
    known = [Entity(f"x:{name}", "place", name, (Name(name),)) for name in ("Суджа", "Курск", "Рыльск", "Льгов")]
    foreign = Entity("x:Dubina", "place", "Dubina", country="CZ")
    with Normalizer(Gazetteer.build(tmp_path, [*known, foreign], EDIT)) as normalizer:
        answers = normalizer.normalize([Mention("Судже", type="place"), Mention("Дубине", type="place")])
    assert answers[0].entity_id == "x:Суджа"
    assert "case form" not in answers[1].why
