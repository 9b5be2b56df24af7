"""Inner steps of trends, breaks, alarms, forecasts and nowcasts against sums worked out by hand or another library."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from matplotlib import pyplot
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, chi2_contingency, expon, nbinom, norm, poisson, t

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.routes import Alarms, Breaks, ChangeSplit, Composition, Forecast, Nowcast, Trend
from ctresearch.routes.trends import alarms, breaks, change_split, composition, farrington, forecast, nowcast, trend
from ctresearch.routes.trends.break_dates import _sup_f_tail, break_tests, date_limits, likelihood_limits
from ctresearch.routes.trends.farrington import Rule, bound_at
from ctresearch.routes.trends.reporting_triangle import delay_hazards, share_by_delay
from ctresearch.routes.trends.segment_costs import (
    best_segments,
    cheapest_cuts,
    exponential_cost,
    mean_cost,
    mean_variance_cost,
    poisson_cost,
    range_cost,
    segment_means,
)
from ctresearch.routes.trends.series import read_exposure, read_series, time_labels

NAN = float("nan")
SERIES = np.array([3.0, 5, 4, 9, 8, 11, 2, 1, 3])


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def yearly(counts, start=2000, **more):
    return pd.DataFrame({"year": range(start, start + len(counts)), "count": counts} | more)


# cuts and their costs


def test_costs_are_twice_the_log_likelihood_at_its_best_less_what_does_not_change():
    starts, end = np.array([0, 2, 5]), 8
    parts = [SERIES[one:end] for one in starts]
    assert mean_cost(SERIES, 2.5)(starts, end) == pytest.approx([((p - p.mean()) ** 2).sum() / 2.5 for p in parts])
    assert mean_variance_cost(SERIES)(starts, end) == pytest.approx(
        [-2 * norm.logpdf(p, p.mean(), p.std()).sum() for p in parts]
    )
    assert exponential_cost(SERIES)(starts, end) == pytest.approx(
        [-2 * expon.logpdf(p, scale=p.mean()).sum() - 2 * len(p) for p in parts]
    )
    # less the logarithms of factorials, which no cut changes, and twice the people, who are the same in all
    constant = [
        -2 * poisson.logpmf(p, p.mean()).sum() + 2 * poisson.logpmf(p, 1).sum() + 2 * len(p) - 2 * p.sum()
        for p in parts
    ]
    assert poisson_cost(SERIES)(starts, end) == pytest.approx(constant)
    many = np.array([3, 4, 9])
    assert poisson_cost(SERIES)(2, many) == pytest.approx(
        [float(poisson_cost(SERIES)(np.array([2]), int(e))[0]) for e in many]
    )
    nobody = np.zeros(4)
    assert poisson_cost(nobody)(np.array([0]), 4).tolist() == [0]


def test_a_range_costs_the_log_likelihood_of_all_that_it_allows():
    low, high = np.array([0, 7, 2, 5, 0]), np.array([4, 7, 6, 5, 4])
    cost = range_cost(low, high)

    def price(part):
        def missed(eta):
            mean = np.exp(eta)
            return -2 * np.log(poisson.cdf(high[part], mean) - poisson.cdf(low[part] - 1, mean)).sum()

        return minimize_scalar(missed, bounds=(-4, 5), method="bounded", options={"xatol": 1e-10})

    for start, end in ((0, 5), (1, 4), (2, 5), (3, 4)):
        found = price(slice(start, end))
        assert cost(np.array([start]), end)[0] == pytest.approx(found.fun, abs=1e-7)
    means = segment_means(low, high, [1, 3])
    assert means[1:] == pytest.approx([np.exp(price(slice(a, b)).x) for a, b in ((1, 3), (3, 5))], rel=1e-4)


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize("length", [False, True])
def test_the_cheapest_cuts_are_those_of_all_that_could_be_made(least, length):
    rng = np.random.default_rng(least)
    for draw in range(6):
        values = np.repeat(rng.normal(0, 2, 3), 3) + rng.normal(0, 0.7, 9)
        cost, n = mean_cost(values), 9
        prices = {}
        for number in range(5):
            for cuts in combinations(range(1, n), number):
                edges = [0, *cuts, n]
                if min(np.diff(edges)) >= least:
                    whole = sum(float(cost(np.array([a]), b)[0]) for a, b in pairwise(edges))
                    prices[cuts] = whole + length * np.log(np.diff(edges)).sum(), whole
        price = (0.4, 1.5, 6.0)[draw % 3]
        best = min(prices, key=lambda cuts: prices[cuts][0] + price * len(cuts))
        found = cheapest_cuts(cost, n, price, least, length_penalty=length)
        if len(found) < 5:
            assert tuple(found) == best
        by_number = best_segments(cost, n, least, 4)
        assert len(by_number) == min(4, n // least - 1) + 1
        for number, (whole, cuts) in enumerate(by_number):
            cheapest = min((one for one in prices if len(one) == number), key=lambda one: prices[one][1])
            assert tuple(cuts) == cheapest
            assert whole == pytest.approx(prices[cheapest][1])


def test_tests_of_a_break_are_those_of_every_date():
    n, first = 20, 3  # 15 % at each end
    values = np.r_[np.zeros(8), np.ones(12)] + np.random.default_rng(2).normal(0, 0.8, n)
    whole = ((values - values.mean()) ** 2).sum()
    f = []
    for cut in range(first, n - first + 1):
        apart = sum(((p - p.mean()) ** 2).sum() for p in (values[:cut], values[cut:]))
        f.append((whole - apart) / (apart / (n - 2)))
    found = break_tests(values)
    assert found.sup_f == pytest.approx(max(f))
    assert found.ave_f == pytest.approx(np.mean(f))
    assert found.exp_f == pytest.approx(np.log(np.mean(np.exp(np.array(f) / 2))))
    wider = break_tests(values, 0.05)
    assert wider.sup_f >= found.sup_f
    assert np.isnan(break_tests(np.ones(9)).p_value)
    assert np.isnan(break_tests(np.repeat([0.0, 1.0], 8)).sup_f) or break_tests(np.repeat([0.0, 1.0], 8)).p_value == 0
    for f, trim in ((8.85, 0.15), (5.0, 0.3), (12.0, 0.05)):  # DeLong's tail, by the density of chi squared
        tail = f * chi2.pdf(f, 1) * ((1 - 1 / f) * np.log(((1 - trim) / trim) ** 2) + 2 / f)
        assert _sup_f_tail(f, trim) == pytest.approx(tail)
    assert _sup_f_tail(0.9, 0.15) == 1
    assert _sup_f_tail(1.5, 0.01) == 1
    assert break_tests(values, 0.15).p_value == _sup_f_tail(found.sup_f, 0.15)


def test_a_date_may_be_any_whose_fit_is_hardly_worse():
    counts = np.array([10.0, 12, 9, 11, 14, 18, 22, 19, 21, 20, 22, 19])
    cost = poisson_cost(counts)
    both = {at: float(cost(np.array([0]), at)[0] + cost(np.array([at]), 12)[0]) for at in range(2, 11)}
    best = min(both, key=both.get)
    for level, spread in ((0.95, 1.0), (0.5, 1.0), (0.5, 3.0)):
        bound = -2 * np.log(1 - np.sqrt(level)) * spread
        near = [at for at, whole in both.items() if whole - both[best] <= bound]
        assert likelihood_limits(cost, [0, best, 12], 2, spread, level) == (min(near), max(near))
    assert likelihood_limits(cost, [0, best, 12], 6, 1.0, 0.95) == (min(best, 6), max(best, 6))


def test_dispersion_checks_and_ratios_of_breaks():
    counts = [10, 14, 9, 12, 11, 30, 26, 33, 29, 31]
    low, high = np.array(counts, float), np.array(counts, float)
    high[2], low[3] = 13, 8  # these overlap their fellow: nothing apart for sure
    apart = [max(low[i + 1] - high[i], low[i] - high[i + 1], 0) for i in range(9)]
    whole = [(low[i] + high[i] + low[i + 1] + high[i + 1]) / 2 for i in range(9)]
    assert breaks._dispersion(low, high) == pytest.approx(
        max(1, np.mean([a**2 / w for a, w in zip(apart, whole, strict=True)]))
    )
    assert breaks._dispersion(np.zeros(4), np.zeros(4)) == 1
    assert breaks._dispersion(np.array([0.0, 0, 9, 0, 0]), np.array([0.0, 0, 9, 0, 0])) == pytest.approx(
        9
    )  # 81/9 twice
    for n, status in ((14, "review"), (15, "pass")):
        assert breaks._check_length(n).status == status
    labels = [str(one) for one in range(10)]
    for last, wide in (("5", 0), ("6", 1)):  # five of ten times are half of the series
        table = pd.DataFrame({"low": ["0", "3"], "high": [last, "4"]})
        said = breaks._check_dates(table, labels)
        assert (said.status, dict(said.numbers)) == ("review" if wide else "pass", {"wide": wide, "breaks": 2})
    for p_value, cuts, status in ((0.049, 1, "pass"), (0.05, 1, "review"), (0.05, 0, "pass"), (0.049, 0, "review")):
        tests = type("T", (), {"p_value": p_value})()
        assert breaks._check_break(tests, cuts).status == status
    for seen, spread, status in (
        (2.0, 1.0, None),
        (2.1, 1.0, "review"),
        (1.9, 0.5, None),
        (2.1, 0.5, "review"),
        (3.0, 1.5, "pass"),
    ):
        said = breaks._check_spread(seen, spread)
        assert [one.status for one in said] == ([] if status is None else [status])
    falls = Breaks(model="mean", penalty=3.0).fit(yearly([8.0] * 5 + [2.0] * 5))
    assert falls.estimates["estimate"].to_dict() == {"breaks": 1, "greatest_ratio": pytest.approx(4)}
    none = Breaks(model="mean", penalty=1.0).fit(yearly([0.0] * 5 + [2.0] * 5))
    assert np.isnan(none.estimates.loc["greatest_ratio", "estimate"])  # nothing is a multiple of nobody
    assert none.breaks[["before", "after"]].to_numpy().tolist() == [[0, 2]]
    two = Breaks(model="mean", penalty=1.0).fit(yearly([1.0] * 4 + [3.0] * 4 + [6.0] * 4))
    assert two.breaks["last_before"].tolist() == ["2003", "2007"]
    assert two.estimates.loc["greatest_ratio", "estimate"] == pytest.approx(3)
    assert two.dispersion == 1
    turned = Breaks(model="mean", penalty=1.0).fit(yearly([1.0] * 4 + [3.0] * 4 + [6.0] * 4).iloc[::-1])
    assert turned.breaks.equals(two.breaks)
    tests = break_tests(np.repeat([1.0, 3.0, 6.0], 4))
    assert (two.sup_f, two.ave_f, two.exp_f, two.p_value) == (tests.sup_f, tests.ave_f, tests.exp_f, tests.p_value)
    ranges = Breaks().fit(yearly([f"{n}-{n + 2}" for n in range(1, 11)]))
    assert np.isnan([ranges.sup_f, ranges.ave_f, ranges.exp_f, ranges.p_value]).all()
    with pytest.raises(CellError, match="times stand there twice") as caught:
        Breaks(model="mean").fit(yearly(range(9)).assign(year=[1, 2, 3, 2, 4, 5, 6, 7, 8]))
    assert (caught.value.column, caught.value.rows) == ("year", (2, 4))
    asked = Breaks(dispersion=2.5).fit(yearly([9, 11, 10, 12, 10, 9, 10, 11]))
    assert asked.dispersion == 2.5


def test_a_break_of_the_mean_has_limits_of_both_sides():
    rng = np.random.default_rng(3)
    values = np.r_[rng.normal(0, 1, 20), rng.normal(4, 2, 20)]
    found = Breaks(model="mean").fit(yearly(values, count=values))
    (row,) = found.breaks.to_dict("records")
    cut = int(row["last_before"]) - 1999
    one, other = values[:cut], values[cut:]
    first, last = date_limits(cut, (one.mean(), other.mean()), (one.var(), other.var()), 0.95)
    assert (row["low"], row["high"]) == (str(1999 + max(first, 1)), str(1999 + min(last, 40)))
    assert (row["before"], row["after"]) == (pytest.approx(one.mean()), pytest.approx(other.mean()))


# alarms


@pytest.mark.parametrize(
    ("skipped", "kept"),
    [(1, [15, 16, 17, 27, 28, 29]), (11, [15, 16, 17, 27, 28, 29]), (12, [15, 16, 17, 27, 28]), (13, [15, 16, 17, 27])],
)
def test_the_same_season_of_the_years_before_is_looked_at(skipped, kept):
    rows, season = farrington._reference(40, Rule(2, 1, 1, skipped, 1.0, True, 0.05, "delta", 0.05, 12))
    assert (rows.tolist(), season.tolist()) == (kept, [0] * len(kept))


def test_all_seasons_are_looked_at_and_parted():
    # two years of 12 before 40, windows of three, and the nine between in two parts of four and a half
    rows, season = farrington._reference(40, Rule(2, 1, 3, 3, 1.0, True, 1.0, "nb", 0.05, 12))
    assert rows.tolist() == list(range(15, 37))
    assert season.tolist() == [0] * 3 + [1] * 5 + [2] * 4 + [0] * 3 + [1] * 5 + [2] * 2


def past(n=60, seed=1):
    return np.random.default_rng(seed).negative_binomial(6, 0.3, n).astype(float)


def peer(design, y, weights):
    """Fit a quasi-Poisson model with weights by statsmodels: coefficients, covariance and dispersion."""
    made = sm.GLM(y, design, family=sm.families.Poisson(), var_weights=weights)
    fit = made.fit(tol=1e-13)
    spread = max(1.0, float((weights * (y - fit.mu) ** 2 / fit.mu).sum() / (len(y) - design.shape[1])))
    hat = fit.get_influence().hat_matrix_diag
    return fit, np.asarray(fit.cov_params(scale=1.0)), spread, hat


@pytest.mark.parametrize(("method", "outlier"), [("delta", 1.0), ("nb", 2.58)])
def test_a_bound_is_that_of_two_weighted_regressions(method, outlier):
    y, rule = past(), Rule(3, 2, 1, 3, outlier, True, 1.0, method, 0.02, 12)
    rows, _ = farrington._reference(55, rule)
    seen = y[rows]
    design = np.column_stack([np.ones(len(rows)), rows - 55.0])
    first, _, spread, hat = peer(design, seen, np.ones(len(rows)))
    residual = 1.5 * (seen ** (2 / 3) - first.mu ** (2 / 3)) / (first.mu ** (1 / 6) * np.sqrt(spread * (1 - hat)))
    weights = np.where(residual > outlier, residual**-2.0, 1.0)
    weights *= len(seen) / weights.sum()
    assert (method == "nb") or weights.max() > 1  # some past count weighs less
    second, covariance, spread, _ = peer(design, seen, weights)
    expected, error = float(np.exp(second.params[0])), float(np.sqrt(covariance[0, 0] * spread))
    found = bound_at(y, 55, rule)
    assert (found.expected, found.dispersion, found.trend) == pytest.approx(
        (expected, spread, second.params[1]), rel=1e-4
    )  # it stops at 1e-8 of the deviance
    if method == "delta":
        wide = 2 / 3 * np.sqrt(expected ** (1 / 3) * (spread + expected * error**2))
        assert found.upper == pytest.approx((expected ** (2 / 3) + norm.ppf(0.99) * wide) ** 1.5, rel=1e-4)
    else:
        size = expected / (spread - 1)
        assert found.upper == nbinom.ppf(0.98, size, size / (size + expected))


def test_a_trend_is_kept_where_it_is_seen_and_leads_nowhere_new():
    rule = Rule(3, 2, 1, 3, 9e9, True, 0.05, "delta", 0.05, 12)
    rising = np.round(np.exp(np.linspace(1, 3, 60)))
    rows, _ = farrington._reference(55, rule)
    fit = farrington._fit(np.column_stack([np.ones(len(rows)), rows - 55.0]), rising[rows], np.ones(len(rows)))
    now = np.array([1.0, 0.0])
    error = np.sqrt(fit.covariance[1, 1] * fit.dispersion)
    p_value = 2 * t.sf(abs(fit.beta[1]) / error, len(rows) - 2)
    ahead = float(np.exp(fit.beta[0]))
    for p_trend, years, most, kept in (
        (p_value * 1.01, 3, ahead, True),
        (p_value * 0.99, 3, ahead, False),
        (p_value * 1.01, 2, ahead, False),
        (p_value * 1.01, 3, ahead * 0.999, False),
        (1.0, 2, 0.0, True),
    ):
        asked = Rule(years, 2, 1, 3, 9e9, True, p_trend, "delta", 0.05, 12)
        assert farrington._keep_trend(fit, np.full(len(rows), most), now, asked) == kept
    # that of a series that rises beyond all it was is left out, and the mean stands
    found = bound_at(rising, 55, rule)
    assert np.isnan(found.trend)
    assert found.expected == pytest.approx(rising[rows].mean(), rel=1e-6)
    none = bound_at(past(), 55, Rule(3, 2, 1, 3, 9e9, False, 0.05, "nb", 0.05, 12))
    assert np.isnan(none.trend)
    rows, _ = farrington._reference(55, rule)
    assert none.expected == pytest.approx(past()[rows].mean(), rel=1e-6)
    assert np.isnan(bound_at(past(), 37, rule).upper)  # three years and two periods before it there is nothing
    assert np.isfinite(bound_at(past(), 38, rule).upper)
    assert np.isnan(bound_at(np.zeros(60), 55, rule).upper)


def test_bounds_of_chance_alone_are_of_poisson():
    rule = Rule(3, 2, 1, 3, 9e9, False, 0.05, "nb", 0.05, 12)
    assert farrington._upper(7.0, 0.1, 1.0, rule) == poisson.ppf(0.95, 7)
    assert farrington._upper(7.0, 0.1, 2.5, rule) == nbinom.ppf(0.95, 7 / 1.5, (7 / 1.5) / (7 / 1.5 + 7))


def test_periods_are_judged_by_the_bound_and_by_the_last_four():
    bound = farrington.Bound
    counts = np.array([9.0, 0, 0, 0, 4, 1, 6, 9, 9])
    bounds = [
        bound(2.0, 5.0, 1, 0),
        bound(2.0, 5.0, 1, 0),
        bound(3.0, 9.0, 1, 0),
        bound(9.0, 9.0, 1, 0),
        bound(3.0, NAN, 1, 0),
    ]
    table = alarms._periods(counts, list("abcdefghi"), bounds, 5)
    assert table["time"].tolist() == list("efghi")
    assert table["people"].tolist() == [4, 1, 6, 9, 9]
    assert table["expected"].tolist() == [2, 2, 3, 9, 3]
    assert table["alarm"].tolist() == ["too few", "no", "no", "no", "too few"]  # four of late, five, and no bound
    assert table["upper"].isna().tolist() == [True, False, False, False, True]
    assert table["score"].tolist()[:3] == pytest.approx([2 / 3, -1 / 3, 0.5])
    assert np.isnan(table["score"][3])
    over = alarms._periods(counts, list("abcdefghi"), [bound(3.0, 8.999, 1, 0)], 1)
    assert over["alarm"].tolist() == ["yes"]
    for last, alpha, status in ((10, 0.05, "pass"), (11, 0.05, "review")):
        said = alarms._check_alone(last, alpha)
        assert (said.status, dict(said.numbers)) == (status, {"expected": pytest.approx(last * alpha)})
        assert dict(said.message.values) == {"usual": pytest.approx(last * alpha), "last": last}
    for new, usual, status in (
        (0, 0.0, "pass"),
        (3, 1.0, "review"),
        (4, 1.0, "pass"),
        (8, 4.0, "review"),
        (9, 4.0, "pass"),
    ):
        assert alarms._check_chance(new, usual).status == status


def test_rules_have_the_windows_of_their_papers():
    assert Alarms()._rule() == Rule(4, 3, 10, 26, 2.58, True, 1.0, "nb", 0.01, 52)
    assert Alarms(rule="farrington", years=5)._rule() == Rule(5, 3, 1, 3, 1.0, True, 0.05, "delta", 0.05, 52)
    assert Alarms(per_year=12, alpha=0.2)._rule() == Rule(4, 1, 10, 6, 2.58, True, 1.0, "nb", 0.2, 12)
    assert Alarms(rule="farrington", per_year=12)._rule() == Rule(4, 1, 1, 1, 1.0, True, 0.05, "delta", 0.05, 12)


# what a change comes from


def test_who_reports_all_along_has_more_than_half_or_is_reviewed():
    for stays, others, status in ((6, 5, "pass"), (5, 5, "review"), (0, 0, "review")):
        table = pd.DataFrame({"kind": ["all along", "began"], "low": [stays, others]})
        said = composition._check_same(table)
        assert (said.status, said.numbers["share"]) == (status, pytest.approx(stays / max(stays + others, 1)))
        assert said.message.values["share"] == said.numbers["share"]
    for years, status in (((2, 2), "pass"), ((1, 2), "review"), ((2, 1), "review")):
        said = composition._check_times(years)
        assert (said.status, dict(said.message.values)) == (status, {"before": years[0], "after": years[1]})
    rows = pd.DataFrame({"year": [2019, 2020], "who": "a", "count": 9, "from": ["x", None]})
    with pytest.raises(DataError, match=r"from"):
        Composition(after=2020, contributor="who", source="from").fit(rows)
    assert len(Composition(after=2020, contributor="who", source="from").fit(rows.assign(**{"from": "x"})).parts) == 1
    found = Composition(after=2020, contributor="who").fit(rows)
    same = Composition(after=2020, contributor="who").fit(rows.assign(other=1))
    assert found.inputs.digest == same.inputs.digest  # what it does not read is not told
    by = Composition(after=2020, contributor="who", source="from").fit(rows.assign(**{"from": "x"}))
    assert by.inputs.digest != found.inputs.digest


def test_the_parts_of_a_change_say_what_they_rest_on():
    statuses = {(True, True): "pass", (True, False): "review", (False, True): "review", (False, False): "fail"}
    for told, status in statuses.items():
        said = change_split._check_series(*told)
        assert (said.name, said.status) == ("series", status)
    words = {told: str(change_split._check_series(*told).message) for told in statuses}
    assert len(set(words.values())) == 3
    assert "both rest on assumptions" in words[False, False]
    assert "both rest on series" in words[True, True]
    assert change_split._imbens_manski(0.0, 0.2, 0.95) == pytest.approx(norm.ppf(0.975))
    assert change_split._imbens_manski(100.0, 0.2, 0.95) == pytest.approx(norm.ppf(0.95))
    assert change_split._imbens_manski(1.0, 0.0, 0.95) == 0
    far = norm.ppf(0.975) * 0.1
    for low, high, said in (
        (far + 1e-6, far + 1e-6, "rose"),
        (-far - 1e-6, -far - 1e-6, "fell"),
        (far - 1e-6, far - 1e-6, "may"),
        (-far + 1e-6,) * 2 + ("may",),
    ):
        table = pd.DataFrame({"lower": [low], "upper": [high]}, index=["occurrence"])
        found = change_split._check_sign(table, 0.1, 0.95)
        assert (found.status, said in str(found.message)) == ("review" if said == "may" else "pass", True)
    rows = yearly([10, 12, 20, 22], start=2010, staff=[1.0, 1, 2, 2], told=[0.5, 0.5, 0.6, 0.6])
    assert [str(one) for one in ChangeSplit(after=2012, elasticity=(0.5, 2)).fit(rows).assumptions[:2]] == [
        "The share detected changed by a factor of 0.50 to 2.00.", "The share reported changed by a factor of 0.80 to 1.25."
    ]  # fmt: skip
    both = ChangeSplit(after=2012, elasticity=(0.5, 2), effort="staff", reported="told").fit(rows)
    assert [str(one) for one in both.assumptions[:2]] == [
        "Twice the effort changes the share detected by a factor of 1.41 to 4.00.", "The share reported is as it is given."
    ]  # fmt: skip
    less = ChangeSplit(after=2012, effort="staff").fit(rows.assign(staff=[2.0, 2, 1, 1]))
    assert less.bounds.loc["detection", ["lower", "upper"]].tolist() == pytest.approx([-np.log(2), 0])  # in order again
    assert less.smallest_group == 22
    assert ChangeSplit(after=2012).fit(rows.iloc[::-1]).bounds.equals(ChangeSplit(after=2012).fit(rows).bounds)
    for wrong in ((1.0,), "12", 1.0, (1, 2, 3)):
        with pytest.raises(SpecificationError, match="must be two numbers, the least and the greatest"):
            ChangeSplit(after=2012, detection=wrong)
    with pytest.raises(SpecificationError, match=r"must be in order$"):
        ChangeSplit(after=2012, elasticity=(1, 0))
    with pytest.raises(SpecificationError, match="must be in order and above 0"):
        ChangeSplit(after=2012, reporting=(0, 1))


# series and trends


def test_a_series_is_read_in_the_order_of_time():
    frame = pd.DataFrame(
        {"year": [2012, 2010, 2010, 2016], "count": ["<5", "3", "7-9", "2"], "who": ["b", "b", "a", "a"]}
    )
    made, ordered = read_series(frame, "year", "count", contributor="who")
    assert made.time.tolist() == [2010, 2010, 2012, 2016]
    assert (made.low.tolist(), made.high.tolist()) == ([7, 3, 0, 2], [9, 3, 4, 2])
    assert (made.labels, made.names, made.group.tolist()) == (
        ["2010", "2010", "2012", "2016"],
        ("a", "b"),
        [0, 1, 1, 0],
    )
    assert (made.gaps, made.dated, ordered.index.tolist()) == (1, False, [2, 1, 0, 3])
    assert read_series(frame, "year", "count", contributor="who", least_masked=1)[0].low.tolist() == [7, 3, 1, 2]
    with pytest.raises(CellError, match="2 of 4 rows are of one time with another") as caught:
        read_series(frame, "year", "count")
    assert (caught.value.column, caught.value.rows) == ("year", (2, 3))
    with pytest.raises(CellError, match="of one time and contributor with another"):
        read_series(frame.assign(who="a"), "year", "count", contributor="who")
    with pytest.raises(CellError, match="must be known: this method takes no ranges") as caught:
        read_series(frame, "year", "count", contributor="who", exact=True)
    assert caught.value.rows == (1, 3)
    with pytest.raises(DataError, match="3 times are there, must be at least 4"):
        read_series(frame, "year", "count", contributor="who", fewest=4)
    with pytest.raises(DataError, match="2 times are there, must be at least 3"):
        read_series(frame[:2], "year", "count")
    with pytest.raises(DataError, match="all counts are 0"):
        read_series(frame.assign(count=0), "year", "count", contributor="who")
    days = frame.assign(
        year=pd.to_datetime(["1970-01-03", "1970-01-01", "1970-01-01", "1970-01-04 12:00"], format="mixed")
    )
    made, _ = read_series(days, "year", "count", contributor="who")
    assert made.time.tolist() == [0, 0, 2, 3.5]
    assert (made.dated, made.labels) == (True, ["1970-01-01", "1970-01-01", "1970-01-03", "1970-01-04"])
    assert time_labels(np.array([1.5, 20200101.0]), dated=False) == ["1.5", "20200101"]
    for wrong in (0.0, -1.0):
        with pytest.raises(CellError, match="must be above 0: nobody is found without exposure") as caught:
            read_exposure(pd.DataFrame({"e": [1.0, wrong]}), "e")
        assert (caught.value.column, caught.value.rows) == ("e", (2,))


def test_a_trend_with_levels_is_a_regression_with_a_column_for_each():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"year": np.tile(range(2010, 2018), 3), "who": np.repeat(["a", "b", "z"], 8)})
    frame["staff"] = rng.uniform(1, 3, 24)
    frame["count"] = np.where(frame["who"] == "z", 0, rng.poisson(20 * frame["staff"]))
    found = Trend(contributor="who", exposure="staff", level=0.8).fit(frame)
    kept = frame[frame["who"] != "z"]  # who found nobody tells of no trend
    design = np.column_stack([kept["who"] == "a", kept["who"] == "b", kept["year"] - 2013.5]).astype(float)
    fit = sm.GLM(kept["count"], design, family=sm.families.Poisson(), offset=np.log(kept["staff"])).fit()
    spread = max(1.0, fit.pearson_chi2 / 13)
    error = fit.bse.iloc[-1] * np.sqrt(spread)
    away = t.ppf(0.9, 13) * error
    slope = fit.params.iloc[-1]
    assert found.estimates.loc["per_year"].iloc[:4].astype(float).tolist() == pytest.approx(
        [slope, error, slope - away, slope + away], rel=1e-6
    )
    assert found.estimates.loc["whole_period", "estimate"] == pytest.approx(7 * slope)
    assert found.dispersion == pytest.approx(spread)
    sums = frame.groupby("year")["count"].sum()
    assert found.series["people"].tolist() == [str(one) for one in sums]
    fitted = fit.fittedvalues.groupby(kept["year"]).sum()
    assert found.series["fitted"].tolist() == pytest.approx(fitted.tolist())
    residual = ((kept["count"] - fit.fittedvalues) / np.sqrt(fit.fittedvalues * spread)).to_numpy().reshape(2, 8)
    related = (residual[:, 1:] * residual[:, :-1]).sum() / (residual**2).sum()
    assert check(found, "neighbouring counts").numbers["correlation"] == pytest.approx(related)
    shuffled = Trend(contributor="who", exposure="staff", level=0.8).fit(frame.sample(frac=1, random_state=1))
    assert shuffled.estimates.drop(columns="unit").to_numpy(float) == pytest.approx(
        found.estimates.drop(columns="unit").to_numpy(float)
    )


def test_neighbours_are_related_from_two_errors_on_and_masked_counts_from_a_half():
    n = 25
    for shift, status in ((0.01, "pass"), (-0.01, "review")):
        bound = 1.96 / np.sqrt(n - 1) - shift
        rng = np.random.default_rng(4)
        noise = rng.normal(size=n)
        one, two = np.tile([1.0, -1.0], n)[:n], np.ones(n)

        def correlation(w, one=one, two=two, noise=noise):
            r = noise * 0.2 + w * two + (1 - w) * one
            return (r[1:] * r[:-1]).sum() / (r**2).sum()

        grid = np.linspace(0, 1, 4001)
        w = grid[np.argmin([abs(correlation(g) - bound) for g in grid])]
        r = noise * 0.2 + w * two + (1 - w) * one
        series = type("S", (), {})()
        mean = np.full(n, 100.0)
        series.low = series.high = mean + r
        series.group, series.time = np.zeros(n, dtype=int), np.arange(n)
        said = trend._check_related(series, mean, np.ones(n, dtype=bool), 1.0)
        assert (said.status, said.numbers["correlation"]) == (status, pytest.approx(bound, abs=0.005))
    counts = [10, 12, 9, 11, 10, 13, 12, 14]
    for masked, status in ((4, "pass"), (5, "review")):
        told = [f"{c}-{c + 1}" for c in counts[:masked]] + [str(c) for c in counts[masked:]]
        found = check(Trend().fit(yearly(told)), "masked counts")
        assert (found.status, found.numbers["share"]) == (status, masked / 8)
    for gap, status in ((0, "pass"), (1, "review")):
        frame = yearly(counts).assign(year=[*range(2000, 2007), 2007 + gap])
        assert check(Trend().fit(frame), "gaps").status == status
    for told, status in ((True, "pass"), (False, "fail")):
        assert trend.check_told(told=told).status == status
    with pytest.raises(DataError, match="0 of 8 counts are surely above 0"):
        Trend().fit(yearly(["<5"] * 8))
    with pytest.raises(DataError, match="of 8 contributors none has people at two times"):
        Trend(contributor="who").fit(yearly(counts, who=list("abcdefgh")))
    names = {
        (True, True): "unit of exposure",
        (True, False): "unit of exposure",
        (False, True): "same contributors",
        (False, False): "not told apart",
    }
    for (exposure, contributor), words in names.items():
        assert words in str(trend._method(exposure=exposure, contributor=contributor))


def test_pictures_of_series_draw_counts_where_they_are():
    table = yearly(["<5", "6-9", "12", "14", "15", "19"], start=2010)
    result = Trend().fit(table)
    ax = result.plot()
    most, least, dashed = ax.lines
    assert most.get_ydata().tolist() == [4, 9, 12, 14, 15, 19]
    assert least.get_ydata().tolist() == [0, 6, 12, 14, 15, 19]
    assert [one.get_xdata().tolist() for one in (most, least)] == [list(range(6))] * 2
    assert [one.get_marker() for one in (most, least, dashed)] == ["o", "o", "None"]
    assert [one.get_linestyle() for one in (most, least, dashed)] == ["None", "None", "--"]
    assert least.get_markerfacecolor() == "white"
    assert dashed.get_ydata()[2:] == pytest.approx(result.series["fitted"][2:])
    bars = np.array(ax.collections[0].get_segments())
    assert bars[:, :, 1].tolist() == [[0, 4], [6, 9], [12, 12], [14, 14], [15, 15], [19, 19]]
    many = Trend().fit(yearly(range(5, 28)))
    assert [one.get_text() for one in many.plot().get_xticklabels()] == [str(2000 + i) for i in range(0, 23, 2)]
    entries = pd.DataFrame(
        [(p, p + d) for p in range(9) for d in (0, 0, 0, 1, 2) if p + d <= 8], columns=["of", "came"]
    )
    found = Nowcast(of="of", came="came", greatest=2, draws=200).fit(entries)
    ax = found.plot()
    assert [bar.get_height() for bar in ax.patches] == found.periods["people"].tolist()
    assert [bar.get_x() + bar.get_width() / 2 for bar in ax.patches] == pytest.approx([0, 1])
    (container,) = [one for one in ax.containers if hasattr(one, "has_yerr")]
    assert container[0].get_ydata().tolist() == found.periods["expected"].tolist()
    assert np.array(container[2][0].get_segments())[:, :, 1] == pytest.approx(found.periods[["low", "high"]].to_numpy())
    assert container[0].get_marker() == "o"
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["so far", "in the end"]
    ahead = Forecast(model="last value", steps=3).fit(yearly([10, 12, 9, 11, 10, 13, 12, 11, 12, 10, 11]))
    ax = ahead.plot()
    assert ax.lines[0].get_ydata().tolist() == ahead.forecast["expected"].tolist()
    assert (ax.lines[0].get_marker(), ax.lines[0].get_linestyle(), ax.get_ylim()[0]) == ("o", "-", 0)
    corners = {tuple(one) for one in ax.collections[0].get_paths()[0].vertices.round(9)}
    for i, row in ahead.forecast.iterrows():
        assert {(i, round(row["low"], 9)), (i, round(row["high"], 9))} <= corners
    assert [one.get_text() for one in ax.get_xticklabels()] == ["2011", "2012", "2013"]
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["limits", "expected"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "people")


# forecasts and nowcasts


def test_past_forecasts_are_held_against_what_came():
    logs = np.log(np.array([4.0, 5, 8, 7, 10, 9]))
    means = np.log(np.array([[6.0, 7], [8.0, 9], [9.0, 9]]))  # from three, four and five times, two ahead
    missed, errors, last = forecast._past(logs, means, 3)
    came = np.array([[7.0, 10], [10, 9], [9, NAN]])
    assert missed == pytest.approx(np.log(came) - means, nan_ok=True)
    assert errors == pytest.approx(np.abs(came - np.exp(means)), nan_ok=True)
    assert last == pytest.approx(np.abs(came - np.array([[8.0], [7], [10]])), nan_ok=True)
    table = forecast._origins(missed, errors, last, np.array([0.2, 0.3]))
    assert table["step"].tolist() == [1, 2]
    assert table["error"].tolist() == pytest.approx([(1 + 2 + 0) / 3, (3 + 0) / 2])
    assert table["error_last_value"].tolist() == pytest.approx([(1 + 3 + 1) / 3, (2 + 2) / 2])
    assert table["held"].tolist() == pytest.approx([2 / 3, 1 / 2])  # logarithms .154, .223, 0; and .357, 0
    assert table["origins"].tolist() == [3, 2]
    alone = forecast._origins(
        np.array([[0.1, NAN]]), np.array([[1.0, NAN]]), np.array([[2.0, NAN]]), np.array([0.1, 0.2])
    )
    assert alone["origins"].tolist() == [1, 0]
    assert alone["held"].tolist() == pytest.approx([1, NAN], nan_ok=True)
    assert alone["error"].isna().tolist() == [False, True]


def test_errors_of_a_forecast_are_half_their_own_and_half_of_all_steps():
    missed = np.array([[0.3, 0.5], [-0.1, 0.7], [0.2, NAN]])
    spread = np.array([0.2, 0.4])
    growth = np.array([1.0, 4.0])
    own = np.array([(0.09 + 0.01 + 0.04) / 3, (0.25 + 0.49) / 2])
    common = growth * ((0.09 + 0.01 + 0.04) + (0.25 + 0.49) / 4) / 5
    variance = (3 * (own + common) / 2 + 7 * spread**2) / 10
    size, df = forecast.error_sizes(missed, spread)
    assert size == pytest.approx(np.sqrt(variance))
    assert df == 10
    for origins, free in ((8, 10), (9, 11), (20, 22)):
        assert forecast.error_sizes(np.full((origins, 1), 0.1), np.array([0.1]))[1] == free
    falling, _ = forecast.error_sizes(np.tile([0.5, 0.0], (30, 1)), np.array([0.1, 0.1]))
    assert falling[0] == falling[1]  # what lies farther is no better known


def test_the_last_value_wanders_as_its_steps_did():
    logs = np.array([1.0, 1.3, 1.1, 1.6])
    mean, spread, settled = forecast._predicted(logs, 3, "last value")
    assert mean.tolist() == [1.6] * 3
    assert spread == pytest.approx(np.sqrt((0.09 + 0.04 + 0.25) / 3) * np.sqrt([1, 2, 3]))
    assert settled
    assert forecast._predicted(np.ones(4), 1, "last value")[1].tolist() == [1e-6]
    found = Forecast(model="last value", steps=1, level=0.8).fit(
        yearly([10, 12, 9, 11, 10, 13, 12, 11, 12, 10, 11, 12])
    )
    logs = np.log(np.array([10, 12, 9, 11, 10, 13, 12, 11, 12, 10, 11, 12]) + 0.5)
    missed = np.diff(logs)[7:]  # from eight times on
    spread = np.sqrt((np.diff(logs) ** 2).mean())
    size = np.sqrt((4 * (missed**2).mean() + 6 * spread**2) / 10)
    away = t.ppf(0.9, 10) * size
    assert found.inflation == pytest.approx(size / spread)
    assert found.forecast.loc[0, ["low", "high"]].astype(float).tolist() == pytest.approx(
        (12.5 * np.exp([-away, away]) - 0.5).tolist()
    )
    assert check(found, "limits of past times").numbers == {"inflation": pytest.approx(size / spread)}
    assert dict(check(found, "limits of past times").message.values) == {
        "origins": 4,
        "inflation": pytest.approx(size / spread),
    }
    for inflation, status in ((1.5, "pass"), (1.51, "review")):
        assert forecast._check_held(inflation, 12).status == status
    for one, other, status in ((1.0, 1.0, "pass"), (1.01, 1.0, "review")):
        said = forecast._check_last(pd.DataFrame({"error": [one], "error_last_value": [other]}), "ets")
        assert (said.status, said.message.values["share"]) == (status, pytest.approx(one / other))
    for settled, status in ((True, "pass"), (False, "review")):
        assert forecast._check_converged(converged=settled).status == status
    months = pd.DataFrame(
        {
            "year": pd.date_range("2020-01-01", periods=12, freq="D"),
            "count": [10, 12, 9, 11, 10, 13, 12, 11, 12, 10, 11, 12],
        }
    )
    assert Forecast(model="last value", steps=2).fit(months).forecast["time"].tolist() == ["2020-01-13", "2020-01-14"]
    with pytest.raises(DataError, match="9 times are there, must be at least 10"):
        Forecast(model="last value").fit(yearly([10, 12, 9, 11, 10, 13, 12, 11, 12]))
    assert len(Forecast(model="last value", steps=1).fit(yearly([10, 12, 9, 11, 10, 13, 12, 11, 12, 9])).origins) == 1
    with pytest.raises(DataError, match="1 times are missing between others"):
        Forecast(model="last value").fit(yearly(range(1, 13)).drop(index=5))


def test_shares_of_delays_are_products_of_what_comes_later():
    triangle = np.array([[6.0, 3, 1], [5, 4, 1], [7, 2, NAN], [4, NAN, NAN]])
    came, by_then = delay_hazards(triangle)
    assert (came.tolist(), by_then.tolist()) == ([22, 9, 2], [22, 27, 20])
    share = share_by_delay(came / by_then)
    assert share.tolist() == pytest.approx([(1 - 9 / 27) * (1 - 2 / 20), 1 - 2 / 20, 1])
    assert share_by_delay(np.tile(came / by_then, (2, 1))).tolist() == [pytest.approx(share.tolist())] * 2


def entries(*periods):
    """List entries: for each period how many came at once, one later, two later."""
    rows = [(p, p + d) for p, counts in enumerate(periods) for d, n in enumerate(counts) for _ in range(n)]
    return pd.DataFrame(rows, columns=["of", "came"])


def test_entries_are_sorted_by_period_and_delay():
    frame = entries((6, 3, 1), (5, 4, 1, 2), (7, 2, 3), (4, 1), (3,))
    model = Nowcast(of="of", came="came", greatest=2, now=4)
    triangle, now, beyond = model._read(frame)
    assert np.nan_to_num(triangle, nan=-1).tolist() == [[6, 3, 1], [5, 4, 1], [7, 2, 3], [4, 1, -1], [3, -1, -1]]
    assert (now, beyond) == (4, 2)
    found = model.fit(frame)
    assert found.n == 6 + 3 + 1 + 5 + 4 + 1 + 7 + 2 + 3 + 4 + 1 + 3
    # of 25, 10 and 5 that came at each delay, where both could be known, 32 and 32 had come by the last two
    share = [(1 - 10 / 32) * (1 - 5 / 32), 1 - 5 / 32, 1]
    assert found.delays["share"].tolist() == pytest.approx(share)
    assert found.periods["share"].tolist() == pytest.approx([share[1], share[0]])
    assert check(found, "greatest delay").numbers == {"share": pytest.approx((5 + 2) / (25 + 10 + 5 + 2))}
    late = Nowcast(of="of", came="came", greatest=2, now=4, window=3).fit(frame)
    assert late.delays["share"].tolist() == pytest.approx([(1 - 3 / 14) * (1 - 3 / 12), 1 - 3 / 12, 1])
    assert late.periods["people"].tolist() == [5, 3]
    earlier, now, beyond = Nowcast(of="of", came="came", greatest=2, now=3)._read(frame)
    assert np.nan_to_num(earlier, nan=-1).tolist() == [[6, 3, 1], [5, 4, 1], [7, 2, -1], [4, -1, -1]]
    for wrong, words in (
        (frame.assign(came=frame["came"] + 0.5), "must be periods as whole numbers"),
        (frame.assign(came=frame["of"] - 1), "no earlier than the period"),
    ):
        with pytest.raises(CellError, match=words):
            model.fit(wrong)
    with pytest.raises(DataError, match="2 periods are there, must be more than the greatest delay of 2"):
        Nowcast(of="of", came="came", greatest=2, now=1).fit(frame)
    for now in (-1, 100_001):
        with pytest.raises(DataError, match="periods reach over more than 100,000, or none is before now"):
            Nowcast(of="of", came="came", greatest=2, now=now).fit(frame)
    for n, status in ((29, "review"), (30, "pass")):
        assert nowcast._check_entries(n).status == status
    for least, status in ((0.1, "pass"), (0.099, "review")):
        said = nowcast._check_come(np.array([0.9, least]))
        assert (said.status, said.numbers["share"], said.message.values["least"]) == (status, least, least)
    for late_ones, status in ((1, "pass"), (2, "review")):
        said = nowcast._check_greatest(np.array([100.0 - late_ones, late_ones]), 0)
        assert (said.status, said.numbers["share"]) == (status, late_ones / 100)


def test_delays_of_the_first_half_are_held_against_those_of_the_second():
    first, second = [[20, 6, 2]] * 3, [[14, 9, 5]] * 4
    triangle = np.array([*first, *second, [9, 4, NAN]], dtype=float)
    table = [[60, 24], [56, 56]]
    said = nowcast._check_steady(triangle)
    assert said.numbers == {"p_value": pytest.approx(chi2_contingency(table).pvalue)}
    assert said.status == "review"
    steady = nowcast._check_steady(np.array([[20.0, 6, 2]] * 6))
    assert (steady.status, steady.numbers["p_value"]) == ("pass", pytest.approx(1))
    for few in ([[20.0, 6, 2]], [[20.0, 0, 0]] * 4, [[0.0, 0, 0], [3, 2, 1]], [[0.0, 3, 2]] * 4):
        said = nowcast._check_steady(np.array(few))
        assert (said.status, dict(said.numbers)) == ("review", {})
    rng = np.random.default_rng(1)
    drawn = nowcast._missing(rng, np.array([40.0, 0.0]), np.tile([0.8, 0.5], (40_000, 1)))
    # of a rate of 40.5 by .2 over .8, and of .5; their means and variances are of a gamma and of chance
    for values, size, odds in zip(drawn.T, (40.5, 0.5), (0.25, 1.0), strict=True):
        assert values.mean() == pytest.approx(size * odds, rel=0.05)
        assert values.var() == pytest.approx(size * odds + size * odds**2, rel=0.08)
