"""Links and variance functions of generalised linear models (McCullagh and Nelder 1989)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit

from cgh_analysis.numerics.arrays import FloatArray

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Linear predictor from the mean, the mean from the linear predictor, and its first derivative there."""

    forward: Function
    inverse: Function
    derivative: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family with its canonical link: variance as a function of the mean; `start` is a predictor to begin from."""

    link: str
    variance: Function
    start: Function


def _logistic_slope(eta: FloatArray) -> FloatArray:
    return expit(eta) * expit(-eta)


LINKS: Final[dict[str, Link]] = {
    "identity": Link(forward=lambda mu: mu, inverse=lambda eta: eta, derivative=np.ones_like),
    "logit": Link(forward=logit, inverse=expit, derivative=_logistic_slope),
    "log": Link(forward=np.log, inverse=np.exp, derivative=np.exp),
}
FAMILIES: Final[dict[str, Family]] = {
    "gaussian": Family(link="identity", variance=np.ones_like, start=lambda y: y),
    "binomial": Family(link="logit", variance=lambda mu: mu * (1 - mu), start=lambda y: logit((y + 0.5) / 2)),
    "poisson": Family(link="log", variance=lambda mu: mu, start=lambda y: np.log(y + 0.1)),
}
