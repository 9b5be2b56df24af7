"""Strata that share how lists depend on one another."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, PooledStrata, stratified
from ctresearch.prevalence.strata.pooled_fit import fit_pooled, laplace_height, pooled_design

TAIWAN = published_lists("hav-taiwan")
CELLS = np.arange(8)
ON = CELLS[:, None] >> np.arange(3) & 1


def drawn_strata(random, tau, strata=6, people=300):
    """Draw strata of equal size whose first two lists attract each other, by 0.8 on average."""
    parts = {}
    for s in range(strata):
        logs = ON @ random.normal([-1.0, -1.2, -1.4], 0.3) + random.normal(0.8, tau) * ON[:, 0] * ON[:, 1]
        counts = random.multinomial(people, np.exp(logs) / np.exp(logs).sum())
        rows = pd.DataFrame(ON[1:], columns=list("ABC")).assign(count=counts[1:])
        parts[f"s{s}"] = CaptureHistories.from_counts(rows)
    return parts


def test_equal_strata_give_the_estimate_of_one():
    result = PooledStrata("[12,3]", pooling="complete").fit({"one": TAIWAN, "two": TAIWAN})
    alone = LogLinear("fixed", model="[12,3]").fit(TAIWAN).estimates.loc["population"]
    rows = result.estimates.set_index("stratum")
    assert rows.loc["one", "estimate"] == pytest.approx(alone["estimate"], rel=1e-9)
    assert rows.loc["all", "estimate"] == pytest.approx(2 * alone["estimate"], rel=1e-9)
    # twice the people on the interaction: less uncertain than one stratum by itself, more than a known interaction
    known = LogLinear("fixed", model="[1,2,3]").fit(TAIWAN).estimates.loc["population", "std_error"]
    assert known < rows.loc["one", "std_error"] < alone["std_error"]


def test_complete_pooling_is_one_poisson_regression():
    """Against statsmodels on the same table written out by hand."""
    import statsmodels.api as sm

    strata = drawn_strata(np.random.default_rng(3), 0.2, strata=2)
    result = PooledStrata("[12,3]", pooling="complete").fit(strata)
    blocks = [np.hstack([np.ones((7, 1)), ON[1:]]).astype(float)] * 2
    shared = np.tile(ON[1:, 0] * ON[1:, 1], 2)[:, None]
    design = np.hstack([np.kron(np.eye(2), blocks[0]), shared])
    counts = np.concatenate([table.cell_counts()[1:] for table in strata.values()])
    other = sm.GLM(counts, design, family=sm.families.Poisson()).fit(tol=1e-12)
    seen = np.array([table.n_observed for table in strata.values()])
    rows = result.estimates.loc["population"]
    assert rows["estimate"].to_numpy() == pytest.approx(seen + np.exp(other.params[[0, 4]]), rel=1e-7)
    assert result.interactions["mean"]["12"] == pytest.approx(other.params[8], rel=1e-6)
    assert result.interactions["std_error"]["12"] == pytest.approx(other.bse[8], rel=1e-5)


def test_the_scatter_is_found():
    small = PooledStrata("[12,3]", draws=500).fit(drawn_strata(np.random.default_rng(1), 0.0, 10, 3000))
    large = PooledStrata("[12,3]", draws=500).fit(drawn_strata(np.random.default_rng(1), 1.0, 10, 3000))
    # with 10 strata a standard deviation is known to about a quarter
    assert small.tau < 0.25
    assert large.tau == pytest.approx(1.0, abs=0.6)
    assert {check.name: check.status for check in large.checks}["scatter"] == "review"


def test_strata_too_unlike_to_be_pooled_fail():
    found = PooledStrata("[12,3]", draws=500).fit(drawn_strata(np.random.default_rng(2), 4.0, 8, 20_000))
    assert {check.name: check.status for check in found.checks}["scatter"] == "fail"
    assert found.status == "fail"


@pytest.mark.slow
def test_pooling_covers_and_is_closer_than_strata_alone():
    random, inside, total, apart = np.random.default_rng(5), [], [], []
    for _ in range(60):
        strata = drawn_strata(random, 0.3)
        rows = PooledStrata("[12,3]", draws=1000).fit(strata).estimates
        each = rows.loc["population"]
        inside.append(((each["ci_low"] <= 300) & (each["ci_high"] >= 300)).mean())
        total.append(rows.loc["total", "ci_low"] <= 1800 <= rows.loc["total", "ci_high"])
        alone = stratified(LogLinear("fixed", model="[12,3]"), strata).estimates.loc["population"]
        apart.append([np.square(np.log(one["estimate"] / 300)).mean() for one in (each, alone)])
    # three standard errors of .95: 0.035 over 360 strata, 0.085 over 60 totals
    assert np.mean(inside) > 0.95 - 0.035
    assert np.mean(total) > 0.95 - 0.085
    assert np.mean(apart, axis=0)[0] < np.mean(apart, axis=0)[1]


def test_a_list_that_does_not_exist_is_not_an_empty_list():
    strata = drawn_strata(np.random.default_rng(8), 0.0, strata=3, people=2000)
    without = strata["s2"].counts.groupby(["A", "B"], as_index=False)["count"].sum()
    without = without[(without["A"] + without["B"]) > 0].assign(C=0)
    strata["s2"] = CaptureHistories.from_counts(without[["A", "B", "C", "count"]])
    result = PooledStrata("[12,3]", pooling="complete", absent={"s2": ["C"]}).fit(strata)
    # with two lists alone the interaction would be unknown; the other strata tell it. Truth 2,000
    row = result.estimates.set_index("stratum").loc["s2"]
    assert row["ci_low"] < 2000 < row["ci_high"]
    naive = LogLinear("fixed", model="[1,2]").fit(strata["s2"].drop("C")).estimates.loc["population", "ci_high"]
    assert naive < 2000
    with pytest.raises(DataError, match=r"list 3 of 3 is empty in stratum \d: name it in absent"):
        PooledStrata("[12,3]").fit(strata)


def test_years_that_overlap_have_no_total():
    result = PooledStrata("[12,3]", overlapping=True, draws=500).fit({"2020": TAIWAN, "2021": TAIWAN})
    assert result.estimates.index.tolist() == ["population", "population"]
    assert "total" not in result.draws.index.get_level_values("term")
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result


def test_laplace_is_exact_for_a_normal_posterior():
    """With many people the likelihood is normal: the height is that of a normal-normal model."""
    counts = [np.array([0.0, 40_000, 30_000, 20_000, 25_000, 9_000, 8_000, 5_000]) * f for f in (1, 2)]
    terms = np.array([0, 1, 2, 4, 3])
    design = pooled_design(counts, [0, 0], terms, deviations=True)
    found = fit_pooled(design)
    deviations = found.fits[0].beta[design.own]
    assert deviations == pytest.approx([0, 0], abs=1e-6)  # proportional tables share their interactions
    heights = []
    for one, tau in zip(found.fits, found.taus, strict=True):
        precision = np.zeros(len(one.beta))
        precision[design.own] = tau**-2
        heights.append(laplace_height(one, precision))
    # equal estimates with variances v1, v2: the restricted likelihood of tau is (v1 + v2 + 2 tau**2) ** -0.5
    single = [fit_pooled(pooled_design([c], [0], terms, deviations=False)).fits[0].covariance[4, 4] for c in counts]
    expected = -0.5 * np.log(sum(single) + 2 * found.taus**2)
    assert np.diff(heights) == pytest.approx(np.diff(expected), abs=1e-6)


@pytest.mark.parametrize(
    ("options", "strata", "error", "words"),
    [
        ({}, {"one": TAIWAN}, DataError, "two tables or more"),
        ({}, {"one": TAIWAN, "two": published_lists("korea")}, DataError, "use the same lists"),
        (
            {"absent": {"three": ["L1"]}},
            {"one": TAIWAN, "two": TAIWAN},
            SpecificationError,
            "is none of the 2 strata",
        ),
        (
            {"absent": {"one": ["L9"]}},
            {"one": TAIWAN, "two": TAIWAN},
            SpecificationError,
            "names 'L9', which is none of the 3 lists",
        ),
        ({"absent": {"one": ["L1"]}}, {"one": TAIWAN, "two": TAIWAN}, DataError, "135 people are on it"),
        ({"model": "[123]"}, {"one": TAIWAN, "two": TAIWAN}, FitError, "is not identified"),
    ],
)
def test_refusals(options, strata, error, words):
    with pytest.raises(error, match=words):
        PooledStrata(**({"model": "[1,2,3]"} | options)).fit(strata)


def test_small_strata_are_told():
    few = CaptureHistories.from_counts(
        pd.DataFrame({"L1": [1, 0, 0, 1], "L2": [0, 1, 0, 1], "L3": [0, 0, 1, 0], "count": [9, 8, 7, 2]})
    )
    result = PooledStrata("[12,3]", draws=500).fit({"large": TAIWAN, "small": few})
    check = result.checks[0]
    assert check.status == "review"
    assert "small" in check.message


def test_coefficients_of_strata_that_are_alike_are_those_of_one():
    table = CaptureHistories.from_published("hav-taiwan")
    alone = LogLinear("fixed", model="[12,3]").fit(table).coefficients
    together = PooledStrata("[12,3]", pooling="complete", draws=500).fit({"one": table, "two": table})
    for name in ("one", "two"):
        rows = together.coefficients[together.coefficients["stratum"] == name]
        assert rows.index.tolist() == alone.index.tolist()
        np.testing.assert_allclose(rows["estimate"], alone["estimate"], rtol=1e-6)
        # twice the people tell of the interaction that the strata share
        assert rows["std_error"]["12"] == pytest.approx(alone["std_error"]["12"] / np.sqrt(2), rel=1e-6)
    assert together.odds_ratios["odds_ratio"].tolist() == pytest.approx([np.exp(alone["estimate"]["12"])] * 2, rel=1e-6)


def test_a_stratum_departs_from_the_common_interaction_where_its_table_says_so():
    table = CaptureHistories.from_published("hav-taiwan")
    counts = table.counts
    counts.loc[(counts["L1"] == 1) & (counts["L2"] == 1), "count"] *= 6
    result = PooledStrata("[12,3]", draws=500).fit({"one": table, "two": CaptureHistories.from_counts(counts)})
    one, two = result.coefficients.loc["12", "estimate"]
    assert one < result.interactions["mean"]["12"] < two


def test_coefficients_leave_out_lists_that_a_stratum_does_not_have():
    table = CaptureHistories.from_published("uk-2013-5")
    counts = table.counts
    gone = counts[counts["GP"] == 0]
    tables = {"whole": table, "fewer": CaptureHistories.from_counts(gone)}
    result = PooledStrata("[12,13,25,34]", pooling="complete", absent={"fewer": ["GP"]}, draws=500).fit(tables)
    rows = result.coefficients
    assert {"5", "25"} <= set(rows.index[rows["stratum"] == "whole"])
    assert not {"5", "25"} & set(rows.index[rows["stratum"] == "fewer"])
    intercepts = np.exp(rows.loc["intercept", "estimate"].to_numpy())
    unseen = result.estimates.loc["population", "estimate"].to_numpy() - [table.n_observed, gone["count"].sum()]
    np.testing.assert_allclose(intercepts, unseen, rtol=1e-9)
