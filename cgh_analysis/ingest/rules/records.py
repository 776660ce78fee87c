"""Rules about records among others: twice, contradicting, out of order, of nobody."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "duplicate": Rule(
        "note", "The record is given twice, identically; the first was kept.", "Delete the second.", refuses=True
    ),
    "conflicting_patient": refuse("The patient's records disagree in {names}.", "Keep the right one."),
    "conflicting_visit": refuse(
        "The visit is given more than once, and differently in {names}.", "Keep the right one."
    ),
    "arm_conflict": refuse("The patient's records name different arms.", "Correct the arm."),
    "before_baseline": refuse(
        "The day lies before the patient's baseline.", "Days count from baseline, which is day 0."
    ),
    "unknown_patient": refuse("The patient is not among the cases.", "Add the case, or correct the id."),
    "patient_not_accepted": refuse(
        "The patient's case was not accepted.", "Mend the case; this row then comes in again."
    ),
    "id_zero_padding": stop(
        "Ids meet a case only without their leading zeros ({times}).",
        "Write the ids alike in both files; they were not joined.",
    ),
    "id_spelling": stop(
        "Ids meet a case only in another spelling ({times}): other case, space, a sign that cannot be seen, a dot.",
        "Write the ids alike in both files; they were not joined.",
    ),
    "alike_ids": stop(
        "Ids of different patients are spelt alike ({times}): but for case, zeros, space or signs that cannot be seen.",
        "Write each patient's id in one way, or say in `accept` (alike_ids) why these are different people.",
    ),
    "outside_window": note(
        "{count} of {total} {visit!r} visits lie outside days {low} to {high}.",
        "Check the days; the cohort leaves these visits out.",
    ),
    "visit_not_made": note("{visit!r} was not made by {count} patients ({marker} is blank){unused}."),
}
