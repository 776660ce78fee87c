"""Numbers as text: signs, missing numbers, numbers held back."""

from __future__ import annotations

import math

import pytest

from cgh_analysis import format as fmt
from cgh_analysis.results import STATISTICS, rows


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (1.25, 1, "1.2"),
        (-1.26, 1, "−1.3"),
        (-0.04, 1, "0.0"),
        (12, 0, "12"),
        (math.nan, 1, "–"),
        (math.inf, 1, "∞"),
        (-math.inf, 1, "−∞"),
    ],
)
def test_number(x: float, digits: int, text: str) -> None:
    assert fmt.number(x, digits) == text


def test_an_interval_keeps_a_limit_that_is_known() -> None:
    assert fmt.interval(-2.0, 3.0) == "−2.0, 3.0"
    assert fmt.interval(51.0, math.nan, 0) == "51, –"
    assert fmt.interval(math.nan, math.nan) == "–"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0123, "0.012"), (0.001, "0.001"), (0.00099, "<0.001"), (0.9995, ">0.999"), (1.0, ">0.999"), (math.nan, "–")],
)
def test_p_value(p: float, text: str) -> None:
    assert fmt.p_value(p) == text


def test_a_proportion_prints_as_percent_and_a_percentage_stays() -> None:
    frame = rows(
        [
            {"statistic": "risk", "estimate": 0.5404, "conf_low": 0.4604, "conf_high": 0.6186},
            {"statistic": "percent", "estimate": 54.04, "conf_low": 46.04, "conf_high": 61.86},
        ]
    ).frame
    assert [fmt.estimate_ci(row) for _, row in frame.iterrows()] == ["54.0 (46.0, 61.9)"] * 2


def test_what_has_no_number_says_why() -> None:
    frame = rows(
        [
            {"statistic": "count", "note": "suppressed: fewer than 10 people"},
            {"statistic": "count", "note": "suppressed"},
            {"statistic": "mean", "note": "not estimable: one arm is empty"},
            {"statistic": "mean"},
        ]
    ).frame
    assert [fmt.estimate_ci(row) for _, row in frame.iterrows()] == ["<10", "suppressed", "not estimable", "–"]


def test_an_estimate_without_limits_prints_alone() -> None:
    row = rows([{"statistic": "nnt", "estimate": 3.84}]).frame.iloc[0]
    assert fmt.estimate_ci(row) == "3.8"


@pytest.mark.parametrize("name", list(STATISTICS))
def test_every_declared_statistic_prints_with_its_decimals(name: str) -> None:
    row = rows([{"statistic": name, "estimate": 0.25}]).frame.iloc[0]
    assert fmt.estimate(row) == fmt.number(0.25 * fmt.print_factor(name), STATISTICS[name].digits)
