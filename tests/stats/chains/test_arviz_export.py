"""Draws handed over to ArviZ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import Check, Result, SpecificationError, estimates_table
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


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Sampled(Result):
    chains: int = 2


def test_draws_of_a_sampler_are_divided_into_its_chains():
    index = pd.Index(["x", "y"], name="term")
    draws = pd.DataFrame(np.arange(12.0).reshape(2, 6), index=index)
    rows = dict.fromkeys(index, (0.0, 1.0, -1.0, 1.0))
    checks = (Check("mixing", "pass", "Mixed."), Check("size", "review", "Few."))
    result = Sampled(method="a sampler", estimates=estimates_table(rows), n=3, draws=draws, checks=checks)
    posterior = to_arviz(result)["posterior"]
    assert posterior["y"].to_numpy().tolist() == [[6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]
    assert list(posterior.data_vars) == ["x", "y"]
    assert posterior.attrs["method"] == "a sampler"
    assert posterior.attrs["checks"] == "✓ mixing: Mixed.\n? size: Few."
