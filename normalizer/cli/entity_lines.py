"""Entities as JSON lines, as commands print them and an import reads them: `sources.jsonl` knows what a line is.

What is printed has besides how the entity stands in the gazetteer, which an import leaves out again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from normalizer.batch.formats import open_source
from normalizer.batch.reading import text_of, without_mark
from normalizer.cli.options import check_country
from normalizer.terms import Entity, InvalidInput, NormalizerError, State

if TYPE_CHECKING:
    from normalizer.index.builder import Progress

_STANDING = "standing"
"""Under which a line has it, apart from what is known of the entity."""
_STEP = 5000
"""Lines between two looks at the progress."""


def line(entity: Entity, asked: str | None = None) -> str:
    """Return the line of an entity with its state, its etag and the id that was `asked`, where that leads here."""
    from normalizer.sources.jsonl import line as plain

    standing = {"state": entity.state, "etag": entity.etag}
    if asked not in (None, entity.id):
        standing["merged_from"] = str(asked)
    return json.dumps({**json.loads(plain(entity)), _STANDING: standing}, ensure_ascii=False)


def _without_standing(entity: Entity) -> Entity:
    """Return an entity without what `line` adds to it. Raises InvalidInput for one that is not active there."""
    standing = entity.facts.get(_STANDING)
    if not isinstance(standing, dict) or not {"state", "etag"} <= standing.keys():
        return entity
    if (state := standing["state"]) != State.ACTIVE:
        raise InvalidInput(f"{_STANDING}.state", f"is {state}, and an import makes what it loads active")
    return replace(entity, facts={key: value for key, value in entity.facts.items() if key != _STANDING})


def called(source: str) -> str:
    """What a file is called in messages; `-` is standard input."""
    return "standard input" if source == "-" else Path(source).name


def read(
    source: str, progress: Progress, reject: Callable[[InvalidInput], None], countries: Collection[str]
) -> Iterator[Entity]:
    """Yield the entities of a file; `reject` is told what is wrong, and no more is left out than must be.

    Raises NormalizerError when the file as a whole cannot be read, and when an id comes twice in it.
    """
    from normalizer.sources.jsonl import parse

    name, number, seen = called(source), 0, dict[str, int]()

    def wrong(error: InvalidInput) -> None:
        reject(InvalidInput(f"{name}, line {number}, {error.field}", error.problem))

    with open_source(source) as opened:
        for number, line in enumerate(_lines(name, opened.lines), 1):
            if number % _STEP == 0:
                progress(f"reading {name}", number, None)
            try:
                if not (text := text_of(line)).strip():
                    continue
                entity = parse(text, wrong)
                check_country(entity.country, countries)
                entity = _without_standing(entity)
            except InvalidInput as error:
                wrong(error)
                continue
            if (first := seen.setdefault(entity.id, number)) != number:
                raise NormalizerError(
                    f"{name}, line {number}, id: {entity.id!r} stands in line {first} already: nothing was loaded"
                )
            yield entity
    progress(f"reading {name}", number, number)


def _lines(name: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    try:
        return without_mark(lines)
    except NormalizerError as error:
        raise NormalizerError(f"{name}, {error}") from error
