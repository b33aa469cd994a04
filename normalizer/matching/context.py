"""What else a document names: what is named together lies together far more often than by chance.

Every candidate of a mention gets a likelihood ratio: how much more often something lies where it does beside these
co-mentions than anywhere. A part of what a document names is taken to lie in the region of a co-mention, a part in the
country of one, and the rest wherever; a region or country that little lies in, by the gazetteer, says the more, and a
co-mention that is probably in no gazetteer says little. By Bayes' rule the ratios change the probabilities of the list,
NIL among them, which has the ratio 1: a namesake in another part of the world loses what a bare name gave it. That
the places of a text lie near each other is the oldest evidence there is for telling them apart (Leidner 2007,
Toponym Resolution in Text).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import Levenshtein

from normalizer.index.segment import Fact
from normalizer.index.shares import Shares
from normalizer.matching.clauses import Contradiction
from normalizer.matching.evidence import (
    COUNTRY_AGREES,
    COUNTRY_CONTRADICTS,
    DISTANCE,
    OUTSIDE,
    PARENT_AGREES,
    PARENT_CONTRADICTS,
    WITHIN,
)
from normalizer.matching.match import Beside, Found, Matches
from normalizer.terms import Mention

CANDIDATES = 50
"""Candidates of a mention, and of a co-mention, that are weighed: of thirty Springfields, the document chooses."""
MOST_LOOKED_UP = 100
"""Co-mentions that are looked up; of more, the first."""
_IN_REGION, _IN_COUNTRY = 0.5, 0.25
"""Parts of what a document names that lie in the region of a co-mention, and in the country of one.
Set by hand, and not sensitive, see decision 0018."""
_SPELLING, _VARIANT = 0.83, 0.6
"""Likeness of two texts in ASCII, above which one is another spelling of the other, and above which it is if both are
taken for the same."""
_LIKELY = 0.01
"""Probability from which a candidate of a co-mention counts."""
_KNOWN = 0.5
"""Probability from which a co-mention is told to be a region itself, and not something in it."""
_NOTEWORTHY = 0.1
"""Probability from which a co-mention is told to lie where a candidate does."""
_AGREES, _CONTRADICTS = [COUNTRY_AGREES, PARENT_AGREES, WITHIN], [COUNTRY_CONTRADICTS, PARENT_CONTRADICTS, OUTSIDE]
"""Evidence of what the caller, or the mention itself, says of where the one meant lies."""

Against = Callable[[Found], tuple[Contradiction, ...]]
"""Gives what tells a mention from a candidate, whatever the spelling."""


def co_mentions(mention: Mention) -> tuple[Mention, ...]:
    """Return what is to be looked up beside a mention: nothing twice, and no other spelling of the mention itself."""
    if not mention.co_mentions:
        return ()
    own = _spelled(mention.text)
    others = (text for text in dict.fromkeys(mention.co_mentions) if _likeness(own, text) <= _SPELLING)
    return tuple(map(Mention, islice(others, MOST_LOOKED_UP)))


class Whereabouts(NamedTuple):
    """Where one co-mention may lie, by its own candidates."""

    text: str
    first: int
    """`id_hash` of its first candidate; 0 for none."""
    countries: Mapping[int, float]
    """Probability by `country_code`."""
    places: Mapping[int, float]
    """Probability that it is that place or lies within it, by `id_hash`."""
    itself: Mapping[int, float]
    """Probability that it is that entity, by `id_hash`."""
    known: float
    """Probability of those of these that are known to lie anywhere."""

    @classmethod
    def of(cls, text: str, matches: Matches) -> Whereabouts:
        """Add up the probabilities of a co-mention's candidates."""
        countries: defaultdict[int, float] = defaultdict(float)
        places: defaultdict[int, float] = defaultdict(float)
        itself, known = {}, 0.0
        for found, chance in zip(matches.found, matches.probabilities, strict=True):
            if chance >= _LIKELY:
                one = _place_of(found)
                itself[one.own] = chance
                known += chance * one.is_located
                if one.country:
                    countries[one.country] += chance
                for place in one.within:
                    places[place] += chance
        return cls(text, _first(matches), countries, places, itself, known)


class Document:
    """The co-mentions of a mention that say where the document speaks of, and how much of the gazetteer lies where."""

    def __init__(self, beside: Iterable[Whereabouts], shares: Shares) -> None:
        self._beside = [*beside]
        self._shares = shares
        self._countries = _mean([one.countries for one in self._beside])
        self._places = _mean([one.places for one in self._beside])
        self._unknown = 1 - sum(one.known for one in self._beside) / max(1, len(self._beside))
        """Share of the co-mentions that are not known to lie anywhere: they say nothing, and the others the less."""

    @classmethod
    def of(cls, text: str, matches: Matches, beside: Iterable[Whereabouts], shares: Shares) -> Document:
        """Leave out what is another spelling of the mention: it would confirm whatever that is taken for."""
        own, first = _spelled(text), _first(matches)
        return cls((one for one in beside if one.first != first or _likeness(own, one.text) <= _VARIANT), shares)

    def weighed(self, matches: Matches, against: Against) -> Matches:
        """Return the candidates of the mention with what stands beside it, by their changed probabilities.

        What comes first by that is asked what speaks against it, as what came first by itself was.
        """
        if not self._places and not self._countries:
            return matches
        matches = weighed(replace(matches, found=tuple(map(self._placed, matches.found))))
        while matches.found and not matches.found[0].against and (said := against(matches.found[0])):
            first = matches.found[0]._replace(against=said)
            found = (first, *matches.found[1:])
            lowered = [math.exp(sum(one.odds for one in said)), *[1.0] * (len(found) - 1)]
            matches = _by_bayes_rule(replace(matches, found=found), lowered)
        return matches

    def _placed(self, found: Found) -> Found:
        """Return a candidate with what the co-mentions together say of it: nothing where it is not known to lie."""
        place = _place_of(found)
        if not place.is_located:
            return found
        near = place.within & self._places.keys()
        ratios = {region: self._places[region] / self._shares.in_place(region) for region in near}
        region = max(ratios, key=ratios.__getitem__, default=0)
        in_country = self._countries.get(place.country, 0.0) / self._shares.in_country(place.country)
        anywhere = 1 - _IN_REGION - _IN_COUNTRY
        beside = _IN_REGION * ratios.get(region, 0.0) + _IN_COUNTRY * in_country
        unknown = (_IN_REGION + _IN_COUNTRY) * self._unknown
        return found._replace(beside=self._told(place, region, math.log(anywhere + beside + unknown)))

    def _told(self, place: _Place, region: int, odds: float) -> Beside:
        """Return what to tell of a candidate: of its region, if a co-mention lies there, or else of its country."""
        one = max(self._beside, key=lambda one: one.places.get(region, 0.0))
        if one.places.get(region, 0.0) >= _NOTEWORTHY:
            return Beside(odds, self._places[region], f"{self._relation(place, region, one)} {_quoted(one)} beside it")
        one = max(self._beside, key=lambda one: one.countries.get(place.country, 0.0))
        share, where = self._countries.get(place.country, 0.0), "in the same country as"
        if one.countries.get(place.country, 0.0) < _NOTEWORTHY:
            where = "perhaps near"
        return Beside(odds, share, f"{where} {_quoted(one)} beside it")

    def _relation(self, place: _Place, region: int, one: Whereabouts) -> str:
        itself = one.itself.get(region, 0.0)
        if region == place.own:
            return "the same as" if 2 * itself >= one.places[region] else "around"
        if itself >= _KNOWN:
            return "within"
        return "in the same country as" if region in self._shares.countries_themselves else "in the same region as"


def weighed(matches: Matches) -> Matches:
    """Return candidates in the order of their probabilities after what stands beside the mention.

    Who says where the one meant lies, in a hint or in the mention itself, says more than what stands beside it: what
    agrees with that is not lowered, and nothing that contradicts it is raised.
    """
    if not any(one.beside for one in matches.found):
        return matches
    near = any(one.values[DISTANCE] > 0 for one in matches.found)
    found = tuple(_bounded(one, near) for one in matches.found)
    return _by_bayes_rule(
        replace(matches, found=found), [math.exp(one.beside.odds) if one.beside else 1.0 for one in found]
    )


def _bounded(found: Found, near: bool) -> Found:
    """Return a candidate with no more of the context than the hints allow; `near`: coordinates are among them."""
    values, beside = found.values, found.beside
    if beside is None:
        return found
    if values[_CONTRADICTS].any() or (near and values[DISTANCE] == 0):
        return found._replace(beside=beside._replace(odds=min(0.0, beside.odds)))
    if values[_AGREES].any() or near:
        return found._replace(beside=beside._replace(odds=max(0.0, beside.odds)))
    return found


def _by_bayes_rule(matches: Matches, ratios: Sequence[float]) -> Matches:
    """Return candidates by their probabilities times their likelihood ratios, that of NIL being 1.

    Where another one comes first, the evidence of the list is not of it, and is left out.
    """
    nil = max(0.0, 1 - sum(matches.probabilities))
    likely = [chance * ratio for chance, ratio in zip(matches.probabilities, ratios, strict=True)]
    total = nil + sum(likely)
    order = sorted(range(len(likely)), key=lambda at: -likely[at])
    return replace(
        matches,
        found=tuple(matches.found[at] for at in order),
        probabilities=tuple(likely[at] / total for at in order),
        evidence=matches.evidence if order[0] == 0 else matches.evidence[:0],
    )


def _spelled(text: str) -> str:
    return anyascii(text).casefold().strip()


def _likeness(own: str, text: str) -> float:
    return Levenshtein.normalized_similarity(own, _spelled(text))


def _first(matches: Matches) -> int:
    return _place_of(matches.found[0]).own if matches.found else 0


def _mean(chances: Sequence[Mapping[int, float]]) -> dict[int, float]:
    """Return the probability of each of several co-mentions' places, averaged over all of them."""
    found: defaultdict[int, float] = defaultdict(float)
    for some in chances:
        for place, chance in some.items():
            found[place] += chance / len(chances)
    return dict(found)


def _quoted(one: Whereabouts) -> str:
    """Return the text of a co-mention without what would change the text around it, such as marks of direction."""
    return f"“{''.join(letter for letter in one.text if letter.isprintable())}”"


class _Place(NamedTuple):
    """Where a candidate is."""

    own: int
    """Its `id_hash`."""
    country: int
    """`country_code`; 0 when unknown."""
    within: Set[int]
    """`id_hash` of what it lies within, a place itself among them. Nothing lies within a person: who is named beside a
    mention that is nearly the same may as well be a brother."""

    @property
    def is_located(self) -> bool:
        """Whether it is known where it lies."""
        return bool(self.country or self.within - {self.own})


def _place_of(found: Found) -> _Place:
    segment, entity = found.part.segment, found.entity
    own, parents = int(segment.own[entity]), {*segment.parents[entity].tolist()}
    within = parents | {own} if found.part.type == "place" else parents
    return _Place(own, int(segment.facts[entity, Fact.COUNTRY]), within - {0})
