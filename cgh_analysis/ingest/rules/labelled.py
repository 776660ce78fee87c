"""Rules about files that carry their own types: SPSS, Stata, SAS, Parquet."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, stop

RULES: Final[dict[str, Rule]] = {
    "declared_missing": note(
        "The file declares {listed} missing ({times}); the cells were read as blank.",
        "Nothing to do; what was there is in the ledger.",
        alters=True,
    ),
    "several_sets": stop("The file holds {count} data sets.", "Write a file for each, and name the one that is meant."),
    "column_type": stop(
        "The column holds {type}, which is no text, number or date.", "Export it as text, or leave it out of the file."
    ),
    "notes_identify": stop(
        "{where} hold {what}; they are not shown.", "Take them out of the file, and export it again."
    ),
}
