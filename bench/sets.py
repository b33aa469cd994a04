"""The labelled sets that `bench.outside` knows: which gazetteer each is asked against, with which hints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One set, or the rows of some types in it, asked once."""

    set: str
    gazetteer: str
    note: str = ""
    """What tells this run from the others of its set."""
    hint: str = ""
    """Hints that are passed, as `score.py prepare --hint` takes them; empty for none."""
    types: frozenset[str] = frozenset()
    """Types of the rows that are asked; empty for all."""

    @property
    def name(self) -> str:
        """The run's title."""
        return f"{self.set}, {self.note}" if self.note else self.set


NOT_INDEPENDENT = frozenset({"seed-article"})
"""Sets that ask in part what our own case tables ask; their figures stand apart."""

PLACE, PERSON, OTHER = frozenset({"place"}), frozenset({"person"}), frozenset({"person", "org"})

RUNS = (
    Run("seed-article", "places-default", "places", types=PLACE),
    Run("seed-article", "places-default", "places, with country", "country", PLACE),
    Run("seed-article", "seed-persons-orgs", "persons and organizations", types=OTHER),
    Run("places-heldout", "places-heldout"),
    Run("places-heldout", "places-heldout", "with country", "country"),
    Run("places-wof", "places-default"),
    Run("places-wof", "places-default", "with country", "country"),
    Run("places-naturalearth", "places-default"),
    Run("places-naturalearth", "places-default", "with country", "country"),
    Run("admin1-cldr", "places-default"),
    Run("admin1-cldr", "places-default", "with country", "country"),
    Run("inflected-places-ruuk", "places-default"),
    Run("inflected-slavic-places", "places-default"),
    Run("inflected-slavic-places", "places-default", "with context", "context"),
    Run("hipe-places", "places-default"),
    Run("hipe-places", "places-default", "with context", "context"),
    Run("geoparse-context", "places-default"),
    Run("geoparse-context", "places-default", "with context", "context"),
    Run("geoparse-geovirus", "places-default"),
    Run("geoparse-geovirus", "places-default", "with context", "context"),
    Run("nil", "places-default", "places", types=PLACE),
    Run("nil", "places-default", "places, with country", "country", PLACE),
    Run("nil", "persons-ep", "persons", types=PERSON),
    Run("persons-ep", "persons-ep"),
    Run("name-tokens", "name-tokens"),
    Run("inflected-slavic", "slavic-entities", "names in all languages"),
    Run("inflected-slavic", "slavic-entities", "names in all languages, with context", "context"),
    Run("inflected-slavic", "slavic-enonly", "English names only"),
    Run("inflected-slavic", "slavic-enonly", "English names only, with context", "context"),
)
