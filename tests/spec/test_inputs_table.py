"""What bad input looks like, and what it gets: every row of that table, and the test that proves it.

E stops with an error, Q quarantines the row, W accepts with a note. The tests are in three files by theme; what other
files test of a row stands beside it.
"""

import re
from pathlib import Path

import pytest

from tests.spec import test_inputs_cells, test_inputs_files, test_inputs_people

FOLDER = Path(__file__).parent
FILES, CELLS, PEOPLE = test_inputs_files, test_inputs_cells, test_inputs_people

# row, behaviour, where its test is, its test, tests elsewhere
ROWS = [
    ("empty file; header only", "E", FILES, "test_an_empty_file_and_one_with_a_header_only_stop", "test_ingest_files"),
    (
        "UTF-8 with BOM; CR-only or mixed line ends",
        "W",
        FILES,
        "test_a_byte_order_mark_and_odd_line_ends_are_noted",
        "test_ingest_files",
    ),
    ("UTF-16", "W if BOM, else E", FILES, "test_utf16_is_read_by_its_mark_and_asked_for_without", "test_ingest_files"),
    (
        "cp1252 bytes in a UTF-8 study",
        "E",
        FILES,
        "test_windows_text_in_a_utf8_study_stops_with_its_place",
        "test_ingest_detect",
    ),
    (
        "semicolon file read as comma",
        "E",
        FILES,
        "test_another_separator_than_declared_stops_and_is_named",
        "test_ingest_detect",
    ),
    ("trailing comma on every row", "E", FILES, "test_a_trailing_comma_on_every_row_stops", "test_hostile_files"),
    ("one short row", "Q", FILES, "test_one_short_row_is_quarantined_and_not_padded", "test_ingest_files"),
    ("file cut in mid-row", "E", FILES, "test_a_file_cut_in_mid_row_stops", "test_read_packed"),
    (
        "unclosed quote at the end of the file",
        "E",
        FILES,
        "test_an_unclosed_quote_stops_where_it_opened",
        "test_ingest_files",
    ),
    ("duplicate header", "E", FILES, "test_headers_that_a_person_cannot_tell_apart_stop", "test_read_statistical"),
    (
        "REDCap label headers instead of raw ones",
        "E",
        FILES,
        "test_label_headers_of_redcap_stop_with_the_fields_that_they_stand_for",
        "test_redcap",
    ),
    (
        "missing required column",
        "E",
        FILES,
        "test_a_missing_required_column_stops_with_the_nearest_name",
        "test_ingest_mapping",
    ),
    (
        "unknown extra column",
        "W; E if identifying",
        FILES,
        "test_an_unknown_column_is_noted_and_stops_where_it_holds_somebody",
        "test_ingest_files",
    ),
    ("footer", "Q", FILES, "test_a_footer_is_quarantined", "test_ingest_files"),
    (
        "patient id 007 in one file and 7 in another",
        "E",
        CELLS,
        "test_ids_that_meet_only_without_zeros_are_not_joined",
        "test_ingest_rows",
    ),
    ("id 9007199254740993", "W", CELLS, "test_a_long_number_as_id_is_kept_as_text", "test_ingest_cells"),
    (
        "arm None, NA, N/A",
        "Q unless declared",
        CELLS,
        "test_an_arm_called_none_is_quarantined_and_never_missing",
        "test_ingest_cells",
    ),
    (
        "arm variants",
        "W if declared, else Q",
        CELLS,
        "test_variants_of_an_arm_are_noted_where_declared_and_quarantined_with_the_nearest_where_not",
        "test_ingest_cells",
    ),
    (
        "arm differs between a patient's rows",
        "Q",
        CELLS,
        "test_an_arm_that_differs_refuses_all_rows_of_the_patient",
        "test_ingest_rows",
    ),
    (
        "3,5 in a file with decimal points",
        "Q",
        CELLS,
        "test_a_decimal_comma_in_a_file_with_points_is_quarantined",
        "test_redcap",
    ),
    (
        "VAS on 0-10 in one site, 0-100 in another",
        "E",
        CELLS,
        "test_a_scale_of_two_lengths_asks_for_the_unit",
        "test_quality_units",
    ),
    (
        "pain 105, -3; rotation 400",
        "Q",
        CELLS,
        "test_values_outside_the_range_of_the_instrument_are_quarantined",
        "test_ingest_cells",
    ),
    ("rotation 1.05 in a whole column", "E", CELLS, "test_a_column_of_radians_stops", "test_hostile_files"),
    (
        "ROM 44 degrees; ~44, 40-45",
        "W; Q",
        CELLS,
        "test_degrees_are_read_off_and_ranges_are_quarantined",
        "test_ingest_cells",
    ),
    (
        "change between visits beyond natural variation",
        "W",
        CELLS,
        "test_changes_beyond_natural_variation_are_noted_and_accepted",
        "test_quality_timing",
    ),
    ("age -4, 0, 178", "Q", CELLS, "test_impossible_ages_are_quarantined", "test_ingest_cells"),
    ("age 93 in an anonymised file", "E", CELLS, "test_ages_over_90_stop_and_are_not_shown", "test_ingest_cells"),
    (
        "a birth date, a full date in a de-identified file",
        "E",
        CELLS,
        "test_a_birth_date_and_any_full_date_stop",
        "test_identifiers",
    ),
    ("date 45292", "Q", CELLS, "test_a_serial_of_excel_is_quarantined_with_the_date_that_it_may_be", "test_dates"),
    ("01/02/2024 with no declared order", "E", CELLS, "test_a_date_without_a_declared_order_asks_for_it", "test_dates"),
    ("31/02/2024", "Q", CELLS, "test_a_date_that_no_calendar_has_is_quarantined", "test_dates"),
    (
        "follow-up before baseline; resolution before treatment; negative time",
        "Q",
        CELLS,
        "test_time_that_runs_backwards_is_quarantined",
        "test_ingest_rows",
    ),
    (
        "event coded Yes, TRUE, 1/2",
        "E unless declared",
        CELLS,
        "test_events_that_are_coded_stop_until_a_map_is_declared",
        "test_units_labels",
    ),
    (
        "duplicated visit",
        "W; Q",
        CELLS,
        "test_a_visit_given_twice_is_kept_once_or_refused_wherever_it_differs",
        "test_ingest_rows",
    ),
    (
        "REDCap repeating instrument rows",
        "split by instrument",
        CELLS,
        "test_rows_of_a_repeating_instrument_have_the_key_record_event_instance",
        "test_redcap_forms",
    ),
    (
        "REDCap checkbox 0 when the form was never filled",
        "W",
        CELLS,
        "test_a_checkbox_of_a_form_that_was_never_filled_is_blank_and_noted",
        "test_redcap_forms",
    ),
    (
        "Excel: hidden rows or sheets, merged cells, formulas without a value, filtered rows",
        "E",
        FILES,
        "test_what_a_workbook_hides_merges_or_has_lost_stops_and_is_listed",
        "test_read_office",
    ),
    (
        "=HYPERLINK(...), @SUM, -2+3 in text",
        "W",
        PEOPLE,
        "test_what_a_spreadsheet_would_run_is_noted_and_neutralised_on_the_way_out",
        "test_anonymise",
    ),
    (
        "e-mail, phone, national number, postcode, URL, IP, Mr Smith",
        "E",
        PEOPLE,
        "test_who_is_named_in_any_column_stops_it_and_is_never_repeated",
        "test_identifiers_planted",
    ),
    ("a record-number column", "E", PEOPLE, "test_a_column_that_is_named_after_people_stops", "test_identifiers"),
    ("gzip or zip bomb, XML entity bomb", "E", FILES, "test_bombs_are_refused_by_declared_limits", "test_read_office"),
    (
        "one 20 MB cell; 200,000 columns",
        "E",
        FILES,
        "test_a_cell_of_20_mb_and_200000_columns_stop",
        "test_ingest_limits",
    ),
    (
        "one arm empty; an arm of one; all censored; all events on day 1; no variance at baseline",
        "the run completes",
        PEOPLE,
        "test_data_that_determine_little_are_run_and_say_why",
        "test_resolution_analyses",
    ),
    (
        "perfect separation; collinear covariates; site = arm",
        "not estimable",
        PEOPLE,
        "test_data_that_cannot_tell_effects_apart_name_the_columns",
        "test_plan_adapters",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_row_has_a_test(row) -> None:
    _, _, module, name, elsewhere = row
    assert callable(getattr(module, name))
    assert re.search("^def test_", (FOLDER / f"{elsewhere}.py").read_text(encoding="utf-8"), re.MULTILINE)


def test_rows_are_listed_once_and_have_tests_of_their_own() -> None:
    names, tests = [row[0] for row in ROWS], [row[3] for row in ROWS]
    assert len(set(names)) == len(names) == 44
    assert len(set(tests)) == len(tests)
