"""Cumulative incidence and Gray's test against R's cmprsk (2.2-11) and survival (3.5-3), every stored quantity.

competing_risks.json is made by scripts/07_competing.R, states.json by scripts/13_states.R.
"""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.states.cumulative_incidence import cumulative_incidence
from tests.reference.stored import CLOSED_FORM, LEVELS, agree, column, patients, stored

ARMS = LEVELS["arm"]
WHAT = {"cause": "cause", "causes": {1: "resolution", 2: "switch"}}
NAMES = ["resolution", "switch"]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    months = np.ceil(data["time"] / 4.33)
    weights = np.resize([0.5, 1, 1.5, 2], len(data))
    entry = np.where(np.arange(1, len(data) + 1) % 3 == 0, data["time"] / 2, 0.0)
    return data.assign(month=months, w=weights, entry=entry)


def by_arm_and_cause(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Values arms x causes x times, as R lists the rows of both of its tables."""
    order = [frame.loc[(frame["group"] == a) & (frame["cause"] == c), name] for c in NAMES for a in ARMS]
    return np.array(order)


@pytest.mark.parametrize("variance", ["greenwood", "aalen"])
def test_incidence_and_both_variances(cgh, variance):
    r = stored("competing_risks", "aj_cgh_arm")
    curve = cumulative_incidence(cgh, time="time", by="arm", **WHAT, variance=variance)
    found = curve.at(r["cmprsk"]["times"])
    agree(by_arm_and_cause(found, "estimate"), r["cmprsk"]["est"]["values"], CLOSED_FORM)
    multistate = np.array(r["survfit_multistate"]["std_err"]).reshape(3, 5, 3)[:, :, 1:].transpose(2, 0, 1)
    error = {"greenwood": multistate.reshape(6, 5), "aalen": np.sqrt(r["cmprsk"]["var"]["values"])}
    agree(by_arm_and_cause(found, "std_error"), error[variance], CLOSED_FORM)


def test_ties_of_months(cgh):
    r = stored("states", "aj_months")
    found = cumulative_incidence(cgh, time="month", by="arm", **WHAT, variance="aalen").at(range(1, 10))
    agree(by_arm_and_cause(found, "estimate"), r["est"], CLOSED_FORM)
    agree(by_arm_and_cause(found, "std_error") ** 2, r["var"], CLOSED_FORM)


def test_all_states_add_to_one_as_in_survival(cgh):
    r = stored("competing_risks", "aj_cgh_arm")["survfit_multistate"]
    curve = cumulative_incidence(cgh, time="time", by="arm", **WHAT)
    found = curve.state_occupation([4, 8, 12, 26, 39])
    assert found["state"].unique().tolist() == ["event-free", *NAMES]
    shape = (3, 3, 5)
    agree(found["estimate"].to_numpy().reshape(shape).transpose(0, 2, 1).reshape(15, 3), r["pstate"], CLOSED_FORM)
    agree(found["std_error"].to_numpy().reshape(shape).transpose(0, 2, 1).reshape(15, 3), r["std_err"], CLOSED_FORM)
    everywhere = curve.state_occupation().groupby(["group", "time"])["estimate"].sum()
    np.testing.assert_allclose(everywhere, 1, rtol=1e-12)


def test_weights(cgh):
    r = stored("states", "aj_weighted")
    found = cumulative_incidence(cgh, time="time", by="arm", **WHAT, weights="w").at([4, 12, 26, 39])
    expected = np.array(r["pstate"]).reshape(3, 4, 3)[:, :, 1:].transpose(2, 0, 1).reshape(6, 4)
    agree(by_arm_and_cause(found, "estimate"), expected, CLOSED_FORM)
    error = np.array(r["std_err"]).reshape(3, 4, 3)[:, :, 1:].transpose(2, 0, 1).reshape(6, 4)
    agree(by_arm_and_cause(found, "std_error"), error, CLOSED_FORM)


def test_late_entry(cgh):
    r = stored("states", "aj_entry")
    # a weight of one and a half each makes the errors the jackknife's, as survival's are, and cancels from them
    data = cgh.assign(w=1.5)
    curve = cumulative_incidence(data, time="time", by="arm", **WHAT, entry="entry", weights="w")
    found = curve.at([4, 12, 26, 39])
    expected = np.array(r["pstate"]).reshape(3, 4, 3)[:, :, 1:].transpose(2, 0, 1).reshape(6, 4)
    agree(by_arm_and_cause(found, "estimate"), expected, CLOSED_FORM)
    error = np.array(r["std_err"]).reshape(3, 4, 3)[:, :, 1:].transpose(2, 0, 1).reshape(6, 4)
    agree(by_arm_and_cause(found, "std_error"), error, CLOSED_FORM)


GRAY = {
    "gray_months_rho0": ("month", None, 0.0),
    "gray_months_rho0.5": ("month", None, 0.5),
    "gray_months_strata": ("month", "site", 1.0),
}


@pytest.mark.parametrize("case", GRAY)
def test_grays_test_with_ties(cgh, case):
    time, strata, rho = GRAY[case]
    curve = cumulative_incidence(cgh, time=time, by="arm", **WHAT, strata=strata)
    check_gray(curve, stored("states", case), rho)


@pytest.mark.parametrize(
    ("case", "key", "strata", "rho"),
    [
        ("aj_cgh_arm", "gray_test", None, 0.0),
        ("gray_cgh_stratified_site", "tests", "site", 0.0),
        ("gray_cgh_rho1", "tests", None, 1.0),
    ],
)
def test_grays_test(cgh, case, key, strata, rho):
    curve = cumulative_incidence(cgh, time="time", by="arm", **WHAT, strata=strata)
    check_gray(curve, stored("competing_risks", case)[key], rho)


def test_grays_test_of_a_pair(cgh):
    r = stored("states", "gray_two_arms")
    found = cumulative_incidence(cgh, time="time", by="arm", **WHAT).gray_test(1, pairwise=True)
    agree(found.set_index("contrast").loc["MTE - MED", "statistic"], r[0]["stat"], CLOSED_FORM)


def check_gray(curve, expected, rho):
    found = pd.concat([curve.gray_test(name, rho=rho) for name in NAMES])
    agree(found["statistic"], column(expected, "stat"), CLOSED_FORM)
    # R's pchisq and scipy's agree to fewer digits in the tail
    agree(found["p_value"], column(expected, "pv"), 1e-9)
    assert found["df"].tolist() == [row["df"] for row in expected]
