"""What a simulation measures, and the people and limits that the scenarios share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

MANY: Final = 20_000  # replications of what is done in arrays
ARMS: Final = ("a", "b", "c")
PAIRS: Final = ("b - a", "c - a", "c - b")
Quantity = Literal["coverage", "type I error", "familywise error", "bias", "no fit"]
Rng = np.random.Generator
# of all other quantities 0.05
NOMINAL: Final[dict[str, float]] = {"coverage": 0.95, "bias": 0.0, "no fit": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One number of a simulation with its Monte-Carlo error; `n` is people per arm (in the cohort, for a bias)."""

    what: str
    quantity: Quantity
    n: int
    replications: int
    estimate: float
    error: float

    @property
    def nominal(self) -> float:
        """What it should be."""
        return NOMINAL.get(self.quantity, 0.05)


def few(n: int) -> int:
    """Return the replications of what is fitted one by one: most where samples are small and errors are expected."""
    return 2500 if n <= 30 else 800


def share(what: str, quantity: Quantity, n: int, hits: object) -> Measured:
    """Return how often something was so; its error is the binomial one, at what was found or nominal (the larger)."""
    found = np.asarray(hits, dtype=float)
    p = float(found.mean())
    nominal = NOMINAL.get(quantity, 0.05)
    widest = max(p * (1 - p), nominal * (1 - nominal))
    return Measured(
        what=what,
        quantity=quantity,
        n=n,
        replications=found.size,
        estimate=p,
        error=float(np.sqrt(widest / found.size)),
    )


def people(n: int, rng: Rng, arms: tuple[str, ...] = ARMS) -> pd.DataFrame:
    """Return n people in each arm with a standard normal covariate."""
    return pd.DataFrame(
        {"arm": pd.Categorical(np.repeat(arms, n)), "x": rng.normal(size=n * len(arms)), "id": range(n * len(arms))}
    )


def held(table: pd.DataFrame, truth: float = 0.0) -> np.ndarray:
    """Return by row whether the limits hold the truth."""
    return ((table["conf_low"] <= truth) & (truth <= table["conf_high"])).to_numpy()
