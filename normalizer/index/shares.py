"""How much of a gazetteer lies where: the chance that any entity is in a country, or within a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.levels import COUNTRY
from normalizer.index.segment import Fact, Segment

_LEAST = 3e-4
"""Shares are said to be no less, or one name beside another would outweigh all that they are spelled like."""


class Counted(NamedTuple):
    """The entities of some segments, counted by country and by what they lie within."""

    total: int
    countries: NDArray[np.int64]
    """Entities by `country_code`."""
    places: NDArray[np.uint64]
    """`id_hash` of everything that entities lie within, ascending."""
    within: NDArray[np.int64]
    """Entities within each of these."""
    themselves: frozenset[int]
    """`id_hash` of the entities that are countries."""

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> Counted:
        """Count the entities of some segments."""
        chosen = [*segments]
        none = np.empty(0, np.int64)
        codes = np.concatenate([none, *(segment.facts[:, Fact.COUNTRY].astype(np.int64) for segment in chosen)])
        parents = np.concatenate([none.astype(np.uint64), *(segment.parents.ravel() for segment in chosen)])
        places, counts = np.unique(parents[parents != 0], return_counts=True)
        themselves = (segment.own[segment.facts[:, Fact.LEVEL] == COUNTRY].tolist() for segment in chosen)
        return cls(codes.size, np.bincount(codes), places, counts, frozenset(chain(*themselves)))

    def within_place(self, place: int) -> int:
        """Return how many entities lie within a place, given by its `id_hash`."""
        at = int(np.searchsorted(self.places, np.uint64(place)))
        return int(self.within[at]) if at < self.places.size and int(self.places[at]) == place else 0


class Shares:
    """The shares of all entities of a base index and of what changed since, counted apart."""

    def __init__(self, counted: Sequence[Counted]) -> None:
        self._counted = counted
        self._total = max(1, sum(one.total for one in counted))

    @property
    def countries_themselves(self) -> frozenset[int]:
        """`id_hash` of the entities that are countries."""
        return frozenset().union(*(one.themselves for one in self._counted))

    def in_country(self, code: int) -> float:
        """Return the share of entities in a country, given by its `country_code`."""
        found = sum(int(one.countries[code]) for one in self._counted if code < one.countries.size)
        return max(_LEAST, found / self._total)

    def in_place(self, place: int) -> float:
        """Return the share of entities within a place, given by its `id_hash`."""
        return max(_LEAST, sum(one.within_place(place) for one in self._counted) / self._total)
