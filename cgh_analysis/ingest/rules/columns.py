"""Rules about columns: what is named, missing, not used or not allowed in."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, stop

RULES: Final[dict[str, Rule]] = {
    "duplicate_header": stop("Headers differ only by case or space: {names}.", "Give each column its own name."),
    "blank_header": stop("Column {place} has no header.", "Name it, or delete it."),
    "missing_column": stop(
        "The column {name!r} is not in the file{nearest}.", "Map it under `columns` in [sources], or mend the header."
    ),
    "unknown_target": stop(
        "{name!r} is no {what} of this study{nearest}.", "Mend it in [sources], or declare it in the study file."
    ),
    "unknown_column": note("The column is not used.", "Map it under `columns`, or list it in `ignore`."),
    "ignored": note("Columns left out, as the study file says: {count}."),
    "identifier": stop(
        "Cells look like {what} ({times}); values are not shown.",
        "Take them out at the source, or list the column in `ignore`.",
    ),
    "identifier_column": stop(
        "The column's name says that it identifies people.", "Take it out at the source, or list it in `ignore`."
    ),
    "formula": note(
        "Cells start like a formula ({times}); they were read as text.",
        "Check them before opening an output in a spreadsheet.",
    ),
}
