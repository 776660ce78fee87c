"""The plan's analyses of resolution between visits: rows of the fixed format, and rows that say why one is missing."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis import interval_logrank, turnbull
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.interval import interval_logrank as test_line
from cgh_analysis.models.interval import turnbull as curve_line
from cgh_analysis.results import COLUMNS
from cgh_analysis.study import Analysis
from tests.builders import study
from tests.reference.stored import patients

ARMS = ["MED", "MTE", "BLOCK"]
NOT_FOLLOWED = "not estimable: nobody was followed"
BETWEEN = {"left": "resolution_left", "right": "resolution_right", "by": "arm"}


def line(**parts):
    return Analysis(id="resolution", estimator="turnbull", **parts)


def cohort_of(cases, *, milestone=12):
    three = [{"id": arm, "label": arm, "reference": arm == "MED"} for arm in ("MTE", "MED", "BLOCK")]
    resolution = {"outcome": "headache_days_28d", "milestone_days": milestone}
    declared = study(arms=three, resolution=resolution)
    cases = cases.assign(arm=pd.Categorical(cases["arm"].astype(str), list(declared.arm_ids)))
    return Cohort(study=declared, cases=cases, visits=pd.DataFrame(), events=pd.DataFrame(), subgroup="")


@pytest.fixture
def cases():
    """R's reference patients, their weeks taken as days."""
    data = patients("cgh_sim")
    named = {"left": "resolution_left", "right": "resolution_right", "time": "resolution_day"}
    return data.rename(columns=named).assign(resolution_event=(data["cause"] == 1).astype(int))


def rows_of(result, statistic):
    assert tuple(result.frame.columns) == COLUMNS
    return result.frame.loc[result.frame["statistic"] == statistic].reset_index(drop=True)


def test_points_come_in_pairs_with_limits_at_both_ends_of_a_box(cases):
    found = rows_of(curve_line.estimate(cohort_of(cases), line()), "npmle_survival")
    med = found.loc[found["group"] == "MED"]
    assert med["time"].tolist() == [0, 0, 4, 4, 8, 8, 12, 12, 26, 26, 39, 39]
    assert med["estimate"].iloc[[0, 1]].tolist() == [1, 1]
    assert (med["estimate"].to_numpy()[3::2] == med["estimate"].to_numpy()[2:-1:2]).all(), "flat between boxes"
    limited = med.iloc[2:]
    assert (limited["conf_low"] < limited["estimate"]).all()
    assert (limited["conf_high"] > limited["estimate"]).all()
    last = turnbull(cases, **BETWEEN).intervals().query("group == 'MED'")["mass"].iloc[-1]
    assert med["events"].sum() == pytest.approx(96 * (1 - last))
    assert med["n"].iloc[0] == 96
    assert (med["n"].diff().dropna() <= 0).all()


def test_who_is_under_observation_on_planned_days(cases):
    found = rows_of(curve_line.estimate(cohort_of(cases), line()), "n_risk")
    med = found.loc[(found["group"] == "MED")].set_index("time")["estimate"]
    until = cases["resolution_right"].where(np.isfinite(cases["resolution_right"]), cases["resolution_left"])
    expected = [int((until[cases["arm"] == "MED"] >= day).sum()) for day in (0, 28, 84)]
    assert med.tolist() == expected


def test_the_share_resolved_on_a_visit_day_and_between_visits(cases):
    on = rows_of(curve_line.estimate(cohort_of(cases, milestone=12), line()), "resolved")
    assert (on["note"] == "").all()
    at = turnbull(cases, **BETWEEN).at(12).set_index("group").loc[on["group"]]
    np.testing.assert_allclose(on["estimate"], 1 - at["estimate"])
    np.testing.assert_allclose(on["conf_low"], 1 - at["conf_high"])
    np.testing.assert_allclose(on["conf_high"], 1 - at["conf_low"])
    between = rows_of(curve_line.estimate(cohort_of(cases, milestone=19), line()), "resolved")
    assert between["note"].str.startswith("between visits on day 19: anything from").all()
    assert (between["estimate"] > on["estimate"]).all()


def test_medians_say_in_which_box_they_lie_or_that_they_are_not_reached(cases):
    cases.loc[cases["arm"] == "BLOCK", "resolution_right"] = np.inf
    found = rows_of(curve_line.estimate(cohort_of(cases), line()), "median_time").set_index("group")
    assert found.loc["MTE", "note"] == "between day 12 and day 26"
    assert found.loc["BLOCK", "note"] == "not reached during follow-up"
    assert np.isnan(found.loc["BLOCK", "estimate"])


def test_an_arm_without_resolution_is_flat_and_tested(cases):
    cases.loc[cases["arm"] == "BLOCK", "resolution_right"] = np.inf
    cohort = cohort_of(cases)
    points = rows_of(curve_line.estimate(cohort, line()), "npmle_survival")
    assert set(points.loc[points["group"] == "BLOCK", "estimate"]) == {1.0}
    resolved = rows_of(curve_line.estimate(cohort, line()), "resolved").set_index("group")
    assert resolved.loc["BLOCK", ["estimate", "conf_low"]].tolist() == [0, 0]
    assert 0 < resolved.loc["BLOCK", "conf_high"] < 0.1
    tests = rows_of(test_line.estimate(cohort, line()), "logrank")
    assert (tests["p_value"] < 1).all()


@pytest.mark.parametrize("module", [curve_line, test_line])
def test_an_arm_nobody_is_in_has_a_reason(cases, module):
    frame = module.estimate(cohort_of(cases.loc[cases["arm"] != "BLOCK"]), line(multiplicity="holm")).frame
    absent = frame.loc[(frame["group"] == "BLOCK") | (frame["reference"] == "BLOCK")]
    assert len(absent)
    assert (absent["note"] == NOT_FOLLOWED).all()
    assert absent["estimate"].isna().all()


@pytest.mark.parametrize("module", [curve_line, test_line])
def test_nobody_followed_or_no_resolution_declared_is_refused(cases, module):
    nobody = cases.assign(resolution_day=np.nan, resolution_event=np.nan)
    with pytest.raises(NotEstimable, match="nobody was followed"):
        module.estimate(cohort_of(nobody), line())


def test_tests_of_the_plan_are_the_functions(cases):
    frame = rows_of(test_line.estimate(cohort_of(cases), line(multiplicity="holm")), "logrank")
    ordered = cases.assign(arm=pd.Categorical(cases["arm"].astype(str), ["MED", "MTE", "BLOCK"]))
    expected = interval_logrank(ordered, pairwise=True, **BETWEEN)
    pairs = frame["group"].str.cat(frame["reference"], sep=" - ").where(frame["group"] != "", "overall")
    assert pairs.tolist() == expected["contrast"].tolist()
    for ours, theirs in (("estimate", "statistic"), ("df", "df"), ("p_value", "p_value"), ("p_adjusted", "p_adjusted")):
        np.testing.assert_allclose(frame[ours], expected[theirs], rtol=1e-12)
    assert frame["n"].tolist() == [360, 240, 216, 264]


def test_nobody_resolved_gives_rows_that_say_so(cases):
    cohort = cohort_of(cases.assign(resolution_right=np.inf, resolution_event=0))
    tests = rows_of(test_line.estimate(cohort, line()), "logrank")
    assert (tests["note"] == "not estimable: no event").all()
    assert rows_of(curve_line.estimate(cohort, line()), "resolved")["estimate"].tolist() == [0, 0, 0]


def test_what_was_done_is_said_in_words():
    declared = cohort_of(pd.DataFrame({"arm": ["MED"]})).study
    said = curve_line.in_words(declared, [line()])
    assert "not determined within boxes" in said.text
    assert "Sun" in test_line.in_words(declared, [line(multiplicity="holm")]).text
