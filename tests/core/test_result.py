"""Results are frozen, lossless and honest about failure."""

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctresearch.core import Check, DataError, Inputs, Result, Scope, SpecificationError, estimates_table, stored
from ctresearch.core.result import table_field
from ctresearch.core.stored import decode, encode


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


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a machine that is busy is slow to draw
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


def test_parts_of_a_result_read_as_they_were_given():
    result = make()
    assert (result.population, result.definition) == ("potential victims", "not stated")
    assert (result.reference_period, result.measure) == ("2013", "period")
    assert (result.status, result.stands, result.level, result.scale) == ("pass", True, 0.95, "identity")
    assert (result.raw, result.draws) == (None, None)
    bare = Result(method="m", estimates=estimates_table({"x": (1, 1, 0, 2)}), n=1)
    assert (bare.interval, bare.checks, bare.assumptions, bare.references) == ("none", (), (), ())
    assert (bare.scope, bare.inputs) == (Scope(), Inputs())
    assert repr(result) == result.summary()
    assert result != "another"
    assert result != make(n=322)
    assert len({hash(make()), hash(make()), hash(make(n=322))}) == 2
    one, other = (make(inputs=Inputs(versions=dict(v))) for v in ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1"))))
    assert one == other
    assert hash(one) == hash(other)


def test_tables_are_handed_out_as_copies_and_may_be_left_out_where_optional():
    draws = pd.DataFrame([[1.0, 2.0]], index=pd.Index(["population"], name="term"))
    result = make(draws=draws)
    draws.iloc[0, 0] = 99.0
    handed = result.draws
    handed.iloc[0, 1] = 99.0
    assert result.draws.to_numpy().tolist() == [[1.0, 2.0]]
    assert Result.draws is None
    assert not hasattr(Result, "estimates")  # which has no default
    with pytest.raises(DataError, match=r"^estimates is None, must be"):
        make(estimates=None)


def test_a_wrong_shape_names_index_and_columns():
    table = estimates_table({"x": (1, 1, 0, 2)})
    with pytest.raises(DataError, match=r"indexed by None with columns .*'ci_high', 'unit'\], must be indexed by 'te"):
        make(estimates=table.rename_axis(None))
    with pytest.raises(DataError, match=r"by 'term' with columns \['estimate', 'std_error', 'ci_low', 'ci_high'\]"):
        make(estimates=table.drop(columns="unit"))
    with pytest.raises(DataError, match=r"^2 of 3 rows repeat the term of another"):
        make(estimates=pd.concat([table] * 3))
    assert make(draws=pd.DataFrame(np.zeros((1, 4000)))).draws.shape == (1, 4000)


def test_a_result_that_does_not_stand_loses_limits_in_every_table():
    @dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class More(Result):
        more: pd.DataFrame = table_field()
        other: pd.DataFrame | None = table_field(optional=True)

    void = (Check("existence", "fail", "No.", voids=True),)
    part = pd.DataFrame({"estimate": [1.0], "ci_low": [0.5], "share": [0.2]})
    table = estimates_table({"x": (1.0, 1.0, 0.0, 2.0)})
    result = More(method="m", estimates=table, n=3, checks=void, more=part)
    assert np.isnan(result.more.loc[0, "ci_low"])
    assert result.more[["estimate", "share"]].to_numpy().tolist() == [[1.0, 0.2]]
    assert list(result.more.columns) == list(part.columns)
    assert result.other is None
    assert result.estimates.loc["x", "estimate"] == 1.0
    assert result.confidence_interval().high.isna().all()
    interval = result.confidence_interval(0.5)
    assert interval.level == 0.5
    assert interval.high.isna().all()
    assert list(interval.low.index) == ["x"]
    standing = More(method="m", estimates=table, n=3, more=part)
    assert standing.more.loc[0, "ci_low"] == 0.5


def test_intervals_carry_their_level_and_both_sides():
    result = make(level=0.9)
    own = result.confidence_interval()
    assert (own.level, own.low["population"], own.high["population"]) == (0.9, 1038.5, 1430.5)
    half = result.confidence_interval(0.5)
    assert half.level == 0.5
    assert half.low["population"] == pytest.approx(1234.5 - 67.44897501960817, rel=1e-12)
    with pytest.raises(SpecificationError, match=r"limits of kind 'percentile' stand at 0.9 only: fit with level=0.5"):
        make(interval="percentile", level=0.9).confidence_interval(0.5)
    with pytest.raises(SpecificationError, match=r"write 0.5"):
        result.confidence_interval(50)


def test_ratios_keep_limits_keys_and_units():
    table = estimates_table({"age": (0.0, 0.1, -1.0, 1.0)}, unit="log odds", stratum="a")
    ratios = make(estimates=table, scale="logit").to_frame(exponentiate=True)
    assert ratios[["estimate", "ci_low", "ci_high"]].to_numpy().tolist() == [[1.0, np.exp(-1.0), np.exp(1.0)]]
    assert (ratios.loc["age", "unit"], ratios.loc["age", "stratum"]) == ("odds", "a")
    assert list(ratios.columns) == list(table.columns)
    pd.testing.assert_frame_equal(make(estimates=table).to_frame(), table)


def test_the_picture_of_a_result_is_its_forest():
    ax = make().plot()
    assert ax.get_title(loc="left") == "An example"
    assert ax.get_xlabel() == "persons"
    own = make().plot(ax=ax)
    assert own is ax


def test_what_is_written_says_what_it_is():
    written = make().to_dict()
    assert (written["kind"], written["schema"]) == ("core.Result", f"result-{stored.SCHEMA}")
    assert written["scope"] == {
        "population": "potential victims",
        "definition": "not stated",
        "reference_period": "2013",
        "measure": "period",
    }
    assert written["checks"] == [
        {"name": "existence", "status": "pass", "message": "It exists.", "numbers": {"rank": 6.0}}
    ]
    assert written["inputs"] == {"digest": "ab", "keyed": False, "seed": 3, "versions": {"numpy": "2"}}
    assert "raw" not in written
    assert not {"record_level", "operational_detail"} & set(written)

    class Marked(Result):
        record_level = True

    values = Marked(method="m", estimates=make().estimates, n=1).to_dict()
    assert values["record_level"] is True
    assert "operational_detail" not in values
    assert Result.from_dict(values | {"kind": "core.Result"}).n == 1


def test_a_table_of_estimates_has_the_columns_in_order():
    table = estimates_table({"a": (1, 2, 0, 3), "b": (4, 5, 6, 7)}, unit="persons", year=[2012, 2013])
    assert table.index.name == "term"
    assert list(table.columns) == ["estimate", "std_error", "ci_low", "ci_high", "unit", "year"]
    assert table.loc["b"].tolist() == [4.0, 5.0, 6.0, 7.0, "persons", 2013]
    assert (estimates_table({"a": (1, 2, 0, 3)})["unit"] == "").all()
    assert estimates_table({}).shape == (0, 5)


def test_special_values_are_written_as_words():
    assert encode(float("nan")) == {"$float": "nan"}
    assert encode(np.float64("inf")) == {"$float": "inf"}
    assert encode([-np.inf, 1.5, np.int64(3), np.True_]) == [{"$float": "-inf"}, 1.5, 3, True]
    assert type(encode(np.int64(3))) is int
    array = encode(np.array([[1.0, np.nan]]))
    assert array == {"$array": [1.0, {"$float": "nan"}], "shape": [1, 2], "dtype": "float64"}
    assert encode(np.array([1, 2])) == {"$array": [1, 2], "shape": [2], "dtype": "int64"}
    assert decode(array).dtype == np.float64
    assert np.isnan(decode(array)[0, 1])
    with pytest.raises(DataError, match=r"the key '\$float' cannot be written"):
        encode({"a": 1, "$float": 2})
    with pytest.raises(DataError, match="the key 3 cannot be written"):
        encode({3: 1})
    with pytest.raises(DataError, match=r"^a set cannot be written to JSON"):
        encode({1})


def test_tables_with_categories_and_missing_cells_survive():
    frame = pd.DataFrame({"c": pd.Categorical(["b", None], ["a", "b"]), "n": pd.array([1, None], dtype="Int64")})
    written = json.loads(json.dumps(encode(frame)))
    assert written["$table"]["columns"] == ["c", "n"]
    assert written["$table"]["index_names"] == [None]
    assert written["$table"]["data"][1] == {"dtype": "Int64", "values": [1, None]}
    assert written["$table"]["data"][0]["values"] == ["b", None]
    back = decode(written)
    assert back["c"].fillna("-").tolist() == ["b", "-"]
    assert back["n"].dtype == "Int64"
    assert pd.isna(back["n"][1])


def test_marks_of_a_check_read_in_words():
    said = [Check("a", status, "x", voids=voids) for status in ("pass", "review", "fail") for voids in (False, True)]
    labels = [check.label for check in said]
    assert labels == ["Passed", "Passed", "Review", "Review", "Mind the reading", "Does not stand"]
    assert [check.stands for check in said] == [True] * 5 + [False]
    assert [str(check) for check in said[::2]] == ["✓ a: x", "? a: x", "✗ a: x"]
    assert said[5].to_dict() == {"name": "a", "status": "fail", "message": "x", "numbers": {}, "voids": True}
    assert "voids" not in said[4].to_dict()
    numbers = Check("a", "pass", "x", {"n": np.int64(2)})
    assert type(numbers.numbers["n"]) is float
    back = pickle.loads(pickle.dumps(numbers))
    assert (back, dict(back.numbers)) == (numbers, {"n": 2.0})
