"""Small numerical pieces against formulas worked out another way."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from ctresearch.causes import CausalGraph
from ctresearch.causes.bounds.bounds_summary import summarise_bounds
from ctresearch.causes.bounds.subset_regressions import SubsetFits
from ctresearch.causes.effects.effect_equations import arm_mean, in_target, target_weights
from ctresearch.causes.graph.detection import graph_checks
from ctresearch.causes.table.balance import balance_table, check_balance, check_overlap, overlap_table
from ctresearch.causes.table.checkpoint import Checkpoint
from ctresearch.causes.table.effect_result import limits
from ctresearch.core import FitError, SpecificationError
from ctresearch.stats.regression.generalized_linear import mean_of, slope_of
from ctresearch.stats.regression.influence import check_clusters, regression_share, standard_error


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_slopes_are_the_derivatives_of_means(family):
    at = np.linspace(-3, 3, 13)
    step = 1e-6
    by_difference = (mean_of(family, at + step) - mean_of(family, at - step)) / (2 * step)
    np.testing.assert_allclose(slope_of(family, mean_of(family, at)), by_difference, rtol=1e-6)  # error of step squared


@pytest.mark.parametrize("estimand", ["ate", "att", "atc"])
@pytest.mark.parametrize("arm", [0, 1])
def test_target_weights_and_their_slopes(estimand, arm):
    logit = np.linspace(-2, 2, 9)
    chance = 1 / (1 + np.exp(-logit))
    own = chance if arm else 1 - chance
    target = {"ate": np.ones(9), "att": chance, "atc": 1 - chance}[estimand]
    weight, slope = target_weights(estimand, chance, arm)
    np.testing.assert_allclose(weight, target / own)  # density of the target over that of the arm
    step = 1e-6
    above = target_weights(estimand, 1 / (1 + np.exp(-logit - step)), arm)[0]
    below = target_weights(estimand, 1 / (1 + np.exp(-logit + step)), arm)[0]
    np.testing.assert_allclose(slope, (above - below) / (2 * step), atol=1e-6)  # error of a central difference


def test_influence_values_sum_to_nothing_and_shift_with_the_outcome():
    rng = np.random.default_rng(1)
    y, a, chance = rng.normal(size=50), rng.integers(0, 2, 50).astype(float), rng.uniform(0.2, 0.8, 50)
    options = {"arm": 1, "estimand": "ate", "chance": chance, "predicted": np.zeros(50)}
    one = arm_mean(y, a, np.ones(50), **options)
    other = arm_mean(y + 5, a, np.ones(50), **options)
    assert one.influence.sum() == pytest.approx(0, abs=1e-12)
    assert other.value == pytest.approx(one.value + 5)
    np.testing.assert_allclose(one.influence, other.influence, atol=1e-12)
    assert one.row_weights.sum() == pytest.approx(1)
    assert in_target("atc", a).sum() == 50 - a.sum()


def test_the_error_of_a_mean_is_the_textbook_one_and_clusters_add_up_first():
    y = np.array([1.0, 2.0, 4.0, 7.0])
    influence = (y - y.mean()) / 4
    assert standard_error(influence) == pytest.approx(y.std() / 2)
    paired = standard_error(influence, np.array([0, 0, 1, 1]))
    sums = np.array([influence[:2].sum(), influence[2:].sum()])
    assert paired == pytest.approx(np.sqrt(2 * (sums**2).sum()))
    assert limits(1.0, 2.0, 0.9)[3] == pytest.approx(1 + 2 * norm.ppf(0.95))
    assert limits(1.0, 2.0, 0.9, 4.0)[3] == pytest.approx(1 + 2 * t.ppf(0.95, 4))
    assert check_clusters(None) == ()
    assert check_clusters(np.repeat(np.arange(40), 2))[0].status == "pass"


def test_regression_shares_rebuild_the_sandwich():
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    residual, inverse = rng.normal(size=30), np.linalg.inv(x.T @ x)
    sandwich = inverse @ (x.T * residual**2) @ x @ inverse
    for place, one in enumerate(np.eye(3)):
        share = regression_share(x, residual, inverse, one)
        assert share @ share == pytest.approx(sandwich[place, place])


def test_balance_is_the_difference_in_pooled_deviations():
    rng = np.random.default_rng(3)
    x, a = rng.normal(size=100), np.repeat([0.0, 1.0], 50)
    x[50:] += 1
    design = np.column_stack([np.ones(100), x, np.full(100, 2.0)])
    table = balance_table(design, ["constant", "x", "same"], a, np.ones(100), ((1 - a) / 50, a / 50))
    pooled = np.sqrt((x[:50].var() + x[50:].var()) / 2)
    assert table.loc["x", "before"] == pytest.approx((x[50:].mean() - x[:50].mean()) / pooled)
    assert table.loc["x", "after"] == pytest.approx(table.loc["x", "before"])
    assert table.loc["same"].tolist() == [0, 0]
    assert check_balance(table).status == "review"
    assert check_balance(table.iloc[:0]).status == "pass"


def test_the_balance_of_a_year_does_not_drown_in_its_square():
    a = np.repeat([0.0, 1.0], 50)
    year = 1e9 + np.tile([0.0, 1.0], 50) + a
    table = balance_table(
        np.column_stack([np.ones(100), year]), ["constant", "year"], a, np.ones(100), ((1 - a) / 50, a / 50)
    )
    assert table.loc["year", "before"] == pytest.approx(2.0)  # a difference of 1, a deviation of a half


@pytest.mark.parametrize(("estimand", "refused"), [("ate", True), ("att", False), ("atc", True)])
def test_a_chance_of_nought_matters_only_to_targets_that_hold_it(estimand, refused):
    a = np.tile([0.0, 1.0], 50)
    chance = np.where(np.arange(100) == 0, 1e-12, 0.5)
    weights = ((1 - a) / 50, a / 50)
    if refused:
        with pytest.raises(FitError, match="there is no overlap"):
            check_overlap(chance, a, estimand, weights)
    else:
        assert check_overlap(chance, a, estimand, weights).status == "pass"


def test_the_overlap_table_counts_everybody_once():
    rng = np.random.default_rng(4)
    chance, a = rng.random(200), rng.integers(0, 2, 200).astype(float)
    table = overlap_table(chance, a, bins=8)
    assert len(table) == 8
    assert table[["untreated", "treated"]].sum().tolist() == pytest.approx([1, 1])


def test_bounds_of_three_regressions_by_hand():
    fits = SubsetFits(np.array([1.0, 2.0, np.nan]), np.array([0.5, 1.0, np.nan]), np.array([0.0, -np.log(3), np.nan]))
    found = summarise_bounds(fits, 2.0, by_likelihood=True)  # weights 3/4 and 1/4
    assert (found.mean, found.low, found.high) == pytest.approx((1.25, 0.0, 4.0))
    assert found.cdf_normal == pytest.approx(norm.cdf(1.25 / np.sqrt(0.75 * 0.25 + 0.25)))
    assert found.cdf_generic == pytest.approx(norm.cdf(2))
    assert (found.regressions, found.skipped, found.robust) == (2, 1, False)
    nothing = summarise_bounds(SubsetFits(*(np.array([np.nan]),) * 3), 2.0, by_likelihood=False)
    assert np.isnan(nothing.mean)
    assert not nothing.robust


def test_a_chunk_is_there_whole_or_not_at_all(tmp_path):
    kept = Checkpoint(tmp_path / "work", "key")
    (tmp_path / "work" / ".chunk-000000.npy.999").write_bytes(b"torn")  # what a kill in the middle leaves
    assert kept.load(0) is None
    kept.save(0, np.arange(3.0))
    assert Checkpoint(tmp_path / "work", "key").load(0).tolist() == [0, 1, 2]
    with pytest.raises(SpecificationError, match="other data or options"):
        Checkpoint(tmp_path / "work", "another")


def test_a_graph_with_detection_speaks_up_by_itself():
    graph = CausalGraph("a -> b; b -> s; selected: s")
    by_itself = {c.name: c for c in graph_checks(graph, None, "a", "b", [])}
    assert by_itself["adjustment"].status == "fail"
    assert "All rows are detected cases" in by_itself["detection"].message
    assert "none for the odds ratio" in by_itself["detection"].message
    as_outcome = {c.name: c for c in graph_checks(graph, "outcome", "a", "b", [])}
    assert as_outcome["detection"].message.endswith("ratio: none.")
    assert graph_checks(None, None, "a", "b", []) == ()


def test_an_instrument_is_named_but_not_refused():
    graph = CausalGraph("z -> a; a -> b; c -> a; c -> b")
    (check,) = graph_checks(graph, None, "a", "b", ["z", "c"])
    assert check.status == "pass"


def test_frames_are_left_as_they_were():
    from ctresearch.causes import InverseProbability

    frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": np.arange(80.0)})
    before = frame.copy()
    InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
    pd.testing.assert_frame_equal(frame, before)
