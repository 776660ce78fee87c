"""Graphs of hypotheses against published results, hand-worked examples and the procedures that they contain."""

from __future__ import annotations

import numpy as np
import pytest

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.gatekeeping import (
    fallback,
    fixed_sequence,
    gatekeep,
    graph,
    holm_graph,
    step_up,
    unconnected,
    without,
)
from cgh_analysis.numerics.multiplicity import hochberg, holm

# two doses, a primary and a secondary endpoint each: the motivating example of graphicalMCP's vignette "Sequentially
# rejective graphical multiple comparison procedures based on Bonferroni tests"
DOSES = graph([0.5, 0.5, 0, 0], [[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]])
DOSES_P = [0.018, 0.01, 0.105, 0.006]


def test_published_example_of_two_doses_and_two_endpoints() -> None:
    found = gatekeep(DOSES_P, DOSES, alpha=0.025)
    np.testing.assert_allclose(found.p_adjusted, [0.024, 0.020, 0.105, 0.024], rtol=1e-12)
    assert found.rejected.tolist() == [True, True, False, True]
    # the vignette: "p <= weight * alpha" with weights 0.75, 0.50, 1.00 and 0.50
    np.testing.assert_allclose(found.level, 0.025 * np.array([0.75, 0.5, 1.0, 0.5]), rtol=1e-12)


def test_published_graphs_between_the_rejections() -> None:
    both = without(without(DOSES, 1), 0)
    np.testing.assert_allclose(both.weights, [0, 0, 0.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(both.transitions[2:, 2:], [[0, 1], [1, 0]], atol=1e-15)
    other = without(without(DOSES, 1), 3)
    np.testing.assert_allclose(other.weights, [1, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(other.transitions[0], [0, 0, 1, 0], atol=1e-15)
    np.testing.assert_allclose(other.transitions[2], [1, 0, 0, 0], atol=1e-15)


def test_published_example_of_holms_graph() -> None:
    # the example in the documentation of R's gMCP(): gMCP(BonferroniHolm(5), pvalues = c(0.01, 0.02, 0.04, 0.04, 0.7))
    found = gatekeep([0.01, 0.02, 0.04, 0.04, 0.7], holm_graph(5))
    np.testing.assert_allclose(found.p_adjusted, [0.05, 0.08, 0.12, 0.12, 0.70], rtol=1e-12)
    assert found.rejected.tolist() == [True, False, False, False, False]


def test_an_arrow_through_a_rejected_hypothesis_is_joined_by_hand() -> None:
    # g13 = (0.6 + 0.4 * 0.5) / (1 - 0.4 * 0.5) = 0.8 / 0.8; w1 = 0.3 + 0.5 * 0.5, w3 = 0.2 + 0.5 * 0.5
    left = without(graph([0.3, 0.5, 0.2], [[0, 0.4, 0.6], [0.5, 0, 0.5], [0, 1, 0]]), 1)
    np.testing.assert_allclose(left.weights, [0.55, 0, 0.45], rtol=1e-14)
    np.testing.assert_allclose(left.transitions, [[0, 0, 1], [0, 0, 0], [1, 0, 0]], atol=1e-14)


def test_a_pair_that_keeps_everything_to_itself_hands_nothing_on() -> None:
    left = without(graph([0.5, 0.5, 0], [[0, 1, 0], [1, 0, 0], [0, 0, 0]]), 0)
    np.testing.assert_array_equal(left.weights, [0, 1, 0])
    assert not left.transitions.any()


def test_a_fixed_sequence_stops_at_the_first_that_is_not_rejected() -> None:
    found = gatekeep([0.01, 0.06, 0.001, 0.5], fixed_sequence(4))
    assert found.rejected.tolist() == [True, False, False, False]
    np.testing.assert_allclose(found.p_adjusted, [0.01, 0.06, 0.06, 0.5], rtol=1e-14)
    assert found.level.tolist() == [0.05, 0.05, 0, 0]


def test_a_fallback_hands_the_share_to_the_next_only() -> None:
    # levels 0.02 and 0.03, and 0.05 for the second once the first is rejected
    shares = fallback([0.4, 0.6])
    assert gatekeep([0.01, 0.045], shares).rejected.tolist() == [True, True]
    assert gatekeep([0.045, 0.01], shares).rejected.tolist() == [False, True]
    np.testing.assert_allclose(gatekeep([0.01, 0.045], shares).level, [0.02, 0.05], rtol=1e-14)


def test_bonferroni_hands_nothing_on() -> None:
    found = gatekeep([0.001, 0.03, 0.5], unconnected(3))
    np.testing.assert_allclose(found.p_adjusted, [0.003, 0.09, 1], rtol=1e-14)
    np.testing.assert_allclose(found.level, [0.05 / 3] * 3, rtol=1e-14)


def test_a_hypothesis_that_no_share_reaches_is_never_rejected() -> None:
    found = gatekeep([0.2, 0.0], graph([1, 0], np.zeros((2, 2))))
    assert found.p_adjusted.tolist() == [0.2, 1.0]
    assert found.level.tolist() == [0.05, 0.0]


def test_what_has_no_p_value_keeps_its_share() -> None:
    found = gatekeep([np.nan, 0.03], graph([0.5, 0.5], [[0, 1], [1, 0]]))
    assert found.rejected.tolist() == [False, False]
    np.testing.assert_array_equal(found.p_adjusted, [np.nan, 0.06])
    stepped = step_up([np.nan, 0.03])
    np.testing.assert_array_equal(stepped.p_adjusted, [np.nan, 0.06])
    assert stepped.rejected.tolist() == [False, False]


def test_step_up_is_hochberg_with_the_levels_of_its_decisions() -> None:
    p = [0.01, 0.03, 0.02, 0.4]
    found = step_up(p)
    np.testing.assert_array_equal(found.p_adjusted, hochberg(p))
    assert found.rejected.tolist() == [True, False, False, False]
    np.testing.assert_allclose(found.level, [0.05 / 4, 0.05 / 2, 0.05 / 3, 0.05], rtol=1e-14)
    # 0.04 <= 0.05 / 1 takes every smaller one with it, where Holm rejects none
    assert step_up([0.04, 0.03, 0.02]).rejected.all()
    assert not (np.array(holm([0.04, 0.03, 0.02])) <= 0.05).any()


@pytest.mark.parametrize(
    ("weights", "transitions", "words"),
    [
        ([0.6, 0.6], np.zeros((2, 2)), "weights must"),
        ([-0.1, 0.6], np.zeros((2, 2)), "weights must"),
        ([np.nan, 0.6], np.zeros((2, 2)), "weights must"),
        ([0.5, 0.5], [[0, 1.1], [0, 0]], "a row of transitions must"),
        ([0.5, 0.5], [[0, -1], [0, 0]], "a row of transitions must"),
        ([0.5, 0.5], [[0.5, 0.5], [0, 0]], "to itself"),
        ([0.5, 0.5], np.zeros((3, 3)), "have the shape"),
        ([], np.zeros((0, 0)), "have the shape"),
    ],
)
def test_a_graph_that_gives_away_too_much_is_refused(weights: object, transitions: object, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        graph(weights, transitions)


@pytest.mark.parametrize(("p", "alpha"), [([0.1], 0.05), ([0.1, 1.2], 0.05), ([0.1, -0.1], 0.05), ([0.1, 0.2], 1.0)])
def test_p_values_and_alpha_out_of_range_are_refused(p: list[float], alpha: float) -> None:
    with pytest.raises(ArgumentError):
        gatekeep(p, holm_graph(2), alpha)


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("true", [(0, 1, 2, 3), (2, 3), (1, 3)])
def test_the_familywise_error_is_kept_under_correlated_normals(correlation: float, true: tuple[int, ...]) -> None:
    from scipy import stats

    n, alpha = 20_000, 0.05
    random = np.random.default_rng(20240611)
    covariance = np.full((4, 4), correlation) + (1 - correlation) * np.eye(4)
    z = random.multivariate_normal(np.zeros(4), covariance, size=n)
    z[:, [k for k in range(4) if k not in true]] += 3.0
    p = 2 * stats.norm.sf(np.abs(z))
    wrong = np.mean([gatekeep(row, DOSES, alpha).rejected[list(true)].any() for row in p])
    # 3 Monte Carlo standard errors of a share of 5 % over 20,000 repetitions
    assert wrong <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / n)
