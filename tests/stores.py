"""What tests of the store share: entities, and ways to change a store behind the program's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from normalizer.store.place import Place
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import Edit, Entity, Name, NameKind

ANN = Edit("ann", "as in the report")
SUDZHA = Entity(
    "geonames:484646",
    "place",
    "Sudzha",
    names=(Name("Sudzha", "en", NameKind.PREFERRED, "test"), Name("Суджа", "ru", source="test")),
    kind="city",
    country="RU",
    parents=("geonames:538555",),
    latitude=51.1917,
    longitude=35.2714,
    population=6036,
    facts={"timezone": "Europe/Moscow"},
)
KURSK = Entity("geonames:538560", "place", "Kursk", country="RU")

in_a_file = pytest.mark.parametrize("place", ["SQLite"], indirect=True)
"""Of a test that asks what SQLite does."""


def tamper(place: Place, *statements: str) -> None:
    """Change what is stored behind the program's back."""
    with closing(psycopg.connect(place.store) if place.store else sqlite3.connect(place.directory / FILE_NAME)) as db:
        for statement in statements:
            db.execute(statement)  # type: ignore[arg-type]
        db.commit()


def numbered(count: int, name: str = "Place {}") -> Iterator[Entity]:
    return (Entity(f"x:{number}", "place", name.format(number), facts={"n": number}) for number in range(count))
