"""What stands beside a mention in its document: which namesake it makes the likelier, and that nothing else changes."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from small_index import ENTITIES, KEYMAKER, compiled

from normalizer.cli.main import cli
from normalizer.gazetteer import Gazetteer
from normalizer.index.columns import columns_of
from normalizer.index.parts import Part
from normalizer.index.segment import country_code, id_hash
from normalizer.index.shares import Counted, Shares
from normalizer.matching.context import MOST_LOOKED_UP, co_mentions, weighed
from normalizer.matching.evidence import WIDTH
from normalizer.matching.match import Beside, Found, Matcher, Matches
from normalizer.pipeline import Normalizer
from normalizer.terms import Edit, Entity, Mention, Outcome, Resolution


def place(number: int, name: str, kind: str, country: str, parent: str = "", population: int = 20_000) -> Entity:
    parents = (f"t:{parent}",) if parent else ()
    return Entity(f"t:{number}", "place", name, kind=kind, country=country, parents=parents, population=population)


PLACES = (
    place(1, "Northland", "admin1", "US"),
    place(2, "Southland", "admin1", "US"),
    place(3, "Eastmark", "admin1", "GB"),
    place(11, "Milton", "city", "US", "1"),
    place(12, "Milton", "city", "US", "2"),
    place(13, "Milton", "city", "GB", "3", 400_000),
    place(21, "Ashbury", "city", "US", "1"),
    place(22, "Bellgrove", "city", "US", "2"),
    place(23, "Cranwick", "city", "GB", "3"),
    place(24, "Dunholm", "city", "GB"),
    Entity("t:31", "person", "Hildegard Quenby", country="GB"),
    Entity("t:41", "place", "Milton"),
    Entity("t:42", "organization", "World Wheat Council"),
    # Little of the gazetteer lies where these do.
    *(
        place(100 + number, f"Zog{letter * 3}vik", "city", "NO")
        for number, letter in enumerate("abcdefghijklmnopqrstu")
    ),
)


SEGMENT = compiled(ENTITIES)["place"]


@pytest.fixture(scope="module")
def miltons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("miltons")
    Gazetteer.build(directory, iter(PLACES), Edit("tests", "towns of one name")).close()
    return directory


@pytest.fixture(scope="module")
def normalizer(miltons: Path) -> Iterator[Normalizer]:
    with Normalizer.open(miltons) as opened:
        yield opened


def milton(normalizer: Normalizer, *beside: str) -> Resolution:
    return normalizer.normalize([Mention("Milton", co_mentions=beside)], explain=True)[0]


def chances(answer: Resolution) -> dict[str, float]:
    return {candidate.entity_id: candidate.probability for candidate in answer.candidates}


@pytest.mark.parametrize(
    ("beside", "expected", "clause"),
    [
        ((), "t:13", ""),
        (("Ashbury",), "t:11", "in the same region as “Ashbury” beside it"),
        (("Bellgrove",), "t:12", "in the same region as “Bellgrove” beside it"),
        (("Northland",), "t:11", "within “Northland” beside it"),
        (("Cranwick",), "t:13", "in the same region as “Cranwick” beside it"),
        (("Dunholm",), "t:13", "in the same country as “Dunholm” beside it"),
        (("Hildegard Quenby",), "t:13", "in the same country as “Hildegard Quenby” beside it"),
        (("Ashbury", "Northland", "Zogaaavik"), "t:11", "in the same region as “Ashbury” beside it"),
    ],
)
def test_names_that_stand_together_lie_together(
    normalizer: Normalizer, beside: Sequence[str], expected: str, clause: str
) -> None:
    answer = milton(normalizer, *beside)
    assert answer.candidates[0].entity_id == expected, chances(answer)
    assert clause in answer.why


def test_what_the_document_says_is_a_piece_of_evidence(normalizer: Normalizer) -> None:
    answer = milton(normalizer, "Ashbury", "Northland")
    pieces = {one.entity_id: {p.name: p for p in one.evidence} for one in answer.candidates}
    assert pieces["t:11"]["context"].weight > 0 > pieces["t:13"]["context"].weight
    assert 0 < pieces["t:11"]["context"].value <= 1
    assert pieces["t:13"]["context"].reason == "nothing beside it is near"
    assert "context" not in pieces["t:41"], "nobody knows where it lies"


def test_a_namesake_far_from_all_else_is_less_certain(normalizer: Normalizer) -> None:
    near, far = milton(normalizer, "Cranwick", "Dunholm"), milton(normalizer, "Zogaaavik", "Zogbbbvik", "Zogcccvik")
    assert chances(near)["t:13"] > chances(milton(normalizer))["t:13"] > chances(far)["t:13"]
    assert far.outcome is not Outcome.LINKED


@pytest.mark.parametrize(
    "beside", [("Milton",), ("MILTON", "milton"), ("Qqxzwvq",), ("!!!", "12"), ("World Wheat Council",)]
)
def test_what_says_nothing_changes_nothing(normalizer: Normalizer, beside: Sequence[str]) -> None:
    alone, answer = milton(normalizer), milton(normalizer, *beside)
    assert answer.outcome is alone.outcome
    assert answer.probability == pytest.approx(alone.probability, abs=0.01)


def test_a_hint_that_would_change_the_answer_is_judged_beside_the_same_names(normalizer: Normalizer) -> None:
    answer = milton(normalizer, "Ashbury")
    told = {one.value: one for one in answer.otherwise if one.field == "country"}
    hinted = normalizer.normalize([Mention("Milton", country="GB", co_mentions=("Ashbury",))])[0]
    assert told["GB"].entity_id == hinted.candidates[0].entity_id == "t:13"
    assert told["GB"].probability == pytest.approx(hinted.probability, abs=0.02)


def test_no_answer_depends_on_what_else_is_asked_with_it(normalizer: Normalizer) -> None:
    beside = ((), ("Ashbury", "Bellgrove"), ("Ashbury",), ("Zogaaavik",))
    asked = [Mention("Ashbury"), *(Mention("Milton", co_mentions=some) for some in beside), Mention("Milton", "place")]
    together = normalizer.normalize(asked)
    assert together == [normalizer.normalize([one])[0] for one in asked]


def test_candidates_of_co_mentions_are_let_go(normalizer: Normalizer, monkeypatch: pytest.MonkeyPatch) -> None:
    mentions = [Mention("Milton", co_mentions=tuple(f"Ashbury {one} {two}" for two in range(99))) for one in range(9)]
    match, held = Matcher.match, []
    before = sum(isinstance(one, Matches) for one in gc.get_objects())

    def looked(matcher: Matcher, *arguments: Any) -> list[Matches]:
        found = match(matcher, *arguments)
        held.append(sum(isinstance(one, Matches) for one in gc.get_objects()) - before)
        return found

    monkeypatch.setattr(Matcher, "match", looked)
    answers = Normalizer(normalizer.gazetteer).normalize(mentions)
    assert max(held) < 300 < 9 * 99
    monkeypatch.undo()
    assert answers[4] == normalizer.normalize([mentions[4]])[0]


def test_no_spelling_of_a_name_is_beside_it_and_none_is_there_twice() -> None:
    mention = Mention(
        "Kursk", co_mentions=("KURSK", "Sudzha", "Sudzha", "Курск", "Kurska", "Kursk region", "Курскую область")
    )
    assert [one.text for one in co_mentions(mention)] == ["Sudzha", "Kursk region", "Курскую область"]
    many = replace(mention, co_mentions=tuple(f"Kursk and {number}" for number in range(1_000)))
    assert len(co_mentions(many)) == MOST_LOOKED_UP


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ({"country": "GB"}, "t:13"),
        ({"parent": "t:3"}, "t:13"),
        ({"country": "US"}, "t:11"),
        ({"parent": "t:2"}, "t:12"),
    ],
)
def test_a_hint_says_more_than_what_stands_beside(normalizer: Normalizer, hint: dict[str, str], expected: str) -> None:
    alone, beside = normalizer.normalize(
        [Mention("Milton", **hint), Mention("Milton", co_mentions=("Ashbury",), **hint)]
    )
    assert beside.candidates[0].entity_id == expected
    assert beside.probability >= alone.probability - 0.01 or hint == {"country": "US"}


def test_what_comes_first_by_its_document_is_asked_what_speaks_against_it(tmp_path: Path) -> None:
    regiments = [
        Entity("r:5", "organization", "5th Guards Regiment", country="US"),
        Entity("r:6", "organization", "6th Guards Regiment", country="NO"),
    ]
    towns = [
        place(900 + number, f"Plain{letter * 3}ton", "city", "US") for number, letter in enumerate("abcdefghij" * 3)
    ]
    Gazetteer.build(tmp_path / "g", iter([*PLACES[12:15], *towns, *regiments]), Edit("tests", "x")).close()
    with Normalizer.open(tmp_path / "g") as opened:
        beside = ("Zogaaavik", "Zogbbbvik")
        answer = opened.normalize([Mention("5 Guards Regiment", co_mentions=beside)])[0]
    assert answer.candidates[0].entity_id == "r:5", answer.why


def test_a_gazetteer_that_was_filled_by_edits_knows_where_its_entities_lie(tmp_path: Path) -> None:
    Gazetteer.build(tmp_path / "g", iter(PLACES[:1]), Edit("tests", "x")).close()
    with Normalizer.open(tmp_path / "g", write=True) as opened:
        opened.gazetteer.upsert(PLACES[1:], Edit("tests", "the rest"))
        edited = milton(opened, "Ashbury")
    Gazetteer.rebuild(tmp_path / "g").close()
    with Normalizer.open(tmp_path / "g") as opened:
        assert milton(opened, "Ashbury").probability == pytest.approx(edited.probability, abs=0.03)


def test_the_evidence_of_the_list_is_told_of_its_own_first_candidate_alone(normalizer: Normalizer) -> None:
    def told(answer: Resolution) -> bool:
        return any(piece.name.startswith("list_") for piece in answer.candidates[0].evidence)

    assert told(milton(normalizer))
    assert told(milton(normalizer, "Cranwick"))
    assert not told(milton(normalizer, "Ashbury"))


def test_on_the_command_line(miltons: Path) -> None:
    arguments = ["match", "Milton", "--data", str(miltons)]
    answer = CliRunner().invoke(cli, [*arguments, "--json", "--beside", "Ashbury", "--beside", "Zogaaavik"])
    assert "in the same region as “Ashbury” beside it" in json.loads(answer.output)["why"]
    refused = CliRunner().invoke(cli, [*arguments, "--beside", " "], prog_name="normalizer")
    assert refused.exit_code == 2
    assert "--beside: must not be empty" in refused.output


# Bayes' rule, against its definition

rows = st.tuples(st.floats(0.001, 1), st.none() | st.floats(-3, 8))


@given(st.lists(rows, min_size=1, max_size=8), st.floats(0, 1))
def test_probabilities_are_weighed_by_bayes_rule(drawn: list[tuple[float, float | None]], known: float) -> None:
    prior = [chance / sum(chance for chance, _ in drawn) * known for chance, _ in drawn]
    found = [candidate(number, odds) for number, (_, odds) in enumerate(drawn)]
    after = weighed(Matches(tuple(found), tuple(prior), 5, 0, np.empty(0)))
    joint = [chance * np.exp(odds or 0) for chance, (_, odds) in zip(prior, drawn, strict=True)]
    evidence = sum(joint) + 1 - sum(prior)
    posterior = {one.entity: chance for one, chance in zip(after.found, after.probabilities, strict=True)}
    assert posterior == pytest.approx(dict(enumerate(chance / evidence for chance in joint)))
    if any(odds is not None for _, odds in drawn):
        assert list(after.probabilities) == sorted(after.probabilities, reverse=True)


def candidate(number: int, odds: float | None) -> Found:
    part = Part("place", SEGMENT, columns_of(SEGMENT, np.zeros(len(SEGMENT.ids), np.uint8)), frozenset(SEGMENT.written))
    beside = None if odds is None else Beside(odds, 0, "")
    return Found(
        part,
        number,
        str(number),
        0,
        KEYMAKER.of_name("x", "place")[0],
        -1,
        0.0,
        np.zeros(WIDTH, np.float32),
        (),
        beside,
    )


def test_shares_are_counted() -> None:
    segments = compiled(PLACES)
    shares, total = Shares([Counted.of(segments.values())]), len(PLACES)
    for country in ("US", "GB", "NO"):
        assert shares.in_country(country_code(country)) == sum(one.country == country for one in PLACES) / total
    for region in ("t:1", "t:2", "t:3"):
        assert shares.in_place(id_hash(region)) == sum(region in one.parents for one in PLACES) / total
    nowhere = shares.in_place(id_hash("t:999")), shares.in_country(country_code("ZW"))
    assert 0 < max(nowhere) < 1 / total
    assert 0 < Shares([Counted.of([])]).in_place(1) < 1
