"""Inference from few clusters agrees with outside values and with the long way, and has the size that it claims."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.data.synthetic import campaign_trial
from ctresearch.programmes import ClusterTrial, SteppedWedge
from ctresearch.programmes.trials.trial_table import read_trial
from ctresearch.stats.clusters.estimating_equations import cluster_sums, fit_clustered
from ctresearch.stats.clusters.linear_bootstrap import LinearBootstrap
from ctresearch.stats.clusters.restricted_likelihood import fit_mixed
from ctresearch.stats.clusters.score_bootstrap import ScoreBootstrap
from ctresearch.stats.clusters.wild_bootstrap import draw_weights, wild_bootstrap
from ctresearch.stats.regression.generalized_linear import fit_regression
from programmes.outside import SMALL, table

TRIAL = {"outcome": "knows_signs", "treatment": "campaign", "cluster": "village"}
SEARCHED = 2e-6  # R stops its search for variances at about this
# WildboottestCL(X=design, Y=outcome - effect * treatment, cluster=clusters, R=last, B=99999, seed=1) of wildboottest
# 0.3.2 on `uneven` below, with get_scores("31", impose_null=True) and Rademacher weights, all 4,096 of them: effect, t
# and p-value
WILDBOOTTEST = [
    (0.0, 0.8449224200665539, 0.4501953125),
    (-0.2, 2.9717856733599484, 0.0341796875),
    (0.35, -2.8770882731968825, 0.01611328125),
]


@pytest.fixture(scope="module")
def trial():
    return table("trial")


@pytest.fixture(scope="module")
def uneven(trial):
    """Villages of 3, 5, ..., 25 people."""
    place = trial.groupby("village").cumcount() + 1
    return trial[place <= 2 * (pd.factorize(trial["village"], sort=True)[0] + 1) + 1]


def test_kenward_roger_is_that_of_pbkrtest(trial, uneven):
    place = trial.groupby("village").cumcount() + 1
    even = trial.assign(even=place % 5 + 0.3 * trial["campaign"])
    tables = {
        "trial": read_trial(trial, **TRIAL, covariates=["age", "woman"]),
        "uneven": read_trial(uneven, **TRIAL),
        "wedge": read_trial(table("wedge"), **TRIAL, period="quarter", covariates=["age"]),
        "zero": read_trial(even, outcome="even", treatment="campaign", cluster="village"),
    }
    for name, rows in tables.items():
        fit, there = fit_mixed(rows, by_period=name == "wedge", df="kenward-roger"), SMALL[name]
        assert fit.coefficients[-1] == pytest.approx(there["estimate"], rel=SEARCHED)
        assert (fit.std_error, fit.df) == pytest.approx((there["se"], there["df"]), rel=SEARCHED)
        assert fit.at_zero == there["singular"]


def test_kenward_roger_reaches_the_table_of_tests(trial):
    found = ClusterTrial(**TRIAL, covariates=["age", "woman"], method="mixed", df="kenward-roger", age=None).fit(trial)
    there, test = SMALL["trial"], found.tests.set_index("test").loc["t"]
    assert (test["df"], test["p_value"]) == pytest.approx((there["df"], there["p"]), rel=SEARCHED)
    assert found.estimates.loc["effect", "std_error"] == pytest.approx(there["se"], rel=SEARCHED)
    wedge = SteppedWedge(**TRIAL, period="quarter", covariates=["age"], df="kenward-roger", age=None).fit(
        table("wedge")
    )
    assert wedge.tests["p_value"].iloc[0] == pytest.approx(SMALL["wedge"]["p"], rel=SEARCHED)


def test_the_wild_bootstrap_is_that_of_wildboottest(uneven):
    rows = read_trial(uneven, **TRIAL, covariates=["age"])
    found = wild_bootstrap(rows.design, rows.outcome, rows.clusters)
    people, columns = rows.design.shape
    scale = 12 / 11 * (people - 1) / (people - columns)  # the peer's factor of the variance
    for effect, t, p_value in WILDBOOTTEST:
        squared = found.statistics(np.ones((1, 12)), found.lines[0] - effect * found.lines[1])[0] / scale
        assert squared == pytest.approx(t**2, rel=1e-9)
        assert found.p_value(effect) == p_value


def test_the_wild_bootstrap_is_what_the_long_way_gives(trial):
    rows = read_trial(trial, **TRIAL, covariates=["age"])
    x, y, g = rows.design, rows.outcome, rows.clusters
    found = wild_bootstrap(x, y, g)
    bread, base = np.linalg.inv(x.T @ x), x[:, :-1]

    def t_of(outcome):
        beta = bread @ x.T @ outcome
        scores = np.array([x[g == c].T @ (outcome - x @ beta)[g == c] for c in range(12)])
        return beta[-1] / np.sqrt((bread @ scores.T @ scores @ bread)[-1, -1])

    left_out = np.concatenate(
        [(y - base @ np.linalg.lstsq(base[g != c], y[g != c], rcond=None)[0])[g == c] for c in range(12)]
    )[np.argsort(np.argsort(g, kind="stable"))]
    null = base @ np.linalg.lstsq(base, y, rcond=None)[0]
    some = np.random.default_rng(1).choice(2047, 40, replace=False)
    long_way = [t_of(null + found.weights[i][g] * left_out) ** 2 for i in some]
    np.testing.assert_allclose(found.statistics(found.weights[some], found.left_out[0]), long_way, rtol=1e-8)
    signs = np.vstack([found.weights, -found.weights, np.ones(12), -np.ones(12)])
    assert len({tuple(row) for row in signs}) == 4096


def test_the_score_bootstrap_of_least_squares_is_the_wild_bootstrap(uneven):
    rows = read_trial(uneven, **TRIAL, covariates=["age"])
    data, weights = (rows.design, rows.outcome, rows.clusters), draw_weights(12, 99, 0)
    wild, score = wild_bootstrap(*data), ScoreBootstrap(*data, "linear", "independence", weights)
    assert [score.p_value(e) for e in (-0.3, 0.0, 0.2)] == [wild.p_value(e) for e in (-0.3, 0.0, 0.2)]


@pytest.mark.parametrize("correlation", ["exchangeable", "independence"])
def test_sums_by_cluster_give_what_rows_give(uneven, correlation):
    rows = read_trial(uneven, **TRIAL, covariates=["age"])
    data, weights = (rows.design, rows.outcome, rows.clusters), draw_weights(12, 99, 0)
    by_sums = LinearBootstrap(cluster_sums(*data), correlation, weights)
    by_rows = ScoreBootstrap(*data, "linear", correlation, weights)
    assert [by_sums.p_value(e) for e in (-0.3, 0.0, 0.2)] == [by_rows.p_value(e) for e in (-0.3, 0.0, 0.2)]


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_the_score_bootstrap_is_what_the_long_way_gives(uneven, family):
    rows = read_trial(uneven, **TRIAL, covariates=["age"])
    x, y, g = rows.design, rows.outcome, rows.clusters
    effect, weights = 0.4, draw_weights(12, 99, 0)
    null = fit_regression(x[:, :-1], y, family, offset=effect * x[:, -1])
    slope = null.fitted * (1 - null.fitted) if family == "logistic" else null.fitted
    rooted, rest = x * np.sqrt(slope)[:, None], (y - null.fitted) / np.sqrt(slope)
    p_value = wild_bootstrap(rooted, rest, g).p_value()  # least squares of one step of Newton's method
    assert ScoreBootstrap(x, y, g, family, "independence", weights).p_value(effect) == p_value


@pytest.mark.parametrize(
    ("family", "correlation"), [("linear", "exchangeable"), ("logistic", "exchangeable"), ("poisson", "independence")]
)
def test_limits_of_the_wild_bootstrap_are_where_the_p_value_is_the_level(uneven, family, correlation):
    model = ClusterTrial(**TRIAL, family=family, correlation=correlation, interval="wild bootstrap", age=None)
    result = model.fit(uneven)
    found, rows = result.tests.set_index("test").loc["wild bootstrap"], read_trial(uneven, **TRIAL)
    test = ScoreBootstrap(rows.design, rows.outcome, rows.clusters, family, correlation, draw_weights(12, 99, 0))
    width = found["ci_high"] - found["ci_low"]
    for limit, out in ((found["ci_low"], -1), (found["ci_high"], 1)):
        assert test.p_value(limit + out * 1e-6 * width) <= 0.05 < test.p_value(limit - out * 1e-6 * width)
    assert result.estimates.loc["effect", "ci_low"] == found["ci_low"] < found["estimate"] < found["ci_high"]


def test_a_column_of_one_cluster_takes_what_is_its_own(trial):
    alone = trial.assign(first=(trial["village"] == "v01") * 1)
    far = alone.assign(knows_signs=alone["knows_signs"] + 1000 * alone["first"])
    found = [
        ClusterTrial(**TRIAL, covariates=["first"], age=None).fit(f).tests.set_index("test").loc["wild bootstrap"]
        for f in (alone, far)
    ]
    assert np.isfinite(found[0]["ci_high"])
    # rounding of outcomes a thousand times as large
    assert found[1][["estimate", "ci_low", "p_value"]].tolist() == pytest.approx(
        found[0][["estimate", "ci_low", "p_value"]].tolist(), abs=1e-6
    )


def test_few_clusters_draw_six_weights_and_say_what_they_cannot_reject():
    frame = campaign_trial(6, 20, effect=0.0, seed=2).frame
    found = ClusterTrial(**TRIAL, age=None, draws=199).fit(frame).tests.set_index("test").loc["wild bootstrap"]
    assert found["p_value"] * 200 == pytest.approx(round(found["p_value"] * 200))
    assert len(np.unique(draw_weights(6, 199, 0))) == 6


def test_a_correlation_that_swings_between_two_values_settles():
    rng, clusters = np.random.default_rng([174, 476]), 12  # found by search: swung at the edge of the allowed range
    sizes = np.round(np.geomspace(5, 80, clusters)).astype(int)
    order = rng.permutation(clusters)
    g = np.repeat(np.arange(clusters), sizes)
    share = rng.beta(0.35 * 19, 0.65 * 19, clusters)
    arm = (order < 6)[g] * 1.0
    y = (rng.random(len(g)) < share[g]) + 0.4 * 0.48 * arm
    fit = fit_clustered(np.column_stack([np.ones(len(g)), arm]), y, g, "linear", "exchangeable")
    assert np.abs(fit.scores.sum(axis=0)).max() < 1e-6 * len(g)
    assert fit.correlation < 0


def test_a_correlation_that_creeps_settles_where_statsmodels_does():
    sizes = np.array([400, 10, 25, 32, 29, 18, 19, 3, 3, 19, 5, 27, 9])
    g, rng = np.repeat(np.arange(13), sizes), np.random.default_rng(8)  # found by search: takes more than 100 steps
    y = rng.normal(size=13)[g] * 0.1 + rng.normal(size=len(g))
    design = np.column_stack([np.ones(len(g)), g % 2])
    fit = fit_clustered(design, y, g, "linear", "exchangeable")
    # GEE(y, design, groups=g, cov_struct=Exchangeable()).fit(maxiter=5000, ctol=1e-12) of statsmodels 0.15.0, 130 steps
    creeping = 1e-7  # both stop at a small step, about a tenth of what is left of the way
    assert fit.coefficients == pytest.approx([-0.048966070177487324, -0.05079915413762143], rel=creeping)
    assert fit.correlation == pytest.approx(0.013756276461416073, rel=creeping)
    error = np.sqrt(np.diag(fit.bread @ (fit.scores.T @ fit.scores) @ fit.bread))
    assert error == pytest.approx([0.08836919027037853, 0.15158745311199073], rel=creeping)


def test_the_committed_sizes_of_tests_are_those_claimed():
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "coverage_programmes.csv"
    sizes = pd.read_csv(path)
    assert (sizes["runs"] == 2000).all()
    wild = sizes[sizes["test"] == "wild bootstrap"]
    assert len(wild) == 6
    assert wild["value"].between(0.035, 0.065).all()
    odds = sizes[sizes["test"] == "wild bootstrap, log odds"]
    assert len(odds) == 4
    assert odds["value"].between(0.035, 0.065).all()
    kenward = sizes[sizes["test"] == "mixed model, Kenward-Roger"]
    assert len(kenward) == 6
    assert (kenward["value"] <= 0.065).all()
