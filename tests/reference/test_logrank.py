"""Log-rank tests against R's survdiff (survival 3.5-3), every quantity of the stored cases."""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.numerics.survival import logrank as kernel
from tests.reference.stored import CLOSED_FORM, agree, column, patients, stored

# R's survdiff has one parameter, the power of S(t-)
WEIGHTS = {0: ("logrank", 0.0), 0.5: ("fleming-harrington", 0.5), 1: ("peto", 0.0)}
CASES = [("lr_cgh_arm", None), ("lr_cgh_arm_strat_site", "site")]


@pytest.fixture(scope="module")
def cgh():
    data = patients("cgh_sim")
    return data.assign(resolved=data["cause"] == 1)


@pytest.mark.parametrize(("case", "strata"), CASES)
@pytest.mark.parametrize("rho", list(WEIGHTS))
def test_overall(cgh, case, strata, rho):
    r = next(row for row in stored("survival", case) if row["rho"] == rho)
    name, power = WEIGHTS[rho]
    found = logrank(cgh, time="time", event="resolved", by="arm", strata=strata, weights=name, rho=power).iloc[0]
    agree(found["statistic"], r["chisq"], CLOSED_FORM)
    assert found["df"] == r["df"]
    agree(found["p_value"], r["p"], CLOSED_FORM)


@pytest.mark.parametrize(("case", "strata"), CASES)
@pytest.mark.parametrize("rho", list(WEIGHTS))
def test_observed_expected_and_variance(cgh, case, strata, rho):
    r = next(row for row in stored("survival", case) if row["rho"] == rho)
    name, power = WEIGHTS[rho]
    found = kernel.logrank(
        cgh["time"].to_numpy(),
        cgh["resolved"].to_numpy(),
        cgh["arm"].cat.codes.to_numpy().astype(np.intp),
        stratum=None if strata is None else pd.factorize(cgh[strata])[0].astype(np.intp),
        weighting=name,
        rho=power,
    )
    agree(found.observed, r["observed"], CLOSED_FORM)
    agree(found.expected, r["expected"], CLOSED_FORM)
    agree(found.variance, r["var"], CLOSED_FORM)


@pytest.mark.parametrize(("adjust", "theirs"), [("none", "p_raw"), ("holm", "p_holm"), ("bonferroni", "p_bonf")])
def test_pairs_on_their_own_rows(cgh, adjust, theirs):
    r = stored("survival", "lrpair_cgh_arm")
    found = logrank(cgh, time="time", event="resolved", by="arm", pairwise=True, adjust=adjust)
    assert found["contrast"].tolist() == ["overall", *(f"{row['b']} - {row['a']}" for row in r)]
    agree(found["statistic"].iloc[1:], column(r, "chisq"), CLOSED_FORM)
    agree(found["p_value"].iloc[1:], column(r, "p_raw"), CLOSED_FORM)
    agree(found["p_adjusted"].iloc[1:], column(r, theirs), CLOSED_FORM)
    assert np.isnan(found["p_adjusted"].iloc[0])
