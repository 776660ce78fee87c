"""The plan's mean times and milestones: rows of every arm and pair, or the reason why there is no number."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.horizon import milestone, rmst
from cgh_analysis.models.resolution import OUTCOME
from cgh_analysis.multiplicity import decide
from cgh_analysis.results import COLUMNS
from cgh_analysis.study import Analysis
from tests.builders import study

ARMS = ["MED", "MTE", "BLOCK"]
PAIRS = [("MTE", "MED"), ("BLOCK", "MED"), ("BLOCK", "MTE")]
ENDS = {"left": "resolution_left", "right": "resolution_right"}


def line(**parts):
    return Analysis(id="until", estimator="any", **parts)


def cohort_of(cases, *, subgroup="", **parts):
    three = [{"id": arm, "label": arm, "reference": arm == "MED"} for arm in ("MTE", "MED", "BLOCK")]
    resolution = {"outcome": "headache_days_28d", "milestone_days": 30}
    declared = study(**{"arms": three, "resolution": resolution, **parts})
    cases = cases.assign(arm=pd.Categorical(cases["arm"].astype(str), list(declared.arm_ids)))
    return Cohort(study=declared, cases=cases, visits=pd.DataFrame(), events=pd.DataFrame(), subgroup=subgroup)


def people(n=90, seed=1, last=84.0):
    rng = np.random.default_rng(seed)
    arm = np.repeat(["MED", "MTE", "BLOCK"], n // 3)
    edges = np.array([0.0, 28, last, np.inf])
    place = np.searchsorted(edges, np.ceil(rng.exponential(np.where(arm == "MTE", 40, 70))))
    left, right = edges[place - 1], edges[place]
    return pd.DataFrame(
        {
            "arm": arm,
            "resolution_left": left,
            "resolution_right": right,
            "resolution_day": np.where(np.isinf(right), left, right),
            "resolution_event": np.isfinite(right).astype(int),
            "age_years": rng.normal(45, 10, n).round(),
        }
    )


def rows_of(result, statistic):
    assert tuple(result.frame.columns) == COLUMNS
    assert set(result.frame["outcome"]) == {OUTCOME}
    return result.frame.loc[result.frame["statistic"] == statistic].reset_index(drop=True)


def test_mean_times_of_all_arms_and_pairs():
    result = rmst.estimate(cohort_of(people()), line(tau=60))
    arms, differences, ratios = (rows_of(result, s) for s in ("rmst", "rmst_difference", "rmst_ratio"))
    assert arms["group"].tolist() == ARMS
    for frame in (differences, ratios):
        assert list(zip(frame["group"], frame["reference"], strict=True)) == PAIRS
    direct = rmst.rmst(people().assign(arm=pd.Categorical(people()["arm"], ARMS)), tau=60, **ENDS, by="arm")
    np.testing.assert_allclose(arms["estimate"], direct["estimate"][:3], rtol=1e-10)
    # the error of a ratio is that of its log
    np.testing.assert_allclose(
        np.log(ratios["conf_high"] / ratios["estimate"]), 1.959964 * ratios["std_error"], rtol=1e-6
    )
    assert (result.frame["time"] == 60).all()
    assert arms["n"].tolist() == [30, 30, 30]
    assert differences["p_adjusted"].ge(differences["p_value"]).all()
    assert set(result.frame["method"]) == {
        "Mean days to resolution within 60 days, hazards of intervals constant between rounds of visits"
    }


def test_the_day_where_none_is_declared():
    planned = rmst.estimate(cohort_of(people()), line()).frame
    assert set(planned["time"]) == {84}
    assert planned["method"].str.contains("84 days (the last planned visit)", regex=False).all()
    short = people().assign(resolution_left=lambda d: d["resolution_left"].mask(d["arm"] == "BLOCK", 14))
    early = rmst.estimate(cohort_of(short), line()).frame
    assert set(early["time"]) == {14}
    assert early["method"].str.contains("14 days (as long as every arm was followed)", regex=False).all()


def test_mean_times_adjusted_by_pseudo_values():
    data = people()
    data.loc[0, "age_years"] = np.nan
    result = rmst.estimate(cohort_of(data), line(tau=60, covariates=("age_years",)))
    differences = rows_of(result, "rmst_difference")
    typed = data.assign(arm=pd.Categorical(data["arm"], ARMS))
    direct = rmst.rmst(typed, tau=60, **ENDS, by="arm", adjust="age_years")
    np.testing.assert_allclose(differences["estimate"], direct.loc[direct["statistic"] == "difference", "estimate"])
    assert differences["n"].tolist() == [59, 59, 60]
    assert differences["method"].str.contains("pseudo-values").all()
    assert differences["method"].str.contains("adjusted for covariates").all()


def test_milestones_by_three_methods():
    result = milestone.estimate(cohort_of(people()), line(covariates=("age_years",)))
    shares = rows_of(result, "resolved")
    methods = shares["method"].unique().tolist()
    assert methods == [
        "NPMLE of intervals, likelihood ratio limits",
        "Weibull accelerated failure time regression of intervals, adjusted for covariates",
        "Kaplan-Meier on days of visits, for comparison",
    ]
    assert shares["group"].tolist() == ARMS * 3
    assert (result.frame["time"] == 30).all()
    for statistic in ("resolved_difference", "resolved_ratio"):
        found = rows_of(result, statistic)
        assert list(zip(found["group"], found["reference"], strict=True)) == PAIRS * 3
        assert found["p_value"].between(0, 1).all()
        assert found["p_adjusted"].ge(found["p_value"]).all()
    likely = shares.loc[shares["method"] == methods[0]]
    assert likely["std_error"].isna().all()
    assert (likely["conf_low"] < likely["conf_high"]).all()
    assert likely["note"].str.fullmatch(r"between [\d.]+ and [\d.]+ %, by when within the intervals it came").all()
    # on day 30 nobody who resolved between days 28 and 84 counts yet on the days of visits
    curve = shares.loc[shares["method"] == methods[2], "estimate"].to_numpy()
    np.testing.assert_allclose(
        curve, people().query("resolution_day <= 30").groupby("arm")["resolution_event"].sum()[ARMS] / 30
    )


def test_an_arm_that_nobody_is_in_has_rows_that_say_so():
    cohort = cohort_of(people().query("arm != 'BLOCK'"))
    for module, statistics in ((rmst, ("rmst", "rmst_difference")), (milestone, ("resolved", "resolved_difference"))):
        result = module.estimate(cohort, line())
        for found in (rows_of(result, s) for s in statistics):
            of_block = (found["group"] == "BLOCK") | (found["reference"] == "BLOCK")
            assert of_block.sum() >= 1
            assert set(found.loc[of_block, "note"]) == {"not estimable: nobody in BLOCK can be analysed"}
            assert found.loc[~of_block, "estimate"].notna().all()


def test_an_arm_without_a_resolution_and_one_that_was_not_followed():
    silent = people().assign(resolution_right=lambda d: d["resolution_right"].mask(d["arm"] == "BLOCK", np.inf))
    silent["resolution_event"] = np.isfinite(silent["resolution_right"]).astype(int)
    shares = rows_of(milestone.estimate(cohort_of(silent), line()), "resolved")
    of_block = shares.loc[shares["group"] == "BLOCK"].reset_index(drop=True)
    assert of_block["estimate"].tolist()[::2] == [0, 0]
    assert of_block.loc[1, "note"] == "not estimable: no event in BLOCK"
    means = rows_of(rmst.estimate(cohort_of(silent), line()), "rmst").set_index("group")
    assert means.loc["BLOCK", "note"] == "not estimable: no event in BLOCK"
    unseen = people().assign(resolution_left=lambda d: d["resolution_left"].mask(d["arm"] == "BLOCK", 0))
    unseen["resolution_right"] = unseen["resolution_right"].mask(unseen["arm"] == "BLOCK", np.inf)
    means = rows_of(rmst.estimate(cohort_of(unseen), line()), "rmst").set_index("group")
    assert means.loc["BLOCK", "note"] == "not estimable: nobody was under observation until day 84"
    assert means.loc[["MED", "MTE"], "estimate"].notna().all()


@pytest.mark.parametrize("module", [rmst, milestone])
@pytest.mark.parametrize("covariates", [(), ("age_years",)])
def test_one_person_an_arm(module, covariates):
    few = people().groupby("arm").head(1)
    frame = module.estimate(cohort_of(few), line(covariates=covariates)).frame
    assert len(frame) >= 9
    assert (frame["estimate"].notna() | frame["note"].str.startswith("not estimable: ")).all()


@pytest.mark.parametrize("module", [rmst, milestone])
def test_subgroup_level_and_frame(module):
    cohort = cohort_of(people(), subgroup="chronicity=acute", conf_level=0.9)
    before = cohort.cases.copy(deep=True)
    frame = module.estimate(cohort, line()).frame
    assert set(frame["subgroup"]) == {"chronicity=acute"}
    assert set(frame["conf_level"].dropna()) == {0.9}
    pd.testing.assert_frame_equal(cohort.cases, before)


@pytest.mark.parametrize("module", [rmst, milestone])
def test_what_cannot_be_done(module):
    with pytest.raises(NotEstimable, match="declares no resolution"):
        module.estimate(cohort_of(people(), resolution=None), line())
    with pytest.raises(NotEstimable, match="nobody was followed"):
        module.estimate(cohort_of(people().assign(resolution_day=np.nan)), line())
    with pytest.raises(ArgumentError, match="tukey"):
        module.estimate(cohort_of(people()), line(multiplicity="tukey"))


@pytest.mark.parametrize("estimator", ["rmst", "milestone"])
def test_a_hypothesis_is_tested_by_the_difference_and_by_the_first_method(estimator):
    hypothesis = {"id": "h", "analysis": "until", "contrast": ["MTE", "MED"]}
    plan = {"procedure": "holm", "hypotheses": [hypothesis]}
    analyses = [{"id": "until", "estimator": estimator}]
    cohort = cohort_of(people(), analyses=analyses, multiplicity=plan)
    rows = {"rmst": rmst, "milestone": milestone}[estimator].estimate(cohort, cohort.study.analyses[0])
    first = rows.frame.loc[(rows.frame["group"] == "MTE") & rows.frame["statistic"].str.endswith("_difference")].iloc[0]
    decided = decide(cohort.study, rows).frame
    assert decided["p_value"].tolist() == [first["p_value"]]
    assert ("NPMLE" if estimator == "milestone" else "constant") in first["method"]
