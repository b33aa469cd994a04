"""The tables of `normalizer evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from normalizer.cli.tables import add_row, new_table

if TYPE_CHECKING:
    from normalizer.evaluation.answers import Answer
    from normalizer.evaluation.figures import Figures
    from normalizer.evaluation.frozen import Changed, Comparison

COLUMNS = ("rows", "r@1", "r@5", "linked", "precision", "yield", "false", "error")
LEGEND = (
    "Percent. r@1, r@5: the right one first, among five; precision: right, of those LINKED; yield: LINKED and right,\n"
    "of the cases with an answer; false: LINKED, of those that should be NIL; error: of calibration, in points."
)
MOST_SHOWN = 20
"""Changed answers that are shown."""
_GROUP_WIDTH = 24
"""Letters after which the name of a group goes on in the next line, so that its figures fit beside it."""
_VERDICTS = {"worse": "red", "better": "green", "other": "dim"}


def of_figures(field: str, groups: Mapping[str, Figures]) -> Table:
    """One line per group, in the order given."""
    table = _table(field)
    for group, figures in groups.items():
        add_row(table, group, *(_cell(name, figures[name]) for name in COLUMNS))
    return table


def _table(field: str) -> Table:
    """Return an empty table of figures that fits on a terminal of eighty columns."""
    table = new_table(field, *COLUMNS, numbers=COLUMNS)
    table.columns[0].max_width = _GROUP_WIDTH
    if table.box:
        table.padding = (0, 0, 0, 0)
    return table


def of_change(comparison: Comparison) -> Table:
    """Every figure of all cases then and now, and its change."""
    from normalizer.evaluation.figures import figures

    table = _table("")
    then, now = figures(comparison.then), figures(comparison.now)
    add_row(table, "then", *(_cell(name, then[name]) for name in COLUMNS))
    add_row(table, "now", *(_cell(name, now[name]) for name in COLUMNS))
    add_row(table, "change", *(_change(name, then[name], now[name]) for name in COLUMNS))
    return table


def of_changed(changed: Sequence[Changed]) -> Table:
    """The first MOST_SHOWN answers that changed, with the first candidates then and now."""
    table = new_table("verdict", "case", "mention", "right", "then", "now")
    for one in changed[:MOST_SHOWN]:
        case = one.now.case
        right = ", ".join(sorted(case.accepted)[:2]) or "NIL"
        cells = (one.verdict, case.id, case.mention.text, right, _answered(one.then), _answered(one.now))
        add_row(table, *cells, style=_VERDICTS[one.verdict])
    return table


def _answered(answer: Answer) -> str:
    return f"{answer.outcome} {answer.first or ''} {answer.probability:.3f}" if answer.first else str(answer.outcome)


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name == "rows" else f"{100 * value:.1f}"


def _change(name: str, then: float | None, now: float | None) -> str:
    if name == "rows" or then is None or now is None:
        return ""
    return f"{100 * (now - then):+.1f}"
