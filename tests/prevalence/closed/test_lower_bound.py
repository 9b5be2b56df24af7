"""Chao's bound against Rcapture and against populations of people who differ."""

import numpy as np
import pandas as pd
import pytest
from pins import GLM, pinned, published_lists

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, ClosedPopulation, LowerBound
from ctresearch.prevalence.closed.lower_bound import bound_of_frequencies, bound_of_lists

REFERENCE = pinned("rcapture_closed")
CORRECTED = {
    "equal": {table: found["bias_corrected"]["Mh Chao (LB)"] for table, found in REFERENCE.items()},
    "unequal": {table: found["bias_corrected"]["Mth Chao (LB)"] for table, found in REFERENCE.items()},
}


@pytest.mark.parametrize("table", sorted(REFERENCE))
@pytest.mark.parametrize("chances", ["equal", "unequal"])
def test_bias_corrected_bounds_equal_rcapture(table, chances):
    pin = CORRECTED[chances][table]
    row = LowerBound(list_chances=chances, bias_corrected=True).fit(published_lists(table)).estimates.loc["population"]
    # glm stops early
    assert row["estimate"] == pytest.approx(pin["estimate"], rel=10 * GLM)
    assert row["std_error"] == pytest.approx(pin["std_error"], rel=2e-4)


def test_lists_without_negative_terms_give_the_bound_of_the_closed_model():
    lists = published_lists("hav-taiwan")
    bound = LowerBound().fit(lists).estimates
    model = ClosedPopulation("Mth", heterogeneity="chao").fit(lists).estimates
    # the same maximum, by two designs of the same space
    np.testing.assert_allclose(bound["estimate"], model["estimate"], rtol=1e-9)
    np.testing.assert_allclose(bound["std_error"], model["std_error"], rtol=1e-9)


def test_the_variance_is_that_of_chao():
    once, twice = 120.0, 35.0
    ratio = once / twice
    chao = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    many = 10**9
    # the factor (t - 1) / t is 1 for many occasions
    assert bound_of_frequencies(once, twice, many, bias_corrected=False).std_error ** 2 == pytest.approx(chao, rel=1e-8)


def test_it_lies_below_a_population_of_people_who_differ_and_above_independence():
    rng = np.random.default_rng(4)
    people = 60_000
    chance = rng.beta(0.8, 4, people)[:, None] * np.array([1.0, 0.6, 0.8, 0.4])
    seen = rng.random((people, 4)) < chance
    names = list("ABCD")
    lists = CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), lists=names)
    bound = LowerBound().fit(lists).estimates["ci_high"]["population"]
    assert ClosedPopulation("Mt").fit(lists).estimates["estimate"]["population"] < bound < people


def test_lists_of_unequal_length_need_their_own_chances():
    # independent lists with chances .8, .05, .05: expected counts by pattern
    chance, size = np.array([0.8, 0.05, 0.05]), 10_000.0
    cells = np.array([np.prod(np.where([c >> i & 1 for i in range(3)], chance, 1 - chance)) for c in range(8)]) * size
    assert bound_of_lists(cells, 3, bias_corrected=False).estimate == pytest.approx(cells[0], rel=1e-6)
    closed = bound_of_frequencies(cells[[1, 2, 4]].sum(), cells[[3, 5, 6]].sum(), 3, bias_corrected=False)
    assert closed.estimate > 1.2 * cells[0]


def test_nobody_on_two_lists_is_refused_or_corrected():
    frame = pd.DataFrame({"a": [1, 0, 0, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "count": [9, 8, 7, 2]})
    lists = CaptureHistories.from_counts(frame)
    with pytest.raises(FitError, match="bias_corrected=True"):
        LowerBound(list_chances="equal").fit(lists)
    row = LowerBound(list_chances="equal", bias_corrected=True).fit(lists).estimates.loc["unobserved"]
    assert row["estimate"] == pytest.approx(2 / 3 * 24 * 23 / 2, rel=1e-12)


def test_bad_options_and_data_are_refused():
    with pytest.raises(SpecificationError, match="must be one of"):
        LowerBound(list_chances="all")
    with pytest.raises(DataError, match="CaptureHistories"):
        LowerBound().fit(None)
