"""Linear mixed model: random intercepts and slopes of subjects, with small-sample inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from formulaic import Formula, model_matrix
from formulaic.errors import FormulaicError

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.design import design
from cgh_analysis.models.formulas import variables
from cgh_analysis.models.mmrm.fit import MmrmFit, solved
from cgh_analysis.models.mmrm.prepare import Prepared
from cgh_analysis.models.nested import NestedFit, nested
from cgh_analysis.models.options import check_option
from cgh_analysis.numerics.arrays import FloatArray, IntArray
from cgh_analysis.numerics.columns import aliased, triangle
from cgh_analysis.numerics.mmrm.effects import ByEffects, RandomEffects
from cgh_analysis.numerics.mmrm.likelihood import Model
from cgh_analysis.numerics.mmrm.moments import least_squares
from cgh_analysis.numerics.mmrm.optimise import ConvergenceError, Maximum, maximise
from cgh_analysis.numerics.mmrm.patterns import MOST_VISITS, lay_out, moments
from cgh_analysis.numerics.mmrm.small_sample import precision

IN_WORDS = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward-Roger"}


@dataclass(frozen=True, kw_only=True)
class MixedFit(MmrmFit):
    """A linear mixed model; `random_terms` name the columns of the random effects."""

    random_terms: tuple[str, ...]

    @property
    def _effects(self) -> ByEffects:
        return cast(ByEffects, self.maximum.point.field)

    @property
    def random_covariance(self) -> pd.DataFrame:
        """The covariance of the random effects, terms x terms."""
        names = list(self.random_terms)
        return pd.DataFrame(self._effects.of_effects.sigma.copy(), index=names, columns=names)

    @property
    def sigma(self) -> float:
        """The residual standard deviation in the outcome's unit."""
        return float(np.sqrt(self._effects.residual))

    def random_effects(self) -> pd.DataFrame:
        """Return each subject's predicted effects (best linear unbiased ones), subjects x terms."""
        layout = self.prepared.layout
        residual = layout.padded(self.residuals().to_numpy())
        weighted = np.einsum("sab,sb->sa", self.maximum.point.inverse[layout.of_subject], residual)
        effects = np.einsum("sar,sa->sr", self._effects.z[layout.of_subject], weighted) @ self._effects.of_effects.sigma
        who = self.data[self.subject].to_numpy()[layout.order[layout.start]]
        return pd.DataFrame(effects, index=pd.Index(who, name=self.subject), columns=list(self.random_terms))


def mixed(
    formula: str,
    data: pd.DataFrame,
    *,
    subject: str,
    random: str = "1",
    within: str | None = None,
    method: Literal["reml", "ml"] = "reml",
    df: Literal["satterthwaite", "kenward-roger"] = "satterthwaite",
) -> MixedFit | NestedFit:
    """Fit means of a repeated outcome with random effects of subjects; coefficients are population means and slopes.

    Assumes that the mean is as the formula says, that subjects differ by normal random effects (`random` is the
    right-hand side of a formula: "1" for an intercept, "1 + week" for a slope too, with any covariance between them)
    and what is left is independent with one variance; missing at random given what was seen. Data are one row a
    measurement, at any times. `within` names clusters, such as sites, that have a random intercept too; subjects then
    have an intercept and no slope. Inference is by Satterthwaite (as R's lmerTest has it) or Kenward and Roger (1997)
    with the expected information (as pbkrtest). Raises ArgumentError for columns or options, NotEstimable for aliased
    columns, ConvergenceError where a random effect has no variance: take it out.

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"id": np.repeat(range(40), 4), "week": [0, 4, 8, 12] * 40})
    >>> data["y"] = 10 - 0.2 * data["week"] + np.repeat(rng.normal(size=40), 4) + rng.normal(size=160)
    >>> mixed("y ~ week", data, subject="id").n_subjects
    40
    """
    check_option("method", method, ("reml", "ml"))
    check_option("df", df, IN_WORDS)
    if df == "kenward-roger" and method == "ml":
        raise ArgumentError("df='kenward-roger' with method='ml'.", remedy="Kenward and Roger's method is one of REML.")
    if within is not None:
        if random != "1":
            raise ArgumentError(f"random={random!r} with within={within!r}.", remedy="Subjects have an intercept then.")
        return nested(
            formula, data, subject=subject, within=within, reml=method == "reml", kenward_roger=df == "kenward-roger"
        )
    prepared, z, names = _prepare(formula, data, subject, random)
    d = prepared.design
    sums = moments(d.response, d.matrix, prepared.layout, basis=least_squares(d.response, d.matrix, d.products))
    model = Model(moments=sums, covariance=RandomEffects(z.shape[1]), reml=method == "reml")
    if sums.n_subjects <= model.n_parameters:
        raise NotEstimable(
            f"{sums.n_subjects} subjects do not determine {model.n_parameters} parameters of the covariance"
        )
    maximum = _maximum(model, random)
    known = precision(model, maximum, kenward_roger=df == "kenward-roger", expected=df == "kenward-roger")
    return MixedFit(
        **solved(prepared, model, maximum, known),
        method=f"Linear mixed model, {method.upper()}, random {random}, {IN_WORDS[df]} degrees of freedom",
        n_parameters=model.n_parameters + len(d.terms),
        structure=f"random {random}",
        subject=subject,
        visit="",
        n_subjects=sums.n_subjects,
        ladder=(),
        random_terms=names,
    )


def _maximum(model: Model, random: str) -> Maximum:
    try:
        return maximise(model)
    except ConvergenceError:
        raise ConvergenceError(
            f"the random effects {random!r} cannot be told from the residual: one of them has no variance, or two are "
            "correlated as strongly as can be",
            remedy="Take a random effect out; without any it is `ancova`, clustered by subject, or `mmrm`.",
        ) from None


def _prepare(
    formula: str, data: pd.DataFrame, subject: str, random: str
) -> tuple[Prepared, FloatArray, tuple[str, ...]]:
    """Arrays of the model; a subject's rows are numbered, since it may be measured at any times."""
    try:
        needed = variables(Formula(random))
    except (FormulaicError, SyntaxError):
        raise ArgumentError(
            f"The random effects {random!r} cannot be read.", remedy="Write a right-hand side, such as '1 + week'."
        ) from None
    d = design(formula, data, keep=[subject, *needed])
    z = model_matrix(random, d.data, na_action="ignore", context={})
    values = z.to_numpy(dtype=float)
    alike = aliased(triangle(values, values.T @ values))
    if alike.any():
        named = ", ".join(str(c) for c, gone in zip(z.columns, alike, strict=True) if gone)
        raise NotEstimable(f"the random effects {named} are determined by the others")
    place: IntArray = np.asarray(d.data.groupby(subject, observed=True).cumcount(), dtype=np.intp)
    most = int(place.max()) + 1
    if most > MOST_VISITS:
        raise ArgumentError(
            f"A subject has {most} rows.", remedy=f"Up to {MOST_VISITS} are fitted; summarise by day or week."
        )
    layout = lay_out(pd.factorize(d.data[subject])[0], place, n_visits=most, traits=values)
    prepared = Prepared(design=d, layout=layout, visits=tuple(range(most)), groups=(), weights=None)
    return prepared, values, tuple(map(str, z.columns))
