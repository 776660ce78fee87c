"""Coverage and type I error of what the report prints, against nominal values and against docs/simulation.md.

Bounds are four Monte-Carlo errors (a number in 16,000 falls outside of them by chance) beyond the known deviations,
which `tests/simulated/scenarios.py` declares with their reasons.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulated.cohorts import recovered
from tests.simulated.document import published
from tests.simulated.measured import Measured
from tests.simulated.resolution import DEVIATIONS_OF_RESOLUTION, SCHEDULES, SIZES_OF_COHORTS, measure_resolution
from tests.simulated.scenarios import DEVIATIONS, SCENARIOS, SIZES, Deviation, allowed, measure
from tests.simulated.visits import DEVIATIONS_OVER_VISITS, SIZES_OF_TRIALS, measure_visits

pytestmark = pytest.mark.slow
# docs print three digits
ROUNDING = 0.0005


def check(found: list[Measured], deviations: Sequence[Deviation] = DEVIATIONS) -> None:
    table = published()
    for m in found:
        low, high = allowed(m, deviations)
        where = f"{m.what}, {m.quantity}, n = {m.n}"
        assert low <= m.estimate <= high, f"{where}: {m.estimate:.3f} is not in {low:.3f}..{high:.3f}"
        printed, error = table[m.what, m.quantity, m.n]
        assert abs(printed - m.estimate) <= error + ROUNDING, f"{where}: docs say {printed}, found {m.estimate:.4f}"


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", list(SCENARIOS))
def test_intervals_and_tests_hold_what_they_promise(name: str, n: int) -> None:
    check(measure(name, n))


def test_adjustment_recovers_the_design_and_a_crude_comparison_does_not() -> None:
    found = recovered()
    check(found)
    bias = {m.what: m.estimate for m in found}
    for arm in ("manual exercise", "nerve block"):
        crude, plan, crossed = (
            abs(next(v for k, v in bias.items() if name in k and k.endswith(arm)))
            for name in ("crude", "demo's plan", "arm by age")
        )
        assert crude > 0.5 > 0.3 > max(plan, crossed)


@pytest.mark.parametrize("n", SIZES_OF_TRIALS)
def test_repeated_outcomes_over_four_visits(n: int) -> None:
    found = measure_visits(n)
    check(found, DEVIATIONS_OVER_VISITS)
    by_name = {(m.what, m.quantity): m for m in found}
    default = by_name["MMRM, Kenward-Roger, first order", "type I error"]
    assert abs(default.estimate - 0.05) < 2 * default.error
    assert by_name["MMRM", "no fit"].estimate == 0


@pytest.mark.parametrize("n", SIZES_OF_COHORTS)
@pytest.mark.parametrize("seen", list(SCHEDULES))
def test_time_to_resolution_seen_at_visits(n: int, seen: str) -> None:
    found = measure_resolution(n, seen)
    check(found, DEVIATIONS_OF_RESOLUTION)
    if seen == "seen differently":
        bias = {m.what: abs(m.estimate) for m in found if m.quantity == "bias"}
        by_visit, between = (
            next(v for k, v in bias.items() if k.startswith(f"RMST to day 182, {how}") and "block" in k)
            for how in ("Kaplan-Meier", "piecewise")
        )
        assert by_visit > 4 > 2 * between
