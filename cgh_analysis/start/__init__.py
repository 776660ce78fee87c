"""A start in one command: a commented study file drafted from the files that somebody has."""

from cgh_analysis.start.init import init_study
from cgh_analysis.start.opened import Files

__all__ = ["Files", "init_study"]
