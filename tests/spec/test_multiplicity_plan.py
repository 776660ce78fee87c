"""Hypotheses of a study file, tested together: what is told of them, and what is decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgh_analysis import results
from cgh_analysis.analysis import check_plan
from cgh_analysis.errors import StudyError
from cgh_analysis.multiplicity import decide
from cgh_analysis.report.methods import methods
from cgh_analysis.study import read_study
from tests.builders import study
from tests.gates import ARMS, LINES, NDI, PAIN, PAIN_ROW, TWO, compared, decided, faults, plan

DEMO = Path(__file__).resolve().parents[2] / "reports" / "demo" / "study.toml"


def test_the_plain_procedures_share_the_level_alike_and_a_sequence_gives_it_to_the_first() -> None:
    assert plan(NDI, PAIN).multiplicity.shares == {"h1": 0.5, "h2": 0.5}
    sequence = plan(NDI, PAIN, procedure="fixed_sequence").multiplicity
    assert sequence.shares == {"h1": 1.0, "h2": 0.0}
    assert sequence.arrows == {("h1", "h2"): 1.0}
    assert plan(NDI, PAIN).multiplicity.alpha == 0.05


def test_a_plan_that_means_something_has_no_faults() -> None:
    arrows = [{"from": "h1", "to": "h2"}, {"from": "h2", "to": "h1", "weight": 0.5}]
    assert faults(plan(*TWO, procedure="graph", transitions=arrows)) == ""
    assert faults(plan(NDI, PAIN, procedure="hochberg")) == ""
    every = {"id": "h3", "analysis": "visits", "contrast": ["manual", "block"], "at": "week4"}
    assert faults(plan(NDI, every, {"id": "h4", "analysis": "hazards", "contrast": ["block", "drug"]})) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"analysis": "ndj"}, "names the analysis 'ndj', which is not known. Declare it; or did you mean 'ndi'."),
        ({"contrast": ["blok", "drug"]}, "names the arm 'blok'"),
        ({"contrast": ["drug", "drug"]}, "compares 'drug' with itself"),
        ({"at": "week13"}, "names the visit 'week13'"),
        ({"at": "week4"}, "is at 'week4', analysis 'ndi' at 'week12'"),
        ({"outcome": "hit6"}, "is about 'hit6', which analysis 'ndi' is not about"),
        ({"analysis": "pains"}, "does not say which outcome of 'pains'"),
        ({"analysis": "visits"}, "does not say which visit of 'visits'"),
        ({"analysis": "hazards", "at": "week12"}, "'hazards' is about all of the follow-up"),
        ({"analysis": "vs-drug", "contrast": ["block", "manual"]}, "that Dunnett's procedure of 'vs-drug'"),
        ({"id": "h2"}, "The hypothesis id 'h2' is given 2 times"),
        ({"id": " "}, "The hypothesis id of number 1 is blank"),
        ({"analysis": "pains", "outcome": "pain_nprs", "contrast": ["drug", "manual"]}, "are the same comparison"),
        ({"weight": 0.5}, "a weight of 'h1', which the procedure 'holm' does not take"),
    ],
)
def test_a_hypothesis_that_cannot_be_meant_is_told(change: dict[str, Any], words: str) -> None:
    assert words in faults(plan({**NDI, **change}, PAIN))


@pytest.mark.parametrize(
    ("weights", "arrows", "words"),
    [
        ((0.7, 0.4), [], "The weights of the hypotheses add up to 1.1"),
        ((1, None), [], "'h2' has no weight, and no transition brings it any"),
        ((1, None), [("h1", "h3", 1)], "A transition names the hypothesis 'h3', which is not there. Known: h1, h2."),
        ((1, None), [("h1", "h1", 1)], "leads from 'h1' to itself"),
        ((1, None), [("h1", "h2", 0.5), ("h1", "h2", 0.5)], "2 transitions lead from 'h1' to 'h2'"),
        ((0.5, 0.5), [("h1", "h2", 0.8), ("h1", "h3", 0.8)], "The transitions from 'h1' add up to 1.6"),
    ],
)
def test_a_graph_that_cannot_be_meant_is_told(weights: tuple, arrows: list[tuple], words: str) -> None:
    both = [{**h, **({} if w is None else {"weight": w})} for h, w in zip((NDI, PAIN), weights, strict=True)]
    made = [{"from": a, "to": b, "weight": w} for a, b, w in arrows]
    assert words in faults(plan(*both, procedure="graph", transitions=made))


def test_graph_fields_of_another_procedure_and_a_taken_id_are_told() -> None:
    arrows = [{"from": "h1", "to": "h2"}]
    assert "transitions, which the procedure 'hochberg'" in faults(plan(NDI, procedure="hochberg", transitions=arrows))
    taken = study(
        arms=ARMS,
        analyses=[{**LINES[0], "id": "multiplicity"}],
        multiplicity={"procedure": "holm", "hypotheses": [{**NDI, "analysis": "multiplicity"}]},
    )
    assert "has the id 'multiplicity'" in faults(taken)


def test_the_file_is_read_with_its_faults_at_once(tmp_path: Path) -> None:
    text = DEMO.read_text(encoding="utf-8")
    assert read_study(DEMO).multiplicity.arrows["ndi-manual", "pain-manual"] == 0.5
    path = tmp_path / "study.toml"
    path.write_text(text.replace('to = "pain-manual"', 'to = "pain-manuel"').replace("alpha = 0.05", "alfa = 0.05"))
    with pytest.raises(StudyError, match=r"multiplicity\.alfa: this name is not known here"):
        read_study(path)
    path.write_text(text.replace('to = "pain-manual"', 'to = "pain-manuel"').replace('at = "week12", weight', "weight"))
    with pytest.raises(StudyError) as caught:
        read_study(path)
    assert "A transition names the hypothesis 'pain-manuel', which is not there" in str(caught.value)
    assert "hypothesis 'pain-manual' has no weight" in str(caught.value)


def test_an_analysis_that_tests_no_two_arms_is_refused_before_data_are_read() -> None:
    with pytest.raises(StudyError, match="'curves': kaplan_meier tests no two arms, as the hypothesis 'h3' needs it"):
        check_plan(plan(NDI, {"id": "h3", "analysis": "curves", "contrast": ["block", "drug"]}))


# what is decided


def test_a_graph_decides_across_analyses() -> None:
    arrows = [{"from": "h1", "to": "h2"}, {"from": "h2", "to": "h1"}]
    frame = decided(plan(*TWO, procedure="graph", transitions=arrows), compared(0.02), PAIN_ROW)
    assert frame["subgroup"].tolist() == ["hypothesis=h1", "hypothesis=h2"]
    assert frame[["analysis", "statistic"]].drop_duplicates().to_numpy().tolist() == [["multiplicity", "gate"]]
    assert frame["p_value"].tolist() == [0.02, 0.04]
    np.testing.assert_allclose(frame["p_adjusted"], [0.04, 0.04])
    np.testing.assert_allclose(frame["estimate"], [0.025, 0.05])
    assert frame["note"].tolist() == ["rejected at 0.05"] * 2
    place = frame.loc[1, ["outcome", "group", "reference", "time"]]
    assert place.tolist() == ["pain_nprs", "manual", "drug", 84]


@pytest.mark.parametrize(
    ("procedure", "adjusted"),
    [
        ("bonferroni", [0.04, 0.08]),
        ("holm", [0.04, 0.04]),
        ("hochberg", [0.04, 0.04]),
        ("fixed_sequence", [0.02, 0.04]),
    ],
)
def test_the_plain_procedures_decide(procedure: str, adjusted: list[float]) -> None:
    frame = decided(plan(NDI, PAIN, procedure=procedure), compared(0.02), PAIN_ROW)
    np.testing.assert_allclose(frame["p_adjusted"], adjusted)
    assert frame["note"].str.startswith("rejected").tolist() == [p <= 0.05 for p in adjusted]
    assert frame["method"].str.endswith("familywise level 0.05").all()


def test_a_sequence_that_stops_says_what_no_share_came_to() -> None:
    frame = decided(plan(PAIN, NDI, procedure="fixed_sequence", alpha=0.025), compared(0.001), PAIN_ROW)
    assert frame["note"].tolist() == ["not rejected", "not rejected: no share of 0.025 came to it"]


def test_only_the_comparison_that_is_named_counts() -> None:
    others = [
        compared(0.9, group="manual"),
        compared(0.9, subgroup="sex=female"),
        compared(0.9, statistic="marginal_mean", reference=""),
        compared(0.9, "better", statistic="risk_difference"),
        compared(0.9, time=28),
        compared(0.9, "pains", "hit6"),
    ]
    assert decided(plan(NDI), compared(0.02), *others)["p_value"].tolist() == [0.02]
    # a difference is as far from 0 seen from either arm
    turned = {**NDI, "contrast": ["drug", "block"]}
    assert decided(plan(turned), compared(0.02), *others)["p_value"].tolist() == [0.02]


def test_risks_hazards_and_log_rank_tests_can_be_tested_too() -> None:
    hazard = compared(0.01, "hazards", "resolution", statistic="hazard_ratio", time=np.nan)
    risk = compared(0.03, "better", statistic="risk_difference")
    needed = compared(np.nan, "better", statistic="nnt")
    both = plan(
        {"id": "h1", "analysis": "hazards", "contrast": ["block", "drug"]},
        {"id": "h2", "analysis": "better", "contrast": ["block", "drug"]},
    )
    frame = decided(both, hazard, risk, needed)
    assert frame["p_value"].tolist() == [0.01, 0.03]
    assert frame["outcome"].tolist() == ["resolution", "ndi"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "ndi gave no such comparison"),
        ([compared(np.nan, estimate=np.nan, note="not estimable: no variance")], "no variance"),
        ([compared(np.nan, statistic="", group="", reference="", note="not estimable: nobody")], "nobody"),
        (
            [compared(np.nan, statistic="marginal_mean", reference="", note="not estimable: nobody in this arm")],
            "nobody in this arm",
        ),
        ([compared(0.01), compared(0.02)], "ndi gave 2 such comparisons"),
    ],
)
def test_what_is_not_estimable_is_not_rejected_and_hands_nothing_on(rows: list[dict[str, Any]], reason: str) -> None:
    frame = decided(plan(NDI, PAIN), *rows, PAIN_ROW)
    assert frame["note"].tolist() == [f"not estimable: {reason}; not rejected, and hands nothing on", "not rejected"]
    assert frame["p_adjusted"].isna().tolist() == [True, False]
    # Holm over two: the share of the first stays with it
    np.testing.assert_allclose(frame["p_adjusted"].iloc[1], 0.08)


def test_a_study_without_hypotheses_gives_no_rows_and_a_part_of_a_plan_no_error() -> None:
    assert len(decide(study(), results.rows([]))) == 0
    demo = read_study(DEMO)
    some = demo.model_copy(update={"analyses": demo.analyses[:1]})
    assert decide(some, results.rows([])).frame["note"].str.startswith("not estimable").all()
    assert methods(some)
