"""How few letters a mention differs by from a known form in its own script: what slips of the hand leave alike.

The channel hears what spellings have in common across scripts and languages. A letter left out or exchanged is like
nothing that it has learned, and where a sign is a syllable, like several. Counted in the script itself it is one.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, name_script
from normalizer.index.compiled import Int, Real, borrowing

LONGEST = 48
"""Letters of the longest form that is compared."""
_CODES = 1 << 16
"""Letters beyond the basic plane have no case that matters here."""
_SHARE = 1 / 3
"""Share of the letters from which on two forms are not alike at all."""


class Slips(NamedTuple):
    """Room to compare a mention with names."""

    lower: NDArray[np.uint16]
    """[_CODES]: each letter in lower case."""
    name: NDArray[np.uint32]
    """[LONGEST]: the letters of a name."""
    rows: NDArray[np.int64]
    """[3, LONGEST + 1]: three rows of the table of distances, in turn."""


def new_slips() -> Slips:
    """Return the room for one thread (2 KB, beside a table that all threads share)."""
    return Slips(_lower(), np.zeros(LONGEST, np.uint32), np.zeros((3, LONGEST + 1), np.int64))


@cache
def _lower() -> NDArray[np.uint16]:
    lowered = [chr(code).lower() for code in range(_CODES)]
    return np.array([ord(to) if len(to) == 1 else code for code, to in enumerate(lowered)], np.uint16)


def code_points(text: str) -> bytes:
    """Return the code points of a text, four bytes each; none of one that is too long to be compared."""
    return text.encode("utf-32-le") if len(text) <= LONGEST else b""


@borrowing
def nearest_form(c: Columns, text: NDArray[np.uint32], script: Int, entity: Int, slips: Slips) -> tuple[Real, Int]:
    """Return how near the nearest name of an entity in a script is, and how many it has there.

    1 is near for the same letters, 0 for a third of them or more that differ.
    """
    nearest: Real = 0.0
    names: Int = 0
    for name in range(np.int64(c.name_starts[entity]), np.int64(c.name_starts[entity + 1])):
        if name_script(c, name) == script:
            nearest = max(nearest, _nearness(c, text, name, slips))
            names += 1
    return nearest, names


@borrowing
def _nearness(c: Columns, text: NDArray[np.uint32], name: Int, slips: Slips) -> Real:
    size = _decode(c.name_blob[c.name_offsets[name] : c.name_offsets[name + 1]], slips)
    longer = max(size, text.size)
    if size == 0 or text.size == 0 or abs(size - text.size) >= longer * _SHARE:
        return 0.0
    return max(0.0, 1.0 - distance(text, slips.name[:size], slips.rows) / (longer * _SHARE))


@borrowing
def _decode(name: NDArray[np.uint8], slips: Slips) -> Int:
    """Write the letters of a name given in UTF-8, in lower case; return how many, 0 when there are too many."""
    count = 0
    code = np.uint32(0)
    for byte in name:
        if byte & 0xC0 == 0x80:
            code = (code << np.uint32(6)) | np.uint32(byte & 0x3F)
        else:
            if count == slips.name.size:
                return 0
            count += 1
            code = np.uint32(byte if byte < 0x80 else byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07))
        slips.name[count - 1] = code
    for at in range(count):
        if slips.name[at] < _CODES:
            slips.name[at] = slips.lower[slips.name[at]]
    return count


@borrowing
def distance(one: NDArray[np.uint32], two: NDArray[np.uint32], rows: NDArray[np.int64]) -> Int:
    """Return how many letters must be put in, left out, exchanged, or swapped with the next one to make two of one.

    The optimal string alignment of Damerau (1964): no part is changed twice. `rows`: [3, one more than `two` has].
    """
    before, last, here = rows[0], rows[1], rows[2]
    for j in range(two.size + 1):
        here[j] = j
    for i in range(1, one.size + 1):
        before, last, here = last, here, before
        here[0] = i
        for j in range(1, two.size + 1):
            least = min(last[j] + 1, here[j - 1] + 1, last[j - 1] + (one[i - 1] != two[j - 1]))
            if i > 1 and j > 1 and one[i - 1] == two[j - 2] and one[i - 2] == two[j - 1]:
                least = min(least, before[j - 2] + 1)
            here[j] = least
    found: Int = here[two.size]
    return found
