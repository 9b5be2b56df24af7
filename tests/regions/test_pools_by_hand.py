"""Pools, regressions, funnels, selection and federations: what each result holds and hands on, beside other hands."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from scipy.special import expit, logit
from scipy.stats import chi2, linregress, norm, t

from ctresearch.core import CellError, Check, DataError, Result, Scope, SpecificationError, plot
from ctresearch.core.random import generator
from ctresearch.core.result import estimates_table
from ctresearch.regions import (
    BinomialPool,
    MetaRegression,
    MultilevelPool,
    Pool,
    SelectionModel,
    TrimAndFill,
    binomial_pool,
    federate,
    federation,
    meta_regression,
    multilevel_pool,
    pool_outcomes,
    result_table,
)
from ctresearch.regions import pool as pool_module
from ctresearch.regions.study_table import one_measure, read_studies, refuse_exact, refuse_measures
from ctresearch.stats.pooling.asymmetry import SIZES, mixed_test, rank_test, weighted_test
from ctresearch.stats.pooling.influence import influence
from ctresearch.stats.pooling.multilevel import fit_multilevel, robust_errors
from ctresearch.stats.pooling.prediction import partlett_limits
from ctresearch.stats.pooling.random_effects import pooled_mean
from ctresearch.stats.pooling.selection import select_by_steps
from ctresearch.stats.pooling.trim_fill import trim_and_fill

COLUMNS = ["estimate", "std_error", "ci_low", "ci_high"]
FRAME = pd.DataFrame(
    {
        "estimate": [0.1, 0.4, 0.9, 0.3, 0.7, 0.2, 0.5, 1.4],
        "std_error": [0.2, 0.1, 0.3, 0.2, 0.1, 0.2, 0.3, 0.4],
        "x": [1.0, 2, 3, 4, 5, 6, 7, 8],
        "z": [0.0, 1, 0, 0, 1, 1, 0, 1],
        "s": list("aabbccde"),
    },
    index=list("lmnopqrs"),
)
Y, V = FRAME["estimate"].to_numpy(), FRAME["std_error"].to_numpy() ** 2
SCOPE = Scope(population="p")


def row(mean, error, reach):
    return [mean, error, mean - reach * error, mean + reach * error]


def test_what_each_study_does_to_the_rest_is_laid_out_by_name():
    found, told = Pool(method="dl").fit(FRAME), influence(Y, V, "dl")
    assert found.influence.to_dict("list") == pytest.approx(
        {
            "studentised": pytest.approx(told.studentised),
            "moves": pytest.approx(told.moves),
            "cook": pytest.approx(told.cook),
            "covariance_ratio": pytest.approx(told.covariance_ratio),
            "pooled_without": pytest.approx(told.without),
            "std_error_without": pytest.approx(told.error_without),
            "tau2_without": pytest.approx(told.tau2_without),
            "q_without": pytest.approx(told.q_without),
        }
    )
    assert found.influence.index.tolist() == list("lmnopqrs")
    without = pooled_mean(Y[1:], V[1:], "dl")
    assert found.influence.loc["l", ["pooled_without", "std_error_without", "tau2_without"]].tolist() == pytest.approx(
        [without.mean, np.sqrt(without.variance), without.tau2]
    )


def test_every_test_of_asymmetry_is_made_by_its_name():
    found = Pool(method="ml").fit(FRAME).asymmetry
    tests = {}
    for name, size in SIZES.items():
        tests[f"mixed model on the {name}"] = mixed_test(Y, V, size(V), "ml")
        tests[f"common value on the {name}"] = mixed_test(Y, V, size(V), "fixed")
        tests[f"weighted least squares on the {name}"] = weighted_test(Y, V, size(V))
    tests["rank correlation"] = rank_test(Y, V)
    assert found.index.tolist() == list(tests)
    assert found.index.name == "test"
    for column in ("statistic", "df", "p_value", "limit"):
        wanted = [getattr(one, column) for one in tests.values()]
        assert found[column].tolist() == pytest.approx(wanted, nan_ok=True)
    assert pool_module._asymmetry_table(Y[:2], V[:2], "ml") is None
    assert pool_module._asymmetry_table(Y[:3], V[:3], "ml") is not None
    assert pool_module._asymmetry_table(Y, np.full(8, 0.1), "ml") is None


@pytest.mark.parametrize("kind", ["hartung-knapp", "sidik-jonkman"])
def test_limits_of_a_further_study_come_by_the_method_and_seed_asked_for(kind):
    assert Pool(prediction=kind, level=0.8)._predict(Y, V) == pytest.approx(partlett_limits(Y, V, 0.8, kind))
    table = Pool(prediction=kind, level=0.8).fit(FRAME).estimates
    assert table.loc["prediction", COLUMNS].tolist() == pytest.approx(
        [table.loc["pooled", "estimate"], np.nan, *partlett_limits(Y, V, 0.8, kind)], nan_ok=True
    )
    with pytest.raises(DataError, match=f"^2 studies, must be at least 3 for prediction == '{kind}'"):
        Pool(prediction=kind)._predict(Y[:2], V[:2])


def test_a_bootstrap_begins_at_its_seed(monkeypatch):
    asked = []
    monkeypatch.setattr(pool_module, "bootstrap_limits", lambda *args: asked.append(args) or (0.0, 1.0))
    assert Pool(prediction="bootstrap", seed=5, level=0.7)._predict(Y, V) == (0.0, 1.0)
    assert asked[0][2] == 0.7
    assert asked[0][3].random() == generator(5).random()
    assert [one.tolist() for one in asked[0][:2]] == [Y.tolist(), V.tolist()]


@pytest.mark.parametrize(
    ("kind", "studies", "method", "status"),
    [
        ("normal", 29, "reml", "review"),
        ("normal", 30, "reml", "pass"),
        ("bootstrap", 3, "reml", "pass"),
        ("normal", 9, "fixed", None),
    ],
)
def test_thirty_studies_are_enough_to_predict(kind, studies, method, status):
    found = pool_module._check_prediction(kind, studies, method)
    assert [(one.name, one.status, dict(one.numbers)) for one in found] == (
        [("prediction", status, {"studies": studies})] if status else []
    )
    assert all(f"with {studies} studies" in one.message for one in found)


@pytest.mark.parametrize(("p", "status"), [(0.1, "pass"), (0.0999, "review")])
def test_asymmetry_is_doubted_below_one_in_ten(p, status):
    check = pool_module._check_asymmetry(p)
    assert (check.name, check.status, dict(check.numbers)) == ("asymmetry", status, {"p_value": p})
    assert f"p {p:.2g}" in check.message


def test_heterogeneity_of_one_common_value_at_its_bound():
    found = SimpleNamespace(i2=0.4)
    for p, method, status in ((0.1, "fixed", "pass"), (0.0999, "fixed", "fail"), (0.01, "dl", "pass")):
        check = pool_module._check_alike(p, found, method)
        assert (check.name, check.status, check.voids) == ("heterogeneity", status, False)
        assert dict(check.numbers) == ({"p_value": p} if method == "fixed" else {"p_value": p, "i2": 0.4})
        assert (f"p {p:.2g}" if method == "fixed" else "40% of the variance") in check.message
    assert pool_module._q_p_value(SimpleNamespace(q=5.0), 4) == pytest.approx(chi2.sf(5, 3))


def test_egger_needs_ten_studies_of_more_than_one_size():
    y, v = np.linspace(0, 1, 10), np.linspace(0.1, 0.5, 10)
    line = linregress(1 / np.sqrt(v), y / np.sqrt(v))
    assert pool_module._egger(y, v) == pytest.approx(2 * t.sf(abs(line.intercept) / line.intercept_stderr, 8))
    assert np.isnan(pool_module._egger(y[:9], v[:9]))
    assert np.isnan(pool_module._egger(y, np.full(10, 0.3)))


def test_many_outcomes_are_pooled_at_a_level_and_named_as_they_stand():
    both = pd.concat([FRAME.assign(o="one"), FRAME.head(3).assign(o="two"), FRAME.head(1).assign(o="three")])
    both = both.rename_axis("k").reset_index().rename(columns={"estimate": "y", "std_error": "e"})
    found = pool_outcomes(both, outcome="o", study="k", estimate="y", std_error="e", level=0.8)
    assert (found.index.tolist(), found.index.name) == (["one", "two", "three"], "outcome")
    assert found["studies"].tolist() == [8, 3, 1]
    for name, frame in (("one", FRAME), ("two", FRAME.head(3))):
        alone = Pool(level=0.8).fit(frame)
        wanted = [*alone.estimates.loc["pooled", COLUMNS], *alone.estimates.loc[["tau2", "i2"], "estimate"], alone.q]
        assert found.loc[name, [*COLUMNS, "tau2", "i2", "q"]].tolist() == pytest.approx(wanted, rel=1e-5, abs=1e-8)
    assert found.loc["three", COLUMNS].isna().all()
    assert list(found.columns) == [*COLUMNS, "tau2", "i2", "q", "studies"]
    usual = both.rename(columns={"y": "estimate", "e": "std_error"})
    with pytest.raises(DataError, match=r"^1 rows repeat an outcome of a study"):
        pool_outcomes(pd.concat([usual, usual.head(1)]), outcome="o", study="k")
    with pytest.raises(SpecificationError, match=r"^level"):
        pool_outcomes(usual, outcome="o", study="k", level=1)
    for option in ("outcome", "study", "estimate", "std_error"):
        with pytest.raises(SpecificationError, match=r"^column"):
            pool_outcomes(usual, **{"outcome": "o", "study": "k"} | {option: 3})
        with pytest.raises(DataError, match=r"^studies .*'gone'"):
            pool_outcomes(usual, **{"outcome": "o", "study": "k"} | {option: "gone"})
    with pytest.raises(CellError) as caught:
        pool_outcomes(usual.assign(k=["l", "L", *usual["k"][2:]]), outcome="o", study="k")
    assert caught.value.column == "k"


def wls(design, tau2):
    """Return coefficients and their covariance by weighted least squares."""
    w = 1 / (V + tau2)
    covariance = np.linalg.inv(design.T @ (design * w[:, None]))
    return covariance @ design.T @ (w * Y), covariance, w


def test_a_regression_by_weighted_least_squares():
    options = {"method": "dl", "test": "z", "level": 0.8, "scope": SCOPE, "scale": "log", "unit": "persons"}
    found = MetaRegression("x + z", **options).fit(FRAME)
    design = np.column_stack([np.ones(8), FRAME["x"], FRAME["z"]])
    beta, covariance, w = wls(design, found.tau2)
    for i, name in enumerate(("constant", "x", "z")):
        wanted = row(beta[i], np.sqrt(covariance[i, i]), norm.ppf(0.9))
        assert found.estimates.loc[name, COLUMNS].tolist() == pytest.approx(wanted)
    fixed, _, plain = wls(design, 0.0)
    q = plain @ (Y - design @ fixed) ** 2
    assert (found.q, found.q_df, found.q_p_value) == pytest.approx((q, 5, chi2.sf(q, 5)))
    alone = pooled_mean(Y, V, "dl").tau2
    assert found.explained == pytest.approx(max(0, 1 - found.tau2 / alone))
    assert (found.slopes_df, found.slopes_p_value) == (np.inf, pytest.approx(chi2.sf(found.slopes, 2)))
    assert found.slopes == pytest.approx(beta[1:] @ np.linalg.solve(covariance[1:, 1:], beta[1:]))
    assert found.method == "Meta-regression of 8 studies"
    assert (found.n, found.level, found.interval, found.scale, found.scope) == (8, 0.8, "random-effects", "log", SCOPE)
    assert set(found.estimates["unit"]) == {"log persons"}
    assert (len(found.assumptions), len(found.references)) == (3, 2)
    assert [check.name for check in found.checks] == ["studies", "what is left"]
    assert found.checks[1].numbers["p_value"] == found.q_p_value
    few = MetaRegression("x + z", method="dl", level=0.8).fit(FRAME)
    scale = w @ (Y - design @ beta) ** 2 / 5
    error = np.sqrt(covariance[1, 1] * scale)
    assert few.estimates.loc["x", COLUMNS].tolist() == pytest.approx(row(beta[1], error, t.ppf(0.9, 5)))
    assert (few.interval, few.scale, few.slopes_df) == ("knapp-hartung", "identity", 5)
    bare = FRAME.rename(columns={"estimate": "y", "std_error": "e"})
    again = MetaRegression("x + z", method="dl", level=0.8, estimate="y", std_error="e", label="x").fit(bare)
    assert again.estimates.equals(few.estimates)
    assert (
        again.inputs.digest == MetaRegression("x + z", estimate="y", std_error="e").fit(bare.assign(q=1)).inputs.digest
    )


def test_a_regression_that_cannot_be_is_refused():
    for frame, formula, words in (
        (FRAME.head(3), "x + z", "^3 studies and 3 terms of rank 3"),
        (FRAME.assign(w=2 * FRAME["x"]), "x + w", "^8 studies and 3 terms of rank 2"),
        (
            FRAME.assign(estimate=FRAME["x"]),
            "x",
            "^8 estimates lie on the fit .* test='knha' takes its errors: use test='z'",
        ),
        (FRAME.assign(s="a"), "x", "names 7 studies twice"),
        ([], "x", "^studies is a list"),
    ):
        with pytest.raises(DataError, match=words):
            MetaRegression(formula, label="s" if "names" in words else None).fit(frame)
    assert MetaRegression("x + z").fit(FRAME.head(4)).n == 4
    assert np.isnan(MetaRegression("x", test="z").fit(FRAME.assign(estimate=FRAME["x"] / 1e3)).explained)
    with pytest.raises(DataError, match=r"measures differ"):
        MetaRegression("x", measure="m").fit(FRAME.assign(m=["flow"] + ["stock"] * 7))


@pytest.mark.parametrize(("p", "tau2", "status"), [(0.0999, 0.0, "fail"), (0.1, 0.0, "pass"), (0.01, 1e-9, "pass")])
def test_what_is_left_fails_where_nothing_was_to_be_left(p, tau2, status):
    check = meta_regression._check_left(p, SimpleNamespace(i2=0.25, tau2=tau2))
    assert (check.name, check.status, check.voids) == ("what is left", status, False)
    assert dict(check.numbers) == {"p_value": p, "i2": 0.25, "tau2": tau2}
    assert ("(p 0.1)" if status == "fail" else "25% of what covariates leave") in check.message


def test_levels_of_studies_are_pooled_with_errors_of_the_kind_asked_for():
    codes = np.array([0, 0, 1, 1, 2, 2, 3, 4])
    ones = np.ones((8, 1))
    fit = fit_multilevel(Y, V, ones, codes, 0.3)
    options = {"study": "s", "correlation": 0.3, "level": 0.8, "scope": SCOPE, "unit": "persons"}
    found = MultilevelPool(errors="model", **options).fit(FRAME)
    mean, error, reach = fit.coefficients[0], np.sqrt(fit.covariance[0, 0]), norm.ppf(0.9)
    spread = np.sqrt(fit.covariance[0, 0] + fit.between + fit.within)
    assert found.estimates.loc["pooled", COLUMNS].tolist() == pytest.approx(row(mean, error, reach))
    assert found.estimates.loc["prediction", COLUMNS].tolist() == pytest.approx(row(mean, spread, reach))
    assert found.estimates.loc[["between", "within"], "estimate"].tolist() == [fit.between, fit.within]
    assert found.estimates.loc[["between", "within"], COLUMNS[1:]].isna().all(axis=None)
    assert found.estimates["unit"].tolist() == ["persons", "persons", "", ""]
    assert (found.between, found.within, found.log_likelihood) == (fit.between, fit.within, fit.log_likelihood)
    assert found.method == "8 estimates of 5 studies pooled"
    assert (found.n, found.studies, found.level, found.interval, found.scope) == (8, 5, 0.8, "random-effects", SCOPE)
    assert (found.degrees, len(found.assumptions), len(found.references)) == (np.inf, 3, 3)
    assert [check.name for check in found.checks] == ["convergence", "studies"]
    robust = robust_errors(fit, Y, ones)
    safe = MultilevelPool(**options).fit(FRAME)
    error, df = np.sqrt(robust.covariance[0, 0]), float(robust.df[0])
    assert safe.estimates.loc["pooled", COLUMNS].tolist() == pytest.approx(row(mean, error, t.ppf(0.9, df)))
    spread = np.sqrt(error**2 + fit.between + fit.within)
    assert safe.estimates.loc["prediction", COLUMNS].tolist() == pytest.approx(row(mean, spread, t.ppf(0.9, df)))
    assert (safe.interval, safe.degrees) == ("robust", pytest.approx(df))
    assert safe.checks[1].numbers == {"studies": 5, "degrees": pytest.approx(df)}
    design = np.column_stack([np.ones(8), FRAME["x"]])
    sloped = MultilevelPool(formula="x", **options | {"scale": "log"}).fit(FRAME)
    fit = fit_multilevel(Y, V, design, codes, 0.3)
    robust = robust_errors(fit, Y, design)
    for i, name in enumerate(("constant", "x")):
        wanted = row(fit.coefficients[i], np.sqrt(robust.covariance[i, i]), t.ppf(0.9, robust.df[i]))
        assert sloped.estimates.loc[name, COLUMNS].tolist() == pytest.approx(wanted)
    assert list(sloped.estimates.index) == ["constant", "x", "between", "within"]
    assert sloped.checks[1].numbers["degrees"] == pytest.approx(robust.df.min())
    assert sloped.degrees == pytest.approx(robust.df[0])
    assert sloped.estimates["unit"].tolist() == ["log persons", "log persons", "", ""]
    named = FRAME.rename(columns={"estimate": "y", "std_error": "e"})
    again = MultilevelPool(estimate="y", std_error="e", **options).fit(named)
    assert again.estimates.equals(safe.estimates)
    assert (
        again.inputs.digest
        == MultilevelPool(study="s", estimate="y", std_error="e").fit(named.assign(q=1)).inputs.digest
    )


def test_levels_that_cannot_be_told_apart_are_refused():
    for frame, options, words in (
        (FRAME.assign(s=list("aabbbbbb")), {}, "^8 estimates come from 2 studies"),
        (FRAME.assign(s=list("abcdefgh")), {}, "^8 estimates come from 8 studies"),
        (FRAME.assign(s=list("aabbccaa")), {"formula": "x + z"}, "^3 studies and 3 terms of rank 3"),
        (FRAME.assign(w=2 * FRAME["x"]), {"formula": "x + w"}, "^5 studies and 3 terms of rank 2"),
        (
            FRAME.assign(estimate=0.5),
            {},
            "^8 estimates lie on the fit .*errors='robust' takes its errors: use errors='model'",
        ),
        (FRAME.assign(m=["flow"] + ["stock"] * 7), {"measure": "m"}, "measures differ"),
        (FRAME.drop(columns="s"), {}, "^studies .*'s'"),
        (FRAME.assign(s=[None, *"abbccde"]), {}, "'s'"),
        (FRAME.assign(s=["a", "A", *"bbccde"]), {}, "column 's'"),
    ):
        with pytest.raises(DataError, match=words):
            MultilevelPool(study="s", **options).fit(frame)
    assert MultilevelPool(study="s").fit(FRAME.assign(s=list("aabbccaa"))).studies == 3
    assert multilevel_pool._checks(SimpleNamespace(converged=True), 5, 4.0)[1].message.startswith(
        "5 studies are enough"
    )


COUNTS = pd.DataFrame({"e": [5.0, 4, 0, 10, 6], "n": [10.0, 8, 4, 10, 12]})


def test_shares_by_hand():
    alike = pd.DataFrame({"e": [5, 10, 15, 20, 25], "n": [20, 40, 60, 80, 100]})
    found = BinomialPool(events="e", total="n", level=0.8, scope=SCOPE).fit(alike)
    error, reach = np.sqrt(1 / (300 * 0.25 * 0.75)), norm.ppf(0.9)
    assert found.share == pytest.approx(0.25, rel=1e-5)
    pooled = found.estimates.loc["pooled", COLUMNS].tolist()
    assert pooled == pytest.approx(row(logit(0.25), error, reach), rel=1e-3)
    tau2 = found.estimates.loc["tau2", "estimate"]
    spread = np.hypot(pooled[1], np.sqrt(tau2))
    assert found.estimates.loc["prediction", COLUMNS].tolist() == pytest.approx(row(pooled[0], spread, reach))
    assert found.estimates.loc["tau2", COLUMNS[1:]].isna().all()
    assert (found.share_low, found.share_high) == pytest.approx((expit(pooled[2]), expit(pooled[3])))
    assert found.estimates["unit"].tolist() == ["log odds", "log odds", ""]
    assert found.method == "Shares of 5 studies pooled by their counts"
    assert (found.level, found.interval, found.scale, found.scope) == (0.8, "normal", "logit", SCOPE)
    assert (found.n, found.studies, found.smallest_group) == (300, 5, 20)
    assert (len(found.assumptions), len(found.references)) == (3, 1)
    assert found.inputs.digest == BinomialPool(events="e", total="n").fit(alike.assign(q=1)).inputs.digest


def test_shares_that_do_not_stand_have_no_limits(monkeypatch):
    def lost(events, total, points):
        return SimpleNamespace(mean=0.0, std_error=1.0, tau2=points * 1.0, converged=False)

    monkeypatch.setattr(binomial_pool, "pooled_proportion", lost)
    found = BinomialPool(events="e", total="n", points=3).fit(COUNTS)
    assert (found.share, found.stands) == (0.5, False)
    assert np.isnan([found.share_low, found.share_high]).all()
    assert found.estimates.loc["tau2", "estimate"] == 3


@pytest.mark.parametrize(
    ("converged", "error", "studies", "wanted"),
    [
        (True, 1.0, 5, ("pass", "pass")),
        (True, 1.0, 4, ("pass", "review")),
        (True, np.inf, 5, ("fail", "pass")),
        (False, 1.0, 5, ("fail", "pass")),
    ],
)
def test_checks_of_shares_on_both_sides(converged, error, studies, wanted):
    solved, many = binomial_pool._checks(SimpleNamespace(converged=converged, std_error=error), studies)
    assert (solved.name, many.name) == ("convergence", "studies")
    assert (solved.status, many.status) == wanted
    assert solved.voids is (wanted[0] == "fail")
    assert dict(many.numbers) == {"studies": studies}
    assert many.message.startswith(f"{studies} studies")


@pytest.mark.parametrize(
    ("change", "words", "column"),
    [
        ({"n": [10.0, 8, 0, 10, 12]}, "must be whole numbers of 1 or more", "n"),
        ({"n": [10.5, 8, 4, 10, 12]}, "must be whole numbers of 1 or more", "n"),
        ({"e": [-1.0, 4, 0, 10, 6]}, "must be whole numbers from 0 to n", "e"),
        ({"e": [0.5, 4, 0, 10, 6]}, "must be whole numbers from 0 to n", "e"),
        ({"e": [11.0, 4, 0, 10, 6]}, "must be whole numbers from 0 to n", "e"),
    ],
)
def test_counts_that_cannot_be_are_told_by_column(change, words, column):
    with pytest.raises(CellError, match=words) as caught:
        BinomialPool(events="e", total="n").fit(COUNTS.assign(**change))
    assert caught.value.column == column


def test_shares_without_bound_are_refused():
    for frame, words in (
        (COUNTS.assign(e=0), "^in all 5 studies nobody or everybody"),
        (COUNTS.assign(e=COUNTS["n"]), "^in all 5 studies nobody or everybody"),
        (COUNTS.head(1), "^studies have 1 rows, must have at least 2"),
        (COUNTS.assign(e=None), "'e'"),
        (COUNTS.assign(n=None), "'n'"),
        ([], "^studies is a list"),
        (COUNTS.drop(columns="e"), "^studies .*'e'"),
    ):
        with pytest.raises(DataError, match=words):
            BinomialPool(events="e", total="n")._read(frame)
    events, total = BinomialPool(events="e", total="n")._read(COUNTS.head(2).assign(n=[5.0, 8]))
    assert (events.tolist(), total.tolist()) == ([5, 4], [5, 8])


@pytest.mark.parametrize(("side", "estimator"), [("left", "L0"), ("right", "R0"), (None, "Q0")])
def test_studies_are_filled_in_and_pooled_anew(side, estimator):
    options = {"side": side, "estimator": estimator, "method": "dl", "level": 0.8, "scope": SCOPE, "unit": "persons"}
    found = TrimAndFill(**options, scale="log").fit(FRAME)
    slope = mixed_test(Y, V, np.sqrt(V), "dl").statistic
    wanted = side or ("right" if slope < 0 else "left")
    filled = trim_and_fill(Y, V, "dl", estimator, wanted)
    for name, y, v in (("filled", filled.y, filled.v), ("pooled", Y, V)):
        one = pooled_mean(y, v, "dl")
        told = row(one.mean, np.sqrt(one.variance), norm.ppf(0.9))
        assert found.estimates.loc[name, COLUMNS].tolist() == pytest.approx(told)
    assert (found.missing, found.missing_error, found.side) == (filled.missing, filled.std_error, wanted)
    assert found.method == "Trim and fill of 8 studies"
    assert (found.n, found.level, found.interval, found.scale, found.scope) == (8, 0.8, "random-effects", "log", SCOPE)
    assert set(found.estimates["unit"]) == {"log persons"}
    assert (len(found.assumptions), len(found.references), len(found.checks)) == (2, 1, 1)
    assert dict(found.checks[0].numbers) == {"missing": filled.missing, "studies": 8}
    down = TrimAndFill(method="dl").fit(FRAME.assign(estimate=-FRAME["estimate"]))
    assert down.side == ("left" if slope < 0 else "right")


def test_studies_of_one_size_are_filled_in_on_the_left():
    assert TrimAndFill().fit(FRAME.assign(std_error=0.2)).side == "left"
    named = FRAME.rename(columns={"estimate": "y", "std_error": "e"})
    found = TrimAndFill(estimate="y", std_error="e", label="x", side="left").fit(named)
    assert found.estimates.equals(TrimAndFill(side="left").fit(FRAME).estimates)
    more = TrimAndFill(estimate="y", std_error="e", label="x", side="left").fit(named.assign(q=1))
    assert more.inputs.digest == found.inputs.digest
    assert TrimAndFill(estimate="y", std_error="e").fit(named).inputs.digest != found.inputs.digest
    for kind in (TrimAndFill, SelectionModel):
        with pytest.raises(DataError, match=r"have 2 rows, must have at least 3"):
            kind().fit(FRAME.head(2))
        with pytest.raises(DataError, match=r"column 's' names"):
            kind(label="s").fit(FRAME)


@pytest.mark.parametrize(("between", "alternative", "sign"), [(True, "greater", 1), (False, "less", -1)])
def test_a_selection_model_lays_out_its_steps(between, alternative, sign):
    frame = FRAME.assign(estimate=sign * np.array([0.1, 0.4, 0.5, 0.3, 0.2, 0.2, 0.5, 0.2]))
    options = {"between": between, "alternative": alternative, "level": 0.8, "scope": SCOPE}
    found = SelectionModel(steps=(0.1,), **options).fit(frame)
    told = select_by_steps(frame["estimate"].to_numpy(), V, np.array([0.1, 1.0]), alternative, between=between)
    wanted = row(told.mean, np.sqrt(told.covariance[0, 0]), norm.ppf(0.9))
    assert found.estimates.loc["pooled", COLUMNS].tolist() == pytest.approx(wanted, nan_ok=True)
    assert (found.steps.index.tolist(), found.steps.index.name) == ([0.1, 1.0], "to")
    assert found.steps["studies"].tolist() == list(told.counts)
    assert found.steps["chance"].tolist() == pytest.approx(list(told.chances))
    last = np.sqrt(told.covariance[1 + between, 1 + between]) * told.chances[1]
    if found.stands:
        assert found.steps["std_error"].tolist() == pytest.approx([np.nan, last], nan_ok=True)
    assert found.tau2 == told.tau2
    ratio = max(0.0, 2 * (told.log_likelihood - told.without))
    assert (found.ratio, found.ratio_df, found.ratio_p_value) == pytest.approx((ratio, 1, chi2.sf(ratio, 1)))
    assert found.method == "Selection model of 8 studies by steps of the p value"
    assert (found.n, found.level, found.interval, found.scale, found.scope) == (8, 0.8, "normal", "identity", SCOPE)
    assert (len(found.assumptions), len(found.references)) == (2, 1)
    named = frame.rename(columns={"estimate": "y", "std_error": "e"})
    again = SelectionModel(estimate="y", std_error="e", label="x", scale="log", unit="u").fit(named)
    assert set(again.estimates["unit"]) == {"log u"}
    assert (
        again.inputs.digest
        == SelectionModel(estimate="y", std_error="e", label="x").fit(named.assign(q=1)).inputs.digest
    )


def test_studies_are_read_row_by_row():
    found = read_studies(FRAME, ("estimate", "std_error"))
    assert (found.y.tolist(), found.v.tolist()) == (Y.tolist(), V.tolist())
    assert (found.names.tolist(), found.names.name) == (list("lmnopqrs"), "study")
    assert read_studies(FRAME, ("estimate", "std_error"), label="x").names.tolist()[0] == "1.0"
    edge = FRAME.head(2).assign(estimate=[1e100, -1e100], std_error=[1e-100, 1e100])
    assert read_studies(edge, ("estimate", "std_error")).y.tolist() == [1e100, -1e100]
    for change in (
        {"estimate": [1.1e100] * 8},
        {"std_error": 1.1e100},
        {"std_error": 0.9e-100},
        {"estimate": -1.1e100},
    ):
        with pytest.raises(CellError, match=r"must be from 1e-100 to 1e\+100"):
            read_studies(FRAME.assign(**change), ("estimate", "std_error"))
    with pytest.raises(DataError, match=r"^studies have 1 rows, must have at least 2"):
        read_studies(FRAME.head(1), ("estimate", "std_error"))
    with pytest.raises(DataError, match=r"'x'"):
        read_studies(FRAME.assign(x=None), ("estimate", "std_error"), more=["x"])


def test_measures_are_one_and_are_words():
    one_measure(FRAME, None)
    one_measure(FRAME.assign(m=["Stock", "stock ", *["STOCK"] * 6]), "m")
    for word in ("stock", "period", "flow", "lifetime"):
        one_measure(FRAME.assign(m=word), "m")
    for value in ("number", 3, None):
        with pytest.raises(CellError, match=r"must be one of stock, period, flow, lifetime") as caught:
            one_measure(FRAME.assign(m=["stock"] * 7 + [value]), "m")
        assert (caught.value.column, list(caught.value.rows)) == ("m", [8])
    with pytest.raises(DataError, match=r"^studies .*'m'"):
        one_measure(FRAME, "m")
    refuse_measures(set())
    with pytest.raises(DataError, match=r"^measures differ \(flow, stock\)"):
        refuse_measures({"stock", "flow"})
    refuse_exact(False, 3, "a", "b")
    with pytest.raises(DataError, match=r"^3 estimates lie .* from which a takes its errors: use b, and"):
        refuse_exact(True, 3, "a", "b")


def made(value, *, error=0.1, unit="persons", n=9, **more):
    table = estimates_table({"x": (value, error * value, 0.8 * value, 1.25 * value)}, unit=unit)
    scope = Scope(population="p", definition="d", reference_period="2020", measure="flow")
    return Result(method="How", estimates=table, n=n, **{"scope": scope, "interval": "own"} | more)


def test_a_table_asks_for_results_and_a_term():
    for results, words in (({}, "^results is a dict"), ([], "^results is a list")):
        with pytest.raises(DataError, match=words):
            result_table(results, "x")
    for term in ("", 3):
        with pytest.raises(SpecificationError, match=r"^term is a"):
            result_table({"a": made(1.0)}, term)
    with pytest.raises(SpecificationError, match=r"^log == "):
        result_table({"a": made(1.0)}, "x", log="yes")


def test_a_federation_holds_what_countries_released():
    one = SimpleNamespace(
        result=lambda _: made(4.0, n=12), digest="d1", study="s1", version="v", date="2024-01-02", citation="c1"
    )
    found = federate({"Kenya": one, "Peru": made(5.0, n=7)}, term="x")
    assert found.method == "Estimates of 2 countries, each as released"
    assert (found.n, found.smallest_group, found.level, found.interval, found.scale) == (2, 7, 0.95, "own", "identity")
    assert found.estimates[COLUMNS].to_numpy() == pytest.approx(np.array([[4, 0.4, 3.2, 5.0], [5, 0.5, 4, 6.25]]))
    assert found.estimates["unit"].tolist() == ["persons"] * 2
    assert found.scope == Scope(population="p", definition="d", reference_period="2020", measure="flow")
    assert found.references == ("c1",)
    assert len(found.assumptions) == 2
    assert found.inputs.versions.keys() >= {"numpy", "pandas"}
    table = found.releases
    assert table.index.name == "country"
    assert table.loc["Kenya"].to_dict() == {
        "study": "s1", "version": "v", "released": "2024-01-02", "method": "How", "status": "pass", "people": 12,
        "population": "p", "definition": "d", "reference_period": "2020", "measure": "flow", "digest": "d1",
        "citation": "c1",
    }  # fmt: skip
    assert table.loc["Peru", ["study", "version", "released", "digest", "citation"]].tolist() == [""] * 5
    names = ["released", "one definition", "one method", "checks of the countries"]
    assert [check.name for check in found.checks] == names
    assert dict(found.checks[0].numbers) == {"without": 1}
    assert found.checks[0].message.startswith("1 of 2 estimates came without a bundle")


def test_a_federation_says_what_is_not_one():
    def put(**scope):
        return {"a": made(4.0), "b": made(5.0, scope=Scope(**{"definition": "d", "measure": "flow"} | scope))}

    same = ("definition", "measure")
    mixed = federate(put(population="q", reference_period="2021"), term="x", same=same)
    assert mixed.scope.population == "as each country states"
    assert mixed.scope.reference_period == "2020, 2021"
    check = mixed.checks[1]
    assert (check.status, dict(check.numbers)) == ("review", {"periods": 2})
    assert check.message.startswith("The 2 countries state one definition and one measure, and 2 reference periods")
    silent = federate(put(population="p"), term="x", same=same)
    assert (silent.scope.population, silent.scope.reference_period) == ("p", "2020")
    assert silent.checks[1].status == "review"
    nothing = {"a": made(4.0, scope=Scope(definition="d", measure="flow")), "b": put()["b"]}
    nobody = federate(nothing, term="x", same=same)
    assert (nobody.scope.reference_period, nobody.checks[1].status) == ("not stated", "review")
    pair = {"a": made(4.0), "b": made(5.0)}
    assert dict(federate(pair, term="x").checks[1].numbers) == {"periods": 1}
    kinds = {"a": made(4.0, interval="one"), "b": made(5.0, interval="other")}
    assert federate(kinds, term="x").interval == "as released"
    assert federate({"a": made(4.0), "b": made(5.0, unit="y")}, term="x").estimates["unit"].tolist() == ["", ""]
    assert federate(pair, term="x", unit="people").estimates["unit"].tolist() == ["people"] * 2
    logs = {name: made(one, scale="log", unit="log persons") for name, one in (("a", 4.0), ("b", 5.0))}
    by = federate(logs, term="x", per={"a": 2.0, "b": 5.0}, unit="per head")
    assert by.scale == "log"
    assert by.estimates["estimate"].tolist() == pytest.approx([4 - np.log(2), 5 - np.log(5)])
    assert by.estimates["ci_high"].tolist() == pytest.approx([5 - np.log(2), 6.25 - np.log(5)])
    assert by.estimates["std_error"].tolist() == pytest.approx([0.4, 0.5])
    odds = {name: made(4.0, scale="logit") for name in "ab"}
    with pytest.raises(SpecificationError, match=r"^per is given for estimates on the scale logit"):
        federate(odds, term="x", per={"a": 2.0, "b": 5.0}, unit="u")
    plain = federate(pair, term="x", per={"a": 2, "b": np.float64(5)}, unit="u").estimates
    assert list(plain.columns) == [*COLUMNS, "unit"]
    assert plain[COLUMNS].to_numpy() == pytest.approx(np.array([[2, 0.2, 1.6, 2.5], [1, 0.1, 0.8, 1.25]]))


@pytest.mark.parametrize(
    ("releases", "options", "words"),
    [
        ({"a": made(1.0), 3: made(1.0)}, {}, "^1 of 2 countries are not named by words"),
        ({"a": made(1.0), " ": made(1.0)}, {}, "^1 of 2 countries are not named by words"),
        ({"a": made(1.0)}, {}, "^releases is a mapping of 1, must"),
        ([1], {}, "^releases is a list, must"),
        (None, {"unit": 3}, "^unit"),
        (None, {"same": 3}, "^same is a int"),
        (None, {"same": ("people",)}, "^same == 'people'"),
        (None, {"log": 1}, "^log == 1"),
        (None, {"per": {"a": 1.0}, "unit": "u"}, "^per must be a mapping of the 2 countries"),
        (None, {"per": {"a": 1.0, "b": 1.0}, "unit": " "}, "^unit == ' ', must say what"),
        (None, {"per": {"a": 1.0, "b": np.inf}, "unit": "u"}, r"^per\['b'\] must be a number above 0"),
        (None, {"per": {"a": "1", "b": 1.0}, "unit": "u"}, r"^per\['a'\] must be a number above 0"),
        (None, {"term": 3}, "^term is a int"),
    ],
)
def test_options_of_a_federation_are_refused(releases, options, words):
    given = {"a": made(1.0), "b": made(2.0)} if releases is None else releases
    with pytest.raises((DataError, SpecificationError), match=words):
        federate(given, **{"term": "x"} | options)


def test_a_federation_names_who_has_no_error_or_gives_no_result():
    gone = SimpleNamespace(result=lambda _: 3)
    with pytest.raises(DataError, match=r"^b gives a int, must be a Result"):
        federate({"a": made(1.0), "b": gone}, term="x")
    for error in (0.0, np.nan, np.inf):
        with pytest.raises(DataError, match=r"^b gives 'x' without a standard error"):
            federate({"a": made(1.0), "b": made(2.0, error=error)}, term="x")
    asked = []
    told = SimpleNamespace(result=lambda which: asked.append(which) or made(2.0))
    federate({"a": told, "b": made(1.0)}, term="x", estimate={"a": "size"})
    assert asked == ["size"]
    said = [
        federation._check_carried({"a": made(1.0, checks=(Check("c", s, "S."),)), "b": made(1.0)})
        for s in ("pass", "review")
    ]
    assert [(one.status, dict(one.numbers)) for one in said] == [("pass", {"review": 0}), ("review", {"review": 1})]
    assert said[0].message == "No check of the 2 countries asks for a second look."
    assert said[1].message.startswith("The own checks of a ask")
    all_cited = federation._check_released({"a": SimpleNamespace(digest="x")})
    assert (all_cited.status, dict(all_cited.numbers)) == ("pass", {"without": 0})
    assert all_cited.message.startswith("All 1 estimates come from bundles")
    long = "x" * 81
    with pytest.raises(DataError, match=rf"^a was withdrawn \({'x' * 80}\): leave"):
        federation._refuse_withdrawn({"a": SimpleNamespace(withdrawn=long)})


def test_a_picture_of_studies_parts_them_from_what_is_pooled_by_a_thin_grey_line():
    ax = Pool().fit(FRAME).plot()
    (line,) = [one for one in ax.lines if list(one.get_ydata()) == [1.5, 1.5]]
    assert (to_rgba(line.get_color()), line.get_linewidth()) == (to_rgba(plot.GREY), 0.8)
    assert ax.collections[-1].get_facecolor().tolist() == [pytest.approx(to_rgba(plot.BLUE, 0.35))]
    pyplot.close(ax.figure)
