"""Regression of events that come again: rate ratios of counting processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.survival.cox_solve import Columns, fit_cox, sandwiched

Model = Literal["lwyy", "andersen-gill"]
NAMES = {"lwyy": "LWYY rate regression", "andersen-gill": "Andersen-Gill intensity regression"}


@dataclass(frozen=True, kw_only=True)
class RateFit(CoxFit):
    """A regression of rates: a Cox fit of rows (start, stop], whose coefficients are log rate ratios."""

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the frame of every fit, with rate_ratio and its limits rate_ratio_low, rate_ratio_high."""
        return super().coefficients(conf_level).rename(columns=lambda name: name.replace("hazard", "rate"))

    def refuse(self, what: str, *, penalised: bool = False) -> None:
        """Refuse what is not defined for events that come again."""
        if what.endswith("curves"):
            raise ArgumentError(f"Events that come again have no {what} of survival.", remedy="See mean_count(...).")
        super().refuse(what, penalised=penalised)


def recurrent(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    time: str,
    event: str,
    entry: str | None = None,
    strata: str | Sequence[str] | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    model: Model = "lwyy",
) -> RateFit:
    """Regress the rate of events that may come again on covariates: E dN(t) = exp(x b) dmu0(t), mu0 left open.

    Each row is a person (`subject`) from `entry` (0) to `time`, with an `event` at its end or none; the next row begins
    there, or later (a gap is time without observation). Rows of a person that overlap are refused by label. With "lwyy"
    only the rate is modelled, and a person's events may depend on each other in any way: errors are the sandwich's, by
    person (Lin, Wei, Yang and Ying 2000). "andersen-gill" takes the covariates to tell all that the past does, so that
    each event is as good as new, and inverts the information (Andersen and Gill 1982); coefficients are the same.
    Leaving observation must say nothing of what would have come. Raises ArgumentError and NotEstimable as `cox` does.

    >>> data = pd.DataFrame({"id": [1, 1, 2, 3, 3, 4], "start": [0, 3, 0, 0, 2, 0], "stop": [3, 9, 5, 2, 8, 7]})
    >>> data = data.assign(back=[1, 1, 0, 1, 0, 1], arm=list("aabbba"))
    >>> fit = recurrent("arm", data, subject="id", entry="start", time="stop", event="back")
    >>> fit.coefficients()["rate_ratio"].round(3).tolist()
    [0.618]
    """
    check_option("model", model, get_args(Model))
    check_option("ties", ties, ("efron", "breslow"))
    columns = Columns(
        time=time, event=event, entry=entry, subject=subject, strata=tuple(as_names(strata)), cluster=subject
    )
    fit = fit_cox(formula, data, columns, ties=ties, recurrent=True)
    named = fit.method.replace("Cox regression", NAMES[model])
    fit = sandwiched(replace(fit, method=named), subject) if model == "lwyy" else replace(fit, method=named)
    return RateFit(**{f.name: getattr(fit, f.name) for f in fields(fit)})
