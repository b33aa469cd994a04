"""A folder on a disk that loses its power: an APSW virtual file system over the real one.

What was written to a file since it was synced may be kept or not when the power is lost: each write whole, not at all,
or any of its sectors. A file that was made or removed since the folder was synced is there or not; SQLite syncs the
folder with the first sync of a journal that it made.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512
_JOURNAL = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
_SHARED = "-shm"
"""How a file ends that is no more than memory that processes share."""


class PowerLost(Exception):
    """The moment: what called has no answer, and nothing is written any more."""


@dataclass
class Content:
    """What is kept of a file."""

    synced: bytearray
    linked: bool
    """Whether the folder was synced since the file was made."""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """What was done since it was synced: (offset, data), or (size, None) where it was cut off."""

    def sync(self) -> None:
        """All is kept."""
        for offset, data in self.since:
            _do(self.synced, offset, data)
        self.since.clear()

    def left(self, generator: random.Random, share: float) -> bytearray:
        """What is there after the loss, if about this share of what was not synced is whole."""
        kept = bytearray(self.synced)
        for offset, data in self.since:
            if generator.random() < share:
                _do(kept, offset, data)
            elif data is not None and generator.random() < 0.5:
                for at in range(0, len(data), SECTOR):
                    if generator.random() < 0.5:
                        _do(kept, offset + at, data[at : at + SECTOR])
        return kept


class Disk:
    """A folder, until its power is lost after so many writes, syncs and removals. If it `lies`, it never syncs."""

    def __init__(self, folder: Path, generator: random.Random, steps: int, lies: bool) -> None:
        self.lost = False
        self.files = {
            str(path.absolute()): Content(bytearray(path.read_bytes()), linked=True)
            for path in folder.iterdir()
            if not path.name.endswith(_SHARED)
        }
        self.removed: dict[str, Content] = {}
        self.lies = lies
        self._generator = generator
        self._steps = steps

    def step(self) -> None:
        """One more thing is done. Raises PowerLost at the last one."""
        self._steps -= 1
        if self._steps < 0:
            self.lost = True
            raise PowerLost

    def sync_folder(self) -> None:
        """What was made is there, what was removed is not."""
        self.removed.clear()
        for content in self.files.values():
            content.linked = True

    @property
    def unsynced(self) -> int:
        """How many writes are not synced."""
        return sum(len(content.since) for content in self.files.values())

    def is_unsynced(self, name: str) -> bool:
        """Whether a file has writes that are not synced."""
        return any(content.since for path, content in self.files.items() if Path(path).name == name)

    def leave(self, folder: Path) -> Path:
        """Write what is there after the loss to another folder, and return that."""
        folder.mkdir()
        share = self._generator.random()
        there = {name: content for name, content in self.files.items() if content.linked or self._perhaps()}
        for name, content in {**{name: one for name, one in self.removed.items() if self._perhaps()}, **there}.items():
            (folder / Path(name).name).write_bytes(content.left(self._generator, share))
        return folder

    def _perhaps(self) -> bool:
        return self._generator.random() < 0.5


@contextmanager
def mounted(disk: Disk) -> Iterator[str]:
    """Have the virtual file system for the length of the block; gives its name."""
    system = _System(f"losing-{id(disk)}", disk)
    try:
        yield system.name
    finally:
        system.unregister()


class _System(apsw.VFS):
    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "")
        self.name = name
        self._disk = disk

    def excepthook(self, *_: object) -> bool:
        """Say nothing of a loss in what SQLite does where it can tell nobody."""
        return True

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:
        return _File(self._disk, name, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:
        if not self._disk.lost:
            self._disk.step()
            super().xDelete(name, sync_folder)
            if name in self._disk.files:
                self._disk.removed[name] = self._disk.files.pop(name)
            if sync_folder:
                self._disk.sync_folder()


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._is_journal = bool(flags[0] & _JOURNAL)
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._content = disk.files.setdefault(path, Content(bytearray(), linked=False))

    def xWrite(self, data: bytes, offset: int) -> None:
        if not self._disk.lost:
            self._content.since.append((offset, bytes(data)))
            self._disk.step()
            super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        if not self._disk.lost:
            self._content.since.append((size, None))
            self._disk.step()
            super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        if not self._disk.lost:
            self._disk.step()
            if not self._disk.lies:
                self._content.sync()
                if self._is_journal and not self._content.linked:
                    self._disk.sync_folder()


def _do(data: bytearray, offset: int, written: bytes | None) -> None:
    if written is None:
        del data[offset:]
    else:
        data.extend(bytes(max(0, offset - len(data))))
        data[offset : offset + len(written)] = written
