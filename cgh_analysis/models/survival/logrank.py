"""Log-rank tests: do groups share one hazard, overall and by pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, get_args

import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.grid import as_names
from cgh_analysis.models.options import check_option
from cgh_analysis.models.rank_tests import pairs, rows_of_arms
from cgh_analysis.models.resolution import days_to_resolution
from cgh_analysis.models.survival.samples import Samples, read_samples, trend_scores
from cgh_analysis.models.words import Paragraph, as_they_are, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.numerics.survival import logrank as kernel
from cgh_analysis.numerics.survival.chi_square import ChiSquare
from cgh_analysis.numerics.survival.logrank import EventTables, LogRank, Weighting
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

Adjust = Literal["none", "bonferroni", "holm", "hochberg"]
Weighted = Callable[[EventTables], LogRank]


def logrank(
    data: pd.DataFrame,
    *,
    time: str,
    event: str,
    by: str,
    strata: str | Sequence[str] | None = None,
    entry: str | None = None,
    weights: Weighting = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
    trend: bool | Mapping[Any, float] = False,
    pairwise: bool = False,
    adjust: Adjust = "holm",
) -> pd.DataFrame:
    """Test that groups have the same hazard at all times, overall, for a trend, and each two on their own rows.

    Assumes that censoring (and entry) tells nothing of what would have come; a row is at risk while `entry` < t <=
    `time`. `weights`: "logrank" (all times alike, best against proportional hazards); "gehan", "tarone-ware", "peto",
    "modified-peto" (early times more); "fleming-harrington", S^rho (1 - S)^gamma (R's survdiff takes the same rho).
    With `strata`, people are compared within them. `trend` tests on one degree of freedom whether hazards rise or fall
    with a score of each group (Tarone 1975): those of a mapping, or with True 1, 2, 3, ... in the order of an ordered
    category or of numbers. Returns a frame, the overall test first, then the trend, then the pairs: contrast, statistic
    (chi-square), df, p_value, p_adjusted (the pairs only; missing for the others). Rows without a group or stratum are
    left out. Raises NotEstimable without events or with one group only.

    >>> data = pd.DataFrame({"day": [1, 2, 3, 4, 5, 6], "gone": [1, 1, 1, 1, 0, 1], "arm": list("aababb")})
    >>> logrank(data, time="day", event="gone", by="arm").round(3).iloc[0].to_dict()
    {'contrast': 'overall', 'statistic': 2.557, 'df': 1, 'p_value': 0.11, 'p_adjusted': nan}
    """
    check_option("weights", weights, get_args(Weighting))
    check_option("adjust", adjust, STEPWISE)
    if (weights == "fleming-harrington") != bool(rho or gamma) or min(rho, gamma) < 0:
        raise ArgumentError(
            f"rho={rho!r} and gamma={gamma!r} with weights={weights!r}.",
            remedy="'fleming-harrington', and it alone, takes rho and gamma: at least 0, not both 0.",
        )
    samples = read_samples(data, time=time, event=event, by=by, strata=as_names(strata), entry=entry)
    scores = trend_scores(data[by], samples.groups, trend)
    weighted = partial(kernel.compare, weighting=weights, rho=rho, gamma=gamma)
    found = [{"contrast": "overall", **_test(samples, weighted)}]
    if scores is not None:
        found.append({"contrast": "trend", **_numbers(weighted(samples.tables).trend(scores))})
    if pairwise:
        found += pairs(samples.groups, partial(_test, samples, weighted), adjust)
    return pd.DataFrame(found).reindex(columns=["contrast", "statistic", "df", "p_value", "p_adjusted"])


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the overall log-rank test of resolution, and those of all pairs of arms with adjusted p-values."""
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    followed = days_to_resolution(cohort)
    samples = read_samples(followed, time="resolution_day", event="resolution_event", by="arm")
    test = partial(_test, samples, kernel.compare)
    return rows_of_arms(cohort, analysis, followed, samples.groups, test, "Log-rank test")


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Comparing curves",
        text=f"Log-rank test over all arms, then by pairs, each on its own people.{as_they_are(study)}"
        f"{multiplicity_in_words(study, lines, '', intervals=False)}",
        cites=multiplicity_cites(study, lines),
    )


def _test(samples: Samples, weighted: Weighted, pair: tuple[int, int] | None = None) -> dict[str, Any]:
    """Test all groups, or the codes of a pair on their own rows."""
    groups = list(range(len(samples.groups)) if pair is None else pair)
    tables = samples.tables if pair is None else kernel.pair(samples.tables, pair)
    counts = {"n": int(samples.n[groups].sum()), "events": int(samples.events[groups].sum())}
    return {**_numbers(weighted(tables).test), **counts}


def _numbers(test: ChiSquare) -> dict[str, Any]:
    return {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}
