"""Surface form -> clean form: one spelling for what keyboards, fonts and typesetting write in several.

Unicode NFKC, case folding, then the letters table: apostrophes and invisible controls go, dashes become a hyphen,
variants of Arabic yeh and kaf become one letter. Marks that distinguish letters (й, ñ, ü) stay; they go with
romanization. The clean form keeps commas, brackets and hyphens, because structure is read from them; `words` drops
them.

>>> from normalizer.rulebook import Rulebook
>>> cleaner = Cleaner(Rulebook.load())
>>> cleaner.clean("  Кам’янець—Подільський ")
'камянець-подільський'
>>> words("kursk (oblast)")
['kursk', 'oblast']
"""

from __future__ import annotations

import re
import unicodedata

from normalizer.rulebook import Rulebook

_MARKS = "".join(letter for letter in map(chr, range(0x300, 0x1F000)) if unicodedata.category(letter)[0] == "M")
"""Vowel signs, viramas and accents of all scripts (UCD category M): part of words, although not \\w."""
_NOT_IN_WORDS = re.compile(rf"[^\w{_MARKS}]+|_")
"""What separates words."""
_PUNCTUATION = re.compile(rf"[^\w\s,()\-{_MARKS}]|_")


class Cleaner:
    """Cleans surface forms by the rules of one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._letters = rules.letters

    def clean(self, surface: str) -> str:
        """Return the clean form: case-folded, single spaces, commas, brackets and hyphens its only punctuation."""
        folded = surface.casefold() if surface.isascii() else unicodedata.normalize("NFKC", surface).casefold()
        if not folded.isascii():
            folded = unicodedata.normalize("NFC", folded)
        folded = folded.translate(self._letters)
        return " ".join((folded if _is_plain(folded) else _PUNCTUATION.sub(" ", folded)).split())


def words(clean: str) -> list[str]:
    """Return the words of a clean form, without punctuation; hyphens separate words."""
    return (clean if _is_plain(clean) else _NOT_IN_WORDS.sub(" ", clean)).split()


def _is_plain(text: str) -> bool:
    """Tell at a fraction of a regular expression's cost that a form is letters, digits and blanks: most are."""
    return text.replace(" ", "").isalnum()
