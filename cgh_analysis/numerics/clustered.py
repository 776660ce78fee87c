"""Cluster-robust covariances of a least-squares fit: CR0, CR1 and the bias-reduced CR2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.linear import LeastSquares


def cr0(fit: LeastSquares, cluster: IntArray) -> FloatArray:
    """Return the sandwich of cluster sums of scores (Liang and Zeger 1986); `cluster` holds codes 0..G-1 by row."""
    return _sandwich(fit, _cluster_sums(fit.x * fit.residuals[:, None], cluster))


def cr1(fit: LeastSquares, cluster: IntArray) -> FloatArray:
    """Return CR0 times G / (G - 1), G being the number of clusters."""
    g = int(cluster.max()) + 1
    return cr0(fit, cluster) * (g / (g - 1))


def cr2(fit: LeastSquares, cluster: IntArray) -> FloatArray:
    """Return the bias-reduced sandwich (Bell and McCaffrey 2002): unbiased under the working model of independence.

    Residuals of cluster j are multiplied by (I - H_jj)^-1/2. With Q = X_j L, L L' = (X'X)^-1, and Q'Q = V diag(s) V',
    that root is I + Q V diag(g) V'Q' where g = 1 / (r (1 + r)), r = sqrt(1 - s): only p x p matrices are needed,
    however large the cluster.
    """
    scores = _cluster_sums(fit.x * fit.residuals[:, None], cluster)
    cross = np.stack([_cluster_sums(fit.x * column[:, None], cluster) for column in fit.x.T], axis=1)
    root = np.linalg.cholesky(fit.bread)
    own, vectors = np.linalg.eigh(root.T @ cross @ root)
    # 1e-8 is beyond rounding in eigenvalues of at most 1
    if np.any(own > 1 - 1e-8):
        raise NotEstimable(
            "a cluster alone determines a coefficient, CR2 is not defined",
            remedy="Take out the covariate that is constant in clusters, or use CR1.",
        )
    r = np.sqrt(1 - np.clip(own, 0, 1))
    rotated = root @ vectors
    weight = np.einsum("jkc,jk->jc", rotated, scores) / (r * (1 + r))
    return _sandwich(fit, scores + np.einsum("jkl,jlc,jc->jk", cross, rotated, weight))


def _cluster_sums(values: FloatArray, cluster: IntArray) -> FloatArray:
    order = np.argsort(cluster, kind="stable")
    starts = np.searchsorted(cluster[order], np.arange(int(cluster.max()) + 1))
    return np.add.reduceat(values[order], starts, axis=0)


def _sandwich(fit: LeastSquares, scores: FloatArray) -> FloatArray:
    influence = scores @ fit.bread
    return influence.T @ influence


CLUSTER_COVARIANCES: Final[dict[str, Callable[[LeastSquares, IntArray], FloatArray]]] = {
    "CR0": cr0,
    "CR1": cr1,
    "CR2": cr2,
}
