"""Tables of the room against what their columns mean, worked out by hand or by dense matrices."""

from types import SimpleNamespace

import numpy as np
import pytest

from ctresearch.core import SpecificationError
from ctresearch.programmes import ClusterTrial
from ctresearch.programmes.follow.follow_up import _followed_table
from ctresearch.programmes.scales.reliability import _item_table
from ctresearch.programmes.trials.wedge_error import wedge_error
from lawful import EXAMPLES


def test_who_was_followed_up_by_group_and_arm():
    fits = {
        "adults": SimpleNamespace(followed=((8, 6), (10, 5))),
        "children": SimpleNamespace(followed=((4, 4), (5, 0))),
    }
    table = _followed_table(fits)
    assert list(table.columns) == ["group", "arm", "persons", "followed", "share"]
    assert table.to_numpy().tolist() == [
        ["adults", 0, 8, 6, 0.75],
        ["adults", 1, 10, 5, 0.5],
        ["children", 0, 4, 4, 1.0],
        ["children", 1, 5, 0, 0.0],
    ]


@pytest.mark.parametrize(("icc", "again"), [(0.0, 1.0), (0.1, 1.0), (0.1, 0.5), (0.4, 0.0)])
def test_the_error_of_a_wedge_is_that_of_whole_matrices(icc, again):
    schedule, size = np.array([[0.0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 1, 1]]), 12
    block = icc * again * np.ones((4, 4)) + np.eye(4) * (icc * (1 - again) + (1 - icc) / size)
    whole = np.linalg.inv(np.kron(np.eye(4), block))
    design = np.column_stack([np.kron(np.ones(4), np.eye(4)).reshape(4, 16).T, schedule.ravel()])
    wanted = np.sqrt(np.linalg.inv(design.T @ whole @ design)[-1, -1])
    assert wedge_error(schedule, size, icc, again) == pytest.approx(wanted)


def test_clusters_that_cross_at_one_time_tell_nothing():
    with pytest.raises(SpecificationError, match=r"^schedule gives all 2 clusters the programme at one time of 3"):
        wedge_error(np.array([[0.0, 1, 1], [0, 1, 1]]), 10, 0.1)


def alpha(answers):
    """Cronbach's alpha of columns."""
    k, total = answers.shape[1], answers.sum(axis=1).var(ddof=1)
    return k / (k - 1) * (1 - answers.var(axis=0, ddof=1).sum() / total)


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_items_are_described_by_what_the_others_say_whatever_their_unit(scale):
    answers = np.array([[1.0, 2, 1], [2, 2, 3], [3, 4, 3], [4, 3, 5], [5, 5, 4]]) * scale
    loadings = np.array([0.5, 1.0, 1.5]) * scale
    table = _item_table(answers, ("q1", "q2", "q3"), SimpleNamespace(loadings=loadings)).set_index("item")
    for place, item in enumerate(("q1", "q2", "q3")):
        others = np.delete(answers, place, axis=1)
        row = table.loc[item]
        assert row["mean"] == pytest.approx(answers[:, place].mean())
        assert row["item_rest"] == pytest.approx(np.corrcoef(answers[:, place], others.sum(axis=1))[0, 1])
        assert row["alpha_without"] == pytest.approx(alpha(others))
        assert row["loading"] == pytest.approx(loadings[place] / answers[:, place].std(ddof=1))


def test_strata_of_a_trial_are_held_apart():
    data = EXAMPLES["ClusterTrial"].data
    place = data["v"].str[1:].astype(int)
    data = data.assign(s=np.where(place % 3 == 0, "north", "south"), y=data["y"] + 5.0 * (place % 3 == 0))
    data = data[place != 3]  # so that strata are not alike in the two arms
    options = EXAMPLES["ClusterTrial"].options
    for strata, more in ((None, []), ("s", [data["s"] == "north"])):
        design = np.column_stack([np.ones(len(data)), data["a"], *more]).astype(float)
        wanted = np.linalg.lstsq(design, data["y"], rcond=None)[0][1]
        found = ClusterTrial(**options | {"strata": strata}).fit(data).estimates
        assert found["estimate"].iloc[0] == pytest.approx(wanted)
