"""What people see: tables on a terminal, and the same tables without frames or cuts when the output goes elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence

import click
from rich import box
from rich.console import Console, JustifyMethod, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from normalizer.terms import Candidate, Change, Difference, Entity, Outcome, Resolution, Versions

COLORS = {Outcome.LINKED: "green", Outcome.AMBIGUOUS: "yellow", Outcome.NIL: "dim"}
_WIDE = 1000
_UNBROKEN = {"outcome", "probability", "id"}
"""Columns whose cells are copied or compared: never folded."""
_SLACK = 8
"""Columns of a terminal that a table needs besides its longest words, since rich shares the room out evenly."""


def show(table: Table) -> None:
    """Print a table; on a narrow terminal, upright. Where nobody watches, nothing is cut or filled up to a width.

    Of a table without a row, it is said that there is nothing.
    """
    if not table.row_count:
        click.echo("there is nothing to show", err=True)
        return
    if sys.stdout.isatty():
        show_to_people(table, Console(highlight=False))
        return
    show_unframed(table)


def show_unframed(what: RenderableType) -> None:
    """Print something where nobody watches: wide enough for all of it, and with no blanks at the ends of lines."""
    console = Console(highlight=False, width=_WIDE)
    with console.capture() as captured:
        console.print(what)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def show_to_people(table: Table, console: Console) -> None:
    """Print a table to a terminal: with one cell under the other where it is too narrow for the longest words."""
    at_ease = console.options.update(max_width=_WIDE)
    if Measurement.get(console, at_ease, table).minimum + _SLACK <= console.width:
        console.print(table)
        return
    for line in _upright(table):
        console.print(line, crop=False)


def _upright(table: Table) -> Iterator[Text]:
    """The rows with cell under cell. An id that is longer than a line is left to the terminal to break."""
    headings = [str(column.header) for column in table.columns]
    width = max(map(len, headings))
    for row, cells in zip(table.rows, zip(*(column.cells for column in table.columns), strict=True), strict=True):
        for heading, cell in zip(headings, cells, strict=True):
            if cell:
                whole = heading in _UNBROKEN
                yield Text.assemble(f"{heading:<{width}}  ", cell, style=row.style or "", no_wrap=whole)
        yield Text()


def new_table(*headings: str, numbers: Collection[str] = ("probability",)) -> Table:
    """Return an empty table; the columns of `numbers` are set flush right."""
    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for heading in headings:
        justify: JustifyMethod = "right" if heading in numbers else "left"
        table.add_column(heading, overflow="fold", no_wrap=heading in _UNBROKEN, justify=justify)
    return table


def add_row(table: Table, *cells: str, style: str = "") -> None:
    """Add a line of cells."""
    # Names are data: Text keeps rich from reading "[red]" in one of them as a command.
    table.add_row(*map(Text, cells), style=style)


def of_resolutions(answers: Sequence[tuple[str, Resolution]], *, header: bool = True) -> Table:
    """One line per (surface form, resolution); the other candidates below where no one was chosen."""
    table = new_table("mention", "outcome", "probability", "entity", "id", "why")
    table.show_header = header
    for text, resolution in answers:
        first, *others = resolution.candidates or (None,)
        style = COLORS[resolution.outcome]
        linked = resolution.outcome is Outcome.LINKED
        add_row(table, text, resolution.outcome, *candidate_cells(first), resolution.why, style=style)
        for candidate in others if not linked else ():
            matched = f"matched {candidate.matched_name}"
            add_row(table, "", "", *candidate_cells(candidate), matched, style="dim")
    return table


def candidate_cells(candidate: Candidate | None) -> tuple[str, str, str]:
    """The probability, the name with what it is, and the id; empty without a candidate."""
    if candidate is None:
        return "", "", ""
    what = ", ".join(part for part in (candidate.kind or candidate.type, candidate.country) if part)
    probability = f"{candidate.probability:.3f}" if candidate.probability >= 0.001 else "<0.001"
    return probability, f"{candidate.name} ({what})", candidate.entity_id


def of_entity(entity: Entity, asked: str | None = None) -> Table:
    """The facts of an entity, then its names; where another id was `asked`, that it leads to this one."""
    table = new_table("field", "value", "language", "kind", "source")
    facts: tuple[tuple[str, object], ...] = (
        ("id", entity.id),
        ("merged into it", asked != entity.id and asked),
        ("state", entity.state),
        ("type", entity.type),
        ("kind", entity.kind),
        ("country", entity.country),
        ("parents", ", ".join(entity.parents)),
        ("coordinates", entity.latitude is not None and f"{entity.latitude}, {entity.longitude}"),
        ("population", entity.population),
        ("same as", ", ".join(entity.same_as)),
        ("etag", entity.etag),
        *entity.facts.items(),
    )
    for field, value in facts:
        if value not in (None, "", False):
            add_row(table, field, str(value), "", "", "")
    for name in entity.names:
        add_row(table, "name", name.value, name.language or "", name.kind, name.source or "")
    return table


def of_changes(changes: Iterable[Change]) -> Table:
    """The change log, oldest first."""
    table = new_table("revision", "time", "verb", "entity", "author", "summary", "reason")
    for change in changes:
        edit = change.edit
        add_row(table, str(change.revision), change.time, change.verb, change.entity_id or "", edit.author,
             change.summary, edit.reason)  # fmt: skip
    return table


def of_history(steps: Iterable[tuple[Change, Sequence[Difference]]]) -> Table:
    """What happened to one entity: a line for each change, and below it one for each difference that it made."""
    table = new_table("revision", "time", "verb", "author", "field", "before", "after", "reason")
    for change, parts in steps:
        edit = change.edit
        about = (str(change.revision), change.time, change.verb, edit.author)
        for number, part in enumerate(parts or [Difference("", "", None, None)]):
            first = about if number == 0 else ("",) * len(about)
            reason = edit.reason if number == 0 else ""
            add_row(table, *first, part.field, part.before or "", part.after or "", reason)
    return table


def of_differences(differences: Iterable[Difference]) -> Table:
    """In what the entities of two revisions differ."""
    table = new_table("entity", "field", "before", "after")
    for part in differences:
        add_row(table, part.entity_id, part.field, part.before or "", part.after or "")
    return table


def of_replayed(rows: Iterable[tuple[str, Resolution, Resolution, Sequence[Change]]]) -> Table:
    """Mentions whose answers differ: a line for before, and one for after, with the changes that are behind it."""
    table = new_table("mention", "by", "outcome", "probability", "entity", "id", "why")
    for text, before, after, changes in rows:
        for mention, answer, other in ((text, before, after), ("", after, before)):
            first = answer.candidates[0] if answer.candidates else None
            by = _apart(answer.versions, other.versions)
            add_row(table, mention, by, answer.outcome, *candidate_cells(first), answer.why,
                 style=COLORS[answer.outcome])  # fmt: skip
        for change in changes:
            said = " ".join(filter(None, (change.summary, change.edit.reason and f"({change.edit.reason})")))
            by = f"revision {change.revision}"
            add_row(table, "", by, change.verb, "", "", change.entity_id or "", said, style="dim")
    return table


def _apart(versions: Versions, other: Versions) -> str:
    """In what the versions behind an answer differ from those of the other."""
    pairs = {"revision": (versions.revision, other.revision), "model": (versions.model, other.model),
             "rules": (versions.rulebook, other.rulebook)}  # fmt: skip
    return ", ".join(f"{what} {mine}" for what, (mine, theirs) in pairs.items() if mine != theirs)
