"""The course of the outcomes: what was seen at each visit, as it was seen."""

from __future__ import annotations

from cgh_analysis import results
from cgh_analysis.cohort import Cohort
from cgh_analysis.describe.visits import followed, planned_days, seen
from cgh_analysis.numerics.summary import mean_interval
from cgh_analysis.results import Result

METHOD = "observed mean, t interval"


def describe(cohort: Cohort) -> Result:
    """Return mean (standard error, t interval) and sd by outcome, arm and visit, of the people seen at that visit.

    Nothing is filled in: who comes back may differ from who does not, so a course is a description and not an effect.
    """
    columns = followed(cohort)
    frame = seen(cohort, columns)
    records: list[dict[str, object]] = []
    for column in columns:
        known = frame.loc[frame[column].notna()]
        by = {key: x.to_numpy(dtype=float) for key, x in known.groupby(["arm", "time"])[column]}
        for arm in cohort.study.arm_ids:
            for day in planned_days(cohort):
                if (arm, day) in by:
                    m = mean_interval(by[arm, day], conf_level=cohort.study.conf_level)
                    place = {"outcome": column, "group": arm, "time": day, "n": float(m.n)}
                    limits = {"conf_low": m.conf_low, "conf_high": m.conf_high, "conf_level": cohort.study.conf_level}
                    uncertainty = {"std_error": m.std_error, "df": m.df, **limits}
                    records.append({**place, "statistic": "mean", "estimate": m.mean, **uncertainty})
                    records.append({**place, "statistic": "sd", "estimate": m.sd})
    return results.rows(records, analysis="course", method=METHOD)
