"""p-values adjusted for several comparisons: the stepwise procedures (the simultaneous-t ones need a correlation)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from cgh_analysis.numerics.arrays import FloatArray


def bonferroni(p: ArrayLike) -> FloatArray:
    """Return min(1, m p)."""
    values = np.asarray(p, dtype=float)
    return np.minimum(1.0, values * np.count_nonzero(~np.isnan(values)))


def holm(p: ArrayLike) -> FloatArray:
    """Return Holm's step-down adjusted p-values (Holm 1979); NaN stays NaN and is not counted.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    return _stepwise(np.asarray(p, dtype=float), down=True)


def hochberg(p: ArrayLike) -> FloatArray:
    """Return Hochberg's step-up adjusted p-values (Hochberg 1988); NaN stays NaN and is not counted."""
    return _stepwise(np.asarray(p, dtype=float), down=False)


def _stepwise(p: FloatArray, *, down: bool) -> FloatArray:
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    m = order.size
    scaled = p[order] * (m - np.arange(m))
    stepped = np.maximum.accumulate(scaled) if down else np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.full_like(p, np.nan)
    out[order] = np.minimum(1.0, stepped)
    return out


# by the name that a plan gives them
STEPWISE: Final[dict[str, Callable[[ArrayLike], FloatArray]]] = {
    "none": lambda p: np.asarray(p, dtype=float),
    "bonferroni": bonferroni,
    "holm": holm,
    "hochberg": hochberg,
}
