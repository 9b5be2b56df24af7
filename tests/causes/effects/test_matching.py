import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from causes.lalonde_like import COVARIATES, EFFECT, confounded
from ctresearch.causes import NearestNeighbour
from ctresearch.causes.effects.nearest_neighbours import match_arms
from ctresearch.core import DataError
from ctresearch.core.renamed import RenamedWarning

ROLES = {"treatment": "treated", "outcome": "outcome", "covariates": COVARIATES}


def test_matches_are_the_nearest_with_all_ties():
    rng = np.random.default_rng(1)
    place = rng.integers(0, 4, (60, 2)).astype(float)  # whole numbers make many ties
    treated = rng.random(60) < 0.4
    matched = match_arms(place, treated, 2, np.ones(60)).toarray()
    distances = cdist(place[treated], place)
    distances[:, treated] = np.inf
    second = np.sort(distances, axis=1)[:, 1]
    expected = distances <= second[:, None]
    assert ((matched > 0) == expected).all()
    np.testing.assert_allclose(matched.sum(axis=1), 1)  # weights of each unit's matches


@pytest.mark.parametrize("distance", ["mahalanobis", "propensity"])
def test_the_known_effect_lies_within_four_standard_errors(distance):
    result = NearestNeighbour(**ROLES, distance=distance).fit(confounded(3_000, 2))
    row = result.estimates.loc["effect"]
    assert abs(row["estimate"] - EFFECT) < 4 * row["std_error"]
    assert result.balance["after"].abs().max() < 0.1


def test_adjustment_takes_out_what_matching_leaves():
    noise = 1e-4 * np.random.default_rng(8).normal(size=300)
    frame = confounded(300, 3).assign(outcome=lambda d: EFFECT * d["treated"] + 3 * d["age"] + noise)
    plain = NearestNeighbour(**ROLES, neighbours=5).fit(frame).estimates.loc["effect", "estimate"]
    adjusted = NearestNeighbour(**ROLES, neighbours=5, correct_bias=True).fit(frame).estimates.loc["effect", "estimate"]
    assert abs(plain - EFFECT) > 0.1
    assert adjusted == pytest.approx(EFFECT, abs=1e-4)  # the outcome is linear but for noise of that size


def test_the_scale_of_a_covariate_does_not_matter():
    frame = confounded(400, 4)
    one = NearestNeighbour(**ROLES).fit(frame).estimates["estimate"]
    other = NearestNeighbour(**ROLES).fit(frame.assign(age=1000 * frame["age"])).estimates["estimate"]
    np.testing.assert_allclose(one, other, rtol=1e-9)  # Mahalanobis distances are the same


@pytest.mark.slow
def test_the_standard_error_is_that_of_repeated_samples():
    estimates, errors = [], []
    for seed in range(120):
        row = NearestNeighbour(**ROLES).fit(confounded(400, 1_000 + seed)).estimates.loc["effect"]
        estimates.append(row["estimate"])
        errors.append(row["std_error"])
    # the spread of 120 draws is known to 6 %; three covariates leave the bias of matching below a standard error
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.25)


def test_too_few_rows_are_refused():
    frame = pd.DataFrame({"treated": [1, 1, 1, 0], "outcome": [1.0, 2, 3, 4], "age": [1.0, 2, 4, 3]})
    options = {"treatment": "treated", "outcome": "outcome", "covariates": ["age"]}
    with pytest.raises(DataError, match="cannot give 2 neighbours"):
        NearestNeighbour(**options, neighbours=2).fit(frame)
    with pytest.raises(DataError, match="at least 2 to estimate an error"):
        NearestNeighbour(**options).fit(frame)


def test_survey_weights_stand_for_repeated_rows():
    rng = np.random.default_rng(4)
    frame = confounded(300, 5).assign(w=rng.integers(1, 4, 300))
    # the distance is measured by the covariance of the rows, weighted or not, which differs between the two tables:
    # one covariate has the same nearest neighbours under both
    one = {**ROLES, "covariates": ["age"]}
    weighted = NearestNeighbour(**one, weights="w").fit(frame)
    repeated = NearestNeighbour(**one).fit(frame.loc[frame.index.repeat(frame["w"])])
    # a sum of 300 numbers in another order
    assert weighted.estimates["estimate"].to_list() == pytest.approx(repeated.estimates["estimate"].to_list(), rel=1e-9)


@pytest.mark.slow
def test_limits_cover_under_survey_weights():
    hits, runs = 0, 150
    for seed in range(runs):
        whole = confounded(1_200, 3_000 + seed)
        chance = np.where(whole["age"] > whole["age"].median(), 0.5, 0.15)
        seen = whole.assign(w=1 / chance)[np.random.default_rng(seed).random(len(whole)) < chance]
        row = NearestNeighbour(**ROLES, neighbours=3, correct_bias=True, weights="w").fit(seen).estimates.loc["effect"]
        hits += row["ci_low"] <= EFFECT <= row["ci_high"]
    # 95 % less three Monte Carlo errors of 150 runs
    assert hits / runs > 0.95 - 3 * (0.95 * 0.05 / runs) ** 0.5


def test_the_old_name_of_the_bias_correction_warns():
    with pytest.warns(RenamedWarning, match="adjust= is now correct_bias="):
        assert NearestNeighbour(**ROLES, adjust=True).correct_bias
