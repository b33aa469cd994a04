"""What people see on a terminal: no word and no id is broken, however narrow it is."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from normalizer.cli import tables
from normalizer.terms import Candidate, Entity, Name, Outcome, Resolution, Versions

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
