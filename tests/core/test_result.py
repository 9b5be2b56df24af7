"""Results are frozen, lossless and honest about failure."""

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.core import Check, DataError, Inputs, Result, Scope, SpecificationError, estimates_table
from ctresearch.core.encode import decode, encode


def make(**changes):
    options = {
        "method": "An example",
        "estimates": estimates_table({"population": (1234.5, 100.0, 1038.5, 1430.5)}, unit="persons"),
        "n": 321,
        "interval": "normal",
        "scope": Scope(population="potential victims", reference_period="2013", measure="period"),
        "checks": (Check("existence", "pass", "It exists.", {"rank": 6}),),
        "assumptions": ("The population is closed.",),
        "references": ("A reference. https://doi.org/10.1000/182",),
        "inputs": Inputs(digest="ab", seed=3, versions={"numpy": "2"}),
    }
    return Result(**(options | changes))


def test_nothing_of_a_result_can_be_changed():
    result = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.n = 0
    table = result.estimates
    table.loc["population", "estimate"] = -1
    assert result.estimates.loc["population", "estimate"] == 1234.5
    with pytest.raises(TypeError):
        result.checks[0].numbers["rank"] = 0


def test_the_table_that_was_passed_in_stays_the_callers_own():
    table = estimates_table({"x": (1.0, 1.0, 0.0, 2.0)})
    result = make(estimates=table)
    table.loc["x", "estimate"] = 99
    assert result.estimates.loc["x", "estimate"] == 1.0


def test_json_loses_nothing():
    draws = pd.DataFrame([[0.1, np.inf, np.nan]], index=pd.Index(["population"], name="term"))
    result = make(draws=draws)
    back = Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    assert back == result
    pd.testing.assert_frame_equal(back.estimates, result.estimates)
    assert back.checks == result.checks
    assert back.scope == result.scope
    assert back.inputs == result.inputs
    assert hash(back) == hash(result)


def test_raw_stays_in_this_process():
    result = make(raw={"name": "Person A"})
    assert "Person A" not in json.dumps(result.to_dict())
    assert b"Person A" not in pickle.dumps(result)
    assert pickle.loads(pickle.dumps(result)) == result == make()
    assert "Person A" not in result.summary() + result._repr_html_()


@pytest.mark.parametrize("kind", ["os:system", "ctresearch.core.errors:DataError", "ctresearch.nowhere:Thing", None])
def test_only_results_of_this_library_are_read_back(kind):
    values = make().to_dict() | {"kind": kind}
    with pytest.raises(DataError, match="kind =="):
        Result.from_dict(values)


def test_unknown_fields_are_refused():
    with pytest.raises(DataError, match="surprise"):
        Result.from_dict(make().to_dict() | {"surprise": 1})


def test_a_failed_check_shows_everywhere():
    result = make(checks=(Check("fit", "fail", "The model does not fit."),))
    assert result.status == "fail"
    assert result.stands
    assert result == make(checks=result.checks)
    assert result.estimates["ci_high"].notna().any()
    assert "MIND THE READING" in result.summary()
    assert "MIND THE READING" in result._repr_html_()
    assert "MIND THE READING: fit" in result.plot().get_title(loc="left")


def test_what_does_not_stand_shows_no_limits_anywhere():
    check = Check("existence", "fail", "The maximum does not exist.", voids=True)
    draws = pd.DataFrame(np.ones((1, 9)), index=make().estimates.index[:1])
    result = make(checks=(check, Check("fit", "fail", "Bad fit.")), interval="normal", draws=draws)
    assert not result.stands
    assert result.draws is None
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert result.confidence_interval(0.5).low.isna().all()
    assert "DOES NOT STAND" in result.summary()
    assert "DOES NOT STAND" in result._repr_html_()
    assert result.plot().get_title(loc="left").endswith("DOES NOT STAND: existence")
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert pickle.loads(pickle.dumps(check)) == check
    assert make(checks=(Check("existence", "pass", "It exists.", voids=True),)).stands


def test_what_is_unknown_reads_not_stated():
    text = " ".join(make(scope=Scope()).summary().split())
    for words in (
        "population not stated",
        "definition not stated",
        "reference period not stated",
        "measure not stated",
    ):
        assert words in text


def test_words_from_the_data_are_escaped_in_html():
    result = make(scope=Scope(population="<script>alert(1)</script>"))
    assert "<script>" not in result._repr_html_()


def test_normal_limits_are_made_at_any_level_and_others_are_refused():
    result = make()
    half = result.confidence_interval(0.5)
    # 0.6744897501960817 is the upper quartile of the standard normal distribution
    assert half.high["population"] == pytest.approx(1234.5 + 67.44897501960817, rel=1e-12)
    assert result.confidence_interval().low["population"] == 1038.5
    with pytest.raises(SpecificationError, match=r"level == 0.5.*fit with level=0.5"):
        make(interval="profile").confidence_interval(0.5)


def test_percentile_limits_come_from_the_draws():
    draws = pd.DataFrame([np.arange(101.0)], index=pd.Index(["population"], name="term"))
    interval = make(interval="percentile", draws=draws).confidence_interval(0.9)
    # (1 - 0.9) / 2 is not 0.05 to the last bit
    assert (interval.low["population"], interval.high["population"]) == pytest.approx((5.0, 95.0), rel=1e-12)


def test_ratios_only_from_logarithms():
    table = estimates_table({"age": (np.log(2), 0.1, np.log(1.5), np.log(3))})
    ratios = make(estimates=table, scale="log").to_frame(exponentiate=True)
    assert ratios.loc["age", "estimate"] == pytest.approx(2, rel=1e-15)
    assert np.isnan(ratios.loc["age", "std_error"])
    with pytest.raises(SpecificationError, match="not logarithms"):
        make().to_frame(exponentiate=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimates": pd.DataFrame({"estimate": [1.0]})}, "estimates_table"),
        ({"estimates": None}, "must be a pandas DataFrame"),
        ({"level": 95}, "write 0.95"),
        ({"draws": pd.DataFrame(np.zeros((1, 4001)))}, "at most 4000"),
        ({"estimates": pd.concat([estimates_table({"x": (1, 1, 0, 2)})] * 2)}, "must be unique"),
    ],
)
def test_a_wrong_shape_is_refused_with_a_cure(changes, message):
    with pytest.raises((DataError, SpecificationError), match=message):
        make(**changes)


def test_strata_make_repeated_terms_unique():
    table = pd.concat([estimates_table({"x": (1, 1, 0, 2)}, stratum=s) for s in ("a", "b")])
    assert list(make(estimates=table).estimates["stratum"]) == ["a", "b"]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    )
)
def test_any_plain_value_survives_json(value):
    def frozen(v):
        if isinstance(v, list):
            return tuple(map(frozen, v))
        return {k: frozen(x) for k, x in v.items()} if isinstance(v, dict) else v

    if any(k.startswith("$") for k in _keys(value)):
        with pytest.raises(DataError, match="leading"):
            encode(value)
        return
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert repr(back) == repr(frozen(value))  # repr tells nan from nan, and 0.0 from -0.0


def _keys(value):
    if isinstance(value, dict):
        yield from value
        for v in value.values():
            yield from _keys(v)
    elif isinstance(value, list):
        for v in value:
            yield from _keys(v)


def test_tables_keep_their_types_and_index():
    frame = pd.DataFrame(
        {"i": [1, 2], "f": [0.1, np.nan], "s": ["a", None], "b": [True, False]},
        index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None]),
    )
    pd.testing.assert_frame_equal(decode(json.loads(json.dumps(encode(frame)))), frame)
    array = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(decode(encode(array)), array)


def test_what_cannot_be_written_is_refused():
    with pytest.raises(DataError, match="a object cannot be written"):
        encode(object())
