"""Cox's partial likelihood with its score and information, by sums over risk sets (Cox 1972; Efron 1977; Breslow 1974).

Notation: at an event time with d deaths of mean weight w, slot k = 0 .. d - 1 has the denominator
phi_k = S0 - f_k D0 with f_k = k / d (Efron) or 0 (Breslow), where S0, S1 sum risk and risk x over those at risk, and
D0, D1 over those who die. The second moments S2 are never formed: summed over times they are X' diag(risk H) X, where H
is the cumulative hazard that each person met, so that an iteration costs O(n p^2) whatever the ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.risk_sets import RiskSets, at_risk, met, risk_sets, tally

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxData:
    """What does not change with the coefficients. Points are the distinct (stratum, time) pairs with an event.

    `x` (n, p) is less its mean `center`. `dead` are the rows with an event and `point` their points; slots (E,) are
    laid out point by point from `slot_starts`, with `fraction` f_k; `mean_weight` (P,) is w.
    """

    x: FloatArray
    center: FloatArray
    weight: FloatArray
    event: BoolArray
    stratum: IntArray
    sets: RiskSets
    dead: IntArray
    point: IntArray
    n_dead: IntArray
    mean_weight: FloatArray
    slot_starts: IntArray
    fraction: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums at one value of the coefficients. `risk` (n,) is weight exp(x b - shift of the stratum).

    `h0`, `h1` are sums over slots of w / phi and w f / phi; `a`, `b`, `c` of w / phi^2 times 1, f, f^2; all (P,).
    """

    log_likelihood: float
    shift: FloatArray
    risk: FloatArray
    s1: FloatArray
    d1: FloatArray
    h0: FloatArray
    h1: FloatArray
    a: FloatArray
    b: FloatArray
    c: FloatArray


def cox_data(
    x: FloatArray,
    time: FloatArray,
    event: BoolArray,
    *,
    stratum: IntArray | None = None,
    entry: FloatArray | None = None,
    weights: FloatArray | None = None,
    ties: Ties = "efron",
) -> CoxData:
    """Lay out the risk sets of covariates (n, p) and times (n,); there must be an event."""
    codes = np.zeros(time.size, dtype=np.intp) if stratum is None else stratum
    weight = np.ones(time.size) if weights is None else weights
    sets = risk_sets(time, codes, entry=entry, at=event)
    dead = np.flatnonzero(event)
    point = sets.last[dead]
    n_dead = np.bincount(point)
    slot_starts = np.cumsum(n_dead) - n_dead
    k = np.arange(dead.size) - np.repeat(slot_starts, n_dead)
    center = x.mean(axis=0)
    return CoxData(
        x=np.asfortranarray(x - center),
        center=center,
        weight=weight,
        event=event,
        stratum=codes,
        sets=sets,
        dead=dead,
        point=point,
        n_dead=n_dead,
        mean_weight=np.bincount(point, weight[dead]) / n_dead,
        slot_starts=slot_starts,
        fraction=k / np.repeat(n_dead, n_dead) if ties == "efron" else np.zeros(dead.size),
    )


def sums(data: CoxData, coef: FloatArray) -> Sums:
    """Sum over the risk sets at `coef` (p,); the log-likelihood is not finite where a denominator underflows."""
    eta = data.x @ coef
    shift = np.full(int(data.stratum.max()) + 1, -np.inf)
    np.maximum.at(shift, data.stratum, eta)
    eta = eta - shift[data.stratum]
    risk = data.weight * np.exp(eta)
    d0, d1 = _of_the_dead(data, risk)
    f = data.fraction
    phi = np.repeat(at_risk(data.sets, risk), data.n_dead) - f * np.repeat(d0, data.n_dead)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = 1 / phi
        log_phi = np.log(phi)
        h0, h1, a, b, c, log_sum = (
            data.mean_weight * np.add.reduceat(v, data.slot_starts)
            for v in (inverse, f * inverse, inverse**2, f * inverse**2, (f * inverse) ** 2, log_phi)
        )
    return Sums(
        log_likelihood=float((data.weight * eta)[data.dead].sum() - log_sum.sum()),
        shift=shift,
        risk=risk,
        s1=at_risk(data.sets, risk[:, None] * data.x),
        d1=d1,
        h0=h0,
        h1=h1,
        a=a,
        b=b,
        c=c,
    )


def _of_the_dead(data: CoxData, risk: FloatArray) -> tuple[FloatArray, FloatArray]:
    """D0 (P,) and D1 (P, p), or zeros where no tie uses them."""
    size = data.n_dead.size
    if not data.fraction.any():
        return np.zeros(size), np.zeros((size, data.x.shape[1]))
    own = risk[data.dead]
    return tally(data.point, own, size), tally(data.point, own[:, None] * data.x[data.dead], size)


def hazard_met(data: CoxData, s: Sums, factor: FloatArray | None = None) -> FloatArray:
    """Hazard (n,) that each person met, times a `factor` (P,) of time; who dies meets only part of a tied time's."""
    h0, h1 = (s.h0, s.h1) if factor is None else (s.h0 * factor, s.h1 * factor)
    total = met(data.sets, h0)
    total[data.dead] -= h1[data.point]
    return total


def score(data: CoxData, s: Sums) -> FloatArray:
    """The gradient (p,): X' (weight event - risk H)."""
    return data.x.T @ (data.weight * data.event - s.risk * hazard_met(data, s))


def information(data: CoxData, s: Sums, factor: FloatArray | None = None) -> FloatArray:
    """Sum over slots of the covariance (p, p) of x within the risk set, each time a `factor` (P,) of its time."""
    g = np.ones(s.h0.size) if factor is None else factor
    second = data.x.T @ ((s.risk * hazard_met(data, s, factor))[:, None] * data.x)
    cross = s.s1.T @ ((g * s.b)[:, None] * s.d1)
    means = s.s1.T @ ((g * s.a)[:, None] * s.s1) - cross - cross.T + s.d1.T @ ((g * s.c)[:, None] * s.d1)
    return np.asarray(second - means)


def mean_covariate(s: Sums, data: CoxData) -> FloatArray:
    """The mean (P, p) over slots of the risk set's weighted mean of x."""
    total = data.mean_weight * data.n_dead
    return (s.h0[:, None] * s.s1 - s.h1[:, None] * s.d1) / total[:, None]
