"""The invented region keeps occurrence, detection and reporting apart, and publishes as UNODC does."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import region


@pytest.fixture(scope="module")
def made():
    return region(seed=3)


def test_what_is_recorded_was_detected_and_what_was_detected_happened(made):
    flows = made.truth["flows"]
    assert (flows["recorded"] <= flows["detected"]).all()
    assert (flows["detected"] <= flows["occurred"]).all()
    assert len(flows) == 13 * 13 * 15 * 3 * 2 * 2
    by_year = flows.groupby(["destination", "year"])[["occurred", "detected", "recorded"]].sum()
    truth = made.truth["country_years"].set_index(["country", "year"])
    pd.testing.assert_frame_equal(by_year, truth[list(by_year)], check_names=False, check_like=True)
    domestic = flows["origin"] == flows["destination"]
    assert 0.1 < flows.loc[domestic, "occurred"].sum() / flows["occurred"].sum() < 0.9


def test_a_law_does_what_it_is_said_to_do():
    big = {"total": 3e6, "dispersion": 0.0, "seed": 4}
    law, none = region(**big), region(**big, occurrence=0.0, detection=0.0, prosecution=0.0, hotline=0.0)
    one, other = law.truth["country_years"], none.truth["country_years"]
    np.testing.assert_allclose(
        np.log(one["occurred"] / other["occurred"]), one["effect_on_occurrence"], atol=0.05
    )  # Poisson error of some 20,000 people or more is below .01; .05 is five of the smallest country's
    per_head = [np.log(t["prosecuted"] / t["detected"]) for t in (one, other)]
    np.testing.assert_allclose(per_head[0] - per_head[1], one["effect_on_prosecution"], atol=0.25)  # hundreds of people
    shift = logit(one["detection"]) - logit(other["detection"])
    np.testing.assert_allclose(shift, one["effect_on_detection"], atol=0.02)  # a mean over forms, so not exact
    since = one["year"] - one["country"].map(
        law.tables["laws"].query("law == 'criminalisation'").set_index("country")["adopted"]
    )
    first, whole = (one.loc[(since == s).fillna(value=False), "effect_on_occurrence"] for s in (0, 2))
    assert set(first.round(6)) == {-0.1}
    assert set(whole.round(6)) == {-0.3}
    assert law.truth["effects"].loc["hotline"].to_dict() == {"occurrence": 0.0, "detection": 0.4, "prosecution": 0.0}


def test_detection_is_the_share_detected(made):
    flows = region(total=2e6, dispersion=0.0, seed=5).truth
    cells = flows["flows"].groupby(["destination", "year"])[["occurred", "detected", "recorded"]].sum()
    truth = flows["country_years"].set_index(["country", "year"]).loc[cells.index]
    share = cells["recorded"] / cells["detected"]
    assert np.abs(share - truth["recorded_share"]).max() < 0.1  # some hundred people detected in the smallest


def test_it_is_published_as_unodc_does(made):
    frame, corridors = made.frame, made.tables["corridors"]
    assert 0.4 < (corridors["recorded"] == "<5").mean() < 0.65
    assert not frame["txtVALUE"].isin(["0", "1", "2", "3", "4"]).any()
    assert made.truth["masked"] == pytest.approx((frame["txtVALUE"] == "<5").mean())
    flows = made.truth["flows"].groupby(["origin_then", "destination_then", "year"])["recorded"].sum()
    shown = corridors[corridors["origin"] != "Abroad"].set_index(["origin", "destination", "year"])["recorded"]
    held = flows.loc[shown.index]
    plain = shown != "<5"
    assert (shown[plain].str.replace(",", "").astype(int) == held[plain]).all()
    assert held[~plain].between(1, 4).all()
    unlisted = flows.drop(shown.index)
    said = made.tables["reported"].query("citizenships == 1").set_index(["country", "year"]).index
    of_reporters = unlisted[unlisted.reset_index().set_index(["destination_then", "year"]).index.isin(said)]
    assert set(of_reporters) == {0, 1, 2, 3, 4}, "a corridor that is not there may be nobody or a few"
    silent = made.tables["reported"].groupby("country")["reported"].sum()
    assert (silent == 0).sum() == 1
    assert "Abroad" in set(corridors["origin"])


def test_a_country_splits(made):
    succession = made.tables["succession"]
    old = succession["former"].unique().item()
    assert succession["share"].sum() == pytest.approx(1)
    reported = made.tables["reported"]
    assert reported.loc[reported["country"] == old, "year"].max() == 2013
    assert reported.loc[reported["country"].isin(succession["successor"]), "year"].min() == 2014
    laws = made.tables["laws"].set_index(["law", "country"])["adopted"]
    one, other = (laws.xs(name, level="country").to_dict() for name in succession["successor"])
    assert one == other
    whole = region(split=None, seed=3)
    assert len(whole.tables["succession"]) == 0
    assert set(whole.tables["reported"]["country"]) == set(whole.tables["countries"]["country"])


def test_two_adopt_in_one_year_one_alone_one_before_and_some_never(made):
    laws = made.tables["laws"]
    former = made.tables["countries"].set_index("country")["former"]
    law = laws[laws["law"] == "criminalisation"]
    once = law.assign(country=law["country"].map(former)).drop_duplicates("country")
    assert sorted(once["adopted"].value_counts()) == [1, 1, 1, 2, 2, 2]
    assert (once["adopted"] < 2008).sum() == 1
    assert once["adopted"].isna().sum() == 3
    first = region(selection=1.0, seed=3)
    income = first.tables["country_years"].query("year == 2008").set_index("country")["log_gdp"]
    when = first.tables["laws"].query("law == 'criminalisation'").set_index("country")["adopted"]
    assert income[when.isna().to_numpy()].max() <= income[when.notna().to_numpy()].min()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"countries": 3}, "countries == 3"),
        ({"countries": 99}, "countries == 99"),
        ({"years": 2}, "years == 2"),
        ({"split": 2008}, "split == 2008"),
        ({"gaps": 1.0}, "gaps == 1"),
        ({"selection": 2.0}, "selection == 2.0"),
        ({"total": 0}, "total == 0"),
        ({"occurrence": float("nan")}, "occurrence == nan"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        region(**options)


def test_all_may_be_published():
    made = region(censored_below=0, gaps=0.0, unlisted=0.0, seed=6)
    assert made.truth["masked"] == 0
    assert set(made.tables["corridors"]["origin"]) <= set(made.truth["flows"]["origin_then"])
