"""Word endings: case forms to the nominative, place adjectives to their noun.

Endings are ambiguous, so every rule that fits gives one more form; which of them is a name, the index knows. Forms are
returned the most probable first, which is the order of longer endings first, then of the rows in the table.

>>> from normalizer.rulebook import Rulebook
>>> endings = Endings(Rulebook.load().inflections)
>>> "суджа" in [form for form, _ in endings.alternatives("судже")]
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from normalizer.rulebook import Ending

_MIN_STEM = 2
"""Letters that must remain before an ending."""
_MOST_FORMS = 24
"""Forms tried for a name of several words."""


class Endings:
    """Alternatives for the endings of words, from one table of the rulebook."""

    def __init__(self, table: Mapping[str, tuple[Ending, ...]]) -> None:
        self._table = table
        self._longest = max(map(len, table), default=0)

    def alternatives(self, word: str) -> list[tuple[str, Ending]]:
        """Return (form, the rule that made it) for every rule that fits one word, without repeats."""
        found: dict[str, Ending] = {}
        for length in range(min(self._longest, len(word) - _MIN_STEM), -1, -1):
            cut = len(word) - length
            for rule in self._table.get(word[cut:], ()):
                found.setdefault(word[:cut] + rule.replacement, rule)
        found.pop(word, None)
        return list(found.items())

    def forms(self, words: list[str]) -> Iterator[tuple[str, Ending]]:
        """Yield (form, the rule of its first changed word) for a name of one or more words, at most _MOST_FORMS.

        A word may keep its form beside changed ones: only some parts of a name are inflected.
        """
        if len(words) > 3:
            return
        options: list[list[tuple[str, Ending | None]]] = [
            [*self.alternatives(word)[: _MOST_FORMS // len(words)], (word, None)] for word in words
        ]
        for choice in islice(product(*options), 4 * _MOST_FORMS):
            rule = next((rule for _, rule in choice if rule), None)
            if rule:
                yield " ".join(form for form, _ in choice), rule
