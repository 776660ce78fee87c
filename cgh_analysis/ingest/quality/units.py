"""Atemporal plausibility: signs that a column, or one site's part of it, is in another unit than it is declared in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from cgh_analysis.ingest.findings import Finding, found
from cgh_analysis.ingest.identifiers import shown
from cgh_analysis.ingest.mapping import Table
from cgh_analysis.ingest.quality.kinds import Seen
from cgh_analysis.ingest.quality.sites import FEWEST, Against, Sites, spaced
from cgh_analysis.ingest.quality.view import View
from cgh_analysis.instruments import INSTRUMENTS, Instrument

NO_SITE: Final = "No site is known."
TENFOLD: Final = (5.0, 20.0)  # times the others' median, and how sure of it (standard errors)
TENFOLD_Z: Final = 5.0
DOUBLE: Final = (1.6, 2.6)
DOUBLE_Z: Final = 4.0
SYMMETRICAL: Final = ("rom_side_flexion_{}_deg", "rom_rotation_{}_deg")
PAIRS: Final = (*SYMMETRICAL, "frt_{}_deg")  # the flexion-rotation test is restricted on the side of the headache
FEWEST_VALUES: Final = 16
ALMOST_ALL: Final = 0.95
PERCENT_TIMES: Final = 1.25
SMALL_ANGLE: Final = float(np.pi)
PLAIN_ANGLE: Final = 10.0


def unit_by_site(view: View, table: Table) -> Iterator[Seen]:
    """Sites whose values are about ten times, or a tenth of, the other sites'."""
    for name in view.numbers(table):
        if name == "day":
            continue
        compared = view.compared(table, name)
        odd = [a for a in compared if _within(max(a.times, 1 / a.times), TENFOLD) and a.z >= TENFOLD_Z]
        odd = _guilty(odd, compared)
        words = {"times": f"{odd[0].times:.2g}"} if odd else {}
        yield _seen(view, table, name, "unit_by_site", compared, [a.site for a in odd], **words)


def radians_by_site(view: View, table: Table) -> Iterator[Seen]:
    """Sites with hardly any angle above pi where others measure in degrees."""
    sites = view.sites(table)
    for name, values in view.numbers(table).items():
        if name.endswith("_deg"):
            given = _by_site(values, sites)
            small = [site for site, angles in given.items() if np.mean(angles <= SMALL_ANGLE) >= ALMOST_ALL]
            others = [angles for site, angles in given.items() if site not in small]
            odd = small if others and np.median(np.concatenate(others)) >= PLAIN_ANGLE else []
            yield _seen(view, table, name, "radians_by_site", list(given), odd)


def summed_sides(view: View, table: Table) -> Iterator[Seen]:
    """Sites whose left or right is about twice the others', or files with one side twice the other: both added up."""
    numbers = view.numbers(table)
    for pair in PAIRS:
        left, right = (pair.format(side) for side in ("left", "right"))
        for name, other in ((left, right), (right, left)):
            compared = view.compared(table, name)
            odd = [a.site for a in compared if _within(a.times, DOUBLE) and a.z >= DOUBLE_Z]
            alone = not compared and pair in SYMMETRICAL and {name, other} <= set(numbers)
            if alone and _twice(numbers[name], numbers[other]):
                odd = [""]
            yield _seen(view, table, name, "summed_sides", compared or ["all"] * alone, odd)


def percent_points(view: View, table: Table) -> Iterator[Seen]:
    """Sites, or a whole file, whose NDI is even almost everywhere: percent, which is points times two."""
    numbers = view.numbers(table)
    if "ndi" not in numbers:
        return
    sites, points = view.sites(table), numbers["ndi"]
    if _even(points):
        yield _seen(view, table, "ndi", "percent_points", ["all"], [""])
        return
    given = _by_site(points, sites)
    times = {a.site: a.times for a in view.compared(table, "ndi")}
    odd = [s for s, values in given.items() if _even(values) and times.get(s, 1.0) >= PERCENT_TIMES]
    yield _seen(view, table, "ndi", "percent_points", ["all", *given], odd)


def tenth_of_scale(view: View, table: Table) -> Iterator[Seen]:
    """Scales of which a whole file uses only the lowest tenth."""
    for name, values in view.numbers(table).items():
        known = view.study.instruments.get(name)
        if known is None or known.low != 0 or _counts(known.unit) or not _whole_scale(name, known):
            continue
        most = np.fmax.reduce(values, initial=-np.inf)
        wrong = 0 < most <= known.high / 10 and np.count_nonzero(~np.isnan(values)) >= FEWEST_VALUES
        column = view.column(table, name)
        faults = [found("tenth_of_scale", view.file(table), column=column, high=known.high)] if wrong else []
        yield Seen(column=name, looked_at=int(most > -np.inf), failing=int(wrong), findings=tuple(faults))


def _counts(unit: str) -> bool:
    """Units of which little may be much: days and hours of headache."""
    return unit.startswith(("days", "h "))


def _whole_scale(name: str, known: Instrument) -> bool:
    """Whether the highest value is the end of a scale: of an outcome that a study declares only if its unit says so."""
    return name in INSTRUMENTS or f"0-{known.high:g}" in known.unit


def _within(value: float, band: tuple[float, float]) -> bool:
    return band[0] <= value <= band[1]


def _guilty(odd: list[Against], compared: list[Against]) -> list[Against]:
    """Of two sites one is as odd as the other: name the one with the larger values."""
    return [a for a in odd if a.times > 1] if len(compared) == 2 else odd


def _even(values: np.ndarray) -> bool:
    some = spaced(values)
    given = some[some > 0]
    return len(given) >= FEWEST_VALUES and float(np.mean(given % 2 == 0)) >= ALMOST_ALL


def _twice(values: np.ndarray, others: np.ndarray) -> bool:
    """Whether values are about twice the others of the same rows."""
    some, beside = spaced(values), spaced(others)
    both = (some > 0) & (beside > 0)
    return both.sum() >= FEWEST_VALUES and _within(float(np.median(some[both] / beside[both])), DOUBLE)


def _by_site(values: np.ndarray, sites: Sites | None) -> dict[str, np.ndarray]:
    """The known values of each site that has enough of them."""
    parts = {} if sites is None else dict(zip(sites.names, (values[rows] for rows in sites.rows), strict=True))
    known = {site: part[~np.isnan(part)] for site, part in parts.items()}
    return {site: part for site, part in known.items() if len(part) >= FEWEST}


def _seen(
    view: View, table: Table, name: str, rule: str, compared: Sequence[object], odd: list[str], **words: Any
) -> Seen:
    """What comes of comparing sites: each that is odd is named in one finding."""
    if name not in view.drafts[table].frame:
        return Seen(column=name, message="The table has no such column.")
    told: list[Finding] = []
    if odd:
        named = ", ".join(repr(shown(site)) for site in odd if site)
        where = f" at site {named}" if named else ""
        told = [found(rule, view.file(table), column=view.column(table, name), where=where, **words)]
    return Seen(
        column=name,
        looked_at=len(compared),
        failing=len(odd),
        findings=tuple(told),
        message="" if compared else NO_SITE,
    )
