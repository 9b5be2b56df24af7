"""Fits against another package, and verdicts against exact rank and linear programmes."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pins import cells_of, design

from ctresearch.prevalence.lists.cells import table_margins
from ctresearch.prevalence.loglinear import existence
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms
from ctresearch.prevalence.loglinear.poisson import (
    ESTIMATED,
    NO_MLE,
    NOT_IDENTIFIED,
    OPEN,
    fit,
    observed_cells,
    workspace,
)

FIVE = all_models(5, 3)


def verdict_of(counts, terms):
    """Fit and keep what was decided, with the terms and cells that were left."""
    work = workspace(counts.size, len(terms))
    found = fit(observed_cells(counts), terms, work)
    return found, work.kept[: found.kept].copy(), work.dead.copy()


@pytest.mark.parametrize("seed", range(6))
def test_fits_equal_those_of_a_glm(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.uniform(2, 60, 32)).astype(float)
    counts[0] = 0
    terms = mask_terms(FIVE[rng.integers(len(FIVE))])
    cells = np.arange(1, 32)
    glm = sm.GLM(counts[1:], design(terms, cells), family=sm.families.Poisson()).fit(tol=1e-14, maxiter=100)
    ours = existence.fit_model(counts, terms)
    # both are maxima to the precision of their last step
    np.testing.assert_allclose(ours.beta, glm.params, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours.means[1:], glm.mu, rtol=1e-9)
    assert ours.unobserved == pytest.approx(np.exp(glm.params[0]), rel=1e-9)


def test_fitted_margins_equal_those_of_the_table():
    counts = cells_of("uk-2013-5")
    margins = table_margins(counts)
    for mask in FIVE[::97]:
        model = existence.fit_model(counts, mask_terms(mask))
        if model.verdict == ESTIMATED:
            # the score is zero at the maximum; sums of 31 floats near 1,000 round at 1e-12
            np.testing.assert_allclose(table_margins(model.means)[model.kept], margins[model.kept], rtol=1e-10)


tables = st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 5, 40]), min_size=31, max_size=31).filter(sum)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(tables, st.integers(0, len(FIVE) - 1))
def test_verdicts_on_sparse_tables_agree_with_rank_and_linear_programme(values, place):
    counts = np.array([0, *values], dtype=float)
    terms = mask_terms(FIVE[place])
    found, kept, dead = verdict_of(counts, terms)
    cells = np.flatnonzero(~dead)
    deficient = np.linalg.matrix_rank(design(kept, cells)) < len(kept)
    assert (found.verdict == NOT_IDENTIFIED) == deficient
    if found.verdict in (ESTIMATED, NO_MLE):
        assert existence._recedes(counts, kept, dead) == (found.verdict == NO_MLE)


@pytest.mark.parametrize("table", ["uk-2013-5", "netherlands-5", "western-us", "new-orleans-5", "madigan-york-5"])
def test_no_model_of_the_published_tables_is_left_open(table):
    counts = cells_of(table)
    for mask in FIVE[::131]:
        found, kept, dead = verdict_of(counts, mask_terms(mask))
        assert found.verdict != OPEN
        if found.verdict != NOT_IDENTIFIED:
            assert existence._recedes(counts, kept, dead) == (found.verdict == NO_MLE)


@pytest.mark.parametrize("scale", [1, 1e3, 1e7])
def test_estimates_grow_with_the_table_and_verdicts_stay(scale):
    counts = cells_of("kosovo")
    terms = mask_terms(all_models(4, 2)[-1])
    small, large = existence.fit_model(counts, terms), existence.fit_model(scale * counts, terms)
    assert large.verdict == ESTIMATED
    # the likelihood equations are homogeneous in the counts
    assert large.unobserved == pytest.approx(scale * small.unobserved, rel=1e-9)


def test_a_cell_known_to_hold_nobody_differs_from_one_not_seen():
    counts = np.array([500.0, 60, 40, 20])
    seen = existence.fit_model(counts, np.array([0, 1, 2]), first=0)
    total = counts.sum()
    # independence with all four cells known: row total times column total over the total
    assert seen.means[0] == pytest.approx((500 + 60) * (500 + 40) / total, rel=1e-12)
