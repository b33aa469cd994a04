"""Local and English names, and a point, of the subdivisions of ISO 3166-2: the data file of the package iso3166-2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from babel.core import get_global

from normalizer.sources.draft import Draft
from normalizer.sources.packages import data_file
from normalizer.sources.report import Count

_NAME = re.compile(r"""[\s,'"]*(.+?)\s*\(([a-z]{3}|[a-z]{4}\d{4})\)""")


def other_names(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the (name, language) pairs of a `localOtherName`. Glottolog codes, which are no language tags, give None.

    >>> list(other_names("Курская область (rus), Kursk (eng)"))
    [('Курская область', 'ru'), ('Kursk', 'en')]
    >>> list(other_names("'Ard Mhacha, Droichead na Banna (gle)', 'Airmagh (ulst1239)'"))
    [('Ard Mhacha, Droichead na Banna', 'ga'), ('Airmagh', None)]
    """
    aliases = get_global("language_aliases")
    for name, code in _NAME.findall(text):
        yield name, aliases.get(code, code) if len(code) == 3 else None


def add_subdivisions(by_code: Mapping[str, Draft], count: Count) -> None:
    """Add the names of each subdivision, and its coordinates where it has none yet."""
    countries = json.loads(data_file("iso3166_2", "iso3166-2.json").read_bytes())
    for subdivisions in countries.values():
        for code, record in subdivisions.items():
            count.read += 1
            draft = by_code.get(code)
            if draft is None:
                count.drop("code unknown")
                continue
            for name, language in other_names(record["localOtherName"] or ""):
                draft.add(name, count, language)
            draft.add(record["name"], count)
            if draft.latitude is None and record["latLng"]:
                draft.latitude, draft.longitude = record["latLng"]
