"""`normalizer gazetteer …`: build, fill, look at and edit the gazetteer of a data directory."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.batch.formats import format_of
from normalizer.cli.editor import edit
from normalizer.cli.entity import add_name, merge, remove_name, replace_name, retire, revive, show, split, unmerge
from normalizer.cli.entity_lines import called, read
from normalizer.cli.fields import create, update
from normalizer.cli.log import diff, history, log, revert, verify
from normalizer.cli.options import REJECTED, edit_options, place_options, usage
from normalizer.cli.progress import progress_bars
from normalizer.cli.safekeeping import backup, restore
from normalizer.terms import Edit, Entity, GazetteerMissing, InvalidInput, NormalizerError

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer
    from normalizer.store.place import Place

_MOST_FACTS = 8
"""Fields that an import does not know, and names: those that most lines have."""
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
      normalizer gazetteer add-name geonames:486816 Szudzsa --language hu
      normalizer gazetteer create report:guevo Guevo --type place --kind city --country RU
      normalizer gazetteer edit geonames:486816
      normalizer gazetteer merge geonames:111 geonames:222 --reason "the same village twice"
      normalizer gazetteer history geonames:486816
      normalizer gazetteer revert 17
      normalizer gazetteer backup monday.sqlite
    """


@gazetteer.command()
@click.option("--update", is_flag=True, help="Load over a gazetteer that is there; what it has besides is kept.")
@place_options
def init(update: bool, place: Place) -> None:
    """Build the default gazetteer: the places of the world, and the tables that this project curates.

    A gazetteer that is there is left alone: somebody may have edited it. With --update the entities are loaded over it
    as one new revision; nothing is deleted, and the earlier versions stay in its history.

    With --store the entities, their history and the log of changes are kept in an empty PostgreSQL database (15 or
    newer, encoded in UTF-8), where any number of servers and editors on any number of hosts read and write them; each
    host keeps an index of its own in DIR, which `rebuild` makes. Set NORMALIZER_STORE, and all other commands find it.
    libpq reads the password from ~/.pgpass, $PGPASSWORD or a service file; a command line shows it to everybody.

    \b
    Examples:
      normalizer gazetteer init
      createdb --encoding UTF8 --template template0 places
      export NORMALIZER_STORE=postgresql://editor@db.example.org/places
      normalizer gazetteer init                        on the first host
      normalizer gazetteer rebuild                     on every other one
    """
    from normalizer.gazetteer import Gazetteer
    from normalizer.sources.default import entities
    from normalizer.sources.report import Report

    if not update:
        _check_empty(place)
    report = Report()
    edit = Edit("normalizer", "the default gazetteer")
    with progress_bars() as progress:
        built = Gazetteer.build(place, entities(progress, report), edit, progress)
    click.echo(report)
    _finish(built)


@gazetteer.group(name="import")
def import_() -> None:
    """Load entities from a file into a new or existing gazetteer."""


@import_.command(name="jsonl")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@edit_options
@place_options
def import_jsonl(file: str, edit: Edit, place: Place) -> None:
    """Load FILE (.jsonl or .jsonl.gz, in UTF-8; - for standard input), one entity a line, as one new revision.

    Entities with an id that is there are replaced, others are added, none is deleted. What is wrong is said with the
    number of its line and left out, a name if it can be, else the line; the exit code is then 3. When no line is right,
    or an id comes twice, nothing is loaded. A --request-id stands for the bytes of FILE: with others it is refused.

    \b
    A line:
      {"id": "geonames:486816", "type": "place", "name": "Sudzha", "country": "RU",
       "names": [{"value": "Суджа", "lang": "ru"}], "parents": ["geonames:538555"]}
    """
    with usage(NormalizerError):
        _check_ending(file)
    from normalizer.gazetteer import Gazetteer
    from normalizer.rulebook import Rulebook

    tally, name = _Tally(), called(file)
    content = _digest(file) if edit.request_id else ""
    edit = edit if edit.reason else replace(edit, reason=f"import of {name}")
    with progress_bars() as progress:
        entities = tally.counted(name, read(file, progress, tally.reject, Rulebook.load().countries))
        built = Gazetteer.build(place, entities, edit, progress, content)
    if tally.complete:
        click.echo(f"read {tally.entities} entities with {tally.names} names from {name}")
        if tally.facts:
            click.echo(f"kept as facts, by which nothing is found: {tally.told_facts()}")
    else:
        click.echo(f"{name} was loaded before, by the request {edit.request_id}: nothing was loaded now")
    _finish(built)
    if tally.rejected:
        click.echo(f"left out as wrong, lines or names: {tally.rejected}", err=True)
        sys.exit(REJECTED)


@gazetteer.command()
@place_options
def rebuild(place: Place) -> None:
    """Compile the index anew from the store: after an upgrade, or when the index is damaged."""
    from normalizer.gazetteer import Gazetteer

    with progress_bars() as progress:
        built = Gazetteer.rebuild(place, progress)
    _finish(built)


for command in (show, create, update, add_name, remove_name, replace_name, retire, revive, merge, unmerge, split, edit,
                history, diff, log, revert, verify, backup, restore):  # fmt: skip
    gazetteer.add_command(command)


def _check_ending(file: str) -> None:
    """Raise NormalizerError unless a file says by its name that it holds JSON lines."""
    with suppress(NormalizerError):
        if format_of(file).kind == "jsonl":
            return
    raise NormalizerError(f"{file}: entities are JSON Lines; the name must end in .jsonl or .jsonl.gz, or be -")


def _digest(file: str) -> str:
    """Return what tells the content of a file from any other. Raises NormalizerError for what can be read only once."""
    if not Path(file).is_file():
        raise NormalizerError(f"--request-id: {called(file)} is no file that can be read twice, to tell it from others")
    with open(file, "rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _check_empty(place: Place) -> None:
    """Raise NormalizerError where there is a gazetteer."""
    from normalizer.store import Store

    with suppress(GazetteerMissing), closing(Store.open(*place)) as store:
        if revision := store.revision:
            other = (
                "`normalizer gazetteer rebuild` makes its index" if place.store else "--data names another directory"
            )
            raise NormalizerError(
                f"{store.name} holds a gazetteer already (revision {revision}); "
                f"--update loads the default entities over it, {other}"
            )


@dataclass(slots=True)
class _Tally:
    entities: int = 0
    names: int = 0
    rejected: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    """How many lines have each field that an import does not know."""
    complete: bool = False
    """Whether all was read: not what a request id says was loaded before."""

    def counted(self, name: str, entities: Iterable[Entity]) -> Iterator[Entity]:
        """The same entities. Raises NormalizerError, before anything is made of them, when there are none."""
        counting = self._count(entities)
        first = list(islice(counting, 1))
        if not first:
            problem = "no line is an entity" if self.rejected else "there is nothing to load"
            raise NormalizerError(f"{name}: {problem}; nothing was loaded")
        return chain(first, counting)

    def _count(self, entities: Iterable[Entity]) -> Iterator[Entity]:
        for entity in entities:
            self.entities += 1
            self.names += len(entity.names)
            self.facts.update(entity.facts.keys())
            yield entity
        self.complete = True

    def told_facts(self) -> str:
        """The fields that became facts, each with the number of its lines, the most frequent first."""
        told = [f"{name} ({number:,})" for name, number in self.facts.most_common(_MOST_FACTS)]
        return ", ".join([*told, *(["…"] if len(self.facts) > len(told) else [])])

    def reject(self, problem: InvalidInput) -> None:
        self.rejected += 1
        if self.rejected <= _MOST_REJECTS:
            click.echo(str(problem), err=True)
        elif self.rejected == _MOST_REJECTS + 1:
            click.echo("…", err=True)


def _finish(built: Gazetteer) -> None:
    click.echo(f"the gazetteer in {built.name} is at revision {built.revision}")
    built.close()
