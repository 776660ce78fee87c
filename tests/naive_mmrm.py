"""The likelihood of repeated measures the slow way: a loop over subjects, every V_i written out and inverted.

An independent double of `cgh_analysis.numerics.mmrm`, made from the formulas and from nothing of the package. All of it
takes complex parameters, so that derivatives come from complex steps, which lose no digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Theta = np.ndarray


@dataclass(frozen=True)
class Subject:
    """What is known of one person: outcomes, design rows, visit numbers, and what a covariance may look at."""

    y: np.ndarray
    x: np.ndarray
    visit: np.ndarray
    group: int
    weight: np.ndarray
    traits: np.ndarray


def people(
    subject: np.ndarray,
    visit: np.ndarray,
    y: np.ndarray,
    x: np.ndarray,
    group: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    traits: np.ndarray | None = None,
) -> list[Subject]:
    """One record a subject, rows in the order of visits."""
    out = []
    for s in np.unique(subject):
        rows = np.flatnonzero(subject == s)
        rows = rows[np.argsort(visit[rows])]
        out.append(
            Subject(
                y=y[rows],
                x=x[rows],
                visit=visit[rows],
                group=0 if group is None else int(group[rows[0]]),
                weight=np.ones(len(rows)) if weight is None else weight[rows],
                traits=np.zeros((len(rows), 0)) if traits is None else traits[rows],
            )
        )
    return out


def unstructured(theta: Theta, m: int) -> np.ndarray:
    factor = np.zeros((m, m), dtype=theta.dtype)
    k = m
    for i in range(m):
        factor[i, i] = np.exp(theta[i])
        for j in range(i):
            factor[i, j] = np.exp(theta[i]) * theta[k]
            k += 1
    return factor @ factor.T


def scaled(kind: str, theta: Theta, m: int) -> np.ndarray:
    """Every other structure over visits: standard deviations times correlations, element by element."""
    heterogeneous = kind.endswith("h")
    n_sd = m if heterogeneous else 1
    sd = [np.exp(theta[i if heterogeneous else 0]) for i in range(m)]
    free = theta[n_sd:]
    kind = kind.removesuffix("h")
    out = np.zeros((m, m), dtype=theta.dtype)
    for i in range(m):
        for j in range(m):
            a, b = min(i, j), max(i, j)
            if i == j:
                r = 1.0
            elif kind == "cs":
                r = -1 / (m - 1) + (1 + 1 / (m - 1)) / (1 + np.exp(-free[0]))
            elif kind == "ar1":
                r = rho(free[0]) ** (b - a)
            elif kind == "toep":
                r = rho(free[b - a - 1])
            else:
                r = np.prod([rho(free[step]) for step in range(a, b)])
            out[i, j] = sd[i] * sd[j] * r
    return out


def rho(free: complex) -> complex:
    return free / np.sqrt(1 + free**2)


def over_visits(kind: str, m: int) -> Callable[[Theta, Subject], np.ndarray]:
    """V of a subject from the structure of its group; groups' parameters stand one after the other."""

    def v(theta: Theta, s: Subject) -> np.ndarray:
        k = n_parameters(kind, m)
        own = theta[s.group * k : (s.group + 1) * k]
        sigma = unstructured(own, m) if kind == "us" else scaled(kind, own, m)
        return divided(sigma[np.ix_(s.visit, s.visit)], s.weight)

    return v


def n_parameters(kind: str, m: int) -> int:
    if kind == "us":
        return m * (m + 1) // 2
    return (m if kind.endswith("h") else 1) + (1 if kind.removesuffix("h") in ("cs", "ar1") else m - 1)


def over_days(theta: Theta, s: Subject) -> np.ndarray:
    apart = np.abs(s.traits[:, 0][:, None] - s.traits[:, 0][None])
    return divided(np.exp(2 * theta[0]) * (1 / (1 + np.exp(-theta[1]))) ** apart, s.weight)


def of_effects(theta: Theta, s: Subject) -> np.ndarray:
    between = s.traits @ unstructured(theta[:-1], s.traits.shape[1]) @ s.traits.T
    return between + np.exp(2 * theta[-1]) * np.eye(len(s.y))


def divided(sigma: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return sigma / np.sqrt(np.outer(weight, weight))


def log_likelihood(
    data: list[Subject], v: Callable[[Theta, Subject], np.ndarray], theta: Theta, *, reml: bool
) -> complex:
    """Patterson and Thompson's (1971) restricted log-likelihood, or the plain one at the best beta."""
    p = data[0].x.shape[1]
    xwx, xwy, ywy, log_det, n = np.zeros((p, p), complex), np.zeros(p, complex), 0j, 0j, 0
    for s in data:
        sigma = np.asarray(v(theta, s), dtype=complex)
        inverse = np.linalg.inv(sigma)
        xwx += s.x.T @ inverse @ s.x
        xwy += s.x.T @ inverse @ s.y
        ywy += s.y @ inverse @ s.y
        log_det += np.log(np.linalg.det(sigma))
        n += len(s.y)
    beta = np.linalg.solve(xwx, xwy)
    out = log_det + ywy - xwy @ beta + (n - p if reml else n) * np.log(2 * np.pi)
    return -0.5 * (out + (np.log(np.linalg.det(xwx)) if reml else 0))


def coefficients(
    data: list[Subject], v: Callable[[Theta, Subject], np.ndarray], theta: Theta
) -> tuple[np.ndarray, np.ndarray]:
    """Generalised least squares: beta and (X'V^-1 X)^-1."""
    xwx = sum(s.x.T @ np.linalg.solve(v(theta, s), s.x) for s in data)
    xwy = sum(s.x.T @ np.linalg.solve(v(theta, s), s.y) for s in data)
    return np.linalg.solve(xwx, xwy), np.linalg.inv(xwx)


def expected_information(data: list[Subject], v: Callable[[Theta, Subject], np.ndarray], theta: Theta) -> np.ndarray:
    """1/2 tr(P V_i P V_j) with P = W - W X (X'WX)^-1 X'W of all rows at once."""
    x = np.concatenate([s.x for s in data])
    whole = block_diagonal([v(theta, s) for s in data])
    w = np.linalg.inv(whole)
    p = w - w @ x @ np.linalg.solve(x.T @ w @ x, x.T @ w)
    slopes = [
        p @ block_diagonal([d[i] for d in (jacobian(lambda t, s=s: v(t, s), theta) for s in data)])
        for i in range(len(theta))
    ]
    return np.array([[0.5 * np.sum(a * b.T) for b in slopes] for a in slopes])


def block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    n = sum(map(len, blocks))
    out, at = np.zeros((n, n)), 0
    for block in blocks:
        out[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return out


def jacobian(f: Callable[[Theta], np.ndarray], theta: Theta) -> np.ndarray:
    """Derivatives of f by complex steps, one a row."""
    tiny = 1e-30
    return np.array([np.imag(f(theta + 1j * tiny * e)) / tiny for e in np.eye(len(theta))])


def differences(f: Callable[[Theta], np.ndarray], theta: Theta, step: float = 1e-3) -> np.ndarray:
    """Derivatives of f by central differences of sixth order, one a row."""
    out = []
    for e in np.eye(len(theta)):
        around = {k: np.asarray(f(theta + k * step * e)) for k in (-3, -2, -1, 1, 2, 3)}
        out.append(
            (45 * (around[1] - around[-1]) - 9 * (around[2] - around[-2]) + (around[3] - around[-3])) / (60 * step)
        )
    return np.array(out)
