"""Places with what contains them in one mention, and mentions that only look so."""

from __future__ import annotations

import pytest

from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Name

EDIT = Edit("tests", "two towns of one name, in two regions")
REGIONS = {"x:north": ("Ontargo", "Онтаргская область"), "x:south": ("Velmira", "Вельмирская область")}

WITHIN = {
    "Sarvino, Ontargo": "x:town of x:north",
    "Sarvino (Velmira)": "x:town of x:south",
    "Sarvino Ontargo": "x:town of x:north",
    "Sarvina Velmira": "x:town of x:south",
    "Sarvino in Velmira": "x:town of x:south",
    "Сарвино Онтаргской области": "x:town of x:north",
    "Сарвино Вельмирской области": "x:town of x:south",
    "город Сарвино Вельмирской области": "x:town of x:south",
    "in Sarvino, Ontargo": "x:town of x:north",
    "в Сарвино, Вельмирская область": "x:town of x:south",
    "in Sarvino Velmira": "x:town of x:south",
    "в Сарвине Онтаргской области": "x:town of x:north",
    "города Сарвина, Онтаргская область": "x:town of x:north",
    "Ontargo, Sarvino": "x:town of x:north",
    "Вельмирская область, Сарвино": "x:town of x:south",
    "Somewhere, Velmira, Sarvino": "x:town of x:south",
    "Онтаргская область, Сарвимо": "x:town of x:north",
}
NO_CONTAINER = {
    "Sarvino": "a name alone",
    "Region Velmira": "a place-type word is no name",
    "Upper Velmira": "nor is a word that is translated with a name",
    "Sarvino Sarvino": "a town is no container without a comma",
}


@pytest.fixture
def two_towns(editable: Normalizer) -> Normalizer:
    for region, (name, other) in REGIONS.items():
        editable.gazetteer.create(Entity(region, "place", name, (Name(other),), kind="admin1"), EDIT)
        town = Entity(f"x:town of {region}", "place", "Sarvino", (Name("Сарвино"),), kind="city", parents=(region,))
        editable.gazetteer.create(town, EDIT)
    return editable


def evidence(normalizer: Normalizer, text: str) -> dict[str, set[str]]:
    candidates = normalizer.normalize([Mention(text, type="place")], explain=True)[0].candidates
    return {each.entity_id: {piece.name for piece in each.evidence if piece.value} for each in candidates}


def test_what_contains_a_place_tells_namesakes_apart(two_towns: Normalizer) -> None:
    found = {text: evidence(two_towns, text) for text in WITHIN}
    assert {text: next(iter(of)) for text, of in found.items()} == WITHIN
    assert all("within" in found[text][entity] for text, entity in WITHIN.items())


@pytest.mark.parametrize("text", NO_CONTAINER)
def test_what_is_no_container(two_towns: Normalizer, text: str) -> None:
    assert not {"within", "outside"} & set().union(*evidence(two_towns, text).values())


def test_a_retired_region_contains_nothing(two_towns: Normalizer) -> None:
    two_towns.gazetteer.retire("x:north", EDIT)
    assert not {"within", "outside"} & set().union(*evidence(two_towns, "Sarvino Ontargo").values())


CODES = {
    "Qaxotepl, OR": "x:oregon",
    "Qaxotepl, or 97301": "x:oregon",
    "Qaxotepl (US)": "x:oregon",
    "Qaxotepl, FR": "x:ardennes",
    "in Qaxotepl, OR": "x:oregon",
}


@pytest.fixture
def coded(editable: Normalizer) -> Normalizer:
    regions = {"x:oregon": ("Oregon", "US"), "x:ardennes": ("Ardennes", "FR")}
    for region, (name, country) in regions.items():
        editable.gazetteer.create(Entity(region, "place", name, kind="admin1", country=country), EDIT)
        town = Entity(f"x:town of {region}", "place", "Qaxotepl", kind="city", country=country, parents=(region,))
        editable.gazetteer.create(town, EDIT)
    return editable


def test_codes_after_a_comma_say_what_contains_a_place(coded: Normalizer) -> None:
    found = {text: evidence(coded, text) for text in CODES}
    assert {text: next(iter(of)) for text, of in found.items()} == {
        text: f"x:town of {region}" for text, region in CODES.items()
    }
    assert all("within" in next(iter(of.values())) for of in found.values())


def test_what_is_no_code_contains_nothing(coded: Normalizer) -> None:
    assert not {"within", "outside"} & set().union(*evidence(coded, "Qaxotepl, QQ").values())


def test_to_lie_where_the_mention_says_makes_nothing_less_certain(coded: Normalizer) -> None:
    coded.gazetteer.retire("x:town of x:ardennes", EDIT)
    alone, placed = coded.normalize([Mention("Qaxotepl", "place"), Mention("Qaxotepl, Oregon", "place")], explain=True)
    assert placed.candidates[0].entity_id == "x:town of x:oregon" == alone.candidates[0].entity_id
    worth = {piece.name: piece.weight for piece in placed.candidates[0].evidence}
    assert worth.get("list_first_within", 0) >= 0


def test_the_retired_do_not_stand_before_those_that_are_there(editable: Normalizer) -> None:
    gazetteer = editable.gazetteer
    regions = [Entity(f"x:r{n}", "place", "Wizobul", kind="admin1", population=100 - n) for n in range(20)]
    towns = [Entity(f"x:t{n}", "place", "Qaxotepl", kind="city", parents=(f"x:r{n}",)) for n in range(20)]
    gazetteer.upsert([*regions, *towns], EDIT)
    for number in range(18):
        gazetteer.retire(f"x:r{number}", EDIT)
        gazetteer.retire(f"x:t{number}", EDIT)
    for text in ("Qaxotebl", "Qaxotepl, Wizobul"):
        [answer] = editable.normalize([Mention(text, type="place")])
        assert {found.entity_id for found in answer.candidates[:2]} == {"x:t18", "x:t19"}, text
    assert all("within" in names for names in list(evidence(editable, "Qaxotepl, Wizobul").values())[:2])
