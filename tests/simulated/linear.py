"""Models of a mean: ANCOVA, its subgroups, and repeated outcomes."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from cgh_analysis.models.ancova import ancova
from cgh_analysis.models.contrasts import contrasts
from cgh_analysis.models.gee import gee
from cgh_analysis.numerics.inference import heterogeneity
from cgh_analysis.numerics.linear import COVARIANCES, least_squares
from tests.simulated.measured import PAIRS, Measured, Rng, few, held, people, share

SPREAD: Final = np.array([1.0, 1.5, 2.5])
VISITS: Final = 4
LEVELS: Final = (0.13, 0.23, 0.64)  # acute, subacute, chronic, as in the demo


def means(n: int, rng: Rng) -> list[Measured]:
    """ANCOVA of three arms without a difference and with standard deviations of 1, 1.5 and 2.5."""
    found: dict[str, list[np.ndarray]] = {"HC3": [], "classical": []}
    family = []
    for _ in range(few(n)):
        data = people(n, rng)
        data["y"] = 0.6 * data["x"] + SPREAD[data["arm"].cat.codes] * rng.normal(size=len(data))
        for covariance in ("HC3", "classical"):
            table = contrasts(ancova("y ~ arm + x", data, covariance=covariance), "arm", adjust="holm")
            found[covariance].append(held(table))
            if covariance == "HC3":
                family.append(table["p_adjusted"].min() < 0.05)
    return [
        *(
            share(f"ANCOVA, {covariance}: {pair}", "coverage", n, np.array(hits)[:, i])
            for covariance, hits in found.items()
            for i, pair in enumerate(PAIRS)
        ),
        share("ANCOVA, HC3, Holm over three pairs", "familywise error", n, family),
    ]


def subgroups(n: int, rng: Rng) -> list[Measured]:
    """Cochran's Q over three levels of unequal size, of an effect that is the same in all; five covariates."""
    p_values = {name: [_q(n, rng, name) for _ in range(2 * few(n))] for name in ("HC3", "classical")}
    return [
        share(f"Heterogeneity of subgroups, {name}", "type I error", n, np.array(found) < 0.05)
        for name, found in p_values.items()
    ]


def _q(n: int, rng: Rng, covariance: str) -> float:
    """Fit each level with room for its coefficients by the kernels, which thousands of fits need."""
    arm, level = np.repeat([0, 1], n), rng.choice(len(LEVELS), 2 * n, p=LEVELS)
    x = np.column_stack([np.ones(2 * n), arm, rng.normal(size=(2 * n, 5))])
    y = x[:, 2:].sum(axis=1) * 0.4 + rng.normal(size=2 * n)
    found = []
    for i in range(len(LEVELS)):
        mine = level == i
        if mine.sum() > x.shape[1] + 2 and 1 < arm[mine].sum() < mine.sum() - 1:
            fit = least_squares(y[mine], x[mine])
            found.append((fit.coef[1], np.sqrt(COVARIANCES[covariance](fit)[1, 1])))
    return heterogeneity(*np.transpose(found)).p_value if len(found) > 1 else 1.0


def repeated(n: int, rng: Rng) -> list[Measured]:
    """GEE of three arms without a difference at four visits; correlation of AR(1) 0.6, taken for exchangeable.

    The noise of the arms differs as in the ANCOVA; 15 % of visits are missing at random.
    """
    cover, family = [], []
    for _ in range(few(n)):
        data = people(n, rng)
        noise = rng.normal(size=(len(data), VISITS))
        for v in range(1, VISITS):
            noise[:, v] = 0.6 * noise[:, v - 1] + 0.8 * noise[:, v]
        rows = data.loc[data.index.repeat(VISITS)].assign(visit=pd.Categorical(np.tile(range(VISITS), len(data))))
        rows["y"] = 0.6 * rows["x"] + SPREAD[rows["arm"].cat.codes] * noise.ravel()
        fit = gee("y ~ arm * visit + x", rows.loc[rng.random(len(rows)) > 0.15], subject="id", visit="visit")
        table = contrasts(fit, "arm", at={"visit": VISITS - 1}, adjust="holm")
        cover.append(held(table))
        family.append(table["p_adjusted"].min() < 0.05)
    return [
        *(share(f"GEE, robust: {p}", "coverage", n, np.array(cover)[:, i]) for i, p in enumerate(PAIRS)),
        share("GEE, robust, Holm over three pairs", "familywise error", n, family),
    ]
