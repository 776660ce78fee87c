"""Compare treatments for cervicogenic headache: a study file in, a defensible comparison out.

Every name is loaded when it is first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cgh_analysis import figures
    from cgh_analysis.analysis import run_plan
    from cgh_analysis.cohort import build_cohort
    from cgh_analysis.describe.balance import balance
    from cgh_analysis.ingest import read_tables
    from cgh_analysis.models.ancova import ancova
    from cgh_analysis.models.clda import clda
    from cgh_analysis.models.contrasts import contrasts
    from cgh_analysis.models.gee import gee
    from cgh_analysis.models.horizon.milestone import milestone
    from cgh_analysis.models.horizon.pseudo_values import pseudo_values
    from cgh_analysis.models.horizon.rmst import rmst
    from cgh_analysis.models.interval.aft import aft
    from cgh_analysis.models.interval.interval_cox import interval_cox
    from cgh_analysis.models.interval.interval_logrank import interval_logrank
    from cgh_analysis.models.interval.turnbull import turnbull
    from cgh_analysis.models.joint import joint_test
    from cgh_analysis.models.marginal import marginal_means, marginal_slopes
    from cgh_analysis.models.mixed import mixed
    from cgh_analysis.models.mmrm import mmrm
    from cgh_analysis.models.states.cumulative_incidence import cumulative_incidence
    from cgh_analysis.models.states.fine_gray import fine_gray
    from cgh_analysis.models.states.parallel import parallel_resolution
    from cgh_analysis.models.states.state_occupation import state_occupation
    from cgh_analysis.models.survival.cox import cox
    from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
    from cgh_analysis.models.survival.logrank import logrank
    from cgh_analysis.models.survival.mean_count import mean_count
    from cgh_analysis.models.survival.recurrent import recurrent
    from cgh_analysis.privacy import k_anonymity
    from cgh_analysis.report.build import build_report
    from cgh_analysis.report.single import baseline_table
    from cgh_analysis.study import read_study

try:
    __version__ = version("cgh-analysis")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

_HOME: Final = {
    "aft": "cgh_analysis.models.interval.aft",
    "ancova": "cgh_analysis.models.ancova",
    "balance": "cgh_analysis.describe.balance",
    "baseline_table": "cgh_analysis.report.single",
    "build_cohort": "cgh_analysis.cohort",
    "build_report": "cgh_analysis.report.build",
    "clda": "cgh_analysis.models.clda",
    "contrasts": "cgh_analysis.models.contrasts",
    "cox": "cgh_analysis.models.survival.cox",
    "cumulative_incidence": "cgh_analysis.models.states.cumulative_incidence",
    "fine_gray": "cgh_analysis.models.states.fine_gray",
    "gee": "cgh_analysis.models.gee",
    "interval_cox": "cgh_analysis.models.interval.interval_cox",
    "interval_logrank": "cgh_analysis.models.interval.interval_logrank",
    "joint_test": "cgh_analysis.models.joint",
    "k_anonymity": "cgh_analysis.privacy",
    "kaplan_meier": "cgh_analysis.models.survival.kaplan_meier",
    "logrank": "cgh_analysis.models.survival.logrank",
    "marginal_means": "cgh_analysis.models.marginal",
    "marginal_slopes": "cgh_analysis.models.marginal",
    "mean_count": "cgh_analysis.models.survival.mean_count",
    "milestone": "cgh_analysis.models.horizon.milestone",
    "mixed": "cgh_analysis.models.mixed",
    "mmrm": "cgh_analysis.models.mmrm",
    "parallel_resolution": "cgh_analysis.models.states.parallel",
    "pseudo_values": "cgh_analysis.models.horizon.pseudo_values",
    "read_study": "cgh_analysis.study",
    "read_tables": "cgh_analysis.ingest",
    "recurrent": "cgh_analysis.models.survival.recurrent",
    "rmst": "cgh_analysis.models.horizon.rmst",
    "run_plan": "cgh_analysis.analysis",
    "state_occupation": "cgh_analysis.models.states.state_occupation",
    "turnbull": "cgh_analysis.models.interval.turnbull",
}

__all__ = [
    "aft",
    "ancova",
    "balance",
    "baseline_table",
    "build_cohort",
    "build_report",
    "clda",
    "contrasts",
    "cox",
    "cumulative_incidence",
    "figures",
    "fine_gray",
    "gee",
    "interval_cox",
    "interval_logrank",
    "joint_test",
    "k_anonymity",
    "kaplan_meier",
    "logrank",
    "marginal_means",
    "marginal_slopes",
    "mean_count",
    "milestone",
    "mixed",
    "mmrm",
    "parallel_resolution",
    "pseudo_values",
    "read_study",
    "read_tables",
    "recurrent",
    "rmst",
    "run_plan",
    "state_occupation",
    "turnbull",
]


def __getattr__(name: str) -> Any:
    if name == "figures":
        return import_module("cgh_analysis.figures")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'cgh_analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
