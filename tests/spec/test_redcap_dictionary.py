"""The data dictionary of a REDCap project: what its fields are, and what is said where it is broken."""

from __future__ import annotations

import pytest

from cgh_analysis.ingest.redcap import Dictionary, read_dictionary
from cgh_analysis.ingest.redcap.choices import checkbox_columns, parse_choices
from cgh_analysis.ingest.redcap.dictionary import KINDS
from tests import raw
from tests.redcap import API, PAGE, written

RECORD = ["record_id", "start", "text", "Record ID"]


def read(*rows: list[str], **how: str) -> Dictionary:
    return read_dictionary(written([RECORD, *rows], **how), "dict.csv")


def said(dictionary: Dictionary) -> list[tuple[str, int | None, str | None]]:
    return [(f.message, f.rows[0] if len(f.rows) else None, f.column) for f in dictionary.findings]


def test_fields_come_in_the_projects_order_with_what_is_written_of_them() -> None:
    dictionary = read(
        ["sex", "start", "radio", "<b>Sex</b> at\nbirth", "0, Female | 1, Male", "", "", "", "", "", "y"],
        ["weight", "body", "text", "Weight (kg)", "", "number", "35", "200,5", "y", "[sex] = '1'"],
    )
    assert dictionary.findings == ()
    assert list(dictionary.fields) == ["record_id", "sex", "weight"]
    assert (dictionary.record_id, dictionary.forms) == ("record_id", ("start", "body"))
    sex, weight = dictionary.fields["sex"], dictionary.fields["weight"]
    assert (sex.label, sex.choices, sex.required) == ("Sex at birth", {"0": "Female", "1": "Male"}, True)
    assert (weight.low, weight.high, weight.identifier, weight.branching) == (35.0, 200.5, True, "[sex] = '1'")


@pytest.mark.parametrize("headers", [PAGE, API, [h.upper() for h in PAGE], ["Custom Alignment", *API[::-1], "extra"]])
def test_headers_of_the_page_and_of_the_api_are_read_in_any_order_and_among_others(headers: list[str]) -> None:
    wanted = {"field_name": "pain", "form_name": "visit", "field_type": "slider", "field_label": "Pain"}
    by_page = dict(zip(PAGE, API, strict=True)) | {h.upper(): a for h, a in zip(PAGE, API, strict=True)}
    row = [wanted.get(by_page.get(h, h), "") for h in headers]
    dictionary = read_dictionary(written([row], headers), "dict.csv")
    assert dictionary.findings == ()
    assert (dictionary.fields["pain"].kind, dictionary.fields["pain"].form) == ("slider", "visit")


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (written([RECORD], delimiter=";"), "dict.csv"),
        (written([RECORD], delimiter="\t"), "dict.tsv"),
        (b"\xef\xbb\xbf" + written([RECORD]), "dict.csv"),
        (written([RECORD]).replace(b"\n", b"\r\n"), "dict.csv"),
    ],
)
def test_separators_byte_order_marks_and_line_ends_do_not_matter(content: bytes, path: str) -> None:
    assert list(read_dictionary(content, path).fields) == ["record_id"]


def test_a_dictionary_that_is_not_utf8_is_read_in_the_encoding_of_its_source() -> None:
    content = written([["café", "start", "text", "Café"]]).decode("utf-8").encode("cp1252")
    assert list(read_dictionary(content, "dict.csv", encoding="cp1252").fields) == ["café"]
    assert [f.rule for f in read_dictionary(content, "dict.csv").findings] == ["encoding"]


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("1, one|2, two", {"1": "one", "2": "two"}),
        ("1, Yes, often | 2, No, never", {"1": "Yes, often", "2": "No, never"}),
        ("-99, Unknown | A1, Other | 1.5, Half", {"-99": "Unknown", "A1": "Other", "1.5": "Half"}),
        ("Yes | No", {"Yes": "Yes", "No": "No"}),
        ("1, | 2, <i>two</i>", {"1": "", "2": "two"}),
    ],
)
def test_choices_keep_commas_signs_and_letters(text: str, choices: dict[str, str]) -> None:
    assert parse_choices(text) == (choices, [])


@pytest.mark.parametrize(
    ("choices", "fault"),
    [
        ("1, one | 1, two", "the code '1' is given twice"),
        (", one | 2, two", "a choice has no code"),
        ("1, one || 2, two", "a choice has no code"),
        ("", "the field has no choices"),
    ],
)
def test_choices_that_cannot_be_meant_are_told_with_their_row(choices: str, fault: str) -> None:
    dictionary = read(["sex", "start", "radio", "Sex", choices])
    assert said(dictionary) == [(f"In the data dictionary {fault}.", 3, "sex")]


def test_each_kind_of_field_has_the_columns_and_choices_that_it_exports() -> None:
    rows = [[f"f_{kind}", "start", kind, kind, "1, one | 2, two"] for kind in KINDS]
    fields = read(*rows).fields
    assert fields["f_yesno"].choices == {"1": "Yes", "0": "No"}
    assert fields["f_truefalse"].choices == {"1": "True", "0": "False"}
    assert fields["f_calc"].choices == fields["f_slider"].choices == fields["f_sql"].choices == {}
    assert fields["f_descriptive"].columns == {}
    assert fields["f_checkbox"].columns == {"f_checkbox___1": "1", "f_checkbox___2": "2"}
    assert fields["f_file"].columns == {"f_file": ""}


def test_checkbox_columns_are_named_as_redcap_names_them() -> None:
    assert checkbox_columns("race", "-99") == ("race____99",)
    assert checkbox_columns("meds", "ASA") == ("meds___asa",)
    assert checkbox_columns("dose", "1.5") == ("dose___1_5", "dose___15")


def test_numbers_dates_and_decimal_commas_are_told_by_their_validation() -> None:
    kinds = {
        "i": "integer",
        "n": "number_1dp_comma_decimal",
        "d": "date_dmy",
        "t": "datetime_seconds_ymd",
        "e": "email",
    }
    fields = read(*([name, "start", "text", name, "", validation] for name, validation in kinds.items())).fields
    assert [n for n, f in fields.items() if f.is_number] == ["i", "n"]
    assert [n for n, f in fields.items() if f.is_date] == ["d", "t"]
    assert [n for n, f in fields.items() if f.has_comma] == ["n"]


def test_limits_that_are_dates_or_other_fields_are_no_numbers() -> None:
    fields = read(["born", "start", "text", "Born", "", "date_ymd", "1900-01-01", "today"]).fields
    assert (fields["born"].low, fields["born"].high) == (None, None)


def test_a_missing_header_is_named_with_the_nearest() -> None:
    headers = [h if h != "Identifier?" else "Identifer" for h in PAGE]
    ((message, row, _),) = said(read_dictionary(written([RECORD], headers), "dict.csv"))
    assert message == "The data dictionary has no column 'Identifier?': the nearest is 'Identifer'."
    assert row == 1


def test_names_twice_blank_names_and_unknown_kinds_are_told_with_their_rows() -> None:
    dictionary = read(["sex", "start", "text"], ["", "start", "text"], ["sex", "start", "txt"])
    assert said(dictionary) == [
        ("In the data dictionary the field has no name.", 4, None),
        ("In the data dictionary 'txt' is no type of field: the nearest is 'text'.", 5, "sex"),
        ("In the data dictionary the field is given twice (first in row 3).", 5, "sex"),
    ]
    assert dictionary.fields["sex"].kind == "text"


def test_a_row_that_is_cut_stops_and_is_no_record_of_the_data() -> None:
    dictionary = read_dictionary(written([RECORD]) + b"sex,start\n", "dict.csv")
    (fault,) = dictionary.findings
    assert (fault.rule, fault.rows.tolist(), fault.kind.severity) == ("dictionary_row", [3], "error")
    assert fault.message.endswith("The row has 2 cells, the header 12.")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"nothing of it\n1\n", b'"Variable / Field Name\n'])
def test_what_is_no_dictionary_gives_findings_and_no_fields(content: bytes) -> None:
    dictionary = read_dictionary(content, "dict.csv")
    assert dictionary.fields == {}
    assert [f.rule for f in dictionary.findings if f.kind.severity == "error"]


def test_a_dictionary_saved_as_a_workbook_is_read(tmp_path) -> None:
    raw.workbook(tmp_path / "dict.xlsx", {"dict": [PAGE, RECORD + [""] * (len(PAGE) - len(RECORD))]})
    dictionary = read_dictionary((tmp_path / "dict.xlsx").read_bytes(), "dict.xlsx")
    assert [f.name for f in dictionary.fields.values()] == ["record_id"]
