"""`normalizer gazetteer backup`, `restore`: the store as one file, taken while it is in use."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from normalizer.cli.options import data_option
from normalizer.cli.progress import progress_bars


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Write the store, with its whole history, to FILE; also while a server answers and takes edits.

    FILE is the gazetteer as it was at one moment, and is there as a whole or not at all. It has everything that cannot
    be made again: `restore` compiles the index from it.

    \b
    Example:
      normalizer gazetteer backup /backups/$(date +%F).sqlite
    """
    from normalizer.pipeline import data_directory
    from normalizer.store.sqlite import Store

    with closing(Store.open(data_directory(data))) as store:
        proof = store.backup(file)
    click.echo(f"{file} holds revision {proof.revisions} ({proof.active:,} active entities), verified")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of the gazetteer that is there, which is kept beside it."
)
@data_option
def restore(file: Path, replace: bool, data: Path | None) -> None:
    """Make a gazetteer of FILE, which `backup` wrote: verify it, put it in its place, and compile its index.

    \b
    Example:
      normalizer gazetteer restore /backups/2026-05-01.sqlite --data ./restored
    """
    from normalizer.gazetteer import Gazetteer
    from normalizer.pipeline import data_directory

    with (
        progress_bars() as progress,
        closing(Gazetteer.restore(data_directory(data), file, replace, progress)) as opened,
    ):
        click.echo(f"the gazetteer in {opened.directory} is at revision {opened.revision}")
