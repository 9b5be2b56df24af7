"""Influence functions against what they stand for: the derivative of an estimate in the weight of one unit."""

import numpy as np
import pytest

from ctresearch.policy import StaggeredAdoption, simulate_adoption
from ctresearch.policy.adoption.leave_one_out import left_out_moves
from ctresearch.policy.adoption.read_adoptions import read_adoptions
from ctresearch.policy.adoption.sections import FourGroups, four_groups
from ctresearch.policy.adoption.summaries import summaries
from ctresearch.policy.adoption.two_periods import METHODS, compare, difference

STEP = 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_two_periods_have_the_influence_of_their_weights(method):
    rng = np.random.default_rng(3)
    treated, x = rng.random(60) < 0.4, rng.standard_normal((60, 2))
    change = (x @ [0.5, -0.2] + treated + rng.standard_normal(60))[:, None]

    def effect(weights):
        return difference(compare(treated, weights, x, method), change, method)

    whole = effect(np.ones(60))
    assert whole.influence.mean(axis=0) == pytest.approx(0, abs=1e-9)
    for unit in (0, 7, 31):
        more, less = np.ones(60), np.ones(60)
        more[unit] += STEP
        less[unit] -= STEP
        slope = (effect(more).effect - effect(less).effect) / (2 * STEP) * 60
        assert slope == pytest.approx(whole.influence[unit], abs=1e-6)  # central differences err by about STEP squared


@pytest.mark.parametrize("method", METHODS)
def test_four_groups_have_the_influence_of_their_weights(method):
    """DRDID 1.2.3 adds two terms here whose signs differ: with covariates its errors are off by a thousandth."""
    rng = np.random.default_rng(4)
    arm, after, x = rng.random(200) < 0.4, rng.random(200) < 0.5, rng.standard_normal(200)
    y = x * (1 + 0.5 * after) + arm * after + rng.standard_normal(200)
    design = np.column_stack([np.ones(200), x])

    def effect(weights):
        return four_groups(FourGroups(y, arm, after, weights, design), method)

    _, influence = effect(np.ones(200))
    for unit in np.flatnonzero(arm)[:2].tolist() + np.flatnonzero(~arm)[:2].tolist() + [50, 120]:
        more, less = np.ones(200), np.ones(200)
        more[unit] += STEP
        less[unit] -= STEP
        slope = (effect(more)[0] - effect(less)[0]) / (2 * STEP) * 200
        assert slope == pytest.approx(influence[unit], abs=1e-6)


@pytest.mark.parametrize("term", ["simple", "dynamic", "group", "calendar"])
def test_averages_have_the_influence_of_their_weights(term):
    panel, _ = read_adoptions(simulate_adoption(units=40, seed=5), control="never", anticipation=0)
    model = StaggeredAdoption(method="regression")
    whole = summaries(model._again(panel))
    place = int(np.flatnonzero(whole.of(term))[0])
    for unit in (0, 11, 23):
        ends = []
        for step in (STEP, -STEP):
            weights = np.ones(40)
            weights[unit] += step
            changed = panel.__class__(**{**fields_of(panel), "weights": weights})
            ends.append(summaries(model._again(changed)).effect[place])
        slope = (ends[0] - ends[1]) / (2 * STEP) * 40
        assert slope == pytest.approx(whole.influence[unit, place], abs=1e-6)


def fields_of(panel):
    """Return the arrays of a panel by name."""
    return {name: getattr(panel, name) for name in ("outcome", "first", "times", "weights", "clusters", "covariates")}


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_leaving_out_all_at_once_is_leaving_out_one_by_one(control, missing):
    data = simulate_adoption(units=18, treated=8, cohorts=(4, 6, 7, 9, 9), periods=12, sizes=1, missing=missing, seed=2)
    panel, _ = read_adoptions(data, control=control, anticipation=0)
    model = StaggeredAdoption(control=control)
    estimated = model._again(panel)
    whole = summaries(estimated)
    one_by_one, at_once = left_out_moves(panel, whole, model._again), model._left_out(panel, estimated, whole)
    assert np.array_equal(np.isnan(one_by_one), np.isnan(at_once))
    assert np.nanmax(np.abs(one_by_one - at_once)) < 1e-12
