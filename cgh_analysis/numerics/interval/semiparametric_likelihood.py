"""The likelihood of a transformation model with a free baseline, for times known up to an interval.

Survival of a person with covariates x is S = exp(-H r) (proportional hazards) or 1 / (1 + H r) (proportional odds),
with r = exp(x b) and H the cumulated baseline, which rises at the maximal intersections (cells) only (Turnbull 1976;
Finkelstein 1986). Nodes lie between the cells: node 0 before the first, where H = 0, node k after cell k, and a last
one at infinity, where H is infinite. A person's interval runs from node `low` to node `high`. A time known exactly has
a density, H's jump times r times the survival's slope after it, so that with exact and right-censored times the profile
likelihood of proportional hazards is Cox's partial likelihood with Breslow's ties (Kim 2003).

Every row's log-likelihood is a function of log H(low) + x b and log H(high) + x b, and is concave in these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.interval.cells import crossings, present
from cgh_analysis.numerics.survival.risk_sets import distinct

Model = Literal["ph", "po"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiData:
    """Rows that say something of the time. `x` (n, p) is less its mean `center`; `low`, `high` (n,) are nodes.

    `exact` says whose time is known; `left`, `right` are the ends of the cells, of which the first `m` have a finite H.
    """

    x: FloatArray
    center: FloatArray
    weight: FloatArray
    low: IntArray
    high: IntArray
    exact: BoolArray
    left: FloatArray
    right: FloatArray
    m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By row (n,): log-likelihood, its derivatives by H(low) and H(high), and curvatures.

    Minus the second derivatives are `v` on H(high) - H(low) alone, less `c_low` and `c_high` on the ends themselves.
    """

    value: FloatArray
    d_low: FloatArray
    d_high: FloatArray
    v: FloatArray
    c_low: FloatArray
    c_high: FloatArray


def semi_data(x: FloatArray, left: FloatArray, right: FloatArray, weights: FloatArray | None = None) -> SemiData:
    """Lay out rows (left, right] (n,) over the cells that can carry mass.

    A time is exact where the ends are equal, or as near as two writings of one time.
    """
    n = left.size
    ends = np.concatenate([left, right, [0.0]])
    finite = np.isfinite(ends)
    values, rank = distinct(ends[finite])
    # on a line of whole numbers an end at v is 2 rank(v); a time known exactly begins just before itself
    code = np.full(ends.size, 2 * values.size)
    code[finite] = 2 * rank
    exact = code[:n] == code[n : 2 * n]
    opens, closes = code[:n] - exact, code[n : 2 * n]
    p, q = crossings(present(opens, 2 * values.size + 1), present(closes, 2 * values.size + 1))
    # after the last cell nobody is known to be left: H is infinite there, unless a density keeps it finite
    m = p.size if _ends_exactly(q, closes, exact) else p.size - 1
    high = np.searchsorted(q, closes, side="right")
    high = np.where(high == p.size, m if m == p.size else m + 1, high)
    center = np.average(x, axis=0, weights=weights)
    time = np.append(values, np.inf)
    return SemiData(
        x=x - center,
        center=center,
        weight=np.ones(n) if weights is None else weights,
        low=np.searchsorted(p, opens),
        high=np.where(np.isinf(right), m + 1, high),
        exact=exact,
        left=time[(p + 1) // 2],
        right=time[q // 2],
        m=m,
    )


def _ends_exactly(q: IntArray, closes: IntArray, exact: BoolArray) -> bool:
    return bool(np.any(closes[exact] == q[-1]))


def _hazards(data: SemiData, r: FloatArray, low: FloatArray, high: FloatArray) -> Terms:
    gap = np.where(np.isfinite(high), high - low, 1.0)
    d = gap * r
    pull = r / np.expm1(d)
    value = np.where(d < 1, np.log(-np.expm1(-d)), np.log1p(-np.exp(-d))) - low * r
    d_low, d_high, v = -r - pull, pull, pull * (pull + r)
    at = data.exact
    value[at] = (np.log(d) - high * r)[at]
    d_low[at], d_high[at], v[at] = (-1 / gap)[at], (1 / gap - r)[at], (1 / gap**2)[at]
    zero = np.zeros(r.size)
    return _open(data, Terms(value=value, d_low=d_low, d_high=d_high, v=v, c_low=zero, c_high=zero), -low * r, -r, zero)


def _odds(data: SemiData, r: FloatArray, low: FloatArray, high: FloatArray) -> Terms:
    end = np.where(np.isfinite(high), high, low + 1.0)
    gap = end - low
    from_low, from_high = r / (1 + low * r), r / (1 + end * r)
    log_low, log_high = np.log1p(low * r), np.log1p(end * r)
    at = data.exact
    value = np.log(gap * r) - np.where(at, log_high, log_low) - log_high
    d_low, d_high = -1 / gap - np.where(at, 0.0, from_low), 1 / gap - np.where(at, 2.0, 1.0) * from_high
    c_low, c_high = np.where(at, 0.0, from_low**2), np.where(at, 2.0, 1.0) * from_high**2
    t = Terms(value=value, d_low=d_low, d_high=d_high, v=1 / gap**2, c_low=c_low, c_high=c_high)
    return _open(data, t, -log_low, -from_low, from_low**2)


def _open(data: SemiData, t: Terms, value: FloatArray, d_low: FloatArray, c_low: FloatArray) -> Terms:
    """Put in the rows without an end."""
    never = data.high == data.m + 1
    return Terms(
        value=np.where(never, value, t.value),
        d_low=np.where(never, d_low, t.d_low),
        d_high=np.where(never, 0.0, t.d_high),
        v=np.where(never, 0.0, t.v),
        c_low=np.where(never, c_low, t.c_low),
        c_high=np.where(never, 0.0, t.c_high),
    )


TERMS: Final[dict[str, Callable[[SemiData, FloatArray, FloatArray, FloatArray], Terms]]] = {
    "ph": _hazards,
    "po": _odds,
}


def terms(data: SemiData, model: Model, b: FloatArray, h: FloatArray) -> Terms:
    """Return the terms of the rows at coefficients b (p,) and H at nodes 0 .. m, (m + 1,)."""
    ends = np.append(h, np.inf)
    with np.errstate(all="ignore"):
        return TERMS[model](data, np.exp(data.x @ b), ends[data.low], ends[data.high])


def survival(model: Model, level: FloatArray) -> FloatArray:
    """Return survival where the cumulated hazard (or odds) is `level`."""
    return np.exp(-level) if model == "ph" else 1 / (1 + level)
