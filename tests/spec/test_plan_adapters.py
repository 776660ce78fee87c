"""What a line of the plan gives for people written out here."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import StudyError
from cgh_analysis.models import ESTIMATORS, estimator
from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.responder import responded
from cgh_analysis.numerics.proportions import newcombe, wilson
from cgh_analysis.study import Analysis, Response
from tests.builders import study


def cohort_of(arm: list[str], before: list[float], after: list[float], outcome: str = "ndi", **columns: list) -> Cohort:
    """Return people with an outcome before and at week 12; drug is the reference arm."""
    ids = [f"p{i}" for i in range(len(arm))]
    cases = pd.DataFrame({"patient_id": ids, "arm": pd.Categorical(arm, ["drug", "block"]), **columns})
    cases[f"{outcome}_baseline"] = before
    visits = pd.DataFrame({"patient_id": ids, "visit": "week12", "day": 84, outcome: after, "in_window": True})
    visits["visit"] = pd.Categorical(visits["visit"], ["baseline", "week4", "week12"])
    return Cohort(study=study(), cases=cases, visits=visits, events=pd.DataFrame({"patient_id": []}))


def run(cohort: Cohort, **line: object) -> pd.DataFrame:
    analysis = Analysis.model_validate({"id": "line", "outcome": "ndi", "at": "week12", **line})
    return estimator(analysis.estimator)(cohort, analysis).frame


def of(frame: pd.DataFrame, statistic: str) -> pd.DataFrame:
    return frame.loc[frame["statistic"] == statistic].reset_index(drop=True)


@pytest.fixture
def trial() -> Cohort:
    """80 and 70 people, of whom 48 and 56 halve a score of 20: the example of Newcombe (1998)."""
    arm = ["drug"] * 80 + ["block"] * 70
    after = [10.0] * 48 + [11.0] * 32 + [9.0] * 56 + [20.0] * 14
    return cohort_of(arm, [20.0] * 150, after)


@pytest.fixture
def smooth() -> Cohort:
    rng = np.random.default_rng(2)
    arm = rng.choice(["drug", "block"], 200)
    age = np.where(arm == "drug", rng.integers(18, 70, 200), rng.integers(35, 90, 200))
    before = rng.uniform(10, 30, 200)
    after = 0.5 * before + 0.01 * (age - 50) ** 2 * (arm == "block") + rng.normal(0, 1, 200)
    return cohort_of(list(arm), list(before), list(after), age_years=list(age), site=list(rng.choice(["x", "y"], 200)))


def test_crude_responders(trial: Cohort) -> None:
    frame = run(trial, estimator="responder", response=Response(percent=50))
    risks, difference, needed = of(frame, "risk"), of(frame, "risk_difference"), of(frame, "nnt")
    assert risks[["group", "events", "n"]].to_numpy().tolist() == [["drug", 48, 80], ["block", 56, 70]]
    np.testing.assert_allclose(risks["estimate"], [0.6, 0.8], rtol=1e-12)
    assert difference[["group", "reference", "events", "n"]].to_numpy().tolist() == [["block", "drug", 104, 150]]
    # four digits as Newcombe (1998) prints them
    np.testing.assert_allclose(difference[["conf_low", "conf_high"]], [[0.0524, 0.3339]], atol=5e-5)
    np.testing.assert_allclose(needed["estimate"], [5], rtol=1e-12)
    np.testing.assert_allclose(needed["conf_low"], 1 / difference["conf_high"], rtol=1e-12)
    np.testing.assert_allclose(needed["conf_high"], 1 / difference["conf_low"], rtol=1e-12)
    assert set(frame["method"]) == {"Proportions, Newcombe interval"}
    assert of(frame, "missing")["n"].tolist() == [0, 0]


def test_an_interval_that_includes_0_has_no_number_needed() -> None:
    few = cohort_of(["drug"] * 10 + ["block"] * 10, [20.0] * 20, [10.0] * 5 + [20.0] * 5 + [10.0] * 6 + [20.0] * 4)
    needed = of(run(few, estimator="responder", response=Response(percent=50)), "nnt")
    np.testing.assert_allclose(needed["estimate"], [10], rtol=1e-9)
    assert needed[["conf_low", "conf_high"]].isna().all(axis=None)
    assert needed["note"].tolist() == ["the interval of the risk difference includes 0"]


def test_fewer_responders_than_in_the_reference_is_a_harm(trial: Cohort) -> None:
    turned = replace(trial, cases=trial.cases.assign(arm=trial.cases["arm"].cat.rename_categories(["block", "drug"])))
    turned = replace(
        turned, cases=turned.cases.assign(arm=turned.cases["arm"].cat.reorder_categories(["drug", "block"]))
    )
    frame = run(turned, estimator="responder", response=Response(percent=50))
    np.testing.assert_allclose(of(frame, "risk_difference")["estimate"], [-0.2], rtol=1e-12)
    needed = of(frame, "nnt")
    assert "harm" in needed["note"][0]
    assert 0 < needed["conf_low"][0] < needed["estimate"][0] < needed["conf_high"][0]


def test_who_is_not_seen_is_counted_and_not_in_the_denominator(trial: Cohort) -> None:
    lost = trial.visits.assign(ndi=trial.visits["ndi"].where(trial.visits.index != 0))
    unseen = replace(trial, visits=lost.loc[lost.index != 1].reset_index(drop=True))
    frame = run(unseen, estimator="responder", response=Response(percent=50))
    assert of(frame, "risk")["n"].tolist() == [78, 70]
    assert of(frame, "missing")[["group", "n"]].to_numpy().tolist() == [["drug", 2], ["block", 0]]


@pytest.mark.parametrize(
    ("outcome", "before", "after", "response", "expected"),
    [
        ("ndi", 20, 10, Response(percent=50), 1),
        ("ndi", 20, 10.1, Response(percent=50), 0),
        ("ndi", 0, 0, Response(percent=50), np.nan),
        ("ndi", np.nan, 3, Response(percent=50), np.nan),
        ("ndi", 20, np.nan, Response(percent=50), np.nan),
        ("ndi", 20, 14.5, Response(by="mcid"), 1),
        ("ndi", 20, 14.6, Response(by="mcid"), 0),
        # 7.1 - 4.6 is 2.4999999999999996 in binary
        ("pain_nprs", 7.1, 4.6, Response(by=2.5), 1),
        ("rom_flexion_deg", 40, 60, Response(percent=50), 1),
        ("rom_flexion_deg", 40, 20, Response(percent=50), 0),
        ("rom_flexion_deg", 40, 49, Response(by=10), 0),
    ],
)
def test_who_responds(outcome: str, before: float, after: float, response: Response, expected: float) -> None:
    people = pd.DataFrame({f"{outcome}_baseline": [before], outcome: [after]})
    got = responded(people, outcome, study().instruments[outcome], response)
    np.testing.assert_array_equal(got, [expected])


def test_no_known_mcid_is_a_row_with_the_reason() -> None:
    cohort = cohort_of(["drug", "block"] * 20, [60.0] * 40, [50.0] * 40, outcome="hit6")
    frame = run(cohort, estimator="responder", outcome="hit6", response=Response(by="mcid"))
    assert frame["note"].tolist() == ["not estimable: no minimal important change of hit6 is known"]
    assert frame["outcome"].tolist() == ["hit6"]


def test_separation_is_a_row_with_the_columns() -> None:
    arm = ["drug"] * 30 + ["block"] * 30
    age = list(np.linspace(20, 70, 60))
    cohort = cohort_of(arm, [20.0] * 60, [20.0] * 30 + [5.0] * 30, age_years=age)
    line = {"estimator": "responder", "response": Response(percent=50), "covariates": ("age_years",)}
    frame = run(cohort, **line, baseline=False)
    assert "perfect separation of responded" in frame["note"][0]


def test_one_outcome_that_fails_does_not_stop_the_others(smooth: Cohort) -> None:
    flat = replace(smooth, cases=smooth.cases.assign(hit6_baseline=60.0), visits=smooth.visits.assign(hit6=50.0))
    frame = run(flat, estimator="ancova", outcome=("hit6", "ndi"))
    assert frame.loc[frame["outcome"] == "hit6", "note"].str.startswith("not estimable: ").tolist() == [True]
    assert frame.loc[frame["outcome"] == "ndi", "estimate"].notna().all()


def test_an_arm_without_values_is_a_row_with_the_reason(smooth: Cohort) -> None:
    three = smooth.study.model_copy(
        update={"arms": (*smooth.study.arms, smooth.study.arms[0].model_copy(update={"id": "rest"}))}
    )
    cases = smooth.cases.assign(arm=pd.Categorical(smooth.cases["arm"], three.arm_ids))
    frame = run(replace(smooth, study=three, cases=cases), estimator="ancova")
    rest = frame.loc[frame["group"] == "rest"]
    assert rest["note"].str.startswith("not estimable: nobody").tolist() == [True]
    assert rest["estimate"].isna().all()
    assert len(of(frame, "mean_difference")) == 1


def test_the_baseline_is_a_covariate_unless_the_plan_says_not(smooth: Cohort) -> None:
    seen = smooth.at("week12")
    for baseline, formula in [(True, "ndi ~ arm + ndi_baseline + site"), (False, "ndi ~ arm + site")]:
        frame = run(smooth, estimator="ancova", covariates=("site",), baseline=baseline)
        expected = marginal_means(ancova(formula, seen), "arm", weights="proportional")
        np.testing.assert_allclose(of(frame, "marginal_mean")["estimate"], expected["estimate"], rtol=1e-12)


def test_the_level_of_confidence_is_the_studys(smooth: Cohort) -> None:
    ninety = replace(smooth, study=smooth.study.model_copy(update={"conf_level": 0.9}))
    wide, narrow = run(smooth, estimator="ancova"), run(ninety, estimator="ancova")
    assert (of(narrow, "mean_difference")["conf_level"] == 0.9).all()
    assert (of(narrow, "mean_difference")["conf_high"] < of(wide, "mean_difference")["conf_high"]).all()


def test_age_curves_stay_within_each_arms_own_ages(smooth: Cohort) -> None:
    frame = run(smooth, estimator="age_response", covariates=("site", "age_years"))
    curves = of(frame, "marginal_mean")
    seen = smooth.at("week12")
    for arm, own in curves.groupby("group"):
        ages = seen.loc[seen["arm"] == arm, "age_years"]
        shown = own["subgroup"].str.removeprefix("age_years=").astype(int)
        expected = range(int(np.ceil(ages.quantile(0.05))), int(np.floor(ages.quantile(0.95))) + 1)
        assert shown.tolist() == list(expected)
        assert set(own["n"]) == {len(ages)}
    assert of(frame, "joint_test")["df"].tolist() == [3]
    assert of(frame, "joint_test")["p_value"][0] < 0.001


def test_an_age_curve_is_what_its_model_predicts(smooth: Cohort) -> None:
    curves = of(run(smooth, estimator="age_response"), "marginal_mean")
    seen = smooth.at("week12")
    fit = ancova("ndi ~ arm * cr(age_years, df=3, constraints='center') + ndi_baseline", seen)
    people = pd.DataFrame({"arm": ["block"] * 2, "age_years": [45, 60], "ndi_baseline": seen["ndi_baseline"].mean()})
    people["arm"] = people["arm"].astype(seen["arm"].dtype)
    predicted = np.asarray(fit.spec.get_model_matrix(people), dtype=float) @ fit.coef
    block = curves.loc[curves["group"] == "block"].set_index("subgroup")["estimate"]
    np.testing.assert_allclose(block.loc[["age_years=45", "age_years=60"]], predicted, rtol=1e-10)


def test_a_subgroup_is_in_every_row(smooth: Cohort) -> None:
    part = smooth.within("site", "x")
    for name in ("ancova", "age_response", "responder"):
        frame = run(part, estimator=name, response=Response(percent=50))
        assert frame["subgroup"].str.startswith("site=x").all()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"estimator": "ancova", "at": None}, "names no visit"),
        ({"estimator": "ancova", "outcome": ()}, "names no outcome"),
        ({"estimator": "responder"}, "says not who responds"),
        ({"estimator": "mmmrm"}, "Known: ancova"),
    ],
)
def test_a_line_that_cannot_be_meant(line: dict, words: str, smooth: Cohort) -> None:
    with pytest.raises(StudyError) as caught:
        run(smooth, **line)
    assert words in str(caught.value)


def test_every_registered_module_has_an_adapter() -> None:
    assert all(callable(estimator(name)) for name in ESTIMATORS)


def test_published_intervals_of_proportions() -> None:
    # Newcombe (1998), single proportions: 81/263, 15/148, 0/20, 1/29, Wilson's score interval, printed to four digits
    p = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    np.testing.assert_allclose(p.conf_low, [0.2553, 0.0624, 0.0000, 0.0061], atol=5e-5)
    np.testing.assert_allclose(p.conf_high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)
    # Newcombe (1998), differences: the hybrid score interval
    d = newcombe([56, 9, 6], [70, 10, 7], [48, 3, 2], [80, 10, 7])
    np.testing.assert_allclose(d.conf_low, [0.0524, 0.1705, 0.0582], atol=5e-5)
    np.testing.assert_allclose(d.conf_high, [0.3339, 0.8090, 0.8062], atol=5e-5)


def test_nobody_has_no_proportion() -> None:
    p = wilson([0, 2], [0, 4])
    assert np.isnan(p.estimate[0])
    assert np.isnan(p.conf_high[0])
    assert np.isnan(newcombe([0], [0], [2], [4]).p_value[0])
    assert np.isnan(newcombe([0], [5], [0], [4]).p_value[0])


def test_few_ages_bear_no_curve() -> None:
    cohort = cohort_of(["drug", "block"] * 15, [20.0] * 30, [10.0] * 30, age_years=[30, 40, 50] * 10)
    frame = run(cohort, estimator="age_response")
    assert frame["note"].tolist() == [
        "not estimable: 3 distinct age(s) do not bear a curve of three degrees of freedom"
    ]
