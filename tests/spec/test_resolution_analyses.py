"""The plan's survival analyses: rows of the fixed format, and rows that say why a number is missing."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.survival import cox_plan as cox
from cgh_analysis.models.survival import kaplan_meier, logrank
from cgh_analysis.results import COLUMNS
from cgh_analysis.study import Analysis
from tests.builders import study
from tests.reference.stored import CLOSED_FORM, ITERATIVE, agree, column, patients, stored

ARMS = ["MED", "MTE", "BLOCK"]
NOT_FOLLOWED = "not estimable: nobody was followed"


def line(**parts):
    return Analysis(id="resolution", estimator="any", **parts)


def cohort_of(cases, *, subgroup="", **parts):
    three = [{"id": arm, "label": arm, "reference": arm == "MED"} for arm in ("MTE", "MED", "BLOCK")]
    resolution = {"outcome": "headache_days_28d", "milestone_days": 12}
    declared = study(**{"arms": three, "resolution": resolution, **parts})
    # the reference first, the others as the study lists them
    cases = cases.assign(arm=pd.Categorical(cases["arm"].astype(str), list(declared.arm_ids)))
    return Cohort(study=declared, cases=cases, visits=pd.DataFrame(), events=pd.DataFrame(), subgroup=subgroup)


@pytest.fixture
def cases():
    """R's reference patients, their weeks taken as days."""
    data = patients("cgh_sim")
    return data.rename(columns={"time": "resolution_day"}).assign(resolution_event=(data["cause"] == 1).astype(int))


def small(**columns):
    data = {
        "arm": ["MED"] * 4 + ["MTE"] * 4 + ["BLOCK"] * 4,
        "resolution_day": [5.0, 8, 9, 20, 3, 4, 7, 20, 2, 6, 15, 20],
        "resolution_event": [1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0],
        "age_years": [30.0, 62, 45, 51, 38, 55, 47, 33, 58, 41, 36, 49],
    }
    return pd.DataFrame({**data, **columns})


def rows_of(result, statistic):
    assert tuple(result.frame.columns) == COLUMNS
    return result.frame.loc[result.frame["statistic"] == statistic].reset_index(drop=True)


def test_curves_start_at_one_and_step_at_events_and_end_with_follow_up():
    found = rows_of(kaplan_meier.estimate(cohort_of(small()), line()), "survival")
    assert found["group"].drop_duplicates().tolist() == ["MED", "MTE", "BLOCK"]
    med = found.loc[found["group"] == "MED"]
    assert med["time"].tolist() == [0, 5, 9, 20]
    assert med["estimate"].tolist() == [1, 0.75, 0.375, 0.375]
    assert med["n"].tolist() == [4, 4, 2, 1]
    assert med["events"].tolist() == [0, 1, 1, 0]
    assert set(found["method"]) == {"Kaplan-Meier, log-log interval"}
    assert set(found["outcome"]) == {"resolution"}


def test_people_at_risk_on_planned_days():
    cohort = cohort_of(
        small(), visits=[{"id": "baseline", "day": 0}, {"id": "one", "day": 7}, {"id": "two", "day": 16}]
    )
    found = rows_of(kaplan_meier.estimate(cohort, line()), "n_risk")
    assert found.loc[found["group"] == "MTE", ["time", "estimate", "n"]].to_numpy().tolist() == [
        [0, 4, 4],
        [7, 2, 2],
        [16, 1, 1],
    ]


def test_share_resolved_at_the_milestone_and_median_agree_with_r(cases):
    result = kaplan_meier.estimate(cohort_of(cases), line())
    r = [row for row in stored("survival", "km_cgh_arm")["log-log"]["at_times"] if row["time"] == 12]
    order = [f"arm={arm}" for arm in result.frame["group"].drop_duplicates()]
    r = sorted(r, key=lambda row: order.index(row["strata"]))
    found = rows_of(result, "resolved")
    agree(found["estimate"], 1 - column(r, "surv"), CLOSED_FORM)
    agree(found["std_error"], column(r, "se"), CLOSED_FORM)
    agree(found["conf_low"], 1 - column(r, "upper"), CLOSED_FORM)
    agree(found["conf_high"], 1 - column(r, "lower"), CLOSED_FORM)
    table = sorted(stored("survival", "km_cgh_arm")["log-log"]["table"], key=lambda row: order.index(row["strata"]))
    median = rows_of(result, "median_time")
    agree(median["estimate"], column(table, "median"), CLOSED_FORM)
    agree(median["conf_low"], column(table, "0.95LCL"), CLOSED_FORM)
    agree(median["n"], column(table, "records"), CLOSED_FORM)
    agree(median["events"], column(table, "events"), CLOSED_FORM)
    assert (found["time"] == 12).all()
    assert (found["conf_level"] == 0.95).all()


def test_events_up_to_the_milestone_are_counted(cases):
    found = rows_of(kaplan_meier.estimate(cohort_of(cases), line()), "resolved").set_index("group")
    by = cases.query("resolution_event == 1 and resolution_day <= 12")["arm"].value_counts()
    assert found["events"].to_dict() == by.to_dict()
    assert found["n"].to_dict() == cases["arm"].value_counts().to_dict()


def test_what_a_curve_does_not_say():
    short = small(resolution_day=[5.0, 8, 9, 10, 3, 4, 7, 20, 2, 6, 15, 20], resolution_event=[1] + [0] * 11)
    result = kaplan_meier.estimate(cohort_of(short), line())
    notes = rows_of(result, "resolved").set_index("group")["note"]
    assert notes["MED"] == "not estimable: nobody was under observation until day 12"
    assert notes["MTE"] == "no resolution by then, hence no interval"
    assert rows_of(result, "resolved").set_index("group").loc["MTE", "estimate"] == 0
    assert set(rows_of(result, "median_time")["note"]) == {"not reached during follow-up"}


def test_logrank_rows_agree_with_r(cases):
    found = rows_of(logrank.estimate(cohort_of(cases), line(multiplicity="holm")), "logrank")
    overall = stored("survival", "lr_cgh_arm")[0]
    agree(found.loc[0, ["estimate", "df", "p_value"]], [overall["chisq"], overall["df"], overall["p"]], CLOSED_FORM)
    assert found.loc[0, ["group", "reference"]].tolist() == ["", ""]
    assert found.loc[0, ["n", "events"]].tolist() == [360, 241]
    pairs = {frozenset((row["a"], row["b"])): row for row in stored("survival", "lrpair_cgh_arm")}
    for _, row in found.iloc[1:].iterrows():
        r = pairs[frozenset((row["group"], row["reference"]))]
        agree([row["estimate"], row["p_value"], row["p_adjusted"]], [r["chisq"], r["p_raw"], r["p_holm"]], CLOSED_FORM)
    assert set(found["method"]) == {"Log-rank test"}


def test_hazard_ratios_agree_with_r(cases):
    cohort = cohort_of(cases.assign(log_duration=np.log(cases["duration"])))
    result = cox.estimate(cohort, line(covariates=("age", "hd0", "rom0", "log_duration")))
    found = rows_of(result, "hazard_ratio")
    assert list(zip(found["group"], found["reference"], strict=True)) == [
        ("MTE", "MED"),
        ("BLOCK", "MED"),
        ("BLOCK", "MTE"),
    ]
    r = {row["contrast"]: row for row in stored("survival", "cox_cgh_efron")["emm_pairs_holm"]}
    for _, row in found.iterrows():
        expected = r[f"{row['group']} - {row['reference']}"]
        agree(np.log(row["estimate"]), expected["estimate"], ITERATIVE)
        agree([row["std_error"], row["p_adjusted"]], [expected["SE"], expected["p.value"]], ITERATIVE)
    agree(np.log(found["conf_low"]), np.log(found["estimate"]) - 1.959963984540054 * found["std_error"], 1e-9)
    arms = cases["arm"].astype(str)
    two = arms.isin(["MED", "MTE"])
    assert found.loc[0, ["n", "events"]].tolist() == [two.sum(), cases.loc[two, "resolution_event"].sum()]
    assert set(found["method"]) == {"Cox regression, Efron ties"}
    tests = rows_of(result, "ph_test")
    rows = stored("survival", "cox_cgh_efron")["cox_zph"]["km"]
    assert tests["group"].tolist() == ["arm", "age", "hd0", "rom0", "log_duration", "GLOBAL"]
    agree(tests["estimate"], column(rows, "chisq"), ITERATIVE)
    agree(tests["df"], column(rows, "df"), ITERATIVE)
    agree(tests["p_value"], column(rows, "p"), ITERATIVE)


def test_an_arm_nobody_of_which_was_followed_has_rows_that_say_so():
    cohort = cohort_of(small().query("arm != 'BLOCK'"))
    curves = kaplan_meier.estimate(cohort, line()).frame
    assert curves.loc[curves["group"] == "BLOCK", ["statistic", "note"]].to_numpy().tolist() == [
        [s, NOT_FOLLOWED] for s in ("survival", "resolved", "median_time")
    ]
    tests = rows_of(logrank.estimate(cohort, line()), "logrank")
    assert tests["note"].tolist() == ["without BLOCK: nobody was followed", "", NOT_FOLLOWED, NOT_FOLLOWED]
    assert tests["df"].tolist()[:2] == [1, 1]
    ratios = rows_of(cox.estimate(cohort, line()), "hazard_ratio")
    assert ratios["note"].tolist() == ["", *["not estimable: nobody in BLOCK was followed"] * 2]
    assert np.isfinite(ratios.loc[0, "estimate"])


def test_an_arm_without_a_resolution_leaves_the_hazard_ratios_of_the_others():
    events = small()["resolution_event"].where(small()["arm"] != "BLOCK", 0)
    data = small(resolution_event=events)
    ratios = rows_of(cox.estimate(cohort_of(data), line()), "hazard_ratio")
    assert ratios["note"].tolist() == ["", *["not estimable: no resolution in BLOCK"] * 2]
    alone = rows_of(cox.estimate(cohort_of(data.query("arm != 'BLOCK'")), line()), "hazard_ratio")
    agree(ratios.loc[0, "estimate"], alone.loc[0, "estimate"], CLOSED_FORM)
    curves = kaplan_meier.estimate(cohort_of(data), line())
    assert rows_of(curves, "survival").query("group == 'BLOCK'")["estimate"].tolist() == [1, 1]
    assert np.isfinite(rows_of(logrank.estimate(cohort_of(data), line()), "logrank").loc[0, "p_value"])


def test_what_nothing_can_be_said_of():
    silent = cohort_of(small(resolution_event=0))
    tests = rows_of(logrank.estimate(silent, line()), "logrank")
    assert set(tests["note"]) == {"not estimable: no event"}
    ratios = rows_of(cox.estimate(silent, line()), "hazard_ratio")
    assert len(ratios) == 3
    assert ratios["note"].str.startswith("not estimable: ").all()
    one = cohort_of(small().query("arm == 'MED'"))
    ratios = rows_of(cox.estimate(one, line()), "hazard_ratio")
    assert len(ratios) == 3
    assert ratios["note"].str.startswith("not estimable: ").all()


def test_people_without_follow_up_or_covariates_do_not_count():
    data = small()
    data.loc[0, ["resolution_day", "resolution_event"]] = np.nan
    data.loc[4, "age_years"] = np.nan
    median = rows_of(kaplan_meier.estimate(cohort_of(data), line()), "median_time")
    assert median["n"].tolist() == [3, 4, 4]
    ratios = rows_of(cox.estimate(cohort_of(data), line(covariates=("age_years",))), "hazard_ratio")
    assert ratios["n"].tolist() == [6, 7, 7]


@pytest.mark.parametrize("module", [kaplan_meier, logrank, cox])
def test_subgroup_confidence_level_and_frame(module):
    data = small()
    cohort = cohort_of(data, subgroup="chronicity=acute", conf_level=0.9)
    before = cohort.cases.copy(deep=True)
    frame = module.estimate(cohort, line()).frame
    assert set(frame["subgroup"]) == {"chronicity=acute"}
    assert set(frame["analysis"]) == {"resolution"}
    assert set(frame["conf_level"].dropna()) <= {0.9}
    pd.testing.assert_frame_equal(cohort.cases, before)


@pytest.mark.parametrize("module", [kaplan_meier, logrank, cox])
def test_a_study_without_a_resolution_or_anybody_followed(module):
    with pytest.raises(NotEstimable, match="declares no resolution"):
        module.estimate(cohort_of(small(), resolution=None), line())
    with pytest.raises(NotEstimable, match="nobody was followed"):
        module.estimate(cohort_of(small(resolution_day=np.nan)), line())
