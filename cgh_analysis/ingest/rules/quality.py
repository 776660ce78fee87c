"""Rules about quality as a whole: order, sites, units, codes for missing, what was published."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "like_missing": refuse(
        "{name} lies in {low:g} to {high:g}{unit}, and this looks like a code for missing.",
        "Declare it under `missing` in [sources] if it is one, or correct the value.",
    ),
    "missing_codes": stop(
        "{code} stands apart from all other values ({times}) and looks like a code for missing.",
        "Declare it under `missing` in [sources], or say in `off` (missing_codes) under [checks] why it is a value.",
    ),
    "missing_label": stop(
        "{code} is labelled {label!r} ({times}).",
        "Declare it under `missing` in [sources], or map it with `codes`.",
    ),
    "visit_order": note(
        "Visits lie on an earlier day than a visit that was planned before them ({times}).", "Check the days."
    ),
    "same_day": note("Two visits of a patient are on the same day ({times}).", "Check the days."),
    "natural_variation": note(
        "Changes between visits go beyond {limit:g} degrees, which is what angles vary by themselves ({times}).",
        "Check the values; they were accepted.",
    ),
    "unit_by_site": stop(
        "Values{where} are about {times} times those of the other sites: are they in another unit?",
        "Convert them at the source, or say in `off` (unit_by_site) under [checks] why they are right.",
    ),
    "radians_by_site": stop(
        "Hardly any angle{where} is above 3.14, and others are in degrees: are these radians?",
        "Convert them at the source, or say in `off` (radians_by_site) under [checks] why they are right.",
    ),
    "summed_sides": stop(
        "Values{where} are about twice what they are elsewhere: were left and right added up?",
        "Take the two sides apart at the source, or say in `off` (summed_sides) under [checks] why they are right.",
    ),
    "percent_points": stop(
        "Nearly all values{where} are even: are they percent, which is points times two?",
        'Say unit = "%" for the column, convert them at the source, or say in `off` (percent_points) under [checks] '
        "why they are points.",
    ),
    "tenth_of_scale": stop(
        "No value is above a tenth of the scale, which goes to {high:g}: are they in another unit?",
        "Declare the `unit`, use `multiply`, or say in `off` (tenth_of_scale) under [checks] why they are right.",
    ),
    "jumps": stop(
        "{count} of {total} changes between visits are about tenfold: is part of it in mm, part in cm?",
        "Convert them at the source, or say in `off` (jumps) under [checks] why they are right.",
    ),
    "zero_alone": stop(
        "At {visit!r} {count} patients without any other outcome all have 0 here: drop-outs are stored as 0.",
        "Blank them at the source, or say in `off` (stored_zero) under [checks] why 0 is right.",
    ),
    "unlabelled": note(
        "Values have no label in the file, which labels others ({times}).", "Check them, or label them at the source."
    ),
    "beyond_limits": note(
        "Values lie beyond the limits that the dictionary gives ({times}).", "Check the values; they were accepted."
    ),
    "deviates": stop(
        "{source} expects {what} to be {expected}; the data give {seen}.",
        "Mend the data or the study file, or say in `deviates_because` under [[expect]] why it differs.",
    ),
    "deviation_known": note("{source} expects {what} to be {expected}; the data give {seen}. Accepted: {reason}"),
    "check_off": note("The check {check} is off{where}: {reason}"),
}
