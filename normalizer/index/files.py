"""A compiled index on disk: one .npy file per array and a manifest that names them all with their checksums.

An index is written beside its final place and renamed, so that a half-written one never stands under a final name.
It opens only under the rulebook it was built with, and only when every file is what the manifest says.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from normalizer.index.segment import Segment
from normalizer.terms import IndexUnusable

FORMAT = 1
MANIFEST = "manifest.json"
_KEYS = {"format": int, "rulebook": str, "revision": int, "files": dict}
"""What a manifest holds."""
REBUILD = "Run `normalizer gazetteer rebuild` to make it again from the store."


@dataclass(frozen=True, slots=True)
class Index:
    """Compiled segments by entity type, and what they were compiled from."""

    revision: int
    rulebook: str
    segments: Mapping[str, Segment]


def write(index: Index, folder: Path) -> None:
    """Write an index to `folder`, which then holds it whole or, if this fails, what it held before."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_written = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        files = {}
        for name, array in _arrays(index):
            path = half_written / f"{name}.npy"
            path.parent.mkdir(exist_ok=True)
            np.save(path, array)
            files[name] = {"bytes": path.stat().st_size, "crc32": _crc32(path)}
        manifest = {"format": FORMAT, "rulebook": index.rulebook, "revision": index.revision, "files": files}
        (half_written / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        _replace(half_written, folder)
    finally:
        shutil.rmtree(half_written, ignore_errors=True)


def _replace(new: Path, folder: Path) -> None:
    for path in [*new.rglob("*"), new]:
        with_descriptor = os.open(path, os.O_RDONLY)
        os.fsync(with_descriptor)
        os.close(with_descriptor)
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
        os.rename(folder, old / folder.name)
        os.rename(new, folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(new, folder)


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
    """Map an index into memory. Raises IndexUnusable when it is damaged, foreign, or of other rules."""
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT:
        raise IndexUnusable(f"{folder} is of format {manifest.get('format')}, this program reads {FORMAT}. {REBUILD}")
    if manifest["rulebook"] != rulebook:
        raise IndexUnusable(
            f"{folder} was built under rulebook {manifest['rulebook']}, this program has {rulebook}. {REBUILD}"
        )
    try:
        segments = _segments(folder, manifest["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise IndexUnusable(f"{folder / MANIFEST} does not name the files of a whole index. {REBUILD}") from error
    return Index(manifest["revision"], rulebook, segments)


def _segments(folder: Path, described: Mapping[str, Mapping[str, int]]) -> dict[str, Segment]:
    arrays: dict[str, dict[str, NDArray[np.generic]]] = {}
    for name, said in described.items():
        path = folder / f"{name}.npy"
        if not path.is_file() or path.stat().st_size != said["bytes"] or _crc32(path) != said["crc32"]:
            raise IndexUnusable(f"{path} is missing or damaged. {REBUILD}")
        segment, _, array = name.partition("/")
        arrays.setdefault(segment[3:], {})[array] = np.asarray(np.load(path, mmap_mode="r"))
    return {entity_type: _whole(Segment, columns) for entity_type, columns in arrays.items()}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if isinstance(manifest, dict) and all(isinstance(manifest.get(key), kind) for key, kind in _KEYS.items()):
            return manifest
    except (OSError, ValueError) as error:
        raise IndexUnusable(f"{folder} holds no readable index ({error}). {REBUILD}") from error
    raise IndexUnusable(f"{folder / MANIFEST} is not the manifest of an index. {REBUILD}")


def _whole(kind: Any, arrays: Mapping[str, NDArray[np.generic]], prefix: str = "") -> Any:
    """Put the arrays back into a dataclass of dataclasses."""
    hints = get_type_hints(kind)
    return kind(**{
        name: _whole(hint, arrays, f"{prefix}{name}.") if is_dataclass(hint) else arrays[f"{prefix}{name}"]
        for name, hint in hints.items()
    })  # fmt: skip


def _crc32(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
