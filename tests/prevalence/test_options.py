"""Options: what they are when nothing is said, and the first value on either side that is refused."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.core import CtResearchError
from ctresearch.prevalence import (
    BayesianThreshold,
    Chapman,
    ClosedPopulation,
    ConditionalLikelihood,
    DoublyRobust,
    GraphicalAverage,
    LatentClass,
    LogLinear,
    LowerBound,
    ModelAverage,
    PartialLogLinear,
    PooledStrata,
    SampleCoverage,
    WeightedAverage,
    carry_linkage,
    compare_methods,
    default_methods,
    odds_ratio_sensitivity,
    plot_overlaps,
    predictive_check,
    simulate_coverage,
)

PEOPLE = {"lists": ("a", "b"), "covariates": ("age",)}
DRAWN = {"level": 0.95, "seed": 0}
DEFAULTS = {
    LogLinear: {
        "select": "bic",
        "model": None,
        "max_order": None,
        "p_enter": 0.02,
        "top_models": None,
        "bootstrap": 0,
        **DRAWN,
    },
    PartialLogLinear: {"select": "bic", "model": None, "max_order": None, "level": 0.95},
    WeightedAverage: {"criterion": "bic", "max_order": None, "level": 0.95},
    ModelAverage: {"prior": "uip", "model_prior": "uniform", "max_order": None, "draws": 1000, **DRAWN},
    BayesianThreshold: {
        "prior": "proper",
        "max_order": 2,
        "threshold": 2.0,
        "precision": 1.0,
        "draws": 2000,
        **DRAWN,
    },
    GraphicalAverage: {
        "delta": None,
        "unobserved_min": 1,
        "unobserved_max": None,
        "log_prior": None,
        "graph_prior": "uniform",
        "draws": 5000,
        **DRAWN,
    },
    LatentClass: {
        "classes": 10,
        "concentration": (0.25, 0.25),
        "iterations": 100_000,
        "warmup": 20_000,
        "thin": 10,
        "chains": 4,
        **DRAWN,
    },
    ClosedPopulation: {
        "model": "Mt",
        "heterogeneity": None,
        "theta": None,
        "occasions_ordered": False,
        "level": 0.95,
    },
    Chapman: {"interval": "lognormal", "level": 0.95},
    LowerBound: {"list_chances": "unequal", "bias_corrected": False, "level": 0.95},
    SampleCoverage: {"version": None, "bootstrap": 1000, **DRAWN},
}


@pytest.mark.parametrize("kind", DEFAULTS, ids=lambda kind: kind.__name__)
def test_what_nobody_says_is_as_the_page_says(kind):
    assert {name: value for name, value in vars(kind()).items() if not name.startswith("_")} == DEFAULTS[kind]


def test_options_that_need_columns_or_a_model_have_defaults_beside_them():
    robust = vars(DoublyRobust(**PEOPLE))
    assert {
        name: robust[name] for name in ("version", "folds", "by", "chances", "fold", "margin", "level", "seed")
    } == {
        "version": "bias_corrected",
        "folds": 5,
        "by": None,
        "chances": None,
        "fold": None,
        "margin": 0.005,
        "level": 0.95,
        "seed": 0,
    }
    assert (robust["lists"], robust["covariates"]) == (("a", "b"), ("age",))
    pooled = vars(PooledStrata(["A", "B", "A:B"]))
    assert (pooled["model"], pooled["pooling"], pooled["absent"]) == (("A", "B", "A:B"), "partial", {})
    assert (pooled["draws"], pooled["level"], pooled["overlapping"]) == (4000, 0.95, False)
    conditional = ConditionalLikelihood(lists=["a", "b"])
    assert (conditional.formula, conditional.lists, conditional.level) == ("1", ("a", "b"), 0.95)
    assert ClosedPopulation("Mh", heterogeneity="poisson").theta == 2
    assert ClosedPopulation("Mh", heterogeneity="gamma").theta == 3.5


STRATA = {"model": "[1,2]"}
ENDS = [
    (LogLinear, {}, "bootstrap", 0, 1_000_000),
    (LogLinear, {}, "max_order", 1, None),
    (LogLinear, {}, "top_models", 1, None),
    (PartialLogLinear, {}, "max_order", 1, None),
    (WeightedAverage, {}, "max_order", 1, None),
    (ModelAverage, {}, "draws", 500, 100_000),
    (ModelAverage, {}, "max_order", 1, None),
    (BayesianThreshold, {}, "draws", 500, 1_000_000),
    (BayesianThreshold, {}, "max_order", 2, 3),
    (GraphicalAverage, {}, "draws", 500, 1_000_000),
    (GraphicalAverage, {}, "unobserved_min", 0, None),
    (GraphicalAverage, {"unobserved_min": 3}, "unobserved_max", 4, 1_000_002),
    (LatentClass, {}, "classes", 1, 200),
    (LatentClass, {}, "chains", 2, 100),
    (LatentClass, {}, "thin", 1, None),
    (LatentClass, {}, "warmup", 0, None),
    (LatentClass, {"thin": 5}, "iterations", 20, None),
    (SampleCoverage, {}, "bootstrap", 50, 100_000),
    (DoublyRobust, PEOPLE, "folds", 1, 100),
    (PooledStrata, STRATA, "draws", 500, 4000),
]


@pytest.mark.parametrize(
    ("kind", "others", "option", "low", "high"), ENDS, ids=[f"{one[0].__name__}-{one[2]}" for one in ENDS]
)
def test_whole_numbers_are_taken_up_to_their_ends_and_no_further(kind, others, option, low, high):
    for value in (low, high) if high is not None else (low,):
        assert getattr(kind(**others, **{option: value}), option) == value
    for value in (low - 1, low + 0.5, *([high + 1] if high is not None else [])):
        with pytest.raises(CtResearchError, match=f"{option} == "):
            kind(**others, **{option: value})


@pytest.mark.parametrize(
    ("kind", "others", "option", "taken", "refused"),
    [
        (LogLinear, {}, "p_enter", (0, 1), (-0.1, 1.1)),
        (BayesianThreshold, {}, "precision", (1e-6, 1e6), (0, 2e6)),
        (BayesianThreshold, {}, "threshold", (0, 50), (-0.1, np.inf)),
        (GraphicalAverage, {}, "delta", (1e-6, 1e6), (0, 2e6)),
        (DoublyRobust, PEOPLE, "margin", (0.001, 0.49), (0, 0.5)),
        (ClosedPopulation, {"model": "Mh", "heterogeneity": "poisson"}, "theta", (1.01, 50), (1, -2)),
        (ClosedPopulation, {"model": "Mh", "heterogeneity": "gamma"}, "theta", (0.01, 50), (0, -2)),
        (LatentClass, {}, "concentration", ((0.1, 2.0),), ((0.0, 1.0), (1.0,), 3, (1.0, -1.0))),
        (GraphicalAverage, {}, "log_prior", (np.log,), (3,)),
    ],
)
def test_other_options_have_ends_too(kind, others, option, taken, refused):
    for value in taken:
        assert getattr(kind(**others, **{option: value}), option) == value
    for value in refused:
        with pytest.raises(CtResearchError, match=option):
            kind(**others, **{option: value})


WORDS = [
    (LogLinear, {}, "select", ("bic", "aic", "stepwise")),
    (PartialLogLinear, {}, "select", ("bic", "aic")),
    (WeightedAverage, {}, "criterion", ("bic", "aic")),
    (ModelAverage, {}, "prior", ("uip", "sbh")),
    (BayesianThreshold, {}, "prior", ("proper", "improper")),
    (Chapman, {}, "interval", ("lognormal", "normal")),
    (LowerBound, {}, "list_chances", ("equal", "unequal")),
    (LowerBound, {}, "bias_corrected", (True, False)),
    (SampleCoverage, {}, "version", (None, "independent", "high_coverage", "one_step")),
    (DoublyRobust, PEOPLE, "version", ("bias_corrected", "plug_in", "tmle")),
    (PooledStrata, STRATA, "pooling", ("partial", "complete")),
    (PooledStrata, STRATA, "overlapping", (True, False)),
    (ClosedPopulation, {}, "model", ("M0", "Mt")),
    (ClosedPopulation, {"model": "Mth"}, "heterogeneity", ("chao", "poisson", "darroch", "gamma")),
    (ClosedPopulation, {}, "occasions_ordered", (True, False)),
]


@pytest.mark.parametrize(
    ("kind", "others", "option", "words"), WORDS, ids=[f"{one[0].__name__}-{one[2]}" for one in WORDS]
)
def test_words_are_those_of_the_page(kind, others, option, words):
    for word in words:
        assert getattr(kind(**others, **{option: word}), option) == word
    with pytest.raises(CtResearchError, match=f"{option} == 'another'.*must be one of"):
        kind(**others, **{option: "another"})


@pytest.mark.parametrize(
    "call",
    [
        lambda t: plot_overlaps(t, most=0),
        lambda t: predictive_check(LogLinear("fixed", model="[1,2,3]").fit(t), samples=0),
        lambda t: odds_ratio_sensitivity(t, ("L1", "L2"), odds_ratios=()),
        lambda t: odds_ratio_sensitivity(t, ("L1", "L2"), odds_ratios=(1, 1)),
        lambda t: odds_ratio_sensitivity(t, ("L1", "L2"), odds_ratios=(1, 1e4)),
        lambda t: odds_ratio_sensitivity(t, ("L1", "X")),
        lambda t: odds_ratio_sensitivity(t, ("L1", "L1")),
        lambda t: carry_linkage(Chapman(), [t] * 4),
        lambda t: carry_linkage("Chapman", [t] * 5),
        lambda t: compare_methods(t, {}),
        lambda t: compare_methods(t, ["No such method"]),
        lambda t: compare_methods(t, {"a": Chapman()}, headline="b"),
        lambda _: simulate_coverage("no such scenario"),
        lambda t: simulate_coverage(t, {"a": LowerBound()}, replications=1),
        lambda _: default_methods(3, bootstrap=49),
    ],
)
def test_functions_refuse_what_they_cannot_use(call):
    with pytest.raises(CtResearchError):
        call(published_lists("hav-taiwan"))


def test_methods_by_default_take_level_and_bootstrap():
    methods = default_methods(5, bootstrap=60, level=0.9, seed=7)
    assert {one.level for one in methods.values()} == {0.9}
    drawn = [one for one in methods.values() if hasattr(one, "bootstrap")]
    assert {one.bootstrap for one in drawn} == {60}
    assert {one.seed for one in methods.values() if hasattr(one, "seed")} == {7}
    assert {one.top_models for one in drawn if isinstance(one, LogLinear) and one.select == "bic"} == {100}
    few = default_methods(3, bootstrap=60).values()
    assert {one.top_models for one in few if isinstance(one, LogLinear)} == {None}
