"""Words of names that are written in short, with a dot: "N. Macedonia", "Frankfurt a. M.", "Gorzów Wlkp.".

>>> from normalizer.rulebook import Rulebook
>>> abbreviations = Abbreviations(Rulebook.load().abbreviations)
>>> abbreviations.expanded("N. Macedonia"), abbreviations.expanded("Frankfurt a. M."), abbreviations.expanded("L.A.")
(['north Macedonia'], ['Frankfurt am main'], [])
>>> abbreviations.expanded("Pt. Moresby")
['port Moresby', 'point Moresby']
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice, product

_MOST = 6
"""Ways to write one mention in full."""


class Abbreviations:
    """Writes abbreviated words in full by one table: what is first in a name or anywhere -> short form -> words."""

    def __init__(self, table: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._first, self._anywhere = (table.get(position, {}) for position in ("first", "anywhere"))
        self._pattern = re.compile(
            rf"(?P<first>^\s*{_any_of(self._first)})|(?P<anywhere>(?<![\w.]){_any_of(self._anywhere)})", re.IGNORECASE
        )

    def expanded(self, surface: str) -> list[str]:
        """Return a mention with its abbreviations in full, in every way, the first few; nothing where it has none."""
        if "." not in surface:
            return []
        texts: list[Sequence[str]] = []
        end = 0
        for found in self._pattern.finditer(surface):
            texts += [surface[end : found.start()]], self._words(found)
            end = found.end()
        ways = islice(product(*texts, [surface[end:]]), _MOST if texts else 0)
        return [" ".join("".join(way).split()) for way in ways]

    def _words(self, found: re.Match[str]) -> list[str]:
        short = "".join(found[0].casefold().split())
        first = self._first.get(short, ()) if found["first"] else ()
        return [f" {word} " for word in dict.fromkeys((*first, *self._anywhere.get(short, ())))]


def _any_of(shorts: Mapping[str, Sequence[str]]) -> str:
    """Return a pattern of short forms, the longest first, before anything but the letter of another abbreviation."""
    patterns = (re.escape(short).replace(r"\.", r"\.\s?").removesuffix(r"\s?") for short in shorts)
    return rf"(?:{'|'.join(sorted(patterns, key=len, reverse=True))})(?!\s?\w\.)(?!\w\b)"
