"""Procedures within a line of the plan, and the decisions at the end of the demo's plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cgh_analysis.analysis import run_analysis, run_plan
from cgh_analysis.cohort import Cohort, build_cohort
from cgh_analysis.errors import CghError
from cgh_analysis.ingest import read_tables
from cgh_analysis.study import Analysis, Study, read_study

DEMO = Path(__file__).resolve().parents[2] / "reports" / "demo" / "study.toml"


@pytest.fixture(scope="module")
def demo() -> Study:
    return read_study(DEMO)


@pytest.fixture(scope="module")
def cohort(demo: Study) -> Cohort:
    return build_cohort(read_tables(demo), demo)


def test_the_plan_ends_with_its_decisions(demo: Study, cohort: Cohort) -> None:
    named = {h.analysis for h in demo.multiplicity.hypotheses}
    short = demo.model_copy(update={"analyses": tuple(a for a in demo.analyses if a.id in named)})
    frame = run_plan(short, cohort).frame
    gates = frame.loc[frame["analysis"] == "multiplicity"]
    assert gates.index.tolist() == list(range(len(frame) - len(demo.multiplicity.ids), len(frame)))
    assert gates["p_value"].notna().all()
    for _, gate in gates.iterrows():
        same = ["outcome", "group", "reference", "time"]
        twin = frame.loc[(frame[same] == gate[same]).all(axis=1) & frame["analysis"].isin(named)]
        assert twin.loc[twin["subgroup"] == "", "p_value"].tolist() == [gate["p_value"]]
    assert (gates["p_adjusted"] >= gates["p_value"]).all()


@pytest.mark.parametrize("way", ["tukey", "dunnett", "mvt", "hochberg", "bonferroni", "holm", "none"])
@pytest.mark.parametrize("estimator", ["ancova", "gee", "cox"])
def test_a_line_of_the_plan_takes_every_procedure(estimator: str, way: str, cohort: Cohort) -> None:
    line = {} if estimator == "cox" else {"outcome": "ndi", "at": "week12"}
    frame = run_analysis(Analysis(id="line", estimator=estimator, multiplicity=way, **line), cohort).frame
    found = frame.loc[frame["p_adjusted"].notna()]
    assert len(found) == (2 if way == "dunnett" else 3)
    assert set(found["reference"]) == ({"medication"} if way == "dunnett" else {"medication", "manual_exercise"})
    assert (found["p_adjusted"] >= found["p_value"] * (1 - 1e-12)).all()
    # wider intervals belong to the single-step procedures
    half = (found["conf_high"] - found["conf_low"]).to_numpy()
    own = run_analysis(Analysis(id="line", estimator=estimator, multiplicity="none", **line), cohort).frame
    plain = own.loc[own["p_adjusted"].notna(), ["conf_low", "conf_high"]].to_numpy()[: len(half)]
    wider = half > (plain[:, 1] - plain[:, 0]) * (1 + 1e-9)
    assert wider.all() == (way in ("tukey", "dunnett", "mvt", "bonferroni"))


@pytest.mark.parametrize("way", ["tukey", "dunnett", "mvt"])
@pytest.mark.parametrize("estimator", ["responder", "logrank"])
def test_what_has_no_joint_distribution_refuses_single_step_procedures(
    estimator: str, way: str, demo: Study, cohort: Cohort
) -> None:
    line = {"outcome": "ndi", "at": "week12", "response": {"by": "mcid"}} if estimator == "responder" else {}
    analysis = Analysis.model_validate({"id": "line", "estimator": estimator, "multiplicity": way, **line})
    with pytest.raises(CghError, match=way):
        run_plan(demo.model_copy(update={"analyses": (analysis,), "multiplicity": None}), cohort)


def test_dunnett_without_its_reference_arm_is_not_estimable(cohort: Cohort) -> None:
    here = cohort.cases["arm"] != "medication"
    without = replace(cohort, cases=cohort.cases.loc[here].reset_index(drop=True))
    line = Analysis(id="line", estimator="ancova", multiplicity="dunnett", outcome="ndi", at="week12")
    notes = run_analysis(line, without).frame["note"].tolist()
    assert notes == ["not estimable: nobody is in medication, with which Dunnett's procedure compares"]
