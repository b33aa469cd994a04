"""What a data package calls a name but is none: codes, links, postal numbers, lists, and machine romanizations.

Packages carry everything that volunteers ever typed into an "alternate names" box. What cannot be a name is dropped
with a reason; what a romanization program wrote is kept under its own kind, since nobody searches for it by that form.

>>> fault("KBP", own="Kyiv"), fault("https://example.org/Kyiv", own="Kyiv"), fault("Kijów", own="Kyiv")
('code', 'link', None)
>>> fault("EKE", own="Eke") is None
True
>>> machine_romanized("ku er si ke"), machine_romanized("Koursk")
(True, False)
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
"""Longer "names" are descriptions. The longest true one is a Welsh village's, of 58 letters."""

_CODE = re.compile(r"[A-Z0-9]{1,4}\Z")
_LETTER = re.compile(r"[^\W\d_]")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
_DAMAGED = re.compile(r"[\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_REMARKS = re.compile(r"(?:\s|\*|_|\[a\. \d+\])+\Z")
_UNCAPITALIZED = re.compile(r"[a-z0-9 .,:;/()=・'’‘`´ʹʻʼʾʿ\u200c-\u200f-]+\Z")
_LOWER = re.compile(r"[a-z]")


def tidy(value: str) -> str:
    """Return the value in NFC, with single blanks, without a trailing footnote mark, and with its commas again.

    GeoNames separates alternate names by commas, so a comma inside a name comes out as two blanks.

    >>> tidy("Kington  Texas "), tidy("Wedensen [a. 1274]"), tidy("Hewa *")
    ('Kington, Texas', 'Wedensen', 'Hewa')
    """
    if not value.isalpha():
        value = " ".join(_REMARKS.sub("", value.lstrip()).replace("  ", ", ").split())
    return value if value.isascii() else unicodedata.normalize("NFC", value)


def fault(value: str, own: str) -> str | None:
    """Return why a (tidy) value is not a name of the entity whose own name is `own`, in a word, or None if it is.

    A short word in capitals is the code of an airport or a region, unless the place really has that name.
    """
    if value.isalpha() and 4 < len(value) <= LONGEST:
        return None
    if not value:
        return "empty"
    if len(value) > LONGEST:
        return "over-long"
    if _CODE.match(value) and value.casefold() != own.casefold():
        return "code"
    if not _LETTER.search(value):
        return "no letters"
    if _LINK.search(value):
        return "link"
    if value.startswith("["):
        return "pronunciation"
    if value.count(", ") > 2:
        return "list"
    return "damaged" if _DAMAGED.search(value) else None


def machine_romanized(value: str) -> bool:
    """Say whether a program wrote this: Latin letters without one capital, or a word that is half Latin by accident.

    >>> machine_romanized("sٹawrwpwl"), machine_romanized("Ставрополь"), machine_romanized("ʼwngwwʼr")
    (True, False, True)
    """
    if value.isascii() or _UNCAPITALIZED.match(value):
        return _UNCAPITALIZED.match(value) is not None
    return _LOWER.search(value) is not None and any(map(_half_latin, value.split()))


def _half_latin(word: str) -> bool:
    """Small Latin letters beside letters that have no case; Greek and Cyrillic look-alikes are a person's slip."""
    return _LOWER.search(word) is not None and any(
        unicodedata.category(letter) == "Lo" and "LATIN" not in unicodedata.name(letter, "") for letter in word
    )
