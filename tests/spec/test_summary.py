"""Formulas that describe one sample or compare two, on numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.numerics.proportions import wilson
from cgh_analysis.numerics.summary import (
    ks_distance,
    mean,
    mean_interval,
    quantiles,
    sd,
    smd_of_means,
    smd_of_shares,
    variance,
    variance_ratio,
)
from tests.reference.stored import CLOSED_FORM, agree, patients, stored

VALUES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


def test_moments_of_three_numbers() -> None:
    assert mean([1, 2, 6]) == 3
    assert variance([1, 2, 6]) == 7  # (4 + 1 + 9) / 2
    assert mean([1, 2, 6], [1, 1, 2]) == 15 / 4
    # W = 4, W^2 - sum w^2 = 10, sum w (x - 3.75)^2 = 20.75
    assert variance([1, 2, 6], [1, 1, 2]) == pytest.approx(4 / 10 * 20.75, rel=1e-15)


def test_nothing_has_no_mean_and_one_value_no_spread() -> None:
    assert math.isnan(mean([]))
    assert math.isnan(sd([3.0]))
    assert math.isnan(sd([3.0, 4.0], [1.0, 0.0]))
    assert np.isnan(quantiles([], [0.5])).all()
    alone = mean_interval([4.0])
    assert (alone.mean, alone.n) == (4.0, 1)
    assert math.isnan(alone.std_error) and math.isnan(alone.conf_low) and math.isnan(alone.df)


def test_the_interval_of_a_mean_is_students() -> None:
    # mean 3, sd sqrt(7), t(2) at 0.975 = 4.302652729696142
    found = mean_interval([1, 2, 6])
    assert found.conf_high - found.mean == pytest.approx(4.302652729696142 * math.sqrt(7 / 3), rel=CLOSED_FORM)


def test_standardised_differences_by_hand() -> None:
    assert smd_of_means(3, 1, 5, 3) == 1.0
    assert smd_of_means(2, 2, 0, 0) == 0.0
    assert math.isnan(smd_of_means(3, 2, 0, 0))
    # two categories: |0.5 - 0.2| / sqrt((0.25 + 0.16) / 2)
    assert smd_of_shares([0.5, 0.5], [0.2, 0.8]) == pytest.approx(0.3 / math.sqrt(0.205), rel=CLOSED_FORM)
    assert smd_of_shares([0.3, 0.7, 0.0], [0.3, 0.7, 0.0]) == 0.0
    assert math.isnan(smd_of_shares([1.0, 0.0], [0.0, 1.0]))
    assert math.isnan(smd_of_shares([0.5, 0.5, 0.0], [0.0, 0.0, 1.0]))


def test_distances_by_hand() -> None:
    assert variance_ratio(6, 3) == 2
    assert math.isnan(variance_ratio(6, 0))
    assert ks_distance([1, 2], [3, 4]) == 1
    assert ks_distance([1, 3], [2, 4]) == 0.5
    assert ks_distance([1, 3], [1, 3]) == 0
    assert ks_distance([1, 2], [1, 2], [1, 3], [3, 1]) == 0.5
    assert math.isnan(ks_distance([], [1]))


def test_quantiles_and_wilson_agree_with_r() -> None:
    reference = stored("table1", "tests_cgh")
    data = patients("cgh_sim")
    agree(quantiles(data["rom0"], [0.25, 0.5, 0.75]), reference["quantiles"]["type7"], CLOSED_FORM)
    found = wilson(data["trauma"].sum(), len(data))
    agree([found.conf_low, found.conf_high], reference["prop_wilson"]["conf_int"], CLOSED_FORM)


@pytest.mark.parametrize("arm", ["Overall", "MED", "MTE", "BLOCK"])
def test_means_spreads_and_quartiles_agree_with_tableone(arm: str) -> None:
    data = patients("cgh_sim")
    own = data if arm == "Overall" else data.loc[data["arm"] == arm]
    for row in stored("table1", "table1_cgh_arm")["continuous"][arm]:
        x = own[row["variable"]]
        expected = [row[k] for k in ("mean", "sd", "p25", "median", "p75")]
        agree([mean(x), sd(x), *quantiles(x, [0.25, 0.5, 0.75])], expected, CLOSED_FORM)


@pytest.mark.parametrize("arm", ["MED", "MTE", "BLOCK"])
def test_weighted_means_agree_with_the_survey_package_and_its_spread_differs_by_a_known_factor(arm: str) -> None:
    """svyvar divides the weighted sum of squares by W (n - 1) / n, this package by W - sum(w^2) / W."""
    data = patients("cgh_sim")
    data = data.assign(w=np.resize([0.5, 1, 1.5, 2], len(data)))
    own = data.loc[data["arm"] == arm]
    w = own["w"].to_numpy()
    factor = (w.sum() - (w @ w) / w.sum()) / (w.sum() * (w.size - 1) / w.size)
    for row in stored("table1", "table1_cgh_weighted")["continuous"][arm]:
        x = own[row["variable"]]
        agree([mean(x, w), sd(x, w) * math.sqrt(factor)], [row["mean"], row["sd"]], CLOSED_FORM)


@given(VALUES)
def test_equal_weights_are_no_weights(x: list[float]) -> None:
    w = np.full(len(x), 0.3)
    p = [0.0, 0.1, 0.25, 0.5, 0.9, 1.0]
    # sums and differences of numbers up to 1000 in another order: their rounding, not a relative error of the result
    assert mean(x, w) == pytest.approx(mean(x), abs=1e-9)
    assert variance(x, w) == pytest.approx(variance(x), rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(quantiles(x, p, w), quantiles(x, p), atol=1e-9)
    assert ks_distance(x, x[:1], w, w[:1]) == pytest.approx(ks_distance(x, x[:1]), abs=1e-12)


@given(VALUES, st.lists(st.integers(1, 4), min_size=30, max_size=30))
def test_whole_weights_are_repeated_rows(x: list[float], counts: list[int]) -> None:
    w = counts[: len(x)]
    repeated = np.repeat(x, w)
    assert mean(x, w) == pytest.approx(mean(repeated), abs=1e-9)
    assert ks_distance(x, [0.0], w) == pytest.approx(ks_distance(repeated, [0.0]), abs=1e-12)


@given(st.lists(st.integers(1, 40), min_size=3, max_size=6), st.lists(st.integers(1, 40), min_size=6, max_size=6))
def test_which_category_is_left_out_makes_no_difference(a: list[int], b: list[int]) -> None:
    p, q = np.array(a) / sum(a), np.array(b[: len(a)]) / sum(b[: len(a)])
    # a solve of at most 5 x 5, whose condition the shares of at least 1/200 bound
    assert smd_of_shares(p[::-1], q[::-1]) == pytest.approx(smd_of_shares(p, q), rel=1e-9, abs=1e-12)
    assert smd_of_shares(q, p) == pytest.approx(smd_of_shares(p, q), rel=1e-9, abs=1e-12)


def test_a_quantile_does_not_see_the_scale_of_the_weights_nor_people_without_weight() -> None:
    x, w = [5.0, 1.0, 3.0, 8.0], [1.0, 2.0, 0.0, 1.5]
    agree(quantiles(x, [0.2, 0.5], w), quantiles([5.0, 1.0, 8.0], [0.2, 0.5], [10.0, 20.0, 15.0]), CLOSED_FORM)
    # Akinshin's rule by hand: n* = 4.5^2 / 7.25; a window of width 1 / n* lies over shares 2, 1 and 1.5 of 4.5
    n = 4.5**2 / 7.25
    start, end = 0.5 * (n - 1) / n, (0.5 * (n - 1) + 1) / n
    parts = [2 / 4.5 - start, 1 / 4.5, end - 3 / 4.5]
    agree(quantiles(x, 0.5, w), [n * (parts[0] * 1 + parts[1] * 5 + parts[2] * 8)], CLOSED_FORM)
