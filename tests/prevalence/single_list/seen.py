"""The published frequencies of the Dutch list, and people with covariates who are invented."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

REFERENCE = Path(__file__).parents[2] / "reference" / "prevalence" / "single_list.json"
DUTCH = pd.DataFrame({"times": [1, 2, 3, 4, 5, 6], "people": [1645, 183, 37, 13, 1, 1]})
TABLE = {"count": "times", "frequency": "people"}


@cache
def pinned():
    """Read what singleRcapture says of the Dutch list."""
    return json.loads(REFERENCE.read_text())["fits"]


def people(size, seed, *, ones=0.0, gamma=None):
    """Draw people of two sexes and any age; returns those seen, and how many there are."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], size), "age": rng.normal(0, 1, size)})
    mean = np.exp(-0.4 + 0.5 * (frame["sex"] == "m") - 0.3 * frame["age"])
    if gamma is not None:
        mean = mean * rng.gamma(1 / gamma, gamma, size)
    times = rng.poisson(mean)
    times = np.where(rng.random(size) < ones, 1, times)
    return frame.assign(times=times)[times > 0].reset_index(drop=True), size
