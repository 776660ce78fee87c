"""Covariances of two nested random intercepts: clusters (sites), and subjects within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.mmrm.fields import ByDays, Field
from cgh_analysis.numerics.mmrm.moments import PatternMoments


@dataclass(frozen=True, slots=True)
class NestedIntercepts:
    """V = v1 J + v2 [same subject] + v3 I over the rows of a cluster, with the logs of half of each as parameters.

    A pattern is a cluster, its "visits" are its rows, and their trait is the number of the subject.
    """

    def count(self, _: PatternMoments) -> int:
        """Number of parameters."""
        return 3

    def field(self, theta: FloatArray, data: PatternMoments) -> Field:
        """Covariances at a value of the parameters."""
        who = data.traits[:, :, 0]
        same = (who[:, :, None] == who[:, None, :]).astype(float)
        own = np.broadcast_to(np.eye(who.shape[1]), same.shape)
        parts = np.exp(2 * theta)[:, None, None, None] * np.stack([np.ones_like(same), same, own])
        second = np.zeros((3, 3, *same.shape))
        second[np.arange(3), np.arange(3)] = 4 * parts
        return ByDays(parts.sum(axis=0), 2 * parts, second)

    def start(self, covariances: FloatArray, _: PatternMoments) -> FloatArray:
        """A twentieth of the variance between clusters, the rest shared by subjects and what is left."""
        variance = float(np.diag(covariances[0]).mean())
        return np.asarray(0.5 * np.log(variance * np.array([0.05, 0.45, 0.5])))
