"""Summaries of draws and grids, rules of order, and importance sampling: by hand, from a few numbers."""

import math

import numpy as np
import pandas as pd
import pytest
from pins import cells_of, published_lists
from scipy.special import gammaln, logsumexp

from ctresearch.core import FitError, SpecificationError
from ctresearch.prevalence import ModelAverage, WeightedAverage
from ctresearch.prevalence.averages.decomposable import clique_names, decomposable_graphs
from ctresearch.prevalence.averages.graph_enumeration import reach_of
from ctresearch.prevalence.averages.graph_problem import GraphProblem
from ctresearch.prevalence.averages.grid_summary import GridSummary, coarse_grid
from ctresearch.prevalence.averages.hyper_dirichlet import _blocks, log_multinomial, margins
from ctresearch.prevalence.averages.importance import Proposals, bridge, log_weights_of, propose, recentre
from ctresearch.prevalence.averages.model_average import _inclusion, _models
from ctresearch.prevalence.averages.model_marginal import setting
from ctresearch.prevalence.averages.model_mixture import MAX_ORDERS, Mixture, _effective
from ctresearch.prevalence.averages.model_walk import _may_change, walk_models
from ctresearch.prevalence.averages.model_weights import Refined, Weighed, refine_models
from ctresearch.prevalence.averages.poisson_chains import centre_of, design_of, mode_of, run_chains
from ctresearch.prevalence.averages.poisson_posterior import Mode, Target, log_density
from ctresearch.prevalence.averages.posterior_result import (
    both_terms,
    diagnostics,
    draws_of,
    estimates_of,
    summary_of,
)
from ctresearch.prevalence.averages.threshold_selection import (
    Stage,
    Thresholding,
    _summarise,
    _target,
    select_by_threshold,
)
from ctresearch.prevalence.averages.weighted_average import average_estimates, weigh_models
from ctresearch.stats import ess_bulk, ess_tail, mcse_mean, rhat


def test_both_terms_differ_by_the_people_seen_where_they_are_sizes():
    found = both_terms({"mean": 150.0, "std_dev": 7.0, "q50": 149.0, "rhat": 1.0}, 100)
    assert found.loc["population"].to_dict() == {"mean": 150, "std_dev": 7, "q50": 149, "rhat": 1}
    assert found.loc["unobserved"].to_dict() == {"mean": 50, "std_dev": 7, "q50": 49, "rhat": 1}
    assert (found.index.name, str(found.index.dtype)) == ("term", "str")


def test_draws_are_summed_up_by_moments_quantiles_and_what_is_known_of_the_chains():
    draws = 100 + np.random.default_rng(3).gamma(2.0, 20.0, (4, 500))
    found = summary_of(draws)
    assert (found["mean"], found["std_dev"]) == pytest.approx((draws.mean(), draws.std(ddof=1)))
    for percent in (0.5, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99.5):
        assert found[f"q{percent:g}"] == pytest.approx(np.quantile(draws, percent / 100))
    told = {
        "mcse_mean": mcse_mean(draws),
        "rhat": rhat(draws),
        "ess_bulk": ess_bulk(draws),
        "ess_tail": ess_tail(draws),
    }
    assert {name: found[name] for name in told} == diagnostics(draws) == told
    assert diagnostics(None) == {}
    rows = estimates_of(draws, 100, 0.8, usable=True)
    low, median, high = np.quantile(draws, [0.1, 0.5, 0.9])
    numbers = rows.drop(columns="unit").to_numpy(dtype=float)
    spread = draws.std(ddof=1)
    assert numbers == pytest.approx(
        np.array([[median, spread, low, high], [median - 100, spread, low - 100, high - 100]])
    )
    gone = estimates_of(draws, 100, 0.8, usable=False)
    assert gone.drop(columns="unit").isna().all(axis=None)
    assert list(gone.index) == ["population", "unobserved"]


@pytest.mark.parametrize(("chains", "length", "kept"), [(2, 5, 10), (4, 1500, 4000), (1, 9000, 4000), (4, 1000, 4000)])
def test_draws_travel_along_evenly_thinned_chain_by_chain(chains, length, kept):
    draws = np.arange(chains * length, dtype=float).reshape(chains, length)
    found = draws_of(draws, 3)
    assert found.shape == (2, kept)
    values = found.loc["population"].to_numpy().reshape(chains, -1)
    assert values[:, 0].tolist() == draws[:, 0].tolist()
    assert values[:, -1].tolist() == draws[:, -1].tolist()
    assert (np.diff(values, axis=1) > 0).all()
    assert np.ptp(np.diff(values[0])) <= 1
    assert (found.loc["population"] - found.loc["unobserved"]).eq(3).all()
    assert found.index.name == "term"


GRID = GridSummary(np.array([10.0, 11, 12, 14]), np.array([0.1, 0.4, 0.3, 0.2]), 0.0, 12.0)


def test_a_grid_has_the_moments_and_quantiles_of_its_masses():
    assert GRID.mean == pytest.approx(11.8)
    assert GRID.std_dev == pytest.approx(np.sqrt(0.1 * 1.8**2 + 0.4 * 0.8**2 + 0.3 * 0.2**2 + 0.2 * 2.2**2))
    assert GRID.quantiles([0.05, 0.11, 0.49, 0.51, 0.79, 0.81, 1.0]) == [10, 11, 11, 12, 12, 14, 14]
    assert GRID.table((2.5, 50)) == pytest.approx({"mean": 11.8, "std_dev": GRID.std_dev, "q2.5": 10, "q50": 11})
    drawn = GRID.sample(1000, np.random.default_rng(1))
    values, counts = np.unique(drawn, return_counts=True)
    # one draw from each thousandth: a share is off by one draw at its ends
    assert values.tolist() == [10, 11, 12, 14]
    assert counts.tolist() == pytest.approx([100, 400, 300, 200], abs=1)
    assert abs(np.corrcoef(drawn, np.arange(1000))[0, 1]) < 4 / np.sqrt(1000)


def test_a_coarse_grid_covers_every_size_once():
    for low, high, nodes in ((1, 5000, 50), (0, 10, 40), (3, 1_000_000, 300)):
        values, width = coarse_grid(low, high, nodes)
        assert (values[0], values[-1]) == (low, high)
        assert (np.diff(values) >= 1).all()
        assert width.sum() == pytest.approx(high - low + 1)
        assert len(values) == len(width) <= nodes
    values, width = coarse_grid(0, 10, 40)
    assert values.tolist() == list(range(11))
    assert width.tolist() == [1] * 11
    ratio = np.diff(np.log(coarse_grid(999, 999_999, 4)[0] + 1))
    assert ratio == pytest.approx([np.log(10)] * 3, abs=1e-3)  # rounding to whole people


def test_a_posterior_reaches_ten_times_its_last_hundredth_within_bounds():
    nodes = np.array([5.0, 100, 300, 900])
    assert reach_of(1, nodes, np.array([0.5, 0.3, 0.195, 0.005])) == 3000
    assert reach_of(1, nodes, np.array([0.99, 0.01, 0, 0])) == 1000
    assert reach_of(1, nodes, np.array([0.0, 0.0, 0, 3.0])) == 9000
    assert reach_of(50, np.array([1e6]), np.array([1.0])) == 50 + 999_999


def test_multinomial_weights_are_those_of_all_ways_to_be_missed():
    found = log_multinomial(4, np.array([0.0, 1, 3]))
    assert np.exp(found) == pytest.approx([1, math.comb(5, 1), math.comb(7, 3)])


def test_margins_are_ratios_of_gamma_functions():
    # two lists, 3 and 2 and 4 people; one list has prior 2 delta in each of its cells, both delta
    delta = 0.25
    found = margins(np.array([1, 2, 3]), np.array([3, 2, 4]), 2, delta)
    assert (found.people, found.total) == (9, 10)
    assert found.outside.tolist() == pytest.approx([10, 2 + 0.5, 3 + 0.5, 0 + 0.25])
    first = gammaln(1) - 2 * gammaln(0.5) + gammaln(7 + 0.5)
    assert found.constant[1] == pytest.approx(first)
    both = gammaln(1) - 4 * gammaln(0.25) + sum(gammaln(n + 0.25) for n in (3, 2, 4))
    assert found.constant[3] == pytest.approx(both)
    assert found.constant[0] == 0


def test_blocks_of_a_grid_are_short_where_the_curves_bend():
    starts = _blocks(np.arange(1.0, 2001.0))
    assert (starts[0], starts[-1]) == (0, 2000)
    widths = np.diff(starts)
    assert (widths >= 1).all()
    assert widths[:-1].tolist() == sorted(widths[:-1].tolist())
    at = np.arange(1.0, 2001.0)[starts[:-1]]
    assert (widths[:-1] <= np.maximum(1.4 * np.sqrt(at[:-1]), 1) + 1e-9).all()
    assert _blocks(np.array([7.0])).tolist() == [0, 1]
    assert _blocks(np.array([7.0, 8.0])).tolist() == [0, 2]
    far = np.arange(1.0, 400_001.0)
    assert len(_blocks(far)) < 510 + 50


def test_names_of_graphs_list_their_cliques_from_the_largest():
    graphs = decomposable_graphs(3)
    names = clique_names(graphs.adjacency, ("a", "b", "c"))
    assert sorted(names) == sorted(["[1,2,3]", "[12,3]", "[13,2]", "[23,1]", "[12,13]", "[12,23]", "[13,23]", "[123]"])
    assert names[0] == "[1,2,3]"
    assert names[-1] == "[123]"
    assert not graphs.adjacency.flags.writeable
    assert not graphs.powers.flags.writeable


def test_a_problem_has_the_prior_one_over_n_unless_told_otherwise():
    table = published_lists("korea")
    problem = GraphProblem.from_table(table, delta=0.125)
    assert (problem.lists, problem.low, problem.high, problem.prior) == (3, 1, None, None)
    assert problem.log_prior(np.array([0.0, 77])) == pytest.approx([-np.log(123), -np.log(200)])
    own = GraphProblem.from_table(table, delta=0.125, low=2, high=9, prior=lambda n: -2.0 * n)
    assert (own.low, own.high) == (2, 9)
    assert own.log_prior(np.array([0.0, 77])).tolist() == [-246, -400]


@pytest.mark.parametrize(("lists", "usual", "most"), [(3, 2, 2), (4, 3, 3), (5, 3, 4), (6, 2, 2)])
def test_orders_of_averages_over_all_models(lists, usual, most):
    assert WeightedAverage()._order(lists) == min(usual, most)
    assert WeightedAverage(max_order=most)._order(lists) == most
    with pytest.raises(SpecificationError, match=f"max_order == {most + 1}, must be at most {most} for {lists} lists"):
        WeightedAverage(max_order=most + 1)._order(lists)
    assert ModelAverage()._order(lists) == usual
    assert ModelAverage(max_order=lists - 1)._order(lists) == lists - 1
    with pytest.raises(SpecificationError, match=f"below the number of lists, {lists}"):
        ModelAverage(max_order=lists)._order(lists)
    assert MAX_ORDERS == {3: 2, 4: 3, 5: 4, 6: 2}


def test_orders_beyond():
    assert WeightedAverage()._order(2) == 1
    assert ModelAverage()._order(10) == 2
    for lists in (2, 11):
        with pytest.raises(SpecificationError, match=f"the table has {lists} lists, models are averaged for 3 to 10"):
            ModelAverage()._order(lists)
    with pytest.raises(SpecificationError, match="the table has 7 lists, averaging takes at most 6"):
        WeightedAverage()._order(7)


def test_weights_of_models_are_those_of_their_criterion_and_light_ones_go():
    names = ["[12,13,23]", "[12,13]", "[1,2,3]", "[13,2]"]
    ranking = pd.DataFrame(
        {"estimate": [900.0, 400, 380, np.nan], "aic": [12.0, 10, 10 + 2 * 12, 3]}, index=pd.Index(names, name="model")
    )
    counts = cells_of("hav-taiwan")
    found = weigh_models(ranking, "aic", counts, ("a", "b", "c"))
    assert found.index.tolist() == ["[12,13]", "[12,13,23]", "[1,2,3]"]
    raw = np.exp([0, -1, -12])
    assert found["weight"].to_numpy() == pytest.approx(raw / raw.sum())
    assert found["aic"].tolist() == [10, 12, 34]
    light = ranking.assign(aic=[12.0, 10, 10 + 2 * 14.5, 3])  # exp(-14.5) is below a millionth of the whole
    kept = weigh_models(light, "aic", counts, ("a", "b", "c"))
    assert kept.index.tolist() == ["[12,13]", "[12,13,23]"]
    assert kept["weight"].sum() == pytest.approx(1, abs=1e-12)
    average = average_estimates(np.array([0.25, 0.75]), np.array([100.0, 200]), np.array([0.0, 10]))
    assert average.estimate == 175
    assert average.std_error == pytest.approx(0.25 * 75 + 0.75 * np.hypot(10, 25))


def mixture(models, probability, means):
    """Build a mixture of models from their rows."""
    models = np.array(models, dtype=bool)
    return Mixture(
        np.zeros((1, 1)),
        models,
        np.array(probability),
        np.array(means),
        np.array(probability) @ models,
        9,
        1.0,
        1.0,
        0.0,
    )


def test_models_of_a_mixture_are_named_with_their_mean():
    found = mixture([[1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 0, 1, 0]], [0.75, 0.25], [40.0, 60])
    rows = _models(found, 100, ("a", "b", "c"))
    assert rows.index.tolist() == ["[12,3]", "[23,1]"]
    assert rows.to_dict("list") == {"probability": [0.75, 0.25], "mean": [140, 160]}
    inclusion = _inclusion(found, 2, ("a", "b", "c"))
    assert inclusion["probability"].to_dict() == {"12": 0.75, "13": 0.0, "23": 0.25}
    assert (rows.index.name, inclusion.index.name) == ("model", "term")
    many = mixture([[1, 1, 1, 1]] * 1001, [1 / 1001] * 1001, [1.0] * 1001)
    assert len(_models(many, 5, ("a", "b"))) == 1000
    assert _effective(np.array([0.5, 0.5]), np.array([100.0, 300])) == pytest.approx(1 / (0.25 / 100 + 0.25 / 300))


def test_a_term_may_come_or_go_where_the_model_stays_hierarchical():
    model = np.zeros(8, dtype=bool)
    model[[0, 1, 2, 4, 3, 5]] = True
    assert {term: bool(_may_change(model, term, 3)) for term in (3, 5, 6, 7)} == {3: True, 5: True, 6: True, 7: False}
    model[6] = True
    assert _may_change(model, 7, 3)
    model[7] = True
    assert {term: bool(_may_change(model, term, 3)) for term in (3, 5, 6, 7)} == {3: False, 5: False, 6: False, 7: True}


def test_walks_start_apart_and_keep_hierarchical_models():
    of = setting(cells_of("hav-taiwan"), "uip")
    walked = walk_models(of, 2, 30, 1)
    assert walked.shape == (4, 30, 8)
    assert walked[:, :, [0, 1, 2, 4]].all()
    assert not walked[:, :, 7].any()
    assert np.array_equal(walked, walk_models(of, 2, 30, 1))
    assert not np.array_equal(walked, walk_models(of, 2, 30, 2))


def test_settings_of_the_two_priors():
    uip, sbh = (setting(np.array([0.0, 5, 6, 7]), prior) for prior in ("uip", "sbh"))
    assert (uip.shape, uip.scale) == (0, 0)
    assert (sbh.shape, sbh.scale) == (0.0005, 0.0005)
    assert uip.counts.tolist() == [5, 6, 7]
    assert uip.design.tolist() == [[1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    target = sbh.target(np.array([0, 2]))
    assert target.design.tolist() == [[1, 1], [1, -1], [1, -1]]
    assert (target.precision.tolist(), target.shape, target.scale) == ([0, 1], 0.0005, 0.0005)


TARGET = Target(np.ones((2, 1)), np.array([13.0, 25.0]), np.zeros(1), 0.0, 0.0)


def test_proposals_are_student_around_the_mode():
    mode = mode_of(TARGET)
    assert mode.beta[0] == pytest.approx(np.log(19), abs=1e-6)
    assert mode.factor[0, 0] ** 2 == pytest.approx(38, rel=1e-5)  # the count of all, a step before the mode
    found = propose(TARGET, mode, 40_000, np.random.default_rng(1))
    scaled = (found.betas[:, 0] - mode.beta[0]) * mode.factor[0, 0]
    # a Student variable of 8 degrees of freedom has variance 8/6; its own error at 40,000 draws is about 1.3 %
    assert scaled.var() == pytest.approx(8 / 6, rel=0.06)
    assert scaled.mean() == pytest.approx(0, abs=4 * np.sqrt(8 / 6 / 40_000))
    from scipy.stats import t

    log_t = t.logpdf(scaled, 8) + np.log(mode.factor[0, 0])
    assert found.log_weights == pytest.approx(log_density(TARGET, found.betas) - log_t)
    assert log_weights_of(TARGET, mode, found.betas) == pytest.approx(found.log_weights)


def test_weights_tell_the_marginal_and_how_many_draws_they_are_worth():
    even = Proposals(np.zeros((4, 1)), np.full(4, 3.0))
    assert (even.log_marginal, even.effective) == pytest.approx((3, 4))
    odd = Proposals(np.zeros((2, 1)), np.log([3.0, 1.0]))
    assert (odd.log_marginal, odd.effective) == pytest.approx((np.log(2), 16 / 10))


def test_a_pilot_moves_the_centre_only_if_it_is_worth_ten_draws_a_coefficient():
    mode = Mode(np.array([1.0, 2.0]), np.eye(2), 0.0, 0.0, True)
    random = np.random.default_rng(2)
    betas = random.normal([1.5, 2.5], [0.5, 2.0], (19, 2))
    assert recentre(mode, Proposals(betas, np.zeros(19))) is mode
    betas = random.normal([1.5, 2.5], [0.5, 2.0], (400, 2))
    weights = random.normal(0, 0.5, 400)
    found = recentre(mode, Proposals(betas, weights))
    share = np.exp(weights - logsumexp(weights))
    assert found.beta == pytest.approx(share @ betas)
    centred = betas - found.beta
    covariance = (centred * share[:, None]).T @ centred
    assert np.linalg.inv(found.factor @ found.factor.T) == pytest.approx(covariance)
    assert found.found


def test_bridge_between_equal_densities_is_their_common_weight():
    weights = np.full(50, 2.5)
    assert bridge(weights, np.full(80, 2.5)) == pytest.approx(2.5, abs=1e-9)
    # two normals with weights of the second over the first: the ratio of their constants is 1 whatever the shift
    random = np.random.default_rng(3)
    first, second = random.normal(0, 1, 40_000), random.normal(0.5, 1, 40_000)
    ratio = lambda x: -((x - 0.5) ** 2) / 2 + x**2 / 2  # noqa: E731
    assert bridge(ratio(second), ratio(first)) == pytest.approx(0, abs=0.02)  # four standard errors


def test_chains_of_any_number_agree_with_the_exact_mean():
    randoms = [np.random.default_rng(i) for i in range(3)]
    found = run_chains(TARGET, centre_of(TARGET, randoms), 200, randoms)
    assert found.betas.shape == (3, 200, 1)
    assert 0.3 < found.accepted <= 1
    assert design_of(np.array([0, 1, 3]), np.array([1, 2, 3])).tolist() == [[1, 1, 0], [1, 0, 0], [1, 1, 1]]
    flat = Target(np.zeros((2, 1)), np.array([3.0, 4.0]), np.zeros(1), 0.0, 0.0)
    with pytest.raises((FitError, np.linalg.LinAlgError)):
        mode_of(flat)


def test_drawing_from_weighed_models_takes_each_by_its_share():
    refined = Refined(np.zeros(2), np.ones(2), np.array([[5.0, 5.0], [1e18, 1e18]]), np.zeros(2))
    weighed = Weighed(np.array([0.1, 0.2, 0.7]), np.zeros(3), np.array([2, 1]), refined, np.zeros(2))
    drawn = weighed.draw(4, 5000, np.random.default_rng(2))
    assert drawn.shape == (4, 5000)
    large = drawn > 1e6
    # shares 0.7 and 0.2 of those refined: 2/9, four standard errors over 20,000 draws
    assert large.mean() == pytest.approx(2 / 9, abs=4 * np.sqrt(2 / 9 * 7 / 9 / 20_000))
    assert drawn[large].mean() == pytest.approx(1e15, rel=1e-6)
    assert drawn[~large].mean() == pytest.approx(5, abs=0.1)


def test_refined_models_know_the_mean_number_unobserved():
    of = setting(cells_of("hav-taiwan"), "uip")
    models = np.array([[1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0]], dtype=bool)
    found = refine_models(of, models, 4)
    assert found.means.shape == (2, 1000)
    assert (found.effective > 500).all()
    # resampled by weight: their mean is the weighted mean but for rounding to whole draws
    assert found.means.mean(axis=1) == pytest.approx(found.unobserved, rel=0.01)
    assert found.unobserved[0] == pytest.approx(117.483, rel=0.05)  # the maximum is there, the prior is weak


def test_stages_are_summed_up_by_ratio_and_its_monte_carlo_error():
    betas = np.random.default_rng(6).normal([1.0, 2.0, -0.5], [0.5, 0.25, 1.0], (4, 500, 3))
    terms, tested = np.array([0, 3, 5]), np.array([False, True, True])
    found = _summarise(betas, terms, tested, np.array([6]))
    flat = betas.reshape(-1, 3)
    assert found.mean == pytest.approx(flat.mean(axis=0))
    assert found.std_dev == pytest.approx(flat.std(axis=0))
    assert found.statistic == pytest.approx(np.abs(flat.mean(axis=0)) / flat.std(axis=0))
    ratio = found.mean / found.std_dev
    # independent draws: the variance of a ratio of mean to standard deviation is (1 + ratio**2 / 2) / n
    assert found.error == pytest.approx(np.sqrt((1 + ratio**2 / 2) / 2000), rel=0.45)  # 39 degrees of freedom
    assert found.effective == pytest.approx(min((1 + ratio[j] ** 2 / 2) / found.error[j] ** 2 for j in (1, 2)))
    assert found.unobserved == pytest.approx(np.exp(flat[:, 0]).mean())
    assert found.removed.tolist() == [6]
    batches = (
        (betas - found.mean) / found.std_dev - ratio / 2 * (((betas - found.mean) / found.std_dev) ** 2 - 1)
    ).reshape(40, 50, 3)
    assert found.error == pytest.approx(batches.mean(axis=1).std(axis=0, ddof=1) / np.sqrt(40))


def test_targets_of_both_priors_hold_main_effects_loosely():
    counts = cells_of("hav-taiwan")
    terms = np.array([0, 1, 2, 4, 3])
    kept, proper = _target(Thresholding(counts, 3, 0.7, 2.0, 2), terms)
    assert (kept.tolist(), proper.precision.tolist()) == ([0, 1, 2, 4, 3], [1e-4, 1e-4, 1e-4, 1e-4, 0.7])
    assert proper.design.shape == (7, 5)
    _, flat = _target(Thresholding(counts, 3, 0.0, 2.0, 2), terms)
    assert flat.precision.tolist() == [0] * 5
    empty = np.array([0.0, 40, 30, 9, 50, 0, 7, 0])
    kept, cut = _target(Thresholding(empty, 3, 0.0, 2.0, 2), np.array([0, 1, 2, 4, 5]))
    assert kept.tolist() == [0, 1, 2, 4]
    assert cut.counts.tolist() == [40, 30, 9, 50, 7]
    with pytest.raises(FitError, match="the posterior of the model with 8 terms is improper"):
        _target(Thresholding(counts, 3, 0.0, 2.0, 3), np.arange(8))


def test_selection_goes_order_by_order_and_stops_where_nothing_may_enter():
    counts = cells_of("hav-taiwan")
    randoms = [np.random.default_rng([1, i]) for i in range(2)]
    found = select_by_threshold(Thresholding(counts, 3, 1.0, 1e9, 2), randoms)
    assert found.terms.tolist() == [0, 1, 2, 4]
    (stage,) = found.stages
    assert isinstance(stage, Stage)
    assert stage.terms.tolist() == [0, 1, 2, 4, 3, 5, 6]
    assert stage.tested.tolist() == [False] * 4 + [True] * 3
    # no pair is kept, so no triple may be tried
    kept = select_by_threshold(Thresholding(cells_of("kosovo"), 4, 1.0, 1e9, 3), randoms)
    assert len(kept.stages) == 1
