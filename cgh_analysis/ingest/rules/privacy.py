"""Rules about people: what could name them, and how many stand alone."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, stop

RULES: Final[dict[str, Rule]] = {
    "flagged_column": stop(
        "The dictionary marks the column as an identifier.",
        "List it in `ignore`, or make pseudonyms of it with `cgh anonymise`.",
    ),
    "identifier_title": stop(
        "The column's label asks for what identifies people.", "Take it out at the source, or list it in `ignore`."
    ),
    "identifier_label": stop(
        "Value labels look like {what}; they are not shown.",
        "Mend the labels at the source, or list the column in `ignore`.",
    ),
    "identifier_header": stop(
        "The name of column {place} looks like {what}; it is not shown.", "Rename the column at the source."
    ),
    "identifier_file": stop(
        "The {thing}'s name looks like {what}; it is not shown.", "Call the {thing} after what it holds."
    ),
}
