"""Networks, samples through networks, and flows have the structure that was planted."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import criminal_network, flows, respondent_sample, scale_up_survey
from ctresearch.data.synthetic.networks import ROLES, TIES, tie_intercept


@pytest.fixture(scope="module")
def network():
    return criminal_network(400, communities=4, core=20, mean_degree=8.0, seed=1)


def test_a_network_is_simple_and_as_dense_as_asked(network):
    frame = network.frame
    assert (frame["source"] < frame["target"]).all(), "each pair once, and nobody with himself"
    assert not frame.duplicated(["source", "target"]).any()
    assert (frame["weight"] >= 1).all()
    assert abs(2 * len(frame) / 400 - 8.0) < 4 * np.sqrt(2 * 8.0 / 400)  # 4 errors of a mean degree, nearly Poisson


def test_actors_have_roles_stages_and_a_core(network):
    actors = network.tables["actors"]
    assert {role: stage for role, (stage, _) in ROLES.items()} == dict(
        zip(actors["role"], actors["stage"], strict=True)
    )
    assert actors["community"].value_counts().tolist() == [100] * 4
    assert tuple(actors.loc[actors["core"], "actor"]) == network.truth["core"]
    assert len(network.truth["core"]) == 20
    assert (actors.loc[actors["core"], "stage"] == "coordination").all(), "there are about 48 coordinators"
    shares = actors["role"].value_counts() / 400
    for role, (_, share) in ROLES.items():
        assert abs(shares[role] - share) < 4 * np.sqrt(share * (1 - share) / 400)  # 4 standard errors


def test_logistic_regression_finds_the_planted_log_odds(network):
    from statsmodels.discrete.discrete_model import Logit

    actors = network.tables["actors"]
    one, other = np.triu_indices(len(actors), k=1)
    column = {name: actors[name].to_numpy() for name in actors}
    coordinates = column["stage"] == "coordination"
    design = np.column_stack(
        [
            np.ones(len(one)),
            column["stage"][one] == column["stage"][other],
            column["community"][one] == column["community"][other],
            column["core"][one] & column["core"][other],
            coordinates[one] ^ coordinates[other],
        ]
    ).astype(float)
    ties = set(zip(network.frame["source"], network.frame["target"], strict=True))
    tied = np.array([(a, b) in ties for a, b in zip(column["actor"][one], column["actor"][other], strict=True)])
    fit = Logit(tied.astype(float), design).fit(disp=0)
    assert np.all(abs(fit.params - network.truth["log_odds"].to_numpy()) < 4 * fit.bse)  # 4 standard errors


def test_events_are_attended_by_actors_who_are_tied(network):
    attendance = network.tables["attendance"]
    assert attendance["event"].nunique() == 60
    assert not attendance.duplicated().any()
    ties = set(zip(network.frame["source"], network.frame["target"], strict=True))
    for _, there in attendance.groupby("event")["actor"]:
        names = sorted(there)
        assert len(names) >= 2
        assert any((a, b) in ties for a in names for b in names)


def test_a_network_without_structure_or_events():
    made = criminal_network(60, communities=1, core=0, mean_degree=3, events=0, ties={}, seed=2)
    assert made.truth["core"] == ()
    assert made.tables["attendance"].empty
    assert made.truth["log_odds"][list(TIES)].eq(0).all()
    assert np.isclose(made.truth["log_odds"]["intercept"], np.log((3 / 59) / (1 - 3 / 59)), atol=1e-9)  # ten digits


def test_the_intercept_gives_the_density():
    score = np.linspace(-3, 4, 50)
    intercept = tie_intercept(score, 0.2)
    assert abs((1 / (1 + np.exp(-intercept - score))).mean() - 0.2) < 1e-9  # the intercept has ten digits


@pytest.mark.slow
def test_poisson_regression_finds_the_gravity_coefficients():
    from statsmodels.api import GLM, families

    made = flows(25, 4, total=60_000, dispersion=0.0, seed=3)
    frame = made.frame
    assert len(frame) == 25 * 24 * 4
    assert (frame["origin"] != frame["destination"]).all()
    names = list(made.truth["coefficients"].index)
    effects = pd.get_dummies(frame[["origin", "destination"]].assign(year=frame["year"].astype(str)), drop_first=True)
    design = frame[names].assign(one=1.0).join(effects.astype(float))
    fit = GLM(frame["flow"], design, family=families.Poisson()).fit()
    assert np.all(abs(fit.params[names] - made.truth["coefficients"]) < 4 * fit.bse[names])  # 4 standard errors
    assert abs(frame["flow"].sum() - 60_000) < 4 * np.sqrt(60_000)  # 4 Poisson errors


def test_dispersion_makes_more_zeros():
    even, uneven = (flows(15, 3, dispersion=value, seed=4).frame["flow"] for value in (0.0, 2.0))
    assert (uneven == 0).mean() > (even == 0).mean() + 0.05


@pytest.fixture(scope="module")
def sample():
    return respondent_sample(500, population=2_000, homophily=2.0, activity=2.0, seed=5)


def test_a_chain_leads_back_to_a_seed(sample):
    frame = sample.frame
    assert len(frame) == frame["id"].nunique() == 500
    seeds = frame[frame["recruiter"].isna()]
    assert len(seeds) >= 8
    assert (seeds["wave"] == 0).all()
    waves = frame.set_index("id")["wave"]
    place = {person: i for i, person in enumerate(frame["id"])}
    recruits = frame.dropna(subset=["recruiter"])
    assert (waves[recruits["recruiter"]].to_numpy() + 1 == recruits["wave"].to_numpy()).all()
    assert all(place[r.recruiter] < place[r.id] for r in recruits.itertuples())
    assert recruits["recruiter"].value_counts().max() <= 3


def test_recruits_are_ties_and_degrees_are_those_of_the_network(sample):
    ties = sample.tables["ties"]
    pairs = set(zip(ties["source"], ties["target"], strict=True))
    recruits = sample.frame.dropna(subset=["recruiter"])
    assert all(tuple(sorted((r.id, r.recruiter))) in pairs for r in recruits.itertuples())
    degree = pd.concat([ties["source"], ties["target"]]).value_counts()
    assert (degree[sample.frame["id"]].to_numpy() == sample.frame["degree"].to_numpy()).all()
    assert degree.size == 2_000, "everybody can be reached"
    assert sample.truth["mean_degree"] == pytest.approx(degree.mean())
    assert sample.truth["within"] > 0.3**2 + 0.7**2, "more than without homophily"


def raw_and_weighted(n, population, repeats):
    """Mean share with the trait over some samples, as it is and weighted by inverse degree."""
    frames = [
        respondent_sample(n, population=population, activity=2.0, homophily=1.0, seed=seed).frame
        for seed in range(repeats)
    ]
    raw = [frame["exploited"].mean() for frame in frames]
    return np.mean(raw), np.mean([np.average(frame["exploited"], weights=1 / frame["degree"]) for frame in frames])


@pytest.mark.slow
def test_weighting_by_degree_undoes_the_activity():
    raw, weighted = raw_and_weighted(150, 3_000, 12)
    assert raw > 0.38
    # one sample has an error of about .05; the mean of twelve .014, and recruiting without replacement takes .01 off
    assert abs(weighted - 0.3) < 0.05


def test_recruiting_without_replacement_makes_the_weighted_share_too_small():
    """Gile and Handcock (2010): a sample that uses the population up no longer visits people in step with degree."""
    assert raw_and_weighted(400, 600, 6)[1] < 0.25 < raw_and_weighted(400, 600, 6)[0]


def test_the_sample_may_be_the_whole_population():
    assert len(respondent_sample(60, population=60, mean_degree=3, seeds=1, coupons=1, seed=6).frame) == 60


def test_scale_up_counts_give_the_hidden_size_back():
    made = scale_up_survey(2_000, hidden=8_000, seed=7)
    frame, known = made.frame, made.tables["known"]
    reach = frame[known["group"]].to_numpy().sum() / known["size"].sum()
    seen = frame["hidden"].sum()
    assert abs(seen / reach / 8_000 - 1) < 4 / np.sqrt(seen)  # 4 Poisson errors; those of the known groups are smaller
    assert abs(reach * 1_000_000 / 2_000 / made.truth["mean_degree"] - 1) < 0.01  # 136,000 ties: .3 % is one error
    half = scale_up_survey(2_000, hidden=8_000, transmission=0.5, seed=7).frame["hidden"].sum()
    assert abs(half / seen - 0.5) < 0.05  # 4 Poisson errors on about 4,800 and 2,400 ties


def test_barriers_make_counts_vary_more():
    even, uneven = (scale_up_survey(1_000, spread=0.0, barrier=b, seed=8).frame["teachers"] for b in (0.0, 1.0))
    assert abs(even.var() / even.mean() - 1) < 0.2  # Poisson; the error of the ratio is sqrt(2/1000) = .045
    # a gamma factor of variance 1 gives 1 + mean = 8.2; the error is about .6
    assert uneven.var() / uneven.mean() == pytest.approx(8.2, abs=2.5)


@pytest.mark.parametrize(
    ("generator", "options", "message"),
    [
        (criminal_network, {"n": 3}, "n == 3"),
        (criminal_network, {"core": 81}, "core == 81"),
        (criminal_network, {"mean_degree": 79}, "mean_degree == 79"),
        (criminal_network, {"ties": {"friends": 1.0}}, "ties == 'friends'"),
        (flows, {"countries": 2}, "countries == 2"),
        (flows, {"dispersion": -1}, "dispersion == -1"),
        (flows, {"distance": float("nan")}, "log_distance == nan"),
        (respondent_sample, {"population": 5_001}, "population == 5001"),
        (respondent_sample, {"n": 3_000}, "n == 3000"),
        (respondent_sample, {"homophily": 0}, "homophily == 0"),
        (scale_up_survey, {"hidden": 2_000_000}, "size of 'hidden' == 2000000"),
        (scale_up_survey, {"known": {"hidden": 10}}, "must not hold a group called"),
        (scale_up_survey, {"transmission": 1.1}, "transmission == 1.1"),
    ],
)
def test_wrong_options_are_refused(generator, options, message):
    with pytest.raises(SpecificationError, match=message):
        generator(**options)
