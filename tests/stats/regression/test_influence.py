"""Errors from influence values, and what is said of the clusters."""

import numpy as np
import pytest

from ctresearch.stats.regression.influence import check_clusters, regression_share, standard_error


def test_rows_or_sums_by_cluster_make_the_error():
    shares = np.array([0.3, -0.1, 0.4, -0.6])
    assert standard_error(shares) == pytest.approx(np.sqrt(0.09 + 0.01 + 0.16 + 0.36), rel=1e-14)
    groups = np.array([0, 0, 1, 2])
    # sums .2, .4, -.6 of squares .56, corrected by 3 / 2
    assert standard_error(shares, groups) == pytest.approx(np.sqrt(0.56 * 1.5), rel=1e-14)


def test_coefficients_pass_their_influence_on():
    design, residual = np.array([[1.0, 2.0], [1.0, -1.0], [1.0, 0.0]]), np.array([0.5, 1.0, -2.0])
    inverse, gradient = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, -1.0])
    # inverse times gradient is (1.5, -.5)
    assert regression_share(design, residual, inverse, gradient).tolist() == [0.25, 2.0, -3.0]


def test_what_is_said_of_clusters():
    assert check_clusters(None) == ()
    (alone,) = check_clusters(np.arange(1200))
    assert (alone.name, alone.status, alone.voids) == ("clusters", "review", False)
    assert "All 1,200 clusters hold one row" in alone.message
    assert dict(alone.numbers) == {"clusters": 1200, "smallest": 1.0, "largest": 1.0}
    (few,) = check_clusters(np.concatenate([np.arange(29), [0, 0, 1]]))
    assert (few.name, few.status) == ("clusters", "review")
    assert "29 clusters are few" in few.message
    assert "below about 30" in few.message
    assert dict(few.numbers) == {"clusters": 29, "smallest": 1.0, "largest": 3.0}
    (fine,) = check_clusters(np.repeat(np.arange(30), 2))
    assert (fine.name, fine.status) == ("clusters", "pass")
    assert "clustered in 30 groups" in fine.message
    assert dict(fine.numbers) == {"clusters": 30, "smallest": 2.0, "largest": 2.0}
