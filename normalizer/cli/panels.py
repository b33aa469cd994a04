"""An explained answer as people read it: the decision, the letters, the evidence as bars, the others, what if.

Nothing is shown that the answer does not hold. `--json` has all of it; this, the pieces that matter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from normalizer.cli.tables import COLORS, candidate_cells, show_unframed
from normalizer.terms import Block, Candidate, Evidence, Resolution

_MOST_EVIDENCE = 7
"""Pieces of evidence that are shown, the weightiest: of a candidate, and of the list."""
_LEAST = 0.05
"""Log-odds that a piece must have to be shown."""
_BAR = 10
"""Letters of the longest bar."""
_OF_LIST = "list_"
"""How the names of what is evidence of the whole list begin."""


def show_explained(answers: Sequence[tuple[str, Resolution]]) -> None:
    """Print what explains each (surface form, explained resolution): in a frame, where somebody watches."""
    console = Console(highlight=False)
    for text, resolution in answers:
        parts = Group(*explained(resolution))
        if sys.stdout.isatty():
            console.print(Panel(parts, title=Text(text), title_align="left"))
        else:
            show_unframed(Group(Text(text), parts, Text()))


def explained(resolution: Resolution) -> Iterator[RenderableType]:
    """Yield the parts of a panel, from the decision to what would have changed it."""
    style = COLORS[resolution.outcome]
    first, *others = resolution.candidates or (None,)
    decision = " ".join(part for part in candidate_cells(first) if part)
    yield Text.assemble((str(resolution.outcome), f"bold {style}"), " ", decision)
    for clause in resolution.why.split("; "):
        yield Text(f"  {clause}")
    if first is None:
        return
    yield from _section("letters of the mention, of the name, and what each pair says in nats", _letters(first.letters))
    own = [piece for piece in first.evidence if not piece.name.startswith(_OF_LIST)]
    of_list = [piece for piece in first.evidence if piece.name.startswith(_OF_LIST)]
    yield from _section("why it comes first, in log-odds", _bars(own))
    yield from _section("whether its name is meant, and it of those that bear the name, in log-odds", _bars(of_list))
    yield from _section("the others", _others(others))
    yield from _section("what would change the answer", _lines(one.reason for one in resolution.otherwise))


def _section(title: str, body: Table | None) -> Iterator[RenderableType]:
    if body is not None:
        yield Text()
        yield Text(title, style="bold")
        yield body


def _letters(blocks: Sequence[Block]) -> Table | None:
    """Three rows, a column for each pair of letters; those that speak against it in red."""
    if not blocks:
        return None
    table = _grid(*("center" for _ in blocks))
    styles = ["red" if block.weight < 0 else "" for block in blocks]
    for row in (
        [block.mention or "·" for block in blocks],
        [block.name or "·" for block in blocks],
        [f"{block.weight:+.1f}" for block in blocks],
    ):
        table.add_row("", *(Text(cell, style) for cell, style in zip(row, styles, strict=True)))
    return table


def _bars(pieces: Sequence[Evidence]) -> Table | None:
    """A bar for each of the weightiest pieces; what speaks against the candidate in red."""
    shown = [piece for piece in pieces if abs(piece.weight) >= _LEAST][:_MOST_EVIDENCE]
    if not shown:
        return None
    table = _grid("right", "left", "left")
    longest = max(abs(piece.weight) for piece in shown)
    for piece in shown:
        bar = ("+" if piece.weight > 0 else "-") * max(1, round(_BAR * abs(piece.weight) / longest))
        style = "green" if piece.weight > 0 else "red"
        table.add_row("", f"{piece.weight:+.2f}", Text(f"{bar:<{_BAR}}", style), Text(piece.reason))
    left = sum(piece.weight for piece in pieces if piece not in shown)
    if abs(left) >= _LEAST:
        table.add_row("", f"{left:+.2f}", "", Text("all the rest together", "dim"))
    return table


def _others(candidates: Sequence[Candidate]) -> Table | None:
    if not candidates:
        return None
    table = _grid("right", "left", "left", "left")
    for candidate in candidates:
        probability, name, entity_id = candidate_cells(candidate)
        cells = (probability, name, entity_id, f"matched {candidate.matched_name}")
        table.add_row("", *(Text(cell, "dim") for cell in cells))
    return table


def _lines(lines: Iterable[str]) -> Table | None:
    table = _grid("left")
    for line in lines:
        table.add_row("", Text(line))
    return table if table.rows else None


def _grid(*columns: str) -> Table:
    """An empty table without any line, set in by one column."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    for justify in columns:
        table.add_column(justify=justify)  # type: ignore[arg-type]
    return table
