"""`normalizer gazetteer edit`: an entity as a text in the editor of whoever edits it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection
from contextlib import closing
from typing import TYPE_CHECKING

import click

from normalizer.cli.entity import hinted, tell
from normalizer.cli.options import check_country, edit_options, json_option, place_options
from normalizer.terms import Edit, Entity, InvalidInput, NormalizerError

if TYPE_CHECKING:
    from normalizer.store.place import Place

_FIELDS = (
    "type",
    "name",
    "names",
    "kind",
    "country",
    "parents",
    "latitude",
    "longitude",
    "population",
    "same_as",
    "facts",
)


@click.command()
@click.argument("entity_id", metavar="ID")
@edit_options
@json_option
@place_options
def edit(entity_id: str, edit: Edit, as_json: bool, place: Place) -> None:
    """Edit the entity of an ID as a small text in $VISUAL or $EDITOR: its fields and its names, one a line.

    What is wrong is said with its line, and the text can be edited again. When somebody else has changed the entity
    meanwhile, nothing is applied, and the text is kept in a file.

    \b
    Example:
      EDITOR=nano normalizer gazetteer edit geonames:486816 --reason "names from the new map"
    """
    from normalizer.cli import entity_text
    from normalizer.gazetteer import Gazetteer
    from normalizer.rulebook import Rulebook
    from normalizer.store import Store

    with closing(Store.open(*place)) as store, hinted(entity_id):
        before = store.get(entity_id)
    text = entity_text.write(before)
    after, text = _edited(before, text, Rulebook.load().countries)
    changed = [field for field in _FIELDS if getattr(after, field) != getattr(before, field)]
    if not changed:
        click.echo("nothing was changed", err=True)
        return
    try:
        with closing(Gazetteer.open(place, write=True)) as opened:
            entity = opened.update(after, changed, edit, before.etag)
    except NormalizerError as error:
        raise NormalizerError(f"{error}. {_kept(text)}") from error
    tell([entity], as_json)


def _edited(before: Entity, text: str, countries: Collection[str]) -> tuple[Entity, str]:
    """The entity after the edit, and the text that says so; what is wrong is shown, and edited again if it can be."""
    while True:
        new = click.edit(text, extension=".entity", require_save=False)
        if new is None or not new.strip():
            return before, text
        text = new
        try:
            return _checked(before, text, countries), text
        except InvalidInput as error:
            if not sys.stdin.isatty():
                raise NormalizerError(f"{error}. {_kept(text)}") from error
            click.echo(str(error), err=True)
            if not click.confirm("Edit it again?", default=True, err=True):
                raise NormalizerError(f"nothing was changed. {_kept(text)}") from error


def _checked(before: Entity, text: str, countries: Collection[str]) -> Entity:
    from normalizer.cli import entity_text

    after = entity_text.read(text, before)
    try:
        check_country(after.country, countries)
    except InvalidInput as error:
        raise InvalidInput(f"line {entity_text.line_of(text, 'country')}, country", error.problem) from None
    return after


def _kept(text: str) -> str:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".entity", delete=False) as file:
        file.write(text)
    return f"The text is kept in {file.name}"
