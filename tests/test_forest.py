"""Trees: evaluated as they stand, and shared out so that nothing is left over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalizer.matching.forest import Cuts, Forest, Node, contributions, evaluate
from normalizer.training.boosting import boost

NUMBERS = 3
numbers = st.lists(st.floats(-2, 2), min_size=NUMBERS, max_size=NUMBERS).map(np.array)
values = st.floats(-3, 3)


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    """A tree of up to fifteen nodes, laid out breadth first."""
    nodes: list[Node] = []
    waiting = 1
    for at in range(15):
        if at == waiting:
            break
        if waiting < 14 and draw(st.booleans()):
            nodes.append((draw(st.integers(0, NUMBERS - 1)), draw(st.floats(-2, 2)), waiting, draw(values)))
            waiting += 2
        else:
            nodes.append((-1, 0.0, 0, draw(values)))
    return nodes


def walked(tree: list[Node], asked: np.ndarray) -> float:
    at = 0
    while tree[at][0] >= 0:
        at = tree[at][2] + int(asked[tree[at][0]] > tree[at][1])
    return tree[at][3]


@settings(deadline=None)
@given(st.lists(trees(), max_size=5), numbers)
def test_a_forest_is_the_sum_of_its_trees(forest: list[list[Node]], asked: np.ndarray) -> None:
    laid = Forest.of(forest)
    assert evaluate(Cuts.of(laid), asked) == pytest.approx(sum(walked(tree, asked) for tree in forest), abs=1e-5)
    means = sum(tree[0][3] for tree in forest)
    assert means + contributions(laid, asked).sum() == pytest.approx(float(evaluate(Cuts.of(laid), asked)), abs=1e-4)


def test_boosted_trees_learn_what_there_is_and_keep_their_signs() -> None:
    generator = np.random.default_rng(3)
    evidence = generator.normal(size=(4000, NUMBERS))
    right = generator.random(4000) < 1 / (1 + np.exp(-2 * evidence[:, 0]))
    fitted = [boost(evidence, right, np.ones(4000), [1, 0, 0], 40) for _ in range(2)]
    assert all((one == other).all() for one, other in zip(*fitted, strict=True)), "the same data gives the same trees"
    line = np.linspace(-2, 2, 40)
    odds = [float(evaluate(Cuts.of(fitted[0]), np.array([x, 0.0, 0.0]))) for x in line]
    assert odds == sorted(odds)
    assert odds[-1] - odds[0] > 1.5
    shares = np.abs([contributions(fitted[0], row) for row in evidence[:200]]).mean(axis=0)
    assert shares[0] > 5 * max(shares[1], shares[2])
