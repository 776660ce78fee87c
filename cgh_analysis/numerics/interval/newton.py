"""Newton's method with step halving, which stops at a maximum or says why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.survival.chi_square import solve_scaled

MAX_ITERATIONS: Final = 80
# Newton's decrement g' I^-1 g is the squared step in standard errors: at 1e-20 a step moves 1e-10 of one.
CONVERGED: Final = 1e-20
# where rounding leaves no step that climbs, or that is much shorter than the last, 1e-7 of a standard error is enough
STALLED: Final = 1e-14
# A step of under FLAT squared standard errors that yet moves a coefficient by over MOVING (times the spread of its
# column) is not on its way to a maximum: the likelihood rises for ever, or a standard error is over 100.
FLAT: Final = 1e-8
MOVING: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Log-likelihood, its gradient (k,) and minus its Hessian (k, k), summed over rows."""

    log_likelihood: float
    score: FloatArray
    information: FloatArray

    def __add__(self, other: Sums) -> Sums:
        """Add the sums over other rows."""
        return Sums(
            log_likelihood=self.log_likelihood + other.log_likelihood,
            score=self.score + other.score,
            information=self.information + other.information,
        )


# a trial step may go where exp overflows: it is taken back
@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def maximise(
    sums: Callable[[FloatArray], Sums],
    start: FloatArray,
    *,
    names: Sequence[str],
    moves: Callable[[FloatArray], FloatArray],
    unit: float = 1.0,
    concave: bool = False,
) -> tuple[FloatArray, Sums]:
    """Return the maximum and the sums there.

    `names` (k,) are those of the coefficients' columns, and `moves` says by how much a step moves each of them in units
    of its column's spread, for refusals; `unit` is the mean weight of a row.
    Where the likelihood is `concave` a singular Hessian is one of flat directions, elsewhere one to be climbed around.
    Raises NotEstimable where the likelihood has no maximum, naming columns, or none is found.
    """
    theta, at, last = start, sums(start), np.inf
    for _ in range(MAX_ITERATIONS):
        step = _direction(at, names, concave=concave)
        decrement = float(at.score @ step) / unit
        if decrement < FLAT:
            refuse_endless(moves(step), names)
        if decrement < CONVERGED or last / 4 < decrement < STALLED:
            return theta, at
        moved = _climb(sums, theta, step, at)
        if moved is None and decrement < STALLED:
            return theta, at
        if moved is None:
            break
        (theta, at), last = moved, decrement
    raise NotEstimable(
        f"Newton's method found no maximum of the likelihood in {MAX_ITERATIONS} iterations; "
        "leave out covariates one at a time, or look for extreme values of one"
    )


def _direction(at: Sums, names: Sequence[str], *, concave: bool) -> FloatArray:
    """Newton's step; where the likelihood is not concave, one that its curvature's diagonal holds back."""
    ridge = np.abs(np.diag(at.information)).copy()
    for extra in (0.0,) if concave else (0.0, 1e-3, 1e-2, 0.1, 1.0, 10.0):
        try:
            return solve_scaled(at.information + np.diag(extra * ridge), at.score)
        except NotEstimable:
            continue
    raise NotEstimable(
        f"the likelihood is flat in {', '.join(names)}; look for a covariate that separates those whose time is known "
        "from those of whom it is only known to be longer, or for one day at which everybody was looked at"
    )


def _climb(
    sums: Callable[[FloatArray], Sums], theta: FloatArray, step: FloatArray, at: Sums
) -> tuple[FloatArray, Sums] | None:
    """Take the step, or half of it, or a quarter, so that the likelihood does not fall by more than rounding."""
    floor = at.log_likelihood - 1e-13 * abs(at.log_likelihood)
    for halvings in range(40):
        moved = theta + step / 2**halvings
        there = sums(moved)
        if np.isfinite(there.log_likelihood) and there.log_likelihood >= floor:
            return moved, there
    return None


def refuse_endless(moves: FloatArray, names: Sequence[str]) -> None:
    """Raise NotEstimable where a flat likelihood still moves coefficients, naming them."""
    endless = [name for name, move in zip(names, moves, strict=True) if abs(move) > MOVING]
    if endless:
        raise NotEstimable(
            f"the likelihood rises without end in {', '.join(endless)} (a level in which no time is known, or "
            "separation); merge the level with another one, or leave the column out"
        )
