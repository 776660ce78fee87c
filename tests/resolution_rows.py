"""Plausible rows of every way to look at time to resolution, of the made-up study; no patients."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cgh_analysis.numerics.interval.npmle import Npmle
from cgh_analysis.numerics.interval.npmle import npmle as fit_npmle
from tests.made_up import ARMS, DAYS, EFFECT, PAIRS, SIZE, Row, limits, share

CAUSES = ("resolution", "rescue_treatment", "crossover")
STATES = ("headache", "resolved", "recurred", "rescue_treatment", "crossover")
METHODS = ("NPMLE, bootstrap limits", "AFT, Weibull", "Kaplan-Meier at the day of the visit")


def intervals(arm: str, jitter: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Return the last visit with headache and the first without, of visits some days off their planned day."""
    random = np.random.default_rng(7)
    n = SIZE[arm]
    gone = random.exponential(110 / EFFECT[arm], n)
    off = random.integers(-jitter, jitter + 1, (n, len(DAYS))) * (np.array(DAYS) > 0)
    visits = np.array(DAYS) + off
    made = random.random((n, len(DAYS))) < 0.88
    made[:, 0] = True
    last = np.where(made & (visits < gone[:, None]), visits, 0).max(axis=1)
    first = np.where(made & (visits >= gone[:, None]), visits, np.inf).min(axis=1)
    return last.astype(float), first


def boxes(fit: Npmle, n: int) -> Iterator[Row]:
    """Yield the rows of a curve: a pair for each box."""
    after = 1 - np.cumsum(fit.mass)
    yield {"time": 0.0, "estimate": 1.0, "n": n}
    for left, right, mass, s in zip(fit.left, fit.right, fit.mass, after, strict=True):
        here = max(5, round(n * (1 - 0.6 * left / 364) * (s + mass)))
        yield {"time": left, "n": here, **_band(s + mass, n)}
        if math.isfinite(right):
            yield {"time": right, "n": max(4, here - 3), "events": mass * n, **_band(max(s, 0.0), n)}


def _band(s: float, n: int) -> Row:
    if not 1e-9 < s < 1 - 1e-9:
        return {"estimate": round(s, 9)}
    half = 1.96 * math.sqrt(s * (1 - s) / n)
    return {"estimate": s, "conf_low": max(s - half, 0.0), "conf_high": min(s + half, 1.0)}


def curves() -> Iterator[Row]:
    """Yield NPMLE curves with who is under observation, resolved by the milestone, medians, and a test."""
    for arm in ARMS:
        left, right = intervals(arm)
        fit = fit_npmle(left, right)
        common = {"analysis": "resolution-npmle", "method": "NPMLE, bootstrap limits", "outcome": "resolution"}
        base = {**common, "group": arm}
        for row in boxes(fit, SIZE[arm]):
            yield {**base, "statistic": "npmle_survival", **row}
        for day in DAYS:
            n = int(((right >= day) & np.where(np.isfinite(right), True, left >= day)).sum())
            yield {**base, "statistic": "n_risk", "time": day, "estimate": n, "n": n}
        p = 0.2 + 0.4 * EFFECT[arm]
        yield {**base, "statistic": "resolved", "time": 91, **share(p, SIZE[arm])}
        yield {**base, "statistic": "median_time", "estimate": 160, "conf_low": 120, "conf_high": 210, "n": SIZE[arm]}
    test = {"analysis": "resolution-interval-test", "method": "Interval log-rank test (Sun)", "outcome": "resolution"}
    test["statistic"] = "logrank"
    yield {**test, "estimate": 17.1, "df": 2, "p_value": 0.0002, "n": sum(SIZE.values()), "events": 190}
    for a, b in PAIRS:
        one = {"estimate": 5.1, "df": 1, "p_value": 0.024, "p_adjusted": 0.048}
        yield {**test, "group": a, "reference": b, **one, "n": SIZE[a] + SIZE[b], "events": 120}


def horizon() -> Iterator[Row]:
    """Yield shares resolved by the milestone and mean days with headache until then, by three methods."""
    for k, method in enumerate(METHODS):
        of = {"outcome": "resolution", "method": method, "time": 91}
        resolved = {arm: 0.18 + 0.45 * EFFECT[arm] - 0.04 * k for arm in ARMS}
        days = {arm: 85 - 30 * EFFECT[arm] + 2 * k for arm in ARMS}
        for arm in ARMS:
            own = share(resolved[arm], SIZE[arm])
            yield {**of, "analysis": "milestone", "group": arm, "statistic": "resolved", **own}
            mean = {**limits(days[arm], 2.1), "n": SIZE[arm]}
            yield {**of, "analysis": "rmst", "group": arm, "statistic": "rmst", **mean}
        for a, b in PAIRS:
            pair = {**of, "group": a, "reference": b, "n": SIZE[a] + SIZE[b], "p_value": 0.02, "p_adjusted": 0.04}
            ratio = {"conf_low": 0.9, "conf_high": 1.8}
            at = {**pair, "analysis": "milestone"}
            yield {**at, "statistic": "resolved_difference", **limits(resolved[a] - resolved[b], 0.05)}
            yield {**at, "statistic": "resolved_ratio", "estimate": resolved[a] / resolved[b], **ratio}
            until = {**pair, "analysis": "rmst"}
            yield {**until, "statistic": "rmst_difference", **limits(days[a] - days[b], 2.9)}
            yield {**until, "statistic": "rmst_ratio", "estimate": days[a] / days[b], "conf_low": 0.7, "conf_high": 1.1}


def ratios() -> Iterator[Row]:
    """Yield hazard, time, subdistribution hazard and rate ratios, and the hazard ratio over time."""
    ways = (
        ("resolution-interval-cox", "Interval-censored proportional hazards", "hazard_ratio", "resolution", 1.5),
        ("resolution-aft", "AFT, Weibull", "time_ratio", "resolution", -1.4),
        ("fine-gray", "Fine-Gray", "subdistribution_hazard_ratio", "resolution", 1.4),
        ("fine-gray", "Fine-Gray", "subdistribution_hazard_ratio", "rescue_treatment", -0.5),
        ("recurrence", "Andersen-Gill, robust", "rate_ratio", "recurrence", -0.6),
    )
    for analysis, method, statistic, outcome, slope in ways:
        for a, b in PAIRS:
            log = slope * (EFFECT[a] - EFFECT[b])
            of = {"analysis": analysis, "method": method, "statistic": statistic, "outcome": outcome}
            ends = {k: math.exp(log + z * 0.17) for k, z in (("conf_low", -1.96), ("conf_high", 1.96))}
            pair = {"group": a, "reference": b, "n": SIZE[a] + SIZE[b], "events": 120}
            yield {**of, **pair, "estimate": math.exp(log), "std_error": 0.17, **ends, "p_value": 0.01}
    for a, b in PAIRS:
        for day in range(20, 361, 10):
            of = {"analysis": "resolution-cox", "method": "Cox regression, Efron ties", "outcome": "resolution"}
            log = 1.6 * (EFFECT[a] - EFFECT[b]) * (1.4 - day / 400)
            pair = {"group": a, "reference": b, "n": SIZE[a] + SIZE[b], "events": 120}
            yield {**of, **pair, "statistic": "ph_effect", "time": day, **limits(log, 0.15 + 0.001 * abs(day - 120))}


def competing() -> Iterator[Row]:
    """Yield cumulative incidences that sum to less than 1, and Gray's tests."""
    common = {"analysis": "competing", "method": "Aalen-Johansen"}
    scale = {"resolution": 0.9, "rescue_treatment": 0.22, "crossover": 0.14}
    for cause in CAUSES:
        for arm in ARMS:
            base = {**common, "statistic": "cumulative_incidence", "outcome": cause, "group": arm}
            most = scale[cause] * (EFFECT[arm] if cause == "resolution" else 0.9 - EFFECT[arm])
            yield {**base, "time": 0, "estimate": 0.0, "n": SIZE[arm], "events": 0}
            before = 0.0
            for day in range(21, 365, 7):
                p = most * (1 - math.exp(-day / 120))
                n = round(SIZE[arm] * (1 - 0.75 * day / 364))
                ends = limits(p, 0.03)
                yield {**base, "time": day, **ends, "n": n, "events": (p - before) * SIZE[arm]}
                before = p
        test = {**common, "method": "Gray's test", "statistic": "gray", "outcome": cause}
        yield {**test, "estimate": 8.2, "df": 2, "p_value": 0.017, "n": sum(SIZE.values()), "events": 60}


def states() -> Iterator[Row]:
    """Yield the share of people in each state over time, and mean days in each."""
    common = {"analysis": "states", "method": "Aalen-Johansen occupation"}
    for arm in ARMS:
        for day in range(0, 365, 7):
            out = 1 - math.exp(-day / 130)
            p = {
                "resolved": EFFECT[arm] * 0.9 * out * (1 - 0.2 * out),
                "recurred": EFFECT[arm] * 0.9 * out * 0.2 * out,
                "rescue_treatment": 0.16 * (1 - EFFECT[arm]) * out,
                "crossover": 0.09 * out,
            }
            p["headache"] = 1 - sum(p.values())
            n = round(SIZE[arm] * (1 - 0.7 * day / 364))
            for state in STATES:
                of = {"statistic": "state_occupation", "outcome": state, "group": arm, "time": day, "n": n}
                yield {**common, **of, "estimate": p[state]}
        for state in STATES:
            of = {"statistic": "days_in_state", "outcome": state, "group": arm, "time": 364, "n": SIZE[arm]}
            yield {**common, **of, **limits(150 * EFFECT[arm] if state == "resolved" else 40.0, 9.0)}
    for a, b in PAIRS:
        pair = {"statistic": "days_in_state_difference", "outcome": "resolved", "group": a, "reference": b}
        numbers = {"time": 364, "n": SIZE[a] + SIZE[b], "p_value": 0.004}
        yield {**common, **pair, **numbers, **limits(150 * (EFFECT[a] - EFFECT[b]), 12.0)}
    relief = {"analysis": "relief", "method": "Kaplan-Meier from resolution", "outcome": "recurrence"}
    for arm in ARMS:
        own = {"group": arm, "n": 70, "events": 31}
        yield {**relief, **own, "statistic": "median_time", "estimate": 120, "conf_low": 90, "conf_high": 170}
        count = {"analysis": "recurrence", "method": "Nelson-Aalen", "outcome": "recurrence", "time": 364, **own}
        yield {**count, "statistic": "mean_count", **limits(0.7 - 0.3 * EFFECT[arm], 0.08)}


def schedule() -> Iterator[Row]:
    """Yield days between looks by arm, what counting from the visit makes of them, and a warning."""
    common = {"analysis": "schedule", "method": "description"}
    gap = {"medication": 28, "manual_exercise": 14, "nerve_block": 60}
    for arm in ARMS:
        for window, factor in ((91.0, 1.0), (math.nan, 2.2)):
            of = {**common, "group": arm, "time": window, "n": SIZE[arm], "outcome": "visit_gap"}
            for statistic, by in (("median", 1.0), ("q1", 0.9), ("q3", 1.3)):
                yield {**of, "statistic": statistic, "estimate": gap[arm] * factor * by}
            rate = {**of, "outcome": "looks_per_12_weeks", "statistic": "mean"}
            yield {**rate, "estimate": 84 / gap[arm] / factor}
            yield {**of, "outcome": "looks", "statistic": "mean", "estimate": 91 / gap[arm]}
        for day in (*DAYS[1:], 91):
            of = {**common, "group": arm, "time": day, "outcome": "resolution", "statistic": "schedule_artefact"}
            late = gap[arm] / 400 * math.exp(-day / 200) * (1.6 if day != 91 else 1.1)
            yield {**of, "method": "Kaplan-Meier at the day of the visit less NPMLE", "estimate": late, "n": SIZE[arm]}
    warning = "Arms were looked at on different schedules: read the interval-censored analyses."
    yield {**common, "statistic": "schedule_flag", "outcome": "visit_gap", "estimate": 1, "note": warning, "n": 108}


def parallel() -> Iterator[Row]:
    """Yield shares that resolved with the lesion, and within three months of treatment, with what they may be."""
    for outcome, time, base in (("ichd3_parallel", 28, 0.3), ("ichd2_three_months", 91, 0.38)):
        for way, shift in (("certain", -0.1), ("possible", 0.12), ("estimate", 0.0)):
            for arm in ARMS:
                of = {"analysis": "parallel", "outcome": outcome, "time": time, "group": arm}
                p = base + 0.3 * EFFECT[arm] + shift
                method = f"Parallel resolution, {way}"
                yield {**of, "statistic": "parallel_share", "method": method, **share(p, SIZE[arm])}


PARTS = (curves, horizon, ratios, competing, states, schedule, parallel)
