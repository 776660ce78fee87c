"""Kaplan-Meier against R's survfit (survival 3.5-3), every quantity of the stored case."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from tests.reference.stored import CLOSED_FORM, agree, column, patients, stored

CONF_TYPES = ["log-log", "log", "plain"]
TIMES = [4, 8, 12, 26, 39]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(resolved=data["cause"] == 1)


@pytest.fixture(scope="module")
def expected():
    return stored("survival", "km_cgh_arm")


def curve(data, **options):
    return kaplan_meier(data, time="time", event="resolved", by="arm", **options)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_values_and_limits_at_chosen_times(cgh, expected, conf_type):
    at = curve(cgh, conf_type=conf_type).at(TIMES)
    r = expected[conf_type]["at_times"]
    assert ("arm=" + at["group"]).tolist() == [row["strata"] for row in r]
    names = {
        "time": "time",
        "n_risk": "n_risk",
        "n_event": "n_event",
        "estimate": "surv",
        "std_error": "se",
        "conf_low": "lower",
        "conf_high": "upper",
    }
    for ours, theirs in names.items():
        agree(at[ours], column(r, theirs), CLOSED_FORM)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("percent", ["25", "50", "75"])
def test_quantiles_and_their_limits(cgh, expected, conf_type, percent):
    found = curve(cgh, conf_type=conf_type).quantile(int(percent) / 100)
    r = expected[conf_type]["quantiles"]
    for ours, theirs in {"estimate": "quantile", "conf_low": "lower", "conf_high": "upper"}.items():
        # a quantile that is not reached is NA there and NaN here
        agree(found[ours], [np.nan if row[percent] is None else row[percent] for row in r[theirs]], CLOSED_FORM)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_median_table(cgh, expected, conf_type):
    median = curve(cgh, conf_type=conf_type).median()
    r = expected[conf_type]["table"]
    names = {"n": "records", "n_event": "events", "estimate": "median", "conf_low": "0.95LCL", "conf_high": "0.95UCL"}
    for ours, theirs in names.items():
        agree(median[ours], column(r, theirs), CLOSED_FORM)


def test_every_step(cgh, expected):
    steps = curve(cgh).steps()
    r = expected["curve_first"]
    counts = steps["group"].value_counts(sort=False)
    assert {f"arm={g}": n for g, n in counts.items()} == r["strata"]
    for ours, theirs in {"time": "time", "n_risk": "n_risk", "n_event": "n_event", "n_censor": "n_censor"}.items():
        agree(steps[ours], r[theirs], CLOSED_FORM)
    agree(steps["estimate"], r["surv"], CLOSED_FORM)
    agree(steps["std_error"] / steps["estimate"], r["greenwood_se_of_log"], CLOSED_FORM)


@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATO", "ATM"])
def test_weights_with_the_jackknife_error(cgh, estimand):
    r = stored("survival_weighted", f"multiarm_cgh_{estimand}")
    at = curve(cgh.assign(w=r["weights"]), weights="w").at([4, 12, 26])
    rows = pd.DataFrame(r["weighted_km"])
    assert ("arm=" + at["group"]).tolist() == rows["strata"].tolist()
    agree(at["estimate"], rows["surv"], CLOSED_FORM)
    agree(at["std_error"], rows["robust_se"], CLOSED_FORM)
