"""Differences between marginal means, with p-values and limits for several comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.fit import Fit
from cgh_analysis.models.grid import At, Grid, Names, Weights, as_names, reference_grid, slope_grid
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.comparisons import PROCEDURES, Family
from cgh_analysis.numerics.families import LINKS
from cgh_analysis.numerics.inference import wald

Adjust = Literal["none", "bonferroni", "holm", "hochberg", "tukey", "dunnett", "mvt"]
Scale = Literal["link", "response", "difference"]


def contrasts(
    fit: Fit,
    factor: Names,
    *,
    by: Names | None = None,
    reference: Any = None,
    adjust: Adjust = "none",
    at: At | None = None,
    weights: Weights = "equal",
    scale: Scale = "link",
    slope: str | None = None,
    interaction: bool = False,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return differences of marginal means, each level minus each earlier one, or each minus `reference`.

    Each group of `by` is its own family. p-values are adjusted for it: bonferroni; holm (1979); hochberg (1988);
    tukey for all pairs; dunnett against a reference; mvt for any, from the contrasts' own correlation (Hothorn, Bretz
    and Westfall 2008). Limits are simultaneous with bonferroni, tukey, dunnett and mvt; with holm and hochberg they
    are each contrast's own, as no simple simultaneous ones belong to a stepwise test (R's emmeans prints Bonferroni's).
    With a logit or log link, scale="response" gives ratios ("A / B": odds or rate ratios with delta-method errors,
    tests and limits made on the link's scale) and "difference" differences of the back-transformed means. `slope`
    compares slopes over a column of numbers. With `interaction`, two factors give differences of differences: those of
    the first, compared between levels of the second ("b - a, week12 - week4"). Columns: contrast, those of `by`,
    estimate, std_error, df, statistic, p_value, p_adjusted, conf_low, conf_high. Raises ArgumentError for a factor,
    level or reference that the model does not have.

    >>> from cgh_analysis.models.ancova import ancova
    >>> data = pd.DataFrame({"arm": list("aabb") * 3, "y": [1.0, 2, 4, 6, 2, 3, 5, 7, 3, 4, 6, 8]})
    >>> contrasts(ancova("y ~ arm", data), "arm")[["contrast", "estimate"]].round(6).to_numpy().tolist()
    [['b - a', 3.5]]
    """
    check_option("adjust", adjust, PROCEDURES)
    check_option("scale", scale, get_args(Scale))
    check_option("weights", weights, get_args(Weights))
    if (adjust == "dunnett" and reference is None) or (adjust == "tukey" and reference is not None):
        raise ArgumentError(
            f"adjust={adjust!r} with reference={reference!r}.",
            remedy="dunnett compares with a reference, tukey all pairs; mvt does either.",
        )
    names, groups = as_names(factor), as_names(by)
    if interaction:
        _check_interaction(names, adjust, reference)
    grid = _grid(fit, [*names, *groups], slope, at=at, weights=weights)
    levels = _levels(grid.cells, names)
    pairs = level_pairs(levels, reference)
    if not pairs:
        raise ArgumentError(
            f"{', '.join(names)} has one value in this model: there is nothing to compare.",
            remedy="Name a factor; a column of numbers is one as C(column) in the formula.",
        )
    mark = "/" if scale == "response" and fit.link != "identity" else "-"
    constant = {"contrast": [f"{_text(a)} {mark} {_text(b)}" for a, b in pairs]}
    signs = _signs(levels, pairs)
    if interaction:
        constant["contrast"], signs = _crossed(grid.cells[names].iloc[: len(levels)], names)
    tables = []
    for start in range(0, len(grid.cells), len(levels)):
        own = {g: [grid.cells[g].iloc[start]] * len(signs) for g in groups}
        numbers = _compare(fit, grid.linear[start : start + len(levels)], signs, scale)
        tables.append(pd.DataFrame({**constant, **own, **_inference(numbers, len(levels), adjust, conf_level)}))
    table = pd.concat(tables, ignore_index=True)
    return _as_ratios(table) if mark == "/" else table


def _grid(fit: Fit, names: list[str], slope: str | None, *, at: At | None, weights: Weights) -> Grid:
    if slope is None:
        return reference_grid(fit, names, at=at, weights=weights)
    return slope_grid(fit, slope, names, at=at, weights=weights)


def _check_interaction(names: list[str], adjust: str, reference: Any) -> None:
    if len(names) != 2 or reference is not None or adjust in ("tukey", "dunnett"):
        raise ArgumentError(
            "Differences of differences are of two factors.",
            remedy="Name both as factor=['arm', 'visit'], without a reference, tukey or dunnett.",
        )


def _crossed(cells: pd.DataFrame, names: list[str]) -> tuple[list[str], FloatArray]:
    """Labels and signs of the differences of the first factor, compared between levels of the second."""
    first, second = (list(dict.fromkeys(cells[n])) for n in names)
    inner, outer = level_pairs(first), level_pairs(second)
    # the last factor varies slowest
    signs: FloatArray = np.asarray(np.kron(_signs(second, outer), _signs(first, inner)), dtype=float)
    return [f"{_text(a)} - {_text(b)}, {_text(c)} - {_text(d)}" for c, d in outer for a, b in inner], signs


def level_pairs(levels: Sequence[Any], reference: Any = None) -> list[tuple[Any, Any]]:
    """Return (later, earlier) for every pair of levels, or (other, reference), in the order of the levels."""
    if reference is None:
        return [(later, earlier) for i, later in enumerate(levels) for earlier in levels[:i]]
    if reference not in levels:
        raise ArgumentError(f"The reference {reference!r} is no level.", remedy=f"Levels: {list(levels)}.")
    return [(other, reference) for other in levels if other != reference]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """Estimates of one family of contrasts, their covariance and degrees of freedom."""

    estimate: FloatArray
    covariance: FloatArray
    df: FloatArray


def _compare(fit: Fit, linear: FloatArray, sign: FloatArray, scale: Scale) -> _Numbers:
    link = LINKS[fit.link if scale == "difference" else "identity"]
    eta = linear @ fit.coef
    slope = sign @ (link.derivative(eta)[:, None] * linear)
    return _Numbers(
        estimate=sign @ link.inverse(eta),
        covariance=slope @ fit.covariance_of_coef @ slope.T,
        df=fit.df_for(sign @ linear),
    )


def _inference(numbers: _Numbers, n_means: int, adjust: str, conf_level: float) -> dict[str, FloatArray]:
    std_error = np.sqrt(np.diag(numbers.covariance))
    w = wald(numbers.estimate, std_error, numbers.df, conf_level=conf_level)
    # a difference that a model holds at 0 has no error, and is no member of the family
    free = np.flatnonzero(std_error > 0)
    p_adjusted, half = np.full((2, len(std_error)), np.nan)
    if len(free):
        family = Family(
            statistic=w.statistic[free],
            p_value=w.p_value[free],
            df=numbers.df[free],
            correlation=numbers.covariance[np.ix_(free, free)] / np.outer(std_error[free], std_error[free]),
            n_means=n_means,
        )
        p_adjusted[free] = PROCEDURES[adjust].p_value(family)
        half[free] = PROCEDURES[adjust].critical(family, conf_level) * std_error[free]
    return {
        "estimate": numbers.estimate,
        "std_error": std_error,
        "df": numbers.df,
        "statistic": w.statistic,
        "p_value": w.p_value,
        "p_adjusted": p_adjusted,
        "conf_low": numbers.estimate - half,
        "conf_high": numbers.estimate + half,
    }


def _as_ratios(table: pd.DataFrame) -> pd.DataFrame:
    ratio = np.exp(table["estimate"])
    return table.assign(
        estimate=ratio,
        std_error=ratio * table["std_error"],
        conf_low=np.exp(table["conf_low"]),
        conf_high=np.exp(table["conf_high"]),
    )


def _levels(cells: pd.DataFrame, names: Sequence[str]) -> list[Any]:
    distinct = cells[list(names)].drop_duplicates()
    return distinct[names[0]].tolist() if len(names) == 1 else list(distinct.itertuples(index=False, name=None))


def _text(level: Any) -> str:
    return " ".join(map(str, level)) if isinstance(level, tuple) else str(level)


def _signs(levels: Sequence[Any], pairs: Sequence[tuple[Any, Any]]) -> FloatArray:
    place = {level: i for i, level in enumerate(levels)}
    out = np.zeros((len(pairs), len(levels)))
    for row, (plus, minus) in enumerate(pairs):
        out[row, place[plus]], out[row, place[minus]] = 1, -1
    return out
