"""The log of changes: one record for each revision, chained by hashes, so that a later alteration shows.

The digest of a record is SHA-256 over the versions that its revision made, in the order of their ids: one for an edit,
all of them for an import; and over the requests remembered since the record before it. Its hash is SHA-256 over the
record and the hash of the record before it. Every version ever made is still in `entities` or `history`, so that
`verify` recomputes both from the rows alone. What a chain cannot show is the loss of its latest records together with
all that they made: to exclude that, keep the last hash elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

from normalizer.store import version
from normalizer.store.database import Connection
from normalizer.terms import Change, Edit, InvalidInput, NormalizerError, Verb

_REQUESTS = "SELECT id, digest FROM requests WHERE revision = ? ORDER BY id"
_STRAY = "SELECT id FROM versions WHERE revision NOT IN (SELECT revision FROM changes) LIMIT 1"

_ASTRAY = """
SELECT merged.id FROM entities AS merged LEFT JOIN entities AS survivor ON survivor.id = merged.redirect
WHERE merged.redirect IS NOT NULL AND (survivor.id IS NULL OR survivor.state = 'MERGED') LIMIT 1
"""


class Record(NamedTuple):
    """A row of `changes` without its hash."""

    revision: int
    time: str
    verb: str
    entity_id: str | None
    author: str
    reason: str
    request_id: str | None
    summary: str
    digest: str

    def hash(self, previous: str) -> str:
        """Return the hash of the record, given the hash of the one before it ("" for the first), in hex."""
        return hashlib.sha256(json.dumps([previous, *self]).encode()).hexdigest()

    def change(self, hash_: str) -> Change:
        """Return the record as the rest of the program knows it."""
        edit = Edit(self.author, self.reason, self.request_id)
        return Change(self.revision, self.time, Verb(self.verb), self.entity_id, edit, self.summary, hash_)


_COLUMNS = ", ".join(Record._fields)
_READ = f"SELECT hash, {_COLUMNS} FROM changes WHERE revision > ? ORDER BY revision LIMIT ?"
_APPEND = f"INSERT INTO changes (hash, {_COLUMNS}) VALUES (?, {', '.join('?' * len(Record._fields))})"
_READ_OF = f"""
SELECT hash, {_COLUMNS} FROM changes
WHERE revision IN (SELECT revision FROM entities WHERE id = :id UNION SELECT revision FROM history WHERE id = :id)
AND revision > :after ORDER BY revision LIMIT :limit
"""
_ALL = 2**63 - 1


def head(db: Connection) -> tuple[int, str]:
    """Return the last revision and its hash; (0, "") of an empty gazetteer."""
    return db.execute("SELECT revision, hash FROM changes ORDER BY revision DESC LIMIT 1").fetchone() or (0, "")


def remember(db: Connection, edit: Edit, verb: Verb, entity_id: str | None, content: str) -> int | None:
    """Remember the request id of an edit; return the revision that answered it before, or None when it is new.

    An edit without an id always is new. `content` is what tells this edit from another one of its verb and entity. An
    edit that turns out to change nothing is remembered as well: the next record covers it. Raises InvalidInput when the
    request id belongs to another edit.
    """
    if edit.request_id is None:
        return None
    request = json.dumps([verb, entity_id, edit.author, edit.reason, content])
    digest = hashlib.sha256(request.encode()).hexdigest()
    row = db.execute("SELECT digest, revision FROM requests WHERE id = ?", (edit.request_id,)).fetchone()
    if row is None:
        db.execute("INSERT INTO requests VALUES (?, ?, ?)", (edit.request_id, head(db)[0] + 1, digest))
        return None
    known, covered = row
    if known != digest:
        raise InvalidInput("request_id", "was used before, for a different edit: give each edit an id of its own")
    made = db.execute("SELECT revision FROM changes WHERE request_id = ?", (edit.request_id,)).fetchone()
    return int(made[0] if made else covered - 1)


def append(db: Connection, verb: Verb, entity_id: str | None, edit: Edit, summary: str) -> None:
    """Record the revision after the last one, whose versions are written already."""
    last, previous = head(db)
    time = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    request = (edit.author, edit.reason, edit.request_id)
    record = Record(last + 1, time, verb.value, entity_id, *request, summary, _digest(db, last + 1))
    db.execute(_APPEND, (record.hash(previous), *record))


def append_copy(db: Connection, change: Change, digest: str, previous: str) -> str:
    """Record a change of another store, whose versions are written already; return the hash that it has here.

    It is the hash it has there only if its versions, its digest and all before it are the same.
    """
    edit = change.edit
    request = (edit.author, edit.reason, edit.request_id)
    made = _digest(db, change.revision)
    record = Record(change.revision, change.time, change.verb.value, change.entity_id, *request, change.summary, digest)
    hash_ = record.hash(previous)
    db.execute(_APPEND, (hash_, *record))
    return hash_ if made == digest else ""


def read(db: Connection, after: int, limit: int) -> list[Change]:
    """Return at most `limit` records with a revision above `after`, oldest first."""
    return [Record(*row).change(hash_) for hash_, *row in db.execute(_READ, (after, limit))]


def of_entity(db: Connection, entity_id: str, after: int, limit: int) -> list[Change]:
    """Return at most `limit` records above revision `after` that made a version of an entity, oldest first."""
    rows = db.execute(_READ_OF, {"id": entity_id, "after": after, "limit": limit})
    return [Record(*row).change(hash_) for hash_, *row in rows]


def verify(db: Connection) -> None:
    """Recompute every digest and hash, and look for rows that no record accounts for. Raises NormalizerError.

    A redirect must lead to an entity that is not merged itself.
    """
    with closing(db.stream(_READ, (0, _ALL))) as rows:
        _verify_chain(db, rows)
    if stray := db.execute(_STRAY).fetchone():
        raise _altered(f"no record accounts for the entity {stray[0]!r}")
    if astray := db.execute(_ASTRAY).fetchone():
        raise _altered(f"the redirect of {astray[0]!r} does not lead to a survivor")


def _verify_chain(db: Connection, rows: Iterable[Sequence[Any]]) -> None:
    previous = ""
    for expected, (found, *row) in enumerate(rows, 1):
        record = Record(*row)
        if record.revision != expected:
            raise _altered(f"the record of revision {expected} is missing")
        if record.hash(previous) != found:
            raise _altered(f"the record of revision {expected} is not the one that was written")
        if record.digest != _digest(db, expected):
            raise _altered(f"an entity or request of revision {expected} is not as it was written")
        previous = found


def _digest(db: Connection, revision: int) -> str:
    digest = hashlib.sha256()
    for one in version.made_by(db, revision):
        digest.update(f"{one.id} {one.state} {one.redirect or ''} {one.document}\n".encode())
    for request_id, request in db.execute(_REQUESTS, (revision,)):
        digest.update(f"request {request_id} {request}\n".encode())
    return digest.hexdigest()


def _altered(problem: str) -> NormalizerError:
    return NormalizerError(f"the gazetteer was altered outside of this program: {problem}; restore it from a backup")
