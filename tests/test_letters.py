"""How few letters two forms differ by, and whose forms are compared."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from normalizer.index.builder import join
from normalizer.index.delta import Delta
from normalizer.index.files import Index
from normalizer.index.segment import indexed, script_code
from normalizer.index.snapshot import Snapshot
from normalizer.matching.letters import LONGEST, code_points, distance, mark, nearest_form, new_slips, unmark
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity, Name
from normalizer.text.keys import KeyMaker

NAMES = ("Kursk", "Курск", "КУРСКАЯ ОБЛАСТЬ", "เชียงใหม่", "𐌰𐌱𐌲𐌳", "x" * (LONGEST + 1))
SLIPS = new_slips()


def letters(text: str) -> np.ndarray:
    return np.frombuffer(code_points(text), np.uint32)


@given(st.text("abcя𐌰", min_size=1, max_size=LONGEST), st.text("abcя𐌰", max_size=LONGEST))
def test_the_distance_is_that_of_the_optimal_string_alignment(one: str, two: str) -> None:
    mark(letters(one), SLIPS)
    found = distance(len(one), letters(two), SLIPS.places)
    unmark(letters(one), SLIPS)
    assert (found, SLIPS.places.any()) == (OSA.distance(one, two), False)


@pytest.mark.parametrize(
    ("text", "script", "nearness", "names"),
    [
        ("kursk", "Latn", 1, 2),
        ("kurks", "Latn", 1 - 3 / 5, 2),
        ("курс", "Cyrl", 1 - 3 / 5, 2),
        ("курск", "Latn", 0, 2),
        ("курская область", "Cyrl", 1, 2),
        ("курская облась", "Cyrl", 1 - 3 / 15, 2),
        ("เชียงไหม่", "Thai", 1 - 3 / 9, 1),
        ("𐌰𐌱𐌲𐌳", "Zyyy", 1, 1),
        ("moscow", "Latn", 0, 2),
        ("მოსკოვი", "Geor", 0, 0),
        ("", "Latn", 0, 2),
        ("x" * (LONGEST + 1), "Latn", 0, 2),
        ("x" * LONGEST, "Latn", 0, 2),
    ],
)
def test_a_mention_is_compared_with_the_forms_in_its_script(
    text: str, script: str, nearness: float, names: int
) -> None:
    entities = [Entity("t:0", "place", "Zz"), Entity("t:1", "place", NAMES[0], tuple(map(Name, NAMES)))]
    made = [indexed(entity, KeyMaker(Rulebook.load())) for entity in entities]
    columns = Snapshot.of(Delta.of(Index(1, "", "rules", join(made, {})))).parts[0].columns
    number = int(np.flatnonzero(np.bincount(columns.name_facts[:, 0]) > 1)[0])
    mark(letters(text), SLIPS)
    found = nearest_form(columns, letters(text), script_code(script), number, SLIPS)
    unmark(letters(text), SLIPS)
    assert found == pytest.approx((nearness, names))
