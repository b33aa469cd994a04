"""Evidence of a whole list of candidates: what tells whether the name of its first one is meant.

The scores say which of the candidates it is; whether it is any of them depends on how the first stands among the
others: how well it is spelled, how far it is ahead, how many are nearly as good, how well known it is.

Bearers of one name are no rivals in this: whether Prague is meant is one question, and which Prague another one, that
the scores answer.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Real, borrowing
from normalizer.matching.evidence import (
    CLOSE_LOSS,
    EQUAL_FORM,
    EQUAL_KEY,
    EVIDENCE,
    FIRST_CALLED,
    KNOWN_OTHERWISE,
    LOSS_BY_CHARACTER,
    LOSS_PER_LETTER,
    MENTION_STEP,
    POPULATION,
    RENOWN,
    SIZE,
    Measure,
)
from normalizer.text.keys import Step

RIVAL, BEARER, AROUND = range(3)
"""What a candidate is beside the first: one of another name; one that bears the same, as the first itself does; or a
region around the first that is named like it, and is not meant by a bare name."""
LOOKED_AT = 8
"""Candidates that a list is judged by, the best first."""
_RIVAL = 3.0
"""Log-odds behind the first, within which a candidate is a rival."""
_NO_SECOND, _NO_SECOND_OF_NEAR = 4.0, 2.0
"""Nats a letter that a second candidate is said to lose where there is none. Behind a first that is spelled alike, as
much as the farthest of those that are there: or to have no rival would be worse than to have a poor one. It is no merit
of what is only near, as "BBC News" is to "NBC News", or of what has fewer letters than these."""
_FEWEST_LETTERS = 3
"""Letters of a mention of which that is said."""
_INFLECTED = int(Step.INFLECTED)
_OF_SECOND = (
    "loss_per_letter",
    "equal_key",
    "equal_form",
    "population",
    "names",
    "support",
    "near_form",
    "settlement_contradicts",
    "unmarked_region",
    "unmarked_namesake",
)
_NUMBER = {measure.name: number for number, measure in enumerate(EVIDENCE)}
_NOT_LOOKED_AT = (LOSS_BY_CHARACTER, KNOWN_OTHERWISE, RENOWN, SIZE, FIRST_CALLED)
_FIRST_COLUMNS = np.array([column for column in range(MENTION_STEP + 1) if column not in _NOT_LOOKED_AT])
_SECOND_COLUMNS = np.array([_NUMBER[name] for name in _OF_SECOND])

LIST_EVIDENCE: tuple[Measure, ...] = (
    Measure("share", "the share of its name among the candidates is {:.0%}"),
    Measure("score", "its score is {:.1f}"),
    Measure("margin", "{:.1f} ahead of the second name, in log-odds"),
    Measure("margin_to_third", "{:.1f} ahead of the third name, in log-odds"),
    Measure("letters", "the mention has {:.0f} letters"),
    Measure("forms", "{:.0f} bear exactly this form"),
    Measure("keys", "{:.0f} bear this spelling, once folded"),
    Measure("close", "{:.0f} are spelled nearly so"),
    Measure("rivals", "{:.0f} names score nearly as well, itself among them"),
    Measure("rival_population", "population of the largest that is spelled nearly so"),
    Measure("script", "the script of the mention"),
    Measure("place", "whether it is a place"),
    Measure("inflected", "the mention was read as a case form"),
    *(
        Measure(f"first_{EVIDENCE[column].name}", f"of the first: {EVIDENCE[column].meaning}")
        for column in _FIRST_COLUMNS
    ),
    *(Measure(f"second_{name}", f"of the second name: {EVIDENCE[_NUMBER[name]].meaning}") for name in _OF_SECOND),
)
"""What a list is judged by, in the order in which `describe_list` writes it."""
_OWN = 13
"""How many of them come before those that are taken from the first and second candidate as they are."""


@borrowing
def describe_list(
    values: NDArray[np.float32], scores: NDArray[np.float32], standing: NDArray[np.int8], about: NDArray[np.int64],
    stranger: Real, out: NDArray[np.float64],
) -> None:  # fmt: skip
    """Write the evidence of a list, in the order of LIST_EVIDENCE.

    `values` [candidates, WIDTH], `scores` [candidates]: evidence and scores of the candidates, the best first, at least
    one; those after the first LOOKED_AT are not looked at. `standing` [candidates]: RIVAL, BEARER or AROUND; the last
    are left out. `about` [3]: length of the mention's folded key; its script, see `segment.script_code`; whether the
    first candidate is a place. `stranger`: score of a rival that is always there, see `Model.stranger`: to be alone in
    a small gazetteer is no merit.
    """
    count, first = min(scores.size, LOOKED_AT), np.float64(scores[0])
    second, third, own = -1, -1, 0.0
    total, close, rivals, forms, keys, population = math.exp(stranger - first), 0.0, 0.0, 0.0, 0.0, np.float32(0)
    for at in range(count):
        if standing[at] == AROUND:
            continue
        behind, bearer = first - np.float64(scores[at]), standing[at] == BEARER
        total += math.exp(-behind)
        own += math.exp(-behind) * bearer
        if not bearer:
            second, third = (at, third) if second < 0 else (second, at if third < 0 else third)
        if behind < _RIVAL and (at == 0 or not bearer):
            rivals += 1
        forms += values[at, EQUAL_FORM]
        keys += values[at, EQUAL_KEY]
        if values[at, LOSS_PER_LETTER] < CLOSE_LOSS and (at == 0 or not bearer):
            close += 1
            if at:
                population = max(population, values[at, POPULATION])
    out[0], out[1] = own / total, first
    out[2] = first - max(stranger, np.float64(scores[second]) if second > 0 else stranger)
    out[3] = first - max(stranger, np.float64(scores[third]) if third > 0 else stranger)
    out[4], out[10], out[11] = about[0], about[1], about[2]
    out[5], out[6], out[7], out[8], out[9] = forms, keys, close, rivals, population
    out[12] = values[0, MENTION_STEP + _INFLECTED] > 0
    alike = values[0, EQUAL_KEY] > 0 and about[0] >= _FEWEST_LETTERS
    no_second = _NO_SECOND if alike else _NO_SECOND_OF_NEAR
    at = _OWN
    for column in _FIRST_COLUMNS:
        out[at] = values[0, column]
        at += 1
    for column in _SECOND_COLUMNS:
        out[at] = values[second, column] if second > 0 else no_second * (column == LOSS_PER_LETTER)
        at += 1
