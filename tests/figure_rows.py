"""Plausible result rows of a made-up three-arm study, for looking at figures and for their tests; no patients."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cgh_analysis.instruments import INSTRUMENTS
from cgh_analysis.results import Result, concat, rows
from cgh_analysis.study import Study
from tests import resolution_rows
from tests.made_up import ARMS, DAYS, EFFECT, PAIRS, SIZE, Row
from tests.made_up import limits as _limits
from tests.made_up import loglog as _loglog
from tests.made_up import share as _share

START = {
    "rom_flexion_deg": (46.0, 12.0),
    "rom_extension_deg": (52.0, 13.0),
    "rom_side_flexion_left_deg": (34.0, 9.0),
    "rom_side_flexion_right_deg": (35.0, 9.0),
    "rom_rotation_left_deg": (55.0, 13.0),
    "rom_rotation_right_deg": (57.0, 13.0),
    "frt_left_deg": (27.0, 8.0),
    "frt_right_deg": (29.0, 8.0),
    "ndi": (19.0, 7.5),
    "pain_nprs": (6.2, 1.8),
    "headache_days_28d": (16.0, 6.5),
}
GRAPH = {
    "procedure": "graph",
    "hypotheses": [
        {"id": f"{name}-{arm}", "analysis": f"{name}-week12", "contrast": [group, "medication"], "weight": weight}
        for name, weight in (("ndi", 0.5), ("days", 0))
        for arm, group in (("manual", "manual_exercise"), ("block", "nerve_block"))
    ],
    "transitions": [
        {"from": a, "to": b, "weight": weight}
        for a, b, weight in (
            ("ndi-manual", "days-manual", 0.5),
            ("ndi-manual", "ndi-block", 0.5),
            ("ndi-block", "days-block", 0.5),
            ("ndi-block", "ndi-manual", 0.5),
            ("days-manual", "ndi-block", 1),
            ("days-block", "ndi-manual", 1),
        )
    ],
}
NUMBERS_OF_A_ROW = ["estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted"]
BANDS = range(20, 85, 5)


def study() -> Study:
    """Return the study that the rows belong to."""
    return Study.model_validate(
        {
            "id": "made-up",
            "title": "Three ways to treat cervicogenic headache",
            "seed": 1,
            "sources": {"cases": {"path": "cases.csv"}, "visits": {"path": "visits.csv"}},
            "arms": [{"id": i, "label": label, "reference": i == "medication"} for i, label in ARMS.items()],
            "visits": [{"id": f"week{d // 7}", "day": d} for d in DAYS],
            "resolution": {
                "outcome": "headache_days_28d",
                "milestone_days": 91,
                "competing": ["rescue_treatment", "crossover"],
            },
            "describe": {"courses": list(START), "change_at": "week12"},
            "analyses": [
                {"id": "ndi-week12", "estimator": "ancova", "outcome": "ndi", "at": "week12", "primary": True},
                {
                    "id": "responder-50",
                    "estimator": "responder",
                    "outcome": "headache_days_28d",
                    "title": "At least 50% fewer headache days",
                    "response": {"percent": 50},
                },
                {"id": "days-week12", "estimator": "ancova", "outcome": "headache_days_28d", "at": "week12"},
            ],
            "multiplicity": GRAPH,
        }
    )


def all_rows() -> Result:
    """Return the rows of every part of a report."""
    return concat([rows(list(part())) for part in PARTS])


def repeated_fit() -> Iterator[Row]:
    """Yield what a model of NDI over visits fitted: standard deviations, correlations, quantiles of residuals."""
    common = {"analysis": "ndi-repeated", "method": "MMRM", "outcome": "ndi"}
    days = DAYS[1:]
    for i, day in enumerate(days):
        yield {**common, "statistic": "residual_sd", "time": day, "estimate": 6 + 0.3 * i, "n": 330 - 10 * i}
        for j in range(i):
            together = {"time": day, "reference": f"visit=week{days[j] // 7}", "estimate": 0.7 ** (i - j)}
            yield {**common, **together, "statistic": "residual_correlation", "n": 330 - 10 * i}
    for share in np.linspace(0.02, 0.98, 49):
        value = math.copysign(abs(2 * share - 1) ** 1.2 * 2.2, share - 0.5)
        quantile = {"reference": f"probability={share:.2f}", "estimate": value, "n": 380}
        yield {**common, **quantile, "statistic": "residual_quantile"}


def flow() -> Iterator[Row]:
    """Yield a flow with two criteria that look at what came later."""
    steps = (
        ("recorded", "Recorded", 1.00, ""),
        ("adult", "Under 18 years", 0.99, ""),
        ("no_red_flags", "A red flag (dissection, tumour, fracture, infection or other)", 0.95, ""),
        (
            "ichd3_11_2_1",
            "ICHD-3 11.2.1 not fulfilled: fewer than two of C1 to C4, or better accounted for",
            0.84,
            "depends on the outcome",
        ),
        ("block_confirmed", "No response to the diagnostic block", 0.81, "depends on treatment"),
        ("baseline_visit", "No baseline visit within its window", 0.78, ""),
    )
    left = {a: n + 40 for a, n in SIZE.items()}
    for step, label, share, note in steps:
        before, left = left, {a: round((n + 40) * share) for a, n in SIZE.items()}
        for arm, n in {"": sum(left.values()), **left}.items():
            yield _flow(step, label, arm, "count", n, note)
            out = (sum(before.values()) if arm == "" else before[arm]) - n
            if step != "recorded":
                yield _flow(step, label, arm, "excluded", out, note)
    for analysis, share in (("ndi-week12", 0.91), ("responder-50", 0.9)):
        for arm, n in {"": sum(left.values()), **left}.items():
            for statistic, count in (("excluded", n - round(n * share)), ("count", round(n * share))):
                yield _flow(f"analysed:{analysis}", "Outcome or covariate not known", arm, statistic, count, "")


def _flow(step: str, label: str, arm: str, statistic: str, n: int, note: str) -> Row:
    return {
        "analysis": "flow",
        "outcome": step,
        "subgroup": label,
        "group": arm,
        "statistic": statistic,
        "estimate": n,
        "n": n,
        "note": note,
    }


def ages() -> Iterator[Row]:
    """Yield five-year bands and quartiles of age; the block arm is older."""
    for arm, centre in zip(ARMS, (47, 37, 57), strict=True):
        shape = np.exp(-0.5 * ((np.array(BANDS) + 2.5 - centre) / 12.0) ** 2)
        counts = np.floor(SIZE[arm] * shape / shape.sum() + 0.5)
        base = {"analysis": "age-distribution", "outcome": "age_years", "group": arm}
        for band, count in zip(BANDS, counts, strict=True):
            name = f"age_years={band}-{band + 4}"
            yield {**base, "subgroup": name, "statistic": "count", "estimate": count, "n": count}
        for statistic, value in (("median", centre), ("q1", centre - 8), ("q3", centre + 9)):
            yield {**base, "statistic": statistic, "estimate": value, "n": SIZE[arm]}


def age_response() -> Iterator[Row]:
    """Yield a response by age that bends."""
    for arm in ARMS:
        for age in range(22, 79, 4):
            value = 15 - 8 * EFFECT[arm] + 0.002 * (age - 45) ** 2 + 0.04 * (age - 45)
            error = 0.9 + 0.0012 * (age - 45) ** 2
            yield {
                "analysis": "age-response",
                "method": "Linear model, natural cubic spline of age by arm, HC3 standard errors",
                "outcome": "ndi",
                "group": arm,
                "subgroup": f"age_years={age}",
                "time": 84,
                "statistic": "marginal_mean",
                "n": SIZE[arm],
                **_limits(value, error),
            }


def courses() -> Iterator[Row]:
    """Yield means over visits and the change from baseline to week 12."""
    for outcome, (start, sd) in START.items():
        up = 1 if INSTRUMENTS[outcome].better == "higher" else -1
        for arm in ARMS:
            for k, day in enumerate(DAYS):
                n = round(SIZE[arm] * (1 - 0.045 * k))
                gain = up * sd * EFFECT[arm] * (1 - math.exp(-day / 60)) * 1.3
                yield {**_mean("course", outcome, arm, day, n), **_limits(start + gain, sd / math.sqrt(n))}
                yield {**_mean("course", outcome, arm, day, n), "statistic": "sd", "estimate": sd}
            change = up * sd * EFFECT[arm] * 0.98
            n = round(SIZE[arm] * 0.88)
            yield {**_mean("change", outcome, arm, 84, n), **_limits(change, 0.9 * sd / math.sqrt(n))}
            if INSTRUMENTS[outcome].mdc is not None:
                share = min(0.95, 0.12 + 0.6 * EFFECT[arm])
                yield {**_mean("change", outcome, arm, 84, n), "statistic": "percent", **_share(share, n, 100)}


def _mean(analysis: str, outcome: str, arm: str, day: float, n: int) -> Row:
    return {"analysis": analysis, "outcome": outcome, "group": arm, "time": day, "statistic": "mean", "n": n}


def balance() -> Iterator[Row]:
    """Yield standardised differences of the baseline; age is far apart."""
    found = {
        ("age_years", ""): (-0.72, 0.85, 1.31),
        ("symptom_duration_months", ""): (0.18, 0.42, 0.24),
        ("ndi_baseline", ""): (-0.21, 0.12, 0.33),
        ("pain_nprs_baseline", ""): (-0.08, 0.22, 0.30),
        ("headache_days_28d_baseline", ""): (-0.15, 0.09, 0.24),
        ("sex", ""): (0.06, 0.04, 0.10),
        ("sex", "female"): (0.06, -0.04, -0.10),
        ("chronicity", "acute"): (0.11, -0.13, -0.24),
        ("chronicity", "chronic"): (-0.09, 0.19, 0.28),
        ("onset", "whiplash"): (0.03, 0.05, 0.02),
        ("migraine", ""): (-0.12, 0.01, 0.13),
        ("medication_overuse", ""): (-0.31, -0.27, 0.04),
    }
    for (name, level), values in found.items():
        for (a, b), smd in zip(PAIRS, values, strict=True):
            yield {
                "analysis": "balance",
                "outcome": name,
                "subgroup": f"{name}={level}" if level else "",
                "group": a,
                "reference": b,
                "statistic": "smd",
                "estimate": smd,
                "n": SIZE[a] + SIZE[b],
            }


def effects() -> Iterator[Row]:
    """Yield ANCOVA differences of every outcome, and of the primary one within subgroups."""
    for outcome, (_, sd) in START.items():
        name = f"{outcome.split('_')[0]}-week12" if outcome in ("ndi", "pain_nprs") else f"{outcome}-week12"
        yield from _ancova(name, outcome, sd, "", 1.0)
    for level, share in (
        ("chronicity=acute", 0.12),
        ("chronicity=subacute", 0.25),
        ("chronicity=chronic", 0.63),
        ("onset=whiplash", 0.22),
        ("onset=other_trauma", 0.1),
        ("onset=posture_work", 0.4),
        ("onset=spondylosis_arthritis", 0.15),
        ("onset=none_known", 0.13),
    ):
        yield from _ancova("ndi-week12", "ndi", 7.5, level, share)

    for column in ("chronicity", "onset"):
        for a, b in PAIRS:
            place = {"analysis": "ndi-week12", "outcome": "ndi", "time": 84, "group": a, "reference": b}
            test = {"statistic": "heterogeneity", "estimate": 1.4, "df": 2, "p_value": 0.5, "subgroup": column}
            yield {**place, **test, "method": "Cochran's Q across subgroups", "n": 300}


def _ancova(analysis: str, outcome: str, sd: float, subgroup: str, share: float) -> Iterator[Row]:
    up = 1 if INSTRUMENTS[outcome].better == "higher" else -1
    common = {
        "analysis": analysis,
        "method": "ANCOVA, HC3 standard errors",
        "outcome": outcome,
        "time": 84,
        "subgroup": subgroup,
    }
    for arm in ARMS:
        n = round(SIZE[arm] * 0.9 * share)
        mean = START[outcome][0] + up * sd * EFFECT[arm]
        yield {
            **common,
            "group": arm,
            "statistic": "marginal_mean",
            "n": n,
            **_limits(mean, 0.8 * sd / math.sqrt(n)),
        }
    for a, b in PAIRS:
        n = round((SIZE[a] + SIZE[b]) * 0.9 * share)
        difference = up * sd * (EFFECT[a] - EFFECT[b]) * (1 + 0.3 * math.sin(7 * share))
        limits = _limits(difference, 1.6 * sd / math.sqrt(n))
        p = math.erfc(abs(difference) / limits["std_error"] / math.sqrt(2))
        adjusted = {"p_value": p, "p_adjusted": min(1.0, 2 * p)}
        yield {**common, "group": a, "reference": b, "statistic": "mean_difference", "n": n, **limits, **adjusted}
    yield {**common, "statistic": "joint_test", "df": 2, "estimate": 9.1, "p_value": 0.0002, "n": 300}


def gee() -> Iterator[Row]:
    """Yield adjusted means of headache days at each visit after baseline."""
    for day in DAYS[1:]:
        for arm in ARMS:
            n = round(SIZE[arm] * 0.85)
            value = 16 - 6.5 * EFFECT[arm] * (1 - math.exp(-day / 60)) * 1.3
            yield {
                "analysis": "headache-days-course",
                "method": "GEE, exchangeable correlation, robust standard errors",
                "outcome": "headache_days_28d",
                "group": arm,
                "time": day,
                "statistic": "marginal_mean",
                "n": n,
                **_limits(value, 6.0 / math.sqrt(n)),
            }
        for a, b in PAIRS:
            yield {
                "analysis": "headache-days-course",
                "method": "GEE, exchangeable correlation, robust standard errors",
                "outcome": "headache_days_28d",
                "group": a,
                "reference": b,
                "time": day,
                "statistic": "mean_difference",
                "n": 240,
                "p_value": 0.01,
                **_limits(-6.5 * (EFFECT[a] - EFFECT[b]), 0.8),
            }


def responders() -> Iterator[Row]:
    """Yield two definitions of a responder."""
    for analysis, outcome, base in (("responder-50", "headache_days_28d", 0.2), ("responder-mcid", "ndi", 0.28)):
        common = {"analysis": analysis, "method": "Logistic regression, standardised", "outcome": outcome, "time": 84}
        risk = {arm: base + 0.5 * EFFECT[arm] for arm in ARMS}
        for arm in ARMS:
            n = round(SIZE[arm] * 0.9)
            yield {**common, "group": arm, "statistic": "risk", **_share(risk[arm], n)}
        for a, b in PAIRS:
            n = round((SIZE[a] + SIZE[b]) * 0.9)
            difference = _limits(risk[a] - risk[b], 0.062)
            pair = {**common, "group": a, "reference": b, "n": n}
            yield {**pair, "statistic": "risk_difference", **difference, "p_value": 0.004, "p_adjusted": 0.012}
            yield {**pair, "statistic": "nnt", **_nnt(difference)}


def _nnt(difference: Row) -> Row:
    if difference["conf_low"] < 0 < difference["conf_high"]:
        note = "the interval of the risk difference includes 0"
        return {"estimate": 1 / abs(difference["estimate"]), "note": note}
    limits = sorted(1 / abs(difference[k]) for k in ("conf_low", "conf_high"))
    return {"estimate": 1 / abs(difference["estimate"]), "conf_low": limits[0], "conf_high": limits[1]}


def resolution() -> Iterator[Row]:
    """Yield Kaplan-Meier curves of headaches seen to be gone at visits a few days off their planned day."""
    random = np.random.default_rng(3)
    for arm in ARMS:
        time, event = _times(arm, random)
        common = {"analysis": "resolution", "method": "Kaplan-Meier, log-log limits", "outcome": "resolution"}
        base = {**common, "group": arm, "n": SIZE[arm], "events": 0}
        yield {**base, "statistic": "survival", "time": 0, "estimate": 1.0}
        curve, greenwood = 1.0, 0.0
        for t in np.unique(time):
            n, d = int((time >= t).sum()), int(((time == t) & event).sum())
            curve *= 1 - d / n
            greenwood += d / (n * (n - d)) if n > d else 0.0
            yield {**base, "statistic": "survival", "time": t, "n": n, "events": d, **_loglog(curve, greenwood)}
            if t <= 91:
                at_milestone = _loglog(curve, greenwood)
        for day in DAYS:
            n = int((time >= day).sum())
            yield {**base, "statistic": "n_risk", "time": day, "estimate": n, "n": n}
        flipped = {
            "estimate": 1 - at_milestone["estimate"],
            "conf_low": 1 - at_milestone["conf_high"],
            "conf_high": 1 - at_milestone["conf_low"],
        }
        yield {**base, "statistic": "resolved", "time": 91, **flipped, "events": int((event & (time <= 91)).sum())}
        yield {**base, "statistic": "median_time", "estimate": 180, "conf_low": 150, "conf_high": 230}
    test = {"analysis": "resolution-test", "method": "Log-rank test", "outcome": "resolution", "statistic": "logrank"}
    yield {**test, "estimate": 15.2, "df": 2, "p_value": 0.0005, "n": sum(SIZE.values()), "events": 190}
    for a, b in PAIRS:
        one = {"estimate": 6.1, "df": 1, "p_value": 0.013, "p_adjusted": 0.026}
        yield {**test, "group": a, "reference": b, **one, "n": SIZE[a] + SIZE[b], "events": 120}
        log = 1.6 * (EFFECT[a] - EFFECT[b])
        limits = {k: math.exp(log + z * 0.16) for k, z in (("conf_low", -1.96), ("conf_high", 1.96))}
        yield {
            "analysis": "resolution-cox",
            "method": "Cox model, Efron ties",
            "outcome": "resolution",
            "group": a,
            "reference": b,
            "statistic": "hazard_ratio",
            "estimate": math.exp(log),
            "std_error": 0.16,
            **limits,
            "p_value": 0.004,
            "p_adjusted": 0.012,
            "n": SIZE[a] + SIZE[b],
            "events": 120,
        }
    cox = {"analysis": "resolution-cox", "method": "Cox model, Efron ties", "outcome": "resolution"}
    yield {**cox, "group": "GLOBAL", "statistic": "ph_test", "estimate": 3.2, "df": 2, "p_value": 0.2}


def _times(arm: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    onset = random.exponential(90 / EFFECT[arm], SIZE[arm])
    dropped = random.exponential(600, SIZE[arm])
    seen = np.array(DAYS[1:])
    visit = np.searchsorted(seen, np.minimum(onset, 363))
    jitter = random.integers(-6, 7, SIZE[arm])
    event = (onset < 364) & (onset < dropped)
    time = np.where(event, seen[visit] + jitter, np.minimum(dropped, 364 + jitter)).round()
    return np.maximum(time, 1), event


def gates() -> Iterator[Row]:
    """Yield what a graph decided on two arms and two outcomes."""
    decided = (
        ("ndi-manual", "ndi", 0.025, 0.004, 0.008),
        ("ndi-block", "ndi", 0.0375, 0.01, 0.0133),
        ("days-manual", "headache_days_28d", 0.05, 0.06, 0.06),
        ("days-block", "headache_days_28d", 0.025, 0.001, 0.0133),
    )
    for name, outcome, level, p, adjusted in decided:
        yield {
            "analysis": "multiplicity",
            "method": "Bonferroni-based graph, familywise level 0.05",
            "outcome": outcome,
            "group": "manual_exercise" if name.endswith("manual") else "nerve_block",
            "reference": "medication",
            "subgroup": f"hypothesis={name}",
            "time": 84,
            "statistic": "gate",
            "estimate": level,
            "p_value": p,
            "p_adjusted": adjusted,
            "note": "rejected at 0.05" if adjusted <= 0.05 else "not rejected",
        }


OTHERS = (flow, ages, age_response, courses, balance, effects, gee, responders, resolution, gates, repeated_fit)
PARTS = (*OTHERS, *resolution_rows.PARTS)


def suppressed(result: Result, *, below: int = 30, threshold: int = 10) -> Result:
    """Return the rows as disclosure leaves them where fewer than `below` people stand behind a number."""
    frame = result.frame.copy()
    few = frame["n"] < below
    # decisions across the plan have no number of people; they go where a comparison that they repeat goes
    few |= (frame["statistic"] == "gate") & few.any()
    frame.loc[few, ["estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted", "n", "events"]] = (
        math.nan
    )
    frame.loc[few, "note"] = f"suppressed: fewer than {threshold} people"
    return Result(frame)


def failed(result: Result) -> Result:
    """Return the rows with every number of every third row of an analysis gone: not estimable."""
    frame = result.frame.copy()
    gone = np.arange(len(frame)) % 3 == 0
    frame.loc[gone, NUMBERS_OF_A_ROW] = math.nan
    frame.loc[gone, "note"] = "not estimable: no variance at baseline"
    return Result(frame)
