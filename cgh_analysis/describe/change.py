"""Change from baseline at one visit, and who changed for the better by more than the instrument's error."""

from __future__ import annotations

import numpy as np

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.visits import followed
from cgh_analysis.instruments import Instrument
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.proportions import wilson
from cgh_analysis.numerics.summary import mean_interval
from cgh_analysis.results import Result

METHOD = "observed change, t interval; proportion, Wilson interval"
Record = dict[str, object]


def describe(cohort: Cohort) -> Result:
    """Return mean change (later minus baseline) and the percentage that improved by more than the MDC, by arm.

    Of the followed outcomes whose instrument has a minimal detectable change, at the visit `describe.change_at` of the
    study file; of people seen at both visits. A change that equals the MDC does not exceed it.
    """
    study = cohort.study
    if study.describe.change_at is None:
        return results.rows([])
    visit = study.visit(study.describe.change_at)
    seen = cohort.at(visit.id)
    arm = seen["arm"].astype(object).to_numpy()
    records: list[Record] = []
    for column in followed(cohort):
        instrument = study.instruments[column]
        if instrument.mdc is not None and f"{column}_baseline" in seen:
            difference = (seen[column] - seen[f"{column}_baseline"]).to_numpy(dtype=float, na_value=np.nan)
            for group in study.arm_ids:
                place: Record = {"outcome": column, "group": group, "time": float(visit.day)}
                mine = difference[(arm == group) & ~np.isnan(difference)]
                records += [{**place, **row} for row in _arm(mine, instrument, instrument.mdc, study.conf_level)]
    return results.rows(records, analysis="change", method=METHOD)


def _arm(difference: FloatArray, instrument: Instrument, mdc: float, conf_level: float) -> list[Record]:
    if not difference.size:
        return []
    n, m = float(difference.size), mean_interval(difference, conf_level=conf_level)
    # 17.6 - 8.0 is a little more than 9.6 in binary: what is equal to nine digits does not exceed it
    improved = float(np.sum((-difference if instrument.better == "lower" else difference) > mdc + 1e-9 * (1 + mdc)))
    share = wilson(improved, n, conf_level=conf_level)
    mean: Record = {"estimate": m.mean, "std_error": m.std_error, "df": m.df}
    mean_limits: Record = {"conf_low": m.conf_low, "conf_high": m.conf_high, "conf_level": conf_level}
    low, high = 100 * float(share.conf_low), 100 * float(share.conf_high)
    percent: Record = {"estimate": 100 * float(share.estimate), "events": improved}
    percent_limits: Record = {"conf_low": low, "conf_high": high, "conf_level": conf_level}
    return [
        {"statistic": "mean", "n": n, **mean, **mean_limits},
        {"statistic": "percent", "n": n, **percent, **percent_limits},
    ]
