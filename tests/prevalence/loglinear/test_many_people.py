"""Tables that count up to a hundred million people."""

import numpy as np
import pandas as pd
import pytest
from pins import cells_of, published_lists

from ctresearch.core import DataError
from ctresearch.prevalence import CaptureHistories, LogLinear, PartialHistories, WeightedAverage
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.prevalence.loglinear.ranking import fit_models

TIMES = 36_000  # 2,744 people of the United Kingdom become 98,784,000


def test_every_model_of_a_table_of_a_hundred_million_is_that_of_the_small_one():
    counts, models = cells_of("uk-2013-5"), all_models(5, 3)[::5]
    small, large = fit_models(counts, models), fit_models(counts * TIMES, models)
    assert (small.verdict == large.verdict).all()
    np.testing.assert_allclose(large.unobserved, small.unobserved * TIMES, rtol=1e-9)


def test_a_table_of_a_hundred_million_is_read_and_estimated():
    counts = published_lists("uk-2013-5").counts
    table = CaptureHistories.from_counts(counts.assign(count=counts["count"] * TIMES))
    small = LogLinear("fixed", model="[123,25,34]").fit(published_lists("uk-2013-5"))
    large = LogLinear("fixed", model="[123,25,34]").fit(table)
    assert large.n == 2744 * TIMES
    ratio = large.estimates.loc["population"] / small.estimates.loc["population"].where(lambda row: row.index != "unit")
    assert ratio["estimate"] == pytest.approx(TIMES, rel=1e-9)
    assert ratio["std_error"] == pytest.approx(np.sqrt(TIMES), rel=1e-9)
    assert large.estimates["ci_low"]["population"] < large.estimates["estimate"]["population"]


def test_a_first_guess_far_out_does_not_lose_an_estimate():
    # lists of millions whose overlaps hold a handful: least squares on log counts expects more than all people on earth
    counts = np.zeros(32)
    singles = {1: 44_539_806, 2: 1_932_318, 4: 18_378_182, 8: 34_147_337, 16: 996_396}
    pairs = {3: 2, 5: 990, 7: 990, 10: 3, 11: 4, 12: 989, 14: 4, 15: 1, 18: 1037, 19: 1, 20: 1, 27: 1, 28: 1, 29: 980}
    for cell, people in {**singles, **pairs, 30: 944}.items():
        counts[cell] = people
    terms = np.array([0, 1, 2, 4, 8, 16, 3, 5, 9, 17, 10, 18, 12, 19])
    model = fit_model(counts, terms)
    assert model.verdict == ESTIMATED
    margins = [counts[(np.arange(32) & term) == term].sum() for term in model.kept]
    fitted = [model.means[1:][(np.arange(1, 32) & term) == term].sum() for term in model.kept]
    # the likelihood equations: fitted margins are those observed, to the rounding of a hundred million
    np.testing.assert_allclose(fitted, margins, rtol=1e-7, atol=1e-5)


def test_no_model_of_millions_with_few_in_common_stops_the_search():
    rng = np.random.default_rng(1)
    for _ in range(3):
        counts = np.where(np.bitwise_count(np.arange(32)) > 1, rng.poisson(rng.choice([0, 0.5, 3, 1000], 32)), 0.0)
        counts[1 << np.arange(5)] = np.floor(rng.dirichlet(np.full(5, 0.5)) * 9e7)
        fits = fit_models(counts, all_models(5, 3)[::97])
        assert (fits.verdict == ESTIMATED).any()
        assert np.isfinite(fits.unobserved[fits.verdict == ESTIMATED]).all()


@pytest.mark.parametrize("estimator", [LogLinear(), WeightedAverage()])
def test_ranges_of_counts_are_sent_where_they_belong(estimator, tmp_path):
    frame = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["60", "40", "<5"]})
    with pytest.raises(DataError, match="PartialLogLinear"):
        estimator.fit(PartialHistories.from_counts(frame))
    with pytest.raises(DataError, match=r"PartialHistories\.from_counts"):
        CaptureHistories.from_counts(frame)
    frame.to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(DataError, match=r"PartialHistories\.from_counts"):
        CaptureHistories.from_csv(tmp_path / "table.csv")
