"""Forms of REDCap projects: checkboxes that nobody answered, and rows of events, instruments and instances."""

from __future__ import annotations

from pathlib import Path

from tests import raw
from tests.redcap import CASES, COLUMNS, DIARY, FLAGS, HEAD, check, check_visits, stops, table, told


def test_a_form_that_nobody_filled_has_blank_checkboxes(tmp_path: Path) -> None:
    tables = check(tmp_path)
    assert table(tables.cases, "patient_id", "nausea", "dizziness") == [
        ["P1", "yes", "no"],
        ["P2", "", ""],
        ["P3", "no", "yes"],
    ]
    altered = tables.ledger.loc[tables.ledger["rule"] == "checkbox_unanswered", ["row", "column", "value"]]
    assert altered.to_numpy().tolist() == [[3, "feels___1", "0"], [3, "feels___b", "0"]]


def test_a_form_marked_as_complete_keeps_its_zeros(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("0,0,0,2,0\n", "0,0,0,2,2\n"))
    assert table(tables.cases, "nausea", "dizziness")[1] == ["no", "no"]


def test_forms_that_are_never_marked_keep_zeros_where_they_hold_anything(tmp_path: Path) -> None:
    head = HEAD.replace("feels___1,", "other,feels___1,")
    cases = head + "P1,1,0,40,1,said so,0,0,0,0,0\nP2,2,1,50,0,,0,0,0,0,0\n"
    tables = check(tmp_path, cases, visits=raw.VISITS.replace("P3", "P1").replace("P1,baseline,0,5\n", ""))
    assert table(tables.cases, "nausea") == [["no"], [""]]
    (note,) = raw.rule(tables, "form_never_done")
    assert (note.severity, note.row) == ("note", 2)
    assert "symptoms_complete" in note.message


def test_checkboxes_without_the_state_of_their_form_are_kept_and_told(tmp_path: Path) -> None:
    cases = "\n".join(line.rsplit(",", 1)[0] for line in CASES.splitlines()) + "\n"
    tables = check(tmp_path, cases)
    assert table(tables.cases, "nausea")[1] == ["no"]
    (note,) = raw.rule(tables, "form_status_missing")
    assert (note.severity, note.row) == ("note", 3)
    assert "symptoms_complete" in note.remedy


def test_a_missing_code_of_a_checkbox_is_known_by_its_column(tmp_path: Path) -> None:
    cases = CASES.replace("feels____99", "feels___nask")
    tables = check(tmp_path, cases, of_cases={"columns": COLUMNS | FLAGS | {"photophobia": "feels___nask"}})
    assert raw.rule(tables, "not_in_dictionary") == []
    assert stops(tables) == []


def test_checkboxes_without_a_dictionary_are_told(tmp_path: Path) -> None:
    visits = "patient_id,visit,day,free___1\nP1,baseline,0,0\nP2,baseline,0,1\n"
    tables = raw.check(tmp_path, visits=visits, of_visits={"columns": {"headache_free": "free___1"}})
    assert raw.places(tables, "checkbox_alone") == [("note", "visits.csv", 2, "free___1", None)]


def test_events_are_not_taken_for_arms_without_a_word(tmp_path: Path) -> None:
    arms = {"column": "redcap_event_name", "codes": {"start_arm_1": "drug", "start_arm_2": "block"}}
    cases = "record_id,redcap_event_name\nP1,start_arm_1\nP2,start_arm_2\nP3,start_arm_1\n"
    tables = check(tmp_path, cases, of_cases={"columns": {"patient_id": "record_id", "arm": arms}})
    assert stops(tables) == []
    assert raw.places(tables, "arm_of_event") == [("note", "cases.csv", None, "redcap_event_name", None)]


REPEATS = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,gender,pain\n"
    "P1,start_arm_1,,,0,\nP1,start_arm_1,diary,1,,5\nP1,start_arm_1,diary,2,,3\nP2,start_arm_1,diary,1,,7\n"
)


def test_instances_of_an_instrument_become_visits_and_systems_columns_are_known(tmp_path: Path) -> None:
    tables = check_visits(tmp_path, REPEATS, **DIARY, ignore_rest=False)
    assert stops(tables) == []
    assert table(tables.visits, "patient_id", "visit", "pain_nprs") == [
        ["P1", "baseline", "5.0"],
        ["P1", "week4", "3.0"],
        ["P2", "baseline", "7.0"],
    ]
    assert {p.column for p in raw.rule(tables, "unknown_column")} == {"gender"}


def test_rows_of_several_instruments_stop_with_the_line_to_write(tmp_path: Path) -> None:
    tables = check_visits(tmp_path, REPEATS, **(DIARY | {"where": {}}))
    assert "several_instruments" in stops(tables)
    assert 'where = { redcap_repeat_instrument = "diary" }' in told(tables, "several_instruments")[1]


def test_a_field_of_another_instrument_stops_for_it_would_be_blank(tmp_path: Path) -> None:
    columns = DIARY["columns"] | {"pain_vas_mm": "gender"}
    tables = check_visits(tmp_path, REPEATS, **(DIARY | {"columns": columns}))
    assert "always blank" in told(tables, "other_instrument")[0]


def test_instances_of_one_visit_stop_with_the_key_to_take(tmp_path: Path) -> None:
    by_event = {"column": "redcap_event_name", "codes": {"start_arm_1": "baseline"}}
    tables = check_visits(tmp_path, REPEATS, **(DIARY | {"visit_from": by_event}))
    assert "several_instances" in stops(tables)
    message, remedy = told(tables, "several_instances")
    assert "(once)" in message
    assert "record, event, instance" in remedy
    assert 'visit_from = { column = "redcap_repeat_instance"' in remedy


def test_access_groups_are_offered_as_sites(tmp_path: Path) -> None:
    cases = CASES.replace("record_id,", "record_id,redcap_data_access_group,", 1)
    for i, site in enumerate(("north", "south", "north"), start=1):
        cases = cases.replace(f"P{i},", f"P{i},{site},")
    tables = check(tmp_path, cases)
    assert "2 data access groups" in told(tables, "access_groups")[0]
    mapped = check(tmp_path, cases, of_cases={"columns": COLUMNS | {"site": "redcap_data_access_group"}})
    assert raw.rule(mapped, "access_groups") == []
    assert list(mapped.cases["site"]) == ["north", "south", "north"]
