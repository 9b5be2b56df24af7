"""Errors and degrees of freedom with few units are those of R and of hand computations, and of many those of always."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ctresearch.causes import (
    DoublyRobustEffect,
    InverseProbability,
    Mediation,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
)
from ctresearch.causes.models.proportional_odds import fit_proportional_odds
from ctresearch.stats.clusters.small_samples import (
    FittedRows,
    Spread,
    arm_spread,
    check_limits,
    few_units,
    influence_spread,
    information_spread,
    regression_spread,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "programmes"
R = json.loads((REFERENCE / "programmes_r.json").read_text())["ols"]


def rows_of(x, y, clusters=None):
    inverse = np.linalg.inv(x.T @ x)
    return FittedRows(x, y - x @ inverse @ x.T @ y, np.ones(len(y)), inverse, clusters)


@pytest.mark.parametrize(("robust", "name"), [("HC2", "CR2"), ("HC3", "CR3")])
def test_a_clustered_regression_has_the_errors_and_limits_of_clubsandwich(robust, name):
    model = OutcomeRegression(
        treatment="campaign", outcome="knows_signs", covariates=["age", "woman"], cluster="village", robust=robust
    )
    found = model.fit(pd.read_csv(REFERENCE / "trial.csv"))
    row, there = found.estimates.loc["effect"], R[name]
    assert found.interval == "t"
    assert (row["estimate"], row["std_error"]) == pytest.approx((there["estimate"], there["se"]), rel=1e-9)
    reach = t.ppf(0.975, there["df"]) * there["se"]
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        (row["estimate"] - reach, row["estimate"] + reach), rel=1e-8
    )
    check = next(c for c in found.checks if c.name == "limits")
    assert (check.status, check.numbers["df"]) == ("pass", pytest.approx(there["df"], rel=1e-8))
    assert name in check.message
    wider = found.confidence_interval(0.99).high["effect"]
    assert wider == pytest.approx(row["estimate"] + t.ppf(0.995, there["df"]) * there["se"], rel=1e-6)


def test_two_arms_of_rows_are_welch_by_hand():
    y, a = np.array([1.0, 3, 2, 6, 5, 9, 4]), np.array([0.0, 0, 0, 1, 1, 1, 1])
    found = regression_spread(rows_of(np.column_stack([np.ones(7), a]), y), np.array([0.0, 1.0]), "kauermann_carroll")
    parts = [y[a == arm].var(ddof=1) / (a == arm).sum() for arm in (0, 1)]
    assert found.std_error**2 == pytest.approx(sum(parts))
    # Bell and McCaffrey's degrees of freedom of equal variances, worked out for arms of 3 and 4
    assert found.df == pytest.approx((1 / 3 + 1 / 4) ** 2 / (1 / 9 / 2 + 1 / 16 / 3))


def test_plain_rows_keep_their_error_and_own_shares_add_to_it():
    x, y = np.column_stack([np.ones(6), [0.0, 0, 0, 1, 1, 1]]), np.array([1.0, 2, 6, 3, 4, 8])
    rows, c = rows_of(x, y), np.array([0.0, 1.0])
    plain = (x @ rows.inverse @ c) * rows.residual
    assert regression_spread(rows, c, "none").std_error == pytest.approx(np.sqrt(plain @ plain))
    own = np.array([0.1, -0.1, 0.2, -0.2, 0.0, 0.0])
    both = regression_spread(rows, c, "none", own)
    assert both.std_error == pytest.approx(np.sqrt((plain + own) @ (plain + own)))
    assert both.df <= 5


def test_clustered_shares_are_summed_and_corrected():
    x, y, g = np.ones((6, 1)), np.array([1.0, 2, 6, 3, 4, 8]), np.array([0, 0, 1, 1, 2, 2])
    found = regression_spread(rows_of(x, y, g), np.ones(1), "none", np.full(6, 0.1) * [1, 1, -1, -1, 1, -1])
    sums = np.bincount(g, (y - 4) / 6) + np.array([0.2, -0.2, 0.0])
    assert found.std_error == pytest.approx(np.sqrt(1.5 * sums @ sums))
    assert found.df == pytest.approx(2)


@pytest.mark.parametrize(("count", "small"), [(200, True), (201, False)])
def test_many_clusters_keep_their_normal_limits(count, small):
    rng = np.random.default_rng(1)
    influence, clusters = rng.normal(size=2 * count), np.repeat(np.arange(count), 2)
    found = influence_spread(influence, clusters, columns=2)
    sums = np.bincount(clusters, influence)
    assert found.std_error == pytest.approx(np.sqrt(sums @ sums * count / (count - 1)))
    assert found.small is small is few_units(count)
    assert found.df == (count - 1 if small else np.inf)


@pytest.mark.parametrize(("rows", "small"), [(202, True), (203, False)])
def test_many_rows_without_clusters_keep_their_normal_limits(rows, small):
    influence = np.random.default_rng(2).normal(size=rows)
    plain = float(np.sqrt(influence @ influence))
    found = influence_spread(influence, None, columns=2)
    assert found.df == (200.0 if small else np.inf)
    assert found.std_error == pytest.approx(plain * np.sqrt(rows / 200) if small else plain, rel=1e-14)
    assert influence_spread(influence[:2], None, columns=2).df == 1.0  # one row beyond parameters at the least
    assert influence_spread(influence[:2], np.arange(2), columns=1, inside=np.zeros(2)).df == 1.0


def test_rows_are_counted_beyond_parameters_and_inside_the_group():
    influence = np.array([0.3, -0.3, 0.4, -0.4, 0.0])
    found = influence_spread(influence, None, columns=2, inside=np.array([1.0, 1, 1, 1, 0]))
    assert (found.std_error, found.df) == (pytest.approx(np.sqrt(0.5 * 4 / 2)), 2)
    clustered = influence_spread(influence, np.array([0, 0, 1, 1, 2]), columns=2, inside=np.array([1.0, 1, 1, 1, 0]))
    assert clustered.df == 1


def test_the_check_says_which_limits_and_doubts_very_few():
    few = np.repeat(np.arange(6), 2)
    clusters, limits = check_limits([Spread(1.0, 3.2), Spread(1.0, 5.0)], few, "CR2")
    assert (clusters.name, clusters.status, clusters.numbers["clusters"]) == ("clusters", "review", 6)
    assert "normal" not in clusters.message
    assert (limits.status, limits.numbers) == ("review", {"df": 3.2, "smallest_df": 3.2})
    assert "3.2 degrees of freedom (CR2)" in limits.message
    assert check_limits([Spread(1.0, 4.0)], None, "HC2")[0].status == "pass"
    assert check_limits([Spread(1.0, np.inf)], None, "HC2") == ()
    assert [c.name for c in check_limits([Spread(1.0, np.inf)], np.arange(500) // 2, "CR2")] == ["clusters"]


@pytest.mark.parametrize(
    ("model", "term", "rest"),
    [
        (InverseProbability(treatment="a", outcome="y", covariates=["x"], cluster="v"), "effect", 7),
        (OrderedLogit(outcome="scale", covariates=["a"], cluster="v"), "a", None),
        (PrevalenceRatio(outcome="ill", covariates=["a"]), "a", 118),
    ],
)
def test_every_estimator_reaches_as_far_as_its_degrees_of_freedom(model, term, rest):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": np.arange(120) % 2, "x": rng.normal(size=120), "v": np.arange(120) // 15})
    frame["y"], frame["ill"] = frame["a"] + rng.normal(size=120), (rng.random(120) < 0.4) * 1
    frame["scale"] = np.digitize(frame["y"], [0, 1])
    found = model.fit(frame)
    row = found.estimates.loc[term]
    if rest is None:  # of rows in eight clusters alike, just under the seven that clusters themselves would have
        rest = next(c for c in found.checks if c.name == "limits").numbers["df"]
        assert 6.5 < rest < 7
    assert (row["ci_high"] - row["estimate"]) / row["std_error"] == pytest.approx(t.ppf(0.975, rest))
    assert found.interval == "t"


def test_whole_treated_clusters_are_welch_by_hand():
    rng = np.random.default_rng(4)
    arm, means = np.repeat([0.0, 1.0], [4, 3]), rng.normal(size=7)
    own = np.where(arm == 1, (means - means[4:].mean()) / 3, -(means - means[:4].mean()) / 4)
    rows, village = np.repeat(own / 5, 5), np.repeat(np.arange(7), 5)
    found = arm_spread(rows, village, np.repeat(arm, 5), about=(0, 1))
    by_hand = means[4:].var(ddof=1) / 3 + means[:4].var(ddof=1) / 4
    assert found.std_error == pytest.approx(by_hand**0.5)
    assert found.df == pytest.approx((1 / 4 + 1 / 3) ** 2 / (1 / 16 / 3 + 1 / 9 / 2))
    assert arm_spread(rows, village, np.repeat(arm, 5), about=(1,)).df == pytest.approx(2)
    inside = (village != 6) * 1.0
    assert arm_spread(rows, village, np.repeat(arm, 5), about=(1,), inside=inside).df == pytest.approx(1)


def test_arms_are_not_corrected_apart_where_clusters_are_mixed_many_or_alone():
    own, village = np.full(24, 0.1), np.repeat(np.arange(6), 4)
    mixed = (np.arange(24) % 4 == 0) * 1.0
    assert arm_spread(own, village, mixed, about=(0, 1)) is None
    assert arm_spread(own, village, (village == 0) * 1.0, about=(0, 1)) is None
    assert arm_spread(own, village, (village < 2) * 1.0, about=(0, 1)) is not None
    assert arm_spread(np.zeros(202), np.arange(202), np.arange(202) % 2, about=(0, 1)) is None


def test_a_likelihoods_clusters_are_corrected_as_a_regressions():
    rng = np.random.default_rng(5)
    x = np.column_stack([np.ones(40), rng.normal(size=40)])
    village = np.repeat(np.arange(8), 5)
    rows = rows_of(x, x[:, 1] + rng.normal(size=40), village)
    unit = np.array([0.0, 1.0])
    grams = np.stack([x[village == g].T @ x[village == g] for g in range(8)])
    scores = np.stack([(x * rows.residual[:, None])[village == g].sum(axis=0) for g in range(8)])
    found, same = (
        information_spread(grams, scores, rows.inverse, unit),
        regression_spread(rows, unit, "kauermann_carroll"),
    )
    assert found.std_error == pytest.approx(same.std_error)
    assert found.df == pytest.approx(same.df)


def test_information_by_cluster_adds_up_to_that_of_all():
    rng = np.random.default_rng(6)
    x, village = rng.normal(size=(90, 2)) * [1, 50] + 3, np.arange(90) % 6
    levels = np.digitize(x[:, 0] + rng.logistic(size=90), [2, 4])
    fit = fit_proportional_odds(x, levels, None, village)
    assert fit.grams.shape == (6, 4, 4)
    # sums and an inverse of numbers that differ by 50 squared: ten of sixteen digits are kept
    np.testing.assert_allclose(fit.grams.sum(axis=0), np.linalg.inv(fit.covariance), rtol=1e-6)
    np.testing.assert_array_equal(fit.parameters, fit_proportional_odds(x, levels).parameters)


def test_an_estimate_of_whole_treated_clusters_says_so_and_reaches_as_far():
    rng = np.random.default_rng(7)
    village = np.repeat(np.arange(6), 20)
    frame = pd.DataFrame({"a": village % 2, "x": rng.normal(size=120), "v": village})
    frame["y"] = frame["a"] + frame["x"] + rng.normal(size=6)[village] + rng.normal(size=120)
    for model in (InverseProbability, DoublyRobustEffect):
        found = model(treatment="a", outcome="y", covariates=["x"], cluster="v").fit(frame)
        row = found.estimates.loc["effect"]
        assert (row["ci_high"] - row["estimate"]) / row["std_error"] == pytest.approx(t.ppf(0.975, 4))
        assert "errors by arm" in next(c for c in found.checks if c.name == "limits").message


def test_mediation_without_a_mediators_share_is_the_regression_with_corrected_clusters():
    """Where treatment does not touch the mediator's coefficient, the total effect is one coefficient of two models."""
    rng = np.random.default_rng(8)
    village = np.repeat(np.arange(8), 12)
    a, debt = village % 2, rng.normal(size=96)
    frame = pd.DataFrame({"a": a, "debt": debt, "v": village})
    frame["y"] = a + debt + rng.normal(size=8)[village] * 0.5 + rng.normal(size=96)
    found = Mediation(treatment="a", mediator="debt", outcome="y", covariates=[], cluster="v").fit(frame)
    plain = OutcomeRegression(treatment="a", outcome="y", covariates=[], cluster="v").fit(frame)
    total, effect = found.estimates.loc["total"], plain.estimates.loc["effect"]
    assert total["estimate"] == pytest.approx(effect["estimate"])
    # both are the difference of two arms, one through the mediator's mean: the leverages differ a little
    assert total["std_error"] == pytest.approx(effect["std_error"], rel=0.05)
    assert "CR2" in next(c for c in found.checks if c.name == "limits").message
