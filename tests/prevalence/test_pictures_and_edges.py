"""Pictures that show their numbers, and what happens at the edges of what a method can tell."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, Result, SpecificationError, estimates_table, plot
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    ClosedPopulation,
    ConditionalLikelihood,
    LogLinear,
    LowerBound,
    PartialHistories,
    PartialLogLinear,
    PooledStrata,
    WeightedAverage,
    compare_methods,
    internal_validity,
    list_sensitivity,
    odds_ratio_sensitivity,
    plot_heterogeneity,
    predictive_check,
    simulate_coverage,
    stratified,
)
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.closed.lower_bound import bound_of_frequencies, bound_of_lists
from ctresearch.prevalence.diagnostics.comparison_checks import check_bounds, check_headline_interval
from ctresearch.prevalence.diagnostics.method_outcome import try_method
from ctresearch.prevalence.loglinear.model_terms import given_model


def table():
    """Return the table of three lists."""
    return published_lists("hav-taiwan")


def lists_of(lists, counts):
    """Build a table from the counts of all patterns in the order of their bits."""
    columns = {name: [cell >> i & 1 for cell in range(1, 1 << len(lists))] for i, name in enumerate(lists)}
    return CaptureHistories.from_counts(pd.DataFrame(columns | {"count": counts}))


def test_one_assumption_is_drawn_as_a_curve_with_its_limits():
    result = odds_ratio_sensitivity(table(), ("L1", "L2"), odds_ratios=(0.5, 1, 2))
    ax = result.plot()
    curve, at_one = ax.lines
    assert curve.get_xdata().tolist() == [0.5, 1, 2]
    assert curve.get_ydata() == pytest.approx(result.estimates["estimate"].to_numpy())
    assert curve.get_color() == plot.BLUE
    assert list(at_one.get_xdata()) == [1, 1]
    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(result.estimates["ci_low"].min())
    assert heights.max() == pytest.approx(result.estimates["ci_high"].max())
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylabel()) == ("log", "log", "population (persons)")
    assert ax.get_xlabel() == result.labels[0]
    assert ax.get_title(loc="left") == "Population (persons) by log-linear model [13,23]"
    mine = plot.new_axes()
    assert result.plot(mine) is mine


def test_statistics_are_drawn_in_standard_deviations_of_simulated_tables():
    result = predictive_check(LogLinear("fixed", model="[12,13]").fit(table()), samples=100, seed=1)
    ax = result.plot()
    assert ax.get_xlabel() == "standard deviations from the mean of simulated tables"
    assert [one.get_text() for one in ax.get_yticklabels()] == list(result.estimates.index)
    assert ax.get_title(loc="left") == result.method
    dots = np.concatenate([np.asarray(line.get_xdata(), dtype=float) for line in ax.lines])
    rows, middle = result.estimates, result.p_values["simulated"]
    wanted = ((rows["estimate"] - middle) / rows["std_error"])["deviance"]
    assert np.isclose(dots, wanted).any()


def test_predicted_lists_are_drawn_beside_their_true_sizes():
    result = internal_validity(table(), LowerBound())
    ax = result.plot()
    crosses = ax.lines[-1]
    assert crosses.get_xdata().tolist() == list(result.known)
    assert crosses.get_ydata().tolist() == [2, 1, 0]
    assert (crosses.get_marker(), crosses.get_color()) == ("x", plot.VERMILION)
    assert ax.get_xlabel() == "size of the list (persons): dot predicted, cross true"
    # of the list's people those who are on another one are known: the rest are predicted
    check = result.checks[0]
    rows = result.estimates
    ratio = rows["estimate"].to_numpy() / np.array(result.known)
    assert check.numbers["median_error"] == pytest.approx(np.exp(np.median(np.abs(np.log(ratio)))) - 1)
    assert check.numbers["predicted"] == check.numbers["with_limits"] == 3
    inside = (rows["ci_low"].to_numpy() <= result.known) & (result.known <= rows["ci_high"].to_numpy())
    assert check.numbers["inside"] == inside.sum()


def test_strata_and_coverages_are_drawn_by_name():
    result = stratified(LogLinear("fixed", model="[1,2,3]"), {"one": table(), "two": table()})
    ax = result.plot()
    assert [one.get_text() for one in ax.get_yticklabels()] == ["one", "two", "total"]
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "persons"
    methods = {"bound": LowerBound(level=0.9)}
    simulated = simulate_coverage(["sparse", "positive"], methods, replications=4, level=0.9, jobs=1)
    shown = simulated.plot()
    assert [one.get_text() for one in shown.get_yticklabels()] == ["sparse: bound", "positive: bound"]
    assert shown.get_xlabel() == "share of populations"
    assert any(np.allclose(np.asarray(line.get_xdata(), dtype=float), 0.9) for line in shown.lines)


def test_the_headline_stands_out_and_lower_bounds_are_named():
    methods = {
        "mt": ClosedPopulation("Mt"),
        "floor": LowerBound(),
        "even floor": LowerBound(list_chances="equal"),
        "pairs": LogLinear("fixed", model="[12,13]"),
    }
    result = compare_methods(table(), methods, headline="mt")
    ax = result.plot()
    names = [one.get_text() for one in ax.get_yticklabels()]
    assert sorted(names) == ["even floor, lower bound", "floor, lower bound", "mt, headline", "pairs"]
    assert ax.get_yticklabels()[0].get_fontweight() == "bold"
    words = result.paragraph()
    assert "mt, the headline, gives 388 (95 % interval 350 to 435" in words
    assert "Lower bounds are 479 (floor) and" in words
    assert result.checks[0].numbers == {}
    quiet = compare_methods(table(), {"mt": LogLinear("bic"), "floor": LowerBound()}, headline="mt")
    assert "95 % interval none" in quiet.paragraph()


def test_an_interval_that_leaves_estimates_out_is_too_narrow():
    assert check_headline_interval(10, 20, np.array([9.0, 10, 20, 21])).numbers == {"outside": 2, "others": 4}
    assert check_headline_interval(10, 20, np.array([9.0, 10, 20, 21])).status == "review"
    assert check_headline_interval(10, 20, np.array([10.0, 20])).status == "pass"
    for low, high in ((np.nan, 20), (10, np.inf)):
        assert check_headline_interval(low, high, np.array([15.0])).status == "review"
    assert check_bounds(5, np.array([3.0, 5.0])).status == "pass"
    assert check_bounds(4.9, np.array([3.0, 5.0])).numbers == {"headline": 4.9, "largest_bound": 5}


def test_a_method_without_a_number_is_said_to_give_none():
    class Silent:
        def fit(self, data):
            return Result(
                method="silent", estimates=estimates_table({"population": (np.nan,) * 4}, unit="persons"), n=1
            )

    outcome = try_method(Silent(), table())
    assert outcome.applies
    assert "no estimate" in outcome.reason
    assert try_method(LowerBound(), table()).reason == ""


def test_limits_where_nobody_is_unseen():
    assert lognormal_limits(100, 0, 0, 0.95) == (100, 100)
    assert np.isnan(lognormal_limits(100, 0, 3, 0.95)).all()
    low, high = lognormal_limits(100, 50, 20, 0.95)
    assert (low - 100) * (high - 100) == pytest.approx(50**2)  # symmetric on the log scale
    assert np.log((high - 100) / 50) == pytest.approx(1.959964 * np.sqrt(np.log(1.16)), rel=1e-6)


def test_bounds_by_hand():
    # (t - 1) / t * f1 ** 2 / (2 f2) = .5 * 1600 / 40; variance 20 + 400 * (4 / 40 + 1 / 20)
    found = bound_of_frequencies(40, 20, 2, bias_corrected=False)
    assert (found.estimate, found.std_error**2) == pytest.approx((20, 80))
    assert bound_of_frequencies(0, 20, 2, bias_corrected=False).std_error == 0
    corrected = bound_of_frequencies(40, 20, 2, bias_corrected=True)
    assert corrected.estimate == pytest.approx(0.5 * 40 * 39 / 42)
    cubic = 1600 + 3200 + 120 - 120 - 6
    variance = corrected.estimate + 0.25 * 40 * 39 * cubic / (4 * 21**2 * 22)
    assert corrected.std_error**2 == pytest.approx(variance)
    # two lists: Chapman's correction adds one person to those on both
    cells = np.array([0.0, 60, 40, 20])
    assert bound_of_lists(cells, 2, bias_corrected=True).estimate == pytest.approx(60 * 40 / 21)
    assert bound_of_lists(cells, 2, bias_corrected=False).std_error ** 2 == pytest.approx(
        120 + 120**2 * (1 / 60 + 1 / 40 + 1 / 20)
    )


@pytest.mark.parametrize("both", [4, 5])
def test_few_people_on_two_lists_ask_for_review(both):
    check = LowerBound().fit(lists_of("ab", [30, 20, both])).checks[0]
    assert (check.status, check.numbers) == ("pass" if both == 5 else "review", {"on_one": 50, "on_two": both})


def test_a_model_that_leaves_hardly_anybody_unseen_says_so():
    result = ClosedPopulation("Mt").fit(lists_of("abc", [1, 1, 30, 1, 30, 30, 200]))
    check = next(one for one in result.checks if one.name == "boundary")
    assert check.status == "review"
    assert check.numbers["unobserved"] == pytest.approx(result.estimates["estimate"]["unobserved"])
    assert check.numbers["unobserved"] < 1
    assert result.interval == "profile"
    at_half = result.confidence_interval(0.5)
    assert at_half.low["population"] >= 293


def test_limits_at_another_level_come_from_the_profile_again():
    fixed = LogLinear("fixed", model="[12,13]", level=0.9)
    result, wider = fixed.fit(table()), LogLinear("fixed", model="[12,13]", level=0.99).fit(table())
    again = result.confidence_interval(0.99)
    for term in ("population", "unobserved"):
        assert again.low[term] == pytest.approx(wider.estimates["ci_low"][term])
        assert again.high[term] == pytest.approx(wider.estimates["ci_high"][term])
    assert list(result.odds_ratios.columns) == ["lists", "odds_ratio", "ci_low", "ci_high"]
    assert np.log(result.odds_ratios["odds_ratio"]).to_numpy() == pytest.approx(
        result.coefficients.loc[result.coefficients["order"] > 1, "estimate"].to_numpy()
    )
    with pytest.raises(SpecificationError):
        LogLinear("bic").fit(table()).confidence_interval(0.5)
    with pytest.raises(SpecificationError, match="needs at least 2,000 bootstrap draws"):
        LogLinear("bic", bootstrap=50).fit(table()).confidence_interval(0.999)
    wide = ClosedPopulation("Mt", level=0.99).fit(table()).estimates.loc["population"]
    closed = ClosedPopulation("Mt").fit(table()).confidence_interval(0.99)
    assert (closed.low["population"], closed.high["population"]) == pytest.approx((wide["ci_low"], wide["ci_high"]))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: list_sensitivity(table(), "bic"), SpecificationError, "estimator == 'bic', must have a method fit"),
        (lambda: stratified(3, {}), SpecificationError, "estimator == 3, must have a method fit"),
        (lambda: given_model("fixed", None), SpecificationError, "needs a model"),
        (lambda: given_model("bic", "[1,2]"), SpecificationError, r"'\[1,2\]' goes with select='fixed'"),
        (lambda: LogLinear("stepwise", top_models=5), SpecificationError, "top_models == 5 goes with"),
        (lambda: LogLinear("bic", p_enter=2), SpecificationError, "p_enter == 2"),
        (lambda: LogLinear("bic", bootstrap=-1), SpecificationError, "bootstrap == -1"),
        (lambda: LogLinear(max_order=0), SpecificationError, "max_order == 0"),
        (lambda: PartialLogLinear(max_order=0), SpecificationError, "max_order == 0"),
        (lambda: PartialLogLinear(max_order=3).fit(table()), SpecificationError, "must be below the number of lists"),
        (lambda: WeightedAverage(max_order=3).fit(table()), SpecificationError, "max_order == 3, must be at most 2"),
        (lambda: WeightedAverage("dic"), SpecificationError, "criterion == 'dic'"),
        (
            lambda: WeightedAverage().fit(published_lists("new-orleans")),
            SpecificationError,
            "has 8 lists, averaging takes at most 6",
        ),
        (lambda: ClosedPopulation("Mh"), SpecificationError, "heterogeneity == None does not go with model == 'Mh'"),
        (lambda: ClosedPopulation("Mb"), SpecificationError, "occasions_ordered=True"),
        (
            lambda: ClosedPopulation("Mh", heterogeneity="chao", theta=2),
            SpecificationError,
            "theta == 2 goes with heterogeneity 'poisson' or 'gamma' only",
        ),
        (lambda: ClosedPopulation("Mh", heterogeneity="poisson", theta=1), SpecificationError, "theta == 1"),
        (
            lambda: ConditionalLikelihood(lists=[f"L{i}" for i in range(9)]),
            SpecificationError,
            "lists has 9 columns, must have from 2 to 8",
        ),
        (lambda: ConditionalLikelihood("y ~ x", lists=["a", "b"]), SpecificationError, "without a left side"),
        (lambda: PooledStrata("[1,2]", draws=10), SpecificationError, "draws == 10"),
        (lambda: PooledStrata("[1,2]", pooling="none"), SpecificationError, "pooling == 'none'"),
        (lambda: PooledStrata("[1,2,3]").fit({"a": table()}), DataError, "must be two tables or more by name"),
        (
            lambda: PooledStrata("[1,2,3]").fit({"a": table(), "b": table().drop("L1")}),
            DataError,
            "stratum 2 of 2 has other lists than the first",
        ),
        (
            lambda: PooledStrata("[1,2,3]", absent={"c": ["L1"]}).fit({"a": table(), "b": table()}),
            SpecificationError,
            "number 1 is none of the 2 strata",
        ),
        (
            lambda: PooledStrata("[1,2,3]", absent={"a": ["X"]}).fit({"a": table(), "b": table()}),
            SpecificationError,
            "which is none of the 3 lists",
        ),
        (
            lambda: PooledStrata("[1,2,3]", absent={"b": ["L1"]}).fit({"a": table(), "b": table()}),
            DataError,
            "stratum 2 does not have list 1, but 135 people are on it",
        ),
        (
            lambda: PooledStrata("[1,2,3]").fit(empty_stratum()),
            DataError,
            "list 3 of 3 is empty in stratum 2: name it in",
        ),
        (lambda: Chapman().fit(lists_of("ab", [3, 4, 0])), DataError, "in common"),
        (lambda: plot_heterogeneity("x"), DataError, "must be CaptureHistories"),
        (lambda: LowerBound().fit(lists_of("abc", [9, 8, 0, 7, 0, 0, 2])), FitError, "bound is infinite"),
    ],
)
def test_what_cannot_be_is_refused_with_its_option_and_its_number(call, error, says):
    with pytest.raises(error, match=says):
        call()


def empty_stratum():
    """Return two strata, of which the second has nobody on the third list."""
    return {"a": table(), "b": lists_of(["L1", "L2", "L3"], [5, 6, 3, 0, 0, 0, 0])}


def test_a_coefficient_at_minus_infinity_is_counted():
    part = PartialHistories.from_histories(lists_of("abc", [30, 20, 0, 25, 6, 5, 0]))
    result = PartialLogLinear("fixed", model="[12,3]").fit(part)
    check = result.checks[0]
    assert (check.name, check.status, check.numbers) == ("existence", "review", {"parameters": 5, "removed": 1})
    whole = LogLinear("fixed", model="[12,3]").fit(lists_of("abc", [30, 20, 0, 25, 6, 5, 0]))
    found = {one.name: one.numbers for one in whole.checks}
    assert found["existence"]["removed"] == 1
    assert found["overlaps"] == {"pairs": 3, "empty": 1, "below_5": 1}
    # a and b share nobody: the odds ratio is 0, and c is independent of who is on one of them
    assert whole.odds_ratios["odds_ratio"].tolist() == [0]
    assert whole.estimates["estimate"]["population"] == pytest.approx(result.estimates["estimate"]["population"])
