"""Finding the maximum: damped Newton steps, first with a cheap Hessian, last with the exact one, and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.mmrm.likelihood import Model, Point, Slopes, evaluate, slopes

MOST_STEPS: Final = 200
# the rise in log-likelihood that a Newton step still promises: below this the maximum is reached
NEAR: Final = 1e-3
REACHED: Final = 1e-13
LONGEST_STEP: Final = 2.0
FLATTEST: Final = 1e-8
EPSILON: Final = float(np.finfo(float).eps)


class ConvergenceError(NotEstimable):
    """The likelihood has no maximum that could be found; `remedy` says what to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maximum:
    """The model at its maximum: its point, the exact derivatives there, and how many steps it took."""

    point: Point
    slopes: Slopes
    steps: int

    @property
    def gradient(self) -> float:
        """The largest derivative of the log-likelihood in absolute value."""
        return float(np.abs(self.slopes.gradient).max())


def maximise(model: Model, start: FloatArray | None = None) -> Maximum:
    """Return the maximum of the (restricted) likelihood; raises ConvergenceError where there is none to be found.

    The maximum is accepted where an exact Newton step promises no rise that could be seen and the Hessian is negative
    definite; neither another structure nor another method is tried silently.
    """
    theta = starting_values(model) if start is None else start
    point = evaluate(model, theta)
    if point is None:
        raise ConvergenceError("the starting values give no covariance", remedy="Try a simpler structure.")
    exact, damping = False, 0.0
    for step in range(MOST_STEPS):
        here = slopes(model, point, exact=exact)
        direction, promise = _newton(here, damping)
        # a rise below the rounding of the log-likelihood could not be seen
        if exact and promise < max(REACHED, EPSILON * abs(point.log_likelihood)) and _is_peak(here):
            return _polished(model, point, here, direction, step)
        if not exact and promise < NEAR:
            exact = True
            continue
        better = _line(model, point, direction, here.gradient)
        if better is None:
            if exact and promise < np.sqrt(REACHED) and _is_peak(here):
                # no step can be told from rounding any more
                return _polished(model, point, here, direction, step)
            if exact and damping > 1e8:
                break
            exact, damping = True, max(10 * damping, 1e-3)
            continue
        damping = damping / 10 if damping > 1e-6 else 0.0
        point = better
    raise ConvergenceError(_why(model, point), remedy=REMEDY)


REMEDY: Final = (
    "Try a covariance with fewer parameters ('toeph', 'ar1h', 'csh'), or a ladder: covariance=['us', 'toeph', 'csh']."
)


def _polished(model: Model, point: Point, here: Slopes, direction: FloatArray, step: int) -> Maximum:
    """One step more, whose rise no longer shows: it takes the parameters to the last digits that there are."""
    there = evaluate(model, point.theta + direction)
    if there is None:
        return Maximum(point=point, slopes=here, steps=step)
    gradient = slopes(model, there, exact=False).gradient
    if np.abs(gradient).max() > np.abs(here.gradient).max():
        return Maximum(point=point, slopes=here, steps=step)
    return Maximum(point=there, slopes=Slopes(gradient=gradient, hessian=here.hessian), steps=step + 1)


def _newton(here: Slopes, damping: float) -> tuple[FloatArray, float]:
    """The step to the maximum of a quadratic, made to go uphill, and the rise that it promises."""
    values, vectors = np.linalg.eigh(-here.hessian)
    curved = np.maximum(np.abs(values), FLATTEST * np.abs(values).max()) + damping
    along = vectors.T @ here.gradient
    return vectors @ (along / curved), 0.5 * float(np.sum(along**2 / curved))


def _line(model: Model, point: Point, direction: FloatArray, gradient: FloatArray) -> Point | None:
    """The first point on the way that is better by a share of what was promised; None where none is."""
    length = min(1.0, LONGEST_STEP / max(float(np.abs(direction).max()), 1e-300))
    slope = float(gradient @ direction)
    for _ in range(30):
        there = evaluate(model, point.theta + length * direction)
        if there is not None and there.log_likelihood > point.log_likelihood + 1e-4 * length * slope:
            return there
        length /= 2
    return None


def _is_peak(here: Slopes) -> bool:
    values = np.linalg.eigvalsh(-here.hessian)
    return bool(values[0] > 1e-10 * values[-1])


def _why(model: Model, point: Point) -> str:
    sigma, seen = point.field.sigma, model.moments.seen
    sd = np.sqrt(np.diagonal(sigma, axis1=1, axis2=2))
    correlation = sigma / (sd[:, :, None] * sd[:, None, :])
    between = seen[:, :, None] & seen[:, None, :] & ~np.eye(seen.shape[1], dtype=bool)
    largest = np.abs(correlation[between]).max(initial=0.0)
    if largest > 0.999:
        return "the estimated covariance is singular: visits are correlated as strongly as can be"
    n = model.moments.n_subjects
    return f"no maximum of the likelihood was found for {model.n_parameters} covariance parameters and {n} subjects"


def starting_values(model: Model) -> FloatArray:
    """Return parameters from the least-squares residuals: each group's covariances over the pairs of visits seen."""
    data = model.moments
    residual = np.zeros((data.n_columns + 1, 1))
    residual[-1] = 1.0
    products = data.project(residual)
    pairs = (data.seen[:, :, None] & data.seen[:, None, :]) * data.subjects[:, None, None]
    pooled = _positive(products.sum(axis=0), pairs.sum(axis=0))
    covariances = []
    for g in range(data.n_groups):
        own = data.group == g
        enough = pairs[own].sum(axis=0).min() >= data.n_visits + 2
        covariances.append(_positive(products[own].sum(axis=0), pairs[own].sum(axis=0)) if enough else pooled)
    return model.covariance.start(np.array(covariances), data)


def _positive(products: FloatArray, pairs: FloatArray) -> FloatArray:
    """A positive definite covariance near the one of the pairs: correlations are drawn towards 0 as far as needed."""
    covariance = products / np.maximum(pairs, 1)
    variance = np.diag(covariance)
    if not np.all(variance > 0):
        raise NotEstimable("the outcome does not vary at a visit, once the model's terms are taken out")
    sd = np.sqrt(variance)
    correlation = covariance / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1.0)
    for share in (1.0, 0.9, 0.7, 0.5, 0.25, 0.0):
        drawn = share * correlation + (1 - share) * np.eye(len(sd))
        if np.linalg.eigvalsh(drawn)[0] > 0.02:
            break
    return np.outer(sd, sd) * drawn
