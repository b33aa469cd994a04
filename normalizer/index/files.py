"""A compiled index on disk: one .npy file per array and a manifest that names them all with their checksums.

The arrays lie in a numbered folder of their own, and the manifest says in which. So replacing the manifest, which is
one step, replaces the index: whoever dies at any moment, and even by a loss of power, leaves the old one or the new one
whole. Folders that the manifest does not name are leftovers, and the next write takes them away; who has their files
mapped keeps them. It opens only under the rulebook it was built with, and only when every file is what the manifest
says. Writers wait for each other; there may be any number of readers.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from normalizer import durable
from normalizer.index.segment import Segment
from normalizer.index.shares import Counted
from normalizer.terms import IndexUnusable

FORMAT = 9
MANIFEST = "manifest.json"
_KEYS = {"format": int, "rulebook": str, "revision": int, "log_hash": str, "folder": str, "files": dict}
"""What a manifest holds."""
REBUILD = "Run `normalizer gazetteer rebuild` to make it again from the store."


@dataclass(frozen=True)
class Index:
    """Compiled segments by entity type, and what they were compiled from."""

    revision: int
    log_hash: str
    """The hash of the store's log at that revision, by which the index knows its store."""
    rulebook: str
    segments: Mapping[str, Segment]

    @cached_property
    def counted(self) -> Counted:
        """How much of it lies where: counted when first asked for, in a tenth of a second for a million parents."""
        return Counted.of(self.segments.values())

    @cached_property
    def sized(self) -> Mapping[str, tuple[int, int]]:
        """See `Segment.sized`, by type."""
        return {kind: segment.sized for kind, segment in self.segments.items()}

    @cached_property
    def written(self) -> Mapping[str, Counter[int]]:
        """See `Segment.written`, by type."""
        return {kind: segment.written for kind, segment in self.segments.items()}


def write(index: Index, folder: Path) -> None:
    """Write an index to `folder`, which then holds it whole or, if this fails, what it held before."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        _write(index, folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Be the only writer of a folder; the kernel gives way to the next one, however this one ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(index: Index, folder: Path) -> None:
    _sweep(folder)
    numbers = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    arrays = folder / str(max(numbers, default=0) + 1)
    try:
        files = _write_arrays(index, arrays)
        manifest = {"format": FORMAT, "rulebook": index.rulebook, "revision": index.revision,
                    "log_hash": index.log_hash, "folder": arrays.name, "files": files}  # fmt: skip
        new = arrays / MANIFEST
        new.write_text(json.dumps(manifest, indent=1), "utf-8")
        for path in [*arrays.rglob("*"), arrays]:
            durable.sync(path)
        durable.replace(new, folder / MANIFEST)
        durable.sync(folder.parent)
    finally:
        _sweep(folder)


def _write_arrays(index: Index, folder: Path) -> dict[str, dict[str, int]]:
    folder.mkdir()
    files = {}
    for name, array in _arrays(index):
        path = folder / f"{name}.npy"
        path.parent.mkdir(exist_ok=True)
        np.save(path, array)
        files[name] = {"bytes": path.stat().st_size, "crc32": _crc32(path)}
    return files


def _sweep(folder: Path) -> None:
    """Take away all folders that the manifest does not name."""
    try:
        kept = _manifest(folder)["folder"]
    except IndexUnusable:
        kept = None
    for path in folder.iterdir():
        if path.is_dir() and path.name != kept:
            shutil.rmtree(path, ignore_errors=True)


def _arrays(index: Index) -> Iterator[tuple[str, NDArray[np.generic]]]:
    for number, (_, segment) in enumerate(_named(index.segments)):
        for name, array in _flat(segment):
            yield f"{number:02d}-{_}/{name}", array


def _named(segments: Mapping[str, Segment]) -> list[tuple[str, Segment]]:
    return sorted(segments.items())


def _flat(value: object, prefix: str = "") -> Iterator[tuple[str, NDArray[np.generic]]]:
    for field in fields(value):  # type: ignore[arg-type]
        part = getattr(value, field.name)
        if is_dataclass(part):
            yield from _flat(part, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", part


def read(folder: Path, rulebook: str) -> Index:
    """Map an index into memory. Raises IndexUnusable when it is damaged, or of another format or other rules."""
    manifest = _manifest(folder)
    try:
        return _read(folder, manifest, rulebook)
    except IndexUnusable:
        replaced = _manifest(folder)
        if replaced == manifest:
            raise
        return _read(folder, replaced, rulebook)


def basis(folder: Path) -> tuple[int, str]:
    """Return of which revision and hash of the log the index in a folder is. Raises IndexUnusable."""
    manifest = _manifest(folder)
    return manifest["revision"], manifest["log_hash"]


def _read(folder: Path, manifest: Mapping[str, Any], rulebook: str) -> Index:
    if manifest["rulebook"] != rulebook:
        raise IndexUnusable(
            f"{folder} was built under rulebook {manifest['rulebook']}, this program has {rulebook}. {REBUILD}"
        )
    try:
        segments = _segments(folder / manifest["folder"], manifest["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise IndexUnusable(f"{folder / MANIFEST} does not name the files of a whole index. {REBUILD}") from error
    return Index(manifest["revision"], manifest["log_hash"], rulebook, segments)


def _segments(folder: Path, described: Mapping[str, Mapping[str, int]]) -> dict[str, Segment]:
    arrays: dict[str, dict[str, NDArray[np.generic]]] = {}
    for name, said in described.items():
        segment, _, array = name.partition("/")
        arrays.setdefault(segment[3:], {})[array] = _mapped(folder / f"{name}.npy", said)
    return {entity_type: _whole(Segment, columns) for entity_type, columns in arrays.items()}


def _mapped(path: Path, said: Mapping[str, int]) -> NDArray[np.generic]:
    with suppress(FileNotFoundError):
        if path.stat().st_size == said["bytes"] and _crc32(path) == said["crc32"]:
            return np.asarray(np.load(path, mmap_mode="r"))
    raise IndexUnusable(f"{path} is missing or damaged. {REBUILD}")


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{folder} holds no readable index ({error}). {REBUILD}") from error
    if not isinstance(manifest, dict) or "format" not in manifest:
        raise IndexUnusable(f"{folder / MANIFEST} is not the manifest of an index. {REBUILD}")
    if manifest["format"] != FORMAT:
        raise IndexUnusable(f"{folder} is of format {manifest['format']}, this program reads {FORMAT}. {REBUILD}")
    if not all(isinstance(manifest.get(key), kind) for key, kind in _KEYS.items()):
        raise IndexUnusable(f"{folder / MANIFEST} is not the manifest of an index. {REBUILD}")
    return manifest


def _whole(kind: Any, arrays: Mapping[str, NDArray[np.generic]], prefix: str = "") -> Any:
    """Put the arrays back into a dataclass of dataclasses."""
    hints = get_type_hints(kind)
    parts = {field.name: hints[field.name] for field in fields(kind)}
    return kind(**{
        name: _whole(hint, arrays, f"{prefix}{name}.") if is_dataclass(hint) else arrays[f"{prefix}{name}"]
        for name, hint in parts.items()
    })  # fmt: skip


def _crc32(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
