"""Invented people, lists and networks that the cases of the corpus rest on; every group is large unless a case says so."""

from functools import cache

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core import estimates_table
from ctresearch.core.declaration import Declaration
from ctresearch.prevalence import CaptureHistories


def numbers(n, seed=1):
    """Draw numbers between 0 and 1."""
    return np.random.default_rng(seed).random(n)


EFFECT = Declaration({"effect": "model"})


def effect(value=0.5):
    """Make the estimates of one effect."""
    return estimates_table({"effect": (value, 0.1, value - 0.2, value + 0.2)})


def lists():
    """Count three lists whose every pattern has many people."""
    rows = {"police": [1, 1, 0, 1, 1, 0, 0], "charity": [1, 1, 1, 0, 0, 1, 0], "court": [1, 0, 1, 1, 0, 0, 1]}
    return CaptureHistories.from_counts(pd.DataFrame({**rows, "count": [21, 57, 34, 44, 160, 152, 97]}))


def people(n=800):
    """Invent people with an age, a sex, a campaign that half of them saw, and what became of them."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"age": rng.integers(15, 60, n), "sex": rng.integers(0, 2, n), "debt": rng.normal(size=n)})
    frame["campaign"] = rng.integers(0, 2, n)
    frame["event"] = (rng.random(n) < 0.3 + 0.2 * frame["campaign"]) * 1
    frame["score"] = 0.02 * frame["age"] + 0.5 * frame["campaign"] + 0.4 * frame["debt"] + rng.normal(size=n)
    frame["level"] = np.digitize(frame["score"], frame["score"].quantile([0.33, 0.66]))
    frame["months"] = rng.integers(1, 37, n)
    frame["end"] = rng.choice(["exit", "return", "censor"], n)
    return frame


def half_years(frame):
    """Round months up to the end of their half-year."""
    return 6 * (1 + (frame["months"] - 1) // 6)


def villages():
    """Invent twenty villages of sixty people, half of which had a campaign."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"village": np.repeat([f"v{i}" for i in range(20)], 60)})
    frame["campaign"] = (frame.index >= 600) * 1
    frame["went"] = frame["campaign"] * (frame.index % 3 > 0)
    frame["wave"] = frame.index % 2
    return frame.assign(score=2 + 0.4 * frame["campaign"] + rng.normal(size=1200))


def answers():
    """Invent the answers of four hundred people to three questions."""
    rng = np.random.default_rng(9)
    skill = rng.normal(size=400)
    return pd.DataFrame({f"q{i}": (skill + rng.normal(size=400) > 0.3 * i) * 1 for i in (1, 2, 3)})


def paths():
    """Invent the paths of six hundred people through help."""
    seen, helped = [0, 0, 3, 5], [4, None, 9, None]
    return pd.DataFrame({"seen": seen * 150, "helped": helped * 150, "end": 20, "reason": ["censor", "refused"] * 300})


def cases():
    """Invent five hundred cases with three features."""
    rng = np.random.default_rng(10)
    frame = pd.DataFrame({"recruit": rng.integers(0, 2, 500), "labour": rng.integers(0, 2, 500)})
    return frame.assign(deceit=np.where(rng.random(500) < 0.7, frame["recruit"], 1 - frame["recruit"]))


@cache
def network():
    """Invent a network of two hundred actors."""
    return nx.gnm_random_graph(200, 900, seed=11)
