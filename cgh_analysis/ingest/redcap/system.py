"""The columns that REDCap adds to a project's own: events, repeats, groups, surveys, and the state of each form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cgh_analysis.ingest.redcap.fields import Dictionary, Field

EVENT: Final = "redcap_event_name"
INSTRUMENT: Final = "redcap_repeat_instrument"
INSTANCE: Final = "redcap_repeat_instance"
GROUP: Final = "redcap_data_access_group"
SURVEY: Final = "redcap_survey_identifier"
SYSTEM_COLUMNS: Final = (EVENT, INSTRUMENT, INSTANCE, GROUP, SURVEY)
# the columns of an export with one value a record
EAV: Final = ("record", "field_name", "value")
# what an export with labels for headers calls them
HEADINGS: Final = {
    "Event Name": EVENT,
    "Repeat Instrument": INSTRUMENT,
    "Repeat Instance": INSTANCE,
    "Data Access Group": GROUP,
    "Survey Identifier": SURVEY,
    "Survey Timestamp": "<form>_timestamp",
    "Complete?": "<form>_complete",
}


def status_column(form: str) -> str:
    """Return the column that says whether a form is complete."""
    return f"{form}_complete"


def system_columns(names: Iterable[str], dictionary: Dictionary) -> set[str]:
    """Return which columns are REDCap's own and no field of the project."""
    forms = {f"{form}_{what}" for form in dictionary.forms for what in ("complete", "timestamp")}
    return (forms | set(SYSTEM_COLUMNS)) & set(names)


def fields_of(names: Iterable[str], dictionary: Dictionary) -> dict[str, Field]:
    """Return the field of each column that has one; a missing-data code of a checkbox has a column of its own too."""
    known = dictionary.columns
    boxes = {f.name: f for f in dictionary.fields.values() if f.kind == "checkbox"}
    fields = {name: known.get(name) or boxes.get(name.partition("___")[0]) for name in names}
    return {name: field for name, field in fields.items() if field is not None}
