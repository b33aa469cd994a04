"""Surface form -> clean form: one spelling for what keyboards, fonts and typesetting write in several.

What is broken between lines is joined, and a word in two scripts that look alike put into one; then Unicode NFKC, case
folding, abbreviations without their dots, and the letters table: apostrophes and invisible controls go, dashes become a
hyphen, variants of Arabic yeh and kaf become one letter. Marks that distinguish letters (й, ñ, ü) stay; they go with
romanization. The clean form keeps commas, brackets and hyphens, as structure is read from them; `words` drops them.

>>> from normalizer.rulebook import Rulebook
>>> cleaner = Cleaner(Rulebook.load())
>>> cleaner.clean("  Кам’янець—Подільський ")
'камянець-подільський'
>>> words("kursk (oblast)")
['kursk', 'oblast']
>>> cleaner.clean("Hel=singistä")
'helsingistä'
>>> cleaner.clean("U.S.S.R.")
'ussr'
"""

from __future__ import annotations

import re
import unicodedata

from normalizer.rulebook import Rulebook


class _Spaced(dict[int, str]):
    """A table for str.translate: letters, digits, marks and `kept` stay, all else becomes a space.

    Marks are the vowel signs, viramas and accents of all scripts (UCD category M). Variation selectors, which are marks
    that only choose a glyph, go. Filled letter by letter as letters are met (a pure function's memo).
    """

    def __init__(self, kept: str) -> None:
        super().__init__({ord(letter): letter for letter in kept})

    def __missing__(self, code: int) -> str:
        self[code] = found = _spaced(chr(code))
        return found


def _spaced(letter: str) -> str:
    if "VARIATION SELECTOR" in unicodedata.name(letter, ""):
        return ""
    return letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " "


_WHERE_LINES_BREAK = re.compile(r"(?<=[^\W\d_])[=¬\u2E17\u2E40]\s*(?=[^\W\d_])")
"""What stands in old print, and in what is read from it by machine, where a word goes on in the next line.

Blackletter has double hyphens (U+2E17, U+2E40), which machines read as an equals sign; others write a not sign. The
double hyphen between the parts of a Japanese name is another letter (U+30A0, U+FF1D), which is not meant.
"""
_IN_CLEAN_FORMS, _IN_WORDS = _Spaced(",()-"), _Spaced("")


_DOTTED = re.compile(r"\s*(?:[^\W\d_]\.)+[^\W\d_]\.?\s*")
"""An abbreviation of two letters or more, with dots between them: all of a name, as single letters
beside words may be initials (J.R.R. Tolkien)."""
_BOTH_SCRIPTS = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0400-\u052F])\w+")
_LATIN, _CYRILLIC = re.compile("[A-Za-z]"), re.compile("[\u0400-\u052f]")


class Cleaner:
    """Cleans surface forms by the rules of one rulebook."""

    def __init__(self, rules: Rulebook) -> None:
        self._letters = rules.letters
        self._to_latin = str.maketrans(dict(rules.lookalikes))
        self._to_cyrillic = str.maketrans({latin: cyrillic for cyrillic, latin in rules.lookalikes.items()})

    def clean(self, surface: str) -> str:
        """Return the clean form: case-folded, single spaces, commas, brackets and hyphens its only punctuation."""
        surface = _WHERE_LINES_BREAK.sub("", surface) if not _is_plain(surface) else surface
        if not surface.isascii() and _LATIN.search(surface) and _CYRILLIC.search(surface):
            surface = _BOTH_SCRIPTS.sub(self._in_one_script, surface)
        folded = surface.casefold() if surface.isascii() else unicodedata.normalize("NFKC", surface).casefold()
        if not folded.isascii():
            folded = unicodedata.normalize("NFC", folded)
        if "." in folded and _DOTTED.fullmatch(folded):
            folded = folded.replace(".", "")
        folded = folded.translate(self._letters)
        return " ".join((folded if _is_plain(folded) else folded.translate(_IN_CLEAN_FORMS)).split())

    def _in_one_script(self, word: re.Match[str]) -> str:
        """Return a word of Latin and Cyrillic letters in one script, if those of the other only look like its own.

        >>> from normalizer.rulebook import Rulebook
        >>> Cleaner(Rulebook.load()).clean("\u041ayiv")
        'kyiv'
        """
        latin, cyrillic = word[0].translate(self._to_latin), word[0].translate(self._to_cyrillic)
        is_latin, is_cyrillic = not _CYRILLIC.search(latin), not _LATIN.search(cyrillic)
        if is_latin and is_cyrillic:  # then the script of most letters
            is_latin = 2 * len(_LATIN.findall(word[0])) > len(word[0])
        return latin if is_latin else cyrillic if is_cyrillic else word[0]


def words(clean: str) -> list[str]:
    """Return the words of a clean form, without punctuation; hyphens separate words."""
    return (clean if _is_plain(clean) else clean.translate(_IN_WORDS)).split()


def _is_plain(text: str) -> bool:
    """Tell at a fraction of a table's cost that a form is letters, digits and blanks: most are."""
    return text.replace(" ", "").isalnum()
