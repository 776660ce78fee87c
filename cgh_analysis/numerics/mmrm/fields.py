"""One covariance for each pattern of visits, made of few parameters, and what the likelihood asks of it.

`ByGroup` holds a structure over numbered visits, the same for all patterns of a group; `ByDays` one that depends on the
days on which each subject was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cgh_analysis.errors import ArgumentError
from cgh_analysis.numerics.arrays import FloatArray
from cgh_analysis.numerics.mmrm.moments import PatternMoments
from cgh_analysis.numerics.mmrm.structures import Shape, Structure


class Field(Protocol):
    """Covariances of all patterns at one value of their k parameters; forces and inverses are (patterns, m, m)."""

    @property
    def sigma(self) -> FloatArray:
        """Covariances over all visits, (patterns, m, m)."""

    @property
    def shown(self) -> FloatArray:
        """The covariance that a reader sees of each group, (groups, m, m); none where it differs by subject."""

    def gradient(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_i), (k,)."""

    def curvature(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_ij), (k, k)."""

    def pairs(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Sum over patterns of tr(V_i left V_j right), (k, k)."""

    def sums(self, data: PatternMoments, inverse: FloatArray) -> FloatArray:
        """Sums over subjects of z' W V_i W z, (k, q, q)."""

    def spread(self, weight: FloatArray, inverse: FloatArray, *, linear: bool) -> FloatArray:
        """Sum of w_ij (V_i W V_j - V_ij / 4), without the second derivatives where `linear`, (patterns, m, m)."""


@dataclass(frozen=True, slots=True)
class ByGroup:
    """Each group's structure over numbered visits."""

    shapes: tuple[Shape, ...]
    data: PatternMoments

    @property
    def sigma(self) -> FloatArray:
        """Covariances over all visits, (patterns, m, m)."""
        return np.asarray(self.shown[self.data.group])

    @property
    def shown(self) -> FloatArray:
        """The covariance of each group, (groups, m, m)."""
        return np.array([s.sigma for s in self.shapes])

    def gradient(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_i), (k,)."""
        sums = self._by_group(force)
        return np.concatenate(
            [np.tensordot(s.first, f, axes=([1, 2], [0, 1])) for s, f in zip(self.shapes, sums, strict=True)]
        )

    def curvature(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_ij), (k, k)."""
        return _blocks([s.curvature(f) for s, f in zip(self.shapes, self._by_group(force), strict=True)])

    def pairs(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Sum over patterns of tr(V_i left V_j right), (k, k)."""
        m = self.data.n_visits
        blocks = []
        for g, shape in enumerate(self.shapes):
            own = self.data.group == g
            crossed = left[own].reshape(-1, m * m).T @ right[own].reshape(-1, m * m)
            flat = shape.first.reshape(len(shape.first), -1)
            # crossed[b, c, d, a] belongs to V_i[a, b] V_j[c, d]
            turned = crossed.reshape(m, m, m, m).transpose(3, 0, 1, 2).reshape(m * m, m * m)
            blocks.append(flat @ turned @ flat.T)
        return _blocks(blocks)

    def sums(self, data: PatternMoments, inverse: FloatArray) -> FloatArray:
        """Sums over subjects of z' W V_i W z, (k, q, q)."""
        n, k, m = len(self.shapes), len(self.shapes[0].first), data.n_visits
        first = np.zeros((n * k, n, m, m))
        for g, shape in enumerate(self.shapes):
            first[g * k : (g + 1) * k, g] = shape.first
        return data.sandwich(inverse, first)

    def spread(self, weight: FloatArray, inverse: FloatArray, *, linear: bool) -> FloatArray:
        """Sum of w_ij (V_i W V_j - V_ij / 4), without the second derivatives where `linear`, (patterns, m, m)."""
        m = self.data.n_visits
        out = np.zeros_like(inverse)
        for g, shape in enumerate(self.shapes):
            own, k = self.data.group == g, len(shape.first)
            block = weight[g * k : (g + 1) * k, g * k : (g + 1) * k]
            flat = shape.first.reshape(k, -1)
            crossed = (flat.T @ block @ flat).reshape(m, m, m, m).transpose(0, 3, 1, 2).reshape(m * m, m * m)
            out[own] = (inverse[own].reshape(-1, m * m) @ crossed.T).reshape(-1, m, m)
            if not linear:
                out[own] -= shape.bend(block) / 4
        return out

    def _by_group(self, force: FloatArray) -> list[FloatArray]:
        return [force[self.data.group == g].sum(axis=0) for g in range(len(self.shapes))]


@dataclass(frozen=True, slots=True)
class ByDays:
    """Covariances with derivatives of their own for every pattern: first (k, patterns, m, m), second (k, k, ...)."""

    sigma: FloatArray
    first: FloatArray
    second: FloatArray

    @property
    def shown(self) -> FloatArray:
        """None: it differs by subject."""
        return np.empty((0, 0, 0))

    def gradient(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_i), (k,)."""
        return np.asarray(np.einsum("kpab,pab->k", self.first, force))

    def curvature(self, force: FloatArray) -> FloatArray:
        """Sum over patterns of tr(force V_ij), (k, k)."""
        return np.asarray(np.einsum("klpab,pab->kl", self.second, force))

    def pairs(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Sum over patterns of tr(V_i left V_j right), (k, k)."""
        return np.asarray(np.einsum("kpab,lpab->kl", self.first @ left, (self.first @ right).swapaxes(-1, -2)))

    def sums(self, data: PatternMoments, inverse: FloatArray) -> FloatArray:
        """Sums over subjects of z' W V_i W z, (k, q, q)."""
        return np.array([data.contract(inverse @ own @ inverse) for own in self.first])

    def spread(self, weight: FloatArray, inverse: FloatArray, *, linear: bool) -> FloatArray:
        """Sum of w_ij (V_i W V_j - V_ij / 4), without the second derivatives where `linear`, (patterns, m, m)."""
        mixed = np.tensordot(weight, self.first, axes=1)
        out = (self.first @ inverse @ mixed).sum(axis=0)
        return np.asarray(out if linear else out - np.tensordot(weight, self.second, axes=2) / 4)


@dataclass(frozen=True, slots=True)
class OverVisits:
    """A structure over numbered visits as a maker of fields."""

    structure: Structure

    def count(self, data: PatternMoments) -> int:
        """Number of parameters."""
        return self.structure.count(data.n_visits) * data.n_groups

    def field(self, theta: FloatArray, data: PatternMoments) -> Field:
        """Covariances at a value of the parameters."""
        own = theta.reshape(data.n_groups, -1)
        return ByGroup(tuple(self.structure.shape(part, data.n_visits) for part in own), data)

    def start(self, covariances: FloatArray, _: PatternMoments) -> FloatArray:
        """Parameters near each group's covariance over visits."""
        return np.concatenate([self.structure.start(sigma) for sigma in covariances])


@dataclass(frozen=True, slots=True)
class SpatialExponential:
    """V_st = sigma^2 rho^|day_s - day_t|, with log sigma and the logit of rho as parameters."""

    def count(self, _: PatternMoments) -> int:
        """Number of parameters."""
        return 2

    def field(self, theta: FloatArray, data: PatternMoments) -> Field:
        """Covariances at a value of the parameters."""
        if data.n_groups > 1:
            raise ArgumentError("sp_exp has one covariance for all.", remedy="Leave `group` out.")
        days = data.traits[:, :, 0]
        distance = np.abs(days[:, :, None] - days[:, None, :])
        variance, rho = np.exp(2 * theta[0]), 1 / (1 + np.exp(-theta[1]))
        sigma = variance * rho**distance
        # with u = log rho: du = 1 - rho and d2u = -rho (1 - rho) per unit of the logit
        slope = distance * (1 - rho)
        bow = slope**2 - distance * rho * (1 - rho)
        first = np.stack([2 * sigma, sigma * slope])
        second = np.stack([np.stack([4 * sigma, 2 * first[1]]), np.stack([2 * first[1], sigma * bow])])
        return ByDays(sigma, first, second)

    def start(self, covariances: FloatArray, data: PatternMoments) -> FloatArray:
        """Parameters near the mean variance, and the correlation of neighbouring visits over their mean distance."""
        sigma = covariances[0]
        variance = np.diag(sigma)
        sd = np.sqrt(variance)
        neighbours = np.diag(sigma / np.outer(sd, sd), 1)
        steps = np.diff(data.traits[:, :, 0], axis=1)[data.seen[:, 1:] & data.seen[:, :-1]]
        apart = max(float(np.mean(np.abs(steps))), 1e-12) if len(steps) else 1.0
        rho = np.clip(neighbours.mean() if len(neighbours) else 0.5, 0.05, 0.95) ** (1 / apart)
        return np.array([0.5 * np.log(variance.mean()), np.log(rho / (1 - rho))])


class Maker(Protocol):
    """What makes covariances of all patterns from parameters."""

    def count(self, data: PatternMoments) -> int:
        """Number of parameters."""

    def field(self, theta: FloatArray, data: PatternMoments) -> Field:
        """Covariances at a value of the parameters."""

    def start(self, covariances: FloatArray, data: PatternMoments) -> FloatArray:
        """Parameters near each group's covariance over visits."""


def _blocks(blocks: list[FloatArray]) -> FloatArray:
    k = len(blocks[0])
    out = np.zeros((k * len(blocks), k * len(blocks)))
    for g, block in enumerate(blocks):
        out[g * k : (g + 1) * k, g * k : (g + 1) * k] = block
    return out
