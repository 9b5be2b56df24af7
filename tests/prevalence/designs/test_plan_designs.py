"""Designs tried on invented people: figures by hand, failures counted, and what is refused."""

import numpy as np
import pytest

from ctresearch.core import DataError, Result, SpecificationError, estimates_table
from ctresearch.data.synthetic import city
from ctresearch.prevalence import DesignPlan, compare_designs, plan_designs, plans_of_city


def fit(point):
    if point < 0:
        raise DataError("no such number")
    return Result(method="m", estimates=estimates_table({"population": (point, 10.0, point - 20, point + 20)}), n=9)


def numbers(values):
    """Draw given numbers, one a seed."""
    values = list(values)
    return DesignPlan(lambda seed: values[seed.spawn_key[-1]], fit, 7.0)


def figures(result, design):
    return result.estimates[result.estimates["design"] == design]["estimate"]


def test_every_figure_by_hand():
    values = [100.0] * 10 + [115.0] * 6 + [125.0] * 4
    result = plan_designs({"a": numbers(values)}, truth=100, against=90, draws=20)
    found = figures(result, "a")
    mean = np.mean(values)
    assert found["bias"] == pytest.approx(mean / 100 - 1)
    assert found["spread"] == pytest.approx(np.std(values, ddof=1) / 100)
    assert found["width"] == pytest.approx(0.4)
    assert found["coverage"] == pytest.approx(0.8)
    assert found["power"] == pytest.approx(0.5)  # 80 to 120 holds 90, 95 to 135 does not
    assert found["failed"] == 0
    assert found["cost"] == 7
    row = result.estimates.loc["coverage"]
    from scipy.stats import binomtest

    ends = binomtest(16, 20).proportion_ci(method="wilson")
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([ends.low, ends.high], rel=1e-9)
    assert row["std_error"] == pytest.approx(np.sqrt(0.8 * 0.2 / 20))
    assert (result.n, result.truth, result.against) == (20, 100.0, 90.0)


def test_samples_that_give_no_limits_are_counted_apart():
    result = plan_designs(
        {"a": numbers([100.0] * 15 + [-1.0] * 5), "b": numbers([-1.0] * 20)}, truth=100, against=50, draws=20
    )
    found = figures(result, "a")
    assert found["failed"] == pytest.approx(0.25)
    assert found["coverage"] == 1
    assert found["power"] == pytest.approx(0.75)
    nothing = figures(result, "b")
    assert nothing["failed"] == 1
    assert nothing[["bias", "spread", "width", "coverage", "power"]].isna().all()
    assert result.checks[0].status == "review"
    assert result.checks[0].numbers["lost"] == 1


def test_without_another_number_there_is_no_power():
    result = plan_designs({"a": numbers([100.0] * 20)}, truth=100, draws=20)
    assert np.isnan(figures(result, "a")["power"])
    assert np.isnan(result.against)
    assert result.checks[0].status == "pass"
    assert Result.from_dict(result.to_dict()) == result


def test_a_plan_with_its_own_truth_is_held_against_it():
    def share(value):
        row = (value, 0.02, value - 0.1, value + 0.1)
        return Result(method="m", estimates=estimates_table({"mean": row, "population": (1.0,) * 4}), n=9)

    own = DesignPlan(lambda seed: 0.3 if seed.spawn_key[-1] < 15 else 0.6, share, term="mean", truth=0.25)
    result = plan_designs({"a": numbers([100.0] * 20), "b": own}, truth=100, against=90, draws=20)
    found = figures(result, "b")
    assert found["bias"] == pytest.approx((0.3 * 15 + 0.6 * 5) / 20 / 0.25 - 1)
    assert found["width"] == pytest.approx(0.2 / 0.25)
    assert found["coverage"] == pytest.approx(0.75)
    assert np.isnan(found["power"]), "90 people are no share"
    assert figures(result, "a")["power"] == 0
    assert figures(result, "a")["coverage"] == 1
    # a term of its own alone: the same truth as all
    named = DesignPlan(own.draw, share, term="mean")
    assert figures(plan_designs({"b": named}, truth=0.3, draws=20), "b")["bias"] == pytest.approx(0.375 / 0.3 - 1)


@pytest.mark.slow
def test_designs_of_the_city_estimate_what_they_say():
    made = city(8_000, prevalence=0.05, seed=2)
    plans = plans_of_city(made)
    hidden = made.frame[made.frame["exploited"] == 1]
    assert {name: plan.truth for name, plan in plans.items() if plan.truth is not None} == {
        "time-location survey, of who goes out": (hidden["nights"] > 0).sum(),
        "household survey, share": hidden.shape[0] / made.frame["adult"].sum(),
        "RDS-II, share": hidden["woman"].mean(),
        "successive sampling, share": hidden["woman"].mean(),
    }
    for name in ("household survey, share", "RDS-II, share", "successive sampling, share"):
        plan = plans[name]
        row = plan.fit(plan.draw(np.random.SeedSequence(3))).estimates.loc[plan.term]
        # one sample of each: a distance beyond four errors says that something else is estimated
        assert abs(row["estimate"] - plan.truth) < 4 * row["std_error"], name
        assert 0 < row["ci_low"] < row["estimate"] < row["ci_high"] < 1


@pytest.mark.slow
def test_all_designs_of_the_city_give_a_result_and_can_be_compared():
    made = city(8_000, prevalence=0.05, seed=2)
    plans = {name: plan for name, plan in plans_of_city(made).items() if plan.truth is None}
    results = {name: plan.fit(plan.draw(np.random.SeedSequence(3))) for name, plan in plans.items()}
    comparison = compare_designs(results, term={name: plan.term for name, plan in plans.items() if plan.term})
    assert set(comparison.estimates.index) == {*plans, "pooled"}
    truth = made.truth["exploited"]
    for name in ("household survey", "generalised scale-up", "two respondent-driven samples", "lists and a survey"):
        row = comparison.designs.loc[name]
        # three errors; the slow test counts how often intervals hold the truth
        assert abs(np.log(row["estimate"] / truth)) < 3 * row["log_error"], name
    # who never goes out is never met: far below the truth, whatever the interval says
    assert comparison.estimates.loc["recapture at venues", "ci_high"] < truth


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plan_designs({}, truth=1), "at least one design"),
        (lambda: plan_designs({"a": 3}, truth=1), "at least one design"),
        (lambda: plan_designs({"a": numbers([1.0] * 20)}, truth=0), "truth == 0"),
        (lambda: plan_designs({"a": numbers([1.0] * 20)}, truth=1, draws=19), "draws == 19"),
        (lambda: plan_designs({"a": numbers([1.0] * 20)}, truth=1, draws=20, term="x"), "0 rows of the term 'x'"),
        (lambda: DesignPlan(draw=1, fit=fit), "must be a function"),
        (lambda: DesignPlan(draw=fit, fit=fit, cost=-1), "cost == -1"),
        (lambda: DesignPlan(draw=fit, fit=fit, truth=0.0), "truth == 0.0"),
        (lambda: plans_of_city(city(1000, seed=1), ["snowball"]), "designs names 'snowball'"),
    ],
)
def test_options_that_are_none_are_refused(call, words):
    with pytest.raises(SpecificationError, match=words):
        call()
