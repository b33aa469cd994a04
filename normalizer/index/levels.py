"""The level of a place, as bits of `rulebook.LEVELS`: what its kind says, and what a region's own names say besides.

>>> levels_of("admin1", []) == 1 << LEVELS.index("admin1")
True
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from normalizer.rulebook import LEVELS

LEVEL_OF_KIND = {
    "country": "country", "admin0": "country", "admin4": "admin3", "admin5": "admin3", "continent": "", "region": "",
}  # fmt: skip
"""Kinds of place that are not themselves a level of `rulebook.LEVELS`; every other unknown kind is a feature. What is
wider than a country, or has bounds of its own, is of no level."""
COUNTRY, TOWN, FEATURE = (1 << LEVELS.index(level) for level in ("country", "city", "feature"))
REGIONS = sum(1 << LEVELS.index(level) for level in ("admin1", "admin2", "admin3"))
URBAN = 1 << len(LEVELS)
"""The bit of a region whose own names call it a city, beside those of `rulebook.LEVELS`: Minsk City is no oblast."""
SETTLEMENTS = TOWN | URBAN


def level_mask(kind: str) -> int:
    """Return the bit of `rulebook.LEVELS` that a kind of place stands for; 0 when the kind is unknown."""
    level = LEVEL_OF_KIND.get(kind, kind)
    if not level:
        return 0
    return 1 << LEVELS.index(level) if level in LEVELS else FEATURE


def levels_of(kind: str, named: Iterable[int]) -> int:
    """Return the bits of the level that an entity's kind stands for; of a region, also those that its names speak of.

    `named`: the bits that the place-type word of each name asks for; 0 where it has none. What is a municipality in
    most countries is of the first level in some: a region called so is one. A region that is also called what it is
    ("Damascus Governorate", beside "Damascus City") is no less one than others.
    """
    own, words = level_mask(kind), {*named}
    if not own & REGIONS:
        return own
    levels = reduce(or_, (_added(word, own) for word in words), own)
    return levels & ~URBAN if any(word & own and not word & TOWN for word in words) else levels


def _added(levels: int, own: int) -> int:
    """Return what a place-type word adds to the level of a region's kind.

    Most words that may stand for the kind as it is add nothing. One that may also stand for a town, such as
    municipality, adds the levels below.
    """
    if levels == TOWN:
        return URBAN
    if levels & own:
        below = REGIONS & ~(2 * own - 1)
        return levels & below if levels & TOWN else 0
    return levels & REGIONS
