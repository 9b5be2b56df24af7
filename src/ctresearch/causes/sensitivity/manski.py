"""Worst-case bounds on an effect, with no assumption on who chose treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.graph.roles import Roles
from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import in_range, one_of

if TYPE_CHECKING:
    import pandas as pd

_DECLARED = Declaration({"effect": col.model("Effect of the treatment", headline=True)})


def manski_bounds(
    frame: pd.DataFrame, *, treatment: str, outcome: str, low: float = 0.0, high: float = 1.0, monotone: bool = False
) -> Result:
    """Bound the average effect of a binary treatment on a bounded outcome, whoever chose treatment and why.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit.
    treatment, outcome : str
        Columns: 0 or 1, and a number between ``low`` and ``high``.
    low, high : float
        Smallest and largest outcome there can be.
    monotone : bool
        Whether treatment can only raise the outcome, which puts the lower bound at 0 [2]_.

    Returns
    -------
    Result
        Term ``effect`` with its bounds as limits and no point: the data alone do not give one.

    Raises
    ------
    DataError
        If an outcome lies outside, or the table does not hold what is named.
    SpecificationError
        If ``low`` is not below ``high``.

    References
    ----------
    .. [1] Manski, C. F. (1990). Nonparametric bounds on treatment effects. American Economic Review 80 (2), 319-323.
    .. [2] Manski, C. F. (1997). Monotone treatment response. Econometrica 65, 1311-1334.
       https://doi.org/10.2307/2171738

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [0, 0, 1, 1], "y": [0, 1, 1, 1]})
    >>> manski_bounds(frame, treatment="a", outcome="y").estimates[["ci_low", "ci_high"]].values.tolist()
    [[-0.25, 0.75]]
    """
    in_range("low", low)
    in_range("high", high)
    one_of("monotone", monotone, (True, False))
    if low >= high:
        raise SpecificationError(f"low == {low!r}, must be below high == {high!r}")
    table = Roles(treatment=treatment, outcome=outcome, covariates=()).read(frame)
    y, treated = table.outcome, table.treatment == 1
    outside = (y < low) | (y > high)
    refuse_cells(frame[outcome], outside, f"must lie between {low:g} and {high:g}")
    least = np.where(treated, y, low).mean() - np.where(treated, high, y).mean()
    most = np.where(treated, y, high).mean() - np.where(treated, low, y).mean()
    if monotone:
        least = 0.0
    message = say(
        "Whoever chose treatment, the effect lies between {least:.3g} and {most:.3g} in this "
        "sample; sampling error comes on top.",
        least=least,
        most=most,
    )
    return Result(
        declaration=_DECLARED,
        method="Worst-case bounds" + (", monotone response" if monotone else ""),
        estimates=estimates_table({"effect": (np.nan, np.nan, float(least), float(most))}),
        n=table.n,
        smallest_group=table.smallest_group,
        interval="bounds",
        checks=(Check("identification", "review", message, {"width": float(most - least)}),),
        assumptions=(say("Every outcome lies between {low:g} and {high:g}.", low=low, high=high),)
        + (("Treatment lowers nobody's outcome.",) if monotone else ()),
        references=references(manski_bounds),
        inputs=table.inputs,
    )
