"""Simulation-based calibration of the samplers.

Parameters are drawn from the prior, data from the parameters, and the sampler is run on the data. If it is right, the
rank of each parameter among its posterior draws is uniform. Where the prior of the population's size is improper, the
number of people on the lists is held fixed: given it, all else has a proper distribution. Run ``python
benchmarks/sbc.py --simulations 1000``; the table goes to ``benchmarks/results/sbc.csv``: for each quantity the
chi-squared test of uniform ranks over ten bins.

References
----------
.. [1] Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018). Validating Bayesian inference
   algorithms with simulation-based calibration. arXiv:1804.06788.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chisquare, norm

from ctresearch.core.parallel import workers
from ctresearch.prevalence.assumptions.dirichlet_posterior import draw_chances, unobserved_draws
from ctresearch.prevalence.assumptions.identification import identification, identified
from ctresearch.prevalence.averages.decomposable import decomposable_graphs, factorise
from ctresearch.prevalence.averages.graph_chain import sample_graphs
from ctresearch.prevalence.averages.graph_enumeration import enumerate_graphs
from ctresearch.prevalence.averages.graph_problem import GraphProblem
from ctresearch.prevalence.averages.hyper_dirichlet import margins
from ctresearch.prevalence.averages.model_mixture import enumerate_models, sample_models
from ctresearch.prevalence.averages.model_prior import read_stated
from ctresearch.prevalence.averages.poisson_chains import centre_of, design_of, run_chains
from ctresearch.prevalence.averages.poisson_posterior import Target
from ctresearch.prevalence.latent.latent_chain import Schedule, draw_chains
from ctresearch.prevalence.latent.latent_state import Patterns, Prior
from ctresearch.prevalence.lists.cells import set_size

OUT = Path(__file__).parent / "results" / "sbc.csv"
BINS, KEPT, LISTS, DELTA = 10, 99, 3, 1.0
PAIRS, STATED = np.array([3, 5, 6]), {"a:b": 0.8, "other": 0.3}
LISTED = 200
SMALLEST, LARGEST = 200, 400


def rank_of(truth, draws, random):
    """Return the rank of a truth among thinned draws, ties broken at random."""
    thinned = draws.reshape(-1)[np.linspace(0, draws.size - 1, KEPT).astype(int)]
    return int((thinned < truth).sum() + random.integers(0, (thinned == truth).sum() + 1))


def loglinear(random):
    """Draw a model with all pairs of three lists from a normal prior, its table, and the posterior."""
    terms = np.array([0, 1, 2, 4, 3, 5, 6])
    precision = np.array([4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    design = design_of(terms, np.arange(1, 8))
    truth = random.normal(size=7) / np.sqrt(precision)
    target = Target(design, random.poisson(np.exp(design @ truth)).astype(float), precision, 0.0, 0.0)
    randoms = random.spawn(4)
    betas = run_chains(target, centre_of(target, randoms), 500, randoms).betas
    return {f"coefficient {term}": rank_of(truth[j], betas[:, :, j], random) for j, term in enumerate(terms)}


def cells_of(adjacency, random):
    """Draw probabilities of all patterns from the hyper-Dirichlet prior of a graph, one list after another."""
    above, below = np.empty(LISTS, np.int64), np.empty(LISTS, np.int64)
    factorise(adjacency, above, below)
    cells, probability = np.arange(1 << LISTS), np.ones(1 << LISTS)
    for outer, inner in zip(above.tolist(), below.tolist(), strict=True):
        prior = DELTA * 2.0 ** (LISTS - outer.bit_count())
        there = random.beta(prior, prior, size=1 << LISTS)[cells & inner]
        probability *= np.where(cells & (outer ^ inner), there, 1 - there)
    return probability


def graphs(random, stated="uniform", sample=None):
    """Draw a graph of three lists and a population, its table, and the posterior of the average over graphs."""
    every, prior = decomposable_graphs(LISTS).adjacency, read_stated("prior", stated, PAIRS, "abc")
    population = int(random.integers(SMALLEST, LARGEST + 1))
    weight = np.exp(prior.of_graphs(every))
    adjacency = every[random.choice(len(every), p=weight / weight.sum())]
    counts = random.multinomial(population, cells_of(adjacency, random))
    patterns = np.flatnonzero(counts[1:]) + 1
    table = margins(patterns, counts[patterns], LISTS, DELTA)

    def within(sizes):
        return np.where((sizes >= SMALLEST) & (sizes <= LARGEST), 0.0, -np.inf)

    problem = GraphProblem(table, LISTS, 0, LARGEST, within, prior)
    found = sample(problem) if sample else sample_graphs(problem, 500, int(random.integers(2**32)))
    drawn = found.summary.sample(KEPT, random)
    links = float(set_size(adjacency).sum()) / 2
    expected = found.probability @ (set_size(found.adjacency).sum(axis=1) / 2)
    return {"population": rank_of(population, drawn, random)}, links - expected


def latent_classes(random):
    """Draw classes of people from their prior, who is on which of three lists, and the chains of latent classes.

    Under weight 1/N for the population N, people on no list are negative binomial given those on some.
    """
    classes, prior = 3, Prior(2.0, 2.0)
    concentration = random.gamma(prior.shape, 1 / prior.rate)
    broken = np.append(random.beta(1.0, concentration, classes - 1), 1.0)
    weight = broken * np.append(1.0, np.cumprod(1 - broken[:-1]))
    chance = random.random((classes, LISTS))
    on = (np.arange(1 << LISTS)[:, None] >> np.arange(LISTS) & 1).astype(bool)
    cells = weight @ np.where(on, chance[:, None], 1 - chance[:, None]).prod(axis=2)
    counts = random.multinomial(LISTED, cells[1:] / cells[1:].sum())
    unseen = random.poisson(random.gamma(LISTED) * cells[0] / (1 - cells[0]))
    seen = np.flatnonzero(counts)
    held = np.array([[*np.flatnonzero(on[c + 1]), *[0] * LISTS][:LISTS] for c in seen])
    patterns = Patterns(held, on[seen + 1].sum(axis=1), counts[seen])
    drawn = draw_chains(patterns, classes, prior, Schedule(500, 4000, 4), chains=4, seed=int(random.integers(2**32)))
    return {"people on no list": rank_of(unseen, drawn.unobserved, random)}


def mixture(random, sample, stated="uniform"):
    """Draw a model of three lists with pairs, its coefficients, a table, and the average over models.

    Under a flat prior of the intercept, all people on the lists are gamma, so people on no list follow.
    """
    model = np.zeros(1 << LISTS, dtype=bool)
    model[[0, 1, 2, 4]] = True
    prior = read_stated("prior", stated, PAIRS, "abc")
    every = np.tile(model, (8, 1))
    every[:, PAIRS] = np.arange(8)[:, None] >> np.arange(3) & 1
    weight = np.exp(prior.of_models(every))
    model = every[random.choice(8, p=weight / weight.sum())]
    every = np.arange(1 << LISTS)
    design = 1.0 - 2.0 * (np.bitwise_count(every[:, None] & every) % 2)
    means = np.exp(design[:, 1:] @ (random.normal(size=(1 << LISTS) - 1) * model[1:]))
    counts = np.append(0, random.multinomial(LISTED, means[1:] / means[1:].sum()))
    unseen = random.poisson(random.gamma(LISTED) * means[0] / means[1:].sum())
    found = sample(counts, "uip", 2, 500, int(random.integers(2**32)), models_prior=prior)
    ranks = {"people on no list": rank_of(unseen, np.round(found.unobserved), random)}
    return ranks, model[[3, 5, 6]].sum() - found.inclusion[[3, 5, 6]].sum()


def identified_cells(random):
    """Draw chances of seven cells from their prior, a table, and the posterior under no highest-order interaction."""
    by, prior = identification(LISTS, 0b111, 0), 1.0
    chances = random.dirichlet(np.full(7, prior))
    _, odds = identified(np.concatenate([[0.0], chances, [0.0]]), by)
    unseen = random.negative_binomial(LISTED, 1 / (1 + odds))
    groups = np.concatenate([[0.0], random.multinomial(LISTED, chances), [0.0]])
    drawn = unobserved_draws(draw_chances(groups, by, prior, 1000, random), by, 1.0, random)
    return {"people on no list": rank_of(unseen, drawn.draws, random)}


def summarise(sampler, ranks):
    """Test the ranks of every quantity."""
    rows = []
    for quantity, values in ranks.items():
        observed = np.histogram(values, bins=BINS, range=(0, KEPT + 1))[0]
        rows.append(
            {
                "sampler": sampler,
                "quantity": quantity,
                "simulations": len(values),
                "p_value": round(float(chisquare(observed).pvalue), 4),
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)

    def repeat(simulate, *more):
        return [simulate(random, *more) for _ in range(options.simulations)]

    rows = []
    with workers(1):
        for name, simulate in (
            ("log-linear chain", loglinear),
            ("latent classes", latent_classes),
            ("identified cells", identified_cells),
        ):
            fits = repeat(simulate)
            rows += summarise(name, {one: [fit[one] for fit in fits] for one in fits[0]})
        for name, fits in (
            ("graph chain", repeat(graphs)),
            ("weighed models", repeat(mixture, enumerate_models)),
            ("walk over models", repeat(mixture, sample_models)),
            ("graph chain, stated prior", repeat(graphs, STATED)),
            ("graph sum, sparse prior", repeat(graphs, "sparse", enumerate_graphs)),
            ("weighed models, stated prior", repeat(mixture, enumerate_models, STATED)),
            ("walk over models, sparse prior", repeat(mixture, sample_models, "sparse")),
        ):
            rows += summarise(name, {one: [ranks[one] for ranks, _ in fits] for one in fits[0][0]})
            gap = np.array([terms for _, terms in fits])
            score = gap.mean() / (gap.std(ddof=1) / np.sqrt(gap.size))
            rows.append(
                {
                    "sampler": name,
                    "quantity": "interactions, drawn less expected",
                    "simulations": gap.size,
                    "p_value": round(float(2 * norm.sf(abs(score))), 4),
                }
            )
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
