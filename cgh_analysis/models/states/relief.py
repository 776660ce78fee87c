"""The second clock: how long relief lasts, from the first look without headache until it is back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.options import check_option
from cgh_analysis.models.resolution import days_to_resolution, records
from cgh_analysis.models.states.histories import RECURRED, RESOLVED, histories
from cgh_analysis.models.survival.curve import Curve
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.models.words import Paragraph, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

OUTCOME: Final = "relief"
# days since the resolution at which the share still free of headache is given: three and six months
HORIZONS: Final = (91.0, 182.0)
TEST: Final = "Log-rank test"


def relief(cohort: Cohort) -> pd.DataFrame:
    """Return a row for each patient whose headache was seen to resolve: patient_id, arm, days, back.

    `days` run from the first look without headache to the first one with it again, or to the day of a recorded
    recurrence if that comes first (`back` is 1); else to the last look, or to a competing event (`back` is 0).
    """
    followed = days_to_resolution(cohort)
    gone = followed.loc[followed["resolution_event"] == 1, ["patient_id", "arm"]]
    stays = histories(cohort)
    first = stays.loc[stays["from_state"] == RESOLVED].drop_duplicates("patient_id").set_index("patient_id")
    # whoever was last seen on the day of resolution has no stay: relief of at least 0 days
    days = (first["stop"] - first["start"]).reindex(gone["patient_id"]).fillna(0.0)
    back = (first["to_state"].astype(object) == RECURRED).astype(int).reindex(gone["patient_id"]).fillna(0)
    return gone.assign(days=days.to_numpy(), back=back.to_numpy(dtype=int)).reset_index(drop=True)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's curve of relief, its median and the share at three and six months, and log-rank tests."""
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    study = cohort.study
    lasted = relief(cohort)
    if lasted.empty:
        raise NotEstimable("no headache was seen to resolve")
    curve = kaplan_meier(lasted, time="days", event="back", by="arm", conf_level=study.conf_level)
    present = {str(arm) for arm in curve.groups}
    absent = [arm for arm in study.arm_ids if arm not in present]
    why = results.why_not("no headache was seen to resolve")
    missing = [{"group": arm, "statistic": s, "note": why} for arm in absent for s in ("survival", "median_time")]
    found = [*records(_drawn(curve)), *records(_median(curve)), *missing]
    return results.rows(
        [*({"method": curve.method, **row} for row in found), *_tests(lasted, analysis, study, absent)],
        analysis=analysis.id,
        outcome=OUTCOME,
        subgroup=cohort.subgroup,
        conf_level=study.conf_level,
    )


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    competing = study.resolution.competing if study.resolution is not None else ()
    ended = " and events that compete with resolution end follow-up" if competing else " ends follow-up"
    last = "The last visit" + ("," if competing else "") + ended
    return Paragraph(
        title="Duration of relief",
        text="Kaplan-Meier with log-log intervals from the first visit without headache to the first one with it, or "
        f"to a recorded recurrence if that is earlier. {last}. Only people whose headache resolved are in it: arms "
        "differ in who these are, so that differences are not effects of treatment. Log-rank test over all arms, then "
        f"by pairs.{multiplicity_in_words(study, lines, '', intervals=False)}",
        cites=("kaplan_meier", "median", *multiplicity_cites(study, lines)),
    )


def _drawn(curve: Curve) -> pd.DataFrame:
    """The curves: their start, the days with a recurrence, the horizons, and the last day seen."""
    steps = curve.steps().rename(columns={"n_risk": "n", "n_event": "events"}).drop(columns="n_censor")
    last = ~steps.duplicated("group", keep="last")
    start = pd.DataFrame({"group": curve.groups, "time": 0.0, "n": curve.n, "events": 0.0, "estimate": 1.0})
    at = curve.at(HORIZONS).rename(columns={"n_risk": "n"}).assign(events=0.0).drop(columns="n_event")
    at["note"] = np.where(at["estimate"].isna(), results.why_not("nobody was followed so far after resolution"), "")
    kept = steps.loc[((steps["events"] > 0) | last) & (steps["time"] > 0)]
    both = pd.concat([start.reindex(columns=steps.columns), kept, at.reindex(columns=[*steps.columns, "note"])])
    both = both.drop_duplicates(["group", "time"]).fillna({"note": ""})
    place = both["group"].map({g: i for i, g in enumerate(curve.groups)}).astype(int)
    return both.iloc[np.lexsort((both["time"], place))].assign(statistic="survival")


def _median(curve: Curve) -> pd.DataFrame:
    median = curve.median().rename(columns={"n_event": "events"}).assign(statistic="median_time")
    return median.assign(note=np.where(median["estimate"].isna(), "not reached during follow-up", ""))


def _tests(lasted: pd.DataFrame, analysis: Analysis, study: Study, absent: list[str]) -> list[dict[str, Any]]:
    common = {"statistic": "logrank", "method": TEST}
    why = results.why_not("no headache was seen to resolve")
    missing = [
        {**common, "group": a, "reference": b, "note": why}
        for a, b in level_pairs(study.arm_ids)
        if a in absent or b in absent
    ]
    without = f"without {', '.join(absent)}: no headache was seen to resolve" if absent else ""
    try:
        table = logrank(lasted, time="days", event="back", by="arm", pairwise=True, adjust=analysis.multiplicity)  # type: ignore[arg-type]
    except NotEstimable as reason:
        return [{**common, "note": results.why_not(reason)}, *missing]
    table = table.rename(columns={"statistic": "estimate"}).drop(columns="contrast")
    groups = lasted["arm"].astype(str)
    pairs = [("", ""), *level_pairs([a for a in study.arm_ids if a not in absent])]
    found = []
    for (a, b), row in zip(pairs, records(table), strict=True):
        rows = groups.isin([a, b]) if a else groups.notna()
        counts = {"n": int(rows.sum()), "events": int(lasted.loc[rows, "back"].sum())}
        note = without if not a else results.why_not("no recurrence") if np.isnan(row["estimate"]) else ""
        found.append({**common, "group": a, "reference": b, **row, **counts, "note": note})
    return found + missing
