"""The table of a trial, read once: who was randomised together, to what, when, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.causes.study_table import design_matrix, refuse_constant
from ctresearch.core.columns import read_numbers
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.programmes.trial_refusals import refuse_design, refuse_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.causes.generalized_linear import Floats
    from ctresearch.causes.influence import Integers


@dataclass(frozen=True, slots=True)
class TrialTable:
    """Columns of a trial as arrays.

    Parameters
    ----------
    outcome, treatment : numpy.ndarray
        The outcome, and 0 or 1, shape (rows,).
    base : numpy.ndarray
        A constant, covariates, strata and periods as columns, without the treatment, rows by columns.
    names : tuple of str
        Of the columns of ``base``.
    clusters, periods : numpy.ndarray
        Cluster and period of each row from 0, shape (rows,); one period where the trial has no order in time.
    cluster_names : tuple of str
        By number.
    strata : numpy.ndarray
        Stratum of randomisation of each cluster, shape (clusters,).

    Examples
    --------
    >>> frame = pd.DataFrame({"village": list("aabbccdd"), "arm": [0, 0, 0, 0, 1, 1, 1, 1], "y": range(8)})
    >>> read_trial(frame, outcome="y", arm="arm", cluster="village").sizes.tolist()
    [2, 2, 2, 2]
    """

    outcome: Floats
    treatment: Floats
    base: Floats
    names: tuple[str, ...]
    clusters: Integers
    cluster_names: tuple[str, ...]
    periods: Integers
    strata: Integers

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.outcome)

    @property
    def sizes(self) -> Integers:
        """Rows of each cluster."""
        return np.asarray(np.bincount(self.clusters, minlength=len(self.cluster_names)), dtype=np.int64)

    @property
    def design(self) -> Floats:
        """Columns of the model; the treatment is the last."""
        return np.column_stack([self.base, self.treatment])

    @property
    def schedule(self) -> Floats:
        """Treatment by cluster and period, NaN where a cluster was not observed."""
        held = np.full((len(self.cluster_names), int(self.periods.max()) + 1), np.nan)
        held[self.clusters, self.periods] = self.treatment
        return held


def read_trial(
    frame: pd.DataFrame, *, outcome: str, arm: str, cluster: str, period: str | None = None,
    covariates: Sequence[str] = (), stratum: str | None = None,
) -> TrialTable:  # fmt: skip
    """Read a trial of one row a person, or a person and period.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    outcome, arm, cluster : str
        Columns: a number, 0 or 1 as randomised, and what was randomised together.
    period : str, optional
        Column of periods of a stepped wedge, in numbers, dates or ordered categories.
    covariates : sequence of str
        Columns adjusted for, measured before the programme; text becomes indicators.
    stratum : str, optional
        Column of strata or pairs within which clusters were randomised.

    Returns
    -------
    TrialTable
        The arrays.

    Raises
    ------
    DataError
        If a value is missing, the outcome is constant, the arm is not of 0 and 1, varies where it may not, or an arm or
        the clusters are too few.

    Examples
    --------
    >>> frame = pd.DataFrame({"village": list("aabbccdd"), "arm": [0, 0, 0, 0, 1, 1, 1, 1], "y": range(8)})
    >>> read_trial(frame, outcome="y", arm="arm", cluster="village").cluster_names
    ('a', 'b', 'c', 'd')
    """
    used = [outcome, arm, cluster, *(c for c in (period, stratum) if c is not None), *covariates]
    is_frame("frame", frame)
    has_columns("frame", frame, used)
    _refuse_missing(frame, used, outcome=outcome, cluster=cluster)
    y, treatment = read_numbers(frame, outcome), _read_arm(frame, arm)
    refuse_constant(outcome, y)
    codes, names = _codes(frame[cluster])
    times, time_names = (np.zeros(len(frame), np.int64), ("all",)) if period is None else _periods(frame, period)
    strata = _strata(frame, stratum, codes, names)
    base, base_names = _base(frame, covariates, times, time_names, strata[codes])
    table = TrialTable(y, treatment, base, base_names, codes, names, times, strata)
    if period is None:
        refuse_design(table, arm=arm, cluster=cluster, stratum=stratum)
    else:
        refuse_order(table, time_names, arm=arm, cluster=cluster)
    return table


def _refuse_missing(frame: pd.DataFrame, used: Sequence[str], *, outcome: str, cluster: str) -> None:
    """Refuse missing values with the cure that fits the column."""
    cures = {
        outcome: "people lost to follow-up need bounds or weights, so use FollowUp, or drop them knowingly",
        cluster: "a row without its cluster cannot be placed in the design, so find the cluster or drop the row knowingly",
    }
    for name in used:
        missing = int(frame[name].isna().sum())
        if missing:
            cure = cures.get(name, "drop the rows knowingly, or impute")
            raise DataError(f"column {name!r} has {missing:,} missing values of {len(frame):,}, must have none: {cure}")


def _read_arm(frame: pd.DataFrame, arm: str) -> Floats:
    """Read the arms."""
    values = read_numbers(frame, arm)
    if not np.isin(values, (0, 1)).all() or values.min() == values.max():
        shown = ", ".join(f"{v:g}" for v in np.unique(values)[:5])
        raise DataError(f"arm {arm!r} holds the values {shown}, must hold both 0 and 1 and nothing else")
    return values


def _codes(column: pd.Series[Any]) -> tuple[Integers, tuple[str, ...]]:
    """Give each label of a column a number."""
    codes, levels = pd.factorize(column, sort=True)
    return codes.astype(np.int64), tuple(str(level) for level in levels)


def _periods(frame: pd.DataFrame, period: str) -> tuple[Integers, tuple[str, ...]]:
    """Give each period its number in time."""
    column = frame[period]
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered
    if not (ordered or pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
        raise DataError(
            f"period {period!r} is of type {column.dtype}, whose order in time is not known: give numbers, dates or an "
            "ordered category"
        )
    return _codes(column)


def _strata(frame: pd.DataFrame, stratum: str | None, codes: Integers, names: tuple[str, ...]) -> Integers:
    """Return the stratum of each cluster."""
    if stratum is None:
        return np.zeros(len(names), np.int64)
    found, _ = _codes(frame[stratum])
    held = np.zeros(len(names), np.int64)
    held[codes] = found
    mixed = np.flatnonzero(held[codes] != found)
    if len(mixed):
        raise DataError(
            f"cluster {names[codes[mixed[0]]]!r} lies in more than one {stratum!r}, must lie in one: clusters are "
            "randomised whole, so correct the labels"
        )
    return held


def _base(
    frame: pd.DataFrame, covariates: Sequence[str], times: Integers, time_names: tuple[str, ...], strata: Integers
) -> tuple[Floats, tuple[str, ...]]:
    """Return the columns of the model but the treatment's."""
    design, names = design_matrix(frame, covariates)
    for label, codes, levels in (
        ("period", times, time_names),
        ("stratum", strata, tuple(str(s) for s in range(int(strata.max()) + 1))),
    ):
        extra = [(codes == i).astype(float) for i in range(1, len(levels))]
        design = np.column_stack([design, *extra])
        names += tuple(f"{label}[{level}]" for level in levels[1:])
    return np.asarray(design, dtype=float), names
