"""The parts of a snapshot as one: where texts stand in the tables of each of them, by one call for all.

A call of a kernel takes longer than to find a text. So nothing is looked up part by part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from normalizer.index.columns import Columns, borrow_columns
from normalizer.index.compiled import Int, borrowing
from normalizer.index.lending import together
from normalizer.index.segment import Segment
from normalizer.index.strings import find


@dataclass(frozen=True, slots=True)
class Part:
    """A segment and what of it is hidden at this revision."""

    type: str
    segment: Segment
    columns: Columns
    scripts: frozenset[int]
    """`script_code` of each script that the gazetteer writes names of such entities in; those of very few aside. Of two
    scripts that share a code, it may be the other one."""


class Parts(tuple[Part, ...]):
    """All parts that are asked together."""

    @cached_property
    def addresses(self) -> NDArray[np.int64]:
        """[parts, addresses]: of the columns of each, see `lending`."""
        return together([part.columns for part in self])

    def find(self, exact: Sequence[str], folded: Sequence[str] = (), skeletons: Sequence[str] = ()) -> list[list[int]]:
        """Return, for each part, the numbers of exact keys, then of folded ones, then of skeletons; -1 where it has
        none."""
        every = [*exact, *folded, *skeletons, ""]
        numbers = np.empty((len(self), len(every) - 1), np.int64)
        if numbers.size:
            asked = np.frombuffer("\0".join(every).encode(), np.uint8)
            _find(self.addresses, asked, len(exact), len(exact) + len(folded), numbers)
        found: list[list[int]] = numbers.tolist()
        return found


@borrowing
def _find(
    parts: NDArray[np.int64], texts: NDArray[np.uint8], exact: Int, folded: Int, numbers: NDArray[np.int64]
) -> None:
    """Fill in the numbers of texts, each before a zero byte: `exact` of them, those up to `folded`, and the rest."""
    for part in range(parts.shape[0]):
        c = borrow_columns(parts[part])
        start = 0
        for at in range(numbers.shape[1]):
            end = start
            while texts[end] != 0:
                end += 1
            text = texts[start:end]
            if at < exact:
                numbers[part, at] = find(text, c.exact_blob, c.exact_offsets, c.exact_slots)
            elif at < folded:
                numbers[part, at] = find(text, c.key_blob, c.key_offsets, c.key_slots)
            else:
                numbers[part, at] = find(text, c.skeleton_blob, c.skeleton_offsets, c.skeleton_slots)
            start = end + 1
