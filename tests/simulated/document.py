"""docs/simulation.md: written from what was measured, and read back to compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.simulated.measured import Measured
from tests.simulated.resolution import DEVIATIONS_OF_RESOLUTION
from tests.simulated.scenarios import DEVIATIONS, SEED, Deviation
from tests.simulated.visits import DEVIATIONS_OVER_VISITS, REPLICATIONS

PATH: Final = Path(__file__).resolve().parents[2] / "docs" / "simulation.md"
HEAD: Final = f"""# Simulated truth

What the report prints, measured where the truth is known: how often 95 % intervals hold it (nominal 0.950), and how
often tests at 5 % find a difference that is not there (nominal 0.050). `make test-slow` repeats every simulation. It
checks each number against its nominal value (within four Monte-Carlo errors and the deviations explained below) and
this table against what it found (within one Monte-Carlo error, as a last bit may tip a single replication).
`.venv/bin/python -m tests.simulated` writes the table again. Seed {SEED}.

The designs are in `tests/simulated`: three arms with standard deviations 1, 1.5 and 2.5 and a covariate (ANCOVA, GEE at
the last of four visits, 15 % of them missing, AR(1) correlation taken for exchangeable); risks of 0.55 and 0.35;
exponential times with a covariate and hazard ratio 1.7, three in ten censored; three subgroups of 13, 23 and 64 %. The
last rows are the simulated study itself, 420 people a cohort, arms chosen and visits lost as in the demo, against the
true effects in its truth.json.

"""
COLUMNS: Final = ("What", "Measured", "n", "Replications", "Found", "MC error")


OVER_VISITS: Final = f"""## Repeated outcomes over four visits

MMRM in two arms of equal size: outcomes at four visits with standard deviations of 1, 1.1, 1.3 and 1.5 and correlations
of 0.7 between neighbours, 0.55 and 0.48 further apart; a baseline with an effect at every visit; a fifth of the people
gone by the last, more of those with a high last value (missing at random). Fitted are arm and baseline by visit with an
unstructured covariance, by the kernel itself. Measured is the difference of the arms at the last visit: coverage where
it is 0.6, type I error where there is none. `n` is people in the trial; there are {REPLICATIONS} trials of either kind.
CR0, CR2 and CR3 are the sandwich errors `empirical`, `empirical-bias-reduced` and `empirical-jackknife`.
`.venv/bin/python -m tests.simulated visits` writes this part again.

"""
RESOLUTION: Final = """## Time to resolution seen at visits

Cohorts of `n` people in three arms, with Weibull hazards of ratio 1, 1.7 and 1.4 (`cgh_analysis.simulate.watched`),
whose day of resolution only the visits betray. *Seen alike*: all arms on the demo's visits, weeks 4, 8, 12, 26 and 52.
*Seen differently*: manual therapy every week until week 11 and then as the others, medication as in the demo, blocks
first in week 12. Visits stray from their day, one in 25 is missed, a quarter of the people is lost in a year. Measured
are differences from medication: of the share resolved by day 91, of the mean days with headache among the first 182,
and of the log hazard given a covariate; and tests of three arms with one and the same hazard. *On visit days* are the
methods that take the day of the visit for that of the resolution. A bias is in the unit of what is estimated: shares,
days, log hazard ratios. `.venv/bin/python -m tests.simulated resolution` writes this part again.

"""


def document(found: Sequence[Measured]) -> str:
    """Return the page: a table of all numbers (n is people per arm, for a bias in the cohort), and the deviations."""
    legend = "`n` is people per arm; for a bias, people in the cohort.\n\n"
    return f"{HEAD}{_table(found)}\n\n{legend}## Deviations\n\n{_reasons(DEVIATIONS)}\n\n{_rest(found, DEVIATIONS)}\n"


def over_visits(found: Sequence[Measured]) -> str:
    """Return the part of the page on repeated outcomes."""
    known = DEVIATIONS_OVER_VISITS
    return f"{OVER_VISITS}{_table(found)}\n\n{_reasons(known)}\n\n{_rest(found, known)}\n"


def of_resolution(found: Sequence[Measured]) -> str:
    """Return the part of the page on time to resolution."""
    known = DEVIATIONS_OF_RESOLUTION
    return f"{RESOLUTION}{_table(found)}\n\n{_reasons(known)}\n\n{_rest(found, known)}\n"


def parts() -> tuple[str, str, str]:
    """Return the page as it is, in its three parts."""
    first, rest = _parted(PATH.read_text(encoding="utf-8"), OVER_VISITS)
    return first, *_parted(rest, RESOLUTION)


def _parted(text: str, part: str) -> tuple[str, str]:
    before, heading, after = text.partition(f"\n{part.splitlines()[0]}\n")
    return before, f"{heading.lstrip()}{after}"


def _table(found: Sequence[Measured]) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(_row(m) for m in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _reasons(deviations: Sequence[Deviation]) -> str:
    return "\n".join(f"- **{d.begins}**, {d.quantity}{_sizes(d.sizes)}: {d.why}" for d in deviations)


def _rest(found: Sequence[Measured], deviations: Sequence[Deviation]) -> str:
    plain = [m for m in found if not any(d.concerns(m) for d in deviations)]
    far = [m for m in plain if abs(m.estimate - m.nominal) > 2 * m.error]
    named = "; ".join(f"{m.what}, {m.quantity}, n = {m.n}" for m in far) or "none"
    return (
        f"Of the {len(plain)} other numbers {len(far)} lie more than two Monte-Carlo errors from what they should be, "
        f"where chance alone would put about {0.0455 * len(plain):.0f}: {named}."
    )


def published() -> dict[tuple[str, str, int], tuple[float, float]]:
    """Return what the page holds: estimate and Monte-Carlo error by what was measured, quantity and n."""
    lines = PATH.read_text(encoding="utf-8").splitlines()
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    rows = [row for row in cells if row[2].isdigit()]
    return {(what, how, int(n)): (float(x), float(e)) for what, how, n, _, x, e in rows}


def _row(m: Measured) -> tuple[str, ...]:
    return m.what, m.quantity, f"{m.n}", f"{m.replications}", f"{m.estimate:.3f}", f"{m.error:.3f}"


def _sizes(sizes: tuple[int, ...]) -> str:
    return f", n = {' and '.join(map(str, sizes))}" if len(sizes) < 3 else ""
