"""Progress bars on standard error: for people who watch, and one plain line per stage for logs that nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from normalizer.index.builder import Progress

_PATIENCE = 3.0
"""Seconds after which people ask what is going on: more than loading kernels takes, far less than compiling them."""


@contextmanager
def progress_bars(*, lines: bool = True) -> Iterator[Progress]:
    """A `Progress` that draws one bar per stage on a terminal; elsewhere it writes one line per stage, if `lines`."""
    if not sys.stderr.isatty():
        yield _Lines().tell if lines else silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner on a terminal, for what may take a while and cannot tell how long; nothing when it does not."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    status = Console(stderr=True).status(text)
    patience = Timer(_PATIENCE, status.start)
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
        patience.join()
        status.stop()


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


class _Lines:
    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, stage: str, done: int, total: int | None) -> None:
        if stage not in self._told:
            self._told.add(stage)
            print(f"{stage} …", file=sys.stderr, flush=True)
