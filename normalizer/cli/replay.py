"""`normalizer replay`: which answers a change of the gazetteer, of the model or of the rules changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from normalizer.batch.asking import Question
from normalizer.batch.formats import format_of
from normalizer.cli.options import (
    REJECTED,
    checked,
    given,
    hint_options,
    json_option,
    place_options,
    precision_option,
    usage,
)
from normalizer.cli.progress import progress_bars
from normalizer.terms import InvalidInput, NormalizerError, Resolution

if TYPE_CHECKING:
    from normalizer.batch.replay import Replayed
    from normalizer.index.builder import Progress
    from normalizer.pipeline import Normalizer
    from normalizer.store.place import Place

_MOST = 10**9
_revision = click.IntRange(1, _MOST)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("source", metavar="CASES")
@click.option("--from", "one", type=_revision, metavar="REV", help="The revision before. [default: the newest]")
@click.option("--to", "other", type=_revision, metavar="REV", help="The revision after. [default: the newest]")
@click.option("--model", metavar="DIR", help="After, answer by the model of a folder; `shipped` is the one shipped.")
@click.option("--rules", type=_folder, metavar="DIR", help="After, answer under the rules of a folder.")
@click.option("--column", default="text", show_default=True, help="The column that holds the names.")
@hint_options
@precision_option
@json_option
@place_options
def replay(
    source: str,
    one: int | None,
    other: int | None,
    model: str | None,
    rules: Path | None,
    column: str,
    precision: float | None,
    as_json: bool,
    place: Place,
    **hints: str | None,
) -> None:
    """Ask every row of CASES twice, and show those whose answers differ, with the reason of each.

    CASES is a file as `batch` reads it, or a log of `serve --log-mentions`. An answer differs when its outcome does, or
    the entity in front. Before is the gazetteer as it answers now, or at the revision --from, and without any option
    what the log says; after is what the other options say. Between two revisions, the changes behind a difference are
    shown: `diff` and `history` tell more, `revert` takes one back.

    \b
    Examples:
      normalizer replay last-week.csv --from 17
      normalizer replay last-week.csv --model ./fitted/model
      normalizer replay last-week.csv --rules ./checkout/normalizer/rules
    """
    with usage(NormalizerError):
        format_of(source)
        _check_rules(rules)
    from normalizer.batch.replay import Replayed, Side
    from normalizer.batch.replay import replay as replayed
    from normalizer.pipeline import Normalizer

    question = Question(column, given(hints), precision)
    with Normalizer.open(place, kept=_MOST) as now:
        checked(now, question)
        newest = now.gazetteer.revision
        with progress_bars(lines=False) as progress, _other(now, model, rules, progress) as then:
            before = Side(now, one or newest) if one or other or model or rules else None
            after = Side(then, other or newest)
            rows = list(replayed(before, after, source, question, progress))
    for number, row in enumerate(rows, 1):
        if isinstance(row, InvalidInput):
            click.echo(f"row {number}: {row}", err=True)
    answers = [row for row in rows if isinstance(row, Replayed)]
    different = [row for row in answers if row.differs]
    _tell(different, as_json)
    compared = _between(before and before.revision, after.revision, model, rules)
    rejected = len(rows) - len(answers)
    unread = f"; rows that cannot be asked: {rejected:,}" if rejected else ""
    click.echo(f"{len(answers):,} answers {compared}: {len(different):,} differ{unread}", err=True)
    if rejected:
        sys.exit(REJECTED)


def _check_rules(folder: Path | None) -> None:
    """Raise NormalizerError for a folder without a table."""
    if folder is not None and not any(folder.glob("*.tsv")):
        raise NormalizerError(f"--rules: {folder} has no rules; name a folder of tables like normalizer/rules")


@contextmanager
def _other(now: Normalizer, model: str | None, rules: Path | None, progress: Progress) -> Iterator[Normalizer]:
    """Who answers afterwards: by the model and under the rules of these folders, where they are given."""
    from normalizer.gazetteer import Gazetteer
    from normalizer.matching.model import MODEL, Model
    from normalizer.pipeline import Normalizer, fitted
    from normalizer.rulebook import Rulebook

    place = now.gazetteer.place
    chosen = Model.load(MODEL if model == "shipped" else Path(model)) if model else fitted(place.directory)
    if rules is None:
        yield Normalizer(now.gazetteer, chosen) if model else now
        return
    rulebook = Rulebook.load(rules)
    with (
        TemporaryDirectory(prefix="normalizer-replay-") as folder,
        Gazetteer.under(rulebook, place, Path(folder), _MOST, progress) as gazetteer,
    ):
        yield Normalizer(gazetteer, chosen)


def _between(before: int | None, after: int, model: str | None, rules: Path | None) -> str:
    """What was compared, in words."""
    if before is None:
        return f"of the log and at revision {after}"
    parts = [f"at revision {before}" if before == after else f"at revisions {before} and {after}"]
    parts += [f"with the model {model}"] if model else []
    parts += [f"under the rules {rules}"] if rules else []
    return ", ".join(parts)


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
