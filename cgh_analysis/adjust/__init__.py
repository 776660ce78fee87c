"""Adjustments: one cohort in, several out. A later adjustment (weights, imputations) is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cgh_analysis.adjust.subgroups import subgroups
from cgh_analysis.cohort import Cohort

ADJUSTMENTS: Final[dict[str, Callable[[Cohort, str], list[Cohort]]]] = {"subgroups": subgroups}
