"""`normalizer gazetteer edit`: an entity as a text in the editor of whoever edits it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.entity import entity_id_argument, etag_option, hinted, tell
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
@entity_id_argument
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Apply the text of a FILE, as it was kept, without an editor.",
)
@etag_option
@edit_options
@json_option
@place_options
def edit(entity_id: str, file: Path | None, etag: str | None, edit: Edit, as_json: bool, place: Place) -> None:
    """Edit the entity of an ID as a small text in $VISUAL or $EDITOR: its fields and its names, one a line.

    What is wrong is said with its line, and the text can be edited again. When somebody else has changed the entity
    meanwhile, nothing is applied. A text that was not applied is kept in a file: --from takes it, if the entity still
    is as it was when the text was written, or has the --etag that you have seen.

    \b
    Examples:
      EDITOR=nano normalizer gazetteer edit geonames:486816 --reason "names from the new map"
      normalizer gazetteer edit geonames:486816 --from /tmp/tmp1b2c.entity
    """
    from normalizer.cli import entity_text
    from normalizer.gazetteer import Gazetteer
    from normalizer.rulebook import Rulebook
    from normalizer.store import Store
    from normalizer.store.draft import check_etag

    with closing(Store.open(*place)) as store, hinted(entity_id):
        before = store.get(entity_id)
    if not file:
        check_etag(before, etag)
    countries = Rulebook.load().countries
    with nullcontext(file) if file else _kept(entity_text.write(before)) as path:
        if file:
            after = _read(path, before, countries)
            written = entity_text.basis(_text(path), before)
            basis = etag or written
        else:
            basis = before.etag
            after = _edited(path, before, countries)
        changed = [field for field in _FIELDS if getattr(after, field) != getattr(before, field)]
        if not changed:
            click.echo("nothing was changed", err=True)
            return
        with closing(Gazetteer.open(place, write=True)) as opened:
            entity = opened.update(after, changed, edit, basis)
    tell([entity], as_json)


@contextmanager
def _kept(text: str) -> Iterator[Path]:
    """A file with a text, which stays where it is when what has become of it cannot be used."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".entity", delete=False) as file:
        file.write(text)
    path = Path(file.name)
    try:
        yield path
    except BaseException:  # Ctrl-C, too
        if path.exists() and path.read_bytes() != text.encode():
            click.echo(f"The text is kept in {path}, for --from", err=True)
        else:
            path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def _edited(path: Path, before: Entity, countries: Collection[str]) -> Entity:
    """The entity after the edit of a file; what is wrong is shown, and edited again if it can be."""
    while True:
        _open(path)
        try:
            return _read(path, before, countries)
        except InvalidInput as error:
            if not sys.stdin.isatty():
                raise
            click.echo(str(error), err=True)
            if not click.confirm("Edit it again?", default=True, err=True):
                raise NormalizerError("nothing was changed") from error


def _open(path: Path) -> None:
    """Let somebody edit a file. Raises NormalizerError when that cannot be or was given up."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor and not sys.stdin.isatty():
        raise NormalizerError(
            "there is no terminal, and neither $VISUAL nor $EDITOR names an editor: set one, or use `update`"
        )
    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        raise NormalizerError(
            f"the editor failed, so nothing was changed ({error.message}); $VISUAL, else $EDITOR, names another one"
        ) from error


def _text(path: Path) -> str:
    """The text of a file. Raises InvalidInput when it is not UTF-8, and NormalizerError when there is none."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise InvalidInput(f"line {number}", "is not valid UTF-8; save the text as UTF-8") from None
    except FileNotFoundError:
        raise NormalizerError("the editor has deleted the file, so nothing was changed") from None


def _read(path: Path, before: Entity, countries: Collection[str]) -> Entity:
    """The entity that the text of a file makes of one; of an empty text, the same. Raises InvalidInput."""
    from normalizer.cli import entity_text

    text = _text(path)
    if not text.strip():
        return before
    after = entity_text.read(text, before)
    try:
        check_country(after.country, countries)
    except InvalidInput as error:
        raise InvalidInput(f"line {entity_text.line_of(text, 'country')}, country", error.problem) from None
    return after
