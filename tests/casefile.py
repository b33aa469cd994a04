"""Case tables: `tests/cases/NAME.tsv`, whose columns are the arguments of one test and whose rows are its cases."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return (columns, rows) of a TSV table; lines that begin with # are comments."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    columns, *rows = [line.split("\t") for line in lines]
    assert all(len(row) == len(columns) for row in rows), f"{path.name}: rows and columns differ in number"
    return columns, rows


def cases(name: str) -> pytest.MarkDecorator:
    """Run a test once for each row of a table. The last column says why the row is there."""
    columns, rows = read(CASES / f"{name}.tsv")
    return pytest.mark.parametrize(columns, [pytest.param(*row, id=f"{row[0]}: {row[-1]}") for row in rows])
