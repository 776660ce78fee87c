"""REDCap exports with one value a record: they give what a flat export of the same project gives."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests import raw
from tests.redcap import DIARY, check_visits, stops, table, told

FLAT_VISITS = (
    "record_id,redcap_event_name,gender,pain,feels___1,feels___b,feels____99,symptoms_complete,diary_complete\n"
    "P1,start_arm_1,0,5,1,1,0,2,2\nP1,end_arm_1,,3,0,0,0,0,2\nP2,start_arm_1,1,7,0,0,0,2,0\nP3,start_arm_1,,4,,,,,2\n"
)
EVENTS = {"column": "redcap_event_name", "codes": {"start_arm_1": "baseline", "end_arm_1": "week4"}}
FLAT = {
    "columns": {"patient_id": "record_id", "pain_nprs": "pain", "headache_free": "feels___1"},
    "visit_from": EVENTS,
}
SPREAD = {"names": "field_name", "values": "value", "by": ["record", "redcap_event_name"]}


def one_value_a_record(flat: str) -> str:
    """Write a flat export as one of one value a record, which leaves out what is blank, and what is not checked."""
    head, *rows = [line.split(",") for line in flat.splitlines()]
    lines = ["record,redcap_event_name,field_name,value"]
    for row in rows:
        for name, value in zip(head[2:], row[2:], strict=True):
            field, box, code = name.partition("___")
            if value and not (box and value == "0"):
                told = {"b": "B", "_99": "-99"}.get(code, code) if box else value
                lines.append(f"{row[0]},{row[1]},{field},{told}")
    return "\n".join(lines) + "\n"


def test_one_value_a_record_gives_the_same_tables_as_a_flat_export(tmp_path: Path) -> None:
    columns = FLAT["columns"] | {"lesion_resolved": "feels____99"}
    flat = check_visits(tmp_path, FLAT_VISITS, **(FLAT | {"columns": columns}))
    by_value = {"columns": columns | {"patient_id": "record"}, "spread": SPREAD}
    long = check_visits(tmp_path, one_value_a_record(FLAT_VISITS), **(FLAT | by_value))
    assert stops(flat) == stops(long) == []
    pd.testing.assert_frame_equal(flat.visits, long.visits)
    assert table(flat.visits, "headache_free", "lesion_resolved") == [["yes", "no"], ["", ""], ["no", "no"], ["", ""]]
    left_out = long.ledger.loc[long.ledger["rule"] == "checkbox_left_out", ["column", "value"]]
    assert sorted(left_out.drop_duplicates().to_numpy().tolist()) == [["feels___1", ""], ["feels____99", ""]]


def test_instances_with_one_value_a_record_give_what_a_flat_export_gives(tmp_path: Path) -> None:
    by = ["record", "redcap_repeat_instrument", "redcap_repeat_instance"]
    head = ",".join(by)
    flat = check_visits(
        tmp_path, f"{head},pain\nP1,,,\nP1,diary,1,5\nP1,diary,2,3\n".replace("record", "record_id", 1), **DIARY
    )
    text = f"{head},field_name,value\nP1,,,gender,0\nP1,diary,1,pain,5\nP1,diary,2,pain,3\n"
    columns = DIARY["columns"] | {"patient_id": "record"}
    long = check_visits(tmp_path, text, **(DIARY | {"columns": columns, "spread": SPREAD | {"by": by}}))
    assert stops(flat) == stops(long) == []
    pd.testing.assert_frame_equal(flat.visits, long.visits)
    assert list(long.visits["pain_nprs"]) == [5, 3]


def test_labels_of_checkboxes_with_one_value_a_record_are_read_as_their_codes(tmp_path: Path) -> None:
    by_value = {"columns": FLAT["columns"] | {"patient_id": "record"}, "spread": SPREAD}
    raw_codes = one_value_a_record(FLAT_VISITS)
    labels = raw_codes.replace("feels,1\n", "feels,Nausea\n").replace("feels,B\n", "feels,Dizziness\n")
    tables = [check_visits(tmp_path, text, **(FLAT | by_value)) for text in (raw_codes, labels)]
    pd.testing.assert_frame_equal(tables[0].visits, tables[1].visits)


def test_a_checked_choice_that_the_dictionary_does_not_have_is_refused_before_records_are_spread(
    tmp_path: Path,
) -> None:
    text = one_value_a_record(FLAT_VISITS) + "P2,start_arm_1,feels,9\n"
    by_value = {"columns": FLAT["columns"] | {"patient_id": "record"}, "spread": SPREAD}
    tables = check_visits(tmp_path, text, **(FLAT | by_value))
    ((severity, _, row, column, _),) = raw.places(tables, "not_a_choice")
    assert (severity, row, column) == ("quarantine", text.count("\n"), "value")
    assert len(tables.visits) == 4


def test_a_row_refused_after_records_were_spread_refuses_all_its_records(tmp_path: Path) -> None:
    text = one_value_a_record(FLAT_VISITS.replace("P2,start_arm_1,1,", "P2,start_arm_1,7,"))
    columns = FLAT["columns"] | {"patient_id": "record", "lesion_resolved": "gender"}
    tables = check_visits(tmp_path, text, **(FLAT | {"columns": columns, "spread": SPREAD}))
    of_p2 = [i for i, line in enumerate(text.splitlines(), start=1) if line.startswith("P2,")]
    assert [p.row for p in raw.rule(tables, "not_a_choice")] == of_p2


def test_one_value_a_record_without_spread_stops_with_the_line_to_write(tmp_path: Path) -> None:
    tables = check_visits(tmp_path, one_value_a_record(FLAT_VISITS), columns={"patient_id": "record"})
    expected = 'spread = { names = "field_name", values = "value", by = ["record", "redcap_event_name"] }'
    assert expected in told(tables, "one_value_a_record")[1]
