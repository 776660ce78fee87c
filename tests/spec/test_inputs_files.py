"""What bad files and headers get: one test or more for each row of the table in test_inputs_table.py."""

import csv
import gzip
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from cgh_analysis.ingest import Tables, check_tables, sheet
from cgh_analysis.ingest.readers.text import text
from tests import builders, redcap
from tests.raw import CASES, VISITS, check, no_errors, places, rule


def stops(tables: Tables, file: str = "cases.csv") -> set[str]:
    return {p.rule for p in tables.problems if p.severity == "error" and p.file == file}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty"),
        (b"\n\r\n  \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"\xff\xfe", "empty"),
        (b"patient_id,arm\n", "header_only"),
        (b"patient_id,arm", "header_only"),
        (b"patient_id,arm\n\n \n", "header_only"),
    ],
)
def test_an_empty_file_and_one_with_a_header_only_stop(tmp_path: Path, content: bytes, name: str) -> None:
    assert name in stops(check(tmp_path, cases=content))


@pytest.mark.parametrize(
    ("content", "noted"),
    [
        (CASES.encode("utf-8-sig"), "bom"),
        (b'\xef\xbb\xbf"patient_id"' + CASES.encode().removeprefix(b"patient_id"), "bom"),
        (CASES.replace("\n", "\r").encode(), "line_ends"),
        (CASES.replace("\n", "\r\n", 2).encode(), "line_ends"),
        (CASES.replace("\n", "\r\n", 1).replace("\n", "\r", 1).encode(), "line_ends"),
    ],
)
def test_a_byte_order_mark_and_odd_line_ends_are_noted(tmp_path: Path, content: bytes, noted: str) -> None:
    tables = check(tmp_path, cases=content)
    assert noted in {p.rule for p in tables.problems if p.severity == "note"}
    assert no_errors(tables)
    assert tables.cases["patient_id"].tolist() == ["P1", "P2", "P3"]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_is_read_by_its_mark_and_asked_for_without(tmp_path: Path, mark: bytes) -> None:
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    marked = check(tmp_path, cases=mark + CASES.encode(encoding))
    assert [p.severity for p in rule(marked, "utf16")] == ["note"]
    assert no_errors(marked)
    unmarked = check(tmp_path, cases=CASES.encode(encoding))
    assert "encoding" in rule(unmarked, "binary")[0].remedy
    assert no_errors(check(tmp_path, cases=CASES.encode(encoding), of_cases={"encoding": encoding}))


def test_a_place_in_a_file_of_wide_letters_is_its_own(tmp_path: Path) -> None:
    (problem,) = rule(check(tmp_path, cases=CASES.replace("drug", "\u010adrug").encode("utf-16") + b"\n"), "encoding")
    assert (problem.row, problem.column) == (5, None)
    tables = check(tmp_path, cases=CASES.encode("utf-32"))
    assert "UTF-32" in rule(tables, "utf16")[0].message
    assert no_errors(tables)


def test_windows_text_in_a_utf8_study_stops_with_its_place(tmp_path: Path) -> None:
    cases = CASES.replace("arm,", "arm,site,").replace("drug,", "drug,Zürich,").replace("block,", "block,Bern,")
    tables = check(tmp_path, cases=cases.encode("cp1252"))
    assert places(tables, "encoding") == [("error", "cases.csv", 2, "site", None)]
    (problem,) = rule(tables, "encoding")
    assert "0xfc" in problem.message
    assert 'encoding = "cp1252"' in problem.remedy
    assert no_errors(check(tmp_path, cases=cases.encode("cp1252"), of_cases={"encoding": "cp1252"}))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_than_declared_stops_and_is_named(tmp_path: Path, separator: str) -> None:
    (problem,) = rule(check(tmp_path, cases=CASES.replace(",", separator)), "separator")
    assert problem.severity == "error"
    assert repr(separator) in problem.remedy
    told = check(tmp_path, cases=CASES.replace(",", separator), of_cases={"separator": separator})
    assert no_errors(told)


def test_a_trailing_comma_on_every_row_stops(tmp_path: Path) -> None:
    rows = CASES.splitlines()
    on_rows = "\n".join([rows[0], *(f"{row}," for row in rows[1:]), ""])
    assert stops(check(tmp_path, cases=on_rows)) == {"trailing_separator"}
    assert "blank_header" in stops(check(tmp_path, cases=CASES.replace("\n", ",\n")))
    assert "blank_header" in stops(check(tmp_path, cases=CASES.replace("age_years\n", "age_years,\n")))


def test_one_short_row_is_quarantined_and_not_padded(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("P2,block,50", "P2,block"))
    assert places(tables, "short_row") == [("quarantine", "cases.csv", 3, None, None)]
    assert tables.cases["patient_id"].tolist() == ["P1", "P3"]


@pytest.mark.parametrize("length", [len("P3"), len("P3,"), len("P3,dr")])
def test_a_file_cut_in_mid_row_stops(tmp_path: Path, length: int) -> None:
    cut = CASES[: CASES.index("P3") + length]
    assert stops(check(tmp_path, cases=cut)) == {"truncated"}
    packed = gzip.compress(CASES.encode())
    (tmp_path / "cases.csv.gz").write_bytes(packed[:-9])
    assert "unreadable" in stops(check(tmp_path, of_cases={"path": "cases.csv.gz"}), "cases.csv.gz")


def test_an_unclosed_quote_stops_where_it_opened(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("P2,block", 'P2,"block'))
    assert places(tables, "unclosed_quote") == [("error", "cases.csv", 3, None, None)]


@pytest.mark.parametrize(
    "twin",
    ["arm", "Arm", "ARM ", " arm", "arm\u00a0", "\u2009arm", "arm\u200b", "\ufeffarm", "a\u00adrm", "\u2066arm\u2069"],
)
def test_headers_that_a_person_cannot_tell_apart_stop(tmp_path: Path, twin: str) -> None:
    tables = check(tmp_path, cases=CASES.replace("age_years", twin))
    assert places(tables, "duplicate_header")[0][:3] == ("error", "cases.csv", 1)
    assert "'arm'" in rule(tables, "duplicate_header")[0].message


def test_headers_are_read_as_a_person_sees_them(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("age_years", "\u200bage_\u00adyears\u00a0"))
    assert tables.problems == ()
    assert tables.cases["age_years"].tolist() == [40, 50, 60]
    twice = CASES.replace("age_years", "\u00e9,e\u0301").replace("0\n", "0,0\n")
    assert "duplicate_header" in stops(check(tmp_path, cases=twice)), "one letter in two normal forms"


def test_label_headers_of_redcap_stop_with_the_fields_that_they_stand_for(tmp_path: Path) -> None:
    labels = "Record ID,Treatment,Gender,Age (years),Stiff neck?\nP1,1,0,40,1\nP2,2,1,50,0\n"
    message, remedy = redcap.told(redcap.check(tmp_path, labels), "label_headers")
    assert "'Treatment' is treatment" in message
    assert "columns" in remedy


def test_a_missing_required_column_stops_with_the_nearest_name(tmp_path: Path) -> None:
    tables = check(tmp_path, cases=CASES.replace("arm", "amr"))
    assert [(p.severity, p.column) for p in rule(tables, "missing_column")] == [("error", "arm")]
    assert "the nearest is 'amr'" in rule(tables, "missing_column")[0].message


def test_a_file_with_none_of_the_columns_that_are_named_stops_though_the_rest_is_left_out(tmp_path: Path) -> None:
    named = {"columns": {"patient_id": "id", "arm": "group"}, "ignore_rest": True}
    tables = check(tmp_path, cases="x,y\nP1,drug\nP2,block\n", of_cases=named)
    assert {p.column for p in rule(tables, "missing_column")} == {"id", "group"}
    assert stops(tables) == {"missing_column"}


def test_an_unknown_column_is_noted_and_stops_where_it_holds_somebody(tmp_path: Path) -> None:
    plain = CASES.replace("age_years", "shoe_size")
    assert places(check(tmp_path, cases=plain), "unknown_column") == [("note", "cases.csv", None, "shoe_size", None)]
    assert no_errors(check(tmp_path, cases=plain))
    tables = check(tmp_path, cases=plain.replace("50", "jo.doe@example.org"))
    assert stops(tables) == {"identifier"}
    assert "jo.doe" not in f"{tables.problems}{tables.ledger.to_json()}"


@pytest.mark.parametrize("footer", ["Total,3,", "Total", "Generated on 12 May", '"Mean",,50', "n = 3,,", "Page 1 of 1"])
def test_a_footer_is_quarantined(tmp_path: Path, footer: str) -> None:
    tables = check(tmp_path, cases=f"{CASES}{footer}\n")
    assert [(p.severity, p.row) for p in rule(tables, "footer")] == [("quarantine", 5)]
    assert no_errors(tables)
    assert len(tables.cases) == 3


@pytest.mark.parametrize(
    "content", [CASES + CASES, CASES + "\ufeff" + CASES, CASES + CASES.splitlines()[0] + "\n", f"{CASES}# end\n"]
)
def test_two_files_put_together_add_nobody(tmp_path: Path, content: str) -> None:
    tables = check(tmp_path, cases=content)
    assert tables.cases["patient_id"].tolist() == ["P1", "P2", "P3"]
    assert tables.files[0].quarantined == len(content.splitlines()) - 4


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"# exported by the clinic\n{CASES}", "missing_column"),
        (f"sep=,\n{CASES}", "blank_header"),
        (CASES.replace("P2", "P\0002"), "binary"),
        (CASES + "\0" * 512, "binary"),
        (CASES.replace("\n", "\u2028"), "header_only"),
        (CASES.replace("drug", '"dr"ug'), "stray_quote"),
        ("<html><table><tr><td>patient_id</td></tr></table></html>\n", "header_only"),
    ],
)
def test_what_is_no_table_of_text_stops(tmp_path: Path, content: str, name: str) -> None:
    assert name in stops(check(tmp_path, cases=content))


def test_rows_above_the_header_may_be_named(tmp_path: Path) -> None:
    for line in ("sep=,", "# exported by the clinic"):
        assert no_errors(check(tmp_path, cases=f"{line}\n{CASES}", of_cases={"header": 2}))


def test_a_dos_end_of_file_is_no_part_of_a_cell(tmp_path: Path) -> None:
    cases = "patient_id,arm,site\nP1,drug,north\nP2,block,north\nP3,drug,north"
    for end in ("\x1a", "\n\x1a", "\n\x1a\n", "\r\n\x1a\x1a"):
        tables = check(tmp_path, cases=cases + end)
        assert tables.cases["site"].unique().tolist() == ["north"]
        assert no_errors(tables)


def book(folder: Path, spoil) -> Tables:
    """Save three cases as a workbook, spoilt as a person at a spreadsheet would."""
    workbook = openpyxl.Workbook()
    made = workbook.active
    for row in csv.reader(io.StringIO(CASES)):
        made.append([int(cell) if cell.isdigit() else cell for cell in row])
    spoil(workbook, made)
    workbook.save(folder / "cases.xlsx")
    return check(folder, of_cases={"path": "cases.xlsx", "sheet": "Sheet"})


def filtered(_, made) -> None:
    made.auto_filter.ref = "A1:C4"
    made.auto_filter.add_filter_column(1, ["drug"])
    made.row_dimensions[3].hidden = True


@pytest.mark.parametrize(
    ("spoil", "name", "listed"),
    [
        (lambda _, made: setattr(made.row_dimensions[3], "hidden", True), "hidden_rows", "3"),
        (filtered, "hidden_rows", "3"),
        (lambda _, made: made.row_dimensions.group(2, 3, hidden=True), "hidden_rows", "2, 3"),
        (lambda _, made: setattr(made.column_dimensions["C"], "hidden", True), "hidden_columns", "C"),
        (lambda book, _: setattr(book.create_sheet("old"), "sheet_state", "hidden"), "hidden_sheet", "'old'"),
        (lambda book, _: setattr(book.create_sheet("old"), "sheet_state", "veryHidden"), "hidden_sheet", "'old'"),
        (lambda _, made: made.merge_cells("B2:B4"), "merged_cells", "B2:B4"),
        (lambda _, made: made.merge_cells("B1:C1"), "merged_cells", "B1:C1"),
        (lambda _, made: made.__setitem__("C3", "=20+30"), "lost_value", "C3"),
        (lambda _, made: made.__setitem__("C3", "#N/A"), "lost_value", "C3"),
        (lambda _, made: made.__setitem__("C3", "#DIV/0!"), "lost_value", "C3"),
    ],
)
def test_what_a_workbook_hides_merges_or_has_lost_stops_and_is_listed(
    tmp_path: Path, spoil, name: str, listed: str
) -> None:
    (problem,) = rule(book(tmp_path, spoil), name)
    assert (problem.severity, problem.file) == ("error", "cases.xlsx")
    assert listed in problem.message


def test_a_workbook_with_nothing_to_hide_comes_in(tmp_path: Path) -> None:
    assert no_errors(book(tmp_path, lambda _, made: setattr(made.row_dimensions[9], "hidden", True)))


def test_user_missing_values_of_spss_are_blank_and_in_the_ledger(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"patient_id": ["P1", "P2", "P3"], "arm": ["drug", "block", "drug"], "age_years": [40.0, -9, 60]}
    )
    pyreadstat.write_sav(frame, str(tmp_path / "cases.sav"), missing_ranges={"age_years": [-9]})
    tables = check(tmp_path, of_cases={"path": "cases.sav"})
    assert tables.cases["age_years"].isna().tolist() == [False, True, False]
    assert tables.ledger[["rule", "row", "value"]].to_numpy().tolist() == [["declared_missing", 2, "-9"]]


def test_nested_columns_of_parquet_stop_by_name(tmp_path: Path) -> None:
    pd.DataFrame({"patient_id": ["P1"], "arm": ["drug"], "seen": [[1, 2]]}).to_parquet(tmp_path / "cases.parquet")
    tables = check(tmp_path, of_cases={"path": "cases.parquet"})
    assert [(p.severity, p.column) for p in rule(tables, "column_type")] == [("error", "seen")]


def test_nulls_of_a_database_are_blank(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "clinic.sqlite")) as made:
        made.execute("CREATE TABLE cases (patient_id, arm, age_years)")
        made.executemany(
            "INSERT INTO cases VALUES (?, ?, ?)", [("P1", "drug", 40), ("P2", "block", None), ("P3", None, 60)]
        )
        made.commit()
    (tmp_path / "visits.csv").write_text(VISITS)
    query = {"path": "clinic.sqlite", "query": "SELECT * FROM cases"}
    tables = check_tables(builders.study(folder=tmp_path, sources={"cases": query, "visits": {"path": "visits.csv"}}))
    assert tables.cases["age_years"].isna().tolist() == [False, True]
    assert [(p.severity, p.column) for p in rule(tables, "missing_value")] == [("quarantine", "arm")]


def test_bombs_are_refused_by_declared_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases.csv.gz").write_bytes(gzip.compress(b"patient_id,arm\n" + b"P1,drug\n" * 2_000_000))
    tables = check(tmp_path, of_cases={"path": "cases.csv.gz"})
    assert stops(tables, "cases.csv.gz") == {"oversize"}
    monkeypatch.setattr(text, "MOST_BYTES", 50)
    assert stops(check(tmp_path)) == {"oversize"}
    assert sheet.MOST_BYTES > 1 << 20


@pytest.mark.parametrize(
    "content",
    [
        f'patient_id,arm,note\nP1,drug,"{"x" * 20_000_000}"\n',
        f"patient_id,arm,note\nP1,drug,{'x' * 20_000_000}\n",
        ",".join(f"c{i}" for i in range(200_000)) + "\n" + "1," * 199_999 + "1\n",
    ],
    ids=["a quoted cell", "a bare cell", "columns"],
)
def test_a_cell_of_20_mb_and_200000_columns_stop(tmp_path: Path, content: str) -> None:
    assert stops(check(tmp_path, cases=content)) == {"oversize"}
