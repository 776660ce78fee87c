"""The plan's adapters give the rows of the very numbers that R gave for the same question."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.models import estimator
from cgh_analysis.numerics.multiplicity import holm
from cgh_analysis.study import Analysis, Response
from tests.reference.r_cohort import r_cohort
from tests.reference.stored import CLOSED_FORM, ITERATIVE, agree, column, stored

# the study declares the reference second: arm ids come as MED, MTE, BLOCK, which is R's order too
PAIRS = [("MTE", "MED"), ("BLOCK", "MED"), ("BLOCK", "MTE")]


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return r_cohort()


def run(cohort: Cohort, **line: object) -> pd.DataFrame:
    analysis = Analysis.model_validate({"id": "line", "outcome": "hd", **line})
    return estimator(analysis.estimator)(cohort, analysis).frame


def of(frame: pd.DataFrame, statistic: str) -> pd.DataFrame:
    return frame.loc[frame["statistic"] == statistic]


def test_ancova(cohort: Cohort) -> None:
    case = stored("ancova", "ancova_cgh_hd12_additive")
    frame = run(cohort, estimator="ancova", at="W12", covariates=("age_years", "sex", "site"), covariance="classical")
    means, differences = of(frame, "marginal_mean"), of(frame, "mean_difference")
    agree(means["estimate"], column(case["emmeans_proportional"], "emmean"), CLOSED_FORM)
    agree(means["conf_low"], column(case["emmeans_proportional"], "lower.CL"), CLOSED_FORM)
    assert list(zip(differences["group"], differences["reference"], strict=True)) == PAIRS
    agree(differences["estimate"], column(case["pairs"]["holm"], "estimate"), CLOSED_FORM)
    agree(differences["p_adjusted"], column(case["pairs"]["holm"], "p.value"), CLOSED_FORM)
    agree(differences["p_value"], column(case["pairs"]["none"], "p.value"), CLOSED_FORM)
    agree(differences["conf_high"], column(case["pairs"]["none"], "upper.CL"), CLOSED_FORM)
    agree(of(frame, "joint_test")["p_value"], [case["joint_tests"][0]["p.value"]], CLOSED_FORM)
    assert set(frame["time"]) == {84}
    assert set(frame["method"]) == {"ANCOVA, classical standard errors"}
    analysed = cohort.at("W12").dropna(subset=["hd"])["arm"].value_counts()
    assert means["n"].tolist() == [analysed[a] for a in means["group"]]
    assert differences["n"].tolist() == [analysed[a] + analysed[b] for a, b in PAIRS]
    assert of(frame, "joint_test")["n"].tolist() == [case["n"]]


# R's ptukey keeps about nine digits (test_comparisons), its Dunnett is randomised quasi-Monte-Carlo (test_marginal)
TUKEY_P, QMC = 1e-8, 1e-4


@pytest.mark.parametrize(("way", "rtol"), [("hochberg", CLOSED_FORM), ("bonferroni", CLOSED_FORM), ("tukey", TUKEY_P)])
def test_ancova_adjusts_all_pairs_as_its_line_says(way: str, rtol: float, cohort: Cohort) -> None:
    case = stored("ancova", "ancova_cgh_hd12_additive")["pairs"][way]
    line = {"at": "W12", "covariates": ("age_years", "sex", "site"), "covariance": "classical", "multiplicity": way}
    differences = of(run(cohort, estimator="ancova", **line), "mean_difference")
    agree(differences["p_adjusted"], column(case, "p.value"), rtol)


@pytest.mark.parametrize("way", ["dunnett", "mvt"])
def test_ancova_against_the_reference_arm(way: str, cohort: Cohort) -> None:
    case = stored("ancova", "ancova_cgh_hd12_additive")
    line = {"at": "W12", "covariates": ("age_years", "sex", "site"), "covariance": "classical", "multiplicity": way}
    differences = of(run(cohort, estimator="ancova", **line), "mean_difference")
    pairs = list(zip(differences["group"], differences["reference"], strict=True))
    if way == "dunnett":
        assert pairs == PAIRS[:2]
        agree(differences["p_adjusted"], column(case["vs_control"]["mvt"], "p.value"), QMC)
        agree(differences["conf_low"], column(case["vs_control"]["mvt"], "lower.CL"), 5 * QMC)
    else:
        # all pairs of three means of one variance: the multivariate t is Tukey's range, up to unequal sizes
        assert pairs == PAIRS
        tukey = column(case["pairs"]["tukey"], "p.value")
        np.testing.assert_allclose(differences["p_adjusted"], tukey, rtol=0.02)


@pytest.mark.parametrize("way", ["tukey", "dunnett", "mvt", "hochberg", "bonferroni", "none"])
def test_gee_adjusts_within_each_visit(way: str, cohort: Cohort) -> None:
    case = stored("lmm_gee", "gee_cgh_hd_exchangeable")["pairs_tukey"]
    frame = run(cohort, estimator="gee", covariates=("age_years", "sex"), multiplicity=way)
    differences = of(frame, "mean_difference")
    assert differences["time"].value_counts().to_list() == [2 if way == "dunnett" else 3] * 4
    assert (differences["p_adjusted"] >= differences["p_value"] * (1 - CLOSED_FORM)).all()
    if way == "tukey":
        agree(differences["p_adjusted"], column(case, "p.value"), ITERATIVE)
    if way == "none":
        agree(differences["p_adjusted"], differences["p_value"], CLOSED_FORM)


def test_gee(cohort: Cohort) -> None:
    case = stored("lmm_gee", "gee_cgh_hd_exchangeable")
    frame = run(cohort, estimator="gee", covariates=("age_years", "sex"))
    differences = of(frame, "mean_difference")
    assert differences["time"].tolist() == [d for d in (28, 56, 84, 182) for _ in PAIRS]
    agree(differences["estimate"], column(case["pairs_tukey"], "estimate"), ITERATIVE)
    agree(differences["std_error"], column(case["pairs_tukey"], "SE"), ITERATIVE)
    for _, visit in differences.groupby("time"):
        agree(visit["p_adjusted"], holm(visit["p_value"]), CLOSED_FORM)
    assert set(frame["method"]) == {"GEE, exchangeable, robust standard errors"}
    assert of(frame, "joint_test")["time"].tolist() == [28, 56, 84, 182]
    seen = cohort.long().dropna(subset=["hd"]).groupby(["visit", "arm"], observed=True).size()
    assert of(frame, "marginal_mean")["n"].tolist() == seen.tolist()
    one = run(cohort, estimator="gee", covariates=("age_years", "sex"), at="W12")
    pd.testing.assert_frame_equal(one, frame.loc[frame["time"] == 84].reset_index(drop=True))


def test_responders_standardised(cohort: Cohort) -> None:
    case = stored("ancova", "logistic_cgh_respond12")["gcomputation"]
    frame = run(
        cohort,
        estimator="responder",
        at="W12",
        covariates=("age_years", "sex"),
        response=Response(percent=50),
        multiplicity="bonferroni",
    )
    risks, differences = of(frame, "risk"), of(frame, "risk_difference")
    agree(risks["estimate"], case["risk"], ITERATIVE)
    agree(risks["std_error"], case["se_delta"], ITERATIVE)
    agree(differences["estimate"], case["rd"], ITERATIVE)
    agree(differences["std_error"], case["rd_se"], ITERATIVE)
    agree(differences["p_adjusted"], np.minimum(1, 3 * differences["p_value"]), CLOSED_FORM)
    assert set(frame["method"]) == {"Logistic regression, standardised"}
    seen = cohort.at("W12").dropna(subset=["hd"])
    events = (seen["hd"] <= 0.5 * seen["hd_baseline"]).groupby(seen["arm"], observed=True).agg(["sum", "size"])
    assert risks["events"].tolist() == events["sum"].tolist()
    assert risks["n"].tolist() == events["size"].tolist()
    assert of(frame, "missing")["n"].sum() == len(cohort.cases) - len(seen)
