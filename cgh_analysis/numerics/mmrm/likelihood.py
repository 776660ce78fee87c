"""The Gaussian likelihood of repeated measures and its derivatives, from moments alone.

l = -1/2 [ sum log|V| + log|X'V^-1 X| (REML) + r'V^-1 r + (n - p) log 2 pi ] (Patterson and Thompson 1971). With
W = V^-1, E = rr' + X C X' (REML) or rr' (ML), C = (X'WX)^-1, T = W E W, B_i = X'W V_i W X and h_i = X'W V_i W r:
l_i = 1/2 sum tr((T - n W) V_i), and
l_ij = 1/2 sum tr((T - n W) V_ij) + 1/2 n tr(W V_i W V_j) - tr(V_i W V_j T) + 1/2 tr(C B_i C B_j) (REML) + h_i'C h_j.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.mmrm.moments import PatternMoments
from cgh_analysis.numerics.mmrm.structures import Shape, Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is fitted: data as moments, a structure for each group's covariance, REML or ML."""

    moments: PatternMoments
    structure: Structure
    reml: bool

    @property
    def n_parameters(self) -> int:
        """Covariance parameters of all groups."""
        return self.structure.count(self.moments.n_visits) * self.moments.n_groups

    def split(self, theta: FloatArray) -> FloatArray:
        """Parameters by group, (groups, k)."""
        return theta.reshape(self.moments.n_groups, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The model at one value of its covariance parameters; `gamma` and `inner` (C) are in the moments' basis."""

    theta: FloatArray
    log_likelihood: float
    gamma: FloatArray
    root: FloatArray
    shapes: tuple[Shape, ...]
    inverse: FloatArray

    @property
    def inner(self) -> FloatArray:
        """C = (X'WX)^-1 in the moments' basis."""
        return np.asarray(self.root @ self.root.T)

    @property
    def first(self) -> FloatArray:
        """First derivatives of every group's covariance, (k, groups, m, m); those of other groups are 0."""
        n, m = len(self.shapes), self.shapes[0].sigma.shape[0]
        each = len(self.shapes[0].first)
        out = np.zeros((n * each, n, m, m))
        for g, shape in enumerate(self.shapes):
            out[g * each : (g + 1) * each, g] = shape.first
        return out


def evaluate(model: Model, theta: FloatArray) -> Point | None:
    """Return the model at `theta`, or None where a covariance is not positive definite in floating point."""
    data = model.moments
    m = data.n_visits
    shapes = tuple(model.structure.shape(own, m) for own in model.split(theta))
    sigma = np.array([s.sigma for s in shapes])
    if not np.isfinite(sigma).all():
        return None
    both = data.seen[:, :, None] & data.seen[:, None, :]
    # visits that a pattern lacks are made independent with variance 1, and then taken out of the inverse
    padded = np.where(both, sigma[data.group], np.eye(m))
    try:
        factor = np.linalg.cholesky(padded)
        inverse = np.where(both, np.linalg.inv(padded), 0.0)
        total = data.contract(inverse)
        root = np.linalg.cholesky(total[:-1, :-1])
    except np.linalg.LinAlgError:
        return None
    half = solve_triangular(root, total[:-1, -1], lower=True)
    turned = solve_triangular(root, np.eye(len(root)), lower=True).T
    log_det = data.subjects @ (2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)) - data.log_weights
    n, p = data.n_observations, data.n_columns
    minus_two = log_det + total[-1, -1] - half @ half + (n - p if model.reml else n) * np.log(2 * np.pi)
    if model.reml:
        # the basis is orthonormal over the rows: |X'WX| in the columns as they were given
        minus_two += 2 * np.log(np.diag(root)).sum() - 2 * np.log(np.abs(np.diag(data.basis.turn))).sum()
    return Point(
        theta=theta,
        log_likelihood=-0.5 * float(minus_two),
        gamma=turned @ half,
        root=turned,
        shapes=shapes,
        inverse=inverse,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """Gradient and Hessian of the log-likelihood; an approximate Hessian leaves out what estimating beta adds."""

    gradient: FloatArray
    hessian: FloatArray


def slopes(model: Model, point: Point, *, exact: bool = True) -> Slopes:
    """Return the derivatives of the log-likelihood in the covariance parameters."""
    data = model.moments
    expected = data.project(_residual_factor(point, reml=model.reml))
    seen_twice = point.inverse @ expected @ point.inverse
    pull = seen_twice - data.subjects[:, None, None] * point.inverse
    gradient, blocks = [], []
    for g, shape in enumerate(point.shapes):
        own = data.group == g
        force = 0.5 * pull[own].sum(axis=0)
        gradient.append(np.tensordot(shape.first, force, axes=([1, 2], [0, 1])))
        mixed = 0.5 * data.subjects[own, None, None] * point.inverse[own] - seen_twice[own]
        blocks.append(shape.curvature(force) + _pairs(shape.first, point.inverse[own], mixed))
    hessian = _block_diagonal(blocks)
    if exact:
        hessian = hessian + _through_beta(model, point)
    return Slopes(gradient=np.concatenate(gradient), hessian=0.5 * (hessian + hessian.T))


def _residual_factor(point: Point, *, reml: bool) -> FloatArray:
    """F with z'FF'z = rr' (+ x C x'): the residual, and beside it the root of C."""
    residual = np.append(-point.gamma, 1.0)[:, None]
    if not reml:
        return residual
    return np.column_stack([residual, np.vstack([point.root, np.zeros((1, len(point.root)))])])


def _pairs(first: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum over patterns of tr(V_i L V_j R) for all pairs of parameters, (k, k)."""
    n, m = len(left), left.shape[-1]
    crossed = (left.reshape(n, -1).T @ right.reshape(n, -1)).reshape(m, m, m, m)
    flat = first.reshape(len(first), -1)
    # crossed[b, c, d, a] belongs to V_i[a, b] V_j[c, d]
    return np.asarray(flat @ crossed.transpose(3, 0, 1, 2).reshape(m * m, m * m) @ flat.T)


def _through_beta(model: Model, point: Point) -> FloatArray:
    """What the dependence of beta (and of its covariance) on the parameters adds to the Hessian."""
    sums = model.moments.sandwich(point.inverse, point.first)
    k = len(sums)
    pulls = np.einsum("kij,j->ki", sums[:, :-1], np.append(-point.gamma, 1.0)) @ point.root
    added: FloatArray = pulls @ pulls.T
    if model.reml:
        turned = (point.root.T @ sums[:, :-1, :-1] @ point.root).reshape(k, -1)
        added = added + 0.5 * turned @ turned.T
    return added


def _block_diagonal(blocks: list[FloatArray]) -> FloatArray:
    k = len(blocks[0])
    out = np.zeros((k * len(blocks), k * len(blocks)))
    for g, block in enumerate(blocks):
        out[g * k : (g + 1) * k, g * k : (g + 1) * k] = block
    return out
