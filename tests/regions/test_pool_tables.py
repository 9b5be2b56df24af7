"""What a pooled estimate carries beside its digits: tables, words, checks and its picture."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, linregress, norm, t

from ctresearch.core import CellError, Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.core.errors import UnknownOptionError
from ctresearch.regions import (
    MetaRegression,
    MultilevelPool,
    PartialPooling,
    Pool,
    PoolResult,
    SelectionModel,
    TrimAndFill,
    result_table,
)

# Equal errors of 1 and a spread of exactly 4 by hand: variance of 0, 2, 4 is 4, so DerSimonian and Laird give tau2 = 3.
THREE = pd.DataFrame({"estimate": [0.0, 2.0, 4.0], "std_error": [1.0, 1.0, 1.0]}, index=["north", "south", "west"])
SIZES = np.array([0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5])


def checks(found):
    return {check.name: check for check in found.checks}


def made(value=0.2, error=0.1, low=0.1, high=0.4, **options):
    rows = estimates_table({"effect": (value, error, low, high)})
    return Result(method="m", estimates=rows, n=9, **options)


def test_every_term_by_hand():
    found = Pool(method="dl", level=0.9).fit(THREE)
    z, mean_error, further = norm.ppf(0.95), np.sqrt(4 / 3), np.sqrt(4 / 3 + 3)
    table = found.estimates
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    assert table.loc["pooled", columns].to_list() == pytest.approx(
        [2.0, mean_error, 2 - z * mean_error, 2 + z * mean_error]
    )
    assert table.loc["prediction", columns].to_list() == pytest.approx([2.0, further, 2 - z * further, 2 + z * further])
    low, high = 8 / chi2.ppf(0.95, 2) - 1, 8 / chi2.ppf(0.05, 2) - 1  # where Q, 8 / (1 + tau2), has these quantiles
    assert table.loc["tau2", columns].to_list() == pytest.approx([3.0, np.nan, low, high], nan_ok=True)
    share = [0.75, np.nan, low / (1 + low), high / (1 + high)]
    assert table.loc["i2", columns].to_list() == pytest.approx(share, nan_ok=True)
    assert (found.n, found.level, found.q, found.q_df) == (3, 0.9, 8.0, 2.0)
    assert found.q_p_value == pytest.approx(np.exp(-4))


def test_every_study_by_hand():
    studies = Pool(method="dl", level=0.9).fit(THREE).studies
    reach = norm.ppf(0.95)
    assert (studies.index.name, list(studies.index)) == ("study", ["north", "south", "west"])
    assert list(studies.columns) == ["estimate", "ci_low", "ci_high", "weight", "pooled_without"]
    assert studies["estimate"].to_list() == [0, 2, 4]
    assert studies["ci_low"].to_list() == pytest.approx([-reach, 2 - reach, 4 - reach])
    assert studies["ci_high"].to_list() == pytest.approx([reach, 2 + reach, 4 + reach])
    assert studies["weight"].to_list() == pytest.approx([1 / 3] * 3)
    assert studies["pooled_without"].to_list() == pytest.approx([3.0, 2.0, 1.0])
    assert Pool().fit(THREE[:2]).studies["pooled_without"].to_list() == [2.0, 0.0]


def test_limits_of_knapp_and_hartung_by_hand():
    row = Pool(method="dl", test="knha").fit(THREE).estimates.loc["pooled"]
    error = np.sqrt(8 / 3 / 2)
    assert row["std_error"] == pytest.approx(error)
    assert row["ci_high"] == pytest.approx(2 + t.ppf(0.975, 2) * error)


@pytest.mark.parametrize(
    ("options", "method", "interval", "assumed"),
    [
        ({}, "3 studies pooled: REML", "random-effects", 3),
        ({"method": "pm", "test": "knha"}, "3 studies pooled: Paule and Mandel, Knapp and Hartung", "knapp-hartung", 3),
        ({"method": "fixed"}, "3 studies pooled: one common value", "random-effects", 2),
    ],
)
def test_the_result_says_what_was_done(options, method, interval, assumed):
    scope = Scope(population="adults")
    found = Pool(**options, scope=scope).fit(THREE)
    assert isinstance(found, PoolResult)
    assert (found.method, found.interval, found.scope, found.level) == (method, interval, scope, 0.95)
    assert len(found.assumptions) == assumed
    cited = " ".join(map(str, found.references))
    assert "10.3102/10769986030003261" in cited
    assert "10.1136/bmj.315.7109.629" in cited
    assert found.inputs.versions.keys() >= {"numpy", "scipy"}


@pytest.mark.parametrize(("scale", "unit"), [("identity", ""), ("log", "log of the estimate"), ("logit", "log odds")])
def test_units_follow_the_scale(scale, unit):
    found = Pool(scale=scale).fit(THREE)
    assert found.scale == scale
    assert found.estimates["unit"].to_dict() == {"pooled": unit, "prediction": unit, "tau2": "", "i2": ""}


def test_a_pooled_size_is_a_logarithm_of_persons_and_then_persons():
    further = {"trim": TrimAndFill, "selection": SelectionModel, "regression": MetaRegression}
    sizes = pd.DataFrame({"estimate": np.log([900, 1200, 700, 1500, 1100]), "std_error": [0.1, 0.2, 0.15, 0.3, 0.12]})
    sizes = sizes.assign(income=[1.0, 2.0, 4.0, 3.0, 5.0], country=list("aabcd"))
    options = {"regression": {"formula": "income"}}
    made = {name: kind(scale="log", unit="persons", **options.get(name, {})) for name, kind in further.items()}
    made["pool"] = Pool(scale="log", unit="persons")
    made["levels"] = MultilevelPool(study="country", scale="log", unit="persons")
    made["partial"] = PartialPooling(scale="log", unit="persons", method="reml")
    for name, model in made.items():
        result = model.fit(sizes)
        assert "log persons" in set(result.estimates["unit"]), name
        assert "persons" in set(result.to_frame(exponentiate=True)["unit"]), name
    assert Pool(scale="log").fit(sizes).to_frame(exponentiate=True).loc["pooled", "unit"] == "estimate"
    with pytest.raises(SpecificationError, match="unit is a int"):
        Pool(scale="log", unit=3)


def test_columns_are_found_by_the_names_that_options_give():
    frame = THREE.rename(columns={"estimate": "y", "std_error": "e"}).assign(country=["A", "B", "C"])
    found = Pool(estimate="y", std_error="e", label="country").fit(frame)
    assert list(found.studies.index) == ["A", "B", "C"]
    assert found.estimates.loc["pooled", "estimate"] == pytest.approx(2.0)
    more = frame.assign(note="not used")
    assert Pool(estimate="y", std_error="e", label="country").fit(more).inputs.digest == found.inputs.digest
    assert Pool(estimate="y", std_error="e").fit(more).inputs.digest != found.inputs.digest


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "bayes"}, "method"),
        ({"test": "t"}, "test"),
        ({"scale": "sqrt"}, "scale"),
        ({"level": 95}, "level"),
        ({"estimate": 3}, "estimate"),
        ({"std_error": None}, "std_error"),
        ({"label": 3}, "label"),
    ],
)
def test_an_option_that_is_not_allowed_is_named(options, words):
    with pytest.raises(SpecificationError, match=f"^{words}"):
        Pool(**options)
    with pytest.raises(UnknownOptionError, match="labels"):
        Pool(labels="x")


@pytest.mark.parametrize("column", ["estimate", "std_error", "place"])
def test_a_missing_column_or_value_is_named(column):
    frame = THREE.assign(place=list("abc"))
    with pytest.raises(DataError, match=r"^studies is a list"):
        Pool().fit([1, 2])
    with pytest.raises(DataError, match=rf"^studies.*'{column}'"):
        Pool(label="place").fit(frame.drop(columns=column))
    gap = frame.astype({column: object})
    gap.loc["south", column] = None
    with pytest.raises(DataError, match=column):
        Pool(label="place").fit(gap)


def test_an_error_of_nothing_is_refused_by_row():
    with pytest.raises(CellError, match=r"'std_error'.*must be above 0") as caught:
        Pool().fit(THREE.assign(std_error=[1.0, 0.0, -1.0]))
    assert (caught.value.column, list(caught.value.rows)) == ("std_error", [2, 3])


@pytest.mark.parametrize(("label", "column", "words"), [("place", "place", "column 'place'"), (None, "", "the index")])
def test_studies_that_stand_there_twice_are_told_by_row(label, column, words):
    frame = pd.DataFrame({"estimate": 1.0, "std_error": 1.0, "place": ["A", "B", "a ", "b", "a"]})
    frame = frame if label else frame.set_index("place")
    with pytest.raises(CellError, match=f"{words} names 3 studies twice") as caught:
        Pool(label=label).fit(frame)
    assert (caught.value.column, list(caught.value.rows)) == (column, [1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("count", "options", "status", "words"),
    [
        (4, {}, "review", "4 studies .* test='knha'"),
        (4, {"test": "knha"}, "review", r"4 studies .* narrow\. Read the single studies"),
        (4, {"method": "fixed"}, "pass", "^4 studies"),
        (5, {}, "pass", "^5 studies"),
    ],
)
def test_few_studies_are_said(count, options, status, words):
    frame = pd.DataFrame({"estimate": np.linspace(0, 1, count), "std_error": 1.0})
    check = checks(Pool(**options).fit(frame))["studies"]
    assert (check.status, check.numbers) == (status, {"studies": count})
    assert re.search(words, check.message)


@pytest.mark.parametrize(
    ("spread", "method", "status", "keys"),
    [
        (3.3, "fixed", "fail", {"p_value"}),
        (3.0, "fixed", "pass", {"p_value"}),
        (3.3, "reml", "pass", {"p_value", "i2"}),
    ],
)
def test_heterogeneity_is_doubted_below_one_in_ten(spread, method, status, keys):
    # Q is spread ** 2 / 2 on 1 df, of which 2.71 is the 0.9 quantile: 2.33 ** 2 / 2
    frame = pd.DataFrame({"estimate": [0.0, spread / np.sqrt(2)], "std_error": [1.0, 1.0]})
    check = checks(Pool(method=method).fit(frame))["heterogeneity"]
    assert (check.status, set(check.numbers)) == (status, keys)
    assert check.numbers["p_value"] == pytest.approx(chi2.sf((spread / np.sqrt(2)) ** 2 / 2, 1))
    if "i2" in keys:
        assert f"{check.numbers['i2']:.0%}" in check.message
    else:
        assert f"{check.numbers['p_value']:.2g}" in check.message


@pytest.mark.parametrize(("slope", "status"), [(0.0, "pass"), (2.0, "review")])
def test_asymmetry_is_eggers_regression(slope, status):
    y = 0.2 + slope * SIZES + 0.01 * np.resize([1, -1], 10)
    found = Pool().fit(pd.DataFrame({"estimate": y, "std_error": SIZES}))
    line = linregress(1 / SIZES, y / SIZES)
    expected = 2 * t.sf(abs(line.intercept) / line.intercept_stderr, 8)
    check = checks(found)["asymmetry"]
    assert found.asymmetry_p_value == pytest.approx(expected)
    assert (check.status, check.numbers) == (status, {"p_value": found.asymmetry_p_value})
    assert f"{expected:.2g}" in check.message


@pytest.mark.parametrize("sizes", [SIZES[:9], np.full(10, 0.1)])
def test_asymmetry_is_not_seen_in_few_studies_or_in_those_of_one_size(sizes):
    found = Pool().fit(pd.DataFrame({"estimate": np.linspace(0, 1, len(sizes)), "std_error": sizes}))
    assert np.isnan(found.asymmetry_p_value)
    check = checks(found)["asymmetry"]
    assert (check.status, dict(check.numbers)) == ("review", {})
    assert "10 studies" in check.message


def test_ratios_keep_the_variance_between_and_lie_in_one_order():
    found = Pool(scale="log", method="dl").fit(THREE)
    ratios = found.to_frame(exponentiate=True)
    assert ratios.loc[["pooled", "prediction"], "ci_low"].to_list() == pytest.approx(
        np.exp(found.estimates.loc[["pooled", "prediction"], "ci_low"]).to_list()
    )
    pd.testing.assert_frame_equal(
        ratios.loc[["tau2", "i2"], ["ci_low"]], found.estimates.loc[["tau2", "i2"], ["ci_low"]]
    )
    pd.testing.assert_frame_equal(found.to_frame(), found.estimates)
    with pytest.raises(SpecificationError, match="scale == 'identity'"):
        Pool().fit(THREE).to_frame(exponentiate=True)


@pytest.mark.parametrize(
    ("scale", "label", "axis"),
    [("identity", "estimate", "linear"), ("log", "no longer its logarithm", "log"), ("logit", "odds", "log")],
)
def test_the_picture_shows_studies_by_weight_and_what_comes_next(scale, label, axis):
    frame = THREE.assign(std_error=[1.0, 2.0, 1.0])
    found = Pool(scale=scale, method="dl").fit(frame)
    drawn = found.plot()
    assert label in drawn.get_xlabel()
    assert drawn.get_xscale() == axis
    assert [one.get_text() for one in drawn.get_yticklabels()] == [
        "north",
        "south",
        "west",
        "pooled",
        "a further study",
    ]
    assert drawn.get_title(loc="left") != ""
    marks = drawn.collections[-1]
    shown = frame["estimate"] if scale == "identity" else np.exp(frame["estimate"])
    np.testing.assert_allclose(marks.get_offsets(), np.column_stack([shown, [4, 3, 2]]))
    assert len(marks.get_paths()[0].vertices) == 5  # squares
    assert marks.get_sizes() == pytest.approx(30 + 330 * found.studies["weight"].to_numpy())
    assert [1.5, 1.5] in [list(line.get_ydata()) for line in drawn.lines]
    assert found.plot(ax=drawn) is drawn


def test_a_table_of_results_has_a_row_a_result():
    table = result_table({"north": made(), "south": made(0.4, 0.3)}, "effect")
    assert (table.index.name, list(table.index), list(table.columns)) == (
        "study",
        ["north", "south"],
        ["estimate", "std_error"],
    )
    assert table.to_numpy().tolist() == [[0.2, 0.1], [0.4, 0.3]]


def test_logarithms_come_with_errors_from_their_own_level():
    table = result_table({"a": made(2.0, 1.0, 1.0, 4.0, level=0.9)}, "effect", log=True)
    assert table.loc["a"].to_list() == pytest.approx([np.log(2), np.log(4) / (2 * norm.ppf(0.95))])
    edge = result_table(
        {"a": made(2.0, 1.0, 1.0, 2.0)}, "effect", log=True
    )  # an estimate at its upper limit is in order
    assert edge.loc["a", "std_error"] == pytest.approx(np.log(2) / (2 * norm.ppf(0.975)))


@pytest.mark.parametrize(
    ("last", "log", "kind", "words"),
    [
        (3, False, DataError, "result 2 of 2 is a int"),
        (made(error=np.nan), False, DataError, r"1 of 2 results \(numbers 2\) give 'effect' without"),
        (made(scale="log"), True, SpecificationError, "log == True, but result 2 of 2 is on the log scale"),
        (made(scale="log"), False, SpecificationError, r"scales differ \(identity, log\)"),
        (made(low=0.0), True, SpecificationError, "result 2 of 2 gives an estimate or limits"),
        (made(low=0.3), True, SpecificationError, "not in order"),
        (made(high=0.15), True, SpecificationError, "not in order"),
    ],
)
def test_a_result_that_cannot_be_pooled_is_told_by_number(last, log, kind, words):
    with pytest.raises(kind, match=words):
        result_table({"a": made(), "b": last}, "effect", log=log)


def test_a_term_must_stand_once_and_checks_must_not_have_failed():
    twice = Result(
        method="m",
        estimates=pd.concat([made().estimates, made().estimates]).assign(group=["a", "b"]),
        n=9,
    )
    with pytest.raises(DataError, match="result 1 of 1 has 2 rows of the term 'effect' among its 2 rows"):
        result_table({"a": twice}, "effect")
    with pytest.raises(DataError, match="result 1 of 1 has no term 'other' among its 1 rows"):
        result_table({"a": made()}, "other")
    with pytest.raises(DataError, match="result 1 of 1 has a failed check"):
        result_table({"a": made(checks=(Check("any", "fail", "It failed."),))}, "effect")
    with pytest.raises(DataError, match="results"):
        result_table({"A": made(), "a ": made()}, "effect")
