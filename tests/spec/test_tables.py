"""Tables of rows written out by hand: what stands in the cells, and what they are written as."""

from __future__ import annotations

import csv
import io
import math
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cgh_analysis.errors import ArgumentError, CghError
from cgh_analysis.report.single import baseline_table
from cgh_analysis.results import Result, concat, not_estimable, rows
from cgh_analysis.tables import TABLES, Row, Table
from cgh_analysis.tables.text import neutral
from tests import figure_rows
from tests.builders import study as small

NAN = math.nan
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FEW = "suppressed: fewer than 10"
STUDY = small(
    arms=[
        {"id": "block", "label": "Nerve block"},
        {"id": "drug", "label": "Medication", "reference": True},
    ],
    analyses=[
        {"id": "a", "estimator": "ancova", "outcome": "ndi", "at": "week12", "primary": True},
        {"id": "r", "estimator": "responder", "outcome": "ndi", "at": "week12", "response": {"by": "mcid"}},
        {"id": "k", "estimator": "kaplan_meier"},
        {"id": "c", "estimator": "cox", "multiplicity": "none"},
    ],
)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.body]


def line(table: Table, name: str) -> tuple[str, ...]:
    """The cells behind the one line of this name."""
    found = [row.cells[1:] for row in table.body if row.cells[0] == name]
    assert len(found) == 1, f"{len(found)} lines named {name!r}"
    return found[0]


def row(statistic: str, estimate: float, **columns: Any) -> dict[str, Any]:
    return {"statistic": statistic, "estimate": estimate, **columns}


def limits(low: float, high: float) -> dict[str, float]:
    return {"conf_low": low, "conf_high": high}


# --- the tables of a report


def baseline_rows() -> Result:
    records = []
    for arm, n in (("block", 12.0), ("drug", 40.0)):
        here = {"group": arm, "n": n}
        sex = {**here, "outcome": "sex"}
        records += [
            row("count", n, outcome="patients", **here),
            row("mean", 50.25, outcome="age_years", **here),
            row("sd", 9.5, outcome="age_years", **here),
            row("missing", 2.0 if arm == "drug" else 0.0, outcome="age_years", **here),
            row("median", 12.0, outcome="symptom_duration_months", **here),
            row("q1", 5.5, outcome="symptom_duration_months", **here),
            row("q3", 30.0, outcome="symptom_duration_months", **here),
            row("missing", 0.0, outcome="symptom_duration_months", **here),
            row("count", n - 1, subgroup="sex=female", **sex),
            row("percent", 100 * (n - 1) / n, subgroup="sex=female", **sex),
            row("count", NAN, subgroup="sex=male", note=FEW, **{**sex, "n": NAN}),
            row("percent", NAN, subgroup="sex=male", note=FEW, **{**sex, "n": NAN}),
            row("count", 10.0, subgroup="migraine=yes", outcome="migraine", **here),
            row("percent", NAN, subgroup="migraine=yes", note=FEW, outcome="migraine", **{**here, "n": NAN}),
        ]
    smds = {"age_years": 0.125, "symptom_duration_months": 0.3, "sex": 0.02}
    records += [row("smd", v, outcome=k) for k, v in smds.items()]
    records.append(row("smd", NAN, outcome="migraine", note="not estimable: no spread"))
    return rows(records, analysis="baseline", method="description")


def test_the_baseline_table_is_that_of_a_journal() -> None:
    table = TABLES["baseline"](baseline_rows(), STUDY)
    # the reference arm comes first
    assert table.columns == ("", "Medication (n = 40)", "Nerve block (n = 12)", "SMD")
    assert cells(table) == [
        ("Age (years), mean (SD)", "50.2 (9.5)", "50.2 (9.5)", "0.12"),
        ("Missing, n", "2", "0", ""),
        ("Symptom duration (months), median (Q1, Q3)", "12.0 (5.5, 30.0)", "12.0 (5.5, 30.0)", "0.30"),
        ("Sex, n (%)", "", "", "0.02"),
        ("Female", "39 (97.5)", "11 (91.7)", ""),
        ("Male", "<10", "<10", ""),
        ("Migraine, n (%)", "10", "10", "NE¹"),
    ]
    assert [r.kind for r in table.body] == ["row", "level", "row", "row", "level", "level", "row"]
    assert "NE¹: not estimable: no spread." in table.notes
    assert "<10, n<10: not shown, because fewer than 10 people stand behind it." in table.notes
    assert table.rows().frame.equals(baseline_rows().frame)


def test_a_baseline_value_is_labelled_without_saying_so() -> None:
    records = [
        row("count", 9.0, outcome="patients", group="drug"),
        row("mean", 3.0, outcome="ndi_baseline", group="drug"),
    ]
    table = TABLES["baseline"](rows(records, analysis="baseline"), STUDY)
    assert cells(table) == [("Neck Disability Index (NDI) (points, 0–50), mean (SD)", "3.0")]


def test_a_group_of_all_together_is_a_column_of_its_own() -> None:
    everybody = rows([row("count", 52.0, outcome="patients", n=52)], analysis="baseline")
    table = TABLES["baseline"](concat([baseline_rows(), everybody]), STUDY)
    assert table.columns[3] == "All (n = 52)"


def effect_rows() -> Result:
    common = {"outcome": "ndi", "time": 84.0, "method": "ANCOVA, HC3 standard errors"}
    pair = {"group": "block", "reference": "drug"}
    return rows(
        [
            row("marginal_mean", 12.3, group="drug", n=40, **limits(10.0, 14.6), **common),
            row("marginal_mean", NAN, group="block", n=NAN, note=FEW, **common),
            row("mean_difference", -2.345, n=70, p_value=0.0004, p_adjusted=0.04, **pair, **limits(-4, -1), **common),
            row("joint_test", 5.5, df=1, p_value=0.02, n=70, **common),
        ],
        analysis="a",
    )


def test_effects_show_means_differences_and_what_could_not_be_estimated() -> None:
    failed = not_estimable("one arm is empty", analysis="a", outcome="pain_nprs")
    elsewhere = not_estimable("no events", analysis="c")
    table = TABLES["effects"](concat([effect_rows(), failed, elsewhere]), STUDY)
    assert table.columns == ("", "n", "Adjusted mean (95% CI)", "Difference (95% CI)", "p", "p, Holm")
    assert cells(table) == [
        ("Neck Disability Index (NDI) (points, 0–50), Week 12; primary analysis",),
        ("Medication", "40", "12.3 (10.0, 14.6)", "", "", ""),
        ("Nerve block", "<10", "n<10", "", "", ""),
        ("Nerve block vs Medication", "70", "", "−2.35 (−4.00, −1.00)", "<0.001", "0.040"),
        ("Any difference between arms", "70", "", "Wald statistic 5.50, 1 df", "0.020", ""),
        ("Headache pain intensity (NPRS) (0–10); primary analysis",),
        ("Not estimable: one arm is empty", "", "", "", "", ""),
    ]
    assert "Method: ANCOVA, HC3 standard errors." in table.notes


def test_responders_show_events_risk_differences_and_nnt() -> None:
    common = {"outcome": "ndi", "time": 84.0, "method": "logistic"}
    pair = {"group": "block", "reference": "drug", "n": 70}
    found = rows(
        [
            row("risk", 0.25, group="drug", n=40, events=10, **limits(0.1, 0.4), **common),
            row("risk_difference", -0.1, p_value=0.2, p_adjusted=0.2, **pair, **limits(-0.3, 0.1), **common),
            row("nnt", 10.0, note="the interval of the risk difference includes 0", **pair, **common),
        ],
        analysis="r",
    )
    table = TABLES["responders"](found, STUDY)
    assert table.body[0].cells[0].endswith("Week 12; better by at least the MCID")
    assert line(table, "Medication") == ("10/40", "25.0 (10.0, 40.0)", "", "", "", "")
    assert line(table, "Nerve block vs Medication") == ("70", "", "−10.0 (−30.0, 10.0)", "harm: 10.0", "0.200", "0.200")


def test_resolution_says_what_was_not_reached() -> None:
    common = {"outcome": "resolution"}
    pair = {"group": "block", "reference": "drug", "n": 60, "events": 33}
    found = concat(
        [
            rows(
                [
                    row("median_time", 84.0, group="drug", n=40, events=30, **limits(56, NAN), **common),
                    row("median_time", NAN, group="block", n=20, events=3, **limits(100, NAN), **common),
                    row("resolved", 0.5, group="drug", time=91, n=40, events=20, **limits(0.4, 0.6), **common),
                    row("survival", 0.5, group="drug", time=91, n=40, **common),
                ],
                analysis="k",
            ),
            rows([row("hazard_ratio", 1.5, p_value=0.01, **pair, **limits(1.1, 2.0), **common)], analysis="c"),
            rows([row("logrank", 6.25, df=1, p_value=0.012, n=60, events=33, **common)], analysis="l"),
            not_estimable("no events", analysis="c", method="cox"),
        ]
    )
    table = TABLES["resolution"](found, STUDY)
    assert table.columns[3] == "Resolved by 3 months, % (95% CI)"
    assert line(table, "Medication") == ("30/40", "84 (56, NR)", "50.0 (40.0, 60.0)", "", "", "", "")
    assert line(table, "Nerve block")[:3] == ("3/20", "NR (100, NR)", "")
    assert line(table, "Nerve block vs Medication") == ("33/60", "", "", "1.50 (1.10, 2.00)", "", "0.010", "")
    assert line(table, "All arms") == ("33/60", "", "", "", "6.25 (1)", "0.012", "")
    assert cells(table)[-1][0] == "cox: not estimable: no events"


def test_proportional_hazards_are_tested_term_by_term() -> None:
    terms = ("age_years", "log(age_years)", "GLOBAL")
    found = rows([row("ph_test", 3.2, group=t, df=2, p_value=0.2, method="Cox") for t in terms], analysis="c")
    assert cells(TABLES["ph"](found, STUDY)) == [
        (name, "3.20", "2", "0.200") for name in ("Age", "log(age_years)", "All terms together")
    ]


def test_subgroups_stand_side_by_side_with_one_test() -> None:
    common = {"outcome": "ndi", "time": 84.0, "group": "block", "reference": "drug"}
    levels = [
        row("mean_difference", -1.0, subgroup="chronicity=acute", n=30, **limits(-2, 0), **common),
        row("mean_difference", NAN, subgroup="chronicity=subacute", n=NAN, note=FEW, **common),
        row("heterogeneity", 0.5, subgroup="chronicity", df=1, p_value=0.0001, n=30, **common),
    ]
    failed = not_estimable("one arm is empty", analysis="a", outcome="ndi", subgroup="chronicity=chronic")
    table = TABLES["subgroups"](concat([rows(levels, analysis="a"), failed, effect_rows()]), STUDY)
    assert table.spans == (("", 1), ("Nerve block vs Medication", 2))
    assert cells(table) == [
        ("Neck Disability Index (NDI) (points, 0–50), Week 12; primary analysis; difference in means",),
        ("Chronicity", "", "p < 0.001"),
        ("Acute", "30", "−1.00 (−2.00, 0.00)"),
        ("Subacute", "<10", "n<10"),
        ("Chronic", "", "NE¹"),
    ]
    assert "NE¹: not estimable: one arm is empty." in table.notes


def test_tables_over_visits() -> None:
    here = {"outcome": "ndi", "group": "drug", "time": 28.0, "n": 30}
    start = row("mean", 24.0, **limits(23, 25), **{**here, "time": 0.0})
    course = rows([start, row("mean", 20.0, **limits(18, 22), **here), row("sd", 5.0, **here)], analysis="course")
    share = row("percent", 40.0, events=12, **limits(25, 57), **here)
    change = rows([row("mean", -3.0, **limits(-5, -1), **here), share], analysis="change")
    seen = [
        row("count", 30.0, group="drug", time=28.0, outcome="visit", n=30),
        row("percent", 75.0, group="drug", time=28.0, outcome="visit", n=40),
        row("median", 29.0, group="drug", time=28.0, outcome="day", n=30),
        row("missing", 11.0, group="drug", time=28.0, outcome="ndi", n=11),
        row("count", 40.0, group="drug", time=0.0, outcome="visit", n=40),
    ]
    everything = concat([course, change, rows(seen, analysis="follow-up")])
    means = TABLES["means"](everything, STUDY)
    assert means.spans == (("", 1), ("Medication", 3))
    assert [r.kind for r in means.body] == ["head", "row", "row"]
    assert cells(means)[1] == ("Baseline", "30", "24.0", "23.0, 25.0")
    assert cells(means)[2] == ("Week 4", "30", "20.0 (5.0)", "18.0, 22.0")
    changes = TABLES["change"](everything, STUDY)
    assert changes.title == "Change from baseline, Week 4"
    assert cells(changes) == [
        ("Neck Disability Index (NDI) (points, 0–50)", "30", "−3.0 (−5.0, −1.0)", "40.0 (25.0, 57.0)")
    ]
    follow_up = TABLES["follow_up"](everything, STUDY)
    assert follow_up.columns == ("", "Baseline", "Week 4")
    assert cells(follow_up) == [
        ("Seen, n (%)", "", ""),
        ("Medication", "40", "30 (75.0)"),
        ("Day of the visit, median", "", ""),
        ("Medication", "", "29"),
        ("Missing: Neck Disability Index (NDI), n", "", ""),
        ("Medication", "", "11"),
    ]


# --- every table


@pytest.mark.parametrize("name", list(TABLES))
@pytest.mark.parametrize(
    "how", [figure_rows.all_rows, lambda: figure_rows.suppressed(figure_rows.all_rows(), below=200)]
)
def test_a_table_copes_with_any_rows_and_leaves_them(name: str, how: Any) -> None:
    given = how()
    before = given.frame.copy(deep=True)
    table = TABLES[name](given, figure_rows.study())
    assert all(len(r.cells) == (1 if r.kind == "head" else len(table.columns)) for r in table.body)
    assert sum(width for _, width in table.spans) in (0, len(table.columns))
    assert not re.search(r"\bnan\b", table.to_text())
    pd.testing.assert_frame_equal(given.frame, before)
    assert TABLES[name](rows([]), STUDY).body == ()


class Structure(HTMLParser):
    """Counts cells by row, and refuses tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.widths: list[int] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.widths.append(0)
        if tag in ("td", "th"):
            self.widths[-1] += int(dict(attrs).get("colspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", list(TABLES))
def test_html_is_a_table_with_scopes_and_no_style(name: str) -> None:
    table = TABLES[name](figure_rows.all_rows(), figure_rows.study())
    structure = Structure()
    structure.feed(table.to_html())
    assert structure.open == []
    assert structure.attributes <= {"class", "role", "tabindex", "aria-label", "scope", "colspan", "rowspan"}
    body = structure.widths[2 if table.spans else 1 :]
    assert set(body) <= {len(table.columns)}
    assert table.to_html() == table._repr_html_()


def nasty(text: str) -> Table:
    return Table(title=text, columns=("", text), body=(Row(cells=(text, text)),), source=rows([]), notes=(text,))


def test_html_escapes_every_text() -> None:
    assert "<script" not in nasty("<script>\"'&").to_html()
    assert nasty("a & b").to_html().count("a &amp; b") == 6


@pytest.mark.parametrize("text", ["=1+1", "+1 a", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =HYPERLINK(0)"])
def test_a_csv_cell_never_starts_a_formula(text: str) -> None:
    parsed = list(csv.reader(io.StringIO(nasty(text).to_csv(), newline="")))
    assert {cell for line_ in parsed for cell in line_} == {f"'{text.strip()}", ""}


def test_a_carriage_return_begins_no_row() -> None:
    parsed = list(csv.reader(io.StringIO(nasty("a\r=1").to_csv(), newline="")))
    assert parsed == [["", "a =1"], ["a =1", "a =1"], ["a =1", ""]]


def test_numbers_and_proper_minus_signs_stay_as_they_are_in_csv() -> None:
    for text in ("-2.5", "+3", "−2.35 (−4.00, −1.00)", "<10", "1e-3"):
        assert neutral(text) == text


def test_csv_is_rectangular_and_names_the_arm_in_each_header() -> None:
    table = TABLES["subgroups"](figure_rows.all_rows(), figure_rows.study())
    parsed = list(csv.reader(io.StringIO(table.to_csv())))
    assert {len(line_) for line_ in parsed} == {len(table.columns)}
    assert parsed[0][1] == "Manual therapy + exercise vs Medication: n"
    assert parsed[-1][0] == table.notes[-1]


def test_plain_text_lines_up() -> None:
    lines = TABLES["baseline"](baseline_rows(), STUDY).to_text().splitlines()
    assert lines[2].rstrip().endswith("SMD")
    assert lines[4].startswith("Age (years), mean (SD)") and lines[4].endswith("0.12")
    assert lines[5].startswith("  Missing, n")
    assert len(lines[1]) == len(lines[4])


def test_word_documents_have_the_same_bytes_each_time(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    table = TABLES["subgroups"](figure_rows.all_rows(), figure_rows.study())
    for name in ("one", "two"):
        table.to_docx(tmp_path / f"{name}.docx")
    assert (tmp_path / "one.docx").read_bytes() == (tmp_path / "two.docx").read_bytes()
    document = docx.Document(str(tmp_path / "one.docx"))
    grid = document.tables[0]
    assert document.paragraphs[0].text == table.title
    assert [p.text for p in document.paragraphs[1:] if p.text] == list(table.notes)
    assert grid.rows[0].cells[1].text == "Manual therapy + exercise vs Medication"
    assert grid.rows[1].cells[1].text == "n"
    assert len(grid.rows) == len(table.body) + 2
    assert tuple(c.text for c in grid.rows[4].cells) == table.body[2].cells
    assert document.core_properties.author == ""
    # one rule above, one below the header and one at the end; Word refuses a cell that has the same edge twice
    edges = [
        [b.tag.rpartition("}")[2] for b in r._tr.tc_lst[0].iter() if b.get(f"{{{W}}}val") == "single"]
        for r in grid.rows
    ]
    assert edges == [["top"], ["bottom"], *[[]] * (len(table.body) - 1), ["bottom"]]


def test_without_the_office_extra_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(CghError, match=re.escape("cgh-analysis[office]")):
        nasty("a").to_docx(tmp_path / "a.docx")


# --- baseline_table


PEOPLE = pd.DataFrame(
    {
        "patient": ["p1", "p2", "p3", "p4", "p5", "p6", "p7"],
        "arm": ["b", "b", "b", "a", "a", "a", "a"],
        "age": [30.0, 40.0, 50.0, 41.0, 43.0, 45.0, 47.0],
        "sex": ["f", "m", None, "f", "f", "m", "m"],
        "smoker": [True, False, True, False, False, False, True],
        "w": [1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0],
    }
)


def test_a_baseline_table_of_any_frame() -> None:
    before = PEOPLE.copy(deep=True)
    table = baseline_table(PEOPLE.drop(columns="w"), by="arm", labels={"age": "Age (years)", "a": "Arm A"})
    assert table.columns == ("", "Arm A (n = 4)", "b (n = 3)", "SMD")
    assert cells(table) == [
        # sd of 41, 43, 45, 47 is 2.58; (44 - 40) / sqrt((6.67 + 100) / 2) = 0.55
        ("Age (years), mean (SD)", "44.0 (2.6)", "40.0 (10.0)", "0.55"),
        ("sex, n (%)", "", "", "0.00"),
        ("F", "2 (50.0)", "1 (50.0)", ""),
        ("M", "2 (50.0)", "1 (50.0)", ""),
        ("Missing, n", "0", "1", ""),
        ("smoker, n (%)", "1 (25.0)", "2 (66.7)", "0.92"),
    ]
    assert table.notes[-1] == "Left out as identifiers: patient."
    assert table.title == "Characteristics by arm"
    assert (table.rows().frame["analysis"] == "baseline").all()
    pd.testing.assert_frame_equal(PEOPLE, before)


def test_weights_change_means_and_percentages_but_not_people() -> None:
    table = baseline_table(PEOPLE, by="arm", columns=["age", "smoker"], weights="w", median=["age"])
    assert table.columns[2] == "b (n = 3)"
    assert line(table, "smoker, n (%)")[1] == "2 (75.0)"
    assert any("weighted" in note for note in table.notes)


def test_a_baseline_table_refuses_what_it_cannot_show() -> None:
    with pytest.raises(ArgumentError, match="'dose'"):
        baseline_table(PEOPLE, by="arm", columns=["dose"])
    with pytest.raises(ArgumentError, match="no column 'group'"):
        baseline_table(PEOPLE, by="group")
