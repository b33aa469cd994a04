"""What a survivor takes over from an entity that is merged into it, and what it gives back when that is undone.

Rules of a merge. *Names*: the survivor's, then those of the other that it lacks; of one value and language there is one
name, the survivor's. *Facts of its own* (kind, country, coordinates, population, parents): the survivor's where it has
any, else the other's. *Other facts* by their keys likewise; of *same_as*, all.

Rule of undoing: what a survivor has from those merged into it, it has for as long as one of them that has it is merged
into it. What an edit gave it, before or since, is its own; what an edit took from it does not come back.

>>> kyiv, kiev = Entity("x:1", "place", "Kyiv"), Entity("x:2", "place", "Kiev", country="UA", population=3)
>>> both = united(kyiv, kiev)
>>> [name.value for name in both.names], both.country
(['Kyiv', 'Kiev'], 'UA')
>>> taken = parts(both).keys() - parts(kyiv).keys()
>>> parted(both, taken, []) == kyiv
True
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from normalizer.store.codec import settled
from normalizer.terms import Entity, Name, NameKind, Verb

_SINGLE = ("kind", "country", "population", "parents", "point")
"""What comes from one of the two as a whole; the point is latitude and longitude."""

Part: TypeAlias = tuple[str, object]
"""(field, value): a piece of an entity that is taken over as a whole."""


def united(survivor: Entity, other: Entity) -> Entity:
    """Return the survivor with what it takes over. Raises InvalidInput where that is more than an entity may have."""
    known = {_form(name) for name in survivor.names}
    names = [name for name in settled(other.name, other.names) if _form(name) not in known]
    missing = [field for field in _SINGLE if _value(survivor, field) is None]
    return replace(
        survivor,
        names=tuple(settled(survivor.name, [*survivor.names, *map(_as_alternate, names)])),
        same_as=tuple(dict.fromkeys([*survivor.same_as, *other.same_as])),
        facts={**other.facts, **survivor.facts},
        **_fields(survivor, {field: _value(other, field) for field in missing}),
    )


def parted(survivor: Entity, taken: Collection[Part], others: Sequence[Entity]) -> Entity:
    """Return the survivor without those of its parts that it has `taken` over from merged entities.

    `others` are still merged into it, in that order, and leave it what is theirs too.
    """
    forms = {_form(name) for other in others for name in other.names}
    linked = {same for other in others for same in other.same_as}
    facts = {key: value for key, value in survivor.facts.items() if _fact(key, value) not in taken}
    for other in others:
        facts |= {key: other.facts[key] for key in other.facts.keys() & (survivor.facts.keys() - facts.keys())}
    gone = [field for field in _SINGLE if (field, _value(survivor, field)) in taken]
    left = {field: next(filter(None, (_value(other, field) for other in others)), None) for field in gone}
    return replace(
        survivor,
        names=tuple(name for name in survivor.names if ("names", name) not in taken or _form(name) in forms),
        same_as=tuple(same for same in survivor.same_as if ("same_as", same) not in taken or same in linked),
        facts=facts,
        **_fields(survivor, left),
    )


def parts(entity: Entity) -> dict[Part, None]:
    """Return the pieces of an entity that a merge may bring, in their order."""
    found: list[Part] = [("names", name) for name in entity.names]
    found += [("same_as", same) for same in entity.same_as]
    found += [_fact(key, value) for key, value in entity.facts.items()]
    found += [(field, value) for field in _SINGLE if (value := _value(entity, field)) is not None]
    return dict.fromkeys(found)


def borrowed(history: Iterable[tuple[Verb, Entity]]) -> set[Part]:
    """Return the parts that an entity has from others, from its versions, oldest first, and what made each.

    A part is borrowed that came by a merge, or by an unmerge, which left what others have too. What a revert brings
    back is what it was before.
    """
    came: dict[Part, Verb] = {}
    ever: dict[Part, Verb] = {}
    for verb, version in history:
        by = ever if verb is Verb.REVERT else came
        came = {part: came.get(part) or by.get(part, verb) for part in parts(version)}
        ever |= came
    return {part for part, verb in came.items() if verb in (Verb.MERGE, Verb.UNMERGE)}


def _value(entity: Entity, field: str) -> tuple[object, ...] | str | None:
    """What an entity has in one of the fields of _SINGLE, in a form that is never falsy; None when it has nothing."""
    if field == "point":
        point = (entity.latitude, entity.longitude)
        return None if point == (None, None) else point
    if field == "population":
        return None if entity.population is None else (entity.population,)
    value: tuple[str, ...] | str | None = getattr(entity, field)
    return value or None


def _fields(survivor: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """What `_value` gave, as arguments of Entity."""
    fields: dict[str, Any] = {}
    for field, value in values.items():
        if field == "point":
            fields["latitude"], fields["longitude"] = value or (None, None)
        elif field == "parents":
            fields[field] = tuple(parent for parent in value or () if parent != survivor.id)
        else:
            fields[field] = value[0] if value and field == "population" else value
    return fields


def _fact(key: str, value: object) -> Part:
    return f"facts.{key}", json.dumps(value, sort_keys=True)


def _form(name: Name) -> tuple[str, str | None]:
    return name.value, name.language


def _as_alternate(name: Name) -> Name:
    return replace(name, kind=NameKind.ALTERNATE) if name.kind is NameKind.PREFERRED else name
