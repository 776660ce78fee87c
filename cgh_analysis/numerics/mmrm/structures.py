"""Covariance structures over visits: Sigma and its derivatives in parameters that may take any value.

Standard deviations enter by their logarithm and correlations as theta / sqrt(1 + theta^2), that of compound symmetry by
its logit between the bounds in which it is one: the parametrisation of R's mmrm, on which its second-order
Kenward-Roger adjustment depends. A structure is one function and one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from cgh_analysis.numerics.arrays import FloatArray

MOST_CORRELATED: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sigma (m, m), its first derivatives (k, m, m), and its second ones contracted either way.

    `curvature` takes a symmetric (m, m) and returns the (k, k) sums over its elements; `bend` takes a (k, k) and
    returns the (m, m) sum over parameters.
    """

    sigma: FloatArray
    first: FloatArray
    curvature: Callable[[FloatArray], FloatArray]
    bend: Callable[[FloatArray], FloatArray]


class Structure(Protocol):
    """What a covariance structure knows: how many parameters, where to start, and Sigma at any of their values."""

    def count(self, m: int) -> int:
        """Number of parameters for m visits."""

    def start(self, sigma: FloatArray) -> FloatArray:
        """Parameters near a positive definite covariance (m, m)."""

    def shape(self, theta: FloatArray, m: int) -> Shape:
        """Sigma and its derivatives."""


class Unstructured:
    """Sigma = D L L' D with D = diag(exp(theta)) and L unit lower triangular, filled row by row."""

    def count(self, m: int) -> int:
        """Number of parameters for m visits."""
        return m * (m + 1) // 2

    def start(self, sigma: FloatArray) -> FloatArray:
        """Parameters near a positive definite covariance (m, m)."""
        factor = np.linalg.cholesky(sigma)
        scale = np.diag(factor)
        return np.concatenate([np.log(scale), (factor / scale[:, None])[np.tril_indices(len(sigma), -1)]])

    def shape(self, theta: FloatArray, m: int) -> Shape:
        """Sigma and its derivatives."""
        scale = np.exp(theta[:m])
        rows, columns = np.tril_indices(m, -1)
        lower = np.eye(m)
        lower[rows, columns] = theta[m:]
        factor = scale[:, None] * lower
        slope = np.zeros((len(theta), m, m))
        slope[np.arange(m), np.arange(m)] = factor
        slope[m + np.arange(len(rows)), rows, columns] = scale[rows]
        product = slope @ factor.T
        pair = m + np.arange(len(rows))

        def curvature(weight: FloatArray) -> FloatArray:
            # d2F has the rows of F at (i, i) and exp(theta_i) at the crossings of a row's scale with its elements
            turned = weight @ factor
            out = 2 * np.tensordot(slope, weight @ slope, axes=([1, 2], [1, 2]))
            own = np.zeros_like(out)
            own[np.arange(m), np.arange(m)] = 2 * np.einsum("ij,ij->i", turned, factor)
            crossing = 2 * turned[rows, columns] * scale[rows]
            own[rows, pair] += crossing
            own[pair, rows] += crossing
            return np.asarray(out + own)

        def bend(weight: FloatArray) -> FloatArray:
            twice = np.diag(weight)[:m, None] * factor
            crossing = (weight[rows, pair] + weight[pair, rows]) * scale[rows]
            np.add.at(twice, (rows, columns), crossing)
            half = twice @ factor.T + np.einsum("aij,akj->ik", np.tensordot(weight, slope, axes=1), slope)
            return np.asarray(half + half.T)

        return Shape(
            sigma=factor @ factor.T, first=product + product.transpose(0, 2, 1), curvature=curvature, bend=bend
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A correlation matrix and its derivatives in the correlations that it is made of."""

    matrix: FloatArray
    first: FloatArray
    second: FloatArray


def _unbounded(free: FloatArray, _: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """rho = theta / sqrt(1 + theta^2) with its derivatives."""
    stretch = 1 + free**2
    return free / np.sqrt(stretch), stretch**-1.5, -3 * free * stretch**-2.5


def _between_bounds(free: FloatArray, m: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """rho between -1/(m - 1), below which equal correlations are none, and 1, with its derivatives."""
    low = -1 / (m - 1)
    share = 1 / (1 + np.exp(-free))
    slope = (1 - low) * share * (1 - share)
    return low + (1 - low) * share, slope, slope * (1 - 2 * share)


def _to_unbounded(rho: FloatArray, _: int) -> FloatArray:
    return np.asarray(rho / np.sqrt(1 - rho**2))


def _to_between_bounds(rho: FloatArray, m: int) -> FloatArray:
    low = -1 / (m - 1)
    share = np.clip((rho - low) / (1 - low), 1 - MOST_CORRELATED, MOST_CORRELATED)
    return np.asarray(np.log(share / (1 - share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """Sigma = D R D, with one standard deviation or one a visit, and a correlation matrix of few parameters.

    `guess` takes the correlations from a matrix, `free` makes any number one of them (with its derivatives), and
    `bound` turns that around.
    """

    correlation: Callable[[FloatArray, int], Correlation]
    n_correlations: Callable[[int], int]
    guess: Callable[[FloatArray], FloatArray]
    heterogeneous: bool
    free: Callable[[FloatArray, int], tuple[FloatArray, FloatArray, FloatArray]] = _unbounded
    bound: Callable[[FloatArray, int], FloatArray] = _to_unbounded

    def count(self, m: int) -> int:
        """Number of parameters for m visits."""
        return (m if self.heterogeneous else 1) + self.n_correlations(m)

    def start(self, sigma: FloatArray) -> FloatArray:
        """Parameters near a positive definite covariance (m, m)."""
        variance = np.diag(sigma)
        rho = self.guess(sigma / np.sqrt(np.outer(variance, variance)))
        rho = np.clip(rho, -MOST_CORRELATED, MOST_CORRELATED)
        logs = 0.5 * np.log(variance if self.heterogeneous else [variance.mean()])
        return np.concatenate([logs, self.bound(rho, len(sigma))])

    def shape(self, theta: FloatArray, m: int) -> Shape:
        """Sigma and its derivatives."""
        n_sd = m if self.heterogeneous else 1
        scale = np.exp(theta[:n_sd]) * np.ones(m)
        rho, slope, bow = self.free(theta[n_sd:], m)
        r = self.correlation(rho, m)
        sizes = np.outer(scale, scale)
        sigma = sizes * r.matrix
        of_rho = sizes * r.first
        twice = sizes * r.second * np.multiply.outer(slope, slope)[:, :, None, None]
        at = np.arange(len(rho))
        twice[at, at] += bow[:, None, None] * of_rho
        # which visits a standard deviation belongs to: d Sigma_st / d log sd_a = Sigma_st (belongs_as + belongs_at)
        belongs = np.eye(m) if self.heterogeneous else np.ones((1, m))
        both = belongs[:, :, None] + belongs[:, None, :]
        turned = slope[:, None, None] * of_rho
        first = np.concatenate([sigma * both, turned])
        second = np.empty((len(theta), len(theta), m, m))
        second[:n_sd, :n_sd] = sigma * both[:, None] * both[None]
        second[:n_sd, n_sd:] = both[:, None] * turned[None]
        second[n_sd:, :n_sd] = second[:n_sd, n_sd:].transpose(1, 0, 2, 3)
        second[n_sd:, n_sd:] = twice
        return Shape(
            sigma=sigma,
            first=first,
            curvature=lambda weight: np.tensordot(second, weight, axes=([2, 3], [0, 1])),
            bend=lambda weight: np.tensordot(weight, second, axes=([0, 1], [0, 1])),
        )


def _lags(m: int) -> np.ndarray:
    return np.abs(np.subtract.outer(np.arange(m), np.arange(m)))


def _compound(rho: FloatArray, m: int) -> Correlation:
    off = 1 - np.eye(m)
    return Correlation(matrix=np.eye(m) + rho[0] * off, first=off[None], second=np.zeros((1, 1, m, m)))


def _autoregressive(rho: FloatArray, m: int) -> Correlation:
    lag = _lags(m)
    first = lag * rho[0] ** np.maximum(lag - 1, 0)
    second = lag * (lag - 1) * rho[0] ** np.maximum(lag - 2, 0)
    return Correlation(matrix=rho[0] ** lag, first=first[None].astype(float), second=second[None, None].astype(float))


def _toeplitz(rho: FloatArray, m: int) -> Correlation:
    lag = _lags(m)
    first = (lag[None] == np.arange(1, m)[:, None, None]).astype(float)
    matrix = np.eye(m) + np.tensordot(rho, first, axes=1)
    return Correlation(matrix=matrix, first=first, second=np.zeros((m - 1, m - 1, m, m)))


def _ante_dependent(rho: FloatArray, m: int) -> Correlation:
    """R_ij is the product of the correlations of neighbours from i to j; a derivative leaves its factor out."""
    between = np.minimum.outer(np.arange(m), np.arange(m)), np.maximum.outer(np.arange(m), np.arange(m))
    step = np.arange(m - 1)[:, None, None]
    inside = (step >= between[0]) & (step < between[1])
    factors = np.where(inside, rho[:, None, None], 1.0)

    def without(*left_out: int) -> FloatArray:
        kept = np.delete(factors, left_out, axis=0)
        return np.asarray(np.prod(kept, axis=0) * np.all(inside[list(left_out)], axis=0))

    first = np.array([without(k) for k in range(m - 1)]).reshape(m - 1, m, m)
    second = np.zeros((m - 1, m - 1, m, m))
    for k in range(m - 1):
        for other in range(k):
            second[k, other] = second[other, k] = without(k, other)
    return Correlation(matrix=np.prod(factors, axis=0), first=first, second=second)


def _mean_correlation(correlation: FloatArray) -> FloatArray:
    m = len(correlation)
    return np.array([(correlation.sum() - m) / (m * (m - 1))])


def _neighbours(correlation: FloatArray) -> FloatArray:
    return np.diag(correlation, 1).copy()


def _mean_neighbour(correlation: FloatArray) -> FloatArray:
    return _neighbours(correlation).mean(keepdims=True)


def _by_lag(correlation: FloatArray) -> FloatArray:
    return np.array([np.diag(correlation, lag).mean() for lag in range(1, len(correlation))])


def _one(_: int) -> int:
    return 1


def _one_less(m: int) -> int:
    return m - 1


def _scaled(heterogeneous: bool) -> dict[str, Scaled]:
    mark = "h" if heterogeneous else ""
    return {
        f"toep{mark}": Scaled(
            correlation=_toeplitz, n_correlations=_one_less, guess=_by_lag, heterogeneous=heterogeneous
        ),
        f"ar1{mark}": Scaled(
            correlation=_autoregressive, n_correlations=_one, guess=_mean_neighbour, heterogeneous=heterogeneous
        ),
        f"cs{mark}": Scaled(
            correlation=_compound,
            n_correlations=_one,
            guess=_mean_correlation,
            heterogeneous=heterogeneous,
            free=_between_bounds,
            bound=_to_between_bounds,
        ),
        f"ad{mark}": Scaled(
            correlation=_ante_dependent, n_correlations=_one_less, guess=_neighbours, heterogeneous=heterogeneous
        ),
    }


COVARIANCES: Final[dict[str, Structure]] = {"us": Unstructured(), **_scaled(False), **_scaled(True)}
