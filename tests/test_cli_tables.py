"""What people see on a terminal: no word and no id is broken, however narrow it is."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from normalizer.cli import panels, tables
from normalizer.terms import (
    Alternative,
    Block,
    Candidate,
    Entity,
    Evidence,
    Name,
    Outcome,
    Resolution,
    Versions,
)

MINISTRY = "normalizer:russian-ministry-of-defence"
CANDIDATES = (
    Candidate(MINISTRY, "organization", "Ministry of Defence of the Russian Federation", "Defence Ministry", 0.7, "RU"),
    Candidate("geonames:13304393", "place", "Belovskiy Gorodskoy Okrug", "Belovskiy", 0.0003, "RU", "admin2"),
)
WHY = "is the name “Russian Defense Ministry”; 1 other nearly as probable"
ANSWERS = [
    (mention, Resolution(Outcome.AMBIGUOUS, None, 0.7, CANDIDATES[first:], WHY, Versions(1, "", "")))
    for mention, first in (("Russian Defense Ministry", 0), ("Belovsky district", 1))
]
ENTITY = Entity(MINISTRY, "organization", "Ministry", names=(Name("Министерство обороны", "ru", source="iso3166"),))


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


def shown(table: tables.Table, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    tables.show_to_people(table, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [200, 150, 120, 110, 100, 80, 60, 40])
def test_no_word_is_broken(width: int) -> None:
    text = shown(tables.of_resolutions(ANSWERS), width)
    words = text.split()
    whole = {MINISTRY, "geonames:13304393", "AMBIGUOUS", "(organization,", "Federation", "district", "0.700"}
    assert whole <= set(words)
    assert all(len(line.rstrip()) <= width or line.startswith("id ") for line in text.splitlines())


@pytest.mark.parametrize("width", [120, 80, 60, 40])
def test_no_word_of_an_entity_is_broken(width: int) -> None:
    assert {MINISTRY, "Министерство", "organization", "iso3166"} <= set(shown(tables.of_entity(ENTITY), width).split())


def test_a_wide_terminal_has_a_table() -> None:
    assert shown(tables.of_resolutions(ANSWERS), 200).split()[:2] == ["mention", "outcome"]
    assert shown(tables.of_resolutions(ANSWERS), 40).splitlines()[1].split() == ["outcome", "AMBIGUOUS"]


EVIDENCE = tuple(
    Evidence(f"{place}part{number}", 1.0, (-1) ** number * (4.0 - number / 4), f"the {place}piece {number}")
    for place in ("", "list_")
    for number in range(9)
)
LETTERS = (Block("s", "z", 2.4), Block("a", "a", 4.5), Block("", "po", -3.5))
EXPLAINED = Resolution(
    Outcome.AMBIGUOUS, None, 0.7,
    (dataclasses.replace(CANDIDATES[0], evidence=EVIDENCE, letters=LETTERS), CANDIDATES[1]),
    "nearly the name; [b]too[/b] uncertain", Versions(1, "", ""),
    (Alternative("country", "RU", Outcome.LINKED, MINISTRY, 0.99, "with country RU it would be LINKED"),),
)  # fmt: skip


def panel(resolution: Resolution) -> str:
    console = Console(file=io.StringIO(), width=120, highlight=False)
    for part in panels.explained(resolution):
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_panel_says_everything_that_explains_an_answer() -> None:
    text = panel(EXPLAINED)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0].startswith("AMBIGUOUS 0.700 Ministry of Defence")
    assert lines[1:3] == ["nearly the name", "[b]too[/b] uncertain"]
    assert {"s a ·", "z a po", "+2.4 +4.5 -3.5"} <= set(lines)
    assert "+4.00 ++++++++++ the piece 0" in lines
    assert "-3.75 --------- the piece 1" in lines
    assert "-0.25 all the rest together" in lines, "two pieces are not shown: -2.25 and +2.00"
    assert any("geonames:13304393" in line for line in lines)
    assert lines[-1] == "with country RU it would be LINKED"


def test_a_panel_of_nothing_is_short() -> None:
    nothing = Resolution(Outcome.NIL, None, 0.0, (), "no name comes near", Versions(1, "", ""))
    assert panel(nothing).split() == ["NIL", "no", "name", "comes", "near"]
