"""The NPMLE, its profile likelihood and its rank tests against slow definitions, and what must not change them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.interval.compare import difference, ratio
from cgh_analysis.numerics.interval.npmle import npmle, survival
from cgh_analysis.numerics.interval.permutation import exact_test
from cgh_analysis.numerics.interval.profile import at, limits, profile
from cgh_analysis.numerics.interval.quantile import quantile
from cgh_analysis.numerics.interval.rank_tests import ranked, score_test
from cgh_analysis.numerics.interval.scores import model, score
from cgh_analysis.numerics.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.survival.logrank import logrank
from tests import naive_interval as naive

CHI = stats.chi2.ppf(0.95, 1)


def drawn(seed, n=12, top=8):
    """Intervals with many ties, exact times, censored ones and some that tell nothing."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, top, n).astype(float)
    right = left + rng.integers(0, 4, n)
    right[right == 0] = 1.0
    right[rng.random(n) < 0.3] = np.inf
    return left, right, rng.integers(1, 4, n).astype(float)


def visited(n, seed, gap=14.0, jitter=4):
    """People seen every two weeks, some days off, who miss one visit in five."""
    rng = np.random.default_rng(seed)
    t = rng.weibull(1.2, n) * 80
    visits = gap * np.arange(1, 13) + rng.integers(-jitter, jitter + 1, (n, 12))
    here = rng.random((n, 12)) < 0.8
    left = np.where(here & (visits < t[:, None]), visits, 0).max(axis=1)
    right = np.where(here & (visits >= t[:, None]), visits, np.inf).min(axis=1)
    return left.astype(float), right


@pytest.mark.parametrize("seed", range(25))
def test_cells_masses_and_likelihood_against_self_consistency(seed):
    left, right, weight = drawn(seed)
    fit = npmle(left, right, weights=weight)
    cells, holds = naive.cliques(left, right)
    _, log_likelihood = naive.self_consistent(holds, weight, steps=5000)
    assert fit.left.tolist() == [p[0] for p, _ in cells]
    assert fit.right.tolist() == [q[0] for _, q in cells]
    assert fit.kkt < 1e-10
    assert fit.mass.min() >= 0
    assert fit.mass.sum() == pytest.approx(1, abs=1e-14)
    # EM creeps: it may be a little below
    assert -1e-11 < fit.log_likelihood - log_likelihood < 1e-5
    assert fit.log_likelihood == pytest.approx(weight @ np.log(holds @ fit.mass), rel=1e-13)


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 30))
@settings(max_examples=60, deadline=None)
def test_the_kuhn_tucker_conditions_hold_by_the_clique_matrix(seed, n, top):
    left, right, weight = drawn(seed, n, top)
    fit = npmle(left, right, weights=weight)
    _, holds = naive.cliques(left, right)
    derivative = weight @ (holds / (holds @ fit.mass)[:, None]) / weight.sum()
    assert derivative.max() <= 1 + 1e-10
    np.testing.assert_allclose(derivative[fit.mass > 0], 1, atol=1e-10)


@pytest.mark.parametrize("n", [5, 300, 3000])
def test_exact_and_right_censored_times_give_kaplan_and_meier(n):
    rng = np.random.default_rng(n)
    time = np.ceil(rng.exponential(40, n)) if n < 3000 else rng.exponential(40, n)
    event = rng.random(n) < 0.6
    fit = npmle(time, np.where(event, time, np.inf))
    steps = kaplan_meier(time, event, np.zeros(n, dtype=int))
    ours = survival(fit, steps.time)[1]
    known = steps.time <= time[event].max()
    np.testing.assert_allclose(ours[known], steps.survival[known], atol=1e-12)


@pytest.mark.parametrize("n", [40, 400])
def test_rows_in_another_order_units_and_repeated_rows_change_nothing(n):
    left, right = visited(n, n)
    rng = np.random.default_rng(1)
    weight = rng.integers(1, 4, n).astype(float)
    fit = npmle(left, right, weights=weight)
    order = rng.permutation(n)
    assert np.array_equal(npmle(left[order], right[order], weights=weight[order]).mass, fit.mass)
    repeated = np.repeat(np.arange(n), weight.astype(int))
    again = npmle(left[repeated], right[repeated])
    np.testing.assert_allclose(again.mass, fit.mass, atol=1e-13)
    weeks = npmle(left / 7, right / 7, weights=weight)
    np.testing.assert_allclose(weeks.mass, fit.mass, atol=1e-13)
    np.testing.assert_allclose(weeks.left * 7, fit.left, rtol=1e-14)


def test_a_start_and_no_start_end_in_one_place():
    left, right = visited(300, 3)
    pick = np.random.default_rng(2).integers(0, 300, 300)
    cold = npmle(left[pick], right[pick])
    warm = npmle(left[pick], right[pick], start=npmle(left, right))
    np.testing.assert_allclose(warm.mass, cold.mass, atol=1e-10)
    assert warm.iterations < cold.iterations


def test_times_apart_by_rounding_only_are_one_time():
    fit = npmle(np.array([0.0, 0.3]), np.array([0.1 + 0.2, np.inf]))
    assert fit.mass.tolist() == [0.5, 0.5]


def test_intervals_that_tell_nothing_count_but_move_nothing():
    left, right = visited(50, 4)
    fit = npmle(left, right)
    more = npmle(np.append(left, [0.0, 0.0]), np.append(right, [np.inf, np.inf]))
    np.testing.assert_allclose(more.mass, fit.mass, atol=1e-12)
    assert more.n == 52


def test_nothing_to_estimate_from_is_refused():
    with pytest.raises(NotEstimable, match="no interval"):
        npmle(np.array([1.0]), np.array([2.0]), weights=np.zeros(1))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("time", [2.0, 3.5])
def test_the_profile_against_em_over_every_stretch(seed, time):
    left, right, weight = drawn(seed, n=8, top=6)
    sample = at(left, right, time, weights=weight)
    for s in (0.2, 0.7):
        point = profile(sample, s)
        slow = naive.held_at(left, right, weight, time, s)
        assert -1e-10 < point.log_likelihood - slow < 1e-3  # EM creeps
        step = 1e-5
        near = [profile(sample, s + d).log_likelihood for d in (-step, step)]
        assert point.slope == pytest.approx((near[1] - near[0]) / (2 * step), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_limits_are_where_the_likelihood_ratio_reaches_chi_square(seed):
    left, right = visited(60, seed)
    for time in (20.0, 70.0, 500.0):
        sample = at(left, right, time)
        low, high = limits(sample)
        assert low <= sample.low <= sample.high <= high
        for s in (low, high):
            loss = 2 * (sample.log_likelihood - profile(sample, s).log_likelihood)
            assert loss == pytest.approx(CHI, rel=1e-6) or (s in (0, 1) and loss <= CHI)
        assert profile(sample, sample.low).log_likelihood == pytest.approx(sample.log_likelihood, abs=1e-9)
        assert profile(sample, sample.high).log_likelihood == pytest.approx(sample.log_likelihood, abs=1e-9)


def test_limits_of_one_visit_for_all_are_those_of_a_binomial_likelihood():
    n, gone = 40, 12
    left = np.where(np.arange(n) < gone, 0.0, 28.0)
    right = np.where(np.arange(n) < gone, 28.0, np.inf)
    low, high = limits(at(left, right, 28.0))
    for s in (low, high):
        loss = 2 * (stats.binom.logpmf(gone, n, gone / n) - stats.binom.logpmf(gone, n, 1 - s))
        assert loss == pytest.approx(CHI, rel=1e-7)
    assert limits(at(left, np.full(n, np.inf), 28.0))[1] == 1
    nobody = at(np.full(n, 28.0), np.full(n, np.inf), 28.0)
    assert limits(nobody) == (pytest.approx(math.exp(-CHI / (2 * n)), rel=1e-8), 1.0)


def test_limits_of_exact_times_are_thomas_and_grunkemeiers():
    """Survival constrained at t has hazards d / (r + lambda) up to t (Thomas and Grunkemeier 1975)."""
    rng = np.random.default_rng(5)
    time, event = np.ceil(rng.exponential(30, 80)), rng.random(80) < 0.7
    sample = at(time, np.where(event, time, np.inf), 25.0)
    low, _ = limits(sample)
    days = np.unique(time[event & (time <= 25)])
    d = np.array([(event & (time == t)).sum() for t in days])
    r = np.array([(time >= t).sum() for t in days])
    # from -min(r - d), at which survival would be 0, up to 0, at which it is Kaplan and Meier's
    lagrange = np.linspace(1e-9 - (r - d).min(), 0, 400_001)
    h = d / (r + np.interp(low, np.prod(1 - d / (r + lagrange[:, None]), axis=1), lagrange))
    loss = 2 * np.sum(d * np.log(d / r / h) + (r - d) * np.log((1 - d / r) / (1 - h)))
    assert loss == pytest.approx(CHI, rel=1e-5)


def sides(value, kind):
    """Pairs of survival (one, other) on a fine grid that have the difference or ratio of resolved."""
    q = np.linspace(1e-3, 1 - 1e-3, 400)
    p = q + value if kind == "difference" else q * value
    inside = (p > 0) & (p < 1)
    return zip(1 - p[inside], 1 - q[inside], strict=True)


@pytest.mark.parametrize("kind", ["difference", "ratio"])
def test_two_groups_against_a_search_over_both(kind):
    one, other = at(*visited(40, 1), 56.0), at(*visited(50, 2), 56.0)
    found = {"difference": difference, "ratio": ratio}[kind](one, other, of="resolved")
    most = one.log_likelihood + other.log_likelihood
    for value in (found.conf_low, found.conf_high):
        pairs = list(sides(value, kind))[::4]
        best = max(profile(one, a).log_likelihood + profile(other, b).log_likelihood for a, b in pairs)
        assert 2 * (most - best) == pytest.approx(CHI, rel=2e-3)  # the grid's width
    p = (1 - one.estimate, 1 - other.estimate)
    assert found.estimate == pytest.approx(p[0] - p[1] if kind == "difference" else p[0] / p[1])
    same = max(profile(one, s).log_likelihood + profile(other, s).log_likelihood for s in np.linspace(0.3, 0.9, 121))
    assert found.statistic == pytest.approx(2 * (most - same), abs=2e-3)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, 1))


def test_two_groups_the_other_way_round():
    one, other = at(*visited(40, 1), 56.0), at(*visited(50, 2), 56.0)
    there, back = difference(one, other), difference(other, one)
    assert (there.conf_low, there.conf_high) == pytest.approx((-back.conf_high, -back.conf_low), rel=1e-6)
    there, back = ratio(one, other), ratio(other, one)
    assert (there.conf_low, there.conf_high) == pytest.approx((1 / back.conf_high, 1 / back.conf_low), rel=1e-6)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-6)
    with pytest.raises(ValueError, match="different times"):
        difference(one, at(*visited(50, 2), 57.0))


@pytest.mark.parametrize("seed", range(12))
def test_of_any_small_samples_limits_and_tests_say_the_same(seed):
    rng = np.random.default_rng(seed)
    samples = [drawn(1000 * seed + k, n=int(rng.integers(1, 15))) for k in range(2)]
    time = rng.integers(1, 20) / 2
    one, other = (at(left, right, time) for left, right, _ in samples)
    found = difference(one, other)
    assert found.conf_low <= found.low + 1e-9
    assert found.conf_high >= found.high - 1e-9
    assert (found.conf_low <= 0 <= found.conf_high) == (found.p_value >= 0.05)
    if max(one.high, other.high) > 0:
        against = ratio(one, other)
        assert (against.conf_low <= 1 <= against.conf_high) == (found.p_value >= 0.05)
        assert against.p_value == pytest.approx(found.p_value, abs=1e-7)


def test_groups_without_any_event_or_with_nothing_else():
    none, all_ = at(np.full(9, 30.0), np.full(9, np.inf), 28.0), at(np.zeros(9), np.full(9, 14.0), 28.0)
    nothing = difference(none, none, of="resolved")
    assert (nothing.estimate, nothing.p_value) == (0, 1)
    assert nothing.conf_low == pytest.approx(-nothing.conf_high, rel=1e-6)
    with pytest.raises(NotEstimable, match="no ratio"):
        ratio(none, none, of="resolved")
    full = ratio(all_, none, of="resolved")
    assert (full.estimate, full.conf_high) == (np.inf, np.inf)
    assert 1 < full.conf_low < np.inf
    assert difference(all_, none, of="resolved").conf_high == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_quantiles_limits_hold_exactly_the_times_that_are_not_rejected(seed):
    left, right = visited(30, seed, jitter=1)
    fit = npmle(left, right)
    found = quantile(fit, left, right, 0.5)
    ends = np.unique(np.concatenate([left, right]))
    ends = np.concatenate([[0.0], ends[np.isfinite(ends) & (ends > 0)]])
    inside = np.append((ends[1:] + ends[:-1]) / 2, ends[-1] + 1)
    loss = [2 * (fit.log_likelihood - profile(at(left, right, t, fit=fit), 0.5).log_likelihood) for t in inside]
    held = np.flatnonzero(np.array(loss) <= CHI)
    assert found.conf_low == ends[held[0]]
    assert found.conf_high == pytest.approx(np.append(ends, np.nan)[held[-1] + 1], nan_ok=True)
    assert np.array_equal(held, np.arange(held[0], held[-1] + 1)), "what is not rejected is one stretch"


MOVED = {
    "finkelstein": lambda s, b: s ** math.exp(b),
    "wilcoxon": lambda s, b: s / (s + (1 - s) * math.exp(b)),
    "logrank": lambda s, b: np.append(1, np.cumprod(1 / (1 + (s[:-1] / np.maximum(s[1:], 1e-300) - 1) * math.exp(b)))),
}


@pytest.mark.parametrize("scores", MOVED)
def test_scores_are_derivatives_of_the_log_likelihood(scores):
    mass = np.array([0.2, 0.1, 0.3, 0.15, 0.25])
    s = np.append(1 - np.concatenate([[0.0], np.cumsum(mass)[:-1]]), 0.0)
    first, last = (np.array(x) for x in ([0, 0, 1, 2, 3, 4], [1, 3, 4, 5, 5, 5]))
    step = 1e-6
    up, down = (np.log(-np.diff(MOVED[scores](s, b)[np.stack([first, last])], axis=0)[0]) for b in (step, -step))
    np.testing.assert_allclose(score(model(mass, scores), first, last), (up - down) / (2 * step), atol=1e-8)


def test_exact_times_give_the_log_rank_tests_observed_less_expected():
    rng = np.random.default_rng(8)
    time, event, group = np.ceil(rng.exponential(20, 90)), rng.random(90) < 0.7, rng.integers(0, 3, 90)
    ours = ranked(time, np.where(event, time, np.inf), group)
    theirs = logrank(time, event, group)
    np.testing.assert_allclose(ours.sums, theirs.observed - theirs.expected, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sizes", [(4, 5), (3, 2, 3)])
def test_all_permutations_against_a_list_of_them(seed, sizes):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 5, sum(sizes)) / 3
    group = np.repeat(np.arange(len(sizes)), sizes)
    rng.shuffle(group)
    distinct, index = np.unique(values, return_inverse=True)
    counts = np.zeros((distinct.size, len(sizes)), dtype=int)
    np.add.at(counts, (index, group), 1)
    found = exact_test(distinct, counts, seed=1)
    assert found.std_error == 0
    assert found.p_value == pytest.approx(naive.permuted_p(values, group), abs=1e-12)


def test_drawn_permutations_agree_with_the_normal_law_and_do_not_depend_on_the_order_of_scores():
    rng = np.random.default_rng(3)
    values, group = rng.normal(size=60), np.arange(60) % 2
    values += 0.45 * group
    counts = np.eye(2, dtype=int)[group]
    found, again = exact_test(values, counts, seed=7), exact_test(values[::-1], counts[::-1], seed=7)
    assert found == again
    assert 0 < found.std_error < 0.005
    z = (values[group == 1].mean() - values[group == 0].mean()) / (values.std(ddof=1) * math.sqrt(2 / 30))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), abs=4 * found.std_error + 0.003)


def test_groups_whose_intervals_tell_nothing_have_no_score_test():
    one = ranked(np.array([0.0, 0.0]), np.array([np.inf, 3.0]), np.array([0, 1]))
    with pytest.raises(NotEstimable, match="singular"):
        score_test(one)
    with pytest.raises(NotEstimable, match="one group only"):
        ranked(np.array([0.0, 1.0]), np.array([3.0, np.inf]), np.array([0, 0]))
    with pytest.raises(NotEstimable, match="no event"):
        ranked(np.array([0.0, 1.0]), np.array([np.inf, np.inf]), np.array([0, 1]))
