"""Published REDCap projects, read through the door: what comes in of each, and what stops."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from cgh_analysis.ingest import Tables, check_tables
from tests import builders, raw
from tests.redcap import table

ARMS = [
    {"id": "drug", "label": "Drug", "reference": True, "synonyms": ["Latino", "NOT Hispanic or Latino"]},
    {"id": "block", "label": "Block", "synonyms": ["Non-Latino", "Hispanic or Latino"]},
]


@pytest.fixture
def redcap(real_data: Path) -> Path:
    return real_data / "redcap"


def check(folder: Path, *, cases: dict[str, Any], visits: dict[str, Any], **parts: Any) -> Tables:
    """Check one project under a study that takes its tables from one export, and see that every record is counted."""
    common: dict[str, Any] = {"path": "data.csv", "ignore_rest": True}
    if (folder / "dictionary.csv").exists():
        common["dictionary"] = "dictionary.csv"
    sources = {"cases": common | cases, "visits": common | visits}
    tables = check_tables(builders.study(folder=folder, sources=sources, **({"arms": ARMS} | parts)))
    records = len(rows(folder))
    for count in tables.files:
        assert count.read == records == count.accepted + count.quarantined
    return tables


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "data.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def outcome(name: str, low: float, high: float) -> dict[str, Any]:
    return {"id": name, "label": name, "unit": "units", "low": low, "high": high, "better": "lower"}


def errors(tables: Tables) -> set[tuple[str, str | None]]:
    return {(p.rule, p.column) for p in tables.problems if p.severity == "error"}


CLINICAL = {
    "cases": {"columns": {"patient_id": "record_id", "arm": "ethnicity", "sex": "gender"}},
    "visits": {
        "columns": {"patient_id": "record_id", "height": "height"},
        "visit_from": {"column": "demographics_complete", "codes": {"Incomplete": "baseline", "0": "baseline"}},
    },
    "outcomes": [outcome("height", 0, 250)],
}


def test_clinical_trial_1_stops_at_what_its_dictionary_and_its_cells_call_identifiers(redcap: Path) -> None:
    open_door = {"ignore_rest": False}
    tables = check(
        redcap / "clinical-trial-1",
        cases=CLINICAL["cases"] | open_door,
        visits=CLINICAL["visits"] | open_door,
        outcomes=CLINICAL["outcomes"],
    )
    assert {"name_last", "name_first", "address", "phone", "dob", "email"} <= {column for _, column in errors(tables)}
    said = " ".join(f"{p.message} {p.value}" for p in tables.problems)
    assert "Wojdyla" not in said
    assert "aol" not in said


def test_clinical_trial_1_comes_in_without_them_with_codes_read_by_its_dictionary(redcap: Path) -> None:
    tables = check(redcap / "clinical-trial-1", **CLINICAL)
    assert errors(tables) == set()
    records = {r["record_id"]: r for r in rows(redcap / "clinical-trial-1")}
    told = {r: {"0": "drug", "1": "block"}.get(v["ethnicity"]) for r, v in records.items()}
    assert dict(zip(tables.cases["patient_id"], tables.cases["arm"], strict=True)) == {
        r: arm for r, arm in told.items() if arm is not None
    }
    sexes = dict(zip(tables.cases["patient_id"], tables.cases["sex"], strict=True))
    assert sexes == {r: {"0": "female", "1": "male"}[records[r]["gender"]] for r in sexes}
    refused = {p.value for p in raw.rule(tables, "undeclared_arm")}
    assert refused <= {"Missing"}
    assert len(tables.visits) == len(tables.cases) > 50


EVENTS = {
    "enrollment_arm_1": "baseline",
    "visit_1_arm_1": "week4",
    "visit_2_arm_1": "week12",
    "enrollment_arm_2": "baseline",
    "first_visit_arm_2": "week4",
}


def longitudinal(redcap: Path, **changed: Any) -> Tables:
    parts: dict[str, Any] = {
        "cases": {
            "columns": {
                "patient_id": "study_id",
                "arm": {
                    "column": "redcap_event_name",
                    "codes": {"enrollment_arm_1": "drug", "enrollment_arm_2": "block"},
                },
                "sex": "sex",
                "nausea": "meds___1",
                "dizziness": "meds___4",
            },
            "where": {"redcap_event_name": ["enrollment_arm_1", "enrollment_arm_2"]},
        },
        "visits": {
            "columns": {"patient_id": "study_id", "prealbumin": "vbw1", "morale": "pmq2"},
            "visit_from": {"column": "redcap_event_name", "codes": EVENTS},
            "where": {"redcap_event_name": list(EVENTS)},
        },
        "outcomes": [outcome("prealbumin", 0, 1000), outcome("morale", 0, 5)],
    }
    return check(redcap / "longitudinal", **(parts | changed))


def test_longitudinal_events_become_visits(redcap: Path) -> None:
    tables = longitudinal(redcap)
    assert errors(tables) == set()
    assert tables.cases[["patient_id", "arm"]].astype(str).to_numpy().tolist() == [
        ["100", "drug"],
        ["220", "drug"],
        ["304", "block"],
    ]
    told = {
        (r["study_id"], EVENTS[r["redcap_event_name"]]): r["vbw1"] and float(r["vbw1"])
        for r in rows(redcap / "longitudinal")
        if r["redcap_event_name"] in EVENTS
    }
    seen = tables.visits[["patient_id", "visit", "prealbumin"]].astype(object)
    assert {(p, v): x for p, v, x in seen.where(seen.notna(), "").to_numpy().tolist()} == told


def test_longitudinal_flags_and_sexes_are_read_by_the_dictionary(redcap: Path) -> None:
    cases = longitudinal(redcap).cases.set_index("patient_id").astype(str)
    told = [r for r in rows(redcap / "longitudinal") if r["sex"]]
    assert cases["sex"].to_dict() == {r["study_id"]: {"0": "female", "1": "male"}[r["sex"]] for r in told}
    for column, flag in (("meds___1", "nausea"), ("meds___4", "dizziness")):
        assert cases[flag].to_dict() == {r["study_id"]: {"0": "no", "1": "yes"}[r[column]] for r in told}


def test_longitudinal_events_are_not_taken_for_arms_without_a_word(redcap: Path) -> None:
    (said,) = raw.rule(longitudinal(redcap), "arm_of_event")
    assert (said.severity, said.column) == ("note", "redcap_event_name")


PRESSURE = {
    "cases": {
        "columns": {"patient_id": "record_id", "arm": "ethnicity", "sex": "sex"},
        "where": {"redcap_repeat_instrument": ""},
    },
    "visits": {
        "columns": {"patient_id": "record_id", "systolic": "bp_systolic", "diastolic": "bp_diastolic"},
        "where": {"redcap_repeat_instrument": "bp"},
        "visit_from": {
            "column": "redcap_repeat_instance",
            "codes": {"1": "baseline", "2": "week4", "3": "week12"},
        },
    },
    "outcomes": [outcome("systolic", 50, 250), outcome("diastolic", 20, 200)],
}


def test_repeating_instruments_instances_become_visits(redcap: Path) -> None:
    tables = check(redcap / "repeating-instruments", **PRESSURE)
    assert errors(tables) == set()
    assert tables.cases.astype(str).to_numpy().tolist() == [["1", "drug", "female"], ["2", "block", "male"]]
    assert tables.visits.astype({"visit": str})[["patient_id", "visit", "systolic"]].to_numpy().tolist() == [
        ["1", "baseline", 110],
        ["1", "week4", 111],
        ["1", "week12", 112],
        ["2", "baseline", 114],
    ]


def test_repeating_instruments_without_where_stop_with_what_to_write(redcap: Path) -> None:
    silent = {**PRESSURE, "visits": {**PRESSURE["visits"], "where": {}}}
    (said,) = raw.rule(check(redcap / "repeating-instruments", **silent), "several_instruments")
    assert said.severity == "error"
    assert "the record itself, 'bp'" in said.message
    assert 'where = { redcap_repeat_instrument = "bp" }' in said.remedy


BOXES = {f"check_one___{i}": flag for i, flag in enumerate(("nausea", "dizziness", "arm_pain", "neck_pain"), start=1)}
BOXES |= {
    f"check_two___{c}": f
    for c, f in zip("abcde", ("nsaid", "migraine", "photophobia", "throbbing", "side_locked"), strict=True)
}


def checkboxes(redcap: Path) -> Tables:
    return check(
        redcap / "checkboxes-1",
        cases={
            "columns": {
                "patient_id": "record_id",
                "arm": {"column": "form_1_complete", "codes": {"Incomplete": "drug"}},
                **{flag: column for column, flag in BOXES.items()},
            }
        },
        visits={
            "columns": {"patient_id": "record_id"},
            "visit_from": {"column": "form_1_complete", "codes": {"0": "baseline"}},
        },
    )


def test_checkboxes_hold_what_their_project_says_that_they_should(redcap: Path) -> None:
    """The project's own `desired_result` is taken at its word but for record 3.

    It wants blanks there for a form that is marked as complete, and names a value of 1 that the data do not have.
    """
    tables = checkboxes(redcap)
    assert errors(tables) == set()
    signs = {"yes": "1", "no": "0", "": "."}
    codes = {p: "".join(map(signs.get, flags)) for p, *flags in table(tables.cases, "patient_id", *BOXES.values())}
    assert codes == {"1": "1000" + "10100", "2": "...." + "01010", "3": "1111" + "00000", "4": "." * 9}


def test_checkboxes_that_were_read_as_blank_are_in_the_ledger(redcap: Path) -> None:
    ledger = checkboxes(redcap).ledger
    rows = ledger.loc[ledger["rule"] == "checkbox_unanswered"].groupby("row")["column"].agg(list).to_dict()
    assert rows == {3: [c for c in BOXES if c.startswith("check_one")], 5: list(BOXES)}
    assert set(ledger["value"]) == {"0"}


DECIMALS = {
    "cases": {
        "columns": {"patient_id": "record_id", "arm": {"column": "demographics_complete", "codes": {"2": "drug"}}}
    },
    "visits": {
        "columns": {"patient_id": "record_id", "height": "height", "weight": "weight"},
        "visit_from": {"column": "demographics_complete", "codes": {"2": "baseline"}},
    },
    "outcomes": [outcome("height", 0, 3), outcome("weight", 0, 300)],
}


def test_decimal_commas_come_in_where_they_are_declared(redcap: Path) -> None:
    declared = {**DECIMALS, "visits": {**DECIMALS["visits"], "decimal": ","}}
    tables = check(redcap / "decimal-comma", **declared)
    assert errors(tables) == set()
    assert tables.visits["height"].tolist() == [1.54, 1.84, 1.95, 1.61]


def test_decimal_commas_that_are_not_declared_are_refused(redcap: Path) -> None:
    tables = check(redcap / "decimal-comma", **DECIMALS)
    assert {p.value for p in raw.rule(tables, "decimal_comma")} >= {"1,54", "52,3"}
    assert len(tables.visits) == 0


def test_both_decimal_signs_in_one_source_do_not_come_in_together(redcap: Path) -> None:
    columns = {**DECIMALS["visits"]["columns"], "bmi": "bmi"}
    both = {
        "cases": DECIMALS["cases"],
        "visits": {**DECIMALS["visits"], "columns": columns, "decimal": ","},
        "outcomes": [*DECIMALS["outcomes"], outcome("bmi", 0, 60)],
    }
    assert {p.value for p in raw.rule(check(redcap / "decimal-comma", **both), "decimal_point")} == {
        "22.1",
        "27.3",
        "32.5",
        "17.7",
    }


def test_cells_from_before_validation_are_refused_where_they_are_read(redcap: Path) -> None:
    tables = check(
        redcap / "potentially-problematic-values",
        cases={"columns": {"patient_id": "record_id", "arm": {"column": "form_1_complete", "codes": {"2": "drug"}}}},
        visits={
            "columns": {"patient_id": "record_id", "count": "integer_before_validation"},
            "visit_from": {"column": "form_1_complete", "codes": {"2": "baseline"}},
        },
        outcomes=[outcome("count", 0, 10)],
    )
    assert [row for _, _, row, _, _ in raw.places(tables, "not_a_number")] == [2, 3]
    assert [p.column for p in raw.rule(tables, "not_validated")] == ["integer_before_validation"]
    assert len(tables.cases) == 2


def test_cells_from_before_validation_are_only_told_where_they_are_not_read(redcap: Path) -> None:
    common = {"ignore_rest": False, "ignore": ["time_1"]}
    tables = check(
        redcap / "potentially-problematic-values",
        cases={"columns": {"patient_id": "record_id", "arm": {"column": "form_1_complete", "codes": {"2": "drug"}}}}
        | common,
        visits={
            "columns": {"patient_id": "record_id"},
            "visit_from": {"column": "form_1_complete", "codes": {"2": "baseline"}},
        }
        | common,
    )
    assert errors(tables) == set()
    said = {p.column: p.message for p in raw.rule(tables, "not_validated")}
    assert set(said) == {"date_before_validation", "integer_before_validation"}
    assert "a whole number" in said["integer_before_validation"]
    assert (len(tables.cases), len(tables.visits)) == (2, 2)


def test_every_type_of_field_is_known_and_an_empty_record_is_blank(redcap: Path) -> None:
    tables = check(
        redcap / "validation-types-1",
        cases={
            "columns": {
                "patient_id": "record_id",
                "arm": {"column": "form_1_complete", "codes": {"Incomplete": "drug"}},
                "nausea": "f_checkbox___0",
                "dizziness": "f_yes_no",
                "arm_pain": "f_true_false",
            }
        },
        visits={
            "columns": {"patient_id": "record_id", "slider": "f_slider", "comma": "v_number_comma_decimal"},
            "visit_from": {"column": "form_1_complete", "codes": {"Incomplete": "baseline"}},
        },
        outcomes=[outcome("slider", -1, 101), outcome("comma", 0, 1)],
    )
    assert errors(tables) == set()
    assert tables.cases[["nausea", "dizziness", "arm_pain"]].isna().all(axis=None)
    assert [p.column for p in raw.rule(tables, "checkbox_unanswered")] == ["f_checkbox___0"]


def test_identifiers_by_name_stop_where_every_type_of_field_comes_in(redcap: Path) -> None:
    columns = {"patient_id": "record_id", "arm": {"column": "form_1_complete", "codes": {"Incomplete": "drug"}}}
    visits = {
        "columns": {"patient_id": "record_id"},
        "visit_from": {"column": "form_1_complete", "codes": {"Incomplete": "baseline"}},
    }
    tables = check(
        redcap / "validation-types-1",
        cases={"columns": columns, "ignore_rest": False},
        visits=visits | {"ignore_rest": False},
    )
    assert {"v_email", "v_ssn", "v_phone", "v_zipcode"} <= {column for _, column in errors(tables)}


def test_dates_of_events_become_days_since_the_first(redcap: Path) -> None:
    tables = check(
        redcap / "arm-single-longitudinal",
        cases={
            "columns": {"patient_id": "record_id", "arm": {"column": "collection_complete", "codes": {"2": "drug"}}},
            "where": {"redcap_event_name": "intake_arm_1"},
        },
        visits={
            "columns": {
                "patient_id": "record_id",
                "weight": "weight",
                "day": {"column": "interview_date", "date": "ymd"},
            },
            "visit_from": {
                "column": "redcap_event_name",
                "codes": {"intake_arm_1": "baseline", "dischage_arm_1": "week4", "follow_up_arm_1": "week12"},
            },
        },
        outcomes=[outcome("weight", 0, 200)],
    )
    assert errors(tables) == set()
    assert tables.visits["day"].tolist() == [0, 1, 2] * 3
    assert tables.visits["weight"].tolist() == [11, 12, 13, 21, 22, 23, 31, 32, 33]
