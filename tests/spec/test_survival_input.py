"""What the survival models refuse, what they leave out, and what they say of what the data do not determine."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank

TIMES = {"time": "day", "event": "gone"}


def frame(**columns):
    data = {
        "day": [3.0, 5, 5, 8, 9, 12, 14, 20],
        "gone": [1, 1, 0, 1, 1, 0, 1, 0],
        "arm": list("abababab"),
        "age": [30.0, 41, 52, 38, 44, 61, 29, 50],
        "site": list("xxyyxxyy"),
    }
    return pd.DataFrame({**data, **columns}, index=[f"P{i}" for i in range(1, 9)])


CALLS = {
    "kaplan_meier": lambda data, **more: kaplan_meier(data, **TIMES, by="arm", **more),
    "logrank": lambda data, **more: logrank(data, **TIMES, by="arm", **more),
    "cox": lambda data, **more: cox("arm + age", data, **TIMES, **more),
}
EACH = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@EACH
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"day": [3, -1, 5, 8, 9, 12, -2, 20]}, r"'day' has 2 value\(s\) that are negative, at row\(s\) P2, P7"),
        ({"day": [3, np.nan, 5, 8, 9, 12, 14, 20]}, r"'day' has 1 value\(s\) that are missing, at row\(s\) P2"),
        ({"day": [3, 5, 5, 8, 9, 12, 14, np.inf]}, r"'day' has 1 value\(s\) that are infinite, at row\(s\) P8"),
        ({"day": list("35589246")}, "'day' holds no numbers"),
        ({"gone": [1, 2, 0, 1, 3, 0, 1, 0]}, r"'gone' has 2 value\(s\) that are neither 0 nor 1 \(2, 3\), .* P2, P5"),
        ({"gone": [1, np.nan, 0, 1, 1, 0, 1, 0]}, r"'gone' has 1 value\(s\) that are missing, at row\(s\) P2"),
        ({"gone": ["yes", "no"] * 4}, "'gone' holds 'yes', 'no'"),
        ({"gone": list("01010101")}, "'gone' holds '0', '1'"),
        ({"gone": [0.5] * 8}, r"P1, P2, P3, P4, P5, \.\.\."),
    ],
)
def test_times_and_events_that_are_none_are_refused_by_name_and_row(call, columns, said):
    with pytest.raises(ArgumentError, match=said):
        call(frame(**columns))


def test_all_faults_are_told_at_once():
    data = frame(day=[-3, 5, 5, 8, 9, 12, 14, 20], gone=[1, 2, 0, 1, 1, 0, 1, 0])
    with pytest.raises(ArgumentError) as refused:
        kaplan_meier(data, **TIMES)
    assert [p.column for p in refused.value.problems] == ["day", "gone"]


@pytest.mark.parametrize("name", ["kaplan_meier", "cox"])
def test_entries_and_weights(name):
    call = CALLS[name]
    with pytest.raises(ArgumentError, match=r"'start' has 2 value\(s\) that are not before the row's time, .* P1, P2"):
        call(frame(start=[3, 6, 0, 0, 0, 0, 0, 0]), entry="start")
    with pytest.raises(ArgumentError, match=r"'w' has 1 value\(s\) that are negative, at row\(s\) P4"):
        call(frame(w=[1, 1, 1, -1, 1, 1, 1, 1]), weights="w")
    with pytest.raises(ArgumentError, match=r"'w' has 1 value\(s\) that are zero"):
        call(frame(w=[1, 1, 1, 0, 1, 1, 1, 1]), weights="w")
    with pytest.raises(ArgumentError, match=r"'w' has 1 value\(s\) that are missing"):
        call(frame(w=[1, 1, 1, np.nan, 1, 1, 1, 1]), weights="w")


@EACH
def test_unknown_columns_and_no_frame(call):
    with pytest.raises(ArgumentError, match="no column 'day'"):
        call(frame().drop(columns="day"))
    with pytest.raises(ArgumentError, match="no column 'arm'"):
        call(frame().drop(columns="arm"))
    with pytest.raises(ArgumentError, match="data is a list"):
        call([1, 2])


@EACH
@pytest.mark.parametrize(
    "events", [np.array([1, 1, 0, 1, 1, 0, 1, 0], dtype=bool), pd.array([1, 1, 0, 1, 1, 0, 1, 0], dtype="boolean")]
)
def test_true_and_false_are_events_too(call, events):
    first = call(frame())
    again = call(frame(gone=events))
    assert again._repr_html_() == first._repr_html_()


def test_options_are_checked():
    data = frame()
    for call, message in [
        (lambda: kaplan_meier(data, **TIMES, conf_type="loglog"), "conf_type='loglog'"),
        (lambda: kaplan_meier(data, **TIMES, conf_level=95), "conf_level=95"),
        (lambda: kaplan_meier(data, **TIMES).at([-1]), "times"),
        (lambda: kaplan_meier(data, **TIMES).at([np.nan]), "times"),
        (lambda: kaplan_meier(data, **TIMES).quantile(1), "probability=1"),
        (lambda: logrank(data, **TIMES, by="arm", weights="wilcoxon"), "weights='wilcoxon'"),
        (lambda: logrank(data, **TIMES, by="arm", adjust="tukey"), "adjust='tukey'"),
        (lambda: logrank(data, **TIMES, by="arm", rho=1), "rho=1 and gamma=0.0 with weights='logrank'"),
        (lambda: logrank(data, **TIMES, by="arm", weights="fleming-harrington"), "with weights='fleming-harrington'"),
        (lambda: logrank(data, **TIMES, by="arm", weights="fleming-harrington", rho=-1), "rho=-1"),
        (lambda: cox("age", data, **TIMES, ties="precise"), "ties='precise'"),
        (lambda: cox("age", data, **TIMES).residuals("pearson"), "kind='pearson'"),
        (lambda: cox("age", data, **TIMES).ph_test("sqrt"), "transform='sqrt'"),
        (lambda: cox("1", data, **TIMES), "no covariate"),
        (lambda: cox("day ~ age", data, **TIMES), "right-hand side"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            call()


def test_rows_with_missing_covariates_strata_or_clusters_are_left_out_and_counted():
    data = frame(age=[30, np.nan, 52, 38, 44, 61, 29, 50], site=["x", "x", None, "y", "x", "x", "y", "y"])
    fit = cox("age", data, **TIMES, strata="site")
    assert (fit.n_observations, fit.n_left_out) == (6, 2)
    whole = cox("age", data.drop(index=["P2", "P3"]), **TIMES, strata="site")
    np.testing.assert_allclose(fit.coef, whole.coef, rtol=1e-12)
    assert kaplan_meier(data, **TIMES, by="site").n_left_out == 1
    fewer = logrank(data.drop(index="P3"), **TIMES, by="site")
    pd.testing.assert_frame_equal(logrank(data, **TIMES, by="site"), fewer)


def test_a_time_of_zero_is_at_risk_on_day_zero_only():
    steps = kaplan_meier(frame(day=[0, 0, 5, 8, 9, 12, 14, 20], gone=[1, 0, 0, 1, 1, 0, 1, 0]), **TIMES).steps()
    assert steps.loc[0, ["time", "n_risk", "n_event", "n_censor"]].tolist() == [0, 8, 1, 1]
    assert steps.loc[0, "estimate"] == 7 / 8


def test_a_level_without_events_has_no_finite_coefficient_and_is_named():
    data = frame(arm=list("abcabcab"))
    data.loc[data["arm"] == "c", "gone"] = 0
    with pytest.raises(NotEstimable, match=r"rises without end in arm\[T.c\]"):
        cox("arm + age", data, **TIMES)


def test_a_rare_level_without_events_is_found_too():
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {"day": rng.integers(1, 50, 3000), "gone": rng.random(3000) < 0.5, "age": rng.normal(size=3000)}
    )
    data["rare"] = np.arange(3000) < 3
    data.loc[data["rare"], ["gone", "day"]] = [False, 40]
    with pytest.raises(NotEstimable, match="rises without end in rare"):
        cox("rare + age", data, **TIMES)


def test_a_covariate_that_orders_all_events_is_named():
    data = pd.DataFrame({"day": [1, 2, 3, 4, 5, 6], "gone": 1, "x": [6.0, 5, 4, 3, 2, 1], "z": [1.0, 0, 1, 1, 0, 0]})
    with pytest.raises(NotEstimable, match="rises without end in x"):
        cox("x + z", data, **TIMES)


def test_a_large_but_finite_coefficient_is_estimated():
    """A hazard ratio near 1000, and a covariate in tiny units."""
    rng = np.random.default_rng(5)
    x = rng.random(400) < 0.5
    day = rng.exponential(np.where(x, 1, 1000.0))
    fit = cox("x + z", pd.DataFrame({"day": day, "gone": 1, "x": x, "z": rng.normal(size=400) * 1e-9}), **TIMES)
    assert 300 < fit.coefficients()["hazard_ratio"].iloc[0] < 3000
    assert np.isfinite(fit.coefficients()["std_error"]).all()


@EACH
def test_no_event(call):
    data = frame(gone=0)
    if call is CALLS["kaplan_meier"]:
        curve = call(data)
        assert (curve.steps()["estimate"] == 1).all()
        assert curve.steps()[["conf_low", "conf_high"]].isna().all(axis=None)
        assert curve.median()["estimate"].isna().all()
    else:
        with pytest.raises(NotEstimable, match="no event"):
            call(data)


@EACH
def test_no_row(call):
    with pytest.raises(NotEstimable, match="no row"):
        call(frame().iloc[:0])


def test_one_group_or_groups_that_never_meet():
    with pytest.raises(NotEstimable, match="single group"):
        logrank(frame(arm="a"), **TIMES, by="arm")
    with pytest.raises(NotEstimable, match="single group"):
        logrank(frame(), **TIMES, by="arm", strata="arm")
    with pytest.raises(NotEstimable, match="never at risk together"):
        logrank(frame(arm=list("ababcccc"), late=[0] * 4 + [1] * 4), **TIMES, by="arm", strata="late")


def test_a_covariate_that_is_constant_within_strata_is_named():
    with pytest.raises(NotEstimable, match=r"site\[T.y\] are constant"):
        cox("age + site", frame(), **TIMES, strata="site")


def test_a_singular_pair_leaves_the_others():
    """Arm c is followed only after the events of a and b are over, and has one event when nobody else is left."""
    data = frame(arm=list("ababccab"), day=[3, 5, 5, 8, 90, 91, 14, 20], gone=[1, 1, 0, 1, 1, 1, 1, 1])
    data["period"] = ["early"] * 4 + ["late"] * 2 + ["early"] * 2
    table = logrank(data, **TIMES, by="arm", strata="period", pairwise=True).set_index("contrast")
    assert np.isfinite(table.loc["b - a", "p_value"])
    assert table.loc[["c - a", "c - b"], "p_value"].isna().all()


def test_the_median_of_a_curve_flat_at_one_half():
    """Half are gone from day 4 on, the next goes on day 10: the median is in the middle (R's survfit)."""
    data = pd.DataFrame({"day": [2, 4, 10, 12], "gone": 1})
    assert kaplan_meier(data, **TIMES).median()["estimate"].tolist() == [7]
    # with nobody gone later, up to the end of follow-up
    data = pd.DataFrame({"day": [2, 4, 10, 12], "gone": [1, 1, 0, 0]})
    assert kaplan_meier(data, **TIMES).median()["estimate"].tolist() == [8]


def test_after_the_last_day_nothing_is_known_unless_all_are_gone():
    data = pd.DataFrame({"day": [2, 4, 3, 5], "gone": [1, 0, 1, 1], "arm": list("aabb")})
    at = kaplan_meier(data, **TIMES, by="arm").at([1, 4, 30]).set_index(["group", "time"])
    assert at.loc[("a", 4), "estimate"] == 0.5
    assert np.isnan(at.loc[("a", 30), "estimate"])
    assert at.loc[("b", 30), "estimate"] == 0
    assert at["n_risk"].tolist() == [2, 1, 0, 2, 1, 0]
    assert at["n_event"].tolist() == [0, 1, 0, 0, 1, 1]


def test_people_at_risk_with_late_entry():
    data = pd.DataFrame({"day": [5, 9, 12], "from": [0, 4, 7], "gone": [1, 1, 0]})
    at = kaplan_meier(data, **TIMES, entry="from").at_risk([0, 2, 4, 4.5, 5, 6, 8, 12, 13])
    # at risk while entry < t <= day; the first is not at risk on day 0 itself
    assert at["n_risk"].tolist() == [0, 1, 1, 2, 2, 1, 2, 1, 0]


def test_new_people_are_checked():
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"day": rng.integers(1, 30, 60), "gone": rng.random(60) < 0.7, "age": rng.normal(45, 9, 60)})
    data = data.assign(arm=rng.choice(["a", "b"], 60), site=rng.choice(["x", "y"], 60))
    fit = cox("arm + age", data, **TIMES, strata="site")
    new = pd.DataFrame({"arm": ["a", "b"], "age": [40.0, 50.0], "site": ["x", "y"]})
    curves = fit.survival(new)
    for row, site in enumerate("xy"):
        days = data.loc[(data["site"] == site) & data["gone"], "day"].unique()
        own = curves.loc[curves["row"] == row]
        assert own["time"].tolist() == sorted(days)
        assert own["stratum"].unique().tolist() == [site]
        assert own["estimate"].is_monotonic_decreasing
    for change, said in [
        ({"arm": "z"}, "knows no arm 'z'"),
        ({"age": [np.nan, 3]}, "missing values in age"),
        ({"site": "q"}, "no stratum q"),
    ]:
        with pytest.raises(ArgumentError, match=said):
            fit.survival(new.assign(**change))
    with pytest.raises(ArgumentError, match="no column 'site'"):
        fit.survival(new.drop(columns="site"))
    with pytest.raises(ArgumentError, match="no row"):
        fit.survival(new.iloc[:0])


def test_strata_of_several_columns_are_named_by_both():
    data = pd.concat([frame(), frame().assign(day=lambda d: d["day"] + 1)]).assign(sex=["f"] * 8 + ["m"] * 8)
    baseline = cox("age", data.reset_index(), **TIMES, strata=["site", "sex"]).baseline()
    assert list(dict.fromkeys(baseline["stratum"])) == [
        "site=x, sex=f",
        "site=x, sex=m",
        "site=y, sex=f",
        "site=y, sex=m",
    ]
    one = cox("age", data.assign(both=data["site"] + data["sex"]).reset_index(), **TIMES, strata="both").baseline()
    np.testing.assert_allclose(baseline["cumulative_hazard"], one["cumulative_hazard"], rtol=1e-12)


def test_fits_and_curves_show_themselves():
    fit = cox("arm + age", frame(), **TIMES)
    assert "hazard_ratio" in fit._repr_html_()
    assert len(fit.rows()) == 2
    curve = kaplan_meier(frame(), **TIMES, by="arm")
    assert "Kaplan-Meier" in curve._repr_html_()
    rows = curve.rows().frame
    assert set(rows["statistic"]) == {"survival", "median_time"}
    assert rows.loc[rows["statistic"] == "survival", "estimate"].tolist() == curve.steps()["estimate"].tolist()


def test_an_event_at_time_zero_has_no_logarithm():
    fit = cox("age", frame(day=[0, 5, 5, 8, 9, 12, 14, 20]), **TIMES)
    with pytest.raises(ArgumentError, match="time 0"):
        fit.ph_test("log")


def test_methods_are_named_in_words():
    data = frame(w=np.linspace(0.5, 2, 8), id=list("aabbccdd"))
    assert cox("age", data, **TIMES).method == "Cox regression, Efron ties"
    named = cox("age", data, **TIMES, strata="site", cluster="id", weights="w", ties="breslow").method
    assert named == "Weighted Cox regression, Breslow ties, stratified by site, robust errors by id"
    assert kaplan_meier(data, **TIMES).method == "Kaplan-Meier, log-log interval"
