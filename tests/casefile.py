"""Case tables: `tests/cases/NAME.tsv`, whose columns are the arguments of one test and whose rows are its cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

CASES = Path(__file__).parent / "cases"


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return (columns, rows) of a TSV table; lines that begin with # are comments."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    columns, *rows = [line.split("\t") for line in lines]
    assert all(len(row) == len(columns) for row in rows), f"{path.name}: rows and columns differ in number"
    return columns, rows


def cases(name: str) -> pytest.MarkDecorator:
    """Run a test once for each row of a table. The last column says why the row is there.

    Rows that `known-failures.tsv` names must fail.
    """
    columns, rows = read(CASES / f"{name}.tsv")
    failing = {row: why for table, row, why in read(CASES / "known-failures.tsv")[1] if table == name}
    assert failing.keys() <= {row[0] for row in rows}, f"known-failures.tsv names rows that {name}.tsv lacks"
    return pytest.mark.parametrize(columns, [_case(row, failing.get(row[0])) for row in rows])


def _case(row: list[str], failure: str | None) -> ParameterSet:
    marks = [pytest.mark.xfail(strict=True, reason=failure)] if failure else []
    return pytest.param(*row, id=f"{row[0]}: {row[-1]}", marks=marks)
