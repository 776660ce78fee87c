"""The question and its plan, read from `study.toml`: what a reviewer would ask about, said before the data are read."""

from cgh_analysis.study.multiplicity import Hypothesis, MultiplicityPlan, Transition
from cgh_analysis.study.parts import (
    Analysis,
    Arm,
    Covariate,
    Describe,
    Disclosure,
    Documentation,
    Lesion,
    Outcome,
    Population,
    Privacy,
    Resolution,
    Response,
    Visit,
)
from cgh_analysis.study.quality import Checks, Expect
from cgh_analysis.study.read import read_study
from cgh_analysis.study.sources import Codebook, DateOrder, FileColumn, Source, Sources, Spread, WideVisit
from cgh_analysis.study.study import Study

__all__ = [
    "Analysis",
    "Arm",
    "Checks",
    "Codebook",
    "Covariate",
    "DateOrder",
    "Describe",
    "Disclosure",
    "Documentation",
    "Expect",
    "FileColumn",
    "Hypothesis",
    "Lesion",
    "MultiplicityPlan",
    "Outcome",
    "Population",
    "Privacy",
    "Resolution",
    "Response",
    "Source",
    "Sources",
    "Spread",
    "Study",
    "Transition",
    "Visit",
    "WideVisit",
    "read_study",
]
