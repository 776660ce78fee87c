"""MMRM: two arms over four visits, drop-out that depends on what was seen, all degrees of freedom and sandwiches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final, cast

import numpy as np
from scipy import stats

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.mmrm.degrees import Errors, uncertainty
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.mmrm.fields import OverVisits
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.optimise import maximise
from cgh_analysis.numerics.mmrm.patterns import lay_out, moments
from cgh_analysis.numerics.mmrm.structures import COVARIANCES
from tests.simulated.measured import Measured, Rng, share
from tests.simulated.scenarios import Deviation

SIZES_OF_TRIALS: Final = (30, 60, 200)
REPLICATIONS: Final = 5000
SEED: Final = 20240612
VISITS: Final = 4
SD: Final = np.array([1.0, 1.1, 1.3, 1.5])
EFFECT: Final = np.array([0.0, 0.2, 0.4, 0.6])
# the logit of leaving after a visit: one in five is gone by the last, those who do badly first
LEAVING: Final = (-2.9, 0.8)
METHODS: Final[dict[str, Errors]] = {
    "Kenward-Roger, first order": Errors(df="kenward-roger-linear"),
    "Kenward-Roger, second order": Errors(df="kenward-roger"),
    "Satterthwaite": Errors(df="satterthwaite"),
    "between-within": Errors(df="between-within"),
    "residual": Errors(df="residual"),
    "CR0": Errors(vcov="empirical"),
    "CR2": Errors(vcov="empirical-bias-reduced"),
    "CR3": Errors(vcov="empirical-jackknife"),
}

DEVIATIONS_OVER_VISITS: Final = tuple(
    Deviation(begins=f"MMRM, {name}", quantity=quantity, low=low, high=high, why=why, sizes=sizes)
    for name, error, sizes, why in (
        (
            "Kenward-Roger, second order",
            0.02,
            (30,),
            "The second derivatives, in the parametrisation of R's mmrm, make standard errors smaller again: why the "
            "first order is the plan's default.",
        ),
        ("Satterthwaite", 0.01, (30,), "Standard errors do not allow for the covariance having been estimated."),
        ("between-within", 0.02, (30,), "Subjects are counted, not what they tell of the last visit's variance."),
        ("residual", 0.02, (30,), "Rows are counted as if they were people."),
        ("CR0", 0.025, (30, 60), "The sandwich comes out small where people are few."),
        ("CR3", -0.015, (30, 60), "The jackknife's comes out large: it errs on the safe side."),
    )
    for quantity, low, high in (
        ("coverage", min(-error, 0), max(-error, 0)),
        ("type I error", min(error, 0), max(error, 0)),
    )
)


def measure_visits(n: int) -> list[Measured]:
    """Return what is measured in trials of n people; their random numbers are their own."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([SEED, n])))
    effect, null = ([_trial(n, rng, by_visit) for _ in range(REPLICATIONS)] for by_visit in (EFFECT, 0 * EFFECT))
    held, found = (np.array([t for t in trials if t is not None]) for trials in (effect, null))
    return [
        *(share(f"MMRM, {name}", "coverage", n, held[:, i]) for i, name in enumerate(METHODS)),
        *(share(f"MMRM, {name}", "type I error", n, ~found[:, i]) for i, name in enumerate(METHODS)),
        share("MMRM", "no fit", n, [t is None for t in effect + null]),
    ]


def _trial(n: int, rng: Rng, effect: np.ndarray) -> np.ndarray | None:
    """Return by method whether the interval of the last difference holds the truth; None where nothing is fitted."""
    arm, before = np.arange(n) % 2, rng.normal(size=n)
    lag = np.abs(np.subtract.outer(np.arange(VISITS), np.arange(VISITS)))
    noise = rng.normal(size=(n, VISITS)) @ np.linalg.cholesky(0.4 + 0.6 * 0.5**lag).T
    y = 0.5 * before[:, None] + noise * SD + arm[:, None] * effect
    stays = rng.random((n, VISITS - 1)) >= 1 / (1 + np.exp(-LEAVING[0] - LEAVING[1] * y[:, :-1]))
    seen = np.column_stack([np.ones(n, dtype=bool), np.logical_and.accumulate(stays, axis=1)])
    whose, visit = np.nonzero(seen)
    each = np.eye(VISITS)[visit]
    # by visit: mean, arm and baseline, so that the last difference is one coefficient
    x = np.column_stack([each, each * arm[whose, None], each * before[whose, None]])
    contrast = np.eye(3 * VISITS)[2 * VISITS - 1 : 2 * VISITS]
    try:
        return _held(y[seen], x, whose, visit, contrast, effect[-1])
    except NotEstimable:
        return None


def _held(
    y: np.ndarray, x: np.ndarray, whose: np.ndarray, visit: np.ndarray, contrast: np.ndarray, truth: float
) -> np.ndarray:
    """Fit by the kernel, which tens of thousands of fits need, and ask the models' own inference."""
    layout = lay_out(whose, visit, n_visits=VISITS)
    sums = moments(y, x, layout)
    model = Model(moments=sums, covariance=OverVisits(COVARIANCES["us"]), reml=True)
    maximum = maximise(model)
    estimate = float(contrast[0] @ (sums.basis.shift + sums.basis.turn @ maximum.point.gamma))
    design = SimpleNamespace(response=y, matrix=x)
    prepared = cast(Prepared, SimpleNamespace(design=design, layout=layout, weights=None))
    out = []
    for errors in METHODS.values():
        known = uncertainty(model, maximum, prepared, errors)
        error = float(np.sqrt(contrast[0] @ known.adjusted @ contrast[0]))
        out.append(abs(estimate - truth) <= stats.t.ppf(0.975, known.df(contrast)[0]) * error)
    return np.array(out)
