"""Bayesian scale-up: its likelihoods, its chains, and networkscaleup's overdispersed model."""

import math

import numpy as np
import pytest
from scipy.stats import betabinom, binom, nbinom

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import scale_up_survey
from ctresearch.prevalence import BayesianScaleUp, ScaleUp
from ctresearch.prevalence.scale_up.bayesian_scale_up import one_chain, scale_of
from ctresearch.prevalence.scale_up.count_likelihood import (
    binomial_constant,
    log_binomial,
    log_gamma,
    log_negative_binomial,
    log_rising,
)
from ctresearch.prevalence.scale_up.degree_chain import DegreePrior

KNOWN = {"teachers": 24_000, "nurses": 18_000, "fishers": 9_500}
OPTIONS = {"hidden": "hidden", "known": KNOWN, "population": 1_000_000, "chains": 2, "seed": 1}
SURVEY = scale_up_survey(80, known=KNOWN, seed=4).frame


@pytest.mark.parametrize("z", [1e-6, 0.3, 1.0, 7.9, 8.0, 30.0, 1e4, 1e7])
def test_the_log_gamma_function(z):
    # the series is cut where its next term is below 1e-12 at z = 8
    assert log_gamma(z) == pytest.approx(math.lgamma(z), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(
    ("a", "count"), [(0.2, 0), (0.2, 3), (1e-3, 24), (5.0, 25), (1e9, 24), (1e-30, 10), (2.5, 300)]
)
def test_rising_factorials(a, count):
    expected = math.fsum(math.log(a + step) for step in range(count))
    assert log_rising(a, float(count)) == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("count", "degree"), [(0, 1), (3, 3), (2, 300), (30, 4000), (12, 12)])
@pytest.mark.parametrize(("chance", "spread"), [(0.01, 0.0), (0.2, 0.0), (0.01, 0.002), (0.3, 0.4), (0.9, 0.99)])
def test_binomial_and_beta_binomial_probabilities_are_those_of_scipy(count, degree, chance, spread):
    found = log_binomial(float(count), float(degree), chance, spread, binomial_constant(chance, spread))
    size = 1 / spread - 1 if spread else 1.0
    drawn = betabinom(degree, chance * size, (1 - chance) * size) if spread else binom(degree, chance)
    # the factorial of the count is left out
    assert found - math.lgamma(count + 1) == pytest.approx(drawn.logpmf(count), rel=1e-8, abs=1e-8)
    assert log_binomial(2.0, 1.0, chance, spread, 0.0) == -math.inf


@pytest.mark.parametrize(("count", "mean", "overdispersion"), [(0, 2.0, 2.0), (5, 0.1, 1.01), (40, 12.0, 30.0)])
def test_negative_binomial_probabilities_are_those_of_scipy(count, mean, overdispersion):
    found = log_negative_binomial(float(count), mean, 1 / overdispersion) - math.lgamma(count + 1)
    shape = mean / (overdispersion - 1)
    assert found == pytest.approx(nbinom(shape, 1 / overdispersion).logpmf(count), rel=1e-9)


def exact_share(counts, share, degree_log, prior):
    """Integrate the posterior of the log share of one hidden group, degrees being known, on a fine grid."""
    logs = np.linspace(prior.log_share_low, prior.log_share_high, 4001)
    degree = np.round(np.exp(degree_log))
    weight = np.exp(sum(binom(int(d), np.exp(logs)).logpmf(y) for d, y in zip(degree, counts, strict=True)))
    return float((weight * logs).sum() / weight.sum())


def test_with_degrees_all_but_known_the_chain_gives_the_integral():
    # so many teachers, and so narrow a prior, that log degrees are 5 to three digits
    prior = DegreePrior(4.999, 5.001, 0.001, 0.002, math.log(1e-3), math.log(0.5), False, False, 1.0, 1.0)
    counts = np.array([[30.0, 1.0], [29.0, 3.0], [30.0, 0.0], [31.0, 2.0]])
    kept = one_chain(counts, np.array([0.2]), prior, (2000, 20_000, 1), np.random.default_rng(3))
    expected = exact_share(counts[:, 1], 0.2, np.full(4, 5.0), prior)
    # a mean of some 4,000 effective draws with a spread of .4 has an error of .007: three of them
    assert kept[:, 2].mean() == pytest.approx(expected, abs=0.021)
    assert kept[:, 4].mean() == pytest.approx(148.4, abs=0.3)


def test_the_transmission_rate_is_its_prior_and_divides_the_size():
    rate = BayesianScaleUp("transmission", transmission=(0.5, 0.05), iterations=3000, **OPTIONS).fit(SURVEY)
    plain = BayesianScaleUp("random degree", iterations=3000, **OPTIONS).fit(SURVEY)
    row = rate.estimates.loc["transmission"]
    assert row["estimate"] == pytest.approx(0.5, abs=0.01)  # a median of thousands of draws with a spread of .05
    assert row["std_error"] == pytest.approx(0.05, rel=0.1)
    ratio = rate.estimates.loc["population", "estimate"] / plain.estimates.loc["population", "estimate"]
    assert ratio == pytest.approx(2.0, rel=0.05)
    assert "transmission" not in plain.estimates.index


@pytest.mark.slow
def test_without_barriers_in_the_answers_all_models_agree_with_the_ratio():
    ratio = ScaleUp(hidden="hidden", known=KNOWN, population=1_000_000).fit(SURVEY).estimates.loc["population"]
    for model in ("random degree", "barrier", "overdispersed"):
        result = BayesianScaleUp(model, iterations=2500, **OPTIONS).fit(SURVEY)
        assert result.stands
        row = result.estimates.loc["population"]
        assert row["estimate"] == pytest.approx(ratio["estimate"], abs=ratio["std_error"]), model
        assert row["ci_low"] < ratio["estimate"] < row["ci_high"]
        assert result.estimates.loc["prevalence", "estimate"] == pytest.approx(row["estimate"] / 1e6)
        assert result.draws.shape[1] == 4000
        groups = [] if model == "random degree" else [*KNOWN, "hidden"]
        assert result.groups.index.tolist() == groups


def test_the_scale_of_the_overdispersed_model_by_hand():
    prevalence, shares = np.log([0.2, 0.1, 0.4]), np.array([0.02, 0.02, 0.01])
    assert scale_of(prevalence, shares, ([0], [], [])) == pytest.approx(math.log(10))
    assert scale_of(prevalence, shares, ([0, 1], [], [])) == pytest.approx(math.log(0.3 / 0.04))
    expected = math.log(10) + 0.5 * (math.log(0.4 / 0.01) - math.log(0.1 / 0.02))
    assert scale_of(prevalence, shares, ([0], [1], [2])) == pytest.approx(expected)


def test_chains_that_are_too_short_give_no_estimate_and_no_limits():
    result = BayesianScaleUp(iterations=40, **OPTIONS).fit(SURVEY)
    assert result.status == "fail"
    assert not result.stands
    assert result.estimates["estimate"].isna().all()
    assert result.posterior[["std_dev", "q2.5"]].isna().all(axis=None)
    assert result.groups[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert result.draws is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "poisson"}, "must be one of"),
        ({"model": "transmission"}, "needs transmission="),
        ({"model": "barrier", "transmission": (0.5, 0.1)}, "has no transmission rate"),
        ({"model": "transmission", "transmission": (0.5, 0.6)}, "standard deviation below 0.5"),
        ({"model": "transmission", "transmission": 0.5}, "a mean and a standard deviation"),
        ({"size_range": (0.0, 10.0)}, "the lower one first"),
        ({"size_range": (10.0, 5.0)}, "the lower one first"),
        ({"mean_range": 3.0}, "two numbers"),
        ({"scale_by": ["teachers"]}, "options of model='overdispersed'"),
        ({"model": "overdispersed", "scale_by": ["bakers"]}, "must be lists of known groups"),
        ({"model": "overdispersed", "scale_by": []}, "must be lists of known groups"),
        ({"model": "overdispersed", "offset_by": (["teachers"], [])}, "must be lists of known groups"),
        ({"model": "overdispersed", "offset_by": ["teachers"]}, "two lists of known groups"),
        ({"chains": 1}, "between 2 and 100"),
        ({"iterations": 3}, "at least 4"),
    ],
)
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        BayesianScaleUp(**OPTIONS | options)


def test_a_question_answered_by_nobody_is_refused():
    with pytest.raises(DataError, match="knows anybody in 'hidden'"):
        BayesianScaleUp(**OPTIONS).fit(SURVEY.assign(hidden=0))


@pytest.mark.slow
def test_ranks_of_what_was_drawn_are_uniform():
    from scipy.stats import kstest

    prior = DegreePrior(4, 6, 0.25, 1.2, math.log(1e-3), math.log(0.1), True, False, 1.0, 1.0)
    rng, shares, ranks = np.random.default_rng(5), np.array([0.02, 0.01]), []
    for _ in range(100):
        mean, spread, share = rng.uniform(4, 6), rng.uniform(0.25, 1.2), rng.uniform(math.log(1e-3), math.log(0.1))
        degree = np.round(np.exp(rng.normal(mean, spread, 40))).astype(int)
        chance, size = np.append(shares, math.exp(share)), 1 / rng.random(3) - 1
        counts = rng.binomial(degree[:, None], rng.beta(chance * size, (1 - chance) * size, (40, 3))).astype(float)
        kept = one_chain(counts, shares, prior, (1000, 3000, 10), rng)
        ranks.append([(kept[:, 2] < share).mean(), (kept[:, 0] < mean).mean()])
    for column in np.array(ranks).T:
        assert kstest(column, "uniform").pvalue > 1e-3
