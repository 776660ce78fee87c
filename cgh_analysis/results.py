"""One row format for every number that leaves the toolkit, and what each statistic is (DESIGN, results).

Whether a mean, a hazard ratio, a count of the baseline table or one point of a curve: one row. Tables and figures read
these rows and nothing else, so that they can be redrawn without a patient's record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd

from cgh_analysis.errors import ArgumentError

Scale = Literal["identity", "log", "logit", "cloglog", "none"]

COLUMNS: Final = (
    "analysis",
    "method",
    "outcome",
    "group",
    "reference",
    "subgroup",
    "time",
    "statistic",
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "conf_level",
    "p_value",
    "p_adjusted",
    "n",
    "events",
    "note",
)
TEXT: Final = ("analysis", "method", "outcome", "group", "reference", "subgroup", "statistic", "note")
NUMBERS: Final = tuple(name for name in COLUMNS if name not in TEXT)

# how a note begins that says why a row has no number
NOT_ESTIMABLE: Final = "not estimable"
SUPPRESSED: Final = "suppressed"
# how the id of a step of the flow begins that belongs to one analysis, and not to everybody
ANALYSED: Final = "analysed:"
# how the subgroup of a decision begins, which names the hypothesis that it is about
HYPOTHESIS: Final = "hypothesis="


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """What a number is: its label, the scale on which it is symmetric (and to be pooled), and its decimals in print.

    `count` says that it counts people, `contrast` that it compares two arms; `percent` that it prints as a percentage.
    """

    label: str
    scale: Scale = "identity"
    digits: int = 2
    count: bool = False
    percent: bool = False
    contrast: bool = False


STATISTICS: Final[dict[str, Statistic]] = {
    # counts of people
    "count": Statistic(label="n", scale="none", digits=0, count=True),
    "missing": Statistic(label="Missing", scale="none", digits=0, count=True),
    "excluded": Statistic(label="Excluded", scale="none", digits=0, count=True),
    "n_risk": Statistic(label="At risk", scale="none", digits=0, count=True),
    # descriptions
    "percent": Statistic(label="%", scale="none", digits=1, percent=True),
    "mean": Statistic(label="Mean", digits=1),
    "sd": Statistic(label="SD", scale="none", digits=1),
    "median": Statistic(label="Median", digits=1),
    "q1": Statistic(label="Lower quartile", scale="none", digits=1),
    "q3": Statistic(label="Upper quartile", scale="none", digits=1),
    "smd": Statistic(label="Standardised mean difference", scale="none", digits=2),
    "variance_ratio": Statistic(label="Variance ratio", scale="none", digits=2),
    "ks": Statistic(label="Kolmogorov-Smirnov distance", scale="none", digits=2),
    # models of a mean
    "coefficient": Statistic(label="Coefficient", digits=3),
    "marginal_mean": Statistic(label="Adjusted mean", digits=1),
    "mean_difference": Statistic(label="Difference in means", digits=2, contrast=True),
    "joint_test": Statistic(label="Joint test", scale="none", digits=2),
    "heterogeneity": Statistic(label="Test for heterogeneity", scale="none", digits=2),
    # what a model of repeated outcomes fitted: by visit, by pair of visits, by probability
    "residual_sd": Statistic(label="Residual SD", scale="none", digits=1),
    "residual_correlation": Statistic(label="Residual correlation", scale="none", digits=2),
    "residual_quantile": Statistic(label="Quantile of residuals", scale="none", digits=2),
    # decisions across the plan: the local significance level that a hypothesis was held against
    "gate": Statistic(label="Local significance level", scale="none", digits=4),
    # models of a proportion
    "risk": Statistic(label="Responders", scale="logit", digits=1, percent=True),
    "risk_difference": Statistic(label="Risk difference", digits=1, percent=True, contrast=True),
    "nnt": Statistic(label="Number needed to treat", scale="none", digits=1),
    # time to resolution
    "survival": Statistic(label="Still with headache", scale="cloglog", digits=1, percent=True),
    "npmle_survival": Statistic(label="Still with headache", scale="cloglog", digits=1, percent=True),
    "resolved": Statistic(label="Resolved", scale="cloglog", digits=1, percent=True),
    "resolved_difference": Statistic(label="Difference in shares resolved", digits=1, percent=True, contrast=True),
    "resolved_ratio": Statistic(label="Ratio of shares resolved", scale="log", digits=2, contrast=True),
    "rmst": Statistic(label="Mean days to resolution", digits=1),
    "rmst_difference": Statistic(label="Difference in mean days", digits=1, contrast=True),
    "rmst_ratio": Statistic(label="Ratio of mean days", scale="log", digits=2, contrast=True),
    "median_time": Statistic(label="Median time", scale="none", digits=0),
    "hazard_ratio": Statistic(label="Hazard ratio", scale="log", digits=2, contrast=True),
    "odds_ratio": Statistic(label="Odds ratio", scale="log", digits=2, contrast=True),
    "time_ratio": Statistic(label="Time ratio", scale="log", digits=2, contrast=True),
    "logrank": Statistic(label="Log-rank chi-square", scale="none", digits=2),
    "ph_test": Statistic(label="Proportional hazards test", scale="none", digits=2),
    "ph_effect": Statistic(label="Log hazard ratio at a time", digits=2),
    # competing events, states, and the second clock
    "cumulative_incidence": Statistic(label="Cumulative incidence", scale="cloglog", digits=1, percent=True),
    "gray": Statistic(label="Gray's chi-square", scale="none", digits=2),
    "subdistribution_hazard_ratio": Statistic(
        label="Subdistribution hazard ratio", scale="log", digits=2, contrast=True
    ),
    "state_occupation": Statistic(label="In this state", scale="none", digits=1, percent=True),
    "days_in_state": Statistic(label="Mean days in this state", digits=1),
    "days_in_state_difference": Statistic(label="Difference in mean days", digits=1, contrast=True),
    "parallel_share": Statistic(label="Resolved in parallel", scale="logit", digits=1, percent=True),
    "parallel_share_difference": Statistic(
        label="Difference in resolved in parallel", digits=1, percent=True, contrast=True
    ),
    "rate_ratio": Statistic(label="Rate ratio", scale="log", digits=2, contrast=True),
    "mean_count": Statistic(label="Mean number", digits=2),
    # how arms were looked at, and what counting from the day of the look makes of it
    "schedule_artefact": Statistic(label="Kaplan-Meier less NPMLE", scale="none", digits=1, percent=True),
    "schedule_flag": Statistic(label="Arms looked at on different schedules", scale="none", digits=0),
}
CONTRASTS: Final = tuple(name for name, statistic in STATISTICS.items() if statistic.contrast)


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of the fixed format; `frame` is a DataFrame with exactly COLUMNS, in that order, and fixed dtypes."""

    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def _repr_html_(self) -> str:
        shown = self.frame.dropna(axis="columns", how="all")
        return str(shown.loc[:, [c for c in shown if not (shown[c] == "").all()]].to_html(index=False, na_rep=""))


def rows(records: Iterable[Mapping[str, Any]] | pd.DataFrame, **constant: Any) -> Result:
    """Make a Result of records (dicts or a frame); `constant` fills columns alike. Unknown names are refused.

    A column that is not given is empty text or NaN; `conf_level` is 0.95 wherever limits are given without it.

    >>> len(rows([{"statistic": "mean", "estimate": 1.5}], analysis="a"))
    1
    """
    given = records.copy() if isinstance(records, pd.DataFrame) else pd.DataFrame([dict(r) for r in records])
    for name, value in constant.items():
        given[name] = value
    _refuse_unknown(given)
    frame = pd.DataFrame(index=range(len(given)))
    for name in COLUMNS:
        values = given[name].to_numpy() if name in given else None
        if name in TEXT:
            text = pd.Series("" if values is None else values, index=frame.index, dtype=object)
            frame[name] = text.where(text.notna(), "").astype(str).astype(object)
        else:
            frame[name] = pd.to_numeric(pd.Series(values, index=frame.index, dtype=object)).astype("float64")
    frame["conf_level"] = frame["conf_level"].fillna(0.95).where(frame["conf_low"].notna() | frame["conf_high"].notna())
    return Result(frame)


def concat(results: Iterable[Result]) -> Result:
    """Stack Results in the order given; none gives an empty Result."""
    frames = [r.frame for r in results if len(r)]
    return Result(pd.concat(frames, ignore_index=True)) if frames else rows([])


def not_estimable(reason: object, **columns: Any) -> Result:
    """Return one row whose note says why there is no number."""
    return rows([{**columns, "note": why_not(reason)}])


def why_not(reason: object) -> str:
    """Return the note of a row that has no number, because the data do not determine it.

    >>> why_not("nobody was followed")
    'not estimable: nobody was followed'
    """
    return f"{NOT_ESTIMABLE}: {reason}"


def _refuse_unknown(given: pd.DataFrame) -> None:
    unknown = sorted(set(map(str, given.columns)) - set(COLUMNS))
    if unknown:
        raise ArgumentError(f"Unknown result columns: {', '.join(unknown)}.", remedy=f"Allowed: {', '.join(COLUMNS)}.")
    if "statistic" in given:
        strange = sorted(set(given["statistic"].dropna()) - set(STATISTICS) - {""})
        if strange:
            raise ArgumentError(f"Unknown statistics: {', '.join(strange)}.", remedy="Declare them in STATISTICS.")
