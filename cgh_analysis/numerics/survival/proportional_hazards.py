"""Grambsch and Therneau's test of proportional hazards, as the score test that R's survival 3 makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import stats

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray
from cgh_analysis.numerics.survival.chi_square import ChiSquare, chi_square, solve_scaled
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.survival.partial_likelihood import CoxData, Sums, information
from cgh_analysis.numerics.survival.risk_sets import tally

Transform = Literal["km", "identity", "rank", "log"]


def transformed(
    transform: Transform, at: FloatArray, time: FloatArray, event: BoolArray, entry: FloatArray | None
) -> FloatArray:
    """Transform times `at`: as they are, their log, their rank, or 1 - S(t-) of everybody's unweighted curve."""
    if transform == "identity":
        return at
    if transform == "log":
        return np.log(at)
    if transform == "rank":
        ranks = stats.rankdata(time)
        order = np.argsort(time)
        return ranks[order][np.searchsorted(time[order], at)]
    curve = kaplan_meier(time, event, np.zeros(time.size, dtype=np.intp), entry=entry)
    before = np.searchsorted(curve.time, at)
    return 1 - np.append(1.0, curve.survival)[before]


def ph_test(data: CoxData, s: Sums, g: FloatArray, groups: Sequence[IntArray]) -> tuple[list[ChiSquare], ChiSquare]:
    """Test coefficients b + theta g(t) for theta = 0 (Grambsch and Therneau 1994), for groups of columns and for all.

    `g` (P,) is the transformed time of each point. The score for theta is the sum of g times Schoenfeld's residuals;
    its information, with b's, is that of x and x g(t).
    """
    rows = data.rows
    at = g - np.average(g, weights=data.slots.mean_weight * data.slots.n_dead)
    observed = tally(rows.point, (rows.weight * rows.columns)[:, rows.dead].T, g.size)
    u = at @ (observed - s.h0[:, None] * s.s1 + s.h1[:, None] * s.d1)
    plain, cross, square = (information(data, s, at**k) for k in (0, 1, 2))

    def test(columns: IntArray) -> ChiSquare:
        # the score for b is zero at the maximum, so that only theta's block of the inverse matters
        taken = cross[:, columns]
        adjusted = square[np.ix_(columns, columns)] - taken.T @ solve_scaled(plain, taken)
        return chi_square(float(u[columns] @ solve_scaled(adjusted, u[columns])), columns.size)

    return [test(columns) for columns in groups], test(np.arange(u.size))
