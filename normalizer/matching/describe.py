"""The evidence of one name of one entity: columns that depend on more than the spelling. See `evidence.EVIDENCE`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, borrow_columns, is_preferred, name_levels, name_script
from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.levels import COUNTRY as COUNTRY_LEVEL
from normalizer.index.levels import FEATURE, REGIONS, SETTLEMENTS
from normalizer.index.segment import MAIN_ELSEWHERE, Fact, is_main
from normalizer.matching.evidence import (
    COUNTRY,
    COUNTRY_AGREES,
    COUNTRY_CONTRADICTS,
    DISTANCE,
    EQUAL_KEY,
    FEATURE_CONTRADICTS,
    LEVEL_AGREES,
    LEVEL_CONTRADICTS,
    NAMES,
    OUTSIDE,
    PARENT_AGREES,
    PARENT_CONTRADICTS,
    POPULATION,
    PREFERRED,
    SAME_SCRIPT,
    SETTLEMENT_CONTRADICTS,
    UNMARKED_NAMESAKE,
    UNMARKED_REGION,
    WITHIN,
)
from normalizer.matching.query import ITSELF, Query

_LEVEL, _COUNTRY, _POPULATION, _NAMES, _LATITUDE, _LONGITUDE = map(int, Fact)
"""`Fact` as plain numbers, which kernels can take in."""
TYPICAL = np.float32(math.log10(1 + 3_000) / 8)
"""The least `population` of a place where the gazetteer tells that of few: that of the median one of the default."""


@borrowing
def describe(c: Columns, q: Query, row: NDArray[np.float32], name: Int, entity: Int) -> None:
    """Fill the columns of a row that depend on the name, the entity and the hints."""
    facts = c.facts[entity]
    named = name_levels(c, name)
    level, country = np.int64(facts[_LEVEL]), np.int64(facts[_COUNTRY])
    row[PREFERRED] = is_preferred(c, name)
    row[SAME_SCRIPT] = name_script(c, name) == q.script
    # A type word read as part of the name says nothing where the name has one too, or is spelled so; but where both
    # have the same, and it fits, that is as good as what they share without it.
    literal = not q.bare and (named != 0 or row[EQUAL_KEY] > 0)
    if named != 0 and row[EQUAL_KEY] > 0 and q.levels & level != 0:
        literal = False
    _describe_level(row, level, 0 if literal else q.levels)
    unmarked_region = q.levels == 0 and (level & REGIONS) != 0
    row[UNMARKED_REGION] = unmarked_region
    row[UNMARKED_NAMESAKE] = unmarked_region and has_main_namesake(c, entity)
    row[COUNTRY] = level == COUNTRY_LEVEL and row[EQUAL_KEY] > 0
    row[DISTANCE] = _nearness(q.latitude, q.longitude, facts[_LATITUDE], facts[_LONGITUDE])
    row[POPULATION] = max(facts[_POPULATION] / 8, np.float32(0) if c.sized[0] else TYPICAL)
    row[NAMES] = facts[_NAMES] / 8
    _describe_country(c, q.country, row, entity)
    _describe_parent(c, q.parent, row, entity)
    _describe_container(c, q, row, entity, country)


@borrowing
def is_counted(c: Columns, entity: Int) -> bool:
    """Tell whether it is known how many people live in an entity."""
    return bool(c.facts[entity, _POPULATION] > 0)


@borrowing
def is_elsewhere(c: Columns, entity: Int, country: Int) -> bool:
    """Tell whether an entity is known to be in another country than that of a hint, of which 0 is none."""
    return bool(country != 0 and c.facts[entity, _COUNTRY] != 0 and c.facts[entity, _COUNTRY] != country)


@borrowing
def has_main_namesake(c: Columns, entity: Int) -> bool:
    """Tell whether a region is named like a town that a good part of its people live in."""
    namesake = np.int64(c.namesake[entity])
    if namesake == 0 or namesake == MAIN_ELSEWHERE:
        return bool(namesake)
    return is_main(c.facts[namesake - 1, _POPULATION], c.facts[entity, _POPULATION])


@borrowing
def _describe_level(row: NDArray[np.float32], level: Int, asked: Int) -> None:
    """Compare the levels that a place-type word asks for with the entity's; 0 means that nothing is known of either."""
    contradicts = asked != 0 and level != 0 and (asked & level) == 0
    feature = contradicts and asked == FEATURE
    settlement = asked != 0 and not feature and (level & SETTLEMENTS) != 0 and (asked & SETTLEMENTS) == 0
    row[LEVEL_AGREES] = (asked & level) != 0 and not settlement
    row[FEATURE_CONTRADICTS] = feature
    row[SETTLEMENT_CONTRADICTS] = settlement
    row[LEVEL_CONTRADICTS] = contradicts and not feature and not settlement


@borrowing
def in_country(
    columns: NDArray[np.int64], country: Int, rows: NDArray[np.float32], entities: NDArray[np.int64]
) -> None:
    """Fill, in rows of evidence of some entities, the columns on the country of a hint, of which 0 is none.

    `columns`: the addresses of the segment's, see `lending`.
    """
    c = borrow_columns(columns)
    for at in range(entities.size):
        _describe_country(c, country, rows[at], entities[at])


@borrowing
def within_parent(
    columns: NDArray[np.int64], parent: np.uint64, rows: NDArray[np.float32], entities: NDArray[np.int64]
) -> None:
    """Fill, in rows of evidence of some entities, the columns on the parent of a hint, given by its `id_hash`."""
    c = borrow_columns(columns)
    for at in range(entities.size):
        _describe_parent(c, parent, rows[at], entities[at])


@borrowing
def _describe_country(c: Columns, country: Int, row: NDArray[np.float32], entity: Int) -> None:
    row[COUNTRY_AGREES] = country != 0 and np.int64(c.facts[entity, _COUNTRY]) == country
    row[COUNTRY_CONTRADICTS] = is_elsewhere(c, entity, country)


@borrowing
def _describe_parent(c: Columns, parent: np.uint64, row: NDArray[np.float32], entity: Int) -> None:
    row[PARENT_AGREES] = row[PARENT_CONTRADICTS] = 0
    if parent != 0:
        known, agrees = False, c.own[entity] == parent
        for ancestor in c.parents[entity]:
            known = known or ancestor != 0
            agrees = agrees or ancestor == parent
        row[PARENT_AGREES] = agrees
        row[PARENT_CONTRADICTS] = known and not agrees


@borrowing
def _describe_container(c: Columns, q: Query, row: NDArray[np.float32], entity: Int, country: Int) -> None:
    row[WITHIN] = row[OUTSIDE] = 0
    if q.within.size:
        inside = False
        for container in q.within:
            inside = inside or (country != 0 and container == np.uint64(country))
            inside = inside or container == c.own[entity] ^ ITSELF
            for ancestor in c.parents[entity]:
                inside = inside or ancestor == container
        row[WITHIN] = inside
        row[OUTSIDE] = not inside


@borrowing
def _nearness(latitude: Real, longitude: Real, there: Real, there_longitude: Real) -> Real:
    """Return 1 at the same point, 0 from 1,000 km on, by the logarithm of the great-circle distance (haversine)."""
    if math.isnan(latitude) or math.isnan(there):
        return 0.0
    a, b = math.radians(latitude), math.radians(there)
    turn = math.radians(there_longitude - longitude)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    kilometers = 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h)))
    return max(0.0, 1 - math.log10(1 + kilometers) / 3)
