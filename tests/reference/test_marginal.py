"""Marginal means, contrasts and joint tests against R's emmeans 1.8.4 and multcomp (scripts/02_ancova.R)."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.ancova import LinearFit, ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.grid import reference_grid
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from tests.reference.stored import CLOSED_FORM, agree, column, patients, stored

CASE = stored("ancova", "ancova_cgh_hd12_additive")
CROSSED = stored("ancova", "ancova_cgh_interaction")
# R's ptukey keeps nine digits: an exact quadrature and scipy's agree to 1e-13 where R is 1e-9 away (test_comparisons)
TUKEY_P = 1e-8
# R's qtukey stops when two iterates are within 1e-4 of each other; limits near 0 magnify that, hence absolute
TUKEY_LIMIT = 1e-4
# the stored limits are made with randomised quasi-Monte-Carlo: the note of the case says to compare at 1e-4
QMC = 1e-4


@pytest.fixture(scope="module")
def additive() -> LinearFit:
    return ancova("hd12 ~ arm + hd0 + age + sex + site", patients("cgh_sim"), covariance="classical")


@pytest.fixture(scope="module")
def crossed() -> LinearFit:
    return ancova("hd12 ~ arm * hd0 + age + sex * arm + site", patients("cgh_sim"), covariance="classical")


def same_means(table: pd.DataFrame, records: list[dict]) -> None:
    assert table["arm"].tolist() == [r["arm"] for r in records]
    for ours, theirs in [("estimate", "emmean"), ("std_error", "SE"), ("df", "df")]:
        agree(table[ours], column(records, theirs), CLOSED_FORM)
    agree(table["conf_low"], column(records, "lower.CL"), CLOSED_FORM)
    agree(table["conf_high"], column(records, "upper.CL"), CLOSED_FORM)


def same_contrasts(table: pd.DataFrame, records: list[dict]) -> None:
    assert table["contrast"].tolist() == [r["contrast"] for r in records]
    for ours, theirs in [("estimate", "estimate"), ("std_error", "SE"), ("df", "df"), ("statistic", "t.ratio")]:
        agree(table[ours], column(records, theirs), CLOSED_FORM)


def same_limits(table: pd.DataFrame, records: list[dict], rtol: float = CLOSED_FORM, atol: float = 0) -> None:
    expected = np.column_stack([column(records, "lower.CL"), column(records, "upper.CL")])
    np.testing.assert_allclose(table[["conf_low", "conf_high"]], expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("weights", ["equal", "proportional"])
def test_means(weights: str, additive: LinearFit) -> None:
    same_means(marginal_means(additive, "arm", weights=weights), CASE[f"emmeans_{weights}"])


def test_covariance_of_the_means(additive: LinearFit) -> None:
    linear = reference_grid(additive, ["arm"]).linear
    agree(linear @ additive.covariance_of_coef @ linear.T, CASE["emmeans_vcov"]["values"], CLOSED_FORM)


def test_means_and_pairs_with_hc3(additive: LinearFit) -> None:
    fit = ancova("hd12 ~ arm + hd0 + age + sex + site", patients("cgh_sim"), covariance="HC3")
    same_means(marginal_means(fit, "arm"), CASE["emmeans_HC3"])
    table = contrasts(fit, "arm", adjust="tukey")
    same_contrasts(table, CASE["pairs_HC3_tukey"])
    agree(table["p_adjusted"], column(CASE["pairs_HC3_tukey"], "p.value"), TUKEY_P)
    same_limits(table, CASE["pairs_HC3_tukey"], rtol=0, atol=TUKEY_LIMIT)


STEPWISE = [("pairs", None, a) for a in ("none", "bonferroni", "holm", "hochberg")]
STEPWISE += [("vs_control", "MED", a) for a in ("none", "bonferroni", "holm")]


@pytest.mark.parametrize(("family", "reference", "adjust"), STEPWISE)
def test_stepwise_adjustments(family: str, reference: str | None, adjust: str, additive: LinearFit) -> None:
    table = contrasts(additive, "arm", adjust=adjust, reference=reference)
    same_contrasts(table, CASE[family][adjust])
    agree(table["p_adjusted"], column(CASE[family][adjust], "p.value"), CLOSED_FORM)
    agree(table["p_value"], column(CASE[family]["none"], "p.value"), CLOSED_FORM)
    # with holm and hochberg emmeans prints Bonferroni's limits; ours are each contrast's own
    same_limits(table, CASE[family]["bonferroni" if adjust == "bonferroni" else "none"])


def test_tukey(additive: LinearFit) -> None:
    table = contrasts(additive, "arm", adjust="tukey")
    same_contrasts(table, CASE["pairs"]["tukey"])
    agree(table["p_adjusted"], column(CASE["pairs"]["tukey"], "p.value"), TUKEY_P)
    same_limits(table, CASE["pairs"]["tukey"], rtol=0, atol=TUKEY_LIMIT)


@pytest.mark.parametrize("adjust", ["dunnett", "mvt"])
def test_single_step_against_the_reference(adjust: str, additive: LinearFit) -> None:
    table = contrasts(additive, "arm", adjust=adjust, reference="MED")
    exact = CASE["vs_control"]["dunnett_exact"]
    same_contrasts(table, CASE["vs_control"]["mvt"])
    agree(table["p_adjusted"], column(CASE["vs_control"]["mvt"], "p.value"), QMC)
    agree(table["p_adjusted"], column(exact, "p"), QMC)
    same_limits(table, CASE["vs_control"]["mvt"], rtol=0, atol=QMC)
    critical = (table["conf_high"] - table["estimate"]) / table["std_error"]
    np.testing.assert_allclose(critical, CASE["vs_control"]["dunnett_calpha"], rtol=QMC)


def test_joint_tests(additive: LinearFit) -> None:
    records = CASE["joint_tests"]
    table = joint_test(additive, [r["model term"] for r in records])
    assert table["term"].tolist() == [r["model term"] for r in records]
    assert table["num_df"].tolist() == [r["df1"] for r in records]
    assert table["den_df"].tolist() == [r["df2"] for r in records]
    agree(table["p_value"], column(records, "p.value"), CLOSED_FORM)
    # joint_tests() prints F to three decimals, whatever is asked of it
    np.testing.assert_allclose(table["statistic"], column(records, "F.ratio"), rtol=0, atol=5.0001e-4)


def test_joint_tests_with_interactions(crossed: LinearFit) -> None:
    records = CROSSED["joint_tests"]
    table = joint_test(crossed, [r["model term"] for r in records])
    assert table["num_df"].tolist() == [r["df1"] for r in records]
    agree(table["p_value"], column(records, "p.value"), CLOSED_FORM)


@pytest.mark.parametrize("sex", ["F", "M"])
def test_joint_tests_within_a_level(sex: str, crossed: LinearFit) -> None:
    records = [r for r in CROSSED["joint_tests_by_sex"] if r["sex"] == sex]
    table = joint_test(crossed, [r["model term"] for r in records], at={"sex": sex})
    assert table["num_df"].tolist() == [r["df1"] for r in records]
    agree(table["p_value"], column(records, "p.value"), CLOSED_FORM)


def test_means_with_interactions(crossed: LinearFit) -> None:
    same_means(marginal_means(crossed, "arm"), CROSSED["emmeans"])
    table = contrasts(crossed, "arm", adjust="tukey")
    same_contrasts(table, CROSSED["pairs_tukey"])
    agree(table["p_adjusted"], column(CROSSED["pairs_tukey"], "p.value"), TUKEY_P)
    same_limits(table, CROSSED["pairs_tukey"], rtol=0, atol=TUKEY_LIMIT)


def test_means_by_a_factor(crossed: LinearFit) -> None:
    table = marginal_means(crossed, "arm", by="sex")
    same_means(table, CROSSED["by_sex"])
    assert table["sex"].tolist() == [r["sex"] for r in CROSSED["by_sex"]]


def test_means_and_contrasts_at_values_of_a_number(crossed: LinearFit) -> None:
    at = {"hd0": [8, 14, 20]}
    same_means(marginal_means(crossed, "arm", by="hd0", at=at), CROSSED["emmeans_at_hd0_8_14_20"])
    table = contrasts(crossed, "arm", by="hd0", at=at, adjust="holm")
    records = CROSSED["pairs_at_hd0_holm_by"]
    same_contrasts(table, records)
    assert table["hd0"].tolist() == [r["hd0"] for r in records]
    agree(table["p_adjusted"], column(records, "p.value"), CLOSED_FORM)
