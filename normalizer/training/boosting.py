"""Gradient boosting of trees by LightGBM (Ke et al. 2017), and what comes of it as a `Forest`.

LightGBM is needed for fitting only; answers are given by our own kernel. The same input gives the same trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalizer.matching.forest import Forest, Node
from normalizer.training.logit import Floats

_SETTINGS = {
    "objective": "binary", "learning_rate": 0.06, "num_leaves": 20, "lambda_l2": 5.0, "feature_fraction": 0.6,
    "bagging_fraction": 0.8, "bagging_freq": 1, "deterministic": True, "force_row_wise": True, "num_threads": 2,
    "seed": 1, "verbose": -1,
}  # fmt: skip
_LEAST_IN_LEAF = 100
"""Queries that a leaf must have seen; fewer where there are not many."""


def library() -> Any:
    """Return LightGBM. Raises ImportError, saying what to install, where it is missing."""
    try:
        import lightgbm
    except ImportError as missing:
        raise ImportError("fitting needs LightGBM: pip install 'normalizer[train]'") from missing
    return lightgbm


def boost(
    evidence: Floats,
    right: NDArray[np.bool_],
    weights: Floats,
    signs: Sequence[int],
    trees: int,
    start: Floats | None = None,
) -> Forest:
    """Fit trees to the log-odds that an answer is right, or to what they add to those of `start` [queries].

    `evidence` [queries, numbers], `right` and `weights` [queries]. `signs` [numbers]: 1 where more can only help, -1
    where it can only hurt, else 0. Raises ImportError, see `library`.
    """
    lightgbm = library()
    least = max(2, min(_LEAST_IN_LEAF, len(right) // 50))
    settings = {**_SETTINGS, "min_data_in_leaf": least, "monotone_constraints": list(signs)}
    learned = lightgbm.Dataset(evidence, right.astype(float), weight=weights, init_score=start)
    booster = lightgbm.train(settings, learned, trees)
    return Forest.of([_nodes(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]])


def _nodes(root: dict[str, Any]) -> list[Node]:
    """Return a tree's nodes, each pair of children together after the nodes before them."""
    nodes: list[Node] = []
    queue = [root]
    for at, node in enumerate(queue):  # the queue grows as it is read
        leaf = "split_feature" not in node
        nodes.append((-1 if leaf else node["split_feature"], 0.0 if leaf else node["threshold"],
                      0 if leaf else len(queue), _mean(node)[0]))  # fmt: skip
        if not leaf:
            queue += [node["left_child"], node["right_child"]]
        assert len(nodes) == at + 1
    return nodes


def _mean(node: dict[str, Any]) -> tuple[float, float]:
    """Return (mean of the leaves below, number of queries in them)."""
    if "split_feature" not in node:
        return node["leaf_value"], node.get("leaf_count", 1)
    (one, few), (other, more) = _mean(node["left_child"]), _mean(node["right_child"])
    return (one * few + other * more) / (few + more), few + more
