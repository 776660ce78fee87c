"""All scenarios, and what is known to deviate from its nominal value, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.simulated.cohorts import recovered
from tests.simulated.linear import means, repeated, subgroups
from tests.simulated.measured import Measured, Rng
from tests.simulated.responses import proportions, standardised_risks
from tests.simulated.survival import bands, curves, hazards, log_rank

SEED: Final = 20240611
SIZES: Final = (30, 100, 140)
SCENARIOS: Final[dict[str, Callable[[int, Rng], list[Measured]]]] = {
    "means": means,
    "proportions": proportions,
    "standardised_risks": standardised_risks,
    "curves": curves,
    "hazards": hazards,
    "log_rank": log_rank,
    "repeated": repeated,
    "subgroups": subgroups,
    "bands": bands,
}


def measure(name: str, n: int) -> list[Measured]:
    """Run one scenario at one size; its random numbers are its own."""
    place = list(SCENARIOS).index(name)
    return SCENARIOS[name](n, np.random.Generator(np.random.PCG64(np.random.SeedSequence([SEED, place, n]))))


def everything() -> Iterator[Measured]:
    """Run all scenarios at all sizes, then the simulated study."""
    for name in SCENARIOS:
        for n in SIZES:
            yield from measure(name, n)
    yield from recovered()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How far from nominal something may be beyond chance, and why."""

    begins: str
    quantity: str
    low: float
    high: float
    why: str
    sizes: tuple[int, ...] = (*SIZES, 420)

    def concerns(self, m: Measured) -> bool:
        """Whether a number is of the kind that deviates."""
        return m.what.startswith(self.begins) and m.quantity == self.quantity and m.n in self.sizes


FEW_PEOPLE: Final = (30,)
DEVIATIONS: Final = (
    Deviation(
        begins="ANCOVA, classical: b - a",
        quantity="coverage",
        low=0.0,
        high=0.05,
        why="Classical errors pool the variances of all arms: too wide between the two arms that vary least.",
    ),
    Deviation(
        begins="ANCOVA, classical: c",
        quantity="coverage",
        low=-0.06,
        high=0.0,
        why="For the same reason too narrow wherever the arm that varies most is compared. HC3, the default, is right.",
    ),
    Deviation(
        begins="ANCOVA, HC3, Holm",
        quantity="familywise error",
        low=-0.02,
        high=0.0,
        why="Holm's bound does not use that the three comparisons share their arms: it errs on the safe side.",
    ),
    Deviation(
        begins="GEE, robust",
        quantity="coverage",
        low=-0.015,
        high=0.0,
        sizes=FEW_PEOPLE,
        why="With 30 people an arm the sandwich comes out a little small, and normal quantiles do not allow for that.",
    ),
    Deviation(
        begins="GEE, robust",
        quantity="familywise error",
        low=0.0,
        high=0.015,
        sizes=FEW_PEOPLE,
        why="For the same reason its tests reject a little too often, even after Holm.",
    ),
    Deviation(
        begins="Risk difference, standardised",
        quantity="coverage",
        low=-0.015,
        high=0.0,
        sizes=FEW_PEOPLE,
        why="With 30 people an arm the delta method's normal interval of a difference of risks is a little narrow.",
    ),
    Deviation(
        begins="Risk difference, standardised",
        quantity="type I error",
        low=0.0,
        high=0.015,
        sizes=FEW_PEOPLE,
        why="The test that goes with that interval rejects a little too often.",
    ),
    Deviation(
        begins="Risk, standardised, population",
        quantity="coverage",
        low=-0.015,
        high=0.0,
        why="The interval takes the people analysed as given: it is one for them, and a little narrow for all others.",
    ),
    Deviation(
        begins="Log-rank, three arms",
        quantity="type I error",
        low=0.0,
        high=0.01,
        sizes=FEW_PEOPLE,
        why="With 30 people an arm the chi-square distribution is an approximation that errs by half a percent.",
    ),
    Deviation(
        begins="Kaplan-Meier",
        quantity="coverage",
        low=0.0,
        high=0.01,
        why="Log-log limits err on the wide side where few events make the estimate discrete.",
    ),
    Deviation(
        begins="Heterogeneity of subgroups, HC3",
        quantity="type I error",
        low=-0.03,
        high=0.0,
        why="HC3 errors are too large in small levels with several covariates, so that Cochran's Q misses differences.",
    ),
    Deviation(
        begins="Heterogeneity of subgroups, classical",
        quantity="type I error",
        low=0.0,
        high=0.05,
        why="Q takes errors as known; classical ones of small levels are not, and it finds too many differences.",
    ),
    Deviation(
        begins="NDI at week 12, crude: manual exercise",
        quantity="bias",
        low=-1.1,
        high=-0.55,
        why="Younger people with shorter histories chose the physiotherapist: crude, the arm looks better than it is.",
    ),
    Deviation(
        begins="NDI at week 12, crude: nerve block",
        quantity="bias",
        low=1.3,
        high=1.9,
        why="Blocks went to older and worse people: crude, most of the effect of 2 to 3 points is hidden.",
    ),
    Deviation(
        begins="NDI at week 12, ANCOVA of the demo's plan: manual exercise",
        quantity="bias",
        low=-0.3,
        high=0.0,
        why="Manual therapy works better in the young in this design. One difference for everybody leans to the ages "
        "at which both arms have people; with arm by age and duration in the model the bias is gone.",
    ),
)


def allowed(m: Measured, deviations: Sequence[Deviation] = DEVIATIONS) -> tuple[float, float]:
    """Return where a number may lie: its nominal value, its known deviation, and four Monte-Carlo errors."""
    known = next((d for d in deviations if d.concerns(m)), None)
    low, high = (known.low, known.high) if known else (0.0, 0.0)
    return m.nominal + low - 4 * m.error, m.nominal + high + 4 * m.error
