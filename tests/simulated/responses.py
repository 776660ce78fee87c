"""Responders: crude and standardised differences of proportions."""

from __future__ import annotations

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.glm import glm
from cgh_analysis.models.standardise import standardised
from cgh_analysis.numerics.proportions import newcombe
from tests.simulated.measured import MANY, Measured, Rng, few, held, people, share


def proportions(n: int, rng: Rng) -> list[Measured]:
    """Crude risk differences: 55 % against 35 % for the interval, 35 % in both arms for the test."""
    a, b, c = (rng.binomial(n, p, MANY) for p in (0.55, 0.35, 0.35))
    d, null = newcombe(a, n, b, n), newcombe(c, n, b, n)
    return [
        share("Risk difference, crude, Newcombe", "coverage", n, (d.conf_low <= 0.2) & (d.conf_high >= 0.2)),
        share("Risk difference, crude, chi-square", "type I error", n, null.p_value < 0.05),
    ]


def standardised_risks(n: int, rng: Rng) -> list[Measured]:
    """Standardised logistic regression; the truth among the very people analysed, and in the population."""
    crowd = expit(-0.6 + np.add.outer([0.0, 0.8], np.random.default_rng(1).normal(size=1_000_000))).mean(axis=1)
    hits: dict[str, list[bool]] = {name: [] for name in ("rd", "rd_all", "risk", "risk_all", "null")}
    for _ in range(few(n)):
        data, null = (people(n, rng, ("a", "b")) for _ in range(2))
        mine = expit(-0.6 + np.add.outer([0.0, 0.8], data["x"].to_numpy()))
        data["well"] = (rng.random(2 * n) < mine[data["arm"].cat.codes, np.arange(2 * n)]).astype(float)
        null["well"] = (rng.random(2 * n) < expit(null["x"].to_numpy() - 0.6)).astype(float)
        try:
            s, t = (standardised(glm("well ~ arm + x", d), "arm") for d in (data, null))
        except NotEstimable:
            continue
        truth = mine.mean(axis=1)
        hits["rd"].append(held(s.differences, truth[1] - truth[0])[0])
        hits["rd_all"].append(held(s.differences, crowd[1] - crowd[0])[0])
        hits["risk"].append(held(s.means, truth[1])[1])
        hits["risk_all"].append(held(s.means, crowd[1])[1])
        hits["null"].append(t.differences["p_value"][0] < 0.05)
    return [
        share("Risk difference, standardised, these people", "coverage", n, hits["rd"]),
        share("Risk difference, standardised, population", "coverage", n, hits["rd_all"]),
        share("Risk, standardised, these people", "coverage", n, hits["risk"]),
        share("Risk, standardised, population", "coverage", n, hits["risk_all"]),
        share("Risk difference, standardised", "type I error", n, hits["null"]),
    ]


def expit(x: np.ndarray) -> np.ndarray:
    """Return the inverse logit."""
    return 1 / (1 + np.exp(-x))
