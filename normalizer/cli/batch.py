"""`normalizer batch`: a file of mentions into a file of answers."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from normalizer.batch.asking import Question
from normalizer.batch.formats import format_of
from normalizer.cli.options import REJECTED, checked, given, hint_options, place_options, precision_option, usage
from normalizer.cli.progress import progress_bars
from normalizer.terms import NormalizerError

if TYPE_CHECKING:
    from normalizer.batch.run import Tally
    from normalizer.store.place import Place


@click.command()
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", "target", required=True, metavar="OUTPUT", help="The file of answers; - for a pipe.")
@click.option("--column", default="text", show_default=True, help="The column that holds the names.")
@hint_options
@precision_option
@click.option("--explain", is_flag=True, help="Write the evidence behind every candidate.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that answer a large file; a pipe is answered by one. [default: one for each processor]",
)
@place_options
def batch(
    source: str,
    target: str,
    column: str,
    precision: float | None,
    explain: bool,
    jobs: int | None,
    place: Place,
    **hints: str | None,
) -> None:
    """Resolve every row of INPUT into OUTPUT, in the same order, with all its columns.

    Files end in .jsonl, .csv or .tsv, with .gz when compressed; - is JSON Lines through a pipe. The name is in the
    column `text`. The columns type, country, parent, lat with lon and co_mentions (other names of the same document)
    are hints; lang, date and document are accepted, but are not evidence yet. The options below stand in where a row
    has none.

    A row that cannot be read becomes a row with the outcome ERROR, in its place, and the exit code is 3. OUTPUT
    appears under its name only when it is complete.

    \b
    Examples:
      normalizer batch mentions.jsonl -o answers.jsonl
      normalizer batch villages.csv.gz -o answers.csv --column village --type place --country UA
      cat mentions.jsonl | normalizer batch - -o - | jq .entity_id
    """
    with usage(NormalizerError):
        for path in (source, target):
            format_of(path)
    from normalizer.batch.run import run
    from normalizer.batch.workers import Workers
    from normalizer.index.builder import cores
    from normalizer.pipeline import Normalizer

    signal.signal(signal.SIGTERM, _stopped)
    question = Question(column, given(hints), precision, explain)
    with Normalizer.open(place) as normalizer:
        checked(normalizer, question)
        with progress_bars(lines=False) as progress:
            tally = run(normalizer, source, target, question, progress, Workers(place, question, jobs or cores()))
    _report(tally)
    if tally.rejected:
        sys.exit(REJECTED)


def _stopped(number: int, _: object) -> NoReturn:
    """End as Ctrl-C does, with OUTPUT as it was: schedulers and containers send this signal."""
    click.echo("stopped; a file of answers is as it was before", err=True)
    sys.exit(128 + number)


def _report(tally: Tally) -> None:
    counts = ", ".join(f"{outcome} {number}" for outcome, number in sorted(tally.outcomes.items()))
    click.echo(f"{tally.rows} {'row' if tally.rows == 1 else 'rows'}: {counts or 'none'}", err=True)
    for column, name in tally.renamed.items():
        click.echo(f"the input's column {column!r} is written as {name!r}", err=True)
    if tally.rejected:
        click.echo(f"rejected: {tally.rejected}; the outcome is ERROR and 'why' tells the reason", err=True)
