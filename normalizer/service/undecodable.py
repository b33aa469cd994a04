"""Names the field when a request is not valid UTF-8, instead of failing as a defect of the server.

protobuf refuses such a request whole and without the field, and gRPC reports that as INTERNAL. Clients do send it:
protobuf.js writes a lone surrogate as three bytes that are not UTF-8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from normalizer.terms import InvalidInput

_LENGTH_DELIMITED = 2
"""The wire type of text and of messages."""


def decoder(descriptor: Descriptor) -> Callable[[bytes], Message | InvalidInput]:
    """Decodes requests of the type described; what is none becomes the InvalidInput that its caller is to be told."""
    message_type: type[Message] = GetMessageClass(descriptor)

    def decode(data: bytes) -> Message | InvalidInput:
        try:
            return message_type.FromString(data)
        except DecodeError:
            return _complaint(descriptor, data)

    return decode


def _complaint(descriptor: Descriptor, data: bytes) -> InvalidInput:
    try:
        path = _misencoded(descriptor, data)
    except DecodeError:
        path = None
    if path:
        return InvalidInput(path, "must be well-formed UTF-8, without lone surrogates")
    return InvalidInput("request", f"is not a {descriptor.full_name} message")


def _misencoded(descriptor: Descriptor, data: bytes) -> str | None:
    """The path of the first text in `data` that is not UTF-8. Raises DecodeError when `data` is no message at all."""
    seen: Counter[str] = Counter()
    fields = UnknownFieldSet(Empty.FromString(data))
    for raw in (fields[place] for place in range(len(fields))):
        field = descriptor.fields_by_number.get(raw.field_number)
        if field is None or raw.wire_type != _LENGTH_DELIMITED:
            continue
        place = f"{field.name}[{seen[field.name]}]" if field.is_repeated else field.name
        seen[field.name] += 1
        if field.type == FieldDescriptor.TYPE_STRING and not _is_utf8(raw.data):
            return place
        if field.message_type and (inner := _misencoded(field.message_type, raw.data)):
            return f"{place}.{inner}"
    return None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
