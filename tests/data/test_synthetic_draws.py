"""Random numbers have the distributions they are named for, and never change."""

import numpy as np
import pytest
from scipy import stats

from ctresearch.core import SpecificationError
from ctresearch.core.random import generator
from ctresearch.data.synthetic import draws

N = 20_000
LEAST = 1e-4
"""A right generator falls below this p-value once in 10,000 seeds; the seeds are fixed."""


@pytest.mark.parametrize(
    ("drawn", "distribution"),
    [
        (lambda rng: draws.uniforms(rng, N), stats.uniform()),
        (lambda rng: draws.normals(rng, N), stats.norm()),
        (lambda rng: draws.exponentials(rng, N), stats.expon()),
        (lambda rng: draws.gammas(rng, 0.7, N), stats.gamma(0.7, scale=1 / 0.7)),
        (lambda rng: draws.betas(draws.uniforms(rng, N), np.full(N, 0.3), 0.1), stats.beta(2.7, 6.3)),
    ],
    ids=["uniform", "normal", "exponential", "gamma", "beta"],
)
def test_continuous_draws_follow_their_distribution(drawn, distribution):
    assert stats.kstest(drawn(generator(1)), distribution.cdf).pvalue > LEAST


@pytest.mark.parametrize("mean", [1e-9, 0.3, 4.0, 250.0])
def test_poisson_counts_follow_their_distribution(mean):
    counts = draws.poissons(generator(2), np.full(N, mean))
    cuts = np.unique(stats.poisson.ppf([0.1, 0.3, 0.5, 0.7, 0.9], mean))
    edges = np.concatenate([[-1.0], cuts, [np.inf]])
    expected = N * np.diff(np.concatenate([[0.0], stats.poisson.cdf(cuts, mean), [1.0]]))
    found = np.histogram(counts, bins=edges + 0.5)[0]
    kept = expected > 5
    assert np.sum((found - expected)[kept] ** 2 / expected[kept]) < stats.chi2.ppf(1 - LEAST, max(kept.sum() - 1, 1))
    assert counts.min() >= 0


def test_poisson_counts_are_the_inverse_of_the_distribution_function():
    mean = np.linspace(0, 60, 3_000)
    level = draws.uniforms(generator(3), len(mean))
    found = draws.poissons(generator(3), mean)
    assert (stats.poisson.cdf(found, mean) >= level).all()
    assert (stats.poisson.cdf(found - 1, mean) < level).all()


def test_categories_by_one_row_and_by_many():
    shares = np.array([0.2, 0.0, 0.5, 0.3])
    for found in (draws.categories(generator(4), shares, N), draws.categories(generator(5), np.tile(shares, (N, 1)))):
        counts = np.bincount(found, minlength=4)
        assert counts[1] == 0
        # 4.5 standard errors
        assert np.all(abs(counts / N - shares) <= 4.5 * np.sqrt(shares * (1 - shares) / N))


def test_a_permutation_holds_everything_once():
    assert sorted(draws.shuffled(generator(6), 500).tolist()) == list(range(500))
    assert draws.shuffled(generator(6), 500).tolist() != list(range(500))


def test_the_streams_never_change():
    """Written down once: another numpy or another machine must give the same numbers."""
    rng = generator(20250101)
    assert draws.bernoulli(rng, np.full(12, 0.5)).tolist() == PINNED["bernoulli"]
    assert draws.categories(rng, [0.5, 0.3, 0.2], 10).tolist() == PINNED["categories"]
    assert draws.poissons(rng, np.full(10, 3.0)).tolist() == PINNED["poissons"]
    assert draws.shuffled(rng, 8).tolist() == PINNED["shuffled"]
    # libraries may differ in the last digit of the inverse
    np.testing.assert_allclose(draws.normals(rng, 3), PINNED["normals"], rtol=1e-10)


PINNED = {
    "bernoulli": [1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0],
    "categories": [0, 1, 1, 1, 2, 1, 2, 1, 1, 2],
    "poissons": [4, 5, 1, 3, 0, 3, 3, 1, 3, 4],
    "shuffled": [0, 1, 6, 4, 7, 3, 5, 2],
    "normals": [0.17869601243878852, -0.33158832063994126, -0.9508857505953078],
}


@pytest.mark.parametrize("weights", [[0.5, 0.6], [-0.5, 1.5], [np.nan, 1.0], [[0.5, 0.5]]])
def test_what_is_no_distribution_is_refused(weights):
    with pytest.raises(SpecificationError, match="add up to 1"):
        draws.is_distribution("shares", weights)
