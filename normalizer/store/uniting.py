"""What a survivor takes over from an entity that is merged into it, and what it gives back when that is undone.

Rules of a merge. *Names*: the survivor's, then those of the other that it lacks; of one value and language there is one
name, the survivor's. *Facts of its own* (kind, country, coordinates, population, parents): the survivor's where it has
any, else the other's. *Other facts* by their keys likewise; of *same_as*, all.

Rule of undoing: a survivor has a part from others as long as one of them brings it, which is one that is merged into
it, has that part, and was merged later than any edit that took the part from the survivor. Of several, it is that of
the first. What an edit gave is the survivor's own.

>>> kyiv, kiev = Entity("x:1", "place", "Kyiv"), Entity("x:2", "place", "Kiev", country="UA", population=3)
>>> both = united(kyiv, kiev)
>>> [name.value for name in both.names], both.country
(['Kyiv', 'Kiev'], 'UA')
>>> alone = parted(both, parts(both).keys() - parts(kyiv).keys(), [])
>>> [name.value for name in alone.names], alone.country
(['Kyiv'], None)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from normalizer.store.codec import settled
from normalizer.terms import Change, Entity, Name, NameKind, Verb

_SINGLE = ("kind", "country", "population")

Part: TypeAlias = tuple[str, object]
"""(field, key): a piece of an entity that is taken over as a whole. Of a name, the key is its value and language."""

Parts: TypeAlias = Mapping[Part, Any]
"""What an entity has: names, the JSON text of a fact, a field, or a point, by their parts. Nothing of it is None."""


def united(survivor: Entity, other: Entity) -> Entity:
    """Return the survivor with what it takes over. Raises InvalidInput where that is more than an entity may have."""
    has = parts(survivor)
    taken = {part: value for part, value in parts(other, survivor.id).items() if part not in has}
    names = [name for (field, _), value in taken.items() if field == "names" for name in value]
    return _made(survivor, settled(survivor.name, [*survivor.names, *names]), {**has, **taken})


def parted(survivor: Entity, taken: Collection[Part], others: Sequence[Parts]) -> Entity:
    """Return the survivor without those of its parts that it has `taken` over from an entity that leaves it.

    `others` are what is brought by those that stay, in the order in which they were merged.
    """
    left: dict[Part, Any] = {}
    for brought in others:
        left = {**brought, **left}
    has = {part: left.get(part) if part in taken else value for part, value in parts(survivor).items()}

    def names() -> Iterator[Name]:
        for name in survivor.names:
            yield from (has[_form(name)] or ()) if _form(name) in taken else (name,)

    return _made(survivor, dict.fromkeys(names()), {part: value for part, value in has.items() if value is not None})


def keeping(entity: Entity, stands: Standing) -> Entity:
    """Return an entity, as somebody describes it who knows of no merges, with what it has from others."""
    has = parts(entity)
    kept = {part: value for part, value in stands.parts.items() if part in stands.borrowed and part not in has}
    names = [name for (field, _), value in kept.items() if field == "names" for name in value]
    return _made(entity, settled(entity.name, [*entity.names, *names]), {**has, **kept})


def parts(entity: Entity, into: str | None = None) -> dict[Part, Any]:
    """Return what an entity has, or what it can bring `into` another one: that does not lie in itself."""
    preferred = NameKind.ALTERNATE if into else NameKind.PREFERRED
    found: dict[Part, Any] = {}
    for name in settled(entity.name, entity.names):
        one = replace(name, kind=preferred) if name.kind is NameKind.PREFERRED else name
        found[_form(name)] = (*found.get(_form(name), ()), one)
    found |= {("same_as", same): same for same in entity.same_as}
    found |= {("facts", key): json.dumps(value, sort_keys=True) for key, value in entity.facts.items()}
    fields = {field: getattr(entity, field) for field in _SINGLE}
    fields["parents"] = tuple(parent for parent in entity.parents if parent != into) or None
    point = (entity.latitude, entity.longitude)
    fields["point"] = None if point == (None, None) else point
    return found | {(field, None): value for field, value in fields.items() if value is not None}


class Standing(NamedTuple):
    """Whose the parts of an entity are."""

    parts: Parts
    borrowed: frozenset[Part]
    """Those that it has from others."""
    removed: Mapping[Part, int]
    """At which revision an edit took a part away, the last time."""

    def after(self, change: Change, version: Entity) -> Standing:
        """Return how it stands after a change that made this version.

        What a merge brings is borrowed, and what an unmerge left, since others have it too.
        """
        parts_now = parts(version)
        new = {part for part, value in parts_now.items() if self.parts.get(part) != value}
        if change.verb in (Verb.MERGE, Verb.UNMERGE):
            return Standing(parts_now, (self.borrowed & parts_now.keys()) | new, self.removed)
        removed = dict.fromkeys(self.parts.keys() - parts_now.keys(), change.revision)
        return Standing(parts_now, (self.borrowed & parts_now.keys()) - new, {**self.removed, **removed})


def standing(history: Iterable[tuple[Change, Entity]]) -> Standing:
    """Return how an entity stands after the changes that made its versions, oldest first.

    A revert makes an entity what it was one version before, and so its parts whose they were; what had no version
    before is only retired.
    """
    before = now = Standing({}, frozenset(), {})
    for change, version in history:
        if change.verb is Verb.REVERT:
            before, now = now, before if before.parts else now
        else:
            before, now = now, now.after(change, version)
    return now


def _made(entity: Entity, names: Iterable[Name], has: Parts) -> Entity:
    """An entity with these names and, for the rest, these parts."""
    latitude, longitude = has.get(("point", None), (None, None))
    fields: dict[str, Any] = {field: has.get((field, None)) for field in _SINGLE}
    return replace(
        entity,
        names=tuple(names),
        same_as=tuple(str(key) for field, key in has if field == "same_as"),
        facts={str(key): json.loads(value) for (field, key), value in has.items() if field == "facts"},
        parents=has.get(("parents", None), ()),
        latitude=latitude,
        longitude=longitude,
        **fields,
    )


def _form(name: Name) -> Part:
    return "names", (name.value, name.language)
