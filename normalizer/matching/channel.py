"""The learned channel: how much more probable two spellings are as renderings of one name than as two names.

A joint multigram model (Deligne, Yvon and Bimbot 1995; Bisani and Ney 2008): the pair of a *heard* form (a mention,
romanized letter by letter) and a *kept* key (folded, of the index) is cut into blocks of up to two letters on either
side, and the probability of the pair is the sum over all ways to cut it. The score is the logarithm of that probability
over the product of the two forms' own, each of which is the sum over the other side: 0 says that the two have nothing
to do with each other. There is one model per script of the mention, fitted by `training/channel.py`.

>>> channel, work = Channels.load().of("Cyrl"), new_workspace()
>>> hear(channel, as_letters("guevo"), work)
>>> alike, other = (log_ratio(channel, as_letters(key), work) for key in ("guievo", "sudza"))
>>> bool(alike > 5 > 0 > other)
True
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, compiled
from normalizer.index.grams import LONGEST_KEY, SYMBOLS, symbol

MODELS = Path(__file__).parent.parent / "models" / "channel"
UNITS = 1 + SYMBOLS + SYMBOLS**2
"""What can stand on one side of a block: nothing (0), one symbol (1–37), two symbols (38–1406)."""
LONGEST = 40
"""Letters of a form or key that are compared; the rest of a longer one is left out on both sides."""
FAN = 8
"""Blocks of a heard unit that the decoder tries."""
LEAST = -25.0
"""The lowest score. Lower ones differ in nothing that matters."""
GENERAL = "Zyyy"
"""The model of the scripts that have none of their own: fitted on all scripts together."""


class Channel(NamedTuple):
    """One model, as kernels take it: the probability of each block that was met, by its heard side."""

    starts: NDArray[np.int32]
    """[UNITS + 1]: where the blocks of each heard unit begin."""
    units: NDArray[np.uint16]
    """[blocks]: the kept unit of each block, ascending within a heard unit."""
    chances: NDArray[np.float32]
    """[blocks]: its probability. They sum to 1."""
    heard: NDArray[np.float64]
    """[UNITS]: the probability of each unit on the heard side."""
    kept: NDArray[np.float64]
    """[UNITS]: the same on the kept side."""
    likeliest: NDArray[np.int32]
    """[UNITS, FAN]: the kept units of the likeliest blocks of each heard unit, the best first; -1 beyond the last."""
    likelihoods: NDArray[np.float32]
    """[UNITS, FAN]: the logarithms of those blocks' probabilities."""

    @classmethod
    def of(cls, chances: NDArray[np.float64]) -> Channel:
        """Make a model of the [UNITS, UNITS] probabilities of all blocks, of which most are 0."""
        heard, kept = np.nonzero(chances)
        starts = np.searchsorted(heard, np.arange(UNITS + 1)).astype(np.int32)
        likeliest = np.argsort(-chances, axis=1, kind="stable")[:, :FAN].astype(np.int32)
        best = np.take_along_axis(chances, likeliest, axis=1)
        return cls(
            starts, kept.astype(np.uint16), chances[heard, kept].astype(np.float32), chances.sum(1), chances.sum(0),
            np.where(best > 0, likeliest, -1), np.log(np.maximum(best, 1e-30)).astype(np.float32),
        )  # fmt: skip

    def dense(self) -> NDArray[np.float64]:
        """Return the [UNITS, UNITS] probabilities of all blocks."""
        chances = np.zeros((UNITS, UNITS))
        chances[np.repeat(np.arange(UNITS), np.diff(self.starts)), self.units] = self.chances
        return chances


class Workspace(NamedTuple):
    """The heard form, laid out for scoring, and room for one score. Not to be shared between threads."""

    rows: NDArray[np.float32]
    """[2 LONGEST + 1, UNITS]: by kept unit, the probability of a block whose heard side is nothing (row 0), the one
    symbol (row 2i - 1) or the two symbols (row 2i) that end at position i."""
    facts: NDArray[np.float64]
    """[2]: how many symbols were heard; the logarithm of the heard form's own probability."""
    grid: NDArray[np.float64]
    """[3, LONGEST + 3]: the sums up to three neighboring positions of the heard form, in turn, behind two zeros."""
    line: NDArray[np.float64]
    """[LONGEST + 1]"""
    put_in: NDArray[np.float32]
    """[2, LONGEST + 1]: the probability of the units that end at each position of the key, with nothing heard."""
    symbols: NDArray[np.uint64]
    """[2, LONGEST]: the units that end at each position of the key, of one and of two symbols."""


def new_workspace() -> Workspace:
    """Return a workspace for one thread (450 KB)."""
    return Workspace(
        np.zeros((2 * LONGEST + 1, UNITS), np.float32), np.zeros(2), np.zeros((3, LONGEST + 3)),
        np.zeros(LONGEST + 1), np.zeros((2, LONGEST + 1), np.float32), np.zeros((2, LONGEST + 1), np.uint64),
    )  # fmt: skip


def as_letters(key: str) -> NDArray[np.uint8]:
    """Return an ASCII form or key as the array that kernels take."""
    return np.frombuffer(key.encode()[:LONGEST_KEY], np.uint8)


@dataclass(frozen=True, slots=True)
class Channels:
    """The models of all scripts."""

    version: str
    """A digest of the models."""
    by_script: Mapping[str, Channel]

    @classmethod
    def load(cls, folder: Path = MODELS) -> Channels:
        """Read the models in `folder`."""
        paths = sorted(folder.glob("*.npz"))
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]
        return cls(digest, {path.stem: _read(path) for path in paths})

    def of(self, script: str) -> Channel:
        """Return the model for forms in a script (ISO 15924)."""
        return self.by_script.get(script) or self.by_script[GENERAL]


def _read(path: Path) -> Channel:
    with np.load(path) as file:
        chances = np.zeros((UNITS, UNITS))
        chances[file["heard"], file["kept"]] = file["chances"]
    return Channel.of(chances)


def write(channel: Channel, card: Mapping[str, object], folder: Path, script: str) -> None:
    """Write a model and its card."""
    heard = np.repeat(np.arange(UNITS, dtype=np.uint16), np.diff(channel.starts))
    np.savez_compressed(folder / f"{script}.npz", heard=heard, kept=channel.units, chances=channel.chances)
    (folder / f"{script}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")


@compiled
def _units(letters: NDArray[np.uint8], units: NDArray[np.uint64]) -> Int:
    """Write the units that end at each position, of one and of two symbols; return how many positions there are."""
    size = min(letters.size, LONGEST)
    before = 0
    for at in range(size):
        one = symbol(letters[at])
        units[0, at] = 1 + one
        units[1, at] = 1 + SYMBOLS + before * SYMBOLS + one
        before = one
    return size


@compiled
def _own(units: NDArray[np.uint64], size: Int, chances: NDArray[np.float64], line: NDArray[np.float64]) -> Real:
    """Return the logarithm of a form's own probability: the sum over all ways to cut it."""
    line[0] = 1.0
    for at in range(1, size + 1):
        total = line[at - 1] * chances[units[0, at - 1]]
        if at > 1:
            total += line[at - 2] * chances[units[1, at - 1]]
        line[at] = total / (1.0 - chances[0])
    return math.log(max(line[size], 1e-300))


@compiled
def hear(channel: Channel, letters: NDArray[np.uint8], work: Workspace) -> None:
    """Lay out a form in the workspace, so that keys can be scored against it."""
    size = _units(letters, work.symbols)
    work.facts[0] = size
    work.facts[1] = _own(work.symbols, size, channel.heard, work.line)
    _lay(channel, 0, work.rows[0])
    for at in range(size):
        _lay(channel, work.symbols[0, at], work.rows[2 * at + 1])
        if at > 0:
            _lay(channel, work.symbols[1, at], work.rows[2 * at + 2])


@compiled
def _lay(channel: Channel, unit: Int, row: NDArray[np.float32]) -> None:
    row[:] = 0
    for at in range(channel.starts[unit], channel.starts[unit + 1]):
        row[channel.units[at]] = channel.chances[at]


@compiled
def log_ratio(channel: Channel, key: NDArray[np.uint8], work: Workspace) -> Real:
    """Return the score of a key against the form that was heard, LEAST or more."""
    units, rows = work.symbols, work.rows
    size = _units(key, units)
    own = _own(units, size, channel.kept, work.line)
    _put_in(units, size, rows[0], work.put_in)
    before, last, here = work.grid[0], work.grid[1], work.grid[2]
    before[:], last[:], here[:] = 0, 0, 0
    for i in range(int(work.facts[0]) + 1):
        before, last, here = last, here, before
        _advance(units, size, work.put_in, rows[max(0, 2 * i - 1)], rows[2 * i], before, last, here, i == 0)
    if here[size + 2] <= 0.0:
        return LEAST
    score: Real = max(LEAST, math.log(here[size + 2]) - own - work.facts[1])
    return score


@compiled
def _put_in(units: NDArray[np.uint64], size: Int, nothing: NDArray[np.float32], put_in: NDArray[np.float32]) -> None:
    for j in range(size):
        put_in[0, j] = nothing[units[0, j]]
        put_in[1, j] = nothing[units[1, j]]


@compiled
def _advance(
    units: NDArray[np.uint64], size: Int, put_in: NDArray[np.float32], one: NDArray[np.float32],
    two: NDArray[np.float32], before: NDArray[np.float64], last: NDArray[np.float64], here: NDArray[np.float64],
    first: bool,
) -> None:  # fmt: skip
    """Fill `here` with the sums up to one more heard symbol, from those up to the last one and the one before it."""
    here[2] = 1.0 if first else last[2] * one[0] + before[2] * two[0]
    for j in range(size):
        a, b = units[0, j], units[1, j]
        at = j + 3
        total = here[at - 1] * put_in[0, j] + here[at - 2] * put_in[1, j]
        if not first:
            total += last[at] * one[0] + last[at - 1] * one[a] + last[at - 2] * one[b]
            total += before[at] * two[0] + before[at - 1] * two[a] + before[at - 2] * two[b]
        here[at] = total
