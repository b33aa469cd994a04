"""`normalizer gazetteer history`, `diff`, `log`, `revert`, `verify`: what happened, and is it whole?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from normalizer.cli.entity import hinted
from normalizer.cli.options import edit_options, json_option, place_options
from normalizer.terms import Change, Difference, Edit, NormalizerError

if TYPE_CHECKING:
    from normalizer.store import Store
    from normalizer.store.place import Place

_MOST = 2**63 - 1
"""The greatest revision that the store can count to."""
_LOOKS = 0.25
"""Seconds between two looks at a log that is followed."""

_revision = click.IntRange(0, _MOST)


@click.command()
@click.argument("entity_id", metavar="ID")
@click.option("--limit", type=click.IntRange(1, _MOST), default=1000, show_default=True, help="Show at most so many.")
@json_option
@place_options
def history(entity_id: str, limit: int, as_json: bool, place: Place) -> None:
    """Show what happened to the entity of ID, oldest first: who changed what, when and why.

    What was merged into it has a history of its own, under its own id.
    """
    from normalizer.cli import tables
    from normalizer.store.difference import differences

    with closing(_store(place)) as store, hinted(entity_id):
        found = store.history(entity_id, limit + 1)  # with the one that the first to be shown is compared with
    before = [None, *(entity for _, entity in found)]
    steps = [(change, [*differences(old, new)]) for old, (change, new) in zip(before, found, strict=False)][-limit:]
    if as_json:
        for change, parts in steps:
            click.echo(_line({**asdict(change), "differences": [asdict(part) for part in parts]}))
    else:
        tables.show(tables.of_history(steps))


@click.command()
@click.argument("one", metavar="REV1", type=_revision)
@click.argument("other", metavar="REV2", type=_revision)
@json_option
@place_options
def diff(one: int, other: int, as_json: bool, place: Place) -> None:
    """Show in what the entities of revision REV2 differ from those of REV1.

    \b
    Example:
      normalizer gazetteer diff 17 19
    """
    from normalizer.cli import tables

    with closing(_store(place)) as store:
        found = store.differences(one, other)
    if as_json:
        _lines(found)
    else:
        tables.show(tables.of_differences(found))


@click.command()
@click.option("--last", type=click.IntRange(0, _MOST), default=20, show_default=True, help="Show so many changes.")
@click.option("--after", type=_revision, metavar="REV", help="Show all that came after a revision instead.")
@click.option("--follow", "-f", is_flag=True, help="Go on with those to come, until Ctrl-C.")
@json_option
@place_options
def log(last: int, after: int | None, follow: bool, as_json: bool, place: Place) -> None:
    """Show the last changes, oldest first; with --follow, those to come as well.

    \b
    Examples:
      normalizer gazetteer log --after 0
      normalizer gazetteer log --follow --json
    """
    with closing(_store(place)) as store, suppress(KeyboardInterrupt):
        begin = max(0, store.revision - last) if after is None else after
        shown: Change | None = None
        while True:
            if found := _later(store, begin, shown):
                _tell(found, as_json, header=shown is None)
                sys.stdout.flush()
                shown = found[-1]
            elif follow:
                time.sleep(_LOOKS)
            else:
                if shown is None:
                    _tell([], as_json)
                return


def _later(store: Store, begin: int, shown: Change | None) -> list[Change]:
    """Return changes after revision `begin`, or after the one shown last. Raises NormalizerError in another log."""
    if shown is None:
        return store.changes(begin)
    found = store.changes(shown.revision - 1)
    if found[:1] != [shown]:
        raise NormalizerError(
            f"revision {shown.revision} is not the one that was shown: a backup was restored. See what the log is now "
            "with `normalizer gazetteer log`, and follow it again"
        )
    return found[1:]


@click.command()
@click.argument("revision", metavar="CHANGE", type=click.IntRange(1, _MOST))
@edit_options
@json_option
@place_options
def revert(revision: int, edit: Edit, as_json: bool, place: Place) -> None:
    """Undo the CHANGE that made a revision: what it changed is as it was before, what it created is retired.

    That is a change as well, and can be reverted. One whose entities were changed again since is refused: revert the
    later one first.
    """
    from normalizer.gazetteer import Gazetteer

    with closing(Gazetteer.open(place, write=True)) as opened:
        change = opened.revert(revision, edit)
    _tell([change], as_json)


@click.command()
@json_option
@place_options
def verify(as_json: bool, place: Place) -> None:
    """Prove that nothing was altered or lost: the file, the chain of the log, all redirects, and the index.

    Reads everything: some seconds for a large gazetteer. What is damaged is said with what to do (exit code 1).
    """
    from normalizer.gazetteer import Gazetteer

    with closing(Gazetteer.open(place)) as opened:
        proof = opened.verify()
    if as_json:
        click.echo(_line(asdict(proof)))
        return
    click.echo(
        f"whole: {proof.revisions:,} revisions, {proof.active:,} active, {proof.merged:,} merged and {proof.retired:,} "
        f"retired entities in {proof.versions:,} versions; the last hash is {proof.hash or 'none'}"
    )


def _store(place: Place) -> Store:
    from normalizer.store import Store

    return Store.open(*place)


def _tell(found: Iterable[Change], as_json: bool, *, header: bool = True) -> None:
    from normalizer.cli import tables

    if as_json:
        _lines(found)
    else:
        table = tables.of_changes(found)
        table.show_header = header
        tables.show(table)


def _lines(found: Iterable[Change | Difference]) -> None:
    for one in found:
        click.echo(_line(asdict(one)))


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False)
