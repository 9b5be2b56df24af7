"""Bayesian thresholding: outside chains, numerical posteriors, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pins import pinned, published_lists

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import BayesianThreshold, CaptureHistories
from ctresearch.prevalence.averages import bayesian_threshold
from ctresearch.prevalence.averages.importance import bridge, propose
from ctresearch.prevalence.averages.poisson_chains import centre_of, design_of, mode_of, run_chains
from ctresearch.prevalence.averages.poisson_posterior import Target, density, log_density
from ctresearch.stats import ess_bulk

REFERENCE = pinned("bayesian_threshold")
CASES = [(table, prior) for table in sorted(REFERENCE) for prior in ("proper", "improper")]
RUNS = [case for case in CASES if not REFERENCE[case[0]][case[1]]["error"]]
# Random-walk chains of 50,000 draws in up to 22 dimensions are worth few independent ones; over these tables the
# quantiles of the reference differ from long runs as those of some 1,000 would.
OUTSIDE = 1000


def streams(seed=0, count=4):
    """Return some generators."""
    return [np.random.default_rng([seed, i]) for i in range(count)]


@pytest.mark.parametrize(
    ("table", "prior"),
    [pytest.param(*run, marks=[pytest.mark.slow] if run == ("uk-2013-5", "improper") else []) for run in RUNS],
)
def test_keeps_what_the_reference_keeps(table, prior):
    pin = REFERENCE[table][prior]
    result = BayesianThreshold(prior, draws=1000).fit(published_lists(table))
    kept = result.interactions.index[result.interactions["kept"]]
    assert set(kept) == set(pin["retained"])
    statistic = result.interactions["statistic"]
    for term, value in pin["statistics"].items():
        # delta method for a ratio of mean to standard deviation, four standard errors of the outside chain
        assert statistic[term] == pytest.approx(value, abs=4 * np.sqrt((1 + value**2 / 2) / (OUTSIDE / 4)))


@pytest.mark.slow
@pytest.mark.parametrize(("table", "prior"), RUNS)
def test_quantiles_agree_with_the_reference_up_to_chance(table, prior):
    pin = REFERENCE[table][prior]["quantiles"]
    result = BayesianThreshold(prior, seed=5).fit(published_lists(table))
    drawn = np.sort(result.draws.loc["population"].to_numpy())
    for percent, value in pin.items():
        level = float(percent.rstrip("%")) / 100
        reached = np.searchsorted(drawn, value) / drawn.size
        # three standard errors of a proportion, from 1,000 draws there and 1,500 here
        assert reached == pytest.approx(level, abs=3 * np.sqrt(level * (1 - level) * (1 / OUTSIDE + 1 / 1500)))
    assert next(check for check in result.checks if check.name == "mixing").status == "pass"


def test_an_improper_posterior_is_refused():
    assert "extended-MLE" in REFERENCE["korea"]["improper"]["error"]
    with pytest.raises(FitError, match="use prior='proper'"):
        BayesianThreshold("improper").fit(published_lists("korea"))


def test_interactions_at_minus_infinity_are_shown():
    result = BayesianThreshold("improper", draws=500).fit(published_lists("uk-2013-5"))
    gone = result.interactions.loc["LA:GP"]
    assert np.isnan(gone["statistic"])
    assert not gone["kept"]


def test_an_interaction_at_the_threshold_asks_for_review():
    # LA:PFNCA has 1.989 under the flat prior, from 2,000,000 weighted draws
    result = BayesianThreshold("improper", threshold=1.989, draws=500).fit(published_lists("uk-2013-5"))
    check = next(check for check in result.checks if check.name == "threshold")
    assert check.status == "review"
    assert check.numbers["nearest"] == pytest.approx(1.989, abs=0.05)


@pytest.mark.parametrize("threshold", [0.0, 2.0, 1e9])
def test_the_threshold_decides_the_model(threshold):
    result = BayesianThreshold(threshold=threshold, draws=500).fit(published_lists("korea"))
    expected = {0.0: "[12,13,23]", 2.0: "[12,23]", 1e9: "[1,2,3]"}
    assert result.model == expected[threshold]


def test_order_three_tests_the_triples_of_kept_pairs():
    result = BayesianThreshold(max_order=3, draws=500).fit(published_lists("kosovo"))
    table = result.interactions
    triples = [term for term in table.index if term.count(":") == 2]
    kept = set(table.index[table["kept"]])
    assert triples
    for term in triples:
        a, b, c = term.split(":")
        assert {f"{a}:{b}", f"{a}:{c}", f"{b}:{c}"} <= kept


def test_the_posterior_of_one_mean_is_gamma():
    # a flat prior on the log of a Poisson mean: the mean is gamma with shape the count, 38, and rate the 2 cells
    target = Target(np.ones((2, 1)), np.array([13.0, 25.0]), np.zeros(1), 0.0, 0.0)
    randoms = streams(1)
    chains = run_chains(target, centre_of(target, randoms), 4000, randoms)
    means = np.exp(chains.betas[:, :, 0])
    error = np.sqrt(38 / 4 / ess_bulk(means))
    assert means.mean() == pytest.approx(19, abs=4 * error)
    assert means.var() == pytest.approx(38 / 4, rel=0.1)  # relative error sqrt(2 / 8,000) of a variance, six times


def test_importance_and_bridge_give_the_marginal_likelihood():
    # the same posterior integrates to gamma(38) / 2 ** 38
    from scipy.special import gammaln

    target = Target(np.ones((2, 1)), np.array([13.0, 25.0]), np.zeros(1), 0.0, 0.0)
    exact = gammaln(38) - 38 * np.log(2)
    found = propose(target, mode_of(target), 20_000, np.random.default_rng(3))
    assert found.log_marginal == pytest.approx(exact, abs=0.01)  # weights vary by less than their mean: error 0.005
    picked = np.random.default_rng(4).choice(
        20_000,
        10_000,
        p=np.exp(found.log_weights - found.log_weights.max())
        / np.exp(found.log_weights - found.log_weights.max()).sum(),
    )
    assert bridge(found.log_weights[picked], found.log_weights) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("shape", [0.0, 0.0005])
def test_compiled_and_plain_densities_agree(shape):
    design = design_of(np.array([0, 1, 2, 3]), np.arange(1, 4))
    target = Target(design, np.array([6.0, 4.0, 2.0]), np.array([0.0, 1.0, 1.0, 1.0]), shape, 0.0005)
    betas = np.random.default_rng(1).normal(size=(5, 4))
    assert [density(target, beta) for beta in betas] == pytest.approx(log_density(target, betas).tolist(), rel=1e-12)


@pytest.mark.parametrize("shape", [0.0, 0.0005])
def test_the_mode_has_no_slope(shape):
    table = published_lists("uk-2013-5")
    terms, cells = np.array([0, 1, 2, 4, 8, 16, 3, 6]), np.arange(1, 32)
    target = Target(design_of(terms, cells), table.cell_counts()[1:], np.where(terms > 0, 1.0, 0.0), shape, 0.0005)
    mode = mode_of(target)
    for j in range(terms.size):
        step = np.zeros(terms.size)
        step[j] = 1e-4
        slope = (density(target, mode.beta + step) - density(target, mode.beta - step)) / 2e-4
        # a central difference of a function of size 1e4 is good to about 1e4 * 1e-16 / 1e-4
        assert slope == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prior": "flat"}, "prior == 'flat'"),
        ({"max_order": 4}, "max_order == 4"),
        ({"threshold": -1}, "threshold == -1"),
        ({"precision": 0}, "precision == 0"),
        ({"draws": 10}, "draws == 10"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        BayesianThreshold(**options)


def test_order_and_number_of_lists_must_go_together():
    two = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, 20]})
    with pytest.raises(SpecificationError, match="has 2 lists, must have 3 to 10"):
        BayesianThreshold().fit(CaptureHistories.from_counts(two))


def test_lists_without_overlap_are_refused():
    apart = pd.DataFrame(np.eye(3, dtype=int), columns=list("ABC")).assign(count=[60, 40, 20])
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        BayesianThreshold().fit(CaptureHistories.from_counts(apart))


def test_chains_that_have_not_mixed_give_no_estimate(monkeypatch):
    def apart(target, centre, draws, randoms):
        found = run_chains(target, centre, draws, randoms)
        return replace(found, betas=found.betas + np.arange(4)[:, None, None])

    monkeypatch.setattr(bayesian_threshold, "run_chains", apart)
    result = BayesianThreshold(draws=500).fit(published_lists("korea"))
    assert {check.name: check.status for check in result.checks}["mixing"] == "fail"
    assert result.estimates["estimate"].isna().all()
    assert "have not mixed" in result.summary().replace("\n  ", " ")


def test_many_interactions_of_few_people_are_judged_by_their_effective_draws():
    result = BayesianThreshold(draws=500, threshold=0.0).fit(published_lists("new-orleans-5"))
    check = next(check for check in result.checks if check.name == "threshold")
    assert check.numbers["effective"] >= 400 or check.status == "fail"
