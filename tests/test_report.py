"""The names of a war report, against the default gazetteer cut down to the two countries it speaks of.

The gazetteer holds the places of Russia and Ukraine, every country, and the curated tables: some fourteen thousand
entities, for which all sources are read. (`make figures` measures the same tables against the whole gazetteer.)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from casefile import CASES, cases, read

from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.sources import default
from normalizer.terms import Edit, Entity, Mention, Outcome, Resolution

EXAMPLES = Path(__file__).parents[1] / "examples" / "report-mentions.tsv"


class Row(NamedTuple):
    """A row of report.tsv."""

    surface: str
    type: str
    country: str
    parent: str
    outcome: str
    expected: str
    why: str

    @property
    def mention(self) -> Mention:
        return Mention(self.surface, type=self.type or None, country=self.country or None, parent=self.parent or None)

    def is_right(self, answer: Resolution) -> bool:
        """Tell whether an answer is as asked: the outcome (`any` allows every one), and the entity in front."""
        first = answer.candidates[0].entity_id if answer.candidates else ""
        return self.outcome in ("any", answer.outcome) and (not self.expected or first == self.expected)


REPORT = [Row(*cells) for cells in read(CASES / "report.tsv")[1]]
KNOWN_FAILURES = {(surface, country) for surface, country, _ in read(CASES / "report-known-failures.tsv")[1]}
OUTCOMES = ("any", *Outcome)


def is_near(entity: Entity) -> bool:
    return entity.type != "place" or entity.kind == "country" or entity.country in ("RU", "UA")


@pytest.fixture(scope="module")
def normalizer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    directory = tmp_path_factory.mktemp("report")
    Gazetteer.build(directory, filter(is_near, default.entities()), Edit("tests")).close()
    with Normalizer.open(directory) as opened:
        yield opened


@pytest.fixture(scope="module")
def answers(normalizer: Normalizer) -> dict[Row, Resolution]:
    return dict(zip(REPORT, normalizer.normalize([row.mention for row in REPORT]), strict=True))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_rows_of_the_report_are_resolved(answers: dict[Row, Resolution], outcome: str) -> None:
    rows = [row for row in REPORT if row.outcome == outcome and (row.surface, row.country) not in KNOWN_FAILURES]
    wrong = [row for row in rows if not row.is_right(answers[row])]
    assert not wrong, "\n".join(f"{row.surface} -> {answers[row].outcome} {answers[row].why}" for row in wrong)


def test_every_row_asks_for_a_known_outcome() -> None:
    assert {row.outcome for row in REPORT} == set(OUTCOMES)
    assert all(row.expected or row.outcome == Outcome.NIL for row in REPORT)
    assert len(REPORT) > 700


@cases("report-known-failures")
def test_a_known_failure_still_fails(answers: dict[Row, Resolution], surface: str, country: str, why: str) -> None:
    (row,) = [row for row in REPORT if (row.surface, row.country) == (surface, country)]
    assert not row.is_right(answers[row]), "it passes now: delete it from report-known-failures.tsv"


def test_the_example_has_a_row_for_each_expectation() -> None:
    columns, rows = read(EXAMPLES)
    assert columns[:3] == ["text", "type", "country"]
    assert [row[0] for row in rows] == [row[0] for row in read(CASES / "report-mentions-expected.tsv")[1]]


@cases("report-mentions-expected")
def test_every_name_of_the_report_is_resolved(
    normalizer: Normalizer, text: str, outcome: str, expected: str, why: str
) -> None:
    entity_type, country = next((row[1], row[2]) for row in read(EXAMPLES)[1] if row[0] == text)
    (answer,) = normalizer.normalize([Mention(text, type=entity_type, country=country or None)])
    found = [candidate.entity_id for candidate in answer.candidates]
    if outcome == "offered":
        assert expected in found, answer.why
    else:
        assert (answer.outcome, found[0]) == (outcome, expected), answer.why


TOLD_APART = [
    ("Kursk", "Kursk region", "geonames:538560", "geonames:538555"),
    ("Sudzha", "Sudzha district", "geonames:486816", "geonames:486813"),
    ("Sumy", "Sumy region", "geonames:692194", "geonames:692196"),
    ("Zaporizhzhia", "Zaporizhzhia region", "geonames:687700", "geonames:687699"),
    ("Курск", "Курская область", "geonames:538560", "geonames:538555"),
    ("Суми", "Сумська область", "geonames:692194", "geonames:692196"),
]


@pytest.mark.parametrize(("town", "region", "town_id", "region_id"), TOLD_APART)
def test_a_town_and_its_region_are_told_apart(
    normalizer: Normalizer, town: str, region: str, town_id: str, region_id: str
) -> None:
    answers = normalizer.normalize([Mention(town, type="place"), Mention(region, type="place")])
    assert [answer.entity_id for answer in answers] == [town_id, region_id]


def test_two_districts_of_one_name_are_told_apart_by_their_parent(normalizer: Normalizer) -> None:
    name, kursk, kemerovo = "Belovsky district", "geonames:538555", "geonames:1503900"
    alone, *hinted = normalizer.normalize([
        Mention(name, type="place", country="RU"),
        Mention(name, type="place", country="RU", parent=kursk),
        Mention(name, type="place", country="RU", parent=kemerovo),
    ])  # fmt: skip
    assert alone.outcome is Outcome.AMBIGUOUS
    assert {candidate.entity_id for candidate in alone.candidates[:2]} == {"geonames:577820", "geonames:1510461"}
    assert [answer.entity_id for answer in hinted] == ["geonames:577820", "geonames:1510461"]
