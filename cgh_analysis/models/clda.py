"""Constrained longitudinal data analysis: baseline is an outcome like the others, with one mean for all arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.frames import check_frame
from cgh_analysis.models.formulas import quoted, term_variables
from cgh_analysis.models.mmrm.constrained import restored, without
from cgh_analysis.models.mmrm.degrees import Df, Errors
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.prepare import Prepared, prepare
from cgh_analysis.models.mmrm.solve import STRUCTURES, fit_prepared
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import BoolArray


def clda(
    outcome: str,
    data: pd.DataFrame,
    *,
    arm: str,
    visit: str,
    baseline: Any,
    subject: str,
    covariates: Sequence[str] = (),
    covariance: str | Sequence[str] = "us",
    df: Df = "kenward-roger-linear",
) -> MmrmFit:
    """Fit means over visits, baseline among them, that are the same in all arms at baseline (Liang and Zeger 2000).

    Its arm contrasts are differences in mean at a visit, and in mean change, between arms with the same mean at
    baseline: right where arms were randomised, and where they were not an assumption that baseline differences are
    chance. People without a baseline value, or with nothing else, take part (Lu 2010). Outcomes are assumed jointly
    normal and missing at random. Data are one row a subject and visit, baseline rows included; `covariates` act alike
    at all visits. Covariances, degrees of freedom and errors are those of `mmrm`. At baseline a difference is 0 by
    assumption, without an error.

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"id": np.repeat(range(40), 3), "week": [0, 4, 8] * 40, "arm": np.repeat(["a", "b"], 60)})
    >>> data["y"] = rng.normal(size=120) + np.repeat(rng.normal(size=40), 3) - (data["arm"] == "b") * (data["week"] > 0)
    >>> fit = clda("y", data, arm="arm", visit="week", baseline=0, subject="id")
    >>> fit.terms[fit.coef.tolist().index(0.0)]
    'arm[T.b]'
    """
    names = (covariance,) if isinstance(covariance, str) else tuple(covariance)
    for name in names:
        check_option("covariance", name, [s for s in STRUCTURES if s != "sp_exp"])
    check_option("df", df, get_args(Df))
    check_frame(data, [outcome, arm, visit, subject, *covariates])
    if not (data[visit] == baseline).any():
        raise ArgumentError(f"No row is at the visit {baseline!r}.", remedy="Add the baseline rows to the data.")
    over = f"C({quoted(visit)}, contr.treatment({baseline!r}))"
    formula = " + ".join([f"{quoted(outcome)} ~ {over} * {quoted(arm)}", *map(quoted, covariates)])
    whole = prepare(formula, data, subject=subject, visit=visit, group=None, weights=None, day=None)
    free = _free(whole, arm)
    fit = fit_prepared(without(whole, free), names, Errors(df=df), subject=subject, visit=visit)
    method = fit.method.replace("MMRM", "Constrained longitudinal data analysis")
    return replace(restored(fit, whole, free), method=method)


def _free(prepared: Prepared, arm: str) -> BoolArray:
    """Which coefficients are estimated: all but the arms' differences at baseline, which the coding keeps apart."""
    spec = prepared.design.spec
    free = np.ones(len(prepared.design.terms), dtype=bool)
    for term, place in spec.term_slices.items():
        if term_variables(term) == [arm]:
            free[place] = False
    return free
