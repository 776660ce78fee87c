"""What the linear models refuse, and what they call not estimable, in words that name the place."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.gee import gee
from cgh_analysis.models.glm import glm
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.standardise import standardised

FORMULA = "y ~ arm + age + C(clinic)"


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 90
    arm = rng.choice(["a", "b", "c"], n)
    clinic = rng.integers(1, 4, n)
    age = rng.normal(45, 12, n)
    practice = rng.integers(0, 15, n)
    y = 3 + 2 * (arm == "b") + 0.1 * age + clinic + rng.normal(0, 1, 15)[practice] + rng.normal(0, 1 + 0.03 * age, n)
    frame = pd.DataFrame({"arm": arm, "clinic": clinic, "age": age, "practice": practice, "y": y})
    return frame.assign(well=(y > 9).astype(int), weight=rng.uniform(0.5, 2, n))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: ancova(FORMULA, d, covariance="HC9"), "HC9"),
        (lambda d: ancova(FORMULA, d, covariance="CR2"), "cluster"),
        (lambda d: ancova(FORMULA, d, cluster="practice"), "cluster"),
        (lambda d: ancova("y ~ arm + wrong", d), "wrong"),
        (lambda d: ancova("arm + age", d), "no outcome"),
        (lambda d: ancova("y ~ arm +", d), "cannot be read"),
        (lambda d: ancova("arm ~ age", d), "not a number"),
        (lambda d: ancova("y ~ np.log(age - 45)", d), "not finite"),
        (lambda d: ancova(FORMULA, d.assign(age=d["age"].where(d.index > 0, np.inf))), "row(s) 0"),
        (lambda d: ancova(FORMULA, d.assign(weight=d["weight"] - 0.6), weights="weight"), "not positive"),
        (lambda d: gee(FORMULA, d, subject="practice", correlation="ar1"), "visit="),
        (lambda d: gee(FORMULA, d, subject="practice", visit="clinic"), "given twice"),
        (lambda d: gee(FORMULA, d.assign(v=d["age"]), subject="practice", visit="v", correlation="ar1"), "no order"),
        (lambda d: gee("clinic ~ arm", d, subject="practice", family="binomial"), "not binomial"),
        (lambda d: glm("y ~ arm", d, family="poisson"), "not poisson"),
        (lambda d: glm("well ~ arm", d, family="gamma"), "gamma"),
        (lambda d: marginal_means(ancova(FORMULA, d), "practice"), "practice"),
        (lambda d: marginal_means(ancova(FORMULA, d), "arm", at={"clinic": 9}), "no level 9"),
        (lambda d: marginal_means(ancova(FORMULA, d), "arm", weights="cells"), "cells"),
        (lambda d: contrasts(ancova(FORMULA, d), "arm", adjust="tukey", reference="a"), "tukey"),
        (lambda d: contrasts(ancova(FORMULA, d), "arm", adjust="dunnett"), "dunnett"),
        (lambda d: contrasts(ancova(FORMULA, d), "arm", reference="z"), "'z'"),
        (lambda d: joint_test(ancova(FORMULA, d), "arm:age"), "arm:age"),
        (lambda d: joint_test(ancova(FORMULA, d), "wrong"), "wrong"),
        (lambda d: standardised(ancova(FORMULA, d), "age"), "age"),
    ],
)
def test_what_is_refused(call, words: str, data: pd.DataFrame) -> None:
    with pytest.raises(ArgumentError) as caught:
        call(data)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: ancova("y ~ arm + age + twice", d.assign(twice=2 * d["age"])), "twice"),
        (lambda d: ancova("y ~ arm * C(clinic)", d.query("arm != 'b' or clinic != 2")), "arm=b, clinic=2"),
        (lambda d: ancova("y ~ arm", d.query("arm == 'a'")), "arm (a)"),
        (lambda d: ancova("y ~ arm", d.assign(y=4.0)), "without error"),
        (lambda d: ancova("y ~ arm", d.assign(y=np.nan)), "no row"),
        (lambda d: ancova("y ~ arm", d.groupby("arm").head(1)), "degrees of freedom"),
        (lambda d: ancova("y ~ arm", d.drop(d.index[d["arm"] == "c"][1:])), "determine a coefficient alone"),
        (lambda d: ancova("y ~ arm", d.assign(practice=1), covariance="CR1", cluster="practice"), "one practice"),
        (lambda d: ancova("y ~ arm", d, covariance="CR2", cluster="arm"), "CR2 is not defined"),
        (lambda d: glm("well ~ arm", d.assign(well=(d["arm"] == "b").astype(int))), "perfect separation"),
        (lambda d: glm("well ~ arm + age", d.assign(well=(d["age"] > 45).astype(int))), "age"),
        (lambda d: glm("well ~ arm", d.assign(well=1)), "1 in every row"),
        (lambda d: glm("well ~ arm", d.assign(well=d["well"] * (d["arm"] == "a"))), "arm[T.b]"),
        (lambda d: glm("n ~ arm", d.assign(n=d["well"] * (d["arm"] != "c")), family="poisson"), "arm[T.c]"),
        (lambda d: gee("y ~ arm", d.assign(id=d.index), subject="id"), "no cluster has two rows"),
        (lambda d: gee("y ~ arm", d, subject="clinic"), "3 subjects do not determine"),
        (lambda d: gee("y ~ arm + age", d.assign(y=2 * d["age"]), subject="practice"), "without error"),
        (
            lambda d: joint_test(ancova("y ~ C(practice)", d, covariance="CR0", cluster="clinic"), "practice"),
            "too few clusters",
        ),
        (
            lambda d: gee("w ~ arm", d.assign(w=d["well"] * (d["arm"] == "a")), subject="practice", family="binomial"),
            "perfect separation",
        ),
    ],
)
def test_what_the_data_do_not_determine(call, words: str, data: pd.DataFrame) -> None:
    with pytest.raises(NotEstimable) as caught:
        call(data)
    assert words in str(caught.value)
