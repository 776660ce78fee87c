"""Responders: the proportion of people whose change from baseline is large enough, by arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from cgh_analysis import results
from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import NotEstimable, StudyError
from cgh_analysis.instruments import Instrument
from cgh_analysis.models.contrasts import level_pairs
from cgh_analysis.models.effects import (
    absent_arm_rows,
    common_columns,
    each_outcome,
    outcome_formula,
    planned_visit,
)
from cgh_analysis.models.glm import Covariance, glm
from cgh_analysis.models.options import check_option
from cgh_analysis.models.standardise import standardised
from cgh_analysis.models.words import Paragraph, lines_in_words, multiplicity_in_words
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.proportions import Proportion, newcombe, wilson
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Response, Study

CRUDE = "Proportions, Newcombe interval"
ADJUSTED = "Logistic regression, standardised"
NO_LIMITS = "the interval of the risk difference includes 0"


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return responders by arm, risk differences of all pairs and numbers needed to treat.

    A responder changes by so many percent, or units, in the better direction. Who has no value at the visit or at
    baseline is not in the denominator, and counted in a row "missing". Without covariates risks are crude, with Wilson
    and Newcombe (1998) limits; with covariates a logistic regression is standardised over the people analysed.
    """
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    visit = planned_visit(cohort, analysis)
    response = analysis.response
    if response is None:
        raise StudyError(f"Analysis {analysis.id!r} says not who responds.", remedy="Add response = { percent = 50 }.")
    seen = cohort.at(visit.id)
    method = ADJUSTED if analysis.covariates else CRUDE
    instruments = cohort.study.instruments

    def one(outcome: str) -> Result:
        people = seen.assign(responded=responded(seen, outcome, instruments[outcome], response))
        common = common_columns(cohort, analysis, method=method, outcome=outcome, time=visit.day)
        rows = _adjusted if analysis.covariates else _crude
        return results.concat([rows(people, outcome, cohort, analysis, common), _unknown(people, common)])

    return each_outcome(cohort, analysis, method, one, time=visit.day)


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    rules = "; ".join(_rule(study, o, a.response) for a in lines for o in a.outcomes if a.response is not None)
    return Paragraph(
        title="Responders",
        text=f"{rules}. Whoever started too near to the best value to change so much counts as no responder; whoever "
        f"has no value at the visit or at baseline is not counted. {lines_in_words(study, lines, _how)}. The number "
        "needed to treat is the inverse of the risk difference, marked as harm where fewer respond; it has an "
        f"interval where that of the risk difference excludes 0."
        f"{multiplicity_in_words(study, lines, simultaneous=False)}",
        cites=("newcombe",) if any(not a.covariates for a in lines) else (),
    )


def _rule(study: Study, outcome: str, response: Response) -> str:
    instrument = study.instruments[outcome]
    if response.percent is not None:
        return f"{instrument.short}: better by at least {response.percent:g}%"
    by = instrument.mcid if response.by == "mcid" else response.by
    source = f" (MCID, {instrument.source})" if response.by == "mcid" else ""
    error = ""
    if by is not None and instrument.mdc is not None and by < instrument.mdc:
        error = f", which is within the measurement's error (minimal detectable change {instrument.mdc:g})"
    return f"{instrument.short}: better by at least {by:g} {instrument.unit}{source}{error}"


def _how(a: Analysis) -> str:
    if not a.covariates:
        return "Proportions with Wilson's intervals, their differences with Newcombe's and Pearson's chi-square test"
    return (
        "Logistic regression, standardised over the people analysed, whose covariates are taken as given, with "
        "delta-method intervals"
    )


def responded(people: pd.DataFrame, outcome: str, instrument: Instrument, response: Response) -> pd.Series:
    """Return 1.0 who responded, 0.0 who did not, NaN where that is not known (a percentage of a baseline of 0 is not).

    >>> from cgh_analysis.instruments import INSTRUMENTS
    >>> people = pd.DataFrame({"ndi_baseline": [20.0, 20.0, 0.0], "ndi": [10.0, 11.0, 0.0]})
    >>> responded(people, "ndi", INSTRUMENTS["ndi"], Response(percent=50)).tolist()
    [1.0, 0.0, nan]
    """
    if f"{outcome}_baseline" not in people:
        raise NotEstimable(f"{outcome} was not recorded at baseline")
    before = people[f"{outcome}_baseline"].astype(float)
    gain = (before - people[outcome].astype(float)) * (1 if instrument.better == "lower" else -1)
    if response.percent is not None:
        needed = (before.abs() * response.percent / 100).where(before != 0)
    else:
        units = instrument.mcid if response.by == "mcid" else response.by
        if units is None:
            raise NotEstimable(f"no minimal important change of {outcome} is known")
        needed = pd.Series(float(units), index=people.index)
    # 7.1 - 4.6 is a little less than 2.5 in binary: what is equal to nine digits has reached it
    reached = gain >= needed - 1e-9 * (1 + before.abs())
    return reached.astype(float).where(gain.notna() & needed.notna())


def _unknown(people: pd.DataFrame, common: dict[str, Any]) -> Result:
    """Count by arm of whom it is not known whether they responded."""
    missing = people["responded"].isna().groupby(people["arm"], observed=True).sum()
    counts = pd.DataFrame({"group": missing.index, "estimate": missing.to_numpy(), "n": missing.to_numpy()})
    return results.rows(counts, statistic="missing", **common)


def _crude(people: pd.DataFrame, outcome: str, cohort: Cohort, analysis: Analysis, common: dict[str, Any]) -> Result:
    counts = people.groupby("arm", observed=False)["responded"].agg(["sum", "count"]).reindex(cohort.study.arm_ids)
    if not counts["count"].any():
        raise NotEstimable(f"nobody's response of {outcome} is known")
    level = cohort.study.conf_level
    events, n = counts["sum"].to_numpy(dtype=float), counts["count"].to_numpy(dtype=float)
    place = {arm: i for i, arm in enumerate(counts.index)}
    pairs = [(a, b) for a, b in level_pairs(list(counts.index)) if n[place[a]] and n[place[b]]]
    a, b = ([place[pair[side]] for pair in pairs] for side in (0, 1))
    risks = _frame(wilson(events, n, conf_level=level)).assign(group=counts.index)
    differences = _frame(newcombe(events[a], n[a], events[b], n[b], conf_level=level))
    present = [arm for arm in counts.index if n[place[arm]]]
    tables = _tables(risks.loc[n > 0], differences, pairs, counts, analysis)
    return results.concat(
        [*(results.rows(t, **common) for t in tables), *absent_arm_rows(cohort, present, "risk", common)]
    )


def _adjusted(people: pd.DataFrame, outcome: str, cohort: Cohort, analysis: Analysis, common: dict[str, Any]) -> Result:
    formula = outcome_formula(cohort, analysis, outcome).partition("~")[2]
    fit = glm(f"responded ~ {formula}", people, covariance=cast(Covariance, analysis.covariance or "classical"))
    s = standardised(fit, "arm", conf_level=cohort.study.conf_level)
    counts = fit.data.groupby("arm", observed=True)["responded"].agg(["sum", "count"])
    arms = s.means["arm"].tolist()
    tables = _tables(s.means.rename(columns={"arm": "group"}), s.differences, level_pairs(arms), counts, analysis)
    return results.concat(
        [*(results.rows(t, **common) for t in tables), *absent_arm_rows(cohort, arms, "risk", common)]
    )


def _tables(
    risks: pd.DataFrame,
    differences: pd.DataFrame,
    pairs: list[tuple[Any, Any]],
    counts: pd.DataFrame,
    analysis: Analysis,
) -> list[pd.DataFrame]:
    keep = [c for c in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value") if c in differences]
    who = {"group": [a for a, _ in pairs], "reference": [b for _, b in pairs]}
    behind = {
        "n": [counts["count"][a] + counts["count"][b] for a, b in pairs],
        "events": [counts["sum"][a] + counts["sum"][b] for a, b in pairs],
    }
    adjusted = STEPWISE[analysis.multiplicity](differences["p_value"])
    compared = differences[keep].assign(**who, **behind, p_adjusted=adjusted, statistic="risk_difference")
    by_arm = risks.assign(
        n=counts["count"].reindex(risks["group"]).to_numpy(),
        events=counts["sum"].reindex(risks["group"]).to_numpy(),
        statistic="risk",
    )
    return [by_arm, compared, _nnt(compared)]


def _nnt(compared: pd.DataFrame) -> pd.DataFrame:
    """Return 1 / |risk difference| and its inverted limits, which do not exist where the interval includes 0."""
    low, high = compared["conf_low"], compared["conf_high"]
    clear = (low > 0) | (high < 0)
    ends = np.sort(1 / compared.loc[clear, ["conf_low", "conf_high"]].abs().to_numpy(dtype=float), axis=1)
    difference = compared["estimate"].where(compared["estimate"] != 0)
    table = compared[["group", "reference", "n", "events"]].assign(
        statistic="nnt", estimate=1 / difference.abs(), conf_low=np.nan, conf_high=np.nan
    )
    table.loc[clear, ["conf_low", "conf_high"]] = ends
    harm = np.where(compared["estimate"] < 0, "fewer respond than in the reference: a number needed to harm", "")
    return table.assign(note=np.where(clear, harm, NO_LIMITS))


def _frame(p: Proportion) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "estimate": p.estimate,
            "std_error": p.std_error,
            "conf_low": p.conf_low,
            "conf_high": p.conf_high,
            "p_value": p.p_value,
        }
    )
