"""The gazetteer as JSON lines: one entity a line, in a file that may be gzipped.

A line is ``{"id", "type", "name", "names": [{"value", "lang"?, "kind"?, "source"?}], "kind"?, "country"?, "parents"?,
"lat"?, "lon"?, "population"?, "same_as"?}``. Any other field is kept in `Entity.facts` and written out again. ``null``
means absent, and ``org`` is read as ``organization``.

>>> entity = parse('{"id": "x:1", "type": "org", "name": "IAEA", "names": [{"value": "МАГАТЭ"}], "seat": "Vienna"}')
>>> entity.type, [name.value for name in entity.names], entity.facts["seat"]
('organization', ['IAEA', 'МАГАТЭ'], 'Vienna')
>>> line(entity) == line(parse(line(entity)))
True
"""

from __future__ import annotations

import gzip
import json
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from normalizer.terms import Entity, InvalidInput, Name, NameKind, check_facts, check_text

TYPES = {"org": "organization"}
"""Names of types that other data sets use, and ours."""

_FIELDS = frozenset(
    ("id", "type", "name", "names", "kind", "country", "parents", "lat", "lon", "population", "same_as")
)

Reject = Callable[[InvalidInput], None]
"""Told what is wrong with a line or a name that is then left out."""


def read(path: Path) -> Iterator[Entity]:
    """Yield the entities of a file, gzipped if its name ends in ``.gz``. Blank lines are passed over.

    Raises InvalidInput, whose field names the file, the line and the field, and OSError when it cannot be read.
    """
    for number, text in enumerate(_lines(path), 1):
        if text.strip():
            try:
                yield parse(text)
            except InvalidInput as error:
                raise InvalidInput(f"{path.name}, line {number}, {error.field}", error.problem) from None


def write(path: Path, entities: Iterable[Entity]) -> int:
    """Write entities to a file, gzipped if its name ends in ``.gz``; return how many."""
    written = 0
    with _open(path, "wt") as file:
        for entity in entities:
            file.write(line(entity) + "\n")
            written += 1
    return written


def parse(text: str, reject: Reject | None = None) -> Entity:
    """Return the entity of a line. Raise InvalidInput for what is not JSON or lacks a field.

    With `reject`, a wrong name other than the preferred one is told and left out.
    """
    try:
        record = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("line", f"is not JSON: {error}") from None
    if not isinstance(record, dict):
        raise InvalidInput("line", "is not a JSON object")
    record = {key: value for key, value in record.items() if value is not None}
    name = _text(record, "name")
    check_text("name", name)
    kind = record.get("type")
    facts = {key: value for key, value in record.items() if key not in _FIELDS}
    if facts:
        check_facts(facts)
    return Entity(
        id=_text(record, "id"),
        type=TYPES.get(_text(record, "type"), str(kind)),
        name=name,
        names=_names(name, _list(record, "names"), reject),
        kind=_text(record, "kind", needed=False) or None,
        country=_text(record, "country", needed=False) or None,
        parents=tuple(_list(record, "parents")),
        latitude=_number(record, "lat"),
        longitude=_number(record, "lon"),
        population=_whole(record, "population"),
        same_as=tuple(_list(record, "same_as")),
        facts=facts,
    )


def line(entity: Entity) -> str:
    """Return the line of an entity, without the line feed. State and revision belong to a store and are left out."""
    record: dict[str, object] = {"id": entity.id, "type": entity.type, "name": entity.name}
    record["names"] = [_name_record(name) for name in entity.names]
    optional = {
        "kind": entity.kind,
        "country": entity.country,
        "parents": list(entity.parents) or None,
        "lat": entity.latitude,
        "lon": entity.longitude,
        "population": entity.population,
        "same_as": list(entity.same_as) or None,
    }
    record.update((key, value) for key, value in optional.items() if value is not None)
    record.update((key, value) for key, value in entity.facts.items() if key not in _FIELDS)
    return json.dumps(record, ensure_ascii=False)


def _open(path: Path, mode: str) -> Any:
    """Bytes that are no UTF-8 become lone surrogates, which the checks of the terms refuse in the field they are in."""
    return (gzip.open if path.suffix == ".gz" else open)(path, mode, encoding="utf-8", errors="surrogateescape")


def _lines(path: Path) -> Iterator[str]:
    try:
        with _open(path, "rt") as lines:
            yield from lines
    except (EOFError, zlib.error) as error:
        raise InvalidInput(path.name, f"is a damaged gzip file: {error}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _names(preferred: str, records: list[Any], reject: Reject | None) -> tuple[Name, ...]:
    """The preferred name first, then the others, each NFC value once."""
    names = {unicodedata.normalize("NFC", preferred): Name(preferred, kind=NameKind.PREFERRED)}
    for record in records:
        try:
            name = _name(record)
        except InvalidInput as error:
            if reject is None:
                raise
            reject(error)
            continue
        key = unicodedata.normalize("NFC", name.value)
        if name.value == preferred:
            names[key] = replace(name, kind=NameKind.PREFERRED)
        elif name.kind is NameKind.PREFERRED:
            names.setdefault(key, replace(name, kind=NameKind.ALTERNATE))
        else:
            names.setdefault(key, name)
    return tuple(names.values())


def _name(record: Any) -> Name:
    if isinstance(record, str):
        return Name(record)
    if not isinstance(record, Mapping):
        raise InvalidInput("names", f"must hold objects with a value, not {record!r}")
    kind = record.get("kind") or NameKind.ALTERNATE
    language = record.get("lang") or record.get("language") or None
    return Name(_text(record, "value", "names.value"), language, kind, record.get("source") or None)


def _name_record(name: Name) -> dict[str, str]:
    record = {"value": name.value}
    if name.language:
        record["lang"] = name.language
    if name.kind is not NameKind.ALTERNATE:
        record["kind"] = str(name.kind)
    if name.source:
        record["source"] = name.source
    return record


def _text(record: Mapping[str, Any], key: str, field: str | None = None, needed: bool = True) -> str:
    value = record.get(key)
    if value is None:
        if needed:
            raise InvalidInput(field or key, "is missing")
        return ""
    if not isinstance(value, str):
        raise InvalidInput(field or key, f"must be text, not {value!r}")
    return value


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key, [])
    if not isinstance(value, list):
        raise InvalidInput(key, f"must be a list, not {value!r}")
    return value


def _number(record: Mapping[str, Any], key: str) -> float | None:
    value = record.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise InvalidInput(key, f"must be a number of degrees, not {value!r}")
    return value


def _whole(record: Mapping[str, Any], key: str) -> int | None:
    value = record.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidInput(key, f"must be a whole number, not {value!r}")
    return value
