"""What bad ids, codes, numbers and dates get: one test or more for each row of the table in test_inputs_table.py."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.ingest import Tables
from tests import quality, redcap
from tests.raw import CASES, VISITS, check, no_errors, places, rule, workbook

ARMS = [
    {"id": "MTE", "label": "Manual therapy + exercise", "synonyms": ["1"]},
    {"id": "drug", "label": "Drug", "reference": True},
]


def of_column(folder: Path, column: str, *texts: str, **of_visits: object) -> Tables:
    """Read visits of one patient each, with a column that holds these texts."""
    cases = "patient_id,arm\n" + "".join(f"P{i},drug\n" for i in range(len(texts)))
    rows = "".join(f'P{i},baseline,"{cell}"\n' for i, cell in enumerate(texts))
    return check(folder, cases=cases, visits=f"patient_id,visit,{column}\n{rows}", of_visits=dict(of_visits))


def of_people(folder: Path, column: str, *texts: str, **parts: object) -> Tables:
    rows = "".join(f'P{i},drug,"{cell}"\n' for i, cell in enumerate(texts))
    return check(folder, cases=f"patient_id,arm,{column}\n{rows}", visits="patient_id,visit\nP0,baseline\n", **parts)


def of_arms(folder: Path, *texts: str, **of_cases: object) -> Tables:
    rows = "".join(f'P{i},"{cell}"\n' for i, cell in enumerate(texts))
    visits = "patient_id,visit\nP0,baseline\n"
    return check(folder, cases=f"patient_id,arm\n{rows}", visits=visits, arms=ARMS, of_cases=dict(of_cases))


def with_ids(folder: Path, ids: list[str], seen: list[str], **of_cases: object) -> Tables:
    cases = "".join(f'"{i}",{("drug", "block")[n % 2]}\n' for n, i in enumerate(ids))
    visits = "".join(f'"{i}",baseline\n' for i in seen)
    heads = ("patient_id,arm\n", "patient_id,visit\n")
    return check(folder, cases=heads[0] + cases, visits=heads[1] + visits, of_cases=dict(of_cases))


@pytest.mark.parametrize(("case", "visit"), [("007", "7"), ("7", "007"), ("P-07", "P-7"), ("1-0001", "1-1")])
def test_ids_that_meet_only_without_zeros_are_not_joined(tmp_path: Path, case: str, visit: str) -> None:
    tables = with_ids(tmp_path, ["P1", case], ["P1", visit])
    assert places(tables, "id_zero_padding") == [("error", "visits.csv", 3, "patient_id", None)]
    assert tables.visits["patient_id"].tolist() == ["P1"]


@pytest.mark.parametrize(
    ("case", "visit"),
    [
        ("P2", "p2"),
        ("P2", "P2."),
        ("2", "2.0"),
        ("P2", "P2\u200b"),
        ("P2", "\ufeffP2"),
        ("P-2", "P\u00ad-2"),
        ("P 2", "P\u00a02"),
        ("P2", "Ｐ2"),
        ("\u00e92", "e\u03012"),
        ("P02", "p2"),
    ],
)
def test_ids_that_meet_only_in_another_spelling_are_not_joined(tmp_path: Path, case: str, visit: str) -> None:
    tables = with_ids(tmp_path, ["P1", case], ["P1", visit])
    assert places(tables, "id_spelling") == [("error", "visits.csv", 3, "patient_id", None)]
    assert tables.visits["patient_id"].tolist() == ["P1"]
    twice = with_ids(tmp_path, ["P1", case, visit], ["P1", case])
    assert places(twice, "alike_ids") == [("error", "cases.csv", 3, "patient_id", None)]
    assert no_errors(with_ids(tmp_path, ["P1", case, visit], ["P1"], accept={"alike_ids": "two people"}))


@pytest.mark.parametrize("other", ["P3", "P20", "P-2", "Q2", "P2a", "P2.1"])
def test_ids_of_other_people_are_nobody_elses(tmp_path: Path, other: str) -> None:
    tables = with_ids(tmp_path, ["P1", "P2"], ["P1", other])
    assert {p.rule for p in tables.problems} == {"unknown_patient"}
    assert no_errors(with_ids(tmp_path, ["P1", "P2", other], ["P1"]))


def test_a_long_number_as_id_is_kept_as_text(tmp_path: Path) -> None:
    long = ["9007199254740993", "9007199254740992", "007"]
    tables = with_ids(tmp_path, long, long)
    assert tables.cases["patient_id"].tolist() == long
    assert [p.severity for p in rule(tables, "long_number_id")] == ["note", "note"]
    assert no_errors(tables)


@pytest.mark.parametrize("text", ["1.00E+05", "9.0072E+15", "9,0072E+15", "1E+05", "9.007199254740992e+15"])
def test_ids_that_a_spreadsheet_has_shortened_stop(tmp_path: Path, text: str) -> None:
    tables = with_ids(tmp_path, ["P1", text], ["P1", text])
    assert [p[:4] for p in places(tables, "id_digits_lost")] == [
        ("error", f"{file}.csv", 3, "patient_id") for file in ("cases", "visits")
    ]


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_ids_that_a_file_of_numbers_cannot_hold_stop(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"patient_id": [2.0**53 + 2, 12.0], "arm": ["drug", "block"]})
    if kind == "xlsx":
        workbook(tmp_path / "cases.xlsx", {"data": [["patient_id", "arm"], *frame.to_numpy().tolist()]})
    else:
        frame.to_parquet(tmp_path / "cases.parquet")
    tables = check(tmp_path, visits="patient_id,visit\n12,baseline\n", of_cases={"path": f"cases.{kind}"})
    assert [p.severity for p in rule(tables, "id_digits_lost")] == ["error"]
    frame.astype({"patient_id": "int64"}).to_parquet(tmp_path / "cases.parquet")
    whole = check(tmp_path, visits="patient_id,visit\n12,baseline\n", of_cases={"path": "cases.parquet"})
    assert whole.cases["patient_id"].tolist() == ["9007199254740994", "12"]


@pytest.mark.parametrize("text", ["1E5", "12E03", "TRUE", "0x1F", "1_000", "#12", "N/A", "nan", "-1", "1/2", "1.5"])
def test_odd_ids_are_text_and_nothing_else(tmp_path: Path, text: str) -> None:
    tables = with_ids(tmp_path, ["P1", text], ["P1", text])
    assert tables.cases["patient_id"].tolist() == ["P1", text]
    assert tables.visits["patient_id"].tolist() == ["P1", text]
    assert no_errors(tables)


@pytest.mark.parametrize("text", ["2024-05-01", "01/05/2024", "jo.doe@example.org"])
def test_ids_that_name_somebody_stop(tmp_path: Path, text: str) -> None:
    tables = with_ids(tmp_path, ["P1", text], ["P1"])
    assert [(p.severity, p.column) for p in rule(tables, "identifier")] == [("error", "patient_id")]
    assert text not in f"{tables.problems}{tables.ledger.to_json()}"


@pytest.mark.parametrize("text", ["None", "NA", "N/A", "null", "NaN", "", "#N/A", "-99", "?", "TRUE", "arm"])
def test_an_arm_called_none_is_quarantined_and_never_missing(tmp_path: Path, text: str) -> None:
    tables = of_arms(tmp_path, "MTE", text)
    name = "undeclared_arm" if text else "missing_value"
    assert [(p.severity, p.row) for p in rule(tables, name)] == [("quarantine", 3)]
    assert tables.cases["arm"].tolist() == ["MTE"]
    declared = [*ARMS, {"id": "control", "label": "Control", "synonyms": [text or "none given"]}]
    tables = check(tmp_path, cases=f"patient_id,arm\nP1,{text or 'none given'}\n", arms=declared)
    assert tables.cases["arm"].tolist() == ["control"]


def test_variants_of_an_arm_are_noted_where_declared_and_quarantined_with_the_nearest_where_not(
    tmp_path: Path,
) -> None:
    spelt = ["MTE", "mte ", "Mte", "Manual therapy + exercise", "MANUAL  THERAPY + EXERCISE", "\u00a0MTE"]
    tables = of_arms(tmp_path, *spelt)
    assert tables.cases["arm"].tolist() == ["MTE"] * 6
    assert {(p.severity, p.value) for p in rule(tables, "synonym")} == {
        ("note", t) for t in ("mte", "Mte", "Manual therapy + exercise", "MANUAL THERAPY + EXERCISE")
    }
    for text in ("MTX", "M T E", "MT\u200bE", "MTE1", "“MTE”", "'MTE'"):
        (problem,) = rule(of_arms(tmp_path, "drug", text), "undeclared_arm")
        assert problem.severity == "quarantine"
        assert "'MTE'" in problem.message


def test_an_arm_that_differs_refuses_all_rows_of_the_patient(tmp_path: Path) -> None:
    visits = "patient_id,visit,arm,pain_nprs\nP1,baseline,drug,4\nP1,week4,block,3\nP2,baseline,block,5\n"
    tables = check(tmp_path, visits=visits)
    assert [(p.severity, p.file, p.row) for p in rule(tables, "arm_conflict")] == [
        ("quarantine", "cases.csv", 2),
        ("quarantine", "visits.csv", 2),
        ("quarantine", "visits.csv", 3),
    ]
    tables = check(tmp_path, cases="patient_id,arm\nP1,drug\nP1,block\nP2,block\n")
    assert tables.cases["patient_id"].tolist() == ["P2"]


def test_a_decimal_comma_in_a_file_with_points_is_quarantined(tmp_path: Path) -> None:
    tables = of_column(tmp_path, "pain_nprs", "3.5", "3,5")
    assert places(tables, "decimal_comma") == [("quarantine", "visits.csv", 3, "pain_nprs", "3,5")]
    assert 'decimal = ","' in rule(tables, "decimal_comma")[0].remedy
    tables = of_column(tmp_path, "pain_nprs", "3.5", "3,5", decimal=",")
    assert tables.visits["pain_nprs"].tolist() == [3.5]
    assert [p.row for p in rule(tables, "decimal_point")] == [2]


@pytest.mark.parametrize("text", ["1,000", "1.000,5", "1 000", "1\u2009000", "1\u00a0000", "1'000", "1_000", "1,2,3"])
def test_thousands_are_never_taken_apart(tmp_path: Path, text: str) -> None:
    tables = of_people(tmp_path, "symptom_duration_months", "12", text)
    assert [p.row for p in tables.problems if p.severity == "quarantine"] == [3]
    assert tables.cases["symptom_duration_months"].tolist() == [12]


def test_a_scale_of_two_lengths_asks_for_the_unit(tmp_path: Path) -> None:
    cases, visits = quality.cohort()
    at = quality.at_site(cases, visits, "S1")
    visits.loc[at, "vas"] = (visits.loc[at, "vas"] / 10).round(1)
    tables = quality.check(tmp_path, cases, visits)
    (problem,) = rule(tables, "unit_by_site")
    assert (problem.severity, problem.column) == ("error", "vas")
    assert "S1" in problem.message
    cases, visits = quality.cohort()
    visits.loc[quality.at_site(cases, visits, "S1"), "pain_nprs"] *= 10
    assert {p.column for p in rule(quality.check(tmp_path, cases, visits), "scale")} == {"pain_nprs"}


@pytest.mark.parametrize(
    ("column", "text"), [("pain_nprs", "105"), ("pain_nprs", "-3"), ("rom_rotation_left_deg", "400"), ("ndi", "51")]
)
def test_values_outside_the_range_of_the_instrument_are_quarantined(tmp_path: Path, column: str, text: str) -> None:
    tables = of_column(tmp_path, column, "5", text)
    assert places(tables, "out_of_range") == [("quarantine", "visits.csv", 3, column, text)]
    assert tables.visits[column].tolist() == [5]


def test_a_column_of_radians_stops(tmp_path: Path) -> None:
    angles = ["1.05", "0.9", "1.1", "1.2", "0.8", "1.0"]
    tables = of_column(tmp_path, "rom_rotation_left_deg", *angles)
    assert places(tables, "radians") == [("error", "visits.csv", None, "rom_rotation_left_deg", None)]


def test_degrees_are_read_off_and_ranges_are_quarantined(tmp_path: Path) -> None:
    texts = [
        "44°",
        "44 deg",
        "44º",
        "44\u00a0°",
        "44 Degrees",
        "~44",
        "40-45",
        "40–45",
        "ca. 44",
        "> 40",
        "44 mm",
        "44+",
    ]
    tables = of_column(tmp_path, "rom_flexion_deg", *texts)
    assert tables.visits["rom_flexion_deg"].tolist() == [44.0] * 5
    assert (tables.ledger["rule"] == "unit_suffix").sum() == 5
    assert [p.severity for p in rule(tables, "unit_suffix")] == ["note"] * 5
    assert [p.row for p in tables.problems if p.severity == "quarantine"] == list(range(7, 14))


@pytest.mark.parametrize(
    "text",
    [
        *("\u22123", "−3", "３", "٣", "3\u00ad5", "3\u200b", "½", "1/2", "0x5", "1_0", "5e", "5e0.5", "1e308", "1e400"),
        *(
            "NaN",
            "inf",
            "-Infinity",
            "#N/A",
            "#DIV/0!",
            "TRUE",
            "5%",
            "5 %",
            "(5)",
            "5-",
            "5*",
            "five",
            "5.",
            ".",
            "--5",
        ),
        *("5;6", "5 6", "=5", "'5", "5\n", "5\t6", "3..5", "+-5", "0" * 400 + "x"),
    ],
)
def test_what_is_no_plain_number_is_quarantined_or_read_in_full(tmp_path: Path, text: str) -> None:
    tables = of_column(tmp_path, "pain_nprs", "2", text)
    if text in ("5.", "5\n"):
        assert tables.visits["pain_nprs"].tolist() == [2, 5]
        return
    assert [p.row for p in tables.problems if p.severity == "quarantine"] == [3]
    assert tables.visits["pain_nprs"].tolist() == [2]


def test_numbers_are_read_to_the_last_digit(tmp_path: Path) -> None:
    texts = ["-0", "0." + "3" * 300, "5." + "0" * 300, "+1.50", "00007", "9" * 3 + "e-2", "10.0000000000000000000001"]
    tables = of_column(tmp_path, "pain_nprs", *texts)
    read = tables.visits["pain_nprs"].to_numpy()
    assert read.tolist() == [0, 1 / 3, 5, 1.5, 7, 9.99, 10]
    assert not np.signbit(read).any()


def test_changes_beyond_natural_variation_are_noted_and_accepted(tmp_path: Path) -> None:
    visits = (
        "patient_id,visit,day,rom_flexion_deg\nP1,baseline,0,60\nP1,week4,28,15\nP2,baseline,0,50\nP2,week4,28,52\n"
    )
    tables = check(tmp_path, visits=visits)
    assert [p.severity for p in rule(tables, "natural_variation")] == ["note"]
    assert tables.files[1].quarantined == 0


@pytest.mark.parametrize("text", ["-4", "0", "178", "1e3"])
def test_impossible_ages_are_quarantined(tmp_path: Path, text: str) -> None:
    tables = of_people(tmp_path, "age_years", "40", text)
    assert [p[:3] for p in places(tables, "out_of_range")] == [("quarantine", "cases.csv", 3)]


@pytest.mark.parametrize("text", ["93", "91", "93.0", "93 years", "120"])
def test_ages_over_90_stop_and_are_not_shown(tmp_path: Path, text: str) -> None:
    tables = of_people(tmp_path, "age_years", "40", text)
    assert [p.severity for p in rule(tables, "age_over_90")] == ["error"]
    assert "90+" in rule(tables, "age_over_90")[0].remedy
    assert text not in f"{tables.problems}{tables.ledger.to_json()}"
    assert no_errors(of_people(tmp_path, "age_years", "40", "90+"))


@pytest.mark.parametrize("column", ["dob", "date_of_birth", "Geburtsdatum", "seen_on"])
@pytest.mark.parametrize("text", ["14/03/1957", "1957-03-14", "14 March 1957", "14.3.57", "1957-03-14T00:00:00"])
def test_a_birth_date_and_any_full_date_stop(tmp_path: Path, column: str, text: str) -> None:
    tables = of_people(tmp_path, column, text, "")
    assert rule(tables, "identifier") or rule(tables, "identifier_column")
    assert not no_errors(tables)
    assert text not in f"{tables.problems}{tables.ledger.to_json()}"


DATES = {"columns": {"day": {"column": "date", "date": "dmy"}}}


def dated(folder: Path, *texts: str, **of_visits: object) -> Tables:
    rows = "".join(f"P1,{visit},{text}\n" for visit, text in zip(("baseline", "week4", "week12"), texts, strict=False))
    return check(folder, visits=f"patient_id,visit,date\n{rows}", of_visits=dict(of_visits) or DATES)


def test_a_serial_of_excel_is_quarantined_with_the_date_that_it_may_be(tmp_path: Path) -> None:
    tables = dated(tmp_path, "01/01/2024", "45292")
    assert [(p.severity, p.row) for p in rule(tables, "excel_serial")] == [("quarantine", 3)]
    assert "2024-01-01" in rule(tables, "excel_serial")[0].message


@pytest.mark.parametrize("text", ["01/02/2024", "1.2.2024", "2024-02-01", "1 Feb 2024"])
def test_a_date_without_a_declared_order_asks_for_it(tmp_path: Path, text: str) -> None:
    tables = dated(tmp_path, text, columns={"day": "date"})
    assert [(p.severity, p.column) for p in rule(tables, "date_order")] == [("error", "date")]
    assert text not in f"{tables.problems}{tables.ledger.to_json()}"


@pytest.mark.parametrize("text", ["31/02/2024", "29/02/2023", "00/01/2024", "01/13/2024", "31 Feb 2024"])
def test_a_date_that_no_calendar_has_is_quarantined(tmp_path: Path, text: str) -> None:
    tables = dated(tmp_path, "01/01/2024", text)
    assert [(p.severity, p.row) for p in rule(tables, "no_such_date")] == [("quarantine", 3)]
    assert len(tables.visits) == 1


def test_time_that_runs_backwards_is_quarantined(tmp_path: Path) -> None:
    visits = (
        "patient_id,visit,day,lesion_resolved\nP1,baseline,10,no\nP1,week4,5,yes\nP2,baseline,0,no\nP2,week4,-3,yes\n"
    )
    events = "patient_id,day,kind\nP1,-3,recurrence\nP2,3,recurrence\n"
    tables = check(tmp_path, visits=visits, events=events)
    assert [(p.severity, p.file, p.row) for p in rule(tables, "before_baseline")] == [
        ("quarantine", "visits.csv", 3),
        ("quarantine", "visits.csv", 5),
        ("quarantine", "events.csv", 2),
    ]
    tables = dated(tmp_path, "01/02/2024", "01/01/2024")
    assert [p.row for p in rule(tables, "before_baseline")] == [3]


@pytest.mark.parametrize(
    "kinds",
    [("Yes", "No"), ("TRUE", "FALSE"), ("1", "2"), ("recurrence", "2"), ("recurrence", "yes"), ("Relapse", "Died")],
)
def test_events_that_are_coded_stop_until_a_map_is_declared(tmp_path: Path, kinds: tuple[str, str]) -> None:
    events = "patient_id,day,kind\n" + "".join(f"P{i + 1},{30 + i},{kind}\n" for i, kind in enumerate(kinds))
    (problem,) = rule(check(tmp_path, events=events), "event_code")
    assert (problem.severity, problem.file, problem.column) == ("error", "events.csv", "kind")
    assert repr(kinds[1]) in problem.message
    meanings = dict(zip(kinds, ("recurrence", "crossover"), strict=True))
    mapped = check(tmp_path, events=events, of_events={"columns": {"kind": {"column": "kind", "codes": meanings}}})
    assert no_errors(mapped)
    assert mapped.events["kind"].tolist() == ["recurrence", "crossover"]


def test_an_event_that_is_misspelt_among_others_is_quarantined(tmp_path: Path) -> None:
    tables = check(tmp_path, events="patient_id,day,kind\nP1,3,crossover\nP2,4,recurence\n")
    assert no_errors(tables)
    assert "'recurrence'" in rule(tables, "undeclared_code")[0].message


def test_a_visit_given_twice_is_kept_once_or_refused_wherever_it_differs(tmp_path: Path) -> None:
    tables = check(tmp_path, visits=VISITS + "P1,week4,28,3\nP2,baseline,0,6\n")
    assert [(p.severity, p.row) for p in rule(tables, "duplicate")] == [("note", 6)]
    assert [(p.severity, p.row) for p in rule(tables, "conflicting_visit")] == [("quarantine", 4), ("quarantine", 7)]
    assert tables.files[1].quarantined == 3
    assert [p.row for p in rule(check(tmp_path, visits=VISITS + "P1,week4,28.0,3.00\n"), "duplicate")] == [6]


def test_rows_of_a_repeating_instrument_have_the_key_record_event_instance(tmp_path: Path) -> None:
    head = "record_id,redcap_repeat_instrument,redcap_repeat_instance,treatment,pain\n"
    visits = f"{head}P1,,,1,\nP1,diary,1,,4\nP1,diary,2,,2\nP2,,,2,\nP2,diary,1,,6\n"
    tables = redcap.check_visits(tmp_path, visits, **redcap.DIARY)
    assert redcap.table(tables.visits, "patient_id", "visit", "pain_nprs") == [
        ["P1", "baseline", "4.0"],
        ["P1", "week4", "2.0"],
        ["P2", "baseline", "6.0"],
    ]
    whole = redcap.check_visits(
        tmp_path, visits, columns=redcap.DIARY["columns"], visit_from=redcap.DIARY["visit_from"]
    )
    assert "several_instruments" in redcap.stops(whole)


def test_a_checkbox_of_a_form_that_was_never_filled_is_blank_and_noted(tmp_path: Path) -> None:
    tables = redcap.check(tmp_path)
    assert tables.cases["nausea"].astype(object).fillna("-").tolist() == ["yes", "-", "no"]
    assert {p.severity for p in rule(tables, "checkbox_unanswered")} == {"note"}
    alone = redcap.check(tmp_path, of_cases={"dictionary": None})
    assert {p.severity for p in rule(alone, "checkbox_alone")} == {"note"}


@pytest.mark.parametrize("twin", ["North", "NORTH", "north\u200b", "no\u00adrth", "north.", "nor th"])
def test_sites_that_are_spelt_alike_are_told(tmp_path: Path, twin: str) -> None:
    tables = of_people(tmp_path, "site", "north", twin, "south")
    assert [(p.severity, p.row, p.column) for p in rule(tables, "alike_texts")] == [("note", 2, "site")]
    codes = {"columns": {"site": {"column": "site", "codes": {twin: "north"}}}}
    assert of_people(tmp_path, "site", "north", twin, "south", of_cases=codes).problems == ()


def test_nothing_of_all_this_is_in_sound_files(tmp_path: Path) -> None:
    assert check(tmp_path, cases=CASES, visits=VISITS).problems == ()
