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
from cgh_analysis.numerics.mmrm.fields import Field, Maker
from cgh_analysis.numerics.mmrm.moments import PatternMoments


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is fitted: data as moments, how covariances are made of parameters, REML or ML."""

    moments: PatternMoments
    covariance: Maker
    reml: bool

    @property
    def n_parameters(self) -> int:
        """Covariance parameters."""
        return self.covariance.count(self.moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The model at one value of its covariance parameters; `gamma` and `inner` (C) are in the moments' basis."""

    theta: FloatArray
    log_likelihood: float
    gamma: FloatArray
    root: FloatArray
    field: Field
    inverse: FloatArray

    @property
    def inner(self) -> FloatArray:
        """C = (X'WX)^-1 in the moments' basis."""
        return np.asarray(self.root @ self.root.T)


def evaluate(model: Model, theta: FloatArray) -> Point | None:
    """Return the model at `theta`, or None where a covariance is not positive definite in floating point."""
    data = model.moments
    with np.errstate(over="ignore", invalid="ignore"):
        field = model.covariance.field(theta, data)
    sigma = field.sigma
    if not np.isfinite(sigma).all():
        return None
    both = data.seen[:, :, None] & data.seen[:, None, :]
    # visits that a pattern lacks are made independent with variance 1, and then taken out of the inverse
    padded = np.where(both, sigma, np.eye(data.n_visits))
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
        field=field,
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
    mixed = 0.5 * data.subjects[:, None, None] * point.inverse - seen_twice
    hessian = point.field.curvature(0.5 * pull) + point.field.pairs(point.inverse, mixed)
    if exact:
        hessian = hessian + _through_beta(model, point)
    return Slopes(gradient=point.field.gradient(0.5 * pull), hessian=0.5 * (hessian + hessian.T))


def _residual_factor(point: Point, *, reml: bool) -> FloatArray:
    """F with z'FF'z = rr' (+ x C x'): the residual, and beside it the root of C."""
    residual = np.append(-point.gamma, 1.0)[:, None]
    if not reml:
        return residual
    return np.column_stack([residual, np.vstack([point.root, np.zeros((1, len(point.root)))])])


def _through_beta(model: Model, point: Point) -> FloatArray:
    """What the dependence of beta (and of its covariance) on the parameters adds to the Hessian."""
    sums = point.field.sums(model.moments, point.inverse)
    k = len(sums)
    pulls = np.einsum("kij,j->ki", sums[:, :-1], np.append(-point.gamma, 1.0)) @ point.root
    added: FloatArray = pulls @ pulls.T
    if model.reml:
        turned = (point.root.T @ sums[:, :-1, :-1] @ point.root).reshape(k, -1)
        added = added + 0.5 * turned @ turned.T
    return added


def expected_information(model: Model, point: Point) -> FloatArray:
    """Return the expected information on the covariance parameters under REML, 1/2 tr(P V_i P V_j)."""
    data = model.moments
    factor = np.vstack([point.root, np.zeros((1, len(point.root)))])
    through = point.inverse @ data.project(factor) @ point.inverse
    known = point.field.pairs(point.inverse, 0.5 * data.subjects[:, None, None] * point.inverse - through)
    sums = point.field.sums(data, point.inverse)[:, :-1, :-1]
    turned = (point.root.T @ sums @ point.root).reshape(len(sums), -1)
    return np.asarray(known + 0.5 * turned @ turned.T)
