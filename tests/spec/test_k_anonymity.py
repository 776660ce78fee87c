"""Classes of people alike, by hand and against a naive count; the risk that follows; what would mend it."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cgh_analysis as cgh
from cgh_analysis.cli import main
from cgh_analysis.errors import ArgumentError, CghError, StudyError
from cgh_analysis.numerics.reidentification import diversity, equivalence_classes
from cgh_analysis.privacy import k_anonymity, reidentification, risk_problems
from cgh_analysis.privacy.generalise import ladder
from tests import builders

# eleven people; by sex and site: female A 4, female B 2, male A 3, male B 1, and one whose site is not known
PEOPLE = pd.DataFrame(
    {
        "sex": ["female"] * 6 + ["male"] * 5,
        "site": ["A"] * 4 + ["B"] * 2 + ["A"] * 3 + ["B", None],
        "age_years": [31, 35, 38, 52, 57, 58, 33, 36, 39, 61, 64],
        "migraine": ["yes", "yes", "no", "no", "yes", "yes", "no", "no", "no", "yes", "no"],
    },
    index=[f"row {i}" for i in range(11)],
)


def test_classes_by_hand() -> None:
    found = k_anonymity(PEOPLE, ["sex", "site"], ["migraine"], k=2, threshold=0.5)
    assert (found.n, found.classes, found.smallest) == (11, 5, 1)
    assert found.maximum_risk == 1.0
    assert found.global_risk == pytest.approx(5 / 11)
    assert found.sizes.to_numpy().tolist() == [[1, 2, 2], [2, 1, 2], [3, 1, 3], [4, 1, 4]]
    assert list(found.rows_at_risk) == ["row 9", "row 10"]
    assert (found.at_risk, found.needed, found.met) == (2, 2, False)
    # female A has yes and no twice each; in every other class all are alike
    assert found.diversity == {"migraine": (1, 1.0)}


def test_diversity_by_hand() -> None:
    # migraine: 4 yes and 2 no of the women, 1 yes and 4 no of the men
    found = k_anonymity(PEOPLE, ["sex"], ["migraine", "age_years"])
    distinct, entropy = found.diversity["migraine"]
    assert distinct == 2
    assert math.log(entropy) == pytest.approx(-(0.2 * math.log(0.2) + 0.8 * math.log(0.8)))
    assert found.diversity["age_years"] == (5, pytest.approx(5.0))


def test_a_class_of_eleven_meets_the_recommended_threshold() -> None:
    for n, met in ((10, False), (11, True)):
        found = k_anonymity(pd.DataFrame({"sex": ["female"] * n + ["male"] * 40}), ["sex"], k=11)
        assert (found.met, found.at_risk) == (met, 0 if met else n)


def test_age_bands_are_made_of_ages() -> None:
    found = k_anonymity(PEOPLE, ["age_band"])
    assert found.sizes.to_numpy().tolist() == [[2, 1, 2], [3, 1, 3], [6, 1, 6]]


def test_a_sample_hides_people() -> None:
    all_of_them = k_anonymity(PEOPLE, ["sex", "site"])
    a_tenth = k_anonymity(PEOPLE, ["sex", "site"], sampling_fraction=0.1)
    assert a_tenth.global_risk == pytest.approx(all_of_them.global_risk / 10)
    assert a_tenth.maximum_risk == pytest.approx(0.1)


def test_nobodys_row_is_in_what_is_shown() -> None:
    found = k_anonymity(PEOPLE, ["sex", "site"], ["migraine"])
    said = found.words + found._repr_html_() + repr(found) + found.frame.to_csv()
    assert "row 9" not in said
    assert "smallest of 1" in said
    assert found.frame["measure"].tolist()[:3] == ["people", "classes", "smallest class (k)"]


def naive(frame: pd.DataFrame) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for row in frame.astype(object).where(frame.notna(), "?").itertuples(index=False):
        counts[tuple(row)] = counts.get(tuple(row), 0) + 1
    return counts


TABLES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None]), st.integers(0, 3), st.sampled_from("pqr")),
    min_size=1,
    max_size=40,
).map(lambda rows: pd.DataFrame(rows, columns=["a", "b", "c", "s"]))


@given(TABLES)
def test_classes_and_diversity_against_a_naive_count(data: pd.DataFrame) -> None:
    found = k_anonymity(data, ["a", "b", "c"], ["s"], k=3, threshold=0.2)
    counts = naive(data[["a", "b", "c"]])
    assert found.classes == len(counts)
    assert found.smallest == min(counts.values())
    assert found.global_risk == pytest.approx(np.mean([1 / n for n in counts.values() for _ in range(n)]))
    assert found.at_risk == sum(n for n in counts.values() if n < 5)
    values: dict[Any, list[str]] = {}
    for row in data.where(data.notna(), "?").itertuples(index=False):
        values.setdefault(tuple(row)[:3], []).append(row.s)
    assert found.diversity["s"][0] == min(len(set(v)) for v in values.values())
    entropies = [-sum(v.count(x) / len(v) * math.log(v.count(x) / len(v)) for x in set(v)) for v in values.values()]
    assert math.log(found.diversity["s"][1]) == pytest.approx(min(entropies), abs=1e-9)
    assert len(found.rows_at_risk) == found.at_risk


@given(TABLES, st.randoms())
def test_the_order_of_rows_and_columns_changes_nothing(data: pd.DataFrame, random: Any) -> None:
    order = list(range(len(data)))
    random.shuffle(order)
    one = k_anonymity(data, ["a", "b", "c"], ["s"], k=2)
    two = k_anonymity(data.iloc[order], ["a", "b", "c"], ["s"], k=2)
    other = k_anonymity(data, ["c", "a", "b"], ["s"], k=2)
    for found in (two, other):
        assert (found.classes, found.at_risk, found.met) == (one.classes, one.at_risk, one.met)
        assert found.diversity["s"] == pytest.approx(one.diversity["s"])
        assert (found.mend is None) == (one.mend is None)
        if found.mend is not None and one.mend is not None:
            assert found.mend.loss == pytest.approx(one.mend.loss)


@given(TABLES)
def test_coarser_never_makes_smaller_classes(data: pd.DataFrame) -> None:
    codes = np.column_stack([pd.factorize(data[c], use_na_sentinel=False)[0] for c in "abc"])
    fine, coarse = equivalence_classes(codes), equivalence_classes(codes[:, :2])
    assert coarse.sizes.min() >= fine.sizes.min()
    assert len(coarse.sizes) <= len(fine.sizes)
    assert (diversity(coarse, codes[:, 2])[0].min()) >= (diversity(fine, codes[:, 2])[0].min())


@given(TABLES)
def test_what_is_said_to_mend_does_mend(data: pd.DataFrame) -> None:
    found = k_anonymity(data, ["a", "b", "c"], k=3, threshold=0.25)
    if found.mend is None:
        assert found.met or len(data) < 4
        return
    assert not found.met
    kept = [c for c in "abc" if f"without {c}" not in found.mend.steps]
    counts = naive(data[kept]) if kept else {(): len(data)}
    large = [n for n in counts.values() if n >= 3]
    assert found.mend.smallest == min(large)
    assert found.mend.classes == len(large)
    assert found.mend.left_out == len(data) - sum(large)
    assert found.mend.left_out <= 0.05 * len(data)
    assert len(large) / sum(large) <= 0.25


def test_no_cheaper_mend_is_passed_over() -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame({c: rng.choice(list("uvw"), 300, p=[0.6, 0.3, 0.1]) for c in "abcd"})
    found = k_anonymity(data, list("abcd"), k=8)
    assert found.mend is not None

    def loss(kept: tuple[str, ...]) -> float:
        sizes = naive(data[list(kept)]).values() if kept else [300]
        large = [n for n in sizes if n >= 8]
        out = 300 - sum(large)
        fits = large and out <= 15 and len(large) <= sum(large) / 11
        return (4 - len(kept)) / 4 + out / 300 if fits else math.inf

    tried = [loss(kept) for n in range(5) for kept in itertools.combinations("abcd", n)]
    assert found.mend.loss == pytest.approx(min(tried))


def test_ladders() -> None:
    # wider bands part nobody differently here
    ages = pd.Series([31.0, 34.0, 36.0, 52.0, 58.0, np.nan])
    assert [s.words for s in ladder(ages, "age_years")] == [
        "",
        "ages in bands of 5 years",
        "ages in bands of 10 years",
        "without age_years",
    ]
    side = ladder(pd.Series(["left", "right", "bilateral"]), "side")
    assert [s.words for s in side] == ["", "left and right as one-sided", "without side"]
    assert [len(set(s.codes)) for s in side] == [3, 2, 1]
    many = pd.Series(np.arange(100.0))
    assert [s.words for s in ladder(many, "weight")][1:] == [f"weight in {n} parts" for n in (10, 5, 2)] + [
        "without weight"
    ]
    assert [s.loss for s in ladder(pd.Series(["x"] * 5), "site")] == [0.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: k_anonymity(PEOPLE, ["shoe_size"]),
        lambda: k_anonymity(PEOPLE, []),
        lambda: k_anonymity(PEOPLE.iloc[:0], ["sex"]),
        lambda: k_anonymity(PEOPLE, ["sex", "sex"]),
        lambda: k_anonymity(PEOPLE, ["sex"], ["sex"]),
        lambda: k_anonymity(PEOPLE, ["sex"], k=0),
        lambda: k_anonymity(PEOPLE, ["sex"], threshold=0),
        lambda: k_anonymity(PEOPLE, ["sex"], sampling_fraction=1.5),
        lambda: k_anonymity(PEOPLE.assign(age_years=np.inf), ["age_band"]),
        lambda: k_anonymity([1, 2], ["sex"]),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any) -> None:
    with pytest.raises(ArgumentError):
        call()


def test_pandas_types_make_no_difference() -> None:
    plain = k_anonymity(PEOPLE, ["sex", "site", "age_band"], ["migraine"])
    typed = PEOPLE.astype({"sex": "category", "site": "string", "age_years": "Int64", "migraine": "category"})
    other = k_anonymity(typed, ["sex", "site", "age_band"], ["migraine"])
    pd.testing.assert_frame_equal(plain.frame, other.frame)


def test_levels_that_nobody_has_make_no_classes() -> None:
    sex = pd.Categorical(PEOPLE["sex"], ["female", "male", "other"])
    assert k_anonymity(PEOPLE.assign(sex=sex), ["sex"]).classes == 2


def test_the_public_name() -> None:
    assert cgh.k_anonymity is k_anonymity


CASES = "patient_id,arm,age_years,sex,site\n" + "".join(
    f"P{i},{'drug' if i % 2 else 'block'},{30 + i % 40},{'female' if i % 3 else 'male'},{'AB'[i % 2]}\n"
    for i in range(60)
)
VISITS = "patient_id,visit\n" + "".join(f"P{i},baseline\n" for i in range(60))


def study(folder: Path, privacy: str = "") -> Path:
    return builders.write_study(folder, cases=CASES, visits=VISITS, more=privacy)


def test_check_tells_it(tmp_path: Path) -> None:
    path = study(tmp_path)
    said = CliRunner().invoke(main, ["check", str(path)])
    assert said.exit_code == 0, said.output
    assert "By age_band, sex, site the 60 people make 16 classes" in said.output
    told = json.loads(CliRunner().invoke(main, ["check", "--json", str(path)]).output)["privacy"]
    assert (told["people"], told["classes"], told["met"]) == (60, 16, False)
    assert told["mend"]["steps"]


def test_a_study_may_require_it(tmp_path: Path) -> None:
    path = study(tmp_path, '[privacy]\nquasi_identifiers = ["age_band", "sex", "site"]\nrequired = true\n')
    said = CliRunner().invoke(main, ["check", str(path)])
    assert said.exit_code == 2
    assert "(reidentification)" in said.output
    refused = CliRunner().invoke(main, ["run", str(path)])
    assert refused.exit_code == 2
    assert "would be met by" in refused.output
    assert not (tmp_path / "current").exists()
    path = study(tmp_path, '[privacy]\nquasi_identifiers = ["sex"]\nrequired = true\n')
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 0


def test_names_in_the_study_file_are_checked(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="shoe"):
        cgh.read_study(study(tmp_path, '[privacy]\nquasi_identifiers = ["shoe"]\n'))
    with pytest.raises(CghError, match="once"):
        cgh.read_study(study(tmp_path, '[privacy]\nsensitive = ["sex"]\n'))


def test_a_study_without_any_of_the_columns_says_nothing() -> None:
    cases = pd.DataFrame({"patient_id": ["P1"], "arm": ["drug"]})
    assert reidentification(cases, builders.study()) is None
    assert risk_problems(None, builders.study()) == ()
