"""What every result of the room says beside its number: method, limits, scope, origin, and each check with its figures.

The table is the published one of hepatitis A in Taiwan: 271 people on three lists, 187 of them on one, 56 on two and 28
on all. Figures of checks follow from it by hand, or are those that other tests hold against outside programs.
"""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.prevalence import (
    BayesianThreshold,
    CaptureHistories,
    Chapman,
    ClosedPopulation,
    ConditionalLikelihood,
    DoublyRobust,
    GraphicalAverage,
    LogLinear,
    LowerBound,
    ModelAverage,
    PartialLogLinear,
    PooledStrata,
    SampleCoverage,
    WeightedAverage,
    carry_linkage,
    compare_methods,
    highest_order_sensitivity,
    internal_validity,
    list_sensitivity,
    odds_ratio_sensitivity,
    predictive_check,
    simulate_coverage,
    stratified,
)

LEVEL = 0.9
SHARED = ("overlaps", "pass", {"pairs": 3, "empty": 0, "below_5": 0})
NUMERICS = {"ctresearch", "numpy", "scipy", "numba"}


def table():
    """Return the table of three lists."""
    return published_lists("hav-taiwan")


def pair():
    """Return its first two lists, which share 49 of 208 people."""
    return table().drop("L3")


def people():
    """Draw people on two lists, whose chances rise with age."""
    rng = np.random.default_rng(4)
    age, south = rng.uniform(-1, 1, 600), rng.integers(0, 2, 600) == 0
    on = rng.random((2, 600)) < 1 / (1 + np.exp(-(np.array([[0.2], [-0.2]]) + age)))
    frame = pd.DataFrame({"a": on[0] * 1, "b": on[1] * 1, "age": age, "region": np.where(south, "south", "north")})
    return frame[on.any(axis=0)]


def areas():
    """Divide people into an area like the table and one half its size."""
    counts = table().counts
    both = pd.concat([counts.assign(area="east"), counts.assign(area="west", count=counts["count"] // 2 + 1)])
    return CaptureHistories.from_counts(both, lists=list(table().lists)).by("area")


def fit_check(deviance, df, p_value):
    """Say what a check of the fit holds."""
    return ("fit", "review" if p_value < 0.01 else "pass", {"deviance": deviance, "df": df, "p_value": p_value})


def limits_check(low, high):
    """Say what a check of limits holds."""
    return ("limits", "pass", {"low": low, "high": high})


def closed(model, heterogeneity, fit, low, high, *further):
    """Say what a closed-population model holds."""
    build = ClosedPopulation(model, heterogeneity=heterogeneity, occasions_ordered=model in ("Mb", "Mbh"), level=LEVEL)
    limits = "lognormal" if model in ("Mb", "Mbh") else "profile"
    shown = {"poisson": " Poisson 2", "gamma": " Gamma 3.5", "chao": " Chao", "darroch": " Darroch", None: ""}
    method = f"Closed-population model {model}{shown[heterogeneity]}"
    return (
        lambda: build.fit(table()),
        method,
        limits,
        None,
        [("existence", "pass", {}), SHARED, fit, limits_check(low, high), *further],
    )


def chosen(select, word, model, score, simulated, fit, *rivals):
    """Say what a chosen log-linear model without a bootstrap holds."""
    pairs, unseen = model.count("2") and 3, {"[12,13,23]": 1041.765, "[1,2,3]": 117.483}[model]
    return (
        lambda: LogLinear(select, level=LEVEL).fit(table()),
        f"Log-linear model {word} {model}",
        "none",
        0,
        [
            ("existence", "pass", {"parameters": 4 + (model != "[1,2,3]") * 3, "removed": 0}),
            ("boundary", "pass", {"at_infinity": 0, "unobserved": unseen}),
            SHARED,
            fit,
            ("limits", "review", {}),
            *rivals,
            (
                "heterogeneity",
                "review",
                {"score": score, "pairs_in_model": pairs * (model != "[1,2,3]"), "simulated_coverage": simulated},
            ),
        ],
    )


def rivals(far, lowest):
    """Say what a check of rival models holds where the best has none near it."""
    best = 1312.765
    return (
        "rivals",
        "review" if best / lowest > 1.5 else "pass",
        {
            "within_2": 1,
            "within_2_low": best,
            "within_2_high": best,
            "within_10": far,
            "within_10_low": lowest,
            "within_10_high": best,
        },
    )


SATURATED = ("fit", "review", {"deviance": 0, "df": 0})
INDEPENDENT = fit_check(24.357, 3, 2.1041e-5)
TWO_PAIRS = [
    ("existence", "pass", {"parameters": 6, "removed": 0}),
    ("boundary", "pass", {"at_infinity": 0, "unobserved": 192.5}),
    SHARED,
    fit_check(19.422, 1, 1.0479e-5),
    limits_check(383.622, 584.790),
]
RESULTS = {
    "chapman": (
        lambda: Chapman(level=LEVEL).fit(pair()),
        "Chapman's estimator",
        "lognormal",
        None,
        [("overlap", "pass", {"overlap": 49})],
    ),
    "chapman, normal": (
        lambda: Chapman(interval="normal", level=LEVEL).fit(pair()),
        "Chapman's estimator",
        "normal",
        None,
        [("overlap", "pass", {"overlap": 49})],
    ),
    "m0": closed("M0", None, fit_check(25.388, 5, 1.1723e-4), 355.824, 427.097),
    "mt": closed("Mt", None, INDEPENDENT, 355.577, 426.723),
    "mb": closed("Mb", None, fit_check(25.361, 4, 4.2566e-5), 335.351, 466.381),
    "mbh": closed("Mbh", None, fit_check(22.480, 3, 5.1813e-5), 345.230, 2393.178),
    "mh, chao": closed(
        "Mh",
        "chao",
        fit_check(2.0525, 4, 0.72611),
        415.294,
        560.513,
        ("heterogeneity", "pass", {"allowed": 1, "at_zero": 0}),
    ),
    "mh, poisson": closed(
        "Mh",
        "poisson",
        fit_check(2.0525, 4, 0.72611),
        531.232,
        1076.513,
        ("heterogeneity", "pass", {"tau": 0.80561, "std_error": 0.1677}),
    ),
    "mth, darroch": closed(
        "Mth",
        "darroch",
        fit_check(0.96272, 2, 0.61794),
        720.795,
        2609.563,
        ("heterogeneity", "pass", {"tau": 1.6134, "std_error": 0.33542}),
    ),
    "mth, gamma": closed(
        "Mth",
        "gamma",
        fit_check(0.96272, 2, 0.61794),
        1050.236,
        7267.942,
        ("heterogeneity", "pass", {"tau": 47.994, "std_error": 9.9778}),
    ),
    "bound": (
        lambda: LowerBound(level=LEVEL).fit(table()),
        "Chao's lower bound, unequal lists",
        "lognormal",
        None,
        [("pairs", "pass", {"on_one": 187, "on_two": 56})],
    ),
    "bound, equal": (
        lambda: LowerBound(list_chances="equal", bias_corrected=True, level=LEVEL).fit(table()),
        "Chao's lower bound, equal lists, bias-corrected",
        "lognormal",
        None,
        [("pairs", "pass", {"on_one": 187, "on_two": 56})],
    ),
    "coverage": (
        lambda: SampleCoverage(bootstrap=200, level=LEVEL, seed=3).fit(table()),
        "Sample coverage, estimator one_step",
        "lognormal",
        3,
        [("coverage", "review", {"coverage": 0.51269}), ("bootstrap", "pass", {"tables": 200, "without_estimate": 0})],
    ),
    "bic": chosen("bic", "with the smallest BIC", "[12,13,23]", np.nan, 0.006, SATURATED, rivals(4, 388.483)),
    "aic": chosen("aic", "with the smallest AIC", "[12,13,23]", np.nan, 0.6, SATURATED, rivals(1, 1312.765)),
    "stepwise": chosen("stepwise", "by stepwise selection", "[1,2,3]", 5.0554, 0.002, INDEPENDENT),
    "fixed": (
        lambda: LogLinear("fixed", model="[12,13]", level=LEVEL).fit(table()),
        "Log-linear model [12,13]",
        "profile",
        0,
        TWO_PAIRS,
    ),
    "weighted": (
        lambda: WeightedAverage("aic", level=LEVEL).fit(table()),
        "Log-linear models averaged by AIC",
        "lognormal",
        None,
        [
            SHARED,
            ("rivals", "pass", {"models": 8, "low": 388.483, "high": 1312.765, "outside": 0.0044723}),
            ("spread", "pass", {"models": 8, "between": 53.709, "share": 0.010684, "heaviest": 0.99553}),
        ],
    ),
    "partial": (
        lambda: PartialLogLinear("fixed", model="[12,13]", level=LEVEL).fit(table()),
        "Log-linear model [12,13] of a table seen in part",
        "profile",
        None,
        [TWO_PAIRS[0], ("ranges", "pass", {"cells": 0, "std_dev": 0}), TWO_PAIRS[-1]],
    ),
    "partial, aic": (
        lambda: PartialLogLinear("aic", level=LEVEL).fit(table()),
        "Log-linear model [12,13,23] of a table seen in part",
        "none",
        None,
        [
            ("existence", "pass", {"parameters": 7, "removed": 0}),
            ("ranges", "pass", {"cells": 0, "std_dev": 0}),
            ("limits", "review", {}),
        ],
    ),
}
CHAINS = {
    "model average": (
        lambda: ModelAverage("sbh", draws=500, level=LEVEL, seed=2).fit(table()),
        "Average over 8 log-linear models, SBH prior",
        [("mixing", "pass"), ("weights", "pass"), ("overlaps", "pass")],
    ),
    "threshold": (
        lambda: BayesianThreshold(draws=500, level=LEVEL, seed=2).fit(table()),
        "Bayesian thresholding, proper prior, model [12,13,23]",
        [("mixing", "pass"), ("threshold", "pass"), ("overlaps", "pass")],
    ),
    "graphs": (
        lambda: GraphicalAverage(level=LEVEL, seed=2).fit(table()),
        "Average over 8 decomposable graphs",
        [("grid", "pass"), ("grid_mean", "fail"), ("overlaps", "pass")],
    ),
}


def said(checks):
    """Return names, status and figures of checks."""
    return [(check.name, check.status, dict(check.numbers)) for check in checks]


def assert_says(checks, expected):
    """Compare checks by name, status and figures; those come from iterations that end at 1e-6 or nearer."""
    assert [(name, status) for name, status, _ in said(checks)] == [(name, status) for name, status, _ in expected]
    for (name, _, found), (_, _, wanted) in zip(said(checks), expected, strict=True):
        assert found == pytest.approx(wanted, rel=2e-4, abs=1e-6, nan_ok=True), name


def assert_comes_from(result, histories, seed):
    """Look at all that a result takes from its table and its options."""
    assert (result.n, result.level, result.scale) == (histories.n_observed, LEVEL, "identity")
    assert result.scope == histories.scope
    assert result.references[0] == histories.references[0]
    assert len(result.references) > 1
    assert len(result.assumptions) >= 3
    assert len(result.inputs.digest) == 64
    assert result.inputs.seed == seed
    assert {"ctresearch", "numpy"} <= set(result.inputs.versions) <= NUMERICS


DIAGNOSIS = ("repeated lists", "separate lists", "people differ", "lists attract", "lists repel")


def own_checks(result):
    """Return the checks of the method, without those that come from the table or from models without an estimate."""
    return [check for check in result.checks if check.name not in (*DIAGNOSIS, "silent models")]


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_says_how_it_was_made_and_what_was_checked(name):
    fit, method, interval, seed, checks = RESULTS[name]
    result = fit()
    assert (result.method, result.interval) == (method, interval)
    assert_says(own_checks(result), checks)
    if not name.startswith(("chapman", "partial")):  # two lists cannot show it; ranges of counts have no one table
        assert {check.name for check in result.checks} >= set(DIAGNOSIS)
    assert_comes_from(result, pair() if name.startswith("chapman") else table(), seed)
    found = result.estimates
    assert (found.index.name, list(found.index)) == ("term", ["population", "unobserved"])
    assert list(found.columns) == ["estimate", "std_error", "ci_low", "ci_high", "unit"]
    assert set(found["unit"]) == {"persons"}
    numbers = found.drop(columns="unit").astype(float)
    shift = numbers.loc["population"] - numbers.loc["unobserved"]
    wanted = [result.n, 0, *([result.n] * 2 if interval != "none" else [np.nan] * 2)]
    assert shift.to_numpy() == pytest.approx(
        [w if not np.isnan(s) else s for w, s in zip(wanted, shift, strict=True)], nan_ok=True
    )
    if interval != "none":
        assert (numbers["ci_low"] < numbers["estimate"]).all()
        assert (numbers["estimate"] < numbers["ci_high"]).all()
    else:
        assert numbers[["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("name", CHAINS)
def test_a_posterior_says_how_it_was_made_and_carries_its_draws(name):
    fit, method, checks = CHAINS[name]
    result = fit()
    assert (result.method, result.interval) == (method, "percentile")
    assert [(check.name, check.status) for check in own_checks(result)] == checks
    assert {check.name for check in result.checks} >= set(DIAGNOSIS)
    assert_comes_from(result, table(), 2)
    assert list(result.draws.index) == ["population", "unobserved"]
    assert 500 <= result.draws.shape[1] <= 4000
    assert (result.draws.loc["population"] - result.draws.loc["unobserved"] == 271).all()
    assert (result.draws.loc["unobserved"] >= 0).all()
    assert result.lists == table().lists
    if name != "threshold":  # which holds one model and the interactions it tried
        assert result.models["probability"].sum() == pytest.approx(1, abs=0.01)


def test_bootstrap_limits_carry_their_draws_and_their_check():
    result = LogLinear("bic", bootstrap=100, level=LEVEL, seed=5).fit(table())
    assert result.interval == "bca"
    assert result.inputs.seed == 5
    assert result.draws.shape == (2, 100)
    assert (result.draws.loc["population"] - result.draws.loc["unobserved"]).to_numpy() == pytest.approx(271)
    check = own_checks(result)[-1]
    assert check.name == "bootstrap"
    assert check.numbers["tables"] == 100
    assert check.numbers["without_estimate"] == result.draws.loc["population"].isna().sum()
    assert 0 < check.numbers["chosen_share"] <= 1
    assert 1 <= check.numbers["models"] <= 8
    low, high = result.estimates.loc["population", ["ci_low", "ci_high"]]
    assert result.draws.loc["population"].min() <= low < 1312.765 < high <= result.draws.loc["population"].max()


@pytest.mark.parametrize(
    ("pooling", "scatter"),
    [("partial", ("pass", {"tau", "edge"})), ("complete", ("review", set()))],
)
def test_pooled_strata_add_up(pooling, scatter):
    result = PooledStrata("[12,3]", pooling=pooling, draws=500, level=LEVEL, seed=2).fit(areas())
    assert result.method == f"Log-linear model [12,3] of 2 strata, {pooling} pooling"
    assert (result.interval, result.n, result.level, result.inputs.seed) == ("percentile", 411, LEVEL, 2)
    # east has 45 people on two lists or more off the half table, and that is the fewest
    assert_says(result.checks[:1], [("strata", "pass", {"strata": 2, "few_repeats": 0, "fewest": 45})])
    assert (result.checks[1].status, set(result.checks[1].numbers)) == scatter
    assert list(result.draws.index) == [("population", "east"), ("population", "west"), ("total", "all")]
    total = result.draws.loc[("total", "all")]
    assert total.to_numpy() == pytest.approx(result.draws.drop(("total", "all")).sum().to_numpy())
    assert result.estimates["stratum"].tolist() == ["east", "west", "all"]
    assert result.strata == ("east", "west")
    assert (result.interactions["std_error"] > 0).all()


def test_strata_one_by_one_add_up():
    result = stratified(LogLinear("fixed", model="[12,3]", level=LEVEL), areas(), seed=2)
    assert (result.method, result.interval, result.n, result.level) == ("LogLinear in 2 strata", "lognormal", 411, 0.9)
    assert result.inputs.seed == 2
    assert_says(own_checks(result), [("strata", "review", {"strata": 2, "without_estimate": 0, "doubtful": 2})])
    found = result.estimates
    assert found["stratum"].tolist() == ["east", "west", "all"]
    assert found["estimate"]["total"] == pytest.approx(found["estimate"].iloc[:2].sum())
    assert found["std_error"]["total"] == pytest.approx(np.hypot(*found["std_error"].iloc[:2]))
    assert result.strata == ("east", "west")


def test_an_assumed_odds_ratio_is_a_column_of_the_answer():
    result = odds_ratio_sensitivity(table(), ("L1", "L2"), odds_ratios=(2, 0.5, 1), level=LEVEL)
    assert result.estimates["odds_ratio"].tolist() == [0.5, 1, 2]
    assert (result.interval, result.n, result.level, result.model) == ("profile", 271, LEVEL, "[13,23]")
    # unobserved = odds ratio x 451.714 - 271 at independence
    unseen = result.estimates["estimate"] - 271
    assert unseen.to_numpy() == pytest.approx(np.array([0.5, 1, 2]) * 180.714, rel=1e-4)
    assert_says(result.checks[:1], [("reach", "pass", {"lowest": 361.357, "highest": 632.429, "factor": 1.75015})])
    ax = result.plot()
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel()
    far = highest_order_sensitivity(table(), level=LEVEL)
    assert (far.model, far.level, len(far.estimates)) == ("[12,13,23]", LEVEL, 17)
    unseen = far.estimates["estimate"] - 271
    assert (unseen * far.estimates["factor"]).to_numpy() == pytest.approx(1041.765, rel=1e-3)
    assert_says(far.checks[:1], [("reach", "review", {"lowest": 479.353, "highest": 5479.824, "factor": 11.4317})])


def test_a_predictive_check_compares_people_by_number_of_lists():
    result = predictive_check(LogLinear("fixed", model="[12,13]").fit(table()), samples=200, seed=2)
    assert (result.method, result.interval) == ("Predictive check of log-linear model [12,13]", "predictive")
    assert (result.n, result.level, result.inputs.seed, result.draws.shape) == (271, 0.95, 2, (7, 200))
    assert result.estimates["estimate"][["on_1_list", "on_2_list", "on_3_list"]].tolist() == [187, 56, 28]
    assert result.estimates["estimate"]["deviance"] == pytest.approx(19.422, rel=1e-4)
    assert result.estimates["estimate"]["empty_patterns"] == 0
    assert result.estimates["unit"].tolist() == ["", "", "", "patterns", "persons", "persons", "persons"]
    # nobody of 200 simulated tables is as far off: p = 1 / 201
    assert_says(
        result.checks[:1],
        [("predictive", "review", {"smallest_p_value": 1 / 201, "tables": 200, "without_estimate": 0})],
    )


def test_people_with_covariates_are_counted_in_all_and_by_group():
    frame = people()
    result = ConditionalLikelihood("age", lists=["a", "b"], level=LEVEL).fit(frame)
    assert (result.method, result.interval) == ("Conditional likelihood of 2 lists given age", "lognormal")
    assert (result.n, result.level) == (len(frame), LEVEL)
    assert [(check.name, check.status) for check in result.checks] == [("weights", "pass"), ("independence", "review")]
    assert result.checks[0].numbers["rare"] == 0
    robust = DoublyRobust(lists=["a", "b"], covariates=["age"], by="region", level=LEVEL, seed=2).fit(frame)
    assert (robust.method, robust.interval) == ("Doubly robust capture-recapture, bias-corrected", "lognormal")
    assert (robust.n, robust.level, robust.inputs.seed) == (len(frame), LEVEL, 2)
    assert robust.estimates["group"].tolist() == ["all", "all", "north", "north", "south", "south"]
    assert [check.name for check in robust.checks] == ["positivity"]
    assert robust.checks[0].numbers["margin"] == 0.005
    rows = robust.estimates["estimate"]
    seen = rows["population"].to_numpy() - rows["unobserved"].to_numpy()
    counted = frame["region"].value_counts()
    assert seen == pytest.approx([len(frame), counted["north"], counted["south"]])
    plain = DoublyRobust(lists=["a", "b"], covariates=["age"], version="plug_in", level=LEVEL).fit(frame)
    assert (plain.method, plain.interval) == ("Doubly robust capture-recapture, plug-in", "none")
    assert [(check.name, check.status) for check in plain.checks] == [("positivity", "pass"), ("limits", "review")]


def test_methods_side_by_side_say_who_is_outside_whose_limits():
    methods = {"lower": LowerBound(level=LEVEL), "fixed": LogLinear("fixed", model="[12,13]", level=LEVEL)}
    result = compare_methods(table(), methods, bootstrap=50, level=LEVEL, seed=2)
    assert (result.method, result.interval) == ("Comparison of 2 methods on 3 lists", "of each method")
    assert (result.n, result.level, result.headline, result.lists) == (271, LEVEL, "fixed", table().lists)
    assert list(result.estimates.index) == ["lower", "fixed"]
    assert_says(
        own_checks(result),
        [
            ("headline", "pass", {}),
            ("headline interval", "pass", {"outside": 0, "others": 0}),
            ("lower bounds", "review", {"headline": 463.5, "largest_bound": 478.674}),
            ("refused methods", "pass", {"refused": 0, "tried": 2}),
            ("sparse", "pass", {"people": 271, "repeats": 84, "pairs": 3, "below_5": 0, "empty": 0}),
            ("boundary", "pass", {"results": 1, "at_boundary": 0}),
            ("method", "review", {"methods": 1, "without_estimate": 0}),
        ],
    )


def test_a_simulated_coverage_is_a_share_of_populations():
    result = simulate_coverage(
        "independence", {"lower": LowerBound(level=LEVEL)}, replications=10, level=LEVEL, seed=2, jobs=1
    )
    assert (result.method, result.interval) == (
        "Simulated coverage of 90 % intervals, 10 populations a scenario",
        "wilson",
    )
    assert (result.n, result.level, result.nominal, result.inputs.seed) == (10, LEVEL, LEVEL, 2)
    runs = result.runs
    inside = (runs["ci_low"] <= runs["truth"]) & (runs["truth"] <= runs["ci_high"])
    assert result.estimates["estimate"].tolist() == [inside.mean()]
    assert result.estimates["scenario"].tolist() == ["independence"]
    assert_says(
        result.checks,
        [
            ("no interval", "pass", {"pairs": 1, "silent": 0, "largest_share": 0}),
            ("coverage", "pass", {"pairs": 1, "short": 0}),
        ],
    )


def test_lists_left_out_and_predicted_from_the_others():
    rows = list_sensitivity(table(), LowerBound())
    assert rows.index[0] == "all lists"
    assert rows["estimate"].iloc[0] == pytest.approx(478.674, rel=1e-5)
    assert len(rows) == 1 + 3 + 3  # all, each left out, each pair merged
    valid = internal_validity(table(), LowerBound())
    assert valid.n == 271
    check = valid.checks[0]
    assert check.name == "internal validity"
    same = carry_linkage(Chapman(level=LEVEL), [pair()] * 5)
    alone = Chapman(level=LEVEL).fit(pair()).estimates
    # five times the same table: nothing is added between them
    assert same.estimates.loc[alone.index, ["estimate", "std_error"]].to_numpy() == pytest.approx(
        alone[["estimate", "std_error"]].to_numpy()
    )


def test_targeting_is_said_to_settle_or_not_in_each_group():
    targeted = DoublyRobust(lists=["a", "b"], covariates=["age"], by="region", version="tmle", level=LEVEL).fit(
        people()
    )
    names = [check.name for check in targeted.checks]
    assert names == ["positivity", "targeting", "targeting in north", "targeting in south"]
    assert {check.numbers["stop"] for check in targeted.checks[1:]} == {0.005}
