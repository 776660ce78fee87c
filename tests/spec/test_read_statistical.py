"""SPSS, Stata and SAS: codes as text with their labels beside them, what is declared missing told, records counted."""

import datetime
import io
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cgh_analysis.ingest import READERS
from cgh_analysis.ingest.readers import limits
from cgh_analysis.ingest.readers.statistical.epochs import SAS, STATA
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source
from tests.raw import check, no_errors, places, rule
from tests.sas7bdat import mark, sas7bdat

KINDS = [".sav", ".zsav", ".dta", ".xpt"]
SEX = {1.0: "male", 2.0: "female"}
ARM = {0.0: "drug", 1.0: "block"}
FRAME = pd.DataFrame(
    {
        "patient_id": ["P1", "P2", "P3"],
        "arm": [0.0, 1.0, 0.0],
        "symptom_duration_months": [40.0, 50.5, np.nan],
        "sex": [2.0, 1.0, 2.0],
    }
)


def packed(folder: Path, kind: str, frame: pd.DataFrame, **how: Any) -> bytes:
    """Write a frame as one kind of file, and return its bytes."""
    path = folder / f"made{kind}"
    if kind == ".zsav":
        how["compress"] = True
    writers = {".sav": pyreadstat.write_sav, ".zsav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}
    writers.get(kind, pyreadstat.write_xport)(frame, str(path), **how)
    return path.read_bytes()


def read(data: bytes, kind: str, **source: Any) -> Sheet:
    return READERS[kind](data, Source(path=f"a{kind}", **source))


def rules(sheet: Sheet) -> list[str]:
    return [f.rule for f in sheet.findings]


def texts(sheet: Sheet, name: str) -> list[str]:
    return list(sheet.columns[name].values)


@pytest.mark.parametrize("kind", KINDS)
def test_cells_are_codes_as_a_csv_would_have_them(tmp_path: Path, kind: str) -> None:
    sheet = read(packed(tmp_path, kind, FRAME, column_labels={"sex": "Sex at birth"}), kind)
    assert not sheet.findings
    assert (sheet.read, sheet.rows.tolist()) == (3, [1, 2, 3])
    assert [texts(sheet, name) for name in FRAME] == [
        ["P1", "P2", "P3"],
        ["0", "1", "0"],
        ["40", "50.5", ""],
        ["2", "1", "2"],
    ]
    assert sheet.titles == {"sex": "Sex at birth"}


@pytest.mark.parametrize("kind", [".sav", ".zsav", ".dta"])
def test_value_labels_go_by_the_text_of_the_code(tmp_path: Path, kind: str) -> None:
    codes = {code: FRAME[code].astype("int32") for code in ("arm", "sex")} if kind == ".dta" else {}
    labels = {"arm": ARM, "sex": SEX}
    if kind == ".dta":
        labels = {name: {int(k): v for k, v in of.items()} for name, of in labels.items()}
    data = packed(tmp_path, kind, FRAME.assign(**codes), variable_value_labels=labels)
    sheet = read(data, kind)
    assert sheet.labels == {"arm": {"0": "drug", "1": "block"}, "sex": {"1": "male", "2": "female"}}
    (tmp_path / f"cases{kind}").write_bytes(data)
    labelled = check(tmp_path, of_cases={"path": f"cases{kind}"})
    as_csv = "P1,drug,40,female\nP2,block,50.5,male\nP3,drug,,female\n"
    written = check(tmp_path, cases=f"{','.join(FRAME)}\n{as_csv}")
    assert no_errors(labelled)
    pd.testing.assert_frame_equal(labelled.cases, written.cases)


@pytest.mark.parametrize("sign", [".", ",", "detect"])
def test_numbers_are_read_right_whatever_decimal_sign_the_study_declares(tmp_path: Path, sign: str) -> None:
    labels = {"arm": ARM, "sex": SEX}
    (tmp_path / "cases.sav").write_bytes(packed(tmp_path, ".sav", FRAME, variable_value_labels=labels))
    tables = check(tmp_path, of_cases={"path": "cases.sav", "decimal": sign})
    assert no_errors(tables)
    assert tables.cases["symptom_duration_months"].tolist()[:2] == [40.0, 50.5]


def test_what_spss_declares_missing_is_blank_and_stands_in_the_ledger(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "NK", "d"], "x": [1.0, 99.0, -5.0, np.nan], "y": [1.5, 2.5, 3.5, 4.5]})
    missing = {"x": [{"lo": -10, "hi": 0}, 99], "id": ["NK"], "y": [4.5]}
    labelled = {"x": {1.0: "one", 99.0: "refused"}}
    sheet = read(packed(tmp_path, ".sav", frame, missing_ranges=missing, variable_value_labels=labelled), ".sav")
    assert [texts(sheet, name) for name in frame] == [["a", "b", "", "d"], ["1", "", "", ""], ["1.5", "2.5", "3.5", ""]]
    assert [(f.rule, f.column, f.rows.tolist(), f.values) for f in sheet.findings] == [
        ("declared_missing", "id", [3], ("NK",)),
        ("declared_missing", "x", [2, 3], ("99", "-5")),
        ("declared_missing", "y", [4], ("4.5",)),
    ]
    assert "'-5', '99'" in sheet.findings[1].message
    assert sheet.labels == {"x": {"1": "one"}}, "what is missing is no code"
    assert [row[:5] for row in sheet.findings[1].ledger()] == [
        ("a.sav", 2, "x", "declared_missing", "note"),
        ("a.sav", 3, "x", "declared_missing", "note"),
    ]


def test_a_declared_missing_value_that_could_name_somebody_is_not_shown(tmp_path: Path) -> None:
    frame = pd.DataFrame({"t": ["a@b.org", "x"]})
    sheet = read(packed(tmp_path, ".sav", frame, missing_ranges={"t": ["a@b.org"]}), ".sav")
    assert sheet.findings[0].values == ("***",)
    assert "b.org" not in sheet.findings[0].message


def test_marks_of_stata_are_blank_and_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5, 123456.0, 2.0], "n": np.array([1, 77777777, 2], dtype="int32")})
    data = packed(tmp_path, ".dta", frame).replace(struct.pack("<d", 123456.0), struct.pack("<Q", 0x7FE0010000000000))
    sheet = read(data.replace(struct.pack("<i", 77777777), struct.pack("<i", 2147483624)), ".dta")
    assert [texts(sheet, "x"), texts(sheet, "n")] == [["1.5", "", "2"], ["1", "", "2"]]
    assert [(f.rule, f.column, f.rows.tolist(), f.values) for f in sheet.findings] == [
        ("declared_missing", "x", [2], (".a",)),
        ("declared_missing", "n", [2], (".c",)),
    ]


def test_marks_of_sas_are_blank_and_told(tmp_path: Path) -> None:
    data = packed(tmp_path, ".xpt", pd.DataFrame({"x": [1.5, 123456.0, np.nan]}), file_format_version=5)
    marked = data.replace(bytes.fromhex("451e240000000000"), b"A" + bytes(7))
    assert marked != data
    sheet = read(marked, ".xpt")
    assert texts(sheet, "x") == ["1.5", "", ""]
    assert [(f.column, f.rows.tolist(), f.values) for f in sheet.findings] == [("x", [2], (".A",))]


@pytest.mark.parametrize("kind", KINDS)
def test_dates_are_iso_and_marked(tmp_path: Path, kind: str) -> None:
    moments = pd.to_datetime(["2020-01-02 03:04:05", None, "1959-12-31 23:59:59"])
    frame = pd.DataFrame({"day": [datetime.date(2020, 1, 2), None, datetime.date(1583, 1, 1)], "at": moments, "n": 1.0})
    sheet = read(packed(tmp_path, kind, frame), kind)
    assert texts(sheet, "day") == ["2020-01-02", "", "1583-01-01"]
    assert texts(sheet, "at") == ["2020-01-02T03:04:05", "", "1959-12-31T23:59:59"]
    assert {name: mask.tolist() for name, mask in sheet.real_dates.items()} == {
        "day": [True, False, True],
        "at": [True, False, True],
    }


def test_times_of_day_are_clocks_and_no_dates(tmp_path: Path) -> None:
    frame = pd.DataFrame({"t": [datetime.time(1, 2, 3), None], "id": ["a", "b"]})
    sheet = read(packed(tmp_path, ".sav", frame), ".sav")
    assert texts(sheet, "t") == ["01:02:03", ""]
    assert not sheet.real_dates


@pytest.mark.parametrize(
    ("name", "kind"),
    [("DATE9", "date"), ("YYMMDDN8", "date"), ("MONYY7", "date"), ("DATETIME22.3", "datetime"), ("TIME8", "time")],
)
def test_formats_of_sas_that_are_dates(name: str, kind: str) -> None:
    assert SAS.kind(name) == kind


@pytest.mark.parametrize("name", ["BEST12", "F8.2", "TIMEPT", "DAYS", "$CHAR10", None])
def test_formats_of_sas_that_are_none(name: str | None) -> None:
    assert SAS.kind(name) is None


def test_formats_of_stata() -> None:
    assert [STATA.kind(f) for f in ("%td", "%d", "%tdCCYY-NN-DD", "%tc", "%tcHH:MM:SS", "%9.0g", "%tm")] == [
        *("date", "date", "date", "datetime", "time"),
        *(None, None),
    ]


def test_numbers_of_four_bytes_are_the_digits_that_were_given(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.1, 2.5]})
    path = tmp_path / "single.dta"
    frame.astype("float32").to_stata(path, write_index=False, version=118)
    assert texts(read(path.read_bytes(), ".dta"), "x") == ["0.1", "2.5"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_cut_is_never_read_in_part(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"id": [f"P{i}" for i in range(20)], "x": np.arange(20) / 7})
    data = packed(tmp_path, kind, frame)
    for cut in range(1, len(data), 7):
        sheet = read(data[:cut], kind)
        assert (rules(sheet), sheet.columns) == (["unreadable"], {}), cut


def test_a_transport_file_cut_between_two_records_is_found_by_its_own_count(tmp_path: Path) -> None:
    data = packed(tmp_path, ".xpt", pd.DataFrame({"x": np.arange(50) / 7}))
    assert "50 records, and holds" in read(data[:-80], ".xpt").findings[0].message
    old = packed(tmp_path, ".xpt", pd.DataFrame({"x": np.arange(50) / 7}), file_format_version=5)
    assert read(old, ".xpt").read == 50


def test_two_data_sets_in_one_transport_file_are_refused(tmp_path: Path) -> None:
    data = packed(tmp_path, ".xpt", pd.DataFrame({"x": [1.0]}), file_format_version=5)
    assert rules(read(data + data[240:], ".xpt")) == ["several_sets"]


@pytest.mark.parametrize("how", [{}, {"row_compress": True}, {"compress": True}])
@pytest.mark.parametrize("stated", [0, 3, 19, 21, 1000])
def test_a_header_that_states_another_number_of_cases_stops(tmp_path: Path, how: dict[str, bool], stated: int) -> None:
    data = packed(tmp_path, ".sav", pd.DataFrame({"x": np.arange(20.0)}), **how)
    sheet = read(data[:80] + struct.pack("<i", stated) + data[84:], ".sav")
    assert rules(sheet) == ["unreadable"]
    assert f"{stated} records, and holds 20" in sheet.findings[0].message
    unknown = read(data[:80] + struct.pack("<i", -1) + data[84:], ".sav")
    assert (rules(unknown), unknown.read) == ([], 20)


@pytest.mark.parametrize("version", [8, 10, 12, 13, 15])
@pytest.mark.parametrize("stated", [0, 5, 19, 21])
def test_a_stata_file_that_states_another_number_of_records_stops(tmp_path: Path, version: int, stated: int) -> None:
    frame = pd.DataFrame({"x": np.arange(20, dtype="int32"), "id": [f"P{i}" for i in range(20)]})
    data = packed(tmp_path, ".dta", frame, version=version, variable_value_labels={"x": {1: "one"}})
    assert (rules(read(data, ".dta")), read(data, ".dta").read) == ([], 20)
    at = data.index(b"<N>") + 3 if version > 12 else 6
    assert data[at] == 20
    told = "unreadable" if stated or version < 13 else "header_only"
    assert rules(read(data[:at] + bytes([stated]) + data[at + 1 :], ".dta")) == [told]


@pytest.mark.parametrize("kind", [*KINDS, ".sas7bdat"])
def test_spoilt_files_are_told_in_words_without_a_cell(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"mail": ["a.person@example.org"] * 4, "x": [1.0, 2.0, 3.0, 4.0]})
    data = sas7bdat(frame) if kind == ".sas7bdat" else packed(tmp_path, kind, frame)
    assert rules(read(b"", kind)) == ["empty"]
    assert rules(read(b"\0" * 2000, kind)) == ["unreadable"]
    rng = np.random.default_rng(1)
    for place in rng.integers(0, len(data), 150):
        spoilt = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        told = " ".join(f"{f.message} {f.remedy} {f.values}" for f in read(spoilt, kind).findings)
        assert "example.org" not in told


def test_a_dictionary_that_lies_is_refused_before_a_library_in_c_trusts_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "long": ["t" * 40, "u"], "n": [1.0, 2.0]})
    labels = {"n": {1.0: "one"}, "id": {"a": "first"}}
    data = packed(tmp_path, ".sav", frame, variable_value_labels=labels, missing_ranges={"n": [9]}, note="x")
    end = data.index(struct.pack("<ii", 999, 0))
    for place in range(64, end + 8):
        sheet = read(data[:place] + bytes([data[place] ^ 0x80]) + data[place + 1 :], ".sav")
        assert sheet.columns or {f.kind.severity for f in sheet.findings} == {"error"}


@pytest.mark.parametrize(
    ("place", "value"),
    # a text without the places it needs, labels of a column that is not there, a number shown as text
    [(180, 43), (307, 2), (258, 1), (244, 1)],
)
def test_lies_that_have_crashed_the_library_are_refused(tmp_path: Path, place: int, value: int) -> None:
    frame = pd.DataFrame({"id": [f"P{i}" for i in range(30)], "x": np.arange(30) / 7, "n": np.arange(30.0)})
    data = packed(tmp_path, ".sav", frame, variable_value_labels={"n": {1.0: "one"}, "x": {1.0: "one"}}, note="x")
    spoilt = data[:place] + bytes([value]) + data[place + 1 :]
    assert rules(read(spoilt, ".sav")) == ["unreadable"]


def test_a_stata_file_that_claims_more_variables_than_it_has_room_for_is_refused(tmp_path: Path) -> None:
    data = packed(tmp_path, ".dta", FRAME)
    at = data.index(b"<K>") + 3
    assert rules(read(data[: at + 3] + bytes([33]) + data[at + 4 :], ".dta")) == ["unreadable"]


def test_an_error_of_the_library_that_quotes_a_cell_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def quote(*_args: object, **_more: object) -> None:
        raise pyreadstat.PyreadstatError("STRING type with value 'a.person@example.org'")

    monkeypatch.setattr(pyreadstat, "read_sav", quote)
    (finding,) = read(b"$FL2" + bytes(200), ".sav").findings
    assert finding.rule == "unreadable"
    assert "example.org" not in finding.message


def test_limits_hold_before_the_whole_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(tmp_path, ".zsav", pd.DataFrame({f"x{i}": np.zeros(20_000) for i in range(50)}))
    assert rules(read(data, ".zsav")) == ["oversize"]
    lie = data[:80] + struct.pack("<i", 10) + data[84:]
    assert rules(read(lie, ".zsav")) == ["oversize"], "what the header hides is counted no further than the limit"
    monkeypatch.setattr(limits, "MOST_CELLS", 5)
    assert rules(read(packed(tmp_path, ".dta", FRAME), ".dta")) == ["oversize"]
    wide = pd.DataFrame({f"c{i}": [1.0] for i in range(limits.MOST_COLUMNS + 1)})
    assert rules(read(packed(tmp_path, ".sav", wide), ".sav")) == ["oversize"]


def test_many_columns_are_read_in_turn(tmp_path: Path) -> None:
    wide = pd.DataFrame({f"c{i}": [float(i), 0.5] for i in range(600)})
    sheet = read(packed(tmp_path, ".sav", wide), ".sav")
    assert [texts(sheet, f"c{i}")[0] for i in (0, 255, 256, 599)] == ["0", "255", "256", "599"]
    assert list(sheet.columns) == list(wide)


@pytest.mark.parametrize(
    "how", [{"note": ["entered by a.person@example.org"]}, {"file_label": "call +44 20 7946 0958"}]
)
def test_notes_of_the_file_that_identify_somebody_stop_and_are_not_shown(tmp_path: Path, how: dict[str, Any]) -> None:
    sheet = read(packed(tmp_path, ".sav", FRAME, **how), ".sav")
    assert rules(sheet) == ["notes_identify"]
    assert not any(word in sheet.findings[0].message for word in ("example", "7946"))


def test_names_that_differ_by_case_only_are_refused(tmp_path: Path) -> None:
    data = packed(tmp_path, ".dta", pd.DataFrame({"x": [1.0], "X": [2.0]}))
    assert rules(read(data, ".dta")) == ["duplicate_header"]


def test_no_records_are_told(tmp_path: Path) -> None:
    data = packed(tmp_path, ".sav", pd.DataFrame({"x": np.zeros(0)}))
    assert rules(read(data, ".sav")) == ["header_only"]


def test_the_encoding_may_be_declared(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site": ["Zürich"]})
    old = tmp_path / "old.dta"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_stata(old, write_index=False, version=114)
    assert texts(read(old.read_bytes(), ".dta"), "site") == ["Zürich"]
    assert texts(read(old.read_bytes(), ".dta", encoding="cp1252"), "site") == ["Zürich"]
    assert rules(read(old.read_bytes(), ".dta", encoding="klingon")) == ["unreadable"]


def test_sas_files_are_read() -> None:
    frame = pd.DataFrame({"id": ["P1", "P2", "P3"], "x": [1.0, 123456.0, np.nan], "seen": [21916.0, 0.0, np.nan]})
    data = sas7bdat(frame, {"seen": "DATE"}).replace(struct.pack("<d", 123456.0), mark("B"))
    sheet = read(data, ".sas7bdat")
    assert [texts(sheet, name) for name in frame] == [
        ["P1", "P2", "P3"],
        ["1", "", ""],
        ["2020-01-02", "1960-01-01", ""],
    ]
    assert [(f.rule, f.column, f.rows.tolist(), f.values) for f in sheet.findings] == [
        ("declared_missing", "x", [2], (".B",))
    ]
    assert sheet.real_dates["seen"].tolist() == [True, True, False]


def test_a_sas_file_that_was_cut_or_states_more_records_is_refused() -> None:
    data = sas7bdat(pd.DataFrame({"x": [1.0, 2.5, 3.5]}))
    assert [rules(read(data[:cut], ".sas7bdat")) for cut in range(10, len(data), 900)] == [["unreadable"]] * 20
    rows = data.replace(struct.pack("<II", 8, 3), struct.pack("<II", 8, 4))
    assert rows != data
    assert rules(read(rows, ".sas7bdat")) == ["unreadable"]


def test_a_damaged_file_takes_no_other_with_it(tmp_path: Path) -> None:
    data = packed(tmp_path, ".sav", FRAME, variable_value_labels={"arm": ARM})
    (tmp_path / "cases.sav").write_bytes(data[:-3])
    tables = check(tmp_path, of_cases={"path": "cases.sav"})
    assert [p[:2] for p in places(tables, "unreadable")] == [("error", "cases.sav")]
    assert tables.files[1].read == 4
    assert "3 records, and holds 2" in rule(tables, "unreadable")[0].message


CELLS = st.one_of(st.none(), st.integers(-9999, 9999).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
ROWS = st.lists(
    st.tuples(CELLS, st.sampled_from(["", "NA", "None", "a b", "é", "007", "1.0"])), min_size=1, max_size=12
)


@given(rows=ROWS, kind=st.sampled_from([".sav", ".zsav", ".dta", ".parquet"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cell_survives_the_way_through_a_file(tmp_path: Path, rows: list[tuple[Any, str]], kind: str) -> None:
    frame = pd.DataFrame({"x": [np.nan if x is None else x for x, _ in rows], "t": [t for _, t in rows]})
    if kind == ".parquet":
        target = io.BytesIO()
        frame.to_parquet(target)
        data = target.getvalue()
    else:
        data = packed(tmp_path, kind, frame)
    sheet = read(data, kind)
    assert (sheet.read, len(sheet.rows), sheet.findings) == (len(rows), len(rows), ())
    assert [float(t) if t else None for t in texts(sheet, "x")] == [x for x, _ in rows]
    assert texts(sheet, "t") == [t for _, t in rows]
