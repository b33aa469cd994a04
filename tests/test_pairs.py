"""Two names side by side: what is the same, what is not, and what judges it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from casefile import cases
from click.testing import CliRunner, Result

from bench import pairs as bench_pairs
from normalizer import Comparer, InvalidInput
from normalizer.cli.main import cli
from normalizer.gazetteer import Gazetteer
from normalizer.matching.contradiction import Contradictions
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.pair import PAIR_EVIDENCE, PAIRS, PairModel
from normalizer.matching.syllables import Syllables
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity, ModelUnusable, Name
from normalizer.text.keys import KeyMaker
from normalizer.training import pairs
from normalizer.training.queries import written

SAME = [
    ("Guevo", "Гуево", "place"),
    ("Guyevo", "Гуево", "place"),
    ("Kyiv", "Киев", "place"),
    ("Kursk Oblast", "Курская область", "place"),
    ("Tel Aviv", "תל אביב", "place"),
    ("Gen. Oleksandr Syrskyi", "Сирський Олександр", "person"),
    ("Zelenskyy", "Selenskyj", "person"),
    ("Zelenskyy", "زيلينسكي", "person"),
    ("V. Putin", "Putin, Vladimir", "person"),
    ("П. И. Орлов", "Павел Орлов", "person"),
    ("МИНФИН", "Министерство финансов", "organization"),
    ("Ministry of Defence", "Ministry of Defense", "organization"),
    ("Sector 7", "Сектор 7", "place"),
    ("...", "...", "person"),
]
DIFFERENT = [
    ("Guevo", "Sudzha", "place"),
    ("Lviv", "Odesa", "place"),
    ("Курск", "Вологда", "place"),
    ("Kursk Oblast", "Orel Oblast", "place"),
    ("Igor Putin", "Vladimir Putin", "person"),
    ("Олена Зеленська", "Vladimir Putin", "person"),
    ("Ministry of Defence", "Ministry of Health", "organization"),
    ("...", "!!!", "place"),
    ("...", "Olga", "person"),
    ("Sector 7", "Sector 8", "place"),
    ("Austria", "Австралия", "place"),
    ("Верховный суд", "Верховный военный суд", "organization"),
    ("72 ОМБр", "93 ОМБр", "organization"),
]


@pytest.fixture(scope="module")
def comparer() -> Comparer:
    return Comparer()


@pytest.fixture(scope="module")
def entities(small_gazetteer: Path) -> Iterator[list[Entity]]:
    gazetteer = Gazetteer.open(small_gazetteer)
    yield [*gazetteer.entities()]
    gazetteer.close()


@pytest.fixture(scope="module")
def contradictions() -> Contradictions:
    return Contradictions(KeyMaker(Rulebook.load()))


@pytest.mark.parametrize(("one", "other", "entity_type"), SAME)
def test_the_same(comparer: Comparer, one: str, other: str, entity_type: str) -> None:
    assert comparer.compare(one, other, entity_type).probability > 0.5


@pytest.mark.parametrize(("one", "other", "entity_type"), DIFFERENT)
def test_not_the_same(comparer: Comparer, one: str, other: str, entity_type: str) -> None:
    assert comparer.compare(one, other, entity_type).probability < 0.5


@pytest.mark.parametrize(("one", "other", "entity_type"), SAME + DIFFERENT)
def test_the_order_makes_no_difference(comparer: Comparer, one: str, other: str, entity_type: str) -> None:
    assert comparer.compare(one, other, entity_type) == comparer.compare(other, one, entity_type)


@cases("contradictions")
def test_what_speaks_against_a_pair(
    contradictions: Contradictions, one: str, other: str, entity_type: str, against: str, why: str
) -> None:
    expected = [] if against == "-" else against.split("; ")
    for texts in ((one, other), (other, one)):
        assert [found.clause for found in contradictions.between(*texts, entity_type)] == expected


def test_the_sentence_says_what_speaks_against(comparer: Comparer) -> None:
    told = comparer.compare("Павел Игоревич Орлов", "Pavel Romanovich Orlov", "person")
    assert told.probability < 0.5
    assert told.why.endswith("; but other patronymics")


def test_the_sentence_names_the_reading(comparer: Comparer) -> None:
    assert "read without the title “gen”" in comparer.compare("Gen. Syrskyi", "Syrskyi", "person").why
    assert comparer.compare("...", "!!!").why == "nothing is alike"


@pytest.mark.parametrize(
    ("arguments", "field"), [(("", "a"), "one"), (("a", " "), "other"), (("a", "b", "Place!"), "type")]
)
def test_what_is_no_name_is_refused(comparer: Comparer, arguments: tuple[str, ...], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        comparer.compare(*arguments)
    assert caught.value.field == field


def array(values: np.ndarray) -> bytes:
    """The bytes of a file of numpy that holds one array."""
    file = BytesIO()
    np.save(file, values)
    return file.getvalue()


def test_a_damaged_or_foreign_model_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "pairs.npz"
    whole = PAIRS.read_bytes()
    for damaged in (
        b"",
        b"\x93NUMPY",
        array(np.zeros(3)),
        whole[:-100],
        *(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(9, 40_000, 999)),
    ):
        broken.write_bytes(damaged)
        with suppress(ModelUnusable):
            PairModel.load(broken)
    broken.write_bytes(whole[:-100])
    with pytest.raises(ModelUnusable, match="no whole model"):
        PairModel.load(broken)
    forest = PairModel.load().forest
    np.savez(broken, evidence=np.array(["other"]), **forest._asdict())
    with pytest.raises(ModelUnusable, match="other evidence"):
        PairModel.load(broken)


def test_pairs_are_drawn_evenly_and_never_alike(entities: list[Entity]) -> None:
    names = {entity.id: {*written(entity)} for entity in entities}
    kept_out = frozenset(random.Random(1).sample(sorted(names), 20))
    drawn = pairs.draw(entities, 200, kept_out)
    assert drawn == pairs.draw(entities, 200, kept_out)
    assert sum(pair.same for pair in drawn) * 2 == len(drawn) > 60
    left = {name for key, own in names.items() if key not in kept_out for name in own}
    for pair in drawn:
        assert pair.texts[0].casefold() != pair.texts[1].casefold()
        assert left.issuperset(pair.texts)
        if pair.same:
            assert any(own.issuperset(pair.texts) for own in names.values())


def test_where_no_two_can_be_told_apart_none_are_drawn() -> None:
    alone = [
        Entity("x:1", "place", "Kyiv", (Name("Kyiv"), Name("Kiev")), country="UA"),
        Entity("x:2", "place", "Lyon", (Name("Lyon"),), country="FR"),
    ]
    assert [pair.same for pair in pairs.draw(alone, 10, frozenset())] == [True]
    assert pairs.draw([], 10, frozenset()) == []


def test_a_fit_tells_pairs_apart(small_gazetteer: Path, entities: list[Entity], tmp_path: Path) -> None:
    gazetteer = Gazetteer.open(small_gazetteer)
    drawn = pairs.draw(entities, 240, frozenset())
    values = pairs.gather(drawn, Matcher(gazetteer.keymaker, Model.load()), gazetteer.keymaker)
    gazetteer.close()
    assert values.shape == (len(drawn), len(PAIR_EVIDENCE))
    model, found = pairs.fit(drawn, values)
    assert all(row["F1"] > 0.6 for row in found if row["pairs"] > 20)
    model.write(tmp_path / "pairs.npz")
    again = PairModel.load(tmp_path / "pairs.npz")
    assert again.probability(values[0]) == model.probability(values[0])


def test_figures_are_those_of_the_definition() -> None:
    found = pairs.figures(np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, False, True, False]))
    assert (found["precision"], found["recall"], found["F1"]) == (0.5, 0.5, 0.5)


def test_peers_get_the_threshold_of_the_other_half() -> None:
    asked = [("Kursk", "Kurske"), ("Kursk", "Kurske"), ("Kursk", "Odesa"), ("Kursk", "Odesa")] * 4
    found = bench_pairs.measure([*asked, ("Курск", "Kursk")], [True, True, False, False] * 4 + [True])
    assert {system: groups["one script"]["F1"] for system, groups in found.items()} == {
        "normalizer": 1.0, "Jaro-Winkler": 1.0, "Levenshtein": 1.0,
    }  # fmt: skip
    assert found["normalizer"]["two scripts"]["recall"] == 1.0


def run(arguments: list[str], text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["compare", *arguments], input=text, prog_name="normalizer")


def test_the_command_compares_what_is_typed() -> None:
    header, line = run(["Guevo", "Гуево"]).stdout.splitlines()
    assert header.split() == ["one", "other", "probability", "why"]
    assert line.startswith("Guevo  Гуево")
    assert float(line.split()[2]) > 0.9


def test_the_command_compares_lines_and_rejects_some() -> None:
    result = run(["--json"], "Kyiv\tКиїв\nKyiv\n\tKyiv\n".encode() + b"K\xff\tKyiv\n" + b"Lviv\tOdesa\n")
    assert result.exit_code == 3
    assert [json.loads(line)["one"] for line in result.stdout.splitlines()] == ["Kyiv", "Lviv"]
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a"], "two names are compared, not 1"),
        (["a", ""], "must not be empty"),
        (["a", "b", "--type", "?"], "--type"),
        (["--type", "?"], "--type"),
        (["a" * 501, "b"], "ONE"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], said: str) -> None:
    result = run(arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_long_name_of_syllables_takes_no_time() -> None:
    rules = Rulebook.load()
    assert not Syllables(rules.pinyin, rules.han_readings).differ(["xian"] * 100, ["xi", "an"])
