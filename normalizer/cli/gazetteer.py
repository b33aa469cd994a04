"""`normalizer gazetteer …`: build, fill, look at and edit the gazetteer of a data directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.options import REJECTED, data_option, edit_options, json_option
from normalizer.cli.progress import progress_bars
from normalizer.terms import Edit, Entity, GazetteerMissing, InvalidInput, Name, NameKind, NormalizerError

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer

_MOST_REJECTS = 20
"""Rejected lines and names of an import that are shown; the others are only counted."""


@click.group()
def gazetteer() -> None:
    """Build, fill, look at and edit a gazetteer.

    \b
    Examples:
      normalizer gazetteer init
      normalizer gazetteer import jsonl villages.jsonl.gz --data ./data
      normalizer gazetteer show geonames:538560
      normalizer gazetteer add-name geonames:486816 Soudja --language fr
      normalizer gazetteer changes
    """


@gazetteer.command()
@click.option("--update", is_flag=True, help="Load over a gazetteer that is there; what it has besides is kept.")
@data_option
def init(update: bool, data: Path | None) -> None:
    """Build the default gazetteer: the places of the world, and the tables that this project curates.

    A gazetteer that is there is left alone: somebody may have edited it. With --update the entities are loaded over it
    as one new revision; nothing is deleted, and the earlier versions stay in its history.
    """
    from normalizer.gazetteer import Gazetteer
    from normalizer.sources.default import entities
    from normalizer.sources.report import Report

    directory = _directory(data)
    if not update and (revision := _revision(directory)):
        raise NormalizerError(
            f"{directory} holds a gazetteer already (revision {revision}); "
            "--update loads the default entities over it, --data names another directory"
        )
    report = Report()
    edit = Edit("normalizer", "the default gazetteer")
    with progress_bars() as progress:
        built = Gazetteer.build(directory, entities(progress, report), edit, progress)
    click.echo(report)
    _finish(built)


@gazetteer.group(name="import")
def import_() -> None:
    """Load entities from a file into a new or existing gazetteer."""


@import_.command(name="jsonl")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@edit_options
@data_option
def import_jsonl(file: Path, author: str, reason: str, data: Path | None) -> None:
    """Load FILE (.jsonl or .jsonl.gz), one entity a line, as one new revision.

    Entities with an id that is there are replaced, others are added, none is deleted. What is wrong is said with the
    number of its line and left out, a name if it can be, else the line; the exit code is then 3. When nothing is right,
    nothing is loaded.

    \b
    A line:
      {"id": "geonames:486816", "type": "place", "name": "Sudzha", "country": "RU",
       "names": [{"value": "Суджа", "lang": "ru"}], "parents": ["geonames:538555"]}
    """
    from normalizer.gazetteer import Gazetteer
    from normalizer.sources.jsonl import read

    tally = _Tally()
    edit = Edit(author, reason or f"import of {file.name}")
    with progress_bars() as progress:
        entities = tally.count(read(file, progress, tally.reject))
        built = Gazetteer.build(_directory(data), entities, edit, progress)
    click.echo(f"read {tally.entities} entities with {tally.names} names from {file}")
    _finish(built)
    if tally.rejected:
        click.echo(f"{tally.rejected} wrong lines or names were left out", err=True)
        sys.exit(REJECTED)


@gazetteer.command()
@data_option
def rebuild(data: Path | None) -> None:
    """Compile the index anew from the store: after an upgrade, or when the index is damaged."""
    from normalizer.gazetteer import Gazetteer

    with progress_bars() as progress:
        built = Gazetteer.rebuild(_directory(data), progress)
    _finish(built)


@gazetteer.command()
@click.argument("entity_id", metavar="ID")
@json_option
@data_option
def show(entity_id: str, as_json: bool, data: Path | None) -> None:
    """Show the entity of an ID with its names; an id that was merged shows the surviving entity."""
    from normalizer.gazetteer import Gazetteer

    with closing(Gazetteer.open(_directory(data))) as opened:
        _show_entity(opened.get(entity_id), as_json)


@gazetteer.command()
@click.argument("entity_id", metavar="ID")
@click.argument("value", metavar="NAME")
@click.option("--language", metavar="L", help="BCP 47 tag of the name.")
@click.option("--kind", type=click.Choice([str(kind) for kind in NameKind]), default="alternate", show_default=True)
@click.option("--source", help="Where the name comes from.")
@edit_options
@json_option
@data_option
def add_name(
    entity_id: str, value: str, language: str | None, kind: str, source: str | None, author: str, reason: str,
    as_json: bool, data: Path | None,
) -> None:  # fmt: skip
    """Add a NAME to the entity of an ID; the next call finds it."""
    from normalizer.gazetteer import Gazetteer

    name = Name(value, language, NameKind(kind), source)
    with closing(Gazetteer.open(_directory(data), write=True)) as opened:
        _show_entity(opened.add_name(entity_id, name, Edit(author, reason)), as_json)


@gazetteer.command()
@click.option("--after", type=click.IntRange(0), default=0, show_default=True, help="Show revisions after this one.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Show at most so many.")
@json_option
@data_option
def changes(after: int, limit: int, as_json: bool, data: Path | None) -> None:
    """Show the change log, oldest first."""
    from normalizer.cli import tables
    from normalizer.store.sqlite import Store

    with closing(Store.open(_directory(data))) as store:
        found = store.changes(after, limit)
    if as_json:
        for change in found:
            click.echo(json.dumps(asdict(change), ensure_ascii=False))
    else:
        tables.show(tables.of_changes(found))


def _directory(data: Path | None) -> Path:
    from normalizer.pipeline import data_directory

    return data_directory(data)


def _revision(directory: Path) -> int:
    """The revision of the gazetteer in a directory, 0 when there is none."""
    from normalizer.store.sqlite import Store

    try:
        with closing(Store.open(directory)) as store:
            return store.revision
    except GazetteerMissing:
        return 0


@dataclass(slots=True)
class _Tally:
    entities: int = 0
    names: int = 0
    rejected: int = 0

    def count(self, entities: Iterable[Entity]) -> Iterator[Entity]:
        for entity in entities:
            self.entities += 1
            self.names += len(entity.names)
            yield entity
        if self.rejected and not self.entities:
            # Raised here, in the transaction of the import: a file of another kind leaves no trace.
            raise NormalizerError("no line of the file is an entity; nothing was loaded")

    def reject(self, problem: InvalidInput) -> None:
        self.rejected += 1
        if self.rejected <= _MOST_REJECTS:
            click.echo(str(problem), err=True)
        elif self.rejected == _MOST_REJECTS + 1:
            click.echo("…", err=True)


def _show_entity(entity: Entity, as_json: bool) -> None:
    if as_json:
        from normalizer.sources.jsonl import line

        click.echo(line(entity))
    else:
        from normalizer.cli import tables

        tables.show(tables.of_entity(entity))


def _finish(built: Gazetteer) -> None:
    click.echo(f"the gazetteer in {built.directory} is at revision {built.revision}")
    built.close()
