"""Each bootstrap draws what its page says, and the same for any number of workers."""

import numpy as np
import pytest
from tests.prevalence.respondent.samples import FRAME, drawn, hand

from ctresearch.core import FitError
from ctresearch.prevalence import RecapturedPopulation, SalganikHeckathorn, SuccessiveSampling, VolzHeckathorn
from ctresearch.prevalence.respondent.replicates import Stock, build_forest, calibrated, resample
from ctresearch.prevalence.respondent.shares import salganik_heckathorn_shares

GROUP = (FRAME["trait"] == "b").to_numpy().astype(int)


def forest():
    return build_forest(hand().recruiter, GROUP, 2)


def test_trees_keep_seeds_and_the_recruits_of_everybody_who_is_drawn():
    found = resample(forest(), "tree", 4000, seed=1)
    recruiter = hand().recruiter
    seeds = recruiter < 0
    assert (found.times[:, seeds].sum(axis=1) == 2).all()
    for person in range(8):  # as many recruits of a person as the person was drawn times the recruits there were
        own = recruiter == person
        assert (found.times[:, own].sum(axis=1) == own.sum() * found.times[:, person]).all()
    assert (found.moves.sum(axis=(1, 2)) == found.times[:, ~seeds].sum(axis=1)).all()
    # expected once: seeds by a binomial of variance 1/2, so 4,000 means lie within five times sqrt(.5 / 4000)
    assert found.times[:, :2].mean(axis=0) == pytest.approx([1, 1], abs=5 * np.sqrt(0.5 / 4000))


def test_neighbourhoods_are_recruiters_with_all_their_recruits():
    found = resample(forest(), "neighbourhood", 4000, seed=1)
    times = found.times
    assert (times[:, 2] == times[:, 3]).all()  # both recruits of the first seed, or neither
    blocks = times[:, [2, 4, 5, 6, 7]]
    assert (blocks.sum(axis=1) == 5).all()  # five recruiters are drawn
    assert (times[:, :2].sum(axis=1) == 2).all()
    assert times.mean(axis=0) == pytest.approx(np.ones(8), abs=5 * np.sqrt(0.8 / 4000))
    assert (found.moves.sum(axis=(1, 2)) == times[:, 2:].sum(axis=1)).all()


def test_chains_step_to_those_recruited_by_the_group_of_the_one_before():
    found = resample(forest(), "salganik", 3000, seed=1)
    assert (found.times.sum(axis=1) == 8).all()
    assert (found.moves.sum(axis=(1, 2)) == 7).all()
    share = found.moves.sum(axis=0) / found.moves.sum(axis=(0, 2))[:, None]
    assert share.tolist() == [pytest.approx([0.5, 0.5], abs=0.02)] * 2  # four standard errors of 10,000 steps a row
    alone = build_forest(hand().recruiter, np.array([0, 1, 0, 0, 0, 0, 0, 0]), 3)
    with pytest.raises(FitError, match="1 of 3 levels recruited nobody"):
        resample(alone, "salganik", 10, seed=1)


@pytest.mark.slow
def test_stock_is_drawn_without_replacement_and_calibrated():
    copies = np.array([1.0, 2.5, 1.0, 1.0, 2.5, 1.0, 1.0, 2.0])
    stock = Stock(FRAME["degree"].to_numpy(dtype=float), copies, forest().moves)
    found = resample(forest(), "gile", 2000, seed=1, stock=stock)
    assert (found.times.sum(axis=1) == 8).all()
    assert (found.times <= np.ceil(copies)).all()
    assert found.times[:, 1].max() == 3
    everybody = resample(forest(), "gile", 50, seed=1, stock=Stock(stock.degree, np.ones(8), stock.mixing))
    assert (everybody.times == 1).all()
    sample = drawn(300)
    wood = build_forest(sample.recruiter, sample.traits["exploited"].to_numpy(), 2, sample.order)
    large = Stock(sample.degree, np.full(300, 4.0), wood.moves)
    tuned = calibrated(wood, large, 1)
    shown = resample(wood, "gile", 400, seed=9, stock=tuned).moves.mean(axis=0)
    rows = shown / shown.sum(axis=1, keepdims=True)
    # 400 samples of about 290 recruitments: a row's share is known to about .003
    assert rows == pytest.approx(wood.moves / wood.moves.sum(axis=1, keepdims=True), abs=0.02)


def test_numbers_of_recruits_are_of_those_who_had_the_time():
    wood = forest()
    # p5 is the last who recruited; of a before that s1, p1, p5, of b s2, p2, p3, p4; p6 had no time
    assert wood.numbers.tolist() == [2, 1, 1, 1, 1, 0, 0]
    assert wood.numbers_first.tolist() == [0, 3, 7]


def test_limits_and_draws():
    sample = drawn(200)
    tree = VolzHeckathorn("exploited", bootstrap="tree", n_boot=200, seed=2).fit(sample)
    low, high = np.quantile(tree.draws.loc["1"], [0.025, 0.975])
    assert tree.estimates.loc["1", ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    assert tree.estimates.loc["1", "std_error"] == pytest.approx(tree.draws.loc["1"].std(ddof=1))
    assert tree.interval == "percentile"
    gile = SuccessiveSampling("exploited", population=600, bootstrap="gile", n_boot=200, seed=2).fit(sample)
    share, error, low, high = gile.estimates.loc["1", ["estimate", "std_error", "ci_low", "ci_high"]]
    odds = np.exp(1.959964 * error / (share * (1 - share)))
    assert low / (1 - low) == pytest.approx(share / (1 - share) / odds, rel=1e-5)
    assert high / (1 - high) == pytest.approx(share / (1 - share) * odds, rel=1e-5)
    wide = gile.confidence_interval(0.99)
    assert wide.low["1"] < low < high < wide.high["1"]
    measured = SuccessiveSampling("degree", population=600, bootstrap="gile", n_boot=100, seed=2)
    frame = sample.traits.assign(degree=sample.degree + sample.wave / 2)
    assert (
        measured.fit(
            type(sample)(sample.recruiter, sample.degree, sample.wave, sample.tree, frame, sample.order)
        ).interval
        == "normal"
    )


def test_resamples_without_an_estimate_void_it():
    levels = ["a", "a", "a", "b", "a", "a", "a", "a"]
    result = SalganikHeckathorn("trait", bootstrap="tree", n_boot=100, seed=1).fit(hand(trait=levels))
    check = next(one for one in result.checks if one.name == "interval")
    assert check.status == "fail"
    assert not result.stands
    assert result.estimates["ci_low"].isna().all()


def test_a_measured_trait_has_no_chains_of_levels():
    with pytest.raises(FitError, match="goes from level to level, and trait 'score' is measured"):
        VolzHeckathorn("score", bootstrap="salganik").fit(hand())


def test_population_from_two_samples():
    sample = drawn(300)
    share = VolzHeckathorn("exploited").fit(sample).estimates.loc["1", "estimate"]
    both = int(sample.traits["exploited"].sum())
    result = RecapturedPopulation("exploited", first=250, n_boot=200, seed=1).fit(sample)
    assert result.estimates.loc["population", "estimate"] == pytest.approx(250 / share)
    seen = 250 + 300 - both
    assert result.n == seen
    assert result.estimates.loc["unobserved", "estimate"] == pytest.approx(250 / share - seen)
    assert result.draws.loc["population"].std(ddof=1) == pytest.approx(result.estimates.loc["population", "std_error"])
    low, high = result.estimates.loc["population", ["ci_low", "ci_high"]]
    assert low < 250 / share < high


def test_salganiks_chain_spreads_as_two_states_do():
    # moves 299, 57 / 64, 70 between groups, as in fauxmadrona; a chain of 500 of them has a known variance
    there = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [299, 57, 64, 70], axis=0)
    group = np.concatenate([[0, 1], there[:, 1]])
    forest = build_forest(np.concatenate([[-1, -1], there[:, 0]]), group, 2)
    drawn = resample(forest, "salganik", 4000, seed=1)
    share = drawn.times @ (group == 1) / group.size
    out, back = 57 / 356, 64 / 134
    rest = out / (out + back)
    spread = np.sqrt(rest * (1 - rest) / group.size * (2 - out - back) / (out + back))
    # of 4,000 chains the spread is known to 1.1 %, the mean to .0004: three errors of each, and 1 / n of starting off
    assert share.std() == pytest.approx(spread, rel=0.035)
    assert share.mean() == pytest.approx(rest, abs=0.003)


def test_salganiks_error_is_that_of_the_chain_and_not_that_of_r():
    """R's RDS 0.9-10 gives .036 on fauxmadrona; its chains of levels, with degrees drawn apart, have the error of ours."""
    moves = np.array([[299.0, 57.0], [64.0, 70.0]])
    rest = 57 / 356 / (57 / 356 + 64 / 134)
    activity = rest / (1 - rest) * (1 - 0.15919809380965) / 0.15919809380965  # which gives RDS-I its estimate there
    there = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], moves.ravel().astype(int), axis=0)
    group = np.concatenate([[0, 1], there[:, 1]])
    forest = build_forest(np.concatenate([[-1, -1], there[:, 0]]), group, 2)
    degree = np.where(group == 1, activity, 1.0)
    drawn = resample(forest, "salganik", 4000, seed=1)
    ours = salganik_heckathorn_shares(drawn.times.astype(float), drawn.moves, group, degree)[:, 1]
    assert forest.moves.tolist() == moves.tolist()
    rng, state = np.random.default_rng(2), np.zeros(4000, dtype=int)
    steps = np.zeros((4000, 2, 2))
    for _ in range(490):  # as many recruits as there were, from level to level by the recruitments observed
        after = (rng.random(4000) < (moves[:, 1] / moves.sum(axis=1))[state]).astype(int)
        steps[np.arange(4000), state, after] += 1
        state = after
    apart = salganik_heckathorn_shares(np.ones((4000, group.size)), steps, group, degree)[:, 1]
    # 4,000 resamples know a standard deviation to 1.1 %; both chains are of about 490 steps
    assert ours.std() == pytest.approx(apart.std(), rel=0.05)
    assert ours.std() == pytest.approx(0.0203, rel=0.05)
    assert 0.036031252811201 / ours.std() > 1.7
