"""The layers of ARCHITECTURE.md: a module imports only from the rows below its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "normalizer"
ROWS = (
    {"terms", "durable", "v1"},
    {"rulebook", "mention_log", "sharing"},
    {"text"},
    {"index"},
    {"matching", "store"},
    {"compiling", "recent"},
    {"gazetteer"},
    {"pipeline", "comparing", "sources"},
    {"service", "batch"},
    {"evaluation"},
    {"training"},
    {"cli"},
)
RANK = {part: rank for rank, row in enumerate(ROWS) for part in row}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "v1")


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("normalizer."))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":  # The public face only passes on.
        assert {RANK[other] for other in imported_parts(path)} <= {RANK["terms"], RANK["pipeline"]}
        return
    assert part in RANK, f"give {part} a row, here and in ARCHITECTURE.md"
    for other in imported_parts(path):
        assert other == part or RANK[other] < RANK[part], f"{part} must not import {other}"
