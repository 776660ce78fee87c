"""Simultaneous bands: critical values computed in other ways, limits by their formulas, what changes nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, optimize, stats

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.numerics.survival.bands import bridge_stays, equal_precision, hall_wellner, stationary_stays

TIMES = {"time": "day", "event": "gone"}


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_whole_bridge_has_kolmogorovs_critical_values(level):
    np.testing.assert_allclose(hall_wellner(0, 1 - 1e-12, level), stats.kstwobign.ppf(level), rtol=1e-8)


@pytest.mark.parametrize(("a_high", "printed"), [(0.25, 1.014), (0.5, 1.273), (0.75, 1.354)])
def test_hall_and_wellners_table(a_high, printed):
    assert round(hall_wellner(0, a_high), 3) == printed


def by_images(k, low, high):
    """Chance that a bridge stays within k: the density of a killed Brownian motion by reflections, not by series."""
    nodes, weights = np.polynomial.legendre.leggauss(800)
    x, y = (min(k, 9 * np.sqrt(v)) * nodes for v in (low, 1 - high))
    start, end = (
        min(k, 9 * np.sqrt(v)) * weights * stats.norm.pdf(z, scale=np.sqrt(v)) for v, z in ((low, x), (1 - high, y))
    )
    density = stats.norm(scale=np.sqrt(high - low)).pdf
    inside = sum(
        density(x[:, None] - y + 4 * m * k) - density(x[:, None] + y + 2 * k + 4 * m * k) for m in range(-4, 5)
    )
    return np.sqrt(2 * np.pi) * start @ inside @ end


@pytest.mark.parametrize(
    ("low", "high", "k"), [(0.1, 0.6, 1.3211), (0.3, 0.31, 1.0), (0.02, 0.1, 0.7), (0.5, 0.99, 1.3)]
)
def test_a_bridge_stays_within_a_constant_as_reflections_have_it(low, high, k):
    np.testing.assert_allclose(bridge_stays(k, low, high), by_images(k, low, high), rtol=1e-10)


def by_differences(c, span):
    """Chance that the stationary process stays within c: its generator on a grid, extrapolated to a step of zero."""

    def on_grid(n):
        h = 2 * c / n
        x = -c + h * np.arange(1, n)
        up, down = 1 / h**2 - x / (2 * h), 1 / h**2 + x / (2 * h)
        generator = np.diag(np.full(n - 1, -2 / h**2)) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
        return stats.norm.pdf(x) * h @ linalg.expm(span * generator).sum(axis=1)

    return (4 * on_grid(160) - on_grid(80)) / 3


@pytest.mark.parametrize(("c", "span"), [(2.9, 1.3), (2.0, 0.3), (3.2, 3.0)])
def test_the_stationary_process_stays_as_finite_differences_have_it(c, span):
    # an extrapolated second-order scheme of 160 steps has an error of order (c / 80)^4
    np.testing.assert_allclose(stationary_stays(c, span), by_differences(c, span), atol=3e-7)


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.6), (0.1, 0.9), (0.3, 0.7)])
def test_equal_precision_is_near_its_usual_approximation(low, high):
    """For large c a range is left with a chance of about phi(c) (4 / c + (c - 1 / c) times the span of the logit)."""
    span = np.log(high * (1 - low) / (low * (1 - high)))
    usual = optimize.brentq(lambda c: stats.norm.pdf(c) * (4 / c + (c - 1 / c) * span) - 0.05, 1.5, 6)
    assert abs(equal_precision(low, high) - usual) < 0.01


@pytest.mark.parametrize("kind", [hall_wellner, equal_precision])
def test_critical_values_grow_with_range_and_level(kind):
    values = [kind(0.3, 0.31), kind(0.3, 0.5), kind(0.2, 0.5), kind(0.2, 0.9), kind(0.2, 0.9, 0.99)]
    assert values == sorted(values)
    with pytest.raises(NotEstimable, match="hardly an event"):
        kind(0.3, 0.3)


def test_a_short_range_of_equal_precision_is_nearly_one_time():
    assert 0 < equal_precision(0.5, 0.5001) - stats.norm.ppf(0.975) < 0.06


def people(n=120, seed=4):
    rng = np.random.default_rng(seed)
    day, end = rng.exponential(60, n), rng.uniform(20, 150, n)
    return pd.DataFrame({"day": np.ceil(np.minimum(day, end)), "gone": day <= end, "arm": rng.choice(["a", "b"], n)})


RANGE = (10, 80)


def test_limits_by_their_formulas():
    data = people()
    curve = kaplan_meier(data, **TIMES)
    at = curve.steps().assign(v=lambda f: (f["std_error"] / f["estimate"]) ** 2, n=len(data))
    at["a"] = at["n"] * at["v"] / (1 + at["n"] * at["v"])
    here = at.loc[(at["time"] > 10) & (at["time"] < 80) & (at["n_event"] > 0)]
    first, last = (at.loc[at["time"] <= t].iloc[-1] for t in RANGE)
    c, k = equal_precision(first["a"], last["a"]), hall_wellner(first["a"], last["a"])
    for kind, critical, half in [
        ("equal-precision", c, c * np.sqrt(here["v"])),
        ("hall-wellner", k, k * (1 + here["n"] * here["v"]) / np.sqrt(here["n"])),
    ]:
        plain = curve.band(kind, times=RANGE, conf_type="plain").iloc[1:-1]
        assert plain["time"].tolist() == here["time"].tolist()
        np.testing.assert_allclose(plain["critical"], critical, rtol=1e-12)
        np.testing.assert_allclose(plain["conf_low"], np.maximum(here["estimate"] * (1 - half), 0), rtol=1e-10)
        np.testing.assert_allclose(plain["conf_high"], np.minimum(here["estimate"] * (1 + half), 1), rtol=1e-10)
        theta = np.exp(half / np.log(here["estimate"]))
        twice = curve.band(kind, times=RANGE).iloc[1:-1]
        np.testing.assert_allclose(twice["conf_low"], here["estimate"] ** (1 / theta), rtol=1e-10)
        np.testing.assert_allclose(twice["conf_high"], here["estimate"] ** theta, rtol=1e-10)
        angle, wide = (
            np.arcsin(np.sqrt(here["estimate"])),
            half / 2 * np.sqrt(here["estimate"] / (1 - here["estimate"])),
        )
        arcsine = curve.band(kind, times=RANGE, conf_type="arcsine").iloc[1:-1]
        np.testing.assert_allclose(arcsine["conf_low"], np.sin(np.maximum(angle - wide, 0)) ** 2, rtol=1e-10)
        logit = curve.band(kind, times=RANGE, conf_type="logit").iloc[1:-1]
        odds = here["estimate"] / (1 - here["estimate"]) * np.exp(half / (1 - here["estimate"]))
        np.testing.assert_allclose(logit["conf_high"], odds / (1 + odds), rtol=1e-10)


@pytest.mark.parametrize("kind", ["hall-wellner", "equal-precision"])
def test_order_of_rows_unit_of_time_and_whole_weights_change_nothing(kind):
    data = people()
    band = kaplan_meier(data, **TIMES, by="arm").band(kind, times=RANGE)
    mixed = data.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(kaplan_meier(mixed, **TIMES, by="arm").band(kind, times=RANGE), band)
    weeks = kaplan_meier(data.assign(day=data["day"] / 7), **TIMES, by="arm").band(kind, times=(10 / 7, 80 / 7))
    pd.testing.assert_frame_equal(weeks.assign(time=weeks["time"] * 7), band)
    often = data.assign(often=np.resize([1, 2, 3], len(data)))
    repeated = often.loc[often.index.repeat(often["often"])]
    pd.testing.assert_frame_equal(
        kaplan_meier(often, **TIMES, by="arm", weights="often").band(kind, times=RANGE),
        kaplan_meier(repeated, **TIMES, by="arm").band(kind, times=RANGE),
    )


def test_bands_are_wider_than_pointwise_limits_and_hold_the_curve():
    curve = kaplan_meier(people(), **TIMES, by="arm")
    for kind in ("hall-wellner", "equal-precision"):
        band = curve.band(kind, times=RANGE)
        points = pd.concat([curve.at(part["time"]).query("group == @g") for g, part in band.groupby("group")])
        assert (band["estimate"].to_numpy() == points["estimate"].to_numpy()).all()
        assert (band["conf_low"].to_numpy() < points["conf_low"].to_numpy()).all()
        assert (band["conf_high"].to_numpy() > points["conf_high"].to_numpy()).all()


def test_what_a_band_cannot_be_made_of():
    data = people()
    curve = kaplan_meier(data, **TIMES, by="arm")
    first = int(data.loc[data["gone"], "day"].min())
    with pytest.raises(NotEstimable, match=r"a: no event by 0, .*; b: no event by 0"):
        curve.band("equal-precision", times=(0, 80))
    assert curve.band("hall-wellner", times=(0, 80), conf_type="plain").notna().all(axis=None)
    early = curve.band("hall-wellner", times=(0, 80)).groupby("group").head(1)
    assert early[["conf_low", "conf_high"]].isna().all(axis=None)
    with pytest.raises(NotEstimable, match="nobody was under observation until 500"):
        curve.band("hall-wellner", times=(first, 500))
    with pytest.raises(NotEstimable, match="hardly an event"):
        curve.band("hall-wellner", times=(0, 0.5))
    gone = kaplan_meier(data.assign(gone=True), **TIMES)
    with pytest.raises(NotEstimable, match="survival has fallen to zero by 400"):
        gone.band("hall-wellner", times=(10, 400))
    for times in [(80, 10), (10, 10), (-1, 10), (10,), (10, np.inf), 10]:
        with pytest.raises(ArgumentError, match="is no range"):
            curve.band("hall-wellner", times=times)
    for options, said in [({"conf_type": "loglog"}, "conf_type='loglog'"), ({"conf_level": 95}, "conf_level=95")]:
        with pytest.raises(ArgumentError, match=said):
            curve.band("hall-wellner", times=RANGE, **options)
    with pytest.raises(ArgumentError, match="kind='hw'"):
        curve.band("hw", times=RANGE)
    with pytest.raises(ArgumentError, match="no whole numbers"):
        kaplan_meier(data.assign(w=1.5), **TIMES, weights="w").band("hall-wellner", times=RANGE)
