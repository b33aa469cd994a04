"""Clean form -> Latin, by named standards.

A romanization is a reading, not a truth: the same Cyrillic word is read by a Russian and by a Ukrainian standard, and
which one a writer used cannot be seen. `Romanizer.readings` therefore returns every reading that differs, each under
the name of its standard. Russian, Ukrainian and other standards are our own tables in `rules/romanization`; languages
that the `transliterate` package knows well and we have no table for go through it; `anyascii` reads every other letter
of every script, and what the others leave over.

>>> from normalizer.rulebook import Rulebook
>>> romanizer = Romanizer(Rulebook.load())
>>> [reading.latin for reading in romanizer.readings("галич")]
['galich', 'halych']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii
from transliterate import get_translit_function

from normalizer.rulebook import Rulebook, Standard

DEFAULT_STANDARDS: Mapping[str, tuple[str, ...]] = {
    "Cyrl": ("ru-bgn-pcgn", "uk-kmu-2010"),
    "Cakm": ("ccp",),
}
"""Script -> the standards that are tried when nothing says which language a form is in."""

LIBRARY_LANGUAGES: Mapping[str, str] = {"Grek": "el", "Armn": "hy", "Geor": "ka"}
"""Script -> the language whose table of the `transliterate` package is used."""

_ISO_15924: Mapping[str, str] = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARMENIAN": "Armn", "GEORGIAN": "Geor", "HEBREW": "Hebr",
    "ARABIC": "Arab", "SYRIAC": "Syrc", "THAANA": "Thaa", "ETHIOPIC": "Ethi", "DEVANAGARI": "Deva", "BENGALI": "Beng",
    "GURMUKHI": "Guru", "GUJARATI": "Gujr", "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda",
    "MALAYALAM": "Mlym", "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "TIBETAN": "Tibt", "MYANMAR": "Mymr",
    "KHMER": "Khmr", "MONGOLIAN": "Mong", "CJK": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "HANGUL": "Hang",
    "CHAKMA": "Cakm",
}  # fmt: skip
"""First word of a letter's Unicode name -> ISO 15924 code of its script."""


def script_of(form: str) -> str:
    """Return the ISO 15924 code of the script of the first letter; `Zyyy` when there is none or it is a rare script.

    >>> script_of("Суджа"), script_of("Sudzha"), script_of("1-я"), script_of("2024")
    ('Cyrl', 'Latn', 'Cyrl', 'Zyyy')
    """
    for letter in form:
        if letter.isalpha():
            return _script_of_letter(letter)
    return "Zyyy"


@lru_cache(1 << 12)
def _script_of_letter(letter: str) -> str:
    return _ISO_15924.get(unicodedata.name(letter, "").partition(" ")[0], "Zyyy")


class Romanization(NamedTuple):
    """A Latin reading and the standard it was made by."""

    latin: str
    standard: str
    """Label such as `KMU 2010 (uk)`; empty when the form was Latin already."""


class Romanizer:
    """Romanizes clean forms by the standards of one rulebook. Immutable and safe to share between threads."""

    def __init__(self, rules: Rulebook) -> None:
        self._tables = {standard.id: _compile(standard) for standard in rules.standards.values()}
        self._labels = {standard.id: f"{standard.label} ({standard.language})" for standard in rules.standards.values()}
        self._ascii = _AsciiLetters()
        self._library = {script: get_translit_function(code) for script, code in LIBRARY_LANGUAGES.items()}

    def readings(self, clean: str) -> list[Romanization]:
        """Return the distinct Latin readings of a clean form, the most general first; never empty."""
        if clean.isascii():
            return [Romanization(clean, "")]
        script = script_of(clean)
        if script == "Latn":
            return [Romanization(self._to_ascii(clean), "")]
        if script in DEFAULT_STANDARDS:
            return self._by_standards(clean, DEFAULT_STANDARDS[script])
        if script in self._library:
            latin = self._library[script](clean, reversed=True).lower()  # Georgian ტ comes as a capital T.
            return [Romanization(self._to_ascii(latin), f"transliterate ({LIBRARY_LANGUAGES[script]})")]
        return [Romanization(self._to_ascii(clean), f"AnyAscii ({script})")]

    def _by_standards(self, clean: str, standards: tuple[str, ...]) -> list[Romanization]:
        readings: dict[str, str] = {}
        for standard in standards:
            readings.setdefault(self._to_ascii(self._tables[standard](clean)), self._labels[standard])
        return [Romanization(latin, label) for latin, label in readings.items()]

    def _to_ascii(self, text: str) -> str:
        return text if text.isascii() else text.translate(self._ascii).lower()


class _AsciiLetters(dict[int, str]):
    """AnyAscii as a table for str.translate, filled letter by letter as letters are met (a pure function's memo)."""

    def __missing__(self, code: int) -> str:
        self[code] = latin = anyascii(chr(code))
        return latin


class Written:
    """A standard, ready to write by."""

    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.by = _compile(standard)
        """Returns a clean form as the standard writes it."""


def _compile(standard: Standard) -> Callable[[str], str]:
    """Return the function that writes a clean form by a standard."""
    plain = {ord(letter): latin for letter, latin in standard.letters.items() if len(letter) == 1}
    special = {letter for letter in standard.letters if len(letter) > 1} | {
        *standard.initial,
        *standard.after,
        *standard.open,
    }
    if not special:
        return lambda clean: clean.translate(plain)
    pattern = re.compile("|".join(sorted(map(re.escape, special), key=len, reverse=True)))

    def write(match: re.Match[str]) -> str:
        letter, start = match[0], match.start()
        before = match.string[start - 1] if start else " "
        if letter in standard.initial and not before.isalpha():
            return standard.initial[letter]
        if letter in standard.after and before in standard.after[letter][0]:
            return standard.after[letter][1]
        if letter in standard.open and not _is_mark(match.string[match.end() :][:1]):
            return standard.open[letter]
        return standard.letters.get(letter, letter)

    return lambda clean: pattern.sub(write, clean).translate(plain)


def _is_mark(letter: str) -> bool:
    """Tell whether a letter is a sign on the one before it, such as a vowel sign."""
    return letter != "" and unicodedata.category(letter).startswith("M")
