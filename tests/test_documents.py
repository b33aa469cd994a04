"""Documents: what the store keeps of an entity, as text, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.service.reading import read_entity
from normalizer.service.writing import write_entity
from normalizer.store.codec import decode, encode
from normalizer.terms import (
    MAX_FACTS_DEPTH,
    MAX_POPULATION,
    Entity,
    InvalidInput,
    Name,
    NameKind,
    NormalizerError,
)
from normalizer.v1 import gazetteer_pb2

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)
ids = st.from_regex(r"[a-z]{1,8}:[0-9A-Za-z._-]{1,12}", fullmatch=True)
optional_texts = st.none() | texts
names = st.builds(
    Name, texts, st.none() | st.sampled_from(["ru", "uk", "zh-Hant"]), st.sampled_from(NameKind), optional_texts
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def entity(point: tuple[float, float] | None, **fields: Any) -> Entity:
    return Entity(**fields, latitude=point and point[0], longitude=point and point[1])


entities = st.builds(
    entity,
    id=ids,
    type=st.sampled_from(["place", "person", "name_token"]),
    name=texts,
    names=st.lists(names, max_size=4).map(tuple),
    kind=st.none() | st.from_regex(r"[a-z][a-z0-9_-]{0,31}", fullmatch=True),
    country=st.none() | st.from_regex(r"[A-Z]{2}", fullmatch=True),
    parents=st.lists(ids.map("in:".__add__), max_size=2).map(tuple),
    point=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    population=st.none() | st.integers(0, 10**10),
    same_as=st.lists(ids, max_size=2).map(tuple),
    facts=st.dictionaries(texts, json_values, max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(entities)
def test_documents_round_trip(entity: Entity) -> None:
    document = encode(entity)
    read = decode(document)
    assert encode(read) == document
    assert replace(read, names=entity.names) == entity
    changed = set(entity.names) - set(read.names)
    assert all(name.value == entity.name or name.kind is NameKind.PREFERRED for name in changed)
    assert {name.value for name in entity.names} <= {name.value for name in read.names}
    assert {name.value for name in read.names if name.kind is NameKind.PREFERRED} == {entity.name}
    assert len(set(read.names)) == len(read.names)


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"id":"x:1"}', '{"id":"x:1","names":[{}],"name":"n","type":"t"}']
)
def test_a_damaged_document_is_an_error(document: str) -> None:
    with pytest.raises(NormalizerError, match="damaged"):
        decode(document)


TAKEN_BEFORE = [
    (f'"population":{2**63 - 1}', {"population": MAX_POPULATION}),
    ('"population":2.5', {"population": 2}),
    ('"latitude":1000.0', {"latitude": None, "longitude": None}),
    ('"longitude":36.2', {"latitude": None, "longitude": None}),
]


@pytest.mark.parametrize(("written", "read"), TAKEN_BEFORE)
def test_what_earlier_versions_took_is_no_damage(written: str, read: dict[str, object]) -> None:
    found = decode(f'{{"id":"x:1","name":"A","names":[{{"kind":"preferred","value":"A"}}],{written},"type":"place"}}')
    assert {field: getattr(found, field) for field in read} == read


@pytest.mark.parametrize("within", [lambda value: {"a": value}, lambda value: [value]], ids=["objects", "lists"])
def test_facts_that_can_be_stored_can_be_served(within: Callable[[object], object]) -> None:
    value: object = 1
    for _ in range(MAX_FACTS_DEPTH - 1):
        value = within(value)
    deep = Entity("x:1", "place", "A", facts={"a": value})
    assert decode(encode(deep)).facts == deep.facts
    message = gazetteer_pb2.CreateEntityRequest(entity=write_entity(deep))
    assert (
        read_entity(gazetteer_pb2.CreateEntityRequest.FromString(message.SerializeToString()).entity).facts
        == deep.facts
    )
    with pytest.raises(InvalidInput, match="facts: must not nest deeper than 30 levels"):
        encode(replace(deep, facts={"a": within(value)}))
