"""A read-only table of distinct strings: number -> string, and string -> number by an open-addressing hash.

Three flat arrays (UTF-8 blob, offsets, u32 slots), so that it can be mapped from a file and read by kernels.

>>> table = StringTable.build(["kursk", "суджа"])
>>> table.find("суджа"), table.find("льгов"), table[0], len(table)
(1, -1, 'kursk', 2)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, borrowing, compiled

_EMPTY = np.uint32(0xFFFFFFFF)
FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_SHIFT = np.uint64(29)


@borrowing
def hashed(h: np.uint64, byte: Int) -> np.uint64:
    """Return the `fnv1a` of a text with one byte more, given that of the text: FNV_OFFSET where it is empty."""
    return (h ^ np.uint64(byte)) * _FNV_PRIME


@borrowing
def fnv1a(text: NDArray[np.uint8]) -> np.uint64:
    """FNV-1a, 64 bits (Fowler, Noll, Vo)."""
    h = FNV_OFFSET
    for byte in text:
        h = hashed(h, byte)
    return h


@compiled
def hashes(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return `fnv1a` of each string."""
    found = np.empty(offsets.size - 1, np.uint64)
    for number in range(found.size):
        found[number] = fnv1a(blob[offsets[number] : offsets[number + 1]])
    return found


@borrowing
def _hash(text: NDArray[np.uint8]) -> np.uint64:
    """FNV-1a with one fold of the high bits into the low ones, which choose the slot."""
    h = fnv1a(text)
    return h ^ (h >> _SHIFT)


@borrowing
def _same(text: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    if text.size != other.size:
        return False
    for i in range(text.size):  # noqa: SIM110 (a generator cannot be compiled)
        if text[i] != other[i]:
            return False
    return True


@compiled
def _fill(blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.uint32]) -> None:
    mask = np.uint64(slots.size - 1)
    for number in range(offsets.size - 1):
        at = _hash(blob[offsets[number] : offsets[number + 1]]) & mask
        while slots[at] != _EMPTY:
            at = (at + np.uint64(1)) & mask
        slots[at] = number


@borrowing
def find(
    text: NDArray[np.uint8], blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.uint32]
) -> Int:
    """Return the number of a string given as UTF-8 bytes, or -1."""
    mask = np.uint64(slots.size - 1)
    at = _hash(text) & mask
    while slots[at] != _EMPTY:
        number = np.int64(slots[at])
        if _same(text, blob[offsets[number] : offsets[number + 1]]):
            return number
        at = (at + np.uint64(1)) & mask
    return -1


@compiled
def find_all(
    texts: NDArray[np.uint8], count: Int, blob: NDArray[np.uint8], offsets: NDArray[np.int64],
    slots: NDArray[np.uint32],
) -> NDArray[np.int64]:  # fmt: skip
    """Return the number of each of some strings, or -1: `texts` holds them all, each before a zero byte."""
    numbers = np.empty(count, np.int64)
    start = 0
    for at in range(count):
        end = start
        while texts[end] != 0:
            end += 1
        numbers[at] = find(texts[start:end], blob, offsets, slots)
        start = end + 1
    return numbers


@compiled
def interned(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct ones of some strings in the order in which they first come.

    Returns (where each distinct one comes first, the number of each string).
    """
    size = 2
    while size < 2 * offsets.size:
        size *= 2
    slots = np.full(size, -1, np.int64)
    mask = np.uint64(size - 1)
    first_of = np.empty(offsets.size - 1, np.int64)
    numbers = np.empty(offsets.size - 1, np.int64)
    count = 0
    for one in range(numbers.size):
        text = blob[offsets[one] : offsets[one + 1]]
        at = _hash(text) & mask
        while slots[at] >= 0:
            first = first_of[slots[at]]
            if _same(text, blob[offsets[first] : offsets[first + 1]]):
                break
            at = (at + np.uint64(1)) & mask
        if slots[at] < 0:
            slots[at] = count
            first_of[count] = one
            count += 1
        numbers[one] = slots[at]
    return first_of[:count].copy(), numbers


@compiled
def _taken(
    blob: NDArray[np.uint8], offsets: NDArray[np.int64], chosen: NDArray[np.int64], into: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Copy the chosen strings one after another, to where `into` says each begins."""
    copied = np.empty(into[-1], np.uint8)
    for number in range(chosen.size):
        start = offsets[chosen[number]]
        for i in range(into[number + 1] - into[number]):
            copied[into[number] + i] = blob[start + i]
    return copied


class _Views:
    """The same two arrays as `Strings`: to read one string by these takes half as long."""

    __slots__ = ("_bounds", "_bytes")
    _bytes: memoryview
    _bounds: memoryview


@dataclass(frozen=True, slots=True)
class Strings(_Views):
    """A read-only list of strings in two arrays: UTF-8 `blob` (u8) and `offsets` (i64, one more than strings)."""

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Make the views by which single strings are read."""
        object.__setattr__(self, "_bytes", self.blob.data)
        object.__setattr__(self, "_bounds", self.offsets.data)

    def __reduce__(self) -> tuple[type[Strings], tuple[object, ...]]:
        """Be copied and pickled as the arrays alone, of which the copy makes its views."""
        return type(self), tuple(getattr(self, one.name) for one in fields(self))

    @classmethod
    def build(cls, strings: Sequence[str]) -> Strings:
        """Pack strings in their order. None may have a NUL in it: no name and no id has."""
        joined = np.frombuffer("\0".join([*strings, ""]).encode() if strings else b"", np.uint8)
        offsets = np.zeros(len(strings) + 1, np.int64)
        offsets[1:] = np.flatnonzero(joined == 0) - np.arange(len(strings))
        return cls(joined[joined != 0], offsets)

    def take(self, chosen: NDArray[np.int64]) -> Strings:
        """Return the strings with these numbers, in their order."""
        offsets = np.zeros(chosen.size + 1, np.int64)
        np.cumsum(np.diff(self.offsets)[chosen], out=offsets[1:])
        return Strings(_taken(self.blob, self.offsets, chosen, offsets), offsets)

    def __len__(self) -> int:
        return self.offsets.size - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._bounds[number] : self._bounds[number + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        text, bounds = self.blob.tobytes(), self.offsets.tolist()
        return (text[start:end].decode() for start, end in pairwise(bounds))


@dataclass(frozen=True, slots=True)
class StringTable(Strings):
    """Distinct strings that can be found; `slots` is the hash (u32, a power of two, at most half full)."""

    slots: NDArray[np.uint32]

    @classmethod
    def build(cls, strings: Sequence[str]) -> StringTable:
        """Pack distinct strings and hash them. The caller sees to it that none occurs twice."""
        return cls.of(Strings.build(strings))

    @classmethod
    def of(cls, strings: Strings) -> StringTable:
        """Hash strings that are distinct."""
        slots = np.full(max(2, 1 << (2 * len(strings)).bit_length()), _EMPTY, np.uint32)
        _fill(strings.blob, strings.offsets, slots)
        return cls(strings.blob, strings.offsets, slots)

    def find(self, text: str) -> int:
        """Return the number of a string, or -1."""
        return int(find(np.frombuffer(text.encode(), np.uint8), self.blob, self.offsets, self.slots))

    def find_all(self, texts: Sequence[str]) -> list[int]:
        """Return the number of each string, or -1, in one pass; see `build`."""
        if not texts:
            return []
        asked = np.frombuffer("\0".join([*texts, ""]).encode(), np.uint8)
        numbers: list[int] = find_all(asked, len(texts), self.blob, self.offsets, self.slots).tolist()
        return numbers
