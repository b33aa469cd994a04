"""A log that is copied from one store to another, record by record, so that both have the same chain of hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from normalizer.store import log, version
from normalizer.store.database import Connection
from normalizer.store.version import Version
from normalizer.terms import Change, NormalizerError

_CHUNK = 2_000
_REQUESTS = "SELECT id, digest FROM requests WHERE revision = ? ORDER BY id"
_DIGEST = "SELECT digest FROM changes WHERE revision = ?"


class Request(NamedTuple):
    """A request id that a record covers, and what was asked under it."""

    id: str
    digest: str


class Covered(NamedTuple):
    """What a record covers besides versions."""

    digest: str
    requests: tuple[Request, ...]


def covered(db: Connection, revision: int) -> Covered:
    """Return what the record of a revision covers besides versions."""
    requests = tuple(Request(*row) for row in db.execute(_REQUESTS, (revision,)))
    return Covered(str(db.execute(_DIGEST, (revision,)).fetchone()[0]), requests)


def copy(
    db: Connection,
    change: Change,
    digest: str,
    versions: Iterable[Version],
    requests: Callable[[], Sequence[Request]],
) -> None:
    """Append a record of another store, with all that it covers, in the transaction that is open.

    `requests` is asked when the versions have come. Raises NormalizerError when the record does not continue this log.
    """
    last, previous = log.head(db)
    if change.revision != last + 1:
        raise NormalizerError(f"the log here is at revision {last}; revision {change.revision} does not continue it")
    rows = iter(versions)
    while chunk := list(islice(rows, _CHUNK)):
        version.write(db, chunk, version.find(db, [one.id for one in chunk]))
    db.executemany(
        "INSERT INTO requests VALUES (?, ?, ?)", [(one.id, change.revision, one.digest) for one in requests()]
    )
    if log.append_copy(db, change, digest, previous) != change.hash:
        raise NormalizerError(
            f"revision {change.revision} does not continue the log here (at revision {last}): this is another "
            "gazetteer, or one of the two was altered; follow with an empty data directory"
        )
