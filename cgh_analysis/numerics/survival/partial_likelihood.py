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
from cgh_analysis.numerics.survival.risk_rows import RiskRows, point_sums, risk_rows, second_moments
from cgh_analysis.numerics.survival.risk_sets import RiskSets, met, tally

Ties = Literal["efron", "breslow", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The deaths of each point: how many (P,) and their `mean_weight` w (P,).

    Slots (E,) are laid out point by point from `starts`, with `fraction` f_k, which is None where all are zero.
    """

    n_dead: IntArray
    mean_weight: FloatArray
    starts: IntArray
    fraction: FloatArray | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxData:
    """What does not change with the coefficients. Points are the distinct (stratum, time) pairs with an event."""

    rows: RiskRows
    slots: Slots

    @property
    def sets(self) -> RiskSets:
        """Points and risk sets of the rows, in the order of `rows`."""
        return self.rows.sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """Sums (P,) over the slots of a point, at one value of the coefficients, all times w.

    `h0`, `h1` are sums of 1 / phi and f / phi; `a`, `b`, `c` of 1, f, f^2 over phi^2; `log_phi` of log phi.
    """

    h0: FloatArray
    h1: FloatArray
    a: FloatArray
    b: FloatArray
    c: FloatArray
    log_phi: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums at one value of the coefficients. `risk` (n,) of the rows is weight exp(x b - shift of the stratum).

    `s1`, `d1` (P, p) are S1 and D1; `h0`, `h1`, `a`, `b`, `c` (P,) are those of Denominators.
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
    rows = risk_rows(x, time, event, stratum=stratum, entry=entry, weights=weights)
    n_dead, weight_dead = np.bincount(rows.point), tally(rows.point, rows.weight[rows.dead], rows.n_points)
    return CoxData(rows=rows, slots=slots(n_dead, weight_dead, ties))


def slots(n_dead: IntArray, weight_dead: FloatArray, ties: Ties) -> Slots:
    """Lay out the slots of points with so many deaths (P,) of so much weight (P,) together."""
    starts = np.cumsum(n_dead) - n_dead
    tied = ties == "efron" and bool((n_dead > 1).any())
    k = np.arange(n_dead.sum()) - np.repeat(starts, n_dead)
    return Slots(
        n_dead=n_dead,
        mean_weight=weight_dead / n_dead,
        starts=starts,
        fraction=k / np.repeat(n_dead, n_dead) if tied else None,
    )


def denominators(of: Slots, s0: FloatArray, d0: FloatArray) -> Denominators:
    """Sum over the slots, S0 (P,) being the risk of those at risk and D0 (P,) that of the dead."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if of.fraction is None:
            total = of.mean_weight * of.n_dead
            none = np.zeros_like(s0)
            return Denominators(h0=total / s0, h1=none, a=total / s0**2, b=none, c=none, log_phi=total * np.log(s0))
        f = of.fraction
        phi = np.repeat(s0, of.n_dead) - f * np.repeat(d0, of.n_dead)
        inverse = 1 / phi
        part = f * inverse
        h0, h1, a, b, c, log_phi = (
            of.mean_weight * np.add.reduceat(v, of.starts)
            for v in (inverse, part, inverse * inverse, part * inverse, part * part, np.log(phi))
        )
    return Denominators(h0=h0, h1=h1, a=a, b=b, c=c, log_phi=log_phi)


def relative_risk(rows: RiskRows, coef: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return weight exp(x b - shift) of the rows (n,), and the shift of each stratum: its largest x b."""
    eta = coef @ rows.columns
    n = rows.n_seen
    stratum = rows.stratum[:n]
    shift = np.zeros(int(rows.stratum.max()) + 1)
    # rows come in the order of strata
    begin = np.flatnonzero(np.diff(stratum, prepend=-1)) if shift.size > 1 else np.array([0])
    shift[stratum[begin]] = np.maximum.reduceat(eta[:n], begin)
    risk = eta[:n] - (shift[stratum] if shift.size > 1 else shift[0])
    np.exp(risk, out=risk)
    # whoever is at risk at no time counts nowhere
    risk = risk if n == eta.size else np.append(risk, np.zeros(eta.size - n))
    return risk * rows.weight, shift


def sums(data: CoxData, coef: FloatArray) -> Sums:
    """Sum over the risk sets at `coef` (p,); the log-likelihood is not finite where a denominator underflows."""
    risk, shift = relative_risk(data.rows, coef)
    found = point_sums(data.rows, risk)
    d = denominators(data.slots, found.at_risk, found.dead)
    return Sums(
        log_likelihood=log_likelihood(data, coef, shift, d.log_phi),
        shift=shift,
        risk=risk,
        s1=found.at_risk_x,
        d1=found.dead_x,
        h0=d.h0,
        h1=d.h1,
        a=d.a,
        b=d.b,
        c=d.c,
    )


def log_likelihood(data: CoxData, coef: FloatArray, shift: FloatArray, log_phi: FloatArray) -> float:
    """Return the log partial likelihood; `log_phi` (P,) of Denominators are less the shift of their stratum."""
    weight = data.slots.mean_weight * data.slots.n_dead
    return float(data.rows.dead_x @ coef - weight @ shift[data.sets.stratum] - log_phi.sum())


def hazard_met(data: CoxData, s: Sums, factor: FloatArray | None = None) -> FloatArray:
    """Hazard (n,) that each row met, times a `factor` (P,) of time; who dies meets only part of a tied time's."""
    h0, h1 = (s.h0, s.h1) if factor is None else (s.h0 * factor, s.h1 * factor)
    total = met(data.sets, h0)
    if data.slots.fraction is not None:
        total[data.rows.dead] -= h1[data.rows.point]
    return total


def score(data: CoxData, s: Sums) -> FloatArray:
    """The gradient (p,): covariates of the dead less the means of their risk sets."""
    tied = s.h1 @ s.d1 if data.slots.fraction is not None else 0.0
    return np.asarray(data.rows.dead_x - s.h0 @ s.s1 + tied)


def information(data: CoxData, s: Sums, factor: FloatArray | None = None) -> FloatArray:
    """Sum over slots of the covariance (p, p) of x within the risk set, each time a `factor` (P,) of its time."""
    second = second_moments(data.rows, s.risk * hazard_met(data, s, factor))
    return np.asarray(second - squared_means(s.s1, s.d1, s, factor))


def squared_means(
    s1: FloatArray, d1: FloatArray, of: Denominators | Sums, factor: FloatArray | None = None
) -> FloatArray:
    """Sum over slots of the mean of x times its transpose (p, p), each time a `factor` (P,) of its time."""
    g = np.ones(len(s1)) if factor is None else factor
    means = s1.T @ ((g * of.a)[:, None] * s1)
    if not of.b.any():
        return np.asarray(means)
    cross = s1.T @ ((g * of.b)[:, None] * d1)
    return np.asarray(means - cross - cross.T + d1.T @ ((g * of.c)[:, None] * d1))


def mean_covariate(s: Sums, data: CoxData) -> FloatArray:
    """The mean (P, p) over slots of the risk set's weighted mean of x."""
    total = data.slots.mean_weight * data.slots.n_dead
    return (s.h0[:, None] * s.s1 - s.h1[:, None] * s.d1) / total[:, None]
