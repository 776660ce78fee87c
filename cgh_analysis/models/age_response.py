"""Response by age: the mean of an outcome as a smooth curve of age in each arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from formulaic import Formula

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.ancova import Covariance, ancova
from cgh_analysis.models.checks import sorted_levels
from cgh_analysis.models.effects import (
    NUMBERS,
    absent_arm_rows,
    common_columns,
    each_outcome,
    outcome_formula,
    planned_visit,
)
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.formulas import variables
from cgh_analysis.models.joint import joint_test
from cgh_analysis.models.marginal import marginal_means
from cgh_analysis.models.words import Paragraph, errors_in_words, lines_in_words
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

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
    covariance = cast(Covariance, analysis.covariance or "HC3")
    method = f"{METHOD}, {covariance} standard errors"
    plan = analysis.model_copy(update={"covariates": tuple(c for c in analysis.covariates if c != "age_years")})

    def one(outcome: str) -> Result:
        formula = outcome_formula(cohort, plan, outcome, arms=CURVE)
        _check_ages(formula, seen)
        fit = ancova(formula, seen, covariance=covariance)
        common = common_columns(cohort, analysis, method=method, outcome=outcome, time=visit.day)
        nobody = absent_arm_rows(cohort, sorted_levels(fit.data["arm"]), "marginal_mean", common)
        return results.concat([_curves(fit, common), _interaction(fit, common), *nobody])

    return each_outcome(cohort, analysis, method, one, time=visit.day)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Age",
        text="A natural cubic spline of age with three degrees of freedom in each arm, drawn from the 5th to the 95th "
        f"percentile of that arm's ages, {lines_in_words(study, lines, errors_in_words)}. Intervals are for one age at "
        "a time.",
    )


def _check_ages(formula: str, seen: pd.DataFrame) -> None:
    ages = seen[[n for n in variables(Formula(formula)) if n in seen]].dropna()["age_years"].nunique()
    if ages < 4:
        raise NotEstimable(f"{ages} distinct age(s) do not bear a curve of three degrees of freedom")


def _curves(fit: Fit, common: dict[str, Any]) -> Result:
    ages = fit.data.groupby("arm", observed=True)["age_years"]
    low, high = np.ceil(ages.quantile(0.05)), np.floor(ages.quantile(0.95))
    years = np.arange(low.min(), high.max() + 1)
    table = marginal_means(
        fit, "arm", by="age_years", at={"age_years": years}, weights="proportional", conf_level=common["conf_level"]
    )
    arm = table["arm"].astype(object)
    own = table.loc[(table["age_years"] >= arm.map(low)) & (table["age_years"] <= arm.map(high))]
    arm = arm.loc[own.index]
    within = f"{common['subgroup']}, " if common["subgroup"] else ""
    at = [f"{within}age_years={age:g}" for age in own["age_years"]]
    shown = own[NUMBERS].assign(**{**common, "subgroup": at, "group": arm, "n": arm.map(ages.size())})
    by_arm = pd.concat([shown.loc[arm == a] for a in sorted_levels(fit.data["arm"])])
    return results.rows(by_arm, statistic="marginal_mean")


def _interaction(fit: Fit, common: dict[str, Any]) -> Result:
    test = joint_test(fit, "arm:age_years")
    row = pd.DataFrame({"estimate": test["statistic"], "df": test["num_df"], "p_value": test["p_value"]})
    row = row.assign(n=fit.n_observations, note="interaction of arm and age")
    return results.rows(row, statistic="joint_test", **common)
