"""One list against singleRcapture, and what the frequencies themselves say."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from single_list.seen import DUTCH, TABLE, pinned

from ctresearch.core import FitError
from ctresearch.prevalence import ChaoLowerBound, Zelterman, ZeroTruncated

MODELS = {
    "ztpoisson": ZeroTruncated(**TABLE),
    "ztgeom": ZeroTruncated("geometric", **TABLE),
    "chao": ChaoLowerBound(**TABLE),
    "zelterman": Zelterman(**TABLE),
    "oiztpoisson": ZeroTruncated(ones="inflated", **TABLE),
    "oiztgeom": ZeroTruncated("geometric", ones="inflated", **TABLE),
}
# R stops when the likelihood changes by 1e-8 or so: one-inflated fits are off the maximum by up to 1e-6 of themselves
CLOSE = 2e-6


@pytest.mark.parametrize("name", MODELS)
def test_population_and_coefficients_are_those_of_r(name):
    result, held = MODELS[name].fit(DUTCH), pinned()[name]
    row = result.estimates.loc["population"]
    assert row["estimate"] == pytest.approx(held["N"], rel=1e-9 if "oizt" not in name else CLOSE)
    assert result.coefficients["estimate"].to_numpy() == pytest.approx(held["coefficients"], rel=CLOSE)
    assert result.coefficients["std_error"].to_numpy() == pytest.approx(held["coef_se"], rel=CLOSE)
    assert result.log_likelihood == pytest.approx(held["log_likelihood"], rel=1e-9)
    assert result.aic == pytest.approx(held["aic"], rel=1e-9)
    assert result.bic == pytest.approx(held["bic"], rel=1e-9)
    assert result.estimates.loc["unobserved", "estimate"] == pytest.approx(row["estimate"] - 1880)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "oiztgeom"])
def test_errors_and_limits_are_those_of_r(name):
    result, held = MODELS[name].fit(DUTCH), pinned()[name]
    row = result.estimates.loc["population"]
    assert row["std_error"] == pytest.approx(held["se"], rel=CLOSE)
    # R's log-normal limits, the second of its two rows
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([held["low"][1], held["high"][1]], rel=CLOSE)


def test_the_one_inflated_geometric_error_counts_the_binomial_variance_in_full():
    # R adds N - n, which is n (1 - p) / p, in place of n (1 - p) / p ** 2, the variance of n over p
    held = pinned()["oiztgeom"]
    seen, chance = 1880, 1880 / held["N"]
    right = held["se"] ** 2 - seen * (1 - chance) / chance + seen * (1 - chance) / chance**2
    error = MODELS["oiztgeom"].fit(DUTCH).estimates.loc["population", "std_error"]
    assert error == pytest.approx(np.sqrt(right), rel=CLOSE)


def test_normal_limits_are_those_of_r():
    row = ZeroTruncated(limits="normal", **TABLE).fit(DUTCH).estimates.loc["population"]
    held = pinned()["ztpoisson"]
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([held["low"][0], held["high"][0]], rel=1e-8)
    wide = ZeroTruncated(limits="normal", **TABLE, level=0.99).fit(DUTCH).estimates.loc["population"]
    assert (wide["ci_high"] - wide["estimate"]) / wide["std_error"] == pytest.approx(2.5758293, rel=1e-7)


def test_closed_forms():
    # Chao: f1 ** 2 / (2 f2); Zelterman: n over 1 - exp(-2 f2 / f1)
    unseen = ChaoLowerBound(**TABLE).fit(DUTCH).estimates.loc["unobserved", "estimate"]
    assert unseen == pytest.approx(1645**2 / (2 * 183), rel=1e-12)
    whole = Zelterman(**TABLE).fit(DUTCH).estimates.loc["population", "estimate"]
    assert whole == pytest.approx(1880 / -np.expm1(-2 * 183 / 1645), rel=1e-12)


def test_ones_left_out_or_inflated_give_one_population():
    # Böhning and van der Heijden (2019): the two likelihoods have one maximum for what is above one
    left_out = ZeroTruncated(ones="truncated", **TABLE).fit(DUTCH).estimates
    inflated = ZeroTruncated(ones="inflated", **TABLE).fit(DUTCH).estimates
    pd.testing.assert_frame_equal(left_out, inflated, rtol=1e-8)
    after = ZeroTruncated(ones="inflated_after", **TABLE).fit(DUTCH)
    mean = np.exp(after.coefficients.loc[("mean", "Intercept"), "estimate"])
    assert after.estimates.loc["population", "estimate"] == pytest.approx(1880 / -np.expm1(-mean), rel=1e-10)


def test_frequencies_and_their_fit():
    result = ZeroTruncated(**TABLE).fit(DUTCH)
    table = result.frequencies
    assert table.index.tolist() == ["1", "2", "3 or more"]
    assert table["observed"].tolist() == [1645, 183, 52]
    mean = np.exp(result.coefficients["estimate"].iloc[0])
    shares = np.array([mean, mean**2 / 2]) * np.exp(-mean) / -np.expm1(-mean)
    assert table["fitted"].tolist() == pytest.approx([*1880 * shares, 1880 * (1 - shares.sum())], rel=1e-9)
    off = ((table["observed"] - table["fitted"]) ** 2 / table["fitted"]).sum()
    ratio = 2 * (table["observed"] * np.log(table["observed"] / table["fitted"])).sum()
    goodness = result.goodness_of_fit
    assert goodness["value"].tolist() == pytest.approx([off, ratio])
    assert goodness["df"].tolist() == [1, 1]
    assert goodness["p_value"].tolist() == pytest.approx([chi2.sf(off, 1), chi2.sf(ratio, 1)])
    assert {c.name: c.status for c in result.checks} == {
        "repeats": "pass",
        "unseen": "pass",
        "precision": "pass",
        "frequencies": "review",
    }
    left_out = ZeroTruncated("geometric", ones="truncated", **TABLE).fit(DUTCH).frequencies
    assert left_out.index.tolist() == ["2", "3", "4 or more"]
    assert left_out["observed"].tolist() == [183, 37, 15]


def test_the_negative_binomial_on_the_boundary_is_refused():
    # singleRcapture reports a population of 5.3e14 with a tight interval here
    with pytest.raises(
        FitError, match="the dispersion grows without limit, where the population is infinite"
    ) as caught:
        ZeroTruncated("negative_binomial", **TABLE).fit(DUTCH)
    assert "ChaoLowerBound" in str(caught.value)


def test_what_is_hardly_told_is_for_review():
    result = ZeroTruncated("negative_binomial", ones="truncated", **TABLE).fit(DUTCH)
    status = {c.name: c.status for c in result.checks}
    assert status["precision"] == "review"
    row = result.estimates.loc["population"]
    assert row["std_error"] > row["estimate"]
