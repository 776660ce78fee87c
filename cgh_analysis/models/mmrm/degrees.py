"""How uncertain coefficients are: the covariance that is reported, and the degrees of freedom of a contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np

from cgh_analysis.errors import ArgumentError
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.numerics.arrays import BoolArray, FloatArray
from cgh_analysis.numerics.inference import JointWald, joint_wald
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.optimise import Maximum
from cgh_analysis.numerics.mmrm.sandwich import Correction, sandwich
from cgh_analysis.numerics.mmrm.small_sample import precision

Df = Literal["satterthwaite", "kenward-roger-linear", "kenward-roger", "between-within", "residual"]
Vcov = Literal["asymptotic", "empirical", "empirical-bias-reduced", "empirical-jackknife"]
SANDWICHES: Final[dict[str, Correction]] = {
    "empirical": "CR0",
    "empirical-bias-reduced": "CR2",
    "empirical-jackknife": "CR3",
}
IN_WORDS: Final[dict[str, str]] = {
    "satterthwaite": "Satterthwaite",
    "kenward-roger-linear": "Kenward-Roger (first order)",
    "kenward-roger": "Kenward-Roger",
    "between-within": "between-within",
    "residual": "residual",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Which standard errors and degrees of freedom."""

    df: Df = "satterthwaite"
    vcov: Vcov = "asymptotic"

    @property
    def in_words(self) -> str:
        """The choice as a fit's method names it."""
        known = f"{IN_WORDS[self.df]} degrees of freedom"
        return known if self.vcov == "asymptotic" else f"{self.vcov} standard errors, {known}"


class Uncertainty(Protocol):
    """What inference needs: the covariance of the coefficients, df of each contrast, and a joint test."""

    @property
    def adjusted(self) -> FloatArray:
        """Covariance of the coefficients as it is reported."""

    def df(self, contrast: FloatArray) -> FloatArray:
        """Degrees of freedom of each row of a contrast matrix."""

    def test(self, contrast: FloatArray, coef: FloatArray) -> JointWald:
        """Test that all rows are zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTerm:
    """A df for each coefficient; a contrast has the smallest of those that it is made of."""

    adjusted: FloatArray
    of_term: FloatArray

    def df(self, contrast: FloatArray) -> FloatArray:
        """Degrees of freedom of each row of a contrast matrix."""
        return np.asarray(np.where(np.abs(contrast) > 0, self.of_term, np.inf).min(axis=1))

    def test(self, contrast: FloatArray, coef: FloatArray) -> JointWald:
        """Test that all rows are zero."""
        return joint_wald(contrast, coef, self.adjusted, float(self.df(contrast).min()))


def uncertainty(model: Model, maximum: Maximum, prepared: Prepared, errors: Errors) -> Uncertainty:
    """Return the inference that is asked for; raises ArgumentError where errors and df do not go together."""
    df, vcov = errors.df, errors.vcov
    if df.startswith("kenward-roger"):
        if vcov != "asymptotic":
            raise ArgumentError(
                f"df={df!r} with vcov={vcov!r}.", remedy="Kenward and Roger adjust the asymptotic covariance."
            )
        if not model.reml:
            raise ArgumentError(f"df={df!r} with method='ml'.", remedy="Kenward and Roger's method is one of REML.")
        return precision(model, maximum, kenward_roger=True, linear=df.endswith("linear"))
    robust = _sandwich(model, maximum, prepared, SANDWICHES[vcov]) if vcov != "asymptotic" else None
    if df == "satterthwaite":
        return robust or precision(model, maximum, kenward_roger=False)
    whole = model.moments.basis.turn @ maximum.point.root
    covariance = whole @ whole.T if robust is None else robust.adjusted
    return ByTerm(adjusted=covariance, of_term=_by_term(prepared, df))


def _sandwich(model: Model, maximum: Maximum, prepared: Prepared, correction: Correction) -> Uncertainty:
    data, layout = model.moments, prepared.layout
    z = data.basis.apply(prepared.design.response, prepared.design.matrix)
    if prepared.weights is not None:
        z = z * np.sqrt(prepared.weights)[:, None]
    both = data.seen[:, :, None] & data.seen[:, None, :]
    root = np.linalg.cholesky(maximum.point.inverse + _elsewhere(data.seen))
    factor: FloatArray = np.asarray(np.where(both, root, 0.0), dtype=float)
    return sandwich(layout.padded(z), factor[layout.of_subject], maximum.point, data.basis.turn, correction)


def _elsewhere(seen: BoolArray) -> FloatArray:
    """Ones on the diagonal at visits that a pattern lacks."""
    return np.asarray(np.eye(seen.shape[1]) * ~seen[:, None, :])


def _by_term(prepared: Prepared, df: Df) -> FloatArray:
    """Residual degrees of freedom, or those between and within subjects (Schluchter and Elashoff 1990; SAS).

    A column that varies within some subject counts within, the intercept too where any does.
    """
    x, layout = prepared.design.matrix, prepared.layout
    n, p = x.shape
    if df == "residual":
        return np.full(p, float(n - p))
    ordered = x[layout.order]
    first = np.repeat(ordered[layout.start], layout.sizes, axis=0)
    varies = (ordered != first).any(axis=0)
    constant = (x == x[0]).all(axis=0)
    between = float(layout.n_subjects - np.sum(~varies))
    within = float(n - layout.n_subjects - varies.sum())
    return np.where(varies | (constant & varies.any()), within, between)
