"""Cox's proportional hazards regression of right-censored times, also of rows (start, stop] and of discrete times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.survival.cox_fit import CoxFit
from cgh_analysis.models.survival.cox_regression import Penalty
from cgh_analysis.models.survival.cox_solve import Columns, fit_cox, sandwiched
from cgh_analysis.numerics.survival.partial_likelihood import Ties

ONE: Final = "Take one of the two."


def cox(
    formula: str,
    data: pd.DataFrame,
    *,
    time: str,
    event: str,
    entry: str | None = None,
    subject: str | None = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
    penalty: Penalty | None = None,
) -> CoxFit:
    """Regress the hazard on covariates: h(t | x) = h0(t) exp(x b), h0 left open (Cox 1972).

    Assumes hazards proportional over time (`ph_test` looks), censoring that tells nothing of what would have come, and
    linear effects on the log hazard. `formula` is a right-hand side, "arm + age"; the other arguments name columns:
    `time` >= 0, `event` 0/1 or boolean, at risk while `entry` < t <= `time`, each of `strata` with its own h0. Where
    covariates change, a person has several rows, from `entry` to `time`, and `subject` says whose they are: rows that
    overlap, or come after the person's event, are refused by label (gaps are time without observation, and allowed);
    events that come again are `recurrent`'s. With `cluster`, or weights that are no whole numbers, errors are the
    sandwich's (Lin and Wei 1989).

    Ties by "efron" or "breslow" take time as continuous and ties as rounding; "exact" takes it as truly discrete (Cox
    1972, section 6: the odds at each time are proportional). `penalty="firth"` maximises l(b) + log|I(b)| / 2 (Heinze
    and Schemper 2001), which is finite also where an arm has no event; its limits are `profile`'s. Rows with a missing
    covariate, stratum or cluster are left out and counted. Raises NotEstimable where a coefficient has no finite
    maximum, naming the column.

    >>> data = pd.DataFrame({"day": [1, 1, 6, 6, 8, 9], "gone": [1, 0, 1, 1, 0, 1], "x": [1, 1, 1, 0, 0, 0]})
    >>> cox("x", data, time="day", event="gone", ties="breslow").coefficients()["hazard_ratio"].round(6).tolist()
    [4.372281]
    """
    check_option("ties", ties, get_args(Ties))
    if penalty is not None:
        check_option("penalty", penalty, get_args(Penalty))
    _refuse_together(ties, penalty, cluster, weights)
    columns = Columns(
        time=time,
        event=event,
        entry=entry,
        subject=subject,
        strata=tuple(as_names(strata)),
        # a person's rows belong together, also where weights ask for robust errors
        cluster=subject if cluster is None else cluster,
        weights=weights,
    )
    fit = fit_cox(formula, data, columns, ties=ties, penalty=penalty)
    given = fit.observed.weights
    fractional = given is not None and not np.array_equal(given, given.round())
    if fractional and penalty is not None:
        raise ArgumentError(
            "Weights that are no whole numbers need robust errors, which a penalty has not.", remedy=ONE
        )
    return sandwiched(fit, columns.cluster) if cluster is not None or fractional else fit


def _refuse_together(ties: Ties, penalty: Penalty | None, cluster: str | None, weights: str | None) -> None:
    """Refuse what has no theory, or none here."""
    discrete = ties == "exact"
    clashes = [
        (discrete and weights is not None, "weights with exact ties"),
        (discrete and cluster is not None, "cluster (robust errors) with exact ties"),
        (discrete and penalty is not None, "penalty with exact ties"),
        (penalty is not None and cluster is not None, "cluster (robust errors) with a penalty"),
    ]
    found = [what for clash, what in clashes if clash]
    if found:
        raise ArgumentError(f"There is no {' and no '.join(found)}.", remedy=ONE)
