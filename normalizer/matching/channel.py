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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.grams import LONGEST_KEY, SYMBOLS, symbol
from normalizer.index.lending import UNLENT, Cube, Matrix, Rows, borrower, lent

MODELS = Path(__file__).parent.parent / "models" / "channel"
UNITS = 1 + SYMBOLS + SYMBOLS**2
"""What can stand on one side of a block: nothing (0), one symbol (1–37), two symbols (38–1406)."""
_LARGER = 16.0
"""What a probability is multiplied by for each symbol of its block: the factors cancel in a score, and without them the
sums over long forms are too small for a number. A power of two, so that nothing is rounded."""
FAN = 8
"""Blocks of a heard unit that the decoder tries."""
_NEVER = 1e-30
"""Probability of a block that was never met, where its logarithm is wanted."""
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
    put_in: NDArray[np.float32]
    """[UNITS]: the probability of each kept unit with nothing heard, _LARGER for each symbol."""
    likeliest: Matrix[np.int32]
    """[UNITS, FAN]: the kept units of the likeliest blocks of each heard unit, the best first; -1 beyond the last."""
    likelihoods: Matrix[np.float32]
    """[UNITS, FAN]: the logarithms of those blocks' probabilities."""
    addresses: NDArray[np.int64] = UNLENT
    """See `lending`."""

    @classmethod
    def of(cls, chances: NDArray[np.float64]) -> Channel:
        """Make a model of the [UNITS, UNITS] probabilities of all blocks, of which most are 0."""
        heard, kept = np.nonzero(chances)
        return cls.of_blocks(heard, kept, chances[heard, kept])

    @classmethod
    def of_blocks(cls, heard: NDArray[Any], kept: NDArray[Any], chances: NDArray[np.float64]) -> Channel:
        """Make a model of its blocks, each with its probability; they ascend by heard unit, then by kept unit."""
        starts = np.searchsorted(heard, np.arange(UNITS + 1)).astype(np.int32)
        order = np.lexsort((-chances, heard))
        place = np.arange(heard.size) - starts[heard]
        first = place < FAN
        likeliest = np.full((UNITS, FAN), -1, np.int32)
        likelihoods = np.full((UNITS, FAN), math.log(_NEVER), np.float32)
        likeliest[heard[first], place[first]] = kept[order][first]
        likelihoods[heard[first], place[first]] = np.log(np.maximum(chances[order][first], _NEVER))
        put_in = np.zeros(UNITS, np.float32)
        put_in[kept[: starts[1]]] = chances[: starts[1]] * _LARGER ** _symbols(kept[: starts[1]])
        return lent(cls(
            starts, kept.astype(np.uint16), chances.astype(np.float32), _summed(heard, chances), _summed(kept, chances),
            put_in, likeliest, likelihoods,
        ))  # fmt: skip

    def dense(self) -> NDArray[np.float64]:
        """Return the [UNITS, UNITS] probabilities of all blocks."""
        chances = np.zeros((UNITS, UNITS))
        chances[np.repeat(np.arange(UNITS), np.diff(self.starts)), self.units] = self.chances
        return chances


borrow_channel = borrower(Channel)


def _symbols(units: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many symbols each unit has."""
    return np.asarray((units > 0).astype(np.int64) + (units > SYMBOLS))


def _summed(units: NDArray[Any], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(units, chances, UNITS), np.float64)


class Workspace(NamedTuple):
    """The heard form, laid out for scoring, and room for one score. Not to be shared between threads."""

    blocks: Cube[np.float32]
    """[2, UNITS, LONGEST_KEY + 1]: by kept unit, the probability of a block whose heard side is the one symbol (0), or
    the two symbols (1), that end at each position; so what a key is scored against lies together."""
    filled: NDArray[np.int32]
    """[2 LONGEST_KEY UNITS]: where in `blocks` something stands."""
    facts: NDArray[np.float64]
    """[4]: how many symbols were heard; the logarithm of the heard form's own probability; how many are filled; how
    many symbols the key had that was scored last."""
    grid: Matrix[np.float64]
    """[LONGEST_KEY + 2, LONGEST_KEY + 3]: behind a row and two columns of zeros, the sums up to each position of
    the key that was scored last, and of the heard form."""
    line: NDArray[np.float64]
    """[LONGEST_KEY + 1]: that key's own probability up to each position."""
    symbols: Matrix[np.uint64]
    """[2, LONGEST_KEY]: the units that end at each position of that key, of one and of two symbols."""
    heard_line: NDArray[np.float64]
    heard_symbols: Matrix[np.uint64]
    """The same of the heard form."""


def new_workspace() -> Workspace:
    """Return a workspace for one thread (3 MB, of which short forms use little)."""
    return Workspace(
        np.zeros((2, UNITS, LONGEST_KEY + 1), np.float32), np.zeros(2 * LONGEST_KEY * UNITS, np.int32), np.zeros(4),
        np.zeros((LONGEST_KEY + 2, LONGEST_KEY + 3)), np.zeros(LONGEST_KEY + 1), np.zeros((2, LONGEST_KEY), np.uint64),
        np.zeros(LONGEST_KEY + 1), np.zeros((2, LONGEST_KEY), np.uint64),
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
    rows: Rows = field(init=False, repr=False, compare=False)
    """The models for forms in each script (ISO 15924), as kernels take them."""

    def __post_init__(self) -> None:
        """Make the models ready for kernels that are told a row."""
        object.__setattr__(self, "rows", Rows(self.by_script, self.by_script[GENERAL]))

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
        return Channel.of_blocks(file["heard"], file["kept"], file["chances"].astype(np.float64))


def write(channel: Channel, card: Mapping[str, object], folder: Path, script: str) -> None:
    """Write a model and its card."""
    heard = np.repeat(np.arange(UNITS, dtype=np.uint16), np.diff(channel.starts))
    np.savez_compressed(folder / f"{script}.npz", heard=heard, kept=channel.units, chances=channel.chances)
    (folder / f"{script}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")


@borrowing
def _units(letters: NDArray[np.uint8], units: NDArray[np.uint64], first: Int) -> Int:
    """Write the units that end at each position from `first` on, of one and of two symbols; return the size."""
    size = min(letters.size, LONGEST_KEY)
    before = symbol(np.int64(letters[first - 1])) if first else 0
    for at in range(first, size):
        one = symbol(letters[at])
        units[0, at] = 1 + one
        units[1, at] = 1 + SYMBOLS + before * SYMBOLS + one
        before = one
    return size


@borrowing
def _own(
    units: NDArray[np.uint64], first: Int, size: Int, chances: NDArray[np.float64], line: NDArray[np.float64]
) -> Real:
    """Return the logarithm of a form's own probability, the sum over all ways to cut it; known up to `first`."""
    line[0], often = 1.0, _LARGER / (1.0 - chances[0])
    for at in range(first + 1, size + 1):
        two = line[at - 2] * (often * _LARGER * chances[units[1, at - 1]]) if at > 1 else 0.0
        line[at] = two + line[at - 1] * (often * chances[units[0, at - 1]])
    return math.log(max(line[size], 1e-300))


@borrowing
def hear(channel: Channel, letters: NDArray[np.uint8], work: Workspace) -> None:
    """Lay out a form in the workspace, so that keys can be scored against it."""
    blocks = work.blocks.reshape(-1)
    for at in work.filled[: int(work.facts[2])]:
        blocks[at] = 0
    units = work.heard_symbols
    size = _units(letters, units, 0)
    work.facts[0] = size
    work.facts[1] = _own(units, 0, size, channel.heard, work.heard_line)
    filled: Int = 0
    for at in range(size):
        filled = _lay(channel, units[0, at], at + 1, _LARGER, work, filled)
        if at > 0:
            filled = _lay(channel, units[1, at], UNITS * (LONGEST_KEY + 1) + at + 1, _LARGER**2, work, filled)
    work.facts[2], work.facts[3] = filled, 0
    start = work.grid[1]
    start[2 : size + 3] = 0
    start[2] = 1.0
    _leave_out(work.blocks, size, start)


@borrowing
def is_heard(letters: NDArray[np.uint8], work: Workspace) -> bool:
    """Tell whether a form is what was heard last, by whatever channel."""
    size = min(letters.size, LONGEST_KEY)
    if size != int(work.facts[0]):
        return False
    for at in range(size):  # noqa: SIM110 (a generator cannot be compiled)
        if work.heard_symbols[0, at] != 1 + symbol(letters[at]):
            return False
    return True


@borrowing
def _lay(channel: Channel, unit: Int, place: Int, times: Real, work: Workspace, filled: Int) -> Int:
    """Write the probabilities of the blocks of a heard unit, from a place in `blocks` on; return how many there are."""
    blocks = work.blocks.reshape(-1)
    for at in range(channel.starts[unit], channel.starts[unit + 1]):
        kept = np.int64(channel.units[at])
        where = place + kept * (LONGEST_KEY + 1)
        blocks[where] = channel.chances[at] * times * (1.0 if kept == 0 else _LARGER if kept <= SYMBOLS else _LARGER**2)
        work.filled[filled] = where
        filled += 1
    return filled


@borrowing
def log_ratio(channel: Channel, key: NDArray[np.uint8], work: Workspace) -> Real:
    """Return the score of a key against the form that was heard, LEAST or more.

    What the key begins with like the one before it is not reckoned again: in the order of their texts, keys cost half.
    """
    heard, first = int(work.facts[0]), _common(key, work)
    size = _units(key, work.symbols, first)
    own = _own(work.symbols, first, size, channel.kept, work.line)
    for j in range(first, size):
        here, last, before = work.grid[j + 2], work.grid[j + 1], work.grid[j]
        _advance(channel.put_in, work.blocks, work.symbols[0, j], work.symbols[1, j], heard, here, last, before)
        _leave_out(work.blocks, heard, here)
    work.facts[3] = size
    total = work.grid[size + 1, heard + 2]
    if total <= 0.0:
        return LEAST
    score: Real = max(LEAST, math.log(total) - own - work.facts[1])
    return score


@borrowing
def _common(key: NDArray[np.uint8], work: Workspace) -> Int:
    """Return how many symbols a key has in common, from its beginning on, with the one that was scored last."""
    most = min(key.size, int(work.facts[3]))
    common: Int = 0
    while common < most and work.symbols[0, common] == 1 + symbol(key[common]):
        common += 1
    return common


@borrowing
def _advance(
    put_in: NDArray[np.float32], blocks: NDArray[np.float32], one: Int, two: Int, heard: Int,
    here: NDArray[np.float64], last: NDArray[np.float64], before: NDArray[np.float64],
) -> None:  # fmt: skip
    """Fill the sums up to a position of the key with the blocks that end in its last symbol, or in its last two."""
    alone, pair = put_in[one], put_in[two]
    one_one, one_two, two_one, two_two = blocks[0, one], blocks[0, two], blocks[1, one], blocks[1, two]
    for i in range(heard + 1):
        total = last[i + 2] * alone + before[i + 2] * pair
        total += last[i + 1] * one_one[i] + before[i + 1] * one_two[i]
        here[i + 2] = total + last[i] * two_one[i] + before[i] * two_two[i]


@borrowing
def _leave_out(blocks: NDArray[np.float32], heard: Int, here: NDArray[np.float64]) -> None:
    """Add to the sums what is heard and not kept, from left to right."""
    for i in range(1, heard + 1):
        pair = here[i + 2] + here[i] * blocks[1, 0, i]
        here[i + 2] = pair + here[i + 1] * blocks[0, 0, i]
