"""Panels, trials, surveys, episodes and interviews hold the effects they say they hold."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import (
    campaign_trial,
    coded_interviews,
    policy_panel,
    trafficking_episodes,
    vulnerability_survey,
)


def test_a_law_moves_the_log_rate_by_its_effect_and_nothing_else():
    with_law = policy_panel(60, 16, effect=0.4, growth=0.05, differs=0.1, seed=1)
    without = policy_panel(60, 16, effect=0.0, growth=0.0, seed=1)
    frame = with_law.frame
    gain = frame["log_rate"] - without.frame["log_rate"]
    since = frame["year"] - frame["adopted"]
    cohort = frame["adopted"].rank(method="dense") - 1
    expected = (0.4 + 0.05 * since + 0.1 * cohort).where(frame["treated"] == 1, 0.0).astype(float)
    np.testing.assert_allclose(gain, expected, atol=2e-6)  # log rates have six digits
    treated = frame["treated"] == 1
    assert with_law.truth["simple"] == pytest.approx(gain[treated].mean(), abs=2e-6)
    by_year = gain[treated].groupby(since[treated]).mean()
    np.testing.assert_allclose(with_law.truth["dynamic"], by_year, atol=2e-6)
    cells = gain[treated].groupby([frame.loc[treated, "adopted"].astype(int), frame.loc[treated, "year"]]).mean()
    np.testing.assert_allclose(with_law.truth["cohort_year"], cells, atol=2e-6)


def test_a_spillover_reaches_the_neighbours():
    with_it, without = (policy_panel(30, 12, spillover=value, seed=2).frame for value in (0.2, 0.0))
    np.testing.assert_allclose(
        with_it["log_rate"] - without["log_rate"], 0.4 * with_it["neighbours"], atol=2e-6
    )  # .2 for one of two neighbours, .4 for both; six digits
    assert set(with_it["neighbours"]) == {0.0, 0.5, 1.0}
    table = with_it.pivot_table(index="year", columns="unit", values="treated")
    around = (np.roll(table, 1, axis=1) + np.roll(table, -1, axis=1)) / 2
    np.testing.assert_array_equal(around, with_it.pivot_table(index="year", columns="unit", values="neighbours"))


def test_units_adopt_in_the_years_and_shares_asked_for():
    frame = policy_panel(40, 10, adoption={2004: 0.25, 2007: 0.5}, seed=3).frame
    when = frame.drop_duplicates("unit")["adopted"]
    assert when.value_counts().to_dict() == {2007: 20, 2004: 10}
    assert when.isna().sum() == 10
    assert ((frame["year"] >= frame["adopted"]).fillna(value=False) == (frame["treated"] == 1)).all()


def test_selection_lets_the_rich_adopt_first():
    first = policy_panel(80, selection=1.0, seed=4).frame.drop_duplicates("unit").sort_values("adopted")
    income = first.groupby("adopted", dropna=False)["log_gdp"]
    assert (income.min().to_numpy()[:-1] >= income.max().to_numpy()[1:]).all()


@pytest.mark.parametrize("below", [0, 5, 11])
def test_small_counts_are_published_as_an_interval(below):
    made = policy_panel(60, 12, censored_below=below, seed=5)
    frame, whole = made.frame, policy_panel(60, 12, censored_below=0, seed=5).frame["detected"]
    hidden = frame["detected"].isna()
    assert hidden.equals(((whole > 0) & (whole < below)).astype(bool))
    assert frame["detected_low"].le(whole).all()
    assert frame["detected_high"].ge(whole).all()
    assert (frame.loc[hidden, ["detected_low", "detected_high"]] == [1, below - 1]).all().all()
    assert made.truth["censored"] == pytest.approx(hidden.mean())


def test_agreement_is_the_product_of_accuracies():
    made = coded_interviews(600, 20, accuracy=[0.95, 0.8, 0.6], seed=6)
    n = len(made.frame)
    for pair, truth in made.truth["pairs"].items():
        one, other = (made.frame[name] for name in pair.split(":"))
        observed = (one == other).mean()
        chance = float((one.value_counts(normalize=True) * other.value_counts(normalize=True)).sum())
        kappa = (observed - chance) / (1 - chance)
        # 4.5 standard errors of Cohen's kappa
        assert abs(kappa - truth) < 4.5 * np.sqrt(observed * (1 - observed) / n) / (1 - chance)
    assert made.truth["agreement"] == pytest.approx(np.mean([0.76, 0.57, 0.48]))


def test_interviews_saturate_as_expected():
    seen = []
    for seed in range(60):
        segments = coded_interviews(10, 6, seed=seed).tables["segments"]
        first = segments.drop_duplicates("code")["interview"].str[1:].astype(int)
        seen.append([(first <= read).sum() for read in range(1, 11)])
    truth = coded_interviews(10, 6, seed=0).truth["codes_seen"]
    error = np.std(seen, axis=0) / np.sqrt(60)
    assert np.all(abs(np.mean(seen, axis=0) - truth) < 4.5 * error + 0.02)  # where nearly all see all, the error is 0


def test_segments_left_out_are_missing():
    made = coded_interviews(50, 20, missing=0.1, seed=7)
    assert abs(made.frame.isna().to_numpy().mean() - 0.1) < 4 * np.sqrt(0.09 / 3_000)  # 4 standard errors
    perfect = coded_interviews(5, 4, coders=2, accuracy=1.0, seed=8)
    right = perfect.tables["segments"].set_index("segment")["code"]
    assert (perfect.frame.apply(lambda given: given == right)).all().all()


def occurrence_rate(frame, cause):
    """Ends by a cause for each month at risk, the maximum-likelihood estimate of a constant hazard, and its events."""
    ended = (frame["end"] == cause).sum()
    return ended / (frame["duration"] - frame["entry"]).sum(), ended


@pytest.mark.parametrize("late", [0.0, 18.0])
def test_hazards_are_recovered_with_and_without_late_entry(late):
    made = trafficking_episodes(40_000, late_entry=late, seed=9)
    frame = made.frame
    assert (frame["entry"] < frame["duration"]).all()
    reference = frame.query("sex == 'woman' and child == 'no' and exploitation == 'labour'")
    men = frame.query("sex == 'man' and child == 'no' and exploitation == 'labour'")
    for cause, rate, ratio in (("identified", 0.03, 0.0), ("escaped", 0.02, 0.4)):
        found, events = occurrence_rate(reference, cause)
        assert abs(np.log(found / rate)) < 4 / np.sqrt(events)  # 4 standard errors of a log rate
        again, more = occurrence_rate(men, cause)
        assert abs(np.log(again / found) - ratio) < 4 * np.sqrt(1 / events + 1 / more)
        assert made.truth["log_hazard_ratios"].loc["sex=man", cause] == ratio
    assert (len(frame) < made.truth["begun"]) == (late > 0)


@pytest.mark.parametrize("shape", [0.7, 1.0, 1.6])
def test_cumulative_incidence_is_the_stated_one(shape):
    ends = {"identified": (0.03, {}), "escaped": (0.02, {})}
    made = trafficking_episodes(20_000, ends=ends, shape=shape, follow_up=1e7, seed=10)
    for month, row in made.truth["incidence"].iterrows():
        for cause, truth in row.items():
            share = ((made.frame["end"] == cause) & (made.frame["duration"] <= month)).mean()
            # 4.5 standard errors; rounding and observation that stops early move less than .0005
            assert abs(share - truth) < 4.5 * np.sqrt(truth * (1 - truth) / 20_000) + 5e-4


def test_support_lowers_the_hazard_of_being_trafficked_again():
    made = trafficking_episodes(40_000, support=-0.7, seed=11)
    after = made.tables["afterwards"]
    assert set(after["person"]) == set(made.frame.loc[made.frame["end"] != "censor", "person"])
    groups = after[after["child"] == "no"].groupby("support")[["again", "duration"]].sum()
    rates = groups["again"] / groups["duration"]
    assert abs(np.log(rates[1] / rates[0]) + 0.7) < 4 * np.sqrt((1 / groups["again"]).sum())  # 4 standard errors


def test_a_trial_has_its_effect_and_its_correlation():
    made = campaign_trial(4_000, 10, effect=0.12, icc=0.08, seed=12)
    villages = made.frame.groupby("village").agg(arm=("campaign", "first"), share=("knows_signs", "mean"))
    arms = villages.groupby("arm")["share"].agg(["mean", "var", "size"])
    assert arms["size"].tolist() == [2_000, 2_000]
    error = np.sqrt((arms["var"] / arms["size"]).sum())
    assert abs(arms["mean"][1] - arms["mean"][0] - 0.12) < 4 * error  # 4 standard errors
    for arm, mean in ((0, 0.35), (1, 0.47)):
        # the variance of a village's share is p(1-p)(1 + 9 icc)/10; 2,000 villages know it to 3 %
        icc = (10 * arms["var"][arm] / (mean * (1 - mean)) - 1) / 9
        assert icc == pytest.approx(0.08, abs=0.03)
    assert made.truth["design_effect"] == pytest.approx(1.72)


def test_attendance_waters_the_effect_down_and_people_are_lost():
    made = campaign_trial(2_000, 20, effect=0.2, icc=0.0, attendance=0.5, lost=0.1, vary_size=True, seed=13)
    frame = made.frame
    assert not frame.loc[frame["campaign"] == 0, "attended"].any()
    assert abs(frame.loc[frame["campaign"] == 1, "attended"].mean() - 0.5) < 0.02  # 6 standard errors
    arms = frame.groupby("campaign")["knows_signs"].mean()
    assert arms[1] - arms[0] == pytest.approx(0.1, abs=0.02)  # 4 standard errors with 18,000 people in an arm
    assert made.truth["intention_to_treat"] == pytest.approx(0.1)
    assert abs(frame["knows_signs"].isna().mean() - 0.1) < 0.007  # 4 standard errors
    assert frame.groupby("village").size().nunique() > 5


def test_a_survey_confounds_unless_it_is_told_not_to():
    confounded, randomised = (vulnerability_survey(60_000, confounding=value, seed=14) for value in (1.0, 0.0))
    for made in (confounded, randomised):
        risk = made.frame.groupby("alone")["any_indicator"].mean()
        assert abs(risk[1] - risk[0] - made.truth["naive"]) < 0.016  # 4 standard errors
    assert confounded.truth["naive"] > confounded.truth["ate"] + 0.02
    assert randomised.truth["naive"] == pytest.approx(randomised.truth["ate"], abs=1e-9)  # all have the same chance
    assert confounded.truth["prevalence_ratio"] > 1


def test_logistic_regression_finds_the_log_odds_of_the_survey():
    from statsmodels.discrete.discrete_model import Logit

    made = vulnerability_survey(40_000, effect=0.6, seed=15)
    frame, truth = made.frame, made.truth["log_odds"]
    terms = {term: term.partition("=")[::2] for term in truth.index if "=" in term}
    design = pd.DataFrame({term: (frame[name] == level).astype(float) for term, (name, level) in terms.items()})
    design = design.assign(**{"alone": frame["alone"], "months>6": frame["months"] > 6, "intercept": 1.0}).astype(float)
    fit = Logit(frame["any_indicator"], design).fit(disp=0)
    assert np.all(abs(fit.params - truth[design.columns]) < 4 * fit.bse)  # 4 standard errors


def test_an_exploited_respondent_names_an_indicator_and_nobody_else_does():
    made = vulnerability_survey(5_000, unreported=0.0, seed=16)
    columns = ["held_against_will", "worked_without_pay", "forced_to_work", "arranged_marriage", "organ_offer"]
    assert ((made.frame[columns] == "yes").any(axis=1) == (made.frame["any_indicator"] == 1)).all()
    holes = vulnerability_survey(5_000, unreported=0.2, seed=16).frame[columns].isna().to_numpy().mean()
    assert abs(holes - 0.2) < 4 * np.sqrt(0.16 / 25_000)  # 4 standard errors


@pytest.mark.parametrize(
    ("generator", "options", "message"),
    [
        (policy_panel, {"adoption": {1999: 0.5}}, "adoption == 1999"),
        (policy_panel, {"adoption": {2005: 0.6, 2006: 0.6}}, "at most 1"),
        (policy_panel, {"selection": 2}, "selection == 2"),
        (policy_panel, {"effect": float("inf")}, "effect == inf"),
        (coded_interviews, {"coders": 1}, "coders == 1"),
        (coded_interviews, {"accuracy": [0.9]}, "one chance or 3"),
        (coded_interviews, {"codes": {"debt": 0.4}}, "add up to 1"),
        (trafficking_episodes, {"ends": {"escaped": (0.0, {})}}, "rate of 'escaped' == 0.0"),
        (trafficking_episodes, {"ends": {"escaped": (0.1, {"sex=other": 1.0})}}, "effect == 'sex=other'"),
        (trafficking_episodes, {"shape": 0}, "shape == 0"),
        (campaign_trial, {"effect": 0.7}, "effect == 0.7"),
        (campaign_trial, {"icc": 1}, "icc == 1"),
        (campaign_trial, {"attendance": 1.5}, "attendance == 1.5"),
        (vulnerability_survey, {"n": 1}, "n == 1"),
        (vulnerability_survey, {"unreported": -0.1}, "unreported == -0.1"),
    ],
)
def test_wrong_options_are_refused(generator, options, message):
    with pytest.raises(SpecificationError, match=message):
        generator(**options)
