"""REDCap exports through the door: what the dictionary makes of their cells, and what stops or is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.ingest import Tables
from cgh_analysis.ingest.cells import Cells
from cgh_analysis.ingest.redcap import enrich, read_dictionary, system_columns
from cgh_analysis.ingest.redcap.values import MISSING_CODES
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source
from tests import raw
from tests.redcap import CASES, DICTIONARY, HEAD, LONG, check, check_visits, stops, table, told, written


def test_codes_are_read_by_the_dictionary(tmp_path: Path) -> None:
    tables = check(tmp_path)
    assert stops(tables) == []
    assert table(tables.cases, "patient_id", "arm", "sex", "neck_stiffness") == [
        ["P1", "drug", "female", "yes"],
        ["P2", "block", "male", "no"],
        ["P3", "drug", "other", ""],
    ]


def test_a_sheet_is_told_titles_meanings_identifiers_and_limits_of_its_columns() -> None:
    dictionary = read_dictionary(written(DICTIONARY), "dict.csv")
    names = ["record_id", "mail", "gender", "years", "feels____99", "start_complete", "redcap_survey_identifier"]
    sheet = Sheet(file="cases.csv", columns={name: Cells.of(["0"]) for name in names}, rows=np.array([2]))
    said = enrich(sheet, dictionary, Source(path="cases.csv"), names)
    assert said.titles["years"] == "Age (years)"
    assert said.titles["feels____99"] == "Feels (Unknown)"
    assert said.labels["gender"]["-99"] == said.labels["gender"]["Other"] == "Other"
    assert said.labels["feels____99"]["0"] == "Unchecked"
    assert said.labels["start_complete"]["2"] == "Complete"
    assert said.flagged == {"mail", "redcap_survey_identifier"}
    assert said.limits == {"years": (18.0, 90.0)}


def test_columns_that_redcap_adds_are_known_with_and_without_a_dictionary() -> None:
    dictionary = read_dictionary(written(DICTIONARY), "dict.csv")
    names = ["redcap_event_name", "diary_timestamp", "diary_complete", "gender", "other_complete"]
    assert system_columns(names, dictionary) == set(names[:3])
    assert system_columns(names, replace(dictionary, fields={})) == {"redcap_event_name"}


def test_a_label_export_gives_the_same_tables_as_a_raw_one(tmp_path: Path) -> None:
    labelled = (
        HEAD
        + "P1,Drug,Female,40,Yes,Checked,Unchecked,Unchecked,Complete,Complete\n"
        + "P2,Block,Male,50,No,Unchecked,Unchecked,Unchecked,Complete,Incomplete\n"
        + "P3,Drug,Other,60,,Unchecked,Checked,Unchecked,Complete,Complete\n"
    )
    pd.testing.assert_frame_equal(check(tmp_path, labelled).cases, check(tmp_path).cases)


def test_checkboxes_exported_as_the_labels_of_their_choices_are_read(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("P1,1,0,40,1,1,0,0", "P1,1,0,40,1,Nausea,0,0"))
    assert stops(tables) == []
    assert table(tables.cases, "nausea")[0] == ["yes"]


def test_labels_that_are_other_choices_codes_are_read_as_what_the_rest_of_the_export_holds(tmp_path: Path) -> None:
    shifted = [*DICTIONARY[:2], ["gender", "start", "radio", "Floor", "1, 0 | 2, 1"], *DICTIONARY[3:]]
    floors = {"columns": {"patient_id": "record_id", "arm": "treatment", "site": "gender"}}
    rows = "P1,{drug},1,40,,,,,,\nP2,{block},1,50,,,,,,\nP3,{drug},1,60,,,,,,\n"
    by_code = check(tmp_path, HEAD + rows.format(drug=1, block=2), dictionary=shifted, of_cases=floors)
    by_label = check(tmp_path, HEAD + rows.format(drug="Drug", block="Block"), dictionary=shifted, of_cases=floors)
    assert set(by_code.cases["site"]) == {"0"}
    assert set(by_label.cases["site"]) == {"1"}


def test_codes_and_labels_in_one_column_are_read_and_told(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("P2,2,1,", "P2,2,Male,"))
    assert stops(tables) == []
    assert raw.places(tables, "codes_and_labels") == [("note", "cases.csv", 3, "gender", None)]
    assert table(tables.cases, "sex") == [["female"], ["male"], ["other"]]


def test_headers_that_are_labels_stop_with_the_fields_they_stand_for(tmp_path: Path) -> None:
    head = "Record ID,Treatment,Gender,Age (years),Feels (choice=Nausea),Repeat Instrument,Complete?\n"
    tables = check(tmp_path, head + "P1,Drug,Female,40,Checked,,Complete\n")
    assert set(stops(tables)) == {"label_headers"}
    message, remedy = told(tables, "label_headers")
    assert "'Gender' is gender" in message
    assert "'Feels (choice=Nausea)' is feels___1" in message
    assert "'Repeat Instrument' is redcap_repeat_instrument" in message
    assert "raw headers" in remedy


def test_label_headers_that_occur_twice_are_still_told_for_what_they_are(tmp_path: Path) -> None:
    tables = check(tmp_path, "Record ID,Gender,Complete?,Complete?\nP1,Female,Complete,Complete\n")
    assert set(stops(tables)) == {"duplicate_header", "label_headers"}


def test_label_headers_are_told_before_anything_else_is_looked_for(tmp_path: Path) -> None:
    visits = "Record ID,Event Name,Repeat Instrument,Pain\nP1,Start,Diary,5\n"
    tables = check_visits(tmp_path, visits, where={"redcap_repeat_instrument": "diary"})
    assert stops(tables) == ["label_headers"]


def test_a_dictionary_of_another_project_stops(tmp_path: Path) -> None:
    tables = check(tmp_path, "id,arm\nP1,drug\n")
    assert stops(tables) == ["other_project"]


def test_a_column_that_the_dictionary_does_not_have_is_told_where_it_is_read(tmp_path: Path) -> None:
    tables = check(tmp_path, dictionary=[f for f in DICTIONARY if f[0] != "years"])
    assert raw.places(tables, "not_in_dictionary") == [("note", "cases.csv", None, "years", None)]


def test_a_broken_dictionary_stops_and_says_where(tmp_path: Path) -> None:
    broken = [*DICTIONARY[:2], ["gender", "start", "dropdown", "Gender", "0, Female | 0, Male"], *DICTIONARY[3:]]
    assert raw.places(check(tmp_path, dictionary=broken), "dictionary_field") == [
        ("error", "dict.csv", 4, "gender", None)
    ]


def test_a_value_that_is_no_choice_is_refused_with_its_row(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("P2,2,1,", "P2,2,7,"))
    assert raw.places(tables, "not_a_choice") == [("quarantine", "cases.csv", 3, "gender", "7")]
    assert list(tables.cases["patient_id"]) == ["P1", "P3"]
    assert "0, 1, -99" in told(tables, "not_a_choice")[1]


def test_a_checkbox_holds_nothing_but_whether_it_is_checked(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("P3,1,-99,60,,0,1", "P3,1,-99,60,,0,2"))
    assert raw.places(tables, "not_a_choice") == [("quarantine", "cases.csv", 4, "feels___b", "2")]


def test_no_value_of_a_field_marked_as_an_identifier_is_shown(tmp_path: Path) -> None:
    marked = [*DICTIONARY[:2], [*DICTIONARY[2], "", "", "", "y"], *DICTIONARY[3:]]
    tables = check(tmp_path, CASES.replace("P2,2,1,", "P2,2,Zoltan,"), dictionary=marked)
    assert raw.places(tables, "not_a_choice") == [("quarantine", "cases.csv", 3, "gender", None)]
    assert "Zoltan" not in str(tables.problems) + tables.ledger.to_csv()


def test_a_value_that_is_declared_missing_is_no_matter(tmp_path: Path) -> None:
    tables = check(tmp_path, CASES.replace("P2,2,1,", "P2,2,777,"), of_cases={"missing": ["777"]})
    assert stops(tables) == []
    assert raw.rule(tables, "not_a_choice") == []
    assert table(tables.cases, "sex") == [["female"], [""], ["other"]]


@pytest.mark.parametrize("code", MISSING_CODES)
def test_redcaps_own_missing_codes_stop_until_they_are_declared(tmp_path: Path, code: str) -> None:
    cases = CASES.replace("P1,1,0,40", f"P1,1,{code},{code}")
    tables = check(tmp_path, cases)
    assert raw.places(tables, "missing_code_undeclared") == [
        ("error", "cases.csv", 2, "gender", None),
        ("error", "cases.csv", 2, "years", None),
    ]
    assert f'missing = ["{code}"]' in raw.rule(tables, "missing_code_undeclared")[0].remedy
    declared = check(tmp_path, cases, of_cases={"missing": [code]})
    assert stops(declared) == []
    assert table(declared.cases, "sex", "age_years")[0] == ["", ""]


def test_a_code_that_is_a_choice_is_no_missing_code(tmp_path: Path) -> None:
    chosen = [
        *DICTIONARY[:2],
        ["gender", "start", "radio", "Gender", "0, Female | 1, Male | OTH, Other"],
        *DICTIONARY[3:],
    ]
    tables = check(tmp_path, CASES.replace("-99", "OTH"), dictionary=chosen)
    assert stops(tables) == []
    assert list(tables.cases["sex"]) == ["female", "male", "other"]


COMMA = [*DICTIONARY, ["height", "start", "text", "Height", "", "number_comma_decimal"]]
OUTCOMES = [{"id": "height", "label": "Height", "unit": "m", "low": 0, "high": 3, "better": "lower"}]
TALL = 'record_id,visit,day,height,pain\nP1,baseline,0,"1,54",{pain}\nP2,baseline,0,2,\n'


def tall(folder: Path, pain: str, **of_visits: Any) -> Tables:
    columns = {"patient_id": "record_id", "height": "height", "pain_nprs": "pain"}
    of_visits = LONG | {"columns": columns} | of_visits
    visits = TALL.format(pain=pain)
    return check(folder, visits=visits, dictionary=COMMA, of_visits=of_visits, outcomes=OUTCOMES)


def test_a_decimal_comma_of_the_dictionary_stops_where_the_study_file_says_point(tmp_path: Path) -> None:
    tables = tall(tmp_path, "5")
    assert stops(tables) == ["decimal_sign"]
    assert told(tables, "decimal_sign")[1] == 'Say decimal = "," under [sources].'
    assert tall(tmp_path, "5", decimal=",").visits["height"].tolist() == [1.54, 2.0]


def test_a_decimal_point_of_the_dictionary_stops_where_the_study_file_says_comma(tmp_path: Path) -> None:
    columns = {"patient_id": "record_id", "pain_nprs": "pain"}
    tables = tall(tmp_path, "5.5", decimal=",", columns=columns, ignore=["height"])
    assert told(tables, "decimal_sign")[1] == 'Say decimal = "." under [sources].'


@pytest.mark.parametrize("decimal", [".", ","])
def test_both_decimal_signs_in_what_is_read_stop_with_either_said(tmp_path: Path, decimal: str) -> None:
    tables = tall(tmp_path, "5.5", decimal=decimal)
    assert "two_decimal_signs" in stops(tables)
    message, remedy = told(tables, "two_decimal_signs")
    assert "commas (height) and decimal points (pain)" in message
    assert "one decimal sign" in remedy


def test_cells_that_break_their_validation_are_told_without_what_they_say(tmp_path: Path) -> None:
    visits = "record_id,visit,day,pain,taken\nP1,baseline,0,5,31.1.\nP2,baseline,0,6,called Anna\n"
    tables = check_visits(tmp_path, visits, ignore_rest=False)
    assert raw.places(tables, "not_validated") == [("note", "visits.csv", 2, "taken", None)]
    assert "(twice)" in told(tables, "not_validated")[0]
    assert "Anna" not in " ".join(f"{p.message}{p.value}" for p in tables.problems)


def test_fields_marked_as_identifiers_stop(tmp_path: Path) -> None:
    cases = CASES.replace("record_id,", "record_id,mail,", 1).replace("P1,", "P1,anna,").replace("P2,", "P2,,")
    cases = cases.replace("P3,", "P3,,")
    tables = check(tmp_path, cases, of_cases={"ignore_rest": False})
    assert "mail" in {p.column for p in tables.problems if p.severity == "error"}
    assert stops(check(tmp_path, cases)) == []
