"""The scoreboard on a small scale: questions of the small gazetteer, its peers, thresholds found on the other half."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench import board, logic_v2, peers, scoreboard, scores
from bench.machine import stamp
from bench.questions import KINDS, SEED, Drawn, Source, draw
from normalizer.evaluation.answers import Answer
from normalizer.evaluation.cases import Case, read
from normalizer.evaluation.figures import figures
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import silent
from normalizer.pipeline import Normalizer
from normalizer.terms import Mention, Outcome
from normalizer.training.queries import HELD_OUT, NIL


@pytest.fixture(scope="module")
def source(small_gazetteer: Path) -> Iterator[Source]:
    gazetteer = Gazetteer.open(small_gazetteer)
    yield Source("places", gazetteer, "place", 30)
    gazetteer.close()


@pytest.fixture(scope="module")
def drawn(source: Source) -> Drawn:
    return draw(source)


def bearers(drawn: Drawn, text: str) -> set[str]:
    names, _ = peers.spelled(drawn.snapshot.parts)
    return {name.entity_id for some in names.values() for name in some if name.value == text}


def test_questions_are_always_the_same(source: Source, drawn: Drawn) -> None:
    assert draw(source).cases == drawn.cases
    assert len(drawn.cases) > 15
    assert {case.group("kind") for case in drawn.cases} <= set(KINDS.values())
    assert not any(case.mention.country or case.mention.parent for case in drawn.cases)


def test_what_was_taken_away_is_not_there(source: Source, drawn: Drawn) -> None:
    taken_out = [case for case in drawn.cases if case.group("kind") == KINDS[HELD_OUT]]
    gone = [case for case in drawn.cases if case.group("kind") == KINDS[NIL]]
    assert taken_out
    assert gone
    for case in taken_out:
        # What still bears the name is right; the entity it was drawn from is right and bears it no more.
        assert bearers(drawn, case.mention.text) < case.accepted
    for case in gone:
        assert not case.accepted
        assert not bearers(drawn, case.mention.text)


NEAREST = [
    ("Sudza", "Levenshtein", "geonames:486816"),
    ("Sudza", "Jaro-Winkler", "geonames:486816"),
    ("Sudza", "WRatio", "geonames:486816"),
    ("Суджа", "Jaro-Winkler", "geonames:486816"),
    ("Kurks", "Levenshtein", "geonames:538560"),
    ("北京", "WRatio", "geonames:1816670"),
]


@pytest.mark.parametrize(("text", "measure", "nearest"), NEAREST)
def test_peers_find_what_is_written_alike(normalizer: Normalizer, text: str, measure: str, nearest: str) -> None:
    gazetteer = normalizer.gazetteer
    parts = gazetteer.snapshot.of_type("place")
    case = Case("1", Mention(text, "place"), frozenset({nearest}))
    answer = peers.answer(case, peers.ask([case], parts, gazetteer.keymaker, silent)[measure][0])
    assert answer.first == nearest
    assert answer.right
    assert 0.5 < answer.probability <= 1
    assert len(set(answer.candidates)) == len(answer.candidates) <= peers.CANDIDATES


def test_of_equal_scores_the_more_important_comes_first() -> None:
    scores_ = np.zeros(1000, np.float32)
    scores_[[700, 3, 900]] = 0.5, 0.5, 0.9
    best = peers.best(scores_)
    assert best[:4] == [900, 3, 700, 0]
    assert len(best) == peers.LISTED
    assert peers.best(scores_[:2]) == [0, 1]


def test_logic_v2_puts_lists_into_its_own_order() -> None:
    pytest.importorskip("nomenklatura")
    case = Case("1", Mention("Владимир Путин", "person"), frozenset())
    names = [peers.Listed(peers.Name(name, name), 0.9) for name in ("Anna Schmidt", "Putin, Vladimir")]
    assert [one.name.value for one in logic_v2.reordered([case], [names], silent)[0]] == ["Putin, Vladimir"]


def answers(marks: str) -> list[Answer]:
    """Answers in falling order of their score: + is right, - wrong, 0 one that should be NIL."""
    known, absent = frozenset("a"), frozenset[str]()
    return [
        Answer(
            Case(
                str(number), Mention("x"), absent if mark == "0" else known, {"kind": mark, "script": "", "part": mark}
            ),
            Outcome.NIL,
            ("a",) if mark == "+" else ("b",),
            1 - number / 100,
        )
        for number, mark in enumerate(marks)
    ]


THRESHOLDS = [
    ("+++-", 0.98, 0.98),
    ("+++0", 0.98, 0.98),
    ("-+++", 0.98, math.inf),
    ("-+++", 0.75, 0.97),
    ("+-++", 0.75, 0.97),
    ("", 0.98, math.inf),
]


@pytest.mark.parametrize(("marks", "precision", "least"), THRESHOLDS)
def test_the_lowest_score_that_is_right_often_enough(marks: str, precision: float, least: float) -> None:
    assert scores.threshold(answers(marks), precision) == least


LINKED = [
    ("++++", "+++"),  # The last is below the threshold of the other half, .98, and has none but that.
    ("++--", "+"),
    ("+-+-", "-"),  # The halves are of different kinds, and what one half learns is wrong for the other.
    ("-+-+", "--"),
]


@pytest.mark.parametrize(("marks", "linked"), LINKED)
def test_no_answer_helps_to_find_its_own_threshold(marks: str, linked: str) -> None:
    found = [answer.case.group("kind") for answer in scores.linked_at(answers(marks), 0.98) if answer.linked]
    assert "".join(found) == linked


def test_parts_come_weakest_first() -> None:
    systems = {"ours": answers("++-0"), "theirs": answers("++-0")}
    parts = scores.of_parts(systems)
    assert [part["kind"] for part in parts] == ["-", "+", "0"]
    assert parts[1]["systems"]["theirs"]["r@1"] == 1


def pictures_in(folder: Path, systems: scores.Systems) -> Sequence[Path]:
    pytest.importorskip("matplotlib")
    board.draw(folder, "places", systems)
    return sorted(folder.iterdir())


def test_from_a_gazetteer_to_the_pages(source: Source, drawn: Drawn, tmp_path: Path) -> None:
    found, systems = scoreboard.measure(source, silent)
    assert next(iter(systems)) == scoreboard.OURS
    assert found["systems"][scoreboard.OURS]["as it answered"]["rows"] == found["questions"] == len(drawn.cases)
    assert 0 < found["listed"] <= 1
    results = {**stamp(), "seed": SEED, logic_v2.NAME: None, "sources": [found]}
    assert "| WRatio |" in board.short(results)
    assert "name taken out" in board.full(results)
    assert "was not installed" in board.full(results)
    scoreboard.keep(tmp_path / "answers.jsonl", systems)
    assert [case.accepted for case in read(str(tmp_path / "answers.jsonl"))] == [case.accepted for case in drawn.cases]
    assert len(pictures_in(tmp_path / "pictures", systems)) == 2
    assert figures(systems["WRatio"])["r@1"]
