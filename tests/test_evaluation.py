"""Labelled cases -> figures, pictures, frozen runs: over the small gazetteer, and over answers made by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from normalizer.cli.main import cli
from normalizer.evaluation.answers import Answer
from normalizer.evaluation.cases import Case, read
from normalizer.evaluation.figures import by, figures, precision_yield
from normalizer.terms import Mention, NormalizerError, Outcome

CASES = Path(__file__).parent / "cases" / "evaluate.jsonl"
PNG = b"\x89PNG"


def run(arguments: Sequence[str], data: Path) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *arguments], env={"NORMALIZER_DATA": str(data)})


def answer(accepted: str, outcome: str, candidates: str, probability: float) -> Answer:
    case = Case(f"{accepted}{candidates}", Mention("x"), frozenset(accepted), {"stratum": accepted or "none"})
    return Answer(case, Outcome(outcome), tuple(candidates), probability)


ANSWERS = [
    answer("a", "LINKED", "a", 0.95),
    answer("a", "LINKED", "ba", 0.95),
    answer("b", "AMBIGUOUS", "bc", 0.65),
    answer("b", "NIL", "", 0.0),
    answer("", "LINKED", "c", 0.95),
    answer("", "NIL", "c", 0.05),
]


def test_figures() -> None:
    expected = {
        "rows": 6,
        "r@1": 1 / 2,
        "r@5": 3 / 4,
        "linked": 1 / 2,
        "precision": 1 / 3,
        "yield": 1 / 4,
        "false": 1 / 2,
    }
    found = dict(figures(ANSWERS))
    # 0.95 is claimed of three, one of which is right; 0.65 of one that is; 0.05 of one that is not.
    assert found.pop("error") == pytest.approx((3 * (0.95 - 1 / 3) + 0.35 + 0.05) / 5)
    assert found == pytest.approx(expected)


def test_nothing_has_no_share() -> None:
    assert set(figures([]).values()) == {0, None}


def test_weak_groups_come_first() -> None:
    assert list(by(ANSWERS, "stratum")) == ["a", "b", "none"]


def test_one_point_for_equal_probabilities() -> None:
    points = precision_yield(ANSWERS)
    assert [point.threshold for point in points] == [0.95, 0.65, 0.05]
    assert [point.precision for point in points] == pytest.approx([1 / 3, 1 / 2, 2 / 5])
    assert [point.yielded for point in points] == pytest.approx([1 / 4, 1 / 2, 1 / 2])


def test_a_hint_leaves_one_right_entity() -> None:
    without, hinted = read(str(CASES))[3], read(str(CASES), ("country",))[3]
    assert (len(without.accepted), len(hinted.accepted)) == (2, 1)
    assert [case.mention.country for case in read(str(CASES))] == [None] * 5
    assert read(str(CASES), ("country",))[0].mention.country == "RU"
    assert without.id == "4"
    assert without.group("script") == "Latn"


BAD = [
    ("", "there is no case"),
    ("{", "line 1: row: is not valid JSON"),
    ('{"text": "x", "expected": null}', "line 1: id: is missing"),
    ('{"id": "1", "expected": null}', "line 1: text: is missing"),
    ('{"id": "1", "text": "", "expected": null}', "line 1: text: must not be empty"),
    ('{"id": "1", "text": "x"}', "line 1: expected: is missing"),
    ('{"id": "1", "text": "x", "expected": 7}', "line 1: expected: must be an id"),
    ('{"id": "1", "text": "x", "expected": "a", "expected_any": "b"}', "line 1: expected_any: must be a list"),
    ('{"id": "1", "text": "x", "expected": null}\n' * 2, "line 2: id: '1' is also the id of line 1"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_bad_file_is_told_by_file_line_and_field(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(NormalizerError) as raised:
        read(str(path))
    assert str(path) in str(raised.value)
    assert message in str(raised.value)


def test_tables(small_gazetteer: Path) -> None:
    result = run([str(CASES), "--by", "stratum"], small_gazetteer)
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.stdout.splitlines() if line.startswith("ALL")] == [["ALL", "5"]]
    assert "case form" in result.stdout


def test_what_is_expected_and_not_there_is_told(small_gazetteer: Path, tmp_path: Path) -> None:
    lines = [
        {"id": n, "text": "Sudzha", "expected": expected} for n, expected in enumerate(("geonames:486816", "x:no"))
    ]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run([str(tmp_path / "cases.jsonl")], small_gazetteer)
    assert result.exit_code == 0, result.output
    assert "no answer can be right: x:no\n" in result.stderr
    assert "no answer can be right" not in run([str(CASES)], small_gazetteer).stderr


USAGE = [
    ([str(CASES), "--by", "color"], 2, "--by: no case has the field 'color'"),
    ([str(CASES), "--hint", "color"], 2, "--hint: 'color' is not one of country"),
    (["no-such.jsonl"], 1, "no-such.jsonl: No such file"),
    (["cases.csv"], 1, "labelled cases are JSON Lines"),
    ([str(CASES), "--against", str(CASES)], 1, "this is not a frozen run"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), USAGE, ids=lambda value: str(value)[:30])
def test_wrong_calls(small_gazetteer: Path, arguments: list[str], code: int, message: str) -> None:
    result = run(arguments, small_gazetteer)
    assert result.exit_code == code, result.output
    assert message in result.stderr


def test_a_frozen_run_is_compared(small_gazetteer: Path, tmp_path: Path) -> None:
    frozen = tmp_path / "before.json"
    assert run([str(CASES), "--freeze", str(frozen)], small_gazetteer).exit_code == 0
    assert "answers changed: 0" in run([str(CASES), "--against", str(frozen)], small_gazetteer).stdout
    content = json.loads(frozen.read_text("utf-8"))
    content["answers"][0] |= {"outcome": "NIL", "candidates": []}
    content["answers"][4] |= {"outcome": "AMBIGUOUS", "candidates": ["geonames:1"]}
    frozen.write_text(json.dumps(content), "utf-8")
    shown = run([str(CASES), "--against", str(frozen)], small_gazetteer).stdout
    assert "answers changed: 2 (0 worse, 2 better, 0 other)" in shown
    said = json.loads(run([str(CASES), "--against", str(frozen), "--json"], small_gazetteer).stdout)
    assert [(one["id"], one["verdict"]) for one in said["against"]["changed"]] == [("1", "better"), ("5", "better")]


def test_pictures(small_gazetteer: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = run([str(CASES), "--plots", str(tmp_path / "pictures")], small_gazetteer)
    assert result.exit_code == 0, result.output
    for name in ("reliability.png", "precision-yield.png"):
        assert (tmp_path / "pictures" / name).read_bytes().startswith(PNG)


def test_pictures_say_what_they_need(small_gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run([str(CASES), "--plots", str(tmp_path)], small_gazetteer)
    assert result.exit_code == 1
    assert "pip install 'normalizer[plots]'" in result.stderr
