"""Rules about a whole file: whether it can be opened, and whether its records are whole."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "file_missing": stop("There is no such file{nearest}.", "Check `path` and `folder` under [sources]{variable}."),
    "file_kind": stop("Files of this kind are not read.", "Save it as one of {known}."),
    "unreadable": stop(
        "The file cannot be opened: {reason}.",
        "Check that it is whole, not protected, and the kind that its name says.",
    ),
    "not_a_file": stop("This is {what}, and no regular file.", "Save it as a file, and name that under [sources]."),
    "file_name": stop(
        "The file's name holds a line break or another sign that cannot be seen.", "Rename the file, and mend `path`."
    ),
    "outside_folder": stop(
        "The path leads out of the folder of the raw files.",
        "Say `folder` under [sources], so that every path stays inside it; a link must not lead out of it either.",
    ),
    "changed_while_read": stop(
        "The file was changed while it was read.", "Run again once whoever writes it has finished."
    ),
    "archive": stop(
        "The file is packed, and files in an archive are not read.", "Unpack it, and name one of these kinds: {known}."
    ),
    "macros": stop(
        "Workbooks with macros are not read: a macro can change what a cell shows.",
        "Save it as .xlsx, which leaves the macros out.",
    ),
    "locked": stop(
        "The workbook is locked by a password.", "Open it, take the password off, and save it under another name."
    ),
    "entities": stop(
        "A part of the workbook declares XML entities, which can swell without end.",
        "Copy the sheet into a new workbook; no spreadsheet writes such a part.",
    ),
    "properties_name": note(
        "Its properties, or comments on its cells, say who wrote it; the name is not shown.",
        "Take properties and comments out before you pass the file on (Inspect Document; Properties in LibreOffice).",
    ),
    "external_links": note(
        "The workbook takes values from other workbooks; the last ones saved were read.", "Paste them as values."
    ),
    "oversize": stop(
        "The file is beyond what is read: {what}.", "Check that this is the right file; cut out what is not data."
    ),
    "empty": stop("The file is empty.", "Export it again."),
    "header_only": stop("The file has a header and no records.", "Export it again with its records."),
    "encoding": stop("Byte {byte} is not {encoding}.", "{suggestion}"),
    "unknown_encoding": stop(
        "No encoding is called {encoding!r}.", 'Mend `encoding`; it is mostly "utf-8" or "cp1252".'
    ),
    "not_text": stop("The file is {kind}, and no text.", "Give it the ending that it should have, or export CSV."),
    "binary": stop(
        "The file holds null bytes: it is not text in {encoding}.",
        "Say `encoding` under [sources] (perhaps utf-16), or export it as CSV again.",
    ),
    "bom": note("The file starts with a byte order mark, which was taken off."),
    "utf16": note("The file is {encoding} by its byte order mark, and was read as such."),
    "dos_end": note("The file ends in the sign for the end of a file that DOS had, which was taken off."),
    "line_ends": note("The file's lines end in {ends}; all were read as line ends."),
    "preamble": note("The rows above the header ({count}) are no records.", "Check that `header` names the right row."),
    "header_row": stop("{what}.", "Say under [sources] which row names the columns (`header`), counted from 1."),
    "detected": note("`{field}` was found out from the file: {value!r}.", "Write {setting} under [sources] to fix it."),
    "undetected": stop(
        "The file does not say for certain what its {what} is: {why}.", "Say `{field}` under [sources]."
    ),
    "blank_lines": note("Blank lines are not records; the file has {count}."),
    "separator": stop(
        "With the separator {separator!r} the header is one single column.",
        "The header looks separated by {likely!r}: say `separator` under [sources].",
    ),
    "trailing_separator": stop(
        "Rows end in a separator, and have one cell more than the header: values stand under wrong names.",
        "Take the last separator off every row, or name the column.",
    ),
    "unclosed_quote": stop(
        "A quote opens in this row and is never closed.", "Close it, or take it out; what follows was one single cell."
    ),
    "stray_quote": stop(
        "A quote stands inside a cell; rows after it would merge.", 'Double it and quote the cell: "5"" tall".'
    ),
    "truncated": stop(
        "The file ends in the middle of a row: {actual} of {expected} cells and no line end.",
        "Export it again; it was cut.",
    ),
    "no_final_newline": note(
        "The last row has no line end; if the file was cut, its last cell may be cut too.",
        "Compare the last row with the source.",
    ),
    "short_row": refuse("The row has {actual} cells, the header {expected}.", "Mend the row; nothing is padded."),
    "long_row": refuse(
        "The row has {actual} cells, the header {expected}.", "Quote the cell that holds the separator."
    ),
    "none_accepted": stop(
        "None of the {read} records was accepted.", "`cgh check` says why each was refused; it may be one fault in all."
    ),
    "footer": refuse("The row is a footer and not a record.", "Export without totals and notes."),
    "conservation": stop(
        "{parsed} records were parsed, an independent count gives {read}.", "Report this; nothing was used."
    ),
    "sheet": stop("{what}.", "Say `sheet` under [sources]; the workbook has {sheets}."),
    "hidden_sheet": stop(
        "The workbook has hidden sheets: {sheets}.",
        "Look at them and delete them, or say in `accept` (hidden_sheet) why they may stay.",
    ),
    "hidden_rows": stop(
        "Rows are hidden, or filtered out of sight: {listed}.",
        "Show them and look at them, or say in `accept` (hidden_rows) why they may come in.",
    ),
    "hidden_columns": stop(
        "Columns are hidden: {listed}.",
        "Show them and look at them, or say in `accept` (hidden_columns) why they may come in.",
    ),
    "lost_value": stop(
        "Cells hold an error, or a formula without its value: {listed}; they would be read as blank.",
        "Open and save the workbook in a spreadsheet and mend them, or say in `accept` (lost_value) why they may stay.",
    ),
    "merged_cells": stop(
        "Cells are merged: {cells}; only the first of them has a value.", "Unmerge them and fill in every cell."
    ),
}
