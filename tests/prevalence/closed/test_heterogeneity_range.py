"""People who differ in a way that is not chosen."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, ClosedPopulation, HeterogeneityRange, Scenario


def test_limits_are_the_outermost_of_the_models_that_fit():
    table = published_lists("hav-taiwan")
    result = HeterogeneityRange().fit(table)
    each = [
        ClosedPopulation("Mth", heterogeneity=shape).fit(table).estimates.loc["population"]
        for shape in ("poisson", "darroch", "gamma")
    ]
    found = result.estimates.loc["population"]
    assert found["ci_low"] == min(one["ci_low"] for one in each)
    assert found["ci_high"] == max(one["ci_high"] for one in each)
    # three lists: all fit equally well, and the estimate is the geometric mean
    assert result.shapes["weight"].to_numpy() == pytest.approx(1 / 3, abs=1e-6)
    assert found["estimate"] == pytest.approx(np.prod([one["estimate"] for one in each]) ** (1 / 3), rel=1e-5)
    assert result.status == "review"


def test_a_shape_that_the_table_rules_out_moves_nothing():
    result = HeterogeneityRange().fit(published_lists("kosovo"))
    assert result.shapes["weight"].to_dict() == {"poisson": 0.0, "darroch": 0.0, "gamma": 1.0}
    gamma = ClosedPopulation("Mth", heterogeneity="gamma").fit(published_lists("kosovo")).estimates.loc["population"]
    assert result.estimates.loc["population", "estimate"] == pytest.approx(gamma["estimate"], rel=1e-9)
    assert result.estimates.loc["population", "ci_high"] == gamma["ci_high"]
    behind = result.shapes["deviance"] - result.shapes["deviance"].min()
    assert (behind[["poisson", "darroch"]] > 3.84).all()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["independence", "heterogeneous"])
def test_it_covers_where_lists_are_independent_given_the_person(scenario):
    held = []
    for seed in range(40):
        table = Scenario.named(scenario).draw(np.random.default_rng([7, seed]))
        low, high = HeterogeneityRange().fit(table).estimates.loc["population", ["ci_low", "ci_high"]]
        held.append(low <= 2000 <= high)
    assert np.mean(held) >= 0.85  # 95 % less three Monte Carlo errors of 40 tables


def test_other_levels_give_other_limits():
    table = published_lists("hav-taiwan")
    wide, narrow = (HeterogeneityRange(level=level).fit(table).estimates.loc["population"] for level in (0.95, 0.5))
    assert wide["ci_low"] < narrow["ci_low"] < narrow["estimate"] < narrow["ci_high"] < wide["ci_high"]
    with pytest.raises(SpecificationError, match=r"fit with level=0\.9"):
        HeterogeneityRange().fit(table).confidence_interval(0.9)


def test_refusals():
    with pytest.raises(SpecificationError, match="at least 3 lists, the table has 2"):
        HeterogeneityRange().fit(published_lists("hav-taiwan").drop("L3"))
    frame = pd.DataFrame({"A": [1, 0, 0, 1], "B": [0, 1, 0, 1], "C": [0, 0, 1, 0], "count": [3, 4, 5, 2]})
    with pytest.raises(FitError, match="none of 3 models of people who differ has an estimate"):
        HeterogeneityRange().fit(CaptureHistories.from_counts(frame))
