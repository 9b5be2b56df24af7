"""One list: how tables are read, covariates, groups, bootstraps and refusals."""

import numpy as np
import pandas as pd
import pytest
from single_list.seen import DUTCH, TABLE, people

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import ChaoLowerBound, Zelterman, ZeroTruncated
from ctresearch.prevalence.single_list.repeat_bootstrap import check_draws
from ctresearch.prevalence.single_list.repeat_cells import read_repeats

SMALL = pd.DataFrame({"times": [1, 2, 3, 1, 2, 3], "people": [60, 22, 5, 90, 20, 4], "sex": ["f"] * 3 + ["m"] * 3})


def numbers(result):
    return result.estimates[["estimate", "std_error", "ci_low", "ci_high"]].to_numpy()


@pytest.mark.parametrize("kind", [ZeroTruncated, Zelterman, ChaoLowerBound])
def test_people_and_frequencies_are_one_table(kind):
    rows = SMALL.loc[SMALL.index.repeat(SMALL["people"])].sample(frac=1, random_state=1)
    one = kind(count="times", formula="sex").fit(rows)
    other = kind(count="times", frequency="people", formula="sex").fit(SMALL)
    assert numbers(one) == pytest.approx(numbers(other), rel=1e-9)
    assert one.n == other.n == 201
    empty = pd.concat([SMALL, SMALL.head(1).assign(people=0, sex="x")])
    assert numbers(kind(count="times", frequency="people", formula="sex").fit(empty)) == pytest.approx(numbers(other))


@pytest.mark.parametrize("kind", [ZeroTruncated, Zelterman, ChaoLowerBound])
def test_a_factor_of_all_cells_is_a_fit_for_each_group(kind):
    whole = kind(count="times", frequency="people", formula="sex", by="sex").fit(SMALL)
    for sex in ("f", "m"):
        alone = kind(count="times", frequency="people").fit(SMALL[SMALL["sex"] == sex])
        row = whole.groups.loc[sex, ["estimate", "std_error", "ci_low", "ci_high"]]
        assert row.to_numpy(dtype=float) == pytest.approx(numbers(alone)[0], rel=1e-8)
    assert whole.groups["people"].tolist() == [87, 114]
    assert whole.groups["estimate"].sum() == pytest.approx(whole.estimates.loc["population", "estimate"])
    # independent groups: variances add
    assert (whole.groups["std_error"] ** 2).sum() == pytest.approx(whole.estimates["std_error"].iloc[0] ** 2, rel=1e-8)


def test_an_offset_is_the_logarithm_of_a_known_factor():
    table = SMALL.assign(years=np.log([1.0, 1, 1, 2, 2, 2]))
    one = ZeroTruncated(count="times", frequency="people", offset="years").fit(table)
    mean = np.exp(one.coefficients["estimate"].iloc[0])
    whole = 87 / -np.expm1(-mean) + 114 / -np.expm1(-2 * mean)
    assert one.estimates.loc["population", "estimate"] == pytest.approx(whole, rel=1e-10)
    shifted = ZeroTruncated(count="times", frequency="people", offset="years").fit(
        table.assign(years=table["years"] + 3)
    )
    assert shifted.coefficients["estimate"].iloc[0] == pytest.approx(np.log(mean) - 3)
    assert numbers(shifted) == pytest.approx(numbers(one), rel=1e-9)


def test_interactions_and_functions_of_covariates():
    seen, _ = people(3000, 4)
    result = ZeroTruncated(count="times", formula="sex * age + I(age ** 2)").fit(seen)
    assert {term for _, term in result.coefficients.index} >= {"Intercept", "sex[m]", "age", "I(age ** 2)"}
    assert len(result.coefficients) == 5


def test_covariates_find_a_truth_that_a_constant_misses():
    seen, size = people(8_000, 2)
    told = ZeroTruncated(count="times", formula="sex + age").fit(seen)
    row = told.estimates.loc["population"]
    assert abs(row["estimate"] - size) < 3 * row["std_error"]
    held = told.coefficients.xs("mean")["estimate"]
    # within four standard errors of what drew them
    assert (held - [-0.4, 0.5, -0.3]).abs().max() < 4 * told.coefficients["std_error"].max()
    plain = ZeroTruncated(count="times").fit(seen).estimates.loc["population"]
    assert plain["estimate"] + 3 * plain["std_error"] < size


@pytest.mark.slow
def test_dispersion_and_inflation_find_their_truth():
    seen, size = people(8_000, 5, gamma=0.8)
    mixed = ZeroTruncated("negative_binomial", count="times", formula="sex + age").fit(seen)
    row = mixed.estimates.loc["population"]
    assert abs(row["estimate"] - size) < 3 * row["std_error"]
    spread = mixed.coefficients.loc[("dispersion", "Intercept")]
    assert abs(spread["estimate"] - np.log(0.8)) < 3 * spread["std_error"]
    seen, size = people(8_000, 6, ones=0.3)
    ones = ZeroTruncated(count="times", formula="sex + age", ones="inflated", inflation_formula="sex").fit(seen)
    row = ones.estimates.loc["population"]
    assert abs(row["estimate"] - size) < 3 * row["std_error"]
    shares = ones.coefficients.xs("inflation")
    assert abs(shares["estimate"].iloc[0] - np.log(0.3 / 0.7)) < 3 * shares["std_error"].iloc[0]
    assert abs(shares["estimate"].iloc[1]) < 3 * shares["std_error"].iloc[1]


@pytest.mark.slow
def test_the_bootstrap_repeats_both_parts_of_the_variance():
    analytic = ZeroTruncated("geometric", **TABLE).fit(DUTCH).estimates.loc["population"]
    result = ZeroTruncated("geometric", **TABLE, bootstrap=400, seed=1).fit(DUTCH)
    row = result.estimates.loc["population"]
    assert row["estimate"] == analytic["estimate"]
    # a standard deviation of 400 draws has an error of 3.5 %; three of them, and 5 % for the tail of the draws
    assert row["std_error"] == pytest.approx(analytic["std_error"], rel=0.16)
    assert result.interval == "percentile"
    assert result.draws.shape == (2, 400)
    assert row["ci_low"] == pytest.approx(result.draws.loc["population"].quantile(0.025))
    assert row["ci_high"] == pytest.approx(result.draws.loc["population"].quantile(0.975))
    seen = (result.draws.loc["population"] - result.draws.loc["unobserved"]).to_numpy()
    # so many are seen in each draw as a binomial gives, sd sqrt(N p q) about 40
    assert np.std(seen) == pytest.approx(np.sqrt(1880 * (1 - 1880 / row["estimate"])), rel=0.16)
    other = ZeroTruncated("geometric", **TABLE, bootstrap=50, seed=2).fit(DUTCH)
    assert other.inputs.seed == 2
    assert ZeroTruncated(**TABLE).fit(DUTCH).inputs.seed is None


@pytest.mark.parametrize(
    ("failed", "status"), [(0, "pass"), (10, "pass"), (11, "review"), (50, "review"), (51, "fail")]
)
def test_draws_without_an_estimate_are_told(failed, status):
    check = check_draws(1000, failed)
    assert check.status == status
    assert check.stands is (status != "fail")


def test_checks_of_few_repeats_and_many_unseen():
    few = pd.DataFrame({"times": [1, 2], "people": [400, 4]})
    status = {c.name: c.status for c in Zelterman(**TABLE).fit(few).checks}
    assert status["repeats"] == "review"
    five = pd.DataFrame({"times": [1, 2], "people": [40, 5]})
    assert {c.name: c.status for c in Zelterman(**TABLE).fit(five).checks}["repeats"] == "pass"
    result = ZeroTruncated(**TABLE).fit(few)
    checks = {c.name: c for c in result.checks}
    assert checks["unseen"].status == "review"
    assert checks["unseen"].numbers["unseen_per_seen"] > 20
    assert checks["frequencies"].status == "review"
    assert result.goodness_of_fit["p_value"].isna().all()


def test_the_smallest_group_is_that_of_the_covariates():
    assert ZeroTruncated(**TABLE).fit(DUTCH).smallest_group == 235
    assert ZeroTruncated(**TABLE, formula="sex").fit(SMALL).smallest_group == 51
    rare = SMALL.assign(sex=["f", "f", "f", "f", "f", "m"])
    assert Zelterman(**TABLE, by="sex").fit(rare).smallest_group == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": [0, 2, 3, 1, 2, 3]}, "must be whole numbers of at least 1"),
        ({"times": [1.5, 2, 3, 1, 2, 3]}, "must be whole numbers of at least 1"),
        ({"times": list("abcdef")}, "must be whole numbers of at least 1"),
        ({"people": [-1, 2, 3, 1, 2, 3]}, "must be whole numbers of at least 0"),
        ({"people": 0}, "holds zeros alone"),
        ({"times": 1}, "nobody was seen 2 times or more often"),
        ({"sex": None}, "missing values"),
    ],
)
def test_tables_that_cannot_be_used(change, words):
    with pytest.raises(DataError, match=words):
        ZeroTruncated(**TABLE, formula="sex").fit(SMALL.assign(**change))


def test_models_that_ask_for_more_than_is_there():
    two = pd.DataFrame({"times": [1, 2], "people": [60, 20]})
    with pytest.raises(DataError, match="nobody was seen 3 times or more often"):
        ZeroTruncated(ones="truncated", **TABLE).fit(two)
    with pytest.raises(DataError, match="nobody was seen 3 times or more often"):
        ZeroTruncated("negative_binomial", **TABLE).fit(two)
    with pytest.raises(DataError, match="60 people were seen once and 0 twice"):
        Zelterman(**TABLE).fit(two.assign(times=[1, 3]))
    with pytest.raises(DataError, match="0 people were seen once and 20 twice"):
        ChaoLowerBound(**TABLE).fit(two.assign(times=[3, 2]))


def test_a_group_without_repeats_is_refused():
    never = SMALL[~((SMALL["sex"] == "f") & (SMALL["times"] > 1))]
    for kind in (Zelterman, ChaoLowerBound):
        with pytest.raises(FitError, match="nobody of some group is seen twice"):
            kind(**TABLE, formula="sex").fit(never)
    with pytest.raises(FitError, match="the mean count falls to zero, where the population is infinite"):
        ZeroTruncated(**TABLE, formula="sex").fit(never)


def test_inflation_that_is_not_there_is_refused():
    even = pd.DataFrame({"times": [1, 2, 3, 4], "people": [300, 300, 200, 100]})
    with pytest.raises(FitError, match="falls to zero, which is the model without it"):
        ZeroTruncated(**TABLE, ones="inflated_after").fit(even)


def test_columns_of_which_one_follows_from_others_are_refused():
    with pytest.raises(DataError, match="of which one follows from the others"):
        read_repeats(SMALL.assign(again=SMALL["sex"]), "times", {"mean": "sex + again"}, frequency="people")


@pytest.mark.parametrize(
    "options",
    [
        {"distribution": "gamma"},
        {"ones": "none"},
        {"limits": "bca"},
        {"bootstrap": 20},
        {"bootstrap": -1},
        {"level": 95},
        {"count": ""},
        {"formula": "a ~ b"},
        {"dispersion_formula": "sex"},
        {"inflation_formula": "sex"},
        {"distribution": "negative_binomial", "inflation_formula": "sex"},
    ],
)
def test_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        ZeroTruncated(**options)


@pytest.mark.parametrize("kind", ["object", "category", "Int64"])
def test_whole_numbers_are_read_whatever_the_type_of_the_column(kind):
    seen = pd.DataFrame({"count": [1] * 40 + [2] * 9 + [3]})
    held = ZeroTruncated().fit(seen).estimates
    pd.testing.assert_frame_equal(ZeroTruncated().fit(seen.astype(kind)).estimates, held)


def test_a_count_that_nobody_is_met_by_chance_is_refused_at_once():
    seen = pd.DataFrame({"count": [1] * 40 + [2] * 9 + [10_000]})
    assert ZeroTruncated().fit(seen).n == 50
    with pytest.raises(DataError, match=r"1 of 50 cells is a whole number \(row 50\), .* at most 10,000"):
        ZeroTruncated().fit(seen.replace(10_000, 10_001))


def test_a_formula_may_begin_with_a_tilde_and_not_hold_the_count():
    seen = pd.DataFrame({"count": [1, 1, 2, 3, 1, 2] * 9, "sex": list("fmfmfm") * 9})
    plain, tilde = (ZeroTruncated(formula=one).fit(seen) for one in ("sex", " ~ sex"))
    pd.testing.assert_frame_equal(plain.estimates, tilde.estimates)
    for estimator in (ZeroTruncated, Zelterman):
        with pytest.raises(DataError, match="holds the count 'count' itself"):
            estimator(formula="sex + log(count)").fit(seen)
        with pytest.raises(SpecificationError, match="formula == 3, must be text such as"):
            estimator(formula=3)
