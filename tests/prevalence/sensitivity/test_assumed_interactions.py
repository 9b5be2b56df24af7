"""Populations as a function of interactions that are assumed."""

import json

import numpy as np
import pytest
from pins import cells_of, published_lists

from ctresearch.core import FitError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, highest_order_sensitivity, odds_ratio_sensitivity

TWO = CaptureHistories.from_published("hav-taiwan").drop("L3")


def test_two_lists_are_in_proportion_to_the_odds_ratio():
    result = odds_ratio_sensitivity(TWO, ("L1", "L2"), odds_ratios=[3, 0.25, 1])
    _, one, two, both = TWO.cell_counts()
    ratios = np.array([0.25, 1, 3])
    assert result.estimates["odds_ratio"].tolist() == ratios.tolist()
    # Newton's method stops at a decrement of 1e-12
    assert result.estimates["estimate"].to_numpy() == pytest.approx(
        TWO.n_observed + ratios * one * two / both, rel=1e-9
    )
    independent = LogLinear("fixed", model="[1,2]").fit(TWO).estimates.loc["population"]
    for column in ("std_error", "ci_low", "ci_high"):
        assert result.estimates[column].iloc[1] == pytest.approx(independent[column], rel=1e-6)


def test_the_odds_ratio_that_was_estimated_gives_the_estimate_back():
    table = published_lists("uk-2013-5")
    whole = LogLinear("fixed", model="[12,13,24,5]").fit(table)
    fitted = whole.fitted.set_index(list(table.lists))["fitted"]
    apart = fitted[1, 0, 0, 0, 0] * fitted[0, 1, 0, 0, 0]
    unseen = whole.estimates.loc["unobserved", "estimate"]
    ratio = fitted[1, 1, 0, 0, 0] * unseen / apart
    first, second = table.lists[:2]
    result = odds_ratio_sensitivity(table, (first, second), odds_ratios=[ratio], model="[13,24,5]")
    assert result.estimates["estimate"].iloc[0] == pytest.approx(
        whole.estimates.loc["population", "estimate"], rel=1e-8
    )


def test_three_lists_go_down_with_the_highest_interaction():
    """For an odd number of lists the number on none has it in the denominator."""
    table = published_lists("hav-taiwan")
    cells = cells_of("hav-taiwan")
    plain = cells[1] * cells[2] * cells[4] * cells[7] / (cells[3] * cells[5] * cells[6])
    rows = highest_order_sensitivity(table, factors=[0.5, 1, 4]).estimates
    assert rows["estimate"].to_numpy() == pytest.approx(table.n_observed + plain / np.array([0.5, 1, 4]), rel=1e-8)


def test_four_lists_go_up_with_the_highest_interaction():
    """For an even number of lists the number on none is in proportion to it."""
    table = published_lists("kosovo")
    unseen = highest_order_sensitivity(table, factors=[0.5, 1, 4]).estimates["estimate"] - table.n_observed
    assert (unseen / unseen.iloc[1]).tolist() == pytest.approx([0.5, 1, 4], rel=1e-7)


def test_two_pairs_make_contours():
    table = published_lists("hav-taiwan")
    result = odds_ratio_sensitivity(table, ("L1", "L2"), second=("L1", "L3"), odds_ratios=[0.5, 1, 2])
    assert result.assumed == ("odds_ratio", "second_odds_ratio")
    assert len(result.estimates) == 9
    plain = LogLinear("fixed", model="[1,23]").fit(table).estimates.loc["population", "estimate"]
    rows = result.estimates.set_index(["odds_ratio", "second_odds_ratio"])
    assert rows.loc[(1.0, 1.0), "estimate"] == pytest.approx(plain, rel=1e-9)
    assert rows.loc[(2.0, 2.0), "estimate"] > rows.loc[(2.0, 1.0), "estimate"] > plain
    assert result.estimates["ci_low"].isna().all()
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    ax = result.plot()
    assert ax.get_xlabel() == "odds ratio of L1 and L2 among people on no other list"
    assert ax.get_ylabel() == "odds ratio of L1 and L3 among people on no other list"
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_the_check_says_how_far_the_assumption_reaches():
    check = odds_ratio_sensitivity(TWO, ("L1", "L2"), odds_ratios=[0.2, 5]).checks[0]
    assert check.status == "review"
    assert check.numbers["factor"] > 2
    assert odds_ratio_sensitivity(TWO, ("L1", "L2"), odds_ratios=[1, 1.01]).checks[0].status == "pass"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pair": ("L1", "L4")}, "must be two of the 3 lists"),
        ({"pair": ("L1", "L1")}, "must be two of the 3 lists"),
        ({"second": ("L2", "L1")}, "is the pair itself"),
        ({"odds_ratios": [1, 1]}, "must be different numbers"),
        ({"odds_ratios": [0, 1]}, "between 0.001 and 1000"),
        ({"model": "[12,3]"}, "is assumed, but model"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(SpecificationError, match=words):
        odds_ratio_sensitivity(published_lists("hav-taiwan"), **({"pair": ("L1", "L2")} | options))


def test_a_model_without_an_estimate_is_refused():
    with pytest.raises(FitError, match="give a smaller one"):
        highest_order_sensitivity(published_lists("artificial-3"), factors=[1])
