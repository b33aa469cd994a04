"""Names that are made of other names and stay names beside them: Pokrovsk of Pokrov, Petrosyan of Petros.

>>> from normalizer.rulebook import Rulebook
>>> derivations = Derivations(KeyMaker(Rulebook.load()), "place")
>>> derivations.differ_by(["покровск"], ["pokrov"]), derivations.differ_by(["pokrovsk"], ["pokrovsky"])
(True, False)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from normalizer.text.keys import KeyMaker

_SHORT = 3
"""Letters of a name that others are not thought to be made of."""


class Derivations:
    """The endings by which names of one kind are made of others. Immutable."""

    def __init__(self, keymaker: KeyMaker, kind: str) -> None:
        self._folded = keymaker.folded
        ends: defaultdict[str, set[str]] = defaultdict(set)
        for ending, rows in keymaker.rules.derivations[kind].items():
            ends[self._folded(ending)] |= {self._folded(row.replacement) if row.replacement else "" for row in rows}
        self._ends = dict(ends)
        self._longest = max(map(len, ends))

    def differ_by(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Tell whether one word of either is made of one of the other, and all else is shared; words in any script."""
        sides = [[*map(self._folded, side)] for side in (one, other)]
        left = [word for word in sides[0] if word not in sides[1]], [word for word in sides[1] if word not in sides[0]]
        if len(one) != len(other) or any(len(words) != 1 for words in left):
            return False
        shorter, longer = sorted((left[0][0], left[1][0]), key=len)
        return len(shorter) >= _SHORT and any(
            shorter == longer[: len(longer) - length] + replacement
            for length in range(1, min(self._longest, len(longer) - 1) + 1)
            for replacement in self._ends.get(longer[len(longer) - length :], ())
        )
