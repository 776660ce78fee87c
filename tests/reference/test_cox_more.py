"""Exact ties, changing covariates, effects over time, adjusted curves and recurrent events against R's survival."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent
from tests.reference.stored import CLOSED_FORM, agree, patients, r_term, stored

COX = {"time": "week", "event": "res"}
# both programs iterate to the rounding of a double
FIT = 1e-9
SPANS = {"subject": "i", "entry": "start", "time": "stop", "event": "back"}


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(week=np.ceil(data["time"]), res=(data["cause"] == 1).astype(int))


@pytest.fixture(scope="module")
def again(cgh):
    rows = []
    for i, (arm, age, week) in enumerate(zip(cgh["arm"], cgh["age"], cgh["week"], strict=True), start=1):
        at, end, every, times = 0, week + 10, 5 + 7 * i % 11, 0
        while at < end:
            back, times = at + every, times + 1
            rows.append((i, arm, age, at, min(back, end), int(back <= end)))
            at = back + (2 if times % 2 == 0 else 0)
    data = pd.DataFrame(rows, columns=["i", "arm", "age", "start", "stop", "back"])
    return data.assign(arm=pd.Categorical(data["arm"], cgh["arm"].cat.categories))


def same_fit(fit, r, *, naive=True):
    assert [r_term(t) for t in fit.terms] == r["terms"]
    agree(fit.coef, r["coef"], FIT)
    agree(fit.vcov, r["vcov"], FIT)
    agree([fit.null_log_likelihood, fit.log_likelihood], r["loglik"], FIT)
    agree(fit.score_test.statistic, r["score"], FIT)
    if naive:
        agree(fit.naive_vcov, r["naive_vcov"], FIT)


@pytest.mark.parametrize("strata", [None, "site"])
def test_exact_ties(cgh, strata):
    r = stored("cox_more", "exact_strata" if strata else "exact_plain")
    same_fit(cox("arm + age + hd0", cgh, **COX, strata=strata, ties="exact"), r)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_a_covariate_that_changes(cgh, ties):
    pieces = []
    for start, stop in [(0, 4), (4, 8), (8, 12), (12, np.inf)]:
        part = cgh.loc[cgh["week"] > start]
        ends = part["week"] <= stop
        late = (start >= 8) * (part["arm"] == "MTE").astype(float)
        pieces.append(part.assign(start=start, week=part["week"].clip(upper=stop), res=part["res"] * ends, late=late))
    rows = pd.concat(pieces, ignore_index=True)
    r = stored("cox_more", f"changing_{ties}")
    assert len(rows) == r["n"]
    fit = cox("arm + late + age", rows, **COX, entry="start", subject="id", ties=ties)
    same_fit(fit, r)
    agree(fit.ph_test(terms=False)["statistic"], r["zph"], FIT)


def test_effects_over_time(cgh):
    r = stored("cox_more", "effect_over_time")
    table = cox("arm + age + hd0", cgh, **COX).ph_effect()
    week, effect, se = (np.array(r[name]) for name in ("week", "effect", "se"))
    for k, (_, rows) in enumerate(table.groupby("term", sort=False)):
        at = np.searchsorted(week, rows["time"])
        agree(week[at], rows["time"], CLOSED_FORM)
        agree(rows["estimate"], effect[at, k], FIT)
        agree(rows["std_error"], se[at, k], FIT)


def test_adjusted_curves(cgh):
    r = stored("cox_more", "standardised")
    found = cox("arm + age + hd0", cgh, **COX).standardised("arm", r["weeks"]).curves
    assert found["arm"].drop_duplicates().tolist() == r["arms"]
    agree(found["estimate"].to_numpy().reshape(3, -1).T, r["survival"], FIT)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_recurrent_events(again, ties):
    r = stored("cox_more", f"recurrent_{ties}")
    assert len(again) == r["n"]
    fit = recurrent("arm + age", again, **SPANS, ties=ties)
    same_fit(fit, r)
    plain = recurrent("arm + age", again, **SPANS, ties=ties, model="andersen-gill")
    agree(plain.coef, r["coef"], FIT)
    agree(plain.vcov, r["naive_vcov"], FIT)


def test_mean_counts(again):
    r = stored("cox_more", "mean_count")
    found = mean_count(again, **SPANS, by="arm").at(sorted(set(r["time"])))
    assert [f"arm={arm}" for arm in found["group"]] == r["strata"]
    agree(found["estimate"], r["mean"], CLOSED_FORM)
    agree(found["std_error"], r["se"], CLOSED_FORM)
    agree(found["n_risk"], r["n_risk"], CLOSED_FORM)
