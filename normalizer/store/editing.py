"""What each kind of edit makes of an entity: pure functions, so that the rules of editing stand in one place.

>>> place = Entity("x:1", "place", "Kiev", names=(Name("Kiev", kind=NameKind.PREFERRED),))
>>> place = update(Entity("x:1", "place", "Kyiv"), ["name"]).apply(place)
>>> [(name.value, str(name.kind)) for name in place.names]
[('Kyiv', 'preferred'), ('Kiev', 'alternate')]
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from normalizer.store.codec import excerpt, settled
from normalizer.terms import Entity, InvalidInput, Name, NameKind, State, Verb

EDITABLE = frozenset(
    {"type", "name", "names", "kind", "country", "parents", "latitude", "longitude", "population", "same_as", "facts"}
)
"""The fields of Entity that an update can set."""


class Revision(NamedTuple):
    """One edit of one entity, before it is applied."""

    verb: Verb
    summary: Callable[[Entity], str]
    """The entity as it is -> one line for the log."""
    content: str
    """What tells this edit from another one of its verb and entity."""
    apply: Callable[[Entity], Entity]
    """The entity as it is -> as it shall be. Raises InvalidInput when that cannot be."""


def update(source: Entity, mask: Collection[str]) -> Revision:
    """Take the fields in `mask` from `source`; where that gives a new `name`, the former one becomes an alternate.

    Raises InvalidInput("update_mask") for an empty mask, and for fields that cannot be set.
    """
    if not mask:
        raise InvalidInput("update_mask", "must name at least one field")
    fields = sorted(set(mask))
    if unknown := [field for field in fields if field not in EDITABLE]:
        raise InvalidInput("update_mask", f"cannot set {unknown[0]!r}, only {', '.join(sorted(EDITABLE))}")

    def apply(entity: Entity) -> Entity:
        updated = replace(entity, **{field: getattr(source, field) for field in fields})
        return replace(updated, names=tuple(settled(updated.name, updated.names)))

    return Revision(Verb.UPDATE, lambda entity: f"updated {', '.join(fields)}", excerpt(source, fields), apply)


def add_name(name: Name) -> Revision:
    """Add a name, in the place of one with the same value and language where there is one, whose source it may keep.

    A name without a source does not erase one that is known. Raises InvalidInput("kind") for a preferred name, which is
    set by an update of `name`.
    """
    if name.kind is NameKind.PREFERRED:
        raise InvalidInput("kind", "must not be preferred: update the field name of the entity instead")

    def is_same(known: Name) -> bool:
        return (known.value, known.language) == (name.value, name.language)

    def apply(entity: Entity) -> Entity:
        names = [replace(name, source=name.source or old.source) if is_same(old) else old for old in entity.names]
        return replace(entity, names=tuple(names if any(map(is_same, names)) else [*names, name]))

    def summary(entity: Entity) -> str:
        verb = "replaced" if any(map(is_same, entity.names)) else "added"
        return f"{verb} the name {name.value!r}" + (f" ({name.language})" if name.language else "")

    content = json.dumps([name.value, name.language, name.kind, name.source])
    return Revision(Verb.ADD_NAME, summary, content, apply)


def remove_name(value: str) -> Revision:
    """Remove the names with this value, in whatever language."""

    def apply(entity: Entity) -> Entity:
        if value == entity.name:
            raise InvalidInput("value", f"{value!r} is the preferred name: give the entity another one first")
        kept = tuple(name for name in entity.names if name.value != value)
        if len(kept) == len(entity.names):
            raise InvalidInput("value", f"{entity.id!r} has no name {value!r}")
        return replace(entity, names=kept)

    return Revision(Verb.REMOVE_NAME, lambda entity: f"removed the name {value!r}", value, apply)


def retire() -> Revision:
    """Withdraw the entity."""
    return Revision(Verb.RETIRE, lambda entity: "retired", "", lambda entity: replace(entity, state=State.RETIRED))
