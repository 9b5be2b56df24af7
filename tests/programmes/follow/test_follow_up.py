"""People lost to follow-up: weights and bounds do what they promise."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.programmes import FollowUp
from ctresearch.programmes.follow.selection_bounds import Bounds, lee_bounds, limits_of_bounded, worst_case_bounds

PEOPLE = 8_000


def returned(seed, *, selective):
    """Draw people whose outcome depends on x; those with a low x are lost, in one arm more than in the other."""
    rng = np.random.default_rng(seed)
    a, x = np.repeat([0, 1], PEOPLE // 2), rng.normal(size=PEOPLE)
    y = 1 + 0.5 * a + x + rng.normal(size=PEOPLE)
    chance = 1 / (1 + np.exp(-(1 + selective * x * (1 - a) + 0.6 * a)))
    return pd.DataFrame({"a": a, "x": x, "y": np.where(rng.random(PEOPLE) < chance, y, np.nan)})


@pytest.mark.slow
def test_weights_take_out_what_loss_by_covariates_puts_in():
    frame = returned(1, selective=1.2)
    found = FollowUp(outcome="y", treatment="a", covariates=["x"], age=None).fit(frame).estimates
    observed, weighted = found.loc["effect_observed"], found.loc["effect_weighted"]
    assert observed["ci_high"] < 0.5, "those followed up without the programme are the better off"
    assert abs(weighted["estimate"] - 0.5) < 4 * weighted["std_error"]


# four errors of a spread from as many studies
@pytest.mark.parametrize(("studies", "within"), [(20, 0.63), pytest.param(80, 0.3, marks=pytest.mark.slow)])
def test_the_standard_error_of_weights_is_that_of_repeated_studies(studies, within):
    rows = [
        FollowUp(outcome="y", treatment="a", covariates=["x"], age=None, bootstrap=50)
        .fit(returned(seed, selective=1.2).iloc[::8])
        .estimates.loc["effect_weighted", ["estimate", "std_error"]]
        for seed in range(studies)
    ]
    values = np.array(rows, dtype=float)
    assert values[:, 0].std() == pytest.approx(values[:, 1].mean(), rel=within)


def test_bounds_hold_the_effect_where_weights_cannot():
    rng = np.random.default_rng(3)
    a = np.repeat([0.0, 1.0], 5_000)
    strong, y = rng.normal(size=10_000), np.zeros(10_000)
    y = strong + 0.3 * a + rng.normal(size=10_000)
    seen = (strong + 0.7 * a + rng.normal(size=10_000) > 0).astype(float)  # the programme keeps the weaker in sight
    always = strong + rng.normal(size=10_000) > 0
    assert always.any()
    found = lee_bounds(y, a, seen)
    assert found.low < 0.3 < found.high
    observed = y[(a == 1) & (seen == 1)].mean() - y[(a == 0) & (seen == 1)].mean()
    assert observed < 0.15, "what is seen is far from the truth"
    widest = worst_case_bounds(y, a, seen, -8, 8)
    assert widest.low < found.low < found.high < widest.high


def test_trimming_is_what_the_paper_describes():
    y, a = np.array([1.0, 2, 3, 4, 10, 20, 30, 40, 50]), np.repeat([0.0, 1.0], [4, 5])
    seen = np.array([1.0, 1, 1, 0, 1, 1, 1, 1, 1])
    # 3 of 4 and 5 of 5 seen: the 5 are trimmed by 1/4, so 3.75 of them are kept, the cut one in part
    low = (10 + 20 + 30 + 0.75 * 40) / 3.75 - 2
    high = (50 + 40 + 30 + 0.75 * 20) / 3.75 - 2
    assert lee_bounds(y, a, seen) == Bounds(pytest.approx(low), pytest.approx(high))
    swapped = lee_bounds(y, 1 - a, seen)
    assert (swapped.low, swapped.high) == pytest.approx((-high, -low))


def test_limits_hold_the_effect_as_often_as_they_say():
    rng, held = np.random.default_rng(4), 0
    for _ in range(4_000):
        low, high = rng.normal(0.0, 0.1), rng.normal(0.3, 0.1)
        ends = limits_of_bounded(Bounds(low, high), (0.1, 0.1), 0.95)
        held += ends[0] <= 0.0 <= ends[1]  # the truth at the end of the bounds is the hardest
    assert held / 4_000 == pytest.approx(0.95, abs=0.014)  # 4 Monte Carlo errors


def test_without_loss_all_four_are_one():
    frame = returned(5, selective=0.0).assign(y=lambda d: (d["x"] + d["a"] > 0.5) * 1.0)
    found = FollowUp(outcome="y", treatment="a", covariates=["x"], age=None, bootstrap=100).fit(frame)
    effect = found.estimates.loc["effect_observed", "estimate"]
    assert found.estimates.loc["effect_weighted", "estimate"] == effect
    assert found.bounds[["low", "high"]].to_numpy() == pytest.approx(effect)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.nan}, "0 people were followed up .*, must be at least 2"),
        ({"a": 1}, "must hold both 0 and 1"),
        ({"x": np.nan}, "missing values"),
        ({"y": 2.0}, "must vary"),
        ({"v": [0, 1] * 4}, "lie in both arms"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    frame = pd.DataFrame(
        {
            "a": [0] * 4 + [1] * 4,
            "x": range(8),
            "y": [1.0, 2, None, 3, 2, 3, None, 4],
            "v": [0, 0, 1, 1, 2, 2, 3, 3],
        }
    )
    model = FollowUp(outcome="y", treatment="a", covariates=["x"], cluster="v", age=None)
    with pytest.raises(DataError, match=message):
        model.fit(frame.assign(**change))


def test_a_range_is_two_numbers_that_hold_the_outcomes():
    with pytest.raises(SpecificationError, match="two numbers in order"):
        FollowUp(outcome="y", treatment="a", covariates=[], low=1.0, high=0.0)
    frame = returned(1, selective=0.0)
    with pytest.raises(DataError, match="must lie between"):
        FollowUp(outcome="y", treatment="a", covariates=["x"], low=0, high=1, age=None).fit(frame)
