"""The tied six-row example of the Cox literature, and one with (entry, time], every quantity in closed form.

Six people: day 1 with x = 1 and an event, day 1 with x = 1 censored, day 6 with x = 1 and with x = 0, both events,
day 8 with x = 0 censored, day 9 with x = 0 and an event. With r = exp(b) the risk sets weigh 3r + 3 on day 1, r + 3 on
day 6 and 1 on day 9. Breslow's log-likelihood is 2b - log(3r + 3) - 2 log(r + 3); Efron's second death of day 6 has
(r + 3) - (r + 1) / 2 = (r + 5) / 2 instead of r + 3.
"""

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.survival.cox import cox
from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.mean_count import mean_count
from tests.reference.stored import agree

SIX = pd.DataFrame({"day": [9, 1, 1, 6, 6, 8], "event": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})
# roots of r^2 - 3r - 6 = 0 and of r^3 - 23r - 30 = 0, where the derivatives of the log-likelihoods vanish
R_BRESLOW = 1.5 + np.sqrt(33) / 2
R_EFRON = 2 * np.sqrt(23 / 3) * np.cos(np.arccos(45 / 23 * np.sqrt(3 / 23)) / 3)
EXACT = 1e-10


@pytest.fixture(scope="module")
def breslow():
    return cox("x", SIX, time="day", event="event", ties="breslow")


@pytest.fixture(scope="module")
def efron():
    return cox("x", SIX, time="day", event="event", ties="efron")


def test_breslow_estimate_and_likelihood(breslow):
    r = R_BRESLOW
    agree(breslow.coef, [np.log(r)], EXACT)
    agree(breslow.log_likelihood, 2 * np.log(r) - np.log(3 * r + 3) - 2 * np.log(r + 3), EXACT)
    agree(breslow.null_log_likelihood, -np.log(6) - 2 * np.log(4), EXACT)
    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    agree(breslow.vcov, [[1 / information]], EXACT)
    agree(breslow.wald_test.statistic, np.log(r) ** 2 * information, EXACT)
    # at b = 0: score 2 - 1/2 - 2/4, information 1/4 + 6/16
    agree(breslow.score_test.statistic, 1 / (1 / 4 + 6 / 16), EXACT)
    agree(breslow.likelihood_ratio_test.statistic, 2 * (breslow.log_likelihood - breslow.null_log_likelihood), EXACT)


def test_efron_estimate_and_likelihood(efron):
    r = R_EFRON
    agree(efron.coef, [np.log(r)], EXACT)
    agree(efron.log_likelihood, 2 * np.log(r) - np.log(3 * r + 3) - np.log(r + 3) - np.log((r + 5) / 2), EXACT)
    information = r / (r + 1) ** 2 + 3 * r / (r + 3) ** 2 + 5 * r / (r + 5) ** 2
    agree(efron.vcov, [[1 / information]], EXACT)
    # at b = 0: score 2 - 1/2 - 1/4 - 1/6, information 1/4 + 3/16 + 5/36
    agree(efron.score_test.statistic, (13 / 12) ** 2 / (1 / 4 + 3 / 16 + 5 / 36), EXACT)


def test_breslow_baseline_and_martingale(breslow):
    r = R_BRESLOW
    hazard = np.cumsum([1 / (3 * r + 3), 2 / (r + 3), 1.0])
    agree(breslow.baseline()["time"], [1, 6, 9], EXACT)
    agree(breslow.baseline()["cumulative_hazard"], hazard, EXACT)
    agree(breslow.baseline()["survival"], np.exp(-hazard), EXACT)
    met = np.array([hazard[2], r * hazard[0], r * hazard[0], r * hazard[1], hazard[1], hazard[1]])
    m = SIX["event"].to_numpy() - met
    agree(breslow.residuals("martingale"), m, EXACT)
    log = np.where(SIX["event"] == 1, np.log(met), 0)
    agree(breslow.residuals("deviance"), np.sign(m) * np.sqrt(-2 * (m + log)), EXACT)


def test_efron_baseline_and_martingale(efron):
    r = R_EFRON
    hazard = np.cumsum([1 / (3 * r + 3), 1 / (r + 3) + 2 / (r + 5), 1.0])
    agree(efron.baseline()["cumulative_hazard"], hazard, EXACT)
    # who dies on day 6 is at risk for the first death and for half of the second
    dying = hazard[0] + 1 / (r + 3) + 1 / (r + 5)
    met = np.array([hazard[2], r * hazard[0], r * hazard[0], r * dying, dying, hazard[1]])
    agree(efron.residuals("martingale"), SIX["event"] - met, EXACT)


def test_breslow_score_and_schoenfeld_residuals(breslow):
    r = R_BRESLOW
    day1, day6 = r / (r + 1), r / (r + 3)  # means of x
    h1, h6 = 1 / (3 * r + 3), 2 / (r + 3)
    expected = [
        day1 * h1 + day6 * h6,  # the person of day 9, whose own mean is 0
        (1 - day1) * (1 - r * h1),
        -(1 - day1) * r * h1,
        -(1 - day1) * r * h1 + (1 - day6) * (1 - r * h6),
        day1 * h1 - day6 * (1 - h6),
        day1 * h1 + day6 * h6,
    ]
    agree(breslow.residuals("score")["x"], expected, EXACT)
    agree(breslow.residuals("dfbeta")["x"], np.array(expected) * breslow.vcov.to_numpy()[0, 0], EXACT)
    schoenfeld = breslow.residuals("schoenfeld")
    assert schoenfeld.index.tolist() == [1, 3, 4, 0]
    # day 9 has one person at risk: the residual is 0, up to rounding
    np.testing.assert_allclose(schoenfeld["x"], [1 - day1, 1 - day6, -day6, 0], rtol=EXACT, atol=1e-15)
    scaled = schoenfeld["x"] * 4 * breslow.vcov.to_numpy()[0, 0] + np.log(r)
    agree(breslow.residuals("scaled_schoenfeld")["x"], scaled, EXACT)


def test_efron_schoenfeld_residuals(efron):
    r = R_EFRON
    mean = (r / (r + 3) + r / (r + 5)) / 2
    expected = [1 / (r + 1), 1 - mean, -mean, 0]
    np.testing.assert_allclose(efron.residuals("schoenfeld")["x"], expected, rtol=EXACT, atol=1e-15)


def test_breslow_predicted_survival(breslow):
    r = R_BRESLOW
    v = breslow.vcov.to_numpy()[0, 0]
    curve = breslow.survival(pd.DataFrame({"x": [1]}, index=["someone"]))
    assert curve["row"].tolist() == ["someone"] * 3
    hazard = r * np.cumsum([1 / (3 * r + 3), 2 / (r + 3), 1.0])
    agree(curve["estimate"], np.exp(-hazard), EXACT)
    increments = np.cumsum([1 / (3 * r + 3) ** 2, 2 / (r + 3) ** 2, 1.0])
    q = np.cumsum([(1 - r / (r + 1)) / (3 * r + 3), (1 - r / (r + 3)) * 2 / (r + 3), 1.0])
    agree(curve["std_error"], np.exp(-hazard) * r * np.sqrt(increments + q**2 * v), EXACT)


def test_concordance_counted_by_hand(breslow):
    """The event of day 1 goes before five others (also the censoring of day 1): three with lower x, two with the same.

    Of the events of day 6, that with x = 1 goes before two of lower x, that with x = 0 before the same two, tied.
    """
    details = breslow.concordance_details
    assert (details.concordant, details.discordant, details.tied) == (5, 0, 4)
    agree(breslow.concordance, (5 + 4 / 2) / 9, EXACT)


INTERVALS = pd.DataFrame(
    {
        "start": [1, 2, 5, 2, 1, 7, 3, 4, 8, 8],
        "stop": [2, 3, 6, 7, 8, 9, 9, 9, 14, 17],
        "event": [1, 1, 1, 1, 1, 1, 1, 0, 0, 0],
        "x": [1, 0, 0, 1, 0, 1, 1, 1, 0, 0],
    }
)


def test_late_entries():
    """Risk sets weigh r + 1, r + 2, 3r + 2, 3r + 1, 3r + 1 on days 2, 3, 6, 7, 8 and 3r + 2 twice on day 9."""
    fit = cox("x", INTERVALS, time="stop", event="event", entry="start", ties="breslow")
    b = fit.coef[0]
    r = np.exp(b)
    expected = 4 * b - np.log(r + 1) - np.log(r + 2) - 3 * np.log(3 * r + 2) - 2 * np.log(3 * r + 1)
    agree(fit.log_likelihood, expected, EXACT)
    score = 4 - r / (r + 1) - r / (r + 2) - 9 * r / (3 * r + 2) - 6 * r / (3 * r + 1)
    assert abs(score) < 1e-10
    information = r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2 + 18 * r / (3 * r + 2) ** 2 + 6 * r / (3 * r + 1) ** 2
    agree(fit.vcov, [[1 / information]], EXACT)
    weights = np.array([r + 1, r + 2, 3 * r + 2, 3 * r + 1, 3 * r + 1, (3 * r + 2) / 2])
    agree(fit.baseline()["cumulative_hazard"], np.cumsum(1 / weights), EXACT)


def test_kaplan_meier_of_the_six():
    steps = kaplan_meier(SIX, time="day", event="event").steps()
    agree(steps["n_risk"], [6, 4, 2, 1], EXACT)
    agree(steps["n_event"], [1, 2, 0, 1], EXACT)
    agree(steps["n_censor"], [1, 0, 1, 0], EXACT)
    agree(steps["estimate"], [5 / 6, 5 / 12, 5 / 12, 0], EXACT)
    greenwood = np.array([1 / 30, 1 / 30 + 2 / 8, 1 / 30 + 2 / 8])
    agree(steps["std_error"].iloc[:3], np.array([5 / 6, 5 / 12, 5 / 12]) * np.sqrt(greenwood), EXACT)
    assert steps.loc[3, ["std_error", "conf_low", "conf_high"]].isna().all()


def test_exact_ties_of_the_six_have_no_maximum():
    """Two of four go on day 6: their choices weigh 3r + 3, so that 2b - 2 log(3r + 3) rises without end."""
    with pytest.raises(NotEstimable, match="rises without end in x"):
        cox("x", SIX, time="day", event="event", ties="exact")
    with pytest.raises(NotEstimable, match=r"flat|without end"):
        cox("x", SIX.assign(x=10 * SIX["x"]), time="day", event="event", ties="exact")


def test_exact_ties_of_late_entries():
    """Of 3 with x = 1 and 2 with x = 0, two go on day 9: the choices weigh 3r^2 + 6r + 1."""
    fit = cox("x", INTERVALS, time="stop", event="event", entry="start", ties="exact")
    b = fit.coef[0]
    r = np.exp(b)
    pairs = 3 * r**2 + 6 * r + 1
    expected = 4 * b - np.log((r + 1) * (r + 2) * (3 * r + 2)) - 2 * np.log(3 * r + 1) - np.log(pairs)
    agree(fit.log_likelihood, expected, EXACT)
    agree(fit.null_log_likelihood, -np.log(2 * 3 * 5 * 4 * 4 * 10), EXACT)
    mean = (6 * r**2 + 6 * r) / pairs
    score = 4 - r / (r + 1) - r / (r + 2) - 3 * r / (3 * r + 2) - 6 * r / (3 * r + 1) - mean
    assert abs(score) < 1e-10
    information = r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2 + 6 * r / (3 * r + 2) ** 2 + 6 * r / (3 * r + 1) ** 2
    information += (12 * r**2 + 6 * r) / pairs - mean**2
    agree(fit.vcov, [[1 / information]], EXACT)


def test_efron_with_late_entries():
    """The second death of day 9 meets 3r + 2 less half of the 2r who die."""
    fit = cox("x", INTERVALS, time="stop", event="event", entry="start", ties="efron")
    b = fit.coef[0]
    r = np.exp(b)
    expected = 4 * b - np.log((r + 1) * (r + 2)) - 2 * np.log((3 * r + 2) * (3 * r + 1)) - np.log(2 * r + 2)
    agree(fit.log_likelihood, expected, EXACT)
    score = 4 - r / (r + 1) - r / (r + 2) - 6 * r / (3 * r + 2) - 6 * r / (3 * r + 1) - r / (r + 1)
    assert abs(score) < 1e-10
    information = 2 * r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2 + 12 * r / (3 * r + 2) ** 2 + 6 * r / (3 * r + 1) ** 2
    agree(fit.vcov, [[1 / information]], EXACT)
    weights = np.array([r + 1, r + 2, 3 * r + 2, 3 * r + 1, 3 * r + 1])
    last = 1 / (3 * r + 2) + 1 / (2 * r + 2)
    agree(fit.baseline()["cumulative_hazard"], np.cumsum([*(1 / weights), last]), EXACT)
    # who dies on day 9 meets half of its second death
    met = last - 0.5 / (2 * r + 2)
    before = {"3": 1 / (3 * r + 2) + 2 / (3 * r + 1), "7": 1 / (3 * r + 1), "4": 1 / (3 * r + 2) + 2 / (3 * r + 1)}
    hazard = [r / (r + 1), 1 / (r + 2), 1 / (3 * r + 2)]
    hazard += [r * (1 / (r + 2) + 1 / (3 * r + 2) + 1 / (3 * r + 1))]
    hazard += [1 / (r + 1) + 1 / (r + 2) + 1 / (3 * r + 2) + 2 / (3 * r + 1)]
    hazard += [r * (before["7"] + met), r * (before["3"] + met), r * (before["4"] + last), last, last]
    agree(fit.residuals("martingale"), INTERVALS["event"] - hazard, EXACT)


# by people: the risk sets weigh 6r + 4 on day 1, 3r + 4 on day 6, of which 3r + 1 die, of mean weight 2
WEIGHTED = SIX.assign(w=[1, 2, 1, 3, 1, 2])


def test_breslow_with_weights():
    """5 - 12r / (6r + 4) - 12r / (3r + 4) vanishes at r = (7 + sqrt(89)) / 3."""
    fit = cox("x", WEIGHTED, time="day", event="event", weights="w", ties="breslow")
    r = (7 + np.sqrt(89)) / 3
    agree(fit.coef, [np.log(r)], EXACT)
    agree(fit.log_likelihood, 5 * np.log(r) - 2 * np.log(6 * r + 4) - 4 * np.log(3 * r + 4), EXACT)
    information = 48 * r / (6 * r + 4) ** 2 + 48 * r / (3 * r + 4) ** 2
    agree(fit.vcov, [[1 / information]], EXACT)
    agree(fit.baseline()["cumulative_hazard"], np.cumsum([2 / (6 * r + 4), 4 / (3 * r + 4), 1]), EXACT)


def test_efron_with_weights():
    """Each death of day 6 counts with the mean weight, and the second meets 3r + 4 less half of 3r + 1."""
    fit = cox("x", WEIGHTED, time="day", event="event", weights="w", ties="efron")
    b = fit.coef[0]
    r = np.exp(b)
    expected = 5 * b - 2 * np.log(6 * r + 4) - 2 * np.log(3 * r + 4) - 2 * np.log((3 * r + 7) / 2)
    agree(fit.log_likelihood, expected, EXACT)
    assert abs(5 - 12 * r / (6 * r + 4) - 6 * r / (3 * r + 4) - 6 * r / (3 * r + 7)) < 1e-10
    information = 48 * r / (6 * r + 4) ** 2 + 24 * r / (3 * r + 4) ** 2 + 42 * r / (3 * r + 7) ** 2
    agree(fit.vcov, [[1 / information]], EXACT)
    agree(
        fit.baseline()["cumulative_hazard"], np.cumsum([2 / (6 * r + 4), 2 / (3 * r + 4) + 4 / (3 * r + 7), 1]), EXACT
    )


def test_firth_of_one_event():
    """One of m with x = 1 goes before n with x = 0: l = b - log(m r + n), I = m n r / (m r + n)^2.

    l + log I / 2 = 1.5 b - 2 log(m r + n) + constant has its maximum where m r = 3 n.
    """
    m, n = 2, 5
    data = pd.DataFrame({"day": [1] + [2] * (m + n - 1), "event": [1] + [0] * (m + n - 1), "x": [1] * m + [0] * n})
    fit = cox("x", data, time="day", event="event", penalty="firth")
    agree(fit.coef, [np.log(3 * n / m)], EXACT)
    agree(fit.vcov, [[(3 * n + n) ** 2 / (n * 3 * n)]], EXACT)
    profile = fit.profile().iloc[0]
    for end in ("conf_low", "conf_high"):
        r = np.exp(profile[end])
        fall = 1.5 * np.log(3 * n / m) - 2 * np.log(4 * n) - 1.5 * profile[end] + 2 * np.log(m * r + n)
        agree(2 * fall, 3.841458820694124, 1e-8)
    fall = 1.5 * np.log(3 * n / m) - 2 * np.log(4 * n) + 2 * np.log(m + n)
    agree(profile["statistic"], 2 * fall, EXACT)
    agree(fit.likelihood_ratio_test.statistic, 2 * fall, EXACT)


def test_adjusted_curves_without_covariates_are_breslows(breslow):
    """Everybody with x as a factor: the curve of each level is exp(-r^x H)."""
    fit = cox("x", SIX.assign(x=SIX["x"].astype(str)), time="day", event="event", ties="breslow")
    r = R_BRESLOW
    hazard = np.cumsum([1 / (3 * r + 3), 2 / (r + 3), 1.0])
    found = fit.standardised("x")
    agree(found.curves["estimate"], np.exp(-np.concatenate([hazard, r * hazard])), EXACT)
    pd.testing.assert_frame_equal(
        found.curves.query("x == '1'")[["time", "estimate", "std_error"]].reset_index(drop=True),
        breslow.survival(pd.DataFrame({"x": [1]}))[["time", "estimate", "std_error"]],
        rtol=EXACT,
    )
    gap = found.differences
    assert gap["contrast"].tolist() == ["1 - 0"] * 3
    agree(gap["estimate"], np.exp(-r * hazard) - np.exp(-hazard), EXACT)


def test_mean_count_of_three_people():
    """Of three at risk one comes back on day 3; of the two left on day 9 the same one again.

    psi are (1 - 1/3) / 3 + (1 - 1/2) / 2, -1/9 - 1/4 and -1/9: their squares add up to the variance.
    """
    rows = pd.DataFrame({"id": [1, 1, 2, 3], "start": [0, 3, 0, 0], "stop": [3, 9, 5, 9], "back": [1, 1, 0, 0]})
    steps = mean_count(rows, subject="id", entry="start", time="stop", event="back").steps()
    agree(steps["n_risk"], [3, 2], EXACT)
    agree(steps["estimate"], [1 / 3, 1 / 3 + 1 / 2], EXACT)
    agree(steps["std_error"] ** 2, [4 / 81 + 2 / 81, (2 / 9 + 1 / 4) ** 2 + 1 / 81 + (1 / 9 + 1 / 4) ** 2], EXACT)
