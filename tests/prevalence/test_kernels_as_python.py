"""Kernels keep to their arrays: as Python, where a step outside is an error, they give what they give compiled."""

import numpy as np
import pytest
from pins import published_lists

import ctresearch.prevalence as room
from ctresearch.data.synthetic import city, linked_samples
from ctresearch.prevalence import LatentClass, LinkedSamples, LogLinear
from ctresearch.prevalence.averages import graph_chain
from ctresearch.prevalence.averages.graph_problem import GraphProblem
from ctresearch.prevalence.loglinear.bounded_search import best_models
from ctresearch.prevalence.traced.reorderings import reorder
from estimators import EXAMPLES
from figures import compare, figures
from interpreted import interpreted


def example(name):
    """Fit an estimator to its small example."""
    return getattr(room, name)(**EXAMPLES[name].options).fit(EXAMPLES[name].data)


def walked():
    """Walk over the graphs of four lists for a little while, on few values of the number unseen."""
    problem = GraphProblem.from_table(published_lists("kosovo"), delta=2.0**-4, high=20_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_chain, "_NODES", 30)
        found = graph_chain.sample_graphs(problem, draws=20, seed=2)
    return {"draws": found.draws, "probability": found.probability}


def searched():
    """Search the models of three lists without fitting them all."""
    nothing = np.array([], dtype=np.uint64)
    found = best_models(published_lists("hav-taiwan").cell_counts(), 3, 2, 2.0, nothing, keep=4, reach=6.0)
    return {"values": found.values, "visited": found.visited, "complete": found.complete}


def traced():
    """Walk through the orders of small samples."""
    made = linked_samples(city(4_000, seed=1), 10, 18, seed=2)
    samples = LinkedSamples.from_frames(made.frame, made.tables["links"]).samples
    walks = [reorder(one, 0, 40, 3, np.random.default_rng(1)) for one in samples]
    # all links followed: people without links outside, met first or one step away
    closed = samples[0]._replace(degree=np.diff(samples[0].first).astype(float))
    walks.append(reorder(closed, 18, 40, 3, np.random.default_rng(1)))
    return {f"walk {i}": walk.initial.sum(axis=0) for i, walk in enumerate(walks)}


CASES = {
    **{
        name: lambda name=name: example(name)
        for name in (
            *("LateLists", "NoisedLogLinear", "ClosedPopulation", "HeterogeneityRange", "WeightedAverage"),
            *("ModelAverage", "GraphicalAverage"),
        )
    },
    "LatentClass": lambda: (
        LatentClass(3, iterations=60, warmup=0, thin=5, chains=2, seed=3).fit(published_lists("korea")).posterior
    ),
    "LinkTracing": traced,
    "all models": lambda: LogLinear("bic", top_models=3, bootstrap=5, seed=1).fit(published_lists("hav-taiwan")),
    "stepwise": lambda: LogLinear("stepwise").fit(published_lists("uk-2013-5")),
    "graphs": walked,
    "bounded search": searched,
}


@pytest.mark.parametrize("case", CASES)
def test_kernels_as_python_give_what_they_give_compiled(case):
    compiled = figures(CASES[case]())
    with interpreted("prevalence"):
        found = figures(CASES[case]())
    compare(found, compiled)
