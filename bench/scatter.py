"""Adding to counters in places that memory gives, and nothing else: the least that counting shared trigrams takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import borrowing


@borrowing
def add_all(places: NDArray[np.uint16], counters: NDArray[np.uint8]) -> None:
    """Add one to the counter at each place."""
    for place in places:
        counters[place] += np.uint8(1)
