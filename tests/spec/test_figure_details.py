"""What figures draw of small tables written out here: places, limits, marks and words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cgh_analysis import figures
from cgh_analysis.figures.place import width_mm, wrap
from cgh_analysis.figures.style import COLOURS, LINES, MARKERS, arm_styles
from cgh_analysis.figures.visits import DODGE_MM, axis_scale
from cgh_analysis.format import estimate_ci
from cgh_analysis.results import Result, rows
from tests import figure_rows

STUDY = figure_rows.study()


def words(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.texts]


def lines_of(figure: Figure, arm: str) -> list[Line2D]:
    colour = arm_styles(rows([]), STUDY)[arm].colour
    return [line for axes in figure.axes for line in axes.lines if to_hex(line.get_color()) == colour]


def difference(a: str, b: str, estimate: float, half: float, **more: Any) -> dict[str, Any]:
    return {
        "analysis": "ndi-week12",
        "outcome": "ndi",
        "time": 84,
        "group": a,
        "reference": b,
        "statistic": "mean_difference",
        "estimate": estimate,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "n": 100,
        **more,
    }


def survival(time: float, estimate: float, **more: Any) -> dict[str, Any]:
    base = {"analysis": "resolution", "group": "medication", "statistic": "survival", "events": 1, "n": 10}
    return {**base, "time": time, "estimate": estimate, **more}


def test_a_curve_is_a_step_and_ends_where_people_were_last_at_risk() -> None:
    steps = [survival(0, 1.0), survival(10, 0.8), survival(20, 0.5)]
    at_risk = [survival(day, n, statistic="n_risk") for day, n in ((0, 10), (28, 3), (56, 0))]
    curve = lines_of(figures.resolution(rows([*steps, *at_risk]), STUDY), "medication")[0]
    assert curve.get_xdata().tolist() == [0, 10, 10, 20, 20, 28]
    assert curve.get_ydata().tolist() == [100, 100, 80, 80, 50, 50]


def test_a_step_that_is_held_back_is_a_gap_and_not_a_line() -> None:
    steps = [survival(0, 1.0), survival(10, math.nan, note="suppressed: fewer than 10"), survival(20, 0.5)]
    curve = lines_of(figures.resolution(rows(steps), STUDY), "medication")[0]
    assert np.isnan(curve.get_ydata()[2:4]).all()


def test_the_milestone_is_marked_where_the_study_or_the_rows_have_one() -> None:
    steps = [survival(0, 1.0), survival(200, 0.5)]
    assert "3 months (day 91)" in words(figures.resolution(rows(steps), STUDY))
    assert not any("day" in text.lower() for text in words(figures.resolution(rows(steps))))
    resolved = survival(45, 0.3, statistic="resolved", conf_low=0.2, conf_high=0.4)
    assert "Day 45" in words(figures.resolution(rows([*steps, resolved])))


def test_a_median_that_is_not_reached_is_said_to_be_so() -> None:
    steps = [survival(0, 1.0), survival(20, 0.9), survival(math.nan, math.nan, statistic="median_time")]
    assert "not reached" in words(figures.resolution(rows(steps), STUDY))


def test_merged_steps_are_told() -> None:
    steps = [survival(0, 1.0, events=math.nan), survival(20, 0.5, events=math.nan)]
    assert any("Steps are merged" in text for text in words(figures.resolution(rows(steps), STUDY)))
    told = [*steps[:1], survival(20, 0.5)]
    assert not any("Steps are merged" in text for text in words(figures.resolution(rows(told), STUDY)))


def test_visits_stand_in_true_time_where_there_is_room() -> None:
    scale = axis_scale([0, 28, 84, 364], room_mm=130, cell_mm=5)
    assert scale.true
    assert np.diff(scale.places) / np.diff(scale.days) == pytest.approx([130 / 364] * 3)
    crowded = axis_scale([0, 1, 2, 3, 364], room_mm=40, cell_mm=15)
    assert not crowded.true
    assert np.diff(crowded.places) == pytest.approx([10] * 4)
    assert crowded.step == 2


def test_means_stand_at_their_numbers_with_arms_side_by_side() -> None:
    frame = figure_rows.all_rows().frame
    figure = figures.course(Result(frame.loc[(frame["analysis"] == "course") & (frame["outcome"] == "ndi")]), STUDY)
    first, second = (lines_of(figure, arm)[0] for arm in ("medication", "manual_exercise"))
    given = frame.loc[(frame["outcome"] == "ndi") & (frame["group"] == "medication") & (frame["statistic"] == "mean")]
    assert first.get_ydata().tolist() == given.loc[given["analysis"] == "course", "estimate"].tolist()
    assert second.get_xdata() - first.get_xdata() == pytest.approx([DODGE_MM] * 6)


def test_left_and_right_have_the_same_axis() -> None:
    figure = figures.rom(figure_rows.all_rows(), STUDY)
    limits = [axes.get_ylim() for axes in figure.axes]
    assert limits[2:8:2] == limits[3:8:2]
    assert limits[0] != limits[1]


def test_effects_in_different_units_never_share_an_axis() -> None:
    pair = ("manual_exercise", "medication")
    given = [
        difference(*pair, -3, 1),
        difference(*pair, -0.5, 0.2, outcome="pain_nprs", analysis="pain"),
        difference(*pair, 5, 2, outcome="rom_flexion_deg", analysis="rom"),
        difference(*pair, 4, 2, outcome="rom_extension_deg", analysis="rom"),
        difference(*pair, 1.5, 0.3, outcome="resolution", analysis="cox", statistic="hazard_ratio"),
    ]
    axes = figures.forest(rows(given), STUDY).axes
    assert [a.get_xlabel() for a in axes] == ["points, 0–50", "scale 0–10", "deg", "hazard ratio"]
    assert [a.get_xscale() for a in axes] == ["linear", "linear", "linear", "log"]


def test_a_forest_plot_prints_what_it_draws() -> None:
    given = rows([difference("manual_exercise", "medication", -3.14, 1.5, p_value=0.0004, p_adjusted=0.0012)])
    shown = words(figures.forest(given, STUDY))
    assert estimate_ci(given.frame.iloc[0]) in shown
    assert {"0.001", "100", "Adjusted p"} <= set(shown)
    assert any("left of the line favours Manual therapy + exercise" in text for text in shown)


def test_higher_is_better_turns_the_favoured_side() -> None:
    given = difference("manual_exercise", "medication", 5, 2, outcome="rom_flexion_deg")
    assert any("right of the line favours" in text for text in words(figures.forest(rows([given]), STUDY)))


def test_an_interval_far_wider_than_the_others_ends_in_an_arrow() -> None:
    pairs = (("manual_exercise", "medication", 1.0), ("nerve_block", "medication", 80.0))
    wide = [difference(a, b, -1, half, analysis=f"a{k}") for k in range(3) for a, b, half in pairs[: 1 + (k == 0)]]
    figure = figures.forest(rows(wide), STUDY)
    low, high = figure.axes[0].get_xlim()
    assert low > -80
    assert high < 80
    assert {line.get_marker() for axes in figure.axes for line in axes.lines} >= {"<", ">"}


def test_two_analyses_of_one_outcome_are_told_apart() -> None:
    pair = ("manual_exercise", "medication")
    given = [
        difference(*pair, -3, 1, method="ANCOVA, HC3 standard errors"),
        difference(*pair, -3, 1, method="GEE, robust standard errors", analysis="repeated"),
    ]
    assert {"NDI (ANCOVA)", "NDI (GEE)"} <= set(words(figures.forest(rows(given), STUDY)))


def test_of_a_repeated_analysis_the_primary_visit_is_drawn() -> None:
    pair = ("manual_exercise", "medication")
    given = rows([difference(*pair, -day / 10, 1, time=day) for day in (28, 84, 364)])
    assert any(text.startswith("−8.40") for text in words(figures.forest(given, STUDY)))
    assert any(text.startswith("−36.40") for text in words(figures.forest(given)))


def test_subgroups_show_their_test_for_heterogeneity() -> None:
    pair = ("manual_exercise", "medication")
    levels = [difference(*pair, -3, 1, subgroup=f"chronicity={level}") for level in ("acute", "chronic")]
    test = difference(*pair, 2.0, math.nan, subgroup="chronicity", statistic="heterogeneity", p_value=0.123)
    shown = words(figures.forest_subgroups(rows([difference(*pair, -3, 1), *levels, test]), STUDY))
    assert [w for w in shown if w in ("Everybody", "Chronicity", "Acute", "Chronic", "Heterogeneity")] == [
        "Everybody",
        "Chronicity",
        "Acute",
        "Chronic",
        "Heterogeneity",
    ]
    assert "p=0.123" in shown


def test_an_nnt_for_harm_is_called_one() -> None:
    base = {"analysis": "responder-50", "outcome": "ndi", "group": "nerve_block", "n": 90, "events": 40}
    pair = {**base, "reference": "medication"}
    given = rows(
        [
            {**base, "statistic": "risk", "estimate": 0.3, "conf_low": 0.2, "conf_high": 0.4},
            {**pair, "statistic": "risk_difference", "estimate": -0.2, "conf_low": -0.3, "conf_high": -0.1},
            {**pair, "statistic": "nnt", "estimate": 5.0, "conf_low": 3.33, "conf_high": 10.0},
        ]
    )
    shown = words(figures.responders(given, STUDY))
    assert "harm: 5.0 (3.3, 10.0)" in shown
    assert "−20.0 (−30.0, −10.0)" in shown


def test_the_grey_zone_is_the_detectable_change_to_both_sides() -> None:
    figure = figures.rom_change(figure_rows.all_rows(), STUDY)
    zones = [c.get_paths()[0].vertices[:, 0] for c in figure.axes[0].collections if isinstance(c, PolyCollection)]
    assert {(float(z.min()), float(z.max())) for z in zones} == {(-9.6, 9.6), (-7.0, 7.0)}


def test_a_band_that_is_held_back_is_an_open_bar_of_its_limit() -> None:
    base = {"analysis": "age-distribution", "outcome": "age_years", "group": "medication", "statistic": "count"}
    given = [
        {**base, "subgroup": "age_years=30-34", "estimate": 25},
        {**base, "subgroup": "age_years=35-39", "note": "suppressed: fewer than 10"},
        {**base, "subgroup": "age_years=90+", "estimate": 0},
    ]
    bars = [p for p in figures.age_distribution(rows(given), STUDY).axes[0].patches if isinstance(p, Rectangle)]
    assert [(b.get_x(), b.get_width(), b.get_height(), b.get_hatch() is not None) for b in bars] == [
        (30, 5, 25, False),
        (90, 5, 0, False),
        (35, 5, 10, True),
    ]


def test_a_category_is_one_line_of_the_love_plot() -> None:
    shown = words(figures.balance(figure_rows.all_rows(), STUDY))
    assert "Sex" in shown
    assert "Sex: female" not in shown
    assert "Chronicity: acute" in shown  # of which the rows have no distance as a whole
    assert shown.index("Cause: whiplash") < shown.index("Age")  # drawn from the bottom: the largest is on top


def test_a_flow_marks_what_depends_on_the_future() -> None:
    shown = words(figures.flow(figure_rows.all_rows(), STUDY))
    assert any(text.endswith("accounted for†") for text in shown)
    assert "No response to the diagnostic block‡" in shown
    assert "† This criterion depends on the outcome: it selects on what came after baseline." in shown
    assert {"Recorded", "Eligible: n = 403", "Excluded: n = 57", "NDI, week 12", "Analysed"} <= set(shown)


def test_a_flow_may_have_neither_arms_nor_analyses() -> None:
    base = {"analysis": "flow", "statistic": "count"}
    steps = [
        {**base, "outcome": "recorded", "subgroup": "Recorded", "estimate": 120},
        {**base, "outcome": "adult", "subgroup": "Under 18 years", "statistic": "excluded", "estimate": 20},
        {**base, "outcome": "adult", "subgroup": "Under 18 years", "estimate": 100},
    ]
    shown = words(figures.flow(rows(steps)))
    assert shown == ["Recorded", "n = 120", "Excluded: n = 20", "Under 18 years", "Eligible: n = 100", *shown[5:]]
    assert shown[5:] == ["All patients", "n = 100"]


def test_arms_are_ordered_by_the_study_else_reference_first() -> None:
    given = rows([difference("manual_exercise", "medication", -3, 1)])
    assert list(arm_styles(given)) == ["medication", "manual_exercise"]
    assert list(arm_styles(given, STUDY)) == ["medication", "manual_exercise", "nerve_block"]
    assert list(arm_styles(rows([{"group": "sham", "statistic": "mean"}]), STUDY))[-1] == "sham"


def test_arms_differ_by_lightness_marker_and_line() -> None:
    light = [_lightness(colour) for colour in COLOURS[:3]]
    assert min(np.diff(sorted(light))) > 15  # of 100; a step of 10 is easily seen side by side
    assert len(set(MARKERS)) == len(MARKERS)
    assert len(set(LINES)) == len(LINES)


def _lightness(colour: str) -> float:
    """CIE L* of an sRGB colour."""
    share = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16)


def test_jupyter_gets_a_picture_without_pyplot() -> None:
    picture = figures.balance(rows([]))._repr_png_()  # type: ignore[attr-defined]
    assert picture.startswith(b"\x89PNG")


@given(st.text(alphabet="abc WM,.-", min_size=1, max_size=60), st.floats(min_value=6, max_value=60))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, room: float) -> None:
    lines = wrap(text, room)
    assert all(width_mm(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_criterion_that_records_leave_open_stands_among_the_criteria() -> None:
    steps = {"recorded": 100, "adult:not_recorded": 95, "adult": 90, "analysed:ndi": 70}
    before = dict(zip(steps, [None, *steps.values()], strict=False))
    given = [{"outcome": step, "subgroup": step, "statistic": "count", "estimate": n} for step, n in steps.items()]
    given += [
        {"outcome": step, "subgroup": step, "statistic": "excluded", "estimate": before[step] - n}
        for step, n in steps.items()
        if before[step] is not None
    ]
    shown = words(figures.flow(rows(given, analysis="flow")))
    assert [text for text in shown if text.startswith(("Remaining", "Eligible"))] == [
        "Remaining: n = 95",
        "Eligible: n = 90",
    ]
