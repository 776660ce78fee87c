"""The kernel against a naive likelihood (tests/naive_mmrm.py), and its moments: they add, and nothing else is needed.

Log-likelihoods agree to 1e-12, derivatives to 1e-9 of the largest one: 1e-8 was asked for.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from cgh_analysis.errors import ArgumentError, NotEstimable
from cgh_analysis.numerics.mmrm.effects import RandomEffects
from cgh_analysis.numerics.mmrm.fields import Maker, OverVisits, SpatialExponential
from cgh_analysis.numerics.mmrm.likelihood import Model, evaluate, expected_information, slopes
from cgh_analysis.numerics.mmrm.moments import Basis, PatternMoments, least_squares
from cgh_analysis.numerics.mmrm.optimise import maximise
from cgh_analysis.numerics.mmrm.patterns import lay_out, moments
from cgh_analysis.numerics.mmrm.small_sample import precision
from cgh_analysis.numerics.mmrm.structures import COVARIANCES
from tests import naive_mmrm as naive

VISITS = 4


@dataclass(frozen=True)
class Rows:
    """Rows of a trial: codes, outcome, design; a third of the people have gaps or dropped out."""

    subject: np.ndarray
    visit: np.ndarray
    y: np.ndarray
    x: np.ndarray
    group: np.ndarray
    weight: np.ndarray
    days: np.ndarray

    def of(self, keep: np.ndarray) -> "Rows":
        return Rows(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


def trial(seed: int = 1, n: int = 46, m: int = VISITS) -> Rows:
    rng = np.random.default_rng(seed)
    subject, visit = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    arm, age = np.arange(n) % 2, rng.normal(size=n)
    root = rng.normal(size=(m, m)) / 2 + np.eye(m)
    y = (rng.normal(size=(n, m)) @ root).ravel() + 0.5 * arm[subject] * visit + rng.normal(0, 1.5, n)[subject]
    dummies = (visit[:, None] == np.arange(1, m)).astype(float)
    x = np.column_stack([np.ones(n * m), dummies, arm[subject], age[subject]])
    last = np.where(np.arange(n) < 34, m, rng.integers(1, m + 1, n))
    skipped = (rng.random(n * m) < 0.3) & (subject >= 40) & (visit > 0)
    days = np.array([0, 3, 4, 9, 11, 12])[visit] + 0.5 * (subject % 3) * (visit > 1)
    rows = Rows(subject, visit, y, x, arm[subject], rng.uniform(0.5, 2, n * m), days[:, None].astype(float))
    return rows.of((visit < last[subject]) & ~skipped)


def summed(
    rows: Rows,
    *,
    grouped: bool = False,
    weighted: bool = False,
    traits: np.ndarray | None = None,
    basis: Basis | None = None,
) -> PatternMoments:
    layout = lay_out(rows.subject, rows.visit, n_visits=VISITS, group=rows.group if grouped else None, traits=traits)
    return moments(rows.y, rows.x, layout, weights=rows.weight if weighted else None, basis=basis)


def compare(model: Model, data: list[naive.Subject], v, theta: np.ndarray, *, reml: bool) -> None:
    def f(t: np.ndarray) -> complex:
        return naive.log_likelihood(data, v, t, reml=reml)

    point = evaluate(model, theta)
    assert point is not None
    np.testing.assert_allclose(point.log_likelihood, np.real(f(theta)), rtol=1e-12)
    beta, covariance = naive.coefficients(data, v, theta)
    basis = model.moments.basis
    np.testing.assert_allclose(basis.shift + basis.turn @ point.gamma, beta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(basis.turn @ point.inner @ basis.turn.T, covariance, rtol=1e-9, atol=1e-12)
    known = slopes(model, point)
    gradient = naive.jacobian(f, theta)
    hessian = naive.differences(lambda t: naive.jacobian(f, t), theta)
    np.testing.assert_allclose(known.gradient, gradient, rtol=0, atol=1e-9 * np.abs(gradient).max())
    np.testing.assert_allclose(known.hessian, hessian, rtol=0, atol=1e-9 * np.abs(hessian).max())


def near(model: Model, seed: int) -> np.ndarray:
    """Random parameters, not far from the data's."""
    return 0.4 * np.random.default_rng(seed).normal(size=model.n_parameters)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_every_structure_has_the_naive_likelihood_and_its_derivatives(kind: str, reml: bool) -> None:
    rows = trial()
    data = summed(rows)
    assert len(data.dense) and len(data.rows)
    model = Model(moments=data, covariance=OverVisits(COVARIANCES[kind]), reml=reml)
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x)
    compare(model, own, naive.over_visits(kind, VISITS), near(model, 1), reml=reml)


@pytest.mark.parametrize("kind", ["us", "csh", "toeph"])
def test_groups_and_weights(kind: str) -> None:
    rows = trial(2)
    model = Model(
        moments=summed(rows, grouped=True, weighted=True), covariance=OverVisits(COVARIANCES[kind]), reml=True
    )
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x, rows.group, rows.weight)
    compare(model, own, naive.over_visits(kind, VISITS), near(model, 3), reml=True)


@pytest.mark.parametrize("reml", [True, False])
def test_days(reml: bool) -> None:
    rows = trial(3)
    data = summed(rows, traits=rows.days)
    model = Model(moments=data, covariance=SpatialExponential(), reml=reml)
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x, traits=rows.days)
    for theta in ([0.2, 0.5], [-0.3, 2.0]):
        compare(model, own, naive.over_days, np.array(theta), reml=reml)


def test_weighted_days() -> None:
    rows = trial(3)
    model = Model(moments=summed(rows, traits=rows.days, weighted=True), covariance=SpatialExponential(), reml=True)
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x, weight=rows.weight, traits=rows.days)
    compare(model, own, naive.over_days, np.array([0.2, 1.0]), reml=True)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("r", [1, 2, 3])
def test_random_effects(r: int, reml: bool) -> None:
    rows = trial(4)
    z = np.column_stack([np.ones(len(rows.y)), rows.visit / 2, rows.x[:, -1]])[:, :r]
    model = Model(moments=summed(rows, traits=z), covariance=RandomEffects(r), reml=reml)
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x, traits=z)
    compare(model, own, naive.of_effects, near(model, 5), reml=reml)


@pytest.mark.parametrize("kind", ["us", "ar1h", "sp_exp", "effects"])
def test_expected_information(kind: str) -> None:
    rows = trial(5, n=36)
    maker: Maker = OverVisits(COVARIANCES["us"])
    v, traits = naive.over_visits(kind, VISITS), None
    if kind == "sp_exp":
        maker, v, traits = SpatialExponential(), naive.over_days, rows.days
    elif kind == "effects":
        traits = np.column_stack([np.ones(len(rows.y)), rows.visit])
        maker, v = RandomEffects(2), naive.of_effects
    elif kind != "us":
        maker = OverVisits(COVARIANCES[kind])
    model = Model(moments=summed(rows, traits=traits), covariance=maker, reml=True)
    theta = near(model, 6)
    own = naive.people(rows.subject, rows.visit, rows.y, rows.x, traits=traits)
    expected = naive.expected_information(own, v, theta)
    point = evaluate(model, theta)
    assert point is not None
    np.testing.assert_allclose(expected_information(model, point), expected, atol=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("m", [2, 3, 6])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_derivatives_of_every_structure(kind: str, m: int) -> None:
    rng = np.random.default_rng(7)
    structure = COVARIANCES[kind]
    k = structure.count(m)
    assert k == naive.n_parameters(kind, m)
    theta = 0.5 * rng.normal(size=k)
    shape = structure.shape(theta, m)

    def sigma(t: np.ndarray) -> np.ndarray:
        return naive.unstructured(t, m) if kind == "us" else naive.scaled(kind, t, m)

    np.testing.assert_allclose(shape.sigma, sigma(theta), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(shape.first, naive.jacobian(sigma, theta), rtol=1e-12, atol=1e-12)
    second = naive.differences(lambda t: naive.jacobian(sigma, t), theta)
    force, weight = rng.normal(size=(m, m)), rng.normal(size=(k, k))
    force, weight = force + force.T, weight + weight.T
    np.testing.assert_allclose(shape.curvature(force), np.einsum("ijab,ab->ij", second, force), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(shape.bend(weight), np.einsum("ij,ijab->ab", weight, second), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_starting_values_give_back_a_covariance_of_their_kind(kind: str) -> None:
    structure = COVARIANCES[kind]
    theta = np.concatenate([[0.3] * (5 if kind.endswith("h") or kind == "us" else 1), np.full(10, 0.4)])
    theta = theta[: structure.count(5)]
    sigma = structure.shape(theta, 5).sigma
    np.testing.assert_allclose(structure.start(sigma), theta, rtol=1e-9)


# ---- moments


def split(rows: Rows, into: int, seed: int) -> list[Rows]:
    """Whole subjects, dealt out at random."""
    part = np.random.default_rng(seed).integers(0, into, rows.subject.max() + 1)
    return [rows.of(part[rows.subject] == i) for i in range(into)]


def reconstructed(data: PatternMoments) -> dict[tuple, np.ndarray]:
    """Everything as moments by pattern, however it is kept."""
    out = {}
    for i, (seen, group) in enumerate(zip(data.seen, data.group, strict=True)):
        own = data.rows[data.pattern == i]
        gram = np.einsum("nsp,ntq->stpq", own, own)
        if i in data.dense:
            gram = gram + data.gram[list(data.dense).index(i)]
        out[tuple(seen), int(group), tuple(data.traits[i].ravel())] = (data.subjects[i], gram)
    return out


def same(a: PatternMoments, b: PatternMoments) -> None:
    one, two = reconstructed(a), reconstructed(b)
    assert one.keys() == two.keys()
    for key in one:
        assert one[key][0] == two[key][0]
        np.testing.assert_allclose(one[key][1], two[key][1], atol=1e-11)
    np.testing.assert_allclose(a.log_weights, b.log_weights, atol=1e-10)
    assert (a.n_subjects, a.n_observations, a.n_groups) == (b.n_subjects, b.n_observations, b.n_groups)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["plain", "grouped and weighted", "days"])
def test_moments_of_parts_add_up_to_those_of_the_whole(kind: str, seed: int) -> None:
    rows = trial(6)
    basis = least_squares(rows.y, rows.x)
    marks = {"grouped": "grouped" in kind, "weighted": "weighted" in kind}

    def made(part: Rows) -> PatternMoments:
        return summed(part, **marks, traits=part.days if kind == "days" else None, basis=basis)

    whole, (a, b, c) = made(rows), map(made, split(rows, 3, seed))
    for added in ((a + b) + c, a + (b + c), c + (b + a)):
        same(added, whole)
    maker: Maker = SpatialExponential() if kind == "days" else OverVisits(COVARIANCES["csh"])
    fits = [maximise(Model(moments=x, covariance=maker, reml=True)).point for x in (whole, (a + b) + c, c + (b + a))]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.theta, fits[0].theta, rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(fit.gamma, fits[0].gamma, rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(fit.log_likelihood, fits[0].log_likelihood, rtol=1e-13)


def test_rows_and_moments_of_one_pattern_meet() -> None:
    """A pattern that one part keeps as moments and the other as rows, and the other way round."""
    rows = trial(6)
    basis = least_squares(rows.y, rows.x)
    few = rows.subject < 8
    many, some = summed(rows.of(~few), basis=basis), summed(rows.of(few), basis=basis)
    assert len(many.dense) and not len(some.dense)
    same(many + some, summed(rows, basis=basis))
    same(some + many, summed(rows, basis=basis))


def test_inference_comes_from_moments_alone() -> None:
    rows = trial(6)
    basis = least_squares(rows.y, rows.x)
    a, b = (summed(part, basis=basis) for part in split(rows, 2, 1))
    contrast = np.eye(rows.x.shape[1])[4:5]
    for linear in (True, False):
        known = []
        for data in (summed(rows, basis=basis), a + b):
            model = Model(moments=data, covariance=OverVisits(COVARIANCES["us"]), reml=True)
            found = precision(model, maximise(model), kenward_roger=True, linear=linear)
            known.append([found.df(contrast)[0], found.adjusted[4, 4]])
        np.testing.assert_allclose(known[0], known[1], rtol=1e-9)


def test_moments_in_different_bases_are_refused() -> None:
    rows = trial(6)
    a, b = map(summed, split(rows, 2, 1))
    with pytest.raises(ArgumentError, match="different bases"):
        a + b


def test_a_copy_of_the_basis_is_the_same_basis() -> None:
    rows = trial(6)
    basis = least_squares(rows.y, rows.x)
    copied = replace(basis, turn=basis.turn.copy(), shift=basis.shift.copy())
    one, two = split(rows, 2, 1)
    same(summed(one, basis=basis) + summed(two, basis=copied), summed(rows, basis=basis))


def test_no_basis_of_aliased_columns() -> None:
    rows = trial(6)
    with pytest.raises(NotEstimable, match="aliased"):
        least_squares(rows.y, np.column_stack([rows.x, rows.x[:, 1] + rows.x[:, 2]]))
    with pytest.raises(NotEstimable, match="aliased"):
        least_squares(rows.y, np.column_stack([rows.x, np.zeros(len(rows.x))]))


def test_shuffled_rows_make_the_same_moments() -> None:
    rows = trial(6)
    basis = least_squares(rows.y, rows.x)
    order = np.random.default_rng(1).permutation(len(rows.y))
    same(summed(rows.of(order), basis=basis), summed(rows, basis=basis))
