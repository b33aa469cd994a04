"""`normalizer compare`: two names without a gazetteer, typed or piped in."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from normalizer.batch.reading import Row
from normalizer.cli.match import chunks_of_lines
from normalizer.cli.options import COMPILING, REJECTED, json_option, usage
from normalizer.cli.progress import waiting
from normalizer.terms import CARD_TYPES, Comparison, InvalidInput


@click.command()
@click.argument("names", nargs=-1, metavar="[ONE OTHER]")
@click.option("--type", "entity_type", type=click.Choice(CARD_TYPES), default="place", show_default=True,
              help="What both are names of.")  # fmt: skip
@json_option
def compare(names: tuple[str, ...], entity_type: str, as_json: bool) -> None:
    """Say how probable it is that ONE and OTHER name the same, without any gazetteer.

    Without them, lines are read from standard input, each with two names and a tab between. The probability is that
    of a list in which every second pair belongs together; namesakes are the same to it.

    \b
    Examples:
      normalizer compare Guevo Гуево
      normalizer compare "Gen. Oleksandr Syrskyi" "Сирський Олександр" --type person
      cut -f 2,5 pairs.tsv | normalizer compare --json
    """
    from normalizer.comparing import Comparer

    if len(names) not in (0, 2):
        raise click.UsageError(f"ONE OTHER: two names are compared, not {len(names)}")
    comparer = Comparer()
    if names:
        one, other = names
        with usage(), waiting(COMPILING):
            answer = comparer.compare(one, other, entity_type)
        _show([(one, other, answer)], as_json)
        return
    rejected = 0
    for rows in chunks_of_lines("type two names a line, with a tab between"):
        found: list[tuple[str, str, Comparison]] = []
        for row in rows:
            try:
                one, other = _names(row)
                found.append((one, other, comparer.compare(one, other, entity_type)))
            except InvalidInput as problem:
                click.echo(f"line {row.line}: {problem}", err=True)
                rejected += 1
        _show(found, as_json, header=rows[0].line == 1)
    if rejected:
        sys.exit(REJECTED)


def _names(row: Row) -> tuple[str, str]:
    """Return the two names of a line. Raises InvalidInput when it has no two."""
    if row.problem:
        raise row.problem
    cells = str(row.values["text"]).split("\t")
    if len(cells) != 2:
        raise InvalidInput("text", f"must be two names with a tab between, this has {len(cells)}")
    return cells[0], cells[1]


def _show(found: Sequence[tuple[str, str, Comparison]], as_json: bool, header: bool = True) -> None:
    if as_json:
        for one, other, answer in found:
            click.echo(json.dumps({"one": one, "other": other, **asdict(answer)}, ensure_ascii=False))
        return
    from normalizer.cli import tables

    table = tables.new_table("one", "other", "probability", "why")
    table.show_header = header
    for one, other, answer in found:
        tables.add_row(table, one, other, f"{answer.probability:.3f}", answer.why)
    if found:
        tables.show(table)
