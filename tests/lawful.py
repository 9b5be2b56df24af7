"""What every fitted result obeys, whatever it estimates: laws that a room's own tests ask of its estimators.

The truths stand outside the code that made the result: what its class declares, what its docstring cites, what the
tables hold that a picture draws, and what a level means.
"""

import inspect
import re
import sys
from functools import cache
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from scipy.stats import norm

import ctresearch
from ctresearch.core import CtResearchError, DataError, Result, Scope, SpecificationError, render
from ctresearch.core.cite import references
from ctresearch.core.result import Table
from estimators import EXAMPLES
from fitted import ESTIMATORS, fit

ENDS = ["ci_low", "ci_high"]
DIGITS = 8
# what would take a second to fit, or has no half
MORE = {"AdoptionEstimators": {"inference": "analytic"}, "PretestPower": {"power": [0.9]}}
OTHER = {
    "level": 0.5,
    "scope": Scope(population="people of an invented country", reference_period="1901"),
    "seed": 7,
}


def names_of(room):
    """Name the estimators of a room."""
    return sorted(name for name, kind in ESTIMATORS.items() if kind.__module__.split(".")[1] == room)


def tables(result):
    """Return the tables of a result that its class declares, with their columns."""
    found = {}
    for field in result.meanings():
        held = next((vars(c)[field] for c in type(result).__mro__ if isinstance(vars(c).get(field), Table)), None)
        if held is not None and held.columns and field not in {"estimates", "draws"}:
            found[field] = (getattr(result, field), set(held.columns))
    return found


def again(name, **options):
    """Fit an example with other options."""
    return ESTIMATORS[name](**EXAMPLES[name].options | options).fit(EXAMPLES[name].data)


@cache
def result_of(name):
    """Return what an example gives, fitted once."""
    return again(name, **MORE[name]) if name in MORE else fit(name).result


def takes(name, option):
    """Say whether an estimator has an option."""
    return option in inspect.signature(ESTIMATORS[name]).parameters


def declared_columns_are_there(name, absent=()):
    """Hold the columns of every table against those that the class of the result declares, either way."""
    found = {}
    for field, (table, declared) in tables(result_of(name)).items():
        if table is not None:
            there = {*map(str, table.columns), *filter(None, table.index.names)}
            found[field] = {one for one in declared if "*" not in one} - there - set(absent)
            if not any("*" in one for one in declared):
                found[field] |= there - declared
    assert not {field: odd for field, odd in found.items() if odd}


def limits_hold_the_estimate(name):
    """Ask for an estimate between its limits, errors above 0 and a count of what was estimated from."""
    result = result_of(name)
    table = result.estimates
    known = table[np.isfinite(table[["estimate", *ENDS]].astype(float)).all(axis=1)]
    slack = 1e-9 * (1 + known["estimate"].abs())
    assert (known["ci_low"] <= known["estimate"] + slack).all()
    assert (known["estimate"] <= known["ci_high"] + slack).all()
    assert not (table["std_error"].astype(float) < 0).any()
    assert table["unit"].map(lambda unit: isinstance(unit, str)).all()
    assert result.n > 0
    assert str(result.method).strip()


def options_reach_the_result(name, *, exact=True, level=True):
    """Fit at one half, about other people, by another seed: limits draw near, by the ratio of quantiles where normal."""
    given = {one: value for one, value in OTHER.items() if takes(name, one) and (level or one != "level")}
    wide, near = result_of(name), again(name, **MORE.get(name, {}) | given)
    assert near.scope == given.get("scope", wide.scope)
    assert wide.scope == (getattr(EXAMPLES[name].data, "scope", None) or Scope())
    assert near.inputs.seed == given.get("seed", wide.inputs.seed)
    if "level" not in given:
        return
    assert near.level == given["level"]
    width, less = ((t["ci_high"] - t["ci_low"]).astype(float) for t in (wide.estimates, near.estimates))
    moves = np.isfinite(width) & np.isfinite(less) & (width > 0)
    assert not exact or (less[moves] < width[moves]).all()
    if wide.interval == "normal" and exact:
        share = norm.ppf((1 + near.level) / 2) / norm.ppf((1 + wide.level) / 2)
        assert np.allclose(less[moves] / width[moves], share, rtol=1e-6)


def it_cites_what_its_docstring_cites(name):
    """Hold the references of a result against those in the docstring of its estimator."""
    said = result_of(name).references
    assert said
    assert set(said) <= {one for kind in ESTIMATORS.values() for one in references(kind)}
    assert set(said) & set(references(ESTIMATORS[name]))


def its_inputs_are_told(name):
    """Ask for a digest of the data, and for packages that are installed under the names told."""
    told = result_of(name).inputs
    assert len(told.digest) == 64
    assert len(told.versions) > 1
    assert told.versions["ctresearch"] == ctresearch.__version__
    assert {one: version(one) for one in told.versions if one != "ctresearch"} == {
        one: told.versions[one] for one in told.versions if one != "ctresearch"
    }


def columns_it_names_are_asked_for(name, **more):
    """Take away each column that an option names: it is asked for by its name."""
    data, options = EXAMPLES[name].data, EXAMPLES[name].options | more
    named = [value for value in options.values() if isinstance(value, str)]
    named += [one for value in options.values() if isinstance(value, (list, tuple)) for one in value]
    for column in [one for one in named if isinstance(data, pd.DataFrame) and one in data]:
        with pytest.raises(DataError, match=f"no column {column!r}"):
            ESTIMATORS[name](**options).fit(data.drop(columns=column))


def what_is_no_table_is_refused(name):
    """Give something else where a table belongs: the message says of what kind it is, and what must come."""
    if isinstance(EXAMPLES[name].data, pd.DataFrame):
        with pytest.raises(CtResearchError, match=r"^[a-z][a-z ]*(?: is| must be) a (?:list|str|pandas|DataFrame)"):
            ESTIMATORS[name](**EXAMPLES[name].options).fit(["no", "table"])


def options_are_refused_by_name(name, *, later=()):
    """Give each option a thing that is nothing: the message begins with the option, or with one it is read with.

    ``later`` names options that hold data of a user's own and are looked at when they meet the table.
    """
    for option in set(inspect.signature(ESTIMATORS[name]).parameters) - set(later):
        with pytest.raises(SpecificationError) as caught:
            ESTIMATORS[name](**EXAMPLES[name].options | {option: object()})
        assert re.match(rf"{option}\b|\w+ .*\b{option}\b", str(caught.value)), option


def options_of_a_reader_are_refused_by_name(read, given, *, but=()):
    """Give each option of a function a thing that is nothing, but what holds data."""
    for option in set(inspect.signature(read).parameters) - {*but, "scope"}:
        with pytest.raises(CtResearchError) as caught:
            read(**given | {option: object()})
        assert str(caught.value).startswith(option), option


def defaults_of(thing):
    """Write down what options are where nobody gives them."""
    parameters = inspect.signature(thing).parameters.values()
    return ", ".join(f"{one.name}={one.default!r}" for one in parameters if one.default is not one.empty)


def the_fewest_people_are_told(name, *, nobody=()):
    """Ask for the smallest group behind a result, but where it speaks of nobody: of laws, countries or codes."""
    assert (result_of(name).smallest_group is None) is (name in nobody)


def numbers_in(result):
    """Gather every number that stands in a table of a result, in words such as ``5-9`` too, rounded."""
    held = [result.estimates, *(table for table, _ in tables(result).values() if table is not None)]
    cells = [one for table in held for column in table.reset_index().to_numpy(object).T for one in column]
    words = [float(figures) for one in cells if isinstance(one, str) for figures in re.findall(r"\d+", one)]
    numbers = [float(one) for one in cells if isinstance(one, (int, float, np.number))]
    return set(np.round([*words, *numbers], DIGITS))


def with_a_picture_of_its_own(names):
    """Keep the estimators whose results draw otherwise than all results do, which tests of the core see to."""
    kinds = {name: inspect.signature(ESTIMATORS[name].fit, eval_str=False).return_annotation for name in names}
    found = {name: vars(sys.modules[ESTIMATORS[name].__module__]).get(str(kind)) for name, kind in kinds.items()}
    return [name for name in names if found[name] is None or found[name].plot is not Result.plot]


def drawn(ax):
    """Gather every number that lines, areas and bars of a picture lie at, lines from edge to edge left out."""
    found = []
    for line in ax.lines:
        if line.get_transform() == ax.transData:
            found += [*np.asarray(line.get_xdata(), float), *np.asarray(line.get_ydata(), float)]
    for drawing in ax.collections:
        found += [float(one) for path in drawing.get_paths() for one in path.vertices.ravel()]
    found += [float(patch.get_height()) for patch in ax.patches if hasattr(patch, "get_height")]
    return np.array(found)


def a_picture_draws_what_the_tables_hold(name, *, other=(), scale=None, title=True, labelled=True):
    """Draw: the title is the result's, axes are named, and what is drawn are places of rows and numbers of tables.

    ``scale`` turns numbers of tables into those of the axis, ``other`` are numbers that are drawn besides.
    """
    result = result_of(name)
    _, own = pyplot.subplots()
    try:
        ax = result.plot(ax=own)
        assert ax is own
        assert not title or render.title(result) in {ax.get_title(), ax.get_title(loc="left")}
        assert ax.get_xlabel() or ax.get_ylabel()
        legend = ax.get_legend()
        assert legend is None or all(one.get_text().strip() for one in legend.get_texts())
        assert not labelled or all(one.get_text() for one in ax.get_yticklabels())
        there = drawn(ax)
        held = np.array([one for one in numbers_in(result) if np.isfinite(one)])
        held = np.concatenate([held if scale is None else scale(held), other])
        rows = len(result.estimates) + max((len(t) for t, _ in tables(result).values() if t is not None), default=0)
        places = {one for one in there if one % 1 == 0 and abs(one) <= rows}
        far = [one for one in there if np.isfinite(one) and np.abs(held - one).min() > 10.0**-DIGITS * (1 + abs(one))]
        assert there.size
        assert not set(far) - places
    finally:
        pyplot.close("all")
