"""An invented sample: two stages, three strata, a yes or no and a number. R's figures for it stand in the reference."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

REFERENCE = Path(__file__).parents[2] / "reference" / "prevalence"


def sample():
    """Return 72 people in 12 villages of three districts."""
    i = np.arange(72)
    village = i // 6
    frame = pd.DataFrame({"district": village // 4, "village": village, "person": i})
    frame["villages"] = np.array([20, 9, 50])[frame["district"]]
    frame["people"] = 30 + 7 * (village % 5)
    frame["weight"] = frame["villages"] / 4 * frame["people"] / 6
    frame["forced"] = ((i * 7 + village * 3) % 10 < 2 + village % 3).astype(int)
    frame["days"] = 5 + (i * 13 + village * 11) % 17 + 2 * frame["forced"]
    frame["hours"] = 20 + (i * 5) % 9 + frame["days"] / 2
    frame["sex"] = np.where((i * 3 + village) % 5 < 2, "f", "m")
    return frame


def pinned():
    """Return what R's survey says of it, with the calls."""
    return json.loads((REFERENCE / "surveys.json").read_text())


def refused():
    """Return the frame of the lists of one person a stratum."""
    return pd.DataFrame({"h": [1, 1, 1, 2, 2, 3], "y": [1, 4, 6, 2, 9, 7], "w": [3.0, 3, 3, 5, 5, 8]})
