"""The people, how we got to them, and what was seen of them."""

from cgh_analysis.cohort.build import build_cohort
from cgh_analysis.cohort.cohort import Cohort, FlowStep, arm_sizes
from cgh_analysis.cohort.criteria import CRITERIA

__all__ = ["CRITERIA", "Cohort", "FlowStep", "arm_sizes", "build_cohort"]
