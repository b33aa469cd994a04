"""A whole gazetteer, or an update of one, as a single revision.

Entities come as a stream and leave in chunks, so that memory grows with their number only by the ids of those that are
left as they are. What is unchanged is not written: loading the same data again costs a comparison. What was retired or
merged stays so, and a survivor keeps what it has from others: an import repeats what its source says, and a person has
said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from normalizer.store.database import Connection
from normalizer.store.uniting import keeping, standing
from normalizer.store.version import Version, find, survivors, write
from normalizer.store.view import View
from normalizer.terms import Entity, InvalidInput

_CHUNK = 2_000


@dataclass
class Tally:
    """What an import did, in entities."""

    created: int = 0
    changed: int = 0
    withdrawn: int = 0
    """Left alone, because they are retired or merged."""

    @property
    def written(self) -> int:
        """How many entities the revision made or changed."""
        return self.created + self.changed

    @property
    def summary(self) -> str:
        """One line for the log.

        >>> Tally(created=1200, withdrawn=1).summary
        'imported 1,200 new and 0 changed entities; 1 retired or merged left alone'
        """
        text = f"imported {self.created:,} new and {self.changed:,} changed entities"
        return f"{text}; {self.withdrawn:,} retired or merged left alone" if self.withdrawn else text


Written = Callable[[Sequence[str]], None]
"""Is given the documents (see `codec`) of some entities as they are written; they are committed after the last."""


def unwatched(documents: Sequence[str]) -> None:
    """Do nothing with what was written."""


def load(db: Connection, entities: Iterable[Entity], revision: int, written: Written) -> Tally:
    """Write the entities as versions of `revision`, in the transaction that is open.

    Raises InvalidInput when two of them have one id.
    """
    tally = Tally()
    untouched: set[str] = set()
    for chunk in _chunks(Version.of(entity, revision) for entity in entities):
        written([version.document for version in _load_chunk(db, chunk, tally, untouched)])
    return tally


def _load_chunk(db: Connection, chunk: dict[str, Version], tally: Tally, untouched: set[str]) -> list[Version]:
    """Write what is new or changed of a chunk, and return it; put the ids of the others among the `untouched`.

    An id that came before is known by the revision it was given, or else by being among these.
    """
    present = find(db, chunk)
    chunk = {**chunk, **_with_what_was_merged(db, [chunk[entity_id] for entity_id in survivors(db, present)])}
    changed = []
    for entity_id, version in present.items():
        if version.revision == chunk[entity_id].revision or entity_id in untouched:
            raise _twice(entity_id)
        if not version.is_active:
            tally.withdrawn += 1
        elif not version.same_content(chunk[entity_id]):
            changed.append(entity_id)
    created = chunk.keys() - present.keys()
    tally.created += len(created)
    tally.changed += len(changed)
    replaced = set(changed)
    untouched |= present.keys() - replaced
    versions = [version for key, version in chunk.items() if key in created or key in replaced]
    write(db, versions, changed)
    return versions


def _with_what_was_merged(db: Connection, versions: Iterable[Version]) -> dict[str, Version]:
    """Return versions of survivors with what these have from others, by their ids."""
    history = View(db).history
    return {one.id: Version.of(keeping(one.entity, standing(history(one.id))), one.revision) for one in versions}


def _chunks(versions: Iterator[Version]) -> Iterator[dict[str, Version]]:
    while chunk := list(islice(versions, _CHUNK)):
        by_id: dict[str, Version] = {}
        for version in chunk:
            if by_id.setdefault(version.id, version) is not version:
                raise _twice(version.id)
        yield by_id


def _twice(entity_id: str) -> InvalidInput:
    return InvalidInput("id", f"{entity_id!r} comes twice in one import: nothing was loaded")
