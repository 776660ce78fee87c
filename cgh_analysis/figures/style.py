"""How every figure looks: sizes in print, one style for each arm, and saving that gives the same bytes each time.

Sizes are millimetres on paper; no text is below 7 pt. A figure is made with the object interface inside `styled()`, so
that neither pyplot's state nor the caller's rcParams are read or changed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cgh_analysis.labels import arm_label
from cgh_analysis.results import Result
from cgh_analysis.study import Study

MM: Final = 1 / 25.4
SINGLE: Final = 89.0
DOUBLE: Final = 183.0
TEXT_PT: Final = 7.0
TITLE_PT: Final = 7.5
INK: Final = "#1a1a1a"
FAINT: Final = "#8c8c8c"
ZONE: Final = "#e6e6e6"
DPI: Final = 300
FAST_PNG: Final[dict[str, Any]] = {"pil_kwargs": {"compress_level": 3}}  # as small as 6 on these, in half the time

RC: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_PT,
    "axes.titlesize": TITLE_PT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 3.0,
    "axes.labelsize": TEXT_PT,
    "axes.labelpad": 2.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.color": INK,
    "legend.fontsize": TEXT_PT,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.columnspacing": 1.6,
    "lines.linewidth": 1.1,
    "lines.markersize": 3.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "cgh_analysis",
    "pdf.fonttype": 3,  # glyphs embedded as outlines; TrueType subsets (42) cost 0.2 s a figure
}

# Okabe and Ito (2008) hues, moved so that the first three also differ in grey (lightness about 21, 46 and 65 of 100).
COLOURS: Final = ("#333333", "#0072b2", "#e08a00", "#882255", "#009e73", "#8fb8de")
Line = Literal["-", "none"] | tuple[float, tuple[float, ...]]
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
LINES: Final[tuple[Line, ...]] = ("-", (0, (5, 1.6)), (0, (1.3, 1.1)), (0, (5, 1.5, 1.2, 1.5)), (0, (8, 2)))
NO_ARM: Final = frozenset(
    {"ph_test", "joint_test", "coefficient", "residual_sd", "residual_correlation", "residual_quantile"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmStyle:
    """How an arm is drawn wherever it appears; colour, marker and line each tell it apart alone."""

    label: str
    colour: str
    marker: str
    line: Line


class Drawing(Figure):
    """A Figure that Jupyter shows by itself, with no pyplot behind it."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with styled():
            self.savefig(buffer, format="png", dpi=DPI / 2)
        return buffer.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """Draw within matplotlib's defaults and the house style, whatever the caller has set; his settings come back."""
    settings: Any = RC
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def canvas(width_mm: float, height_mm: float) -> Drawing:
    """Return an empty figure of a size on paper."""
    figure = Drawing(figsize=(width_mm * MM, height_mm * MM), dpi=100)
    FigureCanvasAgg(figure)
    return figure


def arm_styles(rows: Result | pd.DataFrame, study: Study | None = None) -> dict[str, ArmStyle]:
    """Return the style of each arm: by the study's order, reference first; without a study, as the rows name them.

    A reference counts as named before the arm that is compared with it. Arms that the study does not declare come last.
    """
    frame = rows.frame if isinstance(rows, Result) else rows
    arms = dict.fromkeys(study.arm_ids if study else ())
    pairs = frame.loc[~frame["statistic"].isin(NO_ARM), ["reference", "group"]]
    arms.update(dict.fromkeys(a for a in pairs.to_numpy().ravel() if a))
    return {
        arm: ArmStyle(
            label=arm_label(arm, study),
            colour=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
            line=LINES[i % len(LINES)],
        )
        for i, arm in enumerate(arms)
    }


def styles_of(frame: pd.DataFrame, study: Study | None = None) -> dict[str, ArmStyle]:
    """Return the styles of the arms that these rows are about (as group), in the order of `arm_styles`."""
    there = set(frame["group"])
    return {arm: style for arm, style in arm_styles(frame, study).items() if arm in there}


def palette(study: Study) -> dict[str, str]:
    """Return the colour of each arm id, as the figures have it: `palette=` of seaborn's functions takes it.

    >>> from cgh_analysis.study import read_study
    >>> list(palette(read_study("reports/demo/study.toml")))
    ['medication', 'manual_exercise', 'nerve_block']
    """
    return {arm: COLOURS[i % len(COLOURS)] for i, arm in enumerate(study.arm_ids)}


def save(figure: Figure, path: str | Path) -> Path:
    """Save a figure as SVG, PDF or PNG (by the path's ending); the same figure gives the same bytes each time."""
    file = Path(path)
    kind = file.suffix.lstrip(".").lower()
    metadata: dict[str, Any] = {
        "svg": {"Date": None, "Creator": None, "Title": figure.get_label()},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": figure.get_label()},
        "png": {"Software": None, "Title": figure.get_label()},
    }[kind]
    with styled():
        figure.savefig(file, format=kind, dpi=DPI, metadata=metadata, **(FAST_PNG if kind == "png" else {}))
    return file


def save_all(figure: Figure, folder: str | Path, stem: str) -> dict[str, Path]:
    """Save `stem.svg`, `stem.pdf` and `stem.png` (300 dpi) in a folder, made if need be; return the paths by kind."""
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    return {kind: save(figure, where / f"{stem}.{kind}") for kind in ("svg", "pdf", "png")}
