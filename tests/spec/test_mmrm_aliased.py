"""Aliased columns are dropped only when told, are named, and what depends on them is not estimable."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.mmrm import MmrmFit, mmrm

FORMULA = "y ~ arm * visit + x"
EMPTY = "arm[T.b]:visit[T.v2]"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    n, m = 48, 3
    rows = pd.DataFrame({"id": np.repeat(np.arange(n), m), "visit": np.tile(["v0", "v1", "v2"], n)})
    rows["arm"] = np.array(["a", "b", "c"])[rows["id"] % 3]
    rows["x"] = rng.normal(size=n)[rows["id"]]
    rows["y"] = rng.normal(size=n)[rows["id"]] + rng.normal(size=n * m) + rows["x"]
    return rows


@pytest.fixture(scope="module")
def lost(data: pd.DataFrame) -> pd.DataFrame:
    """Arm b has nobody at the last visit."""
    return data.loc[~((data["arm"] == "b") & (data["visit"] == "v2"))]


def fitted(data: pd.DataFrame, formula: str = FORMULA, **options: object) -> MmrmFit:
    return mmrm(formula, data, subject="id", visit="visit", **{"aliased": "drop", **options})  # type: ignore[arg-type]


def test_a_column_that_others_determine(data: pd.DataFrame) -> None:
    more = data.assign(z=3 - 2 * data["x"])
    with pytest.raises(NotEstimable, match="columns z are determined"):
        fitted(more, FORMULA + " + z", aliased="refuse")
    fit, plain = fitted(more, FORMULA + " + z"), fitted(data)
    assert (fit.dropped, plain.dropped) == (("z",), ())
    table = fit.coefficients()
    assert table.loc["z"].isna().all()
    pd.testing.assert_frame_equal(table.drop(index="z"), plain.coefficients())
    np.testing.assert_allclose([fit.log_likelihood, fit.aicc], [plain.log_likelihood, plain.aicc])
    np.testing.assert_allclose(fit.fitted, plain.fitted)
    assert fit.rows().frame["estimate"].isna().sum() == 1


@pytest.mark.parametrize("df", ["satterthwaite", "kenward-roger-linear", "kenward-roger", "between-within", "residual"])
def test_means_that_do_not_need_the_dropped_column_stay_what_they_are(data: pd.DataFrame, df: str) -> None:
    more = data.assign(z=3 - 2 * data["x"])
    for vcov in ("asymptotic", "empirical-jackknife") if not df.startswith("kenward") else ("asymptotic",):
        fit, plain = fitted(more, FORMULA + " + z", df=df, vcov=vcov), fitted(data, df=df, vcov=vcov)
        columns = ["estimate", "std_error", "df"]
        one, other = (contrasts(f, "arm", by="visit")[columns] for f in (fit, plain))
        pd.testing.assert_frame_equal(one, other, rtol=1e-8)
        test = joint_test(fit, "arm")
        np.testing.assert_allclose(test["statistic"], joint_test(plain, "arm")["statistic"], rtol=1e-6)


def test_a_cell_in_which_nobody_is(lost: pd.DataFrame) -> None:
    with pytest.raises(NotEstimable, match="no row in the cell arm=b, visit=v2"):
        fitted(lost, aliased="refuse")
    fit = fitted(lost)
    assert fit.dropped == (EMPTY,)
    there = contrasts(fit, "arm", at={"visit": "v1"})
    assert np.isfinite(there["std_error"]).all()
    for call in (
        lambda: marginal_means(fit, "arm", by="visit"),
        lambda: contrasts(fit, "arm", at={"visit": "v2"}),
        lambda: joint_test(fit, "arm:visit"),
        lambda: fit.predict(pd.DataFrame({"arm": ["b"], "visit": ["v2"], "x": [0.0]})),
    ):
        with pytest.raises(NotEstimable) as error:
            call()
        assert EMPTY in error.value.message
    # what is seen can be predicted
    assert np.isfinite(fit.predict(lost.iloc[:5])["estimate"]).all()


def test_dropping_is_told_in_a_word_that_is_known(data: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError, match="aliased='yes'"):
        fitted(data, aliased="yes")


def test_with_nothing_to_drop_it_is_the_same_fit(data: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(fitted(data).coefficients(), fitted(data, aliased="refuse").coefficients())
