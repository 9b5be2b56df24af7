"""RDS-I, RDS-II and successive sampling against sums by hand and against their definitions written out again."""

import itertools

import numpy as np
import pandas as pd
import pytest
from tests.prevalence.respondent.samples import FRAME, drawn, hand

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.prevalence import (
    RespondentSample,
    SalganikHeckathorn,
    SuccessiveSampling,
    VolzHeckathorn,
    convergence,
    describe_recruitment,
)
from ctresearch.prevalence.respondent.inclusion import inclusion, inclusion_of
from ctresearch.prevalence.respondent.shares import stationary


def test_volz_heckathorn_by_hand():
    result = VolzHeckathorn("trait").fit(hand())
    # 1/degree: a 1/4 + 1/4 + 1/8 + 1/4 = 7/8, b 1/2 + 1/8 + 1/2 + 1/4 = 11/8
    assert result.estimates["estimate"].tolist() == [7 / 18, 11 / 18]
    assert result.estimates["ci_low"].isna().all()
    assert result.interval == "none"
    measured = VolzHeckathorn("score").fit(hand())
    weights = 1 / FRAME["degree"]
    assert measured.estimates.loc["score", "estimate"] == pytest.approx(
        (weights * FRAME["score"]).sum() / weights.sum(), rel=1e-14
    )
    assert measured.term_meaning("score").label == "Mean over the population"


def test_each_share_says_whose_it_is():
    named = VolzHeckathorn("trait").fit(hand())
    assert [named.term_meaning(term).label for term in named.estimates.index] == ["A", "B"]
    assert named.term_meaning("a").headline
    assert VolzHeckathorn("score").fit(hand()).term_meaning("score").label == "Mean over the population"
    assert Result.from_dict(named.to_dict()).term_meaning("b").label == "B"


def test_salganik_heckathorn_by_hand():
    result = SalganikHeckathorn("trait").fit(hand())
    # a recruits a, b, b, a; b recruits b, a. Harmonic mean degrees: a 4 / (7/8), b 4 / (11/8).
    a_to_b, b_to_a = 2 / 4, 1 / 2
    a, b = 4 / (7 / 8), 4 / (11 / 8)
    share = a * a_to_b / (a * a_to_b + b * b_to_a)
    assert result.estimates.loc["b", "estimate"] == pytest.approx(share, rel=1e-14)
    assert result.levels.loc["a"].tolist() == pytest.approx([4, 0.5, a])
    assert result.weights.groupby(FRAME["trait"]).sum().tolist() == pytest.approx([1 - share, share])
    assert result.weights.groupby(FRAME["trait"]).nunique().tolist() == [1, 1]


def test_three_levels_solve_the_equations_of_ties():
    frame = drawn_levels(3)
    sample = RespondentSample.from_frame(frame, traits=["level"])
    share = SalganikHeckathorn("level").fit(sample).estimates["estimate"].to_numpy()
    degree = VolzHeckathorn("level").fit(sample).levels["mean_degree"].to_numpy()
    level = frame.set_index("id")["level"]
    moves = pd.crosstab(level.reindex(frame["recruiter"]).to_numpy(), level.to_numpy()).to_numpy()
    ties = share * degree / (share * degree).sum()
    # where recruitment settles, ties that come into a group are as many as ties of it
    assert (ties @ (moves / moves.sum(axis=1, keepdims=True))).tolist() == pytest.approx(ties.tolist(), rel=1e-12)


def drawn_levels(levels):
    """Draw 200 people of some levels, each recruited by somebody before them."""
    rng = np.random.default_rng(4)
    recruiter = [None, *[rng.integers(0, i) for i in range(1, 200)]]
    level = np.array(list("abcdefgh"))[rng.integers(0, levels, 200)]
    return pd.DataFrame({"id": range(200), "recruiter": recruiter, "degree": rng.integers(1, 9, 200), "level": level})


def test_stationary_shares_of_chains_that_have_none_are_missing():
    apart = np.array([[[3.0, 0.0], [0.0, 2.0]], [[0.0, 3.0], [0.0, 2.0]], [[1.0, 3.0], [1.0, 3.0]]])
    found = stationary(apart)
    assert np.isnan(found[:2]).all()
    assert found[2].tolist() == pytest.approx([0.25, 0.75])


def test_successive_sampling_chances_are_those_of_draws_one_by_one():
    # Every order of five people, each drawn by degree among those left: the chance to be among the first three.
    degree = np.array([1.0, 1.0, 2.0, 3.0, 5.0])
    chance = np.zeros(5)
    for order in itertools.permutations(range(5), 3):
        left, weight = degree.sum(), 1.0
        for person in order:
            weight *= degree[person] / left
            left -= degree[person]
        chance[list(order)] += weight
    found = np.empty(4)
    inclusion(np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 1.0, 1.0, 1.0]), 3.0, found)
    # the count is taken from its moments: five people are the hardest case, and there it is off by under a hundredth
    assert found == pytest.approx(chance[[0, 2, 3, 4]], abs=6e-3)


def test_successive_sampling_chances_at_forty_people():
    rng = np.random.default_rng(1)
    size, members = np.array([1.0, 3.0, 10.0]), np.array([20.0, 15.0, 5.0])
    who = np.repeat(size, members.astype(int))
    first = np.argsort(rng.exponential(size=(40_000, 40)) / who, axis=1)[:, :15]
    seen = np.array([(who[first] == one).sum() for one in size]) / 40_000 / members
    found = np.empty(3)
    inclusion(size, members, 15.0, found)
    assert found == pytest.approx(seen, abs=4 * 0.5 / np.sqrt(40_000))  # four standard errors at most
    assert (found * members).sum() == pytest.approx(15, abs=2e-3)


def test_weights_and_numbers_by_degree_agree():
    degree = np.array([2.0] * 30 + [4.0] * 40 + [16.0] * 30)
    chance = inclusion_of(degree, 250)
    size, place, people = np.unique(degree, return_inverse=True, return_counts=True)
    members = people / chance[[0, 30, 70]]
    again = np.empty(3)
    inclusion(size, members * 250 / members.sum(), 100.0, again)
    assert again[place] == pytest.approx(chance, rel=1e-7)
    assert members.sum() == pytest.approx(250, rel=1e-4)
    assert inclusion_of(degree, 100).tolist() == [1.0] * 100
    far = inclusion_of(degree, 1e7)
    assert far / far[0] == pytest.approx(degree / 2, rel=1e-4)  # in a large population, RDS-II's


def test_successive_sampling_goes_from_the_raw_share_to_that_of_rds_ii():
    sample = drawn(300)
    raw = float(sample.traits["exploited"].mean())

    def at(size):
        return SuccessiveSampling("exploited", population=size).fit(sample).estimates.loc["1", "estimate"]

    whole = VolzHeckathorn("exploited").fit(sample).estimates.loc["1", "estimate"]
    assert at(300) == pytest.approx(raw, rel=1e-12)
    assert raw > at(400) > at(1000) > at(5000) > whole
    assert at(10_000_000) == pytest.approx(whole, rel=1e-3)
    result = SuccessiveSampling("exploited", population=1000).fit(sample)
    curve = result.sensitivity.set_index(["term", "population"])["estimate"]
    assert curve.loc[("1", 1000)] == pytest.approx(at(1000), rel=1e-12)
    assert curve.loc["1"].index.tolist() == [500, 750, 1000, 1500, 2000, 4000, 8000, 16000]
    check = next(one for one in result.checks if one.name == "population")
    assert check.numbers["moves"] == pytest.approx(curve.loc[("1", 500)] - curve.loc[("1", 2000)])
    assert check.numbers["sampled"] == 0.3
    assert check.status == "review"
    assert result.weights.sum() == pytest.approx(1)


def test_what_is_not_identified_is_refused():
    with pytest.raises(FitError, match="the 2 levels of trait 'trait' do not all reach one another"):
        SalganikHeckathorn("trait").fit(hand(trait=["a", "b", "a", "a", "b", "a", "a", "a"]))
    with pytest.raises(FitError, match="trait 'score' is measured, and RDS-I counts"):
        SalganikHeckathorn("score").fit(hand())
    with pytest.raises(DataError, match="the sample has 8 people and population == 7, must be at least as large"):
        SuccessiveSampling("trait", population=7).fit(hand())
    with pytest.raises(DataError, match="all 8 people are seeds, there must be waves"):
        VolzHeckathorn("trait").fit(hand(recruiter=None))
    with pytest.raises(SpecificationError, match="bootstrap == 'gile', must be one of None, 'tree'"):
        VolzHeckathorn("trait", bootstrap="gile")
    with pytest.raises(TypeError, match="population"):
        SuccessiveSampling("trait")


def test_people_left_out_weigh_nothing_and_recruit_all_the_same():
    frame = FRAME.assign(degree=[4, 2, 4, 8, 0, 4, 8, 4])
    sample = RespondentSample.from_frame(frame, traits=["trait"], unknown_degree="leave out")
    result = VolzHeckathorn("trait").fit(sample)
    assert result.estimates.loc["b", "estimate"] == pytest.approx((7 / 8) / (14 / 8))
    assert result.weights[4] == 0
    assert any(one.name == "degrees" and one.numbers["left_out"] == 1 for one in result.checks)
    both = SalganikHeckathorn("trait").fit(sample).levels["mean_degree"]
    assert both.tolist() == pytest.approx([4 / (7 / 8), 3 / (7 / 8)])
    assert np.isfinite(SuccessiveSampling("trait", population=20).fit(sample).estimates["estimate"]).all()


def test_weights_stay_in_this_process():
    result = VolzHeckathorn("trait").fit(hand())
    weights = result.weights
    assert weights.tolist() == pytest.approx((1 / FRAME["degree"] / (1 / FRAME["degree"]).sum()).tolist())
    weights[:] = 0
    assert result.weights.sum() == pytest.approx(1)
    with pytest.raises(SpecificationError, match="holds no weights, since it was read back"):
        Result.from_dict(result.to_dict()).weights  # noqa: B018


def test_homophily_activity_and_recruitment_by_hand():
    result = describe_recruitment(hand(), "trait")
    found = result.estimates["estimate"]
    # Recruiters s1 (half of another level), s2 (none), p1 (all), p2 (all), p5 (none): mean 1/2; three are a, two b.
    assert found["homophily"] == pytest.approx((1 - (9 + 4) / 25) / 0.5)
    # 3 of 6 recruits are of the recruiter's level; expected 4 * 3 / 6 + 2 * 3 / 6.
    assert found["recruitment homophily"] == pytest.approx(1.0)
    assert found["activity b"] == pytest.approx((4 / (11 / 8)) / (4 / (7 / 8)))
    assert found["activity a"] == 1
    assert result.recruitment["people"].tolist() == [2, 2, 1, 1]
    assert result.recruitment["expected"].tolist() == [2, 2, 1, 1]
    assert result.trees.to_dict("list") == {"people": [6, 2], "waves": [3, 1]}
    assert result.waves["people"].tolist() == [2, 3, 2, 1]
    assert result.smallest_group == 1
    with pytest.raises(FitError, match="nobody of one level of trait 'trait' recruited somebody of another"):
        describe_recruitment(hand(trait=["a", "b", "a", "a", "b", "a", "a", "a"]), "trait")
    with pytest.raises(FitError, match="is measured"):
        describe_recruitment(hand(), "score")


def test_convergence_grows_by_steps_and_ends_with_the_estimate():
    sample = drawn(200)
    result = convergence(sample, "exploited", step=40)
    last = result.estimates[result.estimates["people"] == 200]["estimate"]
    assert last.tolist() == pytest.approx(VolzHeckathorn("exploited").fit(sample).estimates["estimate"].tolist())
    assert result.estimates.loc["1", "people"].tolist() == [40, 80, 120, 160, 200]
    degree, trait = sample.degree[:40], sample.traits["exploited"].to_numpy()[:40]
    assert result.estimates.loc["1", "estimate"].iloc[0] == pytest.approx((trait / degree).sum() / (1 / degree).sum())
    sizes = np.sort(np.bincount(sample.tree))[::-1]
    assert result.trees.groupby("tree")["people"].max().tolist() == [one for one in sizes if one >= 80]
    with pytest.raises(SpecificationError, match="step == 9"):
        convergence(sample, "exploited", step=9)
