"""The power is lost at a random moment while the store writes, again and again.

The store's own statements, settings and transactions run through APSW on a disk that keeps only what was synced (see
`losing_disk`). What is left is opened and verified as any store is, by Python's own SQLite, and goes on being written
until the next loss. What a call returned was acknowledged, and has to be there. `synchronous = NORMAL`, which does not
sync each commit, and a disk that says that it synced and did not, have to lose something: else this could see no loss.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import Any

import apsw

from bench.losing_disk import Disk, PowerLost, mounted
from normalizer.index.builder import Progress
from normalizer.store import Store
from normalizer.store.database import Connection, Parameters
from normalizer.store.sqlite import FILE_NAME
from normalizer.store.sqlite.connection import SETTINGS, committing, connect
from normalizer.store.sqlite.format import migrate
from normalizer.terms import Edit, Entity, Name, NormalizerError

SEED = 17
MEMORY = Path("/dev/shm")
"""Where syncing costs nothing: the disk is simulated."""
A_GAZETTEER = 40
"""Losses after which a new gazetteer is begun: verifying reads all of it."""
STEPS = 1500
"""Writes and syncs until a loss, at most; a checkpoint comes after a thousand pages."""
CONTROLS = {
    "synchronous = NORMAL": ((*SETTINGS, "PRAGMA synchronous = NORMAL"), False),
    "a disk that lies": (SETTINGS, True),
}
A_CONTROL = 20
"""Losses for each that a control has."""
EDIT = Edit("power")

Acknowledged = tuple[str, str]
"""A name, after the id that has to show it."""


def measure(losses: int, progress: Progress) -> dict[str, Any]:
    """Return how many losses of power, acknowledged edits, and of these how many were lost or torn."""
    found = _lose(losses, SETTINGS, False, progress)
    few = -(-losses // A_CONTROL)
    controls = {name: _lose(few, *how, progress) for name, how in CONTROLS.items()}
    return {
        "losses of power": losses,
        "of these during a checkpoint": found["checkpoints"],
        "writes that were not synced": found["unsynced"],
        "acknowledged edits": found["edits"],
        "lost": found["lost"],
        "torn": found["torn"],
        "broken chains": found["broken"],
    } | {f"{name}, {few} losses: lost of {one['edits']:,}": one["lost"] for name, one in controls.items()}


def _lose(losses: int, settings: Sequence[str], lies: bool, progress: Progress) -> Counter[str]:
    generator, found = random.Random(SEED), Counter[str]()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        known, problems = set[Acknowledged](), Counter[str]()
        for done in range(losses):
            if done % A_GAZETTEER == 0 or problems:
                directory, known = Path(folder) / f"{done}", set()
                directory.mkdir()
            disk = Disk(directory, generator, generator.randrange(STEPS), lies)
            acknowledged = _write(directory / FILE_NAME, disk, settings, done)
            left = disk.leave(Path(folder) / f"{done}-left")
            rmtree(directory)
            kept, problems = _read(left, known | acknowledged)
            found += problems
            found["edits"] += len(acknowledged)
            found["lost"] += len(known | acknowledged) - len(kept)
            found["unsynced"] += disk.unsynced
            found["checkpoints"] += disk.is_unsynced(FILE_NAME)
            directory, known = left, kept
            progress("losing power", done + 1, losses)
    return found


def _write(path: Path, disk: Disk, settings: Sequence[str], number: int) -> set[Acknowledged]:
    """Edit until the power is lost; return what was acknowledged.

    What a disk that lies has left may be no store that can be written: nothing more is acknowledged then.
    """
    acknowledged: set[Acknowledged] = set()
    end = (PowerLost, apsw.Error) if disk.lies else (PowerLost,)
    with mounted(disk) as system, suppress(*end), closing(Lossy(path, system, settings)) as lossy:
        for shown in _edits(Store(lossy), str(number)):
            if disk.lost:  # in what SQLite does after a commit, of whose failure only the next call would tell
                break
            acknowledged |= shown
    return acknowledged


def _edits(store: Store, prefix: str) -> Iterator[set[Acknowledged]]:
    """Edit without end; yields after each call what is acknowledged by its return."""
    for step in count():
        one, many = f"x:{prefix}-{step}", _many(f"y:{prefix}-{step}")
        store.create(Entity(one, "place", "Name"), EDIT)
        yield {(one, "Name")}
        store.add_name(one, Name("Also"), EDIT)
        yield {(one, "Also")}
        store.load(many, EDIT)
        yield {(entity.id, entity.name) for entity in many}
        store.merge(many[0].id, one, EDIT)
        yield {(one, many[0].name), (many[0].id, "Also")}


def _many(prefix: str) -> list[Entity]:
    """Entities of one revision, which fill some pages."""
    ids = [f"{prefix}-{number}" for number in range(5)]
    return [Entity(one, "place", one, facts={"text": "x" * 2000}) for one in ids]


def _read(directory: Path, known: set[Acknowledged]) -> tuple[set[Acknowledged], Counter[str]]:
    """What of the acknowledged names is there, and what is wrong; where a gazetteer cannot be read, nothing is there.

    Where nothing was acknowledged, not even that the store was made, making it goes on.
    """
    try:
        with closing(Store.open(directory, write=not known)) as store:
            store.verify()
            revisions = [change.revision for change in store.changes(limit=10**9)]
            names = {(entity.id, name.value) for entity in store.entities() for name in entity.names}
            with store.view() as view:
                redirects = view.survivors()
    except NormalizerError:
        return set(), Counter(broken=1)
    there = {one for one in known if (redirects.get(one[0], one[0]), one[1]) in names}
    gaps = revisions != list(range(1, len(revisions) + 1))
    return there, Counter(torn=1) if gaps else Counter()


class Lossy:
    """The store's file on a disk that loses its power; see `store.database.Database`."""

    name = "a disk that loses its power"
    writable = True
    heard = None

    def __init__(self, path: Path, system: str, settings: Sequence[str]) -> None:
        self._path = path
        self._system = system
        with closing(self._connect()) as db:
            migrate(db, path)
        self._db = self._connect()
        for setting in settings:
            self._db.execute(setting)

    def _connect(self) -> _Connection:
        return _Connection(str(self._path), vfs=self._system)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Commit the block as a whole, or nothing of it."""
        with committing(self._db):
            yield self._db

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend the one connection there is; what a BEGIN began ends with the block."""
        try:
            yield self._db
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def check(self, db: Connection) -> None:
        """Find nothing: what is left is checked after the loss."""

    def copy_to(self, file: Path) -> None:
        """Write what was committed to a new file, on a disk that keeps it."""
        with closing(apsw.Connection(str(file))) as target, target.backup("main", self._db, "main") as copied:
            copied.step()
        with closing(connect(file, "mode=rw")) as written:
            written.execute("PRAGMA journal_mode = DELETE")  # one file, as `safekeeping.copy_to` leaves it

    def listen(self, changed: Callable[[], None]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class _Connection(apsw.Connection):
    """A connection of APSW as the store wants it."""

    def stream(self, sql: str, parameters: Parameters = (), /) -> apsw.Cursor:
        return self.execute(sql, parameters)

    def executescript(self, script: str, /) -> apsw.Cursor:
        return self.execute(script)
