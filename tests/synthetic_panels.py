"""Panels for synthetic controls: cigarette sales of 39 states, by which programs are compared, and invented ones."""

from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.policy import Panel

SALES = pd.read_csv(
    Path(__file__).resolve().parent / "reference" / "policy" / "cigarette_sales.csv", comment="#", index_col="State"
)
SALES.columns = SALES.columns.astype(int)
BEFORE = 19


def own_and_others():
    """Return California's sales and those of the others, years by states."""
    return SALES.loc["California"].to_numpy(), SALES.drop(index="California").to_numpy().T.copy()


def long_table():
    """Return one row a state and year."""
    table = SALES.melt(var_name="year", value_name="packs", ignore_index=False).rename_axis("state").reset_index()
    return table.assign(adopted=np.where(table["state"] == "California", 1989, np.nan))


def panel(**options):
    """Return the panel, the outcome being a response for want of a better word."""
    roles = {"unit": "state", "time": "year", "outcome": "packs", "adopted": "adopted", "outcome_kind": "response"}
    return Panel.from_frame(long_table(), **(roles | options))


def wander(units=20, periods=18, begins=12, effect=0.0, seed=0, noise=0.3):
    """Draw units that follow two factors, the first of them treated."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(2, periods)).cumsum(axis=1)
    share = rng.dirichlet(np.ones(3), size=units)[:, :2]
    share[0] = share[1:4].mean(axis=0)
    y = share @ factors + noise * rng.normal(size=(units, periods))
    y[0, begins:] += effect
    unit, time = (one.ravel() for one in np.indices(y.shape))
    frame = pd.DataFrame({"unit": [f"u{i:02d}" for i in unit], "time": 2000 + time, "y": y.ravel()})
    frame["adopted"] = np.where(unit == 0, 2000 + begins, np.nan)
    return frame


ROLES = {"unit": "unit", "time": "time", "outcome": "y", "adopted": "adopted", "outcome_kind": "response"}


def read(frame, **options):
    return Panel.from_frame(frame, **(ROLES | options))


def check(result, name):
    return next(one for one in result.checks if one.name == name)
