"""Hazards, late entry, weights and trends against R's survival 3.5-3 (scripts/12_survival_curves.R), step by step."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank
from tests.reference.stored import CLOSED_FORM, agree, patients, stored

TIME = {"time": "week", "event": "resolved"}
TIES = {1: "nelson-aalen", 2: "fleming-harrington"}
FINE = {"time": "fine", "event": "resolved", "entry": "since"}
SCORES = {"MED": 1, "MTE": 2, "BLOCK": 3}
# a robust variance is a sum of squares of differences, each of them of sums in another order
JACKKNIFE = 1e-9


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    row = np.arange(1, len(data) + 1)
    week, fine = np.ceil(data["time"]), data["time"] + row / 1e5
    return data.assign(
        week=week,
        resolved=data["cause"] == 1,
        start=np.where(row % 3 == 0, week // 2, 0),
        fine=fine,
        since=np.where(row % 3 == 0, fine / 2, 0),
        w=np.resize([0.5, 1, 1.5, 2], len(data)),
        times=np.resize([1, 2, 3], len(data)),
    )


def numbers(r, name):
    """R's limits are missing where survival is 0, which it stores as NA, and 1 before the first event."""
    return np.array([np.nan if value is None else value for value in r[name]], dtype=float)


def same(found, r, rtol=CLOSED_FORM):
    assert found["group"].value_counts(sort=False).to_dict() == {k.split("=")[1]: n for k, n in r["strata"].items()}
    for name in ("time", "n_risk", "n_event"):
        agree(found[name], r[name], CLOSED_FORM)
    agree(found["estimate"], r["surv"], CLOSED_FORM)
    with_error = (numbers(r, "se") > 0) & (numbers(r, "surv") > 0)
    agree(found["std_error"][with_error], numbers(r, "se")[with_error], rtol)
    for ours, theirs in {"conf_low": "lower", "conf_high": "upper"}.items():
        agree(found[ours][with_error], numbers(r, theirs)[with_error], rtol)


@pytest.mark.parametrize("k", [1, 2])
def test_hazards_and_the_survival_that_follows(cgh, k):
    r = stored("survival_curves", f"hazard_ties_{k}")
    curve = kaplan_meier(cgh, **TIME, by="arm")
    same(curve.survival_from_hazard(TIES[k]), r)
    hazard = curve.cumulative_hazard(TIES[k])
    agree(hazard["estimate"], r["cumhaz"], CLOSED_FORM)
    agree(hazard["std_error"], r["se_cumhaz"], CLOSED_FORM)


@pytest.mark.parametrize(
    ("case", "options", "rtol"),
    [
        ("late_entry", {"entry": "start"}, CLOSED_FORM),
        ("weighted", {"weights": "w"}, JACKKNIFE),
        ("late_entry_weighted", {"entry": "start", "weights": "w"}, JACKKNIFE),
        ("counted", {"weights": "times"}, CLOSED_FORM),
    ],
)
def test_curves_with_late_entry_and_weights(cgh, case, options, rtol):
    r = stored("survival_curves", case)
    curve = kaplan_meier(cgh, **TIME, by="arm", **options)
    same(curve.steps(), r, rtol)
    hazard = curve.cumulative_hazard()
    agree(hazard["estimate"], r["cumhaz"], CLOSED_FORM)
    agree(hazard["std_error"], r["se_cumhaz"], rtol)


@pytest.mark.parametrize("strata", [None, "site"])
def test_logrank_with_late_entry(cgh, strata):
    for names, case in [(TIME, "strata" if strata else "plain"), (FINE, "late_strata" if strata else "late")]:
        r = stored("survival_curves", "logrank_score")[case]
        found = logrank(cgh, **names, by="arm", strata=strata).iloc[0]
        agree(found[["statistic", "df", "p_value"]], [r["statistic"], r["df"], r["p_value"]], 1e-9)


@pytest.mark.parametrize("strata", [None, "site"])
def test_trend(cgh, strata):
    for names, case in [(TIME, "trend"), (FINE, "trend_late")]:
        r = stored("survival_curves", "logrank_score")[f"{case}_strata" if strata else case]
        found = logrank(cgh, **names, by="arm", strata=strata, trend=SCORES).set_index("contrast").loc["trend"]
        agree(found[["statistic", "df", "p_value"]], [r["statistic"], r["df"], r["p_value"]], 1e-9)


@pytest.mark.parametrize("strata", [None, "site"])
@pytest.mark.parametrize("rho", [0, 0.5, 1])
def test_weighted_trend(cgh, strata, rho):
    r = stored("survival_curves", "trend_rho")["strata" if strata else "plain"][f"rho_{rho}"]
    weights = {"weights": "fleming-harrington", "rho": rho} if rho else {}
    ordered = cgh.assign(arm=cgh["arm"].cat.as_ordered())
    table = logrank(ordered, **TIME, by="arm", strata=strata, trend=True, **weights)
    assert table["contrast"].tolist() == ["overall", "trend"]
    agree(table["statistic"].iloc[1], r, CLOSED_FORM)


def test_logit_and_arcsine_limits_and_quantiles():
    data = patients("cgh_sim").assign(resolved=lambda d: d["cause"] == 1)
    for ours, theirs in {"logit": "logit", "arcsine": "arcsin"}.items():
        r = stored("survival", "km_cgh_arm")[theirs]
        curve = kaplan_meier(data, time="time", event="resolved", by="arm", conf_type=ours)
        at, expected = curve.at([4, 8, 12, 26, 39]), pd.DataFrame(r["at_times"])
        agree(at["conf_low"], expected["lower"], CLOSED_FORM)
        agree(at["conf_high"], expected["upper"], CLOSED_FORM)
        for percent in ("25", "50", "75"):
            found = curve.quantile(int(percent) / 100)
            for name, limit in {"conf_low": "lower", "conf_high": "upper"}.items():
                # a limit that is not reached is NA there and NaN here
                limits = [np.nan if row[percent] is None else row[percent] for row in r["quantiles"][limit]]
                agree(found[name], limits, CLOSED_FORM)
