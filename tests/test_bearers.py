"""Who bears a name: several entities of one name, and which of them is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Name, Outcome, Resolution


def one(normalizer: Normalizer, mention: Mention) -> Resolution:
    return normalizer.normalize([mention], explain=True)[0]


def towns(count: int, *names: str, population: int = 20_000) -> list[Entity]:
    return [
        Entity(f"x:{at}", "place", names[0], tuple(map(Name, names)), kind="city", country="US", population=population)
        for at in range(count)
    ]


def test_a_small_namesake_makes_a_great_town_no_less_certain_and_says_what_it_costs(editable: Normalizer) -> None:
    def town(entity_id: str, country: str, population: int, *names: str) -> Entity:
        return Entity(
            entity_id, "place", "Qarrylgrad", tuple(Name(name) for name in names), kind="city", country=country,
            population=population,
        )  # fmt: skip

    edit = Edit("tests", "namesakes")
    editable.gazetteer.create(
        town("x:1", "CZ", 1_300_000, "Qarrylgrad", "Каррылград", "Qarrylgrado", "Qarrylhrad"), edit
    )
    alone = one(editable, Mention("Qarrylgrad", type="place"))
    editable.gazetteer.create(town("x:2", "US", 2_000, "Qarrylgrad"), edit)
    beside = one(editable, Mention("Qarrylgrad", type="place"))
    assert (alone.outcome, beside.outcome) == (Outcome.LINKED, Outcome.LINKED)
    assert beside.candidates[0].entity_id == "x:1"
    [share] = [piece for piece in beside.candidates[0].evidence if piece.name == "list_bearers"]
    assert 0.9 < share.value < 1
    assert share.weight < 0
    assert not [piece for piece in alone.candidates[0].evidence if piece.name == "list_bearers"]
    hinted = one(editable, Mention("Qarrylgrad", type="place", country="US"))
    assert (hinted.outcome, hinted.entity_id) == (Outcome.LINKED, "x:2")


def test_traditional_and_simplified_characters_are_one_form(editable: Normalizer) -> None:
    edit = Edit("tests", "one name, written in two ways")
    great, small = (replace(town, id=f"x:{at}") for at, town in enumerate(towns(2, "Qarryl")))
    editable.gazetteer.create(replace(great, population=2_000_000, names=(Name("卡瑞爾維納"),)), edit)
    editable.gazetteer.create(replace(small, name="Other", names=(Name("卡瑞尔维纳"),)), edit)
    for text in ("卡瑞爾維納", "卡瑞尔维纳"):
        answer = one(editable, Mention(text, type="place"))
        assert answer.candidates[0].entity_id == "x:0", text
        assert answer.why.startswith("is the name"), text


@pytest.mark.parametrize("count", [2, 8, 9, 20])
def test_every_bearer_has_its_share_of_a_name(editable: Normalizer, count: int) -> None:
    for town in towns(count, "Qarrylfield"):
        editable.gazetteer.create(town, Edit("tests", "namesakes"))
    answer = one(editable, Mention("Qarrylfield", type="place"))
    assert answer.probability == pytest.approx(1 / count, rel=0.1)
    [share] = [piece for piece in answer.candidates[0].evidence if piece.name == "list_bearers"]
    assert share.value == pytest.approx(1 / count)
    assert f"among the {count} of its name" in share.reason


def test_what_stands_beside_may_name_any_of_many_bearers(editable: Normalizer) -> None:
    edit = Edit("tests", "namesakes, one of them in a region")
    editable.gazetteer.create(Entity("x:region", "place", "Brunswald", kind="admin1", country="US"), edit)
    for at, town in enumerate(towns(20, "Qarrylfield")):
        parents = ("x:region",) if at == 19 else ()
        editable.gazetteer.create(replace(town, parents=parents), edit)
    beside = Mention("Qarrylfield", type="place", co_mentions=("Brunswald",))
    answer = one(editable, beside)
    assert answer.candidates[0].entity_id == "x:19"
    assert answer.probability > 5 * one(editable, replace(beside, co_mentions=())).probability


def test_names_that_a_mention_may_be_case_forms_of_are_rivals(editable: Normalizer) -> None:
    edit = Edit("tests", "two stems of one form")
    for at, name in enumerate(("Каррыл", "Каррыла")):
        editable.gazetteer.create(replace(towns(1, name)[0], id=f"x:{at}"), edit)
    answer = one(editable, Mention("Каррылу", type="place"))
    assert {candidate.entity_id for candidate in answer.candidates[:2]} == {"x:0", "x:1"}
    assert not [piece for piece in answer.candidates[0].evidence if piece.name == "list_bearers"]


@pytest.mark.parametrize(("town", "outcome"), [("Qarrylia", Outcome.LINKED), ("Qarrylia City", Outcome.AMBIGUOUS)])
def test_a_town_that_has_a_word_for_a_town_leaves_the_bare_name_to_its_region(
    editable: Normalizer, town: str, outcome: Outcome
) -> None:
    edit = Edit("tests", "a state and its capital")
    editable.gazetteer.create(Entity("x:region", "place", "Qarrylia", kind="admin1", country="US"), edit)
    names = tuple(map(Name, ("Qarrylia", "Каррылия", "Qarryliya")))
    capital = Entity(
        "x:town", "place", town, names, kind="city", country="US", population=680_000, parents=("x:region",)
    )
    editable.gazetteer.create(capital, edit)
    answer = one(editable, Mention("Qarrylia", type="place"))
    assert answer.outcome is outcome
    assert {one.entity_id for one in answer.candidates} == {"x:town", "x:region"}
