"""Checks of estimates from imperfect, dated and mixed lists: each passes where it may, and speaks where it must."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.prevalence.imperfect.test_late_lists import ROLES, records
from tests.prevalence.imperfect.test_over_coverage import TABLE, TWO, seen

from ctresearch.prevalence import (
    CaptureHistories,
    FalseEntries,
    HeterogeneityRange,
    LateLists,
    LatentClassRegression,
    PendingDecisions,
)
from ctresearch.prevalence.closed.heterogeneity_range import KINDS, SHAPES, _check_shapes
from ctresearch.prevalence.imperfect.carried import carry
from ctresearch.prevalence.latent.class_fit import ClassFit
from ctresearch.prevalence.latent.class_regression_checks import check_maximum
from ctresearch.prevalence.referral.referral_checks import check_limit


def status(result, name):
    return next(check.status for check in result.checks if check.name == name)


@pytest.mark.parametrize(("found", "word"), [(4, "pass"), (60, "review")])
def test_many_wrong_entries_are_for_review(found, word):
    assert status(FalseEntries(TWO, audits={"nrm": (200, found)}, imputations=5).fit(TABLE), "wrong entries") == word


@pytest.mark.parametrize(("waiting", "word"), [(0.1, "pass"), (0.7, "review")])
def test_a_table_of_people_who_mostly_wait_is_for_review(waiting, word):
    pending = PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", imputations=5)
    assert status(pending.fit(seen(2, waiting=waiting)), "decisions") == word


@pytest.mark.parametrize(("longer", "word"), [(0, "pass"), (9, "review")])
def test_records_that_still_come_at_the_end_are_for_review(longer, word):
    frame, _ = records(1, units=12)
    frame["came"] += longer * (np.arange(len(frame)) % 10 == 0)
    late = LateLists(TWO, as_of=12, imputations=5, **ROLES).fit(frame[frame["came"] <= 12])
    assert status(late, "longest delay") == word


def test_a_completed_table_without_an_estimate_is_told():
    whole = CaptureHistories.from_counts(TABLE.counts)
    apart = CaptureHistories.from_counts(TABLE.counts.assign(count=[240, 320, 0]))
    assert {c.name: c.status for c in carry(TWO, [whole] * 20, 0.95).checks}["completed tables"] == "pass"
    assert {c.name: c.status for c in carry(TWO, [*[whole] * 20, apart], 0.95).checks}["completed tables"] == "review"


def test_ways_to_differ_that_lie_apart_are_for_review():
    apart = HeterogeneityRange().fit(CaptureHistories.from_published("hav-taiwan"))
    assert status(apart, "shapes") == "review"
    chances = np.array([0.5, 0.5, 0.5])
    patterns = np.arange(1, 8)
    inside = patterns[:, None] >> np.arange(3) & 1
    counts = np.round(8000 * np.prod(np.where(inside == 1, chances, 1 - chances), axis=1)).astype(int)
    table = pd.DataFrame(inside, columns=list("abc")).assign(count=counts)
    alike = HeterogeneityRange().fit(CaptureHistories.from_counts(table))
    assert status(alike, "shapes") == "pass"


def test_a_range_over_few_ways_to_differ_is_for_review():
    shapes = pd.DataFrame(
        {"estimate": [1769.0, 2342.0, 3285.0, 1747.0], "weight": [0.0, 0.31, 0.0, 0.69]},
        index=[*SHAPES, KINDS],
    )
    wide = shapes.assign(weight=[0.1, 0.3, 0.0, 0.6])
    assert _check_shapes(shapes, tried=4, clearly=False).status == "review"
    assert _check_shapes(wide, tried=4, clearly=False).status == "pass"
    assert _check_shapes(wide, tried=4, clearly=True).status == "review"
    assert _check_shapes(wide.assign(estimate=[1000.0, 3100.0, 1.0, 2000.0]), tried=4, clearly=False).status == "review"
    assert _check_shapes(shapes.iloc[1:].assign(weight=[0.4, 0.3, 0.3]), tried=4, clearly=False).status == "review"


def test_a_climb_that_did_not_end_has_no_estimate():
    fit = ClassFit(1, np.zeros(2), np.eye(2), np.zeros(2, bool), -1.0, 1e-12, 1.0, 3, 3, 90.0, 4.0)
    assert check_maximum(fit).status == "pass"
    assert check_maximum(replace(fit, reached=1)).status == "review"
    lost = check_maximum(replace(fit, score=1.0))
    assert (lost.status, lost.voids) == ("fail", True)


def test_a_population_without_an_upper_limit_is_void():
    assert check_limit(900.0).stands
    assert not check_limit(float("inf")).stands


def test_one_class_of_people_finds_its_maximum():
    people = seen(3)[["nrm", "ngo"]].assign(x=lambda d: np.arange(len(d)) % 7)
    result = LatentClassRegression(classes=1, lists=["nrm", "ngo"], list_formula="x", seed=1).fit(people)
    assert status(result, "maximum") == "pass"
