"""Parquet: every type as the text that loses nothing, counted by its footer, refused where cells hold lists."""

import datetime
import decimal
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cgh_analysis.ingest.readers import limits
from cgh_analysis.ingest.readers.columns import parquet as reader
from cgh_analysis.ingest.readers.columns.parquet import read_parquet
from cgh_analysis.ingest.sheet import Sheet
from cgh_analysis.study import Source
from tests.raw import check, no_errors, places

DAY = datetime.date(2020, 1, 2)
MOMENT = datetime.datetime(2020, 1, 2, 3, 4, 5)


def packed(table: pa.Table, **how: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **how)
    return target.getvalue()


def read(table: pa.Table, **source: Any) -> Sheet:
    return read_parquet(packed(table), Source(path="a.parquet", **source))


def rules(sheet: Sheet) -> list[str]:
    return [f.rule for f in sheet.findings]


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([9007199254740993, None, -3], pa.int64(), ["9007199254740993", "", "-3"]),
        ([18446744073709551615, 1], pa.uint64(), ["18446744073709551615", "1"]),
        ([1.0, 0.1, None, float("nan")], pa.float64(), ["1", "0.1", "", ""]),
        ([0.1, 2.5], pa.float32(), ["0.1", "2.5"]),
        ([0.5, None], pa.float16(), ["0.5", ""]),
        ([" a ", "NA", None, ""], pa.string(), ["a", "NA", "", ""]),
        ([True, False, None], pa.bool_(), ["true", "false", ""]),
        ([DAY, None, datetime.date(1500, 1, 1)], pa.date32(), ["2020-01-02", "", "1500-01-01"]),
        ([DAY, None], pa.date64(), ["2020-01-02", ""]),
        ([MOMENT, None], pa.timestamp("s"), ["2020-01-02T03:04:05", ""]),
        ([datetime.datetime(2020, 1, 2, 3, 4, 5, 500_000)], pa.timestamp("ns"), ["2020-01-02T03:04:05.500"]),
        ([datetime.time(1, 2, 3), None], pa.time64("us"), ["01:02:03", ""]),
        ([decimal.Decimal("1.50"), decimal.Decimal("100.00"), None], pa.decimal128(6, 2), ["1.5", "100", ""]),
        ([None, None], pa.null(), ["", ""]),
    ],
)
def test_each_type_is_the_text_that_a_person_would_write(
    values: list[Any], kind: pa.DataType, texts: list[str]
) -> None:
    sheet = read(pa.table({"x": pa.array(values, kind)}))
    assert sheet.columns["x"].values.tolist() == texts
    assert sheet.rows.tolist() == list(range(1, len(values) + 1))
    dated = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    assert ("x" in sheet.real_dates) == dated
    if dated:
        assert sheet.real_dates["x"].tolist() == [v is not None for v in values]


def test_a_moment_is_told_by_the_clock_of_its_zone() -> None:
    late = pa.array([datetime.datetime(2020, 1, 1, 23, 30)], pa.timestamp("us", tz="UTC"))
    assert read(pa.table({"x": late.cast(pa.timestamp("us", tz="Europe/Zurich"))})).columns["x"].values.tolist() == [
        "2020-01-02T00:30:00"
    ]


def test_dictionary_columns_are_read_by_their_values() -> None:
    frame = pd.DataFrame({"arm": pd.Categorical(["drug", None, "block"]), "n": pd.Categorical([2, 1, 2])})
    sheet = read(pa.Table.from_pandas(frame))
    assert sheet.columns["arm"].values.tolist() == ["drug", "", "block"]
    assert sheet.columns["n"].values.tolist() == ["2", "1", "2"]


@pytest.mark.parametrize("decimal_sign", [".", ",", "detect"])
def test_numbers_are_read_right_whatever_decimal_sign_the_study_declares(tmp_path: Path, decimal_sign: str) -> None:
    cases = pa.table(
        {
            "patient_id": ["P1", "P2", "P3"],
            "arm": ["drug", "block", "drug"],
            "symptom_duration_months": [40.5, 50, None],
        }
    )
    (tmp_path / "cases.parquet").write_bytes(packed(cases))
    tables = check(tmp_path, of_cases={"path": "cases.parquet", "decimal": decimal_sign})
    assert no_errors(tables)
    assert tables.cases["symptom_duration_months"].tolist()[:2] == [40.5, 50.0]


def test_columns_without_single_values_are_refused() -> None:
    span = pa.array([datetime.timedelta(1)])
    table = pa.table({"a": [[1]], "b": [{"x": 1}], "c": [b"x"], "d": span, "e": [1]})
    assert [(f.rule, f.column) for f in read(table).findings] == [("column_type", c) for c in "abcd"]


def test_names_that_a_person_could_not_tell_apart_are_refused() -> None:
    table = pa.table([[1], [2]], names=["x", "X "])
    assert rules(read(table)) == ["duplicate_header"]
    assert rules(read(pa.table([[1], [2]], names=["x", "x"]))) == ["duplicate_header"]


def test_row_groups_are_counted_together_and_against_the_footer(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(pa.table({"x": list(range(10))}), row_group_size=3)
    assert read_parquet(data, Source(path="a.parquet")).read == 10
    monkeypatch.setattr(pq.ParquetFile, "read", lambda self: pa.table({"x": list(range(9))}))
    assert rules(read_parquet(data, Source(path="a.parquet"))) == ["conservation"]


def test_limits_hold_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    zeros = pa.table({"x": pa.array([str(i) * 100 for i in range(9)] * 30_000)})
    data = packed(zeros, compression="zstd", use_dictionary=False)
    assert rules(read_parquet(data, Source(path="a.parquet"))) == ["oversize"]
    wide = pa.table({f"c{i}": [1] for i in range(limits.MOST_COLUMNS + 1)})
    assert rules(read(wide)) == ["oversize"]


def test_broken_files_are_told_without_a_traceback_or_a_cell() -> None:
    data = packed(pa.table({"x": ["a.person@example.org"] * 5, "y": [1.5] * 5}))
    assert rules(read_parquet(b"", Source(path="a.parquet"))) == ["empty"]
    for cut in range(1, len(data), 5):
        sheet = read_parquet(data[:cut], Source(path="a.parquet"))
        assert rules(sheet) == ["unreadable"]
    for place in range(4, len(data), 3):
        spoilt = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        told = " ".join(f.message + f.remedy for f in read_parquet(spoilt, Source(path="a.parquet")).findings)
        assert "example.org" not in told


def test_no_records_are_told(tmp_path: Path) -> None:
    (tmp_path / "cases.parquet").write_bytes(packed(pa.table({"x": pa.array([], pa.int64())})))
    assert places(check(tmp_path, of_cases={"path": "cases.parquet"}), "header_only")
    assert reader.MARK == b"PAR1"
