"""`normalizer calibrate` and `normalizer train`: fit the model to one's own gazetteer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from normalizer.cli.options import json_option, place_options
from normalizer.cli.progress import progress_bars

if TYPE_CHECKING:
    from normalizer.gazetteer import Gazetteer
    from normalizer.index.builder import Progress
    from normalizer.store.place import Place
    from normalizer.training.fit import Fit

_COLUMNS = {"queries": "questions", "right first": "right first", "linked": "LINKED", "precision": "precision",
            "yield": "yield", "calibration error": "error"}  # fmt: skip
size_option = click.option("--size", type=click.IntRange(100, 1_000_000), default=20_000, show_default=True,
                           help="Questions to draw from the gazetteer's names.")  # fmt: skip


@click.command()
@size_option
@click.option("--shipped", is_flag=True, help="Go back to the model that is shipped.")
@json_option
@place_options
def calibrate(size: int, shipped: bool, as_json: bool, place: Place) -> None:
    """Learn what a probability is worth in your own gazetteer.

    Questions are drawn from its names: some are taken out, mistyped or inflected, and some entities are taken away. The
    weights stay as they are shipped; the probabilities and the thresholds of LINKED are fitted to the answers, and kept
    in the data directory. A server that runs takes them over when it starts again.

    \b
    Examples:
      normalizer calibrate
      normalizer calibrate --size 60000 --data DIR
      normalizer calibrate --shipped
    """
    from normalizer.training import own

    if shipped:
        with _opened(place) as gazetteer:
            there = own.forget(gazetteer)
        click.echo("the model that is shipped answers again" if there else "there was no model of its own")
    else:
        _fit(own.calibrate, size, as_json, place, "normalizer calibrate")


@click.command()
@size_option
@json_option
@place_options
def train(size: int, as_json: bool, place: Place) -> None:
    """Learn everything anew from your own gazetteer: weights, trees, probabilities.

    Worth it for a gazetteer unlike the default one, with ten thousand entities or more that have several names each;
    `normalizer calibrate` does for most. Needs the extra 'train'.

    \b
    Examples:
      normalizer train
      normalizer train --size 60000 --data DIR
    """
    from normalizer.training import own

    try:
        _fit(own.train, size, as_json, place, "normalizer train")
    except ImportError as missing:
        raise click.ClickException(str(missing)) from missing


def _opened(place: Place) -> Any:
    from contextlib import closing

    from normalizer.gazetteer import Gazetteer

    return closing(Gazetteer.open(place))


def _fit(fit: Callable[[Gazetteer, int, Progress], Fit], size: int, as_json: bool, place: Place, command: str) -> None:
    from normalizer.cli.tables import add_row, new_table, show
    from normalizer.training import own

    with _opened(place) as gazetteer, progress_bars() as progress:
        found = fit(gazetteer, size, progress)
        own.keep(gazetteer, found, f"{command} --size {size}")
    if as_json:
        click.echo(json.dumps(found.figures, ensure_ascii=False))
        return
    table = new_table("type", "script", *_COLUMNS.values(), numbers=[*_COLUMNS.values()])
    for row in found.figures:
        add_row(table, row["type"], row["script"], *(_cell(name, row[name]) for name in _COLUMNS))
    show(table)
    click.echo("Expected at the default precision, from questions that nothing was fitted to; percent.")


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if name == "queries" else f"{100 * value:.1f}"
