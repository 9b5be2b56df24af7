"""Draws handed over to ArviZ."""

import numpy as np
import pytest

from ctresearch.core import Result, SpecificationError
from ctresearch.core.result import estimates_table
from ctresearch.prevalence import CaptureHistories, GraphicalAverage
from ctresearch.stats import to_arviz


def test_draws_keep_their_chains_and_values():
    result = GraphicalAverage(unobserved_max=3000).fit(CaptureHistories.from_published("korea"))
    tree = to_arviz(result)
    posterior = tree["posterior"]
    assert dict(posterior.sizes) == {"chain": 1, "draw": 4000}
    assert np.array_equal(posterior["population"].to_numpy().ravel(), result.draws.loc["population"])
    assert posterior.attrs["method"] == result.method
    assert "grid_mean" in posterior.attrs["checks"]


def test_a_result_without_draws_is_refused():
    with pytest.raises(SpecificationError, match="has no draws"):
        to_arviz(Result(method="m", estimates=estimates_table({"x": (0.0, 1.0, -1.0, 1.0)}), n=3))
