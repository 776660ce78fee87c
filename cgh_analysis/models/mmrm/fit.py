"""A fitted MMRM: coefficients with small-sample inference, the covariance over visits, residuals, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.frames import check_frame
from cgh_analysis.models.fit import Fit, wald_table
from cgh_analysis.models.mmrm.degrees import Uncertainty
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import JointWald
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.optimise import Maximum

# how far from estimable a contrast is by rounding, in units of its own size
ROUNDING: Final = 1e-8
Residual = Literal["response", "pearson", "normalized"]


def solved(prepared: Prepared, model: Model, maximum: Maximum, known: Uncertainty) -> dict[str, Any]:
    """Return what every fit by this likelihood has in common, by field."""
    d, basis = prepared.design, model.moments.basis
    return {
        "outcome": d.outcome,
        "terms": d.terms,
        "coef": basis.shift + basis.turn @ maximum.point.gamma,
        "covariance_of_coef": known.adjusted,
        "df": np.nan,
        "spec": d.spec,
        "data": d.data,
        "n_left_out": d.n_left_out,
        "log_likelihood": maximum.point.log_likelihood,
        "reml": model.reml,
        "uncertainty": known,
        "maximum": maximum,
        "prepared": prepared,
    }


@dataclass(frozen=True, kw_only=True)
class MmrmFit(Fit):
    """A mixed model for repeated measures; `structure` is the covariance that was fitted.

    `ladder` names the structures that were tried before it, with the reason why each was not fitted; `dropped` the
    columns that others determine, if they were to be dropped: in `coef` they are 0, in `coefficients()` NaN, and
    `ways` (dropped, columns) are changes of all coefficients that change no mean: what they change is not estimable.
    """

    structure: str
    reml: bool
    subject: str
    visit: str
    n_subjects: int
    ladder: tuple[tuple[str, str], ...]
    uncertainty: Uncertainty
    maximum: Maximum
    prepared: Prepared
    dropped: tuple[str, ...] = ()
    ways: FloatArray | None = None

    @property
    def n_units(self) -> int:
        """BIC counts subjects."""
        return self.n_subjects

    @property
    def people(self) -> pd.DataFrame:
        """Each subject's first row."""
        return self.data.drop_duplicates(self.subject)

    @property
    def converged(self) -> bool:
        """Always true: a fit whose gradient and Hessian are not those of a maximum raises ConvergenceError."""
        return True

    @property
    def deviance(self) -> float:
        """-2 log-likelihood (restricted where REML was used)."""
        return -2 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """AIC corrected for small samples (Hurvich and Tsai 1989), counting rows less coefficients as R does."""
        k = self.n_parameters
        n = max(self.n_observations - len(self.maximum.point.gamma), k + 2)
        return self.deviance + 2 * k * n / (n - k - 1)

    @property
    def covariance(self) -> pd.DataFrame | dict[Any, pd.DataFrame]:
        """The covariance of a subject's outcomes, visits x visits, or one for each group.

        With a spatial structure it is that of the first subject with the most visits, named by day.
        """
        visits = list(self.prepared.visits)
        shown = self.maximum.point.field.shown
        if not len(shown):
            return self._of_fullest()
        frames = [pd.DataFrame(sigma, index=visits, columns=visits) for sigma in shown]
        return dict(zip(self.prepared.groups, frames, strict=True)) if self.prepared.groups else frames[0]

    @property
    def fitted(self) -> pd.Series:
        """The mean that the model gives each row, X beta."""
        return self._series(self.prepared.design.matrix @ self.coef, "fitted")

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return a frame indexed by term: estimate, std_error, df, statistic, p_value, conf_low, conf_high."""
        own = np.array([t not in self.dropped for t in self.terms])
        df = self.uncertainty.df(np.eye(len(self.terms))[own])
        table = wald_table(self.coef[own], self.covariance_of_coef[np.ix_(own, own)], df, conf_level)
        terms = pd.Index(self.terms, name="term")
        return table.set_index(terms[own]).reindex(terms)

    def df_for(self, contrast: FloatArray) -> FloatArray:
        """Degrees of freedom of each row of a contrast matrix (rows x terms)."""
        self._check_estimable(np.atleast_2d(contrast))
        return self.uncertainty.df(np.atleast_2d(contrast))

    def test(self, contrast: FloatArray) -> JointWald:
        """Test that all rows of a contrast matrix are zero; rows that follow from others add nothing."""
        self._check_estimable(contrast)
        rank = int(np.linalg.matrix_rank(contrast))
        rows = contrast if rank == len(contrast) else np.linalg.svd(contrast)[2][:rank]
        return self.uncertainty.test(rows, self.coef)

    def residuals(self, kind: Residual = "response") -> pd.Series:
        """Return residuals by row: outcome less mean, divided by their standard deviation ("pearson"), or whitened.

        Normalized residuals are L^-1 r with L L' the subject's covariance: independent with variance 1 if the model is
        right (Pinheiro and Bates 2000).
        """
        check_option("kind", kind, get_args(Residual))
        design = self.prepared.design
        raw = design.response - design.matrix @ self.coef
        if kind == "response":
            return self._series(raw, "residual")
        scaled = raw if self.prepared.weights is None else raw * np.sqrt(self.prepared.weights)
        layout = self.prepared.layout
        by_subject = layout.padded(scaled)
        sigma = self._sigma()
        if kind == "pearson":
            sd = np.sqrt(np.diagonal(sigma, axis1=1, axis2=2))
            return self._series(layout.unpadded(by_subject / sd[layout.of_subject]), "residual")
        factor = np.linalg.cholesky(sigma)[layout.of_subject]
        return self._series(layout.unpadded(np.linalg.solve(factor, by_subject[:, :, None])[:, :, 0]), "residual")

    def predict(self, data: pd.DataFrame, *, conf_level: float = 0.95) -> pd.DataFrame:
        """Return the mean of each row of `data`: estimate, std_error, df, conf_low, conf_high, with its index."""
        check_frame(data)
        x = np.asarray(self.spec.get_model_matrix(data), dtype=float)
        if len(x) != len(data):
            raise ArgumentError(f"{len(data) - len(x)} row(s) lack a value.", remedy="Predict for complete rows.")
        variance = np.einsum("ij,jk,ik->i", x, self.covariance_of_coef, x)
        table = wald_table(x @ self.coef, np.diag(variance), self.df_for(x), conf_level)
        keep = ["estimate", "std_error", "df", "conf_low", "conf_high"]
        return table[keep].set_index(data.index)

    def simulate(self, n: int = 1, *, seed: int | np.random.Generator) -> pd.DataFrame:
        """Return n data sets drawn from the fitted model at its own rows, one a column, with the rows' index."""
        generator = np.random.default_rng(seed)
        layout, design = self.prepared.layout, self.prepared.design
        factor = np.linalg.cholesky(self._sigma())[layout.of_subject]
        noise = generator.standard_normal((n, layout.n_subjects, factor.shape[-1]))
        drawn = np.einsum("sab,nsb->san", factor, noise)
        errors = layout.unpadded(drawn)
        if self.prepared.weights is not None:
            errors = errors / np.sqrt(self.prepared.weights)[:, None]
        return pd.DataFrame((design.matrix @ self.coef)[:, None] + errors, index=design.data.index)

    def _check_estimable(self, contrast: FloatArray) -> None:
        if self.ways is None:
            return
        size = np.linalg.norm(contrast, axis=1)[:, None] * np.linalg.norm(self.ways, axis=1)
        if np.any(np.abs(contrast @ self.ways.T) > ROUNDING * size):
            raise NotEstimable(f"it depends on what was dropped as aliased: {', '.join(self.dropped)}")

    def _sigma(self) -> FloatArray:
        """Covariances of the patterns, with visits that a pattern lacks set independent with variance 1."""
        layout = self.prepared.layout
        both = layout.seen[:, :, None] & layout.seen[:, None, :]
        return np.asarray(np.where(both, self.maximum.point.field.sigma, np.eye(layout.seen.shape[1])))

    def _of_fullest(self) -> pd.DataFrame:
        layout = self.prepared.layout
        fullest = int(np.argmax(layout.seen.sum(axis=1)))
        seen = layout.seen[fullest]
        days = layout.traits[fullest, :, 0][seen]
        return pd.DataFrame(self.maximum.point.field.sigma[fullest][np.ix_(seen, seen)], index=days, columns=days)

    def _series(self, values: FloatArray, name: str) -> pd.Series:
        return pd.Series(values, index=self.prepared.design.data.index, name=name)
