"""A polynomial stands for the curves of a wide block to more digits than are quoted, or says that it does not."""

import dataclasses

import numpy as np
import pytest
from scipy.special import gammaln

from ctresearch.prevalence.averages import hyper_dirichlet
from ctresearch.prevalence.averages.decomposable import decomposable_graphs
from ctresearch.prevalence.averages.hyper_dirichlet import PASSED_OVER, grid_posterior, log_multinomial, margins
from ctresearch.prevalence.averages.wide_blocks import places, sum_block

TABLE = margins(np.arange(1, 8), np.array([400, 300, 12, 200, 9, 7, 1]), 3, 0.125)
GRAPHS, GRID = decomposable_graphs(3).powers, np.arange(1.0, 60_001.0)
PRIORS = {
    "smooth": -np.log(929 + GRID),
    "far from one": 300 - np.log(929 + GRID),
    "with steps and gaps": np.where(GRID % 7 == 0, -np.inf, np.where(GRID > 3000, -3.0, 0.0)),
}


def one_by_one(log_prior):
    """Add up every graph at every value."""
    used = np.flatnonzero(GRAPHS.any(axis=0))
    terms = gammaln(TABLE.outside[used, None] + GRID) - gammaln(TABLE.total + GRID)
    lines = GRAPHS[:, used] @ (terms + TABLE.constant[used, None]) + log_multinomial(TABLE.people, GRID) + log_prior
    mass = np.exp(lines - lines.max())
    return mass.sum(axis=0) / mass.sum(), mass.sum(axis=1) / mass.sum(), mass @ GRID / mass.sum(axis=1)


@pytest.fixture
def blocks(monkeypatch):
    """Sum every block of sixty values or more from few places, and note how far each is off by its own account."""
    noted = []

    def note(*of_block):
        noted.append(sum_block(*of_block))
        return noted[-1]

    monkeypatch.setattr(hyper_dirichlet, "pays", lambda curves, values: (curves > 0) & (values >= 60))
    monkeypatch.setattr(hyper_dirichlet, "sum_block", note)
    return noted


@pytest.mark.parametrize("prior", PRIORS)
def test_the_posterior_is_that_of_the_sum_over_every_value(blocks, prior):
    found, (by_value, by_graph, mean) = grid_posterior(TABLE, GRAPHS, GRID, PRIORS[prior]), one_by_one(PRIORS[prior])
    total = found.by_value.sum()
    assert len(blocks) > 100
    assert sum(one.by_value.sum() for one in blocks) > 0.9 * total  # what was compared is what was summed so
    np.testing.assert_allclose(found.by_value / total, by_value, rtol=0, atol=PASSED_OVER)
    np.testing.assert_allclose(found.by_graph / total, by_graph, rtol=0, atol=PASSED_OVER)
    np.testing.assert_allclose(found.moment / found.by_graph, mean, rtol=1e-6)


def test_a_block_that_no_polynomial_fits_is_summed_value_by_value(blocks, monkeypatch):
    expected = grid_posterior(TABLE, GRAPHS, GRID, PRIORS["smooth"])

    def wrong(curves, values, factor):
        """Take every second block for one that is off, and make it so."""
        one, off = sum_block(curves, values, factor), len(values) % 2 == 0
        return dataclasses.replace(one, by_value=one.by_value * 2, left_out=one.by_curve.sum()) if off else one

    monkeypatch.setattr(hyper_dirichlet, "sum_block", wrong)
    found = grid_posterior(TABLE, GRAPHS, GRID, PRIORS["smooth"])
    np.testing.assert_allclose(found.by_value, expected.by_value, rtol=1e-8)
    np.testing.assert_allclose(found.by_graph, expected.by_graph, rtol=1e-8)


@pytest.mark.parametrize(
    ("curve", "fits"), [(lambda m: np.exp(-(((m - 1450) / 400) ** 2)), True), (lambda m: 1.0 * (m > 1450), False)]
)
def test_a_block_says_how_far_it_is_off(curve, fits):
    values = np.arange(1000.0, 2000.0)
    found = sum_block(curve(places(1000.0, 1999.0))[None], values, np.ones(1000))
    off = abs(found.by_curve[0] - curve(values).sum())
    assert (found.left_out < PASSED_OVER) is fits
    assert off <= found.left_out + 1e-9
