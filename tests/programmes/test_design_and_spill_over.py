"""Plans keep their promises, by formula and by simulation; spill-over is found where it is, and only there."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import campaign_evaluation
from ctresearch.programmes import SpillOver, TrialDesign, neighbours_within
from ctresearch.programmes.trials.exposure import exposure_contrast
from ctresearch.programmes.trials.trial_table import read_trial
from ctresearch.programmes.trials.wedge_error import wedge_error
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.clusters.estimating_equations import fit_clustered
from programmes.outside import VALUES


def test_power_of_equal_clusters_is_that_of_r_with_the_design_effect():
    design = TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0)
    assert design.power(0.5) == pytest.approx(VALUES["power"]["t"], rel=1e-8)


@pytest.mark.parametrize(("clusters", "steps", "size", "icc"), [(24, 4, 50, 0.05), (9, 3, 7, 0.3), (10, 5, 20, 0.0)])
def test_a_wedge_is_as_precise_as_hussey_and_hughes_say(clusters, steps, size, icc):
    design = TrialDesign(clusters=clusters, size=size, icc=icc, sd=1.0, design="stepped wedge", steps=steps)
    x = design.schedule()
    periods, row, between = steps + 1, (1 - icc) / size, icc
    u, w, v = x.sum(), (x.sum(axis=0) ** 2).sum(), (x.sum(axis=1) ** 2).sum()
    top = clusters * row * (row + periods * between)
    below = (clusters * u - w) * row + (u**2 + clusters * periods * u - periods * w - clusters * v) * between
    assert design.std_error() ** 2 == pytest.approx(top / below, rel=1e-10)


def test_unequal_sizes_cost_what_eldridge_and_others_say():
    equal, unequal = (TrialDesign(clusters=20, size=30, icc=0.05, sd=1.0, cv=cv) for cv in (0.0, 0.6))
    assert equal.design_effect == pytest.approx(1 + 29 * 0.05)
    assert unequal.design_effect == pytest.approx(1 + (1.36 * 30 - 1) * 0.05)
    assert unequal.power(0.3) < equal.power(0.3)


def test_one_cluster_less_is_too_few():
    for design, step in (
        (TrialDesign(clusters=4, size=20, icc=0.05, baseline=0.3), 2),
        (TrialDesign(clusters=3, size=20, icc=0.05, sd=1.0, design="stepped wedge", autocorrelation=0.8), 3),
    ):
        needed = design.clusters_needed(0.2)
        enough, fewer = (design._with(k) for k in (needed, needed - step))
        assert enough.power(0.2) >= 0.8 > fewer.power(0.2)
        assert enough.power(enough.detectable(0.8)) == pytest.approx(0.8, abs=1e-8)


def test_power_rises_to_one_and_is_a_number_throughout():
    design = TrialDesign(clusters=24, size=30, icc=0.04, baseline=0.35)
    powers = [design.power(effect) for effect in np.linspace(0, 0.6499, 200)]
    assert powers[0] == pytest.approx(0.05, abs=1e-9)
    assert (np.diff(powers) >= -1e-12).all()
    assert powers[-1] == pytest.approx(1.0, abs=1e-9)
    assert design.power(design.detectable(0.9)) == pytest.approx(0.9, abs=1e-8)


@pytest.mark.slow
def test_power_is_the_share_of_simulated_trials_that_reject():
    from scipy.special import stdtr

    design = TrialDesign(clusters=16, size=20, icc=0.08, sd=1.0)
    rng, rejected, runs = np.random.default_rng(8), 0, 600
    village = np.repeat(np.arange(16), 20)
    for _ in range(runs):
        y = rng.normal(size=16)[village] * np.sqrt(0.08) + rng.normal(size=320) * np.sqrt(0.92)
        frame = pd.DataFrame({"v": village, "a": village // 8, "y": y + 0.5 * (village // 8)})
        table = read_trial(frame, outcome="y", treatment="a", cluster="v")
        fit = fit_clustered(table.design, table.outcome, table.clusters, "linear", "independence")
        found = robust_variance(fit.grams, fit.scores, fit.bread, np.array([0.0, 1.0]), "kauermann_carroll")
        rejected += 2 * stdtr(found.df, -abs(fit.coefficients[1]) / found.std_error) < 0.05
    assert rejected / runs == pytest.approx(design.power(0.5), abs=0.08)  # 4 Monte Carlo errors


def test_the_error_of_a_wedge_is_the_spread_of_simulated_trials():
    design = TrialDesign(clusters=12, size=10, icc=0.1, sd=1.0, design="stepped wedge", autocorrelation=0.7)
    schedule, rng, runs = design.schedule(), np.random.default_rng(9), 4_000
    lasting = rng.normal(size=(runs, 12, 1)) * np.sqrt(0.07)
    passing = rng.normal(size=(runs, 12, 4)) * np.sqrt(
        0.03 + 0.9 / 10
    )  # of the village in the quarter, and of ten people
    means = (lasting + passing + 0.4 * schedule).reshape(runs, 48)
    design_matrix = np.column_stack([np.tile(np.eye(4), (12, 1)), schedule.ravel()])
    inverse = np.kron(np.eye(12), np.linalg.inv(np.full((4, 4), 0.07) + 0.12 * np.eye(4)))
    effects = np.linalg.solve(design_matrix.T @ inverse @ design_matrix, design_matrix.T @ inverse @ means.T)[-1]
    assert effects.mean() == pytest.approx(0.4, abs=4 * design.std_error() / np.sqrt(runs))
    assert effects.std() == pytest.approx(design.std_error(), rel=0.045)  # 4 Monte Carlo errors of a spread


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baseline": 0.3, "sd": 1.0}, "must be one of them"),
        ({}, "must be one of them"),
        ({"sd": -1.0}, "sd =="),
        ({"sd": 1.0, "icc": 1.2}, "icc =="),
        ({"sd": 1.0, "clusters": 3}, "clusters =="),
        ({"sd": 1.0, "cv": 0.5, "design": "stepped wedge"}, "must be 0 there"),
        ({"baseline": 1.0}, "baseline =="),
    ],
)
def test_plans_that_are_none_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        TrialDesign(**{"clusters": 12, "size": 20, "icc": 0.05} | options)


def test_effects_that_no_trial_finds_are_refused():
    design = TrialDesign(clusters=12, size=20, icc=0.05, baseline=0.9)
    with pytest.raises(SpecificationError, match="differ from 0"):
        design.clusters_needed(0.0)
    with pytest.raises(SpecificationError, match="between 0 and 1"):
        design.power(0.2)
    with pytest.raises(SpecificationError, match="more than 20,000"):
        design.clusters_needed(1e-5)
    with pytest.raises(SpecificationError, match="different times"):
        wedge_error(np.array([[0.0, 1], [0, 1]]), 10, 0.1)


def spill_over(made):
    pairs = neighbours_within(made.frame, cluster="village", east="east", north="north", radius=2)
    model = SpillOver(
        outcome="score", treatment="campaign", cluster="village", neighbours=pairs, strata="region", age=None, draws=500
    )
    return model.fit(made.frame)


@pytest.mark.parametrize("trials", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_spill_over_is_found_and_nothing_where_there_is_none(trials):
    for effect, truth in ((0.0, 0.0), (1.0, 1.2)):  # one standard deviation is about 1.2 points of the test
        rows = [
            spill_over(campaign_evaluation(60, 15, spill_over=effect, lost=0.0, seed=seed)).estimates.loc["spill_over"]
            for seed in range(trials)
        ]
        values = np.array([row["estimate"] for row in rows])
        errors = np.array([row["std_error"] for row in rows])
        known = np.isfinite(values)
        assert known.sum() >= 2 * trials // 3
        assert abs(values[known].mean() - truth) < 4 * errors[known].mean() / np.sqrt(known.sum())
        assert values[known].std() < 1.5 * errors[known].mean(), "the variance is on the safe side"


def test_chances_of_exposure_are_those_of_the_design():
    # over all allocations, weighting gives the means of both exposures without bias
    arms = np.array([a for a in np.ndindex(*(2,) * 6) if sum(a) == 3])
    drawn = np.where(arms == 1, 1, 0)
    untouched, touched = np.arange(6.0), np.arange(6.0) * 2 + 1
    found = [
        exposure_contrast(
            np.where(drawn[i] == 1, touched, untouched), np.ones(6), np.roll(drawn, -i, axis=0), (1, 0)
        ).estimate
        for i in range(len(drawn))
    ]
    assert np.mean(found) == pytest.approx((touched - untouched).mean(), rel=1e-12)


def test_exposures_that_cannot_be_compared_have_no_estimate():
    made = campaign_evaluation(8, 10, lost=0.0, seed=1)
    names = sorted(made.frame["village"].unique())
    everyone = [(one, other) for one in names for other in names if one < other]
    found = SpillOver(outcome="score", treatment="campaign", cluster="village", neighbours=everyone, age=None).fit(
        made.frame
    )
    assert found.estimates["estimate"].isna().all()
    assert found.status == "review"
    with pytest.raises(DataError, match="pairs of neighbours"):
        SpillOver(outcome="score", treatment="campaign", cluster="village", neighbours=[("x", "y")], age=None).fit(
            made.frame
        )
    with pytest.raises(SpecificationError, match="pairs of clusters"):
        SpillOver(outcome="score", treatment="campaign", cluster="village", neighbours=["v1"])
