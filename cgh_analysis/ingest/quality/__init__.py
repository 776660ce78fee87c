"""Data quality: what is looked at, how much of it fails, and how much may.

A new check is a function (view, table) -> what it saw, and a line in CHECKS; one that only counts what rules found on
the way is a line alone. Every rule belongs to one check.
"""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.quality.completeness import missing_baseline, missing_outcome, visits_absent
from cgh_analysis.ingest.quality.conformance import CONFORMANCE
from cgh_analysis.ingest.quality.kinds import (
    CASES,
    COMPLETE,
    DATED,
    IN_TIME,
    PEOPLE,
    PLAUSIBLE,
    UNIQUE,
    VISITS,
    Check,
    CheckResult,
)
from cgh_analysis.ingest.quality.missing_codes import missing_codes
from cgh_analysis.ingest.quality.scale import jumps, scale
from cgh_analysis.ingest.quality.timing import natural_variation, visit_order, visit_windows
from cgh_analysis.ingest.quality.units import (
    percent_points,
    radians_by_site,
    summed_sides,
    tenth_of_scale,
    unit_by_site,
)
from cgh_analysis.ingest.quality.zeros import stored_zero

__all__ = ["CHECKS", "Check", "CheckResult"]

CHECKS: Final[dict[str, Check]] = {
    **CONFORMANCE,
    "required_values": Check(
        COMPLETE, "warning", "No record lacks what every record needs.", rules=("missing_value", "no_baseline_date")
    ),
    "missing_baseline": Check(
        COMPLETE,
        "warning",
        "Baseline columns that the plan uses are known of each case.",
        tables=CASES,
        look=missing_baseline,
    ),
    "missing_outcome": Check(
        COMPLETE, "warning", "Outcomes are known at each visit that was made.", tables=VISITS, look=missing_outcome
    ),
    "visits_absent": Check(
        COMPLETE,
        "warning",
        "Each case has each planned visit.",
        rules=("visit_not_made",),
        tables=VISITS,
        look=visits_absent,
    ),
    "missing_codes": Check(
        COMPLETE,
        "error",
        "No number, date or label stands for missing undeclared.",
        rules=("missing_codes", "missing_label"),
        look=missing_codes,
    ),
    "one_record": Check(
        UNIQUE,
        "warning",
        "Patients, visits and events are given once.",
        rules=("duplicate", "conflicting_patient", "conflicting_visit", "conflicting_value"),
    ),
    "stored_zero": Check(
        PLAUSIBLE,
        "error",
        "Drop-outs are blank, and not stored as 0.",
        rules=("stored_zero", "zero_alone"),
        tables=VISITS,
        look=stored_zero,
    ),
    "scale": Check(
        PLAUSIBLE,
        "error",
        "No more values lie outside of the range than slips would put there.",
        rules=("scale",),
        look=scale,
    ),
    "tenth_of_scale": Check(
        PLAUSIBLE,
        "error",
        "A scale is used beyond its lowest tenth.",
        over="columns",
        rules=("tenth_of_scale",),
        tables=VISITS,
        look=tenth_of_scale,
    ),
    "unit_by_site": Check(
        PLAUSIBLE,
        "error",
        "No site's values are ten times, or a tenth of, those of the other sites.",
        over="sites",
        rules=("unit_by_site",),
        tables=PEOPLE,
        look=unit_by_site,
    ),
    "percent_points": Check(
        PLAUSIBLE,
        "error",
        "The Neck Disability Index is in points, and not in percent.",
        over="sites",
        rules=("percent_points",),
        tables=VISITS,
        look=percent_points,
    ),
    "radians": Check(
        PLAUSIBLE, "error", "No column of angles is in radians.", over="columns", rules=("radians",), tables=VISITS
    ),
    "radians_by_site": Check(
        PLAUSIBLE,
        "error",
        "No site's angles are in radians.",
        over="sites",
        rules=("radians_by_site",),
        tables=VISITS,
        look=radians_by_site,
    ),
    "summed_sides": Check(
        PLAUSIBLE,
        "error",
        "Left and right are measured by themselves, and not added up.",
        over="sites",
        rules=("summed_sides",),
        tables=VISITS,
        look=summed_sides,
    ),
    "visit_windows": Check(
        IN_TIME, "warning", "Visits lie in their windows.", rules=("outside_window",), tables=VISITS, look=visit_windows
    ),
    "visit_order": Check(
        IN_TIME,
        "warning",
        "A patient's visits follow each other as they were planned, each on a day of its own.",
        rules=("visit_order", "same_day"),
        tables=VISITS,
        look=visit_order,
    ),
    "before_baseline": Check(
        IN_TIME, "warning", "Nothing lies before the patient's baseline.", rules=("before_baseline",), tables=DATED
    ),
    "natural_variation": Check(
        IN_TIME,
        "warning",
        "Angles change between visits no further than they vary by themselves.",
        rules=("natural_variation",),
        tables=VISITS,
        look=natural_variation,
    ),
    "jumps": Check(
        IN_TIME,
        "error",
        "No part of a scale is in mm while the rest is in cm.",
        rules=("jumps",),
        tables=VISITS,
        look=jumps,
    ),
    "mixed_dates": Check(
        IN_TIME, "error", "Dates of a workbook are all dates, or all text.", over="columns", rules=("mixed_dates",)
    ),
}
