"""The model itself: a formula and a DataFrame in, a frozen fit out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.mmrm.constrained import determined, restored, without
from cgh_analysis.models.mmrm.degrees import Df, Errors, Vcov
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.prepare import prepare
from cgh_analysis.models.mmrm.solve import SPATIAL, STRUCTURES, fit_prepared
from cgh_analysis.models.options import check_option


def mmrm(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    visit: str,
    covariance: str | Sequence[str] = "us",
    group: str | None = None,
    weights: str | None = None,
    day: str | None = None,
    method: Literal["reml", "ml"] = "reml",
    df: Df = "satterthwaite",
    vcov: Vcov = "asymptotic",
    aliased: Literal["refuse", "drop"] = "refuse",
) -> MmrmFit:
    """Fit means of a repeated outcome with a covariance over visits; arm contrasts are differences in mean at a visit.

    Assumes that the mean is as the formula says, that subjects are independent and their outcomes jointly normal, and
    that what is missing is so at random given what was seen. Data are one row a subject and visit, in any order; visits
    come in the order of the category (else sorted), and a visit not made is a gap. `covariance` is us, toep, toeph,
    ar1, ar1h, cs, csh, ad, adh, or sp_exp over the numbers in the column `day`; a list is tried in turn, and what was
    tried is in `ladder`. Each level of `group` has its own. `weights` divide a row's variance. Degrees of freedom:
    satterthwaite, kenward-roger-linear (first order: SAS's for us; does not depend on the parametrisation),
    kenward-roger (with second derivatives in the parametrisation of R's mmrm: in R's sleep data it gives the difference
    a standard error of 0.3386 where the paired t-test has 0.3890), between-within, residual. `vcov` may be empirical
    (CR0), empirical-bias-reduced (CR2), empirical-jackknife (CR3). Columns that others determine are refused, or with
    aliased="drop" left out, named in `dropped`; means and differences that need one are not estimable. Kenward and
    Roger (1997), Mallinckrodt and others (2008).

    Raises ArgumentError for a subject twice at a visit, in two groups, rows of nobody, or options that do not go
    together; NotEstimable where there are fewer subjects than covariance parameters, no variance, or aliased columns;
    ConvergenceError (a NotEstimable) where the likelihood has no maximum that can be found.

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"id": np.repeat(range(30), 3), "week": [4, 8, 12] * 30, "arm": np.repeat(["a", "b"], 45)})
    >>> data["y"] = rng.normal(size=90) + np.repeat(rng.normal(size=30), 3) + (data["arm"] == "b")
    >>> fit = mmrm("y ~ arm * C(week)", data, subject="id", visit="week")
    >>> fit.covariance.shape, fit.n_subjects
    ((3, 3), 30)
    """
    names = (covariance,) if isinstance(covariance, str) else tuple(covariance)
    _check_options(names, group, day, method, df, vcov)
    check_option("aliased", aliased, ("refuse", "drop"))
    whole = prepare(
        formula,
        data,
        subject=subject,
        visit=visit,
        group=group,
        weights=weights,
        day=day,
        full_rank=aliased == "refuse",
    )
    free, ways = determined(whole)
    kept, errors = without(whole, free), Errors(df=df, vcov=vcov)
    fit = fit_prepared(kept, names, errors, subject=subject, visit=visit, group=group, reml=method == "reml")
    return fit if free.all() else restored(fit, whole, free, ways)


def _check_options(names: tuple[str, ...], group: str | None, day: str | None, method: str, df: str, vcov: str) -> None:
    if not names:
        raise ArgumentError("covariance names no structure.", remedy=f"Known: {', '.join(STRUCTURES)}.")
    for name in names:
        check_option("covariance", name, STRUCTURES)
    check_option("method", method, ("reml", "ml"))
    check_option("df", df, get_args(Df))
    check_option("vcov", vcov, get_args(Vcov))
    if (SPATIAL in names) != (day is not None):
        raise ArgumentError(f"covariance={list(names)} with day={day!r}.", remedy=f"`day` goes with {SPATIAL!r} only.")
    if SPATIAL in names and len(names) > 1:
        raise ArgumentError(f"{SPATIAL!r} is in a ladder.", remedy="Fit it by itself: it reads days, not visits.")
    if SPATIAL in names and group is not None:
        raise ArgumentError(f"{SPATIAL!r} with group={group!r}.", remedy="It has one covariance for all.")
