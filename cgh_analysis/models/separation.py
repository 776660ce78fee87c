"""Refuse a binary or count outcome whose likelihood has no maximum, and name the columns that separate it."""

from __future__ import annotations

import numpy as np

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import row_labels
from cgh_analysis.models.design import Design
from cgh_analysis.numerics.separation import separating_columns


def check_outcome(d: Design, family: str) -> None:
    """Refuse outcomes that the family does not have: binomial is 0/1 or yes/no, poisson counts."""
    y = d.response
    bad = {
        "gaussian": np.zeros(len(y), dtype=bool),
        "binomial": ~np.isin(y, (0.0, 1.0)),
        "poisson": (y < 0) | (y != np.round(y)),
    }[family]
    if bad.any():
        raise ArgumentError(
            f"The outcome {d.outcome} has {int(bad.sum())} value(s) that are not {family}, at "
            f"{row_labels(d.data.index[bad])}.",
            remedy="A binomial outcome is 0/1 or yes/no, a Poisson one counts 0, 1, 2, ...",
        )


def check_separation(d: Design, family: str) -> None:
    """Raise NotEstimable where columns separate the outcome perfectly (or quasi-perfectly), naming them."""
    if family == "gaussian":
        return
    if np.all(d.response == (0 if family == "poisson" else d.response[0])):
        raise NotEstimable(f"the outcome {d.outcome} is {d.response[0]:g} in every row")
    separates = separating_columns(d.response, d.matrix, family)
    if separates.any():
        named = ", ".join(t for t, s in zip(d.terms, separates, strict=True) if s and t != "Intercept")
        raise NotEstimable(f"perfect separation of {d.outcome} by {named}")
