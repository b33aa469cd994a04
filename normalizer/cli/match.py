"""`normalizer match`: a few names, typed or piped in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

import click

from normalizer.batch.asking import Question, Result, ask
from normalizer.batch.formats import open_source
from normalizer.batch.reading import Row, read_names
from normalizer.batch.rows import result_fields
from normalizer.cli.options import (
    REJECTED,
    beside_option,
    checked,
    given,
    hint_options,
    json_option,
    place_options,
    precision_option,
    usage,
)
from normalizer.terms import InvalidInput, Resolution

if TYPE_CHECKING:
    from normalizer.pipeline import Normalizer
    from normalizer.store.place import Place

CHUNK = 200
"""Piped lines that are asked at once. Lines typed at a terminal are answered one by one."""


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@hint_options
@beside_option
@precision_option
@click.option("--explain", is_flag=True, help="Show for each TEXT what `normalizer explain` shows.")
@json_option
@place_options
def match(
    texts: tuple[str, ...],
    co_mentions: tuple[str, ...],
    precision: float | None,
    explain: bool,
    as_json: bool,
    place: Place,
    **hints: str | None,
) -> None:
    """Find the entity that each TEXT names. Without TEXT, lines are read from standard input.

    \b
    Examples:
      normalizer match Guevo Суджа "Sudzha district"
      normalizer match "Belovsky district" --country RU --parent geonames:538555
      normalizer match Tripoli --beside Beirut --beside Sidon
      normalizer match Selenskyj --type person --json
      cut -f 3 report.tsv | normalizer match --country UA
    """
    from normalizer.pipeline import Normalizer

    question = Question("text", given(hints), precision, explain, co_mentions)
    with Normalizer.open(place) as normalizer:
        checked(normalizer, question)
        if texts:
            answer_arguments(normalizer, texts, question, as_json)
            return
        rejected = 0
        for rows in chunks_of_lines():
            results = ask(normalizer, rows, question)
            _show(rows, results, question, as_json)
            rejected += sum(isinstance(result, InvalidInput) for result in results)
    if rejected:
        sys.exit(REJECTED)


def answer_arguments(normalizer: Normalizer, texts: Sequence[str], question: Question, as_json: bool) -> None:
    """Answer what was typed as a whole, or not at all when something about it is wrong."""
    rows = [Row(number, {"text": text}) for number, text in enumerate(texts, start=1)]
    results = ask(normalizer, rows, question)
    for problem in results:
        if isinstance(problem, InvalidInput):
            with usage():
                raise problem
    _show(rows, results, question, as_json)


def chunks_of_lines(prompt: str = "type names, one a line") -> Iterator[list[Row]]:
    """Yield the lines of standard input, in the column `text`: some at a time, or one by one as they are typed."""
    with open_source("-") as source:
        typed = sys.stdin.isatty()
        size = 1 if typed else CHUNK
        if typed:
            click.echo(f"{prompt}; Ctrl-D ends", err=True)
        rows = read_names(source.lines)
        while chunk := list(islice(rows, size)):
            yield chunk


def _show(rows: Sequence[Row], results: Sequence[Result], question: Question, as_json: bool) -> None:
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, InvalidInput):
            click.echo(f"line {row.line}: {result}", err=True)
        if as_json:
            click.echo(_json(row, result))
    if not as_json:
        _show_table(rows, results, question.explain)


def _json(row: Row, result: Result) -> str:
    versions = {"versions": asdict(result.versions)} if isinstance(result, Resolution) else {}
    return json.dumps(row.values | result_fields(row, result) | versions, ensure_ascii=False)


def _show_table(rows: Sequence[Row], results: Sequence[Result], explain: bool) -> None:
    from normalizer.cli import panels, tables

    answered = zip((str(row.values["text"]) for row in rows), results, strict=True)
    good = [(text, result) for text, result in answered if isinstance(result, Resolution)]
    if explain:
        panels.show_explained(good)
    elif good:
        tables.show(tables.of_resolutions(good, header=rows[0].line == 1))
