"""Illegal profits, stocks and results as units: draws, sums, checks, refusals and picture, worked out beside them."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from scipy.stats import norm

from ctresearch.core import CellError, Check, DataError, Result, Scope, SpecificationError, plot
from ctresearch.core.inputs import record
from ctresearch.core.result import estimates_table
from ctresearch.regions import illegal_profits, to_stock
from ctresearch.regions.from_results import common_unit, read_results
from ctresearch.regions.stock import _said

COLUMNS = ["estimate", "std_error", "ci_low", "ci_high"]
module = import_module("ctresearch.regions.illegal_profits")


def people(size, *, draws=None, error=0.1, scope=None, seed=None, data=None, status="pass", **more):
    rows = estimates_table({"total": (size, size * error, size * 0.8, size * 1.25)}, unit="persons")
    held = None if draws is None else pd.DataFrame([draws], index=rows.index)
    checks = (Check("any", status, "Said."),)
    if data is not None:
        more |= {"inputs": record(pd.DataFrame({"x": [data]}), seed=seed)}
    given = {"level": 0.95, "checks": checks} | more
    return Result(method="m", estimates=rows, n=9, draws=held, scope=scope or Scope(measure="stock"), **given)


EACH = pd.DataFrame(
    {
        "form": ["sex", "work", "sex"],
        "region": ["north", "north", "south"],
        "profit": [10.0, 20.0, 40.0],
        "std_error": [1.0, 4.0, 10.0],
    }
)
VICTIMS = {("Work", "north"): people(2000.0), ("sex ", "south"): people(3000.0), ("sex", "North"): people(1000.0)}


def test_what_one_brings_is_log_normal_with_the_mean_and_error_given():
    wide = EACH.assign(std_error=[5.0, 10.0, 20.0])
    apart = module._amounts(wide, 0.0, np.random.default_rng(1), 10_000)
    together = module._amounts(wide, 1.0, np.random.default_rng(1), 10_000)
    half = module._amounts(wide, 0.36, np.random.default_rng(1), 10_000)
    for found, correlation in ((apart, 0.0), (together, 1.0), (half, 0.36)):
        assert found.shape == (10_000, 3)
        assert found.mean(axis=0) == pytest.approx([10, 20, 40], rel=0.02)
        assert found.std(axis=0) == pytest.approx([5, 10, 20], rel=0.08)
        logs = np.corrcoef(np.log(found).T)
        assert logs[0, 1] == pytest.approx(correlation, abs=0.03)
        assert np.std(np.log(found[:, 0])) == pytest.approx(np.sqrt(np.log(1.25)), rel=0.03)
    assert (together[:, 1] / together[:, 0]).tolist() == pytest.approx([2.0] * 10_000)


def test_victims_of_one_fit_are_drawn_together_and_others_apart():
    shape = np.random.default_rng(2).lognormal(7, 0.3, 500)
    made = [
        people(1000.0, draws=shape, data=1.0, seed=1),
        people(2000.0, draws=2 * shape, data=1.0, seed=1),
        people(1000.0, draws=shape, data=1.0, seed=2),
        people(1000.0, draws=shape, data=2.0, seed=1),
        people(1000.0, draws=shape),
        people(1000.0, draws=shape),
        people(1000.0, data=1.0, seed=1),
    ]
    found, without = module._people(made, "total", np.random.default_rng(1), 2000)
    assert (found.shape, without) == ((2000, 7), 1)
    assert found[:, 1] == pytest.approx(2 * found[:, 0])
    assert set(found[:, 0].round(6)) <= set(shape.round(6))
    for i in range(2, 7):
        assert abs(np.corrcoef(np.log(found[:, 0]), np.log(found[:, i]))[0, 1]) < 0.1
    assert abs(np.corrcoef(np.log(found[:, 4]), np.log(found[:, 5]))[0, 1]) < 0.1
    assert np.median(found[:, 6]) == pytest.approx(1000, rel=0.02)
    assert np.std(np.log(found[:, 6])) == pytest.approx(np.log(1.25 / 0.8) / (2 * norm.ppf(0.975)), rel=0.1)


def test_sums_by_form_and_region_are_made_draw_by_draw():
    heads = np.array([[1.0, 2, 4], [2, 2, 2], [3, 6, 1]])
    money = np.array([[10.0, 40, 160], [30, 20, 80], [60, 60, 20]])
    forms = module._summed(EACH, heads, money, ["form"], 0.5)
    assert list(forms.columns) == ["form", *COLUMNS, "victims", "profit_each"]
    assert forms["form"].tolist() == ["sex", "work"]
    assert forms["estimate"].tolist() == [110, 40]
    assert forms["std_error"].tolist() == pytest.approx([np.std([170, 110, 80]), np.std([40, 20, 60])])
    assert forms["ci_low"].tolist() == [95, 30]
    assert forms["ci_high"].tolist() == [140, 50]
    assert forms["victims"].tolist() == [4, 2]
    assert forms["profit_each"].tolist() == [27.5, 10]
    parts = module._summed(EACH, heads, money, ["region"], 0.5)
    assert (parts["region"].tolist(), parts["estimate"].tolist()) == (["north", "south"], [50, 80])
    cells = module._summed(EACH, heads, money, ["form", "region"], 0.5)
    assert cells[["form", "region"]].to_numpy().tolist() == EACH[["form", "region"]].to_numpy().tolist()
    assert cells["estimate"].tolist() == [30, 40, 80]


def test_the_share_of_what_is_not_known_is_one_of_variances_of_logarithms():
    heads, profit = np.exp(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])), np.array([2.0, 3.0])
    total = np.exp(np.array([2.0, 4.0, 6.0]))
    assert module._share(heads, profit, total) == pytest.approx(0.25)
    assert module._share(heads, profit, np.sqrt(total) ** 0.5) == 1.0


def test_profits_of_everything_are_put_together():
    found = illegal_profits(VICTIMS, EACH, level=0.8, seed=4, draws=2000, currency="euros of 2024", correlation=0.5)
    assert (found.n, found.level, found.interval, found.currency) == (3, 0.8, "percentile", "euros of 2024")
    assert found.method == "Illegal profits of 3 forms and regions"
    assert (found.scope, found.inputs.seed, found.draws.shape) == (Scope(measure="stock"), 4, (2, 2000))
    assert found.inputs.versions.keys() >= {"numpy", "scipy"}
    assert (len(found.assumptions), len(found.references)) == (3, 1)
    assert list(found.estimates.index) == list(found.draws.index) == ["total", "each"]
    assert found.draws.index.name == "term"
    assert found.estimates["unit"].tolist() == ["euros of 2024"] * 2
    for name in ("total", "each"):
        draws = found.draws.loc[name]
        ends = np.quantile(draws, [0.5, 0.1, 0.9])
        row = found.estimates.loc[name, COLUMNS].tolist()
        assert row == pytest.approx([ends[0], np.std(draws), ends[1], ends[2]])
    assert found.estimates.loc["total", "estimate"] == pytest.approx(170_000, rel=0.03)
    assert found.estimates.loc["each", "estimate"] == pytest.approx(170 / 6, rel=0.03)
    assert found.cells["victims"].tolist() == pytest.approx([1000, 2000, 3000], rel=0.02)
    assert found.cells["profit_each"].tolist() == pytest.approx([10, 20, 40], rel=0.05)
    assert found.forms["form"].tolist() == ["sex", "work"]
    assert found.regions["region"].tolist() == ["north", "south"]
    assert found.regions["estimate"].tolist() == pytest.approx([50_000, 120_000], rel=0.04)
    assert [check.name for check in found.checks] == ["victims", "draws", "source"]
    assert dict(found.checks[1].numbers) == {"without": 3}
    assert dict(found.checks[2].numbers) == {"from_victims": found.from_victims}
    assert 0 < found.from_victims < 1
    other = illegal_profits(VICTIMS, EACH, level=0.8, seed=5, draws=2000, correlation=0.5)
    assert not np.allclose(other.draws, found.draws)
    named = EACH.rename(columns={"form": "f", "region": "r", "profit": "p", "std_error": "e"})
    again = illegal_profits(
        VICTIMS, named, form="f", region="r", profit="p", std_error="e", seed=4, draws=2000, correlation=0.5
    )
    assert again.draws.to_numpy().tolist() == found.draws.to_numpy().tolist()
    assert again.inputs.digest == found.inputs.digest
    assert (again.level, again.currency) == (0.95, "US dollars")
    mixed = VICTIMS | {("sex", "North"): people(1000.0, scope=Scope(measure="stock", population="q"))}
    assert illegal_profits(mixed, EACH, draws=400).scope == Scope(measure="stock")
    every = {name: people(9.0, scope=Scope(measure="stock", population="q")) for name in VICTIMS}
    assert illegal_profits(every, EACH, draws=400).scope.population == "q"


def test_a_picture_of_profits_has_a_row_a_form_on_a_logarithmic_axis():
    found = illegal_profits(VICTIMS, EACH, draws=400)
    _, ax = pyplot.subplots()
    assert found.plot(ax=ax) is ax
    assert [one.get_text() for one in ax.get_yticklabels()] == ["sex", "work"]
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "US dollars a year")
    assert "Illegal profits of 3" in ax.get_title(loc="left")
    table, roles = plot.shown(ax)
    assert table["form"].tolist() == ["sex", "work"]
    assert table["estimate"].tolist() == found.forms["estimate"].tolist()
    assert set(table.columns) == set(roles) == {"form", *COLUMNS}
    assert roles["form"].label == "Form of exploitation"
    pyplot.close(ax.figure)


def turned(check):
    return check.name, check.status, dict(check.numbers)


def test_checks_of_profits_on_both_sides():
    passed, wary, failed = (people(9.0, status=one) for one in ("pass", "review", "fail"))
    (none,) = module._checks_of([passed, passed])
    assert turned(none) == ("victims", "pass", {"wary": 0, "results": 2})
    assert none.message == "All 2 numbers of victims passed."
    (one,) = module._checks_of([passed, wary])
    assert turned(one) == ("victims", "review", {"wary": 1, "results": 2})
    assert one.message.startswith("1 of 2 numbers of victims has checks")
    (two,) = module._checks_of([failed, wary, passed])
    assert two.message.startswith("2 of 3 numbers of victims have checks")
    bare, whole = module._check_draws(2, 5), module._check_draws(0, 5)
    assert turned(bare) == ("draws", "review", {"without": 2})
    assert bare.message.startswith("2 of 5 numbers of victims have no draws")
    assert turned(whole) == ("draws", "pass", {})
    assert whole.message == "All 5 numbers of victims bring their draws."
    above, at = module._check_source(0.51), module._check_source(0.5)
    assert turned(above) == ("source", "pass", {"from_victims": 0.51})
    assert above.message.startswith("51% of what is not known")
    assert turned(at) == ("source", "review", {"from_victims": 0.5})
    assert at.message.startswith("50% of what is not known")


@pytest.mark.parametrize(
    ("change", "words", "column"),
    [
        ({"profit": [10.0, 0.0, 5.0]}, "must give profits above 0", "profit"),
        ({"profit": [10.0, 1.1e15, 5.0]}, r"must be at most 1e\+15", "profit"),
        ({"std_error": [1.0, 0.0, 1.0]}, "must be above 0: a profit known without error", "std_error"),
        ({"std_error": [1.0, 2001.0, 1.0]}, "must be at most 100 times the profit", "std_error"),
        ({"form": ["sex", "Sex", "work"], "region": list("xyz")}, "spelled in more than one way", "form"),
        ({"region": ["a", "A", "b"]}, "spelled in more than one way", "region"),
    ],
)
def test_profits_that_cannot_be_are_told_by_column(change, words, column):
    with pytest.raises(CellError, match=words) as caught:
        illegal_profits(VICTIMS, EACH.assign(**change))
    assert caught.value.column == column


def test_profits_at_their_limits_are_read():
    read = module._read_profits
    columns, numbers, none = ("form", "region"), ("profit", "std_error"), (None, None)
    edge = EACH.assign(profit=[1e15, 20.0, 40.0], std_error=[1.0, 2000.0, 1.0])
    assert read(edge, columns, numbers, none)["profit"].tolist() == [1e15, 20, 40]
    found = read(EACH.assign(form=[1, 2, 1]), columns, numbers, none)
    assert list(found.columns) == ["form", "region", "profit", "std_error"]
    assert found["form"].tolist() == ["1", "2", "1"]
    with pytest.raises(DataError, match=r"^1 rows of profits repeat a form and region"):
        read(EACH.assign(region="x"), columns, numbers, none)
    with pytest.raises(DataError, match=r"^profits is a list"):
        read([], columns, numbers, none)
    for name in EACH.columns:
        with pytest.raises(DataError, match=f"^profits .*{name!r}"):
            read(EACH.drop(columns=name), columns, numbers, none)
        with pytest.raises(DataError, match=name):
            read(EACH.assign(**{name: None}), columns, numbers, none)


def test_pay_withheld_stands_in_where_both_sides_are_known():
    nan = np.nan
    pay = EACH.assign(profit=[10.0, nan, 7.0], due=[nan, 50.0, 30.0], paid=[5.0, 20.0, 10.0])
    read = module._read_profits
    found = read(pay, ("form", "region"), ("profit", "std_error"), ("due", "paid"))
    assert found["profit"].tolist() == [10, 30, 20]
    bare = pay.drop(columns="profit").iloc[1:]
    assert read(bare, ("form", "region"), ("profit", "std_error"), ("due", "paid"))["profit"].tolist() == [30, 20]
    with pytest.raises(CellError, match=r"must give profits above 0") as caught:
        read(pay.drop(columns="profit"), ("form", "region"), ("profit", "std_error"), ("due", "paid"))
    assert (caught.value.column, list(caught.value.rows)) == ("due", [1])
    for name in ("due", "paid"):
        with pytest.raises(DataError, match=f"^profits .*{name!r}"):
            illegal_profits(VICTIMS, pay.drop(columns=name), due="due", paid="paid")
        with pytest.raises(SpecificationError, match=r"must be|is a|are the two sides"):
            illegal_profits(VICTIMS, pay, **{"due": "due", "paid": "paid"} | {name: 3})
    for given in ({"due": "due"}, {"paid": "paid"}):
        with pytest.raises(SpecificationError, match=r"are the two sides of pay withheld: give both or neither"):
            illegal_profits(VICTIMS, pay, **given)


def test_victims_that_do_not_belong_are_told_by_their_place():
    for changed, words in (
        ({}, "^victims is a dict, must map"),
        ([1], "^victims is a list"),
        (VICTIMS | {"x": people(9.0)}, "^key 4 of victims is a str"),
        (VICTIMS | {("x", "y", "z"): people(9.0)}, "^key 4 of victims is a tuple"),
        (VICTIMS | {("x", "y"): 3}, "^entry 4 of victims is a int"),
        (
            VICTIMS | {("x", "y"): people(9.0, scope=Scope(measure="flow"))},
            "^entry 4 of victims has the measure 'flow'",
        ),
        (VICTIMS | {("x", "y"): people(9.0, scale="log")}, "^entry 4 of victims is on the log scale"),
        (VICTIMS | {("x", "y"): people(9.0)}, r"^1 forms and regions stand on one side alone.*\(4\) and profits \(3\)"),
        (VICTIMS | {("SEX", "north"): people(9.0)}, r"^0 forms and regions stand on one side alone, or twice"),
    ):
        with pytest.raises(DataError, match=words):
            illegal_profits(changed, EACH)
    matched = module._matched(VICTIMS, EACH)
    assert [one.estimates.loc["total", "estimate"] for one in matched] == [1000, 2000, 3000]


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [
        ("draws", (399, 4001), (400, 4000)),
        ("correlation", (-0.01, 1.01), (0, 1)),
        ("level", (0, 1), ()),
        ("currency", (3, " "), ()),
        ("term", (3, ""), ()),
        ("form", (3,), ()),
        ("region", (3,), ()),
        ("profit", (3,), ()),
        ("std_error", (3,), ()),
    ],
)
def test_options_of_profits_at_their_limits(option, wrong, right):
    for value in wrong:
        with pytest.raises(SpecificationError, match=f"^{option}"):
            illegal_profits(VICTIMS, EACH, **{option: value})
    for value in right:
        assert illegal_profits(VICTIMS, EACH, **{"draws": 400} | {option: value}).n == 3


def flow(measure="flow", **more):
    rows = estimates_table({"entered": (1000.0, 100.0, 800.0, 1250.0)}, unit="persons")
    scope = Scope(population="p", measure=measure)
    return Result(method="m", estimates=rows, n=9, scope=scope, **{"level": 0.8} | more)


def test_a_stock_by_hand():
    before = Check("any", "pass", "Said.")
    data = record(pd.DataFrame({"x": [1]}), seed=3)
    found = to_stock(
        flow(checks=(before,), assumptions=("One.",), references=("Two.",), smallest_group=7, inputs=data),
        "entered",
        duration=(1.5, 0.3),
    )
    spread = np.hypot(0.1, 0.2)
    reach = norm.ppf(0.9) * spread
    row = found.estimates.loc["stock"]
    assert row[COLUMNS].tolist() == pytest.approx([1500, 1500 * spread, 1500 * np.exp(-reach), 1500 * np.exp(reach)])
    assert (row["unit"], list(found.estimates.index)) == ("persons", ["stock"])
    assert (found.n, found.level, found.interval, found.factor) == (9, 0.8, "log-normal", 1.5)
    assert found.method == "Stock from a flow or a period by the mean duration"
    assert found.scope == Scope(population="p", measure="stock")
    assert found.checks[0] == before
    check = found.checks[1]
    assert (check.name, check.status) == ("duration", "review")
    assert dict(check.numbers) == pytest.approx({"estimate": 0.2, "duration": 0.8})
    assert check.message.startswith("The stock holds if as many enter as leave; 80% of its uncertainty")
    assert check.message == _said(0.8)
    assert (found.assumptions[0], len(found.assumptions)) == ("One.", 2)
    assert (found.references[0], len(found.references)) == ("Two.", 2)
    assert (found.smallest_group, found.inputs) == (7, data)


def test_a_stock_from_a_period_by_hand():
    found = to_stock(flow("period"), "entered", duration=(1.5, 0.3), period=0.5)
    assert found.factor == 0.75
    spread = np.hypot(0.1, 0.25 * 0.2)
    assert found.estimates.loc["stock", "std_error"] == pytest.approx(750 * spread)
    assert dict(found.checks[-1].numbers) == pytest.approx({"estimate": 0.8, "duration": 0.2})


def bad(value=9.0, error=1.0):
    return flow().__class__(
        method="m", n=9, scope=Scope(measure="flow"), estimates=estimates_table({"entered": (value, error, 1.0, 9.0)})
    )


@pytest.mark.parametrize(
    ("result", "options", "words"),
    [
        (3, {}, "^result is a int"),
        (flow(checks=(Check("a", "fail", "No."),)), {}, "^the result has status 'fail' on the identity scale"),
        (flow(scale="log"), {}, "^the result has status 'pass' on the log scale"),
        (flow(), {"term": "x"}, "^the result has 0 rows of 'x', must have one"),
        (flow(), {"term": ""}, "^term"),
        (bad(0.0), {}, "not above 0"),
        (bad(np.inf), {}, "not above 0"),
        (bad(error=0.0), {}, "not above 0"),
        (bad(error=np.inf), {}, "not above 0"),
        (flow(), {"duration": (0.0, 1.0)}, r"^duration\[0\] == 0"),
        (flow(), {"duration": (1.0, 0.0)}, r"^duration\[1\] == 0"),
        (flow(), {"duration": (1.0,)}, "^duration must be the mean in years"),
        (flow(), {"duration": 1.0}, "^duration must be the mean in years"),
        (flow("period"), {"period": 0.0}, "^period == 0"),
        (flow("period"), {}, "^period is None"),
        (flow(), {"period": 1.0}, "^period is given for a flow"),
        (flow("lifetime"), {}, "^the measure is 'lifetime', must be 'flow' or 'period'"),
    ],
)
def test_what_makes_no_stock_is_refused(result, options, words):
    with pytest.raises((DataError, SpecificationError), match=words):
        to_stock(result, **{"term": "entered", "duration": (1.0, 0.1)} | options)


def test_results_without_draws_have_even_quantiles_in_their_place():
    shape = np.linspace(1.0, 3.0, 100)
    made = {"a": people(2.0, draws=shape), "b": people(4.0, draws=shape[:99]), "c": people(9.0)}
    table, draws, without = read_results(made, "total", log=False)
    assert (without, list(table.index)) == (2, ["a", "b", "c"])
    assert draws[0].tolist() == shape.tolist()
    even = norm.ppf((np.arange(1000) + 0.5) / 1000)
    assert draws[1] == pytest.approx(4 + 0.4 * even)
    assert draws[2] == pytest.approx(9 + 0.9 * even)
    logs = read_results(made, "total", log=True)
    assert logs[1][0] == pytest.approx(np.log(shape))
    assert logs[1][2] == pytest.approx(np.log(9) + np.log(1.25 / 0.8) / (2 * norm.ppf(0.975)) * even)
    assert logs[0].loc["c", "estimate"] == pytest.approx(np.log(9))


def test_draws_that_say_nothing_are_told_by_the_number_of_their_result():
    shape = np.linspace(1.0, 3.0, 100)
    hole, zero = shape.copy(), shape.copy()
    hole[3], zero[3] = np.nan, 0.0
    one = {"a": people(2.0, draws=shape)}
    with pytest.raises(DataError, match=r"^result 2 of 2 has draws of 'total' that are not finite: leave"):
        read_results(one | {"b": people(2.0, draws=hole)}, "total", log=False)
    with pytest.raises(DataError, match=r"^result 2 of 2 has draws of 'total' that are not finite or not above 0"):
        read_results(one | {"b": people(2.0, draws=zero)}, "total", log=True)
    assert read_results(one | {"b": people(2.0, draws=zero)}, "total", log=False)[2] == 0
    with pytest.raises(DataError, match=r"^result 2 of 2 has draws of 'total' that are all the same"):
        read_results(one | {"b": people(2.0, draws=np.full(100, 2.0))}, "total", log=False)
    said = {"a": people(2.0, scope=Scope(definition="x")), "b": people(2.0, scope=Scope(definition="y"))}
    with pytest.raises(DataError, match=r"^2 results count under 2 definitions"):
        read_results(said, "total", log=False)
    silent = {"a": people(2.0, scope=Scope(definition="x")), "b": people(2.0, scope=Scope())}
    assert read_results(silent, "total", log=False)[2] == 2


def test_a_unit_is_common_or_none():
    def of(unit):
        table = estimates_table({"x": (1.0, 0.1, 0.8, 1.2)}, unit=unit)
        return Result(method="m", estimates=table, n=9)

    assert common_unit({"a": of("persons"), "b": of("persons")}, "x") == "persons"
    assert common_unit({"a": of("log persons")}, "x") == "persons"
    assert common_unit({"a": of("persons"), "b": of("euros")}, "x") == ""
