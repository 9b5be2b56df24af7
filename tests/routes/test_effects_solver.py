"""Few fixed effects are solved for directly, many by gradients: both give the same."""

import numpy as np
import pytest

from ctresearch.routes.gravity import effects_solver
from ctresearch.routes.gravity.effects_solver import fitted_effects, read_effects


@pytest.mark.parametrize("weightless", [0.0, 0.3])
def test_both_ways_leave_the_same(monkeypatch, weightless):
    rng = np.random.default_rng(3)
    codes = [np.concatenate([np.arange(n), rng.integers(0, n, 200 - n)]) for n in (40, 30, 5)]
    effects, columns = read_effects(codes), rng.normal(size=(200, 2))
    weights = rng.gamma(0.5, size=200) * (rng.random(200) >= weightless)
    left = []
    for few in (600, 0):
        monkeypatch.setattr(effects_solver, "_FEW_LEVELS", few)
        left.append((columns - effects.design @ fitted_effects(columns, weights, effects)) * weights[:, None])
    assert np.abs(left[0] - left[1]).max() < 1e-8  # each stops at a residual of 1e-11 of the equations
    full = effects.design.toarray() * np.sqrt(weights)[:, None]
    peer = columns - effects.design @ np.linalg.lstsq(full, columns * np.sqrt(weights)[:, None], rcond=1e-12)[0]
    assert np.abs(left[0] - peer * weights[:, None]).max() < 1e-8


def test_what_does_not_settle_directly_is_left_to_gradients(monkeypatch):
    monkeypatch.setattr(effects_solver, "_MOST_REFINED", 0)
    effects = read_effects([np.array([0, 0, 1])])
    found = fitted_effects(np.array([[1.0], [3.0], [5.0]]), np.ones(3), effects)
    assert found.round(6).ravel().tolist() == [2.0, 5.0]
