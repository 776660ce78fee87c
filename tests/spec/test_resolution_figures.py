"""What the figures of time to resolution draw of small tables written out here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cgh_analysis import figures, kaplan_meier, turnbull
from cgh_analysis.figures.patches import layers
from cgh_analysis.figures.style import COLOURS, arm_styles
from cgh_analysis.figures.survival_lines import NARROW
from cgh_analysis.results import Result, concat, rows
from cgh_analysis.simulate import Schedule, watched
from tests import figure_rows

STUDY = figure_rows.study()
NPMLE = {"analysis": "np", "group": "medication", "statistic": "npmle_survival", "n": 50, "outcome": "resolution"}
KM = {"analysis": "km", "group": "medication", "statistic": "survival", "n": 50, "events": 1, "outcome": "resolution"}
PAIR = {"group": "manual_exercise", "reference": "medication"}


def words(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.texts]


def points(*found: tuple[float, float], **more: Any) -> list[dict[str, Any]]:
    return [{**NPMLE, "time": t, "estimate": s, "events": 1, **more} for t, s in found]


def shaded(figure: Figure) -> list[list[list[float]]]:
    """The boxes that are drawn: their corners."""
    found = [c for axes in figure.axes for c in axes.collections if isinstance(c, PatchCollection)]
    return [path.vertices[:4].round(6).tolist() for c in found for path in c.get_paths()]


def arm_lines(figure: Figure, arm: str = "medication") -> list[Line2D]:
    colour = arm_styles(rows([]), STUDY)[arm].colour
    return [line for line in figure.axes[0].lines if to_hex(line.get_color()) == colour]


# --- the curve


def test_a_box_reaches_from_survival_before_to_survival_after() -> None:
    figure = figures.resolution(rows(points((0, 1), (28, 1), (84, 0.6), (364, 0.6))), STUDY)
    assert shaded(figure) == [[[28, 60], [84, 60], [84, 100], [28, 100]]]
    flat, diagonal = arm_lines(figure)[:2]
    # the flat line is broken where the box is, and a thin one runs through it
    assert flat.get_xdata()[[0, 1, 3]].tolist() == [0, 28, 84]
    assert np.isnan(flat.get_ydata()[2])
    assert diagonal.get_xdata().tolist() == [28, 84]
    assert diagonal.get_ydata().tolist() == [100, 60]
    assert diagonal.get_linewidth() < flat.get_linewidth()


def test_a_narrow_box_is_drawn_as_a_step() -> None:
    narrow = NARROW * 364 * 0.9
    figure = figures.resolution(rows(points((0, 1), (28, 1), (28 + narrow, 0.6), (364, 0.6))), STUDY)
    assert shaded(figure) == []
    assert arm_lines(figure)[0].get_ydata().tolist() == [100, 100, 60, 60, 60]


def test_an_exact_day_is_a_step_whichever_row_comes_first() -> None:
    given = points((0, 1), (28, 0.6), (28, 1), (364, 0.6))
    curve = arm_lines(figures.resolution(rows(given), STUDY))[0]
    assert curve.get_xdata().tolist() == [0, 28, 28, 364, 364]
    assert curve.get_ydata().tolist() == [100, 100, 60, 60, 60]


def test_limits_are_a_band_or_else_stand_at_their_days() -> None:
    all_along = points((0, 1), *((t, 0.9 - t / 1000) for t in (28, 84, 182)), conf_low=0.3, conf_high=0.95)
    few = [
        *points((0, 1), (28, 0.9), (84, 0.8), (182, 0.7), (364, 0.6)),
        *points((91, 0.8), conf_low=0.6, conf_high=0.9),
    ]
    kinds = [
        {type(c).__name__ for c in figures.resolution(rows(given), STUDY).axes[0].collections}
        for given in (all_along, few)
    ]
    assert "FillBetweenPolyCollection" in kinds[0] and "LineCollection" not in kinds[0]
    assert "LineCollection" in kinds[1]


def test_interval_censored_curves_come_first_and_kaplan_meier_on_demand() -> None:
    steps = [{**KM, "time": t, "estimate": s} for t, s in ((0, 1), (84, 0.5))]
    given = rows([*steps, *points((0, 1), (28, 1), (84, 0.6))])
    alone, both = figures.resolution(given, STUDY), figures.resolution(given, STUDY, kaplan_meier=True)
    assert len(arm_lines(both)) == len(arm_lines(alone)) + 1
    assert any("Kaplan-Meier, by the day of the visit" in text for text in words(both))
    assert not any("Kaplan-Meier" in text for text in words(alone))
    only = figures.resolution(rows(steps), STUDY, kaplan_meier=True)
    assert not any("Boxes" in text for text in words(only))


def test_a_curve_of_another_event_is_not_one_of_resolution() -> None:
    back = [{**KM, "outcome": "recurrence", "time": t, "estimate": s} for t, s in ((0, 1), (84, 0.5))]
    assert any("Nothing to show" in text for text in words(figures.resolution(rows(back), STUDY)))


def test_the_test_below_the_curves_is_the_one_that_belongs_to_them() -> None:
    test = {"statistic": "logrank", "estimate": 5, "df": 1, "outcome": "resolution"}
    by_day = {**test, "method": "Log-rank test", "p_value": 0.2}
    of_intervals = {**test, "method": "Interval log-rank test (Sun), score", "p_value": 0.04}
    steps = [{**KM, "time": t, "estimate": s} for t, s in ((0, 1), (84, 0.5))]
    both = [by_day, of_intervals]
    assert any(
        "p=0.040" in text for text in words(figures.resolution(rows([*points((0, 1), (84, 0.6)), *both]), STUDY))
    )
    assert any("p=0.200" in text for text in words(figures.resolution(rows([*steps, *both]), STUDY)))


def test_people_followed_are_called_what_they_are() -> None:
    seen = {**NPMLE, "statistic": "n_risk", "time": 28, "estimate": 40}
    assert "Under observation" in words(figures.resolution(rows([*points((0, 1), (84, 0.6)), seen]), STUDY))
    steps = [{**KM, "time": t, "estimate": s} for t, s in ((0, 1), (84, 0.5))]
    assert "At risk" in words(figures.resolution(rows([*steps, {**KM, **seen, "analysis": "km"}]), STUDY))


# --- the milestone


def resolved(arm: str, method: str, estimate: float, **more: Any) -> dict[str, Any]:
    return {"statistic": "resolved", "group": arm, "method": method, "time": 91, "estimate": estimate, "n": 50, **more}


def test_methods_stand_under_each_other_by_arm() -> None:
    given = [resolved(a, m, 0.4) for a in ("manual_exercise", "medication") for m in ("NPMLE, limits", "Kaplan-Meier")]
    shown = words(figures.milestone(rows(given), STUDY))
    assert [w for w in shown if w in ("Medication", "Manual therapy + exercise", "NPMLE", "Kaplan-Meier")] == [
        *("Medication", "NPMLE", "Kaplan-Meier"),
        *("Manual therapy + exercise", "NPMLE", "Kaplan-Meier"),
    ]
    assert "Resolved by 3 months" in shown
    assert any(text.startswith("Kaplan-Meier takes the day of a visit") for text in shown)


def test_a_share_that_two_analyses_give_is_drawn_once() -> None:
    names = {
        "milestone": "NPMLE of intervals, likelihood ratio limits",
        "np": "NPMLE (Turnbull), likelihood ratio interval",
    }
    given = [resolved("medication", method, 0.4, analysis=name) for name, method in names.items()]
    assert sum(text.startswith("40.0") for text in words(figures.milestone(rows(given), STUDY))) == 1


def test_a_mean_until_another_day_has_an_axis_of_its_own() -> None:
    days = [
        {"statistic": "rmst", "group": "medication", "time": t, "estimate": t / 2, "n": 9, "method": "NPMLE"}
        for t in (91, 182)
    ]
    shown = words(figures.milestone(rows(days), STUDY))
    assert {"Mean days to resolution within 3 months", "Mean days to resolution within 6 months"} <= set(shown)


def test_the_name_of_a_comparison_runs_over_the_lines_of_its_methods() -> None:
    change = {"statistic": "resolved_difference", "time": 91, "estimate": 0.1, **PAIR}
    given = [{**change, "method": m} for m in ("NPMLE", "AFT", "Kaplan-Meier")]
    shown = words(figures.milestone(rows(given), STUDY))
    assert "Manual therapy + exercise vs" in shown
    assert not any("\n" in text for text in shown)


# --- proportional hazards


def test_the_hazard_ratio_over_time_stands_against_the_fitted_one() -> None:
    effect = {"statistic": "ph_effect", "analysis": "c", **PAIR}
    course = [
        {**effect, "time": t, "estimate": np.log(2 - t / 100), "conf_low": -0.5, "conf_high": 1} for t in (10, 90)
    ]
    fitted = {"statistic": "hazard_ratio", "analysis": "c", "estimate": 1.4, **PAIR}
    test = {"statistic": "ph_test", "analysis": "c", "p_value": 0.03}
    tests = [{**test, "group": name} for name in ("arm", "age_years", "GLOBAL")]
    figure = figures.ph_check(rows([*course, fitted, *tests]), STUDY)
    heights = [line.get_ydata() for line in figure.axes[0].lines]
    assert any(np.allclose(y, [1.9, 1.1]) for y in heights)
    assert any(np.allclose(y, 1.4) for y in heights)
    assert "arms p=0.030; all terms p=0.030" in " ".join(words(figure))


def test_each_comparison_has_a_panel_and_all_have_one_scale() -> None:
    figure = figures.ph_check(figure_rows.all_rows(), STUDY)
    assert len(figure.axes) == 3
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


# --- stacks


def tops(figure: Figure, day: float) -> dict[str, float]:
    """How high each colour of the first panel reaches on a day, in percent."""
    found = {}
    for area in figure.axes[0].collections:
        x, y = area.get_paths()[0].vertices.T
        there = x[(x <= day)].max()
        found[to_hex(area.get_facecolor()[0])] = float(y[x == there].max())
    return found


def test_events_and_those_without_one_add_up_to_everybody() -> None:
    step = {"statistic": "cumulative_incidence", "group": "medication", "n": 50, "events": 1}
    given = [
        {**step, "outcome": cause, "time": t, "estimate": p}
        for cause, values in (("resolution", (0, 0.3, 0.3)), ("crossover", (0, 0, 0.2)))
        for t, p in zip((0, 30, 60), values, strict=True)
    ]
    colours = {layer.id: layer.colour for layer in layers(["resolution", "crossover"])}
    reached = tops(figures.competing_events(rows(given), STUDY), 60)
    assert reached[colours["resolution"]] == pytest.approx(30)
    assert reached[colours["crossover"]] == pytest.approx(50)
    assert max(reached.values()) == pytest.approx(100)


def test_a_cause_and_the_state_that_it_leads_to_have_one_colour_in_any_order() -> None:
    causes = {layer.id: layer.colour for layer in layers(["crossover", "resolution", "rescue_treatment"])}
    states = {layer.id: layer.colour for layer in layers(["headache", "resolved", "rescue_treatment", "crossover"])}
    assert causes["resolution"] == states["resolved"]
    assert all(causes[name] == states[name] for name in ("crossover", "rescue_treatment"))
    assert len(set(states.values())) == len(states)
    assert not set(states.values()) & set(COLOURS)


def test_events_of_too_few_are_part_of_what_is_left_and_it_says_so() -> None:
    step = {"statistic": "cumulative_incidence", "group": "medication", "outcome": "resolution"}
    held_back = {**step, "outcome": "crossover", "time": 60, "note": "suppressed: fewer than 10"}
    shown = words(figures.competing_events(rows([{**step, "time": 60, "estimate": 0.3}, held_back]), STUDY))
    assert "None of these, or an event of too few to show" in shown
    assert "Headache, and none of these" not in shown


def test_days_free_of_headache_stand_beside_their_arm() -> None:
    state = {"statistic": "state_occupation", "group": "medication", "time": 0}
    days = {"statistic": "days_in_state", "group": "medication", "outcome": "resolved", "time": 364, "estimate": 151.26}
    given = [{**state, "outcome": "headache", "estimate": 1.0}, {**state, "outcome": "resolved", "estimate": 0.0}, days]
    assert "Mean days free of headache of 364: 151.3" in words(figures.state_occupation(rows(given), STUDY))


def test_who_is_free_of_headache_lies_at_the_bottom() -> None:
    shown = words(figures.state_occupation(figure_rows.all_rows(), STUDY))
    key = [w for w in shown if w in ("Resolved", "Recurred", "Rescue treatment", "Crossover", "Headache")]
    assert key == ["Resolved", "Recurred", "Rescue treatment", "Crossover", "Headache"]


# --- schedules and criteria


def test_the_artefact_starts_from_nothing_and_is_in_percentage_points() -> None:
    late = {"statistic": "schedule_artefact", "group": "medication"}
    given = [{**late, "time": t, "estimate": d} for t, d in ((28, 0.05), (84, -0.02))]
    curve = arm_lines(figures.schedule(rows(given), STUDY))[0]
    assert curve.get_xdata().tolist() == [0, 28, 84]
    assert curve.get_ydata().tolist() == pytest.approx([0, 5, -2])


def test_gaps_have_a_part_for_each_window() -> None:
    shown = words(figures.schedule(figure_rows.all_rows(), STUDY))
    assert shown.index("Up to 3 months") < shown.index("All follow-up")


def test_what_is_possible_is_a_pale_bar_behind_the_estimate() -> None:
    share = {"statistic": "parallel_share", "group": "medication", "outcome": "ichd3_parallel", "n": 50}
    given = [
        {**share, "method": f"Parallel, {way}", "estimate": p}
        for way, p in (("certain", 0.2), ("estimate", 0.3), ("possible", 0.5))
    ]
    figure = figures.parallel(rows(given), STUDY)
    bar = figure.axes[0].collections[0].get_paths()[0].vertices[:, 0]
    assert (bar.min(), bar.max()) == (20, 50)
    assert "30.0\nrange 20.0 to 50.0; n=50" in words(figure)


def test_without_an_estimate_lines_run_to_the_limits_of_what_is_certain_and_possible() -> None:
    share = {"statistic": "parallel_share", "group": "medication", "outcome": "ichd3_parallel", "n": 50}
    least = {**share, "method": "Share of whom it is certain", "estimate": 0.2, "conf_low": 0.1, "conf_high": 0.3}
    most = {**share, "method": "Share of whom it is certain or possible", "estimate": 0.5, "conf_low": 0.4}
    figure = figures.parallel(rows([least, {**most, "conf_high": 0.6}]), STUDY)
    assert arm_lines(figure)[0].get_xdata().tolist() == pytest.approx([10, 60])
    assert "range 20.0 to 50.0; n=50" in words(figure)
    assert not any("markers" in text for text in words(figure))


def test_both_editions_stand_side_by_side() -> None:
    figure = figures.parallel(figure_rows.all_rows(), STUDY)
    first, second = (axes.get_position() for axes in figure.axes)
    assert first.y0 == second.y0
    assert first.x1 < second.x0


@pytest.mark.parametrize("name", ["competing_events", "state_occupation", "schedule", "milestone", "parallel"])
def test_a_number_that_is_held_back_reads_as_one_of_few_people(name: str) -> None:
    given = figure_rows.suppressed(figure_rows.all_rows(), below=110)
    shown = words(figures.FIGURES[name](given, STUDY))
    assert not any(text == "nan" or "nan " in text for text in shown)
    assert "too few people" in " ".join(shown)


def test_rows_of_subgroups_are_not_drawn() -> None:
    frame = figure_rows.all_rows().frame.assign(subgroup="chronicity=acute")
    for name in ("resolution", "milestone", "ph_check", "competing_events", "state_occupation", "schedule", "parallel"):
        assert "Nothing to show" in " ".join(words(figures.FIGURES[name](Result(frame), STUDY)))


def test_curves_of_a_frame_are_drawn_like_those_of_a_plan() -> None:
    """A notebook's curves name their own columns and have no planned visits: weeks are named all the same."""
    seen = watched({"a": Schedule(days=[28, 56, 84, 182]), "b": Schedule(days=[84, 182])}, patients=60, seed=1)
    both = [
        turnbull(seen, left="left", right="right", by="arm").rows(),
        kaplan_meier(seen, time="day", event="event", by="arm").rows(),
    ]
    with_days, without = (figures.resolution(concat(both), kaplan_meier=behind).axes[0] for behind in (True, False))
    assert len(with_days.lines) > len(without.lines)
    assert len([t for t in with_days.get_xticklabels() if t.get_text()]) > 3


def test_the_caption_says_what_boxes_leave_open_and_what_the_limits_tell() -> None:
    drawn = rows([{**NPMLE, "time": 0, "estimate": 1.0}, {**NPMLE, "time": 28, "estimate": 0.8}])
    said = figures.caption("resolution", drawn, STUDY)
    assert "planned visits. Boxes are what the visits leave open" in said
    assert "the limits say how little is known between rounds of visits. The dotted line" in said
