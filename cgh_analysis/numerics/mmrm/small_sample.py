"""Inference on coefficients when covariance parameters are estimated: Satterthwaite, Kenward and Roger.

Satterthwaite's degrees of freedom for one contrast are 2 v^2 / var(v), with the variance of v = c C c' from the inverse
of the observed information (Fai and Cornelius 1996 for several at once). Kenward and Roger (1997) also adjust C for
having estimated the covariance, and scale the F statistic; the first-order form leaves out second derivatives of V and
does not depend on how the covariance is parametrised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import JointWald
from cgh_analysis.numerics.mmrm.likelihood import Model, expected_information
from cgh_analysis.numerics.mmrm.optimise import Maximum


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How well the coefficients are known, in the columns as they were given.

    `turn` (p, p) has the model's covariance C = turn turn'; `sensitivity` (k, p, p) has dC / dtheta_i = turn S_i turn';
    `of_theta` is the covariance of the parameters, and `adjusted` the covariance that is reported.
    """

    turn: FloatArray
    sensitivity: FloatArray
    of_theta: FloatArray
    adjusted: FloatArray
    scaled: bool

    def df(self, contrast: FloatArray) -> FloatArray:
        """Return the degrees of freedom of each row of a contrast matrix; the same in both methods."""
        c = contrast @ self.turn
        variance = np.einsum("rp,rp->r", c, c)
        slope = np.einsum("rkp,rp->rk", np.einsum("rp,kpq->rkq", c, self.sensitivity, optimize=True), c)
        return np.asarray(2 * variance**2 / np.einsum("ri,ij,rj->r", slope, self.of_theta, slope))

    def test(self, contrast: FloatArray, coef: FloatArray) -> JointWald:
        """Test that all rows of a contrast matrix are zero; its rows must be independent."""
        if not self.scaled or len(contrast) == 1:
            model_based = self.turn @ self.turn.T
            return fai_cornelius(contrast, coef, self.adjusted, self.df, directions=model_based)
        q, inside = self._inside(contrast)
        scale, den_df = _kenward_roger(q, inside, self.of_theta)
        return _f_test(scale * _wald(contrast, coef, self.adjusted), q, den_df)

    def _inside(self, contrast: FloatArray) -> tuple[int, FloatArray]:
        """The sensitivities seen from the contrast: U S_i U' with U an orthonormal basis of its rows."""
        rows = contrast @ self.turn
        basis = np.linalg.qr(rows.T)[0].T
        return len(rows), np.einsum("ap,kpq,bq->kab", basis, self.sensitivity, basis, optimize=True)


def fai_cornelius(
    contrast: FloatArray,
    coef: FloatArray,
    covariance: FloatArray,
    df: Callable[[FloatArray], FloatArray],
    directions: FloatArray | None = None,
) -> JointWald:
    """Test L b = 0 by F, with a denominator df from those of its uncorrelated directions (Fai and Cornelius 1996)."""
    q = len(contrast)
    statistic = _wald(contrast, coef, covariance)
    _, vectors = np.linalg.eigh(contrast @ (covariance if directions is None else directions) @ contrast.T)
    each = df(vectors.T @ contrast)
    if np.allclose(each, each[0], rtol=1e-8):
        return _f_test(statistic, q, float(each.mean()))
    if np.any(each <= 2):
        # the expectation of F does not exist; 2 is the smallest df that can be meant
        return _f_test(statistic, q, 2.0)
    expected = np.sum(each / (each - 2))
    return _f_test(statistic, q, float(2 * expected / (expected - q)))


def precision(
    model: Model, maximum: Maximum, *, kenward_roger: bool, linear: bool = True, expected: bool = False
) -> Precision:
    """Return what Satterthwaite's or Kenward and Roger's inference needs.

    `linear` leaves second derivatives out; `expected` takes the expected information for the observed one.
    """
    point, data = maximum.point, model.moments
    information = expected_information(model, point) if expected else -maximum.slopes.hessian
    of_theta: FloatArray = np.asarray(np.linalg.inv(information), dtype=float)
    sums = point.field.sums(data, point.inverse)[:, :-1, :-1]
    sensitivity = point.root.T @ sums @ point.root
    turn = data.basis.turn @ point.root
    adjusted = turn @ turn.T
    if kenward_roger:
        excess = point.root.T @ _second_moments(model, maximum, of_theta, linear=linear) @ point.root
        both = np.tensordot(of_theta, sensitivity, axes=1)
        excess = excess - np.einsum("kab,kbc->ac", sensitivity, both)
        adjusted = adjusted + 2 * turn @ excess @ turn.T
    return Precision(turn=turn, sensitivity=sensitivity, of_theta=of_theta, adjusted=adjusted, scaled=kenward_roger)


def _second_moments(model: Model, maximum: Maximum, of_theta: FloatArray, *, linear: bool) -> FloatArray:
    """Sum of w_ij (Q_ij - R_ij / 4), Q = X'W V_i W V_j W X and R = X'W V_ij W X: weighted before they are made."""
    point = maximum.point
    inner = point.field.spread(of_theta, point.inverse, linear=linear)
    return model.moments.contract(point.inverse @ inner @ point.inverse)[:-1, :-1]


def _kenward_roger(q: int, inside: FloatArray, of_theta: FloatArray) -> tuple[float, float]:
    """The factor and denominator df of Kenward and Roger (1997, section 3) for q rows."""
    traces = np.trace(inside, axis1=1, axis2=2)
    a1 = float(traces @ of_theta @ traces)
    a2 = float(np.einsum("iab,ij,jba->", inside, of_theta, inside, optimize=True))
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    d = 3 * q + 2 * (1 - g)
    expected = 1 / (1 - a2 / q)
    variance = 2 / q * (1 + g / d * b) / ((1 - (q - g) / d * b) ** 2 * (1 - (q + 2 - g) / d * b))
    rho = variance / (2 * expected**2)
    den_df = 4 + (q + 2) / (q * rho - 1)
    return den_df / (expected * (den_df - 2)), den_df


def _wald(contrast: FloatArray, coef: FloatArray, covariance: FloatArray) -> float:
    delta = contrast @ coef
    return float(delta @ np.linalg.solve(contrast @ covariance @ contrast.T, delta)) / len(delta)


def _f_test(statistic: float, num_df: int, den_df: float) -> JointWald:
    return JointWald(
        num_df=num_df, den_df=den_df, statistic=statistic, p_value=float(stats.f.sf(statistic, num_df, den_df))
    )
