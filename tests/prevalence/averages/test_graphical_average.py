"""Averaging over decomposable graphs: outside values, the chain against the sum, grids and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pins import pinned, published_lists
from scipy.special import gammaln, logsumexp

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import CaptureHistories, GraphicalAverage
from ctresearch.prevalence.averages import graphical_average
from ctresearch.prevalence.averages.decomposable import decomposable_graphs, powers_of
from ctresearch.prevalence.averages.graph_chain import sample_graphs
from ctresearch.prevalence.averages.graph_enumeration import enumerate_graphs
from ctresearch.prevalence.averages.graph_problem import GraphProblem
from ctresearch.prevalence.averages.hyper_dirichlet import grid_posterior, log_multinomial, margins
from ctresearch.prevalence.averages.posterior_result import PERCENTS
from ctresearch.stats import check_mixing

DGA = [(table, tag) for table, tags in pinned("dga").items() for tag in tags]


def statuses(result):
    """Return the status of each check by its name."""
    return {check.name: check.status for check in result.checks}


def cliques(name):
    """Return the cliques of a model as a set."""
    return frozenset(name.strip("[]").split(","))


@pytest.mark.parametrize(("table", "tag"), DGA)
def test_equals_dga_on_the_same_grid(table, tag):
    pin = pinned("dga")[table][tag]
    low, high = pin["unobserved"]
    # dga's grids cut posteriors, so no quantile of them stands in a result: they are held against the sum itself
    problem = GraphProblem.from_table(published_lists(table), delta=pin["delta"], low=low, high=high)
    result = GraphicalAverage(delta=pin["delta"], unobserved_min=low, unobserved_max=high).fit(published_lists(table))
    found = enumerate_graphs(problem).summary.table(PERCENTS)
    assert result.posterior.loc["population", "mean"] == found["mean"]
    # both sum the same terms in double precision; one part in 10^8 may be passed over
    assert found["mean"] == pytest.approx(pin["mean"], rel=1e-7)
    assert found["std_dev"] == pytest.approx(pin["std_dev"], rel=1e-6)
    assert {name: found[name] for name in pin["quantiles"]} == pin["quantiles"]
    probability = {cliques(name): p for name, p in result.models["probability"].items()}
    for name, value in pin["models"].items():
        assert probability.get(frozenset(name.split(",")), 0.0) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize(("lists", "count"), [(2, 2), (3, 8), (4, 61), (5, 822), (6, 18_154)])
def test_number_of_decomposable_graphs(lists, count):
    # numbers of labelled chordal graphs, sequence A058862 of the OEIS
    graphs = decomposable_graphs(lists)
    assert len(graphs.powers) == count
    # every marginal probability stands as often above as below the line, but for one
    assert (graphs.powers.sum(axis=1) >= 1).all()


def test_a_cycle_of_four_is_not_decomposable():
    assert not powers_of(np.array([[0b1010, 0b0101, 0b1010, 0b0101]])).any()


def test_the_sum_is_that_of_all_terms():
    table = published_lists("kosovo")
    lists = len(table.lists)
    terms, graphs = margins(table.patterns, table.frequencies, lists, 2.0**-lists), decomposable_graphs(lists)
    grid = np.arange(1.0, 20_001.0, 40.0)
    log_prior = -0.5 * np.log(grid)
    found = grid_posterior(terms, graphs.powers, grid, log_prior)
    curves = terms.constant[:, None] + gammaln(terms.outside[:, None] + grid) - gammaln(terms.total + grid)
    every = graphs.powers.astype(float) @ curves + log_multinomial(terms.people, grid) + log_prior
    # what is passed over is less than one part in 10^8
    assert np.log(found.by_value.sum()) + found.log_scale == pytest.approx(logsumexp(every), abs=1e-8)
    share = np.exp(logsumexp(every, axis=1) - logsumexp(every))
    assert found.by_graph / found.by_graph.sum() == pytest.approx(share, abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["uk-2013-4", "netherlands-5"])
def test_the_chain_agrees_with_the_sum(table):
    histories = published_lists(table)
    problem = GraphProblem.from_table(histories, delta=2.0 ** -len(histories.lists), high=120_000)
    exact, walked = enumerate_graphs(problem), sample_graphs(problem, draws=4000, seed=2)
    assert walked.checks[0].status == "pass"
    of = dict(zip(exact.models(histories.lists).index, exact.probability, strict=True))
    seen = dict(zip(walked.models(histories.lists).index, walked.probability, strict=True))
    # 16,000 graphs kept, worth 1,000 at least: standard error below sqrt(0.25 / 1,000), taken three times
    assert max(abs(of[name] - seen.get(name, 0.0)) for name in list(of)[:20]) < 0.05
    levels = [0.1, 0.5, 0.9]
    # the same error in probability is worth up to a twentieth of the population at these quantiles
    assert walked.summary.quantiles(levels) == pytest.approx(exact.summary.quantiles(levels), rel=0.05)
    assert walked.summary.mass.sum() == pytest.approx(1)


@pytest.mark.slow
def test_seven_lists_are_sampled_with_diagnostics():
    result = GraphicalAverage(draws=1500).fit(published_lists("new-orleans").drop("H"))
    assert len(result.lists) == 7
    assert statuses(result)["mixing"] == "pass"
    assert result.posterior.loc["population", "rhat"] < 1.01
    assert result.chains == 4
    low, median, high = result.estimates.loc["population", ["ci_low", "estimate", "ci_high"]]
    assert result.n < low < median < high


@pytest.mark.slow
def test_chains_that_have_not_mixed_give_no_estimate(monkeypatch):
    def apart(problem, draws, seed):
        found = sample_graphs(problem, draws, seed)
        return replace(found, checks=(check_mixing({"population": found.draws + np.array([[0], [0], [0], [2000]])}),))

    monkeypatch.setattr(graphical_average, "sample_graphs", apart)
    result = GraphicalAverage(draws=500).fit(published_lists("new-orleans").drop("H"))
    assert statuses(result)["mixing"] == "fail"
    assert result.estimates["estimate"].isna().all()
    assert result.draws is None


def test_a_grid_that_cuts_the_posterior_is_refused():
    result = GraphicalAverage(unobserved_max=5000).fit(published_lists("uk-2013-5"))
    assert statuses(result)["grid"] == "fail"
    assert result.estimates["estimate"].isna().all()
    assert result.draws is None
    assert "raise unobserved_max" in result.summary().replace("\n  ", " ")


def test_a_grid_that_ends_early_fails_its_checks():
    result = GraphicalAverage(unobserved_max=30_000).fit(published_lists("uk-2013-5"))
    assert (statuses(result)["grid"], statuses(result)["grid_mean"]) == ("fail", "fail")
    assert result.estimates.loc["population", "estimate"] == 22_746


def test_the_default_grid_holds_the_posterior():
    histories = published_lists("uk-2013-5")
    chosen, long = GraphicalAverage().fit(histories), GraphicalAverage(unobserved_max=900_000).fit(histories)
    assert statuses(chosen)["grid"] == statuses(chosen)["grid_mean"] == "pass"
    columns = ["estimate", "ci_low", "ci_high"]
    assert chosen.estimates[columns].equals(long.estimates[columns])


def test_the_mean_of_a_saturated_graph_follows_the_grid():
    result = GraphicalAverage(unobserved_max=20_000).fit(published_lists("korea"))
    assert statuses(result)["grid_mean"] == "fail"
    numbers = next(check.numbers for check in result.checks if check.name == "grid_mean")
    assert numbers["longer_mean"] > 1.1 * numbers["mean"]


def test_a_prior_of_ones_own():
    histories = published_lists("korea")
    flat = GraphicalAverage(unobserved_max=3000, log_prior=np.zeros_like).fit(histories)
    cut = GraphicalAverage(unobserved_max=3000, log_prior=lambda n: np.where(n <= 150, 0.0, -np.inf)).fit(histories)
    default = GraphicalAverage(unobserved_max=3000).fit(histories)
    assert flat.posterior.loc["population", "mean"] > default.posterior.loc["population", "mean"]
    # under a flat prior the graph that links all lists has no end: most of it lies past any grid
    assert statuses(flat)["grid"] == "fail"
    assert flat.estimates["estimate"].isna().all()
    assert cut.estimates.loc["population", "ci_high"] <= 150


def test_draws_follow_the_posterior():
    result = GraphicalAverage(unobserved_max=3000).fit(published_lists("korea"))
    drawn = result.draws.loc["population"]
    assert drawn.size == 4000
    # one draw from each 4,000th of the posterior: quantiles are off by one rank at most
    assert drawn.quantile([0.025, 0.5, 0.975]).tolist() == pytest.approx([127, 163, 457], rel=0.01)
    assert result.confidence_interval(0.5).low["population"] == pytest.approx(145, abs=1)
    assert abs(np.corrcoef(drawn, np.arange(4000))[0, 1]) < 0.06  # four standard errors of a correlation of 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delta": 0}, "delta == 0"),
        ({"unobserved_min": -1}, "unobserved_min == -1"),
        ({"unobserved_max": 0}, "unobserved_max == 0"),
        ({"unobserved_max": 2_000_000}, "unobserved_max == 2000000"),
        ({"log_prior": 3}, "log_prior == 3"),
        ({"draws": 10}, "draws == 10"),
        ({"level": 95}, "write 0.95"),
        ({"seed": -1}, "seed == -1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        GraphicalAverage(**options)


@pytest.mark.parametrize("log_prior", [lambda n: n[:-1], lambda n: n * np.nan, lambda n: n * np.inf])
def test_priors_that_are_none_are_refused(log_prior):
    with pytest.raises(SpecificationError, match="log_prior returned"):
        GraphicalAverage(log_prior=log_prior, unobserved_max=100).fit(published_lists("korea"))


def test_lists_without_overlap_are_refused():
    apart = pd.DataFrame({"A": [1, 0], "B": [0, 1], "count": [60, 40]})
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        GraphicalAverage().fit(CaptureHistories.from_counts(apart))


def test_too_many_lists_are_refused():
    many = pd.DataFrame(np.eye(13, dtype=int) | np.eye(13, k=1, dtype=int), columns=list("ABCDEFGHIJKLM"))
    with pytest.raises(SpecificationError, match="has 13 lists"):
        GraphicalAverage().fit(CaptureHistories.from_counts(many.assign(count=5)))


def test_a_prior_that_excludes_the_grid_is_refused():
    with pytest.raises(SpecificationError, match="excludes every population size"):
        GraphicalAverage(log_prior=lambda n: np.full_like(n, -np.inf), unobserved_max=100).fit(published_lists("korea"))
