"""The bound of the likelihood, and the best of all models found by it, against fitting them all."""

import json

import numpy as np
import pytest
from pins import cells_of, published_lists

from ctresearch.core import FitError, Result, SpecificationError
from ctresearch.prevalence import LogLinear
from ctresearch.prevalence.loglinear import bounded_search
from ctresearch.prevalence.loglinear.bounded_search import best_models
from ctresearch.prevalence.loglinear.dual_bound import bound_loglik
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms
from ctresearch.prevalence.loglinear.lattice import count_models, lattice, mask_of, model_place
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, NO_MLE, OPEN, keep_terms, observed_cells, workspace
from ctresearch.prevalence.loglinear.ranking import best_model, fit_models
from ctresearch.prevalence.loglinear.search import search_bounded
from ctresearch.prevalence.loglinear.selection import BestOf, BestOfAll, penalty

NONE = np.array([], dtype=np.uint64)
FIVE = ("uk-2013-5", "netherlands-5", "new-orleans-5", "western-us", "madigan-york-5")


def draw_table(rng, lists):
    """Draw a table of people who differ, sparse or full, with lists that may not share anybody."""
    people = int(rng.choice([60, 300, 2000, 20_000]))
    chances = rng.uniform(0.02, 0.4, lists)
    logits = np.log(chances / (1 - chances)) + rng.normal(0, rng.uniform(0, 1.5), people)[:, None]
    on = rng.random((people, lists)) < 1 / (1 + np.exp(-logits))
    if rng.random() < 0.3:
        on[:, 0] &= ~on[:, 1]
    counts = np.bincount(on @ (1 << np.arange(lists)), minlength=1 << lists).astype(float)
    counts[0] = 0
    return counts


def random_model(rng, lists):
    """Draw a hierarchical model: all terms without some and what contains them."""
    of = lattice(lists, lists - 1)
    mask = int(of.most)
    for term in rng.permutation(of.terms[lists + 1 :])[: rng.integers(0, 4 * lists)]:
        mask &= ~(int(of.beyond[term]) | 1 << int(term))
    return mask


def bound_of(counts, terms, goal=-np.inf):
    """Bound the likelihood of a model from a cold start."""
    cells, work = observed_cells(counts), workspace(counts.size, len(terms))
    return bound_loglik(cells, keep_terms(cells, terms, work), False, goal, work)


def same_best(counts, lists, order, charge):
    """Say whether both ways find the best model, and return the bounded one."""
    found, tried = best_models(counts, lists, order, charge, NONE), best_model(counts, all_models(lists, order), charge)
    if tried is None:
        return not found.models
    return found.models[0].terms.tolist() == tried.terms.tolist()


def test_lattices_count_the_models_and_place_them_in_order():
    assert [count_models(lists, lists - 1) for lists in (2, 3, 4, 5, 6)] == [1, 8, 113, 6893, 7_785_061]
    assert count_models(6, 2) == 32_768
    assert count_models(6, 3) < count_models(6, 4) < count_models(6, 5)
    for lists in (3, 4, 5):
        places = [model_place(int(mask), lists) for mask in all_models(lists, lists - 1)]
        assert places == sorted(places)
        assert len(set(places)) == len(places)


def test_graphs_with_any_of_their_triangles_are_the_models_up_to_triples():
    triples = [int(t) for t in lattice(6, 3).terms if int(t).bit_count() == 3]
    sides = [np.uint64(mask_of(s for s in range(64) if s & t == s and s.bit_count() == 2)) for t in triples]
    closed = np.sum([(all_models(6, 2) & side) == side for side in sides], axis=0)
    assert count_models(6, 3) == int((2.0**closed).sum())


@pytest.mark.parametrize("lists", [4, 6])
def test_the_bound_is_above_the_likelihood_and_near_it(lists):
    rng = np.random.default_rng(5)
    seen = set()
    for _ in range(60):
        counts = draw_table(rng, lists)
        terms = mask_terms(random_model(rng, lists))
        model, bound = fit_model(counts, terms), bound_of(counts, terms)
        seen.add(model.verdict)
        filled = counts[counts > 0]
        saturated = np.sum(filled * np.log(filled) - filled)
        # a millionth and 1e-12 a person are added for rounding
        assert bound <= saturated + 1e-5 or model.verdict != ESTIMATED
        if model.verdict == ESTIMATED:
            assert model.loglik <= bound <= model.loglik + 0.011
    assert seen >= {ESTIMATED, NO_MLE}


def test_the_bound_holds_where_there_is_no_maximum():
    # A and B share far more people than chance allows, but C shares nobody with either: [12,3] has no estimate
    counts, terms = np.array([0.0, 40, 30, 60, 20, 0, 0, 0]), np.array([0, 1, 2, 4, 3])
    assert fit_model(counts, terms).verdict == NO_MLE
    filled = counts[counts > 0]
    # along the direction without end every observed cell is met exactly: the supremum is the saturated likelihood
    assert bound_of(counts, terms) == pytest.approx(np.sum(filled * np.log(filled) - filled), abs=0.011)


def test_the_bound_of_a_model_holds_for_the_models_within_it():
    rng = np.random.default_rng(8)
    for _ in range(20):
        counts, mask = draw_table(rng, 5), random_model(rng, 5)
        inside = mask & random_model(rng, 5)
        smaller = fit_model(counts, mask_terms(inside))
        if smaller.verdict == ESTIMATED:
            assert smaller.loglik <= bound_of(counts, mask_terms(mask))


def test_a_goal_that_is_reached_ends_the_search_early():
    counts, terms = cells_of("uk-2013").astype(float), np.array([0, 1, 2, 4, 8, 16, 32])
    near = bound_of(counts, terms)
    assert near <= bound_of(counts, terms, goal=near + 50) <= near + 50


@pytest.mark.parametrize("criterion", ["bic", "aic"])
@pytest.mark.parametrize("table", FIVE)
def test_the_best_of_five_lists_is_that_of_fitting_all(table, criterion):
    counts = cells_of(table).astype(float)
    for order in (2, 3, 4):
        assert same_best(counts, 5, order, penalty(criterion, counts))


@pytest.mark.slow
def test_the_best_of_random_tables_is_that_of_fitting_all():
    rng = np.random.default_rng(1)
    for lists, times in ((3, 60), (4, 60), (5, 12)):
        for _ in range(times):
            counts = draw_table(rng, lists)
            if counts.sum():
                assert all(same_best(counts, lists, lists - 1, penalty(one, counts)) for one in ("bic", "aic"))


@pytest.mark.slow
def test_the_best_of_two_hundred_random_tables_is_that_of_fitting_all():
    rng = np.random.default_rng(2)
    for _ in range(200):
        counts = draw_table(rng, 5)
        if counts.sum():
            assert all(same_best(counts, 5, 4, penalty(one, counts)) for one in ("bic", "aic"))


@pytest.mark.parametrize("table", [pytest.param("uk-2013", marks=pytest.mark.slow), "netherlands"])
def test_the_best_pairs_of_six_lists_are_those_of_fitting_all(table):
    counts = cells_of(table).astype(float)
    charge = penalty("bic", counts)
    found = best_models(counts, 6, 2, charge, NONE, keep=10_000, reach=6.0)
    values = np.sort(fit_models(counts, all_models(6, 2)).criterion(charge))
    expected = values[values <= values[0] + 6.0]
    assert len(expected) > 3
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert found.complete == 6.0


def test_the_list_of_the_best_has_no_gaps():
    counts = cells_of("uk-2013-5").astype(float)
    values = np.sort(fit_models(counts, all_models(5, 4)).criterion(2.0))
    found = best_models(counts, 5, 4, 2.0, NONE, keep=40, reach=1000.0)
    np.testing.assert_allclose(found.values, values[:40], rtol=1e-12)
    assert found.complete == pytest.approx(values[39] - values[0], abs=1e-6)
    assert found.visited < 6893


@pytest.mark.parametrize("criterion", ["bic", "aic"])
def test_no_model_of_six_lists_is_better(criterion):
    counts, rng = cells_of("uk-2013").astype(float), np.random.default_rng(3)
    charge = penalty(criterion, counts)
    best = best_models(counts, 6, 5, charge, NONE)
    masks = np.unique(np.array([random_model(rng, 6) for _ in range(2000)], dtype=np.uint64))
    around = np.array([mask_of(best.models[0].terms) & random_model(rng, 6) for _ in range(500)], dtype=np.uint64)
    values = fit_models(counts, np.concatenate([masks, around])).criterion(charge)
    assert best.values[0] <= values.min() + 1e-9
    assert best.visited < 60_000


@pytest.mark.slow
@pytest.mark.parametrize("criterion", ["bic", "aic"])
def test_none_of_two_hundred_thousand_models_of_six_lists_is_better(criterion):
    rng = np.random.default_rng(4)
    masks = np.unique(np.array([random_model(rng, 6) for _ in range(200_000)], dtype=np.uint64))
    for table in ("uk-2013", "netherlands"):
        counts = cells_of(table).astype(float)
        charge = penalty(criterion, counts)
        values = fit_models(counts, masks).criterion(charge)
        assert best_models(counts, 6, 5, charge, NONE).values[0] <= values.min() + 1e-9


def test_models_left_open_are_settled(monkeypatch):
    counts = cells_of("netherlands-5").astype(float)
    charge, real = penalty("bic", counts), bounded_search._explore
    expected = best_models(counts, 5, 3, charge, NONE)

    def leave_open(problem, least, reach, keep, memory):
        masks, values, verdicts, visited = real(problem, least, reach + 3.0, 1000, memory)
        return masks, values - 5.0, np.full_like(verdicts, OPEN), visited

    monkeypatch.setattr(bounded_search, "_explore", leave_open)
    found = best_models(counts, 5, 3, charge, NONE, keep=1)
    assert found.models[0].terms.tolist() == expected.models[0].terms.tolist()


def test_bootstrap_tables_choose_the_same_models_either_way():
    counts = cells_of("uk-2013-5")
    ranked = all_models(5, 3)[np.argsort(fit_models(counts, all_models(5, 3)).criterion(penalty("bic", counts)))]
    rng = np.random.default_rng(6)
    for _ in range(8):
        drawn = rng.multinomial(int(counts.sum()), counts / counts.sum()).astype(float)
        one, other = BestOf(ranked, "bic").choose(drawn), BestOfAll(5, 3, "bic", ranked).choose(drawn)
        assert one.terms.tolist() == other.terms.tolist()
        assert one.unobserved == pytest.approx(other.unobserved, rel=1e-9)


def test_a_table_without_any_estimate_has_no_best_model():
    apart = np.array([0.0, 5, 6, 0, 7, 0, 0, 0])
    assert best_models(apart, 3, 2, 2.0, NONE).models == ()
    assert BestOfAll(3, 2, "aic", NONE).choose(apart) is None
    with pytest.raises(FitError, match="no model of these 3 lists has an estimate"):
        search_bounded(apart, ["A", "B", "C"], 2, "aic", None)


def test_the_best_of_all_models_of_six_lists_with_its_proof():
    result = LogLinear(max_order=5).fit(published_lists("uk-2013"))
    assert result.model == result.models.index[0] == LogLinear().fit(published_lists("uk-2013")).model
    behind = result.models["bic"] - result.models["bic"].iloc[0]
    assert behind.is_monotonic_increasing
    assert 8 < behind.max() <= 10
    assert len(behind) < 250
    check = next(one for one in result.checks if one.name == "search")
    assert (check.status, check.numbers["models"]) == ("pass", 7_785_061)
    assert "best of all 7,785,061 hierarchical models" in check.message
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_triples_may_win():
    result = LogLinear("aic", max_order=3).fit(published_lists("netherlands"))
    assert result.models["order"].iloc[0] == 3
    assert result.models["aic"].iloc[0] < LogLinear("aic").fit(published_lists("netherlands")).models["aic"].iloc[0]
    rivals = next(one for one in result.checks if one.name == "rivals")
    assert rivals.numbers["within_10"] <= len(result.models)


def test_as_many_of_the_best_as_asked_for_are_shown_and_drawn_from():
    table = published_lists("netherlands")
    result = LogLinear(max_order=4, top_models=60, bootstrap=40, seed=2).fit(table)
    assert len(result.models) == 60
    draws = next(one for one in result.checks if one.name == "bootstrap")
    assert draws.numbers["models"] <= 60
    assert result.estimates["ci_low"]["population"] < result.estimates["estimate"]["population"]


def test_the_order_must_be_below_the_number_of_lists():
    with pytest.raises(SpecificationError, match="must be below the number of lists, 6"):
        LogLinear(max_order=6).fit(published_lists("uk-2013"))
