"""Tables seen in part: candidates, supports, rankings and checks, by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.special import gammaln
from scipy.stats import poisson

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, PartialHistories, PartialLogLinear
from ctresearch.prevalence.loglinear.model_terms import complete
from ctresearch.prevalence.partial.interval_poisson import (
    Ranges,
    _likelihood,
    _support,
    exact_ranges,
    fit_ranges,
)
from ctresearch.prevalence.partial.partial_loglinear import (
    _check_existence,
    _check_ranges,
    _rank,
    _require,
    require_partial,
)
from ctresearch.prevalence.partial.partial_model_fit import (
    Predicted,
    model_ranges,
    predict_population,
    profile_height,
    subset_design,
)

LISTS = tuple("abcdefg")


@pytest.mark.parametrize(
    ("lists", "models", "most"), [(2, 1, 1), (3, 8, 2), (4, 113, 3), (5, 1024, 2), (6, None, 1), (7, None, 1)]
)
def test_candidates_are_all_models_up_to_an_order(lists, models, most):
    usual = PartialLogLinear()
    if models is not None:
        assert len(usual._candidates(LISTS[:lists])) == models
    else:
        with pytest.raises(
            SpecificationError, match=f"{lists} lists have too many models of order 2 .* at most 1: lower"
        ):
            usual._candidates(LISTS[:lists])
    assert len(PartialLogLinear(max_order=1)._candidates(LISTS[:lists])) == 1
    with pytest.raises(SpecificationError, match=f"max_order == {lists}, must be below the number of lists, {lists}"):
        PartialLogLinear(max_order=lists)._candidates(LISTS[:lists])
    if most + 1 < lists:
        with pytest.raises(SpecificationError, match=f"models of order {most + 1} .* at most {most}"):
            PartialLogLinear(max_order=most + 1)._candidates(LISTS[:lists])
    (given,) = PartialLogLinear("fixed", model=list(LISTS[:lists]))._candidates(LISTS[:lists])
    assert given.tolist() == complete([], lists).tolist()


def test_the_support_of_a_range_reaches_far_beyond_its_mean():
    assert _support(1.0, 4.0, 2.0).tolist() == [1, 2, 3, 4]
    assert _support(3.0, 3.0, 90.0).tolist() == [3]
    open_ended = _support(5.0, np.inf, 16.0)
    assert (open_ended[0], open_ended[-1]) == (5, 16 + 12 * 4 + 60)
    assert _support(0.0, 9.0, 400.0).tolist() == list(range(10))
    large = _support(5.0, np.inf, 1e10)
    assert (large[0], large[-1]) == (1e10 - 12 * 1e5 - 60, 1e10 + 12 * 1e5 + 60)
    low = _support(25.0, np.inf, 1.0)
    assert (low[0], low[-1]) == (25, 25 + 12 * 5 + 60)


def test_the_likelihood_of_a_range_is_the_chance_of_all_its_counts():
    design = np.array([[1.0, 0], [1, 1], [1, 0]])
    table = Ranges(design, np.array([4.0, 1, 7]), np.array([4.0, 3, np.inf]), np.log([1.0, 2, 1]), np.zeros(2))
    beta = np.log([5.0, 0.5])
    means = np.array([5.0, 5.0, 5.0])
    point = _likelihood(table, beta)
    expected = poisson.logpmf(4, 5) + np.log(poisson.cdf(3, 5) - poisson.cdf(0, 5)) + np.log(poisson.sf(6, 5))
    assert point.loglik == pytest.approx(expected)
    assert point.means == pytest.approx(means)
    weights = poisson.pmf([1, 2, 3], 5)
    mean = weights @ [1, 2, 3] / weights.sum()
    assert point.expected[:2] == pytest.approx([4, mean])
    assert point.variance[:2] == pytest.approx([0, weights @ (np.array([1, 2, 3]) - mean) ** 2 / weights.sum()])
    assert _likelihood(table, np.array([26.1, 0])).loglik == -np.inf
    far = _likelihood(table, np.array([20.0, 0]))
    # nearly all of a large mean lies above seven people: what is expected there is the mean itself
    assert far.expected[2] == pytest.approx(np.exp(20), rel=1e-9)
    assert far.variance[2] == pytest.approx(np.exp(20), rel=1e-6)


def test_a_prior_pulls_by_its_precision():
    # one cell of 7 people with a normal prior of precision 3 on the log of its mean: 7 - exp(b) = 3 b
    held = fit_ranges(Ranges(np.ones((1, 1)), np.array([7.0]), np.array([7.0]), np.zeros(1), np.array([3.0])))
    (b,) = held.beta
    assert 7 - np.exp(b) == pytest.approx(3 * b, rel=1e-8)
    assert held.covariance[0, 0] == pytest.approx(1 / (np.exp(b) + 3), rel=1e-6)
    assert held.means == pytest.approx([np.exp(b)])
    assert held.loglik == pytest.approx(poisson.logpmf(7, np.exp(b)))
    table = exact_ranges(np.ones((2, 1)), np.array([3, 5]))
    assert (table.low.tolist(), table.high.tolist()) == ([3, 5], [3, 5])
    assert (table.offset.tolist(), table.precision.tolist()) == ([0, 0], [0])
    assert table.low.dtype == np.float64


def test_terms_whose_cells_are_all_empty_go_to_minus_infinity():
    counts = np.array([30.0, 20, 0, 25, 6, 5, 0])
    terms = np.array([0, 1, 2, 4, 3])
    found = fit_ranges(exact_ranges(subset_design(terms, np.arange(1, 8)), counts))
    assert (found.status, found.kept.tolist()) == ("ok_extended", [True] * 4 + [False])
    assert found.beta[4] == -np.inf
    assert found.means[[2, 6]].tolist() == [0, 0]
    assert found.covariance[4].tolist() == [0] * 5
    assert found.expected.tolist() == counts.tolist()
    unknown = fit_ranges(exact_ranges(np.ones((2, 2)), np.array([3.0, 4])))
    assert unknown.status == "not_identified"
    for values in (unknown.beta, unknown.means, unknown.expected, unknown.variance):
        assert np.isnan(values).all()
    assert unknown.covariance.shape == (2, 2)
    assert subset_design(np.array([0, 1, 3]), np.array([1, 2, 3])).tolist() == [[1, 1, 0], [1, 0, 0], [1, 1, 1]]


def test_a_population_from_two_lists_has_the_error_of_lincoln_and_petersen():
    low = np.array([0.0, 60, 40, 20])
    cells, terms = np.array([1, 2, 3]), np.array([0, 1, 2])
    table = model_ranges(terms, cells, low, low)
    fitted = fit_ranges(table)
    found = predict_population(table, fitted, 0.9)
    assert (found.seen, found.unseen) == pytest.approx((120, 120))
    assert found.std_error == pytest.approx(np.sqrt(120 + 120**2 * (1 / 60 + 1 / 40 + 1 / 20)), rel=1e-8)
    assert 120 < found.low < 240 < found.high
    plain = predict_population(table, fitted, None)
    assert (plain.seen, plain.unseen, plain.std_error) == (found.seen, found.unseen, found.std_error)
    assert np.isnan([plain.low, plain.high]).all()
    height, seen = profile_height(table, 90.0)
    whole = fit_ranges(
        Ranges(
            np.vstack([table.design, [[1.0, 0, 0]]]),
            np.append(table.low, 90),
            np.append(table.high, 90),
            np.zeros(4),
            np.zeros(3),
        )
    )
    assert seen == pytest.approx(120)
    assert height == pytest.approx(whole.loglik + 210 - 210 * np.log(210) + gammaln(211))


def test_the_ranking_counts_terms_that_are_there_and_people_who_are_expected():
    table = PartialHistories.from_histories(published_lists("hav-taiwan"))
    candidates = [complete([], 3), complete([3], 3)]
    rows = _rank(table, candidates, "bic")
    assert (rows.index.name, sorted(rows.index)) == ("model", ["[1,2,3]", "[12,3]"])
    fitted = fit_ranges(model_ranges(candidates[0], table.cells, table.low, table.high))
    row = rows.loc["[1,2,3]"]
    assert row["estimate"] == pytest.approx(271 + np.exp(fitted.beta[0]))
    assert row["bic"] == pytest.approx(-2 * fitted.loglik + 4 * np.log(271))
    assert row["aic"] == pytest.approx(-2 * fitted.loglik + 8)
    assert (row["parameters"], row["status"]) == (4, "ok")
    assert rows["bic"].is_monotonic_increasing
    assert _rank(table, candidates, "aic")["aic"].is_monotonic_increasing
    apart = pd.DataFrame({"bic": [2.0, 1.0], "aic": [1.0, 2.0]})
    assert apart.sort_values("bic").index.tolist() == [1, 0]


def test_checks_of_ranges_turn_at_a_tenth_of_the_people():
    def found(std_dev, seen=100.0):
        fitted = SimpleNamespace(variance=np.array([std_dev**2 / 2, 0, std_dev**2 / 2]), means=np.ones(3))
        return _check_ranges(fitted, Predicted(seen, 5.0, 1.0, 1.0, 2.0))

    assert (found(10.0).name, found(9.99).status, found(10.1).status) == ("ranges", "pass", "review")
    assert found(10.1).numbers == pytest.approx({"cells": 2, "std_dev": 10.1})
    assert found(0.0).numbers == {"cells": 0, "std_dev": 0}
    assert "2 of 3 counts are known as a range; the number on the lists is 100 with" in found(4.0).message
    whole = _check_existence(SimpleNamespace(kept=np.array([True, True])))
    assert (whole.name, whole.status, whole.numbers) == ("existence", "pass", {"parameters": 2, "removed": 0})
    less = _check_existence(SimpleNamespace(kept=np.array([True, False, False])))
    assert (less.name, less.status, less.numbers) == ("existence", "review", {"parameters": 3, "removed": 2})
    sound = SimpleNamespace(status="ok_extended")
    assert _require(sound, "[1]") is sound
    for status, says in (("no_mle", "does not exist"), ("not_identified", "is not identified by the patterns")):
        with pytest.raises(FitError, match=rf"the estimate of model \[1\] {says}"):
            _require(SimpleNamespace(status=status), "[1]")


def test_what_is_no_table_seen_in_part_is_refused():
    rows = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["6", "4", "<5"]})
    part = PartialHistories.from_counts(rows)
    assert require_partial(part) is part
    known = CaptureHistories.from_counts(rows.assign(count=[6, 4, 2]))
    assert require_partial(known).low.tolist() == [0, 6, 4, 2]
    with pytest.raises(DataError, match="a int was given, must be PartialHistories or CaptureHistories"):
        require_partial(3)
    with pytest.raises(DataError, match="list 1 of 2 is empty: leave it out"):
        require_partial(PartialHistories.from_counts(rows.assign(count=["0", "4", "0"])))
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        require_partial(PartialHistories.from_counts(rows.assign(count=["6", "4", "0"])))
    assert require_partial(PartialHistories.from_counts(rows.assign(count=["6", "0", "0-1"]))).high[3] == 1


def test_fixed_models_have_limits_and_chosen_ones_do_not():
    table = published_lists("hav-taiwan")
    fixed = PartialLogLinear("fixed", model="[12,13]", level=0.8).fit(table)
    assert (fixed.n, fixed.interval, fixed.level, fixed.model) == (271, "profile", 0.8, "[12,13]")
    assert fixed.estimates[["std_error", "ci_low", "ci_high"]].notna().all(axis=None)
    assert fixed.models.index.tolist() == ["[12,13]"]
    chosen = PartialLogLinear("aic", max_order=1).fit(table)
    assert (chosen.interval, chosen.model, len(chosen.models)) == ("none", "[1,2,3]", 1)
    assert chosen.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert fixed.scope == table.scope
    assert fixed.fitted["expected"].tolist() == fixed.fitted["low"].tolist()
    assert fixed.fitted["fitted"].sum() == pytest.approx(271)
