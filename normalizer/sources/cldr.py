"""Names of countries, continents and their parts in 300 languages: the territory names of Unicode CLDR, as in Babel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from babel import localedata

from normalizer.sources.draft import Draft
from normalizer.sources.report import Count

_CONTINENTS = {
    "002": "geonames:6255146", "142": "geonames:6255147", "150": "geonames:6255148", "003": "geonames:6255149",
    "005": "geonames:6255150", "009": "geonames:6255151",
}  # fmt: skip
"""Code of UN M49 -> id of the continent."""
_WORLD = "001"


def macro_regions(count: Count) -> list[Draft]:
    """Return the continents, and the parts of the world of UN M49 that CLDR names: Southeast Asia, Latin America."""
    english = localedata.load("en", merge_inherited=False)["territories"]
    drafts = {
        code: Draft(
            _CONTINENTS.get(code, f"m49:{code}"), "place", name, "continent" if code in _CONTINENTS else "region",
            same_as=(f"m49:{code}",) if code in _CONTINENTS else (),
        )
        for code, name in english.items()
        if code.isdigit() and code != _WORLD
    }  # fmt: skip
    add_country_names(drafts, count)
    count.entities += len(drafts)
    return [*drafts.values()]


def add_country_names(by_code: Mapping[str, Draft], count: Count) -> None:
    """Add the name of each country, or part of the world, in each locale that has one, with the locale's language tag.

    A name that several languages share is tagged with the first of them; English is asked first.
    """
    for locale, code, name in _territories():
        if code in by_code:
            count.read += 1
            by_code[code].add(name, count, locale.replace("_", "-"))


def _territories() -> Iterator[tuple[str, str, str]]:
    """Yield (locale, code, name)."""
    locales = [locale for locale in localedata.locale_identifiers() if locale != "root"]
    for locale in sorted(locales, key=lambda locale: (locale != "en", locale)):
        territories = localedata.load(locale, merge_inherited=False).get("territories", {})
        yield from ((locale, code, name) for code, name in territories.items() if isinstance(name, str))
