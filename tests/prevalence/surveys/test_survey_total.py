"""Totals, means and ratios of a survey against R's survey, and designs that cannot be."""

import numpy as np
import pandas as pd
import pytest
from surveys.invented import pinned, refused, sample

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import SurveyTotal

NESTED = {"strata": "district", "cluster": "village", "weight": "weight"}
DESIGNS = {
    "strat": {"strata": "district", "weight": "weight"},
    "cluster": NESTED,
    "cluster_fpc": {**NESTED, "population": "villages"},
    "two_stage": {"strata": "district", "cluster": ["village", "person"], "population": ["villages", "people"]},
    "poststratified": {**NESTED, "known": {"sex": {"f": 1500, "m": 2200}}},
    "calibrated": {**NESTED, "known": {"sex": {"f": 1500, "m": 2200}, "hours": 110_000}},
    "jackknife": {**NESTED, "variance": "jackknife"},
    "jackknife_fpc": {**NESTED, "population": "villages", "variance": "jackknife"},
}
ASKED = {
    "total": {"outcome": "days"},
    "mean": {"outcome": "days", "statistic": "mean"},
    "people": {"outcome": "forced"},
    "ratio": {"outcome": "days", "statistic": "ratio", "denominator": "hours"},
}
HELD = pinned()["tables"]
COLUMNS = ["estimate", "std_error", "ci_low", "ci_high"]


def numbers(row):
    return row[COLUMNS].to_numpy(dtype=float)


def values(held):
    return [held[name] for name in ("estimate", "std_error", "low", "high")]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("asked", ASKED)
def test_estimates_errors_and_limits_are_those_of_r(design, asked):
    result = SurveyTotal(**ASKED[asked], **DESIGNS[design]).fit(sample())
    # closed formulas, so all digits that JSON holds; calibration solves equations
    assert numbers(result.estimates.iloc[0]) == pytest.approx(values(HELD[design][asked]), rel=1e-9)
    assert result.freedom == HELD[design]["degf"]


@pytest.mark.parametrize("design", DESIGNS)
def test_domains_are_those_of_r(design):
    for asked, name in (("total", "domain_total"), ("mean", "domain_mean")):
        result = SurveyTotal(**ASKED[asked], by="sex", **DESIGNS[design]).fit(sample())
        row = result.estimates[result.estimates["group"] == "f"].iloc[0]
        assert numbers(row) == pytest.approx(values(HELD[design][name]), rel=1e-9)
        assert result.domains.loc["f", "freedom"] == HELD[design]["domain_degf"]
        assert result.domains.loc["f", "people"] == 29
        whole = SurveyTotal(**ASKED[asked], **DESIGNS[design]).fit(sample()).estimates.iloc[0]
        assert numbers(result.estimates.iloc[0]) == pytest.approx(numbers(whole))


@pytest.mark.parametrize("design", [name for name in DESIGNS if "jackknife" not in name])
def test_design_effects_are_those_of_r(design):
    for asked, name in (("total", "deff_total"), ("mean", "deff_mean")):
        result = SurveyTotal(**ASKED[asked], **DESIGNS[design]).fit(sample())
        assert result.domains.loc["all", "design_effect"] == pytest.approx(HELD[design][name], rel=1e-9)


@pytest.mark.parametrize("design", [name for name in DESIGNS if "jackknife" not in name])
@pytest.mark.parametrize(("limits", "name"), [("logit", "logit"), ("beta", "beta"), ("arcsine", "asin")])
def test_limits_of_a_proportion_are_those_of_r(design, limits, name):
    result = SurveyTotal("forced", statistic="mean", limits=limits, **DESIGNS[design]).fit(sample())
    found = numbers(result.estimates.iloc[0])[2:]
    # R's logit limits come from glm, which stops a little short of the maximum
    assert found == pytest.approx(HELD[design][name], rel=1e-6 if limits == "logit" else 1e-9)


def test_weights_follow_from_the_population():
    frame = sample()
    given = SurveyTotal("days", **{**DESIGNS["two_stage"], "weight": "weight"}).fit(frame)
    made = SurveyTotal("days", **DESIGNS["two_stage"]).fit(frame)
    assert numbers(made.estimates.iloc[0]) == pytest.approx(numbers(given.estimates.iloc[0]))
    people = SurveyTotal(**DESIGNS["two_stage"]).fit(frame)
    assert people.estimates["estimate"].iloc[0] == pytest.approx(frame["weight"].sum())
    assert people.estimates["unit"].tolist() == ["persons"]


def test_hajeks_total_is_the_size_times_the_mean():
    frame = sample()
    mean = SurveyTotal("forced", statistic="mean", **NESTED).fit(frame).estimates.iloc[0]
    total = SurveyTotal("forced", people=5000, **NESTED).fit(frame).estimates.iloc[0]
    assert numbers(total) == pytest.approx(5000 * numbers(mean))
    parts = SurveyTotal("forced", people=5000, by="sex", **NESTED).fit(frame).estimates
    assert parts["estimate"].iloc[1:].sum() == pytest.approx(total["estimate"])


def test_lone_clusters_are_refused_unless_somebody_says_what_they_are():
    frame = refused()
    with pytest.raises(DataError, match="1 of 3 strata hold one person of the sample"):
        SurveyTotal("y", strata="h", weight="w").fit(frame)
    for lone in ("adjust", "certainty"):
        row = SurveyTotal("y", strata="h", weight="w", lone=lone).fit(frame).estimates.iloc[0]
        assert row["std_error"] == pytest.approx(HELD["lone"][lone], rel=1e-12)
    sure = frame.assign(size=[30, 30, 30, 20, 20, 1])
    with pytest.raises(DataError, match="1 of 3 strata hold one person"):  # drawn for certain, and alone
        SurveyTotal("y", strata="h", weight="w", population="size").fit(sure)
    one = sample().assign(village=1)
    with pytest.raises(DataError, match="hold one cluster of the sample"):
        SurveyTotal("days", cluster="village", weight="weight", lone="adjust").fit(one)


def test_a_census_of_a_cluster_in_the_second_stage_adds_nothing():
    frame = sample()
    few = frame[(frame["village"] > 0) | (frame["person"] == 0)].assign(
        people=lambda d: d["people"].where(d["village"] > 0, 1)
    )
    result = SurveyTotal("days", **DESIGNS["two_stage"]).fit(few)
    assert np.isfinite(result.estimates["std_error"].iloc[0])
    with pytest.raises(DataError, match="hold one cluster"):
        SurveyTotal("days", **DESIGNS["two_stage"]).fit(few.assign(people=few["people"].where(few["village"] > 0, 5)))


def test_half_samples_are_those_of_r():
    frame = pd.DataFrame({"h": [1, 1, 2, 2, 3, 3], "y": [1, 4, 6, 2, 9, 7], "w": [3.0, 3, 5, 5, 8, 8]})
    row = SurveyTotal("y", strata="h", weight="w", variance="brr").fit(frame).estimates.iloc[0]
    assert row["std_error"] == pytest.approx(HELD["brr"]["std_error"], rel=1e-12)
    # with two units a stratum, balanced halves give a total its linearised variance, whatever the population
    for population in (None, "n"):
        options = {"strata": "h", "weight": "w", "population": population}
        one, other = (
            SurveyTotal("y", variance=v, **options).fit(frame.assign(n=8)).estimates["std_error"].iloc[0]
            for v in ("brr", "linearised")
        )
        assert one == pytest.approx(other, rel=1e-12)
    with pytest.raises(DataError, match="1 of 2 strata do not hold two units"):
        SurveyTotal("y", strata="h", weight="w", variance="brr").fit(frame.assign(h=[1, 1, 2, 2, 2, 2]))


def test_the_rescaled_bootstrap_has_the_variance_of_the_design():
    for population in (None, "villages"):
        options = {**NESTED, "population": population}
        straight = SurveyTotal("days", **options).fit(sample()).estimates["std_error"].iloc[0]
        result = SurveyTotal("days", **options, variance="bootstrap", bootstrap=2000, seed=3).fit(sample())
        # the error of a standard deviation of 2,000 draws is 1.6 %, and four of them
        assert result.estimates["std_error"].iloc[0] == pytest.approx(straight, rel=0.065)
        assert result.inputs.seed == 3
    again = SurveyTotal("days", **NESTED, variance="bootstrap", bootstrap=60, seed=4).fit(sample())
    other = SurveyTotal("days", **NESTED, variance="bootstrap", bootstrap=60, seed=5).fit(sample())
    assert again.estimates["std_error"].iloc[0] != other.estimates["std_error"].iloc[0]


def test_replicate_weights_that_came_with_the_data():
    frame = sample()
    rng = np.random.default_rng(1)
    names = [f"r{i}" for i in range(30)]
    factors = pd.DataFrame(rng.integers(0, 3, (72, 30)), columns=names)
    frame = pd.concat([frame, factors.mul(frame["weight"], axis=0)], axis=1)
    result = SurveyTotal("days", weight="weight", variance="replicates", replicates=names).fit(frame)
    totals = frame[names].T @ frame["days"]
    assert result.estimates["std_error"].iloc[0] == pytest.approx(totals.std(ddof=1))
    scaled = SurveyTotal("days", weight="weight", variance="replicates", replicates=names, replicate_scale=0.5).fit(
        frame
    )
    assert scaled.estimates["std_error"].iloc[0] == pytest.approx(np.sqrt(0.5 * ((totals - totals.mean()) ** 2).sum()))
    with pytest.raises(DataError, match="replicate weights are below 0"):
        SurveyTotal("days", weight="weight", variance="replicates", replicates=names).fit(frame.assign(r3=-1.0))


def test_calibrated_replicates_reach_the_known_totals():
    known = {"sex": {"f": 1500, "m": 2200}}
    result = SurveyTotal(by="sex", **NESTED, known=known, variance="jackknife").fit(sample())
    assert result.estimates["estimate"].tolist() == pytest.approx([3700, 1500, 2200])
    assert result.estimates["std_error"].tolist() == pytest.approx([0, 0, 0], abs=1e-8)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"sex": {"f": 1500}}, "rows of column 'sex' have a level without known people"),
        ({"sex": {"f": 1500, "m": 2200, "x": 10}}, "1 levels with known people have no row"),
        ({"sex": {"f": 1500, "m": 2200}, "district": {"0": 1, "1": 1, "2": 1}}, "contradict one another"),
        ({"hours": 10.0}, "weights would be 0 or below"),
    ],
)
def test_totals_that_cannot_be_reached(known, words):
    with pytest.raises(DataError, match=words):
        SurveyTotal("days", **NESTED, known=known).fit(sample())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": 0.0}, "must be weights above 0"),
        ({"villages": 3}, "hold more sampled units than column 'villages' says there are"),
        ({"villages": 0}, "must say of how many the stratum or cluster consists"),
        ({"villages": range(20, 92)}, "differs within a stratum or cluster"),
        ({"days": np.nan}, "missing values"),
        ({"district": None}, "missing values"),
    ],
)
def test_designs_that_cannot_be(change, words):
    with pytest.raises(DataError, match=words):
        SurveyTotal("days", **DESIGNS["cluster_fpc"]).fit(sample().assign(**change))


def test_exactly_as_many_as_there_are_is_a_census():
    result = SurveyTotal("days", **DESIGNS["cluster_fpc"]).fit(sample().assign(villages=4))
    assert result.estimates["std_error"].iloc[0] == 0


def test_rare_outcomes():
    frame = sample().assign(forced=0)
    none = SurveyTotal("forced", statistic="mean", limits="beta", **NESTED).fit(frame).estimates.iloc[0]
    assert none["ci_low"] == 0
    assert none["ci_high"] == pytest.approx(1 - 0.025 ** (1 / 72))  # Clopper and Pearson's for none of 72
    assert np.isnan(
        SurveyTotal("forced", statistic="mean", limits="logit", **NESTED).fit(frame).estimates["ci_low"].iloc[0]
    )
    with pytest.raises(DataError, match="other numbers than 0 and 1"):
        SurveyTotal("days", statistic="mean", limits="beta", **NESTED).fit(frame)
    with pytest.raises(DataError, match="weighted denominator"):
        SurveyTotal("days", statistic="ratio", denominator="forced", **NESTED).fit(frame)


def test_checks():
    status = {c.name: c.status for c in SurveyTotal("days", by="sex", **NESTED).fit(sample()).checks}
    assert status == {"clusters": "review", "weights": "pass", "people": "review"}
    status = {c.name: c.status for c in SurveyTotal("days", **DESIGNS["strat"]).fit(sample()).checks}
    assert status == {"clusters": "pass", "weights": "pass", "people": "pass"}
    heavy = sample().assign(weight=lambda d: np.where(d["person"] == 5, 900.0, 1.0))
    checks = {c.name: c for c in SurveyTotal("days", weight="weight").fit(heavy).checks}
    assert checks["weights"].status == "review"
    assert checks["weights"].numbers["factor"] == pytest.approx(72 * (900**2 + 71) / 971**2)


def test_the_smallest_group_is_that_with_the_outcome_in_a_domain():
    frame = sample()
    fewest = frame.groupby(["sex", "forced"]).size().min()
    assert SurveyTotal("forced", by="sex", **NESTED).fit(frame).smallest_group == fewest
    assert SurveyTotal("days", by="sex", **NESTED).fit(frame).smallest_group == 29


@pytest.mark.parametrize(
    "options",
    [
        {"statistic": "median"},
        {"statistic": "ratio"},
        {"denominator": "x"},
        {"statistic": "mean"},
        {"outcome": "y", "statistic": "mean", "people": 100},
        {"variance": "replicates"},
        {"replicates": ["a", "b"]},
        {"limits": "logit"},
        {"outcome": "y", "variance": "jackknife", "cluster": ["a", "b"]},
        {"population": ["a", "b"], "cluster": "a"},
        {"known": ["a"]},
        {"known": {"sex": pd.Series([1.0])}},
        {"known": pd.Series([1.0])},
        {"known": {"sex": {"f": "many"}}},
        {"bootstrap": 10},
        {"people": 0},
        {"lone": "drop"},
        {"replicate_scale": 0.0},
    ],
)
def test_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        SurveyTotal(**options)
