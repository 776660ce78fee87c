"""Accelerated failure time regression: the maximum of its likelihood, inverse information, sandwich."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import linalg

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.interval.aft_likelihood import AftData, concave, natural, row_scores
from cgh_analysis.numerics.interval.newton import Sums, maximise
from cgh_analysis.numerics.survival.chi_square import solve_scaled
from cgh_analysis.numerics.survival.cox_residuals import by_cluster

# a scale under this share of the spread of log times is on its way to zero: the times are fitted exactly
NO_SPREAD = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class AftSolution:
    """Coefficients (p,), scales (S,), inverse information of (b, log sigma_s), and the log-likelihood."""

    coef: FloatArray
    scale: FloatArray
    covariance: FloatArray
    log_likelihood: float

    @property
    def theta(self) -> FloatArray:
        """Coefficients and log scales, (p + S,)."""
        return np.concatenate([self.coef, np.log(self.scale)])


def solve_aft(data: AftData, names: Sequence[str], scales: Sequence[str] = ("Log(scale)",)) -> AftSolution:
    """Maximise the likelihood; `names` (p,) are the columns' and `scales` (S,) the scales' names, for refusals.

    First with a common scale, where the problem is concave, then by (b, log sigma_s) from there. Raises NotEstimable
    where a coefficient or a scale has no finite maximum.
    """
    if data.n_strata and not data.exact.size and not data.between.size and not np.ptp(data.y) > 0:
        # said here, since only rounding would decide what Newton's method makes of it
        raise NotEstimable("there is one day at which everybody was looked at, which gives no scale; take exponential")
    own, back = _own_units(data)
    p, free = data.x.shape[1], min(data.n_strata, 1)
    spread = np.ptp(own.x, axis=0)
    unit = float(data.weight.mean())
    common = [*names, "Log(scale)"][: p + free]
    theta, _ = maximise(
        partial(_spread_out, own),
        _start(own),
        names=common,
        moves=partial(_moves, back, np.append(spread, np.ptp(own.y) or 1.0)[: p + free]),
        unit=unit,
        concave=True,
    )
    gamma = theta[p:]
    if free and gamma[0] <= 0:
        raise NotEstimable("the scale has no finite maximum: as far as is known, times do not come the more the longer")
    b = theta[:p] / gamma if free else theta
    try:
        found, at = maximise(
            partial(natural, own),
            np.concatenate([b, np.full(data.n_strata, -np.log(gamma[0]) if free else 0.0)]),
            names=[*names, *scales][: p + data.n_strata],
            moves=partial(_moves, back, np.append(spread, np.ones(data.n_strata))),
            unit=unit,
        )
    except NotEstimable as failure:
        raise NotEstimable(f"{failure}; or a stratum knows too few times for a scale of its own") from None
    covariance = solve_scaled(at.information, np.eye(found.size))
    coef = back[:p, :p] @ found[:p]
    coef[0] += data.y.mean()
    return AftSolution(
        coef=coef,
        scale=np.exp(found[p:]),
        covariance=back @ covariance @ back.T,
        log_likelihood=at.log_likelihood - float(data.weight[data.exact] @ data.y[data.exact]),
    )


def _own_units(data: AftData) -> tuple[AftData, FloatArray]:
    """Take the means out of the columns (but that of ones) and the log times; return what brings (b, log sigma) back.

    Far from their means neither a column nor the scale would be told apart from the intercept.
    """
    center = data.x.mean(axis=0)
    center[0] = 0.0
    back = np.eye(center.size + data.n_strata)
    back[0, : center.size] -= center
    return replace(data, x=data.x - center, y=data.y - data.y.mean()), back


def _moves(back: FloatArray, spread: FloatArray, step: FloatArray) -> FloatArray:
    """By how much a step moves coefficients in their columns' spreads; the intercept at the means and at zero.

    At the means alone it would go along with every column that has no maximum, at zero with every one that is far off.
    """
    moved = np.abs(step * spread)
    p = min(len(back), step.size)
    moved[0] = min(abs(step[0]), abs(back[0, :p] @ step[:p]))
    return moved


def _spread_out(data: AftData, theta: FloatArray) -> Sums:
    gamma = theta[data.x.shape[1] :]
    if gamma.size and gamma[0] * NO_SPREAD * (np.ptp(data.y) or 1.0) > 1:
        raise NotEstimable("the model fits the times without any spread: there are too few of them")
    return concave(data, theta)


def _start(data: AftData) -> FloatArray:
    """Least squares of the log of the middle of what is known, as (b / sigma, 1 / sigma)."""
    middle = data.y.copy()
    middle[data.between] += data.gap[data.between] / 2
    root = np.sqrt(data.weight)
    b = linalg.lstsq(root[:, None] * data.x, root * middle, lapack_driver="gelsy")[0]
    sd = np.sqrt(np.average((middle - data.x @ b) ** 2, weights=data.weight))
    gamma = 1 / max(float(sd), 1e-3)
    return np.append(gamma * b, gamma) if data.n_strata else b


def sandwich(data: AftData, solution: AftSolution, cluster: IntArray | None) -> FloatArray:
    """Return the covariance from the spread of scores over clusters, or rows (Huber 1967; Lin and Wei 1989)."""
    parts = by_cluster(row_scores(data, solution.theta), cluster)
    if len(parts) <= len(solution.theta):
        raise NotEstimable(f"{len(parts)} clusters do not give the covariance of {len(solution.theta)} parameters")
    influence = parts @ solution.covariance
    return np.asarray(influence.T @ influence)
