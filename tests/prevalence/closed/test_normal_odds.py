"""People whose log odds vary by a normal distribution."""

import numpy as np
import pytest
from pins import published_lists
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from ctresearch.prevalence import HeterogeneityRange
from ctresearch.prevalence.closed import normal_odds
from ctresearch.prevalence.closed.normal_odds import _likelihood, fit_normal_odds
from ctresearch.prevalence.closed.open_size import Points, limits_over
from ctresearch.prevalence.trust.power import independent_chances


def chances(odds, spread):
    """Chances of all patterns, each integrated over 4,001 points."""
    lists, own = len(odds), np.linspace(-12, 12, 4001) * spread
    each = expit(odds[:, None] + own)
    on = np.arange(1 << lists)[:, None] >> np.arange(lists) & 1
    return np.trapezoid(np.where(on[..., None], each, 1 - each).prod(axis=1) * norm.pdf(own, scale=spread), own)


ODDS = np.array([-2.5, -2.0, -1.5])


def test_the_likelihood_is_the_integral():
    found = _likelihood(ODDS[None], np.array([1.3]), np.array([90.0, 120.0, 160.0]), np.array([0.0, 200.0, 60.0, 10.0]))
    expected = chances(ODDS, 1.3)
    assert np.exp(found.nobody[0]) == pytest.approx(expected[0], rel=1e-8)  # both integrals are exact to about 1e-9
    # three patterns whose lists add up to what was told, given that a list has them
    counts = np.array([0, 60.0, 70.0, 15.0, 70.0, 15.0, 30.0, 10.0])
    told = counts @ (np.arange(8)[:, None] >> np.arange(3) & 1)
    found = _likelihood(ODDS[None], np.array([1.3]), told, np.array([0.0, 200.0, 60.0, 10.0]))
    assert found.height[0] == pytest.approx(counts[1:] @ np.log(expected[1:] / (1 - expected[0])), rel=1e-9)


# Rcapture 1.4-4: closedpCI.t(table, dfreq = TRUE, m = "Mth", h = "Normal")$results, abundance and deviance. It integrates
# over fewer points and we look at spreads .02 apart, which moves a deviance by up to .003 and a population by half a
# per cent.
@pytest.mark.parametrize(
    ("name", "population", "deviance"),
    [
        ("kosovo", 14719.36, 117.2271),
        ("uk-2013-5", 14632.95, 118.4506),
        ("new-orleans-5", 10901.3, 16.58829),
        ("korea", 141.9926, 138.5548),
    ],
)
def test_published_tables_are_fitted_as_by_rcapture(name, population, deviance):
    found = fit_normal_odds(published_lists(name).cell_counts(), 0.95)
    assert found.deviance == pytest.approx(deviance, abs=0.003)
    assert found.population == pytest.approx(population, rel=0.005)


def test_the_fit_is_that_of_a_general_minimiser():
    counts = np.round(3000 * chances(np.array([-2.0, -1.6, -1.2, -1.8]), 1.2))
    counts[0] = 0.0
    seen = counts.sum()

    def deviance(at):
        expected = chances(at[:4], np.exp(at[4]))
        given = expected[1:] / (1 - expected[0])
        return 2 * counts[1:] @ (np.log(counts[1:] / seen) - np.log(given))

    found = fit_normal_odds(counts, 0.95)
    best = minimize(
        deviance, np.array([-2.0, -1.6, -1.2, -1.8, np.log(1.2)]), method="Nelder-Mead", options={"maxiter": 400}
    )
    assert found.deviance == pytest.approx(
        best.fun, abs=0.02
    )  # the grid is .02 wide, and rounding leaves little to fit
    assert found.low < 3000 < found.high
    assert found.population == pytest.approx(3000, rel=0.02)


def test_people_who_are_alike_are_as_many_as_there_are():
    counts = np.round(20_000 * independent_chances(np.array([0.1, 0.15, 0.2, 0.12])))
    found = fit_normal_odds(counts, 0.95)
    assert found.population == pytest.approx(20_000, rel=0.02)
    assert found.low < 20_000 < found.high
    wide = fit_normal_odds(counts, 0.99)
    assert wide.low < found.low < found.population < found.high < wide.high


def test_a_table_that_bounds_no_spread_bounds_no_population():
    table = published_lists("new-orleans-5")  # 185 people
    assert fit_normal_odds(table.cell_counts(), 0.95).high == np.inf
    result = HeterogeneityRange().fit(table)
    assert "normal log odds" not in result.shapes.index
    assert np.isfinite(result.estimates.loc["population", "ci_high"])
    shapes = next(check for check in result.checks if check.name == "shapes")
    assert shapes.status == "review"
    assert shapes.numbers["without_estimate"] == 1


def test_a_climb_that_did_not_settle_bounds_nothing(monkeypatch):
    counts = np.round(3000 * chances(np.array([-2.0, -1.6, -1.2, -1.8]), 1.2))
    assert np.isfinite(fit_normal_odds(counts, 0.95).high)
    monkeypatch.setattr(normal_odds, "_STEPS", 1)
    cut_short = fit_normal_odds(counts, 0.95)
    assert (cut_short.deviance, cut_short.high) == (np.inf, np.inf)


def test_an_end_of_the_grid_without_a_fit_is_not_ruled_out():
    unseen, variance = np.array([50.0, 90.0]), np.array([0.01, 0.01])
    assert limits_over(100.0, Points(np.array([3.0, 9.0]), unseen, variance), 0.95, last=1).high < 300
    for end in (4.0, np.inf):
        assert limits_over(100.0, Points(np.array([3.0, end]), unseen, variance), 0.95, last=1).high == np.inf
