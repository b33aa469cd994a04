"""Chinese names by their syllables, of which there are four hundred: another one is another name, however near.

>>> from normalizer.rulebook import Rulebook
>>> rules = Rulebook.load()
>>> syllables = Syllables(rules.pinyin, rules.han_readings)
>>> syllables.differ(["xi", "jinping"], ["xu", "jinping"]), syllables.differ(["xi", "jin", "ping"], ["习近平"])
(True, False)
>>> syllables.differ(["hassan", "ali"], ["hasan", "ali"])
False
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product

from anyascii import anyascii

from normalizer.text.romanize import script_of

_UMLAUT = re.compile("([ln])(?:v|yu)")
"""How keyboards and passports write lü and nü, which people also write without their dots."""
_MOST_OF_NAME = 4
"""Syllables of the longest names: a family name of two and a given name of two. Other names may be cut into syllables
by chance, but seldom into so few."""


class Syllables:
    """Tells Chinese names apart. Immutable and safe to share between threads."""

    def __init__(self, pinyin: Collection[str], han: Mapping[str, tuple[str, ...]]) -> None:
        self._pinyin, self._han = frozenset(pinyin), han

    def differ(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Tell whether two names, given by their words, are Chinese ones in full, and of other syllables.

        The family name may stand first or last.
        """
        here, there = ({*self._ways(name)} for name in (one, other))
        return bool(here and there) and here.isdisjoint(there)

    def _ways(self, name: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Yield the syllables of a name in alphabetical order, for each way to cut it; nothing of other names."""
        if len(name) == 1 and script_of(name[0]) == "Hani":
            if 1 < len(name[0]) <= _MOST_OF_NAME:
                yield from (tuple(sorted(read)) for read in product(*map(self._read, name[0])))
        elif 1 < len(name) <= _MOST_OF_NAME:
            for cut in product(*(self._cuts(_UMLAUT.sub(r"\1u", anyascii(word).lower())) for word in name)):
                syllables = [syllable for word in cut for syllable in word]
                if len(syllables) <= _MOST_OF_NAME and 1 in (len(cut[0]), len(cut[-1])):
                    yield tuple(sorted(syllables))

    def _read(self, sign: str) -> tuple[str, ...]:
        """Return how a Han character is read, in names too."""
        return (*self._han.get(sign, ()), anyascii(sign).lower())

    def _cuts(self, word: str) -> list[tuple[str, ...]]:
        """Return the ways to cut a word into one or two syllables; the second begins with a consonant, as an apostrophe
        stands before a vowel."""
        whole = [(word,)] if word in self._pinyin else []
        return whole + [
            (word[:end], word[end:])
            for end in range(1, len(word))
            if word[end] not in "aeo" and word[:end] in self._pinyin and word[end:] in self._pinyin
        ]
