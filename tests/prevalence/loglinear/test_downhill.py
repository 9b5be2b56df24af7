"""The downhill search ends where no neighbour is better."""

import numpy as np
import pytest
from pins import cells_of

from ctresearch.prevalence.loglinear.downhill import downhill, neighbours
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models
from ctresearch.prevalence.loglinear.model_terms import complete, interactions
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.prevalence.loglinear.ranking import fit_models


def criterion(model, charge):
    """Work out the criterion of one fit."""
    return charge * len(model.terms) - 2 * model.loglik if model.verdict == ESTIMATED else np.inf


@pytest.mark.parametrize(("table", "lists", "order"), [("new-orleans", 8, 2), ("uk-2013", 6, 3), ("kosovo", 4, 3)])
def test_no_neighbour_beats_the_end_of_the_walk(table, lists, order):
    counts = cells_of(table)
    charge = np.log(counts.sum())
    best = downhill(counts, lists, order, charge)[0]
    around = neighbours(best.terms, lists, interactions(lists, order))
    assert around
    assert all(criterion(fit_model(counts, terms), charge) >= criterion(best, charge) - 1e-9 for terms in around)


def test_it_is_never_better_than_trying_all_and_here_as_good():
    counts = cells_of("kosovo")
    charge = np.log(counts.sum())
    best_of_all = fit_models(counts, all_models(4, 3)).criterion(charge).min()
    found = criterion(downhill(counts, 4, 3, charge)[0], charge)
    assert found >= best_of_all - 1e-9


def test_every_model_is_fitted_once():
    tried = downhill(cells_of("new-orleans"), 8, 2, 5.0)
    assert len({one.terms.tobytes() for one in tried}) == len(tried)


def test_neighbours_are_one_term_away():
    terms = complete([0b0111], 4)
    for other in neighbours(terms, 4, interactions(4, 3)):
        assert len(set(terms.tolist()) ^ set(other.tolist())) == 1
