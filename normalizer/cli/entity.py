"""`normalizer gazetteer show`, `add-name`, `remove-name`, `retire`: one entity, looked at or edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.options import data_option, edit_options, json_option, usage
from normalizer.terms import Edit, Entity, Name, NameKind, UnknownEntity

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer

_KINDS = [str(kind) for kind in NameKind if kind is not NameKind.PREFERRED]
"""What an added name may be. The preferred one is a field of the entity, and is set by an import or an update."""

_entity_id = click.argument("entity_id", metavar="ID")
_name = click.argument("value", metavar="NAME")


@click.command()
@_entity_id
@json_option
@data_option
def show(entity_id: str, as_json: bool, data: Path | None) -> None:
    """Show the entity of an ID with its names; an id that was merged shows the surviving entity."""
    _answer(lambda opened: opened.get(entity_id), entity_id, as_json, data, write=False)


@click.command()
@_entity_id
@_name
@click.option("--language", metavar="L", help="BCP 47 tag of the name.")
@click.option("--kind", type=click.Choice(_KINDS), default="alternate", show_default=True, help="How it is used.")
@click.option("--source", help="Where the name comes from. [default: what is known of it already]")
@edit_options
@json_option
@data_option
def add_name(
    entity_id: str, value: str, language: str | None, kind: str, source: str | None, author: str, reason: str,
    as_json: bool, data: Path | None,
) -> None:  # fmt: skip
    """Add a NAME to the entity of an ID; the next call finds it.

    It takes the place of one with the same spelling and language.
    """
    with usage():
        name, edit = Name(value, language, NameKind(kind), source), Edit(author, reason)
    _answer(lambda opened: opened.add_name(entity_id, name, edit), entity_id, as_json, data)


@click.command()
@_entity_id
@_name
@edit_options
@json_option
@data_option
def remove_name(entity_id: str, value: str, author: str, reason: str, as_json: bool, data: Path | None) -> None:
    """Remove a NAME, in whatever language, from the entity of an ID; the preferred name cannot be removed."""
    with usage():
        edit = Edit(author, reason)
    _answer(lambda opened: opened.remove_name(entity_id, value, edit), entity_id, as_json, data)


@click.command()
@_entity_id
@edit_options
@json_option
@data_option
def retire(entity_id: str, author: str, reason: str, as_json: bool, data: Path | None) -> None:
    """Withdraw the entity of an ID: it is no answer any more, and `show` still finds it."""
    with usage():
        edit = Edit(author, reason)
    _answer(lambda opened: opened.retire(entity_id, edit), entity_id, as_json, data)


def _answer(
    action: Callable[[Gazetteer], Entity], entity_id: str, as_json: bool, data: Path | None, *, write: bool = True
) -> None:
    """Open the gazetteer, do the action, and print the entity as it is then."""
    from normalizer.gazetteer import Gazetteer
    from normalizer.pipeline import data_directory

    with closing(Gazetteer.open(data_directory(data), write=write)) as opened, _hinted(entity_id):
        entity = action(opened)
    if as_json:
        from normalizer.sources.jsonl import line

        click.echo(line(entity))
    else:
        from normalizer.cli import tables

        tables.show(tables.of_entity(entity))


@contextmanager
def _hinted(entity_id: str) -> Iterator[None]:
    """Help those who type the bare number of GeoNames."""
    try:
        yield
    except UnknownEntity as error:
        if entity_id.isdecimal():
            raise UnknownEntity(f"{error}; if it is a number of GeoNames, its id is geonames:{entity_id}") from error
        raise
