"""Maximum a posteriori fit of a conditional logit (McFadden 1974) by Newton's method, in numpy alone.

With one candidate and the option of none of them it is logistic regression.

>>> import numpy as np
>>> evidence = np.array([[[1.0], [0.0]], [[1.0], [0.0]], [[0.0], [1.0]]])
>>> right = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], bool)
>>> problem = Problem(evidence, np.ones((3, 2), bool), right, none=True)
>>> bool(fit(problem, prior=np.zeros(1), firmness=np.full(1, 0.1))[0] > 0)
True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Problem:
    """Queries with their candidates' evidence."""

    evidence: Floats
    """[queries, candidates, features]"""
    present: NDArray[np.bool_]
    """[queries, candidates]: which candidates there are."""
    right: NDArray[np.bool_]
    """[queries, candidates + 1]: which answers are right, at least one; the last column is none of them."""
    none: bool
    """Whether none of them is an option; its utility is 0."""


def probabilities(problem: Problem, weights: Floats) -> Floats:
    """Return P of each candidate [queries, candidates + 1]; the last column is none of them."""
    utility = problem.evidence @ weights
    utility[~problem.present] = -np.inf
    utility = np.column_stack([utility, np.full(len(utility), 0.0 if problem.none else -np.inf)])
    shares = np.exp(utility - np.maximum(utility.max(axis=1, keepdims=True), -1e300))
    return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300))


def fit(problem: Problem, prior: Floats, firmness: Floats, steps: int = 25) -> Floats:
    """Return the weights [features] of highest posterior density.

    `prior`, `firmness`: mean and precision of each weight's normal prior. Where several answers are right, the
    probability of the whole set counts; each step shares it out as the weights of the step before say (EM), which
    leaves a concave problem for a damped Newton step.
    """
    weights = prior.copy()
    for _ in range(steps):
        gradient, hessian = _derivatives(problem, probabilities(problem, weights))
        gradient -= firmness * (weights - prior)
        step = np.linalg.solve(hessian + np.diag(firmness), gradient)
        weights = weights + step * min(1.0, 5.0 / max(1e-9, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-6:
            break
    return weights


def fit_signed(problem: Problem, prior: Floats, firmness: Floats, signs: NDArray[np.int64]) -> Floats:
    """Like `fit`, with weights kept at 0 that would come out against their sign (1, -1, or 0 for either)."""
    prior, firmness = prior.copy(), firmness.copy()
    while True:
        weights = fit(problem, prior, firmness)
        wrong = signs * weights < -1e-3
        if not wrong.any():
            return np.asarray(np.where(signs * weights < 0, 0.0, weights))
        prior[wrong] = 0.0
        firmness[wrong] = 1e9


def _derivatives(problem: Problem, shares: Floats) -> tuple[Floats, Floats]:
    """Return the gradient of the log likelihood and the negated Hessian with the right answers' shares held."""
    width = problem.evidence.shape[2]
    gradient, hessian = np.zeros(width), np.zeros((width, width))
    target = shares * problem.right
    target /= np.maximum(target.sum(axis=1, keepdims=True), 1e-300)
    pull = (target - shares)[:, :-1]
    for start in range(0, len(shares), 500):
        rows = slice(start, start + 500)
        part, share = problem.evidence[rows], shares[rows, :-1]
        mean = np.einsum("qc,qcf->qf", share, part)
        gradient += np.einsum("qc,qcf->f", pull[rows], part)
        flat = part.reshape(-1, width)
        hessian += flat.T @ (flat * share.reshape(-1, 1)) - mean.T @ mean
    return gradient, hessian
