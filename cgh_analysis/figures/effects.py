"""How effects between arms are read from result rows: which visit, which scale, which direction is the better one."""

from __future__ import annotations

import math

import pandas as pd

from cgh_analysis.figures.blocks import Mark
from cgh_analysis.figures.rows import ci_head, ordered, p_text
from cgh_analysis.format import MISSING, estimate_ci, p_value, people, print_factor
from cgh_analysis.labels import arm_label, day_label, instrument, short_label, unit
from cgh_analysis.results import STATISTICS
from cgh_analysis.study import Study

UNITS = {
    "risk_difference": "percentage points",
    "resolved_difference": "percentage points",
    "resolved_ratio": "ratio of shares",
    "rmst_difference": "days",
    "rmst_ratio": "ratio of days",
    "days_in_state_difference": "days",
    "parallel_share_difference": "percentage points",
    "hazard_ratio": "hazard ratio",
    "odds_ratio": "odds ratio",
    "time_ratio": "time ratio",
    "subdistribution_hazard_ratio": "subdistribution hazard ratio",
    "rate_ratio": "rate ratio",
}
# less of it is better, whatever it is about
LESS = ("time_ratio", "rmst_difference", "rmst_ratio", "rate_ratio")
# of these the outcome is an event or a state, and more is better only of these
OF_EVENTS = ("hazard_ratio", "odds_ratio", "subdistribution_hazard_ratio", "days_in_state_difference")
TIMED = {"resolution": "Time to resolution", "recurrence": "Recurrence", "": "Time to resolution"}
GOOD = ("resolution", "resolved", "")
HEADS = {"mean_difference": "Difference", "risk_difference": "Difference"}


def is_ratio(statistic: str) -> bool:
    """Say whether a statistic is drawn on a log axis about 1."""
    return STATISTICS[statistic].scale == "log"


def primary_day(study: Study | None) -> float | None:
    """Return the day on which effects are reported: of the change that is described, else of the primary analysis."""
    if study is None:
        return None
    at = study.describe.change_at or next((a.at for a in study.analyses if a.primary and a.at), None)
    return study.visit(at).day if at else None


def one_visit(effects: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """Keep of an analysis with several visits those that analyses of one visit have, or the primary one or the last."""
    visits = effects.groupby("analysis")["time"].transform("nunique")
    wanted = set(effects.loc[visits == 1, "time"].dropna()) or {primary_day(study)}
    hit = effects["time"].isin(wanted)
    last = effects["time"] == effects.groupby("analysis")["time"].transform("max")
    any_hit = hit.groupby(effects["analysis"]).transform("any")
    return effects.loc[(visits <= 1) | hit | (~any_hit & last)]


def effect_unit(row: pd.Series, study: Study | None) -> str:
    """Return the unit under an effect's axis."""
    statistic = str(row["statistic"])
    text = UNITS.get(statistic) or unit(str(row["outcome"]), study) or "units of the outcome"
    return f"scale {text}" if text[0].isdigit() else text


def better(row: pd.Series, study: Study | None) -> str:
    """Return which way an effect favours the arm named first: 'lower', 'higher' or, where unknown, empty text.

    More responders, a faster resolution, and fewer days and recurrences are better; of other events, fewer are.
    """
    statistic = row["statistic"]
    if statistic in LESS or (statistic in OF_EVENTS and row["outcome"] not in GOOD):
        return "lower"
    if statistic != "mean_difference":
        return "higher"
    known = instrument(str(row["outcome"]), study)
    return known.better if known else ""


def contrast(row: pd.Series, study: Study | None) -> str:
    """Return 'A vs B'."""
    return f"{arm_label(str(row['group']), study)} vs {arm_label(str(row['reference']), study)}"


def effect_name(row: pd.Series, study: Study | None) -> str:
    """Return what an effect is about: a responder's definition by its title, else the outcome."""
    titles = {a.id: a.title for a in study.analyses} if study else {}
    name = short_label(str(row["outcome"]), study)
    if row["statistic"] == "mean_difference":
        return name
    of_events = row["statistic"] not in ("risk_difference",)
    untitled = TIMED.get(str(row["outcome"]), name) if of_events else f"{name} responders"
    return titles.get(str(row["analysis"])) or untitled


def at_visit(effects: pd.DataFrame, study: Study | None) -> str:
    """Return ', week 12' where all effects are of one day, else empty text."""
    days = effects["time"].dropna().unique()
    label = day_label(days[0], study) if len(days) == 1 and effects["statistic"].iloc[0] != "hazard_ratio" else ""
    return f", {label[:1].lower()}{label[1:]}" if label else ""


def favours(effects: pd.DataFrame, study: Study | None) -> str:
    """Return which side of the null favours the arm named first, in words; empty where that is not known."""
    side = {"lower": "left", "higher": "right"}.get(better(effects.iloc[0], study), "")
    arms = ordered(effects["group"])
    alone = len(arms) == 1 and len(ordered(effects["reference"])) == 1
    whom = arm_label(arms[0], study) if alone else "the first-named arm"
    return f"; {side} of the line favours {whom}" if side else ""


def numbers_head(effects: pd.DataFrame) -> tuple[str, str, str]:
    """Return what the numbers are called: the estimate with its level, p (adjusted, where it is), n."""
    statistic = str(effects["statistic"].iloc[0])
    p = "Adjusted p" if effects["p_adjusted"].notna().any() else "p"
    return f"{HEADS.get(statistic, STATISTICS[statistic].label)}{ci_head(effects)}", p, "n"


def effect_mark(found: pd.DataFrame, *, stacked: bool) -> Mark:
    """Return one effect as a mark with its numbers, below each other if `stacked`; empty where there is none."""
    if found.empty:
        return Mark(estimate=math.nan, low=math.nan, high=math.nan, cells=(MISSING,) if stacked else (MISSING,) * 3)
    row = found.iloc[0]
    factor = print_factor(str(row["statistic"]))
    p = row["p_value"] if pd.isna(row["p_adjusted"]) else row["p_adjusted"]
    cells: tuple[str, ...] = (estimate_ci(row), p_value(p), people(row))
    if stacked:
        cells = (estimate_ci(row) + (f"\n{p_text(p)}; n={people(row)}" if pd.notna(row["estimate"]) else ""),)
    limits = {name: factor * row[f"conf_{name}"] for name in ("low", "high")}
    return Mark(cells=cells, estimate=factor * row["estimate"], **limits)


def heterogeneity_mark(found: pd.DataFrame, *, stacked: bool) -> Mark:
    """Return the p-value of a test for heterogeneity in the place of an effect, with nothing drawn."""
    p = p_text(found["p_value"].iloc[0]) if len(found) else MISSING
    return Mark(estimate=math.nan, low=math.nan, high=math.nan, cells=(p,) if stacked else ("", p, ""))
