"""Whether a regression of the outcome compares like with like, or stretches its line to where one arm has nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.effects.nuisance import fit_weighting
from ctresearch.causes.table.balance import EDGE
from ctresearch.core.check import Check
from ctresearch.core.errors import FitError
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.causes.effects.effect_equations import Estimand
    from ctresearch.causes.table.study_table import StudyTable

NAME = "overlap"


def check_extrapolation(table: StudyTable, estimand: Estimand) -> Check:
    """Say whether treated and untreated are found at the same values of the covariates.

    Parameters
    ----------
    table : StudyTable
        Treatment and covariates.
    estimand : {"ate", "att", "atc"}
        The target population.

    Returns
    -------
    Check
        Named ``overlap``. Fails where covariates tell all treated from all untreated; review where they do so for some
        rows, or where over 1 in 100 rows have next to no chance of the other arm.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 0, 1, 1], "x": [1, 2, 3, 4], "y": [1, 2, 2, 4]})
    >>> check_extrapolation(Roles(treatment="a", outcome="y", covariates=["x"]).read(frame), "ate").status
    'fail'
    """
    try:
        chance = fit_weighting(table).chance
    except FitError:
        if _apart(table):
            said = "Covariates tell all treated from all untreated: the effect is extrapolated by the model, not seen."
            return Check(NAME, "fail", said, voids=True)
        said = (
            "Some values of the covariates occur in one arm only: there the effect is extrapolated by the model; merge "
            "categories, or study the overlap alone."
        )
        return Check(NAME, "review", said)
    risk = np.zeros(table.n, dtype=bool)
    if estimand in ("ate", "atc"):
        risk |= chance < EDGE
    if estimand in ("ate", "att"):
        risk |= chance > 1 - EDGE
    numbers = {
        "smallest_chance": float(chance.min()),
        "largest_chance": float(chance.max()),
        "share_at_edge": float(risk.mean()),
    }
    said = say("Fitted chances of treatment run from {min:.3g} to {max:.3g}", min=chance.min(), max=chance.max())
    if risk.mean() > EDGE:
        said += say(
            "; for {mean:.1%} of rows hardly anybody like them is in the other arm, so there the effect is",
            mean=risk.mean(),
        )
        return Check(
            NAME, "review", say("{said} extrapolated by the model: study the overlap alone.", said=said), numbers
        )
    return Check(NAME, "pass", say("{said}.", said=said), numbers)


def _apart(table: StudyTable) -> bool:
    """Say whether some combination of the covariates is higher in every treated row than in any untreated one."""
    from scipy.optimize import linprog

    scale = np.maximum(np.abs(table.design).max(axis=0), np.finfo(float).tiny)
    sided = np.where(table.treatment == 1, 1.0, -1.0)[:, None] * table.design / scale
    found = linprog(np.zeros(sided.shape[1]), A_ub=-sided, b_ub=-np.ones(table.n), bounds=(None, None), method="highs")
    return bool(found.status == 0)
