"""Mean times under hazards that are constant between rounds of visits: closed forms, a general optimiser, refusals."""

import numpy as np
import pytest
from scipy import optimize

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.horizon.piecewise import cuts_of, mean_time, piecewise
from cgh_analysis.simulate import Schedule, watched

ONE = np.array([0.0])


def seen(patients: int = 80, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = watched({"arm": Schedule(days=[28, 56, 84, 182, 364], hazard_ratio=1.5)}, patients=patients, seed=seed)
    return data["left"].to_numpy(float), data["right"].to_numpy(float), np.ones(patients)


def minus_log_likelihood(log_hazard, left, right, cuts):
    """Person by person, from the definition."""
    ends = np.append(cuts[1:], np.inf)

    def cumulative(t):
        return sum(h * max(0.0, min(t, e) - c) for h, c, e in zip(np.exp(log_hazard), cuts, ends, strict=True))

    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += np.log(np.exp(-cumulative(a)) - (np.exp(-cumulative(b)) if np.isfinite(b) else 0.0))
    return -total


def test_one_piece_and_exact_times_are_events_over_exposure() -> None:
    left, right = np.array([5.0, 8, 12, 20, 20]), np.array([5.0, 8, 12, np.inf, np.inf])
    fit = piecewise(left, right, np.ones(5), ONE)
    rate, events = 3 / 65, 3
    np.testing.assert_allclose(fit.hazard, [rate], rtol=1e-10)
    np.testing.assert_allclose(fit.covariance, [[rate**2 / events]], rtol=1e-10)
    found, tau = mean_time(fit, 18.0), 18.0
    mean = (1 - np.exp(-rate * tau)) / rate
    slope = (tau * np.exp(-rate * tau) - mean) / rate
    np.testing.assert_allclose([found.mean, found.variance], [mean, slope**2 * rate**2 / events], rtol=1e-10)


def test_one_round_of_visits_is_a_binomial() -> None:
    """Everybody is looked at on day 10: 3 of 8 are gone, and survival there is 5 / 8 with the binomial's variance."""
    left, right = np.array([0.0, 10.0]), np.array([10.0, np.inf])
    fit = piecewise(left, right, np.array([3.0, 5.0]), ONE)
    np.testing.assert_allclose(np.exp(-10 * fit.hazard), [5 / 8], rtol=1e-10)
    variance = (10 * 5 / 8) ** 2 * fit.covariance[0, 0]
    np.testing.assert_allclose(variance, (5 / 8) * (3 / 8) / 8, rtol=1e-9)


def test_the_maximum_is_that_of_a_general_optimiser() -> None:
    left, right, count = seen()
    cuts = cuts_of(left, right, count)
    fit = piecewise(left, right, count, cuts)
    assert cuts.size > 2
    start = np.full(cuts.size, np.log(0.003))
    found = optimize.minimize(minus_log_likelihood, start, (left, right, cuts), method="BFGS", options={"gtol": 1e-7})
    # the optimiser's own stopping point bounds what hazards agree to; the likelihood is flat there
    np.testing.assert_allclose(fit.log_likelihood, -found.fun, rtol=1e-10)
    np.testing.assert_allclose(fit.hazard, np.exp(found.x), rtol=1e-4)
    np.testing.assert_allclose(count @ fit.scores, 0, atol=1e-6 * np.abs(fit.scores).sum())


def test_influences_add_up_to_the_variance() -> None:
    """The sum of squared influences estimates what the information says, and the influences themselves cancel."""
    left, right, count = seen(2000, 5)
    found = mean_time(piecewise(left, right, count, cuts_of(left, right, count)), 182.0)
    np.testing.assert_allclose(count @ found.influence, 0, atol=1e-8)
    np.testing.assert_allclose(count @ found.influence**2, found.variance, rtol=0.1)  # two estimates of one variance


def test_counts_are_people() -> None:
    left, right, count = seen(40)
    twice = piecewise(left, right, 2 * count, cuts_of(left, right, count))
    rows = piecewise(*(np.repeat(v, 2) for v in (left, right, count)), cuts_of(left, right, count))
    np.testing.assert_allclose(twice.hazard, rows.hazard, rtol=1e-9)
    np.testing.assert_allclose(twice.covariance, rows.covariance, rtol=1e-9)


def test_a_piece_that_nobody_leaves_without_the_event_is_joined() -> None:
    left, right = np.array([0.0, 0, 5, 5, 5]), np.array([5.0, 5, 10, 10, 10])
    fit = piecewise(left, right, np.ones(5), np.array([0.0, 5.0]))
    assert fit.cuts.tolist() == [0.0]
    assert np.isfinite(fit.hazard).all()


def test_nothing_to_go_by_is_refused() -> None:
    with pytest.raises(NotEstimable, match="no event"):
        piecewise(np.array([5.0]), np.array([np.inf]), np.ones(1), ONE)
    with pytest.raises(NotEstimable, match="at the very start"):
        piecewise(np.array([0.0]), np.array([7.0]), np.ones(1), ONE)


def test_any_few_people_have_a_mean_or_a_reason() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        n = int(rng.integers(1, 40))
        visits = np.sort(rng.integers(1, 400, (n, int(rng.integers(1, 6)))), axis=1).astype(float)
        time = rng.weibull(rng.uniform(0.5, 2), n)[:, None] * rng.uniform(5, 600)
        left = np.where(visits < time, visits, 0).max(axis=1)
        right = np.where(visits >= time, visits, np.inf).min(axis=1)
        count = rng.integers(1, 4, n).astype(float)
        try:
            found = mean_time(piecewise(left, right, count, cuts_of(left, right, count)), 180.0)
        except NotEstimable as reason:
            assert str(reason) in {"no event", "every event may have come at the very start"}
        else:
            assert 0 <= found.mean <= 180
            assert 0 <= found.variance < np.inf
