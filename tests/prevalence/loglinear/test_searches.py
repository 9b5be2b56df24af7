"""Searches for a model, their tables and rules, and the words of models: each choice and each number by hand."""

import math
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pins import cells_of, published_lists
from scipy.special import gammaln
from scipy.stats import poisson

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear
from ctresearch.prevalence.loglinear import loglinear_checks as checks
from ctresearch.prevalence.loglinear.bca import acceleration, bca_limits, robust_spread
from ctresearch.prevalence.loglinear.coefficients import coefficient_table, log_likelihood
from ctresearch.prevalence.loglinear.downhill import downhill, neighbours
from ctresearch.prevalence.loglinear.existence import fit_model, recedes, status_word
from ctresearch.prevalence.loglinear.goodness import Fit, count_goodness, count_table
from ctresearch.prevalence.loglinear.heterogeneity import check_heterogeneity
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms, model_names
from ctresearch.prevalence.loglinear.model_terms import (
    can_enter,
    complete,
    generators_of,
    given_model,
    interactions,
    numbered,
    read_model,
    split_model,
    write_model,
    write_term,
)
from ctresearch.prevalence.loglinear.plot_heterogeneity import frequency_table
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, NO_MLE, NOT_IDENTIFIED
from ctresearch.prevalence.loglinear.profile_interval import climb_profile, multinomial_height
from ctresearch.prevalence.loglinear.ranking import FittedModels, _ceiling, _distinct, _seen, fit_models
from ctresearch.prevalence.loglinear.resample import bootstrap, jackknife
from ctresearch.prevalence.loglinear.search import search_all, search_downhill, search_fixed, search_stepwise
from ctresearch.prevalence.loglinear.selection import BestOf, BestOfAll, Downhill, FixedModel, Stepwise, penalty
from ctresearch.prevalence.loglinear.stepwise import stepwise

TAIWAN = ("L1", "L2", "L3")


@pytest.mark.parametrize(
    ("lists", "chosen", "stepped"), [(2, 1, 1), (3, 2, 2), (4, 3, 2), (5, 3, 2), (6, 2, 2), (7, 2, 2)]
)
def test_orders_where_none_is_asked(lists, chosen, stepped):
    assert LogLinear("bic")._order(lists) == LogLinear("aic")._order(lists) == chosen
    assert LogLinear("stepwise")._order(lists) == stepped
    assert LogLinear(max_order=lists - 1)._order(lists) == lists - 1
    with pytest.raises(SpecificationError, match=f"max_order == {lists}, must be below the number of lists, {lists}"):
        LogLinear(max_order=lists)._order(lists)


def test_as_many_models_are_tried_again_on_each_bootstrap_table_as_asked_for_or_all(monkeypatch):
    asked = []
    for name in ("search_all", "search_bounded"):
        note = partial(lambda name, *given: asked.append((name, *given[1:])), name)
        monkeypatch.setattr(sys.modules[LogLinear.__module__], name, note)
    lists, counts = published_lists("uk-2013").lists, cells_of("uk-2013")
    for options in ({}, {"select": "aic", "top_models": 7}, {"max_order": 1}, {"max_order": 3}, {"max_order": 5}):
        LogLinear(**options)._search(counts, lists)
    LogLinear(max_order=4)._search(counts[:32], lists[:5])
    assert asked == [
        ("search_all", lists, 2, "bic", None),
        ("search_all", lists, 2, "aic", 7),
        ("search_all", lists, 1, "bic", None),
        ("search_bounded", lists, 3, "bic", None),
        ("search_bounded", lists, 5, "bic", None),
        ("search_all", lists[:5], 4, "bic", None),
    ]


def test_each_way_of_choosing_has_its_rule_for_bootstrap_tables():
    lists = published_lists("uk-2013").lists
    counts = cells_of("uk-2013")
    three = cells_of("hav-taiwan")
    every = LogLinear("aic")._search(three, TAIWAN)
    assert (len(every.rule.models), every.rule.criterion) == (8, "aic")
    assert len(LogLinear("aic", top_models=3)._search(three, TAIWAN).rule.models) == 3
    by_bounds = LogLinear(max_order=3)._search(counts, lists).rule
    assert isinstance(by_bounds, BestOfAll)
    assert (by_bounds.lists, by_bounds.order, by_bounds.criterion) == (6, 3, "bic")
    assert len(LogLinear(max_order=3, top_models=5)._search(counts, lists).rule.models) == 5
    seven = LogLinear("aic")._search(np.append(counts, counts), (*lists, "seventh")).rule
    assert seven == Downhill(7, 2, "aic")
    steps = LogLinear("stepwise", p_enter=0.1, max_order=1)._search(three, TAIWAN)
    assert steps.rule == Stepwise(3, 1, 0.1)
    fixed = LogLinear("fixed", model="[12,3]")._search(three, TAIWAN)
    assert isinstance(fixed.rule, FixedModel)
    assert fixed.rule.terms.tolist() == fixed.chosen.terms.tolist() == [0, 1, 2, 4, 3]
    with pytest.raises(SpecificationError, match="top_models == 3, but the 7 lists have too many models of order 2"):
        LogLinear("aic", top_models=3)._search(np.append(counts, counts), (*lists, "seventh"))
    assert Downhill(3, 2).criterion == "bic"


def test_the_charge_for_a_term_is_two_or_the_log_of_people():
    counts = np.array([9.0, 5, 6, 7])
    assert penalty("aic", counts) == 2.0
    assert penalty("bic", counts) == pytest.approx(math.log(18))


def test_the_table_of_all_models_has_criteria_of_whole_likelihoods():
    counts = cells_of("hav-taiwan")
    found = search_all(counts, TAIWAN, 2, "bic", None)
    rows = found.models
    assert (rows.index.name, rows.index[0]) == ("model", "[12,13,23]")
    assert sorted(rows.columns) == sorted(["estimate", "bic", "aic", "parameters", "order", "status"])
    plain = rows.loc["[1,2,3]"]
    model = fit_model(counts, complete([], 3))
    loglik = poisson.logpmf(counts[1:], model.means[1:]).sum()
    assert plain["bic"] == pytest.approx(4 * np.log(271) - 2 * loglik)
    assert plain["aic"] == pytest.approx(8 - 2 * loglik)
    assert (plain["parameters"], plain["order"], plain["status"]) == (4, 1, "ok")
    assert plain["estimate"] == pytest.approx(388.483, rel=1e-5)
    assert rows["bic"].is_monotonic_increasing
    by_aic = search_all(counts, TAIWAN, 2, "aic", 2)
    assert by_aic.models["aic"].is_monotonic_increasing
    assert len(by_aic.rule.models) == 2
    fixed = search_fixed(counts, TAIWAN, complete([3], 3)).models
    assert fixed.index.tolist() == ["[12,3]"]
    assert (fixed.index.name, fixed["order"].tolist(), fixed["parameters"].tolist()) == ("model", [2], [5])
    for column in ("estimate", "bic", "aic"):
        assert fixed[column].iloc[0] == pytest.approx(rows.loc["[12,3]", column], rel=1e-9)
    walked = search_downhill(counts, TAIWAN, 2, "aic").models
    assert walked["aic"].is_monotonic_increasing
    assert walked.index[0] == "[12,13,23]"
    steps = search_stepwise(cells_of("kosovo"), ("a", "b", "c", "d"), 2, 0.02).models
    assert steps.index[-1] == "[1,2,3,4]"
    assert np.isnan(steps["p_value"].iloc[-1])
    assert steps["p_value"].iloc[:-1].between(0, 0.02).all()
    assert steps["parameters"].tolist() == sorted(steps["parameters"], reverse=True)


def test_models_without_an_estimate_are_told_by_what_they_lack():
    counts = cells_of("artificial-3")
    rows = search_all(counts, ("A", "B", "C"), 2, "bic", None).models
    gone = rows[~rows["status"].str.startswith("ok")]
    assert gone[["estimate", "bic", "aic"]].isna().all(axis=None)
    assert gone["parameters"].ge(5).all()
    assert set(rows["status"]) >= {"ok", "no_mle"}
    with pytest.raises(
        FitError, match=r"the model \[12,13,23\] is not identified: .* cannot tell its \d parameters apart"
    ):
        search_fixed(counts, ("A", "B", "C"), complete([3, 5, 6], 3))
    with pytest.raises(FitError, match=r"the model \[12,3\] has no maximum-likelihood estimate"):
        search_fixed(counts, ("A", "B", "C"), complete([3], 3))
    assert [status_word(v, k) for v, k in ((ESTIMATED, True), (ESTIMATED, False))] == ["ok", "ok_extended"]
    assert [status_word(v, True) for v in (NO_MLE, NOT_IDENTIFIED)] == ["no_mle", "not_identified"]


def test_criteria_of_fits_count_all_terms_and_those_without_an_estimate_lose():
    fits = FittedModels(
        np.array([4, 5, 6]),
        np.array([4, 4, 6]),
        np.array([ESTIMATED, ESTIMATED, NO_MLE]),
        np.array([10.0, 11, 12]),
        np.array([5.0, 6, np.nan]),
    )
    assert fits.criterion(3.0).tolist() == [-8, -7, np.inf]
    assert fits.status == ["ok", "ok_extended", "no_mle"]


def test_models_that_differ_in_empty_terms_only_are_one():
    counts = cells_of("artificial-3")
    fits = fit_models(counts, all_models(3, 2))
    margins = np.array([9, 5, 6, 0, 4, 0, 0, 0])
    assert _seen(margins) == 0b10111
    models = all_models(3, 2)
    distinct, place = _distinct(margins, models)
    assert np.array_equal(np.sort(np.unique(distinct[place])), np.sort(distinct))
    full, whole = _distinct(np.ones(8), models)
    assert (len(full), np.array_equal(full[whole], models)) == (8, True)
    wide, same = _distinct(np.ones(64), models)
    assert np.array_equal(wide, models)
    assert same.tolist() == list(range(8))
    assert (fits.kept <= fits.size).all()
    assert fits.unobserved[fits.verdict != ESTIMATED].tolist() == [pytest.approx(np.nan, nan_ok=True)] * int(
        (fits.verdict != ESTIMATED).sum()
    )
    # where no model of all terms has an estimate, no fit is better than the table itself
    assert _ceiling(counts, models) >= fits.loglik[fits.verdict == ESTIMATED].max()


def test_walks_go_downhill_one_term_at_a_time():
    counts = cells_of("kosovo")
    charge = penalty("bic", counts)
    tried = downhill(counts, 4, 2, charge)
    values = [charge * len(one.terms) - 2 * one.loglik for one in tried if one.verdict == ESTIMATED]
    assert values[0] == min(values)
    assert len(tried) > 7
    held = downhill(counts, 4, 2, 1e6)
    assert held[0].terms.tolist() == complete([], 4).tolist()
    assert len(held) == 1 + 6
    around = neighbours(complete([3], 3), 3, interactions(3, 2))
    assert sorted(write_model(one, TAIWAN) for one in around) == ["[1,2,3]", "[12,13]", "[12,23]"]


def test_steps_enter_by_the_smallest_tail_and_say_it():
    counts = cells_of("kosovo")
    steps = stepwise(counts, 4, 2, 0.02)
    assert steps[0].entered == 0
    assert np.isnan(steps[0].p_value)
    first = steps[1]
    independent = steps[0].model.means
    cells = np.arange(16)
    tails = {}
    for pair in interactions(4, 2).tolist():
        there = cells & pair == pair
        seen, expected = counts[there].sum(), independent[there].sum()
        tails[pair] = min(poisson.cdf(seen, expected), poisson.sf(seen - 1, expected))
    assert first.entered == min(tails, key=tails.__getitem__)
    assert first.p_value == pytest.approx(tails[first.entered], rel=1e-6)
    assert set(first.model.terms.tolist()) - set(steps[0].model.terms.tolist()) == {first.entered}
    assert len(stepwise(counts, 4, 2, first.p_value)) == 1  # a tail must be below the threshold


def test_goodness_by_hand():
    counts, means = np.array([0.0, 4, 0, 9]), np.array([0.0, 5, 1, 8])
    fit = count_goodness(counts, means, 2)
    assert fit.deviance == pytest.approx(2 * (4 * np.log(4 / 5) + 9 * np.log(9 / 8) - 13 + 14))
    assert fit.pearson == pytest.approx(1 / 5 + 1 + 1 / 8)
    assert fit.df == 1
    frame = Fit(3.841459, 6.634897, 1).to_frame()
    assert frame["p_value"].tolist() == pytest.approx([0.05, 0.01], rel=1e-5)
    assert frame["value"].tolist() == [3.841459, 6.634897]
    assert frame["df"].tolist() == [1, 1]
    assert Fit(1.0, 1.0, 0).to_frame()["p_value"].isna().all()
    assert np.isfinite(Fit(1.0, 1.0, 1).to_frame()["p_value"]).all()
    exact = count_goodness(counts[[1, 3]], counts[[1, 3]], 2)
    assert (exact.deviance, exact.df) == (0, 0)
    rows = count_table(np.array([0.0, 4, 3, 9]), np.array([7.0, 1, 0, 9]), ("a", "b"))
    assert rows.to_dict("list") == {
        "a": [1, 0, 1],
        "b": [0, 1, 1],
        "observed": [4, 3, 9],
        "fitted": [1, 0, 9],
        "residual": [3, 0, 0],
    }
    wide = np.zeros(1 << 13)
    wide[[1, 6]] = 3
    assert len(count_table(wide, wide, [str(i) for i in range(13)])) == 2
    assert len(count_table(wide[: 1 << 12], wide[: 1 << 12], [str(i) for i in range(12)])) == 4095


def test_coefficients_of_independent_lists_by_hand():
    counts = np.array([0.0, 60, 40, 20])
    model = fit_model(counts, complete([], 2))
    found = coefficient_table(model, ("a", "b"), 0.9)
    assert found.index.tolist() == ["intercept", "1", "2"]
    assert found["lists"].tolist() == ["", "a", "b"]
    assert found["order"].tolist() == [0, 1, 1]
    assert found["estimate"].tolist() == pytest.approx([np.log(120), np.log(0.5), np.log(1 / 3)])
    assert found["std_error"].iloc[0] == pytest.approx(np.sqrt(1 / 60 + 1 / 40 + 1 / 20))
    reach = 1.644854 * found["std_error"]
    assert found["ci_low"].to_numpy() == pytest.approx((found["estimate"] - reach).to_numpy(), rel=1e-6)
    assert found["ci_high"].to_numpy() == pytest.approx((found["estimate"] + reach).to_numpy(), rel=1e-6)
    assert log_likelihood(counts, model) == pytest.approx(poisson.logpmf([60, 40, 20], [60, 40, 20]).sum())
    names = tuple("abcdefghij")
    ten = np.zeros(1 << 10)
    ten[1 << np.arange(10)] = 40
    ten[3] = 8
    for i in range(2, 10):
        ten[1 << i | 1] = 5
    wide = coefficient_table(fit_model(ten, complete([3], 10)), names, 0.95)
    assert wide.index.tolist()[:3] == ["intercept", "a", "b"]
    assert wide.index.tolist()[-1] == "a:b"
    assert wide["lists"].iloc[-1] == "a:b"


@pytest.mark.parametrize(
    ("interactions_", "score", "status"),
    [([0.1, 0.2, 0.3], 0.0, "review"), ([0.1, 0.2], 0.0, "pass"), ([0.1, 0.2, -0.1], 0.0, "pass")],
)
def test_three_pairs_that_all_attract_are_a_sign_of_difference(interactions_, score, status, monkeypatch):
    from ctresearch.prevalence.loglinear import heterogeneity

    monkeypatch.setattr(heterogeneity, "heterogeneity_score", lambda counts, model: score)
    kept = np.array([0, 1, 2, 4, 3, 5, 6])[: 4 + len(interactions_)]
    model = SimpleNamespace(beta=np.array([1.0, 1, 1, 1, *interactions_]), kept=kept)
    check = check_heterogeneity(np.zeros(8), model, "aic")
    assert (check.name, check.status) == ("heterogeneity", status)
    assert check.numbers["pairs_in_model"] == len(interactions_)
    assert check.numbers["score"] == score
    assert ("60 % of 500 populations" in check.message) == (status == "review")
    for value, expected in ((1.645, "pass"), (1.646, "review")):
        monkeypatch.setattr(heterogeneity, "heterogeneity_score", lambda counts, model, value=value: value)
        single = SimpleNamespace(beta=np.array([1.0, 1, 1, 1, 0.2]), kept=kept[:5])
        assert check_heterogeneity(np.zeros(8), single, "bic").status == expected


def test_two_lists_are_not_asked_whether_people_differ():
    two = published_lists("hav-taiwan").drop("L3")
    for select in ("bic", "stepwise"):
        assert "heterogeneity" not in {check.name for check in LogLinear(select).fit(two).checks}
    assert "rivals" in {check.name for check in LogLinear("aic").fit(two).checks}
    assert "rivals" not in {check.name for check in LogLinear("stepwise").fit(two).checks}


def test_checks_of_a_fit_turn_at_one_in_a_hundred():
    for value, status in ((6.62, "pass"), (6.65, "review")):
        check = checks.check_fit(Fit(value, 0.0, 1))
        assert (check.name, check.status) == ("fit", status)
        assert check.numbers["p_value"] == pytest.approx(0.01, rel=0.02)
    assert checks.check_fit(Fit(0.0, 0.0, 0)).numbers == {"deviance": 0, "df": 0}
    assert checks.check_fit(Fit(0.0, 0.0, 0)).status == "review"


def test_words_of_terms_use_digits_up_to_nine_lists():
    nine, ten = tuple("abcdefghi"), tuple("abcdefghij")
    assert write_term(0b100000011, nine) == "129"
    assert write_term(0b11, ten) == "a:b"
    assert read_model("[19,2,3,4,5,6,7,8]", nine).max() == 0b100000001
    with pytest.raises(SpecificationError, match="model names '12' in the term '12', which is none of the 10 lists"):
        read_model("[12,3]", ten)
    assert numbered(("x", "y", "z")) == ("1", "2", "3")
    with pytest.raises(SpecificationError, match=r"model names '10', must be numbers of lists from 1 to 3"):
        read_model("[10,2,3]", TAIWAN)
    with pytest.raises(SpecificationError, match="leaves out list 2 of 3"):
        read_model("[1,3]", TAIWAN)
    assert read_model(["L1 : L2", "L3"], TAIWAN).tolist() == [0, 1, 2, 4, 3]
    assert read_model(["a:b", "c"], ("a:b", "c")).tolist() == [0, 1, 2]
    assert split_model(" [ 12 , 3 ] ") == ["12", "3"]
    assert split_model(("A", " B ")) == ["A", "B"]
    assert given_model("bic", None) is None
    assert given_model("fixed", ["A", "B"]) == ("A", "B")
    assert given_model("fixed", "[1,2]") == "[1,2]"


def test_terms_below_generators_and_above_what_is_there():
    assert complete([0b101], 3).tolist() == [0, 1, 2, 4, 5]
    assert complete([0b111], 3).tolist() == [0, 1, 2, 4, 3, 5, 6, 7]
    assert interactions(4, 2).tolist() == [3, 5, 9, 6, 10, 12]
    assert interactions(3, 3).tolist() == [3, 5, 6, 7]
    assert interactions(3, 1).tolist() == []
    assert can_enter(complete([], 3), interactions(3, 3)).tolist() == [3, 5, 6]
    assert can_enter(complete([], 3), interactions(3, 3)).dtype == np.int64
    assert generators_of(complete([0b011, 0b100], 3)).tolist() == [3, 4]
    names = model_names(3, 2)
    assert names[0] == "[1,2,3]"
    assert set(names) == {"[1,2,3]", "[12,3]", "[13,2]", "[23,1]", "[12,13]", "[12,23]", "[13,23]", "[12,13,23]"}
    assert mask_terms(0b10111).tolist() == [0, 1, 2, 4]


def test_a_direction_without_end_is_found_by_linear_programming():
    assert recedes(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0]]))
    assert not recedes(np.array([[1.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert not recedes(np.zeros((0, 2)), np.array([[1.0, 0.0]]))


def test_a_parabola_is_climbed_to_its_top_and_down_to_the_drop():
    # height -(x - 3) ** 2 in the log of the unobserved; the drop of 1.920729 belongs to 95 %
    found = climb_profile(lambda missing: -((np.log(missing) - 3) ** 2), 100.0, 15.0, 0.95)
    assert found.estimate == pytest.approx(100 + np.exp(3), rel=1e-6)
    reach = np.sqrt(3.841459 / 2)
    assert (found.low, found.high) == pytest.approx((100 + np.exp(3 - reach), 100 + np.exp(3 + reach)), rel=1e-5)
    flat = climb_profile(lambda missing: -((min(np.log(missing), 3) - 3) ** 2), 10.0, 20.0, 0.95)
    assert flat.high == np.inf
    low = climb_profile(lambda missing: -((max(np.log(missing), 1) - 1) ** 2), 10.0, 2.0, 0.95)
    assert low.low == pytest.approx(10)
    # nobody unobserved: the search starts at one person
    near = climb_profile(lambda missing: -((np.log(missing) + 1) ** 2), 10.0, 0.0, 0.5)
    assert near.estimate == pytest.approx(10 + np.exp(-1), rel=1e-6)
    assert multinomial_height(2.0, 3.0, 4.0) == pytest.approx(2 + 7 - 7 * np.log(7) + gammaln(8) - gammaln(5))


def test_acceleration_is_a_sixth_of_the_skewness_of_leaving_out():
    left, weights = np.array([1.0, 4.0]), np.array([3, 1])
    away = 1.75 - left
    expected = (3 * away[0] ** 3 + away[1] ** 3) / (6 * (3 * away[0] ** 2 + away[1] ** 2) ** 1.5)
    assert acceleration(left, weights) == pytest.approx(expected)
    draws = np.arange(1.0, 101.0)
    assert robust_spread(draws) == pytest.approx(np.diff(np.quantile(draws, [0.1586553, 0.8413447]))[0] / 2, rel=1e-6)
    assert np.isfinite(robust_spread(np.array([1.0, 2.0])))
    # 40 draws have two below a limit of 95 % on each side together, 39 have not
    assert np.isfinite(bca_limits(np.arange(40.0), 20.0, 0.0, 0.95)).all()
    assert np.isnan(bca_limits(np.arange(39.0), 20.0, 0.0, 0.95)).all()


def test_bootstrap_chunks_join_and_jackknife_leaves_one_person_out():
    counts = np.array([0.0, 60, 40, 20])
    patterns, frequencies = np.array([1, 2, 3]), np.array([60, 40, 20])
    rule = FixedModel(complete([], 2))
    drawn = bootstrap(rule, patterns, frequencies, 4, samples=41, seed=3)
    assert drawn.estimates.shape == (41,)
    assert drawn.winners == {complete([], 2).tobytes(): 41}
    assert drawn.estimates.mean() == pytest.approx(80 * 60 / 20, rel=0.15)
    left = jackknife(rule, patterns, frequencies, 4)
    expected = [79 * 60 / 20, 80 * 59 / 20, 79 * 59 / 19]
    assert left == pytest.approx(expected)
    best = BestOf(all_models(2, 1), "aic").choose(counts)
    assert best.terms.tolist() == [0, 1, 2]


def test_people_by_number_of_lists_with_the_ways_to_be_on_so_many():
    frame = frequency_table(published_lists("hav-taiwan"))
    assert frame.index.tolist() == [1, 2, 3]
    assert frame.index.name == "lists"
    assert frame["people"].tolist() == [187, 56, 28]
    assert frame["patterns"].tolist() == [3, 3, 1]
    assert frame["log_ratio"].tolist() == pytest.approx(np.log([187 / 3, 56 / 3, 28]).tolist())
    assert frame["standard_error"].tolist() == pytest.approx((1 / np.sqrt([187, 56, 28])).tolist())
    one = pd.DataFrame({"a": [1, 0], "b": [0, 1], "count": [1, 3]})
    lone = frequency_table(CaptureHistories.from_counts(one))
    assert lone["log_ratio"].tolist() == pytest.approx([np.log(4 / 2), np.nan], nan_ok=True)
    assert lone["standard_error"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_a_result_of_an_older_version_has_no_odds_ratios():
    import dataclasses

    result = LogLinear("fixed", model="[12,3]").fit(published_lists("hav-taiwan"))
    old = dataclasses.replace(result, coefficients=None)
    with pytest.raises(DataError, match="written before coefficients were kept"):
        _ = old.odds_ratios
    assert result.odds_ratios["lists"].tolist() == ["L1:L2"]
    row = result.coefficients.loc["12"]
    assert result.odds_ratios.loc["12", ["odds_ratio", "ci_low", "ci_high"]].tolist() == pytest.approx(
        np.exp(row[["estimate", "ci_low", "ci_high"]].astype(float)).tolist()
    )
