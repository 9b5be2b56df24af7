"""Poisson regression on any design: against statsmodels, and what has no estimate."""

import numpy as np
import pytest

from ctresearch.core import FitError
from ctresearch.prevalence.closed.closed_design import closed_design
from ctresearch.prevalence.loglinear.poisson_design import fit_design, require_existence


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_maximum_that_statsmodels_finds(seed):
    import statsmodels.api as sm

    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(20), rng.normal(size=(20, 3))])
    counts = rng.poisson(np.exp(2 + design[:, 1:] @ rng.normal(size=3) * 0.5)).astype(float)
    expected = sm.GLM(counts, design, family=sm.families.Poisson()).fit(tol=1e-14)
    found = fit_design(design, counts, np.zeros(4, dtype=bool))
    # both stop when rounding does
    np.testing.assert_allclose(found.beta, expected.params, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.covariance, expected.cov_params(), rtol=1e-7, atol=1e-12)


def test_marked_coefficients_leave_when_they_are_negative():
    design = np.column_stack([np.ones(4), np.arange(4.0), [0.0, 0, 1, 2]])
    counts = np.array([100.0, 50, 20, 5])
    free = fit_design(design, counts, np.zeros(3, dtype=bool))
    held = fit_design(design, counts, np.array([False, False, True]))
    assert free.beta[2] < 0
    assert held.columns.tolist() == [0, 1]


def test_columns_of_any_scale_give_the_same_means():
    design = closed_design(4, "Mth", "poisson", 2.0).matrix[1:]
    counts = np.random.default_rng(3).poisson(30, 15).astype(float)
    one = fit_design(design, counts, np.zeros(6, dtype=bool))
    other = fit_design(design * np.array([1, 1, 1, 1, 1, 1e5]), counts, np.zeros(6, dtype=bool))
    np.testing.assert_allclose(one.means, other.means, rtol=1e-9)


def test_dependent_columns_and_runaway_likelihoods_are_refused():
    with pytest.raises(FitError, match="not identified"):
        require_existence(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([3.0, 4.0]), "a model")
    design = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(FitError, match="does not exist"):
        require_existence(design, np.array([3.0, 4.0, 0.0]), "a model")


def test_a_list_has_its_own_row_of_columns():
    design = closed_design(3, "Mb", None, 0.0)
    # pattern 6: first caught on the second occasion, then again
    assert design.matrix[6].tolist() == [1.0, 1.0, 1.0]
    assert closed_design(4, "Mh", "chao", 0.0).matrix[15].tolist() == [1.0, 4.0, 2.0, 1.0]
    assert closed_design(4, "Mh", "chao", 0.0).may_leave.tolist() == [False, False, True, True]
