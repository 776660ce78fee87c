"""Rules about REDCap projects: the dictionary, the forms, the events."""

from __future__ import annotations

from typing import Final

from cgh_analysis.ingest.rules.kinds import Rule, note, refuse, stop

RULES: Final[dict[str, Rule]] = {
    "dictionary_header": stop(
        "The data dictionary has no column {name!r}{nearest}.",
        "Download it from the project again; its headers may be those of the page or of the API.",
    ),
    "dictionary_row": stop("A row of the data dictionary was not read. {what}", "Download it from the project again."),
    "dictionary_field": stop(
        "In the data dictionary {what}.", "Mend it in the project, and download the dictionary again."
    ),
    "label_headers": stop(
        "The headers are labels of fields, not their names: {listed}.",
        "Export the project again with raw headers, and map the fields by these names under `columns`.",
    ),
    "other_project": stop(
        "No column is a field of the data dictionary {dictionary}.",
        "Check that export and dictionary are of the same project.",
    ),
    "not_in_dictionary": note(
        "The data dictionary {dictionary} does not have this column.",
        "Download the dictionary and the data on the same day.",
    ),
    "not_a_choice": refuse(
        "The field has no such choice.",
        "Correct it, declare it in `missing`, or mend the data dictionary; it has {known}.",
    ),
    "missing_code_undeclared": stop(
        "Cells hold codes for missing data ({times}): {codes}.", "Say missing = [{codes}] under [sources]."
    ),
    "codes_and_labels": note(
        "Some cells hold codes and some labels ({times}); all were read by the data dictionary.",
        "Check that two exports were not put together.",
    ),
    "not_validated": note(
        "Cells are not {what} as the field's validation asks ({times}): they were entered before it did.",
        "Correct them in the project; where the column is read, they are refused.",
    ),
    "decimal_sign": stop(
        "By the data dictionary, and in the cells, the decimal sign of {names} is {sign!r}.",
        'Say decimal = "{sign}" under [sources].',
    ),
    "two_decimal_signs": stop(
        "Decimal commas ({commas}) and decimal points ({points}) are both read from this file.",
        "Export it again with one decimal sign for all numbers, which REDCap offers.",
    ),
    "one_value_a_record": stop(
        "Each record of the file holds one value of one field.",
        'Say spread = {{ names = "field_name", values = "value", by = [{by}] }} under [sources].',
    ),
    "several_instruments": stop(
        "The rows are those of several instruments: {listed}.",
        'Take those of one: where = {{ redcap_repeat_instrument = "{wanted}" }} under [sources]; "" takes the rows of '
        "the record itself.",
    ),
    "other_instrument": stop(
        "The field is one of the form {form!r}, and the rows are those of {instrument!r}: it is always blank.",
        "Map fields of one instrument to a table.",
    ),
    "several_instances": stop(
        "Only redcap_repeat_instance tells rows of the same visit apart ({times}).",
        'Records have the key record, event, instance: say visit_from = {{ column = "redcap_repeat_instance", '
        "codes = {{ ... }} }}, or take one instance with `where`.",
    ),
    "arm_of_event": note(
        "The arm is taken from the event name; REDCap's arms are groups of events, and need not be treatments.",
        "Check that the events of an arm are those of one treatment.",
    ),
    "access_groups": note(
        "Records lie in {count} data access groups, and no column gives the site.",
        'If the groups are sites, say site = "redcap_data_access_group" under `columns`.',
    ),
    "checkbox_unanswered": note(
        "0 was read as blank ({times}): nothing is checked, and the form {form!r} is not marked as filled.",
        "Mark filled forms as complete in the project.",
        alters=True,
    ),
    "checkbox_left_out": note(
        "Blank was read as 0 ({times}): one value a record leaves out what is not checked.", alters=True
    ),
    "form_never_done": note(
        "Nothing of {field} is checked ({times}), and no record's {status} says more than Incomplete: 0 was kept where "
        "the form holds anything else.",
        "Mark filled forms as complete in the project.",
    ),
    "checkbox_alone": note(
        "0 may mean that the form was never filled ({times}).",
        'Say dictionary = "..." under [sources], the project\'s data dictionary, and export <form>_complete.',
    ),
    "form_status_missing": note(
        "Nothing of {field} is checked ({times}): 0 may mean that the form was never filled.",
        "Export {status} with it, which tells.",
    ),
}
