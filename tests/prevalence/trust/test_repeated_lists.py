"""Lists that are one list twice, and lists that never meet."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.prevalence import CaptureHistories, LogLinear, LowerBound, Scenario, WeightedAverage, diagnose
from ctresearch.prevalence.trust.repeated_lists import repeated_lists, separate_groups

PUBLISHED = ("kosovo", "uk-2013", "uk-2013-5", "new-orleans", "netherlands", "western-us", "spina-bifida", "hav-taiwan")


def people(kind, seed=3, size=350, lists=3):
    """Draw people of whom the second list holds the same as the first but one, only some of those, or its own."""
    rng = np.random.default_rng(seed)
    on = rng.random((size, lists)) < 0.3
    if kind == "same but one":
        on[:, 1] = on[:, 0]
        on[np.flatnonzero(on[:, 0])[0], 1] = False
    elif kind == "inside":
        on[:, 1] = on[:, 0] & (rng.random(size) < 0.6)
    elif kind == "copied with slips":
        on[:, 1] = on[:, 0] ^ (rng.random(size) < 0.01)
    frame = pd.DataFrame(on[on.any(axis=1)].astype(int), columns=list("ABCDE")[:lists])
    return CaptureHistories.from_records(frame, lists=list(frame.columns))


@pytest.mark.parametrize("lists", [3, 5])
@pytest.mark.parametrize(
    ("kind", "fault"),
    [("same but one", "nearly identical"), ("inside", "nested"), ("copied with slips", "nearly identical")],
)
def test_a_list_that_is_another_is_found_and_named(kind, fault, lists):
    for seed in range(5):
        table = people(kind, seed, size=800, lists=lists)
        (found,) = repeated_lists(table.cell_counts())
        assert {found.inner, found.outer} == {0, 1}
        assert (found.fault, found.sure) == (fault, True)
    check = diagnose(table)[0]
    assert (check.status, check.voids) == ("fail", True)
    assert ".drop" in check.message
    assert ".merge" in check.message
    assert "A and B" in check.message or "B and A" in check.message


@pytest.mark.parametrize("kind", ["same but one", "inside"])
@pytest.mark.parametrize(
    "method", [LogLinear("stepwise", bootstrap=50), LogLinear("bic"), WeightedAverage(), LowerBound()]
)
def test_no_estimate_of_such_a_table_has_limits(kind, method):
    result = method.fit(people(kind))
    assert result.status == "fail"
    assert result.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
    assert method.fit(people(kind).drop("B")).status != "fail"


def test_two_identical_lists_are_found_without_a_third():
    assert repeated_lists(np.array([0.0, 0, 0, 9]))[0].fault == "identical"
    assert repeated_lists(np.array([0.0, 1, 1, 9])) == ()


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_published_table_is_said_to_repeat_a_list(name):
    assert repeated_lists(published_lists(name).cell_counts()) == ()


def test_korea_is_for_somebody_to_look_at():
    """Of 71 people on the second list 66 are on the first: more than nine tenths, fewer than 19 of 20."""
    (found,) = repeated_lists(published_lists("korea").cell_counts())
    assert not found.sure
    assert diagnose(published_lists("korea"))[0].status == "review"


@pytest.mark.parametrize("ratio", [1.0, 5.0, 10.0])
def test_referral_is_not_taken_for_repetition(ratio):
    chances = Scenario.named("independence").chances
    patterns = np.arange(16)
    linked = chances * np.where(patterns & 3 == 3, ratio, 1.0)
    tables = np.random.default_rng(6).multinomial(1500, linked / linked.sum(), size=100).astype(float)
    assert not any(repeated_lists(one) for one in tables)


def test_a_list_of_nearly_everybody_repeats_none():
    on = np.random.default_rng(7).random((600, 4)) < [0.3, 0.3, 0.3, 0.97]
    frame = pd.DataFrame(on[on.any(axis=1)].astype(int), columns=list("ABCD"))
    assert repeated_lists(CaptureHistories.from_records(frame, lists=list("ABCD")).cell_counts()) == ()


def test_groups_are_lists_that_hang_together_through_others():
    chain = np.array([[9, 1, 0, 0], [1, 9, 1, 0], [0, 1, 9, 0], [0, 0, 0, 9]])
    assert separate_groups(chain) == ((0, 1, 2), (3,))
    assert separate_groups(np.triu(chain)) == ((0, 1, 2), (3,))
    assert separate_groups(np.ones((3, 3))) == ((0, 1, 2),)


@pytest.mark.parametrize(("scale", "status"), [(30, "fail"), (1, "review")])
def test_groups_that_share_nobody_fail_unless_chance_keeps_them_apart(scale, status):
    frame = pd.DataFrame({"A": [1, 0, 1, 0], "B": [0, 1, 1, 0], "C": [0, 0, 0, 1], "count": [3, 4, 2, 5]})
    frame["count"] *= scale
    check = diagnose(CaptureHistories.from_counts(frame))[1]
    assert (check.name, check.status, check.numbers["groups"]) == ("separate lists", status, 2)
    assert "A, B; C" in check.message
