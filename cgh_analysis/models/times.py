"""Times at which a curve is asked."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

import numpy as np

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import FloatArray


def chosen_times(times: float | Iterable[float]) -> FloatArray:
    """Return times sorted and once each; raises ArgumentError where one is no number, negative or infinite.

    >>> chosen_times([84, 28, 28]).tolist()
    [28.0, 84.0]
    """
    given = list(times) if isinstance(times, Iterable) else [times]
    numbers = all(isinstance(t, Real) for t in given)
    chosen = np.unique(np.asarray(given if numbers else [], dtype=float))
    if not chosen.size or not np.all(np.isfinite(chosen)) or chosen[0] < 0:
        raise ArgumentError("The times are not all finite and at least 0.", remedy="Give days such as [28, 84].")
    return chosen
