"""Rules about how a file's records become rows: selected, spread, dated."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "not_selected": Rule(
        "note",
        "{count} records are not among those that `where` takes ({columns}).",
        "Nothing to do.",
        refuses=True,
        told_once=True,
    ),
    "conflicting_value": refuse("The same value is given more than once, and differently.", "Keep the right one."),
    "varying_column": note(
        "The column differs among the records that make one row, and is not used.",
        "Add it to `by` under `spread` if it tells rows apart.",
    ),
    "date_order": stop(
        "Cells are calendar dates ({times}), and nothing says in which order day and month stand.",
        'Say date = "dmy", "mdy" or "ymd" for this column in [sources]: only days since baseline come in.',
    ),
    "date_not_kept": stop(
        "Calendar dates are taken for days since baseline, and for nothing else; {name} is no such column.",
        "Take `date` out, or map the column to `day`.",
    ),
    "not_a_date": refuse(
        "This is not a date in the order {order}.",
        "Write day, month and a year of four digits, or leave the cell blank.",
    ),
    "no_such_date": refuse("The calendar has no such date.", "Correct the date."),
    "excel_serial": refuse(
        "This is a number, not a date; counted as Excel does it would be {offered}.",
        "Format the column as dates and export it again.",
    ),
    "no_baseline_date": refuse(
        "The patient has no date of baseline to count days from.",
        "Give the date of the baseline visit, or `baseline_date` under [sources.cases].",
    ),
    "unknown_unit": stop("No conversion is known from {unit!r} to {own}.", "Write one of {known}, or say `multiply`."),
}
