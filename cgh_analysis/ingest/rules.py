"""Every rule that looks at input: how grave a finding is, and what is said about it, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cgh_analysis.errors import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `refuses` takes the row out, `alters` says that cells were read as something else than they say."""

    severity: Severity
    message: str
    remedy: str
    refuses: bool = False
    alters: bool = False


def _stop(message: str, remedy: str) -> Rule:
    return Rule("error", message, remedy)


def _refuse(message: str, remedy: str) -> Rule:
    return Rule("quarantine", message, remedy, refuses=True)


def _note(message: str, remedy: str = "Nothing to do.", *, alters: bool = False) -> Rule:
    return Rule("note", message, remedy, alters=alters)


FILE_RULES: Final = {
    "file_missing": _stop("There is no such file{nearest}.", "Check `path` and `folder` under [sources]{variable}."),
    "file_kind": _stop("Files of this kind are not read.", "Save it as one of {known}."),
    "unreadable": _stop(
        "The file cannot be opened: {reason}.",
        "Check that it is whole, not protected, and the kind that its name says.",
    ),
    "oversize": _stop(
        "The file is beyond what is read: {what}.", "Check that this is the right file; cut out what is not data."
    ),
    "empty": _stop("The file is empty.", "Export it again."),
    "header_only": _stop("The file has a header and no records.", "Export it again with its records."),
    "encoding": _stop("Byte {byte} is not {encoding}.", "{suggestion}"),
    "unknown_encoding": _stop(
        "No encoding is called {encoding!r}.", 'Mend `encoding`; it is mostly "utf-8" or "cp1252".'
    ),
    "not_text": _stop("The file is {kind}, and no text.", "Give it the ending that it should have, or export CSV."),
    "binary": _stop(
        "The file holds null bytes: it is not text in {encoding}.",
        "Say `encoding` under [sources] (perhaps utf-16), or export it as CSV again.",
    ),
    "bom": _note("The file starts with a byte order mark, which was taken off."),
    "utf16": _note("The file is UTF-16 by its byte order mark, and was read as such."),
    "line_ends": _note("The file's lines end in {ends}; all were read as line ends."),
    "blank_lines": _note("Blank lines are not records; the file has {count}."),
    "separator": _stop(
        "With the separator {separator!r} the header is one single column.",
        "The header looks separated by {likely!r}: say `separator` under [sources].",
    ),
    "trailing_separator": _stop(
        "Rows end in a separator, and have one cell more than the header: values stand under wrong names.",
        "Take the last separator off every row, or name the column.",
    ),
    "unclosed_quote": _stop(
        "A quote opens in this row and is never closed.", "Close it, or take it out; what follows was one single cell."
    ),
    "stray_quote": _stop(
        "A quote stands inside a cell; rows after it would merge.", 'Double it and quote the cell: "5"" tall".'
    ),
    "truncated": _stop(
        "The file ends in the middle of a row: {actual} of {expected} cells and no line end.",
        "Export it again; it was cut.",
    ),
    "no_final_newline": _note(
        "The last row has no line end; if the file was cut, its last cell may be cut too.",
        "Compare the last row with the source.",
    ),
    "short_row": _refuse("The row has {actual} cells, the header {expected}.", "Mend the row; nothing is padded."),
    "long_row": _refuse(
        "The row has {actual} cells, the header {expected}.", "Quote the cell that holds the separator."
    ),
    "none_accepted": _stop(
        "None of the {read} records was accepted.", "`cgh check` says why each was refused; it may be one fault in all."
    ),
    "footer": _refuse("The row is a footer and not a record.", "Export without totals and notes."),
    "conservation": _stop(
        "{parsed} records were parsed, an independent count gives {read}.", "Report this; nothing was used."
    ),
    "sheet": _stop("{what}.", "Say `sheet` under [sources]; the workbook has {sheets}."),
    "hidden_sheet": _stop(
        "The workbook has hidden sheets: {sheets}.",
        "Look at them and delete them, or say in `accept` (hidden_sheet) why they may stay.",
    ),
    "hidden_rows": _stop(
        "Rows are hidden, or filtered out of sight: {listed}.",
        "Show them and look at them, or say in `accept` (hidden_rows) why they may come in.",
    ),
    "lost_value": _stop(
        "Cells hold an error, or a formula without its value: {listed}; they would be read as blank.",
        "Open and save the workbook in a spreadsheet and mend them, or say in `accept` (lost_value) why they may stay.",
    ),
    "merged_cells": _stop(
        "Cells are merged: {cells}; only the first of them has a value.", "Unmerge them and fill in every cell."
    ),
}

COLUMN_RULES: Final = {
    "duplicate_header": _stop("Headers differ only by case or space: {names}.", "Give each column its own name."),
    "blank_header": _stop("Column {place} has no header.", "Name it, or delete it."),
    "missing_column": _stop(
        "The column {name!r} is not in the file{nearest}.", "Map it under `columns` in [sources], or mend the header."
    ),
    "unknown_target": _stop(
        "{name!r} is no {what} of this study{nearest}.", "Mend it in [sources], or declare it in the study file."
    ),
    "unknown_column": _note("The column is not used.", "Map it under `columns`, or list it in `ignore`."),
    "ignored": _note("Columns left out, as the study file says: {count}."),
    "identifier": _stop(
        "Cells look like {what} ({times}); values are not shown.",
        "Take them out at the source, or list the column in `ignore`.",
    ),
    "identifier_column": _stop(
        "The column's name says that it identifies people.", "Take it out at the source, or list it in `ignore`."
    ),
    "formula": _note(
        "Cells start like a formula ({times}); they were read as text.",
        "Check them before opening an output in a spreadsheet.",
    ),
}

CELL_RULES: Final = {
    "missing_value": _refuse("{name} is blank.", "Every record needs it."),
    "not_a_number": _refuse(
        "This is not a number.", "Write a number, leave the cell blank, or declare the word in `missing`."
    ),
    "decimal_comma": _refuse(
        "A decimal comma in a file with decimal points.",
        'Write {suggestion}, or say decimal = "," if the whole file has commas.',
    ),
    "decimal_point": _refuse(
        "A decimal point in a file with decimal commas.",
        'Write {suggestion}, or say decimal = "." if the whole file has points.',
    ),
    "approximate": _refuse("This is not one number.", "Write the value that was measured, or leave the cell blank."),
    "not_integer": _refuse("{name} is a whole number.", "Write a whole number."),
    "out_of_range": _refuse("{name} lies in {low:g} to {high:g}{unit}.", "Correct the value, or leave the cell blank."),
    "unit_suffix": _note("{shown!r} was read as {number:g} ({times}).", "Write numbers without units.", alters=True),
    "age_90_plus": _note("{shown!r} was read as 90, which stands for 90 and over ({times}).", alters=True),
    "age_over_90": _stop("Ages over 90 identify people; values are not shown.", "Write 90+ instead."),
    "undeclared_arm": _refuse(
        "{shown!r} is no arm of this study; {nearest}.",
        "Correct it, or declare it among the arm's synonyms.",
    ),
    "undeclared_visit": _refuse(
        "{shown!r} is no visit of this study; {nearest}.",
        "Correct it, or declare it among the visit's synonyms.",
    ),
    "undeclared_code": _refuse(
        "{shown!r} is no code of {name}; {nearest}.",
        "Correct it, or map it with `codes` under [sources].",
    ),
    "synonym": _note("{shown!r} was read as {meaning!r} ({times}).", alters=True),
    "spelling": _note("{shown!r} was read as {meaning!r} ({times}).", alters=True),
    "not_a_flag": _refuse("{name} is yes or no.", "Write yes or no, or map the value with `codes` under [sources]."),
    "long_number_id": _note("Ids are numbers of 16 digits or more ({times}); they were kept as text."),
    "radians": _stop(
        "Hardly any angle is above {high:g}: are these radians?", "Convert to degrees, or use multiply = 57.29578."
    ),
}

ROW_RULES: Final = {
    "duplicate": Rule(
        "note", "The record is given twice, identically; the first was kept.", "Delete the second.", refuses=True
    ),
    "conflicting_patient": _refuse("The patient's records disagree in {names}.", "Keep the right one."),
    "conflicting_visit": _refuse(
        "The visit is given more than once, and differently in {names}.", "Keep the right one."
    ),
    "arm_conflict": _refuse("The patient's records name different arms.", "Correct the arm."),
    "before_baseline": _refuse(
        "The day lies before the patient's baseline.", "Days count from baseline, which is day 0."
    ),
    "unknown_patient": _refuse("The patient is not among the cases.", "Add the case, or correct the id."),
    "patient_not_accepted": _refuse(
        "The patient's case was not accepted.", "Mend the case; this row then comes in again."
    ),
    "id_zero_padding": _stop(
        "Ids meet a case only without their leading zeros ({times}).",
        "Write the ids alike in both files; they were not joined.",
    ),
    "outside_window": _note(
        "{count} of {total} {visit!r} visits lie outside days {low} to {high}.",
        "Check the days; the cohort leaves these visits out.",
    ),
    "visit_not_made": _note("{visit!r} was not made by {count} patients ({marker} is blank){unused}."),
}

TRAP_RULES: Final = {
    "stored_zero": _stop(
        "At {visit!r} all {count} patients without {blank} have 0 here: drop-outs are stored as 0.",
        'Declare filled_if = "{blank}" for this visit, or say in `accept` (stored_zero) why 0 is right.',
    ),
    "scale": _stop(
        "{count} of {total} values lie outside the range: are some in another unit, or on another scale?",
        "Convert them at the source, use `multiply`, or say in `accept` (scale) why they are single errors.",
    ),
    "mixed_dates": _stop(
        "The column holds {dates} dates and {texts} dates as text: day and month may be swapped.",
        "Mend it at the source, or say in `accept` (mixed_dates) why it does no harm.",
    ),
    "codebook": _stop(
        "The codebook says {label!r}; the study takes it for {visit!r} ({says}).",
        "Check which is right; say in `accept` (codebook) why the study is.",
    ),
    "accepted": _note("{rule_accepted} is accepted{where}: {reason}"),
    "documentation": _note("{source} is not followed for {name}: {reason}"),
}

RULES: Final[dict[str, Rule]] = {**FILE_RULES, **COLUMN_RULES, **CELL_RULES, **ROW_RULES, **TRAP_RULES}
