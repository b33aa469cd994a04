"""`normalizer replay`: which answers a change of the gazetteer changes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from normalizer.batch.asking import Question
from normalizer.batch.formats import format_of
from normalizer.cli.options import checked, given, hint_options, json_option, place_options, precision_option, usage
from normalizer.cli.progress import progress_bars
from normalizer.terms import NormalizerError, Resolution

if TYPE_CHECKING:
    from normalizer.batch.replay import Replayed
    from normalizer.store.place import Place

_MOST = 10**9
_revision = click.IntRange(1, _MOST)


@click.command()
@click.argument("source", metavar="CASES")
@click.option("--from", "one", type=_revision, required=True, metavar="REV", help="The revision to compare with.")
@click.option("--to", "other", type=_revision, metavar="REV", help="The revision to compare. [default: the newest]")
@click.option("--column", default="text", show_default=True, help="The column that holds the names.")
@hint_options
@precision_option
@json_option
@place_options
def replay(
    source: str,
    one: int,
    other: int | None,
    column: str,
    precision: float | None,
    as_json: bool,
    place: Place,
    **hints: str | None,
) -> None:
    """Ask every row of CASES at two revisions, and show those whose answer differs, with the changes behind it.

    CASES is a file as `batch` reads it. An answer differs when its outcome does, or the entity in front. `diff` and
    `history` tell more about the entities; `revert` takes a change back.

    \b
    Example:
      normalizer replay last-week.csv --from 17
    """
    with usage(NormalizerError):
        format_of(source)
    from normalizer.batch.replay import Between
    from normalizer.batch.replay import replay as replayed
    from normalizer.pipeline import Normalizer

    question = Question(column, given(hints), precision)
    with Normalizer.open(place, kept=_MOST) as normalizer:
        checked(normalizer, question)
        between = Between(one, other or normalizer.gazetteer.revision)
        with progress_bars(lines=False) as progress:
            rows = list(replayed(normalizer, source, question, between, progress))
    different = [row for row in rows if row.differs]
    _tell(different, as_json)
    click.echo(
        f"{len(rows):,} answers at revisions {between.one} and {between.other}: {len(different):,} differ", err=True
    )


def _tell(rows: list[Replayed], as_json: bool) -> None:
    if as_json:
        for row in rows:
            record = {
                "line": row.line,
                "text": row.text,
                "before": _answer(row.before),
                "after": _answer(row.after),
                "changes": [asdict(change) for change in row.changes],
            }
            click.echo(json.dumps(record, ensure_ascii=False))
    elif rows:
        from normalizer.cli import tables

        tables.show(tables.of_replayed([(row.text, row.before, row.after, row.changes) for row in rows]))
    sys.stdout.flush()


def _answer(answer: Resolution) -> dict[str, object]:
    first = answer.candidates[0].entity_id if answer.candidates else None
    return {"outcome": answer.outcome, "entity_id": first, "probability": answer.probability, "why": answer.why}
