"""Two kinds of people: the sizes that a table leaves open."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.prevalence.closed import two_kinds
from ctresearch.prevalence.closed.two_kinds import fit_two_kinds
from ctresearch.prevalence.trust.explanations import least_deviance
from ctresearch.prevalence.trust.power import independent_chances


def logistic_kinds(lists, share, times):
    """Chances of patterns where the odds of a share of the people are so many times those of the rest."""
    odds = np.array([0.06, 0.09, 0.13, 0.18, 0.1])[:lists]
    return sum(
        part * independent_chances(odds * factor / (1 + odds * factor))
        for part, factor in ((share, times), (1 - share, 1.0))
    )


@pytest.mark.parametrize("lists", [4, 5])
def test_expected_counts_give_back_the_population(lists):
    # odds at a point of the grid, so that the fit is all but perfect; the share falls between two points
    times = float(np.exp(two_kinds._TIMES[15]))
    found = fit_two_kinds(5000 * logistic_kinds(lists, 0.1, times), 0.95)
    assert found.deviance < 0.5
    assert found.population == pytest.approx(5000, rel=0.1)  # the grid, and a likelihood that is flat
    assert found.low < 5000 < found.high


def test_a_point_of_the_grid_is_a_poisson_regression_with_an_offset():
    counts = published_lists("kosovo").cell_counts()
    weight, times = np.array([-3.0]), np.array([1.7])
    point = two_kinds._climb(counts, weight, times)
    cells = np.arange(1, len(counts))
    on = (cells[:, None] >> np.arange(4) & 1).astype(float)
    design, people = np.column_stack([np.ones(len(on)), on]), counts[1:].astype(float)
    offset = np.logaddexp(0, weight + times * on.sum(axis=1))
    beta = np.zeros(5)
    beta[0] = np.log(people.mean()) - offset.mean()
    for _ in range(100):  # Newton's method, halved so that no step overflows
        means = np.exp(design @ beta + offset)
        beta += 0.5 * np.linalg.solve(design.T @ (design * means[:, None]), design.T @ (people - means))
    means = np.exp(design @ beta + offset)
    assert point.intercept[0] == pytest.approx(beta[0], abs=1e-6)
    assert point.height[0] == pytest.approx(people @ np.log(means) - means.sum(), abs=1e-6)
    information = design.T @ (design * means[:, None])
    assert point.variance[0] == pytest.approx(np.linalg.inv(information)[0, 0], rel=1e-6)


def test_it_fits_at_least_as_well_as_people_who_are_alike():
    counts = published_lists("uk-2013-5").cell_counts()
    on = (np.arange(1, 32)[:, None] >> np.arange(5) & 1).astype(float)
    alike = least_deviance(np.column_stack([np.ones(31), on]), counts[1:].astype(float))
    assert fit_two_kinds(counts, 0.95).deviance <= alike + 1e-6


def test_limits_widen_with_the_level_and_hold_the_estimate():
    counts = published_lists("uk-2013-5").cell_counts()
    narrow, wide = fit_two_kinds(counts, 0.5), fit_two_kinds(counts, 0.95)
    assert wide.low < narrow.low < narrow.population < narrow.high < wide.high
    assert narrow.population == wide.population


def test_at_the_best_point_alone_limits_are_log_normal():
    counts = 5000 * logistic_kinds(4, 0.1, 8.0)
    found = fit_two_kinds(counts, 1e-6)  # hardly any room is left
    assert found.low == pytest.approx(found.population, rel=1e-3)
    assert found.high == pytest.approx(found.population, rel=1e-3)


def test_a_climb_that_did_not_settle_counts_for_nothing(monkeypatch):
    counts = 5000 * logistic_kinds(4, 0.1, 6.0)
    grid = [side.ravel() for side in np.meshgrid(two_kinds._WEIGHTS, two_kinds._TIMES, indexing="ij")]
    whole = two_kinds._climb(counts, *grid).height
    assert np.isfinite(whole).all()
    monkeypatch.setattr(two_kinds, "_STEPS", 1)
    cut_short = two_kinds._climb(counts, *grid).height
    there = np.isfinite(cut_short)
    assert 0.1 < there.mean() < 0.9
    assert cut_short[there] == pytest.approx(whole[there], abs=1e-6)
