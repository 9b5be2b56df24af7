"""Meta-regression, several estimates a study, counts, funnels, selection, stocks: what each shows and refuses."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.regions import (
    BinomialPool,
    MetaRegression,
    MultilevelPool,
    Pool,
    SelectionModel,
    TrimAndFill,
    pool_outcomes,
    result_table,
    to_stock,
)


def studies(many=24, seed=1, slope=0.5, spread=0.1):
    rng = np.random.default_rng(seed)
    error, x = rng.uniform(0.05, 0.4, many), rng.normal(size=many)
    y = 1.0 + slope * x + spread * rng.normal(size=many) + error * rng.normal(size=many)
    frame = pd.DataFrame({"estimate": y, "std_error": error, "x": x, "place": np.where(x > 0, "south", "north")})
    return frame.set_axis([f"s{i}" for i in range(many)])


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def test_a_slope_is_found_with_its_limits():
    held, inside = 0, 0
    for seed in range(25):
        found = MetaRegression("x").fit(studies(seed=seed))
        row = found.estimates.loc["x"]
        held += row["ci_low"] <= 0.5 <= row["ci_high"]
        inside += found.slopes_p_value < 0.05
    assert held >= 20  # 24 expected, with a standard error of 1.1
    assert inside == 25
    assert found.q_df == 22
    assert found.estimates.index.tolist() == ["constant", "x"]
    assert 0 < found.explained <= 1


def test_groups_are_levels_of_a_formula():
    found = MetaRegression("C(place)", test="z").fit(studies())
    assert found.estimates.index.tolist() == ["constant", "C(place)[south]"]
    assert found.slopes_df == np.inf
    assert check(found, "studies").status == "pass"
    few = MetaRegression("x").fit(studies(6))
    assert check(few, "studies").status == "review"
    rough = studies(30, slope=0.0, spread=2.0)
    assert check(MetaRegression("x", method="fixed").fit(rough), "what is left").status == "fail"
    assert check(found, "what is left").status == "pass"


@pytest.mark.slow
def test_predictions_of_few_studies_are_wider():
    frame = studies(6, slope=0.0, spread=0.3)
    kinds = ("normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap")
    wide = {
        kind: np.diff(Pool(prediction=kind).fit(frame).estimates.loc["prediction", ["ci_low", "ci_high"]])[0]
        for kind in kinds
    }
    assert min(wide, key=wide.get) == "normal"
    assert check(Pool().fit(frame), "prediction").status == "review"
    assert check(Pool(prediction="bootstrap").fit(frame), "prediction").status == "pass"
    one, same, other = (Pool(prediction="bootstrap", seed=seed).fit(frame) for seed in (1, 1, 2))
    assert one == same
    assert not one.estimates.equals(other.estimates)


def test_influence_and_every_test_of_asymmetry_stand_in_the_result():
    frame = studies(12, slope=0.0)
    frame.loc["s3", "estimate"] += 3.0
    found = Pool().fit(frame)
    assert found.influence["studentised"].abs().idxmax() == "s3"
    assert found.influence["cook"].idxmax() == "s3"
    assert found.influence["pooled_without"].equals(found.studies["pooled_without"]) or np.allclose(
        found.influence["pooled_without"], found.studies["pooled_without"], atol=1e-8
    )
    assert len(found.asymmetry) == 7
    first = found.asymmetry.loc["weighted least squares on the standard error", "p_value"]
    assert first == pytest.approx(found.asymmetry_p_value)
    assert Pool().fit(frame.head(2)).influence is None
    assert Pool().fit(frame.assign(std_error=0.1)).asymmetry is None


def test_several_estimates_of_one_study_are_not_several_studies():
    frame = studies(6, slope=0.0, spread=0.5)
    copied = pd.concat([frame] * 5, ignore_index=True).assign(study=list(range(6)) * 5)
    alone, naive = Pool(test="knha").fit(frame), Pool(test="knha").fit(copied)
    found = MultilevelPool(study="study", correlation=0.99).fit(copied)
    error = found.estimates.loc["pooled", "std_error"]
    assert error == pytest.approx(alone.estimates.loc["pooled", "std_error"], rel=0.15)
    assert naive.estimates.loc["pooled", "std_error"] < 0.6 * error
    assert found.studies == 6
    assert found.estimates.index.tolist() == ["pooled", "prediction", "between", "within"]
    with_slope = MultilevelPool(study="study", formula="x", errors="model").fit(copied)
    assert with_slope.estimates.index.tolist() == ["constant", "x", "between", "within"]
    assert with_slope.degrees == np.inf
    few = MultilevelPool(study="study").fit(copied[copied["study"] < 3])
    assert check(few, "studies").status == "review"
    assert check(found, "studies").status == "pass"
    assert check(found, "convergence").status == "pass"


def test_shares_of_nobody_count():
    frame = pd.DataFrame({"with": [0, 0, 1, 0, 3, 2, 0, 1], "asked": [30, 25, 40, 22, 35, 28, 31, 44]})
    found = BinomialPool(events="with", total="asked").fit(frame)
    assert found.without == 4
    assert 0.01 < found.share < 7 / 255 * 1.2
    assert found.share_low < found.share < found.share_high
    assert check(found, "convergence").status == "pass"
    assert check(found, "studies").status == "pass"
    assert check(BinomialPool(events="with", total="asked").fit(frame.tail(3)), "studies").status == "review"
    same = BinomialPool(events="with", total="asked").fit(frame.assign(**{"with": 5, "asked": 50}))
    assert same.estimates.loc["tau2", "estimate"] == pytest.approx(0, abs=1e-6)
    assert same.share == pytest.approx(0.1)


@pytest.mark.slow
def test_limits_of_shares_cover():
    rng, held = np.random.default_rng(2), 0
    for _ in range(25):
        asked = rng.integers(20, 80, 25)
        chance = 1 / (1 + np.exp(2.5 - 0.5 * rng.normal(size=25)))
        found = BinomialPool(events="e", total="n", points=7).fit(
            pd.DataFrame({"e": rng.binomial(asked, chance), "n": asked})
        )
        row = found.estimates.loc["pooled"]
        held += row["ci_low"] <= -2.5 <= row["ci_high"]
    assert held >= 20  # 24 expected, with a standard error of 1.1


def test_a_funnel_is_filled_on_the_side_that_is_missing():
    rng = np.random.default_rng(3)
    error = np.linspace(0.05, 0.6, 40)
    y = error * rng.normal(size=40)
    cut = pd.DataFrame({"estimate": y, "std_error": error})[y > -0.3]
    found = TrimAndFill(method="fixed").fit(cut)
    assert (found.side, found.missing > 0) == ("left", True)
    assert found.estimates.loc["filled", "estimate"] < found.estimates.loc["pooled", "estimate"]
    assert check(found, "funnel").status == "review"
    mirrored = TrimAndFill(method="fixed").fit(cut.assign(estimate=-cut["estimate"]))
    assert mirrored.side == "right"
    assert mirrored.missing == found.missing
    whole = [pd.DataFrame({"estimate": error * rng.normal(size=40), "std_error": error}) for _ in range(12)]
    passed = [check(TrimAndFill(side="left").fit(one), "funnel").status == "pass" for one in whole]
    assert sum(passed) >= 3  # L0 fills in one or two of even funnels more often than not


@pytest.mark.slow
def test_what_was_not_published_is_counted():
    rng = np.random.default_rng(4)
    error = rng.uniform(0.1, 0.4, 600)
    y = rng.normal(0.1, np.sqrt(error**2 + 0.01))
    seen = (y / error > 1.96) | (rng.random(600) < 0.3)
    frame = pd.DataFrame({"estimate": y[seen], "std_error": error[seen]})
    naive, found = Pool().fit(frame), SelectionModel().fit(frame)
    row = found.estimates.loc["pooled"]
    assert row["ci_low"] <= 0.1 <= row["ci_high"]
    assert naive.estimates.loc["pooled", "ci_low"] > 0.1
    assert found.ratio_p_value < 0.05
    assert found.steps["studies"].sum() == len(frame)
    assert check(found, "steps").status == "pass"
    empty = SelectionModel(steps=[1e-9]).fit(studies())
    assert check(empty, "steps").status == "fail" or empty.steps["studies"].min() > 0
    none = SelectionModel(alternative="less").fit(studies(12, slope=0.0))
    assert not none.stands
    assert none.estimates[["ci_low", "ci_high"]].isna().all(axis=None)


def made(measure, value=1000.0, error=100.0, **more):
    table = estimates_table({"people": (value, error, value - 1.96 * error, value + 1.96 * error)}, unit="persons")
    return Result(method="m", estimates=table, n=50, scope=Scope(measure=measure), **more)


def test_stock_is_not_pooled_with_flow():
    with pytest.raises(DataError, match="measures differ"):
        result_table({"a": made("stock"), "b": made("flow")}, "people")
    assert len(result_table({"a": made("stock"), "b": made("not stated")}, "people")) == 2
    frame = studies(4).assign(what=["stock", "Stock", "flow", "stock"])
    with pytest.raises(DataError, match=r"measures differ \(flow, stock\)"):
        Pool(measure="what").fit(frame)
    with pytest.raises(DataError, match="must be one of stock, period"):
        Pool(measure="what").fit(frame.assign(what="number"))
    assert Pool(measure="what").fit(frame.assign(what="stock")).n == 4


def test_a_stock_carries_what_is_not_known_of_the_duration():
    stock = to_stock(made("flow"), "people", duration=(2.0, 0.4))
    row = stock.estimates.loc["stock"]
    assert row["estimate"] == 2000
    assert row["std_error"] == pytest.approx(2000 * np.hypot(0.1, 0.2))
    assert stock.scope.measure == "stock"
    period = to_stock(made("period"), "people", duration=(2.0, 0.4), period=2.0)
    assert period.factor == 0.5
    assert period.estimates.loc["stock", "std_error"] == pytest.approx(500 * np.hypot(0.1, 0.1))
    pooled = result_table({"a": stock, "b": to_stock(made("flow", 500.0), "people", duration=(1.0, 0.2))}, "stock")
    assert pooled["estimate"].tolist() == [2000.0, 500.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: to_stock(made("lifetime"), "people", duration=(1.0, 0.1)), "must be 'flow' or 'period'"),
        (lambda: to_stock(made("stock"), "people", duration=(1.0, 0.1)), "a stock is one already"),
        (lambda: to_stock(made("flow"), "people", duration=2.0), "mean in years and its standard error"),
        (lambda: to_stock(made("flow"), "people", duration=(2.0, 0.0)), r"duration\[1\] == 0"),
        (lambda: to_stock(made("period"), "people", duration=(2.0, 0.1)), "period is None"),
        (lambda: to_stock(made("flow"), "people", duration=(2.0, 0.1), period=1.0), "leave it out"),
        (lambda: to_stock(made("flow"), "cases", duration=(2.0, 0.1)), "0 rows of 'cases'"),
        (lambda: to_stock(made("flow", -5.0), "people", duration=(2.0, 0.1)), "not above 0"),
        (lambda: Pool(prediction="bootstrap", method="fixed"), "like all others"),
        (lambda: Pool(prediction="higgins").fit(studies(2)), "at least 3"),
        (lambda: MetaRegression("x + x2").fit(studies().assign(x2=lambda d: 2 * d["x"])), "no term the sum"),
        (lambda: MetaRegression("nothing").fit(studies()), "nothing"),
        (lambda: MultilevelPool(study="s", correlation=1.5), "correlation == 1.5"),
        (lambda: MultilevelPool(study="x").fit(studies()), "use Pool where each has one"),
        (lambda: SelectionModel(steps=[0.5, 0.025]), "must rise"),
        (lambda: SelectionModel(steps=0.05), "steps must be p values"),
        (lambda: TrimAndFill(side="up"), "side == 'up'"),
        (lambda: BinomialPool(events="e", total="n").fit(pd.DataFrame({"e": [3, 1], "n": [2, 9]})), "from 0 to n"),
    ],
)
def test_misuse_gets_one_sentence(make, message):
    with pytest.raises((DataError, SpecificationError), match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_many_outcomes_at_once():
    frame = pd.concat([studies(5, seed=seed).assign(outcome=f"o{seed}") for seed in range(6)])
    frame = frame.rename_axis("study").reset_index()
    found = pool_outcomes(frame, outcome="outcome", study="study")
    for name, part in frame.groupby("outcome"):
        alone = Pool().fit(part.set_index("study"))
        assert found.loc[name, "estimate"] == pytest.approx(alone.estimates.loc["pooled", "estimate"])
        assert found.loc[name, "ci_low"] == pytest.approx(alone.estimates.loc["pooled", "ci_low"])
    with pytest.raises(DataError, match="repeat an outcome"):
        pool_outcomes(pd.concat([frame, frame]), outcome="outcome", study="study")
    with pytest.raises(DataError, match="above 0"):
        pool_outcomes(frame.assign(std_error=0.0), outcome="outcome", study="study")
