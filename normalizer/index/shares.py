"""How much of a gazetteer lies where: the chance that any entity is in a country, or within a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import COUNTRY
from normalizer.index.segment import Fact, Segment

_LEAST = 3e-4
"""Shares are said to be no less, or one name beside another would outweigh all that they are spelled like."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The entities of some segments, counted by country and by what they lie within."""

    countries: NDArray[np.float64]
    """Share of all entities by `country_code`."""
    places: NDArray[np.uint64]
    """`id_hash` of everything that entities lie within, ascending."""
    within: NDArray[np.float64]
    """Share of all entities that lie within each of these."""
    countries_themselves: frozenset[int]
    """`id_hash` of the entities that are countries."""

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> Shares:
        """Count the entities of some segments."""
        chosen = [*segments]
        total = max(1, sum(len(segment.ids) for segment in chosen))
        none = np.empty(0, np.int64)
        codes = np.concatenate([none, *(segment.facts[:, Fact.COUNTRY].astype(np.int64) for segment in chosen)])
        parents = np.concatenate([none.astype(np.uint64), *(segment.parents.ravel() for segment in chosen)])
        places, counts = np.unique(parents[parents != 0], return_counts=True)
        themselves = (segment.own[segment.facts[:, Fact.LEVEL] == COUNTRY].tolist() for segment in chosen)
        return cls(np.bincount(codes) / total, places, counts / total, frozenset(chain(*themselves)))

    def in_country(self, code: int) -> float:
        """Return the share of entities in a country, given by its `country_code`."""
        return max(_LEAST, float(self.countries[code]) if code < self.countries.size else 0.0)

    def in_place(self, place: int) -> float:
        """Return the share of entities within a place, given by its `id_hash`."""
        at = int(np.searchsorted(self.places, np.uint64(place)))
        known = at < self.places.size and int(self.places[at]) == place
        return max(_LEAST, float(self.within[at]) if known else 0.0)
