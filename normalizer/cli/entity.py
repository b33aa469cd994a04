"""`normalizer gazetteer show`, `add-name`, `merge` and the others: one entity, looked at or edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

from normalizer.cli.entity_lines import line
from normalizer.cli.options import edit_options, json_option, place_options, usage
from normalizer.terms import Edit, Entity, Name, NameKind, UnknownEntity

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer
    from normalizer.store.place import Place

_KINDS = [str(kind) for kind in NameKind if kind is not NameKind.PREFERRED]
"""What an added name may be. The preferred one is a field of the entity, and is set by an import or an update."""

entity_id_argument = click.argument("entity_id", metavar="ID")
_name = click.argument("value", metavar="NAME")
_language = click.option("--language", metavar="L", help="BCP 47 tag of the name.")
_kind = click.option(
    "--kind", type=click.Choice(_KINDS), default="alternate", show_default=True, help="How it is used."
)
etag_option = click.option("--etag", metavar="E", help="Only if the entity still has this etag, as `show` tells it.")


@click.command()
@entity_id_argument
@click.option("--revision", type=click.IntRange(1, 2**63 - 1), metavar="R", help="Show it as it was at this revision.")
@json_option
@place_options
def show(entity_id: str, revision: int | None, as_json: bool, place: Place) -> None:
    """Show the entity of an ID with its names; an id that was merged shows the surviving entity, and says so."""
    from normalizer.gazetteer import Gazetteer

    with closing(Gazetteer.open(place)) as opened, hinted(entity_id):
        entity = opened.get(entity_id, revision)
    tell([entity], as_json, entity_id)


@click.command()
@entity_id_argument
@_name
@_language
@_kind
@click.option("--source", help="Where the name comes from. [default: what is known of it already]")
@etag_option
@edit_options
@json_option
@place_options
def add_name(
    entity_id: str, value: str, language: str | None, kind: str, source: str | None, etag: str | None, edit: Edit,
    as_json: bool, place: Place,
) -> None:  # fmt: skip
    """Add a NAME to the entity of an ID; the next call finds it.

    It takes the place of one with the same spelling and language.
    """
    with usage():
        name = Name(value, language, NameKind(kind), source)
    answer(lambda opened: [opened.add_name(entity_id, name, edit, etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@_name
@etag_option
@edit_options
@json_option
@place_options
def remove_name(entity_id: str, value: str, etag: str | None, edit: Edit, as_json: bool, place: Place) -> None:
    """Remove a NAME, in whatever language, from the entity of an ID; the preferred name cannot be removed."""
    answer(lambda opened: [opened.remove_name(entity_id, value, edit, etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@click.argument("value", metavar="OLD")
@click.argument("names_value", metavar="NEW")
@_language
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    help="How it is used. [default: alternate; in the place of the preferred name: preferred]",
)
@click.option("--source", help="Where the new name comes from.")
@etag_option
@edit_options
@json_option
@place_options
def replace_name(
    entity_id: str, value: str, names_value: str, language: str | None, kind: str | None, source: str | None,
    etag: str | None, edit: Edit, as_json: bool, place: Place,
) -> None:  # fmt: skip
    """Put the name NEW in the place of OLD, in whatever language; where OLD is the preferred name, NEW is then.

    \b
    Example:
      normalizer gazetteer replace-name geonames:703448 Kiev Kyiv --language en --reason "the official name"
    """
    with usage():
        name = Name(names_value, language, NameKind(kind or NameKind.ALTERNATE), source)

    def replace(opened: Gazetteer) -> list[Entity]:
        if kind and value == opened.get(entity_id).name:
            raise click.UsageError(f"--kind: {value!r} is the preferred name, and NEW is preferred then, too")
        return [opened.replace_name(entity_id, value, name, edit, etag)]

    answer(replace, entity_id, as_json, place)


@click.command()
@entity_id_argument
@etag_option
@edit_options
@json_option
@place_options
def retire(entity_id: str, etag: str | None, edit: Edit, as_json: bool, place: Place) -> None:
    """Withdraw the entity of an ID: it is no answer any more, and `show` still finds it."""
    answer(lambda opened: [opened.retire(entity_id, edit, etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@etag_option
@edit_options
@json_option
@place_options
def revive(entity_id: str, etag: str | None, edit: Edit, as_json: bool, place: Place) -> None:
    """Take back the withdrawal of the entity of an ID: it is an answer again."""
    answer(lambda opened: [opened.revive(entity_id, edit, etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@click.argument("into", metavar="INTO")
@etag_option
@click.option("--into-etag", metavar="E", help="Only if the entity of INTO still has this etag.")
@edit_options
@json_option
@place_options
def merge(
    entity_id: str, into: str, etag: str | None, into_etag: str | None, edit: Edit, as_json: bool, place: Place
) -> None:
    """Merge the entity of ID into that of INTO: for two entries that are one thing. Shows the survivor.

    The survivor takes over the names that it lacks, and facts that it has none of. ID leads to it for ever, in hints
    and in `show`; what was merged into ID leads to it as well. `unmerge` takes it back.

    \b
    Example:
      normalizer gazetteer merge geonames:111 geonames:222 --reason "the same village twice"
    """
    answer(lambda opened: [opened.merge(entity_id, into, edit, etag, into_etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@click.option("--etag", metavar="E", help="Only if the survivor still has this etag, as `show ID` tells it.")
@edit_options
@json_option
@place_options
def unmerge(entity_id: str, etag: str | None, edit: Edit, as_json: bool, place: Place) -> None:
    """Undo the merge of ID: it is exactly as it was before. Shows it.

    Its survivor loses the names and facts that it has by merges only, unless something else that is merged into it has
    them too; what was edited since stays.
    """
    answer(lambda opened: [opened.unmerge(entity_id, edit, etag)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@click.argument("new_id", metavar="NEW_ID")
@click.argument("values", metavar="NAME...", nargs=-1, required=True)
@etag_option
@edit_options
@json_option
@place_options
def split(
    entity_id: str, new_id: str, values: tuple[str, ...], etag: str | None, edit: Edit, as_json: bool, place: Place
) -> None:
    """Move each NAME of the entity of ID to a new one, NEW_ID: for one entry that is two things. Shows both.

    The first NAME is the preferred one of the new entity, which is of the same type, kind, country and parents; `edit`
    changes what is not right.

    \b
    Example:
      normalizer gazetteer split geonames:111 normalizer:lower-kursk "Lower Kursk" "Нижний Курск"
    """
    answer(lambda opened: [*opened.split(entity_id, new_id, values, edit, etag)], entity_id, as_json, place)


def answer(action: Callable[[Gazetteer], list[Entity]], entity_id: str, as_json: bool, place: Place) -> None:
    """Open the gazetteer, do the action, and print the entities as they are then."""
    from normalizer.gazetteer import Gazetteer

    with closing(Gazetteer.open(place, write=True)) as opened, hinted(entity_id):
        entities = action(opened)
    tell(entities, as_json)


def tell(entities: list[Entity], as_json: bool, asked: str | None = None) -> None:
    """Print entities: a table for each, or a line of JSON. `asked` is the id that was, where that may be another."""
    for entity in entities:
        if as_json:
            click.echo(line(entity, asked))
        else:
            from normalizer.cli import tables

            tables.show(tables.of_entity(entity, asked))


@contextmanager
def hinted(entity_id: str) -> Iterator[None]:
    """Explain an unknown id, also to those who type the bare number of GeoNames."""
    try:
        yield
    except UnknownEntity as error:
        advice = "`normalizer match NAME` finds the ids of a name, `normalizer gazetteer create` makes a new one"
        if entity_id.isdecimal():
            advice = f"if it is a number of GeoNames, its id is geonames:{entity_id}"
        raise UnknownEntity(f"{error}; {advice}") from error
