"""Every limit of an option of the single questions: surveys, recruits, ties, lists that are late, wrong or noised."""

import pandas as pd
import pytest

from ctresearch import prevalence as p
from ctresearch.core import Result, SpecificationError, estimates_table
from option_limits import LEVEL, TINY, allowed, beyond, refuses, takes

REPLICATES = {"bootstrap": ((199, 200.5, 100_001), (200, 100_000))}
NETWORK = {"hidden": "known", "known": {"police": 100, "nurses": 200}, "population": 10_000}
SEEN = {"count": "times"}
WORD = ("another", None)
LIMITS = {
    "total": (
        p.SurveyTotal,
        {"outcome": "forced", "weight": "w"},
        LEVEL
        | {
            "bootstrap": ((49, 50.5), (50,)),
            "statistic": (WORD, ("total", "mean")),
            "variance": (WORD, ("linearised", "jackknife", "bootstrap")),
            "limits": (WORD, ("t", "normal")),
            "lone": (WORD, ("refuse", "certainty", "adjust")),
        },
    ),
    "mean": (
        p.SurveyTotal,
        {"outcome": "forced", "weight": "w", "statistic": "mean"},
        {"limits": (WORD, ("t", "normal", "logit", "beta", "arcsine"))},
    ),
    "people": (p.SurveyTotal, {"weight": "w"}, {"people": ((0, 1 - TINY, -3), (1, 2.5))}),
    "replicates": (
        p.SurveyTotal,
        {"outcome": "forced", "weight": "w", "variance": "replicates", "replicates": ["r1", "r2"]},
        {"replicate_scale": ((0, -1), (TINY, 1, 40))},
    ),
    "forced": (
        p.RandomisedResponse,
        {"answer": "yes", "truth": 0.75, "forced_yes": 0.1},
        LEVEL
        | {
            "truth": ((0, 1), (TINY, 0.9 - TINY)),
            "forced_yes": ((-TINY, 0.25 + TINY), (0.0, 0.25)),
            "errors": (WORD, ("information", "scores")),
            "design": (WORD, ("forced",)),
        },
    ),
    "unrelated": (
        p.RandomisedResponse,
        {"answer": "yes", "truth": 0.75, "design": "unrelated", "unrelated_yes": 0.3},
        {"unrelated_yes": ((-TINY, 1 + TINY), (0, 1))},
    ),
    "benchmark": (
        p.TwoSample,
        {"counted": "seen", "benchmark": 300},
        LEVEL
        | {
            "benchmark": ((0, 1 - TINY), (1, 5000)),
            "benchmark_error": ((-TINY,), (0, 20)),
            "method": (WORD, ("multiplier",)),
            "limits": (("another",), (None,)),
        },
    ),
    "list experiment": (
        p.ListExperiment,
        {"answer": "n", "treatment": "t", "items": 3},
        LEVEL
        | {
            "items": ((1, 2.5), (2, 30)),
            "method": (WORD, ("linear", "nls", "ml")),
            "same_items": (("yes", 2), (True, False)),
        },
    ),
    "areas": (
        p.FayHerriot,
        {"estimate": "y", "variance": "v", "area": "a"},
        LEVEL | {"method": (WORD, ("reml", "ml", "moment"))},
    ),
    "venues": (
        p.TimeLocation,
        {"event": "e", "events": "n", "attended": "a", "visits": "v"},
        LEVEL | {"limits": (WORD, ("t", "normal"))},
    ),
    "screened": (
        p.ScreenedPrevalence,
        {"outcome": "o", "sensitivity": 0.9, "specificity": 0.95},
        LEVEL
        | {
            "sensitivity": (
                (-TINY, 1 + TINY, (11, 10), (-1, 10), (0, 0)),
                (1, 0.5, (10, 10), (9, 10)),
            ),
            "specificity": ((-TINY, 1 + TINY, (11, 10), (5, 0)), (1, (10, 10))),
            "limits": (WORD, ("lang_reiczigel",)),
        },
    ),
    "known": (
        p.ScaleUp,
        NETWORK,
        LEVEL
        | REPLICATES
        | {
            "population": ((0, 1 - TINY), (201, 1e6)),
            "method": (WORD, ("mle",)),
            "zero_degree": (WORD, ("refuse", "drop")),
            "known": ((), ({"police": 1, "nurses": 2},)),
        },
    ),
    "generalized": (p.GeneralizedScaleUp, NETWORK, LEVEL | REPLICATES),
    "bayesian": (
        p.BayesianScaleUp,
        NETWORK | {"thin": 5},
        LEVEL
        | {
            "chains": ((1, 101, 2.5), (2, 100)),
            "thin": ((0, 1.5), (1, 2)),
            "iterations": ((19, 20.5), (20, 4000)),
            "warmup": ((-1, 0.5), (0, 100)),
            "model": (WORD, ("barrier",)),
        },
    ),
    "recruits": (
        p.SuccessiveSampling,
        {"trait": "forced", "population": 500},
        LEVEL | {"population": ((1, 2.5), (2, 10_000)), "n_boot": ((19, 20.5), (20,))},
    ),
    "size of recruits": (
        p.SuccessiveSamplingPopulation,
        {"prior_size": 300},
        LEVEL
        | {
            "prior_size": ((1, 2.5), (2, 5000)),
            "largest": ((299, 300.5), (300, 9000)),
            "degree_mean": ((1, 0.5), (1.01,)),
            "degree_sd": ((0, -1), (TINY,)),
            "draws": ((99, 100_001, 100.5), (100, 100_000)),
            "prior_shape": (((1 - TINY, 2), (2, 1 - TINY)), ((1, 1), (1, 2))),
        },
    ),
    "shares of recruits": (p.VolzHeckathorn, {"trait": "forced"}, LEVEL | {"n_boot": ((19, 20.5), (20,))}),
    "shares by ties": (p.SalganikHeckathorn, {"trait": "forced"}, LEVEL | {"n_boot": ((19,), (20,))}),
    "recaptured": (
        p.RecapturedPopulation,
        {"again": "seen", "first": 90},
        LEVEL | {"first": ((0, 1.5), (1, 1000)), "n_boot": ((19,), (20,))},
    ),
    "one list": (
        p.ZeroTruncated,
        SEEN,
        LEVEL
        | {
            "bootstrap": ((-1, 1, 49, 0.5), (0, 50)),
            "distribution": (WORD, ("poisson", "negative_binomial")),
            "ones": (WORD, ("as_others",)),
            "limits": (WORD, ("lognormal", "normal")),
        },
    ),
    "least of one list": (
        p.ChaoLowerBound,
        SEEN,
        LEVEL | {"bootstrap": ((49,), (0, 50)), "limits": (WORD, ("normal",))},
    ),
    "ones and twos": (p.Zelterman, SEEN, LEVEL | {"bootstrap": ((49,), (0, 50)), "limits": (WORD, ("normal",))}),
    "noised": (
        p.NoisedLogLinear,
        {"epsilon": 1.0},
        LEVEL
        | {
            "epsilon": ((0, 1e-6 - 1e-9, 100 + TINY), (1e-6, 100)),
            "draws": ((199, 4001, 200.5), (200, 4000)),
            "mechanism": (WORD, ("laplace",)),
        },
    ),
    "noise in people": (p.NoisedLogLinear, {"noise_sd": 1.0}, {"noise_sd": ((0, 1e5 + 1), (1e-6, 1e5))}),
    "trimmed": (
        p.TrimmedDualSystem,
        {"first": "a", "second": "b", "doubt": "d", "trim": 0.1},
        LEVEL | {"trim": ((-TINY, 0.99 + TINY), (0, 0.99)), "audited": ((0, 1.5), (None, 1))},
    ),
    "entries": (
        p.FalseEntries,
        {"estimator": p.Chapman(), "audits": {"a": (10, 2)}},
        LEVEL
        | {
            "overlap": ((-TINY, 1 + TINY), (0, 1)),
            "imputations": ((4, 1001, 5.5), (5, 1000)),
            "audits": ((), ({"a": (10, 10)}, {"a": (1, 0)})),
        },
    ),
    "pending": (
        p.PendingDecisions,
        {"estimator": p.Chapman(), "lists": ["a", "b"], "decision": "d"},
        LEVEL | {"imputations": ((4, 1001, 5.5), (5, 1000))},
    ),
    "late": (
        p.LateLists,
        {
            "estimator": p.Chapman(),
            "person": "p",
            "source": "s",
            "case": "c",
            "arrived": "a",
            "as_of": "2024-01-01",
        },
        LEVEL
        | {
            "imputations": ((4, 1001, 5.5), (5, 1000)),
            "unit": (WORD, ("month",)),
            "mix": (WORD, ("constant", "free")),
        },
    ),
    "followed": (
        p.LinkTracing,
        {},
        LEVEL | {"draws": ((199, 100_001), (200, 100_000)), "waves": ((0, 1.5), (None,)), "tracing": (WORD, ("one",))},
    ),
    "identified": (
        p.IdentifiedPopulation,
        {},
        LEVEL
        | {
            "prior": ((1e-3 - TINY, 1e3 + 1e-6), (1e-3, 1e3)),
            "draws": ((499, 100_001), (500, 100_000)),
            "ratio": ((1e-3 - TINY, 1e3 + 1e-6), (1e-3, 1e3)),
            "version": (WORD, ("posterior", "plug_in")),
            "assumption": (WORD, ("no_highest_order",)),
        },
    ),
    "robust": (
        p.DoublyRobustLists,
        {"lists": ["a", "b", "c"], "covariates": ["age"]},
        LEVEL
        | {
            "folds": ((0, 101, 1.5), (1, 100)),
            "margin": ((0, 0.5), (TINY, 0.5 - TINY)),
            "ratio": ((1e-3 - TINY, 1e3 + 1e-6), (1e-3, 1e3)),
        },
    ),
    "definitions": (
        p.DefinitionSpread,
        {"definitions": {"icls-2018": {}, "htsh": {}}},
        LEVEL
        | REPLICATES
        | {
            "errors": (
                (),
                ({"htsh": ((1, 0), (TINY, 0))}, {"htsh": ((0.5, 0.49), (0.9, 0.1))}),
            )
        },
    ),
    "sample of a list": (
        p.DesignedSample,
        {"lists": ["a", "b"], "sample": "s"},
        LEVEL | {"version": (WORD, ("chapman",))},
    ),
}


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
def test_what_lies_on_a_limit_is_taken_and_kept(name, option, value):
    takes(LIMITS, name, option, value)


DEFINED = {"definitions": {"icls-2018": {}, "htsh": {}}}
ENTRIES = {"estimator": p.Chapman()}
SAID = [
    (p.DefinitionSpread, {"definitions": {"htsh": {}}}, "definitions == "),
    (p.DefinitionSpread, {"definitions": {"all": {}, "htsh": {}}}, r"definitions\['all'\] must be"),
    (p.DefinitionSpread, {"definitions": {"other": {}, "htsh": {}}}, "definition of 'other' == "),
    (p.DefinitionSpread, DEFINED | {"errors": {"other": ((1, 0), (1, 0))}}, "errors names 'other', must name"),
    (p.DefinitionSpread, DEFINED | {"errors": {"htsh": (1, 1)}}, r"errors\['htsh'\] == "),
    (p.DefinitionSpread, DEFINED | {"errors": {"htsh": ((1 + TINY, 0), (1, 0))}}, "sensitivity of 'htsh' == "),
    (p.DefinitionSpread, DEFINED | {"errors": {"htsh": ((1, 0), (-TINY, 0))}}, "specificity of 'htsh' == "),
    (
        p.DefinitionSpread,
        DEFINED | {"errors": {"htsh": ((0.5, -TINY), (1, 0))}},
        "error of the sensitivity of 'htsh' == ",
    ),
    (
        p.DefinitionSpread,
        DEFINED | {"errors": {"htsh": ((0.9, 0), (0.5, 0.5))}},
        "error of the specificity .* below 0.5",
    ),
    (
        p.DefinitionSpread,
        DEFINED | {"errors": {"htsh": ((0.5, 0), (0.5, 0))}},
        "sensitivity and .* add up to 1, must be",
    ),
    (p.FalseEntries, ENTRIES | {"audits": {}}, "audits is a dict, must say"),
    (p.FalseEntries, ENTRIES | {"audits": {"a": (10, 1), "b": 3}}, "audit 2 of 2 must be two numbers"),
    (p.FalseEntries, ENTRIES | {"audits": {"a": (0, 0)}}, "the number audited == 0, must be"),
    (p.FalseEntries, ENTRIES | {"audits": {"a": (10, 11)}}, "the number found wrong == 11, must be .* 0 and 10"),
    (p.FalseEntries, ENTRIES | {"audits": {"a": (10, -1)}}, "the number found wrong == -1, must be"),
    *[
        (kind, NETWORK | wrong, words)
        for kind in (p.ScaleUp, p.GeneralizedScaleUp, p.BayesianScaleUp)
        for wrong, words in (
            ({"population": 0}, "population == 0, must be"),
            ({"known": {}}, "known == "),
            ({"known": ["police"]}, "known == "),
            ({"known": {"police": 0, "nurses": 20}}, "size of 'police' == 0, must be"),
            ({"known": {"police": 1 - TINY, "nurses": 20}}, "size of 'police' == .* is it a"),
            ({"known": {"police": 5, "nurses": 10_000}}, "size of 'nurses' == 10000, must be below population"),
            ({"hidden": "police"}, "hidden == 'police' is one of the known groups"),
        )
    ],
    (p.BayesianScaleUp, NETWORK | {"mean_range": 3}, "mean_range == "),
    (p.BayesianScaleUp, NETWORK | {"mean_range": (3.0, 3.0)}, "mean_range == .* lower one first"),
    (p.BayesianScaleUp, NETWORK | {"spread_range": (-TINY, 1.0)}, "lower end of spread_range == "),
    (p.BayesianScaleUp, NETWORK | {"model": "transmission", "transmission": (0, 0.1)}, "mean of transmission == 0"),
    (p.BayesianScaleUp, NETWORK | {"model": "transmission", "transmission": (1, 0.1)}, "mean of transmission == 1"),
    (
        p.BayesianScaleUp,
        NETWORK | {"model": "transmission", "transmission": (0.5, 0)},
        "standard deviation of tr.* == 0",
    ),
    (
        p.BayesianScaleUp,
        NETWORK | {"model": "transmission", "transmission": (0.5, 0.5)},
        "transmission == .* below 0.5",
    ),
    (p.LinkTracing, {"waves": 1}, "waves == 1 with tracing == 'one', must be"),
    (p.LinkTracing, {"tracing": "all"}, "waves == None with tracing == 'all', must be"),
    (p.DesignedSample, {"lists": ["a", "b"], "sample": "b"}, "sample == 'b' is one of the lists"),
    (p.SuccessiveSamplingPopulation, {"prior_size": 300, "prior_shape": 2}, "prior_shape == "),
    (p.NoisedLogLinear, {"epsilon": 1.0, "noise_sd": 1.0}, "epsilon == 1 stands for Laplace noise"),
    (
        p.SurveyTotal,
        {"outcome": "o", "weight": "w", "statistic": "ratio"},
        "statistic == 'ratio' with denominator == None",
    ),
    (
        p.SurveyTotal,
        {"outcome": "o", "weight": "w", "denominator": "d"},
        "statistic == 'total' with denominator == 'd'",
    ),
]


@pytest.mark.parametrize(("kind", "options", "words"), SAID)
def test_what_does_not_go_together_is_refused_by_a_sentence(kind, options, words):
    with pytest.raises(SpecificationError, match=f"^{words}"):
        kind(**options)


TAIWAN = p.CaptureHistories.from_published("hav-taiwan")
BIG = p.CaptureHistories.from_counts(pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, 20]}))
FITTED = p.LogLinear("fixed", model="[1,2]").fit(BIG)
PLAN = p.DesignPlan(lambda seed: seed, lambda data: data)
ONE = Result(method="m", estimates=estimates_table({"population": (900, 90, 740, 1094)}, unit="persons"), n=300)
TWO = {"survey": ONE, "lists": ONE}
ALIKE = ("A", "B"), 100
CALLED = [
    (lambda: p.DesignPlan(1, len), "draw == 1, must be a function"),
    (lambda: p.DesignPlan(len, "x"), "fit == 'x', must be a function"),
    (lambda: p.DesignPlan(len, len, cost=-TINY), "cost == "),
    (lambda: p.DesignPlan(len, len, truth=0), "truth == 0, must be above 0"),
    (lambda: p.plan_designs({}, truth=10), "plans == "),
    (lambda: p.plan_designs({"a": len}, truth=10), "plans == "),
    (lambda: p.plan_designs({"a": PLAN}, truth=0), "truth == 0, must be above 0"),
    (lambda: p.plan_designs({"a": PLAN}, truth=10, against=-TINY), "against == "),
    (lambda: p.plan_designs({"a": PLAN}, truth=10, draws=19), "draws == 19, must be .* 20 "),
    (lambda: p.plan_designs({"a": PLAN}, truth=10, draws=100_001), "draws == 100001, must be"),
    (
        lambda: p.compare_designs(TWO, methods={"other": "x"}),
        "methods names 'other', must name designs: 'survey', 'lists'",
    ),
    (
        lambda: p.compare_designs(TWO, bias={"other": (1, 0)}),
        "bias names 'other', must name methods: 'survey', 'lists'",
    ),
    (lambda: p.compare_designs(TWO, bias={"survey": 1.0}), "bias of 'survey' == 1.0, must be"),
    (lambda: p.compare_designs(TWO, bias={"survey": (0, 0.1)}), "ratio of 'survey' == 0, must be"),
    (lambda: p.compare_designs(TWO, bias={"survey": (1, -TINY)}), "relative error of 'survey' == "),
    (lambda: p.plot_overlaps(BIG, most=0), "most == 0, must be"),
    (lambda: p.Scenario("s", "d", *ALIKE, [0.5, 0.5]), "chances has shape (.*), must have 4 values for 2 lists"),
    (lambda: p.Scenario("s", "d", ("A", "B"), 9, [0.25] * 4), "population == 9, must be"),
    (lambda: p.Scenario("s", "d", *ALIKE, [0.5, 0.5, 0.1, -0.1]), "chances run from -0.1 to 0.5 and sum to 1, must"),
    (lambda: p.Scenario("s", "d", *ALIKE, [0.5, 0.5, 0.1, 0.0]), "chances run from 0 to 0.5 and sum to 1.1, must"),
    (lambda: p.Scenario("s", "d", *ALIKE, [1.0, 0, 0, 0]), "chances run from 0 to 1 and sum to 1, must"),
    (lambda: p.Scenario.named("other"), "name == 'other'"),
    (lambda: p.default_methods(1), "lists == 1, must be"),
    (lambda: p.default_methods(3, bootstrap=49), "bootstrap == 49, must be"),
    (lambda: p.default_methods(3, level=1.0), "level == 1.0, must be"),
    (lambda: p.predictive_check(FITTED, samples=99), "samples == 99, must be"),
    (lambda: p.shown_counts(BIG, threshold=4), "threshold == 4, must be .* 5"),
    (lambda: p.calibrated_coverage(TAIWAN, hidden=0), "hidden == 0, must be"),
    (lambda: p.calibrated_coverage(TAIWAN, hidden=0.95), "hidden == 0.95, must be"),
    (lambda: p.simulate_coverage("sparse", replications=1), "replications == 1, must be"),
]


@pytest.mark.parametrize(("call", "words"), CALLED, ids=[words for _, words in CALLED])
def test_what_lies_beyond_the_limits_of_a_function_is_refused_by_name(call, words):
    with pytest.raises(SpecificationError, match=f"^{words}"):
        call()


def test_what_lies_on_the_limits_of_a_function_is_taken():
    assert p.DesignPlan(len, len, cost=0, truth=TINY).truth == TINY
    assert p.Scenario("s", "d", ("A", "B"), 10, [0.0, 0.5, 0.5, 0.0]).population == 10
    assert list(p.default_methods(2, bootstrap=50)) == list(p.default_methods(2))
    assert p.shown_counts(BIG, threshold=5).masked == 0
    assert len(p.predictive_check(FITTED, samples=100).estimates)


DEFAULTS = {
    "total": {
        "outcome": None,
        "statistic": "total",
        "variance": "linearised",
        "bootstrap": 500,
        "limits": "t",
        "by": None,
    },
    "forced": {"design": "forced", "errors": "information", "formula": None, "weight": None},
    "benchmark": {"benchmark_error": 0.0, "benchmark_term": "population", "method": "multiplier", "lone": "refuse"},
    "list experiment": {"control": 0, "sensitive": 1, "method": "linear", "same_items": True, "formula": None},
    "areas": {"formula": None, "method": "reml"},
    "venues": {"outcome": None, "statistic": "total", "strata": None, "by": None, "limits": "t"},
    "screened": {"population": None, "lone": "refuse", "limits": "lang_reiczigel"},
    "known": {"method": "mle", "zero_degree": "refuse", "bootstrap": 1000, "seed": 0},
    "generalized": {"bootstrap": 1000, "members_weight": None, "seed": 0},
    "bayesian": {
        "model": "barrier",
        "transmission": None,
        "mean_range": (3.0, 8.0),
        "spread_range": (0.25, 2.0),
        "iterations": 4000,
        "warmup": None,
        "thin": 1,
        "chains": 4,
        "seed": 0,
    },
    "recruits": {"bootstrap": None, "n_boot": 1000, "seed": 0},
    "size of recruits": {"prior_shape": None, "largest": None, "degree_mean": None, "draws": 2500, "seed": 0},
    "shares of recruits": {"bootstrap": None, "n_boot": 1000, "seed": 0},
    "shares by ties": {"bootstrap": None, "n_boot": 1000, "seed": 0},
    "recaptured": {"bootstrap": "tree", "n_boot": 1000, "seed": 0},
    "one list": {"distribution": "poisson", "ones": "as_others", "limits": "lognormal", "bootstrap": 0, "seed": 0},
    "least of one list": {"limits": "lognormal", "bootstrap": 0, "seed": 0},
    "ones and twos": {"limits": "lognormal", "bootstrap": 0, "seed": 0},
    "noised": {"count": "count", "noise_sd": None, "mechanism": "laplace", "draws": 2000, "seed": 0},
    "trimmed": {"audited": None},
    "entries": {"overlap": 0.0, "imputations": 20, "seed": 0},
    "pending": {"by": None, "imputations": 20, "seed": 0},
    "late": {"unit": "month", "since": None, "until": None, "mix": "constant", "imputations": 20, "seed": 0},
    "followed": {"tracing": "one", "waves": None, "draws": 1000, "seed": 0},
    "identified": {
        "assumption": "no_highest_order",
        "version": "posterior",
        "ratio": 1.0,
        "prior": 0.5,
        "draws": 10_000,
    },
    "robust": {"assumption": "no_highest_order", "ratio": 1.0, "folds": 5, "margin": 0.001, "learner": None, "seed": 0},
    "definitions": {"age": "age", "errors": None, "bootstrap": 1000, "seed": 0},
    "sample of a list": {"version": "chapman", "weight": None, "strata": None, "cluster": None},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_what_nobody_says_is_as_the_page_says(name):
    kind, needed, _ = LIMITS[name]
    needed = {option: value for option, value in needed.items() if option not in DEFAULTS[name]}
    made = kind(**needed).get_params()
    wanted = DEFAULTS[name] | {"level": 0.95}
    assert {option: made[option] for option in wanted} == wanted
