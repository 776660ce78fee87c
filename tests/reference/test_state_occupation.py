"""Occupation of states and mean days in them against R's survival (3.5-3); states.json is made by 13_states.R."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.states.state_occupation import state_occupation
from tests.reference.stored import CLOSED_FORM, HERE, LEVELS, agree, stored

STATES = ["headache", "resolved", "recurred", "switched"]
NAMES = {"subject": "id", "start": "start", "stop": "stop", "from_state": "from", "to_state": "to", "by": "arm"}


@pytest.fixture(scope="module")
def curve():
    data = pd.read_csv(HERE / "data" / "cgh_states.csv")
    kept = {c: pd.Categorical(data[c], STATES) for c in ("from", "to")}
    return state_occupation(data.assign(arm=pd.Categorical(data["arm"], LEVELS["arm"]), **kept), **NAMES)


def test_shares_and_their_errors(curve):
    r = stored("states", "states_arm")
    found = curve.at([28, 56, 84, 120, 182])
    assert found["state"].unique().tolist() == r["states"] == STATES
    for name, theirs in (("estimate", "pstate"), ("std_error", "std_err")):
        ours = found[name].to_numpy().reshape(3, 4, 5).transpose(0, 2, 1).reshape(15, 4)
        expected = np.array(r[theirs])
        # zero stays zero, which no relative tolerance allows for
        np.testing.assert_allclose(ours, expected, rtol=CLOSED_FORM, atol=1e-15)


def test_days_in_state_and_their_errors(curve):
    found = curve.days_in_state(182)
    for r in stored("states", "days_in_state"):
        own = found.loc[found["group"] == r["arm"]]
        agree(own["estimate"], r["mean"], CLOSED_FORM)
        agree(own["std_error"], r["std_error"], CLOSED_FORM)
    agree(found.groupby("group", observed=True)["estimate"].sum(), 182, CLOSED_FORM)


def test_differences_are_of_independent_groups(curve):
    days = curve.days_in_state(182).query("state == 'resolved'").set_index("group")
    found = curve.differences(182, state="resolved").set_index(["group", "reference"]).loc[("BLOCK", "MED")]
    agree(found["estimate"], days.loc["BLOCK", "estimate"] - days.loc["MED", "estimate"], CLOSED_FORM)
    agree(found["std_error"], np.hypot(days.loc["BLOCK", "std_error"], days.loc["MED", "std_error"]), CLOSED_FORM)
