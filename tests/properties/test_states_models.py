"""What must not change the answers of the models of states, and what they become where nothing competes."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.states.cumulative_incidence import cumulative_incidence
from cgh_analysis.models.states.fine_gray import fine_gray
from cgh_analysis.models.states.state_occupation import state_occupation
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.states.gray import gray_test
from cgh_analysis.numerics.survival.logrank import logrank
from tests.reference.stored import HERE, agree, patients

CLOSED = 1e-10
MODEL = "arm + age + hd0"
STAYS = {"subject": "id", "start": "start", "stop": "stop", "from_state": "from", "to_state": "to"}
VALUES = ["estimate", "std_error", "conf_low", "conf_high"]
GRID = [4, 12, 26, 39]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(one=(data["cause"] == 1).astype(int), any=(data["cause"] > 0).astype(int))


@pytest.fixture(scope="module")
def stays():
    return pd.read_csv(HERE / "data" / "cgh_states.csv")


def incidence(data, **more):
    return cumulative_incidence(data, **{"time": "time", "cause": "cause", "by": "arm", **more})


def regression(data, **more):
    return fine_gray(MODEL, data, **{"time": "time", "cause": "cause", "of": 1, **more})


def same_curve(one, other, *, time=1.0):
    a, b = one.at([t * time for t in GRID]), other.at(GRID)
    agree(a[VALUES], b[VALUES], CLOSED)


def same_fit(one, other, *, rtol=1e-8):
    agree(one.coef, other.coef, rtol)
    agree(one.vcov, other.vcov, rtol)


class TestNothingCompetes:
    def test_incidence_is_one_less_kaplan_meier(self, cgh):
        found = incidence(cgh, cause="one").at(GRID)
        km = kaplan_meier(cgh, time="time", event="one", by="arm").at(GRID)
        agree(found["estimate"], 1 - km["estimate"], CLOSED)
        agree(found["std_error"], km["std_error"], CLOSED)
        agree(found["conf_low"], 1 - km["conf_high"], CLOSED)
        agree(found["conf_high"], 1 - km["conf_low"], CLOSED)

    def test_with_late_entry_and_whole_weights_too(self, cgh):
        data = cgh.assign(entry=np.where(cgh.index % 3 == 0, cgh["time"] / 2, 0.0), w=1 + cgh.index % 3)
        how = {"by": "arm", "weights": "w", "entry": "entry"}
        found = incidence(data, cause="one", **how).at(GRID)
        km = kaplan_meier(data, time="time", event="one", **how).at(GRID)
        agree(found["std_error"], km["std_error"], CLOSED)

    def test_grays_scores_are_the_log_rank_tests(self, cgh):
        time, arm = cgh["time"].to_numpy(), cgh["arm"].cat.codes.to_numpy().astype(np.intp)
        gray = gray_test(time, cgh["one"].to_numpy().astype(np.intp), arm, of=1)
        lr = logrank(time, cgh["one"].to_numpy(dtype=bool), arm)
        agree(gray.score, lr.observed - lr.expected, CLOSED)
        # the variances estimate the same, one of them with the subdistributions as unknown
        np.testing.assert_allclose(gray.test.statistic, lr.test.statistic, rtol=0.05)

    def test_fine_and_gray_is_cox_with_robust_errors(self, cgh):
        fit = regression(cgh, cause="one")
        other = cox(MODEL, cgh.assign(who=range(len(cgh))), time="time", event="one", ties="breslow", cluster="who")
        same_fit(fit, other)

    def test_states_are_kaplan_meiers(self, cgh):
        then = cgh["one"].map({1: "resolved"})
        data = cgh.assign(start=0, stop=cgh["time"], **{"from": "headache", "to": then})
        found = state_occupation(data, **STAYS, by="arm").at(GRID).query("state == 'headache'")
        km = kaplan_meier(cgh, time="time", event="one", by="arm").at(GRID)
        agree(found["estimate"], km["estimate"], CLOSED)
        agree(found["std_error"], km["std_error"], CLOSED)


def test_without_censoring_who_had_another_event_stays_for_ever(cgh):
    data = cgh.loc[cgh["cause"] > 0]
    never = data.assign(time=data["time"].where(data["cause"] == 1, data["time"].max() + 1))
    fit = regression(data)
    other = cox(MODEL, never.assign(who=range(len(never))), time="time", event="one", ties="breslow", cluster="who")
    same_fit(fit, other)


def test_states_that_nobody_leaves_are_cumulative_incidences(cgh):
    then = cgh["cause"].map({1: "resolved", 2: "switched"})
    data = cgh.assign(start=0, stop=cgh["time"], **{"from": "headache", "to": then})
    found = state_occupation(data, **STAYS, by="arm").at(GRID)
    curve = incidence(cgh).state_occupation(GRID)
    names = {"event-free": "headache", "1": "resolved", "2": "switched"}
    both = curve.assign(state=curve["state"].map(names)).merge(found, on=["group", "state", "time"])
    agree(both["estimate_x"], both["estimate_y"], CLOSED)
    agree(both["std_error_x"], both["std_error_y"], CLOSED)


def test_the_order_of_rows_does_not_matter(cgh, stays):
    mixed = cgh.sample(frac=1, random_state=1)
    same_curve(incidence(mixed), incidence(cgh))
    agree(incidence(mixed).gray_test(1)["statistic"], incidence(cgh).gray_test(1)["statistic"], CLOSED)
    same_fit(regression(mixed), regression(cgh))
    one = state_occupation(stays.sample(frac=1, random_state=1), **STAYS, by="arm")
    agree(one.days_in_state(182)[["estimate", "std_error"]], _days(stays)[["estimate", "std_error"]], CLOSED)


def _days(stays):
    return state_occupation(stays, **STAYS, by="arm").days_in_state(182)


def test_the_unit_of_time_does_not_matter(cgh, stays):
    days = cgh.assign(time=7 * cgh["time"])
    same_curve(incidence(days), incidence(cgh), time=7)
    agree(incidence(days).gray_test(1)["statistic"], incidence(cgh).gray_test(1)["statistic"], CLOSED)
    same_fit(regression(days), regression(cgh))
    weeks = stays.assign(start=stays["start"] / 7, stop=stays["stop"] / 7)
    found = state_occupation(weeks, **STAYS, by="arm").days_in_state(26)
    agree(7 * found["estimate"], _days(stays)["estimate"], CLOSED)
    agree(7 * found["std_error"], _days(stays)["std_error"], CLOSED)


def test_labels_of_arms_and_codes_of_causes_do_not_matter(cgh):
    other = cgh.assign(arm=cgh["arm"].cat.rename_categories({"MED": "x", "MTE": "y", "BLOCK": "z"}))
    same_curve(incidence(other), incidence(cgh))
    recoded = cgh.assign(cause=cgh["cause"].map({0: 0, 1: 7, 2: 3}))
    found = incidence(recoded, causes={7: "resolution", 3: "switch"})
    agree(found.gray_test("resolution")["statistic"], incidence(cgh).gray_test(1)["statistic"], CLOSED)
    same_fit(regression(recoded, of=7), regression(cgh))


def test_whole_weights_are_repeated_rows(cgh):
    times = 1 + cgh.index.to_numpy() % 3
    repeated = cgh.loc[np.repeat(cgh.index, times)]
    for variance in ("greenwood", "aalen"):
        weighted = incidence(cgh.assign(w=times), weights="w", variance=variance)
        same_curve(weighted, incidence(repeated, variance=variance))


def test_unit_weights_and_one_stratum_change_nothing(cgh):
    data = cgh.assign(w=1.0, site="all")
    same_curve(incidence(data, weights="w"), incidence(cgh))
    agree(incidence(data, strata="site").gray_test(1)["statistic"], incidence(cgh).gray_test(1)["statistic"], CLOSED)
    same_fit(regression(data, strata="site"), regression(cgh), rtol=1e-12)


def test_the_jackknife_of_equal_weights_is_greenwoods(cgh):
    same_curve(incidence(cgh.assign(w=1.5), weights="w"), incidence(cgh))


def test_each_row_a_cluster_changes_nothing_and_doubled_clusters_double_the_variance(cgh):
    data = cgh.assign(who=range(len(cgh)))
    same_fit(regression(data, cluster="who"), regression(cgh), rtol=1e-10)
    twice = pd.concat([data, data], ignore_index=True)
    agree(regression(twice, cluster="who").vcov, regression(cgh).vcov, 1e-8)
    agree(2 * regression(twice).vcov, regression(cgh).vcov, 1e-8)


def test_stays_may_be_cut_anywhere(stays):
    # halves of a stay: nothing was seen to change in the middle
    middle = (stays["start"] + stays["stop"]) / 2
    first = stays.assign(stop=middle, to=None)
    again = pd.concat([first, stays.assign(start=middle)], ignore_index=True)
    agree(_days(again)["std_error"], _days(stays)["std_error"], CLOSED)


def test_predictions_of_one_person_in_other_units(cgh):
    fit, other = regression(cgh), regression(cgh.assign(age=cgh["age"] / 10))
    new = cgh.iloc[[3]]
    a, b = fit.predict(new, GRID), other.predict(new.assign(age=new["age"] / 10), GRID)
    agree(a[VALUES], b[VALUES], 1e-8)


def test_the_predicted_incidence_of_an_arm_is_near_the_estimated_one(cgh):
    fit = fine_gray("arm", cgh, time="time", cause="cause", of=1)
    people = pd.DataFrame({"arm": pd.Categorical(["MED", "MTE", "BLOCK"], cgh["arm"].cat.categories)})
    model = fit.predict(people, 26)
    curve = incidence(cgh).at(26).query("cause == '1'")
    np.testing.assert_allclose(model["estimate"], curve["estimate"], atol=0.05)
    np.testing.assert_allclose(model["std_error"], curve["std_error"], rtol=0.3)
