"""What comparisons of methods and simulated coverages hold, and what they ask of their methods."""

import sys

import pytest
from pins import published_lists
from test_tables_of_results import ESTIMATES, LEVEL, made_with, tables_of
from test_what_results_say import table

from ctresearch.core.cite import references
from ctresearch.prevalence import (
    Chapman,
    ClosedPopulation,
    LowerBound,
    SampleCoverage,
    compare_methods,
    simulate_coverage,
)
from ctresearch.prevalence.diagnostics.method_catalogue import NEEDS_MORE


def test_simulated_coverage_keeps_every_run():
    methods = {"bound": LowerBound(), "two lists": Chapman()}
    result = simulate_coverage(["sparse", "positive"], methods, replications=3, seed=5, jobs=1)
    assert tables_of(result)["runs"] == (None, ["scenario", "method", "truth", "estimate", "ci_low", "ci_high"])
    assert tables_of(result)["estimates"] == ("term", [*ESTIMATES[1], "scenario"])
    assert tables_of(result)["not_applicable"] == ("method", ["reason"])
    assert result.not_applicable.index.tolist() == ["two lists"]
    assert "takes 2" in result.not_applicable["reason"].iloc[0]
    assert result.performance.index.names == ["scenario", "method"]
    assert result.performance.columns.tolist() == [
        "truth",
        "populations",
        "with_estimate",
        "with_interval",
        "bias",
        "bias_se",
        "median_bias",
        "median_bias_se",
        "coverage",
        "coverage_se",
        "below",
        "above",
        "length",
        "length_se",
    ]
    assert result.runs["scenario"].tolist() == ["sparse"] * 3 + ["positive"] * 3
    assert result.runs["truth"].tolist() == [2000] * 6
    assert result.estimates["unit"].tolist() == ["share of populations"] * 2
    assert (result.n, result.nominal, result.level, result.inputs.seed) == (6, 0.95, 0.95, 5)
    assert made_with(result) == {"numpy", "pandas", "scipy", "numba"}
    assert result.references == references(simulate_coverage)
    assert len(result.assumptions) == 3
    assert result.performance["coverage"].tolist() == result.estimates["estimate"].tolist()
    assert result.performance["coverage_se"].tolist() == result.estimates["std_error"].tolist()


@pytest.fixture
def quick_methods(monkeypatch):
    """Let two quick methods stand for all, and keep what was asked of them."""
    asked = {}

    def few(lists, **options):
        asked.update(options, lists=lists)
        return {"bound": LowerBound(level=options["level"]), "mt": ClosedPopulation("Mt", level=options["level"])}

    monkeypatch.setattr(sys.modules[compare_methods.__module__], "default_methods", few)
    return asked


def test_all_methods_are_compared_where_none_is_named(quick_methods):
    result = compare_methods(table(), level=LEVEL, bootstrap=77, seed=6)
    assert quick_methods == {"lists": 3, "level": LEVEL, "bootstrap": 77, "seed": 6}
    assert result.methods.index.tolist() == ["bound", "mt"]
    assert tables_of(result)["methods"] == (
        "method",
        [
            "estimate",
            "ci_low",
            "ci_high",
            "unit",
            "interval",
            "reads_as",
            "status",
            "checks",
            "note",
            "description",
            "assumptions",
        ],
    )
    assert tables_of(result)["not_applicable"] == ("method", ["reason"])
    assert result.not_applicable.index.tolist() == list(NEEDS_MORE)
    assert result.headline == "mt"  # the first that is no lower bound
    mt, bound = ClosedPopulation("Mt", level=LEVEL).fit(table()), LowerBound(level=LEVEL).fit(table())
    assert result.references == tuple(
        dict.fromkeys([*table().references, *references(compare_methods), *bound.references, *mt.references])
    )
    assert result.assumptions == tuple(dict.fromkeys([*bound.assumptions, *mt.assumptions]))
    assert made_with(result) == {"numpy", "pandas", "scipy", "numba"}
    assert result.inputs.seed == 6
    assert (result.scope, result.lists, result.level) == (table().scope, table().lists, LEVEL)
    row = result.methods.loc["mt"]
    low = mt.estimates.loc["population"]
    assert row[["estimate", "ci_low", "ci_high"]].tolist() == low[["estimate", "ci_low", "ci_high"]].tolist()
    assert row[["unit", "interval", "reads_as", "status", "note"]].tolist() == [
        "persons",
        "profile",
        "estimate",
        mt.status,
        "",
    ]
    unsure = [f"{check.name} ({check.status})" for check in mt.checks if check.status != "pass"]
    assert row["checks"] == ", ".join(unsure)
    assert (row["description"], row["assumptions"]) == (mt.method, " ".join(mt.assumptions))
    assert result.methods.loc["bound", ["reads_as", "interval", "checks"]].tolist() == ["lower bound", "lognormal", ""]
    assert compare_methods(table()).level == 0.95
    assert quick_methods == {"lists": 3, "level": 0.95, "bootstrap": 1000, "seed": 0}


def test_lower_bounds_alone_are_compared_without_a_verdict():
    result = compare_methods(table(), {"floor": LowerBound(), "even": LowerBound(list_chances="equal")})
    assert result.headline == "floor"
    assert [check.name for check in result.checks] == [
        "headline",
        "headline interval",
        "lower bounds",
        "refused methods",
    ]
    assert result.checks[1].numbers == {"outside": 0, "others": 0}
    mixed = compare_methods(
        published_lists("uk-2013-5"), {"a": SampleCoverage(bootstrap=50), "mt": ClosedPopulation("Mt")}, headline="mt"
    )
    assert mixed.methods.loc["a", ["status", "interval"]].tolist() == ["fail", "none"]
    assert mixed.methods.loc["a", "description"].startswith("Sample coverage, estimator")
    assert mixed.methods.index.tolist() == ["mt", "a"]
    refused = next(check for check in mixed.checks if check.name == "refused methods")
    assert refused.numbers == {"refused": 1, "tried": 2}
    assert refused.message == "1 of 2 methods give no estimate: a."
