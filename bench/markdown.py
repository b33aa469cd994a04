"""Figures as Markdown, and the place in a page that a program may write.

>>> print(table(["", "rows"], [["Arabic", "1,200"]]))
| | rows |
|---|---:|
| Arabic | 1,200 |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """Return a table; the first `texts` columns hold words, the others figures."""
    rule = "|" + "|".join(["---"] * texts + ["---:"] * (len(headings) - texts)) + "|"
    return "\n".join([_line(headings), rule, *map(_line, rows)])


def _line(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def percent(value: float | None) -> str:
    """Return a share, 0 to 1, in percent; a dash for None.

    >>> percent(0.98765), percent(None)
    ('98.8 %', '–')
    """
    return "–" if value is None else f"{100 * value:.1f} %"


def write_block(page: Path, name: str, text: str) -> None:
    """Put text between ``<!-- name:begin -->`` and ``<!-- name:end -->`` of a page. Raises ValueError without them."""
    before = page.read_text("utf-8")
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    after, found = block.subn(lambda _: f"{begin}\n{text}\n{end}", before)
    if found != 1:
        raise ValueError(f"{page} must have one block {begin} … {end}, not {found}")
    page.write_text(after, "utf-8")
