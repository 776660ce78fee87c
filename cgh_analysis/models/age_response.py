"""Response by age: the mean of an outcome as a smooth curve of age in each arm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.effects import NUMBERS, absent_arms, each_outcome, outcome_formula, planned_visit
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import variables
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis

METHOD = "ANCOVA, natural cubic spline of age by arm"
CURVE = "arm * cr(age_years, df=3, constraints='center')"


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return each arm's adjusted mean at every year of age, and the test that the curves differ in shape or slope.

    A natural cubic spline with three degrees of freedom in each arm. An arm's curve is shown from the 5th to the 95th
    percentile of its own ages and not beyond, so that no arm is shown at ages that it hardly has. Errors are HC3
    unless the plan says otherwise; limits are for one age at a time.
    """
    visit = planned_visit(cohort, analysis)
    seen = cohort.at(visit.id)
    covariance = analysis.covariance or "HC3"
    method = f"{METHOD}, {covariance} standard errors"
    plan = analysis.model_copy(update={"covariates": tuple(c for c in analysis.covariates if c != "age_years")})

    def one(outcome: str) -> Result:
        formula = outcome_formula(cohort, plan, outcome, arms=CURVE)
        _check_ages(formula, seen)
        fit = ancova(formula, seen, covariance=covariance)  # type: ignore[arg-type]
        constant = {
            "analysis": analysis.id,
            "method": method,
            "outcome": outcome,
            "time": visit.day,
            "conf_level": cohort.study.conf_level,
        }
        arms = sorted_levels(fit.data["arm"])
        nobody = absent_arms(cohort, arms, "marginal_mean", {**constant, "subgroup": cohort.subgroup})
        return results.concat([_curves(fit, cohort, constant), _interaction(fit, cohort, constant), *nobody])

    return each_outcome(cohort, analysis, method, one, time=visit.day)


def _check_ages(formula: str, seen: pd.DataFrame) -> None:
    ages = seen[[n for n in variables(Formula(formula)) if n in seen]].dropna()["age_years"].nunique()
    if ages < 4:
        raise NotEstimable(f"{ages} distinct age(s) do not bear a curve of three degrees of freedom")


def _curves(fit: Fit, cohort: Cohort, constant: dict[str, Any]) -> Result:
    ages = fit.data.groupby("arm", observed=True)["age_years"]
    low, high = np.ceil(ages.quantile(0.05)), np.floor(ages.quantile(0.95))
    years = np.arange(low.min(), high.max() + 1)
    table = marginal_means(
        fit, "arm", by="age_years", at={"age_years": years}, weights="proportional", conf_level=constant["conf_level"]
    )
    arm = table["arm"].astype(object)
    own = table.loc[(table["age_years"] >= arm.map(low)) & (table["age_years"] <= arm.map(high))]
    arm = arm.loc[own.index]
    within = f"{cohort.subgroup}, " if cohort.subgroup else ""
    shown = own[NUMBERS].assign(
        group=arm, subgroup=[f"{within}age_years={a:g}" for a in own["age_years"]], n=arm.map(ages.size())
    )
    by_arm = pd.concat([shown.loc[arm == a] for a in sorted_levels(fit.data["arm"])])
    return results.rows(by_arm, statistic="marginal_mean", **constant)


def _interaction(fit: Fit, cohort: Cohort, constant: dict[str, Any]) -> Result:
    test = joint_test(fit, "arm:age_years")
    row = pd.DataFrame({"estimate": test["statistic"], "df": test["num_df"], "p_value": test["p_value"]})
    return results.rows(
        row.assign(n=fit.n_observations, subgroup=cohort.subgroup, note="interaction of arm and age"),
        statistic="joint_test",
        **constant,
    )
