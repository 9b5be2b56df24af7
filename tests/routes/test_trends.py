"""Trends, splits, breaks, alarms, forecasts and nowcasts: what they find, and what they refuse to say."""

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.routes import Alarms, Breaks, ChangeSplit, Composition, FirstSeen, Forecast, Nowcast, Trend
from ctresearch.routes.trends.break_dates import break_tests, date_reach, likelihood_limits
from ctresearch.routes.trends.forecast import error_sizes
from ctresearch.routes.trends.segment_costs import best_segments, cheapest_cuts, mean_cost, poisson_cost, range_cost

YEARS = pd.DataFrame({"year": range(2008, 2023), "count": [20, 23, 19, 27, 25, 30, 28, 33, 31, 36, 40, 38, 44, 46, 50]})


def status(result):
    return {check.name: check.status for check in result.checks}


def test_a_trend_is_the_log_linear_slope():
    import statsmodels.api as sm

    design = sm.add_constant(YEARS["year"] - YEARS["year"].mean())
    peer = sm.GLM(YEARS["count"], design, family=sm.families.Poisson()).fit()
    found = Trend().fit(YEARS).estimates.loc["per_year"]
    assert found["estimate"] == pytest.approx(peer.params["year"], abs=1e-9)
    assert found["std_error"] == pytest.approx(peer.bse["year"], abs=1e-9)  # the dispersion is below 1 and taken for 1


def test_what_is_not_told_apart_stands_in_the_first_line():
    alone, with_effort = Trend().fit(YEARS), Trend(exposure="effort").fit(YEARS.assign(effort=range(20, 35)))
    assert "not told apart" in alone.summary().splitlines()[0]
    assert status(alone)["occurrence or detection"] == "fail"
    assert "not told apart" not in with_effort.summary().splitlines()[0]
    assert status(with_effort)["occurrence or detection"] == "pass"


def test_a_trend_per_contributor_does_not_follow_who_reports():
    rows = [("a", y, 40) for y in range(2010, 2020)] + [("b", y, 60) for y in range(2015, 2020)]
    frame = pd.DataFrame(rows, columns=["who", "year", "count"])
    assert abs(Trend(contributor="who").fit(frame).estimates.loc["per_year", "estimate"]) < 1e-8
    assert Trend().fit(frame.groupby("year")["count"].sum().reset_index()).estimates.loc["per_year", "estimate"] > 0.1


def test_no_figure_stands_in_the_place_of_a_masked_count():
    frame = YEARS.astype({"count": str}).assign(count=lambda d: d["count"].where(d.index > 2, "<5"))
    table = Trend().fit(frame).series
    assert table["people"].tolist()[:3] == ["<5"] * 3
    assert table["fitted"].isna().tolist()[:4] == [True, True, True, False]


def test_ranges_alone_do_not_make_a_tight_interval():
    rng = np.random.default_rng(8)
    counts = rng.negative_binomial(100 / 9, 1 / 10, 15)
    known = YEARS.assign(count=counts)
    ranges = YEARS.assign(count=[f"{n}-{n + 3}" for n in counts])
    one, other = (Trend().fit(frame) for frame in (known, ranges))
    assert other.dispersion == pytest.approx(one.dispersion, rel=0.1)
    assert other.dispersion > 3


def test_checks_of_a_trend_fail_where_they_should():
    wave = YEARS.assign(count=(40 + 30 * np.sin(np.arange(15) / 2)).astype(int))
    assert status(Trend().fit(wave))["neighbouring counts"] == "review"
    chance = YEARS.assign(count=np.random.default_rng(1).poisson(40, 15))
    assert status(Trend().fit(chance))["neighbouring counts"] == "pass"
    assert status(Trend().fit(YEARS.drop(index=4)))["gaps"] == "review"
    assert status(Trend().fit(YEARS.assign(count=["<5"] * 9 + ["7"] * 6)))["masked counts"] == "review"


def test_one_country_gaps_and_negative_flows_are_refused_with_the_reason():
    for wrong, words in (
        (YEARS.assign(count=-1), "at least 0"),
        (YEARS.head(3), "at least 4"),
        (YEARS.assign(year=2010), "one row each"),
    ):
        with pytest.raises(DataError, match=words):
            Trend().fit(wrong)


def test_a_split_holds_what_made_the_change():
    frame = pd.DataFrame({"year": range(2010, 2020), "count": [100] * 5 + [240] * 5, "effort": [1.0] * 5 + [2.0] * 5})
    found = ChangeSplit(after=2015, effort="effort", reporting=(1, 1)).fit(frame)
    low, high = found.bounds.loc["occurrence", ["lower", "upper"]]
    assert np.exp([low, high]) == pytest.approx([1.2, 2.4])
    assert found.estimates.loc["occurrence", "ci_low"] < low
    assert status(found)["direction"] == "pass"
    assert status(ChangeSplit(after=2015).fit(frame))["series"] == "fail"
    assert status(ChangeSplit(after=2015, effort="effort").fit(frame.assign(count=100)))["direction"] == "review"
    with pytest.raises(DataError, match="at most 1"):
        ChangeSplit(after=2015, reported="effort").fit(frame)
    with pytest.raises(SpecificationError, match="in order"):
        ChangeSplit(after=2015, detection=(2.0, 1.0))


def test_a_change_is_laid_to_those_who_began_and_stopped():
    rows = [("a", 2019, 40), ("a", 2020, 40), ("b", 2019, 30), ("c", 2020, 90)]
    found = Composition(after=2020, contributor="who").fit(pd.DataFrame(rows, columns=["who", "year", "count"]))
    assert found.estimates["estimate"].to_dict() == {"change": 60, "all along": 0, "began": 90, "stopped": -30}
    assert status(found)["same contributors"] == "review"


def test_pruned_cuts_are_the_cheapest_there_are():
    rng = np.random.default_rng(2)
    for cost_of, draw in (
        (mean_cost, lambda: rng.normal(size=12)),
        (poisson_cost, lambda: rng.poisson(3, 12).astype(float)),
    ):
        for _ in range(5):
            cost, best = cost_of(draw()), (np.inf, None)
            for number in range(6):
                for cuts in combinations(range(2, 11), number):
                    edges = [0, *cuts, 12]
                    if min(np.diff(edges)) >= 2:
                        price = sum(cost(np.array([a]), b)[0] for a, b in pairwise(edges)) + 2.5 * number
                        best = min(best, (price, list(cuts)))
            assert cheapest_cuts(cost, 12, 2.5, 2) == best[1]


def test_all_numbers_of_cuts_agree_with_single_searches():
    values = np.r_[np.zeros(6), np.full(6, 4.0), np.full(6, 1.0)]
    found = best_segments(mean_cost(values), 18, 3, 3)
    assert found[2] == (pytest.approx(0.0, abs=1e-9), [6, 12])
    assert [cost for cost, _ in found] == sorted((cost for cost, _ in found), reverse=True)


def test_ranges_of_one_number_cost_what_counts_do():
    counts = np.array([3, 0, 7, 2, 2, 9])
    one, other = poisson_cost(counts.astype(float)), range_cost(counts, counts)
    gaps = [float(one(np.array([a]), b)[0] - other(np.array([a]), b)[0]) for a, b in ((0, 6), (2, 6), (2, 5))]
    constants = [2 * (counts[a:b].sum() - 0) for a, b in ((0, 6), (2, 6), (2, 5))]
    from scipy.special import gammaln

    expected = [
        -c - 2 * gammaln(counts[a:b] + 1).sum() for c, (a, b) in zip(constants, ((0, 6), (2, 6), (2, 5)), strict=True)
    ]
    assert gaps == pytest.approx(expected, abs=1e-5)


def test_a_break_is_found_through_masked_counts_and_none_where_there_is_none():
    rng = np.random.default_rng(5)
    steady = pd.DataFrame({"year": range(1990, 2020), "count": rng.poisson(12, 30)})
    assert Breaks().fit(steady).estimates.loc["breaks", "estimate"] == 0
    counts = np.r_[rng.poisson(3, 15), rng.poisson(14, 15)]
    frame = pd.DataFrame({"year": range(1990, 2020), "count": [str(n) if n >= 5 else "<5" for n in counts]})
    found = Breaks().fit(frame).breaks
    assert len(found) == 1
    assert int(found["low"].iloc[0]) <= 2004 <= int(found["high"].iloc[0])


def test_the_distribution_of_dates_is_that_of_two_drifting_motions():
    rng = np.random.default_rng(7)
    step, length = 0.05, 1600
    places = []
    for _ in range(1500):
        left = np.cumsum(rng.normal(-step / 2, np.sqrt(step), length))
        right = np.cumsum(rng.normal(-step / 2, np.sqrt(2 * step), length))
        best = max(left.max(), right.max(), 0.0)
        places.append(0.0 if best == 0 else (-(left.argmax() + 1) if left.max() == best else right.argmax() + 1) * step)
    before, after = date_reach(0.9, 2.0)
    outside = np.mean((np.array(places) > before) | (np.array(places) < -after))
    assert outside == pytest.approx(0.1, abs=0.03)  # four errors of 1,500 walks, in steps of 0.05


def test_the_p_value_of_the_supremum_is_that_of_the_tables():
    assert break_tests(np.r_[np.zeros(50), np.ones(50)] + np.tile([0, 3.0], 50)).p_value < 0.2
    from ctresearch.routes.trends.break_dates import _sup_f_tail

    assert _sup_f_tail(8.85, 0.15) == pytest.approx(0.05, abs=0.005)  # Andrews 1993, Table I


def test_alarms_are_raised_by_an_outbreak_and_rarely_by_chance():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"week": range(300), "count": rng.negative_binomial(6, 0.5, 300)})
    for rule in ("noufaily", "farrington"):
        quiet = Alarms(rule=rule, time="week", last=40).fit(frame)
        assert quiet.estimates.loc["alarms", "estimate"] <= 4
        loud = frame.assign(count=frame["count"].where(frame.index < 298, 40))
        assert Alarms(rule=rule, time="week", last=2).fit(loud).periods["alarm"].tolist() == ["yes", "yes"]
    few = frame.assign(count=(frame["count"] > 12) * 1)
    assert set(Alarms(time="week", last=5).fit(few).periods["alarm"]) == {"too few"}
    with pytest.raises(DataError, match="must be known"):
        Alarms(time="week").fit(
            frame.astype({"count": str}).assign(count=lambda d: d["count"].where(d.index > 2, "<5"))
        )
    with pytest.raises(DataError, match="without a gap"):
        Alarms(time="week").fit(frame.drop(index=100))


def test_something_new_is_named_and_chance_beside_it():
    frame = pd.DataFrame({"year": [2019, 2019, 2020, 2021, 2021], "form": list("abacd"), "count": [40, 1, 41, 9, 3]})
    found = FirstSeen(["form"], since=2021).fit(frame)
    assert found.firsts["value"].tolist() == ["c"]  # three people are too few to be named
    assert found.estimates.loc["new_by_chance", "estimate"] > 0


def test_late_entries_are_made_up_for():
    rng = np.random.default_rng(4)
    held = 0
    for seed in range(40):
        of = np.repeat(np.arange(30), rng.poisson(25, 30))
        came = of + rng.binomial(6, 0.3, len(of))
        frame = pd.DataFrame({"of": of, "came": came})[came <= 29]
        row = Nowcast(of="of", came="came", now=29, greatest=6, draws=400, seed=seed).fit(frame).periods.iloc[-2]
        held += row["low"] <= (of == 28).sum() <= row["high"]
    assert held >= 33  # of 38 that are to be expected; fewer have a chance below 1 %


def test_delays_that_change_are_said():
    of = np.repeat(np.arange(40), 30)
    steady = pd.DataFrame({"of": of, "came": of + np.tile(np.arange(30) % 3, 40)})
    assert status(Nowcast(of="of", came="came", greatest=3).fit(steady))["steady delays"] == "pass"
    slower = steady.assign(came=np.where(of > 20, of + 2, of))
    assert status(Nowcast(of="of", came="came", greatest=3).fit(slower))["steady delays"] == "review"


@pytest.mark.parametrize("model", ["ets", "arima", "components", "last value"])
def test_forecasts_follow_a_level_and_are_held_against_the_last_value(model):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"year": range(2000, 2016), "count": rng.poisson(60, 16)})
    found = Forecast(model=model, steps=2).fit(frame)
    assert found.forecast["low"].le(60).all()
    assert found.forecast["high"].ge(60).all()
    assert found.origins["origins"].gt(5).all()
    with pytest.raises(DataError, match="must be none"):
        Forecast(model=model).fit(frame.drop(index=5))
    with pytest.raises(DataError, match="must be known"):
        Forecast(model=model).fit(frame.assign(count="<5"))


def test_limits_of_a_forecast_are_as_wide_as_its_past_errors():
    rng = np.random.default_rng(4)
    spread = 0.1 * np.sqrt(np.arange(1, 4))
    for true in (0.05, 0.1, 0.4):  # half of what the model says, the same, and four times as much
        missed = rng.normal(0, true * spread / 0.1, (4000, 3))
        size, df = error_sizes(missed, spread)
        assert np.allclose(size, true * spread / 0.1, rtol=0.05)
        assert df > 4000
    few, df = error_sizes(np.array([[0.0, np.nan, np.nan]]), spread)
    assert (np.diff(few) >= 0).all()
    assert np.allclose(few**2, 0.9 * spread**2, rtol=0.01)  # one past time, and the model stands in for nine
    assert df == 10


def test_likelihood_limits_of_a_date_hold_it_and_close_in_with_the_size_of_the_break():
    rng = np.random.default_rng(5)
    widths, held = {}, []
    for ratio in (1.5, 3.0):
        found = []
        for _ in range(40):
            counts = rng.poisson(np.repeat([20.0, 20.0 * ratio], [14, 16])).astype(float)
            cut = best_segments(poisson_cost(counts), 30, 2, 1)[1][1][0]
            first, last = likelihood_limits(poisson_cost(counts), [0, cut, 30], 2, 1.0, 0.95)
            assert first <= cut <= last
            held.append(first <= 14 <= last)
            found.append(last - first)
        widths[ratio] = np.mean(found)
    assert np.mean(held) > 0.9
    assert widths[3.0] < widths[1.5] / 2


def test_what_other_programs_say_is_kept_within_its_tolerance():
    from pathlib import Path

    table = pd.read_csv(Path(__file__).parents[2] / "benchmarks/results/outside_values_routes.csv")
    assert len(table) >= 40
    assert (table["largest_difference"] <= table["tolerance"]).all()
