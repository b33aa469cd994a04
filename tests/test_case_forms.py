"""Case forms of names that a gazetteer knows in another script only: lists in Latin letters, texts in Cyrillic ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from normalizer.gazetteer import Gazetteer
from normalizer.index.segment import script_code
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
    places = [Entity(f"x:{name}", "place", name) for name in PLACES]
    with Normalizer(
        Gazetteer.build(tmp_path_factory.mktemp("latin"), [*persons(*PERSONS), *places], EDIT)
    ) as normalizer:
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


@pytest.mark.parametrize(("nominative", "form"), [("Голуб", "Голубу"), ("Голуб", "Голуба"), ("Гончар", "Гончаром")])
def test_two_readings_of_a_form_are_two_names(tmp_path: Path, nominative: str, form: str) -> None:
    names = ("Oleh Holub", "Igor Golub", "Oles Honchar", "Ivan Gonchar", "Donald Tusk", "Andrzej Duda")
    with Normalizer(Gazetteer.build(tmp_path, persons(*names), EDIT)) as normalizer:
        plain, inflected = (asked(normalizer, text, "person") for text in (nominative, form))
    both = {candidate.entity_id for candidate in plain.candidates[:2]}
    assert inflected.entity_id is None
    assert {candidate.entity_id for candidate in inflected.candidates[:2]} == both


def persons(*names: str) -> list[Entity]:
    return [Entity(f"x:{name}", "person", name) for name in names]


LISTS = {
    "a bearer in the script is retired": (
        persons("Ярослав Зеленський", "Volodymyr Zelenskyy", "Donald Tusk"), "Зеленському", "x:Volodymyr Zelenskyy",
    ),
    "the only places in the script are retired": (
        [Entity(f"x:{name}", "place", name) for name in ("Рыльск", "Sudzha", *(f"Village {at}" for at in range(90)))],
        "Судже", "x:Sudzha",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTS)
def test_after_edits_case_forms_are_read_as_in_a_gazetteer_compiled_anew(tmp_path: Path, case: str) -> None:
    (gone, *kept), text, expected = LISTS[case]
    with Normalizer(Gazetteer.build(tmp_path / "edited", [gone, *kept[1:]], EDIT)) as edited:
        edited.gazetteer.create(kept[0], EDIT)
        edited.gazetteer.retire(gone.id, EDIT)
        after = asked(edited, text, gone.type)
    with Normalizer(Gazetteer.build(tmp_path / "anew", kept, EDIT)) as anew:
        assert asked(anew, text, gone.type).probability == after.probability
    assert (after.outcome, after.entity_id) == (Outcome.LINKED, expected)


def test_a_part_knows_the_scripts_of_its_names_edits_counted(tmp_path: Path) -> None:
    latin = [Entity(f"x:{number}", "place", f"Village {number}") for number in range(150)]
    cyrillic = [Entity(f"y:{number}", "place", "Село", (Name("Село"), Name("Selo"))) for number in range(2)]
    codes = {script: script_code(script) for script in ("Latn", "Cyrl")}
    for at, (built, added, retired, scripts) in enumerate([
        (latin, [], [], ["Latn"]), ([*latin, *cyrillic], [], [], ["Latn", "Cyrl"]),
        (latin, cyrillic, [], ["Latn", "Cyrl"]),
        ([*latin, *cyrillic[:1]], [], [], ["Latn"]), ([*latin, *cyrillic], [], cyrillic[:1], ["Latn"]),
    ]):  # fmt: skip
        with Gazetteer.build(tmp_path / str(at), built, EDIT) as gazetteer:
            for entity in added:
                gazetteer.create(entity, EDIT)
            for entity in retired:
                gazetteer.retire(entity.id, EDIT)
            assert gazetteer.snapshot.parts[0].scripts == {codes[script] for script in scripts}


def test_an_entity_that_is_edited_counts_once(tmp_path: Path) -> None:
    entities = [Entity(f"x:{number}", "place", f"Village {number}") for number in range(150)]
    with Gazetteer.build(tmp_path, [*entities, Entity("y:0", "place", "Село")], EDIT) as gazetteer:
        before = gazetteer.snapshot.parts[0].scripts
        gazetteer.add_name("y:0", Name("Selo"), EDIT)
        assert gazetteer.snapshot.parts[0].scripts == before


LONELY = [("a", "organization"), ("я", "organization"), ("الرياض", "organization"), ("မြန်မာ", "person")]


@pytest.mark.parametrize(("text", "kind"), LONELY)
def test_to_be_alone_in_a_list_is_no_merit_of_what_is_far(tmp_path: Path, text: str, kind: str) -> None:
    known = [
        Entity("x:iaea", "organization", "IAEA", (Name("AIEA"), Name("Internationale Atomenergiebehörde"))),
        Entity("x:smirnov", "person", "Aleksei Smirnov", (Name("Aleksey Borisovich Smirnov"),)),
    ]
    with Normalizer(Gazetteer.build(tmp_path, known, EDIT)) as normalizer:
        assert asked(normalizer, text, kind).entity_id is None


def test_among_places_with_names_in_the_script_only_those_are_case_forms(tmp_path: Path) -> None:
    known = [Entity(f"x:{name}", "place", name, (Name(name),)) for name in ("Суджа", "Курск", "Рыльск", "Льгов")]
    foreign = Entity("x:Dubina", "place", "Dubina", country="CZ")
    with Normalizer(Gazetteer.build(tmp_path, [*known, foreign], EDIT)) as normalizer:
        answers = normalizer.normalize([Mention("Судже", type="place"), Mention("Дубине", type="place")])
    assert answers[0].entity_id == "x:Суджа"
    assert "case form" not in answers[1].why
