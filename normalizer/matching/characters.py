"""The channel of characters: how probable a name is as what the characters of a mention stand for.

A Chinese character stands for none to four letters at once: 斯 for the s of Kursk, 原 for the hara of Maebara. Heard
by way of its romanization it is cut into blocks of one or two letters, which it shares with many other characters.
Here a block is one character of the mention with up to four letters of the folded key, or one letter that no character
says. As in `channel`, the score is the logarithm of the sum over all ways to cut the key, over the key's own
probability. Blanks count on neither side, since not all of these scripts write them between words. A rare character
has the blocks of all that are romanized alike. Fitted by `training/characters.py`.

>>> from normalizer.matching.channel import as_letters
>>> characters, reading = CharacterChannels.load().by_script["Hani"], new_reading()
>>> read(characters, np.array([ord(one) for one in "庫爾斯克"], np.uint32), reading)
>>> alike, other = (log_ratio(characters, as_letters(key), reading) for key in ("kursk", "kuressare"))
>>> bool(alike > 5 > other)
True
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, borrowing
from normalizer.index.grams import SYMBOLS, symbol
from normalizer.index.lending import ADDRESSES, UNLENT, Matrix, Rows, borrower, lent
from normalizer.matching.channel import LEAST

MODELS = Path(__file__).parent.parent / "models" / "characters"
LONGEST_BLOCK = 4
"""Letters that one character stands for, at most."""
MOST_CHARACTERS, MOST_LETTERS = 32, 40
"""Characters of a mention and letters of a key that are compared; the rest is left out."""
FLOOR = 5e-4
"""Probability that a character stands for nothing, or for one letter, where that was never met."""
_BLANK = 32
_RADIX = SYMBOLS + 1
"""A block of letters is the number that their symbols, each plus 1, are the digits of; 0 is none."""


class Characters(NamedTuple):
    """One model, as kernels take it."""

    points: NDArray[np.uint32]
    """[characters]: code points, ascending."""
    sounds: NDArray[np.uint16]
    """[characters]: the sound of each: its own, or one that it shares with all that are romanized alike."""
    starts: NDArray[np.int32]
    """[sounds + 1]: where the blocks of each sound begin."""
    blocks: NDArray[np.uint32]
    """[blocks]: letters, ascending within a sound."""
    chances: NDArray[np.float32]
    """[blocks]: their probability, given the sound."""
    kept: NDArray[np.uint32]
    """[kept]: all letters that a block has, ascending."""
    own: NDArray[np.float32]
    """[kept]: their probability, whatever the sound."""
    put_in: NDArray[np.float32]
    """[SYMBOLS]: the probability of each letter that no character says, for every character."""
    addresses: NDArray[np.int64] = UNLENT
    """See `lending`."""

    @classmethod
    def read(cls, path: Path) -> Characters:
        """Read one model."""
        with np.load(path) as file:
            return lent(cls(**file))

    def write(self, card: Mapping[str, object], folder: Path, script: str) -> None:
        """Write the model and its card."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {name: array for name, array in self._asdict().items() if name != ADDRESSES}
        np.savez_compressed(folder / f"{script}.npz", **arrays)
        (folder / f"{script}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")


borrow_characters = borrower(Characters)
NO_CHARACTERS = lent(Characters(
    np.empty(0, np.uint32), np.empty(0, np.uint16), np.zeros(1, np.int32), np.empty(0, np.uint32),
    np.empty(0, np.float32), np.empty(0, np.uint32), np.empty(0, np.float32), np.zeros(SYMBOLS, np.float32),
))  # fmt: skip
"""What reads the scripts that have no model."""


@dataclass(frozen=True, slots=True)
class CharacterChannels:
    """The models of all scripts that have one."""

    version: str
    """A digest of the models."""
    by_script: Mapping[str, Characters]
    rows: Rows = field(init=False, repr=False, compare=False)
    """The models for mentions in each script (ISO 15924), as kernels take them; for others, one that knows nothing."""

    def __post_init__(self) -> None:
        """Make the models ready for kernels that are told a row."""
        object.__setattr__(self, "rows", Rows(self.by_script, NO_CHARACTERS))

    @classmethod
    def load(cls, folder: Path = MODELS) -> CharacterChannels:
        """Read the models in `folder`."""
        paths = sorted(folder.glob("*.npz"))
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]
        return cls(digest, {path.stem: Characters.read(path) for path in paths})


class Reading(NamedTuple):
    """The characters of a mention, and room to score one key. Not to be shared between threads."""

    sounds: NDArray[np.int64]
    """[MOST_CHARACTERS]: the sound of each; -1 for a character that is not known."""
    size: NDArray[np.int64]
    """[1]: how many there are; 0 when the mention has more than can be compared, or none that is known."""
    symbols: NDArray[np.uint8]
    """[MOST_LETTERS]: those of the key, without blanks."""
    letters: Matrix[np.uint32]
    """[MOST_LETTERS, LONGEST_BLOCK + 1]: the blocks of the key that end at each position, by the number of letters."""
    chances: Matrix[np.float64]
    """[MOST_LETTERS, LONGEST_BLOCK + 1]: their own probability."""
    grid: Matrix[np.float64]
    """[MOST_LETTERS + 1, 2]: the sums up to each position of the key, for two neighboring characters in turn."""


def new_reading() -> Reading:
    """Return the room for one thread (4 KB)."""
    blocks = (MOST_LETTERS, LONGEST_BLOCK + 1)
    return Reading(
        np.zeros(MOST_CHARACTERS, np.int64), np.zeros(1, np.int64), np.zeros(MOST_LETTERS, np.uint8),
        np.zeros(blocks, np.uint32), np.zeros(blocks),
        np.zeros((MOST_LETTERS + 1, 2)),
    )  # fmt: skip


@borrowing
def find(sorted_values: NDArray[np.uint32], low: Int, high: Int, value: Int) -> Int:
    """Return where a value stands in a sorted range, or -1."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if sorted_values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < end and sorted_values[low] == value else -1


@borrowing
def read(model: Characters, text: NDArray[np.uint32], reading: Reading) -> None:
    """Lay out the characters of a mention, so that keys can be scored against it."""
    known: Int = 0
    size: Int = 0
    for point in text:
        if point != _BLANK and size < MOST_CHARACTERS:
            place = find(model.points, 0, model.points.size, point)
            reading.sounds[size] = np.int64(model.sounds[place]) if place >= 0 else -1
            known += place >= 0
        size += point != _BLANK
    reading.size[0] = size if known > 0 and size <= MOST_CHARACTERS else 0


@borrowing
def log_ratio(model: Characters, key: NDArray[np.uint8], reading: Reading) -> Real:
    """Return the score of a key against the mention that was read, LEAST or more."""
    count, size = reading.size[0], _spell(key, reading.symbols)
    own = _cut_letters(model, size, reading)
    grid = reading.grid
    grid[: size + 1, 0] = 0.0
    grid[0, 0] = 1.0
    _put_in(model, reading, size, grid, 0)
    for at in range(count):
        here, after = at & 1, (at + 1) & 1
        _advance(model, reading, reading.sounds[at], size, grid[:, here], grid[:, after])
        _put_in(model, reading, size, grid, after)
    total = grid[size, count & 1]
    if total <= 0.0:
        return LEAST
    score: Real = max(LEAST, math.log(total) - own)
    return score


@borrowing
def _spell(key: NDArray[np.uint8], symbols: NDArray[np.uint8]) -> Int:
    """Write the symbols of a key without its blanks; return how many there are."""
    size: Int = 0
    for letter in key:
        if letter != _BLANK and size < MOST_LETTERS:
            symbols[size] = symbol(letter)
            size += 1
    return size


@borrowing
def _cut_letters(model: Characters, size: Int, reading: Reading) -> Real:
    """Write the blocks of a key and their own probabilities; return the logarithm of that of the key."""
    grid = reading.grid
    grid[0, 0] = 1.0
    for end in range(size):
        block, place, total = np.uint32(0), np.uint32(1), 0.0
        for length in range(1, min(LONGEST_BLOCK, end + 1) + 1):
            block += place * np.uint32(1 + reading.symbols[end + 1 - length])
            place *= np.uint32(_RADIX)
            known = find(model.kept, 0, model.kept.size, block)
            reading.letters[end, length] = block
            reading.chances[end, length] = model.own[known] if known >= 0 else 0.0
            total += grid[end + 1 - length, 0] * reading.chances[end, length]
        grid[end + 1, 0] = total
    return math.log(max(grid[size, 0], 1e-300))


@borrowing
def _advance(
    model: Characters, reading: Reading, sound: Int, size: Int, here: NDArray[np.float64], after: NDArray[np.float64]
) -> None:
    """Fill the sums after a character with the blocks that it may stand for."""
    first, last = np.int64(model.starts[max(0, sound)]), np.int64(model.starts[max(0, sound) + 1])
    for end in range(size + 1):
        total = here[end] * _chance(model, first, last if sound >= 0 else first, 0, FLOOR)
        for length in range(1, min(LONGEST_BLOCK, end) + 1):
            if here[end - length] > 0.0:
                if sound < 0:
                    chance = reading.chances[end - 1, length]
                else:
                    chance = _chance(
                        model, first, last, reading.letters[end - 1, length], FLOOR if length == 1 else 0.0
                    )
                total += here[end - length] * chance
        after[end] = total


@borrowing
def _chance(model: Characters, first: Int, last: Int, block: Int, least: Real) -> Real:
    found = find(model.blocks, first, last, block)
    chance: Real = least
    if found >= 0:
        chance = max(least, np.float64(model.chances[found]))
    return chance


@borrowing
def _put_in(model: Characters, reading: Reading, size: Int, grid: NDArray[np.float64], here: Int) -> None:
    """Add to the sums what letters are put in that no character says."""
    for end in range(1, size + 1):
        grid[end, here] += grid[end - 1, here] * model.put_in[np.int64(reading.letters[end - 1, 1]) - 1]
