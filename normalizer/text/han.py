"""Traditional and simplified Chinese characters as one form: 維也納 and 维也纳 are one name.

Which characters are one, also by the words they stand in, says OpenCC (its configuration t2s). It is for looking names
up: a name is read in the characters that it is written in, as Japanese names are.

>>> simplified("維也納"), simplified("Vienna")
('维也纳', 'Vienna')
"""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def simplified(form: str) -> str:
    """Return a form with simplified characters in the place of traditional ones."""
    return _converter().convert(form) if _HAN.search(form) else form


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")
