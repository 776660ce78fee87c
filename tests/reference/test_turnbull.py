"""turnbull and interval_logrank against R's interval 1.1-1.0 and icenReg 2.0.16, on the simulated cohort.

R's icfit stopped at a largest gradient error of 1e-10 per person: masses and scores agree as far as that lets them.
"""

import numpy as np
import pytest

from cgh_analysis import interval_logrank, turnbull
from cgh_analysis.models.interval.observed import intervals
from cgh_analysis.models.survival.observed import coded
from cgh_analysis.numerics.interval.permutation import permutation_test
from cgh_analysis.numerics.interval.rank_tests import ranked
from cgh_analysis.numerics.interval.scores import information, score
from tests.reference.stored import LEVELS, agree, column, patients, stored

ARMS = LEVELS["arm"]
BETWEEN = {"left": "left", "right": "right"}
# bounded by icfit's epsilon, 1e-10 in each cell's gradient per person
R_STOPPED = 1e-9
SCORES = {"logrank": "logrank1", "finkelstein": "logrank2", "wilcoxon": "wmw"}
SETS = {"all": ARMS, **{f"{a}_{b}": [a, b] for a, b in (("MED", "MTE"), ("MED", "BLOCK"), ("MTE", "BLOCK"))}}


@pytest.fixture(scope="module")
def cgh():
    return patients("cgh_sim")


@pytest.fixture(scope="module")
def curve(cgh):
    return turnbull(cgh, by="arm", **BETWEEN)


@pytest.mark.parametrize("arm", ARMS)
def test_boxes_and_masses_are_icfits(curve, arm):
    expected = stored("interval_tests", "turnbull_cgh")[arm]["icfit"]
    boxes = curve.intervals()
    boxes = boxes.loc[boxes["group"] == arm]
    assert boxes["left"].tolist() == expected["left"]
    assert boxes["right"].tolist() == [np.inf if b is None else b for b in expected["right"]]
    agree(boxes["mass"], expected["mass"], R_STOPPED)


@pytest.mark.parametrize("arm", ARMS)
def test_the_log_likelihood_is_icenregs_and_the_conditions_hold(curve, arm):
    agree(curve.log_likelihood[arm], stored("interval_tests", "turnbull_cgh")[arm]["icenReg_np"]["loglik"], 1e-12)
    assert curve.kkt[arm] < 1e-12


def of(cgh, arms, scores):
    data = cgh.loc[cgh["arm"].isin(arms)]
    data = data.assign(arm=data["arm"].cat.remove_unused_categories())
    seen = intervals(data, **BETWEEN)
    return data, seen, ranked(seen.left, seen.right, coded(data, ["arm"])[0], scores)


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("arms", SETS)
def test_scores_their_sums_and_information_are_icttests(cgh, arms, scores):
    name = "ictest_cgh" if arms == "all" else f"ictest_cgh_{arms}"
    expected = stored("interval_tests", f"{name}_{SCORES[scores]}_scoretest")
    _, seen, r = of(cgh, SETS[arms], scores)
    order = [SETS[arms].index(key.removeprefix("g=")) for key in expected["U"]]
    agree(r.sums[order], list(expected["U"].values()), R_STOPPED)
    v = information(r.moved, r.first, r.last, r.counts.astype(float))
    agree(v[np.ix_(order, order)], expected["V"], R_STOPPED)
    each = {(a, b): c for a, b, c in zip(seen.left, seen.right, by_person(r, seen), strict=True)}
    first = [each[a, b] for a, b in zip(seen.left[:12], seen.right[:12], strict=True)]
    agree(first, expected["scores_first12"], R_STOPPED)


def by_person(r, seen):
    """Each person's score, by survival at the ends of their interval."""
    at = np.unique(np.concatenate([seen.left, seen.right]))
    node = {t: k for k, t in enumerate(at)}
    first, last = ([node[t] for t in ends] for ends in (seen.left, seen.right))
    return score(r.moved, np.array(first), np.array(last))


@pytest.mark.parametrize("method", ["scoretest", "pclt"])
@pytest.mark.parametrize("scores", SCORES)
def test_tests_over_all_arms_and_by_pairs_are_icttests(cgh, scores, method):
    how = {"scoretest": "score", "pclt": "permutation"}[method]
    found = interval_logrank(cgh, by="arm", scores=scores, method=how, pairwise=True, adjust="none", **BETWEEN)
    cases = ["ictest_cgh", "ictest_cgh_MED_MTE", "ictest_cgh_MED_BLOCK", "ictest_cgh_MTE_BLOCK"]
    expected = [stored("interval_tests", f"{case}_{SCORES[scores]}_{method}") for case in cases]
    assert found["contrast"].tolist() == ["overall", "MTE - MED", "BLOCK - MED", "BLOCK - MTE"]
    statistic = [r["statistic"] ** 2 if r["statistic_name"] == "Z" else r["statistic"] for r in expected]
    agree(found["statistic"], statistic, R_STOPPED)
    agree(found["p_value"], column(expected, "p"), R_STOPPED)
    assert found["df"].tolist() == [2, 1, 1, 1]


def test_the_permutation_test_is_the_ordinary_one_on_numbers():
    x, group = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0, 0, 1, 1])
    counts = np.eye(2, dtype=int)[group]
    u = x[group == 1].sum() - 2 * x.mean()
    variance = ((x - x.mean()) ** 2).sum() / 3 * ((group - 0.5) ** 2).sum()
    agree(permutation_test(x, counts).statistic, u**2 / variance, 1e-14)
