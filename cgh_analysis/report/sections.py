"""What the report shows, in order. A section is a line here; what has no rows is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from cgh_analysis.instruments import FLEXION_ROTATION, ROM_DIRECTIONS
from cgh_analysis.report.convention import introduction
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
    """A titled part of the report.

    `intro` may depend on the study; a row of one of the statistics in `flags` whose number is 1 warns, in the words of
    its note.
    """

    id: str
    title: str
    intro: str | Callable[[Study], str] = ""
    figures: tuple[Show, ...] = ()
    tables: tuple[Show, ...] = ()
    flags: tuple[str, ...] = ()

    def introduction(self, study: Study) -> str:
        """Return what stands below the title."""
        return self.intro if isinstance(self.intro, str) else self.intro(study)

    def warnings(self, released: Result) -> list[str]:
        """Return the words of the flags that are up."""
        frame = released.frame
        return list(frame.loc[frame["statistic"].isin(self.flags) & (frame["estimate"] == 1), "note"])


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


def _has(*statistics: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Every row where one has such a statistic, and none where none has."""
    return lambda frame: pd.Series(bool(frame["statistic"].isin(statistics).any()), index=frame.index)


def _of_curves(frame: pd.DataFrame) -> pd.Series:
    """Rows of curves and their tests, and what could not be estimated of them."""
    return ~frame["statistic"].isin(["ph_effect", "ph_test"])


MODELS: Final = ("ancova", "mmrm", "responder")
REPEATED: Final = ("mmrm", "gee")
CURVES: Final = ("turnbull", "interval_logrank", "kaplan_meier", "logrank")
RATIOS: Final = ("interval_cox", "aft", "cox")
HORIZON: Final = ("milestone", "rmst")
EVENTS: Final = ("cumulative_incidence", "fine_gray")
STATES: Final = ("state_occupation", "relief", "recurrence")
COMPARED: Final = ("resolved", "resolved_difference", "resolved_ratio", "rmst", "rmst_difference", "rmst_ratio")

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
        intro=introduction,
        flags=("schedule_flag",),
        figures=(
            Show(name="resolution", file="resolution", estimators=CURVES),
            Show(name="milestone", file="milestone", estimators=HORIZON, where=_has(*COMPARED)),
            Show(name="ph_check", file="ph_check", estimators=("cox",), where=_has("ph_effect")),
            Show(name="schedule", file="schedule", analyses=("schedule",)),
        ),
        tables=(
            Show(name="resolution", file="resolution", estimators=(*CURVES, *RATIOS), where=_of_curves),
            Show(name="milestone", file="milestone", estimators=HORIZON),
            Show(name="ph", file="proportional_hazards", estimators=("cox",), where=_has("ph_test")),
            Show(name="schedule", file="schedule", analyses=("schedule",), folded=True),
        ),
    ),
    Section(
        id="after",
        title="What competes with resolution, and whether it lasts",
        intro="Whoever had another treatment first can no longer resolve under this one: shares here are of everybody, "
        "and add up to all. States change on the day of the visit that showed it.",
        figures=(
            Show(
                name="competing_events",
                file="competing_events",
                estimators=EVENTS,
                where=_has("cumulative_incidence"),
            ),
            Show(name="state_occupation", file="state_occupation", estimators=STATES, where=_has("state_occupation")),
        ),
        tables=(
            Show(name="competing", file="competing_events", estimators=EVENTS),
            Show(name="relief", file="relief", estimators=STATES),
        ),
    ),
    Section(
        id="parallel",
        title="Resolution in parallel with the lesion",
        intro="ICHD-3 asks for resolution in parallel with the cervical lesion, ICHD-2 for resolution within three "
        "months. Both are known up to the visits around them, so that shares have bounds.",
        figures=(
            Show(name="parallel", file="parallel", estimators=("parallel_resolution",), where=_has("parallel_share")),
        ),
        tables=(Show(name="parallel", file="parallel", estimators=("parallel_resolution",)),),
    ),
    Section(
        id="effects",
        title="Differences between the arms",
        figures=(
            Show(name="forest", file="forest", estimators=(*MODELS, "interval_cox", "cox"), where=_at_one_visit),
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
