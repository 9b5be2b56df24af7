"""Priors of models, graphs and coefficients that a user states: by hand, chains against sums, and what is refused."""

import json

import numpy as np
import pytest
from pins import cells_of, published_lists

from ctresearch.core import Result, SpecificationError
from ctresearch.prevalence import BayesianThreshold, GraphicalAverage, ModelAverage
from ctresearch.prevalence.averages.decomposable import decomposable_graphs
from ctresearch.prevalence.averages.graph_chain import sample_graphs
from ctresearch.prevalence.averages.graph_enumeration import enumerate_graphs
from ctresearch.prevalence.averages.graph_problem import GraphProblem
from ctresearch.prevalence.averages.model_mixture import enumerate_models, sample_models
from ctresearch.prevalence.averages.model_prior import alike, read_stated, reweighed, sparse
from ctresearch.prevalence.loglinear.model_terms import interactions

KOREA, LISTS = "korea", ["b", "c", "d"]
PAIRS = interactions(3, 2)
STATED = {"b:d": 0.9, "other": 0.2}


def odds_of(models):
    """Return the factor that the stated prior brings to models of Korea, written as cliques."""
    return np.array([(9.0 if "13" in name or "123" in name else 1.0) * 0.25 ** others(name) for name in models])


def others(name):
    """Count the pairs 12 and 23 in a model of three lists."""
    return sum(set(pair) <= set(part) for pair in ("12", "23") for part in name.strip("[]").split(","))


@pytest.mark.parametrize("size", [1, 3, 10])
def test_the_sparse_prior_is_a_distribution_with_about_one_interaction(size):
    from scipy.special import comb

    numbers = np.arange(size + 1)
    mass = comb(size, numbers) * np.exp(sparse(np.arange(size)).by_size)
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    assert mass @ numbers == pytest.approx(size / (size + 1), abs=1e-12)
    assert (np.diff(mass) <= 1e-12).all()


def test_graphs_and_models_count_the_same_links():
    prior = read_stated("graph_prior", STATED, PAIRS, LISTS)
    graphs = decomposable_graphs(3).adjacency
    models = np.zeros((len(graphs), 8), dtype=bool)
    for row, neighbours in enumerate(graphs):
        for term in PAIRS.tolist():
            one = term.bit_length() - 1
            models[row, term] = bool(neighbours[one] & (term ^ 1 << one))
    assert prior.of_graphs(graphs) == pytest.approx(prior.of_models(models))


def test_a_stated_prior_of_graphs_weighs_the_posterior_of_each():
    uniform = GraphicalAverage(unobserved_max=3000).fit(published_lists(KOREA)).models
    stated = GraphicalAverage(unobserved_max=3000, graph_prior=STATED).fit(published_lists(KOREA))
    weight = uniform["probability"] * odds_of(uniform.index)
    expected = weight / weight.sum()
    assert stated.models["probability"][expected.index].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-8)
    mean = float(expected @ uniform["mean"])
    assert stated.posterior.loc["population", "mean"] == pytest.approx(mean, rel=1e-6)
    assert stated.prior_sensitivity.loc["stated", "mean"] == pytest.approx(mean, rel=1e-6)
    assert next(check for check in stated.checks if check.name == "model_prior").numbers["stated"] > 0
    assert "b:d 9" in stated.assumptions[-1]


def test_the_table_of_priors_gives_what_a_fit_under_each_gives():
    fits = {
        prior: GraphicalAverage(unobserved_max=3000, graph_prior=prior).fit(published_lists(KOREA))
        for prior in ("uniform", "sparse")
    }
    for one in fits.values():
        for prior, other in fits.items():
            # what lies past the grid counts in one mean and not in the other, by a part in 1,000,000
            mean = one.prior_sensitivity.loc[prior, "mean"]
            assert mean == pytest.approx(other.prior_sensitivity.loc["stated", "mean"], rel=1e-6)
    assert Result.from_dict(json.loads(json.dumps(fits["sparse"].to_dict()))) == fits["sparse"]


@pytest.mark.parametrize("prior", ["sparse", {"12": 0.05, "34": 0.95}])
def test_the_chain_over_graphs_agrees_with_the_sum(prior):
    table = published_lists("kosovo")
    names = list(table.lists)
    options = {"delta": 2.0**-4, "high": 60_000, "graphs_prior": read_stated("p", prior, interactions(4, 2), names)}
    problem = GraphProblem.from_table(table, **options)
    exact, walked = enumerate_graphs(problem), sample_graphs(problem, 4000, seed=1)
    # links met by four chains of 4,000 sweeps; a sweep is worth a tenth of a draw or more
    by_graph = dict(zip(map(bytes, exact.adjacency), exact.probability, strict=True))
    for graph, share in zip(map(bytes, walked.adjacency), walked.probability, strict=True):
        p = by_graph[graph]
        assert share == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 1600) + 1e-3)
    assert walked.summary.mean == pytest.approx(exact.summary.mean, rel=0.02)


def test_a_stated_prior_of_models_weighs_the_posterior_of_each():
    counts, prior = cells_of(KOREA), read_stated("model_prior", STATED, PAIRS, LISTS)
    before, after = (enumerate_models(counts, "uip", 2, 500, seed=1, models_prior=p) for p in (None, prior))
    keys = [model.tobytes() for model in before.models]
    weight = before.probability * np.exp(prior.of_models(before.models))
    expected = dict(zip(keys, weight / weight.sum(), strict=True))
    for model, share in zip(after.models, after.probability, strict=True):
        # streams of proposals go to models in order of their weight, so each is weighed anew: one part in a hundred
        assert share == pytest.approx(expected[model.tobytes()], abs=0.01)


def test_the_walk_over_models_agrees_with_the_sum():
    counts, prior = cells_of("hav-taiwan"), sparse(PAIRS)
    every = enumerate_models(counts, "uip", 2, 2000, seed=1, models_prior=prior)
    walked = sample_models(counts, "uip", 2, 1500, seed=2, models_prior=prior)
    # 6,000 steps, ten of them worth a draw: a standard error below .021
    assert walked.inclusion == pytest.approx(every.inclusion, abs=4 * 0.021)


def test_models_averaged_under_a_stated_prior_say_so():
    sure = ModelAverage(model_prior={"b:c": 0.999}).fit(published_lists(KOREA))
    assert sure.inclusion.loc["12", "probability"] > 0.99
    priors = sure.prior_sensitivity
    assert list(priors.index) == ["uniform", "sparse", "stated"]
    assert priors.loc["stated", "carried"] == pytest.approx(1)
    plain = ModelAverage().fit(published_lists(KOREA))
    assert priors.loc["uniform", "mean"] == pytest.approx(plain.prior_sensitivity.loc["stated", "mean"], rel=0.05)
    assert not [check for check in plain.checks if check.name == "model_prior"]


def test_weights_that_rest_on_one_model_hardly_carry_over():
    probability, means = np.array([0.999, 0.001]), np.array([100.0, 1000.0])
    found = reweighed(probability, means, np.zeros(2), {"far": np.array([-10.0, 0.0])})
    assert found["far"][1] < 0.01
    assert found["far"][0] > 900


def test_own_precisions_hold_an_interaction_near_nothing():
    free = BayesianThreshold(draws=500, seed=1).fit(published_lists(KOREA))
    held = BayesianThreshold(draws=500, seed=1, precision={"b:c": 1e5}).fit(published_lists(KOREA))
    assert free.interactions.loc["b:c", "kept"]
    assert abs(held.interactions.loc["b:c", "mean"]) < 0.02
    same = BayesianThreshold(draws=500, seed=1, precision={"other": 1.0}).fit(published_lists(KOREA))
    assert same.estimates.equals(free.estimates)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ModelAverage(model_prior="flat"), "'uniform', 'sparse' or a mapping"),
        (lambda: ModelAverage(model_prior={}), "0 entries"),
        (lambda: GraphicalAverage(graph_prior={"b:c": 1}), "b:c"),
        (lambda: GraphicalAverage(graph_prior={3: 0.5}), "1 entries"),
        (lambda: BayesianThreshold("improper", precision={"b:c": 1.0}), "prior='proper'"),
        (lambda: BayesianThreshold(precision={"b:c": 0.0}), "b:c"),
        (lambda: ModelAverage(model_prior={"b:x": 0.5}).fit(published_lists(KOREA)), "none of the 3 lists"),
        (lambda: ModelAverage(model_prior={"b:c:d": 0.5}).fit(published_lists(KOREA)), "up to max_order"),
        (lambda: GraphicalAverage(graph_prior={"b:c": 0.5, "12": 0.4}).fit(published_lists(KOREA)), "once"),
        (lambda: BayesianThreshold(precision={"b:c": 1.0, "c:b": 2.0}).fit(published_lists(KOREA)), "each once"),
    ],
)
def test_priors_that_cannot_be_are_refused(make, words):
    with pytest.raises(SpecificationError, match=words):
        make()


def test_the_uniform_prior_is_no_prior():
    assert alike(PAIRS).of_models(np.ones((2, 8), dtype=bool)).tolist() == [0.0, 0.0]
