"""Resolution by the diagnostic criteria: what is certain, possible and impossible, by hand and by search."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgh_analysis.cohort.cohort import Cohort
from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.models.states.parallel import (
    CERTAIN,
    LEAST,
    MOST,
    POSSIBLE,
    estimate,
    in_words,
    parallel_resolution,
)
from cgh_analysis.numerics.proportions import newcombe, wilson
from cgh_analysis.study import Analysis
from tests.builders import study

INF = np.inf
NAMES = {"headache": ("hl", "hr"), "lesion": ("ll", "lr")}
LINE = Analysis(id="criteria", estimator="parallel_resolution")


def told(*row, lag=28, until=INF):
    data = pd.DataFrame([row], columns=["hl", "hr", "ll", "lr"], dtype=float)
    return parallel_resolution(data, **NAMES, lag=lag, until=until)[0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((28, 42, 28, 42), "certain"),
        ((28, 42, 14, 35), "certain"),
        # from just after 28 to 57 are 29 days at most
        ((28, 57, 28, 57), "possible"),
        ((28, 56, 28, 56), "certain"),
        ((0, 28, 56, 84), "no"),
        ((0, 28, 55, 84), "possible"),
        # a headache that resolved by day 28, and a lesion that was last seen on day 84
        ((0, 28, 84, INF), "no"),
        ((0, 28, 28, INF), "possible"),
        ((84, INF, 0, 28), "no"),
        ((84, INF, 84, INF), "possible"),
        # days that are known, and 28 apart or 29
        ((10, 10, 38, 38), "certain"),
        ((10, 10, 39, 39), "no"),
        ((10, 10, 38, 50), "no"),
        ((10, 10, 37, 50), "possible"),
    ],
)
def test_two_intervals(row, said):
    assert told(*row) == said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((28, 42, 28, 42), "certain"),
        ((28, 43, 28, 43), "possible"),
        ((42, 50, 42, 50), "no"),
        ((42, INF, 42, INF), "no"),
        ((41, INF, 41, INF), "possible"),
        ((42, 42, 42, 42), "certain"),
    ],
)
def test_up_to_a_last_day(row, said):
    assert told(*row, until=42) == said


ENDS = st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda e: e[0] <= e[1] and e[1] > 0)


@given(one=ENDS, other=ENDS, lag=st.integers(0, 5), until=st.integers(1, 10))
def test_all_pairs_of_days_say_the_same(one, other, lag, until):
    fine = 64  # parts of a day

    def days(left, right):
        inside = np.arange(left * fine + 1, right * fine + 1) / fine
        return inside if left < right else np.array([float(right)])

    a, b = np.meshgrid(days(*one), days(*other))
    holds = (np.abs(a - b) <= lag) & (a <= until)
    # ends and lag are whole days, so that a grid of parts of a day decides
    expected = "certain" if holds.all() else "possible" if holds.any() else "no"
    assert told(*one, *other, lag=lag, until=until) == expected


def test_bad_intervals_are_refused():
    data = pd.DataFrame({"hl": [5.0], "hr": [3.0], "ll": [0.0], "lr": [9.0]}, index=["P1"])
    with pytest.raises(ArgumentError, match="at row\\(s\\) P1"):
        parallel_resolution(data, **NAMES, lag=28)
    with pytest.raises(ArgumentError, match="lag=-1"):
        parallel_resolution(data, **NAMES, lag=-1)
    with pytest.raises(ArgumentError, match="lag=nan"):
        parallel_resolution(data, **NAMES, lag=np.nan)


def cohort_of(cases, **parts):
    resolution = {"outcome": "headache_days_28d", "competing": ("rescue_treatment",), **parts}
    sources = {k: {"path": f"{k}.csv"} for k in ("cases", "visits", "events")}
    declared = study(resolution=resolution, sources=sources)
    cases = cases.assign(arm=pd.Categorical(cases["arm"], ["drug", "block"]))
    return Cohort(study=declared, cases=cases, visits=pd.DataFrame(), events=pd.DataFrame())


def people():
    """Six people with a drug, four with a block; the last planned visit's window begins on day 70."""
    left = [0.0, 28, 28, 70, 28, 28, 0, 28, 28, 28]
    right = [28, 56, 91, INF, INF, INF, 28, 84, 70, 100]
    return pd.DataFrame(
        {
            "arm": ["drug"] * 6 + ["block"] * 4,
            "resolution_left": left,
            "resolution_right": right,
            "resolution_day": [r if np.isfinite(r) else x for x, r in zip(left, right, strict=True)],
            "resolution_event": [int(np.isfinite(r)) for r in right],
            "resolution_cause": [1, 1, 1, 0, 0, 2, 1, 1, 1, 1],
            "lesion_left": [0.0, 28, 28, 0, 28, 28, 100, 28, 42, np.nan],
            "lesion_right": [28, 56, 91, 28, INF, INF, INF, 84, 70, np.nan],
        }
    )


def rows(cohort):
    return estimate(cohort, LINE).frame.set_index(["outcome", "method", "group", "reference"]).sort_index()


def test_bounds_of_both_criteria():
    found = rows(cohort_of(people()))
    ichd3 = found.loc["ichd3_parallel"]
    # drug: two certain; of one the headache may have resolved after day 70 or too far from the lesion, one is open,
    # one kept the headache up to day 70, and one had a rescue
    assert ichd3.loc[(CERTAIN, "drug", ""), ["events", "n"]].tolist() == [2, 6]
    assert ichd3.loc[(POSSIBLE, "drug", ""), ["events", "n"]].tolist() == [4, 6]
    assert ichd3.loc[(CERTAIN, "block", ""), ["events", "n"]].tolist() == [0, 3]
    assert ichd3.loc[(POSSIBLE, "block", ""), ["events", "n"]].tolist() == [2, 3]
    assert (ichd3["time"] == 28).all()
    assert ichd3.loc[(CERTAIN, "block", ""), "note"].startswith("without 1 whose lesion was not looked for")
    ichd2 = found.loc["ichd2_three_months"]
    assert ichd2.loc[(CERTAIN, "drug", ""), ["events", "n"]].tolist() == [3, 6]
    assert ichd2.loc[(POSSIBLE, "drug", ""), ["events", "n"]].tolist() == [5, 6]
    assert ichd2.loc[(POSSIBLE, "block", ""), ["events", "n"]].tolist() == [4, 4]
    assert (ichd2["time"] == 91).all()


def test_numbers_are_wilsons_and_newcombes():
    found = rows(cohort_of(people())).loc["ichd2_three_months"]
    share = wilson(3, 6)
    one = found.loc[(CERTAIN, "drug", "")]
    np.testing.assert_allclose(
        one[["estimate", "conf_low", "conf_high"]].astype(float), [0.5, share.conf_low, share.conf_high], rtol=1e-12
    )
    least, most = newcombe(3, 4, 5, 6), newcombe(4, 4, 3, 6)
    np.testing.assert_allclose(found.loc[(LEAST, "block", "drug"), "estimate"], least.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.loc[(LEAST, "block", "drug"), "conf_low"], least.conf_low, rtol=1e-12)
    np.testing.assert_allclose(found.loc[(MOST, "block", "drug"), "conf_high"], most.conf_high, rtol=1e-12)


def test_a_longer_lag_is_declared():
    longer = rows(cohort_of(people(), parallel_lag_days=63)).loc["ichd3_parallel"]
    assert (longer["time"] == 63).all()
    assert longer.loc[(CERTAIN, "drug", ""), "events"] == 2
    assert "63 days apart" in in_words(cohort_of(people(), parallel_lag_days=63).study, [LINE]).text


def test_without_lesions_the_other_criterion_is_left():
    for cases in (people().drop(columns=["lesion_left", "lesion_right"]), people().assign(lesion_left=np.nan)):
        found = rows(cohort_of(cases))
        notes = found.loc["ichd3_parallel", "note"]
        assert set(notes) == {"not estimable: the resolution of the lesion is not recorded"}
        assert found.loc["ichd2_three_months", "estimate"].notna().all()


def test_an_arm_without_anybody():
    found = rows(cohort_of(people().query("arm == 'drug'")))
    notes = found.xs("block", level="group")["note"]
    assert set(notes) == {"not estimable: nobody was followed"}
    with pytest.raises(NotEstimable, match="nobody was followed"):
        estimate(cohort_of(people().assign(resolution_day=np.nan)), LINE)
