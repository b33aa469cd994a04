"""What each kind of edit makes of an entity: pure functions, so that the rules of editing stand in one place.

>>> place = Entity("x:1", "place", "Kiev", names=(Name("Kiev", kind=NameKind.PREFERRED),))
>>> place = update(Entity("x:1", "place", "Kyiv"), ["name"]).apply(place)
>>> [(name.value, str(name.kind)) for name in place.names]
[('Kyiv', 'preferred'), ('Kiev', 'alternate')]
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

from normalizer.store.codec import settled
from normalizer.terms import Entity, InvalidInput, Name, NameKind, State, Verb

EDITABLE = frozenset(
    {"type", "name", "names", "kind", "country", "parents", "latitude", "longitude", "population", "same_as", "facts"}
)
"""The fields of Entity that an update can set."""


class Revision(NamedTuple):
    """One edit of one entity, before it is applied."""

    verb: Verb
    summary: str
    """One line for the log."""
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
        kept = updated.names if updated.name == entity.name else [_demoted(name) for name in updated.names]
        return replace(updated, names=tuple(settled(updated.name, kept)))

    return Revision(Verb.UPDATE, f"updated {', '.join(fields)}", apply)


def add_name(name: Name) -> Revision:
    """Add a name, in the place of one with the same value and language where there is one.

    Raises InvalidInput("kind") for a preferred name, which is set by an update of `name`.
    """
    if name.kind is NameKind.PREFERRED:
        raise InvalidInput("kind", "must not be preferred: update the field name of the entity instead")

    def apply(entity: Entity) -> Entity:
        same = [(known.value, known.language) == (name.value, name.language) for known in entity.names]
        names = [name if is_same else known for known, is_same in zip(entity.names, same, strict=True)]
        return replace(entity, names=tuple(names if any(same) else [*names, name]))

    language = f" ({name.language})" if name.language else ""
    return Revision(Verb.ADD_NAME, f"added the name {name.value!r}{language}", apply)


def remove_name(value: str) -> Revision:
    """Remove the names with this value, in whatever language."""

    def apply(entity: Entity) -> Entity:
        if value == entity.name:
            raise InvalidInput("value", f"{value!r} is the preferred name: give the entity another one first")
        kept = tuple(name for name in entity.names if name.value != value)
        if len(kept) == len(entity.names):
            raise InvalidInput("value", f"{entity.id!r} has no name {value!r}")
        return replace(entity, names=kept)

    return Revision(Verb.REMOVE_NAME, f"removed the name {value!r}", apply)


def retire() -> Revision:
    """Withdraw the entity."""
    return Revision(Verb.RETIRE, "retired", lambda entity: replace(entity, state=State.RETIRED))


def _demoted(name: Name) -> Name:
    return replace(name, kind=NameKind.ALTERNATE) if name.kind is NameKind.PREFERRED else name
