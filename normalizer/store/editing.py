"""What each kind of edit of one entity makes of it. `lifecycle` has the edits that concern several."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from normalizer.store.codec import encode, excerpt, settled
from normalizer.store.draft import Draft
from normalizer.terms import AlreadyExists, Entity, InvalidInput, Name, NameKind, State, Verb

EDITABLE = frozenset(
    {"type", "name", "names", "kind", "country", "parents", "latitude", "longitude", "population", "same_as", "facts"}
)
"""The fields of Entity that an update can set."""


class Action(NamedTuple):
    """One edit, before it is applied."""

    verb: Verb
    entity_id: str | None
    """What the edit is about, as the log says it."""
    content: str
    """What tells this edit from another one of its verb and entity; etags are no part of it."""
    perform: Callable[[Draft], str]
    """Puts into the draft what the edit makes; returns one line for the log. Raises NormalizerError when it cannot."""


def create(entity: Entity) -> Action:
    """Add an entity. Raises AlreadyExists, also when the id is that of a retired or merged one."""

    def perform(draft: Draft) -> str:
        if draft.find(entity.id):
            raise AlreadyExists(f"there is an entity {entity.id!r} already: update it, or choose another id")
        draft.put(entity)
        return f"created the {entity.type} {entity.name!r}"

    return Action(Verb.CREATE, entity.id, encode(entity), perform)


def update(source: Entity, mask: Collection[str], etag: str | None) -> Action:
    """Take the fields in `mask` from `source`; where that gives a new `name`, the former one becomes an alternate.

    Raises InvalidInput("update_mask") for an empty mask, and for fields that cannot be set.
    """
    if not mask:
        raise InvalidInput("update_mask", "must name at least one field")
    fields = sorted(set(mask))
    if unknown := [field for field in fields if field not in EDITABLE]:
        raise InvalidInput("update_mask", f"cannot set {unknown[0]!r}, only {', '.join(sorted(EDITABLE))}")

    def perform(draft: Draft) -> str:
        updated = replace(draft.editable(source.id, etag), **{field: getattr(source, field) for field in fields})
        draft.put(replace(updated, names=tuple(settled(updated.name, updated.names))))
        return f"updated {', '.join(fields)}"

    return Action(Verb.UPDATE, source.id, excerpt(source, fields), perform)


def add_name(entity_id: str, name: Name, etag: str | None) -> Action:
    """Add a name, in the place of one with the same value and language where there is one, whose source it may keep.

    A name without a source does not erase one that is known. Raises InvalidInput("kind") for a preferred name, which is
    set by an update of `name`.
    """
    _check_not_preferred(name)

    def is_same(known: Name) -> bool:
        return (known.value, known.language) == (name.value, name.language)

    def perform(draft: Draft) -> str:
        entity = draft.editable(entity_id, etag)
        names = [replace(name, source=name.source or old.source) if is_same(old) else old for old in entity.names]
        known = any(map(is_same, names))
        draft.put(replace(entity, names=tuple(names if known else [*names, name])))
        verb = "replaced" if known else "added"
        return f"{verb} the name {name.value!r}" + (f" ({name.language})" if name.language else "")

    return Action(Verb.ADD_NAME, entity_id, _written(name), perform)


def remove_name(entity_id: str, value: str, etag: str | None) -> Action:
    """Remove the names with this value, in whatever language."""

    def perform(draft: Draft) -> str:
        entity = draft.editable(entity_id, etag)
        if value == entity.name:
            raise InvalidInput("value", f"{value!r} is the preferred name: give the entity another one first")
        kept = tuple(name for name in entity.names if name.value != value)
        if len(kept) == len(entity.names):
            raise no_such_name(entity, value)
        draft.put(replace(entity, names=kept))
        return f"removed the name {value!r}"

    return Action(Verb.REMOVE_NAME, entity_id, value, perform)


def replace_name(entity_id: str, value: str, name: Name, etag: str | None) -> Action:
    """Put a name in the place of all with this value, in whatever language; in that of the preferred name too.

    What the new name does not say (its language, its source) is not taken from the old ones: it is another name.
    """
    _check_not_preferred(name)

    def perform(draft: Draft) -> str:
        entity = draft.editable(entity_id, etag)
        place = next((at for at, known in enumerate(entity.names) if known.value == value), None)
        if place is None:
            raise no_such_name(entity, value)
        is_preferred = value == entity.name
        new = replace(name, kind=NameKind.PREFERRED) if is_preferred else name

        def stays(known: Name) -> bool:
            return known.value != value and (known.value, known.language) != (new.value, new.language)

        before, after = entity.names[:place], entity.names[place:]
        names = [*filter(stays, before), new, *filter(stays, after)]
        preferred = name.value if is_preferred else entity.name
        draft.put(replace(entity, name=preferred, names=tuple(settled(preferred, names))))
        return f"replaced the name {value!r} by {name.value!r}"

    return Action(Verb.REPLACE_NAME, entity_id, json.dumps([value, _written(name)]), perform)


def retire(entity_id: str, etag: str | None) -> Action:
    """Withdraw the entity."""

    def perform(draft: Draft) -> str:
        draft.put(draft.editable(entity_id, etag), State.RETIRED)
        return "retired"

    return Action(Verb.RETIRE, entity_id, "", perform)


def revive(entity_id: str, etag: str | None) -> Action:
    """Take back the withdrawal of an entity. Raises InvalidInput("id") for one that is not retired."""

    def perform(draft: Draft) -> str:
        draft.put(draft.retired(entity_id, etag))
        return "revived"

    return Action(Verb.REVIVE, entity_id, "", perform)


def no_such_name(entity: Entity, value: str) -> InvalidInput:
    """What to raise where a name is to be changed that is not there."""
    return InvalidInput("value", f"{entity.id!r} has no name {value!r}")


def _check_not_preferred(name: Name) -> None:
    if name.kind is NameKind.PREFERRED:
        raise InvalidInput("kind", "must not be preferred: update the field name of the entity instead")


def _written(name: Name) -> str:
    return json.dumps([name.value, name.language, name.kind, name.source])
