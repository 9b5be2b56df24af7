"""Checks that no other test of the room names: review or failure on data made for it, a pass on sound data."""

import numpy as np
import pandas as pd
import pytest

import policy_examples as given
from ctresearch.policy import (
    BorrowedClauses,
    EventStudy,
    HonestBounds,
    InterruptedSeries,
    JusticeFunnel,
    Panel,
    PretestPower,
    StaggeredAdoption,
    SwitchingTreatment,
    simulate_adoption,
)

ROLES = {"unit": "unit", "time": "time", "outcome": "y", "treatment": "dose", "outcome_kind": "response"}
MONTHS = pd.DataFrame({"month": range(48)}).assign(cases=np.random.default_rng(5).poisson(60, 48))
CONTROLLED = pd.concat([MONTHS.assign(own=0), MONTHS.assign(own=1)], ignore_index=True)
MANY = simulate_adoption(units=200, cohorts=(3, 5), seed=1)
FEW_LATE = simulate_adoption(units=60, treated=20, cohorts=(3, *[4] * 19), seed=1)


def doses(*, alone):
    """Return a panel of 40 units in which half change, one of them from a treatment that nobody shares."""
    frame = pd.DataFrame({"unit": np.repeat(np.arange(40), 5), "time": np.tile(np.arange(5), 40)})
    frame["dose"] = ((frame["unit"] < 20) & (frame["time"] >= 3)) * 1.0
    if alone:
        frame["dose"] += (frame["unit"] == 0) * 7.0
    frame["y"] = frame["dose"] + np.random.default_rng(2).normal(size=len(frame))
    return Panel.from_frame(frame, **ROLES)


def series(frame=MONTHS, **options):
    roles = {"count": "cases", "time": "month", "start": 24, "outcome_kind": "detection", "counting_breaks": {}}
    return InterruptedSeries(**roles | options).fit(frame)


def study(effect):
    return EventStudy([-3, -2, 0, 1], [0.0, 0.0, effect, effect], np.eye(4) * 0.002)


def laws(*later):
    frame = pd.DataFrame({"law": ["A", "B"], "year": [2000, 2005], "text": [given.CLAUSE, "\n\n".join(later)]})
    return BorrowedClauses(law="law", date="year", text="text").fit(frame)


def universal(panel, **options):
    return StaggeredAdoption(base="universal", **options).fit(panel)


NEAR = given.CLAUSE.replace("force or fraud", "threat, deceit, coercion, debt or drugs")
WHOLE = given.COURTS.replace("<5", 4).astype({"convicted": int})
CASES = {
    "changes": (lambda: SwitchingTreatment(effects=1).fit(doses(alone=True)), "review"),
    "changes, sound": (lambda: SwitchingTreatment(effects=1).fit(doses(alone=False)), "pass"),
    "cells": (lambda: JusticeFunnel(**given.JUSTICE).fit(given.COURTS), "review"),
    "cells, missing": (lambda: JusticeFunnel(**given.JUSTICE).fit(WHOLE.head(5)), "review"),
    "cells, sound": (lambda: JusticeFunnel(**given.JUSTICE).fit(WHOLE), "pass"),
    "power of the test of trends": (lambda: PretestPower().fit(study(0.01)), "fail"),
    "power of the test of trends, some": (lambda: PretestPower().fit(study(0.2)), "review"),
    "power of the test of trends, sound": (lambda: PretestPower().fit(study(2.0)), "pass"),
    "line": (lambda: laws(NEAR, given.OTHER), "review"),
    "line, sound": (lambda: laws(given.CLAUSE, given.OTHER), "pass"),
    "length": (lambda: series(MONTHS[MONTHS["month"] >= 16]), "review"),
    "length, gap": (lambda: series(MONTHS.drop(index=30)), "review"),
    "length, gap beside a control": (lambda: series(CONTROLLED.drop(index=70), control="own"), "review"),
    "length, sound": (series, "pass"),
    "length, sound beside a control": (lambda: series(CONTROLLED, control="own"), "pass"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_tells_what_is_wrong_and_passes_where_nothing_is(case):
    fit, status = CASES[case]
    assert {one.name: one.status for one in fit().checks}[case.split(",")[0]] == status


def test_times_without_limits_and_left_out_are_told_and_not_where_all_have_limits():
    few = universal(FEW_LATE)
    assert {one.name: one.status for one in few.checks}["times without limits"] == "review"
    assert few.event_study["ci_low"].isna().any()
    bounds = HonestBounds(bounds=[0.5]).fit(few)
    assert {one.name: one.status for one in bounds.checks}["times left out"] == "review"
    sound = universal(MANY)
    assert "times without limits" not in {one.name for one in sound.checks}
    assert "times left out" not in {one.name for one in HonestBounds(bounds=[0.5]).fit(sound).checks}


def test_no_check_of_limits_where_none_of_them_has_any():
    alone = StaggeredAdoption().fit(simulate_adoption(units=30, treated=1, cohorts=(4,), seed=1))
    names = {one.name: one.status for one in alone.checks}
    assert names["few treated"] == "fail"
    assert "times without limits" not in names
