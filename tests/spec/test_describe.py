"""Descriptions of small cohorts written out by hand, and agreement with tableone and cobalt."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cgh_analysis.cohort import Cohort, FlowStep
from cgh_analysis.describe import SUMMARIES, clinical, summary, treatment
from cgh_analysis.describe.balance import balance
from cgh_analysis.describe.baseline import baseline, default_columns
from cgh_analysis.errors import ArgumentError, CghError, NotEstimable
from cgh_analysis.results import Result
from tests.builders import study
from tests.reference.stored import CLOSED_FORM, agree, patients, stored

ARMS = ("MED", "MTE", "BLOCK")
PAIRS = list(combinations(ARMS, 2))
COLUMNS = ["age", "sex", "site", "duration", "trauma", "hd0", "ndi0", "rom0"]

CASES = pd.DataFrame(
    {
        "patient_id": ["1", "2", "3", "4", "5", "6"],
        "arm": pd.Categorical(["drug", "drug", "drug", "block", "block", "block"], ["drug", "block"]),
        "age_years": [20, 30, 40, 50, 61, 90],
        "sex": pd.Categorical(["female", "female", "male", "male", "male", None], ["female", "male", "other"]),
        "migraine": ["yes", "no", None, "yes", "yes", "no"],
        "symptom_duration_months": [1.0, 2.0, 9.0, 4.0, None, 6.0],
        "ndi_baseline": [20.0, 22.0, 24.0, 30.0, 26.0, None],
    }
)
VISITS = pd.DataFrame(
    {
        "patient_id": ["1", "2", "3", "4", "5", "1", "2", "3", "4", "6", "1"],
        "visit": pd.Categorical(["baseline"] * 5 + ["week4"] * 5 + ["week12"], ["baseline", "week4", "week12"]),
        "day": [0, 0, 0, 0, 0, 27, 28, 30, 29, 60, 84],
        "in_window": [True] * 9 + [False, True],
        "ndi": [20.0, 22.0, 24.0, 30.0, 26.0, 10.0, 20.0, 18.1, None, 9.0, 5.0],
        "frt_left_deg": [25.0, 20.0, 30.0, 28.0, 22.0, 33.0, 26.0, 38.0, 35.0, 40.0, 41.0],
        "frt_right_deg": [float("nan")] * 11,
    }
)
DESCRIBE = {
    "baseline": ["age_years", "sex", "migraine", "symptom_duration_months", "ndi_baseline"],
    "median": ["symptom_duration_months"],
    "courses": ["ndi"],
    "change_at": "week4",
}


def cohort(**parts: Any) -> Cohort:
    content = {"study": study(describe=DESCRIBE), "cases": CASES, "visits": VISITS, "events": pd.DataFrame()}
    return Cohort(**{**content, **parts})


def value(result: Result, column: str = "estimate", **where: Any) -> float:
    """The one number of a row that these columns single out."""
    frame = result.frame
    for name, wanted in where.items():
        frame = frame.loc[frame[name] == wanted]
    assert len(frame) == 1, f"{len(frame)} rows with {where}"
    return float(frame[column].iloc[0])


def test_the_registry_names_modules_that_describe() -> None:
    assert all(callable(summary(name)) for name in SUMMARIES)
    with pytest.raises(KeyError):
        summary("nothing")


def test_baseline_counts_and_moments() -> None:
    rows = summary("baseline")(cohort())
    assert value(rows, outcome="patients", group="drug") == 3
    assert value(rows, outcome="age_years", group="drug", statistic="mean") == 30
    assert value(rows, outcome="age_years", group="drug", statistic="sd") == 10
    assert value(rows, outcome="symptom_duration_months", group="drug", statistic="median") == 2
    assert value(rows, outcome="symptom_duration_months", group="drug", statistic="q3") == 5.5
    assert value(rows, outcome="symptom_duration_months", group="block", statistic="missing") == 1
    assert value(rows, "n", outcome="symptom_duration_months", group="block", statistic="median") == 2
    female = {"outcome": "sex", "group": "drug", "subgroup": "sex=female"}
    assert value(rows, **female, statistic="count") == 2
    assert value(rows, **female, statistic="percent") == pytest.approx(200 / 3, rel=CLOSED_FORM)
    # percentages are of those whose sex is known
    male = {"outcome": "sex", "group": "block", "subgroup": "sex=male", "statistic": "percent"}
    assert (value(rows, **male), value(rows, "n", **male), value(rows, "events", **male)) == (100, 2, 2)
    assert set(rows.frame.loc[rows.frame["outcome"] == "migraine", "subgroup"]) == {"", "migraine=yes"}
    # nobody has the code "other"
    assert "sex=other" not in set(rows.frame["subgroup"])


def test_baseline_smd_is_the_largest_of_the_pairs() -> None:
    rows = summary("baseline")(cohort())
    means, spread = 30 - 67, math.sqrt((100 + np.var([50, 61, 90], ddof=1)) / 2)
    assert value(rows, outcome="age_years", statistic="smd") == pytest.approx(abs(means) / spread, rel=CLOSED_FORM)
    # 1/2 against 2/3 with migraine
    p = math.sqrt((1 / 4 + 2 / 9) / 2)
    assert value(rows, outcome="migraine", statistic="smd") == pytest.approx((2 / 3 - 1 / 2) / p, rel=CLOSED_FORM)


def test_an_arm_that_nobody_is_in_stays_as_a_zero() -> None:
    drug = cohort(cases=CASES.loc[CASES["arm"] == "drug"])
    rows = summary("baseline")(drug)
    assert value(rows, outcome="patients", group="block") == 0
    assert set(rows.frame.loc[rows.frame["group"] == "block", "outcome"]) == {"patients"}
    smd = rows.frame.loc[rows.frame["statistic"] == "smd"]
    assert smd["estimate"].isna().all()
    assert smd["note"].str.startswith("not estimable: ").all()
    assert len(summary("balance")(drug)) == 0
    assert value(summary("follow-up")(drug), group="block", time=0, outcome="visit", statistic="count") == 0


def test_balance_rows_are_later_minus_earlier_arm() -> None:
    rows = summary("balance")(cohort())
    where = {"outcome": "age_years", "group": "block", "reference": "drug", "subgroup": ""}
    assert value(rows, **where, statistic="smd") > 0
    assert value(rows, **where, statistic="variance_ratio") == pytest.approx(427 / 100, rel=CLOSED_FORM)
    assert value(rows, **where, statistic="ks") == 1
    assert value(rows, outcome="sex", subgroup="sex=male", statistic="ks") == pytest.approx(2 / 3, rel=CLOSED_FORM)


def test_flow_counts_who_is_left_and_who_was_excluded() -> None:
    steps = (
        FlowStep(id="recorded", label="Recorded", left={"": 12}),
        FlowStep(id="accepted", label="Usable", left={"drug": 6, "block": 5}),
        FlowStep(id="ichd3_c2", label="C2", left={"drug": 4, "block": 5}, depends_on="the outcome"),
        FlowStep(id="analysed:a", label="Outcome known", left={"drug": 3, "block": 3}),
        FlowStep(id="analysed:b", label="Outcome known", left={"drug": 4, "block": 4}),
    )
    rows = summary("flow")(cohort(flow=steps))
    assert value(rows, outcome="recorded", group="", statistic="count") == 12
    assert value(rows, outcome="accepted", group="", statistic="excluded") == 1
    assert rows.frame.loc[rows.frame["outcome"] == "accepted", "statistic"].eq("excluded").sum() == 1
    assert value(rows, outcome="ichd3_c2", group="drug", statistic="excluded") == 2
    assert value(rows, outcome="ichd3_c2", group="block", statistic="excluded") == 0
    # both analyses branch from the last criterion
    assert value(rows, outcome="analysed:b", group="block", statistic="excluded") == 1
    assert value(rows, outcome="analysed:b", group="", statistic="count") == 8
    notes = rows.frame.set_index("outcome")["note"]
    assert set(notes["ichd3_c2"]) == {"depends on the outcome"}
    assert set(notes["accepted"]) == {""}
    assert list(dict.fromkeys(rows.frame["outcome"])) == [s.id for s in steps]


def test_age_bands_are_five_years_wide_and_the_last_is_open() -> None:
    rows = summary("age-distribution")(cohort()).frame
    counts = rows.loc[rows["statistic"] == "count"]
    drug = counts.loc[counts["group"] == "drug"]
    assert drug["subgroup"].iloc[[0, 1, -1]].tolist() == ["age_years=20-24", "age_years=25-29", "age_years=90+"]
    assert counts.groupby("group")["estimate"].sum().to_dict() == {"drug": 3, "block": 3}
    assert len(drug) == 15
    block = counts.loc[counts["group"] == "block"].set_index("subgroup")["estimate"]
    assert block[block > 0].to_dict() == {"age_years=50-54": 1, "age_years=60-64": 1, "age_years=90+": 1}
    with pytest.raises(NotEstimable):
        summary("age-distribution")(cohort(cases=CASES.assign(age_years=float("nan"))))


def test_a_course_holds_who_was_seen_in_the_window() -> None:
    rows = summary("course")(cohort())
    # patient 6 came outside of the window, patient 4 has no value
    assert value(rows, outcome="ndi", group="drug", time=28, statistic="mean") == pytest.approx(
        48.1 / 3, rel=CLOSED_FORM
    )
    assert value(rows, "n", outcome="ndi", group="drug", time=28, statistic="mean") == 3
    assert rows.frame.query("outcome == 'ndi' and group == 'block' and time == 28").empty
    alone = {"outcome": "ndi", "group": "drug", "time": 84, "statistic": "mean"}
    assert value(rows, **alone) == 5
    assert math.isnan(value(rows, "conf_low", **alone))
    # what was never measured has no course
    assert set(rows.frame["outcome"]) == {"ndi", "frt_left_deg"}


def test_change_is_counted_against_the_mdc_in_the_better_direction() -> None:
    rows = summary("change")(cohort())
    # NDI falls by 10, 2 and 5.9; the MDC is 5.9, which must be exceeded
    ndi = {"outcome": "ndi", "group": "drug", "time": 28}
    assert value(rows, **ndi, statistic="mean") == pytest.approx(-17.9 / 3, rel=CLOSED_FORM)
    assert value(rows, **ndi, statistic="percent") == pytest.approx(100 / 3, rel=CLOSED_FORM)
    assert value(rows, "events", **ndi, statistic="percent") == 1
    # FRT has no baseline column here, so no change
    assert set(rows.frame["outcome"]) == {"ndi"}
    right = cohort(cases=CASES.assign(frt_left_deg_baseline=[25.0, 20.0, 30.0, 28.0, 22.0, 30.0]))
    frt = {"outcome": "frt_left_deg", "group": "drug", "statistic": "percent"}
    # rises by 8, 6, 8 against an MDC of 7
    assert value(summary("change")(right), "events", **frt) == 2
    without = study(describe={**DESCRIBE, "change_at": None})
    assert len(summary("change")(cohort(study=without))) == 0


def test_a_change_that_equals_the_mdc_does_not_exceed_it_in_binary_either() -> None:
    # the third of the arm now falls from 16.1 to 10.2: 5.9 to every reader, and a little more in binary
    cases = CASES.assign(ndi_baseline=[20.0, 22.0, 16.1, 30.0, 26.0, None])
    visits = VISITS.assign(ndi=VISITS["ndi"].replace(18.1, 10.2))
    rows = summary("change")(cohort(cases=cases, visits=visits))
    assert value(rows, "events", outcome="ndi", group="drug", statistic="percent") == 1


def test_follow_up_counts_the_arm_and_not_the_visitors() -> None:
    rows = summary("follow-up")(cohort())
    week4 = {"group": "block", "time": 28}
    assert value(rows, **week4, outcome="visit", statistic="count") == 1
    assert value(rows, **week4, outcome="visit", statistic="percent") == pytest.approx(100 / 3, rel=CLOSED_FORM)
    assert value(rows, **week4, outcome="day", statistic="median") == 29
    assert value(rows, **week4, outcome="ndi", statistic="missing") == 3
    assert "frt_right_deg" not in set(rows.frame["outcome"])


@pytest.mark.parametrize("name", list(SUMMARIES))
def test_the_order_of_patients_makes_no_difference(name: str) -> None:
    flow = (FlowStep(id="recorded", label="Recorded", left={"": 6}),)
    whole = summary(name)(cohort(flow=flow)).frame
    shuffled = cohort(
        flow=flow, cases=CASES.sample(frac=1, random_state=4), visits=VISITS.sample(frac=1, random_state=5)
    )
    # sums in another order differ in their last bits
    pd.testing.assert_frame_equal(summary(name)(shuffled).frame, whole, rtol=1e-12)


@pytest.mark.parametrize("name", list(SUMMARIES))
def test_the_cohort_is_not_changed(name: str) -> None:
    cases, visits = CASES.copy(deep=True), VISITS.copy(deep=True)
    summary(name)(cohort(flow=(FlowStep(id="recorded", label="Recorded", left={"": 6}),)))
    pd.testing.assert_frame_equal(CASES, cases)
    pd.testing.assert_frame_equal(VISITS, visits)


@pytest.mark.parametrize("name", list(SUMMARIES))
def test_nobody_at_all_is_no_crash(name: str) -> None:
    nobody = cohort(cases=CASES.iloc[:0], visits=VISITS.iloc[:0])
    if name == "age-distribution":
        with pytest.raises(NotEstimable, match="nobody's age"):
            summary(name)(nobody)
    else:
        frame = summary(name)(nobody).frame
        assert frame["estimate"].isin([0]).all() or frame["note"].str.startswith("not estimable").any()


def test_a_baseline_column_that_is_not_there_is_named() -> None:
    with pytest.raises(CghError, match="hit6_baseline"):
        summary("baseline")(cohort(study=study(describe={"baseline": ["hit6_baseline"]})))


# --- against R


@pytest.mark.parametrize("row", stored("table1", "table1_cgh_arm")["smd"], ids=lambda r: r["variable"])
def test_pairwise_smds_agree_with_tableone(row: dict[str, Any]) -> None:
    found = balance(patients("cgh_sim"), [row["variable"]], arm="arm")
    whole = found.loc[found["level"] == ""].set_index("contrast")["smd"].abs()
    expected = {f"{b} - {a}": row[f"{i + 1} vs {j + 1}"] for (i, a), (j, b) in combinations(enumerate(ARMS), 2)}
    agree([whole[k] for k in expected], list(expected.values()), CLOSED_FORM)


def test_counts_and_percentages_agree_with_tableone() -> None:
    rows = baseline(patients("cgh_sim"), by="arm", columns=["sex", "site"])
    for arm in ARMS:
        for name, levels in stored("table1", "table1_cgh_arm")["categorical"][arm].items():
            if name in ("sex", "site"):
                where = [{"outcome": name, "group": arm, "subgroup": f"{name}={r['level']}"} for r in levels]
                agree([value(rows, **w, statistic="count") for w in where], [r["freq"] for r in levels], 0)
                percents = [value(rows, **w, statistic="percent") for w in where]
                agree(percents, [r["percent"] for r in levels], CLOSED_FORM)


def test_the_baseline_smd_is_tableones_largest_pair() -> None:
    rows = baseline(patients("cgh_sim"), by="arm", columns=COLUMNS)
    for row in stored("table1", "table1_cgh_arm")["smd"]:
        largest = max(row[k] for k in ("1 vs 2", "1 vs 3", "2 vs 3"))
        agree(value(rows, outcome=row["variable"], statistic="smd"), largest, CLOSED_FORM)


@pytest.mark.parametrize("weighted", [False, True])
def test_variance_ratios_and_distances_agree_with_cobalt(weighted: bool) -> None:
    """cobalt's SMDs divide by the spread over all arms, ours by that of the pair: they are not the same quantity."""
    case = "multiarm_cgh_ATE" if weighted else "balance_cgh_unweighted_pairs"
    results = stored("table1", case)
    data = patients("cgh_sim").assign(log_duration=lambda d: np.log(d["duration"]), male=lambda d: d["sex"] == "M")
    weights = pd.Series(results["weights"], index=data.index) if weighted else None
    names = {"log(duration)": "log_duration", "sex_M": "male"}
    tables = (results["balance"] if weighted else results)["pairs"]
    suffix = "Adj" if weighted else "Un"
    for pair, rows in tables.items():
        for row in rows:
            name = names.get(row["covariate"], row["covariate"])
            found = (
                balance(data, [name], arm="arm", weights=weights).set_index("contrast").loc[pair.replace("vs.", "-")]
            )
            agree(found["ks"], row[f"KS.{suffix}"], CLOSED_FORM)
            if row["Type"] == "Contin.":
                agree(found["variance_ratio"], row[f"V.Ratio.{suffix}"], CLOSED_FORM)
            else:
                assert math.isnan(found["variance_ratio"])


# --- properties


def test_weights_of_one_are_no_weights() -> None:
    data = patients("cgh_sim").assign(one=1.0)
    plain = baseline(data, by="arm", columns=COLUMNS, median=["duration"]).frame
    weighted = baseline(data, by="arm", columns=COLUMNS, median=["duration"], weights="one").frame
    pd.testing.assert_frame_equal(weighted.drop(columns="method"), plain.drop(columns="method"), rtol=1e-12)
    pd.testing.assert_frame_equal(
        balance(data, COLUMNS, arm="arm", weights="one"), balance(data, COLUMNS, arm="arm"), rtol=1e-12
    )


def test_whole_weights_repeat_rows_in_means_and_percentages() -> None:
    data = patients("cgh_sim").assign(times=lambda d: 1 + np.arange(len(d)) % 3)
    repeated = data.loc[data.index.repeat(data["times"])].reset_index(drop=True)
    weighted = baseline(data, by="arm", columns=COLUMNS, weights="times").frame
    long = baseline(repeated, by="arm", columns=COLUMNS).frame
    same = weighted["statistic"].isin(["mean", "percent"])
    agree(weighted.loc[same, "estimate"], long.loc[same, "estimate"], CLOSED_FORM)


def test_other_names_for_the_arms_change_only_names() -> None:
    data = patients("cgh_sim")
    names = dict(zip(ARMS, ("c", "a", "b"), strict=True))
    renamed = data.assign(arm=data["arm"].cat.rename_categories(names))
    one, other = balance(data, COLUMNS, arm="arm"), balance(renamed, COLUMNS, arm="arm")
    pd.testing.assert_frame_equal(one.drop(columns="contrast"), other.drop(columns="contrast"))
    assert other["contrast"].unique().tolist() == ["a - c", "b - c", "b - a"]
    # the other order of the arms turns every sign
    turned = balance(data.assign(arm=data["arm"].cat.reorder_categories(ARMS[::-1])), ["age"], arm="arm")
    agree(np.sort(-turned["smd"]), np.sort(one.loc[one["covariate"] == "age", "smd"]), CLOSED_FORM)


def test_rows_in_another_order_and_units_change_nothing() -> None:
    data = patients("cgh_sim")
    shuffled = data.sample(frac=1, random_state=1).assign(age=lambda d: 12 * d["age"])
    # sums in another order differ in their last bits
    pd.testing.assert_frame_equal(
        balance(shuffled, COLUMNS, arm="arm"), balance(data, COLUMNS, arm="arm"), rtol=1e-9, check_exact=False
    )


def test_the_frame_is_not_changed() -> None:
    data = patients("cgh_sim")
    before = data.copy(deep=True)
    balance(data, COLUMNS, arm="arm", weights=pd.Series(1.0, index=data.index))
    baseline(data, by="arm", columns=COLUMNS, median=["age"])
    pd.testing.assert_frame_equal(data, before)


# --- what a column is, and what is refused


def test_types_decide_what_a_column_is() -> None:
    data = pd.DataFrame(
        {
            "arm": list("aaaabbbb"),
            "number": [1.5, 2, 3, 4, 5, 6, 7, 8],
            "few": [1, 2, 3, 1, 2, 3, 1, 2],
            "zero_one": [0, 1, 0, 1, 1, 1, 0, 0],
            "boolean": [True, False] * 4,
            "maybe": pd.array([True, None] * 4, dtype="boolean"),
            "answer": ["yes", "no", None, "yes"] * 2,
            "text": ["x", "y"] * 4,
        }
    )
    rows = baseline(data, by="arm").frame
    shown = {k: list(dict.fromkeys(v)) for k, v in rows.loc[rows["subgroup"] != ""].groupby("outcome")["subgroup"]}
    assert shown == {
        "few": ["few=1", "few=2", "few=3"],
        "zero_one": ["zero_one=1"],
        "boolean": ["boolean=yes"],
        "maybe": ["maybe=yes"],
        "answer": ["answer=yes"],
        "text": ["text=x", "text=y"],
    }
    assert set(rows.loc[rows["outcome"] == "number", "statistic"]) == {"mean", "sd", "missing", "smd"}


def test_text_that_differs_between_all_is_an_identifier() -> None:
    assert default_columns(patients("cgh_sim"), "arm")[1] == ["id"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"arm": ["a", None, "b"]}, "missing at row"),
        ({"x": [1.0, math.inf, 2.0]}, "infinite"),
        ({"x": pd.to_datetime(["2024-01-01"] * 3)}, "dates"),
        ({"w": [1.0, -1.0, 1.0]}, "negative"),
        ({"w": [1.0, None, 1.0]}, "missing"),
    ],
)
def test_bad_input_is_refused_with_a_reason(change: dict[str, Any], word: str) -> None:
    data = pd.DataFrame({"arm": ["a", "a", "b"], "x": [1.0, 2.0, 3.0], "w": 1.0}).assign(**change)
    with pytest.raises(ArgumentError, match=word):
        balance(data, ["x"], arm="arm", weights="w")


def test_unknown_and_repeated_columns_are_named() -> None:
    data = pd.DataFrame({"arm": ["a", "b"], "x": [1.0, 2.0]})
    with pytest.raises(ArgumentError, match="'z'"):
        balance(data, ["z"], arm="arm")
    with pytest.raises(ArgumentError, match="named twice: x"):
        balance(pd.concat([data, data[["x"]]], axis=1), ["x"], arm="arm")
    with pytest.raises(ArgumentError, match="another index"):
        balance(data, ["x"], arm="arm", weights=pd.Series([1.0, 1.0], index=[5, 6]))


def test_treatment_and_clinical_picture_show_what_the_data_have() -> None:
    def flags(*values: str) -> pd.Categorical:
        return pd.Categorical(values, ["no", "yes"])

    cases = pd.DataFrame(
        {
            "patient_id": ["a", "b", "c", "d"],
            "arm": pd.Categorical(["drug", "drug", "block", "block"], ["drug", "block"]),
            "nausea": flags("yes", "no", "no", "no"),
            "nsaid": flags("yes", "yes", "no", "no"),
        }
    )
    empty = pd.DataFrame({"patient_id": []})
    cohort = Cohort(study=study(), cases=cases, visits=empty, events=empty)
    given = treatment.describe(cohort).frame
    assert set(given["analysis"]) == {"treatment"}
    assert "smd" not in set(given["statistic"])
    count = given[(given["subgroup"] == "nsaid=yes") & (given["statistic"] == "count")].set_index("group")["estimate"]
    assert count.to_dict() == {"drug": 2.0, "block": 0.0}
    seen = clinical.describe(cohort).frame
    assert set(seen["outcome"]) == {"patients", "nausea"}
    assert len(treatment.describe(replace(cohort, cases=cases.drop(columns="nsaid")))) == 0
