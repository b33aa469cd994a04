"""Small gazetteers cut out of large ones, so that a fit knows both.

Among 300 names the nearest is often alone, and wrong: a fit to large gazetteers alone would not know. Places are cut by
country, as people's own gazetteers are; persons are drawn by lot.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from normalizer.gazetteer import Gazetteer
from normalizer.terms import Edit, Entity

_COUNTRIES = 6
_OF_A_COUNTRY = range(200, 6_000)
"""Entities that a country may have to be cut out."""
_DRAWN = (60, 200, 600, 1_500, 4_000)
"""Sizes of the gazetteers that are drawn where there are no countries."""


def cut(gazetteer: Gazetteer, folder: Path, seed: int) -> Iterator[Gazetteer]:
    """Build small gazetteers from the entities of a large one, each in a folder of its own inside `folder`."""
    generator = random.Random(seed)
    entities = list(gazetteer.entities())
    for number, chosen in enumerate(_chosen(entities, generator)):
        yield Gazetteer.build(folder / str(number), chosen, Edit("training", "cut out"))


def _chosen(entities: list[Entity], generator: random.Random) -> Iterator[list[Entity]]:
    sizes = Counter(entity.country for entity in entities if entity.country)
    countries = sorted(country for country, size in sizes.items() if size in _OF_A_COUNTRY)
    for country in generator.sample(countries, min(_COUNTRIES, len(countries))):
        yield [entity for entity in entities if entity.country == country]
    for size in () if countries else _DRAWN:
        yield generator.sample(entities, min(size, len(entities)))
