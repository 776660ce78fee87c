"""Many rows are coded a batch at a time: the same design, whatever the batch."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models import matrices
from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.design import design
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.survival.cox import cox


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    n = 90
    frame = pd.DataFrame({"arm": pd.Categorical(rng.choice(["b", "c", "a"], n), ["c", "a", "b"])})
    # levels that come late, and a number as a category
    frame["site"] = np.where(np.arange(n) % 30 > 25, "late", np.where(np.arange(n) % 2, "here", "away"))
    frame["week"] = np.repeat([12, 4, 8], 30)
    frame["flag"] = np.arange(n) > 80
    frame["age"] = rng.normal(45, 12, n)
    frame["day"], frame["gone"] = rng.exponential(100, n), rng.random(n) < 0.7
    frame["y"] = rng.normal(size=n) + frame["age"] / 20
    return frame.set_index(pd.Index([*"ab"] * 45))


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ arm * age + site + flag",
        "y ~ C(week, contr.treatment(8)) * arm + age",
        "y ~ 0 + site + C(arm, contr.sum):age",
        "y ~ age",
        "y ~ 1",
        # what looks at a whole column is made of the whole column
        "y ~ scale(age) + arm",
        "log(y + 10) ~ poly(age, 2) * site",
    ],
)
def test_batches_make_the_design_of_the_whole(
    data: pd.DataFrame, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = design(formula, data, keep=["arm"])
    monkeypatch.setattr(matrices, "BATCH", 7)
    parts = design(formula, data, keep=["arm"])
    assert parts.terms == whole.terms
    np.testing.assert_array_equal(parts.matrix, whole.matrix)
    np.testing.assert_array_equal(parts.response, whole.response)
    new = data.iloc[[5, 85]]
    pd.testing.assert_frame_equal(
        pd.DataFrame(parts.spec.get_model_matrix(new)), pd.DataFrame(whole.spec.get_model_matrix(new))
    )


def test_models_of_batches(data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    def fits() -> list[pd.DataFrame]:
        fit = ancova("y ~ arm * site + age", data)
        hazards = cox("arm + age", data, time="day", event="gone").coefficients()
        return [fit.coefficients(), marginal_means(fit, "arm"), hazards]

    whole = fits()
    monkeypatch.setattr(matrices, "BATCH", 7)
    for one, other in zip(whole, fits(), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_transform_that_fails_in_a_late_batch_is_named(data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "BATCH", 7)
    wrong = data.assign(age=np.where(np.arange(len(data)) == 80, -1.0, 40.0 + np.arange(len(data))))
    with pytest.raises(ArgumentError, match=r"log.*not finite"):
        ancova("y ~ np.log(age)", wrong)


def test_the_products_of_a_design_are_its_own(data: pd.DataFrame) -> None:
    for formula, survival in (("y ~ arm * site + age", False), ("arm + age", True)):
        d = design(formula, data, survival=survival)
        np.testing.assert_allclose(d.products, d.matrix.T @ d.matrix, rtol=1e-12)
