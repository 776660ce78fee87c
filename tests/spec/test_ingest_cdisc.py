"""The CDISC pilot through the same door: ADSL, ADTTE (0 is an event there) and ADQS (several records a visit)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cgh_analysis as cgh
from cgh_analysis.ingest import Tables, check_tables
from tests import builders
from tests.raw import no_errors, rule

ARMS = [
    {"id": "placebo", "label": "Placebo", "reference": True},
    {"id": "low", "label": "Xanomeline Low Dose"},
    {"id": "high", "label": "Xanomeline High Dose"},
]
SEX = {"column": "SEX", "codes": {"F": "female", "M": "male"}}
CASES = {
    "path": "cdisc/adtte.csv",
    "ignore_rest": True,
    "where": {"PARAMCD": "TTDE"},
    "columns": {
        "patient_id": "USUBJID",
        "arm": "TRTP",
        "age_years": "AGE",
        "sex": SEX,
        "site": "SITEID",
        "days": "AVAL",
        "skin_event": {"column": "CNSR", "codes": {"0": "yes", "1": "no"}},
    },
}
VISITS = {
    "path": "cdisc/adqscibc.csv",
    "ignore_rest": True,
    "where": {"ANL01FL": "Y", "DTYPE": ""},
    "spread": {"names": "PARAMCD", "values": "AVAL", "by": ["USUBJID", "AVISIT"]},
    "columns": {
        "patient_id": "USUBJID",
        "visit": "AVISIT",
        "day": {"column": "ADY", "unit": "study day"},
        "cibic": "CIBICVAL",
    },
}


def read(folder: Path, cases: dict[str, Any] = CASES, visits: dict[str, Any] = VISITS) -> Tables:
    study = builders.study(
        folder=folder,
        sources={"cases": cases, "visits": visits},
        arms=ARMS,
        visits=[{"id": "baseline", "day": 0}, *({"id": f"Week {w}", "day": 7 * w} for w in (8, 16, 24))],
        outcomes=[{"id": "cibic", "label": "CIBIC+", "unit": "points", "low": 1, "high": 7, "better": "lower"}],
        covariates=[
            {"id": "days", "label": "Days to the first event of the skin", "low": 1, "high": 400},
            {"id": "skin_event", "label": "Event of the skin", "codes": ["no", "yes"]},
        ],
        analyses=[],
        resolution=None,
    )
    return check_tables(study)


def test_events_by_arm_and_the_published_tests(real_data: Path) -> None:
    tables = read(real_data)
    assert no_errors(tables)
    cases = tables.cases.assign(event=(tables.cases["skin_event"] == "yes").astype(int))
    by_arm = cases.groupby("arm", observed=True)["event"].agg(["sum", "size"])
    assert by_arm.T.to_dict("list") == {"placebo": [29, 86], "low": [62, 84], "high": [61, 84]}
    test = cgh.logrank(cases, time="days", event="event", by="arm")
    assert test["statistic"].iloc[0] == pytest.approx(60.27, abs=0.005)
    assert test["df"].iloc[0] == 2
    fit = cgh.cox("C(arm, contr.treatment('placebo'))", cases, time="days", event="event")
    ratios = fit.coefficients()[["hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"]]
    assert ratios.round(2).to_numpy().tolist() == [[4.15, 2.65, 6.50], [5.03, 3.18, 7.94]]


def test_one_record_a_visit_and_nothing_lost(real_data: Path) -> None:
    tables = read(real_data)
    raw = pd.read_csv(real_data / VISITS["path"], dtype=str, keep_default_na=False)
    used = raw.loc[(raw["ANL01FL"] == "Y") & (raw["DTYPE"] == "")]
    count = tables.files[1]
    assert (count.read, count.accepted) == (len(raw), len(used) - len(rule(tables, "before_baseline")))
    assert len(tables.visits) == len(used.groupby(["USUBJID", "AVISIT"]))
    assert tables.visits["cibic"].mean() == pytest.approx(used["AVAL"].astype(float).mean(), abs=1e-12)
    first = tables.visits.iloc[0]
    assert (first["visit"], first["day"]) == ("Week 8", 62.0)


def test_forgetting_the_analysis_flag_is_noticed(real_data: Path) -> None:
    tables = read(real_data, visits={k: v for k, v in VISITS.items() if k != "where"})
    assert rule(tables, "conflicting_value")


def test_subjects_of_adsl(real_data: Path) -> None:
    adsl = {
        "path": "cdisc/adsl.csv",
        "ignore_rest": True,
        "where": {"ITTFL": "Y"},
        "columns": {"patient_id": "USUBJID", "arm": "TRT01P", "age_years": "AGE", "sex": SEX, "site": "SITEID"},
    }
    tables = read(real_data, cases=adsl)
    assert no_errors(tables)
    assert tables.cases["arm"].value_counts().to_dict() == {"placebo": 86, "low": 84, "high": 84}
    assert tables.files[0].read == tables.files[0].accepted == 254
