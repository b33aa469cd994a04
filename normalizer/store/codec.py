"""Entity <-> document: the canonical JSON text under which the store keeps an entity.

Canonical means that equal entities have equal bytes (sorted keys, no blanks, empty fields left out, letters as they
are), so that comparing or hashing documents compares entities. The preferred name is always among the names, and no
name is there twice; another name that claims to be preferred is an alternate one, as is a name without `kind`. State,
revision and redirect are no part of the document: they say what the store did with it.

>>> document = encode(Entity("x:1", "place", "Sudzha", names=(Name("Суджа", "ru"),)))
>>> print(document)
{"id":"x:1","name":"Sudzha","names":[{"kind":"preferred","value":"Sudzha"},{"language":"ru","value":"Суджа"}],"type":"place"}
>>> encode(decode(document)) == document
True
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from normalizer.terms import (
    MAX_FACTS,
    MAX_FACTS_DEPTH,
    MAX_POPULATION,
    Entity,
    InvalidInput,
    Name,
    NameKind,
    NormalizerError,
    State,
    check_facts,
)

_PLAIN = ("type", "name", "kind", "country", "population")
_LISTS = ("parents", "same_as")
_DEGREES = ("latitude", "longitude")

_to_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def encode(entity: Entity) -> str:
    """Return the document of an entity.

    Raises InvalidInput for what JSON in UTF-8 cannot hold (lone surrogates, numbers that are not finite, facts that are
    not JSON values) and for facts that are too long or nest too deep.
    """
    document: dict[str, Any] = {
        "id": entity.id,
        "names": [_fields(name) for name in settled(entity.name, entity.names)],
    }
    for field in _PLAIN:
        if (value := getattr(entity, field)) is not None:
            document[field] = value
    for field in _LISTS:
        if value := getattr(entity, field):
            document[field] = list(value)
    for field in _DEGREES:
        if (value := getattr(entity, field)) is not None:
            document[field] = float(value)
    if entity.facts:
        document["facts"] = dict(entity.facts)
    text = _written(document)
    # Few documents are this long or have this many brackets, and only they are worth another look.
    if len(text) > MAX_FACTS or text.count("{") + text.count("[") > MAX_FACTS_DEPTH:
        check_facts(entity.facts)
    return text


def excerpt(entity: Entity, fields: Iterable[str]) -> str:
    """Return some fields of an entity as canonical JSON, just as they are given. Raises InvalidInput like `encode`."""
    values = {field: getattr(entity, field) for field in fields}
    if "names" in values:
        values["names"] = [_fields(name) for name in entity.names]
    if "facts" in values:
        values["facts"] = dict(entity.facts)
    return _written(values)


def decode(document: str, state: str = "ACTIVE", redirect: str | None = None, revision: int = 0) -> Entity:
    """Return the entity of a document that `encode` made.

    What earlier versions took does not damage the store: a population above MAX_POPULATION is read as that, one that is
    not whole without its fraction, and a latitude or a longitude alone as none.
    Raises NormalizerError when the text is not such a document.
    """
    try:
        fields = json.loads(document)
        fields["names"] = tuple([_name(**name) for name in fields["names"]])
        for field in _LISTS:
            if field in fields:
                fields[field] = tuple(fields[field])
        if "population" in fields:
            fields["population"] = int(min(fields["population"], MAX_POPULATION))
        if len(alone := [field for field in _DEGREES if field in fields]) == 1:
            del fields[alone[0]]
        return Entity(**fields, state=State(state), redirect=redirect, revision=revision)
    except (TypeError, ValueError, KeyError, AttributeError, InvalidInput) as error:
        raise NormalizerError(f"a stored entity is damaged ({error}): restore the gazetteer from a backup") from error


def settled(preferred: str, names: Iterable[Name]) -> Sequence[Name]:
    """Return the names without repetitions, with the preferred one among them, and it alone marked as such.

    >>> names = [Name("Kiev", kind=NameKind.PREFERRED), Name("Kyiv")]
    >>> [(name.value, str(name.kind)) for name in settled("Kyiv", names)]
    [('Kiev', 'alternate'), ('Kyiv', 'preferred')]
    """
    distinct = list(dict.fromkeys(_demoted(preferred, names)))
    own = [place for place, name in enumerate(distinct) if name.value == preferred]
    if not own:
        return [Name(preferred, kind=NameKind.PREFERRED), *distinct]
    if not any(distinct[place].kind is NameKind.PREFERRED for place in own):
        name = distinct[own[0]]
        distinct[own[0]] = Name(name.value, name.language, NameKind.PREFERRED, name.source)
    return distinct


def _demoted(preferred: str, names: Iterable[Name]) -> Iterator[Name]:
    for name in names:
        is_other = name.kind is NameKind.PREFERRED and name.value != preferred
        yield Name(name.value, name.language, NameKind.ALTERNATE, name.source) if is_other else name


def _fields(name: Name) -> dict[str, str]:
    fields = {"value": name.value}
    if name.language is not None:
        fields["language"] = name.language
    if name.kind is not NameKind.ALTERNATE:
        fields["kind"] = name.kind.value
    if name.source is not None:
        fields["source"] = name.source
    return fields


def _name(value: str, language: str | None = None, kind: str | None = None, source: str | None = None) -> Name:
    return Name(value, language, NameKind.ALTERNATE if kind is None else NameKind(kind), source)


def _written(fields: dict[str, Any]) -> str:
    try:
        text = _to_json(fields)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(_misfit(fields), f"cannot be stored as JSON: {error}") from None
    return text


def _misfit(document: dict[str, Any]) -> str:
    """The first field that cannot be written as JSON in UTF-8."""
    for field, value in document.items():
        try:
            _to_json(value).encode()
        except (TypeError, ValueError, RecursionError):
            return field
    return "facts"
