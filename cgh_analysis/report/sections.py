"""What the report shows, in order. A section is a line here; what has no rows is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from cgh_analysis.cohort.endpoints import CONVENTION
from cgh_analysis.instruments import FLEXION_ROTATION, ROM_DIRECTIONS
from cgh_analysis.results import Result
from cgh_analysis.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One figure or table: its name in FIGURES or TABLES, its file, and whose rows it gets.

    `estimators` are planned analyses by their estimator, `analyses` fixed ids of the descriptive part; `where` narrows
    their rows. What has no rows is not shown; what is `folded` opens with a click.
    """

    name: str
    file: str
    estimators: tuple[str, ...] = ()
    analyses: tuple[str, ...] = ()
    folded: bool = False
    where: Callable[[pd.DataFrame], pd.Series] | None = None

    def rows(self, released: Result, study: Study) -> Result:
        """Return the rows that this shows."""
        ids = {a.id for a in study.analyses if a.estimator in self.estimators} | set(self.analyses)
        chosen = released.frame.loc[released.frame["analysis"].isin(ids)]
        if self.where is not None:
            chosen = chosen.loc[self.where(chosen)]
        return Result(chosen.reset_index(drop=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of the report."""

    id: str
    title: str
    intro: str = ""
    figures: tuple[Show, ...] = ()
    tables: tuple[Show, ...] = ()


def _of_rom(frame: pd.DataFrame) -> pd.Series:
    return frame["outcome"].isin([*ROM_DIRECTIONS, *FLEXION_ROTATION])


def _not_rom(frame: pd.DataFrame) -> pd.Series:
    return ~_of_rom(frame)


def _with_subgroups(frame: pd.DataFrame) -> pd.Series:
    """Every row of an analysis that has subgroups, everybody's among them."""
    return frame["analysis"].isin(frame.loc[frame["subgroup"] != "", "analysis"])


def _over_visits(frame: pd.DataFrame) -> pd.Series:
    """Rows of analyses that compare the arms at several visits."""
    compared = frame.loc[frame["statistic"] == "mean_difference"].groupby("analysis")["time"].nunique()
    return frame["analysis"].isin(compared.index[compared > 1])


def _at_one_visit(frame: pd.DataFrame) -> pd.Series:
    return ~_over_visits(frame)


MODELS: Final = ("ancova", "mmrm", "responder")
REPEATED: Final = ("mmrm", "gee")
SURVIVAL: Final = ("kaplan_meier", "logrank", "cox")

SECTIONS: Final = (
    Section(
        id="flow",
        title="Who is compared",
        figures=(Show(name="flow", file="flow", analyses=("flow",)),),
        tables=(Show(name="follow_up", file="follow_up", analyses=("follow-up",)),),
    ),
    Section(
        id="baseline",
        title="Baseline",
        intro="Standardised differences above 0.1 mark covariates in which the arms differ before treatment.",
        figures=(Show(name="balance", file="balance", analyses=("balance",)),),
        tables=(
            Show(name="baseline", file="baseline", analyses=("baseline",)),
            Show(name="clinical", file="clinical", analyses=("clinical",), folded=True),
            Show(name="treatment", file="treatment", analyses=("treatment",), folded=True),
        ),
    ),
    Section(
        id="age",
        title="Age",
        figures=(
            Show(name="age_distribution", file="age_distribution", analyses=("age-distribution",)),
            Show(name="age_response", file="age_response", estimators=("age_response",)),
        ),
    ),
    Section(
        id="rom",
        title="Range of motion",
        intro="Each direction and side as it was measured; no average over sides.",
        figures=(
            Show(name="rom", file="rom", analyses=("course",), where=_of_rom),
            Show(name="rom_change", file="rom_change", analyses=("change",), where=_of_rom),
        ),
    ),
    Section(
        id="resolution",
        title="Time to resolution",
        intro=f"The convention of these curves: {CONVENTION}. The interval in which it resolved is in the data.",
        figures=(Show(name="resolution", file="resolution", estimators=SURVIVAL),),
        tables=(
            Show(name="resolution", file="resolution", estimators=SURVIVAL),
            Show(name="ph", file="proportional_hazards", estimators=("cox",)),
        ),
    ),
    Section(
        id="effects",
        title="Differences between the arms",
        figures=(
            Show(name="forest", file="forest", estimators=(*MODELS, "cox"), where=_at_one_visit),
            Show(name="responders", file="responders", estimators=("responder",)),
            Show(name="course", file="course", analyses=("course",), where=_not_rom),
            Show(name="repeated", file="repeated", estimators=REPEATED),
        ),
        tables=(
            Show(name="effects", file="effects", estimators=("ancova", "mmrm"), where=_at_one_visit),
            Show(name="responders", file="responders", estimators=("responder",)),
            Show(name="means", file="means", analyses=("course",), folded=True),
            Show(name="change", file="change", analyses=("change",), folded=True),
            Show(name="effects", file="repeated", estimators=REPEATED, where=_over_visits, folded=True),
        ),
    ),
    Section(
        id="multiplicity",
        title="Hypotheses tested together",
        intro="Which comparisons decide something, and at which level, is declared in the study file. Their p-values "
        "are adjusted for each other here; those above are adjusted within one outcome only.",
        figures=(Show(name="multiplicity", file="multiplicity", analyses=("multiplicity",)),),
        tables=(Show(name="multiplicity", file="multiplicity", analyses=("multiplicity",)),),
    ),
    Section(
        id="subgroups",
        title="Subgroups",
        intro="Declared beforehand in the study file. A difference between subgroups is judged by the test for "
        "heterogeneity, not by comparing p-values.",
        figures=(Show(name="forest_subgroups", file="forest_subgroups", estimators=MODELS, where=_with_subgroups),),
        tables=(Show(name="subgroups", file="subgroups", estimators=MODELS, where=_with_subgroups),),
    ),
    Section(
        id="appendix",
        title="Appendix: how the models of repeated outcomes fit",
        intro="What was estimated besides the means, and whether residuals look as the model assumes.",
        figures=(
            Show(name="visit_covariance", file="visit_covariance", estimators=("mmrm",)),
            Show(name="residual_normality", file="residual_normality", estimators=("mmrm",)),
        ),
    ),
)
