"""Sums of decision trees: a fitted function from numbers to log-odds, evaluated in a kernel.

The trees are made by gradient boosting (Friedman 2001) in `training/boosting.py`. Every node, not the leaves alone,
carries the mean log-odds of the queries that came through it, so that a sum can be shared out among the numbers it was
made from: what a split adds belongs to the number that it asks for (Saabas 2014).

>>> stump = Forest.of([[(0, 0.5, 1, 0.2), (-1, 0.0, 0, -1.0), (-1, 0.0, 0, 1.0)]])
>>> evaluate(stump, np.array([0.7])), contributions(stump, np.array([0.7])).round(1).tolist()
(1.0, [0.8])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Int, Real, compiled

Node = tuple[int, float, int, float]
"""(number asked for, or -1 at a leaf; most for the left branch; number of the left child, the right one follows it;
mean log-odds)."""


class Forest(NamedTuple):
    """All nodes of all trees, tree by tree."""

    asked: NDArray[np.int16]
    """[nodes]: which number is compared, -1 at a leaf."""
    most: NDArray[np.float64]
    """[nodes]: numbers up to this go left."""
    left: NDArray[np.int32]
    """[nodes]: where the left child stands; the right one stands after it."""
    values: NDArray[np.float32]
    """[nodes]: mean log-odds."""
    roots: NDArray[np.int32]
    """[trees]"""

    @classmethod
    def of(cls, trees: Sequence[Sequence[Node]]) -> Forest:
        """Lay trees out one after the other; the root of each stands first."""
        sizes = [len(tree) for tree in trees]
        roots = np.cumsum([0, *sizes])[:-1]
        nodes = [(*node, root) for tree, root in zip(trees, roots, strict=True) for node in tree]
        asked, most, left, values, starts = zip(*nodes, strict=True) if nodes else ((), (), (), (), ())
        return cls(
            np.array(asked, np.int16), np.array(most, np.float64),
            np.array(left, np.int32) + np.array(starts, np.int32), np.array(values, np.float32), roots.astype(np.int32),
        )  # fmt: skip


@compiled
def evaluate(forest: Forest, numbers: NDArray[np.float64]) -> Real:
    """Return the log-odds for some numbers: the sum of the leaves they fall into."""
    total = 0.0
    for root in forest.roots:
        total += forest.values[_leaf(forest, np.int64(root), numbers)]
    return total


@compiled
def _leaf(forest: Forest, at: Int, numbers: NDArray[np.float64]) -> Int:
    while forest.asked[at] >= 0:
        at = np.int64(forest.left[at]) + np.int64(numbers[forest.asked[at]] > forest.most[at])
    return at


@compiled
def contributions(forest: Forest, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each number adds to the log-odds: with the trees' means, they add up to `evaluate`."""
    found = np.zeros(numbers.size)
    for root in forest.roots:
        at = np.int64(root)
        while forest.asked[at] >= 0:
            asked = np.int64(forest.asked[at])
            child = np.int64(forest.left[at]) + np.int64(numbers[asked] > forest.most[at])
            found[asked] += np.float64(forest.values[child]) - np.float64(forest.values[at])
            at = child
    return found
