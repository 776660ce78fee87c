"""What data cannot determine is refused before anything is fitted, with the counts, visits and groups at fault."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cgh_analysis.errors import NotEstimable
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import Basis, PatternMoments

# a residual sum of squares that is rounding of the outcome's own
NO_VARIANCE: Final = 1e-24


def check_variance(prepared: Prepared, basis: Basis) -> None:
    """Refuse an outcome that is the same everywhere, or that the model's terms determine."""
    y = prepared.design.response
    least = NO_VARIANCE * max(float(y @ y), 1e-300)
    centred = y - y.mean()
    if centred @ centred <= least:
        raise NotEstimable("the outcome is the same in every row")
    residual = y - prepared.design.matrix @ basis.shift
    if residual @ residual <= least:
        raise NotEstimable("the model's terms determine the outcome: nothing is left that varies")


def check_size(name: str, model: Model, prepared: Prepared) -> None:
    """Refuse a structure with more parameters than the data determine, or of visits that nobody made together."""
    data = model.moments
    if data.n_subjects <= model.n_parameters:
        raise NotEstimable(
            f"{data.n_subjects} subjects do not determine {model.n_parameters} parameters of the covariance {name!r}"
        )
    if data.n_observations <= data.n_columns:
        raise NotEstimable(f"{data.n_observations} rows do not determine {data.n_columns} coefficients")
    for g in range(data.n_groups):
        where = f" in {prepared.groups[g]}" if prepared.groups else ""
        _check_pairs(name, _pairs(data, g), prepared.visits, where)
        if name == "us" or name.endswith("h"):
            _check_each_visit(prepared, g, where)


def _pairs(data: PatternMoments, group: int) -> FloatArray:
    """How many subjects of a group were seen at both of two visits."""
    own = data.group == group
    return np.asarray(np.einsum("pa,pb,p->ab", data.seen[own], data.seen[own], data.subjects[own]))


def _check_pairs(name: str, pairs: FloatArray, visits: tuple[Any, ...], where: str) -> None:
    m = len(pairs)
    never = np.flatnonzero(np.diag(pairs) == 0)
    if len(never) and (name == "us" or name.endswith("h")):
        raise NotEstimable(f"nobody{where} was seen at {visits[never[0]]}")
    if m == 1 and name.removesuffix("h") in ("cs", "ar1", "sp_exp"):
        raise NotEstimable(f"with one visit there is no correlation, which the covariance {name!r} has: 'us' has none")
    apart: BoolArray = pairs[~np.eye(m, dtype=bool)] > 0
    if m > 1 and not apart.any():
        raise NotEstimable(f"nobody{where} was seen at two visits: no correlation can be estimated")
    if name == "us" and not pairs.all():
        a, b = np.argwhere(pairs == 0)[0]
        raise NotEstimable(f"nobody{where} was seen at both {visits[a]} and {visits[b]}")
    for lag in range(1, m if name.startswith("toep") else 1):
        if not np.diag(pairs, lag).any():
            raise NotEstimable(f"nobody{where} was seen at two visits that are {lag} apart")
    for step in range(1, m if name.startswith("ad") else 1):
        if not pairs[:step, step:].any():
            raise NotEstimable(f"nobody{where} was seen both before and from {visits[step]} on")


def _check_each_visit(prepared: Prepared, group: int, where: str) -> None:
    """Refuse a visit at which the outcome is constant: a variance of its own would be 0."""
    layout = prepared.layout
    rows = np.repeat(layout.group[layout.of_subject] == group, layout.sizes)
    y, visit = prepared.design.response[layout.order][rows], layout.visit[rows]
    m = len(prepared.visits)
    highest, lowest = np.full(m, -np.inf), np.full(m, np.inf)
    np.maximum.at(highest, visit, y)
    np.minimum.at(lowest, visit, y)
    constant = np.flatnonzero(highest == lowest)
    if len(constant):
        raise NotEstimable(f"the outcome is the same in every row{where} at {prepared.visits[constant[0]]}")
