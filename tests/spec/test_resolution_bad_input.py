"""What every function of time to resolution does with times that cannot be: an error that names the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cgh_analysis as cgh
from cgh_analysis.errors import ArgumentError, NotEstimable

DAYS = {"time": "day", "event": "gone"}
CAUSES = {"time": "day", "cause": "cause"}
ENDS = {"left": "left", "right": "right"}
Call = Callable[[pd.DataFrame], Any]

OF_DAYS: dict[str, Call] = {
    "kaplan_meier": lambda d: cgh.kaplan_meier(d, by="arm", **DAYS),
    "logrank": lambda d: cgh.logrank(d, by="arm", **DAYS),
    "cox": lambda d: cgh.cox("arm", d, **DAYS),
    "aft": lambda d: cgh.aft("arm", d, **DAYS),
    "rmst": lambda d: cgh.rmst(d, by="arm", tau=40, **DAYS),
    "pseudo_values": lambda d: cgh.pseudo_values(d, at=40, **DAYS),
    "milestone": lambda d: cgh.milestone(d, by="arm", day=40, method="kaplan-meier", **DAYS),
}
OF_CAUSES: dict[str, Call] = {
    "cumulative_incidence": lambda d: cgh.cumulative_incidence(d, by="arm", **CAUSES),
    "fine_gray": lambda d: cgh.fine_gray("arm", d, of=1, **CAUSES),
}
OF_ENDS: dict[str, Call] = {
    "turnbull": lambda d: cgh.turnbull(d, by="arm", **ENDS),
    "interval_logrank": lambda d: cgh.interval_logrank(d, by="arm", **ENDS),
    "interval_cox": lambda d: cgh.interval_cox("arm", d, **ENDS),
    "aft": lambda d: cgh.aft("arm", d, **ENDS),
    "rmst": lambda d: cgh.rmst(d, by="arm", tau=40, **ENDS),
    "milestone": lambda d: cgh.milestone(d, by="arm", day=40, **ENDS),
}


def people(**columns: list) -> pd.DataFrame:
    """Twelve people of two arms; all the columns that a call may name."""
    data = {
        "day": [5.0, 8, 9, 20, 50, 60, 7, 9, 15, 30, 55, 60],
        "gone": [1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0],
        "cause": [1, 1, 0, 2, 1, 0, 1, 0, 2, 1, 1, 0],
        "left": [0.0, 7, 9, 14, 42, 60, 0, 9, 14, 28, 42, 60],
        "right": [7.0, 14, np.inf, 28, 56, np.inf, 14, np.inf, 28, 42, 60, np.inf],
        "arm": ["a"] * 6 + ["b"] * 6,
    }
    return pd.DataFrame({**data, **columns}, index=[f"row {i}" for i in range(12)])


def put(column: str, value: object, row: int = 3) -> pd.DataFrame:
    data = people()
    data[column] = data[column].astype(object)
    data.iloc[row, data.columns.get_loc(column)] = value
    return data.assign(**{column: pd.to_numeric(data[column])})


@pytest.mark.parametrize("name", sorted(OF_DAYS | OF_CAUSES))
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_day_that_cannot_be_is_refused_with_its_row(name: str, value: float) -> None:
    with pytest.raises(ArgumentError, match="row 3"):
        (OF_DAYS | OF_CAUSES)[name](put("day", value))


@pytest.mark.parametrize("name", sorted(OF_DAYS))
@pytest.mark.parametrize("value", [2, np.nan])
def test_nothing_is_an_event_that_was_not_declared_as_one(name: str, value: float) -> None:
    with pytest.raises(ArgumentError, match="row 3"):
        OF_DAYS[name](put("gone", value))


@pytest.mark.parametrize("name", sorted(OF_CAUSES))
@pytest.mark.parametrize("value", [-1, 1.5, np.nan])
def test_a_cause_that_cannot_be_is_refused_with_its_row(name: str, value: float) -> None:
    with pytest.raises(ArgumentError, match="row 3"):
        OF_CAUSES[name](put("cause", value))


@pytest.mark.parametrize("name", sorted(OF_ENDS))
@pytest.mark.parametrize(("column", "value"), [("left", 99.0), ("left", -1.0), ("left", np.nan), ("left", np.inf)])
def test_ends_that_cannot_be_are_refused_with_their_row(name: str, column: str, value: float) -> None:
    with pytest.raises(ArgumentError, match="row 3"):
        OF_ENDS[name](put(column, value))


@pytest.mark.parametrize("name", sorted(OF_ENDS))
def test_an_interval_that_is_the_start_alone_is_refused(name: str) -> None:
    data = put("right", 0.0)
    data.loc["row 3", "left"] = 0.0
    with pytest.raises(ArgumentError, match="row 3"):
        OF_ENDS[name](data)


@pytest.mark.parametrize("name", sorted(OF_DAYS | OF_CAUSES | OF_ENDS))
def test_every_fault_is_told_at_once(name: str) -> None:
    data = put("day", -1.0).assign(left=put("left", -1.0)["left"], right=put("right", -5.0, row=5)["right"])
    data.loc["row 5", ["day"]] = np.nan
    with pytest.raises(ArgumentError) as refused:
        (OF_ENDS | OF_DAYS | OF_CAUSES)[name](data)
    assert "row 3" in str(refused.value)
    assert "row 5" in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize("name", sorted(OF_DAYS | OF_CAUSES | OF_ENDS))
def test_everything_censored_is_a_curve_or_not_estimable(name: str) -> None:
    nothing = people(gone=[0] * 12, cause=[0] * 12, right=[np.inf] * 12)
    for calls in (OF_DAYS, OF_CAUSES, OF_ENDS):
        if name in calls:
            try:
                calls[name](nothing)
            except NotEstimable as reason:
                assert str(reason)


@pytest.mark.parametrize("name", sorted(OF_DAYS | OF_CAUSES | OF_ENDS))
def test_an_arm_of_one_is_a_result_or_not_estimable(name: str) -> None:
    few = people().iloc[:7]
    for calls in (OF_DAYS, OF_CAUSES, OF_ENDS):
        if name in calls:
            try:
                calls[name](few)
            except NotEstimable as reason:
                assert str(reason)
