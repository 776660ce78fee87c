"""Time to resolution: Kaplan-Meier curves by arm, who is at risk, and what they say of the milestone and the median."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator

from cgh_analysis.figures.labels import milestone_label
from cgh_analysis.figures.legend import draw_marker, draw_sample
from cgh_analysis.figures.place import LINE_MM, axes_at, widest, wrap, write, write_lines
from cgh_analysis.figures.rows import about, cell, chosen, failures, frame_of, nothing, numbers, ordered, people, reason
from cgh_analysis.figures.style import DOUBLE, FAINT, ArmStyle, Drawing, arm_styles, canvas, styled
from cgh_analysis.format import blank, estimate_ci, interval, number, p_value
from cgh_analysis.results import Result
from cgh_analysis.study import Study

TITLE = "Time to resolution"
ESTIMATORS = ("kaplan_meier",)
EDGE, PLOT_MM, TOP_MM, BELOW_MM, KEY_ROW = 1.0, 62.0, 4.6, 9.4, 3.8
SAMPLE_MM, GAP_MM, INSET_MM = 8.0, 5.0, 3.0
LIGHT = {"linewidth": 0, "alpha": 0.13, "step": "post"}
