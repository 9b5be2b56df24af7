"""Averaging over log-linear models: quadrature, the walk against enumeration, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.special import gammaln, logsumexp

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import CaptureHistories, ModelAverage
from ctresearch.prevalence.averages.model_marginal import SBH_SCALE, SBH_SHAPE, log_laplace, setting
from ctresearch.prevalence.averages.model_mixture import enumerate_models, sample_models
from ctresearch.prevalence.averages.model_weights import weigh_models
from ctresearch.prevalence.averages.poisson_chains import mode_of, run_chains
from ctresearch.prevalence.averages.poisson_posterior import Target
from ctresearch.prevalence.loglinear.hierarchy import all_models


def models_of(lists, order):
    """Return the membership of terms in all models."""
    bits = np.arange(1 << lists, dtype=np.uint64)
    return (all_models(lists, order)[:, None] >> bits & np.uint64(1)).astype(bool)


def by_quadrature(of, model):
    """Sum out the variance of the Sabanes-Bove-Held prior on a grid, coefficients by Laplace's method at each."""
    terms, logs = np.flatnonzero(model), np.linspace(-9, 6, 151)
    design = np.ascontiguousarray(of.design[:, terms])
    values = [mode_of(Target(design, of.counts, (terms > 0) / np.exp(x), 0.0, 0.0)).log_laplace for x in logs]
    prior = SBH_SHAPE * np.log(SBH_SCALE) - gammaln(SBH_SHAPE) - SBH_SHAPE * logs - SBH_SCALE * np.exp(-logs)
    return logsumexp(np.array(values) + prior) + np.log(logs[1] - logs[0])


def test_the_variance_is_summed_out_as_quadrature_does():
    of, models = setting(published_lists("hav-taiwan").cell_counts(), "sbh"), models_of(3, 2)
    slow = np.array([by_quadrature(of, model) for model in models])
    found = weigh_models(of, models, 1)
    # Laplace's error in the quadrature and 1 / sqrt(700) of importance sampling: under 0.01 of probability
    assert found.probability == pytest.approx(np.exp(slow - logsumexp(slow)), abs=0.01)


def test_unit_information_is_a_standard_normal_in_effect_coding():
    of = setting(published_lists("korea").cell_counts(), "uip")
    full = np.vstack([np.ones(8), of.design])  # with the cell of people on no list
    assert np.array_equal(full.T @ full / 8, np.eye(8))


@pytest.mark.parametrize("prior", ["uip", "sbh"])
def test_laplace_is_near_importance_sampling(prior):
    of = setting(published_lists("hav-taiwan").cell_counts(), prior)
    found = weigh_models(of, models_of(3, 2), 3)
    # relative error of Laplace's method with some 20 people in the smallest margins
    assert found.correction == pytest.approx(0, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("prior", ["uip", "sbh"])
def test_model_probabilities_agree_with_bridge_sampling(prior):
    from ctresearch.prevalence.averages.importance import bridge, log_weights_of, propose

    of, models = setting(published_lists("korea").cell_counts(), prior), models_of(3, 2)
    bridged = []
    for i, model in enumerate(models):
        target, random = of.target(np.flatnonzero(model)), np.random.default_rng(i)
        mode = mode_of(target)
        proposals = propose(target, mode, 20_000, random)
        posterior = run_chains(target, mode, 20_000, [random]).betas[0]
        bridged.append(bridge(log_weights_of(target, mode, posterior), proposals.log_weights))
    exact = np.exp(np.array(bridged) - logsumexp(bridged))
    assert weigh_models(of, models, 7).probability == pytest.approx(exact, abs=0.01)


def test_the_walk_agrees_with_enumeration():
    counts = published_lists("hav-taiwan").cell_counts()
    every = enumerate_models(counts, "uip", 2, 2000, seed=1)
    walked = sample_models(counts, "uip", 2, 1500, seed=2)
    # 6,000 kept models, worth some 1,000: three times sqrt(0.05 * 0.95 / 1,000)
    assert walked.inclusion == pytest.approx(every.inclusion, abs=0.02)
    levels = [0.1, 0.5, 0.9]
    # standard error of a quantile of 2,000 effective draws here is about 3 %, taken three times
    assert np.quantile(walked.unobserved, levels) == pytest.approx(np.quantile(every.unobserved, levels), rel=0.1)


def test_result_of_five_lists():
    result = ModelAverage(max_order=2, draws=500).fit(published_lists("uk-2013-5"))
    status = {check.name: check.status for check in result.checks}
    assert status["mixing"] == status["weights"] == "pass"
    assert result.models["probability"].is_monotonic_decreasing
    assert result.models["probability"].sum() <= 1 + 1e-12
    assert result.inclusion["probability"].between(0, 1 + 1e-12).all()
    low, median, high = result.estimates.loc["population", ["ci_low", "estimate", "ci_high"]]
    assert result.n < low < median < high


@pytest.mark.slow
def test_more_lists_are_walked_over():
    table = published_lists("uk-2013")
    result = ModelAverage(max_order=3, draws=500).fit(table)
    failed = {check.name for check in result.checks if check.status == "fail"}
    assert result.chains == 4
    assert result.estimates["estimate"].isna().all() == bool(failed)


def test_a_mode_is_found_beside_the_spike_at_zero():
    of = setting(published_lists("hav-taiwan").cell_counts(), "sbh")
    full = models_of(3, 2)[-1]
    assert log_laplace(of, full[None])[0] == pytest.approx(by_quadrature(of, full), abs=0.1)  # Laplace's own error


@pytest.mark.parametrize(
    ("options", "message"),
    [({"prior": "bic"}, "prior == 'bic'"), ({"max_order": 0}, "max_order == 0"), ({"draws": 3}, "draws == 3")],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        ModelAverage(**options)


def test_order_and_lists_must_go_together():
    with pytest.raises(SpecificationError, match="below the number of lists, 3"):
        ModelAverage(max_order=3).fit(published_lists("korea"))
    two = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, 20]})
    with pytest.raises(SpecificationError, match="has 2 lists"):
        ModelAverage().fit(CaptureHistories.from_counts(two))


def test_lists_without_overlap_are_refused():
    apart = pd.DataFrame(np.eye(3, dtype=int), columns=list("ABC")).assign(count=[60, 40, 20])
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        ModelAverage().fit(CaptureHistories.from_counts(apart))
