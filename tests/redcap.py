"""A small REDCap project written out by hand: its dictionary, an export, and how a study takes it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from cgh_analysis.ingest import Tables
from cgh_analysis.ingest.redcap.dictionary import HEADERS
from tests import raw

PAGE = [spellings[0] for spellings in HEADERS.values()]
API = [spellings[1] for spellings in HEADERS.values()]
DICTIONARY = [
    ["record_id", "start", "text", "Record ID"],
    ["treatment", "start", "radio", "Treatment", "1, Drug | 2, Block"],
    ["gender", "start", "dropdown", "Gender", "0, Female | 1, Male | -99, Other"],
    ["years", "start", "text", "Age (years)", "", "integer", "18", "90"],
    ["stiff", "start", "yesno", "Stiff neck?"],
    ["mail", "start", "text", "Contact", "", "email", "", "", "y"],
    ["feels", "symptoms", "checkbox", "Feels", "1, Nausea | B, Dizziness | -99, Unknown"],
    ["other", "symptoms", "notes", "Other"],
    ["pain", "diary", "text", "Pain", "", "number", "0", "10"],
    ["score", "diary", "calc", "Score", "[pain] * 2"],
    ["taken", "diary", "text", "Date", "", "date_dmy"],
]
HEAD = "record_id,treatment,gender,years,stiff,feels___1,feels___b,feels____99,start_complete,symptoms_complete\n"
CASES = HEAD + "P1,1,0,40,1,1,0,0,2,2\nP2,2,1,50,0,0,0,0,2,0\nP3,1,-99,60,,0,1,0,2,2\n"
COLUMNS = {"patient_id": "record_id", "arm": "treatment", "sex": "gender", "age_years": "years"}
FLAGS = {"neck_stiffness": "stiff", "nausea": "feels___1", "dizziness": "feels___b"}
OF_CASES = {"dictionary": "dict.csv", "columns": COLUMNS | FLAGS, "ignore_rest": True}
LONG = {"columns": {"patient_id": "record_id"}, "ignore_rest": True, "dictionary": "dict.csv"}
DIARY = {
    "columns": {"patient_id": "record_id", "pain_nprs": "pain"},
    "visit_from": {"column": "redcap_repeat_instance", "codes": {"1": "baseline", "2": "week4"}},
    "where": {"redcap_repeat_instrument": "diary"},
}


def written(rows: list[list[str]], headers: list[str] = PAGE, delimiter: str = ",") -> bytes:
    """Write a dictionary; rows are padded, for most fields leave most cells blank."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([row + [""] * (len(headers) - len(row)) for row in rows])
    return text.getvalue().encode("utf-8")


def check(folder: Path, cases: str = CASES, *, dictionary: list[list[str]] = DICTIONARY, **parts: Any) -> Tables:
    """Check an export of cases beside its dictionary."""
    (folder / "dict.csv").write_bytes(written(dictionary))
    of_cases = OF_CASES | parts.pop("of_cases", {})
    return raw.check(folder, cases=cases, of_cases=of_cases, **parts)


def check_visits(folder: Path, visits: str, **of_visits: Any) -> Tables:
    return check(folder, visits=visits, of_visits=LONG | of_visits)


def stops(tables: Tables) -> list[str]:
    return [p.rule for p in tables.problems if p.severity == "error"]


def told(tables: Tables, name: str) -> tuple[str, str]:
    """Return message and remedy of the only problem of a rule."""
    (problem,) = raw.rule(tables, name)
    return problem.message, problem.remedy


def table(frame: pd.DataFrame, *names: str) -> list[list[str]]:
    told = frame[list(names)].astype(object)
    return told.where(told.notna(), "").astype(str).to_numpy().tolist()
