"""Exports with one value a record: checkboxes under the names that they have in a flat export."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.findings import found
from cgh_analysis.ingest.redcap.choices import checkbox_columns
from cgh_analysis.ingest.redcap.fields import Dictionary
from cgh_analysis.ingest.sheet import Sheet, keep_records
from cgh_analysis.study import Spread


def name_checkboxes(sheet: Sheet, dictionary: Dictionary, how: Spread) -> Sheet:
    """Give each checked choice its own name and the value 1, before records are spread.

    A flat export has a column for every choice, one value a record has the field's name and the choice's code. A choice
    that the dictionary does not have is refused.
    """
    if not {how.names, how.values} <= set(sheet.columns):
        return sheet
    names, values = sheet.columns[how.names], sheet.columns[how.values]
    n = max(len(values.texts), 1)
    pairs, place = np.unique(names.codes.astype(np.int64) * n + values.codes, return_inverse=True)
    new_names, new_values = names.texts[pairs // n].astype(object), values.texts[pairs % n].astype(object)
    strange = np.zeros(len(pairs), dtype=bool)
    boxes = {name: f.choices for name, f in dictionary.fields.items() if f.kind == "checkbox"}
    for i in np.flatnonzero(np.isin(new_names, list(boxes))):
        choices = boxes[new_names[i]]
        code = next((c for c, label in choices.items() if new_values[i] in (c, label)), None)
        strange[i] = code is None
        if code is not None:
            new_names[i], new_values[i] = checkbox_columns(new_names[i], code)[0], "1"
    named = replace(
        sheet,
        columns=sheet.columns | {how.names: Cells.coded(new_names, place), how.values: Cells.coded(new_values, place)},
    )
    refused = strange[place]
    if not refused.any():
        return named
    fault = found("not_a_choice", sheet.file, column=how.values, rows=sheet.rows[refused], known="")
    return keep_records(named, ~refused, fault)
