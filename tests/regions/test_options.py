"""Every option: its documented default, its limits, and what it does to the result."""

from operator import attrgetter

import pytest

import lawful
import option_limits
from ctresearch import regions
from ctresearch.core import SpecificationError

NAMES = lawful.names_of("regions")
READ = "scale='identity', unit='', estimate='estimate', std_error='std_error', "
DEFAULTS = {
    "Pool": f"method='reml', test='z', {READ}label=None, measure=None, prediction='normal', level=0.95, scope=None, "
    "seed=0",
    "MetaRegression": f"method='reml', test='knha', {READ}label=None, measure=None, level=0.95, scope=None",
    "MultilevelPool": f"formula=None, correlation=0.0, errors='robust', {READ}measure=None, level=0.95, scope=None",
    "BinomialPool": "points=25, level=0.95, scope=None",
    "TrimAndFill": f"estimator='L0', side=None, method='reml', {READ}label=None, level=0.95, scope=None",
    "SelectionModel": f"steps=(0.025,), alternative='greater', between=True, {READ}label=None, level=0.95, scope=None",
    "PartialPooling": "groups=(), slopes=None, formula=None, outcome='estimate', std_error='std_error', term=None, "
    "log=False, method='auto', prior_scale=None, draws=4000, scale='identity', unit='', measure=None, "
    "definition=None, level=0.95, scope=None, seed=0",
    "NationalEstimates": "formula=None, benchmark=None, prior_spread=1.0, draws=4000, level=0.95, scope=None, seed=0",
    "illegal_profits": "term='total', form='form', region='region', profit='profit', std_error='std_error', due=None, "
    "paid=None, correlation=1.0, currency='US dollars', draws=4000, level=0.95, seed=0",
    "to_stock": "period=None",
    "federate": "estimate='estimate', log=False, per=None, unit=None, same=('definition', 'measure', "
    "'reference_period')",
    "pool_outcomes": "estimate='estimate', std_error='std_error', level=0.95",
    "result_table": "log=False",
    "CountryTable.from_frames": "country='country', cases='cases', interviewed='interviewed', "
    "population='population', region=None, cells=(), design_effect=1.0, weight=None, measure=None, definition=None",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_options_have_the_defaults_that_are_documented(name):
    assert lawful.defaults_of(attrgetter(name)(regions)) == DEFAULTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_an_option_that_is_nothing_is_refused_by_its_name(name):
    lawful.options_are_refused_by_name(name)


SCALES = (("sqrt", None), ("identity", "log", "logit"))
FLAG, LEVEL = {"between": option_limits.FLAG}, option_limits.LEVEL
METHODS = {"method": (("REML", "bayes"), ("reml", "ml", "dl", "pm", "fixed"))}
DRAWS = {"draws": ((399, 4001, 400.0), (400, 4000))}
LIMITS = {
    "pool": (
        regions.Pool,
        {},
        LEVEL
        | METHODS
        | {
            "scale": SCALES,
            "test": (("t",), ("z", "knha")),
            "prediction": (("t",), ("normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap")),
        },
    ),
    "regression": (
        regions.MetaRegression,
        {"formula": "x"},
        LEVEL | METHODS | {"scale": SCALES, "test": (("t",), ("z", "knha"))},
    ),
    "multilevel": (
        regions.MultilevelPool,
        {"study": "s"},
        LEVEL
        | {"scale": SCALES, "correlation": ((-0.01, 1.0), (0.0, 0.999)), "errors": (("naive",), ("robust", "model"))},
    ),
    "binomial": (regions.BinomialPool, {"events": "e", "total": "t"}, LEVEL | {"points": ((0, 101, 2.0), (1, 100))}),
    "trim": (
        regions.TrimAndFill,
        {},
        LEVEL
        | METHODS
        | {"scale": SCALES, "side": (("up",), ("left", "right", None)), "estimator": (("l0",), ("L0", "R0", "Q0"))},
    ),
    "selection": (
        regions.SelectionModel,
        {},
        LEVEL | FLAG | {"scale": SCALES, "alternative": (("two-sided",), ("greater", "less"))},
    ),
    "partial": (
        regions.PartialPooling,
        {},
        LEVEL
        | DRAWS
        | {
            "scale": SCALES,
            "log": option_limits.FLAG,
            "method": (("ml",), ("auto", "reml", "sampler")),
            "prior_scale": ((0.0, -1.0), (1e-9, 5.0, None)),
        },
    ),
    "national": (
        regions.NationalEstimates,
        {},
        LEVEL | DRAWS | {"prior_spread": ((0.0, -1.0), (1e-9, 5.0))},
    ),
}


@pytest.mark.parametrize(("name", "option", "value"), option_limits.beyond(LIMITS))
def test_a_value_beyond_what_is_allowed_is_refused(name, option, value):
    option_limits.refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), option_limits.allowed(LIMITS))
def test_a_value_at_the_limit_of_what_is_allowed_is_taken(name, option, value):
    option_limits.takes(LIMITS, name, option, value)


@pytest.mark.parametrize("kind", [regions.PartialPooling, regions.NationalEstimates])
def test_draws_are_shared_out_among_four_chains(kind):
    assert kind(draws=404).draws == 404
    with pytest.raises(SpecificationError, match=r"draws == 402, must be a multiple of 4, the number of chains"):
        kind(draws=402)


@pytest.mark.parametrize(
    "steps", ["0.025", 0.025, (), [], {0.1, 0.2}, (0.0, 0.5), (0.5, 1.0), (0.5, 0.5), (0.5, 0.1), ("a",)]
)
def test_steps_that_do_not_rise_between_nothing_and_one_are_refused(steps):
    with pytest.raises(SpecificationError, match=r"^steps"):
        regions.SelectionModel(steps=steps)


def test_steps_are_kept_as_they_rise():
    assert regions.SelectionModel(steps=[0.01, 0.5]).steps == (0.01, 0.5)


@pytest.mark.parametrize("name", [one for one in NAMES if one not in {"Pool", "PartialPooling", "NationalEstimates"}])
def test_options_reach_the_result(name):
    lawful.options_reach_the_result(name)
    lawful.declared_columns_are_there(name)


def test_a_seed_is_told_where_it_was_used():
    assert regions.Pool(seed=7, prediction="bootstrap")._recorded_seed() == 7
    assert regions.Pool(seed=7)._recorded_seed() is None
