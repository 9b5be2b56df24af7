"""Population size where capture changes behaviour: the derivative behind its standard error, and recovery."""

import numpy as np
import pytest
from pins import cells_of

from ctresearch.core import FitError
from ctresearch.prevalence.closed.behaviour import behaviour_size
from ctresearch.prevalence.closed.closed_design import closed_design
from ctresearch.prevalence.loglinear.poisson_design import DesignFit, fit_design


def fitted(model, counts, occasions):
    """Fit a behaviour model."""
    design = closed_design(occasions, model, None, 0.0)
    return fit_design(design.matrix[1:], counts[1:], design.may_leave)


def moved(found, beta):
    """Put other coefficients into a fit."""
    return DesignFit(found.columns, beta, found.means, found.information, found.loglik)


@pytest.mark.parametrize("model", ["Mb", "Mbh"])
def test_the_standard_error_has_the_derivative_of_the_estimate(model):
    found = fitted(model, cells_of("netherlands-5"), 5)
    size = behaviour_size(found, 5)
    step = 1e-6
    slope = np.array(
        [
            (
                behaviour_size(moved(found, found.beta + step * unit), 5).estimate
                - behaviour_size(moved(found, found.beta - step * unit), 5).estimate
            )
            / (2 * step)
            for unit in np.eye(len(found.beta))
        ]
    )
    expected = np.sqrt(slope @ found.covariance @ slope - size.estimate)
    # central differences are off by the square of the step and by rounding over the step
    assert size.std_error == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("model", ["Mb", "Mbh"])
def test_a_population_that_shies_away_is_recovered(model):
    occasions, people, first, again = 5, 20_000, 0.2, 0.05
    rng = np.random.default_rng(3)
    counts = np.zeros(1 << occasions)
    pattern = np.zeros(people, dtype=np.int64)
    for i in range(occasions):
        pattern |= (rng.random(people) < np.where(pattern > 0, again, first)).astype(np.int64) << i
    np.add.at(counts, pattern[pattern > 0], 1)
    size = behaviour_size(fitted(model, counts, occasions), occasions)
    assert abs(size.estimate - people) < 4 * size.std_error


def test_people_who_come_in_ever_faster_are_refused():
    with pytest.raises(FitError, match="as often from one occasion to the next"):
        behaviour_size(fitted("Mb", np.array([0.0, 10, 20, 2, 60, 3, 4, 1]), 3), 3)
