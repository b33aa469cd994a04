"""A few entities, and how they are compiled: for the tests of the index and of its files."""

from __future__ import annotations

from collections.abc import Sequence

from normalizer.index import files
from normalizer.index.builder import join
from normalizer.index.segment import Segment, indexed
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity, Name, NameKind
from normalizer.text.keys import KeyMaker

KEYMAKER = KeyMaker(Rulebook.load())
ENTITIES = (
    Entity("t:1", "place", "Kursk", (Name("Курск"), Name("Koursk")), kind="city", country="RU", population=440_000),
    Entity("t:2", "place", "Kursk Oblast", (Name("Курская область"),), kind="admin2", country="RU"),
    Entity("t:3", "place", "Sudzha", (Name("ku er si ke", kind=NameKind.AUTOROM),), latitude=51.2, longitude=35.3),
    Entity("t:4", "person", "Volodymyr Zelenskyy", (Name("Volodymyr Zelenskyy"), Name("Зеленський"))),
)


def compiled(entities: Sequence[Entity]) -> dict[str, Segment]:
    return join([indexed(entity, KEYMAKER) for entity in entities], {})


def index(revision: int, entities: Sequence[Entity]) -> files.Index:
    return files.Index(revision, "hash", "rules", compiled(entities))
