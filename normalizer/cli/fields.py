"""`normalizer gazetteer create` and `update`: an entity by what is said of it in options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.entity import answer, entity_id_argument, etag_option
from normalizer.cli.options import check_country, edit_options, json_option, place_options, usage
from normalizer.terms import Edit, Entity, InvalidInput, Name

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer
    from normalizer.store.place import Place

_OPTIONS = {
    "type": ("--type", "T", str, "place, person, organization, or a type of the gazetteer's own."),
    "names": (
        "--name",
        "VALUE[:LANG]",
        str,
        "A further name, with its BCP 47 tag, or with a last colon and none; more than one can be given.",
    ),
    "kind": ("--kind", "K", str, "Of a place: city, country, admin1 to admin3, or a feature such as river."),
    "country": ("--country", "CC", str, "ISO 3166-1 alpha-2 code, such as UA."),
    "parents": ("--parent", "ID", str, "Id of an entity that directly contains it; more than one can be given."),
    "population": ("--population", "N", int, "Number of inhabitants."),
    "coordinates": ("--coordinates", "LAT,LON", str, "In degrees, WGS 84."),
}
"""The option of each field: its name, what it takes, and its help."""
_LISTS = {"names", "parents"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-|\Z)")
"""How a BCP 47 tag begins, and hardly a word behind a colon."""


def _field_options(*needed: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """An option for each field; those that were given are passed on as `fields`, as an Entity takes them."""

    def decorate(command: Callable[..., object]) -> Callable[..., object]:
        @wraps(command)
        def with_fields(**others: Any) -> object:
            typed = {field: others.pop(field) for field in _OPTIONS}
            with usage():
                fields = _read({field: value for field, value in typed.items() if value not in (None, ())})
            return command(fields=fields, **others)

        for field, (name, metavar, kind, text) in reversed(_OPTIONS.items()):
            option = click.option(
                name, field, metavar=metavar, type=kind, required=field in needed, multiple=field in _LISTS, help=text
            )
            with_fields = option(with_fields)
        return with_fields

    return decorate


@click.command()
@entity_id_argument
@click.argument("name", metavar="NAME")
@_field_options("type")
@edit_options
@json_option
@place_options
def create(
    entity_id: str, name: str, fields: Mapping[str, Any], edit: Edit, as_json: bool, place: Place
) -> None:  # fmt: skip
    """Add an entity with an ID of its own and its preferred NAME; the next call finds it.

    A --name of the same letters as NAME says the language of NAME. An ID is for ever: it may be of another data set, as
    geonames:486816 is, or begin with a word of your own.

    \b
    Example:
      normalizer gazetteer create report:guevo Guevo --type place --kind city --country RU --name Guevo:en \\
        --name Гуево:ru --parent geonames:486813 --coordinates 51.18,35.36 --reason "a map"
    """
    with usage():
        entity = Entity(entity_id, name=name, **fields)
    answer(lambda opened: [opened.create(entity, edit)], entity_id, as_json, place)


@click.command()
@entity_id_argument
@_field_options()
@etag_option
@edit_options
@json_option
@place_options
def update(
    entity_id: str, fields: Mapping[str, Any], etag: str | None, edit: Edit, as_json: bool, place: Place
) -> None:  # fmt: skip
    """Change what the options say of the entity of an ID, and nothing else.

    --parent takes the place of all its parents, and --name that of all its names but the preferred one: `add-name`,
    `remove-name` and `replace-name` change a single one, and `edit` also takes away what is known.

    \b
    Example:
      normalizer gazetteer update geonames:486816 --population 5127 --reason "census of 2021"
    """
    if not fields:
        raise click.UsageError("say what is to be changed, such as --population 5127")

    def change(opened: Gazetteer) -> list[Entity]:
        before = opened.get(entity_id)
        given = dict(fields)
        if "names" in given and before.name not in [name.value for name in given["names"]]:
            given["names"] = (next(name for name in before.names if name.value == before.name), *given["names"])
        with usage():
            after = replace(before, id=entity_id, **given)
        return [opened.update(after, fields, edit, etag)]

    answer(change, entity_id, as_json, place)


def _read(typed: dict[str, Any]) -> dict[str, Any]:
    """The fields of an entity as they were typed. Raises InvalidInput."""
    fields: dict[str, Any] = {field: tuple(value) if field in _LISTS else value for field, value in typed.items()}
    if "names" in fields:
        fields["names"] = tuple(map(_name, fields["names"]))
    if "coordinates" in fields:
        fields["latitude"], fields["longitude"] = _point(fields.pop("coordinates"))
    if "country" in fields:
        from normalizer.rulebook import Rulebook

        check_country(fields["country"], Rulebook.load().countries)
    return fields


def _name(typed: str) -> Name:
    """A name, with the language behind the last colon; what is none by its letters is a part of the name.

    >>> [(name.value, name.language) for name in map(_name, ["Суджа:ru", "Radio:Liberty", "Re:view", "a:bc:"])]
    [('Суджа', 'ru'), ('Radio:Liberty', None), ('Re:view', None), ('a:bc', None)]
    """
    value, colon, language = typed.rpartition(":")
    if not colon or (language and not _LANGUAGE.match(language)):
        return Name(typed)
    return Name(value, language or None)


def _point(typed: str) -> tuple[float, float]:
    try:
        latitude, longitude = map(float, typed.split(","))
    except ValueError:
        raise InvalidInput("coordinates", f"must be LAT,LON in degrees such as 51.19,35.27, not {typed!r}") from None
    return latitude, longitude
