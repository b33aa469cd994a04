"""The level of a place, as bits of `rulebook.LEVELS`: what its kind says, and what a region's own names say besides.

>>> from normalizer.rulebook import Rulebook
>>> level_of("village", Rulebook.load().place_types) == TOWN
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from normalizer.rulebook import LEVELS, PlaceType

_LEVEL_OF_KIND = {
    "admin0": "country", **{f"admin{number}": "admin3" for number in range(4, 10)}, "hamlet": "city",
    "plant": "feature", "continent": "", "region": "",
}  # fmt: skip
"""Kinds of place that are neither a level of `rulebook.LEVELS` nor a place-type word, or not what the word says. What
is wider than a country, or has bounds of its own, is of no level."""
_BLANKS = str.maketrans("-_", "  ")
COUNTRY, TOWN, FEATURE = (1 << LEVELS.index(level) for level in ("country", "city", "feature"))
REGIONS = sum(1 << LEVELS.index(level) for level in ("admin1", "admin2", "admin3"))
URBAN = 1 << len(LEVELS)
"""The bit of a region whose own names call it a city, beside those of `rulebook.LEVELS`: Minsk City is no oblast."""
SETTLEMENTS = TOWN | URBAN


def level_of(kind: str, place_types: Mapping[str, PlaceType]) -> int:
    """Return the bits of `rulebook.LEVELS` that a kind of place stands for; 0 when the kind is unknown.

    A kind is a level, a place-type word of any language ("village", "gmina", "river"), or one of a few beside these.
    """
    level = _LEVEL_OF_KIND.get(kind, kind)
    if level in LEVELS:
        return 1 << LEVELS.index(level)
    word = place_types.get(level) or place_types.get(level.translate(_BLANKS)) if level else None
    return word.mask if word else 0


def levels_of(own: int, named: Iterable[int]) -> int:
    """Return the bits of the level that an entity is of: those of its kind; of a region, also what its names speak of.

    `own`: the bits of its kind, see `level_of`. `named`: the bits that the place-type word of each name asks for; 0
    where it has none. What is a municipality in most countries is of the first level in some: a region called so is
    one. A region that is also called what it is ("Damascus Governorate", beside "Damascus City") is no less one than
    others.
    """
    words = {*named}
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
