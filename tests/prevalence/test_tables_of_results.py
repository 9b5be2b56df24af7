"""What the tables of every result are called and hold, what it was made with, and whose work it rests on."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from test_what_results_say import CHAINS, RESULTS, areas, pair, people, table

from ctresearch import prevalence
from ctresearch.core import Scope, SpecificationError
from ctresearch.core.cite import references
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    ClosedPopulation,
    ConditionalLikelihood,
    DoublyRobust,
    LatentClass,
    LogLinear,
    LowerBound,
    PanelHistories,
    PooledStrata,
    SampleCoverage,
    carry_linkage,
    highest_order_sensitivity,
    internal_validity,
    list_sensitivity,
    odds_ratio_sensitivity,
    panel_population,
    predictive_check,
    stratified,
)

LEVEL = 0.9
ESTIMATES = ("term", ["estimate", "std_error", "ci_low", "ci_high", "unit"])
FIT = {
    "estimates": ESTIMATES,
    "goodness_of_fit": ("statistic", ["value", "df", "p_value"]),
    "fitted": (None, ["L1", "L2", "L3", "observed", "fitted", "residual"]),
}
CLOSED = FIT | {"coefficients": ("term", ["estimate", "std_error"])}
RANKED = ("model", ["estimate", "bic", "aic", "parameters", "order", "status"])
LOGLINEAR = FIT | {
    "coefficients": ("term", ["lists", "order", "estimate", "std_error", "ci_low", "ci_high"]),
    "models": RANKED,
}
PART = {
    "estimates": ESTIMATES,
    "models": ("model", ["estimate", "bic", "aic", "parameters", "status"]),
    "fitted": (None, ["L1", "L2", "L3", "low", "high", "fitted", "expected"]),
}
QUANTILES = [f"q{one}" for one in (0.5, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99.5)]
POSTERIOR = ("term", ["mean", "std_dev", *QUANTILES, "mcse_mean", "rhat", "ess_bulk", "ess_tail"])
BAYES = {"estimates": ESTIMATES, "posterior": POSTERIOR, "draws": ("term", list(range(2000)))}
PRIORS = {"prior_sensitivity": ("prior", ["mean", "carried"])}
ALL = ("numpy", "scipy", "numba")
HELD = {
    "chapman": ({"estimates": ESTIMATES}, ("numpy",), Chapman),
    "m0": (CLOSED, ALL, ClosedPopulation),
    "mt": (CLOSED, ALL, ClosedPopulation),
    "mb": (CLOSED, ALL, ClosedPopulation),
    "mbh": (CLOSED, ALL, ClosedPopulation),
    "mh, poisson": (CLOSED, ALL, ClosedPopulation),
    "mth, darroch": (CLOSED, ALL, ClosedPopulation),
    "bound": ({"estimates": ESTIMATES}, ("numpy", "numba"), LowerBound),
    "coverage": (
        {
            "estimates": ESTIMATES,
            "draws": ("term", list(range(200))),
            "estimators": ("estimator", ["estimate"]),
        },
        ("numpy",),
        SampleCoverage,
    ),
    "bic": (LOGLINEAR, ALL, LogLinear),
    "stepwise": (LOGLINEAR | {"models": (RANKED[0], [*RANKED[1], "p_value"])}, ALL, LogLinear),
    "fixed": (LOGLINEAR, ALL, LogLinear),
    "weighted": (
        {
            "estimates": ESTIMATES,
            "models": ("model", ["weight", "estimate", "std_error", "aic"]),
            "coefficients": ("term", ["lists", "order", "weight", "estimate", "std_error", "ci_low", "ci_high"]),
        },
        ALL,
        prevalence.WeightedAverage,
    ),
    "partial": (PART, ("numpy", "scipy"), prevalence.PartialLogLinear),
    "partial, aic": (PART, ("numpy", "scipy"), prevalence.PartialLogLinear),
    "model average": (
        BAYES | PRIORS | {"models": ("model", ["probability", "mean"]), "inclusion": ("term", ["probability"])},
        ALL,
        prevalence.ModelAverage,
    ),
    "threshold": (
        BAYES
        | {
            "models": ("model", ["terms", "mean"]),
            "interactions": ("term", ["mean", "std_dev", "statistic", "kept"]),
        },
        ALL,
        prevalence.BayesianThreshold,
    ),
    "graphs": (
        {
            "estimates": ESTIMATES,
            "posterior": ("term", POSTERIOR[1][:13]),
            "draws": ("term", list(range(4000))),
            "models": ("model", ["probability", "mean"]),
            **PRIORS,
        },
        ALL,
        prevalence.GraphicalAverage,
    ),
}
CLOSED_WORDS = "The population is closed: nobody enters or leaves it in the reference period."


def tables_of(result):
    """Return name of the index and columns of each table of a result."""
    found = {one.name: getattr(result, one.name) for one in dataclasses.fields(result) if one.name != "raw"}
    return {
        name: (held.index.name, held.columns.tolist()) for name, held in found.items() if isinstance(held, pd.DataFrame)
    }


def made_with(result):
    """Return the packages that a result names."""
    return set(result.inputs.versions) - {"ctresearch"}


@pytest.mark.parametrize("name", HELD)
def test_tables_packages_and_works_are_those_of_the_page(name):
    held, packages, kind = HELD[name]
    result = (RESULTS | CHAINS)[name][0]()
    assert tables_of(result) == held
    assert made_with(result) == set(packages)
    source = pair() if name == "chapman" else table()
    assert result.references == (*source.references, *references(kind))
    assert result.assumptions[0] == CLOSED_WORDS
    assert len(set(result.assumptions)) == len(result.assumptions)
    assert all(isinstance(words, str) for words in result.assumptions)
    assert result.checks
    if hasattr(result, "lists"):
        assert result.lists == source.lists


def test_closed_models_say_what_they_were_asked():
    shapes = {}
    for model, kind, theta in (
        ("Mt", None, None),
        ("Mth", "darroch", None),
        ("Mh", "poisson", 2.5),
        ("Mh", "gamma", 3),
    ):
        result = ClosedPopulation(model, heterogeneity=kind, theta=theta).fit(table())
        assert (result.model, result.heterogeneity) == (model, kind)
        shapes[result.method] = result.theta
        again = ClosedPopulation(model, heterogeneity=kind, theta=theta, level=0.8).fit(table())
        # limits at another level come from the table inside the result, which holds the same counts
        found = result.confidence_interval(0.8)
        assert found.low["unobserved"] == pytest.approx(again.estimates["ci_low"]["unobserved"], rel=1e-9)
        assert found.high["unobserved"] == pytest.approx(again.estimates["ci_high"]["unobserved"], rel=1e-9)
    assert shapes == pytest.approx(
        {
            "Closed-population model Mt": np.nan,
            "Closed-population model Mth Darroch": np.nan,
            "Closed-population model Mh Poisson 2.5": 2.5,
            "Closed-population model Mh Gamma 3": 3,
        },
        nan_ok=True,
    )
    ordered = ClosedPopulation("Mb", occasions_ordered=True).fit(table())
    assert np.isnan(ordered.profile_estimate)
    with pytest.raises(SpecificationError):
        ordered.confidence_interval(0.8)
    assert ordered.coefficients.index.tolist() == ["intercept", "before", "after"]
    late = ClosedPopulation("Mbh", occasions_ordered=True).fit(table())
    assert late.coefficients.index.tolist() == ["intercept", "late", "before", "after"]
    assert ClosedPopulation("M0").fit(table()).coefficients.index.tolist() == ["intercept", "beta"]
    mth = ClosedPopulation("Mth", heterogeneity="chao").fit(table())
    assert mth.coefficients.index.tolist() == ["intercept", "beta1", "beta2", "beta3", "eta3"]
    with pytest.raises(SpecificationError, match="model == 'Mbh' needs at least 3 lists, the table has 2"):
        ClosedPopulation("Mbh", occasions_ordered=True).fit(pair())


def test_sample_coverage_at_another_level_has_the_same_standard_error():
    result = SampleCoverage(bootstrap=100, seed=3).fit(table())
    again = SampleCoverage(bootstrap=100, seed=3, level=0.8).fit(table())
    found = result.confidence_interval(0.8)
    for term in ("population", "unobserved"):
        assert found.low[term] == pytest.approx(again.estimates["ci_low"][term])
        assert found.high[term] == pytest.approx(again.estimates["ci_high"][term])
    drawn = result.draws.loc["population"]
    assert result.estimates["std_error"].tolist() == pytest.approx([drawn.std(ddof=1)] * 2)
    assert (drawn - result.draws.loc["unobserved"]).tolist() == pytest.approx([271] * 100)
    assert result.estimators.index.tolist() == ["independent", "high_coverage", "one_step"]


def test_latent_classes_say_how_many_classes_were_in_use():
    result = LatentClass(3, iterations=4000, level=LEVEL, seed=2).fit(table())
    assert result.method == "Dirichlet-process mixture of up to 3 latent classes"
    assert tables_of(result)["models"] == ("classes", ["probability", "mean"])
    assert made_with(result) == set(ALL)
    assert result.models["probability"].sum() == pytest.approx(1)
    assert result.models["probability"].is_monotonic_decreasing
    assert set(result.models.index) <= {1, 2, 3}
    assert result.models["mean"].gt(271).all()
    assert result.chains == 4
    assert (result.level, result.inputs.seed, result.interval, result.n) == (LEVEL, 2, "percentile", 271)
    assert result.references == (*table().references, *references(LatentClass))
    assert [check.name for check in result.checks[:2]] == ["mixing", "overlaps"]


def test_a_sensitivity_is_a_table_of_what_was_assumed():
    one = odds_ratio_sensitivity(table(), ("L1", "L2"), odds_ratios=(1, 2))
    columns = ["estimate", "std_error", "ci_low", "ci_high", "unit"]
    assert tables_of(one) == {"estimates": ("term", [*columns, "odds_ratio"])}
    assert one.estimates.index.tolist() == ["population"] * 2
    assert one.estimates["unit"].tolist() == ["persons"] * 2
    assert (one.assumed, one.labels) == (("odds_ratio",), ("odds ratio of L1 and L2 among people on no other list",))
    assert one.method == f"Sensitivity of the log-linear model [13,23] to the {one.labels[0]}"
    assert made_with(one) == {"numpy", "scipy"}
    assert one.references == (*table().references, *references(odds_ratio_sensitivity))
    assert one.scope == table().scope
    alone = odds_ratio_sensitivity(pair(), ("L1", "L2"))
    assert alone.labels == ("odds ratio of L1 and L2",)
    assert alone.estimates["odds_ratio"].tolist() == np.round(np.geomspace(0.2, 5, 17), 4).tolist()
    assert alone.level == 0.95
    two = odds_ratio_sensitivity(table(), ("L1", "L2"), second=("L1", "L3"), odds_ratios=(1, 2))
    assert tables_of(two) == {"estimates": ("term", [*columns, "odds_ratio", "second_odds_ratio"])}
    assert (two.interval, two.model) == ("none", "[23,1]")
    assert two.method.endswith(" to the " + " and the ".join(two.labels))
    assert two.estimates[["odds_ratio", "second_odds_ratio"]].to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    reach = two.checks[0]
    assert reach.message.startswith(
        "With odds_ratio from 1 to 2 and second_odds_ratio from 1 to 2 the estimate goes from"
    )
    far = highest_order_sensitivity(table(), factors=(1, 2))
    assert tables_of(far) == {"estimates": ("term", [*columns, "factor"])}
    assert far.labels == ("interaction of all lists (ratio)",)
    assert far.references == (*table().references, *references(highest_order_sensitivity))
    own = highest_order_sensitivity(table(), factors=(1,), model="[12,3]", level=0.8)
    assert (own.model, own.level) == ("[12,3]", 0.8)
    both = highest_order_sensitivity(pair(), factors=(1, 2))
    assert both.model == "[1,2]"
    with pytest.raises(SpecificationError, match=r"factors == \[\], must be different numbers"):
        highest_order_sensitivity(table(), factors=[])
    with pytest.raises(SpecificationError, match="level == 5"):
        highest_order_sensitivity(table(), level=5)
    with pytest.raises(SpecificationError, match=r"the interaction 123 is assumed, but model \[123\] estimates it"):
        highest_order_sensitivity(table(), model="[123]")


def test_ten_lists_can_be_varied_and_eleven_cannot():
    rng = np.random.default_rng(3)
    for number in (10, 11):
        seen = rng.random((900, number)) < 0.3
        frame = pd.DataFrame(seen[seen.any(axis=1)] * 1, columns=[f"L{i}" for i in range(number)])
        many = CaptureHistories.from_records(frame, list(frame.columns))
        model = [f"L{i}" for i in range(number)]
        if number == 10:
            assert len(odds_ratio_sensitivity(many, ("L0", "L1"), odds_ratios=[1], model=model).estimates) == 1
        else:
            with pytest.raises(SpecificationError, match="the table has 11 lists, must have at most 10"):
                odds_ratio_sensitivity(many, ("L0", "L1"), odds_ratios=[1], model=model)


def test_left_out_lists_are_rows_with_model_status_and_note():
    rows = list_sensitivity(table(), LogLinear("fixed", model="[1,2]"))
    assert (rows.index.name, rows.columns.tolist()) == (
        "table",
        ["lists", "n", "estimate", "ci_low", "ci_high", "model", "status", "note"],
    )
    assert rows.index.tolist() == [
        "all lists",
        "without L1",
        "without L2",
        "without L3",
        "L1 and L2 merged",
        "L1 and L3 merged",
        "L2 and L3 merged",
    ]
    assert rows["lists"].tolist() == [3] + [2] * 6
    first = rows.loc["all lists"]
    assert (first["model"], first["status"]) == ("", "fail")
    assert first[["estimate", "ci_low", "ci_high"]].isna().all()
    assert "leaves out list 3 of 3" in first["note"]
    alone = LogLinear("fixed", model="[1,2]").fit(table().drop("L1"))
    held = rows.loc["without L1"]
    assert (
        held[["estimate", "ci_low", "ci_high"]].tolist()
        == alone.estimates.loc["population", ["estimate", "ci_low", "ci_high"]].tolist()
    )
    assert (held["model"], held["status"], held["note"], held["n"]) == ("[1,2]", alone.status, "", alone.n)
    assert list_sensitivity(table(), LowerBound())["model"].tolist() == [""] * 7


def test_linked_tables_give_population_unobserved_and_the_share_of_linkage():
    fixed = LogLinear("fixed", model="[12,13]")
    result = carry_linkage(fixed, [table()] * 6, level=LEVEL)
    assert tables_of(result) == {"estimates": ("term", ESTIMATES[1])}
    assert result.estimates.index.tolist() == ["population", "unobserved", "linkage_share"]
    assert result.estimates["unit"].tolist() == ["persons", "persons", "share of variance"]
    assert result.estimates.loc["linkage_share", ["std_error", "ci_low", "ci_high"]].isna().all()
    assert result.method == "Log-linear model [12,13]; carried through 6 drawn linkages"
    assert (result.n, result.level, result.interval, result.scope) == (271, LEVEL, "rubin", table().scope)
    single = fixed.fit(table())
    assert result.references == (*single.references, *references(carry_linkage))
    assert result.assumptions[: len(single.assumptions)] == single.assumptions
    assert len(result.assumptions) == len(single.assumptions) + 2
    assert made_with(result) == {"numpy", "pandas"}
    drawn = carry_linkage(LogLinear("fixed", model="[12,13]", bootstrap=60), [table()] * 5)
    assert tables_of(drawn)["draws"] == ("term", list(range(300)))
    assert drawn.draws.index.tolist() == ["population", "unobserved", "linkage_share"]
    assert drawn.draws.loc["linkage_share"].isna().all()
    values = drawn.draws.loc["population"].to_numpy()
    row = drawn.estimates.loc["population"]
    assert row["std_error"] == pytest.approx(values.std(ddof=1))
    assert row["estimate"] == pytest.approx(single.estimates["estimate"]["population"])
    assert drawn.estimates.loc["linkage_share", "estimate"] == 0
    assert carry_linkage(fixed, [table()] * 5).level == 0.95


def test_validity_is_a_row_a_list_at_the_level_of_the_estimator():
    result = internal_validity(table(), LowerBound(level=LEVEL))
    assert tables_of(result) == {"estimates": ("term", ESTIMATES[1])}
    assert result.estimates["unit"].tolist() == ["persons"] * 3
    assert (result.method, result.level) == ("Internal validity of LowerBound", LEVEL)
    assert (result.lists, result.known, result.notes) == (table().lists, (135, 122, 126), ("", "", ""))
    assert result.references == (*table().references, *references(internal_validity))
    assert result.assumptions == ("People on a list depend on the other lists as people on none do.",)
    assert result.scope == table().scope

    class Plain:
        def fit(self, data):
            return LowerBound().fit(data)

    assert internal_validity(table(), Plain()).level == 0.95


def test_a_simulation_against_the_model_has_tails_beside_its_draws():
    fitted = LogLinear("fixed", model="[12,13]").fit(table())
    result = predictive_check(fitted, samples=100, seed=4)
    names = ["deviance", "pearson", "largest_residual", "empty_patterns", "on_1_list", "on_2_list", "on_3_list"]
    assert tables_of(result) == {
        "estimates": ESTIMATES,
        "p_values": ("term", ["simulated", "p_value"]),
        "draws": ("term", list(range(100))),
    }
    assert result.estimates.index.tolist() == names
    assert result.p_values["simulated"].to_numpy() == pytest.approx(result.draws.mean(axis=1).to_numpy())
    assert result.estimates["std_error"].to_numpy() == pytest.approx(result.draws.std(axis=1, ddof=1).to_numpy())
    low, high = np.quantile(result.draws.to_numpy(), [0.025, 0.975], axis=1)
    assert result.estimates["ci_low"].to_numpy() == pytest.approx(low)
    assert result.estimates["ci_high"].to_numpy() == pytest.approx(high)
    assert made_with(result) == set(ALL)
    assert result.references == references(predictive_check)
    assert len(result.assumptions) == 1
    assert result.scope == table().scope
    assert len(predictive_check(fitted, samples=4000).draws.columns) == 4000
    with pytest.raises(SpecificationError, match="samples == 4001"):
        predictive_check(fitted, samples=4001)
    with pytest.raises(SpecificationError, match="samples == 99"):
        predictive_check(fitted, samples=99)
    with pytest.raises(SpecificationError, match="seed == -1"):
        predictive_check(fitted, seed=-1)


def test_people_with_covariates_have_coefficients_by_list_and_rows_by_group():
    frame = people()
    result = ConditionalLikelihood("age + C(region)", lists=["a", "b"]).fit(frame)
    assert tables_of(result) == {
        "estimates": ESTIMATES,
        "coefficients": (None, ["list", "column", "estimate", "std_error"]),
    }
    assert result.coefficients["list"].tolist() == ["a"] * 3 + ["b"] * 3
    assert result.coefficients["column"].tolist() == ["Intercept", "age", "C(region)[south]"] * 2
    assert made_with(result) == {"numpy", "scipy", "formulaic"}
    assert result.references == references(ConditionalLikelihood)
    assert result.assumptions[0] == CLOSED_WORDS
    assert result.level == 0.95
    robust = DoublyRobust(lists=["a", "b"], covariates=["age"], by="region").fit(frame)
    assert tables_of(robust) == {"estimates": ("term", [*ESTIMATES[1], "group"])}
    assert made_with(robust) == {"numpy", "pandas", "scikit-learn"}
    assert robust.references == references(DoublyRobust)
    assert (robust.scope, robust.inputs.seed) == (Scope(), 0)
    assert tables_of(DoublyRobust(lists=["a", "b"], covariates=["age"]).fit(frame)) == {"estimates": ESTIMATES}


def test_strata_have_rows_of_their_own_in_estimates_and_draws():
    parts = areas()
    pooled = PooledStrata("[12,3]", draws=500, seed=3).fit(parts)
    assert tables_of(pooled) == {
        "estimates": ("term", [*ESTIMATES[1], "stratum"]),
        "interactions": ("interaction", ["mean", "std_error"]),
        "coefficients": ("term", ["lists", "order", "stratum", "estimate", "std_error", "ci_low", "ci_high"]),
        "draws": (None, list(range(500))),
    }
    assert pooled.draws.index.names == ["term", "stratum"]
    assert pooled.estimates["unit"].tolist() == ["persons"] * 3
    assert pooled.interactions.index.tolist() == ["12"]
    assert made_with(pooled) == {"numpy", "scipy"}
    assert pooled.references == references(PooledStrata)
    assert (pooled.model, pooled.strata) == ("[12,3]", ("east", "west"))
    rows = pooled.draws.to_numpy()
    assert pooled.estimates["std_error"].to_numpy() == pytest.approx(rows.std(axis=1, ddof=1))
    assert pooled.estimates["ci_low"].to_numpy() == pytest.approx(np.quantile(rows, 0.025, axis=1))
    assert pooled.estimates["ci_high"].to_numpy() == pytest.approx(np.quantile(rows, 0.975, axis=1))
    assert len(pooled.assumptions) == 4
    one = stratified(LogLinear("fixed", model="[12,3]", bootstrap=60), parts, seed=3)
    assert tables_of(one) == {
        "estimates": ("term", [*ESTIMATES[1][:4], "unit", "stratum"]),
        "coefficients": ("term", ["lists", "order", "stratum", "estimate", "std_error", "ci_low", "ci_high"]),
        "draws": (None, list(range(60))),
    }
    assert one.draws.index.tolist() == [("population", "east"), ("population", "west"), ("total", "all")]
    assert one.draws.index.names == ["term", "stratum"]
    drawn = one.draws.to_numpy()
    assert drawn[2] == pytest.approx(drawn[0] + drawn[1])
    assert one.estimates.loc["total", "ci_low"] == pytest.approx(np.quantile(drawn[2], 0.025))
    assert one.estimates.loc["total", "ci_high"] == pytest.approx(np.quantile(drawn[2], 0.975))
    assert made_with(one) == {"numpy", "pandas"}
    assert one.references[-len(references(stratified)) :] == references(stratified)
    assert (one.strata, one.notes, len(one.statuses)) == (("east", "west"), ("", ""), 2)
    assert one.assumptions[0] == CLOSED_WORDS
    assert one.assumptions[-1] == "Strata are estimated independently of one another."


def test_years_and_their_period_stand_in_one_table():
    rng = np.random.default_rng(5)
    on = rng.random((500, 3, 2)) < 0.4
    who, where, year = np.nonzero(on)
    seen = pd.DataFrame({"who": who, "where": np.array(list("abc"))[where], "year": 2020 + year})
    scope = Scope(population="women")
    panel = PanelHistories.from_long(seen, person="who", source="where", year="year", scope=scope)
    result = panel_population(panel, "[1,2,3]", level=LEVEL, seed=7)
    assert tables_of(result)["estimates"] == ("term", [*ESTIMATES[1], "stratum"])
    assert result.estimates.index.tolist() == ["population", "population", "period_population"]
    assert result.estimates["stratum"].tolist() == ["2020", "2021", "period"]
    assert result.estimates["unit"].tolist() == ["persons"] * 3
    whole = LogLinear("fixed", model="[1,2,3]", level=LEVEL).fit(panel.period)
    last = result.estimates.iloc[-1]
    assert last[ESTIMATES[1][:4]].tolist() == whole.estimates.loc["population", ESTIMATES[1][:4]].tolist()
    years = PooledStrata("[1,2,3]", pooling="complete", overlapping=True, level=LEVEL, seed=7).fit(panel.years)
    assert result.method == f"{years.method} as years; period by {whole.method}"
    assert result.interval == "percentile; period profile"
    assert (result.n, result.level, result.scope, result.strata) == (
        panel.period.n_observed,
        LEVEL,
        scope,
        ("2020", "2021", "period"),
    )
    assert result.inputs.seed == 7
    assert made_with(result) == set(ALL)
    assert result.references == (*references(panel_population), *whole.references)
    assert result.assumptions[: len(years.assumptions) - 1] == years.assumptions[1:]
    assert len(result.assumptions) == len(years.assumptions) + 2
    check = next(one for one in result.checks if one.name == "period")
    values = result.estimates["estimate"].tolist()
    assert check.numbers == pytest.approx(
        {
            "largest_year": max(values[:2]),
            "sum_of_years": sum(values[:2]),
            "period": values[2],
            "repeated": panel.repeated,
        }
    )
    assert [one.name for one in result.checks].count("overlaps") == 1
