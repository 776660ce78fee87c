"""Does the likelihood of a binary or count model have a maximum at all?"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from cgh_analysis.numerics.arrays import BoolArray, FloatArray


def separating_columns(y: FloatArray, x: FloatArray, family: str) -> BoolArray:
    """Return which columns, (p,), take part in a separation; none where a finite maximum exists.

    A separation is a direction b along which no row's likelihood falls and some rise for ever (Albert and Anderson
    1984; found by linear programming, Konis 2007): x b >= 0 where a binary y is 1 and <= 0 where it is 0; for counts
    x b = 0 where y > 0 and <= 0 where y = 0. `y` is (n,), `x` (n, p).
    """
    scaled = x / np.abs(x).max(axis=0)
    up = np.where(y > 0, 1.0, -1.0)[:, None] * scaled
    free = up if family == "binomial" else up[y == 0]
    fixed = None if family == "binomial" or not np.any(y > 0) else scaled[y > 0]
    if not len(free):
        return np.zeros(x.shape[1], dtype=bool)
    found = linprog(
        -free.sum(axis=0),
        A_ub=-free,
        b_ub=np.zeros(len(free)),
        A_eq=fixed,
        b_eq=None if fixed is None else np.zeros(len(fixed)),
        bounds=(-1, 1),
        method="highs",
    )
    # the solver's own feasibility tolerance is 1e-7 a row; a separation has a gain of order 1
    separated = found.success and -found.fun > 1e-4
    return (np.abs(found.x) > 1e-6) & separated
