"""Identifying assumptions against R, by hand, on simulated truths, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import pinned, published_lists

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman, IdentifiedPopulation, LogLinear, highest_order_sensitivity
from ctresearch.prevalence.assumptions.assumption_words import state
from ctresearch.prevalence.assumptions.dirichlet_posterior import draw_chances, unobserved_draws
from ctresearch.prevalence.assumptions.identification import grouped, identification, identified

TAIWAN = "hav-taiwan"
PINS = pinned("identifying_assumptions")[TAIWAN]
OPTIONS = {
    "no_highest_order": {},
    "conditional ab": {"assumption": "conditional", "among": ["L1", "L2"]},
    "marginal ab": {"assumption": "marginal", "among": ["L1", "L2"]},
}
CELLS = [(name, ratio) for name, rows in PINS.items() for ratio in rows]


def table_of(counts, names="abcdef"):
    """Build a table of lists from counts by cell."""
    lists = list(names[: len(counts).bit_length() - 1])
    rows = [[cell >> i & 1 for i in range(len(lists))] + [int(counts[cell])] for cell in range(1, len(counts))]
    return CaptureHistories.from_counts(pd.DataFrame(rows, columns=[*lists, "count"]))


def population(result, column="estimate"):
    """Return one number of a result."""
    return float(result.estimates.loc["population", column])


@pytest.mark.parametrize(("name", "ratio"), CELLS)
def test_plug_in_gives_the_estimates_and_errors_of_glm(name, ratio):
    pin = PINS[name][ratio]
    result = IdentifiedPopulation(version="plug_in", ratio=float(ratio), **OPTIONS[name]).fit(published_lists(TAIWAN))
    row = result.estimates.loc["unobserved"]
    # glm stops short of the maximum and inverts its information: nine digits remain
    assert row["estimate"] == pytest.approx(pin["unobserved"], rel=1e-9)
    assert row["std_error"] == pytest.approx(pin["std_error"], rel=1e-9)


def test_no_highest_order_is_the_log_linear_model_with_all_other_interactions():
    result = IdentifiedPopulation(version="plug_in").fit(published_lists("kosovo"))
    fixed = LogLinear("fixed", model="[123,124,134,234]").fit(published_lists("kosovo"))
    for column in ("estimate", "std_error"):
        # the log-linear model is fitted by Newton's steps, this one in closed form
        assert population(result, column) == pytest.approx(population(fixed, column), rel=1e-8)


@pytest.mark.parametrize("table", [TAIWAN, "kosovo"])
def test_the_curve_of_no_highest_order_is_that_of_the_log_linear_sensitivity(table):
    ratios = [0.5, 1.0, 3.0]
    curve = IdentifiedPopulation(version="plug_in", ratios=ratios).fit(published_lists(table)).sensitivity
    other = highest_order_sensitivity(published_lists(table), factors=ratios).estimates.set_index("factor")
    assert curve["estimate"].to_numpy() == pytest.approx(other["estimate"].to_numpy(), rel=1e-8)


def test_a_marginal_pair_is_the_two_list_estimate_whatever_the_third_list_says():
    # on none of the two: Petersen's 69 + 21 + 17 + 28 people times 55 + 21 + 18 + 28 over 21 + 28
    result = IdentifiedPopulation(version="plug_in", **OPTIONS["marginal ab"]).fit(published_lists(TAIWAN))
    assert population(result) == pytest.approx(135 * 122 / 49, rel=1e-12)
    chapman = Chapman().fit(published_lists(TAIWAN).drop("L3"))
    assert population(result) == pytest.approx(population(chapman), rel=0.02)  # Chapman adds one to each count


@pytest.mark.parametrize(("among", "without"), [(0b111, 0), (0b011, 0b100), (0b011, 0), (0b1011, 0b0100)])
def test_a_table_that_meets_the_assumption_gives_its_number_on_no_list_back(among, without):
    rng = np.random.default_rng(5)
    lists = max(among, without).bit_length()
    counts = rng.uniform(50, 400, 1 << lists)
    by = identification(lists, among, without)
    whole = np.bincount(by.groups, weights=counts, minlength=by.signs.size)
    size = by.signs.size - 1
    signs = np.where(np.bitwise_count(np.arange(size)) & 1, 1, -1)
    log_ratio = by.parity * -(signs @ np.log(whole[:size]))  # the interaction that this table has
    _, left = identified(grouped(counts, by), by, np.exp(log_ratio))
    assert left == pytest.approx(counts[0], rel=1e-10)


def test_lists_left_out_of_both_are_summed_over():
    placed = state("conditional", ["a", "b"], ["c"], 1.0).of("abcd")
    assert placed.rest == ("d",)
    counts = np.arange(16.0) + 10
    off = [cell for cell in range(16) if not cell & 0b0100]
    groups = grouped(counts, placed.identification)
    assert groups[3] == sum(counts[cell] for cell in off if cell & 0b11 == 3)
    assert groups[0] == counts[0b1000]
    assert "whatever other lists" in placed.words()


def test_posterior_ranks_are_uniform_when_tables_are_drawn_from_the_prior():
    random, by, ranks = np.random.default_rng(11), identification(3, 0b111, 0), []
    for _ in range(400):
        chances = random.dirichlet(np.full(7, 2.0))
        _, odds = identified(np.concatenate([[0.0], chances, [0.0]]), by)
        truth = random.negative_binomial(300, 1 / (1 + odds))
        groups = np.concatenate([[0.0], random.multinomial(300, chances), [0.0]])
        drawn = unobserved_draws(draw_chances(groups, by, 2.0, 99, random), by, 1.0, random).draws
        ranks.append(np.sum(drawn < truth) + random.integers(0, 1 + np.sum(drawn == truth)))
    seen = np.bincount(np.array(ranks) // 10, minlength=10)
    # chi-squared on 9 degrees of freedom is below 27.9 with probability .999
    assert ((seen - 40) ** 2 / 40).sum() < 27.9


def simulate(random, people, odds_ratio=1.0):
    """Draw a table of three lists; the first two have an odds ratio among people on and off the third."""
    p = np.array([1.0, 0.7, 0.6, 0.42 * odds_ratio])
    chances = np.concatenate([p * 0.6 / p.sum(), p[[0, 2, 1, 3]] * 0.4 / p.sum()])
    return random.multinomial(people, chances)


def coverage(options, odds_ratio, people=3000, runs=60):
    """Count how often the limits hold the truth."""
    random, inside = np.random.default_rng(3), 0
    for _ in range(runs):
        counts = simulate(random, people, odds_ratio)
        row = (
            IdentifiedPopulation(draws=1000, ratios=[1.0], **options).fit(table_of(counts)).estimates.loc["population"]
        )
        inside += row["ci_low"] <= people <= row["ci_high"]
    return inside / runs


@pytest.mark.slow
@pytest.mark.parametrize("version", ["posterior", "plug_in"])
def test_the_truth_is_covered_under_the_assumption_and_not_without_it(version):
    pair = {"assumption": "conditional", "among": ["a", "b"], "version": version}
    # 60 tables: 95 % coverage gives at least 51 with probability .999
    assert coverage({**pair, "ratio": 3.0}, 3.0) >= 51 / 60
    assert coverage(pair, 3.0, runs=20) < 0.5


@pytest.mark.slow
def test_no_highest_order_covers_the_truth():
    assert coverage({}, 2.0) >= 51 / 60


def test_a_table_that_contradicts_a_marginal_assumption_gives_no_estimate():
    # a and b nearly always together, and many people on c alone: independence asks for fewer than were seen there
    table = table_of([0, 10, 10, 200, 500, 10, 10, 50])
    for version in ("posterior", "plug_in"):
        result = IdentifiedPopulation("marginal", among=["a", "b"], version=version).fit(table)
        check = next(check for check in result.checks if check.name == "assumption")
        assert not check.stands
        assert np.isnan(population(result))
        assert result.draws is None

    allowed = IdentifiedPopulation("marginal", among=["a", "b"], version="plug_in", ratios=[1, 1000]).fit(table)
    # 60 * 60 / 250 are asked for with independence, a thousand times as many with an odds ratio of 1,000
    assert np.isnan(allowed.sensitivity.loc[1.0, "estimate"])
    assert allowed.sensitivity.loc[1000.0, "estimate"] == pytest.approx(790 + 1000 * 20 * 20 / 250 - 500)


def test_an_empty_cell_below_the_line_gives_no_estimate_and_one_above_is_told():
    below = IdentifiedPopulation().fit(table_of([0, 60, 50, 0, 40, 20, 20, 9]))
    assert np.isnan(population(below))
    assert "hold nobody" in next(c for c in below.checks if c.name == "cells").message
    above = table_of([0, 900, 900, 50, 900, 50, 50, 0])
    assert np.isnan(population(IdentifiedPopulation(version="plug_in").fit(above)))
    smooth = IdentifiedPopulation().fit(above)
    statuses = {check.name: check.status for check in smooth.checks}
    assert statuses["cells"] == "review"
    assert statuses["prior"] == "fail"  # half or twice the prior halves or doubles the number on no list


def test_results_read_back_and_give_limits_at_other_levels():
    result = IdentifiedPopulation().fit(published_lists(TAIWAN))
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    inner, outer = result.confidence_interval(0.5), result.confidence_interval(0.95)
    assert outer.low["population"] < inner.low["population"] < inner.high["population"] < outer.high["population"]


def test_the_picture_shows_the_curve():
    axes = IdentifiedPopulation(ratios=[0.5, 1, 2]).fit(published_lists(TAIWAN)).plot()
    assert axes.get_xscale() == "log"
    assert len(axes.lines[0].get_xdata()) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"assumption": "none"}, "no_highest_order"),
        ({"among": ["L1", "L2"]}, "about all"),
        ({"assumption": "marginal"}, "two or more"),
        ({"assumption": "marginal", "among": ["L1"]}, "at least 2"),
        ({"assumption": "marginal", "among": ["L1", "L2"], "without": ["L3"]}, "goes with assumption 'conditional'"),
        ({"assumption": "conditional", "among": ["L1", "L2"], "without": ["L2"]}, "must share none"),
        ({"ratio": 0}, "ratio == 0"),
        ({"ratios": [1, 1]}, "different numbers"),
        ({"version": "exact"}, "version"),
        ({"prior": 0}, "prior == 0"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        IdentifiedPopulation(**options)


def test_lists_that_are_not_there_and_too_many_at_once_are_refused():
    with pytest.raises(SpecificationError, match="1 of the lists"):
        IdentifiedPopulation("marginal", among=["L1", "police"]).fit(published_lists(TAIWAN))
    random = np.random.default_rng(2)
    many = pd.DataFrame(random.integers(0, 2, (300, 11)), columns=[f"l{i}" for i in range(11)])
    with pytest.raises(SpecificationError, match="at most 10"):
        IdentifiedPopulation().fit(CaptureHistories.from_records(many, list(many.columns)))
    with pytest.raises(DataError, match="CaptureHistories"):
        IdentifiedPopulation().fit(many)
