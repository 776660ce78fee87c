"""Slopes, means over people as they are, and differences of differences, against arithmetic on the coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.ancova import LinearFit, ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means, marginal_slopes
from cgh_analysis.models.mmrm import MmrmFit, mmrm


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = 240
    frame = pd.DataFrame(
        {
            "id": np.repeat(np.arange(n // 3), 3),
            "arm": np.repeat(rng.choice(["a", "b", "c"], n // 3), 3),
            "visit": ["v1", "v2", "v3"] * (n // 3),
            "week": [4.0, 8.0, 12.0] * (n // 3),
            "age": np.repeat(rng.normal(45, 12, n // 3), 3),
            "sex": np.repeat(rng.choice(["f", "m"], n // 3, p=[0.7, 0.3]), 3),
        }
    )
    noise = np.repeat(rng.normal(size=n // 3), 3) + rng.normal(size=n)
    return frame.assign(y=noise + 0.1 * frame["week"] * (frame["arm"] == "b") + 0.05 * frame["age"])


@pytest.fixture(scope="module")
def crossed(data: pd.DataFrame) -> LinearFit:
    return ancova("y ~ arm * week + arm * age + sex", data, covariance="classical")


@pytest.fixture(scope="module")
def repeated(data: pd.DataFrame) -> MmrmFit:
    return mmrm("y ~ arm * visit + age * arm + sex", data.drop(index=[4, 11, 200]), subject="id", visit="visit")


def test_slopes_are_sums_of_coefficients(crossed: LinearFit) -> None:
    slopes = marginal_slopes(crossed, "week", by="arm")
    coef = dict(zip(crossed.terms, crossed.coef, strict=True))
    expected = [coef["week"], coef["week"] + coef["arm[T.b]:week"], coef["week"] + coef["arm[T.c]:week"]]
    # a central difference of a thousandth of the range loses six digits of sixteen
    np.testing.assert_allclose(slopes["estimate"], expected, rtol=1e-9)
    np.testing.assert_allclose(slopes["std_error"].iloc[0], np.sqrt(crossed.vcov.loc["week", "week"]), rtol=1e-9)


def test_slopes_are_compared(crossed: LinearFit) -> None:
    table = contrasts(crossed, "arm", slope="week")
    own = crossed.coefficients().loc["arm[T.b]:week"]
    first = table.set_index("contrast").loc["b - a"]
    np.testing.assert_allclose(
        first[["estimate", "std_error", "p_value"]], own[["estimate", "std_error", "p_value"]], rtol=1e-8
    )


def test_a_slope_of_a_curve_is_that_at_a_place(data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm + age + I(age**2)", data)
    coef = dict(zip(fit.terms, fit.coef, strict=True))
    at = marginal_slopes(fit, "age", at={"age": 60.0})["estimate"].iloc[0]
    assert at == pytest.approx(coef["age"] + 120 * coef["I(age ** 2)"], rel=1e-8)


@pytest.mark.parametrize("number", ["sex", "nothing"])
def test_no_slope_over_what_is_no_number(crossed: LinearFit, number: str) -> None:
    with pytest.raises(ArgumentError):
        marginal_slopes(crossed, number)


def test_means_over_people_as_they_are(crossed: LinearFit, data: pd.DataFrame) -> None:
    means = marginal_means(crossed, "arm", weights="observed")
    for place, arm in enumerate(["a", "b", "c"]):
        x = np.asarray(crossed.spec.get_model_matrix(data.assign(arm=arm)), dtype=float)
        assert means["estimate"].iloc[place] == pytest.approx((x @ crossed.coef).mean(), rel=1e-12)
        row = x.mean(axis=0)
        assert means["std_error"].iloc[place] == pytest.approx(
            np.sqrt(row @ crossed.covariance_of_coef @ row), rel=1e-12
        )


def test_people_count_once_however_often_they_were_seen(repeated: MmrmFit) -> None:
    means = marginal_means(repeated, "arm", by="visit", weights="observed")
    people = repeated.data.drop_duplicates("id")
    assert len(people) == repeated.n_subjects
    x = np.asarray(repeated.spec.get_model_matrix(people.assign(arm="b", visit="v3")), dtype=float)
    own = means.loc[(means["arm"] == "b") & (means["visit"] == "v3"), "estimate"].iloc[0]
    assert own == pytest.approx((x @ repeated.coef).mean(), rel=1e-12)


def test_without_interactions_the_difference_is_the_same_over_anybody(data: pd.DataFrame) -> None:
    fit = ancova("y ~ arm + age + sex", data)
    observed, equal = (contrasts(fit, "arm", weights=w) for w in ("observed", "equal"))  # type: ignore[arg-type]
    np.testing.assert_allclose(observed["estimate"], equal["estimate"], rtol=1e-10)
    np.testing.assert_allclose(observed["std_error"], equal["std_error"], rtol=1e-10)


def test_differences_of_differences(repeated: MmrmFit) -> None:
    simple = contrasts(repeated, "arm", by="visit").set_index(["contrast", "visit"])["estimate"]
    crossed = contrasts(repeated, ["arm", "visit"], interaction=True).set_index("contrast")
    assert len(crossed) == 9
    expected = simple["c - b", "v3"] - simple["c - b", "v1"]
    assert crossed.loc["c - b, v3 - v1", "estimate"] == pytest.approx(expected, rel=1e-10)
    own = repeated.coefficients().loc["arm[T.b]:visit[T.v2]"]
    assert crossed.loc["b - a, v2 - v1", ["estimate", "std_error", "df"]].tolist() == pytest.approx(
        own[["estimate", "std_error", "df"]].tolist(), rel=1e-9
    )


@pytest.mark.parametrize("how", [{"factor": "arm"}, {"factor": ["arm", "visit"], "adjust": "tukey"}])
def test_differences_of_differences_need_two_factors(repeated: MmrmFit, how: dict) -> None:
    with pytest.raises(ArgumentError):
        contrasts(repeated, interaction=True, **how)


def test_all_terms_are_tested_where_none_is_named(repeated: MmrmFit) -> None:
    table = joint_test(repeated)
    assert table["term"].tolist() == ["arm", "visit", "age", "sex", "arm:visit", "age:arm"]
    assert table["num_df"].tolist() == [2, 2, 1, 1, 4, 2]
    pd.testing.assert_frame_equal(table.iloc[[4]].reset_index(drop=True), joint_test(repeated, "arm:visit"))
