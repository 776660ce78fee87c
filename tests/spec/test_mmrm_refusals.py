"""What mmrm(), mixed() and clda() refuse: every kind of bad input in words that name the rows, levels and counts."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.clda import clda
from cgh_analysis.models.mixed import mixed
from cgh_analysis.models.mmrm import mmrm
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError
from tests.spec.test_plan_adapters import cohort_of, run

FORMULA = "y ~ arm * visit + y0"
KEYS = {"subject": "id", "visit": "visit"}
Frame = pd.DataFrame


@pytest.fixture(scope="module")
def data() -> Frame:
    rng = np.random.default_rng(3)
    n, m = 60, 4
    frame = pd.DataFrame({"id": np.repeat(np.arange(n), m), "week": np.tile([2.0, 4.0, 8.0, 12.0], n)})
    frame["visit"] = pd.Categorical(frame["week"].map("w{:02.0f}".format))
    frame["arm"] = pd.Categorical(np.array(["a", "b", "c"])[frame["id"] % 3])
    frame["y0"] = rng.normal(size=n)[frame["id"]]
    frame["y"] = rng.normal(size=n * m) + rng.normal(size=n)[frame["id"]] + frame["y0"]
    return frame.loc[rng.random(n * m) > 0.1].reset_index(drop=True)


def fit(d: Frame, formula: str = FORMULA, **options: object) -> object:
    return mmrm(formula, d, **{**KEYS, **options})  # type: ignore[arg-type]


def refused(call: Callable[[], object], kind: type[Exception], *words: str) -> None:
    with pytest.raises(kind) as error:
        call()
    for word in words:
        assert word in str(error.value), str(error.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: fit(pd.concat([d, d.iloc[[3, 5]]])), ["id and visit are given twice", "row(s) 3, 5"]),
        (lambda d: fit(d.assign(y=d["y"].where(d.index != 3, np.inf))), ["'y' has 1 infinite", "row(s) 3"]),
        (lambda d: fit(d.assign(y0=d["y0"].where(d.index > 1, -np.inf))), ["'y0' has 2 infinite", "row(s) 0, 1"]),
        (lambda d: fit(d.assign(id=d["id"].where(d.index != 4))), ["'id' is missing in 1 row", "row(s) 4"]),
        (lambda d: fit(d.assign(visit=d["visit"].where(d.index != 4))), ["'visit' is missing in 1 row", "row(s) 4"]),
        (lambda d: fit(d.assign(g=np.where(d.index == 4, "x", "y")), group="g"), ["several groups of g", "row(s)"]),
        (lambda d: fit(d.assign(w=np.where(d.index == 4, 0, 1.0)), weights="w"), ["1 value", "not positive", "4"]),
        (lambda d: fit(d.assign(w=-1.0), weights="w"), ["not positive", "row(s) 0, 1, 2, 3, 4, ..."]),
        (lambda d: fit(d.assign(w=np.where(d.index == 4, np.nan, 1.0)), weights="w"), ["'w' is missing", "row(s) 4"]),
        (lambda d: fit(d.assign(w="much"), weights="w"), ["'w' is no number"]),
        (lambda d: fit(d, covariance="sp_exp", day="arm"), ["'arm' is no number"]),
        (lambda d: fit(d, covariance="vc"), ["covariance='vc' is not known", "toeph"]),
        (lambda d: fit(d, covariance=["us", 3]), ["covariance=3"]),
        (lambda d: fit(d, covariance=[]), ["names no structure"]),
        (lambda d: fit(d, covariance="sp_exp"), ["'sp_exp'", "day=None"]),
        (lambda d: fit(d, day="week"), ["'us'", "day='week'"]),
        (lambda d: fit(d, covariance=["sp_exp", "us"], day="week"), ["in a ladder"]),
        (lambda d: fit(d, covariance="sp_exp", day="week", group="arm"), ["group='arm'"]),
        (lambda d: fit(d, df="kenward"), ["df='kenward' is not known", "kenward-roger-linear"]),
        (lambda d: fit(d, vcov="HC3"), ["vcov='HC3' is not known"]),
        (lambda d: fit(d, method="REML"), ["method='REML' is not known"]),
        (lambda d: fit(d, df="kenward-roger", method="ml"), ["method='ml'", "one of REML"]),
        (lambda d: fit(d, df="kenward-roger-linear", vcov="empirical"), ["vcov='empirical'"]),
        (lambda d: mmrm(FORMULA, d, subject="patient", visit="visit"), ["no column 'patient'"]),
        (lambda d: fit(d, "arm * visit"), ["no outcome"]),
        (lambda d: fit(d.assign(y=d["y"].astype(str))), ["not a number"]),
        (lambda d: mmrm(FORMULA, d.to_dict(), **KEYS), ["data is a dict"]),
        (lambda d: mmrm(FORMULA, d, subject="id", visit="id"), ["given twice"]),
        (lambda d: fit(d.assign(week=range(len(d))), visit="week"), ["visits are too many"]),
        (lambda d: mixed("y ~ arm", d, subject="id", random="1 +"), ["cannot be read"]),
        (lambda d: mixed("y ~ arm", d, subject="id", df="kenward-roger", method="ml"), ["method='ml'"]),
        (lambda d: clda("y", d, arm="arm", baseline="w00", **KEYS), ["No row is at the visit 'w00'"]),
        (lambda d: clda("y", d, arm="arm", baseline="w02", covariance="sp_exp", **KEYS), ["sp_exp"]),
    ],
)
def test_arguments_are_refused_by_name(data: Frame, call: Callable[[Frame], object], words: list[str]) -> None:
    refused(lambda: call(data), ArgumentError, *words)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: fit(d.assign(y=d["y"].where(d["visit"] != "w08"))), ["visit w08", "missing is y in"]),
        (lambda d: fit(d.loc[~((d["visit"] == "w08") & (d["arm"] == "b"))]), ["no row in the cell arm=b, visit=w08"]),
        (lambda d: fit(d.assign(z=2 * d["y0"] + 1), FORMULA + " + z"), ["columns z are determined by the others"]),
        (lambda d: fit(d.loc[d["id"] < 9]), ["9 subjects", "10 parameters", "'us'"]),
        (lambda d: fit(d.loc[d["id"] < 25], group="arm"), ["25 subjects", "30 parameters"]),
        (lambda d: fit(d.assign(y=3.0)), ["the same in every row"]),
        (lambda d: fit(d.assign(y=1e9)), ["the same in every row"]),
        (lambda d: fit(d.assign(y=2 * d["y0"])), ["terms determine the outcome"]),
        (lambda d: fit(d.assign(y=d["y"].where(d["visit"] != "w04", 3.0))), ["same in every row at w04"]),
        (lambda d: fit(d.assign(y0=d["y0"].where(d["arm"] != "b"))), ["no row of arm b", "missing is y0 in"]),
        (lambda d: fit(d.assign(y0=d["y0"].where(d["arm"] == "b"))), ["only one level is left of arm (b)"]),
        (lambda d: fit(d.assign(y0=d["y0"].where(d["arm"] != "b")), "y ~ arm + y0"), ["no row of arm b"]),
        (lambda d: fit(d.assign(y=np.nan)), ["no row in which all"]),
        (lambda d: fit(d.iloc[:0]), ["no row in which all"]),
        (lambda d: fit(d.drop_duplicates("id"), "y ~ arm", covariance="toep"), ["nobody was seen at two visits"]),
        (lambda d: fit(d.loc[d["visit"] == "w02"], "y ~ arm", covariance="cs"), ["with one visit", "'us'"]),
        (lambda d: fit(halves(d), "y ~ arm"), ["nobody was seen at both w02 and w08"]),
        (lambda d: fit(halves(d), "y ~ arm", covariance="toeph"), ["two visits that are 2 apart"]),
        (lambda d: fit(halves(d), "y ~ arm", covariance="ad"), ["before and from w08 on"]),
        (lambda d: fit(unseen(d), "y ~ visit", group="arm", covariance="csh"), ["nobody in b was seen at w12"]),
        (lambda d: mixed("y ~ arm", d.loc[d["id"] < 2], subject="id"), ["2 subjects"]),
        (lambda d: mixed("y ~ arm", d.assign(k=1.0), subject="id", random="1 + k"), ["random effects k"]),
    ],
)
def test_what_data_do_not_determine_is_told(data: Frame, call: Callable[[Frame], object], words: list[str]) -> None:
    refused(lambda: call(data), NotEstimable, *words)


def halves(d: Frame) -> Frame:
    """Half of the people at the first two visits, the others at the last two."""
    return d.loc[(d["id"] % 2 == 0) == d["visit"].isin(["w02", "w04"])]


def unseen(d: Frame) -> Frame:
    return d.loc[~((d["visit"] == "w12") & (d["arm"] == "b"))]


@pytest.mark.parametrize("covariance", ["us", "toep", "toeph", "ad", "adh"])
def test_one_visit_has_a_variance_only(data: Frame, covariance: str) -> None:
    fitted = fit(data.loc[data["visit"] == "w02"], "y ~ arm + y0", covariance=covariance)
    assert fitted.covariance.shape == (1, 1)


def test_a_visit_that_is_only_declared_is_no_visit(data: Frame) -> None:
    more = data.assign(visit=data["visit"].cat.add_categories("w99"))
    assert list(fit(more).covariance.columns) == ["w02", "w04", "w08", "w12"]


def test_a_covariates_level_without_complete_rows_is_left_out(data: Frame) -> None:
    """As in every model: a site whose only patient lacks a covariate does not stop the comparison of arms."""
    site = np.where(data["id"] == 7, "far", np.where(data["id"] % 2, "here", "there"))
    fitted = fit(data.assign(site=site, y0=data["y0"].where(data["id"] != 7)), FORMULA + " + site")
    assert fitted.n_left_out == int((data["id"] == 7).sum())
    assert [t for t in fitted.terms if "site" in t] == ["site[T.there]"]


def test_no_maximum_is_no_fit(data: Frame) -> None:
    """The same value at all visits: the likelihood rises without end, and the message says what to try."""
    refused(
        lambda: fit(data.assign(y=data["y0"]), "y ~ visit"), ConvergenceError, "singular", "Try a covariance", "'toeph'"
    )
    noise = np.random.default_rng(1).normal(size=len(data))
    refused(
        lambda: mixed("y ~ arm", data.assign(y=noise), subject="id", random="1 + week"),
        ConvergenceError,
        "'1 + week'",
        "Take a random effect out",
    )


def test_visits_that_a_subject_lacks_are_no_sign_of_a_singular_covariance(data: Frame) -> None:
    """Without correlation rho has no maximum above 0: the message must not say that visits are correlated fully."""
    y = np.random.default_rng(2).normal(size=len(data))
    y = y - 0.6 * pd.Series(y).shift().fillna(0).to_numpy() * data["id"].eq(data["id"].shift())
    with pytest.raises(ConvergenceError) as error:
        fit(data.assign(y=y), "y ~ arm", covariance="sp_exp", day="week")
    assert "singular" not in str(error.value)


def test_a_ladder_is_climbed_and_told(data: Frame) -> None:
    few = data.loc[data["id"] < 9]
    fitted = fit(few, "y ~ arm + visit", covariance=["us", "toeph", "cs"])
    assert fitted.structure == "toeph"
    assert [name for name, _ in fitted.ladder] == ["us"]
    assert "9 subjects do not determine 10 parameters" in fitted.ladder[0][1]
    assert "toeph" in fitted.method
    refused(
        lambda: fit(few.loc[few["id"] < 2], "y ~ visit", covariance=["us", "cs"]), NotEstimable, "2 subjects", "'cs'"
    )


def test_in_a_plan_the_reason_is_a_row() -> None:
    n = 12
    arms = ["drug", "block"] * n
    one = cohort_of(arms, [20.0] * 2 * n, [10.0] * 2 * n)
    visits = pd.concat([one.visits.assign(visit=v, day=d) for v, d in (("week4", 28), ("week12", 84))])
    visits["visit"] = pd.Categorical(visits["visit"], one.visits["visit"].cat.categories)
    for cohort, reason in [
        (one, "only one level is left of visit (week12)"),
        (replace(one, visits=visits), "the outcome is the same in every row"),
    ]:
        found = run(cohort, estimator="mmrm", at=None, baseline=False)
        assert found["estimate"].isna().all()
        assert found["note"].tolist() == [f"not estimable: {reason}"]


def test_the_callers_frame_stays_as_it_was(data: Frame) -> None:
    before = data.copy(deep=True)
    fit(data)
    pd.testing.assert_frame_equal(data, before)
