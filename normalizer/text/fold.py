"""Latin -> match keys: the forms under which names are looked up.

The *folded* key undoes what romanizations disagree on and speakers do not hear: doubled letters, kh for h, w for v,
y and j for i, tsch for ch. The *skeleton* is coarser: the outline of consonants, with voiced and voiceless alike. Both
are made of a–z, 0–9 and single spaces only.

>>> from normalizer.rulebook import Rulebook
>>> folder = Folder(Rulebook.load())
>>> folder.fold("zelenskyy") == folder.fold("zelenskij") == folder.fold("zelenski")
True
>>> skeleton("zelenski"), skeleton("selenski")
('slnsk', 'slnsk')
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from normalizer.rulebook import Rulebook

_NOT_KEY = re.compile(r"[^a-z0-9\n]+")
_DOUBLED = re.compile(r"([a-z])\1+")
_SKELETON = str.maketrans(
    {**dict.fromkeys("aeiouyhw "), "b": "p", "v": "f", "d": "t", "g": "k", "q": "k", "c": "s", "z": "s", "j": "s"}
)


def _once(doubled: re.Match[str]) -> str:
    """Return the letter that is doubled: three times as quick as a template."""
    return doubled[1]


class Folder:
    """Folds Latin forms by the rules of one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._to = dict(rules.folds)
        longest_first = sorted(map(re.escape, self._to), key=len, reverse=True)
        self._pattern = re.compile("|".join(longest_first) or r"(?!)")

    def fold(self, latin: str) -> str:
        """Return the folded key of a lower-case ASCII form; empty when it holds no letter and no digit."""
        return self._respelled(latin if latin.isalnum() else _NOT_KEY.sub(" ", latin).strip())

    def fold_all(self, lines: str) -> list[str]:
        """Return the folded key of each of some lines, in one pass over all of them.

        >>> from normalizer.rulebook import Rulebook
        >>> Folder(Rulebook.load()).fold_all("zelenskij'\\nkhalych")
        ['zelenski', 'halic']
        """
        return [key.strip() for key in self._respelled(_NOT_KEY.sub(" ", lines)).split("\n")]

    def _respelled(self, key: str) -> str:
        return _DOUBLED.sub(_once, self._pattern.sub(lambda match: self._to[match[0]], key))


def skeleton(key: str) -> str:
    """Return the consonant outline of a folded key; the first letter stands for itself when there are no consonants."""
    return skeletons([key])[0]


def skeletons(keys: Sequence[str]) -> list[str]:
    """Return the skeleton of each of many keys, in one pass over all of them."""
    outlines = _DOUBLED.sub(_once, "\n".join(keys).translate(_SKELETON)).split("\n")
    return [outline or key[:1] for outline, key in zip(outlines, keys, strict=bool(keys))]
