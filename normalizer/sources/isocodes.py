"""Names of countries and their subdivisions in many languages: the translations of iso-codes that pycountry carries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from gettext import GNUTranslations
from pathlib import Path

from normalizer.sources.draft import Draft
from normalizer.sources.packages import data_file
from normalizer.sources.report import Count

_SCRIPTS = {"latin": "Latn", "iqtelif": "Latn"}


def tag(locale: str) -> str:
    """Return the BCP 47 tag of a POSIX locale.

    >>> tag("pt_BR"), tag("sr@latin")
    ('pt-BR', 'sr-Latn')
    """
    language, _, variant = locale.replace("_", "-").partition("@")
    return f"{language}-{_SCRIPTS[variant]}" if variant in _SCRIPTS else language


def add_translations(by_code: Mapping[str, Draft], standard: str, count: Count) -> None:
    """Add the names of ``iso3166-1`` or ``iso3166-2`` in each language that translates them."""
    english = list(_english(standard, count))
    for code, name in english:
        if code in by_code and standard == "iso3166-1":
            by_code[code].add(name, count, "en")
    for path in sorted(data_file("pycountry", "locales").glob(f"*/LC_MESSAGES/{standard}.mo")):
        language, translate = tag(path.parts[-3]), _translations(path).gettext
        for code, name in english:
            translation = translate(name)
            if code in by_code and translation != name:
                count.read += 1
                by_code[code].add(translation, count, language)


def _translations(path: Path) -> GNUTranslations:
    with path.open("rb") as file:
        return GNUTranslations(file)


def _english(standard: str, count: Count) -> Iterator[tuple[str, str]]:
    """Yield (code, name); a country may have an official and a common name besides."""
    records = json.loads(data_file("pycountry", "databases", f"{standard}.json").read_bytes())
    for record in records[standard.removeprefix("iso")]:
        count.read += 1
        for key in ("name", "common_name", "official_name"):
            if key in record:
                yield record.get("code") or record["alpha_2"], record[key]
