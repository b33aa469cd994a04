"""Places as rows of a table: for tests of what mentions of them are read as."""

from __future__ import annotations

from collections.abc import Sequence

from normalizer.terms import Entity, Name


def place(
    key: str, country: str, kind: str, population: int, names: Sequence[str], parent: str | None = None
) -> Entity:
    """Return a place whose id, and that of what it lies in, begins with "x:"."""
    return Entity(
        f"x:{key}",
        "place",
        names[0],
        tuple(map(Name, names)),
        kind=kind,
        country=country,
        population=population,
        parents=(f"x:{parent}",) if parent else (),
    )
