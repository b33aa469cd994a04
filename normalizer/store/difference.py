"""In what two versions of an entity differ, in words for people.

>>> before, after = Entity("x:1", "place", "Kiev"), Entity("x:1", "place", "Kyiv", population=3)
>>> for one in differences(before, after):
...     print(one.field, one.before, one.after, sep=" | ")
name | Kiev | Kyiv
population | None | 3
names | Kiev (preferred) | None
names | None | Kyiv (preferred)
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from normalizer.store.codec import settled
from normalizer.terms import Difference, Entity, Name, NameKind

_WHOLE = ("state", "redirect", "type", "name", "kind", "country", "latitude", "longitude", "population")


def differences(before: Entity | None, after: Entity) -> Iterator[Difference]:
    """Yield what is other in `after`; for an entity that was not there before, only that and its name."""
    if before is None:
        yield Difference(after.id, "state", None, str(after.state))
        yield Difference(after.id, "name", None, after.name)
        return
    for field in _WHOLE:
        old, new = (_text(getattr(entity, field)) for entity in (before, after))
        if old != new:
            yield Difference(after.id, field, old, new)
    for field in ("names", "parents", "same_as", "facts"):
        had, has = _listed(before, field), _listed(after, field)
        yield from (Difference(after.id, field, one, None) for one in had if one not in has)
        yield from (Difference(after.id, field, None, one) for one in has if one not in had)


def _listed(entity: Entity, field: str) -> dict[str, None]:
    match field:
        case "names":
            return dict.fromkeys(map(_name, settled(entity.name, entity.names)))
        case "facts":
            facts = entity.facts.items()
            return dict.fromkeys(
                f"{key}: {json.dumps(value, ensure_ascii=False, sort_keys=True)}" for key, value in facts
            )
        case _:
            return dict.fromkeys(getattr(entity, field))


def _name(name: Name) -> str:
    about = [name.language, name.kind if name.kind is not NameKind.ALTERNATE else None, name.source]
    said = ", ".join(str(one) for one in about if one)
    return f"{name.value} ({said})" if said else name.value


def _text(value: object) -> str | None:
    return None if value is None else str(value)
