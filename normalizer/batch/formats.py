"""Which files the batch journey reads and writes, told by the ending of their names.

JSON Lines, CSV and TSV, each also compressed (`.gz`); `-` is JSON Lines on standard input or output. Only the standard
library is needed. This module knows names, bytes and lines; what a row is, `reading` and `writing` know.

>>> format_of("cases.csv.gz")
Format(kind='csv', compressed=True)
>>> format_of("-")
Format(kind='jsonl', compressed=False)
"""

from __future__ import annotations

import errno
import gzip
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from normalizer.terms import NormalizerError

MAX_LINE = 4 * 1024 * 1024
"""The longest line that is read, in bytes; what is longer is one rejected row, and never fills the memory."""

_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


class Format(NamedTuple):
    """How a file is written: `kind` is jsonl, csv or tsv."""

    kind: str
    compressed: bool


def format_of(path: str) -> Format:
    """The format that the name of a file promises. Raises NormalizerError for an ending that is not known."""
    if path == "-":
        return Format("jsonl", False)
    name = Path(path).name.lower()
    compressed = name.endswith(".gz")
    ending = Path(name.removesuffix(".gz")).suffix
    if ending == ".parquet":
        raise NormalizerError(
            f"{path}: Parquet needs the extra 'parquet', which this version does not have yet; "
            "convert the file to .csv or .jsonl first"
        )
    if ending not in _KINDS:
        raise NormalizerError(f"{path}: the name must end in .jsonl, .csv or .tsv (or one of these and .gz)")
    return Format(_KINDS[ending], compressed)


class Source(NamedTuple):
    """An open input. `raw` is the file as it lies on the disk: its position over `size` bytes tells the progress."""

    lines: Iterator[bytes]
    raw: BinaryIO
    size: int | None


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open `path` for reading lines of bytes, unpacking `.gz`. Raises NormalizerError for damaged data."""
    if path == "-":
        if sys.stdin is None:
            raise NormalizerError("standard input is closed")
        yield Source(_lines(sys.stdin.buffer), sys.stdin.buffer, None)
        return
    try:
        with open(path, "rb") as raw:
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if format_of(path).compressed else raw
            yield Source(_lines(stream), raw, os.fstat(raw.fileno()).st_size or None)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NormalizerError(f"{path}: the compressed file is damaged or cut short ({error})") from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of `stream`. One that is longer than MAX_LINE comes out one byte too long, its rest is skipped."""
    while line := stream.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            if not (line := stream.readline(MAX_LINE + 1)):
                return


@contextmanager
def open_target(path: str) -> Iterator[BinaryIO]:
    """Open `path` for writing, whole or not at all: the rows go to a file beside it that takes the name at the end.

    When anything fails, the file of that name is as it was before; else the new one may be read by those who might read
    the former. What is no regular file (a pipe, a device) cannot be replaced and is written to directly, as is standard
    output for ``-``.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    final = Path(os.path.realpath(path))
    if final.exists() and not final.is_file():
        with open(final, "wb") as device:
            yield device
        return
    if not final.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory: make it first", str(final.parent))
    part = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        mode = 0o600 if final.exists() else 0o666
        with open(part, "wb", opener=partial(os.open, mode=mode)) as raw:
            _take_rights(raw, final)
            with _packed(raw, format_of(path).compressed) as stream:
                yield stream
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        os.replace(part, final)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _take_rights(new: BinaryIO, final: Path) -> None:
    """Let those read and write a new file who might the one whose place it takes, if there is one."""
    if not final.exists():
        return
    before = final.stat()
    mode = stat.S_IMODE(before.st_mode)
    try:
        os.fchown(new.fileno(), before.st_uid, before.st_gid)
    except OSError:  # only root may give a file away: then nobody but its new owner reads it
        mode &= stat.S_IRWXU
    with suppress(OSError):
        os.fchmod(new.fileno(), mode)


@contextmanager
def _packed(raw: BinaryIO, compressed: bool) -> Iterator[BinaryIO]:
    if not compressed:
        yield raw
        return
    # No time stamp and no name inside: the same rows make the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as stream:
        yield cast(BinaryIO, stream)
