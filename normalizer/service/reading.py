"""From the messages of the contract to the values of the vocabulary, one function for each.

An empty string means absent in a message, and is None in a value. What cannot be used is InvalidInput; its field is the
path below the message that was read, which the caller completes (`paths.within`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct, Value

from normalizer.service.paths import within
from normalizer.terms import Change, Edit, Entity, InvalidInput, Mention, Name, NameKind, NormalizerError, Verb
from normalizer.v1 import normalizer_pb2, types_pb2


class Options(NamedTuple):
    """How a caller wants his mentions answered."""

    explain: bool
    precision: float | None
    revision: int | None


def read_options(
    message: normalizer_pb2.NormalizeRequest
    | normalizer_pb2.NormalizeBatchRequest
    | normalizer_pb2.NormalizeStreamRequest,
) -> Options:
    """The options of a request; whether precision and revision can be had is the pipeline's to say."""
    precision = message.precision if message.HasField("precision") else None
    return Options(message.explain, precision, read_revision(message.revision))


def read_revision(revision: int) -> int | None:
    """The revision asked for, None for the newest. Raises InvalidInput for a negative one."""
    if revision < 0:
        raise InvalidInput("revision", f"must not be negative, not {revision}")
    return revision or None


def read_mention(message: types_pb2.Mention) -> Mention:
    """
    >>> read_mention(types_pb2.Mention(text="Суджа", country="RU"))
    Mention(text='Суджа', type=None, language=None, country='RU', parent=None, coordinates=None, date=None, \
document=None, co_mentions=())
    """
    return Mention(
        text=message.text,
        type=message.type or None,
        language=message.language or None,
        country=message.country or None,
        parent=message.parent or None,
        coordinates=read_coordinates(message),
        date=message.date or None,
        document=message.document or None,
        co_mentions=tuple(message.co_mentions),
    )


def read_coordinates(message: types_pb2.Mention | types_pb2.Entity) -> tuple[float, float] | None:
    """(latitude, longitude) of a mention or an entity; InvalidInput when one of the two is missing."""
    if not message.HasField("coordinates"):
        return None
    for field in ("latitude", "longitude"):
        if not message.coordinates.HasField(field):
            raise InvalidInput(f"coordinates.{field}", "must be given")
    return message.coordinates.latitude, message.coordinates.longitude


def read_name(message: types_pb2.Name) -> Name:
    """
    >>> read_name(types_pb2.Name(value="Суджа", language="ru")).kind
    <NameKind.ALTERNATE: 'alternate'>
    """
    try:
        kind = _NAME_KINDS[message.kind]
    except KeyError:
        raise InvalidInput("kind", f"must be a NameKind, not {message.kind}") from None
    try:
        return Name(message.value, message.language or None, kind, message.source or None)
    except InvalidInput as error:
        raise InvalidInput(error.field.removeprefix("names."), error.problem) from None


_NAME_KINDS: Mapping[int, NameKind] = {
    types_pb2.NAME_KIND_UNSPECIFIED: NameKind.ALTERNATE,
    **{types_pb2.NameKind.Value(f"NAME_KIND_{kind.name}"): kind for kind in NameKind},
}


def read_edit(message: types_pb2.Edit) -> Edit:
    """Raises InvalidInput for an edit without an author."""
    with within("edit"):
        return Edit(message.author, message.reason, message.request_id or None)


def read_change(message: types_pb2.Change) -> Change:
    """A record of another server's log. Raises NormalizerError for a verb of a later version of the contract."""
    name = types_pb2.Verb.Name(message.verb).removeprefix("VERB_") if message.verb in types_pb2.Verb.values() else ""
    if name not in Verb.__members__:
        raise NormalizerError("the other server is of a later version: install the same here")
    time = message.time.ToDatetime(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    edit = Edit(message.edit.author, message.edit.reason, message.edit.request_id or None)
    entity_id = message.entity_id or None
    return Change(message.revision, time, Verb[name], entity_id, edit, message.summary, message.hash)


def read_entity(message: types_pb2.Entity) -> Entity:
    """A new entity; what belongs to the store (state, redirect, revision, etag) is not read."""
    return Entity(id=message.id, **read_fields(message, _READERS))


def read_fields(message: types_pb2.Entity, fields: Iterable[str]) -> dict[str, Any]:
    """The named fields of the message as arguments of Entity; `coordinates` gives its latitude and longitude."""
    values = {field: _READERS[field](message) for field in fields}
    if "coordinates" in values:
        values["latitude"], values["longitude"] = values.pop("coordinates") or (None, None)
    return values


def read_mask(mask: FieldMask) -> tuple[str, ...]:
    """The fields of the message Entity to replace, each once. Raises InvalidInput for none and for an unknown one."""
    if not mask.paths:
        raise InvalidInput("update_mask", f"must name at least one of {', '.join(_READERS)}")
    for path in mask.paths:
        if path not in _READERS:
            raise InvalidInput("update_mask", f"{path!r} cannot be updated; can be: {', '.join(_READERS)}")
    return tuple(dict.fromkeys(mask.paths))


def _read_names(message: types_pb2.Entity) -> tuple[Name, ...]:
    names = []
    for place, name in enumerate(message.names):
        with within(f"names[{place}]"):
            names.append(read_name(name))
    return tuple(names)


def _read_facts(message: types_pb2.Entity) -> dict[str, object]:
    return _read_struct(message.facts)


def _read_struct(struct: Struct) -> dict[str, object]:
    return {key: _read_value(value) for key, value in struct.fields.items()}


def _read_value(value: Value) -> object:
    match value.WhichOneof("kind"):
        case "number_value":
            return _read_number(value.number_value)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _read_struct(value.struct_value)
        case "list_value":
            return [_read_value(item) for item in value.list_value.values]
        case _:
            return None


def _read_number(number: float) -> int | float:
    # A Struct has no integers: 3.0 was 3 wherever it came from.
    if number != number or number in (float("inf"), float("-inf")):
        raise InvalidInput("facts", f"numbers must be finite, not {number}")
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


_READERS: Mapping[str, Callable[[types_pb2.Entity], Any]] = {
    "type": lambda message: message.type,
    "name": lambda message: message.name,
    "names": _read_names,
    "kind": lambda message: message.kind or None,
    "country": lambda message: message.country or None,
    "parents": lambda message: tuple(message.parents),
    "coordinates": read_coordinates,
    "population": lambda message: message.population if message.HasField("population") else None,
    "same_as": lambda message: tuple(message.same_as),
    "facts": _read_facts,
}
