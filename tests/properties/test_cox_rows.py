"""Rows (start, stop], adjusted curves, effects over time, recurrent events: what must change nothing, and doubles."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.mean_count import mean_count
from cgh_analysis.models.survival.recurrent import recurrent
from tests import naive_survival as naive
from tests.properties.test_survival_models import ROUNDING, TIMES, people

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=6, deadline=None)
SPANS = {"subject": "id", "entry": "start", "time": "stop", "event": "back"}


def split(data, seed):
    """Cut each person's row at up to three days drawn by chance."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, row in enumerate(data.to_dict("records")):
        cuts = np.unique(rng.integers(0, int(row["day"]) + 1, 3))
        ends = [0, *cuts[(cuts > 0) & (cuts < row["day"])], row["day"]]
        for start, stop in pairwise(ends):
            rows.append({**row, "id": i, "start": start, "day": stop, "gone": row["gone"] and stop == row["day"]})
    cut = pd.DataFrame(rows)
    return cut.assign(arm=pd.Categorical(cut["arm"], data["arm"].cat.categories)).sample(frac=1, random_state=1)


@FEW
@given(seed=SEEDS, ties=st.sampled_from(["efron", "breslow", "exact"]))
def test_rows_cut_at_any_day_give_the_same_fit(seed, ties):
    data = people(seed, 40)
    rows = split(data, seed)
    plain = cox("arm + age", data, **TIMES, ties=ties)
    cut = cox("arm + age", rows, **TIMES, entry="start", subject="id", ties=ties)
    np.testing.assert_allclose(cut.coef, plain.coef, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(cut.vcov, plain.vcov, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(cut.log_likelihood, plain.log_likelihood, rtol=1e-12)
    if ties != "exact":
        np.testing.assert_allclose(cut.ph_test()["statistic"], plain.ph_test()["statistic"], rtol=1e-8)
        by_person = cox("arm + age", rows, **TIMES, entry="start", subject="id", cluster="id", ties=ties)
        alone = cox("arm + age", data.assign(id=range(40)), **TIMES, cluster="id", ties=ties)
        np.testing.assert_allclose(by_person.vcov, alone.vcov, **ROUNDING)
        weighted = cox("arm + age", rows, **TIMES, entry="start", subject="id", weights="w", ties=ties)
        heavy = cox("arm + age", data, **TIMES, weights="w", ties=ties)
        assert weighted.robust
        np.testing.assert_allclose(weighted.vcov, heavy.vcov, **ROUNDING)


def averages(fit, d, times, worlds):
    """Mean survival by world and time, with its gradient by the coefficients and by a shift of the baseline hazard."""

    def at(beta, extra=0.0):
        out = []
        for x in worlds:
            hazard = [
                sum(s["weight"] / s["phi"] for s in naive.slots(d, beta, "efron") if s["time"] <= t) + extra
                for t in times
            ]
            out.append([np.exp(-np.exp(x @ beta) * h).mean() for h in hazard])
        return np.array(out)

    h = 1e-5
    by_coef = np.array([(at(fit.coef + e) - at(fit.coef - e)) / (2 * h) for e in h * np.eye(fit.coef.size)])
    by_hazard = (at(fit.coef, h) - at(fit.coef, -h)) / (2 * h)
    return at(fit.coef), by_coef, by_hazard


def test_adjusted_curves_by_the_delta_method():
    """The gradient is taken numerically, of curves whose baseline hazard follows the coefficients."""
    data = people(3, 50)
    fit = cox("arm + age", data, **TIMES)
    x = np.column_stack([data["arm"] == "b", data["arm"] == "c", data["age"]]).astype(float)
    d = {
        "x": x - [0, 0, 45],
        "time": data["day"].to_numpy(),
        "event": data["gone"].to_numpy(),
        "entry": np.full(50, -1.0),
        "stratum": np.zeros(50, dtype=int),
        "weight": np.ones(50),
    }
    times = [10, 25]
    worlds = []
    for arm in range(3):
        world = d["x"].copy()
        world[:, :2] = [arm == 1, arm == 2]
        worlds.append(world)
    mean, by_coef, by_hazard = averages(fit, d, times, worlds)
    found = fit.standardised("arm", times)
    np.testing.assert_allclose(found.curves["estimate"], mean.ravel(), rtol=1e-9)
    variance = [
        sum(s["weight"] / s["phi"] ** 2 for s in naive.slots(d, fit.coef, "efron") if s["time"] <= t) for t in times
    ]
    expected = np.einsum("pit,pq,qjt->tij", by_coef, fit.vcov.to_numpy(), by_coef)
    expected += np.einsum("it,jt,t->tij", by_hazard, by_hazard, variance)
    # central differences are good to about 1e-8
    np.testing.assert_allclose(found.curves["std_error"] ** 2, np.einsum("tii->it", expected).ravel(), rtol=1e-6)
    gap = expected[:, 1, 1] + expected[:, 0, 0] - 2 * expected[:, 1, 0]
    np.testing.assert_allclose(found.differences.query("contrast == 'b - a'")["std_error"] ** 2, gap, rtol=1e-6)
    sampled = fit.standardised("arm", times, people="sampled").curves["std_error"] ** 2
    hazard = [sum(s["weight"] / s["phi"] for s in naive.slots(d, fit.coef, "efron") if s["time"] <= t) for t in times]
    spread = [[np.var(np.exp(-np.exp(w @ fit.coef) * h)) / 50 for h in hazard] for w in worlds]
    np.testing.assert_allclose(sampled - found.curves["std_error"] ** 2, np.ravel(spread), rtol=1e-8)


@FEW
@given(seed=SEEDS)
def test_adjusted_curves_keep_their_values(seed):
    data = people(seed)
    plain = cox("arm + age", data, **TIMES).standardised("arm", [7, 21]).curves
    shuffled = data.sample(frac=1, random_state=seed % 1000).assign(
        weeks=lambda d: d["day"] / 7, age=lambda d: d["age"] + 1e3
    )
    other = cox("arm + age", shuffled, time="weeks", event="gone").standardised("arm", [1, 3]).curves
    np.testing.assert_allclose(other["estimate"], plain["estimate"], **ROUNDING)
    np.testing.assert_allclose(other["std_error"], plain["std_error"], **ROUNDING)
    weighted = cox("arm + age", data, **TIMES, weights="often", ties="breslow").standardised("arm", [7, 21])
    repeated = data.loc[data.index.repeat(data["often"])].reset_index(drop=True)
    same = cox("arm + age", repeated, **TIMES, ties="breslow").standardised("arm", [7, 21])
    np.testing.assert_allclose(weighted.differences["std_error"], same.differences["std_error"], **ROUNDING)


def test_adjusted_curves_of_strata_are_each_strata_s_own():
    """With an arm as a stratum and a covariate, everybody's curve in an arm is averaged over that arm's baseline."""
    data = people(8)
    fit = cox("age", data, **TIMES, strata="arm")
    found = fit.standardised("arm", [14]).curves.set_index("arm")
    for arm in "abc":
        rows = fit.survival(data.assign(arm=arm))
        at = rows.loc[rows["time"] <= 14].groupby("row")["estimate"].min()
        np.testing.assert_allclose(found.loc[arm, "estimate"], at.mean(), rtol=1e-12)


def test_adjusted_curves_in_blocks(monkeypatch):
    data = people(9)
    fit = cox("arm + age", data, **TIMES, strata="site")
    whole = fit.standardised("arm", people="sampled").curves
    monkeypatch.setattr("cgh_analysis.numerics.survival.standardised.CELLS", 1000)
    pd.testing.assert_frame_equal(fit.standardised("arm", people="sampled").curves, whole, rtol=1e-10)


def test_effects_over_time_are_flat_on_average():
    """Smoothed at the events themselves and averaged over them, the local coefficients are the coefficients."""
    data = people(5, 200)
    fit = cox("arm + age", data, **TIMES)
    table = fit.ph_effect(transform="identity")
    residual = fit.residuals("scaled_schoenfeld").to_numpy()
    day = data["day"].to_numpy()[data["gone"]]
    line = fit.ph_effect(transform="identity", knots=2)
    slope = np.polyfit(np.sort(day), residual, 1)
    for k, (_, rows) in enumerate(line.groupby("term", sort=False)):
        np.testing.assert_allclose(rows["estimate"], np.polyval(slope[:, k], rows["time"]), rtol=1e-8, atol=1e-10)
    pair = fit.ph_effect("arm", transform="identity")
    wide = {name: rows["estimate"].to_numpy() for name, rows in table.groupby("term")}
    back = pair.query("group == 'c' and reference == 'b'")["estimate"]
    np.testing.assert_allclose(back, wide["arm[T.c]"] - wide["arm[T.b]"], rtol=1e-8, atol=1e-10)


def comers(seed, n=25, *, gaps=True):
    """People with several events, some with time out of sight between rows."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        at = int(rng.integers(0, 4))
        for _ in range(rng.integers(1, 6)):
            stop = at + int(rng.integers(1, 9))
            rows.append((i, "ab"[i % 2], at, stop, int(rng.random() < 0.6), rng.normal()))
            at = stop + (int(rng.integers(0, 4)) if gaps else 0)
    return pd.DataFrame(rows, columns=["id", "arm", "start", "stop", "back", "x"])


@FEW
@given(seed=SEEDS)
def test_mean_counts_follow_each_person(seed):
    data = comers(seed)
    steps = mean_count(data, **SPANS, by="arm").steps()
    for arm, rows in steps.groupby("group"):
        own = data.loc[data["arm"] == arm]
        mean, psi = 0.0, dict.fromkeys(own["id"], 0.0)
        for row in rows.itertuples():
            risk = own.loc[(own["start"] < row.time) & (own["stop"] >= row.time)]
            back = (risk["back"] == 1) & (risk["stop"] == row.time)
            mean += back.sum() / len(risk)
            for i, came in zip(risk["id"], back, strict=True):
                psi[i] += (came - back.sum() / len(risk)) / len(risk)
            np.testing.assert_allclose(row.estimate, mean, rtol=1e-12)
            # squares that cancel leave some 1e-16 of their size
            np.testing.assert_allclose(row.std_error**2, sum(v * v for v in psi.values()), rtol=1e-8, atol=1e-13)


@FEW
@given(seed=SEEDS)
def test_events_that_come_once_are_a_cox_regression(seed):
    data = people(seed).assign(id=range(80), start=0)
    options = {"subject": "id", "entry": "start", "time": "day", "event": "gone"}
    plain = cox("arm + age", data, **TIMES)
    fit = recurrent("arm + age", data, **options, model="andersen-gill")
    np.testing.assert_allclose(fit.coefficients()["rate_ratio"], plain.coefficients()["hazard_ratio"], rtol=1e-12)
    np.testing.assert_allclose(fit.vcov, plain.vcov, rtol=1e-12)
    robust = recurrent("arm + age", data, **options)
    np.testing.assert_allclose(robust.vcov, cox("arm + age", data, **TIMES, cluster="id").vcov, rtol=1e-12)


@FEW
@given(seed=SEEDS)
def test_recurrent_events_do_not_mind_the_order_the_unit_or_cuts(seed):
    data = comers(seed, 30)
    fit, curve = recurrent("arm + x", data, **SPANS), mean_count(data, **SPANS, by="arm").at([5, 12])
    other = data.assign(start=data["start"] / 7, stop=data["stop"] / 7, id=100 - data["id"]).sample(
        frac=1, random_state=2
    )
    again, there = recurrent("arm + x", other, **SPANS), mean_count(other, **SPANS, by="arm").at([5 / 7, 12 / 7])
    np.testing.assert_allclose(again.coef, fit.coef, **ROUNDING)
    np.testing.assert_allclose(again.vcov, fit.vcov, **ROUNDING)
    np.testing.assert_allclose(there["estimate"], curve["estimate"], rtol=1e-10)
    np.testing.assert_allclose(there["std_error"], curve["std_error"], rtol=1e-7)
    long = data["stop"] - data["start"] > 1
    half = data["start"] + 1
    cut = pd.concat([data.loc[~long], data.loc[long].assign(stop=half, back=0), data.loc[long].assign(start=half)])
    pieces = recurrent("arm + x", cut.reset_index(drop=True), **SPANS)
    np.testing.assert_allclose(pieces.coef, fit.coef, **ROUNDING)
    np.testing.assert_allclose(pieces.vcov, fit.vcov, **ROUNDING)
    smaller = mean_count(cut.reset_index(drop=True), **SPANS, by="arm").at([5, 12])
    np.testing.assert_allclose(smaller["std_error"], curve["std_error"], rtol=1e-7)


@pytest.mark.parametrize("model", ["lwyy", "andersen-gill"])
def test_the_callers_frame_is_left_alone(model):
    data = comers(1)
    before = data.copy(deep=True)
    recurrent("arm + x", data, **SPANS, model=model).residuals("score")
    mean_count(data, **SPANS, by="arm").at([5])
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.slow
def test_errors_of_adjusted_curves_are_those_of_the_bootstrap():
    data = people(11, 300)
    found = cox("arm + age", data, **TIMES).standardised("arm", [10, 25], people="sampled")
    rng = np.random.default_rng(12)
    drawn = [data.iloc[rng.integers(0, 300, 300)].reset_index(drop=True) for _ in range(400)]
    again = [cox("arm + age", d, **TIMES).standardised("arm", [10, 25]) for d in drawn]
    # a standard deviation of 400 is known to 4 percent
    for name in ("curves", "differences"):
        spread = np.std([getattr(a, name)["estimate"] for a in again], axis=0)
        np.testing.assert_allclose(getattr(found, name)["std_error"], spread, rtol=0.15)
