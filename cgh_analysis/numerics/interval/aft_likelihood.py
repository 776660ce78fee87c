"""The likelihood of log T = x b + sigma_s W for times known exactly, up to an interval, or to be exceeded.

Each row is seen through a = (log lower end - x b) / sigma and a width: log(right / left) / sigma of an interval. A time
known exactly has the density f(a) / (sigma t), which is as if log(width) with log(right / left) = 1 were added to
log f(a), so that one formula serves all rows. Two parametrisations: `concave` in (b / sigma, 1 / sigma), in which the
log-likelihood of one common scale is concave and has one maximum (Olsen 1978; Burridge 1981), and `natural` in
(b, log sigma_s). Sums over parts of the rows add up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.distributions import DISTRIBUTIONS, Between, Distribution, Law
from cgh_analysis.numerics.interval.newton import Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class AftData:
    """Rows with information on T. `x` (n, p) begins with a column of ones; `stratum` (n,) are codes of the scale.

    `y` (n,) is the log of the lower end, of the only one where there is one, and `gap` log(right / left), 1 where the
    time is exact, 0 where there is one end; `exact`, `above`, `below`, `between` are the rows of each kind.
    """

    law: Distribution
    x: FloatArray
    y: FloatArray
    gap: FloatArray
    weight: FloatArray
    stratum: IntArray
    n_strata: int
    exact: IntArray
    above: IntArray
    below: IntArray
    between: IntArray


def aft_data(
    law: Law,
    x: FloatArray,
    left: FloatArray,
    right: FloatArray,
    *,
    stratum: IntArray | None = None,
    weights: FloatArray | None = None,
) -> AftData:
    """Lay out rows (left, right], exact where they are equal, open to the left at 0 and to the right at infinity.

    Rows from 0 to infinity say nothing, and are not to be given. An exponential law is Weibull's with scales of 1.
    """
    codes = np.zeros(left.size, dtype=np.intp) if stratum is None else stratum
    exact, above, below = left == right, np.isinf(right), left == 0
    between = ~(exact | above | below)
    gap = exact.astype(float)
    gap[between] = np.log1p((right[between] - left[between]) / left[between])
    return AftData(
        law=DISTRIBUTIONS["weibull" if law == "exponential" else law],
        x=x,
        y=np.log(np.where(below, right, left)),
        gap=gap,
        weight=np.ones(left.size) if weights is None else weights,
        stratum=codes,
        n_strata=0 if law == "exponential" else int(codes.max(initial=0)) + 1,
        **{name: np.flatnonzero(rows) for name, rows in _kinds(exact, above, below, between).items()},
    )


def _kinds(exact: BoolArray, above: BoolArray, below: BoolArray, between: BoolArray) -> dict[str, BoolArray]:
    return {"exact": exact, "above": above, "below": below, "between": between}


def row_terms(data: AftData, a: FloatArray, width: FloatArray) -> Between:
    """Return the log-likelihood of each row and its derivatives by a and width; a density's 1 / t is left out."""
    out = np.zeros((6, a.size))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for rows, end in (
            (data.exact, data.law.density),
            (data.above, data.law.above),
            (data.below, data.law.below),
        ):
            if rows.size:
                point = end(a[rows])
                out[0, rows], out[1, rows], out[3, rows] = point.value, point.d, point.dd
        if data.between.size:
            pair = data.law.between(a[data.between], width[data.between])
            out[:, data.between] = pair.value, pair.da, pair.dw, pair.daa, pair.daw, pair.dww
        w = width[data.exact]
        out[0, data.exact] += np.log(w)
        out[2, data.exact], out[5, data.exact] = 1 / w, -1 / w**2
    value, da, dw, daa, daw, dww = out
    return Between(value=value, da=da, dw=dw, daa=daa, daw=daw, dww=dww)


def concave(data: AftData, theta: FloatArray) -> Sums:
    """Sum at theta = (b / sigma, 1 / sigma) of a common scale, or at b where the scale is 1."""
    p = data.x.shape[1]
    free = data.n_strata > 0
    gamma = theta[p] if free else 1.0
    t = row_terms(data, gamma * data.y - data.x @ theta[:p], gamma * data.gap)
    w = data.weight
    by_scale = [w * (t.daa * data.y + t.daw * data.gap)] if free else []
    own = w * (t.daa * data.y**2 + 2 * t.daw * data.y * data.gap + t.dww * data.gap**2)
    slope = [np.sum(w * (t.da * data.y + t.dw * data.gap))] if free else []
    return Sums(
        log_likelihood=float(w @ t.value),
        score=np.concatenate([-data.x.T @ (w * t.da), slope]),
        information=_bordered(data.x, -w * t.daa, [data.x.T @ c for c in by_scale], np.array([[-own.sum()]])),
    )


def natural(data: AftData, theta: FloatArray) -> Sums:
    """Sum at theta = (b, log sigma_s), or at b where the scale is 1."""
    b, inverse = _unpacked(data, theta)
    a, width = (data.y - data.x @ b) * inverse, data.gap * inverse
    t = row_terms(data, a, width)
    w, s = data.weight, data.n_strata
    slope = t.da * a + t.dw * width
    own = w * (t.daa * a**2 + 2 * t.daw * a * width + t.dww * width**2 + slope)
    cross = w * inverse * (t.daa * a + t.daw * width + t.da)
    strata = [data.stratum == code for code in range(s)] if s > 1 else [slice(None)] * s
    return Sums(
        log_likelihood=float(w @ t.value),
        score=np.concatenate([-data.x.T @ (w * inverse * t.da), [-np.sum((w * slope)[rows]) for rows in strata]]),
        information=_bordered(
            data.x,
            -w * inverse**2 * t.daa,
            [-data.x[rows].T @ cross[rows] for rows in strata],
            np.diag([-np.sum(own[rows]) for rows in strata]),
        ),
    )


def row_scores(data: AftData, theta: FloatArray) -> FloatArray:
    """Each row's part (n, k) of the gradient by (b, log sigma_s), weights included."""
    b, inverse = _unpacked(data, theta)
    a, width = (data.y - data.x @ b) * inverse, data.gap * inverse
    t = row_terms(data, a, width)
    by_scale = -data.weight * (t.da * a + t.dw * width)
    member = data.stratum[:, None] == np.arange(data.n_strata)
    return np.hstack([-(data.weight * inverse * t.da)[:, None] * data.x, by_scale[:, None] * member])


def _unpacked(data: AftData, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    p = data.x.shape[1]
    if not data.n_strata:
        return theta, np.ones(len(data.y))
    return theta[:p], np.exp(-theta[p:])[data.stratum]


def _bordered(x: FloatArray, diagonal: FloatArray, borders: list[FloatArray], corner: FloatArray) -> FloatArray:
    """X' diag(d) X with a border column for each scale, and the scales' own block."""
    p, s = x.shape[1], len(borders)
    out = np.empty((p + s, p + s))
    out[:p, :p] = x.T @ (diagonal[:, None] * x)
    for j, border in enumerate(borders):
        out[:p, p + j] = out[p + j, :p] = border
    out[p:, p:] = corner[:s, :s]
    return out
