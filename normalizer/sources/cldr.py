"""Names of countries in 300 languages: the territory names of Unicode CLDR, as Babel carries them."""

from __future__ import annotations

from collections.abc import Mapping

from babel import localedata

from normalizer.sources.draft import Draft
from normalizer.sources.report import Count


def add_country_names(by_code: Mapping[str, Draft], count: Count) -> None:
    """Add the name of each country in each locale that has one of its own, with the locale's language tag.

    A name that several languages share is tagged with the first of them; English is asked first.
    """
    locales = [locale for locale in localedata.locale_identifiers() if locale != "root"]
    for locale in sorted(locales, key=lambda locale: (locale != "en", locale)):
        territories = localedata.load(locale, merge_inherited=False).get("territories", {})
        for code, name in territories.items():
            if code in by_code and isinstance(name, str):
                count.read += 1
                by_code[code].add(name, count, locale.replace("_", "-"))
