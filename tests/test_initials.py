"""Names of persons in short: an initial and a family name, in either order and in any script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.rulebook import Rulebook
from normalizer.terms import Edit, Entity, Mention, Name, Outcome
from normalizer.text.initials import Initials

PERSONS = {
    "putin": ("Vladimir Putin", "Путин Владимир Владимирович", "Wladimir Putin"),
    "boris": ("Boris Johnson", "Борис Джонсон"),
    "ron": ("Ron Johnson", "Рон Джонсон"),
    "hunt": ("Jeremy Hunt", "Джереми Хант"),
    "joe": ("Joe Biden", "Джо Байден"),
    "jill": ("Jill Biden", "Джилл Байден"),
    "nemeth": ("Németh, Szilárd",),
    "saravanapavan": ("கண்ணன் சரவணபவன்",),
    "hayashida": ("林田 健一",),
    "gerasimov": ("Valery Gerasimov",),
    "harper": ("Stephen Harper",),
    "petrov": ("Alexei Petrov", "Алексей Петров"),
    "malcolm": ("Xavier Malcolm",),
    "charles": ("Victor Charles",),
    "simon": ("Peter Simon",),
    "denzel": ("Denzel Washington",),
    "downey": ("Robert Downey Jr.",),
    "fontana": ("Cinzia Maria Fontana",),
    "tyrone": ("Tyrone Collins",),
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    entities = [Entity(f"x:{key}", "person", names[0], tuple(map(Name, names))) for key, names in PERSONS.items()]
    city = Entity("x:city", "place", "Washington", kind="city", country="US", population=680_000)
    directory = tmp_path_factory.mktemp("short")
    with Normalizer(Gazetteer.build(directory, [*entities, city], Edit("tests", "persons"))) as normalizer:
        yield normalizer


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B. Johnson", "boris"), ("R Johnson", "ron"), ("Б.Джонсон", "boris"), ("J. Hunt", "hunt"),
        ("Дж. Хант", "hunt"), ("В. В. Путин", "putin"), ("W. Putin", "putin"), ("Sz. Németh", "nemeth"),
        ("க. சரவணபவன்", "saravanapavan"),
        ("Gen. V. Gerasimov", "gerasimov"), ("C. Fontana", "fontana"),
    ],
)  # fmt: skip
def test_an_initial_and_a_family_name_are_a_person(listed: Normalizer, text: str, expected: str, typed: bool) -> None:
    answer = listed.normalize([Mention(text, type="person" if typed else None)])[0]
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Johnson B.", "boris"), ("Johnson, B.", "boris"), ("Путин В.В.", "putin"), ("Putin V.V.", "putin")],
)
def test_of_persons_the_initial_may_stand_last(listed: Normalizer, text: str, expected: str) -> None:
    answer = listed.normalize([Mention(text, type="person")])[0]
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why


@pytest.mark.parametrize(("text", "expected"), [("Дж.Ханта", "hunt"), ("Р. Джонсона", "ron"), ("А. Петрову", "petrov")])
def test_a_case_form_beside_an_initial_comes_first(listed: Normalizer, text: str, expected: str) -> None:
    answer = listed.normalize([Mention(text, type="person")])[0]
    assert answer.candidates[0].entity_id == f"x:{expected}", answer.why


@pytest.mark.parametrize("text", ["J. Biden", "Biden J."])
def test_who_shares_the_initial_is_a_rival(listed: Normalizer, text: str) -> None:
    answer = listed.normalize([Mention(text, type="person")])[0]
    assert answer.outcome is Outcome.AMBIGUOUS
    assert {one.entity_id for one in answer.candidates[:2]} == {"x:joe", "x:jill"}


@pytest.mark.parametrize(
    "text",
    ["K. Johnson", "S. Hunt", "Р. Путин", "Stephen H.", "Igor Putin", "Charles V", "Simon P.", "и Путин", "R. Jr.",
     "M. Fontana", "林 健一", "Ty Collins"],
)  # fmt: skip
def test_another_initial_is_somebody_else_and_a_letter_may_be_none(listed: Normalizer, text: str) -> None:
    answer = listed.normalize([Mention(text, type="person")])[0]
    assert "in short" not in answer.why or answer.outcome is not Outcome.LINKED, answer.why


@pytest.mark.parametrize("text", ["Washington, D.C.", "Washington D.C.", "Malcolm X"])
def test_without_a_type_letters_after_a_name_are_no_initials(listed: Normalizer, text: str) -> None:
    answer = listed.normalize([Mention(text)])[0]
    assert "in short" not in answer.why, answer.why


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("jeremy hunt", ["j hunt"]),
        ("джереми хант", ["д хант", "дж хант"]),
        ("george herbert walker bush", ["g bush"]),
        ("путин владимир владимирович", ["в путин"]),
        ("orbán, viktor", ["v orbán"]),
        ("martin luther king jr", ["m king"]),
        ("john paul ii", ["j paul"]),
        ("安倍 晋三", []),
        ("j hunt", []),
        ("hunt", []),
        ("", []),
    ],
)
def test_a_name_in_short(name: str, short: list[str]) -> None:
    assert [*Initials(Rulebook.load()).of_name(name)] == short
