"""A log of mentions and their answers, for `replay`: one JSON object a line, in a file that its owner alone may read.

A line says what an answer depends on (the surface form and the hints), the first candidate, and which versions
answered; not who asked, when, from where, or about which document. The file holds a limited number of lines: when it is
full, the older half goes.

>>> answer = Resolution(Outcome.NIL, None, 0.0, (), "no name comes near", Versions(3, "rules", "model"))
>>> line = written(Mention("Qaxotepl", country="RU", document="report 7"), answer)
>>> print(line)  # doctest: +NORMALIZE_WHITESPACE
{"text": "Qaxotepl", "country": "RU", "answer": {"outcome": "NIL", "probability": 0.0, "why": "no name comes near",
"revision": 3, "rulebook": "rules", "model": "model", "first": null}}
>>> answered(json.loads(line)) == answer
True
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from io import FileIO
from pathlib import Path
from typing import Any

from normalizer import durable
from normalizer.terms import Candidate, InvalidInput, Mention, Outcome, Resolution, Versions

Asked = Iterable[tuple[Mention, Resolution | InvalidInput]]
"""Mentions and what they were answered."""

_ANSWER = "answer"
_ENDING = ".jsonl"
_HINTS = ("type", "country", "parent")
_BEGINS = b'{"text": "'
_OWNER_ALONE = 0o600
_log = logging.getLogger(__name__)


class MentionLog:
    """A file of at most `limit` lines. Any thread may add to it; one process at a time."""

    def __init__(self, path: Path, limit: int) -> None:
        """Begin a log, or go on with one. Raises OSError, and InvalidInput("log_mentions") for another file or name."""
        if path.suffix != _ENDING:
            raise InvalidInput("log_mentions", f"must end in {_ENDING}, as `normalizer replay` reads it")
        self._path = path
        self._limit = limit
        self._mutex = threading.Lock()
        self._count = 0
        if path.exists():
            _check(path)
        self._cut(limit)

    def add(self, asked: Asked) -> None:
        """Write what was answered. Where it cannot be written, that costs lines of the log, and no answers."""
        self.keep(lines_of(asked))

    def keep(self, lines: Sequence[str]) -> None:
        """Write lines that were made elsewhere, likewise."""
        lines = lines[-self._limit :]
        with self._mutex:
            try:
                if self._count + len(lines) > self._limit:
                    self._cut(min(self._limit // 2, self._limit - len(lines)))
                with FileIO(self._path, "a+", opener=_for_owner) as file:
                    self._count += _append(file, "".join(f"{line}\n" for line in lines).encode())
            except Exception as problem:  # whatever it is, it costs no answer
                _log.warning("%s answers were not logged: %s", len(lines), problem)

    def _cut(self, kept: int) -> None:
        """Let the last lines stay alone, in a file that nobody else could read at any time."""
        there = _lines(self._path) if self._path.exists() else []
        lines = there[max(0, len(there) - kept) :]
        part = self._path.with_name(f".{self._path.name}.part")
        part.unlink(missing_ok=True)
        with open(part, "wb", opener=_for_owner) as file:
            file.writelines(lines)
        durable.replace(part, self._path)
        self._count = len(lines)


def lines_of(asked: Asked) -> list[str]:
    """Return the lines of what was answered."""
    return [written(mention, answer) for mention, answer in asked if isinstance(answer, Resolution)]


def written(mention: Mention, answer: Resolution) -> str:
    """Return the line of a mention and its answer, which a batch reads as a row like any other."""
    row: dict[str, Any] = {"text": mention.text}
    row |= {hint: value for hint in _HINTS if (value := getattr(mention, hint)) is not None}
    if mention.coordinates:
        row["lat"], row["lon"] = mention.coordinates
    first = answer.candidates[0] if answer.candidates else None
    row[_ANSWER] = {
        "outcome": answer.outcome.value,
        "probability": answer.probability,
        "why": answer.why,
        **asdict(answer.versions),
        "first": first and {name: getattr(first, name) for name in ("entity_id", "type", "name", "matched_name")},
    }
    return json.dumps(row, ensure_ascii=False)


def answered(row: Mapping[str, object]) -> Resolution:
    """Return the answer that a line tells of. Raises InvalidInput("answer") for a row that is no line of such a log."""
    try:
        said: Any = row[_ANSWER]
        outcome, first = Outcome(said["outcome"]), said["first"]
        candidates = tuple(Candidate(**one, probability=said["probability"]) for one in [first] if one)
        entity_id = candidates[0].entity_id if outcome is Outcome.LINKED else None
        versions = Versions(said["revision"], said["rulebook"], said["model"])
        return Resolution(outcome, entity_id, said["probability"], candidates, said["why"], versions)
    except (KeyError, TypeError, ValueError, IndexError) as problem:
        raise InvalidInput(_ANSWER, "is not there, or not one of a log of mentions") from problem


def _append(file: FileIO, lines: bytes) -> int:
    """Write lines, all of them or none, and not into one that was broken off; return by how many the file is longer."""
    end = file.seek(0, os.SEEK_END)
    if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
        lines = b"\n" + lines
    left = memoryview(lines)
    try:
        while left:  # of what a full disk has room for a part of, only the next call says why
            left = left[file.write(left) :]
    except OSError:
        file.truncate(end)
        raise
    return lines.count(b"\n")


def _lines(path: Path) -> list[bytes]:
    """The lines of a log; one that a crash broke off at its end is none."""
    with path.open("rb") as file:
        return [line for line in file if line.endswith(b"\n")]


def _check(path: Path) -> None:
    """Raise InvalidInput for a file that is something else: it would be cut. Its first line that can be read tells.

    One without such a line is a log too if it begins as one, or with the zeros that a loss of power leaves.
    """
    try:
        with path.open("rb") as file:
            begins = file.read().lstrip(b"\0")
            file.seek(0)
            row = next(filter(None, map(_row, file)), None)
        if row is not None or not (begins.startswith(_BEGINS) or _BEGINS.startswith(begins)):
            answered(row or {})
    except InvalidInput:
        raise InvalidInput("log_mentions", f"{path} is there, and is no log of mentions: choose another file") from None


def _row(line: bytes) -> Any:
    """What a line holds, None of one that was broken off."""
    with suppress(ValueError, RecursionError):
        return json.loads(line)


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ALONE)
