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
"""Letters of the longest form that is compared; a word of bits has one for each."""
_CODES = 1 << 16
"""Letters beyond the basic plane have no case that matters here, and stand in the place of those that no name has."""
_LAST = np.uint32(_CODES - 1)
_ONE = np.uint64(1)
_SHARE = 1 / 3
"""Share of the letters from which on two forms are not alike at all."""


class Slips(NamedTuple):
    """Room to compare a mention with names."""

    lower: NDArray[np.uint16]
    """[_CODES]: each letter in lower case."""
    places: NDArray[np.uint64]
    """[_CODES]: where the mention has each letter, a bit for each place, while it is marked; otherwise 0."""
    name: NDArray[np.uint32]
    """[LONGEST]: the letters of a name."""


def new_slips() -> Slips:
    """Return the room for one thread (half a megabyte, beside a table that all threads share)."""
    return Slips(_lower(), np.zeros(_CODES, np.uint64), np.zeros(LONGEST, np.uint32))


@cache
def _lower() -> NDArray[np.uint16]:
    lowered = [chr(code).lower() for code in range(_CODES)]
    return np.array([ord(to) if len(to) == 1 else code for code, to in enumerate(lowered)], np.uint16)


def code_points(text: str) -> bytes:
    """Return the code points of a text, four bytes each; none of one that is too long to be compared."""
    return text.encode("utf-32-le") if len(text) <= LONGEST else b""


@borrowing
def mark(text: NDArray[np.uint32], slips: Slips) -> None:
    """Note where a mention has its letters, for `nearest_form`, until `unmark`."""
    for place in range(text.size):
        slips.places[text[place] & _LAST] |= _ONE << np.uint64(place)


@borrowing
def unmark(text: NDArray[np.uint32], slips: Slips) -> None:
    """Forget the letters of a mention."""
    for letter in text:
        slips.places[letter & _LAST] = 0


@borrowing
def nearest_form(c: Columns, text: NDArray[np.uint32], script: Int, entity: Int, slips: Slips) -> tuple[Real, Int]:
    """Return how near the nearest name of an entity in a script is to a marked text, and how many it has there.

    1 is near for the same letters, 0 for a third of them or more that differ.
    """
    nearest: Real = 0.0
    names: Int = 0
    for name in range(np.int64(c.name_starts[entity]), np.int64(c.name_starts[entity + 1])):
        if name_script(c, name) == script:
            nearest = max(nearest, _nearness(c, text.size, name, slips, nearest))
            names += 1
    return nearest, names


@borrowing
def _nearness(c: Columns, letters: Int, name: Int, slips: Slips, least: Real) -> Real:
    """Return how near a name is to a marked text of so many letters; 0 where it is not nearer than `least`."""
    size = _decode(c.name_blob[c.name_offsets[name] : c.name_offsets[name + 1]], letters, slips)
    most = max(size, letters) * _SHARE
    if size == 0 or abs(size - letters) >= most * (1.0 - least):
        return 0.0
    return max(0.0, 1.0 - distance(letters, slips.name[:size], slips.places) / most)


@borrowing
def _decode(name: NDArray[np.uint8], letters: Int, slips: Slips) -> Int:
    """Write the letters of a name given in UTF-8, in lower case; return how many.

    Returns 0 when there are too many to be compared, or to be like a text of so many letters.
    """
    count = 0
    most = min(slips.name.size, letters + letters // 2)
    code = np.uint32(0)
    for byte in name:
        if byte & 0xC0 == 0x80:
            code = (code << np.uint32(6)) | np.uint32(byte & 0x3F)
        else:
            if count == most:
                return 0
            count += 1
            code = np.uint32(byte if byte < 0x80 else byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07))
        slips.name[count - 1] = code
    for at in range(count):
        if slips.name[at] < _CODES:
            slips.name[at] = slips.lower[slips.name[at]]
    return count


@borrowing
def distance(letters: Int, name: NDArray[np.uint32], places: NDArray[np.uint64]) -> Int:
    """Return how many letters must be put in, left out, exchanged, or swapped with the next one to make two forms one.

    `letters`: of the form whose letters `places` tells, 1 to 64. The optimal string alignment of Damerau (1964), in
    which no part is changed twice; a column of its table at a time, as the bits of words (Hyyrö 2003).
    """
    last = _ONE << np.uint64(letters - 1)
    higher, lower, diagonal, before = ~np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    found: Int = letters
    for letter in name:
        here = places[letter & _LAST]
        swapped = ((~diagonal & here) << _ONE) & before
        diagonal = (((here & higher) + higher) ^ higher) | here | lower | swapped
        more, less = lower | ~(diagonal | higher), diagonal & higher
        found += np.int64(more & last != 0) - np.int64(less & last != 0)
        more = (more << _ONE) | _ONE
        higher, lower = (less << _ONE) | ~(diagonal | more), more & diagonal
        before = here
    return found
