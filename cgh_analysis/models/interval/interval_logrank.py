"""Log-rank and Wilcoxon tests of times known up to an interval, overall and by pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.models.interval.observed import Intervals, intervals
from cgh_analysis.models.options import check_option
from cgh_analysis.models.rank_tests import pairs, rows_of_arms
from cgh_analysis.models.resolution import days_to_resolution
from cgh_analysis.models.survival.observed import coded, known_rows
from cgh_analysis.models.words import Paragraph, as_they_are, multiplicity_cites, multiplicity_in_words
from cgh_analysis.numerics.arrays import IntArray
from cgh_analysis.numerics.interval.permutation import exact_test, permutation_test
from cgh_analysis.numerics.interval.rank_tests import ranked, score_test
from cgh_analysis.numerics.interval.scores import Scores
from cgh_analysis.numerics.multiplicity import STEPWISE
from cgh_analysis.results import Result
from cgh_analysis.study import Analysis, Study

Method = Literal["score", "permutation", "exact"]
Adjust = Literal["none", "bonferroni", "holm", "hochberg"]
COLUMNS: Final = ["contrast", "statistic", "df", "p_value", "p_adjusted"]


def interval_logrank(
    data: pd.DataFrame,
    *,
    left: str,
    right: str,
    by: str,
    scores: Scores = "logrank",
    method: Method = "score",
    pairwise: bool = False,
    adjust: Adjust = "holm",
    seed: int = 1,
) -> pd.DataFrame:
    """Test that groups have the same distribution of times, which are known to lie in (left, right].

    Assumes that when people are looked at says nothing of when their time comes. Each person is scored by their
    interval at the pooled NPMLE. `scores`: "logrank" (Sun 1996; of discrete hazards, R's logrank1), "finkelstein" (of
    proportional hazards, Finkelstein 1986; R's logrank2), "wilcoxon" (of proportional odds, early times more). `method`
    holds the sums by group against their observed information ("score"), which lets groups be looked at on different
    schedules; or against their permutations, which needs like schedules: by mean and variance ("permutation"), or
    all of them ("exact"; 20,000 drawn from `seed` where they are too many to go through). See Fay and Shaw (2010).

    Returns a frame, the overall test first: contrast, statistic (chi-square), df, p_value, p_adjusted (the pairs
    only, each on its own rows); with "exact" p_error too, the standard error of a p-value that was drawn, 0 of one for
    which all permutations were gone through. Rows without a group are left out. Raises
    NotEstimable without events, with one group only, or where a group's intervals tell nothing.

    >>> data = pd.DataFrame({"a": [0, 0, 7, 7, 14, 14], "b": [7, 7, 14, None, None, None], "arm": list("xxyxyy")})
    >>> interval_logrank(data, left="a", right="b", by="arm", method="exact").round(3).iloc[0].to_dict()
    {'contrast': 'overall', 'statistic': 1.667, 'df': 1, 'p_value': 0.2, 'p_adjusted': nan, 'p_error': 0.0}
    """
    check_option("scores", scores, get_args(Scores))
    check_option("method", method, get_args(Method))
    check_option("adjust", adjust, STEPWISE)
    samples, how = _samples(data, left, right, by), _How(scores=scores, method=method, seed=seed)
    found = [{"contrast": "overall", **_test(samples, how)}]
    if pairwise:
        found += pairs(samples.groups, partial(_test, samples, how), adjust)
    return pd.DataFrame(found).reindex(columns=[*COLUMNS, "p_error"] if method == "exact" else COLUMNS)


def estimate(cohort: Cohort, analysis: Analysis) -> Result:
    """Return the overall test of resolution between visits, and those of all pairs of arms with adjusted p-values."""
    check_option("multiplicity", analysis.multiplicity, STEPWISE)
    followed = days_to_resolution(cohort)
    samples = _samples(followed, "resolution_left", "resolution_right", "arm")
    how = _How(scores="logrank", method="score", seed=1)
    test = partial(_test, samples, how)
    return rows_of_arms(cohort, analysis, followed, samples.groups, test, "Interval log-rank test (Sun), score")


def in_words(study: Study, lines: Sequence[Analysis]) -> Paragraph:
    """Say in the methods section what was done for these lines of the plan."""
    return Paragraph(
        title="Comparing resolution between visits",
        text="Log-rank test for times known up to an interval (Sun's scores), held against its observed information, "
        f"over all arms, then by pairs, each on its own people.{as_they_are(study)}"
        f"{multiplicity_in_words(study, lines, '', intervals=False)}",
        cites=("sun", "fay_shaw", *multiplicity_cites(study, lines)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Samples:
    """Intervals (n,) with codes of group; `groups` are the levels."""

    seen: Intervals
    group: IntArray
    groups: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """How times are scored and what the sums are held against."""

    scores: Scores
    method: Method
    seed: int


def _samples(data: pd.DataFrame, left: str, right: str, by: str) -> _Samples:
    seen = intervals(data, left=left, right=right)
    group, groups = coded(data, [by])
    known = known_rows(group)
    return _Samples(seen=seen.take(known), group=group[known], groups=groups)


def _test(s: _Samples, how: _How, pair: tuple[int, int] | None = None) -> dict[str, Any]:
    """Test all groups, or the codes of a pair on their own rows."""
    rows = np.ones(s.group.size, dtype=bool) if pair is None else np.isin(s.group, pair)
    group = s.group[rows] if pair is None else (s.group[rows] == pair[0]).astype(np.intp)
    seen = s.seen.take(rows)
    r = ranked(seen.left, seen.right, group, how.scores)
    people = {"n": int(rows.sum()), "events": int(np.isfinite(seen.right).sum())}
    found = score_test(r) if how.method == "score" else permutation_test(r.score, r.counts)
    numbers = {"statistic": found.statistic, "df": found.df, "p_value": found.p_value, **people}
    if how.method != "exact":
        return numbers
    exact = exact_test(r.score, r.counts, seed=how.seed)
    return {**numbers, "p_value": exact.p_value, "p_error": exact.std_error}
