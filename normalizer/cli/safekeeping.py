"""`normalizer gazetteer backup`, `restore`: the store as one file, taken while it is in use."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.options import place_options

if TYPE_CHECKING:
    from normalizer.store.place import Place
from normalizer.cli.progress import progress_bars


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@place_options
def backup(file: Path, place: Place) -> None:
    """Write the store, with its whole history, to FILE; also while a server answers and takes edits.

    FILE is the gazetteer as it was at one moment, and is there as a whole or not at all. It has everything that cannot
    be made again: `restore` compiles the index from it. It is an SQLite file, also of a store in PostgreSQL. An earlier
    backup is replaced; any other file, and those of a gazetteer, are left alone.

    \b
    Example:
      normalizer gazetteer backup /backups/$(date +%F).sqlite
    """
    from normalizer.store import Store

    with closing(Store.open(*place)) as store:
        proof = store.backup(file)
    click.echo(f"{file} holds revision {proof.revisions} ({proof.active:,} active entities), verified")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of the gazetteer that is there, which is kept beside it."
)
@place_options
def restore(file: Path, replace: bool, place: Place) -> None:
    """Make a gazetteer of FILE, which `backup` wrote: verify it, put it in its place, and compile its index.

    With --store it is read into an empty PostgreSQL database: that is how a gazetteer moves there, and back.

    \b
    Examples:
      normalizer gazetteer restore /backups/2026-05-01.sqlite --data ./restored
      normalizer gazetteer restore /backups/2026-05-01.sqlite --store postgresql://editor@db.example.org/places
    """
    from normalizer.gazetteer import Gazetteer

    with (
        progress_bars() as progress,
        closing(Gazetteer.restore(place, file, replace, progress)) as opened,
    ):
        click.echo(f"the gazetteer in {opened.name} is at revision {opened.revision}")
