"""What a row asks, and how an answer is written: between the columns of a file and the terms of the program.

Columns that are read: `text` (or another one that the caller names) and the hints `type`, `country`, `lang` or
`language`, `parent`, `lat` with `lon`, `date`, `document`, `co_mentions`. An empty cell or null is a hint not given.
No answer depends on `language`, `date` and `document` yet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from normalizer.batch.reading import Row
from normalizer.sources.jsonl import TYPES
from normalizer.terms import Alternative, Block, Candidate, Evidence, InvalidInput, Mention, Resolution


def mention_of(
    values: Mapping[str, object],
    column: str = "text",
    hints: Mapping[str, str] | None = None,
    co_mentions: tuple[str, ...] = (),
) -> Mention:
    """The mention that a row's columns make; `hints` and `co_mentions` stand in for columns that the row leaves empty.

    Raises InvalidInput, whose field is the field of Mention (or `column`) that is wrong.

    >>> mention_of({"id": 7, "text": "Суджа", "country": "ru", "lat": "51.19", "lon": "35.27"})
    Mention(text='Суджа', type=None, language=None, country='RU', parent=None, coordinates=(51.19, 35.27), \
date=None, document=None, co_mentions=())
    """
    hints = hints or {}
    text = values.get(column)
    if text is None:
        raise InvalidInput(column, "is missing")
    if not isinstance(text, str):
        raise InvalidInput(column, f"must be text, not {type(text).__name__}")
    label = (_hint(values, "type") or hints.get("type") or "").lower()
    country = _hint(values, "country") or hints.get("country")
    return Mention(
        text,
        type=TYPES.get(label, label) or None,
        language=_hint(values, "language") or _hint(values, "lang") or hints.get("language"),
        country=country.upper() if country else None,
        parent=_hint(values, "parent") or hints.get("parent"),
        coordinates=_coordinates(values),
        date=_hint(values, "date"),
        document=_hint(values, "document"),
        co_mentions=_co_mentions(values.get("co_mentions")) or co_mentions,
    )


def _hint(values: Mapping[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput(name, f"must be text, not {type(value).__name__}")
    return str(value).strip() or None


def _coordinates(values: Mapping[str, object]) -> tuple[float, float] | None:
    latitude, longitude = _degrees(values, "lat"), _degrees(values, "lon")
    if latitude is None or longitude is None:
        if latitude is not longitude:
            raise InvalidInput("coordinates", "lat and lon must be given together")
        return None
    return latitude, longitude


def _degrees(values: Mapping[str, object], name: str) -> float | None:
    value = values.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise InvalidInput("coordinates", f"{name} must be a number of degrees")


def _co_mentions(value: object) -> tuple[str, ...]:
    """A list of texts; in a table cell, a JSON list or texts separated by semicolons."""
    if isinstance(value, str):
        value = _cell_list(value)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidInput("co_mentions", "must be a list of texts")
    return tuple(text for text in value if text.strip())


def _cell_list(cell: str) -> object:
    if not cell.lstrip().startswith("["):
        return [part.strip() for part in cell.split(";")]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise InvalidInput("co_mentions", "must be a list of texts") from None


def result_fields(row: Row, result: Resolution | InvalidInput) -> dict[str, object]:
    """The columns that a result adds to its row; the same for every way of asking.

    A row that was rejected gets the columns of an answer with nothing in them, and `error`.
    """
    if isinstance(result, InvalidInput):
        return _error_fields(row, result)
    fields: dict[str, object] = {
        "outcome": str(result.outcome),
        "entity_id": result.entity_id,
        "probability": _rounded(result.probability),
        "candidates": [_candidate_fields(candidate) for candidate in result.candidates],
        "why": result.why,
    }
    if result.otherwise:
        fields["otherwise"] = [_plain(alternative) for alternative in result.otherwise]
    return fields


def _candidate_fields(candidate: Candidate) -> dict[str, object]:
    fields: dict[str, object] = {
        "entity_id": candidate.entity_id,
        "probability": _rounded(candidate.probability),
        "name": candidate.name,
        "matched_name": candidate.matched_name,
        "type": candidate.type,
        "kind": candidate.kind,
        "country": candidate.country,
    }
    if candidate.evidence:
        fields["evidence"] = [_plain(part) for part in candidate.evidence]
    if candidate.letters:
        fields["letters"] = [_plain(block) for block in candidate.letters]
    if candidate.romanized:
        fields["romanized"] = asdict(candidate.romanized)
    return fields


def _plain(part: Evidence | Block | Alternative) -> dict[str, object]:
    """The fields of a part of an explanation, by their names."""
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in asdict(part).items()}


def _rounded(number: float) -> float:
    """Six digits tell all that is known; a small probability stays greater than zero.

    >>> _rounded(1 / 3), _rounded(1.23456789e-9)
    (0.333333, 1.23457e-09)
    """
    return float(f"{number:.6g}")


def _error_fields(row: Row, problem: InvalidInput) -> dict[str, object]:
    raw = {"raw": row.raw} if row.raw else {}
    return {
        "outcome": "ERROR",
        "entity_id": None,
        "probability": 0.0,
        "candidates": [],
        "why": f"line {row.line}: {problem}",
        "error": {"field": problem.field, "message": problem.problem, "line": row.line, **raw},
    }
