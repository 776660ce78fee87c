"""Every registered figure: it renders whatever the rows, keeps them as they are, and is fit for print."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from cgh_analysis.errors import ArgumentError
from cgh_analysis.figures import FIGURES, arm_styles, caption, save_all
from cgh_analysis.figures.style import DOUBLE, DPI, SINGLE
from cgh_analysis.results import Result, rows
from cgh_analysis.study import Study
from tests import figure_rows

NAMES = list(FIGURES)
OF_FITS = ("visit_covariance", "residual_normality")
WITHOUT_ARMS = ("flow", "balance", "forest", "forest_subgroups", "multiplicity", "ph_check", *OF_FITS)
WITH_ARMS = [n for n in NAMES if n not in WITHOUT_ARMS]
KINDS = ("svg", "pdf", "png")


@cache
def everything() -> Result:
    return figure_rows.all_rows()


@cache
def study() -> Study:
    return figure_rows.study()


def only(arms: set[str]) -> Result:
    frame = everything().frame
    return Result(frame.loc[frame["group"].isin(arms | {""}) & frame["reference"].isin(arms | {""})])


def four_arms() -> Result:
    """The rows with a fourth arm of a long name, like the third one."""
    frame = everything().frame
    third = frame.loc[(frame["group"] == "nerve_block") | (frame["reference"] == "nerve_block")]
    return Result(
        pd.concat([frame, third.replace({"nerve_block": "radiofrequency_neurotomy_of_c2_and_c3"})], ignore_index=True)
    )


VARIANTS = {
    "with a study": lambda: (everything(), study()),
    "without a study": lambda: (everything(), None),
    "few people": lambda: (figure_rows.suppressed(everything(), below=110), study()),
    "hardly anybody": lambda: (figure_rows.suppressed(everything(), below=10**6), study()),
    "not estimable": lambda: (figure_rows.failed(everything()), study()),
    "two arms": lambda: (only({"medication", "nerve_block"}), study()),
    "one arm": lambda: (only({"nerve_block"}), study()),
    "four arms": lambda: (four_arms(), None),
}


def drawn(name: str, variant: str) -> Figure:
    given, its_study = VARIANTS[variant]()
    figure = FIGURES[name](given, its_study)
    figure.set_dpi(DPI)
    figure.canvas.draw()
    return figure


def texts(figure: Figure) -> list[Text]:
    """Every text that is seen: written ones, and labels of ticks within their axis."""
    found = [*figure.texts]
    for axes in figure.axes:
        found += [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [t for t in found if t.get_visible() and t.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(t.get_text() for t in texts(figure))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_text_lies_within_the_canvas_and_apart_from_other_text(name: str, variant: str) -> None:
    figure = drawn(name, variant)
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(figure)]
    outside = [text for text, box in boxes if not _within(box, figure.bbox)]
    overlapping = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if _overlap(one, other)]
    assert boxes
    assert not outside
    assert not overlapping


def _within(box: Bbox, canvas: Bbox) -> bool:
    """Texts are rounded to whole pixels, of which 300 make an inch."""
    return bool(box.x0 > canvas.x0 - 1 and box.x1 < canvas.x1 + 1 and box.y0 > canvas.y0 - 1 and box.y1 < canvas.y1 + 1)


def _overlap(one: Bbox, other: Bbox) -> bool:
    """Boxes hold room for descenders, so that lines of text may touch by 3 pixels (0.25 mm) with no ink on ink."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    up = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(across > 1 and up > 3)


@pytest.mark.parametrize("name", NAMES)
def test_text_is_at_least_7_pt_and_the_figure_fits_a_page(name: str) -> None:
    figure = drawn(name, "with a study")
    width, height = figure.get_size_inches() * 25.4
    assert min(t.get_fontsize() for t in texts(figure)) >= 7
    assert any(width == pytest.approx(w, abs=1e-6) for w in (SINGLE, DOUBLE))
    assert height < 240  # mm: what a journal page of 280 mm leaves for a figure and its caption


@pytest.mark.parametrize("name", NAMES)
def test_rows_and_settings_stay_as_they_are(name: str) -> None:
    given = everything().frame.copy()
    settings = dict(mpl.rcParams)
    figure = FIGURES[name](given, study())
    pd.testing.assert_frame_equal(given, everything().frame)
    assert dict(mpl.rcParams) == settings
    assert figure.canvas.manager is None


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = save_all(FIGURES[name](everything(), study()), tmp_path, "first")
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": "other", "axes.edgecolor": "red"}):
        second = save_all(FIGURES[name](everything(), study()), tmp_path, "second")
    assert list(first) == list(KINDS)
    assert all(first[kind].read_bytes() == second[kind].read_bytes() for kind in KINDS)
    assert b"CreationDate" not in first["pdf"].read_bytes()
    assert b"dc:date" not in first["svg"].read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_no_rows_give_a_small_figure_that_says_so(name: str) -> None:
    figure = FIGURES[name](rows([]))
    assert "Nothing to show: there are no such rows" in words(figure).replace("\n", " ")
    assert figure.get_size_inches()[1] * 25.4 < 30


@pytest.mark.parametrize("name", NAMES)
def test_numbers_that_are_all_held_back_are_said_to_be(name: str) -> None:
    shown = words(drawn(name, "hardly anybody")).replace("\n", " ")
    assert "too few people" in shown or "<10" in shown


UNITS = {
    "age_distribution": ("Age (years)", "People"),
    "age_response": ("Age (years)", "(points, 0–50)"),
    "balance": ("Absolute standardised mean difference (SD units)",),
    "rom": ("Week", "(deg)"),
    "rom_change": ("change (deg)", "MDC 9.6"),
    "course": ("Week", "(points, 0–50)", "(days / 28 days)"),
    "resolution": ("Weeks since baseline", "Still with headache (%)", "3 months (day 91)"),
    "forest": ("points, 0–50", "deg", "days / 28 days", "percentage points", "hazard ratio"),
    "forest_subgroups": ("points, 0–50",),
    "responders": ("responders, %", "percentage points"),
    "multiplicity": ("share 0.5", "decided at 0.0375", "adjusted p=0.060"),
}


@pytest.mark.parametrize("name", UNITS)
def test_axes_have_their_units(name: str) -> None:
    shown = words(drawn(name, "with a study"))
    assert [u for u in UNITS[name] if u not in shown] == []


@pytest.mark.parametrize("name", WITH_ARMS)
def test_an_arm_keeps_its_colour_when_it_is_alone(name: str) -> None:
    styles = arm_styles(everything(), study())
    seen = {to_hex(line.get_color()) for line in drawn(name, "one arm").findobj(Line2D)}
    assert styles["nerve_block"].colour in seen
    assert not {styles[arm].colour for arm in ("medication", "manual_exercise")} & seen


@pytest.mark.parametrize("name", WITH_ARMS)
def test_every_arm_is_drawn_in_its_colour_and_named(name: str) -> None:
    figure = drawn(name, "with a study")
    seen = {to_hex(line.get_color()) for line in figure.findobj(Line2D)}
    for style in arm_styles(everything(), study()).values():
        assert style.colour in seen
        assert style.label in words(figure)


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_says_method_and_level_in_whole_sentences(name: str) -> None:
    text = caption(name, everything(), study())
    assert text[0].isupper()
    assert text.endswith(".")
    assert ".." not in text
    limits_shown = name not in ("flow", "age_distribution", "balance", "multiplicity", "schedule", *OF_FITS)
    assert ("95% confidence limits" in text) is limits_shown
    assert caption(name, rows([])).endswith(".")


def test_a_caption_of_no_figure_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no figure 'pie'"):
        caption("pie", everything())
