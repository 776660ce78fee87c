"""Decisions across the plan: what may leave, what is said, what is drawn."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cgh_analysis import results
from cgh_analysis.disclosure import release
from cgh_analysis.figures import FIGURES, caption
from cgh_analysis.figures.style import DPI
from cgh_analysis.multiplicity import decide
from cgh_analysis.report.hypotheses import decisions_in_words
from cgh_analysis.report.limits import limits
from cgh_analysis.report.methods import methods
from cgh_analysis.results import Result
from cgh_analysis.study import Disclosure, Study
from cgh_analysis.tables import TABLES
from tests.builders import study
from tests.gates import ARMS, NDI, PAIN, PAIN_ROW, compared, plan


def test_decisions_go_with_a_p_value_that_is_held_back() -> None:
    on = plan(NDI, PAIN)
    rule = Disclosure(threshold=10, round_to=5)
    alone = compared(np.nan, statistic="marginal_mean", reference="", n=8)
    for few in ([compared(0.02, n=8)], [compared(0.02), alone]):
        found = results.rows([*few, PAIN_ROW])
        gates = release(results.concat([found, decide(on, found)]), rule).frame.query("statistic == 'gate'")
        assert gates[["estimate", "p_value", "p_adjusted"]].isna().all(axis=None)
        assert (gates["note"] == "suppressed: fewer than 10").all()
    found = results.rows([compared(0.02), PAIN_ROW])
    gates = release(results.concat([found, decide(on, found)]), rule).frame.query("statistic == 'gate'")
    assert gates["p_adjusted"].notna().all()


def test_the_report_says_what_was_declared_and_decided() -> None:
    arrows = [{"from": "h1", "to": "h2", "weight": 0.25}]
    on = plan({**NDI, "weight": 1, "title": "Disability"}, PAIN, procedure="graph", transitions=arrows)
    said = next(p for p in methods(on) if p.title == "Hypotheses tested together")
    assert "Disability (NDI, week 12: Block vs Drug, starting with 1); h2 (Pain" in said.text
    assert "0.25 from Disability to h2" in said.text
    assert said.cites == ("graphs",)
    assert any("Only the hypotheses that are tested together" in limit for limit in limits(on))
    told = decisions_in_words(decide(on, results.rows([compared(0.02), PAIN_ROW])), on)
    assert told == [
        "Of the hypotheses tested together at 0.05, rejected: NDI, week 12: Block vs Drug.",
        "Of the hypotheses tested together at 0.05, not rejected: Pain, week 12: Manual vs Drug.",
    ]


def test_the_table_has_a_line_for_each_with_the_reason_below() -> None:
    on = plan(NDI, PAIN, {"id": "h3", "analysis": "hazards", "contrast": ["block", "drug"]})
    table = TABLES["multiplicity"](decide(on, results.rows([compared(0.001), PAIN_ROW])), on)
    cells = [row.cells for row in table.body]
    assert cells[0] == ("h1", "NDI, week 12: Block vs Drug", "0.001", "0.0167", "0.003", "Rejected at 0.05")
    assert cells[2] == ("h3", "Time to resolution: Block vs Drug", "", "NE¹", "", "Not rejected")
    assert any(note.startswith("NE¹: not estimable: hazards gave no such comparison") for note in table.notes)


# what is drawn


def drawn_plan(m: int, arrows: list[tuple[int, int, float]], procedure: str = "graph") -> tuple[Result, Study]:
    """m hypotheses of which the first two start with a share; of every four one has no p-value."""
    outcomes = ("ndi", "pain_nprs", "hit6", "headache_days_28d")
    lines = [{"id": f"a{k}", "estimator": "ancova", "outcome": outcomes[k // 2], "at": "week12"} for k in range(m)]
    hypotheses = [
        {
            "id": f"hypothesis-{k}",
            "analysis": f"a{k}",
            "contrast": ["manual" if k % 2 else "block", "drug"],
            **({"weight": 0.5 if k < 2 else 0.0} if procedure == "graph" else {}),
        }
        for k in range(m)
    ]
    links = [{"from": f"hypothesis-{a}", "to": f"hypothesis-{b}", "weight": w} for a, b, w in arrows]
    block = {"procedure": procedure, "hypotheses": hypotheses, "transitions": links}
    on = study(arms=ARMS, analyses=lines, multiplicity=block)
    p = [0.001, 0.02, 0.3, 0.01] * 2
    rows = [
        compared(p[k], f"a{k}", outcomes[k // 2], group="manual" if k % 2 else "block") for k in range(m) if k % 4 != 3
    ]
    return decide(on, results.rows(rows)), on


GRAPHS = {
    "two": (2, [(0, 1, 1), (1, 0, 1)]),
    "four": (4, [(0, 2, 0.5), (0, 1, 0.5), (1, 3, 0.5), (1, 0, 0.5), (2, 1, 1), (3, 0, 1)]),
    "eight": (8, [(k, (k + 2) % 8, 0.5) for k in range(8)] + [(k, k ^ 1, 0.5) for k in range(8)]),
}


def boxes_of(figure: Figure) -> list[Any]:
    return [p for p in figure.findobj(Rectangle) if p.get_linewidth() and p.get_edgecolor()[3] and p.get_width() > 20]


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_has_a_box_for_each_and_no_text_on_another(name: str) -> None:
    m, arrows = GRAPHS[name]
    figure = FIGURES["multiplicity"](*drawn_plan(m, arrows))
    figure.set_dpi(DPI)
    figure.canvas.draw()
    texts = [(t.get_text(), t.get_window_extent()) for t in figure.texts]
    shown = [text for text, _ in texts]
    assert len(boxes_of(figure)) == m
    assert all(f"hypothesis-{k}" in shown for k in range(m))
    assert sum(text in ("0.5", "1") for text in shown) == len(arrows)
    assert figure.get_size_inches()[1] * 25.4 < 240
    for (a, one), (b, other) in combinations(texts, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        # boxes of text hold room for descenders
        assert across <= 1 or up <= 3, (a, b)


def test_decisions_differ_in_words_and_in_the_edge_not_in_colour_alone() -> None:
    chains = [(0, 2, 1), (2, 4, 1), (4, 6, 1), (1, 3, 1), (3, 5, 1), (5, 7, 1)]
    figure = FIGURES["multiplicity"](*drawn_plan(8, chains))
    shown = [t.get_text() for t in figure.texts]
    assert {"Rejected", "Not rejected", "Not tested", "Not estimable"} <= set(shown)
    looks = {(p.get_linestyle(), p.get_linewidth()) for p in boxes_of(figure)}
    assert len(looks) == 4


def test_other_procedures_and_rows_without_a_study_are_lists() -> None:
    for rows, on in (drawn_plan(8, [], "hochberg"), (drawn_plan(4, GRAPHS["four"][1])[0], None)):
        figure = FIGURES["multiplicity"](rows, on)
        assert figure.axes[0].get_xlabel() == "p-value"
        assert boxes_of(figure) == []
        assert "crosses where it was not" in caption("multiplicity", rows, on)
    sequence = FIGURES["multiplicity"](*drawn_plan(5, [], "fixed_sequence"))
    assert len(boxes_of(sequence)) == 5
