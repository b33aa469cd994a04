"""Fitting: the numbers of the logit, the queries that are drawn, and a whole small fit."""

from __future__ import annotations

import json
import random
import re
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from normalizer.gazetteer import Gazetteer
from normalizer.matching.evidence import EVIDENCE
from normalizer.matching.model import CARD, MODEL, Model
from normalizer.matching.model import KNOWN as KNOWN_WEIGHTS
from normalizer.rulebook import Rulebook
from normalizer.sources import jsonl
from normalizer.terms import Entity, Name, State
from normalizer.text.clean import Cleaner
from normalizer.text.romanize import script_of
from normalizer.text.structure import Structure
from normalizer.training import fit as fitting
from normalizer.training import persons
from normalizer.training.calibrate import leaning
from normalizer.training.lists import CALIBRATED, Lists
from normalizer.training.logit import Floats, Problem, fit, fit_signed, probabilities
from normalizer.training.queries import (
    HELD_OUT,
    INFLECTED,
    KNOWN,
    NIL,
    STRANGER,
    TYPO,
    Cases,
    TypeWords,
    sample,
    strangers,
    written,
)

SMALL = Path(__file__).parent / "data" / "small.jsonl"
TRUE = np.array([2.0, -1.0, 0.5])
RULES = Rulebook.load()
CASES, WORDS = Cases(RULES.inflections), TypeWords(RULES)
LOOSE = np.full(3, 1e-6)


def drawn(weights: Floats, none: bool, queries: int = 3000, candidates: int = 5) -> Problem:
    """Queries whose right answers are drawn by the probabilities that `weights` give."""
    generator = np.random.default_rng(5)
    evidence = generator.normal(size=(queries, candidates, len(weights)))
    present = generator.random((queries, candidates)) < 0.8
    present[:, 0] = True
    unknown = Problem(evidence, present, np.zeros((queries, candidates + 1), bool), none)
    shares = probabilities(unknown, weights)
    answers = (shares.cumsum(axis=1) > generator.random((queries, 1))).argmax(axis=1)
    return Problem(evidence, present, np.eye(candidates + 1, dtype=bool)[answers], none)


@pytest.mark.parametrize("none", [True, False])
def test_the_fit_recovers_the_weights_that_made_the_data(none: bool) -> None:
    assert fit(drawn(TRUE, none), np.zeros(3), LOOSE) == pytest.approx(TRUE, abs=0.12)


def test_probabilities_sum_to_one_and_leave_out_what_is_not_there() -> None:
    for none in (True, False):
        problem = drawn(TRUE, none, queries=50)
        shares = probabilities(problem, TRUE)
        assert shares.sum(axis=1) == pytest.approx(np.ones(50))
        assert (shares[:, :-1][~problem.present] == 0).all()
        assert none == bool(shares[:, -1].any())


def test_a_firm_prior_holds() -> None:
    prior = np.array([0.0, 3.0, 0.0])
    assert fit(drawn(TRUE, True), prior, np.full(3, 1e9)) == pytest.approx(prior, abs=1e-3)


def test_several_right_answers_count_as_a_set() -> None:
    problem = drawn(TRUE, False)
    wider = problem.right.copy()
    wider[:, 0] = True
    both = fit(Problem(problem.evidence, problem.present, wider, none=False), np.zeros(3), np.full(3, 1.0))
    assert np.isfinite(both).all()
    everything = Problem(problem.evidence, problem.present, np.ones_like(wider), none=False)
    assert fit(everything, np.zeros(3), np.full(3, 1.0)) == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_weight_against_its_sign_is_nothing() -> None:
    weights = fit_signed(drawn(TRUE, True), np.zeros(3), LOOSE, np.array([1, 1, 0]))
    assert weights[1] == 0.0
    assert weights[0] > 1.5


# Queries


def test_queries_are_drawn_alike_from_the_same_seed() -> None:
    entities = list(jsonl.read(SMALL))
    assert sample(entities, 60, frozenset(), 1) == sample(entities, 60, frozenset(), 1)
    assert sample(entities, 60, frozenset(), 1) != sample(entities, 60, frozenset(), 2)


def test_excluded_entities_are_never_drawn() -> None:
    entities = list(jsonl.read(SMALL))
    excluded = frozenset(entity.id for entity in entities[::2])
    for seed in range(5):
        assert excluded.isdisjoint(query.entity.id for query in sample(entities, 100, excluded, seed))


def is_named(text: str, names: list[str]) -> bool:
    return text in names or any(text.startswith((f"{name}, ", f"{name} ")) for name in names)


def test_a_query_says_what_is_taken_away_for_it() -> None:
    entities = {entity.id: entity for entity in jsonl.read(SMALL)}
    strata: Counter[str] = Counter()
    for seed in range(10):
        for query in sample(entities.values(), 60, frozenset(), seed, CASES):
            strata[query.stratum] += 1
            before, text = entities[query.entity.id], query.mention.text
            assert query.mention.type == before.type
            assert query.expected == (None if query.stratum == NIL else before.id)
            assert (query.entity.state is State.RETIRED) == (query.stratum == NIL)
            assert (query.entity == before) == (query.stratum in (KNOWN, TYPO, INFLECTED))
            assert query.stratum in (TYPO, INFLECTED) or is_named(text, written(before))
            assert query.stratum != HELD_OUT or text not in [query.entity.name, *written(query.entity)]
    assert set(strata) == {KNOWN, HELD_OUT, TYPO, INFLECTED, NIL}


def test_strangers_are_nobody_but_near_to_somebody() -> None:
    people = [
        Entity(f"x:{n}", "person", name, (Name(name),))
        for n, name in enumerate(("Yuri Chaika", "Sergey Lavrov", "Юрий Чайка"))
    ]
    asked = strangers(people, 50, 1)
    assert {query.mention.text for query in asked} == {"Yuri Lavrov", "Sergey Chaika"}
    assert {(query.expected, query.mention.type, query.stratum) for query in asked} == {(None, "person", STRANGER)}
    assert all(query.entity in people for query in asked)
    assert strangers(people[:1], 50, 1) == []


def test_a_calibration_leans_on_the_one_before_when_questions_are_few() -> None:
    def row(value: float) -> dict[str, Any]:
        return {"slope": value, "intercept": value, "thresholds": {"0.99": value}}

    def lists(size: int) -> Lists:
        empty = np.zeros(size)
        groups = np.array([["person", "Latn"]] * size)
        return Lists(*[empty] * 6, np.ones(size), empty, np.full(size, CALIBRATED), groups)

    few, many = (leaning({"other": row(1.0)}, {"other": row(0.0)}, lists(size)) for size in (300, 15_000))
    assert few["other"]["slope"] == few["other"]["thresholds"]["0.99"] == pytest.approx(1 / 6, abs=1e-4)
    assert many["other"]["intercept"] == pytest.approx(10 / 11, abs=1e-4)


def test_no_query_asks_for_what_another_takes_away() -> None:
    for seed in range(5):
        queries = sample(jsonl.read(SMALL), 100, frozenset(), seed)
        changed = [query.entity.id for query in queries if query.stratum in (HELD_OUT, NIL)]
        whole = {query.entity.id for query in queries if query.stratum in (KNOWN, TYPO, INFLECTED)}
        assert len(changed) == len(set(changed))
        assert whole.isdisjoint(changed)


def test_place_type_words_fit_the_kind_and_the_script() -> None:
    structure, clean, generator = Structure(RULES), Cleaner(RULES).clean, random.Random(1)
    for text, kind, level in (
        ("Kursk", "admin1", "admin1"),
        ("เชียงใหม่", "admin1", "admin1"),
        ("Льгов", "city", "city"),
    ):
        added = {WORDS.added(text, kind, generator) for _ in range(400)}
        assert len(added) > 3
        for marked in added - {text}:
            name, word = structure.place_type(clean(marked)) or pytest.fail(marked)
            assert text.casefold() in marked.casefold()
            assert level in word.levels or name != text.casefold()
            assert script_of(marked) == script_of(text)
    assert {WORDS.added("Kursk Oblast", "admin1", generator) for _ in range(50)} == {"Kursk Oblast"}
    assert {WORDS.added("Kursk", None, generator) for _ in range(50)} == {"Kursk"}


def test_more_queries_ask_for_what_is_not_there_when_told_so() -> None:
    entities = list(jsonl.read(SMALL))
    shares = [
        sum(query.expected is None for query in sample(entities, 60, frozenset(), 1, absent=absent))
        for absent in (0, 0.2)
    ]
    assert shares == [0, 12]


# The whole


@pytest.fixture(scope="module")
def gazetteer(small_gazetteer: Path) -> Iterator[Gazetteer]:
    opened = Gazetteer.open(small_gazetteer)
    yield opened
    opened.close()


def test_a_fit_is_the_same_every_time(gazetteer: Gazetteer, tmp_path: Path) -> None:
    said: list[str] = []
    source = fitting.Source(gazetteer, 150)
    first, second = (fitting.train([source, source], frozenset(), said.append) for _ in range(2))
    assert first.content == second.content
    assert first.figures == second.figures
    assert said[: len(said) // 2] == said[len(said) // 2 :]
    assert set(first.content["weights"]) == {measure.name for measure in EVIDENCE}
    assert [*first.content["known"]] == [*KNOWN_WEIGHTS]
    first.write(tmp_path, {"fitted by": "tests"})
    model = Model.load(tmp_path)
    assert np.isfinite(model.weights).all()
    assert all(0 < least <= 1 for one in model.calibrations.values() for least in one.thresholds.values())
    for field in model.first._fields:
        assert (getattr(model.first, field) == getattr(first.first, field)).all()


def test_a_fit_keeps_the_weights_that_it_is_told_to_keep(gazetteer: Gazetteer) -> None:
    shipped = json.loads((MODEL / CARD).read_text("utf-8"))
    lacking = {name: weight for name, weight in shipped["weights"].items() if name != "near_form"}
    found = fitting.train([fitting.Source(gazetteer, 80)], frozenset(), kept={**shipped, "weights": lacking}).content
    assert {**found["weights"], "near_form": shipped["weights"]["near_form"]} == shipped["weights"]
    assert found["weights"]["near_form"] == 1  # by training/prior.toml
    assert found["stranger"] == shipped["stranger"]


def test_the_weights_that_are_held_by_judgment_are_those_of_the_prior(tmp_path: Path) -> None:
    fitting.held_again(MODEL, tmp_path)
    prior = Path(fitting.__file__).with_name("prior.toml")
    untrained = tomllib.loads(prior.read_text("utf-8"))["untrained"]
    shipped, again = (json.loads((folder / CARD).read_text("utf-8"))["weights"] for folder in (MODEL, tmp_path))
    assert untrained.items() <= again.items()
    assert again == shipped


def test_a_fit_leaves_the_gazetteer_as_it_is(gazetteer: Gazetteer) -> None:
    before = (gazetteer.revision, gazetteer.snapshot, list(gazetteer.entities()))
    fitting.train([fitting.Source(gazetteer, 80)], frozenset(["geonames:538560"]), lambda said: None)
    assert (gazetteer.revision, gazetteer.snapshot, list(gazetteer.entities())) == before


def test_the_card_that_is_shipped_tells_figures_by_type_and_script() -> None:
    figures = json.loads((MODEL / CARD).read_text("utf-8"))["card"]["figures"]
    assert {(row["type"], row["script"]) for row in figures} >= {("place", "all"), ("person", "all"), ("place", "Arab")}
    assert all(0 <= row["calibration error"] < 0.2 and row["queries"] > 0 for row in figures)


# Case forms


@pytest.mark.parametrize(
    ("name", "forms"),
    [("Суджа", {"Судже", "Суджи", "Суджу"}), ("Казань", {"Казани"}), ("Россия", {"России"}), ("Kursk", set())],
)
def test_case_forms_are_the_rules_the_other_way_round(name: str, forms: set[str]) -> None:
    generator = random.Random(4)
    made = {CASES.form(name, generator) for _ in range(400)}
    assert {form for form, stratum in made if stratum == INFLECTED} >= forms
    assert forms or made == {(name, KNOWN)}


# Composed persons

LINES = """# comment
abe, abé, абе, 安倍 => Q1
ivan, iwan, иван, イワン => Q2
petrov, petrow, петров => Q3
без, безымянный => Q4
mary, mári => Q5
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wheel") / "names.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(persons.MEMBER, LINES)
    return path


def test_groups_are_read_by_script(wheel: Path) -> None:
    groups = {group.id: group.spellings for group in persons.read(wheel)}
    assert groups.keys() == {"Q1", "Q2", "Q3", "Q5"}, "a group without a Latin spelling is left out"
    assert groups["Q1"] == {"Latn": ["abe", "abé"], "Cyrl": ["абе"], "Hani": ["安倍"]}


def test_a_group_is_of_one_part_for_good() -> None:
    groups = [persons.Group(f"Q{number}", {"Latn": ["x"]}) for number in range(1000)]
    parts = {part: {group.id for group in persons.of_part(groups, part)} for part in persons.PARTS}
    assert sum(map(len, parts.values())) == len(set.union(*parts.values())) == 1000
    assert [len(parts[part]) for part in persons.PARTS] == pytest.approx([500, 250, 250], abs=60)
    one = min(parts["scorer"])
    assert {group.id for group in persons.of_part(groups, "scorer", frozenset([f"wikidata:{one}"]))} == parts[
        "scorer"
    ] - {one}


def test_some_persons_have_patronymics() -> None:
    family = [persons.Group(f"Q{number}", {"Latn": [f"x{number}"], "Cyrl": [f"кс{number}"]}) for number in range(30)]
    father = persons.Group("Q99", {"Latn": ["pavlovich", "pavlovna"], "Cyrl": ["павлович", "павловна"]})
    people = list(persons.compose([*family, father], 500))
    middle = [name.value for person in people for name in person.names if len(name.value.split(" ")) == 3]
    shares = [sum("avlov" in name.split(" ")[1] for name in middle), len(middle)]
    assert 0.1 < shares[0] / shares[1] < 0.9


def test_persons_are_composed_of_spellings_of_one_script(wheel: Path) -> None:
    groups = sorted(persons.read(wheel))
    people = list(persons.compose(groups, 300))
    assert people == list(persons.compose(groups, 300))
    assert len({person.id for person in people}) == 300
    for person in people:
        assert script_of(person.name) == "Latn"
        assert person.name[0].isupper()
        for name in person.names:
            letters = {script_of(word) for word in re.split(r"[\s·・=,.]+", name.value) if word}
            assert len(letters) == 1, name
    written_ways = " | ".join(name.value for person in people for name in person.names)
    assert ", " in written_ways
    assert ". " in written_ways
