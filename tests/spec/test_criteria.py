"""Diagnostic criteria by item: what counts, what does not, and what is unknown."""

import pandas as pd
import pytest

from cgh_analysis.cohort.criteria import CRITERIA
from cgh_analysis.schema import CASES

DERIVED = {"has_baseline", "resolution_within_milestone"}
ICHD3 = ("lesion_evidence", "temporal_relation", "parallel_improvement", "reduced_rom_and_provocation")


def holds(criterion: str, **flags: str | None) -> bool | None:
    needs = dict.fromkeys(CRITERIA[criterion].needs)
    answer = CRITERIA[criterion].holds(pd.DataFrame([{**needs, **flags}], dtype=object)).iloc[0]
    return None if pd.isna(answer) else bool(answer)


def test_every_criterion_needs_columns_that_the_schema_has() -> None:
    known = {c.name for c in CASES} | DERIVED
    assert {n for c in CRITERIA.values() for n in c.needs} <= known


def test_ichd3_needs_two_of_the_four_items_of_c() -> None:
    base = {"lesion_evidence": "yes", "not_better_accounted": "yes"}
    items = ("temporal_relation", "parallel_improvement", "reduced_rom_and_provocation", "block_abolishes")
    none = dict.fromkeys(items, "no")
    assert holds("ichd3_11_2_1", **base, **none) is False
    assert holds("ichd3_11_2_1", **base, **{**none, "temporal_relation": "yes"}) is False
    assert holds("ichd3_11_2_1", **base, **{**none, "temporal_relation": "yes", "block_abolishes": "yes"}) is True
    assert holds("ichd3_11_2_1", **{**base, "lesion_evidence": "no"}, **dict.fromkeys(items, "yes")) is False
    assert holds("ichd3_11_2_1", **{**base, "not_better_accounted": "no"}, **dict.fromkeys(items, "yes")) is False


def test_a_blank_is_unknown_only_where_it_could_decide() -> None:
    two = {"temporal_relation": "yes", "parallel_improvement": "yes"}
    assert holds("ichd3_c", **two) is True
    assert holds("ichd3_c", temporal_relation="yes") is None
    assert holds("ichd3_c", temporal_relation="yes", parallel_improvement="no", block_abolishes="no") is None
    assert holds("ichd3_c", temporal_relation="no", parallel_improvement="no", block_abolishes="no") is False
    assert holds("ichd3_11_2_1", lesion_evidence="no") is False


def test_chisg_needs_ia_alone_or_ib_with_ic() -> None:
    no = dict.fromkeys(CRITERIA["chisg_1"].needs, "no")
    assert holds("chisg_1", **{**no, "provoked_by_pressure": "yes"}) is True
    assert holds("chisg_1", **{**no, "restricted_rom": "yes"}) is False
    assert holds("chisg_1", **{**no, "restricted_rom": "yes", "ipsilateral_neck_arm_pain": "yes"}) is True


@pytest.mark.parametrize(
    ("name", "depends"),
    [
        ("adult", ""),
        ("ichd3_at_baseline", ""),
        ("ichd3_11_2_1", "the outcome (C2) and treatment (C4)"),
        ("ichd3_c2", "the outcome"),
        ("ichd3_c4", "treatment"),
        ("ichd2_d", "the outcome"),
        ("chisg_2", "treatment"),
        ("chisg_3", ""),
    ],
)
def test_criteria_that_look_at_what_came_later_say_so(name: str, depends: str) -> None:
    assert CRITERIA[name].depends_on == depends


def test_adult_is_18_or_more() -> None:
    adult = CRITERIA["adult"].holds(pd.DataFrame({"age_years": [17.0, 18.0, None]}))
    assert adult.tolist()[:2] == [False, True]
    assert adult.isna().tolist() == [False, False, True]
