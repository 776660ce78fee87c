"""People counted by day: parts add up exactly, and give what the rows themselves give."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgh_analysis.models.survival.kaplan_meier import kaplan_meier
from cgh_analysis.models.survival.logrank import logrank
from cgh_analysis.numerics.survival import day_counts
from cgh_analysis.numerics.survival import kaplan_meier as km
from cgh_analysis.numerics.survival import logrank as lr
from cgh_analysis.numerics.survival.day_counts import added, count_days, remaining

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=15, deadline=None)
TIMES = {"time": "day", "event": "gone"}


def people(seed, n=200):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "day": rng.integers(1, rng.integers(3, 60), n),
            "gone": rng.integers(0, 2, n),
            "arm": pd.Categorical(rng.choice(["a", "b", "c", None], n, p=[0.3, 0.3, 0.3, 0.1]), ["c", "b", "x", "a"]),
            "site": rng.choice(["s1", "s2", None], n),
        }
    )
    return data.assign(one=1, start=0)


def counts(data):
    return count_days(data["day"].to_numpy(), data["gone"].to_numpy(), data["arm"].cat.codes.to_numpy(), n_cells=4)


@FEW
@given(seed=SEEDS, cuts=st.lists(st.integers(0, 200), max_size=4))
def test_counts_of_partitions_add_to_those_of_all_bit_for_bit(seed, cuts):
    data = people(seed)
    edges = [0, *sorted(cuts), len(data)]
    parts = [counts(data.iloc[a:b]) for a, b in pairwise(edges) if b > a]
    np.testing.assert_array_equal(added(parts), counts(data))
    np.testing.assert_array_equal(added(reversed(parts)), counts(data))


@FEW
@given(seed=SEEDS)
def test_blocks_of_rows_change_nothing(seed):
    data = people(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(day_counts, "BLOCK", 7)
        in_blocks = counts(data)
    np.testing.assert_array_equal(in_blocks, counts(data))


@FEW
@given(seed=SEEDS)
def test_counts_give_the_curves_and_the_tests_of_the_rows(seed):
    data = people(seed).dropna(subset="arm")
    day, gone = data["day"].to_numpy(dtype=float), data["gone"].to_numpy() == 1
    group = data["arm"].cat.codes.to_numpy().astype(np.intp)
    known = counts(data)[:, :-1]
    ours, rows = km.from_day_counts(known), km.kaplan_meier(day, gone, group)
    for name in km.Steps.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(ours, name), getattr(rows, name))
    tables = lr.event_tables(day, gone, group, n_groups=4)
    counted = lr.tables_from_day_counts(known[:, None])
    for name in lr.EventTables.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(counted, name), getattr(tables, name))


@FEW
@given(seed=SEEDS)
def test_frames_of_whole_days_give_what_the_longer_way_gives(seed):
    data = people(seed)
    quick = kaplan_meier(data, **TIMES, by="arm")
    # a weight of 1 and an entry on day 0 change nothing, and are not counted
    for slow in (
        kaplan_meier(data, **TIMES, by="arm", weights="one"),
        kaplan_meier(data, **TIMES, by="arm", entry="start"),
    ):
        pd.testing.assert_frame_equal(quick.steps(), slow.steps(), rtol=1e-15)
        assert (quick.groups, quick.n, quick.events) == (slow.groups, slow.n, slow.events)
        assert quick.n_left_out == slow.n_left_out == data["arm"].isna().sum()
    for strata in (None, "site", ["site", "gone"]):
        options = {"by": "arm", "strata": strata, "pairwise": True, "trend": {"a": 2, "b": 3, "c": 9}}
        if strata == ["site", "gone"]:
            options["weights"] = "peto"
        pd.testing.assert_frame_equal(
            logrank(data, **TIMES, **options), logrank(data, **TIMES, **options, entry="start"), rtol=1e-12
        )


@pytest.mark.parametrize(
    "kinds",
    [
        {"day": "int8", "gone": bool},
        {"day": "uint16", "gone": "float64"},
        {"day": "float32", "gone": "boolean"},
        {"day": "Int64", "gone": "Int8"},
        {"day": "Float64", "gone": "uint8"},
        {"day": object, "gone": object},
    ],
)
def test_columns_of_all_kinds_of_number_are_one(kinds):
    data = people(3)
    if object in kinds.values():
        data["day"] = data["day"] + 0.0
        kinds = {"gone": object}
        data["gone"] = data["gone"] == 1
    changed = data.astype(kinds)
    pd.testing.assert_frame_equal(
        kaplan_meier(changed, **TIMES, by="arm").steps(), kaplan_meier(people(3), **TIMES, by="arm").steps()
    )
    pd.testing.assert_frame_equal(logrank(changed, **TIMES, by="arm"), logrank(people(3), **TIMES, by="arm"))


@pytest.mark.parametrize(
    ("day", "event"),
    [
        ([1.5, 2], [1, 0]),
        ([np.nan, 2], [1, 0]),
        ([np.inf, 2], [1, 0]),
        ([-1, 2], [1, 0]),
        ([10**9, 2], [1, 0]),
        ([1, 2], [2, 0]),
        ([1, 2], [-1, 0]),
        ([1, 2], [np.nan, 0]),
        ([1, 2], [0.5, 0]),
        ([1, 2], ["1", "0"]),
    ],
)
def test_what_is_not_plainly_a_day_and_an_event_is_not_counted(day, event):
    assert count_days(np.array(day), np.array(event), np.zeros(2, dtype=np.intp), n_cells=1) is None


def test_who_leaves_later_is_at_risk():
    found = count_days(np.array([0, 2, 2, 5]), np.array([1, 1, 0, 0]), np.array([0, 0, 0, -1]), n_cells=1)
    assert found[:, 0].tolist() == [[0, 1], [0, 0], [1, 1], [0, 0], [0, 0], [0, 0]]
    assert found[:, 1].sum() == 1
    assert remaining(found)[:, 0].tolist() == [3, 2, 2, 0, 0, 0]
