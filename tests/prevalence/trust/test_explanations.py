"""What explains the overlaps of a table: pairs of lists, people who differ, or neither."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.prevalence import ClosedPopulation, Scenario
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.goodness import goodness_of_fit
from ctresearch.prevalence.trust.explanations import explain, independence_p_value, least_deviance

INDEPENDENT = Scenario.named("independence").chances


def linked(first, second, ratio):
    """Expected counts where two lists depend on one another."""
    patterns = np.arange(16)
    both = (patterns >> first & 1) & (patterns >> second & 1) == 1
    chances = INDEPENDENT * np.where(both, ratio, 1.0)
    counts = 4000 * chances / chances.sum()
    counts[0] = 0.0
    return counts


@pytest.mark.parametrize(("pair", "place"), [((0, 1), 0), ((1, 3), 4), ((2, 3), 5)])
@pytest.mark.parametrize("ratio", [6.0, 0.2])
def test_the_pair_that_depends_is_found_with_its_sign(pair, place, ratio):
    found = explain(linked(*pair, ratio), differ=False)
    assert found.pairs == (place,)
    assert found.signs == ((1,) if ratio > 1 else (-1,))
    assert found.deviance == pytest.approx(0, abs=1e-6)  # expected counts fit the model that made them
    assert abs(found.common) < 1e-3
    assert found.unseen + linked(*pair, ratio).sum() == pytest.approx(4000, rel=1e-6)


@pytest.mark.parametrize("name", ["hav-taiwan", "hiv-rome"])
def test_people_who_differ_do_so_in_the_way_that_fits_best(name):
    table = published_lists(name)
    found = explain(table.cell_counts(), differ=True)
    models = [ClosedPopulation("Mth", heterogeneity=shape).fit(table) for shape in ("poisson", "darroch", "gamma")]
    best = min(models, key=lambda one: one.goodness_of_fit.loc["deviance", "value"])
    assert found.pairs == ()
    assert found.deviance == pytest.approx(best.goodness_of_fit.loc["deviance", "value"], rel=1e-6)
    close = [one for one in models if one.goodness_of_fit.loc["deviance", "value"] < found.deviance + 1e-4]
    unseen = [one.estimates.loc["unobserved", "estimate"] for one in close]  # of three lists, all fit alike
    assert min(abs(found.unseen / one - 1) for one in unseen) < 1e-5
    assert found.tau > 0


def test_two_classes_are_better_explained_by_people_than_by_pairs():
    counts = 4000 * Scenario.named("heterogeneous").chances
    counts[0] = 0.0
    assert explain(counts, differ=True).aic < explain(counts, differ=False).aic - 10


def test_scores_of_pairs_left_out_have_an_end_at_each_side():
    found = explain(linked(0, 1, 6.0), differ=False)
    assert found.lowest == pytest.approx(0, abs=1e-3)
    assert found.highest == pytest.approx(0, abs=1e-3)


def test_a_likelihood_without_a_maximum_has_the_deviance_that_it_tends_to():
    """The extended estimate, which takes the empty overlap out, gives the same by another way."""
    counts = np.array([0.0, 60, 40, 0, 30, 10, 8, 0])  # nobody is on the first and the second
    terms = np.array([0, 1, 2, 4, 3])
    cells = np.arange(1, 8)
    design = ((cells[:, None] & terms) == terms).astype(float)
    expected = goodness_of_fit(counts, fit_model(counts, terms)).deviance
    assert least_deviance(design, counts[1:]) == pytest.approx(expected, abs=1e-5)


def test_independence_is_refused_at_its_level():
    tables = np.random.default_rng(5).multinomial(20_000, INDEPENDENT, size=400)
    refused = np.mean([independence_p_value(one.astype(float)) < 0.05 for one in tables])
    assert refused == pytest.approx(0.05, abs=0.033)  # three Monte Carlo errors of 400 tables
    assert independence_p_value(linked(0, 1, 6.0)) < 1e-6
