"""Scores of pairs of lists against independence, from sizes and overlaps alone."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.prevalence import ClosedPopulation, Scenario
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.heterogeneity import heterogeneity_score
from ctresearch.prevalence.trust.pair_scores import independent_population, pair_scores, scores_of_tables

TABLES = ("hav-taiwan", "kosovo", "uk-2013-5", "spina-bifida", "new-orleans")


@pytest.mark.parametrize("name", TABLES)
def test_they_are_those_of_the_fitted_model_of_independence(name):
    table = published_lists(name)
    counts, lists = table.cell_counts(), len(table.lists)
    found = scores_of_tables(counts[None])
    fitted = ClosedPopulation("Mt").fit(table).estimates.loc["population", "estimate"]
    assert found.population[0] == pytest.approx(fitted, rel=1e-7)  # two Newton solvers of one equation
    model = fit_model(counts, np.array([0, *(1 << i for i in range(lists))]))
    assert found.common[0] == pytest.approx(heterogeneity_score(counts, model), rel=1e-5)


def test_a_pair_is_scored_as_one_more_interaction_would_be():
    counts = published_lists("kosovo").cell_counts()
    base = np.array([0, 1, 2, 4, 8])
    model = fit_model(counts, base)
    cells = np.arange(1, 16)
    design = ((cells[:, None] & base) == base).astype(float)
    column = ((cells & 5) == 5).astype(float)  # the first list and the third
    means = model.means[1:]
    shared = design.T @ (means * column)
    left = means @ column - shared @ np.linalg.solve(design.T @ (design * means[:, None]), shared)
    expected = column @ (counts[1:] - means) / np.sqrt(left)
    assert scores_of_tables(counts[None]).pairs[0][1] == pytest.approx(expected, rel=1e-6)


def test_they_are_standard_normal_where_lists_are_independent():
    chances = Scenario.named("independence").chances
    tables = np.random.default_rng(3).multinomial(20_000, chances, size=1500).astype(float)
    found = scores_of_tables(tables)
    # 1,500 draws: errors of a mean .026 and of a standard deviation .018; three of each
    assert abs(found.common.mean()) < 0.08
    assert found.common.std() == pytest.approx(1, abs=0.06)
    assert np.abs(found.pairs.mean(axis=0)).max() < 0.1  # the largest of six
    assert np.abs(found.pairs.std(axis=0) - 1).max() < 0.08


def test_people_who_differ_raise_the_common_score_and_lists_that_repel_lower_it():
    for name, sign in (("heterogeneous", 1), ("negative", -1)):
        tables = np.random.default_rng(4).multinomial(4000, Scenario.named(name).chances, size=100).astype(float)
        assert sign * np.median(scores_of_tables(tables).common) > 0.5


def test_tables_that_leave_no_room_have_no_score():
    nobody_shared = np.array([[0.0, 5, 6, 0, 7, 0, 0, 0]])
    found = scores_of_tables(nobody_shared)
    assert np.isinf(found.population[0])
    assert np.isnan(found.common[0])
    assert np.isnan(found.pairs).all()
    with_an_empty_list = np.array([[0.0, 5, 6, 3, 0, 0, 0, 0]])
    assert np.isnan(scores_of_tables(with_an_empty_list).common[0])
    two = pair_scores(np.array([[80.0, 60.0]]), np.array([[20.0]]), np.array([120.0]))
    assert two.population[0] == pytest.approx(240)  # 80 * 60 / 20
    assert np.isnan(two.common[0])


def test_many_tables_are_solved_as_each_by_itself():
    sizes = np.array([[160.0, 240, 320, 400], [30.0, 40, 50, 900]])
    people = np.array([912.0, 950.0])
    together = independent_population(sizes, people)
    alone = [independent_population(sizes[[i]], people[[i]])[0] for i in (0, 1)]
    assert together == pytest.approx(alone, rel=1e-9)
    assert people[0] == pytest.approx(together[0] * (1 - np.prod(1 - sizes[0] / together[0])), rel=1e-9)


def test_tables_of_many_lists_are_scored_by_the_patterns_that_somebody_has():
    on = np.random.default_rng(6).random((3000, 10)) < 0.1
    patterns = on @ (1 << np.arange(10))
    counts = np.bincount(patterns, minlength=1024).astype(float)
    counts[0] = 0.0
    seen = on[patterns > 0].astype(float)
    shared = (seen.T @ seen)[np.triu_indices(10, 1)]
    direct = pair_scores(seen.sum(axis=0)[None], shared[None], np.array([float(len(seen))]))
    found = scores_of_tables(counts[None])
    assert found.common[0] == pytest.approx(direct.common[0], rel=1e-12)
    assert found.pairs[0] == pytest.approx(direct.pairs[0], rel=1e-12)
