"""The question and its plan, read from `study.toml`: what a reviewer would ask about, said before the data are read."""

from cgh_analysis.study.parts import (
    Analysis,
    Arm,
    Covariate,
    Describe,
    Disclosure,
    Documentation,
    Outcome,
    Population,
    Resolution,
    Response,
    Visit,
)
from cgh_analysis.study.read import read_study
from cgh_analysis.study.sources import Codebook, FileColumn, Source, Sources, WideVisit
from cgh_analysis.study.study import Study

__all__ = [
    "Analysis",
    "Arm",
    "Codebook",
    "Covariate",
    "Describe",
    "Disclosure",
    "Documentation",
    "FileColumn",
    "Outcome",
    "Population",
    "Resolution",
    "Response",
    "Source",
    "Sources",
    "Study",
    "Visit",
    "WideVisit",
    "read_study",
]
