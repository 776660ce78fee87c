"""Lines of a plan that ask for an MMRM: means and differences of arms over visits, and what was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.models.effects import arm_effects, common_columns, each_outcome, outcome_formula
from cgh_analysis.models.formulas import quoted
from cgh_analysis.models.mmrm.degrees import IN_WORDS, Df
from cgh_analysis.models.mmrm.fit import MmrmFit
from cgh_analysis.models.mmrm.model import mmrm
from cgh_analysis.models.words import Paragraph, lines_in_words, multiplicity_cites, multiplicity_in_words
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study, Visit

DEFAULT_DF: Final[Df] = "kenward-roger-linear"
# shares of the people between whom a normal plot looks; beyond them are single people
QUANTILES: Final = np.linspace(0.02, 0.98, 49)
FEWEST_FOR_QUANTILES: Final = 50
STRUCTURES_IN_WORDS: Final = {
    "us": "unstructured",
    "toep": "Toeplitz",
    "toeph": "heterogeneous Toeplitz",
    "ar1": "first-order autoregressive",
    "ar1h": "heterogeneous first-order autoregressive",
    "cs": "compound symmetric",
    "csh": "heterogeneous compound symmetric",
    "ad": "ante-dependent",
    "adh": "heterogeneous ante-dependent",
}


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return adjusted means and pairwise differences at every visit (or at the one that the line names).

    Arm and the outcome at baseline act differently at every visit, covariates alike. Baseline itself is a covariate and
    no outcome. What was fitted is told too: standard deviations and correlations over visits, residual quantiles.
    """
    after = cohort.long()
    after = after.loc[after["visit"] != cohort.study.baseline.id] if analysis.baseline else after
    df = cast(Df, analysis.df or DEFAULT_DF)
    names = structures(analysis)

    def one(outcome: str) -> Result:
        formula = _formula(cohort, analysis, outcome)
        fit = mmrm(formula, after, subject="patient_id", visit="visit", covariance=names, df=df)
        seen = _seen(cohort.study, fit)
        shown = [v for v in seen if analysis.at in (None, v.id)]
        effects = [arm_effects(fit, cohort, analysis, outcome=outcome, time=v.day, at={"visit": v.id}) for v in shown]
        return results.concat([*effects, *_fitted(fit, cohort, analysis, outcome, seen)])

    return each_outcome(cohort, analysis, f"MMRM, {IN_WORDS[df]} degrees of freedom", one)


def structures(analysis: Analysis) -> tuple[str, ...]:
    """Return the covariance structures of a line of the plan, in the order in which they are tried."""
    named = analysis.covariance or "us"
    return (named,) if isinstance(named, str) else tuple(named)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    kenward = any((a.df or DEFAULT_DF).startswith("kenward") for a in lines)
    return Paragraph(
        title="Outcomes over all visits",
        text="Mixed models for repeated measures by restricted maximum likelihood "
        f"{lines_in_words(study, lines, _how)}. Arm and the outcome at baseline have an effect of their own at every "
        "visit, covariates one effect at all. Outcomes are assumed normal, and missing ones as if people who dropped "
        "out had gone on like those of their arm with the same outcomes until then."
        f"{multiplicity_in_words(study, lines, ' within a visit of an outcome')}",
        cites=("mmrm", *(("kenward_roger",) if kenward else ()), *multiplicity_cites(study, lines)),
    )


def _how(a: Analysis) -> str:
    named = [STRUCTURES_IN_WORDS.get(s, s) for s in structures(a)]
    first = f"with {'an' if named[0][0] in 'aeiou' else 'a'} {named[0]} covariance over visits"
    ladder = f" ({', then '.join(named[1:])} if it cannot be fitted)" if named[1:] else ""
    return f"{first}{ladder} and {IN_WORDS.get(a.df or DEFAULT_DF, a.df)} degrees of freedom"


def _formula(cohort: Cohort, analysis: Analysis, outcome: str) -> str:
    formula = outcome_formula(cohort, analysis, outcome, arms="arm * visit")
    baseline = f"{outcome}_baseline"
    return f"{formula} + {quoted(baseline)}:visit" if analysis.baseline and baseline in cohort.cases else formula


def _seen(study: Study, fit: MmrmFit) -> list[Visit]:
    known = set(fit.prepared.visits)
    return sorted((v for v in study.visits if v.id in known), key=lambda v: v.day)


def _fitted(fit: MmrmFit, cohort: Cohort, analysis: Analysis, outcome: str, visits: Sequence[Visit]) -> list[Result]:
    """Rows of the covariance over visits, and of how normal the residuals look; `reference` has the other visit."""
    if cohort.subgroup:
        return []
    common = common_columns(cohort, analysis, method=fit.method, outcome=outcome, time=np.nan)
    covariance = cast(pd.DataFrame, fit.covariance).loc[[v.id for v in visits], [v.id for v in visits]].to_numpy()
    sd = np.sqrt(np.diag(covariance))
    people = fit.data["visit"].value_counts().reindex([v.id for v in visits]).to_numpy()
    spread = pd.DataFrame({"time": [float(v.day) for v in visits], "estimate": sd, "n": people})
    a, b = np.tril_indices(len(visits), -1)
    together = pd.DataFrame(
        {
            "time": spread["time"].to_numpy()[a],
            "reference": np.array([f"visit={v.id}" for v in visits], dtype=object)[b],
            "estimate": covariance[a, b] / sd[a] / sd[b],
            "n": np.minimum(people[a], people[b]),
        }
    )
    parts = [spread.assign(statistic="residual_sd"), together.assign(statistic="residual_correlation")]
    residuals = fit.residuals("normalized").to_numpy()
    if len(residuals) >= FEWEST_FOR_QUANTILES:
        quantiles = pd.DataFrame(
            {
                "reference": [f"probability={p:.2f}" for p in QUANTILES],
                "estimate": np.quantile(residuals, QUANTILES),
                "n": fit.n_subjects,
            }
        )
        parts.append(quantiles.assign(statistic="residual_quantile"))
    return [results.rows(part, **{k: v for k, v in common.items() if k not in part}) for part in parts]
