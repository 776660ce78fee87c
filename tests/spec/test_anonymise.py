"""What `cgh anonymise` writes: pseudonyms that still join, days, ages up to 90, and nobody."""

from __future__ import annotations

import csv
import hmac
import io
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.cli import main
from cgh_analysis.errors import CghError
from cgh_analysis.ingest import check_tables
from cgh_analysis.ingest.identifiers import identifying
from cgh_analysis.privacy import Options, anonymise
from cgh_analysis.privacy.pseudonyms import pseudonym
from cgh_analysis.study import read_study
from tests import builders, raw
from tests.identifiers import DATES, HARMLESS, NUMBERED, PATTERNED

SECRETS = [*(text for _, text in PATTERNED), *DATES, *(valid for _, valid, _ in NUMBERED)]
KEY = bytes(range(32))
PATIENTS = (
    "record_id,name,dob,arm,age,site,notes,randomised,email,ward\n"
    "P1,Anna Smith,1931-03-04,drug,93,A,saw Dr Wu on 3 March 2024,01/02/2024,a@example.org,3\n"
    "P2,Bob Jones,1970-12-30,block,53,B,fine,31/02/2024,b@example.org,4\n"
    "P3,Cy Young,1980-01-16,drug,44,A,=SUM(A1),15/01/2024,c@example.org,3\n"
)
VISITS = (
    "record_id,visit,seen,pain\nP1,baseline,03/02/2024,6\nP1,week4,02/03/2024,4\nP2,baseline,10/01/2024,7\n"
    "P3,baseline,15/01/2024,5\n"
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return keyed(tmp_path)


def keyed(folder: Path, content: bytes = KEY) -> Path:
    path = folder / "the.key"
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def sources(folder: Path, **contents: str) -> list[Path]:
    inside = folder / "raw"
    inside.mkdir(exist_ok=True)
    for name, content in contents.items():
        (inside / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    return [inside / f"{name}.csv" for name in contents]


def made(folder: Path, key: Path, paths: list[Path], **options: Any) -> tuple[dict[str, list[dict[str, str]]], Any]:
    """Anonymise, and return the rows of each file written and the report."""
    out = folder / "out"
    done = anonymise(paths, out, key, Options(**options))
    rows = {p.stem: list(csv.DictReader(io.StringIO(p.read_text(encoding="utf-8")))) for p in out.glob("*.csv")}
    for f in done.files:
        assert f.read == f.written + sum(map(len, f.refused.values()))
        assert f.written == len(rows[Path(f.file).stem])
    return rows, done


def actions(done: Any, file: int = 0) -> dict[str, str]:
    return {c.decision.name: c.decision.action for c in done.files[file].columns}


def command(*args: object) -> Result:
    return CliRunner().invoke(main, ["anonymise", *map(str, args)])


def test_the_two_files_of_a_clinic(tmp_path: Path, key: Path) -> None:
    rows, done = made(tmp_path, key, sources(tmp_path, patients=PATIENTS, visits=VISITS), dates="dmy")
    p1, p2, p3 = (pseudonym(f"P{i}", KEY) for i in (1, 2, 3))
    patients = {r["patient_id"]: {k: v for k, v in r.items() if k != "patient_id"} for r in rows["patients"]}
    assert patients == {
        p1: {"age_years": "90", "arm": "drug", "age": "90", "site": "A", "randomised_day": "0", "ward": "3"},
        p2: {"age_years": "53", "arm": "block", "age": "53", "site": "B", "randomised_day": "", "ward": "4"},
        p3: {"age_years": "43", "arm": "drug", "age": "44", "site": "A", "randomised_day": "0", "ward": "3"},
    }
    assert {(r["patient_id"], r["visit"]): r["seen_day"] for r in rows["visits"]} == {
        (p1, "baseline"): "2",
        (p1, "week4"): "30",
        (p2, "baseline"): "0",
        (p3, "baseline"): "0",
    }
    assert actions(done) == {
        "patient_id": "pseudonyms",
        "name": "dropped",
        "dob": "age",
        "arm": "kept",
        "age": "top-coded",
        "site": "kept",
        "notes": "dropped",
        "randomised": "days",
        "email": "dropped",
        "ward": "kept",
    }
    (randomised,) = [c for c in done.files[0].columns if c.decision.name == "randomised"]
    assert (randomised.blanked, randomised.no_date) == (1, (3,))


def test_the_order_of_the_records_is_gone(tmp_path: Path, key: Path) -> None:
    named = "".join(f"P{i:03d},{i}\n" for i in range(40))
    rows, _ = made(tmp_path, key, sources(tmp_path, cases="patient_id,pain\n" + named))
    given = [r["patient_id"] for r in rows["cases"]]
    assert given == sorted(given)
    assert [r["pain"] for r in rows["cases"]] != [str(i) for i in range(40)]


def test_day_zero_of_a_declared_column(tmp_path: Path, key: Path) -> None:
    paths = sources(tmp_path, patients=PATIENTS, visits=VISITS)
    rows, done = made(tmp_path, key, paths, dates="dmy", baseline="randomised")
    days = {(r["patient_id"], r["visit"]): r["seen_day"] for r in rows["visits"]}
    assert days[pseudonym("P1", KEY), "week4"] == "30"
    assert days[pseudonym("P2", KEY), "baseline"] == "", "there is no 31 February"
    assert done.day_zero == "the first date in randomised"


def test_an_order_of_dates_is_asked_for(tmp_path: Path, key: Path) -> None:
    (path,) = sources(tmp_path, visits=VISITS)
    done = command(path, "--out", tmp_path / "out", "--key", key)
    assert done.exit_code == 2
    assert "Say --dates" in done.output
    assert not (tmp_path / "out").exists()
    assert command(path, "--out", tmp_path / "out", "--key", key, "--dates", "mdy").exit_code == 0
    iso = VISITS.replace("03/02/2024", "2024-02-03").replace("02/03/2024", "2024-03-02")
    (path,) = sources(tmp_path, iso=iso.replace("10/01/2024", "10 Jan 2024").replace("15/01/2024", "2024-01-15"))
    assert command(path, "--out", tmp_path / "out2", "--key", key).exit_code == 0


def test_the_same_key_and_files_give_the_same_bytes(tmp_path: Path, key: Path) -> None:
    paths = sources(tmp_path, patients=PATIENTS, visits=VISITS)
    for name in ("one", "two"):
        anonymise(paths, tmp_path / name, key, Options(dates="dmy"))
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("one", "two"))
    assert one == two
    assert set(one) == {"patients.csv", "visits.csv", "anonymised.json"}
    other = keyed(tmp_path, bytes(32))
    anonymise(paths, tmp_path / "three", other, Options(dates="dmy"))
    assert (tmp_path / "three" / "visits.csv").read_bytes() != one["visits.csv"]


def test_a_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    paths = sources(tmp_path, visits=VISITS)
    done = command(*paths, "--out", tmp_path / "out", "--key", tmp_path / "new.key", "--dates", "dmy")
    assert done.exit_code == 0, done.output
    assert "was made" in done.output
    status = (tmp_path / "new.key").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_size) == (0o600, 32)
    again = command(*paths, "--out", tmp_path / "out2", "--key", tmp_path / "new.key", "--dates", "dmy")
    assert "was made" not in again.output
    assert (tmp_path / "out" / "visits.csv").read_bytes() == (tmp_path / "out2" / "visits.csv").read_bytes()


def test_keys_that_are_refused(tmp_path: Path, key: Path) -> None:
    paths = sources(tmp_path, visits=VISITS)
    key.chmod(0o640)
    done = command(*paths, "--out", tmp_path / "out", "--key", key, "--dates", "dmy")
    assert done.exit_code == 2
    assert "chmod 600 the.key" in done.output
    short = keyed(tmp_path, b"secret")
    assert "has 6 bytes" in command(*paths, "--out", tmp_path / "out", "--key", short, "--dates", "dmy").output
    for kind in (os.mkfifo, os.mkdir):
        kind(tmp_path / kind.__name__)
        assert command(*paths, "--out", tmp_path / "out", "--key", tmp_path / kind.__name__).exit_code == 2
    assert not (tmp_path / "out").exists()


def test_no_key_is_made_where_nothing_is_written(tmp_path: Path) -> None:
    paths = sources(tmp_path, visits=VISITS)
    assert command(*paths, "--out", tmp_path / "out", "--key", tmp_path / "new.key").exit_code == 2
    assert not (tmp_path / "new.key").exists()


def test_places_that_are_refused(tmp_path: Path, key: Path) -> None:
    (path,) = sources(tmp_path, visits=VISITS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").write_text("x")
    (tmp_path / "empty").mkdir()
    for out, words in (
        (tmp_path / "full", "is there already"),
        (path.parent, "is there already"),
        (path, "is there already"),
        (tmp_path / "no" / "where", "There is no folder"),
    ):
        done = command(path, "--out", out, "--key", key, "--dates", "dmy")
        assert done.exit_code == 2
        assert words in done.output
    assert command(path, "--out", tmp_path / "empty", "--key", key, "--dates", "dmy").exit_code == 0
    inside = command(path, "--out", tmp_path / "new", "--key", tmp_path / "new" / "my.key", "--dates", "dmy")
    assert "key would lie among the files" in inside.output
    assert not (tmp_path / "new").exists()


def test_nothing_is_left_where_writing_fails(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = sources(tmp_path, patients=PATIENTS, visits=VISITS)
    before = sorted(tmp_path.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dumps", full)
    done = command(*paths, "--out", tmp_path / "out", "--key", key, "--dates", "dmy")
    assert done.exit_code == 2
    assert sorted(tmp_path.iterdir()) == before


def test_records_that_are_refused_are_named(tmp_path: Path, key: Path) -> None:
    odd = "patient_id,pain\nP1,5\n,6\nP2\nTotal,9\nP3,7,8\n"
    rows, done = made(tmp_path, key, sources(tmp_path, cases=odd))
    assert done.files[0].refused == {"footer": (5,), "short_row": (4,), "long_row": (6,), "no_id": (3,)}
    assert len(rows["cases"]) == 1
    told = json.loads((tmp_path / "out" / "anonymised.json").read_text(encoding="utf-8"))
    assert {r["why"]: r["rows"] for r in told["files"][0]["refused"]}["without an id"] == [3]


def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, key: Path) -> None:
    for i, broken in enumerate(
        ['patient_id,pain\nP1,"5\n', "patient_id,pain,nrs\nP1,5,6\nP2,5", "", "patient_id,Pain,pain\nP,1,2\n"]
    ):
        paths = sources(tmp_path, cases=broken)
        with pytest.raises(CghError):
            anonymise(paths, tmp_path / f"out{i}", key, Options())


def test_ids_are_told_apart_but_for_space(tmp_path: Path, key: Path) -> None:
    rows, _ = made(tmp_path, key, sources(tmp_path, cases="patient_id,pain\n007,1\n7,2\n p7 ,3\nP7,4\n"))
    assert len({r["patient_id"] for r in rows["cases"]}) == 4
    assert pseudonym("7", KEY) == pseudonym(" 7\u00a0", KEY)
    assert pseudonym("Jose\u0301", KEY) == pseudonym("Jos\u00e9", KEY)


def test_two_ids_with_one_pseudonym_are_refused(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgh_analysis.privacy.pseudonyms.LENGTH", 0)
    with pytest.raises(CghError, match="same pseudonym"):
        made(tmp_path, key, sources(tmp_path, cases="patient_id,pain\nP1,1\nP2,2\n"))


def test_the_column_of_ids_is_asked_for(tmp_path: Path, key: Path) -> None:
    paths = sources(tmp_path, cases="who,pain\nP1,1\nP2,2\n")
    with pytest.raises(CghError, match="Say --id"):
        made(tmp_path, key, paths)
    rows, _ = made(tmp_path, key, paths, id_column="who")
    assert {r["patient_id"] for r in rows["cases"]} == {pseudonym("P1", KEY), pseudonym("P2", KEY)}


@pytest.mark.parametrize("given", ["90", "90+", "91", "93.5", "93 years", "119", "120"])
def test_high_ages(tmp_path: Path, key: Path, given: str) -> None:
    rows, _ = made(tmp_path, key, sources(tmp_path, cases=f"patient_id,age_years\nP1,{given}\nP2,40\nP3,50\n"))
    assert sorted(r["age_years"] for r in rows["cases"]) == ["40", "50", "90"]


def test_what_is_no_age_stays(tmp_path: Path, key: Path) -> None:
    rows, _ = made(tmp_path, key, sources(tmp_path, cases="patient_id,age\nP1,999\nP2,89\nP3,178\nP4,-1\n"))
    assert sorted(r["age"] for r in rows["cases"]) == ["-1", "178", "89", "999"]


def test_free_text_goes_unless_it_is_kept_and_searched(tmp_path: Path, key: Path) -> None:
    notes = ["better", "seen by Mr Smith", "=HYPERLINK(1)", "ring 07700 900123", "worse", "aged 93", "quiet"]
    cases = "patient_id,notes\n" + "".join(f"P{i},{note}\n" for i, note in enumerate(notes))
    _, done = made(tmp_path, key, sources(tmp_path, cases=cases))
    assert actions(done)["notes"] == "dropped"
    paths = sources(tmp_path, cases=cases)
    done = anonymise(paths, tmp_path / "kept", key, Options(keep_text=("notes",)))
    kept = pd.read_csv(tmp_path / "kept" / "cases.csv", dtype=str, keep_default_na=False)["notes"]
    assert sorted(kept) == ["", "", "", "'=HYPERLINK(1)", "better", "quiet", "worse"]
    (column,) = [c for c in done.files[0].columns if c.decision.name == "notes"]
    assert column.blanked == 3
    with pytest.raises(CghError, match="no file has"):
        anonymise(paths, tmp_path / "slip", key, Options(keep_text=("note",)))


def test_what_a_spreadsheet_would_run_is_neutralised(tmp_path: Path, key: Path) -> None:
    cases = "patient_id,grade,change\nP1,=1+2,-2\nP2,@x,+3\nP3,=1+2,-2.5\nP4,@x,1\n"
    rows, _ = made(tmp_path, key, sources(tmp_path, cases=cases))
    assert sorted(r["grade"] for r in rows["cases"]) == ["'=1+2", "'=1+2", "'@x", "'@x"]
    assert sorted(r["change"] for r in rows["cases"]) == ["+3", "-2", "-2.5", "1"]


def test_names_without_a_pattern_go_because_there_are_many(tmp_path: Path, key: Path) -> None:
    names = ["Anna", "Bob", "Cy", "Dee", "Ed", "Flo", "Gus", "Hal"]
    cases = "patient_id,who,screening_no,mrn2\n" + "".join(f"P{i},{n},{1000 + i},X{i}\n" for i, n in enumerate(names))
    _, done = made(tmp_path, key, sources(tmp_path, cases=cases))
    assert {name: a for name, a in actions(done).items() if name != "patient_id"} == dict.fromkeys(
        ("who", "screening_no", "mrn2"), "dropped"
    )


def test_a_second_copy_of_the_ids_goes(tmp_path: Path, key: Path) -> None:
    cases = "patient_id,again\n" + "".join(f"{i},{i}\n" for i in range(10))
    _, done = made(tmp_path, key, sources(tmp_path, cases=cases))
    assert [c.decision.why for c in done.files[0].columns if c.decision.name == "again"] == ["it repeats the id"]


def test_files_that_are_called_after_people_get_another_name(tmp_path: Path, key: Path) -> None:
    (path,) = sources(tmp_path, **{"Smith_John_1957-03-12": "patient_id,pain\nP1,1\n"})
    done = command(path, "--out", tmp_path / "out", "--key", key)
    assert done.exit_code == 0
    assert "Smith" not in done.output
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"records.csv", "anonymised.json"}
    assert "Smith" not in (tmp_path / "out" / "anonymised.json").read_text(encoding="utf-8")


def test_other_kinds_of_files(tmp_path: Path, key: Path) -> None:
    (tmp_path / "raw").mkdir()
    frame = pd.DataFrame({"patient_id": ["P1", "P2"], "born": ["x", "y"], "v3": [93.0, 50.0]})
    labels = ["", "Date of birth", "Age in years"]
    pyreadstat.write_sav(frame, tmp_path / "raw" / "a.sav", column_labels=labels)
    raw.workbook(
        tmp_path / "raw" / "b.xlsx",
        {"Data": [["patient_id", "seen"], ["P1", ("date", 45292)], ["P2", ("date", 45300)]]},
    )
    rows, done = made(tmp_path, key, [tmp_path / "raw" / "a.sav", tmp_path / "raw" / "b.xlsx"])
    assert sorted(r["v3"] for r in rows["a"]) == ["50", "90"]
    assert actions(done)["born"] == "dropped"
    assert [r["seen_day"] for r in rows["b"]] == ["0", "0"]


def test_a_dictionary_marks_identifiers(tmp_path: Path, key: Path) -> None:
    dictionary = (
        '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
        '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
        '"Text Validation Min","Text Validation Max",Identifier?\n'
        "rid,f,,text,Record,,,,,,\nvillage,f,,text,Home,,,,,,y\nremark,f,,notes,Remark,,,,,,\npain,f,,text,Pain,,,integer,,,\n"
    )
    paths = sources(tmp_path, data="rid,village,remark,pain\n1,Ambridge,ok,5\n2,Ambridge,ok,6\n", dictionary=dictionary)
    _, done = made(tmp_path, key, paths[:1], dictionary=paths[1])
    assert actions(done) == {"patient_id": "pseudonyms", "village": "dropped", "remark": "dropped", "pain": "kept"}


def test_a_study_file_says_how_its_files_are_read(tmp_path: Path, key: Path) -> None:
    paths = sources(tmp_path, cases="site;no;arm;seen\nA;1;drug;01/02/2024\nB;1;block;02/02/2024\n")
    study = builders.study(
        folder=tmp_path / "raw",
        sources={
            "cases": {"path": "cases.csv", "separator": ";", "columns": {"patient_id": {"column": ("site", "no")}}},
            "visits": {"path": "cases.csv", "separator": ";", "columns": {"day": {"column": "seen", "date": "dmy"}}},
        },
    )
    rows, _ = made(tmp_path, key, paths, study=study, dates="dmy")
    assert {r["patient_id"]: r["site"] for r in rows["cases"]} == {
        pseudonym("A-1", KEY): "A",
        pseudonym("B-1", KEY): "B",
    }
    assert "no" not in rows["cases"][0]


@pytest.mark.parametrize("options", [{}, {"keep_text": ("remark",)}])
def test_a_hundred_identifiers_in_every_column_do_not_pass(tmp_path: Path, key: Path, options: dict[str, Any]) -> None:
    columns = {
        "arm": "drug",
        "site": "A",
        "age_years": "40",
        "sex": "female",
        "nausea": "no",
        "remark": "x",
        "pain": "5",
    }
    contents = {}
    for planted in columns:
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\n")
        write.writerow(["patient_id", *columns])
        write.writerows(
            [f"P{i}", *(s if c == planted else cell for c, cell in columns.items())] for i, s in enumerate(SECRETS)
        )
        contents[f"file_{planted}"] = out.getvalue()
    made(tmp_path, key, sources(tmp_path, **contents), dates="dmy", **options)
    for path in (tmp_path / "out").iterdir():
        text = path.read_text(encoding="utf-8")
        assert [secret for secret in SECRETS if secret in text] == []
    study = tmp_path / "out" / "study.toml"
    for planted in columns:
        study.write_text(STUDY.format(file=f"file_{planted}.csv"), encoding="utf-8")
        rules = {p.rule for p in check_tables(read_study(study)).problems}
        assert not [rule for rule in rules if rule.startswith("identifier")]


STUDY = """
[study]
id = "small"
title = "A small study"
seed = 1
[sources]
cases = {{ path = "{file}" }}
visits = {{ path = "{file}" }}
[[arms]]
id = "drug"
label = "Drug"
[[visits]]
id = "baseline"
day = 0
"""


def test_names_of_columns_that_identify_are_not_told(tmp_path: Path, key: Path) -> None:
    (path,) = sources(tmp_path, cases="patient_id,jo.doe@example.org,pain\nP1,1,5\n")
    done = command(path, "--out", tmp_path / "out", "--key", key)
    assert done.exit_code == 0
    said = done.output + "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").iterdir())
    assert "jo.doe" not in said


def test_no_secret_is_told_by_the_command(tmp_path: Path, key: Path) -> None:
    (path,) = sources(tmp_path, patients=PATIENTS)
    told = command(path, "--out", tmp_path / "out", "--key", key, "--dates", "dmy").output
    for cell in ("P1", "Anna", "1931", "Wu", "example.org", KEY.hex()):
        assert cell not in told


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*SECRETS, *HARMLESS, "P1", "P2", ""]), st.text(max_size=12)), min_size=1, max_size=12
    )
)
def test_records_are_conserved_and_the_gate_is_passed(
    tmp_path_factory: pytest.TempPathFactory, cells: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    write.writerow(["patient_id", "first", "second"])
    write.writerows([f"P{i % 3}" if i else "", a, b] for i, (a, b) in enumerate(cells))
    try:
        _, done = made(folder, keyed(folder), sources(folder, cases=out.getvalue()), dates="dmy")
    except CghError:
        assert not (folder / "out").exists()
    else:
        assert done.files[0].read >= 1


def test_a_million_ids_do_not_collide() -> None:
    # 80 bits: the chance of one collision among a million is one in two million million
    assert len({pseudonym(str(i), KEY) for i in np.arange(20_000)}) == 20_000
    assert re.fullmatch("p[b-x]{20}", pseudonym("x", KEY))


def test_a_pseudonym_is_the_hmac_of_the_id() -> None:
    seal = hmac.new(KEY, b"patient_id\0P1", "sha256").hexdigest()[:20]
    letters = dict(zip("0123456789abcdef", "bcdfghjkmnqrstvx", strict=True))
    assert pseudonym("P1", KEY) == "p" + "".join(letters[c] for c in seal)


def test_pseudonyms_look_like_nobody() -> None:
    names = np.array([pseudonym(str(i), KEY) for i in range(20_000)], dtype=object)
    assert identifying(names, is_id=True) == {}
    assert identifying(names) == {}
