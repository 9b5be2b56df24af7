"""Which estimator a verdict names first, and when it names none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import Check, FitError
from ctresearch.prevalence import (
    CaptureHistories,
    ClosedPopulation,
    LogLinear,
    LowerBound,
    PopulationVerdict,
    Scenario,
    default_methods,
    verdict,
)
from ctresearch.prevalence.diagnostics.leading import lead
from ctresearch.prevalence.trust.diagnosis import Diagnosis, diagnosis_of
from ctresearch.prevalence.trust.explanations import independence_p_value
from ctresearch.prevalence.trust.power import Power, independent_chances

ABLE, UNABLE = Power(0.99, 0.95, 0.99, -0.2), Power(0.3, 0.1, 0.3, -0.2)
QUIET = Diagnosis((), ((0, 1, 2, 3),), False, (), (), False, False, 0.1, False, False, False, 0.5, 0.01, ABLE)


@pytest.mark.parametrize(
    ("change", "status", "first"),
    [
        ({}, "sound", "Log-linear BIC"),
        ({"power": replace(ABLE, mild=0.94)}, "with care", "Mth range"),
        ({"power": UNABLE}, "with care", "AIC average"),
        ({"power": None}, "with care", "AIC average"),
        ({"attract": ((0, 1),)}, "with care", "AIC average"),
        ({"attract": ((0, 1), (2, 3))}, "with care", "Log-linear AIC"),
        ({"attract": ((0, 1),), "more": True}, "with care", "Log-linear AIC"),
        ({"repel": ((0, 1),), "repelling": True}, "with care", "Log-linear AIC"),
        ({"repelling": True}, "with care", "Log-linear AIC"),
        ({"repelling": True, "alike": 0.0499}, "with care", "Log-linear AIC"),
        ({"repelling": True, "alike": 0.05}, "with care", "Mth range"),
        ({"attract": ((0, 1),), "alike": 0.3}, "with care", "Mth range"),
        ({"attract": ((0, 1), (2, 3)), "alike": 0.3}, "with care", "Mth range"),
        ({"alike": 0.3}, "sound", "Log-linear BIC"),
        ({"differ": True}, "with care", "Mth range"),
        ({"differ": True, "clearly": True, "repelling": True}, "with care", "Mth range"),
        ({"differ": True, "attract": ((0, 1),)}, "with care", "Log-linear AIC"),
        ({"differ": True, "clearly": True, "attract": ((0, 1),)}, "do not quote", ""),
        ({"differ": True, "clearly": True, "beside": True, "attract": ((0, 1),)}, "do not quote", ""),
        ({"differ": True, "clearly": True, "beside": True, "repel": ((0, 1),), "repelling": True}, "do not quote", ""),
        ({"beside": True, "differ": True, "clearly": True}, "with care", "Mth range"),
        ({"fit": 0.009}, "do not quote", ""),
        ({"fit": 0.011}, "sound", "Log-linear BIC"),
        ({"fit": np.nan}, "sound", "Log-linear BIC"),
        ({"apart": True}, "do not quote", ""),
    ],
)
def test_what_is_seen_decides(change, status, first):
    found = lead(replace(QUIET, **change), 4, ())
    assert (found.status, found.first) == (status, first)
    assert found.reason.endswith(".")
    assert first == "" or first in default_methods(4)


def test_the_table_as_a_whole_is_asked_as_its_deviance_answers():
    table = published_lists("hav-taiwan")
    assert diagnosis_of(table).alike == pytest.approx(independence_p_value(table.cell_counts()), rel=1e-12)
    exact = independent_chances(np.array([0.1, 0.2, 0.3, 0.25])) * 4000
    alike = CaptureHistories.from_counts(
        pd.DataFrame(
            {"ABCD"[i]: np.arange(1, 16) >> i & 1 for i in range(4)} | {"count": exact[1:].round().astype(int)}
        )
    )
    assert diagnosis_of(alike).alike > 0.99


def test_two_lists_are_chapmans():
    assert lead(replace(QUIET, power=None), 2, ()).first == "Chapman"


@pytest.mark.parametrize("name", ["sparse", "unstable", "boundary"])
def test_a_question_that_fails_forbids_a_number_and_gives_its_reason(name):
    found = lead(QUIET, 4, (Check(name, "fail", "Because."),))
    assert (found.status, found.first, found.reason) == ("do not quote", "", "Because.")
    assert lead(QUIET, 4, (Check("method", "fail", "They differ."),)).status == "sound"


def test_people_who_differ_lead_to_an_interval_that_holds_them():
    table = Scenario.named("heterogeneous", population=10_000).draw(np.random.default_rng(2))
    found = verdict(table, {"Mt": ClosedPopulation().fit(table)})
    assert (found.status, found.first) == ("with care", "Mth range")
    low, high = found.estimator(4).fit(table).estimates.loc["population", ["ci_low", "ci_high"]]
    assert low <= 10_000 <= high


def test_a_list_inside_another_is_not_quoted():
    rng = np.random.default_rng(3)
    on = rng.random((800, 3)) < 0.3
    on[:, 1] &= on[:, 0]
    frame = pd.DataFrame(on[on.any(axis=1)].astype(int), columns=list("ABC"))
    table = CaptureHistories.from_records(frame, lists=list("ABC"))
    found = verdict(table, {"bound": LowerBound().fit(table)})
    assert (found.status, found.first) == ("do not quote", "")
    assert "merge" in found.reason
    with pytest.raises(FitError, match="so there is no estimator to set up"):
        found.estimator(3)


def test_a_verdict_is_its_checks_and_says_first_what_to_do():
    table = published_lists("hav-taiwan")
    found = verdict(table, {"bic": LogLinear().fit(table)})
    assert isinstance(found, PopulationVerdict)
    assert len(found) == len(found.checks) == len(list(found))
    assert found[0] is found.checks[0]
    assert found[:2] == found.checks[:2]
    assert str(found).startswith("With care, first Mth range. People seem to differ")
    assert repr(found).splitlines()[1] == str(found.checks[0])
    assert type(found.estimator(3, level=0.9)).__name__ == "HeterogeneityRange"
