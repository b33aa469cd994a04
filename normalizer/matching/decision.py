"""Probabilities -> an outcome.

>>> decide([0.97, 0.01], threshold=0.9)
<Outcome.LINKED: 'LINKED'>
>>> decide([0.45, 0.44], threshold=0.9)
<Outcome.AMBIGUOUS: 'AMBIGUOUS'>
>>> decide([0.2, 0.1], threshold=0.9)
<Outcome.NIL: 'NIL'>
"""

from __future__ import annotations

from collections.abc import Sequence

from normalizer.terms import Outcome

LEAST_KNOWN = 0.5
"""P(some candidate is right) from which an undecided answer is AMBIGUOUS and not NIL."""


def decide(probabilities: Sequence[float], threshold: float) -> Outcome:
    """Return the outcome for the candidates' probabilities, best first. `threshold`: the least that may be LINKED."""
    if probabilities and probabilities[0] >= threshold:
        return Outcome.LINKED
    return Outcome.AMBIGUOUS if sum(probabilities) >= LEAST_KNOWN else Outcome.NIL
