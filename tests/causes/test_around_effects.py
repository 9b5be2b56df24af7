"""What stands around an effect: negative controls, imputation, and the ready graph of vulnerability."""

import numpy as np
import pytest

from causes.lalonde_like import COVARIATES, confounded
from ctresearch.causes import (
    DoublyRobustEffect,
    InverseProbability,
    migrant_vulnerability,
    negative_control,
    pool_imputations,
    vulnerability_map,
)
from ctresearch.core import DataError, Result

ROLES = {"treatment": "treated", "covariates": COVARIATES}


def controls(hidden):
    frame = confounded(4_000, 1, hidden=hidden)
    rng = np.random.default_rng(2)
    earlier = frame["outcome"] - 2 * frame["treated"] + rng.normal(size=4_000)  # the same causes, but no effect
    fit = DoublyRobustEffect(**ROLES, outcome="outcome").fit(frame)
    return fit, DoublyRobustEffect(**ROLES, outcome="earlier").fit(frame.assign(earlier=earlier))


def test_a_negative_control_shows_hidden_confounding_and_only_that():
    assert negative_control(*controls(hidden=0.0)).status == "pass"
    failed = negative_control(*controls(hidden=1.0))
    assert failed.status == "fail"
    assert failed.numbers["control"] > 0.2


def test_a_negative_control_must_be_the_same_analysis():
    frame = confounded(500, 1)
    one = DoublyRobustEffect(**ROLES, outcome="outcome").fit(frame)
    with pytest.raises(ValueError, match="same method"):
        negative_control(one, InverseProbability(**ROLES, outcome="outcome").fit(frame))


def imputed(count, spread=1.0):
    frame = confounded(400, 1)
    rng = np.random.default_rng(3)
    gone = rng.random(400) < 0.3
    for _ in range(count):
        made = frame.assign(age=frame["age"].where(~gone, rng.normal(0, spread, 400)))
        yield InverseProbability(**ROLES, outcome="outcome").fit(made)


def test_pooling_follows_rubins_rules():
    results = list(imputed(5))
    points = np.array([r.estimates.loc["effect", "estimate"] for r in results])
    within = np.mean([r.estimates.loc["effect", "std_error"] ** 2 for r in results])
    row = pool_imputations(results).estimates.loc["effect"]
    assert row["estimate"] == pytest.approx(points.mean())
    assert row["std_error"] == pytest.approx(np.sqrt(within + 1.2 * points.var(ddof=1)))
    assert row["ci_high"] - row["estimate"] > 1.96 * row["std_error"]  # t, not normal
    assert Result.from_dict(pool_imputations(results).to_dict()) == pool_imputations(results)


def test_identical_imputations_add_nothing():
    (one,) = imputed(1)
    pooled = pool_imputations([one, one, one])
    np.testing.assert_allclose(pooled.estimates["std_error"], one.estimates["std_error"])
    np.testing.assert_allclose(pooled.estimates["ci_low"], one.estimates["ci_low"])


def test_different_analyses_are_not_pooled():
    (one,) = imputed(1)
    with pytest.raises(DataError, match="at least 2"):
        pool_imputations([one])
    other = DoublyRobustEffect(**ROLES, outcome="outcome").fit(confounded(400, 1))
    with pytest.raises(DataError, match="must agree in method"):
        pool_imputations([one, other])


def test_the_ready_graph_has_four_levels_both_sides_and_detection():
    graph, table = migrant_vulnerability(), vulnerability_map()
    assert set(table.index) == set(graph.graph.nodes)
    assert {"individual", "household", "community", "structural"} <= set(table["level"])
    assert (table["side"] == "demand").sum() == 3
    assert graph.selected == {"detected"}
    assert graph.adjustment_sets("debt", "exploitation") == ()  # detected cases alone do not identify it
    assert len(graph.plot("debt", "exploitation").texts) >= len(table)
