"""An effect that changes along a covariate is seen to, with honest errors."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ctresearch.causes import DoublyRobustEffect
from ctresearch.core import DataError, SpecificationError

ROLES = {"treatment": "a", "outcome": "y", "covariates": ["x", "z"]}
SLOPE = 0.7


def draw(n, seed, bent=False):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    a = (rng.random(n) < 1 / (1 + np.exp(-0.6 * x + 0.4 * z))) * 1
    y = (1 + SLOPE * x) * a + x - z + (0.5 * x**2 if bent else 0) + rng.normal(size=n)
    return pd.DataFrame({"a": a, "x": x, "z": z, "y": y})


def slopes(frame, **options):
    return DoublyRobustEffect(**ROLES, along=["x", "z"], **options).fit(frame).estimates.loc[["slope[x]", "slope[z]"]]


def test_regressions_with_the_right_line_give_its_slope():
    frame = draw(400, 1).assign(y=lambda d: (1 + SLOPE * d["x"]) * d["a"] + d["x"])
    frame["y"] += 1e-4 * np.random.default_rng(2).normal(size=400)  # next to no noise; a perfect fit would be refused
    assert slopes(frame)["estimate"].tolist() == pytest.approx([SLOPE, 0], abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("bent", [False, True])
def test_errors_are_those_of_repeated_samples(bent):
    found = [slopes(draw(600, seed, bent)) for seed in range(200)]
    points = np.array([one["estimate"] for one in found])
    errors = np.array([one["std_error"] for one in found]).mean(axis=0)
    spread = points.std(axis=0)
    assert (np.abs(points.mean(axis=0) - [SLOPE, 0]) < 4 * spread / np.sqrt(200)).all()
    # a spread of 200 draws is known to 5 %; four of these
    np.testing.assert_allclose(errors, spread, rtol=0.2)


def test_learners_give_the_slope_too():
    learner = (LinearRegression(), LogisticRegression())
    found = slopes(draw(4_000, 3), learner=learner, folds=2)
    assert (np.abs(found["estimate"] - [SLOPE, 0]) < 4 * found["std_error"]).all()


def test_survey_weights_and_clusters_count():
    frame = draw(500, 4).assign(w=lambda d: 1 + (d["x"] > 0), person=range(500))
    once = slopes(frame, weights="w", cluster="person")
    plain = slopes(frame)
    assert not np.allclose(once["estimate"], plain["estimate"])
    doubled = slopes(pd.concat([frame, frame]), weights="w", cluster="person")
    np.testing.assert_allclose(doubled["estimate"], once["estimate"], rtol=1e-6)
    np.testing.assert_allclose(doubled["std_error"], once["std_error"], rtol=1e-6)  # copies add no information


def test_groups_and_slopes_stand_together():
    frame = draw(400, 5).assign(g=lambda d: np.where(d["z"] > 0, "high", "low"))
    table = DoublyRobustEffect(**ROLES, along=["x"], by="g").fit(frame).estimates
    assert table.loc["slope[x]", "group"] == "all"


def test_what_cannot_be_seen_is_refused():
    frame = draw(200, 6).assign(same=1.0, twice=lambda d: 2 * d["x"], word="a")
    for along, says in {("same",): "constant", ("x", "twice"): "combination", ("word",): "must hold numbers"}.items():
        with pytest.raises(DataError, match=says):
            DoublyRobustEffect(**ROLES, along=along).fit(frame)
    with pytest.raises(SpecificationError, match="estimand 'ate'"):
        DoublyRobustEffect(**ROLES, along=["x"], estimand="att")
