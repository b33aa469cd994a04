"""Gazetteers of places that say nothing but names: lists that people have at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Outcome, Resolution

NAMES = (
    "Riga", "Donetsk", "Karlovy Vary", "Lviv", "Multan", "Timisoara", "Golnik", "Maribor", "Kranj", "Celje", "Gdansk",
    "Lublin", "Ostrava", "Brno", "Varna", "Burgas", "Ruse", "Pleven", "Zadar", "Osijek", "Tuzla", "Zenica", "Tartu",
)  # fmt: skip
EDIT = Edit("tests", "a list of places")


def answers(
    directory: Path, entities: Sequence[Entity], added: Sequence[Entity], asked: Sequence[str]
) -> list[Resolution]:
    with Normalizer(Gazetteer.build(directory, entities, EDIT)) as normalizer:
        for entity in added:
            normalizer.gazetteer.create(entity, EDIT)
        return normalizer.normalize([Mention(text, type="place") for text in asked], explain=True)


def places(population: int | None, *names: str) -> list[Entity]:
    return [Entity(f"x:{name}", "place", name, population=population) for name in names]


@pytest.mark.parametrize("listed", [NAMES, NAMES[:-2], ()])
def test_every_name_of_a_list_without_populations_is_linked(tmp_path: Path, listed: Sequence[str]) -> None:
    added = places(None, *(name for name in NAMES if name not in listed))
    for name, answer in zip(NAMES, answers(tmp_path, places(None, *listed), added, NAMES), strict=True):
        assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, f"x:{name}"), (name, answer.probability)


def test_a_name_that_the_list_lacks_is_not_linked(tmp_path: Path) -> None:
    strangers = ("Cairo", "Nagoya", "Tampere", "Lublanica", "Marburg", "Rigolato")
    assert not any(one.entity_id for one in answers(tmp_path, places(None, *NAMES), (), strangers))


def test_where_populations_are_known_to_have_none_says_that_a_place_is_small(tmp_path: Path) -> None:
    mixed = [*places(50_000, *NAMES[1:]), *places(None, NAMES[0])]
    small, great = answers(tmp_path, mixed, (), NAMES[:2])
    assert small.probability < great.probability
    assert not [piece for piece in small.candidates[0].evidence if piece.name == "population"]


def test_where_few_populations_are_known_a_great_one_still_counts_and_edits_are_counted_too(tmp_path: Path) -> None:
    namesakes = [
        Entity("x:great", "place", "Paris", population=2_100_000, country="FR"),
        Entity("x:unknown", "place", "Paris", country="US"),
    ]
    entities = [*places(None, *NAMES), *namesakes]
    [built] = answers(tmp_path / "built", entities, (), ["Paris"])
    [edited] = answers(tmp_path / "edited", entities[:1], entities[1:], ["Paris"])
    for answer in (built, edited):
        assert answer.candidates[0].entity_id == "x:great"
    assert built.probability == pytest.approx(edited.probability, abs=0.01)
