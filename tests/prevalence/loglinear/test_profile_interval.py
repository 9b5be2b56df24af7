"""Standard errors and profile limits against Rcapture and against formulas for two lists."""

import numpy as np
import pytest
from pins import GLM, cells_of, pinned, published_lists
from scipy.special import gammaln
from scipy.stats import chi2

from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.loglinear.profile_interval import _profile_height, profile_interval, standard_error

CASES = [(table, model, value) for table, values in pinned("rcapture").items() for model, value in values.items()]
IDS = [f"{table}-{model}" for table, model, _ in CASES]


@pytest.mark.parametrize(("table", "model", "pin"), CASES, ids=IDS)
def test_standard_errors_equal_rcapture(table, model, pin):
    fitted = fit_model(cells_of(table), read_model(model, published_lists(table).lists))
    assert cells_of(table).sum() + fitted.unobserved == pytest.approx(pin["estimate"], rel=GLM)
    # R takes the variance from the step before the last: 7e-6 off in the worst of these tables
    assert standard_error(fitted) == pytest.approx(pin["std_error"], rel=1e-5)


def stirling(count):
    """Approximate the log of a factorial as Rcapture does, without the term 1/(12 n)."""
    return count * np.log(count) - count + np.log(2 * np.pi * count) / 2


@pytest.mark.parametrize(("table", "model", "pin"), CASES, ids=IDS)
def test_profile_limits_equal_rcapture_once_its_factorials_are_used(table, model, pin):
    counts, terms = cells_of(table), read_model(model, published_lists(table).lists)

    def height(size):
        unobserved = size - counts.sum()
        exact = gammaln(size + 1) - gammaln(unobserved + 1)
        return _profile_height(counts, terms, unobserved) - exact + stirling(size) - stirling(unobserved)

    top, low, high = map(height, pin["profile"])
    # its limits were searched to about 1e-4 of a unit of likelihood
    assert top - low == pytest.approx(chi2.ppf(0.95, 1) / 2, abs=1e-4)
    assert top - high == pytest.approx(chi2.ppf(0.95, 1) / 2, abs=1e-4)
    profile = profile_interval(counts, terms, 0.95)
    # 1/(12 n) is below 0.003 for the 30 people unobserved at the least: a limit moves by less than 4 in 10,000
    np.testing.assert_allclose((profile.estimate, profile.low, profile.high), pin["profile"], rtol=4e-4)


def test_limits_are_where_the_likelihood_has_fallen_by_the_quantile():
    counts, terms = cells_of("hav-taiwan"), read_model("[12,23]", ["a", "b", "c"])
    profile = profile_interval(counts, terms, 0.9)
    people = counts.sum()
    top, low, high = (
        _profile_height(counts, terms, size - people) for size in (profile.estimate, profile.low, profile.high)
    )
    assert top - low == pytest.approx(chi2.ppf(0.9, 1) / 2, abs=1e-6)
    assert top - high == pytest.approx(chi2.ppf(0.9, 1) / 2, abs=1e-6)


def test_two_lists_have_the_error_of_lincoln_and_petersen():
    first, second, both = 60.0, 40.0, 20.0
    fitted = fit_model(np.array([0, first, second, both]), np.array([0, 1, 2]))
    unobserved = first * second / both
    variance = unobserved + unobserved**2 * (1 / first + 1 / second + 1 / both)
    assert standard_error(fitted) == pytest.approx(np.sqrt(variance), rel=1e-10)


def test_higher_levels_are_wider():
    counts, terms = np.array([0, 60, 40, 20]), np.array([0, 1, 2])
    narrow, wide = profile_interval(counts, terms, 0.5), profile_interval(counts, terms, 0.99)
    assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high


def test_a_low_limit_never_falls_below_the_people_seen():
    counts = np.array([0, 3, 2, 40.0])
    profile = profile_interval(counts, np.array([0, 1, 2]), 0.95)
    assert counts.sum() <= profile.low < profile.high
