"""An entity as a small text that people edit: a field a line, a name a line.

A name is ``- value | language | kind | source``; what is not known is left out. The name whose kind is ``preferred``
is the one that the entity is shown by. Lines with ``#`` in front are notes. What would end a name, an id or its line
is written with a backslash: ``\\|`` in names, ``\\,`` in ids, ``\\\\`` for the backslash itself, and ``\\u000a`` for a
line feed, likewise each other line break, and blanks at either end.

>>> names = Name("Sudzha", kind=NameKind.PREFERRED), Name("Суджа", "ru")
>>> entity = Entity("x:1", "place", "Sudzha", names, country="RU")
>>> print("\\n".join(line for line in write(entity).splitlines() if line and line[0] != "#"))
type: place
country: RU
- Sudzha |  | preferred
- Суджа | ru
>>> read(write(entity), entity) == entity
True
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from normalizer.terms import Entity, InvalidInput, Name, NameKind

_HEAD = """\
# {id}, as it was at revision {revision}. Save and close to apply; leave it as it is, or empty, to change nothing.
# A line that is taken out clears its field. Fields: {fields}.
"""
_BASIS = "# {id}, as it was at revision ([0-9]{{1,18}})"
_NAMES = "# Names: - value | language | kind ({kinds}) | source"
_HIDDEN = re.compile(r"\A\s+|\s+\Z|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What a line would lose, or be cut by."""
_LETTER = re.compile(r"\\.|.")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\\|,]))")


def write(entity: Entity) -> str:
    """Return the text of an entity."""
    head = _HEAD.format(id=_in_a_line(entity.id), revision=entity.revision, fields=", ".join(_READERS))
    fields = [f"{field}: {text}" for field in _READERS if (text := _WRITERS[field](getattr(entity, field)))]
    names = _NAMES.format(kinds=", ".join(map(str, NameKind)))
    return "\n".join([head, *fields, "", names, *map(_write_name, entity.names), ""])


def read(text: str, entity: Entity) -> Entity:
    """Return the entity that a text makes of one. Raises InvalidInput, whose field names the line."""
    values: dict[str, Any] = dict(_EMPTY)
    names: list[Name] = []
    number, seen = 0, dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        with _at(number):
            if line.startswith("- "):
                names.append(_read_name(line[2:]))
                continue
            field, value = _read_field(line)
            if field in seen:
                raise InvalidInput(field, f"stands in line {seen[field]} already")
            seen[field] = number
            values[field] = value
            replace(entity, names=(), **{field: value}, **_WITH.get(field, {}))
    preferred = [name for name in names if name.kind is NameKind.PREFERRED]
    if len(preferred) != 1:
        raise InvalidInput("names", f"one must be preferred, not {len(preferred)}")
    if "type" not in seen:
        raise InvalidInput("type", "is missing")
    _check_point(values)
    return replace(entity, name=preferred[0].value, names=tuple(names), **values)


def basis(text: str, entity: Entity) -> str:
    """Return the etag of what a text was written of. Raises InvalidInput for a text that is not of this entity.

    An empty text, which changes nothing, is of any.
    """
    if not text.strip():
        return entity.etag
    if not (found := re.match(_BASIS.format(id=re.escape(_in_a_line(entity.id))), text)):
        raise InvalidInput("line 1", f"must be the first of a text of {entity.id!r}, as `edit` writes it")
    return replace(entity, revision=int(found[1])).etag


def _check_point(values: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a latitude or a longitude alone."""
    missing = [field for field in ("latitude", "longitude") if values[field] is None]
    if len(missing) == 1:
        raise InvalidInput(missing[0], "is missing: a point has both a latitude and a longitude, or there is none")


def line_of(text: str, field: str) -> int:
    """Return the number of the line that a field stands in; 0 when it is in none."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.partition(":")[0].strip() == field:
            return number
    return 0


@contextmanager
def _at(number: int) -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"line {number}, {error.field}", error.problem) from None


def _read_field(line: str) -> tuple[str, Any]:
    field, colon, text = line.partition(":")
    field = field.strip()
    if not colon or field not in _READERS:
        raise InvalidInput("field", f"must be one of {', '.join(_READERS)}, or a name after a hyphen, not {line!r}")
    try:
        return field, _READERS[field](text.strip())
    except ValueError as error:
        raise InvalidInput(field, f"cannot be read: {error}") from None


def _write_name(name: Name) -> str:
    kind = "" if name.kind is NameKind.ALTERNATE else str(name.kind)
    cells = [name.value, name.language or "", kind, name.source or ""]
    while not cells[-1]:
        cells.pop()
    return "- " + " | ".join(_escaped(cell, "|") for cell in cells)


def _read_name(text: str) -> Name:
    cells = _parts(text, "|")
    if len(cells) > 4:
        raise InvalidInput("names", "must be: - value | language | kind | source")
    value, language, kind, source = cells + [""] * (4 - len(cells))
    if kind and kind not in set(NameKind):
        raise InvalidInput("names.kind", f"must be one of {', '.join(map(str, NameKind))}, not {kind!r}")
    return Name(value, language or None, NameKind(kind or NameKind.ALTERNATE), source or None)


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part for part in _parts(text, ",") if part)


def _shown_ids(ids: Sequence[str]) -> str:
    return ", ".join(_escaped(one, ",") for one in ids)


def _escaped(text: str, mark: str) -> str:
    """Return a text as a part of a line whose parts end at a mark."""
    return _in_a_line(text.replace("\\", "\\\\").replace(mark, f"\\{mark}"))


def _in_a_line(text: str) -> str:
    return _HIDDEN.sub(lambda found: "".join(f"\\u{ord(letter):04x}" for letter in found[0]), text)


def _parts(text: str, mark: str) -> list[str]:
    """Return the parts of a line between the marks that have no backslash before them."""
    parts = [""]
    for letter in _LETTER.findall(text):
        if letter == mark:
            parts.append("")
        else:
            parts[-1] += letter
    return [_ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], part.strip()) for part in parts]


def _object(text: str) -> Mapping[str, object]:
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("must be a JSON object")
    return facts


def _plain(value: object) -> str:
    return "" if value is None else str(value)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "type": str,
    "kind": str,
    "country": str,
    "parents": _ids,
    "latitude": float,
    "longitude": float,
    "population": int,
    "same_as": _ids,
    "facts": _object,
}
_WITH: Mapping[str, Mapping[str, Any]] = {"latitude": {"longitude": 0.0}, "longitude": {"latitude": 0.0}}
"""What a field is checked together with, where it cannot be alone."""
_WRITERS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(_READERS, _plain),
    **dict.fromkeys(("parents", "same_as"), _shown_ids),
    "facts": lambda facts: _in_a_line(json.dumps(facts, ensure_ascii=False)) if facts else "",
}
_EMPTY: Mapping[str, Any] = {
    **{field: None for field in _READERS if field != "type"},
    **dict.fromkeys(("parents", "same_as"), ()),
    "facts": {},
}
