"""What every fit is: coefficients, their covariance and degrees of freedom, and the design that gives them meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from formulaic import ModelSpec

from cgh_analysis import results
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import JointWald, joint_wald, wald

Link = Literal["identity", "logit", "log"]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A frozen fit. `data` are the complete rows that it used; `df` is inf where inference is by the normal."""

    method: str
    outcome: str
    terms: tuple[str, ...]
    coef: FloatArray
    covariance_of_coef: FloatArray
    df: float
    spec: ModelSpec
    data: pd.DataFrame
    n_left_out: int
    link: Link = "identity"
    intercept: bool = True
    log_likelihood: float = np.nan
    n_parameters: int = 0

    @property
    def n_observations(self) -> int:
        """Rows used."""
        return len(self.data)

    @property
    def people(self) -> pd.DataFrame:
        """Rows over which a mean over people is taken: all, unless a model has several of each."""
        return self.data

    @property
    def vcov(self) -> pd.DataFrame:
        """Covariance of the coefficients, terms x terms."""
        return pd.DataFrame(self.covariance_of_coef.copy(), index=list(self.terms), columns=list(self.terms))

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 log L + 2 parameters."""
        return -2 * self.log_likelihood + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, -2 log L + log(n) parameters, n being what the model counts as a unit."""
        return -2 * self.log_likelihood + np.log(self.n_units) * self.n_parameters

    @property
    def n_units(self) -> int:
        """What BIC counts: rows, unless a model says otherwise."""
        return self.n_observations

    def df_for(self, contrast: FloatArray) -> FloatArray:
        """Degrees of freedom of each row of a contrast matrix (rows x terms)."""
        return np.full(len(contrast), self.df)

    def test(self, contrast: FloatArray) -> JointWald:
        """Test that all rows of a contrast matrix are zero."""
        return joint_wald(contrast, self.coef, self.covariance_of_coef, self.df)

    def coefficients(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return a frame indexed by term: estimate, std_error, df, statistic, p_value, conf_low, conf_high."""
        df = self.df_for(np.eye(len(self.terms)))
        table = wald_table(self.coef, self.covariance_of_coef, df, conf_level)
        return table.set_index(pd.Index(self.terms, name="term"))

    def rows(self, conf_level: float = 0.95) -> results.Result:
        """Return the coefficients as result rows; `group` holds the term."""
        table = self.coefficients(conf_level).reset_index(names="group")
        keep = ["group", "estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]
        return results.rows(
            table[keep],
            method=self.method,
            outcome=self.outcome,
            statistic="coefficient",
            conf_level=conf_level,
            n=self.n_observations,
        )

    def _repr_html_(self) -> str:
        left_out = f", {self.n_left_out} rows left out as incomplete" if self.n_left_out else ""
        head = f"<p><b>{self.method}</b>, outcome {self.outcome or 'time'}: {self.n_observations} rows{left_out}</p>"
        return head + str(self.coefficients().to_html(float_format=lambda x: f"{x:.4g}"))


def wald_table(estimate: FloatArray, covariance: FloatArray, df: FloatArray | float, conf_level: float) -> pd.DataFrame:
    """Return estimates (k,) with the tests and limits that their covariance (k, k) gives, one row each."""
    std_error = np.sqrt(np.diag(covariance))
    w = wald(estimate, std_error, df, conf_level=conf_level)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "std_error": std_error,
            "df": df,
            "statistic": w.statistic,
            "p_value": w.p_value,
            "conf_low": w.conf_low,
            "conf_high": w.conf_high,
        }
    )
