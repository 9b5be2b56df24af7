"""Clusters, reasons and counts that are one name; perfect fits, empty arms and effects that do not stand."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, FitError
from ctresearch.programmes import (
    ClusterTrial,
    ComplierEffect,
    DifferenceInDifferences,
    FollowUp,
    ItemResponse,
    ReferralCascade,
    ScaleReliability,
    SpillOver,
    SteppedWedge,
    neighbours_within,
    referral_counts,
)
from estimators import ANSWERS, PATHS, STEPS, VILLAGES

ROLES = {"outcome": "y", "treatment": "a", "cluster": "v", "age": None}
TRIALS = {
    "trial": lambda **o: ClusterTrial(**ROLES, draws=99, **o),
    "wedge": lambda **o: SteppedWedge(**ROLES, period="t", draws=99, **o),
    "complier": lambda **o: ComplierEffect(**ROLES, received="went", **o),
    "differences": lambda **o: DifferenceInDifferences(**ROLES, wave="t", draws=99, **o),
    "spill-over": lambda **o: SpillOver(**ROLES, neighbours=[("v0", "V1 "), ("v2", "v6")], draws=200, **o),
    "follow-up": lambda **o: FollowUp(
        outcome="y", treatment="a", covariates=[], cluster="v", age=None, bootstrap=50, **o
    ),
}


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_two_spellings_of_a_cluster_are_one_or_refused(name):
    make, frame = TRIALS[name], STEPS if name == "wedge" else VILLAGES
    spelled = frame.assign(v=[v.upper() + " " if i % 10 == 3 else v for i, v in enumerate(frame["v"])])
    with pytest.raises(CellError, match="merge_names=True"):
        make().fit(spelled)
    merged = make(merge_names=True).fit(spelled)
    pd.testing.assert_frame_equal(merged.estimates, make().fit(frame).estimates)
    assert "names" in {check.name for check in merged.checks}


def test_a_copy_of_the_outcome_is_refused():
    frame = VILLAGES.assign(y2=2 * VILLAGES["y"] + 3)
    for name in ("trial", "complier", "differences"):
        with pytest.raises(FitError, match="'y2' is a copy of the outcome 'y'"):
            TRIALS[name](covariates=["y2"]).fit(frame)
    with pytest.raises(FitError, match="the outcome 'y' is the treatment 'a' itself"):
        TRIALS["trial"]().fit(VILLAGES.assign(y=VILLAGES["a"]))
    with pytest.raises(FitError, match="the outcome 'y' is the treatment 'a' itself"):
        TRIALS["follow-up"]().fit(VILLAGES.assign(y=VILLAGES["a"]))


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_an_arm_without_the_outcome_is_called_by_its_name(family):
    frame = VILLAGES.assign(y=(VILLAGES["y"] > 2) * VILLAGES["a"])
    with pytest.raises(FitError, match=r"nobody with 'a' == 0 has the outcome 'y' \(60 people\)"):
        ClusterTrial(**ROLES, family=family).fit(frame)
    found = ClusterTrial(**ROLES, draws=99).fit(frame)
    assert "spread" in {check.name for check in found.checks if check.status == "review"}


def test_items_that_are_copies_are_refused():
    for copied in (ANSWERS.assign(q3=ANSWERS["q1"]), ANSWERS.assign(q3=1 - ANSWERS["q1"])):
        for kind in (ScaleReliability, ItemResponse):
            with pytest.raises(FitError, match="items 'q1' and 'q3' have the same answers"):
                kind(items=["q1", "q2", "q3"], age=None).fit(copied)


def test_an_effect_that_is_not_identified_has_no_limits():
    went = (np.arange(120) * 7 % 5 == 0).astype(int)
    went[119] = 1
    result = TRIALS["complier"]().fit(VILLAGES.assign(went=went))
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert "DOES NOT STAND" in result.summary()


def test_pairs_of_unknown_clusters_are_counted():
    pairs = [("v0", "v1"), ("v2", "v6"), ("v2", "elsewhere")]
    checks = SpillOver(**ROLES, neighbours=pairs, draws=200).fit(VILLAGES).checks
    said = {check.name: check for check in checks}
    assert said["neighbours"].numbers == {"unknown": 1, "pairs": 3}
    places = pd.DataFrame({"v": ["A", "a ", "B"], "x": [0.0, 0, 3], "y": 0.0})
    with pytest.raises(CellError, match="merge_names=True"):
        neighbours_within(places, cluster="v", east="x", north="y", radius=5)
    assert neighbours_within(places, cluster="v", east="x", north="y", radius=5, merge_names=True) == (("A", "B"),)


def test_reasons_and_persons_of_a_cascade():
    stages = {"stages": ["seen", "helped"], "age": None, "horizon": 5}
    spelled = PATHS.assign(reason=["Censor ", "refused", "censor", "REFUSED"] * 9)
    with pytest.raises(CellError, match="merge_names=True"):
        ReferralCascade(**stages).fit(spelled)
    merged = ReferralCascade(**stages, merge_names=True).fit(spelled)
    assert merged.steps.equals(ReferralCascade(**stages).fit(PATHS).steps)
    with pytest.raises(CellError, match="each person once"):
        ReferralCascade(**stages, person="who").fit(PATHS.assign(who=[*range(35), 3]))
    with pytest.raises(CellError, match="name coming to a stage"):
        ReferralCascade(**stages).fit(PATHS.assign(reason=["censor", "Completed"] * 18))


def test_words_of_published_counts():
    rows = [("referral", None, 100), ("reasonable grounds", "positive", 80), ("reasonable grounds", "negative", 20)]
    frame = pd.DataFrame(rows, columns=["stage", "outcome", "count"]).assign(year=2020, age_group="Adult")
    spelled = frame.assign(
        stage=frame["stage"].str.upper(), outcome=["", "Positive ", "NEGATIVE"], age_group="adult ", year="2020"
    ).replace({"outcome": {"": None}})
    assert referral_counts(spelled).estimates.equals(referral_counts(frame).estimates)
    for change in ({"stage": ["referral", "first", "second"]}, {"age_group": "old"}, {"outcome": "yes"}):
        with pytest.raises(CellError, match="must be one of"):
            referral_counts(frame.assign(**change))
