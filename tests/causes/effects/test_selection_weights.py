"""Selection that covariates explain is mended by weights; what decides selection is refused."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import OutcomeRegression, selection_weights
from ctresearch.core import DataError, FitError, SpecificationError


def population(n, seed):
    rng = np.random.default_rng(seed)
    rural = rng.integers(0, 2, n)
    a = rng.integers(0, 2, n)
    y = a * (1 + 2 * rural) + rng.normal(size=n)  # the effect is 1 in towns, 3 in the country, 2 on average
    seen = (rng.random(n) < np.where(rural == 1, 0.1, 0.6)) * 1
    return pd.DataFrame({"rural": rural, "a": a, "y": y, "seen": seen})


def effect(frame, **options):
    model = OutcomeRegression(treatment="a", outcome="y", covariates=[], **options)
    return model.fit(frame).estimates.loc["effect"]


def test_weights_bring_back_the_whole_population():
    frame = population(20_000, 1)
    found = selection_weights(frame, selected="seen", covariates=["rural"])
    seen = frame[frame["seen"] == 1].assign(w=found.weights)
    plain, weighted = effect(seen), effect(seen, weights="w")
    assert plain["ci_high"] < 2  # mostly towns
    assert abs(weighted["estimate"] - 2) < 4 * weighted["std_error"]
    assert found.weights.mean() == pytest.approx(1)
    shares = frame.groupby("rural")["seen"].mean()
    ratio = seen.groupby("rural")["w"].mean()
    assert ratio[1] / ratio[0] == pytest.approx(
        shares[0] / shares[1], rel=1e-6
    )  # the fitted chance of a saturated model


def test_longest_cuts_and_uneven_weights_are_flagged():
    frame = population(4_000, 2)
    cut = selection_weights(frame, selected="seen", covariates=["rural"], longest=1.5).weights
    free = selection_weights(frame, selected="seen", covariates=["rural"]).weights
    assert cut.max() < free.max()
    rare = frame.assign(seen=lambda d: np.where(d["rural"] == 1, d.index % 400 < 2, d.index % 10 > 0))
    assert selection_weights(rare, selected="seen", covariates=["rural"]).check.status == "review"


def test_what_cannot_be_weighted_is_refused():
    frame = population(400, 3)
    options = {"selected": "seen", "covariates": ["rural"]}
    with pytest.raises(DataError, match="both 0 and 1"):
        selection_weights(frame.assign(seen=1), **options)
    with pytest.raises(DataError, match="'rural' is a copy of the selected 'seen'"):
        selection_weights(frame.assign(seen=frame["rural"]), **options)
    with pytest.raises(FitError):
        selection_weights(frame.assign(seen=frame["rural"] * (frame.index % 2)), **options)
    with pytest.raises(SpecificationError, match="longest"):
        selection_weights(frame, **options, longest=1.0)
    with pytest.raises(DataError, match="missing"):
        selection_weights(frame.assign(rural=np.nan), **options)
