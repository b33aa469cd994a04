"""`normalizer evaluate`: how often is it right on labelled cases?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.options import json_option, place_options, precision_option, usage
from normalizer.cli.progress import progress_bars, waiting
from normalizer.terms import InvalidInput

if TYPE_CHECKING:
    from normalizer.evaluation.answers import Run
    from normalizer.evaluation.frozen import Comparison
    from normalizer.store.place import Place


_MOST_MISSING = 5
"""Ids of those that are expected and not there that are shown."""


@click.command()
@click.argument("cases", metavar="CASES")
@click.option("--hint", "hints", default="", metavar="H,...", help="Hints to pass: country, lang, parent, coordinates, "
              "date, context (document and co-mentions). [default: none but the type]")  # fmt: skip
@click.option("--by", "fields", multiple=True, metavar="FIELD", help="Group by a field of the cases; may be repeated. "
              "[default: script, type, stratum, difficulty]")  # fmt: skip
@precision_option
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Draw reliability.png and precision-yield.png into DIR. Needs the extra 'plots'.")  # fmt: skip
@click.option("--freeze", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Keep the run: figures, every answer, versions.")  # fmt: skip
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Compare with a run that was kept.")  # fmt: skip
@json_option
@place_options
def evaluate(
    cases: str,
    hints: str,
    fields: tuple[str, ...],
    precision: float | None,
    plots: Path | None,
    freeze: Path | None,
    against: Path | None,
    as_json: bool,
    place: Place,
) -> None:
    """Ask the labelled CASES and say how often the answers are right, the weakest groups first.

    CASES is JSON Lines (.jsonl or .jsonl.gz), one case a line: `id`, `text` (or `query`), `expected` (the id of the
    right entity; null where NIL is right), perhaps `expected_any` (ids that are as right when no hint is passed),
    `type`, hints, and whatever else --by may name. The script of a text is worked out where its case does not say it.

    \b
    Examples:
      normalizer evaluate cases.jsonl
      normalizer evaluate cases.jsonl.gz --hint country --by country --by stratum
      normalizer evaluate cases.jsonl --plots pictures --freeze before.json
      normalizer evaluate cases.jsonl --against before.json
    """
    from normalizer.evaluation import answers, frozen, pictures
    from normalizer.evaluation.figures import fields_of
    from normalizer.pipeline import Normalizer

    chosen = _hints(hints)
    if plots:
        pictures.check()
    with Normalizer.open(place) as normalizer, progress_bars(lines=False) as progress:
        run = answers.evaluate(normalizer, cases, chosen, precision, progress)
        missing = answers.unanswerable(normalizer, run.answers)
    if missing:
        shown = ", ".join(missing[:_MOST_MISSING]) + (", …" if len(missing) > _MOST_MISSING else "")
        click.echo(f"expected, but not in this gazetteer, so that no answer can be right: {shown}", err=True)
    with usage():
        groups = fields_of(run.answers, fields)
    comparison = frozen.compare(against, run) if against else None
    if freeze:
        frozen.write(freeze, run, groups)
    if plots:
        _draw(plots, run)
    (_print_json if as_json else _print_tables)(run, groups, comparison)


def _hints(text: str) -> tuple[str, ...]:
    from normalizer.evaluation.cases import HINTS

    hints = tuple(dict.fromkeys(hint.strip() for hint in text.split(",") if hint.strip()))
    with usage():
        for hint in hints:
            if hint not in HINTS:
                raise InvalidInput("hint", f"{hint!r} is not one of {', '.join(HINTS)}")
    return hints


def _draw(folder: Path, run: Run) -> None:
    from normalizer.evaluation import pictures

    folder.mkdir(parents=True, exist_ok=True)
    title = f"{run.name}: {len(run.answers):,} cases"
    with waiting("drawing"):
        pictures.draw_reliability(folder / "reliability.png", title, run.answers)
        pictures.draw_precision_yield(folder / "precision-yield.png", title, {run.name: run.answers})
    click.echo(f"drew {folder / 'reliability.png'} and {folder / 'precision-yield.png'}", err=True)


def _print_json(run: Run, fields: Sequence[str], comparison: Comparison | None) -> None:
    from normalizer.evaluation import frozen

    said = frozen.summary(run, fields)
    if comparison:
        said["against"] = frozen.comparison_summary(comparison)
    click.echo(json.dumps(said, ensure_ascii=False))


def _print_tables(run: Run, fields: Sequence[str], comparison: Comparison | None) -> None:
    from normalizer.cli import figure_tables, tables
    from normalizer.evaluation.figures import by, figures

    versions = run.versions
    click.echo(f"{run.name}: asked with {', '.join(run.hints) or 'no hint'}, precision {run.precision or 'default'}")
    click.echo(f"revision {versions.revision}, rulebook {versions.rulebook}, model {versions.model}\n")
    tables.show(figure_tables.of_figures("", {"ALL": figures(run.answers)}))
    for field in fields:
        click.echo()
        tables.show(figure_tables.of_figures(field, by(run.answers, field)))
    click.echo(f"\n{figure_tables.LEGEND}")
    if comparison:
        _print_comparison(comparison)


def _print_comparison(comparison: Comparison) -> None:
    from normalizer.cli import figure_tables, tables

    changed = comparison.changed
    click.echo(f"\nagainst the frozen run ({'; '.join(comparison.differences) or 'asked the same way'})\n")
    tables.show(figure_tables.of_change(comparison))
    only_then, only_now = comparison.alone
    if only_then or only_now:
        click.echo(f"\nleft out: {only_then} cases that only the frozen run has, {only_now} that only this one has")
    verdicts = ", ".join(f"{comparison.count(verdict)} {verdict}" for verdict in ("worse", "better", "other"))
    click.echo(f"\nanswers changed: {len(changed)} ({verdicts})")
    if changed:
        click.echo()
        tables.show(figure_tables.of_changed(changed))
    if len(changed) > figure_tables.MOST_SHOWN:
        click.echo(f"\n… and {len(changed) - figure_tables.MOST_SHOWN} more")
