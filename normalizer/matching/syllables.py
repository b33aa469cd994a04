"""Chinese names by their syllables, of which there are four hundred: another one is another name, however near.

>>> from normalizer.rulebook import Rulebook
>>> syllables = Syllables(Rulebook.load().pinyin)
>>> syllables.differ(["xi", "jinping"], ["xu", "jinping"]), syllables.differ(["xi", "jin", "ping"], ["习近平"])
(True, False)
>>> syllables.differ(["hassan", "ali"], ["hasan", "ali"])
False
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, product

from anyascii import anyascii

from normalizer.text.romanize import script_of

_SIGNS = re.compile("[A-Z][a-z]*")
"""How AnyAscii writes the reading of a Han character."""
_MOST_OF_NAME = 4
"""Syllables of the longest names: a family name of two and a given name of two. Other names may be cut into syllables
by chance, but seldom into so few."""
_MOST_WAYS = 64
"""Ways to cut a name that are tried."""


class Syllables:
    """Tells Chinese names apart. Immutable and safe to share between threads."""

    def __init__(self, pinyin: Collection[str]) -> None:
        self._pinyin = frozenset(pinyin)

    def differ(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Tell whether two names, given by their words, are Chinese ones in full, and of other syllables.

        The family name may stand first or last.
        """
        here, there = ({*islice(self._ways(name), _MOST_WAYS)} for name in (one, other))
        return bool(here and there) and here.isdisjoint(there)

    def _ways(self, name: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Yield the syllables of a name in alphabetical order, for each way to cut it; nothing of other names."""
        if len(name) == 1 and script_of(name[0]) == "Hani":
            signs = [sign.lower() for sign in _SIGNS.findall(anyascii(name[0]))]
            if 1 < len(signs) <= _MOST_OF_NAME and len(signs) == len(name[0]):
                yield tuple(sorted(signs))
        elif len(name) > 1:
            for cut in product(*(self._cuts(word) for word in name)):
                syllables = [syllable for word in cut for syllable in word]
                if len(syllables) <= _MOST_OF_NAME and 1 in (len(cut[0]), len(cut[-1])):
                    yield tuple(sorted(syllables))

    def _cuts(self, word: str) -> list[tuple[str, ...]]:
        """Return the ways to cut a word into one or two syllables."""
        whole = [(word,)] if word in self._pinyin else []
        return whole + [
            (word[:end], word[end:])
            for end in range(1, len(word))
            if word[:end] in self._pinyin and word[end:] in self._pinyin
        ]
