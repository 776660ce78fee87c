"""Graphs are closed tests: the same decisions and adjusted p-values as weighted Bonferroni of every intersection."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.numerics.gatekeeping import (
    Graph,
    fixed_sequence,
    gatekeep,
    graph,
    holm_graph,
    step_up,
    unconnected,
    without,
)
from cgh_analysis.numerics.multiplicity import bonferroni, hochberg, holm

ALPHA = 0.05
# quotients of weights that were multiplied along other paths differ in their last bits
LAST_BITS = 1e-9


def shares(draw: st.DrawFn, m: int) -> np.ndarray:
    """Draw m numbers of at least 0 that add up to at most 1, some of them 0, and often to 1."""
    parts = np.array(draw(st.lists(st.integers(0, 4), min_size=m, max_size=m)), dtype=float)
    unused = draw(st.sampled_from([0, 0, 1]))
    return parts / max(parts.sum() + unused, 1)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    m = draw(st.integers(1, 5))
    transitions = np.zeros((m, m))
    for row in range(m):
        transitions[row, [k for k in range(m) if k != row]] = shares(draw, m - 1)
    return graph(shares(draw, m), transitions)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Graph, np.ndarray]:
    given_graph = draw(graphs())
    m = given_graph.weights.size
    p = draw(st.lists(st.one_of(st.floats(1e-6, 0.06), st.floats(0, 1)), min_size=m, max_size=m))
    return given_graph, np.array(p)


def closed(p: np.ndarray, of: Graph) -> np.ndarray:
    """Adjust by brute force: the largest p-value of all intersections that hold a hypothesis."""
    m = p.size
    adjusted = np.zeros(m)
    for size in range(1, m + 1):
        for kept in map(list, combinations(range(m), size)):
            left = of
            for j in sorted(set(range(m)) - set(kept)):
                left = without(left, j)
            w = left.weights[kept]
            smallest = min([1.0, *(p[kept][w > 0] / w[w > 0])])
            adjusted[kept] = np.maximum(adjusted[kept], smallest)
    return adjusted


@given(cases())
def test_a_graph_decides_as_its_closed_test(case: tuple[Graph, np.ndarray]) -> None:
    of, p = case
    found, expected = gatekeep(p, of, ALPHA), closed(p, of)
    np.testing.assert_allclose(found.p_adjusted, expected, rtol=LAST_BITS)
    clear = np.abs(expected - ALPHA) > LAST_BITS
    assert (found.rejected == (expected <= ALPHA))[clear].all()


@given(cases())
def test_a_hypothesis_is_rejected_where_its_p_value_is_within_its_level(case: tuple[Graph, np.ndarray]) -> None:
    of, p = case
    found = gatekeep(p, of, ALPHA)
    close = np.abs(found.p_adjusted - ALPHA) <= LAST_BITS
    within = (p <= found.level * (1 + LAST_BITS)) & (found.level > 0)
    assert (within == found.rejected)[~close].all()


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_rejections_makes_no_difference(of: Graph, random: object) -> None:
    gone = list(range(of.weights.size))
    random.shuffle(gone)
    gone = gone[: len(gone) // 2 + 1]
    one, other = of, of
    for j in gone:
        one = without(one, j)
    for j in reversed(gone):
        other = without(other, j)
    np.testing.assert_allclose(one.weights, other.weights, atol=LAST_BITS)
    np.testing.assert_allclose(one.transitions, other.transitions, atol=LAST_BITS)
    # what was allowed at first stays allowed
    graph(one.weights, one.transitions)


@given(cases(), st.integers(0, 4))
def test_a_smaller_p_value_never_loses_a_rejection(case: tuple[Graph, np.ndarray], which: int) -> None:
    of, p = case
    smaller = p.copy()
    smaller[which % p.size] /= 2
    now, before = gatekeep(smaller, of).p_adjusted, gatekeep(p, of).p_adjusted
    assert (now <= before * (1 + LAST_BITS)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_special_graphs_are_the_procedures_that_they_are_called(p: list[float]) -> None:
    m = len(p)
    np.testing.assert_allclose(gatekeep(p, holm_graph(m)).p_adjusted, holm(p), rtol=LAST_BITS)
    np.testing.assert_allclose(gatekeep(p, unconnected(m)).p_adjusted, bonferroni(p), rtol=LAST_BITS)
    np.testing.assert_array_equal(gatekeep(p, fixed_sequence(m)).p_adjusted, np.maximum.accumulate(p))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_stepping_up_rejects_what_holm_does_and_perhaps_more(p: list[float]) -> None:
    found = step_up(p)
    np.testing.assert_array_equal(found.p_adjusted, hochberg(p))
    assert (found.rejected | ~(holm(p) <= ALPHA)).all()
    assert ((np.array(p) <= found.level) | ~found.rejected).all()
