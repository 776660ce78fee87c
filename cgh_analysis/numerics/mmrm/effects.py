"""Covariances that random effects make: V = Z G Z' + sigma^2 I, with the columns Z of a visit as a pattern's traits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.mmrm.fields import Field
from cgh_analysis.numerics.mmrm.moments import PatternMoments
from cgh_analysis.numerics.mmrm.structures import Shape, Unstructured


@dataclass(frozen=True, slots=True)
class ByEffects:
    """The covariance G of the effects, the residual variance, and every pattern's Z (patterns, m, r)."""

    of_effects: Shape
    residual: float
    z: FloatArray

    @property
    def sigma(self) -> FloatArray:
        """Covariances over all visits, (patterns, m, m)."""
        return np.asarray(
            self.z @ self.of_effects.sigma @ self.z.swapaxes(1, 2) + self.residual * np.eye(self.z.shape[1])
        )

    @property
    def shown(self) -> FloatArray:
        """None: it differs by subject."""
        return np.empty((0, 0, 0))

    def gradient(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_i), (k,)."""
        own = np.tensordot(self.of_effects.first, self._inner(force).sum(axis=0), axes=([1, 2], [0, 1]))
        return np.append(own, 2 * self.residual * _trace(force))

    def curvature(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_ij), (k, k)."""
        own = self.of_effects.curvature(self._inner(force).sum(axis=0))
        return _bordered(own, np.zeros(len(own)), 4 * self.residual * _trace(force))

    def pairs(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Sum over patterns of tr(V_i left V_j right), (k, k)."""
        r, flat = self.z.shape[2], self.of_effects.first.reshape(len(self.of_effects.first), -1)
        inner = [self._inner(x).reshape(-1, r * r) for x in (left, right)]
        crossed = (inner[0].T @ inner[1]).reshape(r, r, r, r).transpose(3, 0, 1, 2).reshape(r * r, r * r)
        both = left @ right
        mixed = self._inner(both + both.swapaxes(1, 2)).sum(axis=0) / 2
        side = 2 * self.residual * np.tensordot(self.of_effects.first, mixed, axes=([1, 2], [0, 1]))
        own = flat @ crossed @ flat.T
        return _bordered((own + own.T) / 2, side, 4 * self.residual**2 * _trace(both))

    def sums(self, data: PatternMoments, inverse: FloatArray) -> FloatArray:
        """Sums over subjects of z' W V_i W z, (k, q, q)."""
        return np.array([data.contract(inverse @ first @ inverse) for first in self._firsts()])

    def spread(self, weight: FloatArray, inverse: FloatArray, *, linear: bool) -> FloatArray:
        """Sum of w_ij (V_i W V_j - V_ij / 4), without the second derivatives where `linear`, (patterns, m, m)."""
        firsts = self._firsts()
        out = sum(
            first @ inverse @ np.tensordot(row, firsts, axes=1) for first, row in zip(firsts, weight, strict=True)
        )
        if not linear:
            k = len(weight) - 1
            bent = self.z @ self.of_effects.bend(weight[:k, :k]) @ self.z.swapaxes(1, 2)
            out = out - (bent + 4 * self.residual * weight[k, k] * np.eye(self.z.shape[1])) / 4
        return np.asarray(out)

    def _firsts(self) -> FloatArray:
        """First derivatives, (k, patterns, m, m)."""
        own = self.z @ self.of_effects.first[:, None] @ self.z.swapaxes(1, 2)
        eye = np.broadcast_to(2 * self.residual * np.eye(self.z.shape[1]), own.shape[1:])
        return np.concatenate([own, eye[None]])

    def _inner(self, middle: FloatArray) -> FloatArray:
        return np.asarray(self.z.swapaxes(1, 2) @ middle @ self.z)


@dataclass(frozen=True, slots=True)
class RandomEffects:
    """Random effects with any covariance among them, and one residual variance."""

    n_effects: int

    def count(self, _: PatternMoments) -> int:
        """Number of parameters."""
        return Unstructured().count(self.n_effects) + 1

    def field(self, theta: FloatArray, data: PatternMoments) -> Field:
        """Covariances at a value of the parameters."""
        shape = Unstructured().shape(theta[:-1], self.n_effects)
        return ByEffects(shape, float(np.exp(2 * theta[-1])), data.traits)

    def start(self, covariances: FloatArray, data: PatternMoments) -> FloatArray:
        """Half of the variance to the residual, the other half shared by the effects."""
        variance = float(np.diag(covariances[0]).mean())
        seen = data.traits[data.seen]
        size = np.maximum(np.mean(seen**2, axis=0), 1e-12)
        own = np.diag(variance / 2 / self.n_effects / size)
        return np.append(Unstructured().start(own), 0.5 * np.log(variance / 2))


def _trace(matrices: FloatArray) -> float:
    return float(np.trace(matrices, axis1=1, axis2=2).sum())


def _bordered(inside: FloatArray, side: FloatArray, corner: float) -> FloatArray:
    return np.block([[inside, side[:, None]], [side[None], np.array([[corner]])]])
