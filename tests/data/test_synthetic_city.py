"""The invented city: its truth adds up, its samples are of whom they say, and designs find the truth or miss it as told."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import city, city_sample, scale_up_survey
from ctresearch.data.synthetic.city import GROUPS, LISTS

CITY = city(8_000, prevalence=0.05, seed=2)
DESIGNS = ("household", "members", "recapture", "time-location", "respondent-driven", "lists", "registered")


def test_the_same_seed_gives_the_same_city_and_samples():
    again = city(8_000, prevalence=0.05, seed=2)
    pd.testing.assert_frame_equal(CITY.frame, again.frame)
    pd.testing.assert_frame_equal(CITY.tables["ties"], again.tables["ties"])
    assert not CITY.frame.equals(city(8_000, prevalence=0.05, seed=3).frame)
    for design in DESIGNS:
        one, same, other = (city_sample(CITY, design, 80, seed=seed) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(one, same)
        assert not one.equals(other)


def test_the_truth_adds_up():
    frame, ties, truth = CITY.frame, CITY.tables["ties"], CITY.truth
    assert truth["population"] == len(frame) == 8_000
    assert truth["exploited"] == frame["exploited"].sum()
    assert truth["prevalence"] == pytest.approx(truth["exploited"] / truth["adults"])
    # of 5,760 adults with a mean chance of .05 the share has an error of .003: three of them
    assert truth["prevalence"] == pytest.approx(0.05, abs=0.009)
    assert frame.loc[frame["adult"] == 0, ["exploited", "nights", *GROUPS]].to_numpy().sum() == 0
    assert frame.loc[frame["exploited"] == 0, list(LISTS)].to_numpy().sum() == 0
    assert frame["household"].is_monotonic_increasing
    assert len(frame.drop_duplicates(["household", "area"])) == frame["household"].nunique()
    assert (ties["one"] < ties["other"]).all()
    assert not ties.duplicated(["one", "other"]).any()
    exploited = frame.set_index("person")["exploited"]
    assert (ties.loc[ties["one_aware"] == 1, "other"].map(exploited) == 1).all()
    assert (ties.loc[ties["other_aware"] == 1, "one"].map(exploited) == 1).all()
    assert truth["mean_degree"] == pytest.approx(2 * len(ties) / 8_000)
    assert truth["mean_degree"] == pytest.approx(40, rel=0.1)  # pairs drawn twice are lost
    assert {name: truth[name] for name in GROUPS} == {name: frame[name].sum() for name in GROUPS}


def test_a_share_of_those_who_know_an_exploited_person_is_aware_of_it():
    exploited = CITY.frame.set_index("person")["exploited"]
    ties = CITY.tables["ties"]
    knows = ties["other"].map(exploited) == 1
    # some 15,000 ties: a share of .8 has an error of .003
    assert ties.loc[knows, "one_aware"].mean() == pytest.approx(0.8, abs=0.02)
    blind = city(2_000, prevalence=0.05, aware=0.0, seed=1)
    assert blind.truth["visible_share"] == 0


def test_the_household_survey_counts_adults_and_whom_they_know():
    sample = city_sample(CITY, "household", 900, seed=4)
    # weights of a two-stage sample of 32 areas of unequal size: within a quarter
    assert sample["weight"].sum() == pytest.approx(CITY.truth["adults"], rel=0.25)
    assert sample["area"].nunique() >= 8
    assert len(sample.drop_duplicates(["area", "zone"])) == sample["area"].nunique()
    known = sample[[f"knows_{name}" for name in GROUPS]].to_numpy().sum()
    expected = len(sample) * CITY.truth["mean_degree"] * sum(CITY.truth[name] for name in GROUPS) / 8_000
    assert known == pytest.approx(expected, rel=0.15)


def test_samples_are_of_exploited_people_and_no_larger_than_asked():
    hidden = CITY.truth["exploited"]
    assert len(city_sample(CITY, "members", 80, seed=1)) == 80
    assert len(city_sample(CITY, "members", 10**6, seed=1)) == hidden
    recruited = city_sample(CITY, "respondent-driven", 100, seed=1)
    assert len(recruited) == 100
    assert recruited["id"].is_unique
    assert recruited["recruiter"].dropna().isin(recruited["id"]).all()
    assert recruited["recruiter"].value_counts().max() <= 3
    wave = recruited.set_index("id")["wave"]
    own = recruited.dropna(subset=["recruiter"])
    assert (own["wave"].to_numpy() == wave[own["recruiter"]].to_numpy() + 1).all()
    assert (recruited["degree"] > 0).all()
    for design in ("recapture", "lists", "registered"):
        sample = city_sample(CITY, design, 60, seed=1)
        assert sample.isin([0, 1]).all(axis=None)
        assert sample.any(axis=1).all()
        assert len(sample) <= hidden
    assert city_sample(CITY, "registered", 60, seed=1)["survey"].sum() == 60


def test_venues_are_drawn_with_those_who_are_there():
    met = city_sample(CITY, "time-location", 200, seed=1)
    assert met["event"].nunique() == 8
    assert met.groupby("event").size().max() <= 25
    assert met["nights"].between(1, 14).all()
    assert met.groupby("event")["attended"].nunique().max() == 1
    assert (met.groupby("event").size() <= met.groupby("event")["attended"].first()).all()
    assert met.groupby("event")["venue"].nunique().max() == 1
    assert (met["venue"] == met["event"] // 14 + 1).all()
    assert met["events"].unique().tolist() == [24 * 14]
    everywhere = city_sample(CITY, "time-location", 10**6, seed=1)
    assert everywhere["event"].nunique() == 24 * 14
    out = CITY.frame.loc[CITY.frame["nights"] > 0, "nights"].clip(upper=14)
    assert everywhere.groupby("event")["attended"].first().sum() == out.sum()
    # weights of all events give the people who go out: up to 25 of some 25 at each are drawn, so within 3 %
    rows = everywhere.groupby("event")["attended"].transform("size")
    assert (everywhere["attended"] / rows / everywhere["nights"]).sum() == pytest.approx(len(out), rel=0.03)


def test_members_are_drawn_by_how_many_they_know_and_weights_say_so():
    hidden = CITY.truth["exploited"]
    weights = [city_sample(CITY, "members", 120, seed=seed)["weight"] for seed in range(60)]
    assert {len(one) for one in weights} == {120}
    # weights are one over the chance, so that their sum is that of the people: its error over 60 samples is 1.4 %
    assert np.mean([one.sum() for one in weights]) == pytest.approx(hidden, rel=0.05)
    assert min(one.min() for one in weights) >= 1
    assert weights[0].nunique() > 20
    assert city_sample(CITY, "members", hidden, seed=1)["weight"].unique().tolist() == [1.0]


def test_people_who_recruit_each_other_carry_their_lists():
    recruited = city_sample(CITY, "respondent-driven", 10**6, seed=1)
    hidden = CITY.frame[CITY.frame["exploited"] == 1]
    assert recruited["id"].is_unique
    # few know none of the others; all who know one can be reached
    assert 0.95 * len(hidden) < len(recruited) <= len(hidden)
    at = recruited["id"].str[1:].astype(int)
    for name in (*LISTS, "woman"):
        assert (recruited[name].to_numpy() == hidden[name].to_numpy()[at]).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 999}, "n == 999, must be"),
        ({"prevalence": 0.0}, "prevalence == 0.0, must be"),
        ({"prevalence": 0.5}, "prevalence == 0.5, must be"),
        ({"mean_degree": 0.9}, "mean_degree == 0.9, must be"),
        ({"near": 1.1}, "near == 1.1, must be"),
        ({"alike": -0.1}, "alike == -0.1, must be"),
        ({"aware": 1.1}, "aware == 1.1, must be"),
        ({"prevalence": 1e-9}, "leaves nobody exploited"),
        ({"mean_degree": 51.0}, "mean_degree == 51.0, must be"),
    ],
)
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        city(**{"n": 1000, "seed": 1} | options)


def test_a_sample_of_something_else_is_refused():
    with pytest.raises(SpecificationError, match="must be one of"):
        city_sample(CITY, "snowball", 10)
    with pytest.raises(SpecificationError, match="n == 0"):
        city_sample(CITY, "lists", 0)
    with pytest.raises(SpecificationError, match="and no city"):
        city_sample(scale_up_survey(10), "lists", 10)


@pytest.mark.slow
def test_designs_whose_assumptions_hold_find_the_truth():
    from ctresearch.prevalence import plan_designs, plans_of_city

    made = city(20_000, prevalence=0.04, seed=7)
    names = ["generalised scale-up", "lists and a survey"]
    table = plan_designs(plans_of_city(made, names), made.truth["exploited"], draws=60, seed=1).estimates
    for name in names:
        rows = table[table["design"] == name]["estimate"]
        # 60 intervals of 95 %: one in a thousand times fewer than 86 % hold the truth
        assert rows["coverage"] >= 0.86, name
        assert abs(rows["bias"]) < 3 * rows["spread"] / np.sqrt(60), name
