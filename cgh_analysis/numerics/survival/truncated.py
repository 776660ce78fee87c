"""Polynomials in z whose coefficients are sums over choices of people, multiplied up to a degree, on the log scale.

The product of 1 + z exp(x b) over a set of people has the elementary symmetric functions of their risks as
coefficients: that of z^d sums, over all choices of d people, the product of their risks (Gail, Lubin and Rubinstein
1981). Divided by it, its gradient and Hessian in b are the mean of the sum of x over the chosen, and the mean of that
sum times its transpose. Products of sets are products of polynomials, many of them at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgh_analysis.numerics.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Polynomials:
    """Of m polynomials the logs (m, 1 + degree) of coefficients, and by coefficient the two moments.

    These are the mean (..., p) and the second moment (..., p, p). A coefficient of 0 has the log -inf and moments of 0.
    """

    log_value: FloatArray
    mean: FloatArray
    second: FloatArray

    def __len__(self) -> int:
        return len(self.log_value)

    @property
    def degree(self) -> int:
        """The highest power that is kept."""
        return self.log_value.shape[1] - 1

    def take(self, which: IntArray | BoolArray) -> Polynomials:
        """Return the chosen ones."""
        return Polynomials(log_value=self.log_value[which], mean=self.mean[which], second=self.second[which])

    def to_degree(self, degree: int) -> Polynomials:
        """Return them with zeros for the powers up to `degree`."""
        more = ((0, 0), (0, degree - self.degree))
        return Polynomials(
            log_value=np.pad(self.log_value, more, constant_values=-np.inf),
            mean=np.pad(self.mean, (*more, (0, 0))),
            second=np.pad(self.second, (*more, (0, 0), (0, 0))),
        )


def people(log_risk: FloatArray, x: FloatArray) -> Polynomials:
    """Return 1 + z exp(x b) for people (m,) with covariates (m, p), `log_risk` being x b."""
    mean = np.stack([np.zeros_like(x), x], axis=1)
    return Polynomials(
        log_value=np.column_stack([np.zeros(log_risk.size), log_risk]),
        mean=mean,
        second=mean[..., :, None] * mean[..., None, :],
    )


def one(p: int) -> Polynomials:
    """Return the polynomial 1, for p covariates."""
    return Polynomials(log_value=np.zeros((1, 1)), mean=np.zeros((1, 1, p)), second=np.zeros((1, 1, p, p)))


def multiply(a: Polynomials, b: Polynomials, degree: int) -> Polynomials:
    """Return the products of as many polynomials with as many, up to a degree."""
    if a.degree > b.degree:
        a, b = b, a
    top = min(a.degree + b.degree, degree)
    p = a.mean.shape[2]
    powers = [(i, slice(i, i + min(b.degree, top - i) + 1)) for i in range(min(a.degree, top) + 1)]
    log_value = np.full((len(a), top + 1), -np.inf)
    for i, here in powers:
        own = a.log_value[:, i, None] + b.log_value[:, : here.stop - i]
        log_value[:, here] = np.logaddexp(log_value[:, here], own)
    finite = np.where(np.isfinite(log_value), log_value, 0.0)
    mean, second = np.zeros((len(a), top + 1, p)), np.zeros((len(a), top + 1, p, p))
    for i, here in powers:
        n = here.stop - i
        share = np.exp(a.log_value[:, i, None] + b.log_value[:, :n] - finite[:, here])[..., None]
        ours, theirs = a.mean[:, i, None], b.mean[:, :n]
        mean[:, here] += share * (ours + theirs)
        cross = ours[..., :, None] * theirs[..., None, :]
        both = a.second[:, i, None] + b.second[:, :n] + cross + np.swapaxes(cross, -1, -2)
        second[:, here] += share[..., None] * both
    return Polynomials(log_value=log_value, mean=mean, second=second)


def products(items: Polynomials, group: IntArray, degree: int) -> Polynomials:
    """Return the product of the items of each group, by twos; `group` (m,) is sorted, one result for each that it has.

    >>> two = people(np.log([2.0, 3.0]), np.zeros((2, 1)))
    >>> np.exp(products(two, np.array([0, 0]), 2).log_value).round(12).tolist()
    [[1.0, 5.0, 6.0]]
    """
    while True:
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        rank = np.arange(group.size) - np.repeat(starts, np.diff(np.append(starts, group.size)))
        first = np.flatnonzero(rank % 2 == 0)
        # the next one of the same group, where there is one
        paired = np.append(rank, 0)[first + 1] % 2 == 1
        if not paired.any():
            return items
        both = multiply(items.take(first[paired]), items.take(first[paired] + 1), degree)
        order = np.argsort(np.concatenate([np.flatnonzero(~paired), np.flatnonzero(paired)]))
        items = joined(items.take(first[~paired]), both).take(order)
        group = group[first]


def joined(a: Polynomials, b: Polynomials) -> Polynomials:
    """Return two lots of polynomials as one, of the higher degree."""
    degree = max(a.degree, b.degree)
    a, b = a.to_degree(degree), b.to_degree(degree)
    return Polynomials(
        log_value=np.concatenate([a.log_value, b.log_value]),
        mean=np.concatenate([a.mean, b.mean]),
        second=np.concatenate([a.second, b.second]),
    )
