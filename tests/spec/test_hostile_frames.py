"""The public functions on frames and arguments as they come: any of pandas' types, and refusals in words."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cgh_analysis as cgh
from cgh_analysis.errors import ArgumentError, StudyError
from cgh_analysis.frames import plain

rng = np.random.default_rng(3)
N = 60
PEOPLE = pd.DataFrame(
    {
        "arm": np.array(["a", "b", "c"])[np.arange(N) % 3],
        "age": rng.integers(20, 80, N),
        "ndi": rng.normal(20, 5, N),
        "day": rng.integers(1, 90, N),
        "event": rng.integers(0, 2, N),
        "id": np.arange(N) // 2,
    }
)
TIME = {"time": "day", "event": "event"}
ARROW_TEXT = pd.ArrowDtype(pa.string())
TYPES: dict[str, dict[str, Any]] = {
    "nullable": {"arm": "string", "age": "Int64", "ndi": "Float64", "day": "Int64", "event": "Int64"},
    "arrow": {"arm": ARROW_TEXT, "age": "int64[pyarrow]", "ndi": "double[pyarrow]", "day": "int64[pyarrow]"},
    "arrow dictionary": {"arm": pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))},
    "objects": {"arm": object, "age": object, "ndi": object},
    "small": {"age": "int8", "ndi": "float32", "day": "int16", "event": "bool"},
    "sparse": {"ndi": pd.SparseDtype("float64", np.nan)},
}
CALLS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "ancova": lambda d: cgh.ancova("ndi ~ arm + age", d).coefficients(),
    "gee": lambda d: cgh.gee("ndi ~ arm + age", d, subject="id").coefficients(),
    "cox": lambda d: cgh.cox("arm + age", d, **TIME).coefficients(),
    "kaplan_meier": lambda d: cgh.kaplan_meier(d, by="arm", **TIME).at([30]),
    "logrank": lambda d: cgh.logrank(d, by="arm", **TIME),
    "balance": lambda d: cgh.balance(d, ["age", "ndi"], arm="arm"),
}


@pytest.mark.parametrize("types", TYPES)
@pytest.mark.parametrize("name", CALLS)
def test_the_type_of_a_column_changes_nothing(name: str, types: str) -> None:
    numbers = CALLS[name](PEOPLE).select_dtypes("number").to_numpy(float)
    typed = CALLS[name](PEOPLE.astype(TYPES[types])).select_dtypes("number").to_numpy(float)
    # float32 rounds the outcome itself
    np.testing.assert_allclose(typed, numbers, rtol=1e-5 if types == "small" else 1e-10, atol=1e-9)


def test_numbers_may_be_exact_ones_and_missing_in_any_way() -> None:
    decimals = pd.Series([Decimal("1.5"), None, Decimal("2")], dtype=object)
    assert plain(decimals).tolist() == pytest.approx([1.5, np.nan, 2.0], nan_ok=True)
    assert plain(pd.Series([True, None], dtype="boolean")).dropna().tolist() == [True]
    assert plain(pd.Series(["7", None], dtype="string")).dropna().tolist() == ["7"], "a text stays a text"


STRANGE = {
    "dates": pd.date_range("2020-01-01", periods=N),
    "durations": pd.to_timedelta(np.arange(N), unit="D"),
    "lists": [[1]] * N,
    "complex": np.arange(N) * 1j,
    "mixed": [1, "x"] * (N // 2),
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_no_column_of_data_is_refused_by_name(what: str) -> None:
    spoilt = PEOPLE.assign(x=pd.Series(STRANGE[what]))
    for call in (
        lambda: cgh.ancova("ndi ~ arm + x", spoilt),
        lambda: cgh.cox("arm + x", spoilt, **TIME),
        lambda: cgh.baseline_table(spoilt, by="arm", columns=["x"]),
    ):
        with pytest.raises(ArgumentError, match="column 'x' holds"):
            call()


FIT = cgh.ancova("ndi ~ arm + age", PEOPLE)
CURVE = cgh.kaplan_meier(PEOPLE, by="arm", **TIME)
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "two tildes": (lambda: cgh.ancova("ndi ~ arm ~ age", PEOPLE), "^[^\x1b\n]*cannot be read[^\x1b\n]*$"),
    "a program": (lambda: cgh.ancova("ndi ~ arm + __import__('os').system('x')", PEOPLE), "cannot be read"),
    "text weights": (lambda: cgh.ancova("ndi ~ age", PEOPLE, weights="arm"), "weights 'arm' are no numbers"),
    "not a fit": (lambda: cgh.marginal_means(CURVE, "arm"), "fit is a Curve"),
    "no fit": (lambda: cgh.joint_test(None, "arm"), "fit is a NoneType"),
    "a word for a number": (lambda: cgh.marginal_means(FIT, "arm", at={"age": "old"}), "age cannot stand at 'old'"),
    "infinity": (lambda: cgh.marginal_means(FIT, "arm", at={"age": np.inf}), "age cannot stand at inf"),
    "percent": (lambda: cgh.marginal_means(FIT, "arm", conf_level=95), "conf_level=95 is no level"),
    "percent of contrasts": (lambda: cgh.contrasts(FIT, "arm", adjust="tukey", conf_level=95), "is no level"),
    "a number's contrasts": (lambda: cgh.contrasts(FIT, "age"), "nothing to compare"),
    "words for times": (lambda: CURVE.at(["week 4"]), "times are not all finite"),
    "no path": (lambda: cgh.read_study(None), "path is a NoneType"),
    "no study": (lambda: cgh.read_tables(None), "study is a NoneType"),
    "no tables": (lambda: cgh.build_cohort(None, None), "study is a NoneType"),
    "swapped": (lambda: cgh.run_plan(FIT, FIT), "study is a LinearFit"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(what: str) -> None:
    call, words = REFUSED[what]
    with pytest.raises(ArgumentError, match=words):
        call()


def test_a_call_that_is_refused_leaves_the_fit_as_it_was() -> None:
    before = cgh.marginal_means(FIT, "arm")
    with pytest.raises(ArgumentError):
        cgh.marginal_means(FIT, "arm", at={"age": "old"})
    pd.testing.assert_frame_equal(cgh.marginal_means(FIT, "arm"), before)


def test_a_cohort_knows_its_visits_and_columns() -> None:
    study = cgh.read_study(Path(__file__).parents[2] / "reports" / "demo" / "study.toml")
    cohort = cgh.build_cohort(cgh.read_tables(study), study)
    with pytest.raises(StudyError, match="'week13' is not declared"):
        cohort.at("week13")
    with pytest.raises(ArgumentError, match="no column 'sects'"):
        cohort.within("sects", "female")
