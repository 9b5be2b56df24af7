"""Poisson regression on ranges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pins import design
from scipy.optimize import minimize
from scipy.stats import poisson

from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.profile_interval import standard_error
from ctresearch.prevalence.partial.interval_poisson import Ranges, exact_ranges, fit_ranges

TERMS = np.array([0, 1, 2, 4, 3])
CELLS = np.arange(1, 8)


def ranges(low, high, terms=TERMS):
    low, high = np.array(low, dtype=float), np.array(high, dtype=float)
    return Ranges(design(terms, CELLS), low, high, np.zeros(len(low)), np.zeros(len(terms)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=7, max_size=7).filter(any))
def test_known_counts_give_what_the_compiled_fit_gives(counts):
    cells = np.array([0.0, *counts])
    slow, fast = fit_ranges(exact_ranges(design(TERMS, CELLS), cells[1:])), fit_model(cells, TERMS)
    assert slow.status == fast.status
    if slow.status.startswith("ok"):
        # both stop when the decrement is below 1e-12; where a mean is near zero that leaves 1e-6 of it
        assert np.exp(slow.beta[0]) == pytest.approx(fast.unobserved, rel=1e-5)
        unseen = np.exp(slow.beta[0])
        spread = np.sqrt(unseen + unseen**2 * slow.covariance[0, 0])
        assert spread == pytest.approx(standard_error(fast), rel=1e-4)


def test_the_likelihood_of_ranges_is_at_its_maximum():
    low, high = [60, 40, 1, 30, 1, 8, 0], [60, 40, 4, 30, 4, 8, 4]
    table = ranges(low, high, np.array([0, 1, 2, 4]))
    found = fit_ranges(table)

    def lack(beta):
        means = np.exp(table.design @ beta)
        return -np.log(poisson.cdf(table.high, means) - poisson.cdf(table.low - 1, means)).sum()

    other = minimize(lack, found.beta + 0.3, method="BFGS", options={"gtol": 1e-8})
    assert found.loglik == pytest.approx(-other.fun, abs=1e-8)  # BFGS with numerical slopes stops near 1e-9
    assert found.beta == pytest.approx(other.x, abs=1e-4)
    # the curvature is that of the likelihood: a numerical Hessian by differences of steps 1e-4 is good to 1e-5
    step, size = 1e-4, len(found.beta)
    unit = np.eye(size) * step
    numeric = np.array(
        [
            [
                lack(found.beta + a + b)
                - lack(found.beta + a - b)
                - lack(found.beta - a + b)
                + lack(found.beta - a - b)
                for a in unit
            ]
            for b in unit
        ]
    ) / (4 * step**2)
    assert np.linalg.inv(found.covariance) == pytest.approx(numeric, rel=1e-4, abs=1e-4)


def test_moments_are_those_of_a_truncated_poisson():
    found = fit_ranges(ranges([60, 40, 1, 30, 9, 8, 5], [60, 40, 4, 30, 9, 8, np.inf], np.array([0, 1, 2, 4])))
    for cell, values in ((2, np.arange(1, 5)), (6, np.arange(5, 400))):
        weights = poisson.pmf(values, found.means[cell])
        mean = weights @ values / weights.sum()
        assert found.expected[cell] == pytest.approx(mean, rel=1e-10)
        assert found.variance[cell] == pytest.approx(weights @ (values - mean) ** 2 / weights.sum(), rel=1e-8)
    assert found.variance[0] == 0


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        ([60, 40, 0, 30, 9, 8, 0], [60, 40, 4, 30, 9, 8, 4], "no_mle"),  # the overlap of two lists may be empty
        ([60, 40, 1, 30, 9, 8, 0], [60, 40, 4, 30, 9, 8, 4], "ok"),
        ([60, 40, 0, 30, 9, 8, 0], [60, 40, 0, 30, 9, 8, 0], "ok_extended"),
        ([60, 40, 5, 30, 9, 8, 5], [60, 40, np.inf, 30, 9, 8, np.inf], "no_mle"),  # ... or without end
        ([60, 40, 0, 30, 9, 8, 0], [60, 40, np.inf, 30, 9, 8, np.inf], "not_identified"),
    ],
)
def test_existence(low, high, status):
    found = fit_ranges(ranges(low, high))
    assert found.status == status
    assert np.isnan(found.loglik) == (status in ("no_mle", "not_identified"))


def test_an_offset_and_a_prior_act_as_they_say():
    counts = np.array([60.0, 40, 20])
    columns = design(np.array([0, 1, 2]), np.array([1, 2, 3]))
    moved = fit_ranges(exact_ranges(columns, counts, np.array([0, 0, np.log(3)])))
    assert np.exp(moved.beta[0]) == pytest.approx(3 * 60 * 40 / 20, rel=1e-10)
    held = Ranges(columns, counts, counts, np.zeros(3), np.array([0, 1e10, 1e10]))
    assert fit_ranges(held).beta[1:] == pytest.approx([0, 0], abs=1e-6)
