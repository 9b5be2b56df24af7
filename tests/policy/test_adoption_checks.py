"""What staggered adoption must see, must refuse and must recover."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CtResearchError, Result
from ctresearch.policy import (
    AdoptionEstimators,
    Panel,
    RepeatedSections,
    StaggeredAdoption,
    SwitchingTreatment,
    simulate_adoption,
    simulate_sections,
)
from ctresearch.policy.adoption.estimated_cells import ESTIMATORS

FEW = {"units": 40, "treated": 8, "cohorts": (3, 4, 6, 6, 7, 7, 7), "correlation": 0.6, "sizes": 1.0}
LARGE = {"units": 240, "cohorts": (3, 5)}


def status(result, name):
    """Return the answer of one check."""
    return next(check.status for check in result.checks if check.name == name)


def read(frame, **options):
    """Read a frame of areas and periods."""
    options = {"adopted": "adopted"} | options
    return Panel.from_frame(frame, unit="unit", time="time", outcome="outcome", outcome_kind="response", **options)


def table(**options):
    """Return an invented panel as a frame."""
    frame = simulate_adoption(**options).to_frame()
    return frame.assign(adopted=frame["first_treated"].replace(np.inf, np.nan))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_every_estimator_finds_a_constant_effect(estimator, missing):
    panel = simulate_adoption(**LARGE, effect=2.0, missing=missing, seed=1)
    row = StaggeredAdoption(estimator=estimator, inference="analytic").fit(panel).estimates.loc["simple"]
    assert abs(row["estimate"] - 2.0) < 4 * row["std_error"]


def test_a_growing_effect_misleads_the_two_way_model_alone():
    panel = simulate_adoption(units=2000, periods=10, cohorts=(3, 7), treated=1990, effect=1.0, growth=1.0, seed=2)
    found = AdoptionEstimators(control="not_yet", inference="analytic").fit(panel).estimates
    first = np.asarray(panel.first_treated)
    since = panel.times[None] - first[:, None]
    truth = (1.0 + since)[since >= 0].mean()
    away = (found["estimate"] - truth).abs() / found["std_error"]
    assert away.drop("two-way").max() < 4
    assert away["two-way"] > 8


def test_repeated_sections_find_the_effect_with_a_covariate():
    result = StaggeredAdoption().fit(simulate_sections(people=20_000, slope=0.3, effect=1.0, seed=3))
    row = result.estimates.loc["simple"]
    assert abs(row["estimate"] - 1.0) < 4 * row["std_error"]
    assert result.smallest_group > 100
    assert result.meanings()["n"].of == "person"


def test_universal_and_varying_bases_agree_after_adoption():
    panel = simulate_adoption(units=60, seed=4)
    one, two = (StaggeredAdoption(base=base, method="regression").fit(panel) for base in ("varying", "universal"))
    after = [result.event_study.query("since >= 0")["estimate"].to_numpy() for result in (one, two)]
    assert after[0] == pytest.approx(after[1], abs=1e-12)


def test_anticipation_moves_the_base_back():
    frame = table(units=80, effect=0.0, seed=5)
    early = frame["time"] == frame["adopted"] - 1
    panel = read(frame.assign(outcome=frame["outcome"] + 3 * early))
    found = [StaggeredAdoption(anticipation=a).fit(panel).estimates.loc["simple", "estimate"] for a in (0, 1)]
    assert found[0] < -2
    assert abs(found[1]) < 0.6


def test_bands_are_wider_than_limits_and_one_seed_gives_one_band():
    panel = simulate_adoption(**LARGE, seed=6)
    one, two = (StaggeredAdoption(seed=3).fit(panel) for _ in range(2))
    events = one.event_study
    assert (events["band_high"] > events["ci_high"]).all()
    assert one == two
    assert one.critical_value != StaggeredAdoption(seed=4).fit(panel).critical_value


def test_weights_count_units_as_many_times():
    frame = table(units=30, seed=7)
    twice = frame[frame["unit"].isin(sorted(set(frame["unit"]))[:10])]
    doubled = pd.concat([frame, twice.assign(unit=twice["unit"] + " again")])
    weighted = frame.assign(weight=np.where(frame["unit"].isin(set(twice["unit"])), 2.0, 1.0))
    one = StaggeredAdoption().fit(read(doubled)).estimates["estimate"]
    two = StaggeredAdoption().fit(read(weighted, weight="weight")).estimates["estimate"]
    assert one.to_numpy() == pytest.approx(two.to_numpy(), abs=1e-10)


@pytest.mark.parametrize("inference", ["leave-one-out", "randomisation", "conley-taber", "ferman-pinto", "wild"])
def test_every_inference_of_few_gives_limits_around_the_estimate(inference):
    row = StaggeredAdoption(inference=inference, draws=199).fit(simulate_adoption(**FEW, seed=1)).estimates.iloc[0]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_few_treated_are_left_out_one_by_one_and_many_are_not():
    few, many = (StaggeredAdoption().fit(simulate_adoption(**one, seed=2)) for one in (FEW, LARGE))
    assert (few.interval, status(few, "few treated")) == ("t", "review")
    assert (many.interval, status(many, "few treated")) == ("normal", "pass")
    assert (
        status(StaggeredAdoption(inference="analytic").fit(simulate_adoption(**FEW, seed=2)), "few treated") == "fail"
    )


def test_one_treated_unit_has_an_estimate_and_no_limits():
    result = StaggeredAdoption().fit(simulate_adoption(units=30, treated=1, cohorts=(4,), seed=1))
    assert np.isfinite(result.estimates.loc["simple", "estimate"])
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert status(result, "few treated") == "fail"


def test_two_that_adopt_in_one_year_have_no_limits_either():
    result = StaggeredAdoption().fit(simulate_adoption(units=30, treated=2, cohorts=(4,), seed=1))
    assert result.estimates["ci_low"].isna().all()


def test_trends_that_differ_before_are_seen():
    slanted = StaggeredAdoption().fit(simulate_adoption(**LARGE, trend=0.7, seed=3))
    assert status(slanted, "trends before adoption") == "fail"
    assert status(StaggeredAdoption().fit(simulate_adoption(**LARGE, seed=3)), "trends before adoption") == "pass"
    at_once = simulate_adoption(units=200, cohorts=(1,), seed=3)
    assert status(StaggeredAdoption().fit(at_once), "trends before adoption") == "review"


def test_the_two_way_model_passes_with_one_cohort_alone():
    one, two = (
        StaggeredAdoption(estimator="two-way").fit(simulate_adoption(units=120, cohorts=c, seed=1))
        for c in ((4,), (3, 6))
    )
    assert status(one, "forbidden comparisons") == "pass"
    assert status(two, "forbidden comparisons") == "fail"


def test_units_treated_from_the_start_are_left_out_and_named():
    frame = table(units=60, seed=1)
    early = frame["unit"] == "area 1"
    result = StaggeredAdoption().fit(read(frame.assign(adopted=frame["adopted"].mask(early, 0))))
    assert (result.n, status(result, "units left out")) == (59, "review")
    assert status(StaggeredAdoption().fit(read(frame)), "units left out") == "pass"


def test_treated_cells_without_comparison_are_counted():
    panel = simulate_adoption(units=60, treated=60, cohorts=(3, 6), seed=1)
    result = StaggeredAdoption(estimator="borusyak-jaravel-spiess", control="not_yet").fit(panel)
    assert status(result, "cells without comparison") == "review"
    whole = StaggeredAdoption(estimator="borusyak-jaravel-spiess").fit(simulate_adoption(units=60, seed=1))
    assert not [check for check in whole.checks if check.name == "cells without comparison"]


def test_one_comparison_unit_is_a_review():
    result = StaggeredAdoption().fit(simulate_adoption(units=30, treated=29, seed=1))
    assert status(result, "comparison") == "review"


def test_estimators_that_disagree_are_seen():
    slanted = AdoptionEstimators().fit(simulate_adoption(units=600, cohorts=(3, 5), trend=0.8, seed=1))
    assert status(slanted, "agreement") == "review"
    assert status(AdoptionEstimators().fit(simulate_adoption(units=600, cohorts=(3, 5), seed=1)), "agreement") == "pass"


@pytest.mark.slow
def test_a_panel_of_nine_years_with_a_third_missing_keeps_its_coverage():
    held = []
    for seed in range(24):
        row = (
            StaggeredAdoption().fit(simulate_adoption(units=60, effect=1.0, missing=1 / 3, seed=seed)).estimates.iloc[0]
        )
        held.append(row["ci_low"] <= 1.0 <= row["ci_high"])
    assert sum(held) >= 20  # at 95 % each, fewer of 24 come about once in 200 times


def test_detected_cases_carry_the_bounds_of_detection():
    frame = table(units=60, effect=2.0, seed=1).assign(outcome=lambda d: d["outcome"] + 20)
    panel = Panel.from_frame(
        frame, unit="unit", time="time", outcome="outcome", adopted="adopted", outcome_kind="detection",
        detection=((0.1, 0.2), (0.1, 0.3)),
    )  # fmt: skip
    result = StaggeredAdoption().fit(panel)
    assert (result.outcome_kind, status(result, "outcome")) == ("detection", "fail")
    assert result.occurrence_low < 1 < result.occurrence_high
    assert result.term_meaning("simple").outcome == "detection"


def test_tiers_that_rise_and_fall_are_estimated_with_their_sign():
    rng = np.random.default_rng(1)
    dose = np.clip(np.cumsum(rng.integers(-1, 2, (150, 6)) * (rng.random((150, 6)) < 0.5), axis=1) + 1, 0, 2)
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"c{i}" for i in range(150)], 6),
            "time": np.tile(range(6), 150),
            "tier": dose.ravel(),
            "outcome": (1.5 * dose + rng.standard_normal((150, 1)) + 0.3 * rng.standard_normal((150, 6))).ravel(),
        }
    )
    panel = read(frame, adopted=None, treatment="tier")
    result = SwitchingTreatment(effects=3).fit(panel)
    row = result.estimates.loc["per_unit_of_treatment"]
    assert abs(row["estimate"] - 1.5) < 4 * row["std_error"]
    assert status(result, "treatments that cross") == "review"
    up, down = (SwitchingTreatment(effects=1, changes=one).fit(panel).event_study for one in ("up", "down"))
    assert up["units"].iloc[-1] + down["units"].iloc[-1] == result.event_study.query("since == 0")["units"].iloc[0]
    assert status(SwitchingTreatment().fit(simulate_adoption(units=30, treated=6, seed=1)), "few treated") == "fail"


def test_tables_survive_the_way_to_json_and_the_picture_shows_its_numbers():
    result = StaggeredAdoption(inference="wild", draws=99).fit(simulate_adoption(**FEW, seed=3))
    assert Result.from_dict(result.to_dict()) == result
    assert result.plot().get_ylabel() == "effect on the outcome"


ALL_AT_ONCE = simulate_adoption(units=20, treated=20, cohorts=(4,), seed=1)
NOBODY = read(table(units=20, seed=1).assign(adopted=np.nan))
NEVER_NONE = simulate_adoption(units=20, treated=20, seed=1)
SWITCHED_OFF = read(
    table(units=20, seed=1).assign(law=lambda d: (d["time"] % 4 == 2) * 1), adopted=None, treatment="law"
)
DOSES = read(table(units=20, seed=1).assign(law=lambda d: d["treatment"] * 0.5), adopted=None, treatment="law")
TELLING = table(units=40, treated=6, cohorts=(4,), seed=1)
TELLING = read(TELLING.assign(x=TELLING["first_treated"].lt(99) * 1.0), covariates=["x"])
TWICE = table(units=40, slope=0.2, seed=1).assign(z=lambda d: 2 * d["x"] + 1)
MISUSE = {
    "a table in place of a panel": (lambda: StaggeredAdoption().fit(table(units=20)), "must be a Panel"),
    "all adopt at once": (lambda: StaggeredAdoption().fit(ALL_AT_ONCE), "InterruptedSeries"),
    "nobody adopts": (lambda: StaggeredAdoption().fit(NOBODY), "there is no effect to see"),
    "nobody never adopts": (lambda: StaggeredAdoption().fit(NEVER_NONE), "use control='not_yet'"),
    "a law that is switched off": (lambda: StaggeredAdoption().fit(SWITCHED_OFF), "SwitchingTreatment"),
    "a dose": (lambda: StaggeredAdoption().fit(DOSES), "SwitchingTreatment"),
    "a covariate that tells adopters": (lambda: StaggeredAdoption().fit(TELLING), "cannot be told apart among"),
    "covariates that repeat": (
        lambda: StaggeredAdoption().fit(read(TWICE, covariates=["x", "z"])),
        "cannot be told apart",
    ),
    "placebos with gaps": (
        lambda: StaggeredAdoption(inference="wild").fit(simulate_adoption(units=40, missing=0.1)),
        "without covariates and gaps",
    ),
    "placebos from ten countries": (
        lambda: StaggeredAdoption(inference="conley-taber").fit(simulate_adoption(units=20, seed=1)),
        "must have at least 19",
    ),
    "sizes that nobody gave": (
        lambda: StaggeredAdoption(inference="ferman-pinto").fit(read(table(units=60, seed=1))),
        "must have population=",
    ),
    "a placebo of another estimator": (
        lambda: StaggeredAdoption(inference="randomisation", estimator="gardner"),
        "must go with 'callaway-santanna'",
    ),
    "two-way on cross-sections": (
        lambda: StaggeredAdoption(estimator="two-way").fit(simulate_sections(people=400)),
        "of repeated cross-sections",
    ),
    "cross-sections of one time": (
        lambda: StaggeredAdoption().fit(
            RepeatedSections.from_frame(
                pd.DataFrame({"t": [1, 1], "y": [0, 1], "a": [1, None]}),
                time="t",
                outcome="y",
                adopted="a",
                outcome_kind="response",
            )
        ),
        "have nobody|none has rows|no pair",
    ),
    "a treatment that nobody named": (
        lambda: StaggeredAdoption().fit(read(table(units=20, seed=1), adopted=None)),
        "names no treatment",
    ),
    "doses that are all different": (
        lambda: SwitchingTreatment().fit(
            read(
                table(units=20, seed=1).assign(law=lambda d: d.index * 1.0 + d["treatment"]),
                adopted=None,
                treatment="law",
            )
        ),
        "put doses into few classes",
    ),
    "a treatment that never changes": (lambda: SwitchingTreatment().fit(NOBODY), "no effect to see"),
    "negative anticipation": (lambda: StaggeredAdoption(anticipation=-1), "must be at least 0"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_told_in_one_sentence(case):
    call, words = MISUSE[case]
    with pytest.raises(CtResearchError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert "area 1" not in str(caught.value)
