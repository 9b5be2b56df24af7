"""Linear mixed models against dense matrices, closed forms and other programs' definitions, piece by piece."""

import numpy as np
import pytest
from scipy.linalg import block_diag

from ctresearch.core import DataError
from ctresearch.stats.mixed import metropolis, posterior, terms, two_stage
from ctresearch.stats.mixed.likelihood import deviance, factor, solve
from ctresearch.stats.mixed.restricted import maximise, unpack
from ctresearch.stats.mixed.terms import RandomTerm, cross_products

RNG = np.random.default_rng(4)
ROWS = 16
CODES = np.arange(ROWS) % 5  # five levels with an intercept and a slope each
OTHER = np.array([0, 1, 2] * 5 + [0])  # and three with an intercept
X = RNG.standard_normal(ROWS)
DESIGN = np.column_stack([np.ones(ROWS), X])
WEIGHTS = RNG.uniform(0.5, 2, ROWS)
Y = 1 + 2 * X + RNG.standard_normal(5)[CODES] + RNG.standard_normal(ROWS)
SLOPED = RandomTerm(CODES, 5, DESIGN)
PLAIN = RandomTerm(OTHER, 3, np.ones((ROWS, 1)))
HELD = cross_products(Y, DESIGN, [PLAIN, SLOPED], WEIGHTS)
TRIANGLES = [np.array([[1.2, 0.0], [-0.4, 0.7]]), np.array([[0.6]])]  # in the order of the products


def columns(term):
    """Write a term out: rows by levels times width."""
    out = np.zeros((len(term.codes), term.levels, term.width))
    out[np.arange(len(term.codes)), term.codes] = term.columns
    return out.reshape(len(term.codes), -1)


Z = np.column_stack([columns(SLOPED), columns(PLAIN)])


def spread(triangles):
    """Return the covariance of all deviations, over that of the residual."""
    return block_diag(*[triangles[0] @ triangles[0].T] * 5, *[triangles[1] @ triangles[1].T] * 3)


def dense(triangles):
    """Return precision of the rows, generalised least squares and what is left, by whole matrices."""
    whole = Z @ spread(triangles) @ Z.T + np.diag(1 / WEIGHTS)
    inverse = np.linalg.inv(whole)
    covariance = np.linalg.inv(DESIGN.T @ inverse @ DESIGN)
    fixed = covariance @ DESIGN.T @ inverse @ Y
    left = Y - DESIGN @ fixed
    return whole, inverse, covariance, fixed, left @ inverse @ left, left


def test_products_are_those_of_whole_matrices_the_most_levels_first():
    all_ = np.column_stack([columns(PLAIN), DESIGN, Y])
    weighed = columns(SLOPED) * WEIGHTS[:, None]
    assert (HELD.order, HELD.widths, HELD.levels, HELD.fixed, HELD.rows) == ((1, 0), (2, 1), (5, 3), 2, ROWS)
    own = (weighed.T @ columns(SLOPED)).reshape(5, 2, 5, 2)
    assert HELD.blocks == pytest.approx(np.array([own[i, :, i] for i in range(5)]))
    assert HELD.beside.reshape(10, -1) == pytest.approx(weighed.T @ all_)
    assert HELD.rest == pytest.approx((all_ * WEIGHTS[:, None]).T @ all_)
    assert HELD.log_weights == pytest.approx(np.log(WEIGHTS).sum())
    twice = cross_products(Y, DESIGN, [PLAIN, SLOPED, RandomTerm(CODES[::-1], 5, DESIGN[:, :1])], WEIGHTS)
    assert (twice.order, twice.widths, twice.levels) == ((1, 2, 0), (2, 1, 1), (5, 5, 3))  # equals by their place
    all_ = np.column_stack([columns(RandomTerm(CODES[::-1], 5, DESIGN[:, :1])), all_])
    assert twice.rest == pytest.approx((all_ * WEIGHTS[:, None]).T @ all_)
    assert twice.beside.reshape(10, -1) == pytest.approx(weighed.T @ all_)


def test_further_groupings_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(terms, "_MOST_DENSE", 6)  # three levels, two columns and the outcome
    assert cross_products(Y, DESIGN, [PLAIN, SLOPED], WEIGHTS).rest.shape == (6, 6)
    monkeypatch.setattr(terms, "_MOST_DENSE", 5)
    with pytest.raises(DataError, match="have 3 levels and slopes, must be at most 2: leave a grouping out"):
        cross_products(Y, DESIGN, [PLAIN, SLOPED], WEIGHTS)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_deviance_is_that_of_the_normal_law_for_each_candidate(restricted):
    other = [np.array([[0.3, 0.0], [0.2, 0.1]]), np.array([[2.0]])]
    both = [np.stack(pair) for pair in zip(TRIANGLES, other, strict=True)]
    free = ROWS - 2 * restricted
    known, unknown = [], []
    for triangles in (TRIANGLES, other):
        whole, _, covariance, _, left, _ = dense(triangles)
        log = np.linalg.slogdet(whole)[1] - restricted * np.linalg.slogdet(covariance)[1]
        known.append(log + left + free * np.log(2 * np.pi))
        unknown.append(log + free * np.log(2 * np.pi * left / free) + free)
    assert deviance(HELD, both, known=True, restricted=restricted) == pytest.approx(known)
    assert deviance(HELD, both, known=False, restricted=restricted) == pytest.approx(unknown)
    if restricted:
        assert deviance(HELD, both, known=True) == pytest.approx(known)


def test_what_is_solved_is_generalised_least_squares_and_henderson():
    found = solve(HELD, TRIANGLES)
    _, inverse, covariance, fixed, _, left = dense(TRIANGLES)
    assert found.fixed == pytest.approx(fixed)
    assert found.covariance == pytest.approx(covariance)
    d = spread(TRIANGLES)
    deviations, given = d @ Z.T @ inverse @ left, d - d @ Z.T @ inverse @ Z @ d
    weighed = Z * WEIGHTS[:, None]
    joint = np.linalg.inv(
        np.block(
            [
                [weighed.T @ Z + np.linalg.inv(d), weighed.T @ DESIGN],
                [DESIGN.T @ weighed, (DESIGN * WEIGHTS[:, None]).T @ DESIGN],
            ]
        )
    )
    at = 0
    for place, (levels, width) in enumerate(((5, 2), (3, 1))):
        for level in range(levels):
            here = at + np.arange(width)
            whole = np.concatenate([here, [13, 14]])
            assert found.deviations[place][level] == pytest.approx(deviations[here])
            assert found.given[place][level] == pytest.approx(given[np.ix_(here, here)])
            assert found.whole[place][level] == pytest.approx(joint[np.ix_(whole, whole)])
            at += width


def test_factors_hold_determinants_and_what_is_left():
    found = factor(HELD, [one[None] for one in TRIANGLES])
    whole, _, covariance, _, left, _ = dense(TRIANGLES)
    assert found.left == pytest.approx([left])
    assert found.log_fixed == pytest.approx([-np.linalg.slogdet(covariance)[1]])
    assert found.log_random == pytest.approx([np.linalg.slogdet(whole)[1] + np.log(WEIGHTS).sum()])


def test_numbers_are_triangles_row_by_row():
    one, two = unpack(np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), [2, 1])
    assert one.tolist() == [[[1, 0], [2, 3]], [[5, 0], [6, 7]]]
    assert two.tolist() == [[[4]], [[8]]]


def one_way(between):
    """Make a balanced table of six groups of five; return its products and mean squares."""
    within = np.array([-2.0, -1, 0, 1, 2])
    y = np.concatenate([mean + within * scale for mean, scale in zip(between, [1, 2, 1, 0.5, 1.5, 1], strict=True)])
    codes, one = np.repeat(np.arange(6), 5), np.ones((30, 1))
    inside = ((y.reshape(6, 5) - y.reshape(6, 5).mean(axis=1, keepdims=True)) ** 2).sum()
    outside = 5 * ((np.array(between) - np.mean(between)) ** 2).sum()
    return cross_products(y, one, [RandomTerm(codes, 6, one)], np.ones(30)), inside, outside


def test_the_maximum_of_a_balanced_table_is_that_of_its_mean_squares():
    products, inside, outside = one_way([0.0, 3, 5, 9, 2, 7])
    residual = inside / 24
    for restricted, free in ((True, 5), (False, 6)):
        ratio = (outside / free - residual) / 5 / residual
        found = maximise(products, known=False, restricted=restricted)
        assert found.triangles[0] ** 2 == pytest.approx(ratio, rel=1e-5)  # a deviance is flat at its foot
        assert (found.converged, found.edge) == (True, False)
        at = [found.triangles[0][None]]
        assert found.deviance == pytest.approx(deviance(products, at, known=False, restricted=restricted)[0])
    assert maximise(products, known=False).triangles[0] == pytest.approx(
        maximise(products, known=False, restricted=True).triangles[0]
    )


def test_groups_less_apart_than_chance_end_on_the_edge():
    products, inside, outside = one_way([0.0, 0.1, 0.2, 0.1, 0.0, 0.1])
    assert outside / 5 < inside / 24
    found = maximise(products, known=False)
    assert found.triangles[0][0, 0] == pytest.approx(0, abs=1e-4)
    assert (found.converged, found.edge) == (True, True)


def test_with_known_variances_no_step_from_the_maximum_is_likelier():
    products = cross_products(Y, DESIGN, [RandomTerm(np.arange(ROWS), ROWS, np.ones((ROWS, 1)))], WEIGHTS / 3)
    found = maximise(products, known=True)
    at = np.abs(found.triangles[0][0, 0]) * np.array([0.99, 1.0, 1.01])
    near = deviance(products, [at[:, None, None]], known=True)
    assert near[1] == found.deviance <= min(near[0], near[2])
    assert found.converged


def test_a_walk_has_its_target_for_its_law_and_keeps_what_was_asked():
    def target(points):
        return -((points[:, 0] - 3) ** 2) / 2 - points[:, 1] ** 2 / 8

    walks = metropolis.walk(
        target, RNG.standard_normal((40, 2)), np.random.default_rng(1), draws=60, thin=3, warm_up=600
    )
    assert walks.draws.shape == (40, 60, 2)
    flat = walks.draws.reshape(-1, 2)
    assert flat.mean(axis=0) == pytest.approx([3, 0], abs=0.2)  # forty walks of some ten draws that count
    assert flat.std(axis=0) == pytest.approx([1, 2], abs=0.2)
    assert 0.2 < walks.taken < 0.45  # it learns to take three jumps in ten
    assert (np.diff(walks.draws, axis=1) != 0).any(axis=2).mean() > walks.taken  # one in three steps is kept


def test_steps_are_taken_where_the_target_rises_or_chance_allows():
    advance = metropolis.stepping(lambda points: np.where(points[:, 0] > 3, -np.inf, points[:, 0]))
    jumps = np.array([[[1.0], [-1.0]], [[5.0], [-1.0]], [[2.0], [0.5]]])
    logs = np.array([[-0.1, -0.5], [-0.1, -1.5], [-9.0, -0.1]])
    visited, density = advance(np.zeros((2, 1)), np.zeros(2), jumps, logs)
    assert visited[:, :, 0].tolist() == [[1, 0], [1, -1], [3, -0.5]]  # falls by one where a log is below -1
    assert density.tolist() == [3, -0.5]


def test_jumps_learn_their_shape_from_the_later_half_every_fourth_time():
    jump = np.diag([0.3, 0.3])
    seen = [RNG.standard_normal((50, 4, 2)) @ np.diag([1, 3]) for _ in range(4)]
    assert metropolis._learnt(seen[:3], jump, 0.7)[1] == 0.7
    assert metropolis._learnt(seen[:3], jump, 0.7)[0] is jump
    new, reach = metropolis._learnt(seen, jump, 0.7)
    late = np.concatenate(seen[2:]).reshape(-1, 2)
    assert new @ new.T == pytest.approx(np.cov(late.T) + 1e-8 * np.eye(2))
    assert reach == pytest.approx(0.7 * 0.3 / np.sqrt(new[0, 0] * new[1, 1]))  # as far as before on average


def test_partial_correlations_make_factors_and_all_correlations_alike():
    lower, density = posterior._correlations(np.array([[0.6], [0.0]]), 2)
    assert lower.tolist() == [[[1, 0], [0.6, 0.8]], [[1, 0], [0, 1]]]
    assert density == pytest.approx([np.log(0.64), 0])
    partial = np.array([[0.6, -0.5, 0.8]])
    lower, density = posterior._correlations(partial, 3)
    assert lower[0, 2] == pytest.approx([-0.5, 0.8 * np.sqrt(0.75), 0.6 * np.sqrt(0.75)])
    assert np.diag(lower[0] @ lower[0].T) == pytest.approx([1, 1, 1])
    assert density == pytest.approx([1.5 * np.log(0.64) + 1.5 * np.log(0.75) + np.log(0.36)])


def test_points_are_deviations_and_correlations_with_their_priors():
    points = np.array([[np.log(2), np.log(3), np.arctanh(0.6), np.log(0.5)]])
    scales = [np.array([1.0, 3.0]), np.array([2.0])]
    (one, two), prior = posterior._read(points, (2, 1), scales)
    assert one[0] == pytest.approx(np.array([[2, 0], [1.8, 2.4]]))
    assert two[0, 0, 0] == pytest.approx(0.5)
    cauchy = [np.log(value / (1 + (value / scale) ** 2)) for value, scale in ((2, 1), (3, 3), (0.5, 2))]
    assert prior == pytest.approx([sum(cauchy) + np.log(0.64)])


def test_walks_begin_between_a_tenth_and_three_times_the_scale():
    starts = np.concatenate(
        [posterior._first((2, 1), [np.array([1.0, 10.0]), np.array([5.0])], RNG, 4) for _ in range(200)]
    )
    assert starts.shape == (posterior.CHAINS * 200, 4)
    sizes = np.exp(starts[:, [0, 1, 3]]) / [1, 10, 5]
    assert (sizes.min(axis=0) > 0.1).all()
    assert (sizes.max(axis=0) < 3).all()
    assert sizes.min() < 0.12
    assert sizes.max() > 2.7
    assert starts[:, 2].std() == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("known", [True, False])
def test_given_how_much_groups_vary_the_rest_has_its_exact_law(known):
    many = 2_000
    fixed, residual, deviations, covariances = posterior._given(
        HELD, [np.repeat(one[None], many, axis=0) for one in TRIANGLES], np.random.default_rng(2), known=known
    )
    found, left, free = solve(HELD, TRIANGLES), dense(TRIANGLES)[4], ROWS - 2
    sigma = 1.0 if known else left / (free - 2)  # the mean of a scaled inverse chi-square
    assert residual.mean() == pytest.approx(sigma, rel=0.05)
    assert fixed.shape == (many, 2)
    error = np.sqrt(sigma / many)
    assert fixed.mean(axis=0) == pytest.approx(found.fixed, abs=5 * error * np.sqrt(np.diag(found.covariance)).max())
    assert np.cov(fixed.T) == pytest.approx(sigma * found.covariance, abs=0.14 * sigma * found.covariance.max())
    for place, made in enumerate(deviations):
        whole = found.whole[place][:, : made.shape[2], : made.shape[2]]
        assert made.mean(axis=0) == pytest.approx(found.deviations[place], abs=5 * error * np.sqrt(whole.max()))
        both = np.concatenate([made[:, 0], fixed], axis=1)  # with the coefficients they are drawn with
        assert np.cov(both.T) == pytest.approx(
            sigma * found.whole[place][0], abs=0.14 * sigma * found.whole[place].max()
        )
        held = TRIANGLES[place] @ TRIANGLES[place].T
        assert covariances[place] == pytest.approx(residual[:, None, None] * held)


@pytest.mark.parametrize("known", [True, False])
def test_the_walk_is_through_prior_times_likelihood(monkeypatch, known):
    scales = [np.array([1.0, 2.0]), np.array([0.5])]
    points = np.random.default_rng(3).normal(0, 0.4, (posterior.CHAINS * 30, 4))
    asked = []

    def walk(target, start, _random, *, draws, thin):
        asked.append((start.shape, draws, thin, target(points)))
        return metropolis.Walks(points.reshape(posterior.CHAINS, 30, 4), 0.3)

    monkeypatch.setattr(posterior, "walk", walk)
    made = posterior.sample_mixed(HELD, scales, np.random.default_rng(5), known=known, draws=30, thin=7)
    ((shape, draws, thin, target),) = asked
    assert (shape, draws, thin) == ((posterior.CHAINS, 4), 30, 7)
    triangles, prior = posterior._read(points, HELD.widths, scales)
    wanted = prior - deviance(HELD, triangles, known=known) / 2
    assert target - target[0] == pytest.approx(wanted - wanted[0])
    assert made.walked.shape == (posterior.CHAINS, 30, 4)
    assert (made.fixed.shape, made.residual.shape) == ((120, 2), (120,))
    assert [one.shape for one in made.deviations] == [(120, 5, 2), (120, 3, 1)]
    assert made.covariances[0] == pytest.approx(
        triangles[0] @ triangles[0].transpose(0, 2, 1) * made.residual[:, None, None]
    )
    assert made.covariances[1].shape == (120, 1, 1)


def test_nothing_is_likely_where_nothing_is_left_of_the_outcome(monkeypatch):
    flat = cross_products(np.zeros(ROWS), DESIGN, [PLAIN], WEIGHTS)
    told = []

    def walk(target, start, _random, **_):
        told.append(target(start))
        raise StopIteration

    monkeypatch.setattr(posterior, "walk", walk)
    with pytest.raises(StopIteration):
        posterior.sample_mixed(flat, [np.ones(1)], np.random.default_rng(1), known=True, draws=1, thin=1)
    assert told[0].tolist() == [-np.inf] * posterior.CHAINS


DRAWN = [np.random.default_rng(6).gamma(2, 1, 400), np.random.default_rng(7).normal(5, 2, 300)]


def test_a_mixture_has_mean_and_variance_of_its_draws_and_keeps_its_tails():
    made = two_stage.mixtures(DRAWN)
    assert made.centres.shape == made.weights.shape == (2, 200)
    assert made.weights.sum(axis=1) == pytest.approx([1, 1])
    for place, one in enumerate(DRAWN):
        centres, weights = made.centres[place], made.weights[place]
        mean = weights @ centres
        assert mean == pytest.approx(one.mean())
        assert weights @ (centres - mean) ** 2 + made.variances[place] == pytest.approx(one.var())
        assert made.variances[place] == pytest.approx((1.06 * one.std() * len(one) ** -0.2) ** 2)
        assert (np.diff(centres) >= 0).all()
        assert weights[:40] == pytest.approx(1 / len(one))
        assert weights[-40:] == pytest.approx(1 / len(one))
    few = two_stage.mixtures([np.arange(8.0)])
    assert few.weights.sum() == pytest.approx(1)
    assert few.variances[0] == pytest.approx((0.5 * np.arange(8.0).std()) ** 2)  # no wider than half the spread
    assert few.centres.shape == (1, 2 + 120 + 2)


def test_units_are_walked_through_with_their_values_integrated_out(monkeypatch):
    made, asked = two_stage.mixtures(DRAWN), []
    points = np.column_stack([np.linspace(0, 6, 40), np.linspace(-1, 1.5, 40)])

    def walk(target, start, _random, *, draws, thin):
        asked.append((start, draws, thin, target(points)))
        return metropolis.Walks(points.reshape(4, 10, 2), 0.3)

    monkeypatch.setattr(two_stage, "walk", walk)
    found = two_stage.sample_over_units(DRAWN, 2.0, np.random.default_rng(1), kept=10, thin=9)
    ((start, draws, thin, target),) = asked
    assert (start.shape, draws, thin, found.units.shape, found.walked.shape) == ((4, 2), 10, 9, (40, 2), (4, 10, 2))
    spread = np.exp(points[:, 1])
    wanted = np.log(spread / (1 + (spread / 2) ** 2))
    for place in range(2):
        total = made.variances[place] + spread**2
        law = np.exp(-((made.centres[place] - points[:, :1]) ** 2) / (2 * total[:, None])) / np.sqrt(total[:, None])
        wanted = wanted + np.log(law @ made.weights[place])
    assert target == pytest.approx(wanted)


def test_values_of_units_are_drawn_between_what_they_say_and_the_mean():
    made = two_stage.Mixtures(
        np.array([[0.0, 10.0], [4.0, 4.0]]), np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([1.0, 3.0])
    )
    points = np.repeat([[2.0, np.log(2.0)]], 20_000, axis=0)
    total = made.variances + 4.0
    parts = (np.repeat(made.weights[None], len(points), axis=0), None, np.repeat(total[None], len(points), axis=0))
    drawn = two_stage._values(points, made, parts, np.random.default_rng(3))
    means = np.array(
        [[(c * 4 + 2 * v) / (4 + v) for c in row] for row, v in zip(made.centres, made.variances, strict=True)]
    )
    assert drawn.mean(axis=0) == pytest.approx((means * made.weights).sum(axis=1), abs=0.12)
    assert drawn[:, 1].std() == pytest.approx(np.sqrt(4 * 3 / 7), rel=0.03)
    low = drawn[:, 0] < 5
    assert low.mean() == pytest.approx(0.25, abs=0.02)
    assert drawn[low, 0].mean() == pytest.approx(0.4, abs=0.06)
    assert drawn[~low, 0].std() == pytest.approx(np.sqrt(0.8), rel=0.03)
