"""Entities as JSON lines, as people and programs hand them in: `sources.jsonl` knows what a line is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from normalizer.batch.formats import open_source
from normalizer.batch.reading import text_of, without_mark
from normalizer.cli.options import check_country
from normalizer.terms import Entity, InvalidInput, NormalizerError

if TYPE_CHECKING:
    from normalizer.index.builder import Progress

_STEP = 5000
"""Lines between two looks at the progress."""


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
