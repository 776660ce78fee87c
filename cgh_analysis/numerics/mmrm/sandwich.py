"""Covariances of the coefficients from the residuals of whole subjects: CR0, CR2 and CR3, one more pass over the rows.

In each subject's whitened rows X~ = L'X with V^-1 = L L', the residuals are corrected by A(I - X~ C X~'): nothing for
CR0 (Liang and Zeger 1986), the inverse square root for CR2 (Bell and McCaffrey 2002), the inverse for CR3 (Mancl and
DeRouen 2001). Degrees of freedom are Bell and McCaffrey's, with the fitted model as the working one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.inference import JointWald
from cgh_analysis.numerics.mmrm.likelihood import Point
from cgh_analysis.numerics.mmrm.small_sample import fai_cornelius

Correction = Literal["CR0", "CR2", "CR3"]
# eigenvalues of I - H below this are of directions that the subject alone determines
LEAST: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandwich:
    """A cluster-robust covariance and what its degrees of freedom are made of.

    `turn` makes contrasts of the given columns those of the basis' whitened ones; `scores` (subjects, m, p) are the
    corrected whitened rows, and `hats` what they have in common with the model.
    """

    adjusted: FloatArray
    turn: FloatArray
    scores: FloatArray
    rows: FloatArray

    def df(self, contrast: FloatArray) -> FloatArray:
        """Return tr(G)^2 / sum(G^2) of each row, G being the covariance of the subjects' parts in it."""
        out = np.empty(len(contrast))
        for i, c in enumerate(contrast @ self.turn):
            # a_i'(I or -X~ C X~')a_j, with a_i the subject's part in whitened residuals
            part = self.scores @ c
            own = np.einsum("na,na->n", part, part)
            shared = np.einsum("na,nap->np", part, self.rows)
            trace = own.sum() - np.einsum("np,np->", shared, shared)
            square = own @ own - 2 * own @ np.einsum("np,np->n", shared, shared) + np.sum((shared.T @ shared) ** 2)
            out[i] = trace**2 / square
        return out

    def test(self, contrast: FloatArray, coef: FloatArray) -> JointWald:
        """Test that all rows of a contrast matrix are zero; its rows must be independent."""
        return fai_cornelius(contrast, coef, self.adjusted, self.df)


def sandwich(rows: FloatArray, factor: FloatArray, point: Point, turn: FloatArray, correction: Correction) -> Sandwich:
    """Return a cluster-robust covariance.

    `rows` (subjects, m, q) are z in the moments' basis, zero at visits not made; `factor` (subjects, m, m) is L with
    L L' = V^-1, and `turn` takes coefficients of the basis to the given columns.
    """
    whitened = factor.transpose(0, 2, 1) @ rows
    x = whitened[:, :, :-1] @ point.root
    residual = whitened[:, :, -1] - whitened[:, :, :-1] @ point.gamma
    scores = _corrected(x, correction)
    parts = np.einsum("nap,na->np", scores, residual)
    whole = turn @ point.root
    adjusted = whole @ (parts.T @ parts) @ whole.T
    return Sandwich(adjusted=adjusted, turn=whole, scores=scores, rows=x)


def _corrected(x: FloatArray, correction: Correction) -> FloatArray:
    """A X~ for each subject: what its whitened residuals are multiplied by."""
    if correction == "CR0":
        return x
    values, vectors = np.linalg.eigh(np.eye(x.shape[1]) - x @ x.transpose(0, 2, 1))
    power = -0.5 if correction == "CR2" else -1.0
    scale = np.where(values > LEAST, np.maximum(values, LEAST) ** power, 0.0)
    return np.asarray((vectors * scale[:, None, :]) @ vectors.transpose(0, 2, 1) @ x)
