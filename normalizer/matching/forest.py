"""Sums of decision trees: a fitted function from numbers to log-odds, evaluated in a kernel.

The trees are made by gradient boosting (Friedman 2001) in `training/boosting.py`. Every node, not the leaves alone,
carries the mean log-odds of the queries that came through it, so that a sum can be shared out among the numbers it was
made from: what a split adds belongs to the number that it asks for (Saabas 2014).

>>> stump = Forest.of([[(0, 0.5, 1, 0.2), (-1, 0.0, 0, -1.0), (-1, 0.0, 0, 1.0)]])
>>> evaluate(Cuts.of(stump), np.array([0.7])), contributions(stump, np.array([0.7])).round(1).tolist()
(1.0, [0.8])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.bits import lowest_bit
from normalizer.index.compiled import Real, compiled
from normalizer.index.lending import Matrix

Node = tuple[int, float, int, float]
"""(number asked for, or -1 at a leaf; most for the left branch; number of the left child, the right one follows it;
mean log-odds)."""
MOST_LEAVES = 64
"""Leaves of one tree: as many as a word has bits."""
_EVERY_LEAF = np.uint64(0xFFFFFFFFFFFFFFFF)


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


class Cuts(NamedTuple):
    """The comparisons of a forest, sorted by what they ask for, as `evaluate` reads them.

    Whichever comparisons of a tree fail, the leaf that is reached is the leftmost one that none of them has ruled out:
    nothing needs to be walked from node to node (QuickScorer: Lucchese et al. 2015).
    """

    starts: NDArray[np.int32]
    """[numbers + 1]: where the comparisons of each number begin."""
    most: NDArray[np.float64]
    """[comparisons]: numbers up to this go left; ascending for each number."""
    trees: NDArray[np.int32]
    """[comparisons]: the tree of each."""
    left: NDArray[np.uint64]
    """[comparisons]: the leaves of that tree that remain when the number is larger, a bit each, the leftmost first."""
    leaves: Matrix[np.float32]
    """[trees, MOST_LEAVES]: log-odds."""

    @classmethod
    def of(cls, forest: Forest) -> Cuts:
        """Sort the comparisons of a forest. Raises ValueError for a tree of more than MOST_LEAVES leaves."""
        trees = np.repeat(np.arange(forest.roots.size, dtype=np.int32), np.diff([*forest.roots, forest.asked.size]))
        below, first = _leaves(forest)
        if below.max(initial=0) > MOST_LEAVES:
            raise ValueError(f"a tree has {below.max()} leaves, at most {MOST_LEAVES} can be evaluated")
        leaves = np.zeros((forest.roots.size, MOST_LEAVES), np.float32)
        ends = np.flatnonzero(forest.asked < 0)
        leaves[trees[ends], first[ends]] = forest.values[ends]
        nodes = np.flatnonzero(forest.asked >= 0)
        nodes = nodes[np.lexsort((forest.most[nodes], forest.asked[nodes]))]
        ruled_out = ((np.uint64(1) << below[forest.left[nodes]]) - np.uint64(1)) << first[nodes]
        starts = np.searchsorted(forest.asked[nodes], np.arange(forest.asked.max(initial=-1) + 2)).astype(np.int32)
        return cls(starts, forest.most[nodes], trees[nodes], ~ruled_out, leaves)


def _leaves(forest: Forest) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return how many leaves stand below each node, itself included, and the number of the leftmost of them."""
    below, first = np.ones(forest.asked.size, np.uint64), np.zeros(forest.asked.size, np.uint64)
    left = forest.left.tolist()
    parents = np.flatnonzero(forest.asked >= 0).tolist()
    for at in reversed(parents):
        below[at] = below[left[at]] + below[left[at] + 1]
    for at in parents:
        first[left[at]], first[left[at] + 1] = first[at], first[at] + below[left[at]]
    return below, first


@compiled
def evaluate(cuts: Cuts, numbers: NDArray[np.float64]) -> Real:
    """Return the log-odds for some numbers: the sum of the leaves they fall into."""
    remaining = np.full(cuts.leaves.shape[0], _EVERY_LEAF)
    for number in range(cuts.starts.size - 1):
        for at in range(cuts.starts[number], cuts.starts[number + 1]):
            if not numbers[number] > cuts.most[at]:
                break
            remaining[cuts.trees[at]] &= cuts.left[at]
    total = 0.0
    for tree in range(remaining.size):
        total += cuts.leaves[tree, lowest_bit(remaining[tree])]
    return total


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
