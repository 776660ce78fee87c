"""Quantities up to a day against survRM2, survfit and leave-one-out refits in R (scripts 05_survival and horizon)."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.horizon.milestone import milestone
from cgh_analysis.models.horizon.pseudo_values import pseudo_values
from cgh_analysis.models.horizon.rmst import rmst
from tests.reference.stored import CLOSED_FORM, agree, column, patients, stored

TIMES = {"time": "time", "event": "res"}
PAIRS = [("MTE", "MED"), ("BLOCK", "MED"), ("MTE", "BLOCK")]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(res=data["cause"] == 1)


def numbers(frame, statistic):
    return frame.loc[frame["statistic"] == statistic].reset_index(drop=True)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_means_differences_and_ratios_are_survrm2s(cgh, one, other):
    r = stored("rmst", f"rmst_cgh_{one}_vs_{other}")
    found = rmst(cgh, tau=r["tau"], **TIMES, by="arm", reference=other)
    arms = numbers(found, "rmst").set_index("group")
    for group, theirs in ((one, r["rmst_arm1"][0]), (other, r["rmst_arm0"][0])):
        ours = arms.loc[group, ["estimate", "std_error", "conf_low", "conf_high"]]
        agree(ours, [theirs[k] for k in ("Est.", "se", "lower .95", "upper .95")], CLOSED_FORM)
    for statistic, theirs in zip(("difference", "ratio"), r["unadjusted"], strict=False):
        ours = numbers(found, statistic).set_index("group").loc[one]
        assert ours["reference"] == other
        agree(
            ours[["estimate", "conf_low", "conf_high"]], [theirs[k] for k in ("Est.", "lower .95", "upper .95")], 1e-10
        )
        # p-values carry the rounding of their tails
        agree(ours["p_value"], theirs["p"], 1e-8)


def test_means_of_all_arms_at_three_days_are_survfits(cgh):
    for r in stored("rmst", "km_cgh_arm_rmean"):
        found = numbers(rmst(cgh, tau=r["tau"], **TIMES, by="arm"), "rmst")
        assert ("arm=" + found["group"]).tolist() == [row["strata"] for row in r["table"]]
        agree(found["estimate"], column(r["table"], "rmean"), CLOSED_FORM)
        agree(found["std_error"], column(r["table"], "se(rmean)"), CLOSED_FORM)


def test_infinitesimal_pseudo_values_are_rs(cgh):
    r = stored("rmst", "pseudo_rmst_cgh")
    ours = pseudo_values(cgh, at=26, **TIMES, method="infinitesimal")
    agree(ours[:20], r["pseudo_rmst26_first20"], CLOSED_FORM)
    at = {12: 0, 26: 1}
    theirs = np.array(r["pseudo_surv_first10"])
    for day, place in at.items():
        ours_s = pseudo_values(cgh, at=day, quantity="survival", **TIMES, method="infinitesimal")
        agree(ours_s[:10], theirs[:, place], CLOSED_FORM)
    table = ancova("ps ~ arm + age + hd0", cgh.assign(ps=ours), covariance="HC0").coefficients()
    agree(table["estimate"], column(r["coef"], "Estimate"), CLOSED_FORM)
    agree(table["std_error"], column(r["coef"], "Std.err"), CLOSED_FORM)


@pytest.mark.parametrize(("case", "by"), [("pseudo_jackknife_cgh", None), ("pseudo_jackknife_by_arm_cgh", "arm")])
def test_jackknife_pseudo_values_are_those_of_refits(cgh, case, by):
    r = stored("horizon", case)
    for quantity, at in (("rmst", 26), ("survival", 12)):
        ours = pseudo_values(cgh, at=at, quantity=quantity, **TIMES, by=by)
        # n times an estimate less n - 1 times another: R's refits lose two digits
        np.testing.assert_allclose(ours, r["rmst26" if quantity == "rmst" else "surv12"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("what", ["rmst", "milestone"])
def test_adjusted_means_and_differences(cgh, what):
    r = stored("horizon", f"{what}_adjusted_cgh")
    options = {**TIMES, "by": "arm", "adjust": ["age", "hd0"]}
    found = rmst(cgh, tau=26, **options) if what == "rmst" else milestone(cgh, day=12, **options)
    means = found.iloc[:3]
    v = np.array(r["mean_vcov"])
    agree(means["estimate"], r["mean"], CLOSED_FORM)
    agree(means["std_error"], np.sqrt(np.diag(v)), CLOSED_FORM)
    differences = numbers(found, "difference")
    assert list(zip(differences["group"], differences["reference"], strict=True))[:2] == PAIRS[:2]
    agree(differences["estimate"][:2], r["coef"][1:3], CLOSED_FORM)
    agree(differences["std_error"][:2], r["se"][1:3], CLOSED_FORM)
    m, ratio = r["mean"], numbers(found, "ratio")
    agree(ratio["estimate"], [m[1] / m[0], m[2] / m[0], m[2] / m[1]], CLOSED_FORM)
    gradient = np.array([-1 / m[0], 1 / m[1], 0])
    agree(ratio.loc[0, "std_error"], m[1] / m[0] * np.sqrt(gradient @ v @ gradient), CLOSED_FORM)


@pytest.mark.parametrize("week", [12, 26])
def test_milestone_of_curves(cgh, week):
    found = milestone(cgh, day=week, **TIMES, by="arm")
    r = pd.DataFrame(stored("horizon", "milestone_km_cgh")[f"week{week}"])
    differences = numbers(found, "difference")
    assert differences[["group", "reference"]].to_numpy().tolist() == r[["group", "reference"]].to_numpy().tolist()
    agree(differences["estimate"], r["difference"], CLOSED_FORM)
    agree(differences["std_error"], r["se"], CLOSED_FORM)
    for statistic in ("difference", "ratio"):
        agree(numbers(found, statistic)["p_value"], stats.chi2.sf(r["chisq"], 1), 1e-9)
    at = [row for row in stored("survival", "km_cgh_arm")["log-log"]["at_times"] if row["time"] == week]
    arms = numbers(found, "probability")
    agree(arms["estimate"], 1 - column(at, "surv"), CLOSED_FORM)
    agree(arms["conf_low"], 1 - column(at, "upper"), CLOSED_FORM)
    agree(arms["conf_high"], 1 - column(at, "lower"), CLOSED_FORM)
