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
    "nemeth": ("Németh Szilárd", "Szilárd Németh"),
    "anan": ("க. சரவணபவன்", "கண்ணன் சரவணபவன்"),
    "wang": ("王毅",),
    "gerasimov": ("Valery Gerasimov",),
    "maurer": ("Ueli Maurer",),
    "harper": ("Stephen Harper",),
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    entities = [Entity(f"x:{key}", "person", names[0], tuple(map(Name, names))) for key, names in PERSONS.items()]
    with Normalizer(
        Gazetteer.build(tmp_path_factory.mktemp("short"), entities, Edit("tests", "persons"))
    ) as normalizer:
        yield normalizer


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B. Johnson", "boris"), ("Johnson B.", "boris"), ("Johnson, B.", "boris"), ("R Johnson", "ron"),
        ("Б.Джонсон", "boris"), ("Р. Джонсона", "ron"), ("J. Hunt", "hunt"), ("Дж. Хант", "hunt"),
        ("Дж.Ханта", "hunt"), ("В. В. Путин", "putin"), ("Путин В.В.", "putin"), ("Putin V.V.", "putin"),
        ("W. Putin", "putin"), ("Sz. Németh", "nemeth"), ("க. சரவணபவன்", "anan"), ("Gen. V. Gerasimov", "gerasimov"),
    ],
)  # fmt: skip
def test_an_initial_and_a_family_name_are_a_person(listed: Normalizer, text: str, expected: str, typed: bool) -> None:
    answer = listed.normalize([Mention(text, type="person" if typed else None)])[0]
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{expected}"), answer.why


@pytest.mark.parametrize("text", ["J. Biden", "Biden J."])
def test_who_shares_the_initial_is_a_rival(listed: Normalizer, text: str) -> None:
    answer = listed.normalize([Mention(text, type="person")])[0]
    assert answer.outcome is Outcome.AMBIGUOUS
    assert {one.entity_id for one in answer.candidates[:2]} == {"x:joe", "x:jill"}


@pytest.mark.parametrize("text", ["K. Johnson", "S. Hunt", "Р. Путин", "Stephen H.", "Igor Putin"])
def test_another_initial_is_somebody_else(listed: Normalizer, text: str) -> None:
    assert listed.normalize([Mention(text, type="person")])[0].outcome is not Outcome.LINKED


@pytest.mark.parametrize(
    ("tokens", "short"),
    [
        ("jeremy hunt", ["j hunt"]),
        ("джереми хант", ["д хант", "дж хант"]),
        ("george herbert walker bush", ["g bush"]),
        ("j hunt", []),
        ("hunt", []),
        ("", []),
    ],
)
def test_a_name_in_short(tokens: str, short: list[str]) -> None:
    assert [*Initials(Rulebook.load()).of_name(tokens.split())] == short
