"""The estimator: options, outside values, intervals, checks and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import GLM, pinned, published_lists

from ctresearch.core import DataError, FitError, Result, Scope, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.loglinear.bca import bca_limits
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.model_terms import complete

REFERENCE = pinned("multiple_systems_estimation")


def population(result, column="estimate"):
    """Take one number of the population."""
    return float(result.estimates[column]["population"])


def statuses(result):
    """Return the status of each check by its name."""
    return {check.name: check.status for check in result.checks}


def table_of(counts, lists="ABC"):
    """Build a table from counts by bit pattern, without the first."""
    patterns = np.arange(1, 1 << len(lists))
    columns = {name: patterns >> i & 1 for i, name in enumerate(lists)}
    return CaptureHistories.from_counts(pd.DataFrame(columns | {"count": counts}))


@pytest.mark.parametrize("table", sorted(t for t, v in REFERENCE.items() if "bic" in v))
def test_smallest_bic_equals_the_reference(table):
    pin = REFERENCE[table]["bic"]
    result = LogLinear().fit(published_lists(table))
    assert result.model == pin["model"]
    assert population(result) == pytest.approx(pin["estimate"], rel=GLM)
    assert result.models["bic"][result.model] == pytest.approx(pin["bic"], rel=1e-11)


@pytest.mark.parametrize("table", sorted(REFERENCE))
def test_stepwise_equals_the_reference(table):
    result = LogLinear("stepwise").fit(published_lists(table))
    assert population(result) == pytest.approx(REFERENCE[table]["stepwise"]["estimate"], rel=GLM)
    assert result.models.index[0] == result.model
    assert result.models["p_value"].iloc[:-1].lt(0.02).all()


def test_smallest_aic_is_the_model_of_rcapture():
    result = LogLinear("aic").fit(published_lists("uk-2013-5"))
    assert result.model == "[124,234,15,25,35,45]"
    assert population(result) == pytest.approx(pinned("rcapture")["uk-2013-5"][result.model]["estimate"], rel=GLM)


@pytest.mark.parametrize("table", sorted(REFERENCE))
def test_limits_agree_with_the_reference_within_monte_carlo_error(table):
    result = LogLinear("stepwise", bootstrap=1000, seed=11).fit(published_lists(table))
    draws = result.draws.loc["population"].to_numpy()
    rng = np.random.default_rng(1)
    # both limits come from 1,000 tables; drawing the 1,000 estimates again shows how far a limit moves by chance
    for level, alphas in ((0.95, ("0.025", "0.975")), (0.8, ("0.1", "0.9"))):
        again = [
            bca_limits(rng.choice(draws, draws.size), population(result), result.acceleration, level)
            for _ in range(200)
        ]
        interval = result.confidence_interval(level)
        for side, alpha, spread in zip((interval.low, interval.high), alphas, np.std(again, axis=0), strict=True):
            expected = REFERENCE[table]["stepwise_bootstrap"]["limits"][alpha]
            # the difference of two such limits has sqrt(2) times the spread; four of those for 20 limits
            assert abs(side["population"] - expected) < 4 * np.sqrt(2) * spread


def test_a_fixed_model_has_standard_error_and_profile_limits():
    pin = pinned("rcapture")["uk-2013-5"]["[123,25,34]"]
    result = LogLinear("fixed", model="[123,25,34]").fit(published_lists("uk-2013-5"))
    assert result.interval == "profile"
    assert population(result, "std_error") == pytest.approx(pin["std_error"], rel=1e-8)
    limits = population(result, "ci_low"), population(result, "ci_high")
    assert limits == pytest.approx(pin["profile"][1:], rel=1e-6)  # Stirling in Rcapture: 1/(12 x 16,000)
    wider = LogLinear("fixed", model="[123,25,34]", level=0.99).fit(published_lists("uk-2013-5"))
    assert result.confidence_interval(0.99).high.tolist() == pytest.approx(wider.estimates["ci_high"].tolist())


def test_a_chosen_model_without_bootstrap_has_no_limits_and_says_why():
    result = LogLinear().fit(published_lists("korea"))
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert statuses(result)["limits"] == "review"
    with pytest.raises(SpecificationError, match="limits of kind 'none'"):
        result.confidence_interval(0.9)


def test_limits_at_another_level_come_from_the_draws():
    narrow = LogLinear("stepwise", bootstrap=200, level=0.8, seed=5).fit(published_lists("uk-2013-4"))
    wide = LogLinear("stepwise", bootstrap=200, level=0.95, seed=5).fit(published_lists("uk-2013-4"))
    assert narrow.confidence_interval(0.95).low.tolist() == wide.estimates["ci_low"].tolist()
    assert narrow.confidence_interval(0.95).high.tolist() == wide.estimates["ci_high"].tolist()
    assert (narrow.draws.loc["population"] - narrow.draws.loc["unobserved"] == narrow.n).all()


def test_at_most_four_thousand_draws_travel_along():
    result = LogLinear("fixed", model="[1,2,3]", bootstrap=4100).fit(published_lists("hav-taiwan"))
    assert result.draws.shape == (2, 4000)


def test_terms_and_words():
    scope = Scope(population="people invented for a test", reference_period="2020", measure="stock")
    frame = published_lists("korea").counts
    result = LogLinear("fixed", model=["b:c", "d"]).fit(CaptureHistories.from_counts(frame, scope=scope))
    assert result.estimates.index.tolist() == ["population", "unobserved"]
    assert result.estimates["unit"].tolist() == ["persons", "persons"]
    difference = result.estimates.loc["population"].iloc[[0, 2, 3]] - result.estimates.loc["unobserved"].iloc[[0, 2, 3]]
    np.testing.assert_allclose(difference.astype(float), 123)
    assert (result.n, result.population, result.measure) == (123, scope.population, "stock")
    assert result.model == "[12,3]"
    assert "people invented for a test" in result.summary()


def test_it_survives_json_with_its_models():
    result = LogLinear(bootstrap=20).fit(published_lists("artificial-3"))
    again = Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    assert again == result
    pd.testing.assert_frame_equal(again.models, result.models)
    pd.testing.assert_frame_equal(again.fitted, result.fitted)
    assert again.confidence_interval(0.7).low.equals(result.confidence_interval(0.7).low)


@pytest.mark.parametrize("select", ["bic", "stepwise"])
def test_the_order_of_rows_changes_no_byte(select):
    frame = published_lists("netherlands-5").counts
    texts = {
        json.dumps(
            LogLinear(select, bootstrap=20, top_models=10 if select == "bic" else None)
            .fit(CaptureHistories.from_counts(frame.sample(frac=1, random_state=seed)))
            .to_dict()
        )
        for seed in range(3)
    }
    assert len(texts) == 1


def test_the_order_of_lists_changes_only_the_names():
    table = published_lists("madigan-york-5")
    turned = CaptureHistories.from_counts(table.counts[["C", "E", "A", "D", "B", "count"]])
    one, two = LogLinear().fit(table), LogLinear().fit(turned)
    assert population(one) == pytest.approx(population(two), rel=1e-10)
    np.testing.assert_allclose(one.models["bic"], two.models["bic"], rtol=1e-10)


def test_two_lists_give_lincoln_and_petersen():
    table = table_of([60, 40, 20], "AB")
    for select in ("bic", "aic", "stepwise"):
        result = LogLinear(select).fit(table)
        assert result.model == "[1,2]"
        assert population(result) == pytest.approx(80 * 60 / 20, rel=1e-12)


@pytest.mark.slow
def test_intervals_cover_a_known_truth():
    rng = np.random.default_rng(2)
    truth, chances, covered = 2000, np.array([0.1, 0.15, 0.2]), 0
    for _ in range(200):
        seen = rng.random((truth, 3)) < chances
        people = pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=list("ABC"))
        result = LogLinear("fixed", model="[1,2,3]").fit(CaptureHistories.from_records(people, lists=list("ABC")))
        covered += population(result, "ci_low") <= truth <= population(result, "ci_high")
    # 95 % of 200 is 190; four standard errors of 3.1
    assert abs(covered - 190) < 12.4


def test_more_than_six_lists_are_searched():
    table = published_lists("new-orleans")
    result = LogLinear().fit(table)
    assert result.models["bic"].idxmin() == result.model
    assert 28 < len(result.models) < 500
    with pytest.raises(SpecificationError, match="leave it out"):
        LogLinear(top_models=5).fit(table)


@pytest.mark.slow
def test_six_lists_beyond_pairs_are_searched_by_bounds():
    result = LogLinear("aic", max_order=3).fit(published_lists("uk-2013"))
    pairs = LogLinear("aic").fit(published_lists("uk-2013"))
    assert len(pairs.models) == 32768
    assert result.models["order"].max() == 3
    assert result.models["aic"].iloc[0] < pairs.models["aic"].iloc[0]
    assert statuses(result)["search"] == "pass"
    assert "search" not in statuses(pairs)


def test_twelve_lists_use_names():
    rng = np.random.default_rng(4)
    seen = rng.random((6000, 12)) < rng.uniform(0.03, 0.1, 12)
    names = [f"list {i}" for i in range(12)]
    people = pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names)
    table = CaptureHistories.from_records(people, lists=names)
    chosen = LogLinear("stepwise", p_enter=0.0001).fit(table)
    fixed = LogLinear("fixed", model=chosen.model).fit(table)
    assert population(fixed) == population(chosen)
    assert abs(population(fixed) - 6000) < 4 * population(fixed, "std_error")


def test_checks_say_what_is_doubtful():
    result = LogLinear(bootstrap=50).fit(published_lists("uk-2013-5"))
    found = statuses(result)
    assert found["existence"] == "pass"
    assert found["overlaps"] == found["rivals"] == found["bootstrap"] == "review"
    rivals = next(check for check in result.checks if check.name == "rivals")
    assert rivals.numbers["within_10_high"] == pytest.approx(34082.7357526918, rel=GLM)
    assert result.status == "review"
    empty = LogLinear("fixed", model="[13,23]").fit(published_lists("artificial-3"))
    assert statuses(empty)["boundary"] == "review"
    assert "2 interactions that link lists with nobody in common" in empty.checks[0].message
    poor = LogLinear("fixed", model="[1,2,3,4]").fit(published_lists("kosovo"))
    assert statuses(poor)["fit"] == "review"


def test_limits_that_the_bootstrap_does_not_determine_fail():
    result = LogLinear("stepwise", bootstrap=100).fit(table_of([30, 20, 1], "AB"))
    assert statuses(result)["bootstrap"] == statuses(result)["limits"] == "fail"
    assert result.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
    assert "DOES NOT STAND" in result.summary()


def test_an_open_upper_limit_is_infinite_and_reviewed():
    # the likelihood falls with the root of the unobserved number, here by 18 units only beyond all people on earth
    result = LogLinear("fixed", model="[12,13,23]", level=1 - 1e-9).fit(table_of([40, 30, 9, 20, 1, 8, 1]))
    assert population(result, "ci_high") == np.inf
    assert statuses(result)["limits"] == "review"


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ([0, 0, 0, 0, 0, 0, 0], "nobody was seen"),
        ([5, 6, 0, 7, 0, 0, 0], "no two lists have anybody in common"),
        ([5, 6, 3, 0, 0, 0, 0], "list 3 of 3 is empty"),
        ([5, 0, 3, 0, 2, 0, 1], "list 1 of 3 holds all 11 people"),
    ],
)
@pytest.mark.parametrize("select", ["bic", "stepwise"])
def test_tables_that_tell_nothing_are_refused(counts, says, select):
    with pytest.raises(DataError, match=says):
        LogLinear(select).fit(table_of(counts))


def test_what_is_no_table_of_lists_or_too_wide_is_refused():
    with pytest.raises(DataError, match="a DataFrame was given"):
        LogLinear().fit(pd.DataFrame({"A": [1]}))
    wide = pd.DataFrame(np.eye(17, dtype=int), columns=[f"L{i}" for i in range(17)]).assign(count=3)
    with pytest.raises(DataError, match="has 17 lists, must have at most 16"):
        LogLinear().fit(CaptureHistories.from_counts(wide))


@pytest.mark.parametrize(
    ("table", "model", "says"),
    [
        ("artificial-3", "[12,3]", "has no maximum-likelihood estimate"),
        ("artificial-3", "[12,13,23]", "is not identified"),
        ("korea", "[123]", "is not identified"),
        ("korea", "[12,13]", "has no maximum-likelihood estimate"),
    ],
)
def test_a_model_without_an_estimate_is_refused(table, model, says):
    with pytest.raises(FitError, match=says):
        LogLinear("fixed", model=model).fit(published_lists(table))


@pytest.mark.slow
@pytest.mark.parametrize("lists", [2, 3, 4])
def test_every_table_that_is_not_refused_has_an_estimate(lists):
    independence = complete([], lists)
    patterns = np.arange(1, 1 << lists)
    for seen in range(1, 1 << len(patterns), 1 if lists < 4 else 37):
        table = table_of([3 * (seen >> i & 1) for i in range(len(patterns))], "ABCD"[:lists])
        try:
            require_estimable(table)
        except DataError:
            continue
        assert fit_model(table.cell_counts(), independence).status == "ok"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"select": "BIC"}, "select == 'BIC', must be one of"),
        ({"select": "fixed"}, "needs a model"),
        ({"model": "[12,3]"}, "goes with select='fixed'"),
        ({"select": "fixed", "model": "12,3"}, "must be generators"),
        ({"max_order": 0}, "max_order == 0"),
        ({"max_order": 2.5}, "must be a whole number"),
        ({"p_enter": 1.5}, "p_enter == 1.5"),
        ({"top_models": 0}, "top_models == 0"),
        ({"select": "stepwise", "top_models": 5}, "goes with select 'bic' or 'aic'"),
        ({"bootstrap": -1}, "bootstrap == -1"),
        ({"bootstrap": True}, "bootstrap == True"),
        ({"level": 95}, "write 0.95"),
        ({"seed": None}, "seed == None"),
    ],
)
def test_options_out_of_range_are_refused_at_once(options, says):
    with pytest.raises(SpecificationError) as caught:
        LogLinear(**options)
    assert says in str(caught.value)


def test_an_order_that_does_not_go_with_the_table_is_refused():
    with pytest.raises(SpecificationError, match="must be below the number of lists, 3"):
        LogLinear(max_order=3).fit(published_lists("korea"))
