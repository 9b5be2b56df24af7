import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, nchypergeom_fisher

from ctresearch.consequences import exact_odds_ratio, outcome_shares
from ctresearch.consequences.burden.exact_intervals import clopper_pearson, conditional_odds
from ctresearch.core import DataError


def people(a, b, c, d):
    """Lay out exposed with and without the outcome, then unexposed with and without."""
    return pd.DataFrame({"violence": [1] * (a + b) + [0] * (c + d), "anxiety": [1] * a + [0] * b + [1] * c + [0] * d})


def test_shares_equal_r():
    # binom.test(612, 1000) and binom.test(3, 41) of R 4.5.
    assert clopper_pearson(612, 1000, 0.95) == pytest.approx((0.581003923405, 0.642334595964), rel=1e-10)
    assert clopper_pearson(3, 41, 0.95) == pytest.approx((0.0153514715334, 0.1992459783767), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.99))
def test_limits_leave_half_of_the_rest_on_each_side(counts, level):
    cases, n = counts
    low, high = clopper_pearson(cases, n, level)
    if cases > 0:
        assert binom.sf(cases - 1, n, low) == pytest.approx((1 - level) / 2, rel=1e-6)
    if cases < n:
        assert binom.cdf(cases, n, high) == pytest.approx((1 - level) / 2, rel=1e-6)


def test_groups_are_terms():
    frame = people(12, 9, 5, 30).assign(shelter=["north", "south"] * 28)
    result = outcome_shares(frame, outcome="anxiety", by="shelter")
    assert list(result.estimates.index) == ["all", "north", "south"]
    assert result.estimates.loc["all", "estimate"] == 17 / 56
    assert result.checks[0].status == "pass"
    assert outcome_shares(frame.head(8), outcome="anxiety").checks[0].status == "review"


def test_odds_ratio_equals_r():
    # fisher.test(matrix(c(12, 5, 9, 30), 2)) of R 4.5, whose root finder stops at three to four digits.
    result = exact_odds_ratio(people(12, 9, 5, 30), outcome="anxiety", exposure="violence")
    row = result.to_frame(exponentiate=True).iloc[0]
    assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [7.64320711504, 1.90393061169, 35.9360270], rel=1e-3
    )
    assert result.checks[0].numbers["p_value"] == pytest.approx(0.00200682554071, rel=1e-10)


def test_the_exact_equations_hold():
    cells = np.array([[12, 9], [5, 30]])
    found = conditional_odds(cells, 0.95)
    given_margins = [nchypergeom_fisher(56, 17, 21, np.exp(v)) for v in (found.log_ratio, found.low, found.high)]
    assert given_margins[0].mean() == pytest.approx(12, rel=1e-8)
    assert given_margins[1].sf(11) == pytest.approx(0.025, rel=1e-6)
    assert given_margins[2].cdf(12) == pytest.approx(0.025, rel=1e-6)


def test_swapping_rows_turns_the_ratio_round():
    one = conditional_odds(np.array([[12, 9], [5, 30]]), 0.9)
    two = conditional_odds(np.array([[5, 30], [12, 9]]), 0.9)
    assert (two.log_ratio, two.low, two.high) == pytest.approx((-one.log_ratio, -one.high, -one.low), rel=1e-9)


def test_an_empty_cell_gives_one_limit_and_no_estimate():
    result = exact_odds_ratio(people(7, 0, 2, 11), outcome="anxiety", exposure="violence")
    row = result.estimates.iloc[0]
    assert np.isnan(row["estimate"])
    assert np.exp(row["ci_low"]) == pytest.approx(3.62880787877, rel=1e-4)  # fisher.test of the same table
    assert row["ci_high"] == np.inf
    assert result.status == "fail"


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (people(5, 5, 0, 0), "column 'violence' is the same for all 10 people"),
        (people(5, 0, 5, 0), "column 'anxiety' is the same for all 10 people"),
        (people(5, 5, 5, 5).assign(anxiety=2), "must hold 0 and 1"),
        (people(5, 5, 5, 5).assign(anxiety=np.nan), "missing"),
    ],
)
def test_tables_that_say_nothing_are_refused(frame, words):
    with pytest.raises(DataError, match=words):
        exact_odds_ratio(frame, outcome="anxiety", exposure="violence")


def test_impossible_counts_are_refused():
    with pytest.raises(DataError, match="5 cases of 3 people"):
        clopper_pearson(5, 3, 0.95)
