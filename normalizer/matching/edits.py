"""How alike two folded keys are letter by letter: the evidence beside the learned channel that needs no training.

A weighted edit distance (Wagner and Fischer 1974) whose letter costs are the rows of
`rules/letter_costs.tsv`: vowels are cheap to confuse, d for t cheaper than d for m. `similarity` turns the cost into
[0, 1] by the longer length.

>>> from normalizer.matching.channel import as_letters
>>> from normalizer.rulebook import Rulebook
>>> costs = letter_costs(Rulebook.load())
>>> round(float(similarity(as_letters("guevo"), as_letters("guivo"), costs, workspace())), 2)
0.94
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Real, compiled
from normalizer.index.grams import LONGEST_KEY, SYMBOLS, symbol
from normalizer.rulebook import Rulebook

NOTHING = SYMBOLS
"""The symbol that stands for no letter in the cost matrix."""


def letter_costs(rules: Rulebook) -> NDArray[np.float32]:
    """Return the [38, 38] matrix of costs between the symbols of folded keys (0 blank, 1–26 letters, 27–36 digits)."""
    costs = np.ones((SYMBOLS + 1, SYMBOLS + 1), np.float32)
    for (a, b), cost in rules.letter_costs.items():
        costs[_symbol(a), _symbol(b)] = cost
    np.fill_diagonal(costs, 0)
    costs.flags.writeable = False
    return costs


def _symbol(letter: str) -> int:
    return symbol(ord(letter)) if letter else NOTHING


def workspace() -> NDArray[np.float32]:
    """Return the two rows that `similarity` works on: the symbols of one key, and the costs so far."""
    return np.empty((2, LONGEST_KEY + 1), np.float32)


@compiled
def similarity(
    a: NDArray[np.uint8], b: NDArray[np.uint8], costs: NDArray[np.float32], work: NDArray[np.float32]
) -> Real:
    """Return 1 - cost / longer length, in [0, 1]; 1 for equal keys."""
    longer = max(a.size, b.size)
    if longer == 0:
        return 1.0
    symbols, row = work[0], work[1]
    inserted = costs[NOTHING]
    row[0] = 0
    for j in range(b.size):
        symbols[j] = symbol(b[j])
        row[j + 1] = row[j] + inserted[np.uint8(symbols[j])]
    for i in range(a.size):
        letter = costs[symbol(a[i])]
        left_out = letter[NOTHING]
        diagonal, left = row[0], row[0] + left_out
        row[0] = left
        for j in range(b.size):
            other = np.uint8(symbols[j])
            above = row[j + 1]
            left = min(min(diagonal + letter[other], above + left_out), left + inserted[other])
            row[j + 1] = left
            diagonal = above
    alike: Real = max(0.0, 1.0 - row[b.size] / longer)
    return alike
