"""Endpoints derived from visits: baseline values, and the interval in which a headache resolved.

Nobody sees the day on which a headache resolves: only the last visit with it and the first without. The interval
(left, right] is kept; `resolution_day` is the convention for right-censored methods, the first visit without headache.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.study import Lesion, Resolution, Study

CONVENTION: Final = "a headache counts as resolved on the day of the first visit at which it was seen to be gone"
CHRONICITY_MONTHS: Final = (1.0, 3.0)


def baseline_values(visits: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return one row a patient with `<outcome>_baseline` of what was seen at the baseline visit."""
    outcomes = [name for name in study.instruments if name in visits]
    first = visits.loc[(visits["visit"] == study.baseline.id) & visits["in_window"], ["patient_id", *outcomes]]
    return first.rename(columns={name: f"{name}_baseline" for name in outcomes})


def chronicity(cases: pd.DataFrame) -> pd.Series:
    """Return acute (< 1 month), subacute (1 to 3) or chronic (> 3) from the duration, where it is not recorded."""
    low, high = CHRONICITY_MONTHS
    months = cases["symptom_duration_months"]
    derived = np.select([months < low, months <= high, months > high], ["acute", "subacute", "chronic"], default="")
    values = pd.Series(derived, index=cases.index, dtype=object).mask(months.isna())
    if "chronicity" in cases:
        values = cases["chronicity"].astype(object).where(cases["chronicity"].notna(), values)
    return values.astype(pd.CategoricalDtype(["acute", "subacute", "chronic"]))


def first_interval(seen: pd.DataFrame, gone: pd.Series, sustained: int = 1) -> pd.DataFrame:
    """Return by patient the interval (left, right] in which something was first gone; right is inf where it never was.

    `seen` has patient_id and day, one row per visit at which it was looked at; `gone` is aligned with it. `sustained`
    visits in a row must show it gone, of which the first counts; a run cut short by the end of follow-up does not, and
    `left` stays at the last visit at which it was still there. Where it was gone on day 0 there is no row.
    """
    order = seen.assign(gone=gone.astype(bool)).sort_values(["patient_id", "day"], kind="stable")
    never = order.loc[order["gone"] & (order["day"] == 0), "patient_id"]
    order = order.loc[~order["patient_id"].isin(never)]
    by = order.groupby("patient_id", sort=False)
    held = order["gone"].copy()
    for ahead in range(1, sustained):
        held &= by["gone"].shift(-ahead, fill_value=False)
    right = order.loc[held].groupby("patient_id", sort=False)["day"].first()
    bound = order["patient_id"].map(right).astype(float).fillna(np.inf)
    there = order.loc[~order["gone"] & (order["day"] < bound)]
    left = there.groupby("patient_id", sort=False)["day"].max()
    everybody = pd.Index(order["patient_id"].unique(), name="patient_id")
    frame = pd.DataFrame({"left": left.reindex(everybody).fillna(0.0), "right": right.reindex(everybody)})
    frame["right"] = frame["right"].fillna(np.inf)
    return frame.reset_index()


def lesion(visits: pd.DataFrame, rule: Lesion | None) -> pd.DataFrame | None:
    """Return by patient lesion_left, lesion_right, as `first_interval` has them; None where nobody looked at a lesion.

    A visit at which one of the rule's outcomes was not measured does not say whether the lesion has resolved.
    """
    columns = ["lesion_resolved"] if rule is None else list(rule.outcomes)
    if any(name not in visits for name in columns):
        return None
    looked = visits.loc[visits[columns].notna().all(axis=1), ["patient_id", "day", *columns]]
    if rule is None:
        gone = looked["lesion_resolved"] == "yes"
    else:
        low = -np.inf if rule.at_least is None else rule.at_least
        high = np.inf if rule.at_most is None else rule.at_most
        gone = ((looked[columns] >= low) & (looked[columns] <= high)).all(axis=1)
    found = first_interval(looked[["patient_id", "day"]], gone, 1 if rule is None else rule.sustained_visits)
    return found.rename(columns={"left": "lesion_left", "right": "lesion_right"})


def resolution(visits: pd.DataFrame, events: pd.DataFrame, rule: Resolution) -> pd.DataFrame:
    """Return by patient resolution_left, _right, _day, _event and _cause (0 censored, 1 resolution, 2+ competing).

    Whoever had no headache at baseline is not at risk and gets no row. What is seen after the first competing event no
    longer counts: it is the headache under another treatment. Others are followed until they were last looked at.
    """
    seen = visits.loc[visits[rule.outcome].notna(), ["patient_id", "day", rule.outcome]]
    first = _first_competing(events, rule)
    ends = seen["patient_id"].map(first["day"]).astype(float).fillna(np.inf)
    seen = seen.loc[seen["day"] <= ends]
    out = first_interval(seen[["patient_id", "day"]], seen[rule.outcome] <= rule.at_most, rule.sustained_visits)
    resolved = np.isfinite(out["right"])
    other = out["patient_id"].map(first["cause"]).astype(float).fillna(0).where(~resolved, 0)
    out["cause"] = other.mask(resolved, 1).astype(int)
    last = out["patient_id"].map(seen.groupby("patient_id")["day"].max()).astype(float)
    out["day"] = last.mask(resolved, out["right"]).mask(other > 0, out["patient_id"].map(first["day"]).astype(float))
    out["event"] = resolved.astype(int)
    return out.rename(columns=lambda name: name if name == "patient_id" else f"resolution_{name}")


def _first_competing(events: pd.DataFrame, rule: Resolution) -> pd.DataFrame:
    """Each patient's first competing event: day, and cause 2, 3, ... in the order of the study file."""
    codes = {kind: i + 2 for i, kind in enumerate(rule.competing)}
    if not len(events):
        return pd.DataFrame({"day": [], "cause": []}, dtype=float)
    found = events.loc[events["kind"].isin(rule.competing), ["patient_id", "day", "kind"]]
    found = found.assign(cause=found["kind"].astype(object).map(codes).astype(float))
    ordered = found.sort_values(["day", "cause"], kind="stable").drop_duplicates("patient_id")
    return ordered.set_index("patient_id")[["day", "cause"]]
