"""Numbers that carry their derivatives, and climbs that end at a maximum or say why not."""

import numpy as np
import pytest

from ctresearch.core import FitError
from ctresearch.stats.regression.climb import Design, climb, refuse_far
from ctresearch.stats.regression.jet import Jet, seeds

POINT = np.array([[0.7, -0.4], [1.3, 0.2]])
CASES = {
    "sum": lambda x, y: x + y * 2.0 + 1.0,
    "difference": lambda x, y: 3.0 - x - y - 1.0,
    "product": lambda x, y: x * y * x,
    "quotient": lambda x, y: y / x,
    "inverse": lambda x, y: (x * x + 1.0).inverse() * y,
    "exp": lambda x, y: (x * y).exp(),
    "expm1": lambda x, y: (x * y).expm1(),
    "log": lambda x, y: (x * x + y * y).log(),
    "log1p": lambda x, y: (x * x * y * y).log1p(),
    "scaled by row": lambda x, y: x * y * np.array([2.0, 5.0]) + np.array([1.0, 3.0]),
    "chosen": lambda x, y: (x * x).where(np.array([True, False]), y * x),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_differences(name):
    told, step = CASES[name](*seeds(POINT)), 1e-5
    for i in range(2):
        up, down = (CASES[name](*seeds(POINT + side * step * np.eye(2)[i])) for side in (1, -1))
        # central differences of step 1e-5 are right to about 1e-10
        assert told.slope[:, i] == pytest.approx((up.value - down.value) / (2 * step), abs=1e-8)
        assert told.bend[:, i] == pytest.approx((up.slope - down.slope) / (2 * step), abs=1e-8)


def test_values():
    x, y = seeds(POINT)
    assert (x + y).value == pytest.approx([0.3, 1.5])
    assert (2.0 * x - y).value == pytest.approx([1.8, 2.4])
    assert (y / x).value == pytest.approx([-0.4 / 0.7, 0.2 / 1.3])
    assert (-x).exp().value == pytest.approx(np.exp([-0.7, -1.3]))
    assert (x * 1e-12).expm1().value == pytest.approx([0.7e-12, 1.3e-12], rel=1e-12)
    assert (x * 1e-12).log1p().value == pytest.approx([0.7e-12, 1.3e-12], rel=1e-11)


def logistic(yes):
    def likelihood(eta):
        (x,) = seeds(eta)
        return x * yes - x.exp().log1p()

    return likelihood


def never(predictors):
    """Refuse nothing."""


def test_a_logistic_regression_ends_at_its_maximum():
    rng = np.random.default_rng(1)
    matrix = np.column_stack([np.ones(200), rng.normal(0, 1, 200)])
    weight = rng.integers(1, 4, 200).astype(float)
    yes = (rng.random(200) < 0.4).astype(float)
    design = Design((matrix,), np.full(200, 0.3))
    top = climb(logistic(yes), design, weight, np.array([5.0, -4.0]), never)
    share = 1 / (1 + np.exp(-(matrix @ top.beta + 0.3)))
    assert matrix.T @ (weight * (yes - share)) == pytest.approx([0, 0], abs=1e-10)
    information = (matrix.T * (weight * share * (1 - share))) @ matrix
    assert top.covariance == pytest.approx(np.linalg.inv(information), rel=1e-9)
    value = weight @ (yes * np.log(share) + (1 - yes) * np.log(1 - share))
    assert top.log_likelihood == pytest.approx(value, rel=1e-12)


def test_a_climb_leaves_a_saddle_and_finds_a_maximum_of_something_not_concave():
    design = Design((np.ones((1, 1)), np.ones((1, 1))), np.zeros(1))

    def hills(eta):  # highest at (1, 0) and (-1, 0), a saddle between
        x, y = seeds(eta)
        return x * x * 2.0 - x * x * x * x - y * y

    top = climb(hills, design, np.ones(1), np.array([0.01, 0.5]), never)
    assert top.beta == pytest.approx([1, 0], abs=1e-9)
    assert top.covariance == pytest.approx(np.diag([1 / 8, 1 / 2]), rel=1e-8)


def test_what_has_no_maximum_is_refused():
    design = Design((np.ones((2, 1)),), np.zeros(2))
    far = refuse_far(["share"], {"share": 10.0}, {("share", 1): "it runs away"}, "ask more")
    with pytest.raises(FitError, match="still rises as it runs away; ask more"):
        climb(logistic(np.ones(2)), design, np.ones(2), np.zeros(1), far)
    flat = Design((np.ones((2, 1)), np.ones((2, 1))), np.zeros(2))

    def sums(eta):  # only the sum of the two is told
        x, y = seeds(eta)
        both = x + y
        return both * np.array([1.0, 0.0]) - both.exp().log1p()

    with pytest.raises(FitError, match="flat in some direction"):
        climb(sums, flat, np.ones(2), np.array([0.3, -0.1]), never)
    with pytest.raises(FitError, match="cannot be told at the start"):
        climb(lambda eta: seeds(eta)[0].log(), design, np.ones(2), np.array([0.0]), never)


def test_designs_of_several_parts():
    design = Design((np.ones((3, 1)), np.arange(6.0).reshape(3, 2)), np.array([1.0, 2.0, 3.0]))
    beta = np.array([0.5, 1.0, -1.0])
    assert design.predictors(beta).tolist() == [[1.5, -1.0], [2.5, -1.0], [3.5, -1.0]]
    slope, weight = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]), np.array([1.0, 2.0, 1.0])
    scores = design.scores(slope)
    assert scores.shape == (3, 3)
    assert design.gradient(weight, slope) == pytest.approx(weight @ scores)
    bend = -np.ones((3, 2, 2))
    curve = design.curvature(weight, bend)
    whole = np.hstack(design.matrices)
    assert curve == pytest.approx((whole.T * weight) @ whole)
    assert isinstance(seeds(np.zeros((1, 1)))[0], Jet)
