"""Names that are made of other names and stay names beside them: Pokrovsk of Pokrov, Petrosyan of Petros.

>>> from normalizer.rulebook import Rulebook
>>> derivations = Derivations(KeyMaker(Rulebook.load()), "place")
>>> derivations.differ_by(["покровск"], ["pokrov"]), derivations.differ_by(["pokrovsk"], ["pokrovsky"])
(True, False)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz.distance import JaroWinkler

from normalizer.text.fold import skeleton
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

    def differ_by(self, one: Sequence[str], other: Sequence[str], *, more: int = 0) -> bool:
        """Tell whether one word of either is made of one of the other, and all else is shared; words in any script.

        `more`: words that only one of the two may have besides, as a patronymic is left out.
        """
        sides = [[*map(self._folded, side)] for side in (one, other)]
        left = [word for word in sides[0] if word not in sides[1]], [word for word in sides[1] if word not in sides[0]]
        fewer, many = sorted(left, key=len)
        if len(fewer) != 1 or len(many) > 1 + more or abs(len(one) - len(other)) > more:
            return False
        return self._is_made(fewer[0], max(many, key=lambda word: JaroWinkler.similarity(fewer[0], word)))

    def _is_made(self, *pair: str) -> bool:
        """Tell whether one of two words is made of the other, or both of one and the same: Abramov, Abramovich."""
        shorter, longer = sorted(pair, key=len)
        if len(shorter) < _SHORT:
            return False
        if shorter in self._made_of(longer):
            return True
        stems = self._made_of(shorter).keys() & self._made_of(longer).keys()
        ends = ({self._made_of(word)[stem] for word in pair} for stem in stems if len(stem) > _SHORT)
        return any(len({*map(skeleton, two)}) > 1 for two in ends)

    def _made_of(self, word: str) -> dict[str, str]:
        """Return what a word may be made of, each with the ending that is left out: the longest."""
        return {
            word[: len(word) - length] + replacement: word[len(word) - length :]
            for length in range(1, min(self._longest, len(word) - 1) + 1)
            for replacement in self._ends.get(word[len(word) - length :], ())
        }
