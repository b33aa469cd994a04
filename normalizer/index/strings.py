"""A read-only table of distinct strings: number -> string, and string -> number by an open-addressing hash.

Three flat arrays (UTF-8 blob, offsets, u32 slots), so that it can be mapped from a file and read by kernels.

>>> table = StringTable.build(["kursk", "суджа"])
>>> table.find("суджа"), table.find("льгов"), table[0], len(table)
(1, -1, 'kursk', 2)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, compiled

_EMPTY = np.uint32(0xFFFFFFFF)
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_SHIFT = np.uint64(29)


@compiled
def _hash(text: NDArray[np.uint8]) -> np.uint64:
    """FNV-1a, 64 bits (Fowler, Noll, Vo), with one fold of the high bits into the low ones."""
    h = _FNV_OFFSET
    for byte in text:
        h = (h ^ np.uint64(byte)) * _FNV_PRIME
    return h ^ (h >> _SHIFT)


@compiled
def _fill(blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.uint32]) -> None:
    mask = np.uint64(slots.size - 1)
    for number in range(offsets.size - 1):
        at = _hash(blob[offsets[number] : offsets[number + 1]]) & mask
        while slots[at] != _EMPTY:
            at = (at + np.uint64(1)) & mask
        slots[at] = number


@compiled
def find(
    text: NDArray[np.uint8], blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.uint32]
) -> Int:
    """Return the number of a string given as UTF-8 bytes, or -1."""
    mask = np.uint64(slots.size - 1)
    at = _hash(text) & mask
    while slots[at] != _EMPTY:
        number = np.int64(slots[at])
        start = offsets[number]
        if offsets[number + 1] - start == text.size:
            same = True
            for i in range(text.size):
                if blob[start + i] != text[i]:
                    same = False
                    break
            if same:
                return number
        at = (at + np.uint64(1)) & mask
    return -1


@compiled
def find_all(
    texts: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    slots: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Return the number of each of several strings, or -1: `texts` holds them all, cut at `bounds`."""
    numbers = np.empty(bounds.size - 1, np.int64)
    for at in range(numbers.size):
        numbers[at] = find(texts[bounds[at] : bounds[at + 1]], blob, offsets, slots)
    return numbers


@dataclass(frozen=True, slots=True)
class Strings:
    """A read-only list of strings in two arrays: UTF-8 `blob` (u8) and `offsets` (i64, one more than strings)."""

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def build(cls, strings: Sequence[str]) -> Strings:
        """Pack strings in their order."""
        encoded = [text.encode() for text in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return self.offsets.size - 1

    def __getitem__(self, number: int) -> str:
        return bytes(self.blob[self.offsets[number] : self.offsets[number + 1]]).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))


@dataclass(frozen=True, slots=True)
class StringTable(Strings):
    """Distinct strings that can be found; `slots` is the hash (u32, a power of two, at most half full)."""

    slots: NDArray[np.uint32]

    @classmethod
    def build(cls, strings: Sequence[str]) -> StringTable:
        """Pack distinct strings and hash them. The caller sees to it that none occurs twice."""
        packed = Strings.build(strings)
        slots = np.full(max(2, 1 << (2 * len(strings)).bit_length()), _EMPTY, np.uint32)
        _fill(packed.blob, packed.offsets, slots)
        return cls(packed.blob, packed.offsets, slots)

    def find(self, text: str) -> int:
        """Return the number of a string, or -1."""
        return int(find(np.frombuffer(text.encode(), np.uint8), self.blob, self.offsets, self.slots))

    def find_all(self, texts: Sequence[str]) -> list[int]:
        """Return the number of each string, or -1, in one pass."""
        asked = Strings.build(texts)
        numbers: list[int] = find_all(asked.blob, asked.offsets, self.blob, self.offsets, self.slots).tolist()
        return numbers
