"""A prediction is judged, and gives no chance of any person away."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import RiskModel
from ctresearch.causes.models.prediction import area_under_curve, calibration_line, decision_curve
from ctresearch.core import DataError, SpecificationError


def draw(n, seed=1):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    chance = 1 / (1 + np.exp(-(-1 + x)))
    return pd.DataFrame({"x": x, "z": z, "chance": chance, "y": (rng.random(n) < chance) * 1})


def test_the_area_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(2)
    chance, y = rng.integers(0, 6, 60) / 6, rng.integers(0, 2, 60).astype(float)
    pairs = chance[y == 1][:, None] - chance[y == 0][None]
    area, error = area_under_curve(chance, y)
    assert area == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean(), rel=1e-12)
    score = (pairs > 0) + 0.5 * (pairs == 0)
    known = score.mean(axis=1).var(ddof=1) / score.shape[0] + score.mean(axis=0).var(ddof=1) / score.shape[1]
    assert error == pytest.approx(np.sqrt(known), rel=1e-12)  # the structural components, written out


def test_a_true_chance_is_calibrated_and_one_that_is_too_bold_is_not():
    frame = draw(20_000)
    y = frame["y"].to_numpy(dtype=float)
    values, errors = calibration_line(frame["chance"].to_numpy(), y)
    assert (np.abs(values - [0, 1]) < 4 * errors).all()
    odds = np.log(frame["chance"] / (1 - frame["chance"]))
    bold = (1 / (1 + np.exp(-2 * odds))).to_numpy()
    assert calibration_line(bold, y)[0][1] == pytest.approx(values[1] / 2, rel=1e-6)


def test_net_benefit_is_that_of_its_formula():
    chance, y = np.array([0.1, 0.3, 0.6, 0.9]), np.array([0.0, 1, 0, 1])
    row = decision_curve(chance, y, [0.25]).iloc[0]
    assert row["model"] == pytest.approx(2 / 4 - 1 / 4 * (0.25 / 0.75))
    assert row["everybody"] == pytest.approx(0.5 - 0.5 * (0.25 / 0.75))


def test_predictors_that_say_nothing_predict_nothing():
    frame = draw(2_000, 3)
    useless = RiskModel(outcome="y", predictors=["z"]).fit(frame).estimates.loc["auc"]
    useful = RiskModel(outcome="y", predictors=["x"]).fit(frame).estimates.loc["auc"]
    # a fit to noise ranks the held-out rows a little below chance; four standard errors allow for it
    assert abs(useless["estimate"] - 0.5) < 4 * useless["std_error"]
    assert useful["ci_low"] > 0.65


def test_no_chance_of_a_row_leaves():
    result = RiskModel(outcome="y", predictors=["x"]).fit(draw(400))
    assert not hasattr(RiskModel, "predict")
    assert max(len(table) for table in (result.estimates, result.calibration, result.decision)) <= 10
    assert "scores no person" in result.summary()
    assert "no cause" in result.summary()


def test_detection_is_said():
    result = RiskModel(outcome="y", predictors=["x"], detected="outcome").fit(draw(400))
    assert "detected cases, not occurrence" in result.summary()
    assert "undetermined" in result.summary()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": 1}, "must vary"),
        ({"y": range(400)}, "must be 0 or 1 as outcome"),
        ({"x": np.nan}, "missing"),
    ],
)
def test_bad_tables_are_refused(change, says):
    with pytest.raises(DataError, match=says):
        RiskModel(outcome="y", predictors=["x"]).fit(draw(400).assign(**change))


def test_small_groups_and_wild_options_are_refused():
    with pytest.raises(DataError, match="must be at least 20"):
        RiskModel(outcome="y", predictors=["x"]).fit(draw(100))
    for options in ({"folds": 1}, {"thresholds": [1.0]}, {"predictors": []}):
        with pytest.raises(SpecificationError):
            RiskModel(**{"outcome": "y", "predictors": ["x"], **options})
