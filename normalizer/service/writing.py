"""From the values of the vocabulary to the messages of the contract, one function for each. None of them can fail."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

from normalizer.terms import Alternative, Block, Candidate, Change, Entity, Evidence, Name, Resolution, Romanized
from normalizer.v1 import types_pb2


def write_resolution(resolution: Resolution) -> types_pb2.Resolution:
    """The answer to one mention."""
    versions = resolution.versions
    return types_pb2.Resolution(
        outcome=types_pb2.Outcome.Value(f"OUTCOME_{resolution.outcome.name}"),
        entity_id=resolution.entity_id or "",
        probability=resolution.probability,
        candidates=[_write_candidate(candidate) for candidate in resolution.candidates],
        why=resolution.why,
        versions=types_pb2.Versions(revision=versions.revision, rulebook=versions.rulebook, model=versions.model),
        otherwise=[_write_alternative(alternative) for alternative in resolution.otherwise],
    )


def _write_candidate(candidate: Candidate) -> types_pb2.Candidate:
    return types_pb2.Candidate(
        entity_id=candidate.entity_id,
        type=candidate.type,
        name=candidate.name,
        matched_name=candidate.matched_name,
        probability=candidate.probability,
        country=candidate.country or "",
        kind=candidate.kind or "",
        evidence=[_write_evidence(evidence) for evidence in candidate.evidence],
        letters=[_write_block(block) for block in candidate.letters],
        romanized=_write_romanized(candidate.romanized) if candidate.romanized else None,
    )


def _write_block(block: Block) -> types_pb2.Block:
    return types_pb2.Block(mention=block.mention, name=block.name, weight=block.weight)


def _write_romanized(romanized: Romanized) -> types_pb2.Romanized:
    return types_pb2.Romanized(
        form=romanized.form,
        language=romanized.language,
        standards=romanized.standards,
        of_mention=romanized.of_mention,
    )


def _write_alternative(alternative: Alternative) -> types_pb2.Alternative:
    return types_pb2.Alternative(
        field=alternative.field,
        value=alternative.value,
        outcome=types_pb2.Outcome.Value(f"OUTCOME_{alternative.outcome.name}"),
        entity_id=alternative.entity_id,
        probability=alternative.probability,
        reason=alternative.reason,
    )


def _write_evidence(evidence: Evidence) -> types_pb2.Evidence:
    return types_pb2.Evidence(name=evidence.name, value=evidence.value, weight=evidence.weight, reason=evidence.reason)


def write_entity(entity: Entity) -> types_pb2.Entity:
    """An entity of any state, with its etag."""
    message = types_pb2.Entity(
        id=entity.id,
        type=entity.type,
        name=entity.name,
        names=[_write_name(name) for name in entity.names],
        kind=entity.kind or "",
        country=entity.country or "",
        parents=entity.parents,
        population=entity.population,
        same_as=entity.same_as,
        facts=_write_struct(entity.facts),
        state=types_pb2.State.Value(f"STATE_{entity.state.name}"),
        redirect=entity.redirect or "",
        revision=entity.revision,
        etag=entity.etag,
    )
    if entity.latitude is not None and entity.longitude is not None:
        message.coordinates.latitude = entity.latitude
        message.coordinates.longitude = entity.longitude
    return message


def _write_name(name: Name) -> types_pb2.Name:
    return types_pb2.Name(
        value=name.value,
        language=name.language or "",
        kind=types_pb2.NameKind.Value(f"NAME_KIND_{name.kind.name}"),
        source=name.source or "",
    )


def write_change(change: Change) -> types_pb2.Change:
    """One record of the log."""
    time = Timestamp()
    time.FromDatetime(datetime.fromisoformat(change.time))
    verb = f"VERB_{change.verb.name}"
    return types_pb2.Change(
        revision=change.revision,
        time=time,
        verb=types_pb2.Verb.Value(verb) if verb in types_pb2.Verb.keys() else types_pb2.VERB_UNSPECIFIED,  # noqa: SIM118
        entity_id=change.entity_id or "",
        edit=types_pb2.Edit(
            author=change.edit.author, reason=change.edit.reason, request_id=change.edit.request_id or ""
        ),
        summary=change.summary,
        hash=change.hash,
    )


def _write_struct(facts: Mapping[str, object]) -> Struct:
    return Struct(fields={str(key): _write_value(value) for key, value in facts.items()})


def _write_value(value: object) -> Value:
    # bool before int: True is an int as well.
    match value:
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case int() if abs(value) <= 2**53:
            return Value(number_value=value)
        case float() if math.isfinite(value):
            return Value(number_value=value)
        case Mapping():
            return Value(struct_value=_write_struct(value))
        case list() | tuple():
            return Value(list_value=ListValue(values=[_write_value(item) for item in value]))
        case _:
            return Value(string_value=str(value))
