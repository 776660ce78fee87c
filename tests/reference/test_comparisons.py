"""Adjusted p-values against R's p.adjust and ptukey (scripts/02_ancova.R)."""

import numpy as np
import pytest
from scipy import stats

from cgh_analysis.numerics.comparisons import PROCEDURES, Family
from cgh_analysis.numerics.multiplicity import bonferroni, hochberg, holm
from cgh_analysis.numerics.simultaneous import max_t_quantile, max_t_tail
from tests.reference.stored import CLOSED_FORM, agree, stored

GRID = stored("ancova", "ptukey_grid")


def all_pairs(k: int) -> np.ndarray:
    """Correlation of all differences of k means of one variance."""
    signs = np.array([np.eye(k)[i] - np.eye(k)[j] for i in range(k) for j in range(i)])
    return signs @ signs.T / 2


def family(statistic: list[float], correlation: np.ndarray, df: float, n_means: int) -> Family:
    t = np.asarray(statistic)
    return Family(
        statistic=t,
        p_value=2 * stats.t.sf(np.abs(t), df),
        df=np.full(t.shape, df),
        correlation=correlation,
        n_means=n_means,
    )


@pytest.mark.parametrize(("method", "function"), [("holm", holm), ("hochberg", hochberg), ("bonferroni", bonferroni)])
def test_stepwise(method: str, function) -> None:
    case = stored("ancova", "p_adjust")
    agree(function(case["p"]), case[method], CLOSED_FORM)


@pytest.mark.parametrize("row", GRID, ids=lambda r: f"q{r['q']}-k{r['k']}-df{r['df']}")
def test_tukey(row: dict) -> None:
    df = np.inf if row["df"] is None else row["df"]
    k = row["k"]
    own = family([row["q"] / np.sqrt(2)] * (k * (k - 1) // 2), all_pairs(k), df, k)
    # ptukey keeps about nine digits, see the next test
    agree(PROCEDURES["tukey"].p_value(own)[0], row["ptukey_upper"], 2e-9)


@pytest.mark.parametrize("row", [r for r in GRID if r["k"] == 3], ids=lambda r: f"q{r['q']}-df{r['df']}")
def test_the_studentized_range_of_three_means_is_the_largest_t_of_their_differences(row: dict) -> None:
    df = np.inf if row["df"] is None else row["df"]
    exact = max_t_tail(np.array([row["q"] / np.sqrt(2)]), all_pairs(3), np.array([df]))[0]
    agree(exact, stats.studentized_range.sf(row["q"], 3, df), 1e-11)
    agree(exact, row["ptukey_upper"], 2e-9)


@pytest.mark.parametrize("row", [r for r in GRID if r["k"] > 3], ids=lambda r: f"q{r['q']}-k{r['k']}-df{r['df']}")
def test_more_than_three_means_are_sampled(row: dict) -> None:
    df = np.inf if row["df"] is None else row["df"]
    sampled = max_t_tail(np.array([row["q"] / np.sqrt(2)]), all_pairs(row["k"]), np.array([df]))[0]
    # 2^16 quasi-random directions
    np.testing.assert_allclose(sampled, row["ptukey_upper"], rtol=0, atol=5e-5)


def test_the_quantile_inverts_the_tail() -> None:
    critical = max_t_quantile(0.95, all_pairs(3), 40.0)
    agree(max_t_tail(np.array([critical]), all_pairs(3), np.array([40.0])), [0.05], 1e-8)


def test_one_contrast_needs_no_adjustment() -> None:
    own = family([2.1], np.eye(1), 12.0, 2)
    for name, procedure in PROCEDURES.items():
        agree(procedure.p_value(own), own.p_value, 1e-9 if name == "tukey" else 1e-12)
        agree(procedure.critical(own, 0.95), [stats.t.ppf(0.975, 12.0)], 1e-9)


def test_uncorrelated_normals_multiply() -> None:
    tail = max_t_tail(np.array([2.0]), np.eye(2), np.array([np.inf]))[0]
    agree(tail, 1 - (1 - 2 * stats.norm.sf(2.0)) ** 2, 1e-12)
