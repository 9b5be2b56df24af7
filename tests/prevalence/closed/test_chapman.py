"""Chapman's estimator: the hypergeometric it is unbiased for, its intervals, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.stats import hypergeom

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman


def two_lists(only_first, only_second, both):
    """Build a table of two lists."""
    return CaptureHistories.from_counts(
        pd.DataFrame({"a": [1, 0, 1], "b": [0, 1, 1], "count": [only_first, only_second, both]})
    )


def population(result, column="estimate"):
    """Take one number of the population."""
    return float(result.estimates[column]["population"])


def test_it_has_no_bias_where_the_lists_add_up_to_the_population():
    truth, first, second = 60, 35, 30
    overlap = np.arange(first + second - truth, second + 1)
    chance = hypergeom(truth, first, second).pmf(overlap)
    kept = [(m, p) for m, p in zip(overlap, chance, strict=True) if 0 < m < second and p > 1e-12]
    values = [population(Chapman().fit(two_lists(first - m, second - m, m))) for m, _ in kept]
    mean = float(np.dot(values, [p for _, p in kept])) / sum(p for _, p in kept)
    # exact but for the overlaps left out, whose chance is below 1e-6
    assert mean == pytest.approx(truth, rel=1e-5)


@pytest.mark.slow
def test_the_standard_error_covers_the_spread_of_estimates():
    truth, first, second = 2000, 600, 500
    overlap = np.arange(60, 260)
    chance = hypergeom(truth, first, second).pmf(overlap)
    results = [Chapman().fit(two_lists(first - m, second - m, m)) for m in overlap]
    values = np.array([population(r) for r in results])
    spread = np.sqrt(chance @ values**2 - (chance @ values) ** 2)
    average = np.sqrt(chance @ np.array([population(r, "std_error") for r in results]) ** 2)
    # Seber's variance is unbiased up to terms of the order exp(-overlap)
    assert average == pytest.approx(spread, rel=1e-3)


@pytest.mark.slow
def test_both_intervals_cover_at_their_level():
    truth, first, second = 2000, 600, 500
    overlap = np.arange(60, 260)
    chance = hypergeom(truth, first, second).pmf(overlap)
    for kind in ("lognormal", "normal"):
        inside = [
            population(r, "ci_low") <= truth <= population(r, "ci_high")
            for r in (Chapman(interval=kind).fit(two_lists(first - m, second - m, m)) for m in overlap)
        ]
        # exact coverage of a discrete overlap with 150 expected: within two points of 95 %
        assert 0.93 < float(chance @ inside) < 0.97


def test_rcapture_gives_the_same_for_two_lists():
    # Seber's formulas as in closedp.bc: 136 * 123 / 50 - 1
    result = Chapman().fit(published_lists("hav-taiwan").drop("L3"))
    assert population(result) == pytest.approx(136 * 123 / 50 - 1, rel=1e-12)
    assert population(result, "std_error") ** 2 == pytest.approx(136 * 123 * 86 * 73 / (50**2 * 51), rel=1e-12)


def test_a_small_overlap_asks_for_review():
    assert Chapman().fit(two_lists(60, 50, 3)).checks[0].status == "review"
    assert Chapman().fit(two_lists(60, 50, 30)).checks[0].status == "pass"


def test_two_lists_show_nothing_of_their_assumptions():
    result = Chapman().fit(two_lists(60, 50, 30))
    checks = {check.name: check for check in result.checks}
    for name in ("people differ", "lists attract", "lists repel"):
        assert checks[name].status == "review"
        assert checks[name].message.startswith("Two lists cannot show it")
    assert result.status == "review"


def test_lognormal_limits_stay_above_the_number_seen():
    row = Chapman(level=0.99).fit(two_lists(5, 4, 20)).estimates.loc["population"]
    assert row["ci_low"] > 29
    assert Chapman(interval="normal", level=0.99).fit(two_lists(5, 4, 20)).estimates["ci_low"]["population"] < 29


def test_other_tables_are_refused():
    with pytest.raises(DataError, match="takes 2"):
        Chapman().fit(published_lists("korea"))
    with pytest.raises(DataError, match="in common"):
        Chapman().fit(two_lists(30, 40, 0))
    with pytest.raises(SpecificationError, match="must be one of"):
        Chapman(interval="profile")
