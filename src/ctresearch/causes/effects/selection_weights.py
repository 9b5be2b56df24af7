"""Weights that let those who entered the data stand for those who did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.causes.table.column_rules import refuse_shared_roles
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.causes.table.study_table import read_design, refuse_other_than
from ctresearch.core.check import Check
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.message import say
from ctresearch.core.render import as_card
from ctresearch.core.validate import has_columns, in_range, is_frame
from ctresearch.stats.regression.generalized_linear import fit_regression

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW, _LARGE = 0.2, 20.0


@dataclass(frozen=True, slots=True)
class SelectionWeights:
    """Weights of the rows that were selected.

    Parameters
    ----------
    weights : pandas.Series
        One over the chance of selection, scaled to mean 1; its index is that of the selected rows.
    check : Check
        Review where few rows carry the weight.

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 1, 0, 1, 0] * 5, "sex": ["f", "f", "f", "m", "m"] * 5})
    >>> selection_weights(frame, selected="seen", covariates=["sex"]).check.status
    'pass'
    """

    weights: pd.Series[float]
    check: Check

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["weights"], checks=[self.check])


def selection_weights(
    frame: pd.DataFrame, *, selected: str, covariates: Sequence[str], longest: float | None = None
) -> SelectionWeights:
    """Weight the selected rows by one over their chance of selection.

    Give the result as the column ``weights`` of an estimator that is fitted to the selected rows. It mends selection
    that the covariates explain; selection by the outcome itself, such as detection, it does not.

    Parameters
    ----------
    frame : pandas.DataFrame
        Selected rows and the others, from a frame, a census or a register that holds both.
    selected : str
        Column of 0 and 1.
    covariates : sequence of str
        Columns known of everybody on which selection depends.
    longest : float, optional
        Largest weight, as a multiple of the mean; larger ones are cut there, for less noise and some bias.

    Returns
    -------
    SelectionWeights
        The weights, and a check of how uneven they are.

    Raises
    ------
    DataError
        If the table does not hold what is named, or everybody or nobody was selected.
    FitError
        If covariates decide selection, so that some had no chance.
    SpecificationError
        If ``longest`` is not above 1.

    Notes
    -----
    Standard errors of what follows take the weights as known, which for estimated chances is mostly on the wide side.

    References
    ----------
    .. [1] Cole, S. R. and Stuart, E. A. (2010). Generalizing evidence from randomized clinical trials to target
       populations. American Journal of Epidemiology 172, 107-115. https://doi.org/10.1093/aje/kwq084

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 0, 0, 0, 1, 1, 1, 0] * 10, "route": (["sea"] * 4 + ["land"] * 4) * 10})
    >>> found = selection_weights(frame, selected="seen", covariates=["route"]).weights
    >>> print(f"somebody seen on the sea route counts {found.iloc[0] / found.iloc[1]:.0f} times as much")
    somebody seen on the sea route counts 3 times as much
    """
    names = column_names("covariates", covariates, least=1)
    refuse_shared_roles({"selected": selected}, covariates=names)
    is_frame("frame", frame)
    has_columns("frame", frame, [selected, *names])
    refuse_missing(frame, [selected, *names])
    inside = read_numbers(frame, selected)
    refuse_other_than(frame, selected, "selected")
    design, columns, sources = read_design(frame, names)
    refuse_copies(design, sources, inside, selected, "selected")
    chance = fit_regression(design, inside, "logistic", names=columns).fitted[inside == 1]
    values = 1 / chance
    values = values / values.mean()
    if longest is not None:
        in_range("longest", longest, 1, None, open_ends=True)
        values = np.minimum(values, longest)
        values = values / values.mean()
    index = frame.index[inside == 1]
    return SelectionWeights(pd.Series(values, index=index, name="weight"), _check(values))


def _check(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Check:
    """Say how many rows the weighted ones amount to."""
    effective = float(values.sum() ** 2 / (values**2).sum())
    numbers = {"effective": effective, "largest": float(values.max())}
    said = say(
        "{values:,} selected rows amount to {effective:,.0f}; the largest weight is {max:.3g} times the mean",
        values=len(values),
        effective=effective,
        max=values.max(),
    )
    if effective < _FEW * len(values) or values.max() > _LARGE:
        return Check(
            "selection", "review", say("{said}: some kinds of people were hardly ever selected.", said=said), numbers
        )
    return Check("selection", "pass", say("{said}.", said=said), numbers)
