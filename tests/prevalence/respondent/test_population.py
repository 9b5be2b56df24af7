"""Population size by successive sampling: the collapsed posterior is the model's, and chains find it."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import norm
from tests.prevalence.respondent.samples import FRAME, drawn

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import RespondentSample, SuccessiveSamplingPopulation
from ctresearch.prevalence.respondent.degree_order import order_curve
from ctresearch.prevalence.respondent.size_posterior import (
    Plan,
    SizePrior,
    degree_moments,
    log_posterior,
    run_chain,
    size_model,
)


def exact_height(degree, time):
    """Log density of a sum of exponential times over the product of their rates, by partial fractions."""
    rate = np.cumsum(degree[::-1])[::-1]
    terms = [np.exp(-r * time) / np.prod(np.delete(rate, i) - r) for i, r in enumerate(rate)]
    return np.log(sum(terms))


def test_the_curve_of_the_order_is_the_density_of_a_sum_of_times():
    degree = np.array([6.0, 4.0, 3.0, 5.0, 2.0, 7.0])
    curve = order_curve(degree, 500.0)
    times = np.exp(curve.start + curve.step * np.arange(curve.height.size))
    for time in (0.05, 0.2, 0.5):
        found = np.interp(np.log(time), np.log(times), curve.height)
        # saddlepoints are off by a factor that hardly moves with time: six people, a hundredth at most
        assert found == pytest.approx(exact_height(degree, time), abs=0.01)


def small_model(beta=1.0):
    degree = np.array([6.0, 4.0, 3.0, 5.0, 2.0, 7.0])
    return degree, size_model(degree, order_curve(degree, 500.0), 14, SizePrior(1.0, beta, 60.0, 4.0, 2.0))


@pytest.mark.parametrize("thin", [2, 3])
def test_of_each_few_steps_the_last_is_kept(thin):
    _, model = small_model()

    def kept(*plan):
        return run_chain(np.random.default_rng(4), model, np.array([2.0, np.log(0.2), 1.1, 0.8]), Plan(*plan))

    every = kept(40, 60, 1)
    assert len(np.unique(every[1])) > 10, "it moves"
    assert (kept(40, 60 // thin, thin) == every[:, thin - 1 :: thin]).all()


def test_moments_of_degrees_and_their_jacobian():
    _, model = small_model()
    chance = np.empty(14)
    a, v, step = 1.1, 0.8, 1e-5
    normaliser, mean, variance, jacobian = degree_moments(a, v, model, chance)
    support = np.arange(1, 15)
    weight = np.exp(a * support - v * gammaln(support + 1))
    assert normaliser == pytest.approx(np.log(weight.sum()))
    assert chance == pytest.approx(weight / weight.sum())
    assert mean == pytest.approx((chance * support).sum())
    assert variance == pytest.approx((chance * support**2).sum() - mean**2)
    by_a = (np.array(degree_moments(a + step, v, model, np.empty(14))[1:3]) - [mean, variance]) / step
    by_v = (np.array(degree_moments(a, v + step, model, np.empty(14))[1:3]) - [mean, variance]) / step
    assert jacobian == pytest.approx(np.log(abs(by_a[0] * by_v[1] - by_a[1] * by_v[0])), abs=1e-3)


def test_the_posterior_is_the_model_written_out():
    degree, model = small_model(beta=2.0)
    a, v, people = 1.1, 0.8, 6
    support = np.arange(1, 15)
    weight = np.exp(a * support - v * gammaln(support + 1))
    chance = weight / weight.sum()
    mean, variance = (chance * support).sum(), (chance * support**2).sum() - (chance * support).sum() ** 2

    def whole(size, time):
        found = exact_height(degree, time) + np.log(chance[degree.astype(int) - 1]).sum()
        found += gammaln(size + 1) - gammaln(size - people + 1)
        found += (size - people) * np.log((chance * np.exp(-support * time)).sum())
        found += np.log(size + 0.5 - people) - 3 * np.log(size + 0.5)  # Beta(1, 2) of the share, as a size
        found += norm.logpdf(mean, 4.0, np.sqrt(variance)) - 2.5 * np.log(variance) - 1.5 * 4.0 / variance
        return found + degree_moments(a, v, model, np.empty(14))[3]

    def ours(size, time):
        state = np.array([np.log(size - people + 0.5), np.log(time), a, v])
        return log_posterior(state, model, np.empty(14)) - state[0] - state[1]

    states = [(9, 0.2), (9, 0.3), (30, 0.1), (7, 0.5)]
    gaps = [ours(*one) - whole(*one) for one in states]
    assert gaps == pytest.approx([gaps[0]] * 4, abs=0.01)  # a constant apart, but for the saddlepoints
    assert log_posterior(np.array([5.0, np.log(0.2), a, v]), model, np.empty(14)) < -1e299  # beyond the largest size
    assert log_posterior(np.array([1.0, np.log(0.2), a, -0.1]), model, np.empty(14)) < -1e299
    assert log_posterior(np.array([1.0, 9.0, a, v]), model, np.empty(14)) < -1e299


def test_sizes_of_any_length_of_step_are_weighed_alike():
    # Over the logarithm of people outside, a size has the mass of its posterior: the integral over its cell.
    _, model = small_model()

    def at(x):
        return np.exp(log_posterior(np.array([x, np.log(0.2), 1.1, 0.8]), model, np.empty(14)) + 20)

    for outside in (1, 5):
        mass = quad(at, np.log(outside), np.log(outside + 1) - 1e-12)[0]
        assert mass == pytest.approx(at(np.log(outside + 0.5)) / (outside + 0.5), rel=1e-6)


@pytest.mark.slow
def test_chains_mix_and_find_a_population_half_of_which_is_sampled():
    sample = drawn(400, population=800, homophily=1.0, activity=1.0)
    result = SuccessiveSamplingPopulation(prior_size=900, draws=1000, seed=1).fit(sample)
    assert result.stands
    low, high = result.estimates.loc["population", ["ci_low", "ci_high"]]
    assert low < 800 < high
    assert result.estimates.loc["unobserved", "estimate"] == result.estimates.loc["population", "estimate"] - 400
    assert result.chains_table.loc["population", "ess_bulk"] > 1500
    assert result.sizes.loc["posterior", "q50"] == result.estimates.loc["population", "estimate"]
    assert result.sizes.loc["prior", "q2.5"] > 400
    assert result.draws.shape == (2, 4000)
    assert result.draws.loc["population"].min() >= 400
    assert result.draws.loc["population"].max() <= 2700
    again = SuccessiveSamplingPopulation(prior_size=900, draws=1000, seed=1).fit(sample)
    assert again == result


@pytest.mark.slow
def test_the_prior_is_as_it_says():
    def draws(**options):
        return SuccessiveSamplingPopulation(draws=100, **options).fit(drawn(100)).sizes.loc["prior"]

    assert draws(prior_size=1000, largest=1_000_000)["q50"] == pytest.approx(1000, rel=0.01)
    assert draws(prior_size=150, largest=1_000_000)["q50"] == pytest.approx(100 / 0.5 ** (1 / 2), rel=0.01)
    assert draws(prior_size=1000, prior_shape=(1, 1), largest=1_000_000)["q25"] == pytest.approx(100 / 0.75, rel=0.02)
    assert draws(prior_size=1000)["q97.5"] < 3000


def test_what_cannot_be_estimated_is_refused():
    frame = FRAME.iloc[::-1]
    with pytest.raises(DataError, match="the order of 8 interviews is not known"):
        SuccessiveSamplingPopulation(prior_size=100).fit(RespondentSample.from_frame(frame))
    with pytest.raises(DataError, match="8 people have 3 different degrees, must be at least 10"):
        SuccessiveSamplingPopulation(prior_size=100).fit(RespondentSample.from_frame(FRAME))
    with pytest.raises(DataError, match="the sample has 8 people and prior_size == 8, must be larger"):
        SuccessiveSamplingPopulation(prior_size=8).fit(RespondentSample.from_frame(FRAME))
    with pytest.raises(SpecificationError, match="must be two numbers of at least 1"):
        SuccessiveSamplingPopulation(prior_size=100, prior_shape=(1,))
    with pytest.raises(SpecificationError, match="largest == 90"):
        SuccessiveSamplingPopulation(prior_size=100, largest=90)


def test_a_posterior_at_the_end_of_its_range_is_reviewed():
    result = SuccessiveSamplingPopulation(prior_size=400, largest=450, draws=300, seed=1).fit(
        drawn(300, population=2000)
    )
    status = {one.name: one.status for one in result.checks}
    assert status["largest size"] == "review"
